//! Google's quotas, kept by us before Google has to: calls a minute of the whole project, and of each account that makes
//! them (facts: google-calendar §7).
//!
//! A call for which there is no room is not made. It is answered as Google would answer it, with the time after which
//! there is room, so that whoever made it rests as after Google's own refusal. Where servers share a Redis, they share
//! the budgets.

use std::num::NonZeroU32;

use bus::{Budgets, Rate};
use store::Lane;
use sync::port::{Failure, Outcome, RemoteOp, Secret};

use crate::engine::Engine;

const PROJECT: &str = "google";
const ACCOUNT: &str = "google-account";

/// Calls a minute that Google takes; `None` is as many as one likes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Of everything that has our client id.
    pub project: Option<NonZeroU32>,
    /// Of each account.
    pub account: Option<NonZeroU32>,
}

impl Quota {
    pub(crate) fn budgets(self) -> Budgets {
        let kinds = [(ACCOUNT, self.account), (PROJECT, self.project)];
        // Google looks at any sixty seconds. What may come at once and what may follow in a minute are its quota together.
        let half = |quota: NonZeroU32| NonZeroU32::new(quota.get() / 2).unwrap_or(NonZeroU32::MIN);
        Budgets::new(kinds.into_iter().filter_map(|(kind, quota)| {
            let at_once = half(quota?);
            Some(Rate { kind, a_minute: at_once, at_once })
        }))
    }
}

impl Engine {
    /// A call with a lane's grant, if the budgets have room for it.
    pub(crate) async fn call(&self, lane: Lane, token: &Secret, op: RemoteOp) -> Outcome {
        match self.take_call(lane, &op).await {
            None => self.ports().calendar.call(token, op).await,
            Some(refused) => refused,
        }
    }

    /// Calls that do not depend on each other, in as few requests as there may be. Each counts (facts: google-calendar §7).
    pub(crate) async fn call_all(&self, lane: Lane, token: &Secret, ops: Vec<RemoteOp>) -> Vec<Outcome> {
        let (mut allowed, mut outcomes) = (Vec::new(), Vec::new());
        for op in ops {
            let refused = self.take_call(lane, &op).await;
            if refused.is_none() {
                allowed.push(op);
            }
            outcomes.push(refused);
        }
        let mut answers = self.ports().calendar.batch(token, allowed).await.into_iter();
        let lost = || Outcome::Failed(Failure::Unknown { detail: "no answer in a batch".to_owned() });
        outcomes.into_iter().map(|refused| refused.or_else(|| answers.next()).unwrap_or_else(lost)).collect()
    }

    /// Takes what a call costs from the budgets; where one is used up, answers as Google would.
    async fn take_call(&self, lane: Lane, op: &RemoteOp) -> Option<Outcome> {
        let whose = |kind| if kind == ACCOUNT { lane.to_string() } else { "all".to_owned() };
        for _ in 0..cost(op) {
            if let Err(rest) = self.budgets().take(self.bus(), whose).await {
                let secs = i64::try_from(rest.as_secs()).unwrap_or(i64::MAX).saturating_add(1);
                return Some(Outcome::Failed(Failure::RateLimited { retry_after_secs: Some(secs) }));
            }
        }
        None
    }
}

/// What Google counts a call as (reference: events.patch).
fn cost(op: &RemoteOp) -> u32 {
    if matches!(op, RemoteOp::EventPatch { .. }) { 3 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn half_of_a_quota_may_come_at_once() {
        let quota = Quota { project: NonZeroU32::new(10), account: NonZeroU32::new(6) };
        let budgets = quota.budgets();
        let mut granted = Vec::new();
        for account in ["a", "a", "a", "a", "b", "b", "b"] {
            let whose = |kind| if kind == ACCOUNT { account.to_owned() } else { "all".to_owned() };
            granted.push(budgets.take(None, whose).await.is_ok());
        }
        // Three of each account, five of the project.
        assert_eq!(granted, [true, true, true, false, true, true, false]);
    }
}
