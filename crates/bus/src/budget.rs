//! Budgets that all servers share, counted in Redis.
//!
//! The generic cell rate algorithm: of each budget one instant is kept, at which it would be whole again. One script
//! looks at all budgets of a request and takes from all of them, or from none; it goes by Redis' own clock, so that
//! servers whose clocks differ count alike. Every key ends by itself when its budget is whole.

use std::num::NonZeroU32;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{RedisError, RedisResult};
use tokio::time::{Instant, timeout};

use crate::Bus;

/// How long a request waits for its budget to be counted. Beyond that the server decides alone.
const SLOW: Duration = Duration::from_millis(250);
/// How long Redis is left alone after it was slow or refused: else every request would wait for it in vain.
const REST: Duration = Duration::from_secs(1);

/// For each key a rate and a burst. Answers 0, or how many microseconds to wait.
///
/// What is stored is never believed beyond what the burst allows: the setting may have been larger, and after a failover
/// the clock another one. Sent as a whole each time: it is short, and a hash that Redis forgot would need a second round
/// trip. Needs Redis 5, where a script may ask for the time and then write.
pub(crate) const TAKE: &str = "\
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local whole = {}
for i, key in ipairs(KEYS) do
  local step = 60000000 / ARGV[2 * i - 1]
  local most = step * ARGV[2 * i]
  local stored = tonumber(redis.call('GET', key)) or now
  whole[i] = math.max(now, math.min(stored, now + most)) + step
  if whole[i] - now > most then return math.ceil(whole[i] - now - most) end
end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.0f', whole[i]), 'PX', math.ceil((whole[i] - now) / 1000))
end
return 0";

/// A budget of requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Whose it is. The same at all servers, and unlike any other.
    pub name: String,
    /// Requests a minute in the long run.
    pub a_minute: NonZeroU32,
    /// How many of them may come at once.
    pub at_once: NonZeroU32,
}

/// What became of a request to take from budgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// One from each.
    Granted,
    /// From none: one of them is used up for so long.
    UsedUp(Duration),
    /// Redis does not answer, or not in time. The server has to decide alone.
    Unknown,
}

/// The way to Redis for those who wait for an answer.
#[derive(Default)]
pub(crate) struct Line {
    /// While there is a connection.
    pub(crate) connection: Option<MultiplexedConnection>,
    rests_until: Option<Instant>,
    /// Whether it was said that budgets are not shared.
    said: bool,
}

impl Bus {
    /// Takes one from each of these budgets, or from none where one of them is used up. Never takes longer than a
    /// quarter of a second.
    pub async fn take(&self, allowances: &[Allowance]) -> Taken {
        let Some(mut connection) = self.line().usable() else { return Taken::Unknown };
        let mut script = redis::cmd("EVAL");
        script.arg(TAKE).arg(allowances.len());
        for allowance in allowances {
            script.arg(format!("{}rate:{}", crate::PREFIX, allowance.name));
        }
        for allowance in allowances {
            script.arg(allowance.a_minute.get()).arg(allowance.at_once.get());
        }
        let answer: Result<RedisResult<u64>, _> = timeout(SLOW, script.query_async(&mut connection)).await;
        let mut line = self.line();
        match answer {
            Ok(Ok(wait)) => {
                line.answered();
                if wait == 0 { Taken::Granted } else { Taken::UsedUp(Duration::from_micros(wait)) }
            }
            Ok(Err(error)) => line.failed(&why(&error)),
            Err(_) => line.failed("too slow"),
        }
    }
}

impl Line {
    fn usable(&self) -> Option<MultiplexedConnection> {
        let rests = self.rests_until.is_some_and(|until| Instant::now() < until);
        self.connection.clone().filter(|_| !rests)
    }

    fn answered(&mut self) {
        self.rests_until = None;
        if std::mem::take(&mut self.said) {
            tracing::info!("The servers share budgets of requests again");
        }
    }

    fn failed(&mut self, why: &str) -> Taken {
        self.rests_until = Some(Instant::now() + REST);
        if !std::mem::replace(&mut self.said, true) {
            tracing::warn!(
                error = why,
                "Redis does not count budgets of requests; each server counts its own"
            );
        }
        Taken::Unknown
    }
}

/// Redis' own word (`NOPERM`, `OOM`), else of which kind the error is; its text may hold what was sent.
pub(crate) fn why(error: &RedisError) -> String {
    error.code().map_or_else(|| error.category().to_owned(), str::to_owned)
}
