//! How an event leaves a room: taken out in Google, left behind by a move, or never there.

use std::collections::BTreeSet;

use model::{BookingId, BookingState, Instant, RoomId};
use store::{CopyRow, EventKind, EventRow, OutboxRow, OutboxState, StoreError, Tx, Way};
use sync::port::RemoteEvent;

use crate::apply::{OUTSIDE_FIRST, Source, promote_conflicted};
use crate::merge;
use crate::push::TAKEN_OFF;

/// By then what we wrote has come to the calendars of the rooms that it invites; Google takes seconds.
pub(crate) const ARRIVAL_SECS: i64 = 600;
/// A wish for a push: nothing is to be written, but the copy is to be read.
pub(crate) const LOOK: &str = "look";

/// The copy on this room's calendar is gone: the room is free of it. Where it stood in no other room, it is cancelled.
pub(crate) async fn gone(tx: &mut Tx, source: &Source, google_id: &str) -> Result<(), StoreError> {
    let Some(event) = tx.event_by_google_id(google_id).await? else {
        return tx.copy_delete(&source.calendar, google_id).await;
    };
    let row = tx.outbox_get(event.id).await?;
    let is_under_way = row.as_ref().is_some_and(|row| row.token.is_some());
    if event.way != Way::Outside && event.touched_at >= source.begun || is_under_way {
        source.hear_again();
        return Ok(());
    }
    // Our own move to this room, or a write that has not arrived, says otherwise: it will be settled by the push. So will a
    // cancellation: somebody may have moved it to another room in Google, where it still stands. As will be what waits for
    // the organiser's calendar, where alone can be seen whether the event is gone or has left the room.
    let asks = row.as_ref().is_some_and(|row| {
        event.way == Way::Person && row.state == OutboxState::Waiting && merge::is_wished(row)
    });
    if asks && let Some(copy) = tx.copy_get(&event.way_calendar, google_id).await? {
        read_anew(tx, copy).await?;
    }
    let settles = |row: &OutboxRow| {
        row.state != OutboxState::Dead
            && row.changed.iter().any(|field| matches!(field.as_str(), "room" | "all" | "cancel" | TAKEN_OFF))
    };
    if asks || row.as_ref().is_some_and(settles) {
        // Of the copy that it writes to, it has to know that there was one.
        if event.way == Way::Outside || event.way_calendar != source.calendar {
            tx.copy_delete(&source.calendar, google_id).await?;
        }
        return Ok(());
    }
    tx.copy_delete(&source.calendar, google_id).await?;
    if look_again(tx, source, &event, google_id).await? {
        return Ok(());
    }
    // Taken out by our own push because somebody outside has the room: the person still has to see that and why.
    let occurrences = tx.occurrences_of_event(event.id).await?;
    if occurrences
        .iter()
        .any(|one| one.room == source.room.id && one.reason.as_deref() == Some(OUTSIDE_FIRST))
    {
        return Ok(());
    }
    merge::deleted(tx, &event).await?;
    release(tx, event.id, source.room.id, None).await
}

/// A tombstone in a room that we invited moments ago may tell of the time before: copies follow each other. The one that
/// we write to is asked, by the push. `false`: there is nothing to ask.
async fn look_again(
    tx: &mut Tx,
    source: &Source,
    event: &EventRow,
    google_id: &str,
) -> Result<bool, StoreError> {
    if event.way != Way::Person {
        return Ok(false);
    }
    let Some(copy) = tx.copy_get(&event.way_calendar, google_id).await? else { return Ok(false) };
    let lately = copy.seen_at.plus_secs(ARRIVAL_SECS) > source.begun;
    if !lately || !invites(&copy.raw, &source.calendar) {
        return Ok(false);
    }
    look(tx, copy).await?;
    Ok(true)
}

/// The copy is read before anything is written to it again.
pub(crate) async fn read_anew(tx: &mut Tx, copy: CopyRow) -> Result<(), StoreError> {
    tx.copy_put(&CopyRow { etag: None, ..copy }).await
}

