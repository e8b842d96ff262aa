//! What a room's calendar says to the dates of a series of ours.

use std::collections::BTreeSet;

use calendar::series::Part;
use model::{BookingId, BookingState, Instant};
use serde_json::Value;
use store::{EventRow, OccurrenceRow, SeriesRow, SeriesStored, StoreError, Tx, Way};
use sync::reading::RoomEvent;

use super::part;
use crate::apply::{ROOM_DECLINED, Source, hold, promote_conflicted};
use crate::told::tell_of;

/// What the room says to a date that stands where we have it.
pub(super) async fn answer_to_date(
    tx: &mut Tx,
    source: &Source,
    event: &RoomEvent,
    id: BookingId,
    slot: Instant,
) -> Result<(), StoreError> {
    let room = source.room.id;
    let held = tx.occurrences_of_event(id).await?;
    let held = held.into_iter().find(|one| one.room == room && one.slot == slot);
    let Some(held) = held.filter(|held| held.range == event.range) else { return Ok(()) };
    let way = tx.event_get(id).await?.map_or(Way::Outside, |event| event.way);
    if event.is_free() || says_yes_after_all(&held, event.state, way) {
        return hold(tx, source, id, event, slot, held.exception).await;
    }
    let before = tx.blocks_of_event(id).await?;
    let freed = take_answer(tx, &held, event.state, true).await?;
    tx.changes_since(id, before).await?;
    if freed { promote_conflicted(tx, room).await } else { Ok(()) }
}

/// The dates of a series in this room: where they are by its rule, and with what the room says to the whole. `waits`:
/// only what stands where we have it is taken.
pub(super) async fn answers(
    tx: &mut Tx,
    source: &Source,
    read: &RoomEvent,
    part: &Part,
    stored: &SeriesStored,
    waits: bool,
) -> Result<(), StoreError> {
    let (id, room, now) = (stored.event.id, source.room.id, tx.now());
    let Ok((dates, horizon)) = part::dates(part, &stored.event.recurrence, now) else { return Ok(()) };
    let mut freed = false;
    let before = tx.blocks_of_event(id).await?;
    let held: Vec<OccurrenceRow> =
        tx.occurrences_of_event(id).await?.into_iter().filter(|one| one.room == room).collect();
    let is_free = read.is_free();
    if !waits {
        let wanted: BTreeSet<Instant> = dates.iter().map(|date| date.slot).collect();
        let excepted: BTreeSet<Instant> = stored.overrides.iter().map(|one| one.recurrence_id).collect();
        for one in &held {
            let ours = wanted.contains(&one.slot) || excepted.contains(&one.slot) || one.exception;
            if one.range.start() > now && !ours {
                tx.occurrence_delete(id, room, one.slot).await?;
                freed = true;
            }
        }
    }
    let by_the_rule =
        |one: &&OccurrenceRow| dates.iter().any(|date| date.slot == one.slot && date.range == one.range);
    for one in
        held.iter().filter(|one| is_free && !one.exception && one.range.start() > now).filter(by_the_rule)
    {
        tx.occurrence_delete(id, room, one.slot).await?;
        freed = true;
    }
    let revives = |one: &OccurrenceRow| !waits && says_yes_after_all(one, read.state, stored.event.way);
    let mut missing = Vec::new();
    for date in dates.iter().filter(|_| !is_free) {
        match held.iter().find(|one| one.slot == date.slot) {
            Some(one) if one.exception => {}
            Some(one) if one.range == date.range && revives(one) => {
                // Where the room said no to this date alone, the series does not say otherwise.
                let says_itself = has_own_copy(tx, source, &stored.event, one.slot).await?;
                missing.extend((!says_itself).then_some(*date));
            }
            Some(one) if one.range == date.range => freed |= take_answer(tx, one, read.state, waits).await?,
            _ if !waits && date.range.start() > now => missing.push(*date),
            _ => {}
        }
    }
    for one in held.iter().filter(|one| one.exception && stands_by_the_rule(one, &stored.event) && !is_free) {
        if has_own_copy(tx, source, &stored.event, one.slot).await? {
            continue;
        }
        if revives(one) {
            let event = RoomEvent { range: one.range, ..read.clone() };
            hold(tx, source, id, &event, one.slot, true).await?;
        } else {
            freed |= take_answer(tx, one, read.state, waits).await?;
        }
    }
    tx.changes_since(id, before).await?;
    for date in missing {
        let event = RoomEvent { range: date.range, ..read.clone() };
        hold(tx, source, id, &event, date.slot, false).await?;
    }
    if !waits && horizon != stored.series.horizon {
        let reached = SeriesRow { horizon, ..stored.series.clone() };
        tx.series_set(&reached, &stored.overrides).await?;
    }
    if freed {
        promote_conflicted(tx, room).await?;
    }
    Ok(())
}

/// Whether a room that declined a date has it now: it is held like a new one, since somebody else may have got the room.
fn says_yes_after_all(one: &OccurrenceRow, said: BookingState, way: Way) -> bool {
    // As the room it has been, or will be, taken off: what the series says is not about this date.
    let is_off = way == Way::Room && one.reason.as_deref() != Some(ROOM_DECLINED);
    one.state == BookingState::Declined && said == BookingState::Confirmed && !is_off
}

/// Whether a date is where its series has it: what it has for itself, if anything, is no time.
pub(super) fn stands_by_the_rule(one: &OccurrenceRow, event: &EventRow) -> bool {
    one.slot == one.range.start() && one.range.length_micros() == event.range.length_micros()
}

/// Whether the room's calendar told of this date alone. An exception that says what its series says is none at Google.
async fn has_own_copy(
    tx: &mut Tx,
    source: &Source,
    event: &EventRow,
    slot: Instant,
) -> Result<bool, StoreError> {
    let copies = tx.copies_of_dates(event.id, event.google_id.as_deref().unwrap_or_default()).await?;
    Ok(copies.iter().any(|copy| copy.calendar == source.calendar && original_of(&copy.raw) == Some(slot)))
}

/// The original start of a date, as Google shows it alone.
pub(super) fn original_of(raw: &Value) -> Option<Instant> {
    raw["originalStartTime"]["dateTime"].as_str().and_then(Instant::parse_rfc3339)
}

/// What the room says to a date that stands where it is asked for. Whether that frees the room.
async fn take_answer(
    tx: &mut Tx,
    held: &OccurrenceRow,
    said: BookingState,
    waits: bool,
) -> Result<bool, StoreError> {
    use BookingState::{Confirmed, Conflicted, Declined, Pending};
    let taken = match (held.state, said) {
        (Pending, Confirmed) | (Pending | Confirmed | Conflicted, Declined) => true,
        (Confirmed, Pending) => !waits,
        _ => false,
    };
    if !taken || held.range.end() <= tx.now() {
        return Ok(false);
    }
    let is_no = said == Declined;
    let next = OccurrenceRow { state: said, reason: is_no.then(|| ROOM_DECLINED.to_owned()), ..held.clone() };
    tx.occurrence_put(&next).await?;
    if is_no {
        tell_of(tx, &next, None).await?;
    }
    Ok(is_no)
}
