//! What a call's outcome means for the booking it was made for.

use super::{
    Attempt, BOOKING_PROPERTY, CopySeen, Desired, Effect, is_cancelled, leaves_calendar, read_copy, read_own,
};
use crate::event_id::event_id;
use crate::port::{Failure, Outcome, Page, RemoteEvent, RemoteOp, RemoteStatus};
use crate::push::diff;

/// Calls (a read and a write a round) that go into chasing a copy that keeps changing, before resting (F-040).
const CHASE_CALLS: u32 = 10;
/// Calls about an event that is not there (404), on a calendar that answers, before that is believed. What is deleted is a
/// 410 or cancelled; if a 404 was a lie, the booking would be lost, or be there twice.
const UNSEEN_CALLS: u32 = 5;

/// What `outcome` of `op` means.
///
/// `copy` as it was when the call was planned.
pub fn settle(
    desired: &Desired,
    copy: Option<&CopySeen>,
    op: &RemoteOp,
    outcome: Outcome,
    attempt: Attempt,
) -> Effect {
    let wait = |reason: &str| Effect::Retry { at: attempt.again_at(), reason: reason.to_owned() };
    match outcome {
        Outcome::Event(event) => match op {
            RemoteOp::EventGet { .. } => read(desired, copy, event).unwrap_or_else(|| wait("no etag")),
            RemoteOp::EventInsert { .. } | RemoteOp::EventPatch { .. } => written(event),
            _ => wait("unexpected answer"),
        },
        Outcome::Deleted if matches!(op, RemoteOp::EventDelete { .. }) => gone_by_us(desired),
        Outcome::Page(page) if matches!(op, RemoteOp::EventsList { .. }) => {
            if attempt.calls < UNSEEN_CALLS || lists(&page, desired, copy) {
                wait("notFound")
            } else if let Some(deleted) = tombstone(&page, desired).filter(|_| copy.is_none()) {
                read(desired, copy, deleted).unwrap_or_else(|| wait("notFound"))
            } else if let Some(next) = next_page(op, &page) {
                Effect::Fetch(next)
            } else if copy.is_none() && !desired.cancelled {
                Effect::NextGeneration
            } else {
                gone_by_others(desired, copy)
            }
        }
        Outcome::Failed(failure) => match failure {
            Failure::NotFound => {
                not_found(desired, copy, op, attempt.calls).unwrap_or_else(|| wait("notFound"))
            }
            Failure::Deleted => match op {
                RemoteOp::EventDelete { .. } => gone_by_us(desired),
                RemoteOp::EventPatch { .. } => gone_by_others(desired, copy),
                RemoteOp::EventGet { .. } => cancelled(desired, copy),
                RemoteOp::EventInsert { .. } => Effect::NextGeneration,
                _ => wait("deleted"),
            },
            Failure::Duplicate => match op {
                RemoteOp::EventInsert { .. } => Effect::Fetch(read_own(desired)),
                _ => wait("duplicate"),
            },
            Failure::PreconditionFailed if crate::sabotaged!(CancelLost) && desired.cancelled => {
                Effect::Removed
            }
            Failure::PreconditionFailed => match copy {
                Some(_) if attempt.calls >= CHASE_CALLS => Effect::Stale { at: attempt.again_at() },
                Some(copy) => Effect::Fetch(read_copy(copy)),
                None => Effect::Fetch(read_own(desired)),
            },
            Failure::RateLimited { retry_after_secs } => Effect::Limited { retry_after_secs },
            Failure::Unauthorized => Effect::RefreshToken,
            // Another person organises it now; no refreshing or waiting changes that.
            Failure::Forbidden { reason } if reason == "forbiddenForNonOrganizer" => {
                Effect::GiveUp { reason }
            }
            Failure::Forbidden { reason } | Failure::PushUnsupported { reason } => Effect::Blocked { reason },
            Failure::Rejected { status, reason } => Effect::GiveUp { reason: format!("{status} {reason}") },
            Failure::Unknown { .. } if crate::sabotaged!(SilenceIsSuccess) => Effect::Removed,
            // Perhaps executed: every call here may be repeated.
            Failure::Unknown { detail } | Failure::Malformed { detail } => wait(&detail),
            Failure::FullSyncRequired => wait("fullSyncRequired"),
        },
        _ => wait("unexpected answer"),
    }
}

/// An insert or a patch answered with the event. Where Google made something else of it, that is Google's edit and comes
/// in like any other (F-047): the push is done all the same, else the two would take turns for ever.
fn written(event: Box<RemoteEvent>) -> Effect {
    match event.status {
        RemoteStatus::Cancelled => Effect::RemoteCancelled,
        RemoteStatus::Confirmed | RemoteStatus::Tentative => Effect::Store { event, done: true },
    }
}

/// A get answered with the event. `None`: it cannot be written to, so it is not adopted.
fn read(desired: &Desired, copy: Option<&CopySeen>, event: Box<RemoteEvent>) -> Option<Effect> {
    if event.status == RemoteStatus::Cancelled {
        // A tombstone that still tells what it was may be somebody else's, who had our id before (F-038).
        let tells = diff::held_range(&event.raw.json()).is_some();
        let foreign = copy.is_none() && tells && !is_ours(desired, &event) && !desired.cancelled;
        return Some(if foreign { Effect::NextGeneration } else { cancelled(desired, copy) });
    }
    if copy.is_none() && !is_ours(desired, &event) {
        return Some(if desired.cancelled { Effect::Removed } else { Effect::NextGeneration });
    }
    event.etag.is_some().then_some(Effect::Store { event, done: false })
}

