//! Whose turn it is to bring something to Google, and which grants rest.
//!
//! Google limits calls by the account that makes them. A refusal for that reason says nothing about the event that was
//! tried and everything about what else the grant would bring: its lane rests as a whole, longer each time, and is then
//! tried with one call. Kept in memory: another server, or this one after a restart, learns it from a call of its own.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use model::{CompanyId, Instant};
use store::{Lane, LaneDue};
use sync::backoff;
use sync::port::{Failure, Outcome, RemoteOp, Secret};

use crate::engine::Engine;

/// How long a first call after a rest may take before another one is tried.
const PROBE_SECS: i64 = 30;

#[derive(Default)]
pub(crate) struct Lanes(Mutex<Known>);

#[derive(Default)]
struct Known {
    rests: BTreeMap<Lane, Rest>,
    /// The last one that had its turn.
    served: Option<Lane>,
}

/// A lane that Google limited, until it takes a call again.
#[derive(Clone, Copy, Debug)]
struct Rest {
    until: Instant,
    /// Rests so far, without a call that was taken between them.
    count: u32,
    /// The rest is over, and one call is to show whether the next begins.
    probing: bool,
}

impl Lanes {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when the lane rests, if it does.
    pub(crate) fn rests_until(&self, lane: Lane) -> Option<Instant> {
        self.known().rests.get(&lane).map(|rest| rest.until)
    }

    /// Until when no call of the lane may be made, not even the one that shows whether a rest is over.
    pub(crate) fn rests_from(&self, lane: Lane, now: Instant) -> Option<Instant> {
        let known = self.known();
        let rest = known.rests.get(&lane).filter(|rest| !rest.probing && rest.until > now);
        rest.map(|rest| rest.until)
    }

    /// Those whose turn may come now, beginning after the one that was served last: a lane with a long queue waits for
    /// each of the others between two of its own.
    pub(crate) fn in_turn(&self, mut due: Vec<LaneDue>, now: Instant) -> Vec<LaneDue> {
        let known = self.known();
        due.retain(|due| due.ready > 0 && known.rests.get(&due.lane).is_none_or(|rest| rest.until <= now));
        let first = due.partition_point(|due| Some(due.lane) <= known.served);
        due.rotate_left(first);
        due
    }

    /// Something of the lane is about to be brought. After a rest that is one call, for whose outcome others wait.
    pub(crate) fn served(&self, lane: Lane, now: Instant) {
        let mut known = self.known();
        known.served = Some(lane);
        if let Some(rest) = known.rests.get_mut(&lane).filter(|rest| rest.until <= now) {
            *rest = Rest { until: now.plus_secs(PROBE_SECS), probing: true, ..*rest };
        }
    }

    /// Google limited a call of the lane, and asked for a rest of `hint_secs` if it did; answers until when it rests.
    pub(crate) fn limited(&self, lane: Lane, now: Instant, entropy: u64, hint_secs: Option<i64>) -> Instant {
        let mut known = self.known();
        let after = |count| now.plus_micros(backoff::after(count, entropy, hint_secs));
        let first = Rest { until: now, count: 0, probing: true };
        let rest = known.rests.entry(lane).or_insert(first);
        *rest = if rest.probing {
            Rest { until: after(rest.count), count: rest.count.saturating_add(1), probing: false }
        } else {
            // Calls that were under way together are refused together.
            Rest { until: rest.until.max(after(0)), ..*rest }
        };
        rest.until
    }

    /// Google took a call of the lane, or refused it for the call's own sake. One that was made before the rest began
    /// does not end it.
    pub(crate) fn answered(&self, lane: Lane) {
        let mut known = self.known();
        if known.rests.get(&lane).is_some_and(|rest| rest.probing) {
            known.rests.remove(&lane);
        }
    }
}

impl Engine {
    /// A call with the company's grant. Where Google limits it, everything else that the grant would bring rests as well.
    pub(crate) async fn ask(&self, company: CompanyId, token: &Secret, op: RemoteOp) -> Outcome {
        let outcome = self.call(Lane { company, person: None }, token, op).await;
        self.rest_if_limited(company, &outcome);
        outcome
    }

