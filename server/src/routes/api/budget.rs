//! How often a program may ask: so much a minute for a token, and for a company's tokens together.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bus::{Allowance, Bus, Taken};
use futures::future::BoxFuture;
use governor::clock::{Clock as _, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{NotUntil, Quota, RateLimiter};
use model::{CompanyId, TokenId};

/// Whose budgets a request is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taker {
    pub(crate) company: CompanyId,
    pub(crate) token: TokenId,
}

/// Budgets of requests: one server's own ([`LocalBudget`]), or all servers' together ([`SharedBudget`]).
pub(crate) trait Budget: Send + Sync {
    /// Takes one request; where the budget is used up, answers how long to wait.
    fn take(&self, taker: Taker) -> BoxFuture<'_, Result<(), Duration>>;
}

/// Requests a minute; `None` is as many as one likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rates {
    pub(crate) token: Option<NonZeroU32>,
    pub(crate) company: Option<NonZeroU32>,
}

type Keyed<K> = RateLimiter<K, HashMapStateStore<K>, MonotonicClock, NoOpMiddleware<std::time::Instant>>;

/// The budgets of one process.
pub(crate) struct LocalBudget {
    token: Option<Keyed<TokenId>>,
    company: Option<Keyed<CompanyId>>,
    taken: AtomicU32,
}

/// After so many requests, tokens that rested are forgotten.
const FORGET: u32 = 4_096;

impl LocalBudget {
    pub(crate) fn new(rates: Rates) -> Self {
        let quota = |rate: NonZeroU32| Quota::per_minute(rate).allow_burst(burst(rate));
        Self {
            token: rates.token.map(|rate| RateLimiter::hashmap_with_clock(quota(rate), MonotonicClock)),
            company: rates.company.map(|rate| RateLimiter::hashmap_with_clock(quota(rate), MonotonicClock)),
            taken: AtomicU32::new(0),
        }
    }
}

/// A quarter of a minute's budget may come at once.
fn burst(rate: NonZeroU32) -> NonZeroU32 {
    NonZeroU32::new(rate.get() / 4).unwrap_or(NonZeroU32::MIN)
}

impl LocalBudget {
    fn take_now(&self, taker: Taker) -> Result<(), Duration> {
        if self.taken.fetch_add(1, Ordering::Relaxed) % FORGET == FORGET - 1 {
            self.token.iter().for_each(RateLimiter::retain_recent);
            self.company.iter().for_each(RateLimiter::retain_recent);
        }
        let rest = |not: NotUntil<std::time::Instant>| not.wait_time_from(MonotonicClock.now());
        // The token first: one program that asks too often takes nothing from its company's others.
        let token = self.token.as_ref().map_or(Ok(()), |limit| limit.check_key(&taker.token).map_err(rest));
        token.and_then(|()| {
            self.company.as_ref().map_or(Ok(()), |limit| limit.check_key(&taker.company).map_err(rest))
        })
    }
}

impl Budget for LocalBudget {
    fn take(&self, taker: Taker) -> BoxFuture<'_, Result<(), Duration>> {
        Box::pin(std::future::ready(self.take_now(taker)))
    }
}

/// The budgets of all servers of a database, counted in Redis. While it does not answer, each server counts what it
/// grants itself; no request fails or waits for it.
pub(crate) struct SharedBudget {
    bus: Bus,
    rates: Rates,
    local: LocalBudget,
}

impl SharedBudget {
    pub(crate) fn new(bus: Bus, rates: Rates) -> Self {
        Self { bus, rates, local: LocalBudget::new(rates) }
    }

    /// The token's first, for the reason that [`LocalBudget`] has.
    fn allowances(&self, taker: Taker) -> Vec<Allowance> {
        let of = |name: String, rate: NonZeroU32| Allowance { name, a_minute: rate, at_once: burst(rate) };
        let token = self.rates.token.map(|rate| of(format!("token:{}", taker.token), rate));
        let company = self.rates.company.map(|rate| of(format!("company:{}", taker.company), rate));
        token.into_iter().chain(company).collect()
    }
}

impl Budget for SharedBudget {
    fn take(&self, taker: Taker) -> BoxFuture<'_, Result<(), Duration>> {
        Box::pin(async move {
            let allowances = self.allowances(taker);
            if allowances.is_empty() {
                return Ok(());
            }
            match self.bus.take(&allowances).await {
                Taken::Granted => {
                    // Noted here too: should Redis go, no server begins with whole budgets.
                    self.local.take_now(taker).ok();
                    Ok(())
                }
                Taken::UsedUp(rest) => Err(rest),
                Taken::Unknown => self.local.take_now(taker),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use model::Instant;

    use super::*;

    fn taker(company: u8, token: u8) -> Taker {
        let at = Instant::from_secs(1);
        Taker { company: CompanyId::new(at, [company; 10]), token: TokenId::new(at, [token; 10]) }
    }

    async fn granted(budget: &LocalBudget, taker: Taker, asked: usize) -> usize {
        let mut granted = 0;
        for _ in 0..asked {
            granted += usize::from(budget.take(taker).await.is_ok());
        }
        granted
    }

    #[tokio::test]
    async fn a_token_that_asks_too_often_takes_nothing_from_others() {
        let budget = LocalBudget::new(Rates { token: NonZeroU32::new(8), company: NonZeroU32::new(20) });
        assert_eq!(granted(&budget, taker(1, 1), 50).await, 2, "a quarter at once");
        let rest = budget.take(taker(1, 1)).await.unwrap_err();
        assert!(rest > Duration::ZERO && rest <= Duration::from_secs(8), "{rest:?}");
        assert_eq!(granted(&budget, taker(1, 2), 50).await, 2);
        // Five of the company's requests may come at once; four are gone.
        assert_eq!(granted(&budget, taker(1, 3), 50).await, 1);
        assert_eq!(granted(&budget, taker(2, 4), 50).await, 2, "another company has its own");
    }

    #[tokio::test]
    async fn without_rates_nobody_is_refused() {
        let budget = LocalBudget::new(Rates { token: None, company: None });
        assert_eq!(granted(&budget, taker(1, 1), 10_000).await, 10_000);
    }
}