/// A get shows a cancelled event.
fn cancelled(desired: &Desired, copy: Option<&CopySeen>) -> Effect {
    match copy {
        _ if desired.cancelled => Effect::Removed,
        // Perhaps by us, whose answer was lost.
        Some(copy) if leaves_calendar(desired, copy) || desired.taken_off => Effect::NextGeneration,
        Some(_) if crate::sabotaged!(Resurrected) => Effect::NextGeneration,
        Some(_) => Effect::RemoteCancelled,
        // Our insert, whose answer was lost, and then a person's deletion: whatever we take away ourselves takes its
        // generation with it.
        None => Effect::RemoteCancelled,
    }
}

fn gone_by_us(desired: &Desired) -> Effect {
    if desired.cancelled { Effect::Removed } else { Effect::NextGeneration }
}

fn gone_by_others(desired: &Desired, copy: Option<&CopySeen>) -> Effect {
    match copy {
        _ if desired.cancelled => Effect::Removed,
        // It was to go from there in any case.
        Some(copy) if leaves_calendar(desired, copy) || desired.taken_off => Effect::NextGeneration,
        _ => Effect::RemoteCancelled,
    }
}

/// Whether the calendar shows the event after all.
fn lists(page: &Page, desired: &Desired, copy: Option<&CopySeen>) -> bool {
    let own = event_id(desired.booking, desired.generation);
    let id = copy.map_or(&own, |copy| &copy.google_id);
    page.events.iter().any(|event| event.id == *id && event.status != RemoteStatus::Cancelled)
}

/// What the calendar tells of an event of ours that was deleted.
fn tombstone(page: &Page, desired: &Desired) -> Option<Box<RemoteEvent>> {
    let own = event_id(desired.booking, desired.generation);
    let deleted = |event: &&RemoteEvent| event.id == own && event.status == RemoteStatus::Cancelled;
    page.events.iter().find(deleted).cloned().map(Box::new)
}

/// The call for the page after this one.
fn next_page(op: &RemoteOp, page: &Page) -> Option<RemoteOp> {
    let RemoteOp::EventsList { calendar, .. } = op else { return None };
    Some(RemoteOp::EventsList {
        calendar: calendar.clone(),
        sync_token: None,
        page_token: Some(page.next_page_token.clone()?),
    })
}

/// Whether a 404 to a read asks for a look at the calendar: of what we know to be there; of what we deleted; of an id that is
/// taken (409) and yet not to be seen, which at first is perhaps not visible yet.
fn is_doubtful(desired: &Desired, copy: Option<&CopySeen>, calls: u32) -> bool {
    match copy {
        Some(copy) => !is_cancelled(&copy.raw),
        None => desired.cancelled || calls >= UNSEEN_CALLS,
    }
}

/// 404 is "never existed" or "no access", and only the first is a cancellation, or our own deletion: the event is asked
/// for, then its calendar. `None`: wait and see.
fn not_found(desired: &Desired, copy: Option<&CopySeen>, op: &RemoteOp, calls: u32) -> Option<Effect> {
    match (op, copy) {
        (RemoteOp::EventDelete { .. }, _) if crate::sabotaged!(NotFoundIsDeleted) => {
            Some(gone_by_us(desired))
        }
        (RemoteOp::EventPatch { .. } | RemoteOp::EventDelete { .. }, Some(copy)) => {
            Some(Effect::Fetch(read_copy(copy)))
        }
        (RemoteOp::EventGet { calendar, .. }, copy) if is_doubtful(desired, copy, calls) => {
            Some(Effect::Fetch(RemoteOp::EventsList {
                calendar: calendar.clone(),
                sync_token: None,
                page_token: None,
            }))
        }
        (RemoteOp::EventGet { .. }, _) if desired.cancelled => Some(Effect::Removed),
        (RemoteOp::EventGet { .. }, Some(_)) => Some(Effect::RemoteCancelled),
        (RemoteOp::EventInsert { .. } | RemoteOp::EventsList { .. }, _) => {
            Some(Effect::Blocked { reason: "notFound".to_owned() })
        }
        _ => None,
    }
}

/// Whether the event that sits on our id is one that we inserted.
fn is_ours(desired: &Desired, event: &RemoteEvent) -> bool {
    match event.private_props.get(BOOKING_PROPERTY) {
        Some(booking) => *booking == desired.booking.to_string(),
        // The mark can be taken off by anybody with access. Then: our id, made by this account, not imported, and it
        // stands where we put it. Anything less is left alone.
        None => {
            let id = event_id(desired.booking, desired.generation);
            event.id == id
                && event.organizer.as_ref().is_some_and(|organizer| organizer.is_self)
                && event.ical_uid.as_deref() == Some(&format!("{id}@google.com"))
                && diff::held_range(&event.raw.json()) == Some(desired.range)
        }
    }
}