    /// The same for several that do not depend on each other, in one request where there are more than one.
    pub(crate) async fn ask_all(
        &self,
        company: CompanyId,
        token: &Secret,
        ops: Vec<RemoteOp>,
    ) -> Vec<Outcome> {
        let outcomes = self.call_all(Lane { company, person: None }, token, ops).await;
        outcomes.iter().for_each(|outcome| self.rest_if_limited(company, outcome));
        outcomes
    }

    fn rest_if_limited(&self, company: CompanyId, outcome: &Outcome) {
        if let Outcome::Failed(Failure::RateLimited { retry_after_secs }) = outcome {
            let lane = Lane { company, person: None };
            self.lanes().limited(lane, self.now(), self.entropy(), *retry_after_secs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_secs(1_795_000_000);

    fn lane(company: u8) -> Lane {
        Lane { company: CompanyId::new(NOW, [company; 10]), person: None }
    }

    fn ready(companies: &[u8]) -> Vec<LaneDue> {
        companies.iter().map(|company| LaneDue { lane: lane(*company), at: NOW, ready: 3 }).collect()
    }

    fn turn(lanes: &Lanes, companies: &[u8], now: Instant) -> Option<Lane> {
        let next = lanes.in_turn(ready(companies), now).first().map(|due| due.lane)?;
        lanes.served(next, now);
        Some(next)
    }

    #[test]
    fn lanes_take_turns() {
        let lanes = Lanes::default();
        let mut served = Vec::new();
        for _ in 0..5 {
            served.extend(turn(&lanes, &[1, 2, 3], NOW));
        }
        assert_eq!(served, [1, 2, 3, 1, 2].map(lane));
        assert_eq!(turn(&lanes, &[1, 3], NOW), Some(lane(3)), "whoever was served last may be gone");
        let asleep = LaneDue { ready: 0, ..ready(&[1])[0] };
        assert!(lanes.in_turn(vec![asleep], NOW).is_empty());
    }

    #[test]
    fn a_limited_lane_rests_longer_each_time_and_alone() {
        let lanes = Lanes::default();
        let (mut now, mut rested) = (NOW, Vec::new());
        for _ in 0..4 {
            assert_eq!(turn(&lanes, &[1], now), Some(lane(1)));
            let until = lanes.limited(lane(1), now, 7, None);
            // Those that were under way with it are not held against it.
            lanes.limited(lane(1), now, 7, None);
            assert_eq!(turn(&lanes, &[1, 2], until.plus_micros(-1)), Some(lane(2)));
            rested.push(until.since(now));
            now = until;
        }
        assert!(rested.is_sorted_by(|one, next| one * 2 == *next), "{rested:?}");
    }

    #[test]
    fn after_a_rest_one_call_shows_whether_it_is_over() {
        let lanes = Lanes::default();
        let until = lanes.limited(lane(1), NOW, 7, Some(90));
        assert!(until >= NOW.plus_secs(90));
        lanes.answered(lane(1));
        assert_eq!(lanes.rests_until(lane(1)), Some(until), "a call from before does not end the rest");
        assert_eq!(turn(&lanes, &[1], until), Some(lane(1)));
        assert_eq!(turn(&lanes, &[1], until), None, "one at a time");
        lanes.answered(lane(1));
        assert_eq!(lanes.rests_until(lane(1)), None);
        assert_eq!(turn(&lanes, &[1], until), Some(lane(1)));
    }

    #[test]
    fn a_first_call_that_never_ends_is_followed_by_another() {
        let lanes = Lanes::default();
        let until = lanes.limited(lane(1), NOW, 7, None);
        assert!(turn(&lanes, &[1], until).is_some());
        assert_eq!(turn(&lanes, &[1], until.plus_secs(PROBE_SECS - 1)), None);
        assert!(turn(&lanes, &[1], until.plus_secs(PROBE_SECS)).is_some());
    }
}
