//! What a call's outcome means for the series it was made for.

use calendar::recurrence::Slot;

use super::{About, Wanted, as_single, is_in_no_room, is_wanted};
use crate::port::{Failure, Outcome, RemoteEvent, RemoteOp, RemoteStatus};
use crate::push::{self, Attempt, CopySeen};

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
pub fn settle(
    wanted: &Wanted,
    about: About,
    master: Option<&CopySeen>,
    op: &RemoteOp,
    outcome: Outcome,
    attempt: Attempt,
) -> Effect {
    let single = as_single(wanted);
    let slot = match about {
        About::Master => {
            return Effect::Series(push::settle(&single, master, op, outcome, attempt));
        }
        About::Date(slot) => slot,
    };
    let wait = |reason: &str| {
        Effect::Series(push::Effect::Retry { at: attempt.again_at(), reason: reason.to_owned() })
    };
    let writes = matches!(op, RemoteOp::EventPatch { .. });
    // What cannot be told is taken for wanted: nothing is cancelled for it.
    let live = is_wanted(&wanted.part, slot).unwrap_or(true);
    // With other times dates that were cancelled are there again, those apart of which no room has anything.
    let is_back = wanted.renews.time && !is_in_no_room(&wanted.part, slot);
    let is_known = is_back || wanted.dates_off.contains(&slot);
    match outcome {
        Outcome::Event(event) if event.status == RemoteStatus::Cancelled && live && !is_known => {
            Effect::DateCancelled(slot)
        }
        Outcome::Event(event) => Effect::Date { slot, event, written: writes },
        Outcome::Failed(Failure::NotFound | Failure::Deleted) if !live => Effect::DateAbsent(slot),
        Outcome::Failed(Failure::NotFound) if writes => Effect::ReadAgain(slot),
        Outcome::Failed(Failure::NotFound) => Effect::DateUnknown(slot),
        Outcome::Failed(Failure::Deleted) => Effect::DateCancelled(slot),
        Outcome::Failed(Failure::PreconditionFailed) => Effect::ReadAgain(slot),
        Outcome::Failed(failure) => {
            Effect::Series(push::settle(&single, None, op, Outcome::Failed(failure), attempt))
        }
        _ => wait("unexpected answer"),
    }
}
