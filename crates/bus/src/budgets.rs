//! Budgets of several kinds at once, such as a token's and its company's: all servers' together while Redis counts them,
//! else this process' own.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::{Clock as _, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{NotUntil, Quota, RateLimiter};

use crate::{Allowance, Bus, Taken};

/// After so many requests, those who rested are forgotten.
const FORGET: u32 = 4_096;

/// How often each of one kind may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Unlike any other kind's, at all servers.
    pub kind: &'static str,
    /// Requests a minute in the long run.
    pub a_minute: NonZeroU32,
    /// How many of them may come at once.
    pub at_once: NonZeroU32,
}

type Keyed =
    RateLimiter<String, HashMapStateStore<String>, MonotonicClock, NoOpMiddleware<std::time::Instant>>;

/// The budgets of everybody who asks.
pub struct Budgets {
    kinds: Vec<(Rate, Keyed)>,
    taken: AtomicU32,
}

impl Budgets {
    /// Where several are used up, the first one says how long to wait; it is the only one that is asked then, while each
    /// process counts alone.
    pub fn new(rates: impl IntoIterator<Item = Rate>) -> Self {
        let kept = |rate: Rate| {
            let quota = Quota::per_minute(rate.a_minute).allow_burst(rate.at_once);
            (rate, RateLimiter::hashmap_with_clock(quota, MonotonicClock))
        };
        Self { kinds: rates.into_iter().map(kept).collect(), taken: AtomicU32::new(0) }
    }

    /// Takes one request from the budget of each kind, of which `whose` names the holder; where one is used up, answers
    /// how long to wait. No request fails or waits for a Redis that does not answer.
    pub async fn take(
        &self,
        bus: Option<&Bus>,
        whose: impl Fn(&'static str) -> String,
    ) -> Result<(), Duration> {
        if self.kinds.is_empty() {
            return Ok(());
        }
        let names: Vec<String> =
            self.kinds.iter().map(|(rate, _)| format!("{}:{}", rate.kind, whose(rate.kind))).collect();
        let taken = match bus {
            Some(bus) => bus.take(&self.allowances(&names)).await,
            None => Taken::Unknown,
        };
        match taken {
            Taken::Granted => {
                // Noted here too: should Redis go, no server begins with whole budgets.
                self.take_here(&names).ok();
                Ok(())
            }
            Taken::UsedUp(rest) => Err(rest),
            Taken::Unknown => self.take_here(&names),
        }
    }

    fn allowances(&self, names: &[String]) -> Vec<Allowance> {
        let of = |((rate, _), name): (&(Rate, Keyed), &String)| Allowance {
            name: name.clone(),
            a_minute: rate.a_minute,
            at_once: rate.at_once,
        };
        self.kinds.iter().zip(names).map(of).collect()
    }

    fn take_here(&self, names: &[String]) -> Result<(), Duration> {
        if self.taken.fetch_add(1, Ordering::Relaxed) % FORGET == FORGET - 1 {
            self.kinds.iter().for_each(|(_, kept)| kept.retain_recent());
        }
        let rest = |not: NotUntil<std::time::Instant>| not.wait_time_from(MonotonicClock.now());
        self.kinds.iter().zip(names).try_for_each(|((_, kept), name)| kept.check_key(name).map_err(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(kind: &'static str, a_minute: u32, at_once: u32) -> Option<Rate> {
        Some(Rate { kind, a_minute: NonZeroU32::new(a_minute)?, at_once: NonZeroU32::new(at_once)? })
    }

    async fn granted(budgets: &Budgets, one: &str, all: &str, asked: usize) -> usize {
        let whose = |kind| if kind == "one" { one.to_owned() } else { all.to_owned() };
        let mut granted = 0;
        for _ in 0..asked {
            granted += usize::from(budgets.take(None, whose).await.is_ok());
        }
        granted
    }

    #[tokio::test]
    async fn one_who_asks_too_often_takes_nothing_from_others() {
        let budgets = Budgets::new([rate("one", 8, 2), rate("all", 20, 5)].into_iter().flatten());
        assert_eq!(granted(&budgets, "a", "x", 50).await, 2);
        let rest = budgets.take(None, |_| "a".to_owned()).await.unwrap_err();
        assert!(rest > Duration::ZERO && rest <= Duration::from_secs(8), "{rest:?}");
        assert_eq!(granted(&budgets, "b", "x", 50).await, 2);
        // Five may come at once from all of them; four are gone.
        assert_eq!(granted(&budgets, "c", "x", 50).await, 1);
        assert_eq!(granted(&budgets, "d", "y", 50).await, 2, "others have their own");
    }

    #[tokio::test]
    async fn without_rates_nobody_is_refused() {
        assert_eq!(granted(&Budgets::new([]), "a", "x", 10_000).await, 10_000);
    }
}
