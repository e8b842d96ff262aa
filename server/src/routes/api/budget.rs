//! How often a program may ask: so much a minute for a token, and for a company's tokens together.

use std::num::NonZeroU32;
use std::time::Duration;

use bus::{Budgets, Bus, Rate};
use model::{CompanyId, TokenId};

const TOKEN: &str = "token";
const COMPANY: &str = "company";

/// Whose budgets a request is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taker {
    pub(crate) company: CompanyId,
    pub(crate) token: TokenId,
}

/// Requests a minute; `None` is as many as one likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rates {
    pub(crate) token: Option<NonZeroU32>,
    pub(crate) company: Option<NonZeroU32>,
}

/// The budgets of tokens and companies, all servers' together where there is a Redis.
pub(crate) struct Budget {
    bus: Option<Bus>,
    budgets: Budgets,
}

impl Budget {
    pub(crate) fn new(bus: Option<Bus>, rates: Rates) -> Self {
        // The token first: one program that asks too often takes nothing from its company's others.
        let kinds = [(TOKEN, rates.token), (COMPANY, rates.company)];
        let rates = kinds.into_iter().filter_map(|(kind, rate)| {
            let a_minute = rate?;
            Some(Rate { kind, a_minute, at_once: burst(a_minute) })
        });
        Self { bus, budgets: Budgets::new(rates) }
    }

    /// Takes one request; where the budget is used up, answers how long to wait.
    pub(crate) async fn take(&self, taker: Taker) -> Result<(), Duration> {
        let whose = |kind| if kind == TOKEN { taker.token.to_string() } else { taker.company.to_string() };
        self.budgets.take(self.bus.as_ref(), whose).await
    }
}

/// A quarter of a minute's budget may come at once.
fn burst(rate: NonZeroU32) -> NonZeroU32 {
    NonZeroU32::new(rate.get() / 4).unwrap_or(NonZeroU32::MIN)
}
