//! What everybody in a run shares.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::NaiveTime;
use rand::Rng as _;
use rand::seq::IteratorRandom as _;
use rand_chacha::ChaCha8Rng;
use tokio_util::sync::CancellationToken;

use crate::house::House;
use crate::journal::Journal;
use crate::ledger::{Ledger, Place};

/// Days that are booked.
pub(crate) const DAYS: i64 = 4;
const QUARTER: i64 = 900;
const DAY: i64 = 86_400;
/// Seoul is ahead of UTC by so much, all year.
const SEOUL: i64 = 9 * 3_600;

pub(crate) struct Stage {
    pub house: House,
    pub journal: Journal,
    pub ledger: Mutex<Ledger>,
    /// People stop doing things.
    pub stop: CancellationToken,
}

impl Stage {
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something that must not happen did.
    pub(crate) fn wrong(&self, what: String) {
        self.ledger().wrong.push(what);
    }

    /// A server; each is as good as any other.
    pub(crate) fn root(&self, rng: &mut ChaCha8Rng) -> String {
        self.house.servers.roots.iter().choose(rng).cloned().unwrap_or_default()
    }

    /// Midnight before the first day, in seconds.
    pub(crate) fn midnight(&self) -> i64 {
        self.house.first.and_time(NaiveTime::MIN).and_utc().timestamp() - SEOUL
    }

    /// Some room at some time: often in the morning, when everybody wants one.
    pub(crate) fn place(&self, rng: &mut ChaCha8Rng) -> Place {
        let room = self.house.rooms.values().copied().choose(rng).unwrap_or_default();
        let quarter = if rng.random_bool(0.3) { rng.random_range(36..44) } else { rng.random_range(0..92) };
        let start = self.midnight() + rng.random_range(0..DAYS) * DAY + quarter * QUARTER;
        Place { room, start, end: start + rng.random_range(1..=3) * QUARTER }
    }
}

/// RFC 3339, UTC.
pub(crate) fn rfc3339(seconds: i64) -> String {
    model::Instant::from_secs(seconds).to_rfc3339()
}