/// Has a push read the copy, though nothing is to be written.
pub(crate) async fn look(tx: &mut Tx, copy: CopyRow) -> Result<(), StoreError> {
    let event = copy.event;
    read_anew(tx, copy).await?;
    tx.outbox_put(event, &[LOOK]).await
}

/// A room answers within seconds. Where it has not, it may have been taken out again before we ever saw it there: the copy
/// that we write to is read.
pub(crate) async fn look_at_unanswered(tx: &mut Tx, source: &Source) -> Result<(), StoreError> {
    for pending in tx.occurrences_pending(source.room.id, tx.now()).await? {
        let Some(event) = tx.event_get(pending.event).await?.filter(|event| event.way == Way::Person) else {
            continue;
        };
        let Some(google_id) = &event.google_id else { continue };
        let Some(copy) = tx.copy_get(&event.way_calendar, google_id).await? else { continue };
        let waited = copy.seen_at.plus_secs(ARRIVAL_SECS) < source.begun;
        if waited && tx.outbox_get(event.id).await?.is_none() {
            look(tx, copy).await?;
        }
    }
    Ok(())
}

/// Whether a copy invites a room.
pub(crate) fn invites(raw: &serde_json::Value, room_email: &str) -> bool {
    let invited = raw["attendees"].as_array().into_iter().flatten();
    let mut emails = invited.filter_map(|one| one["email"].as_str());
    emails.any(|email| email.eq_ignore_ascii_case(room_email))
}

/// Takes an event (or one slot of it) out of a room.
pub(crate) async fn release(
    tx: &mut Tx,
    id: BookingId,
    room: RoomId,
    slot: Option<Instant>,
) -> Result<(), StoreError> {
    let before = tx.blocks_of_event(id).await?;
    let mut left = 0;
    for occurrence in tx.occurrences_of_event(id).await? {
        if occurrence.room == room && slot.is_none_or(|slot| occurrence.slot == slot) {
            tx.occurrence_delete(id, room, occurrence.slot).await?;
        } else if occurrence.state != BookingState::Cancelled {
            left += 1;
        }
    }
    if left == 0
        && slot.is_none()
        && let Some(mut event) = tx.event_get(id).await?
        && !stands_elsewhere(tx, &event).await?
    {
        event.cancelled = true;
        tx.event_update(&event).await?;
    }
    tx.changes_since(id, before).await?;
    promote_conflicted(tx, room).await
}

/// Takes an event out of every room but one.
pub(crate) async fn leave_others(tx: &mut Tx, id: BookingId, room: RoomId) -> Result<(), StoreError> {
    let held = tx.occurrences_of_event(id).await?;
    let others: BTreeSet<RoomId> = held.iter().map(|one| one.room).filter(|other| *other != room).collect();
    for other in others {
        release(tx, id, other, None).await?;
    }
    Ok(())
}

/// Whether a series stands on the calendar of another room, where its instances may not be listed yet.
async fn stands_elsewhere(tx: &mut Tx, event: &EventRow) -> Result<bool, StoreError> {
    let Some(google_id) = event.google_id.clone().filter(|_| event.kind == EventKind::Series) else {
        return Ok(false);
    };
    let calendars = tx.copy_calendars(event.id, google_id).await?;
    Ok(calendars.iter().any(|calendar| *calendar != event.way_calendar))
}

/// Takes an event of ours out of the rooms that its list of guests, which names this one, does not name: their calendars
/// may never have shown it.
pub(crate) async fn leave_uninvited(
    tx: &mut Tx,
    source: &Source,
    remote: &RemoteEvent,
    id: BookingId,
) -> Result<(), StoreError> {
    let raw = remote.raw.json();
    if remote.attendees_omitted || !invites(&raw, &source.calendar) {
        return Ok(());
    }
    let held = tx.occurrences_of_event(id).await?;
    let here = source.room.id;
    let others: BTreeSet<RoomId> = held.iter().map(|one| one.room).filter(|other| *other != here).collect();
    for other in others {
        let room = tx.room_get(other).await?;
        if room.is_some_and(|room| !invites(&raw, &room.email)) {
            release(tx, id, other, None).await?;
        }
    }
    Ok(())
}
