//! NO-ABSENCE-DELETE: what a complete listing lacks is asked for one by one; it is never deleted for being absent.
//!
//! A listing may lie: a hidden invitation is not listed, an empty answer once wiped calendars elsewhere. So a full pass
//! only *marks* what it lacks. A marked event is removed when a single `events.get` of it says so ([`confirm`]); and
//! when too much is missing at once, nothing is even asked: a person decides ([`verdict`]).

use crate::port::{Failure, Outcome, RemoteEvent, RemoteOp, RemoteStatus};

/// Up to this many missing events are always believed to be worth asking for.
const FREELY: usize = 20;
/// Above that, up to this share of the known future events (percent).
const SHARE_PERCENT: usize = 30;

/// What to do with the events that a complete listing lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// Get each of them; remove those that [`confirm`] calls gone.
    Verify,
    /// Keep everything, stop writing, ask a person.
    Quarantine,
}

/// `known_future` events of this calendar are held that have not ended; the listing lacks `missing` of them.
pub const fn verdict(known_future: usize, missing: usize) -> Absence {
    let share = known_future.saturating_mul(SHARE_PERCENT) / 100;
    let allowed = if share > FREELY { share } else { FREELY };
    if missing > allowed { Absence::Quarantine } else { Absence::Verify }
}

/// The question to ask for one missing event.
pub fn question(calendar: &str, event: &str) -> RemoteOp {
    RemoteOp::EventGet { calendar: calendar.to_owned(), event: event.to_owned() }
}

/// The question whether a calendar is in reach, after 404: what is new since the listing that lacked the event. Any page is an
/// answer, and so is that the token has ended.
pub fn still_there(calendar: &str, sync_token: &str) -> RemoteOp {
    let (calendar, sync_token) = (calendar.to_owned(), Some(sync_token.to_owned()));
    RemoteOp::EventsList { calendar, sync_token, page_token: None }
}

/// Whether that was answered.
pub const fn is_in_reach(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Page(_) | Outcome::Failed(Failure::FullSyncRequired))
}

/// What the single get of a missing event says.
#[derive(Clone, Debug, PartialEq)]
pub enum Confirmation {
    /// Cancelled, or 410.
    Gone,
    /// 404: it is gone, or the calendar is out of reach since it was listed. It counts where [`still_there`] is answered.
    NotFound,
    /// The listing was wrong: this is how it stands.
    Alive(Box<RemoteEvent>),
    /// No answer to go by; ask again in the next full pass.
    Unsure,
}

pub fn confirm(outcome: Outcome) -> Confirmation {
    match outcome {
        Outcome::Event(event) if event.status == RemoteStatus::Cancelled => Confirmation::Gone,
        Outcome::Event(event) => Confirmation::Alive(event),
        Outcome::Failed(Failure::Deleted) => Confirmation::Gone,
        Outcome::Failed(Failure::NotFound) => Confirmation::NotFound,
        _ => Confirmation::Unsure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_asked_for_and_many_stop_everything() {
        for (known, missing, expected) in [
            (0, 0, Absence::Verify),
            (5, 5, Absence::Verify),
            (20, 20, Absence::Verify),
            (21, 21, Absence::Quarantine),
            (400, 120, Absence::Verify),
            (400, 121, Absence::Quarantine),
            (400, 400, Absence::Quarantine),
            (usize::MAX, usize::MAX, Absence::Quarantine),
        ] {
            assert_eq!(verdict(known, missing), expected, "{missing} of {known}");
        }
    }

    #[test]
    fn only_a_clear_answer_removes() {
        assert_eq!(confirm(Outcome::Failed(Failure::Deleted)), Confirmation::Gone);
        assert_eq!(confirm(Outcome::Failed(Failure::NotFound)), Confirmation::NotFound);
        for failure in [
            Failure::FullSyncRequired,
            Failure::RateLimited { retry_after_secs: None },
            Failure::Unauthorized,
            Failure::Forbidden { reason: "forbidden".into() },
            Failure::Unknown { detail: "timeout".into() },
            Failure::Malformed { detail: "html".into() },
        ] {
            assert_eq!(confirm(Outcome::Failed(failure)), Confirmation::Unsure);
        }
        assert!(is_in_reach(&Outcome::Failed(Failure::FullSyncRequired)));
        assert!(!is_in_reach(&Outcome::Failed(Failure::NotFound)));
    }
}
