//! What a call's outcome means for the series it was made for.

use calendar::recurrence::Slot;
use model::Instant;

use super::{About, Wanted, as_single, is_wanted};
use crate::backoff;
use crate::port::{Failure, Outcome, RemoteEvent, RemoteOp, RemoteStatus};
use crate::push::{self, CopySeen};

/// What to do about an outcome.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// It concerns the series as a whole, and means what it means for a single event.
    Series(push::Effect),
    /// A date as Google holds it. `written`: it was just said; otherwise plan again with it.
    Date { slot: Slot, event: Box<RemoteEvent>, written: bool },
    /// A person cancelled this date in Google, and that wins.
    DateCancelled(Slot),
    /// Google has no such date, and none is wanted.
    DateAbsent(Slot),
    /// Google has no such date, although it is wanted: it cannot be said.
    DateUnknown(Slot),
    /// It changed under us: read it again.
    ReadAgain(Slot),
}

/// What `outcome` of `op` means; see [`push::settle`].
#[expect(clippy::too_many_arguments, reason = "what one answer is about")]
pub fn settle(
    wanted: &Wanted,
    about: About,
    master: Option<&CopySeen>,
    op: &RemoteOp,
    outcome: Outcome,
    attempt: u32,
    entropy: u64,
    now: Instant,
) -> Effect {
    let single = as_single(wanted);
    let slot = match about {
        About::Master => {
            return Effect::Series(push::settle(&single, master, op, outcome, attempt, entropy, now));
        }
        About::Date(slot) => slot,
    };
    let wait = |reason: &str| {
        let at = now.plus_micros(backoff::after(attempt, entropy, None));
        Effect::Series(push::Effect::Retry { at, reason: reason.to_owned() })
    };
    let writes = matches!(op, RemoteOp::EventPatch { .. });
    // What cannot be told is taken for wanted: nothing is cancelled for it.
    let live = is_wanted(&wanted.part, slot).unwrap_or(true);
    match outcome {
        Outcome::Event(event) if event.status == RemoteStatus::Cancelled && live && !wanted.renews.time => {
            Effect::DateCancelled(slot)
        }
        Outcome::Event(event) => Effect::Date { slot, event, written: writes },
        Outcome::Failed(Failure::NotFound | Failure::Deleted) if !live => Effect::DateAbsent(slot),
        Outcome::Failed(Failure::NotFound) if writes => Effect::ReadAgain(slot),
        Outcome::Failed(Failure::NotFound) => Effect::DateUnknown(slot),
        Outcome::Failed(Failure::Deleted) => Effect::DateCancelled(slot),
        Outcome::Failed(Failure::PreconditionFailed) => Effect::ReadAgain(slot),
        Outcome::Failed(failure) => {
            Effect::Series(push::settle(&single, None, op, Outcome::Failed(failure), attempt, entropy, now))
        }
        _ => wait("unexpected answer"),
    }
}
