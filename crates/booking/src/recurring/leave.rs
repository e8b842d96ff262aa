//! A room that is not its series' any more.

use std::collections::BTreeSet;

use model::{BookingId, BookingState, Instant, RoomId};
use store::{OverrideRow, SeriesRow, SeriesStored, StoreError, Tx, Way};
use sync::port::RemoteEvent;

use super::answers::original_of;
use super::merge::{deleted, left};
use super::part::as_the_series;
use super::pull::end_series;
use super::{BEFORE, ids};
use crate::apply::{promote_conflicted, waiting_fields};
use crate::leave::invites;

/// The series is not on this room's calendar any more, but for the dates `alone`, which have the room for themselves. Where
/// nothing of it is left anywhere, it was cancelled. What began stays.
pub(super) async fn leave_room(
    tx: &mut Tx,
    room: RoomId,
    stored: SeriesStored,
    alone: &BTreeSet<Instant>,
) -> Result<(), StoreError> {
    let now = tx.now();
    let id = stored.event.id;
    let held = tx.occurrences_of_event(id).await?;
    let stays = |slot: &Instant, of: RoomId| of != room || alone.contains(slot);
    let is_left = held.iter().any(|one| {
        stays(&one.slot, one.room) && one.range.start() > now && one.state != BookingState::Cancelled
    });
    if !is_left {
        deleted(tx, &stored).await?;
        end_series(tx, id).await?;
        return if stored.event.cancelled { Ok(()) } else { nothing_waits(tx, id).await };
    }
    let before = tx.blocks_of_event(id).await?;
    for one in held.iter().filter(|one| !stays(&one.slot, one.room) && one.range.start() > now) {
        tx.occurrence_delete(id, room, one.slot).await?;
    }
    let without = |rooms: &Vec<RoomId>| rooms.iter().copied().filter(|held| *held != room).collect();
    let of_date = |one: &OverrideRow| {
        let rooms = if alone.contains(&one.recurrence_id) {
            Some(one.rooms.clone().unwrap_or_else(|| stored.series.rooms.clone()))
        } else {
            one.rooms.as_ref().map(without)
        };
        OverrideRow { rooms, ..one.clone() }
    };
    let mut overrides: Vec<OverrideRow> = stored.overrides.iter().map(of_date).collect();
    let has_own = |slot: &Instant| stored.overrides.iter().any(|one| one.recurrence_id == *slot);
    overrides.extend(alone.iter().filter(|slot| !has_own(slot)).map(|slot| OverrideRow {
        rooms: Some(stored.series.rooms.clone()),
        ..as_the_series(*slot, stored.series.sequence)
    }));
    let series = SeriesRow { rooms: without(&stored.series.rooms), ..stored.series.clone() };
    tx.series_set(&series, &overrides).await?;
    left(tx, id, room).await?;
    tx.changes_since(id, before).await?;
    promote_conflicted(tx, room).await
}

/// Without any of our rooms a series is gone from here, and perhaps stands on in Google: what waits is for nobody to write.
async fn nothing_waits(tx: &mut Tx, id: BookingId) -> Result<(), StoreError> {
    let Some(row) = tx.outbox_get(id).await? else { return Ok(()) };
    tx.outbox_done(id, row.version).await?;
    for other in ids(&row.changed, BEFORE) {
        tx.outbox_wake(other).await?;
    }
    Ok(())
}

/// A room's calendar does not say whether its series is gone or has left it, or was not heard of for long. The organiser's
/// calendar does, and where it does not invite the room somebody took it out: perhaps before its calendar had ever shown it.
pub(super) async fn leave_uninvited(
    tx: &mut Tx,
    id: BookingId,
    remote: &RemoteEvent,
) -> Result<(), StoreError> {
    let Some(stored) = tx.series_get(id).await?.filter(|stored| stored.event.way == Way::Person) else {
        return Ok(());
    };
    // Where it goes to other rooms from here, Google cannot invite them yet.
    let moves = waiting_fields(tx, id).await?.iter().any(|word| matches!(word.as_str(), "room" | "all"));
    if remote.attendees_omitted || moves {
        return Ok(());
    }
    let raw = remote.raw.json();
    for room in stored.series.rooms {
        let Some(row) = tx.room_get(room).await?.filter(|row| !invites(&raw, &row.email)) else {
            continue;
        };
        if let Some(now) = tx.series_get(id).await?.filter(|now| !now.event.cancelled) {
            let alone = alone_in(tx, room, &row.email, &now, &remote.id).await?;
            leave_room(tx, row.id, now, &alone).await?;
        }
    }
    Ok(())
}

/// Dates that stand in a room whose calendar shows them for themselves.
async fn alone_in(
    tx: &mut Tx,
    room: RoomId,
    calendar: &str,
    stored: &SeriesStored,
    master: &str,
) -> Result<BTreeSet<Instant>, StoreError> {
    let id = stored.event.id;
    let copies = tx.copies_of_dates(id, master).await?;
    let shown = copies.iter().filter(|copy| copy.calendar == calendar);
    let shown: BTreeSet<Instant> = shown.filter_map(|copy| original_of(&copy.raw)).collect();
    let held = tx.occurrences_of_event(id).await?;
    let here = held.iter().filter(|one| one.room == room && one.state.is_drawn());
    Ok(here.map(|one| one.slot).filter(|slot| shown.contains(slot)).collect())
}
