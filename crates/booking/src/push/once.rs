//! A call about an event of ours, after which there is one event of the booking and not two.

use store::Lane;
use sync::port::{Failure, Outcome, RemoteOp, Secret};
use sync::push::second;

use crate::engine::Engine;

/// How often a second event is taken away before it is left there.
const TRIES: u32 = 3;

impl Engine {
    /// Makes the call. An insert that made a second event counts as one whose id is taken, and the second event goes.
    pub(crate) async fn tell(&self, lane: Lane, token: &Secret, op: &RemoteOp) -> Outcome {
        let outcome = self.call(lane, token, op.clone()).await;
        let Some(away) = second(op, &outcome) else { return outcome };
        for _ in 0..TRIES {
            let gone = self.call(lane, token, away.clone()).await;
            if matches!(gone, Outcome::Deleted | Outcome::Failed(Failure::Deleted | Failure::NotFound)) {
                tracing::warn!("Took a second event of a booking away");
                return Outcome::Failed(Failure::Duplicate);
            }
        }
        tracing::error!("Could not take a second event of a booking away");
        Outcome::Failed(Failure::Duplicate)
    }
}
