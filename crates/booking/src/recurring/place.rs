//! Makes the dates of a series stand where it says, by force: what both sides changed has nobody left to be refused.

use std::collections::{BTreeMap, BTreeSet};

use model::{BookingState, Instant, RoomId, TimeRange};
use serde_json::Value;
use store::{CopyRow, EventRow, OccurrenceRow, RoomStored, SeriesRow, SeriesStored, StoreError, Tx};
use sync::reading::RoomEvent;

use super::answers::{original_of, stands_by_the_rule};
use super::part::{Rooms, part_of, write_of};
use crate::apply::{Source, hold, promote_conflicted};
use crate::push::answer::room_answer;
use crate::told::tell_of;

/// Stores a series as `next` and puts its dates that have not begun. Where somebody holds a room they keep it; the people
/// concerned are told at once, since the room may have nobody to say no. `is_there`: Google has the series at these times in
/// these rooms.
pub(super) async fn put(
    tx: &mut Tx,
    source: &Source,
    was: &SeriesStored,
    next: &SeriesStored,
    is_there: bool,
) -> Result<(), StoreError> {
    if next == was {
        return Ok(());
    }
    let (id, now) = (was.event.id, tx.now());
    let rows = tx.room_list_all().await?;
    let rooms = Rooms::new(&rows);
    let before = tx.blocks_of_event(id).await?;
    if next.event != was.event {
        tx.event_update(&next.event).await?;
    }
    let written = part_of(next, &rooms)
        .ok()
        .and_then(|part| write_of(&part, next.event.clone(), next.series.sequence, &rooms, now).ok());
    let Some(write) = written else {
        tx.series_set(&next.series, &next.overrides).await?;
        return tx.changes_since(id, before).await;
    };
    let series = SeriesRow { horizon: write.series.horizon, ..next.series.clone() };
    tx.series_set(&series, &next.overrides).await?;
    let free = Free::of(tx, &next.event, &rows).await?;
    let needed = write.instances.iter().filter(|one| !free.has(one.room, one.slot, one.exception));
    let mut wanted: BTreeMap<(RoomId, Instant), _> = needed.map(|one| ((one.room, one.slot), one)).collect();
    let mut freed = BTreeSet::new();
    let held = tx.occurrences_of_event(id).await?;
    for one in &held {
        let place = (one.room, one.slot);
        // What began stays, unless it turns out to have been put off.
        let is_put_off = wanted.get(&place).is_some_and(|wish| wish.range.start() > now);
        if one.range.start() <= now && !is_put_off {
            wanted.remove(&place);
            continue;
        }
        match wanted.get(&place) {
            Some(wish) if wish.range == one.range && one.state != BookingState::Cancelled => {
                if (&one.title, one.exception) != (&wish.title, wish.exception) {
                    let (title, exception) = (wish.title.clone(), wish.exception);
                    tx.occurrence_put(&OccurrenceRow { title, exception, ..one.clone() }).await?;
                }
                wanted.remove(&place);
            }
            // First what goes, so that the dates of a series do not meet their own old places.
            _ => {
                tx.occurrence_delete(id, one.room, one.slot).await?;
                freed.insert(one.room);
            }
        }
    }
    tx.changes_since(id, before).await?;
    for wish in wanted.into_values().filter(|wish| wish.range.start() > now) {
        let Some(room) = rows.iter().find(|room| room.id == wish.room) else { continue };
        let here = Source { room: room.clone(), ..source.clone() };
        let place = date_of(&next.event, wish.title.as_deref(), wish.range);
        hold(tx, &here, id, &place, wish.slot, wish.exception).await?;
    }
    let stays = was.event.recurrence == next.event.recurrence && was.event.range == next.event.range;
    answer_by_copies(tx, &next.event, &rows, is_there && stays, None).await?;
    for room in freed {
        promote_conflicted(tx, room).await?;
    }
    let clashed = |one: &&OccurrenceRow| {
        let stood = held.iter().any(|was| (was.room, was.slot, was.range) == (one.room, one.slot, one.range));
        one.state == BookingState::Conflicted && !stood
    };
    for clash in tx.occurrences_of_event(id).await?.iter().filter(clashed) {
        tell_of(tx, clash, None).await?;
    }
    Ok(())
}

/// What is set to free in Google, as the rooms' calendars show it: it does not need the room.
struct Free {
    series: BTreeSet<RoomId>,
    /// Of dates that a calendar told of alone.
    dates: BTreeMap<(RoomId, Instant), bool>,
}

impl Free {
    async fn of(tx: &mut Tx, event: &EventRow, rooms: &[RoomStored]) -> Result<Self, StoreError> {
        let id = event.google_id.as_deref().unwrap_or_default();
        let is_free = |copy: &CopyRow| copy.raw["transparency"] == "transparent";
        let mut free = Self { series: BTreeSet::new(), dates: BTreeMap::new() };
        for room in rooms {
            if tx.copy_get(&room.email, id).await?.is_some_and(|copy| is_free(&copy)) {
                free.series.insert(room.id);
            }
        }
        for copy in tx.copies_of_dates(event.id, id).await? {
            let room = rooms.iter().find(|room| room.email == copy.calendar);
            if let (Some(room), Some(slot)) = (room, original_of(&copy.raw)) {
                free.dates.insert((room.id, slot), is_free(&copy));
            }
        }
        Ok(free)
    }

    fn has(&self, room: RoomId, slot: Instant, is_exception: bool) -> bool {
        let own = self.dates.get(&(room, slot)).filter(|_| is_exception);
        own.copied().unwrap_or_else(|| self.series.contains(&room))
    }
}

/// Dates that wait for a room that had them already, as they are: it will not answer again, but its calendar's copies say what
/// it answered. An exception has a copy of its own, unless it says what its series says; all others are as the master, if that
/// is there and has the `rule` that Google is known to have; `None`: it was not changed.
pub(super) async fn answer_by_copies(
    tx: &mut Tx,
    event: &EventRow,
    rooms: &[RoomStored],
    is_there: bool,
    rule: Option<&Value>,
) -> Result<(), StoreError> {
    let id = event.google_id.clone().unwrap_or_default();
    let now = tx.now();
    let mut pending = tx.occurrences_of_event(event.id).await?;
    pending.retain(|one| one.state == BookingState::Pending && one.range.end() > now);
    let dates = tx.copies_of_dates(event.id, &id).await?;
    let before = tx.blocks_of_event(event.id).await?;
    let mut freed = BTreeSet::new();
    for room in rooms.iter().filter(|room| pending.iter().any(|one| one.room == room.id)) {
        let master = tx.copy_get(&room.email, &id).await?.filter(|_| is_there);
        let master = master.filter(|copy| sync::push::held_range(&copy.raw) == Some(event.range));
        let master = master.filter(|copy| rule.is_none_or(|rule| copy.raw["recurrence"] == *rule));
        for one in pending.iter().filter(|one| one.room == room.id) {
            let of_date =
                |copy: &&CopyRow| copy.calendar == room.email && original_of(&copy.raw) == Some(one.slot);
            let own = dates.iter().find(of_date).filter(|_| one.exception);
            let copy = match own {
                Some(own) => Some(own).filter(|own| sync::push::held_range(&own.raw) == Some(one.range)),
                None => master.as_ref().filter(|_| !one.exception || stands_by_the_rule(one, event)),
            };
            let answer = copy.and_then(|copy| room_answer(event.way, &copy.raw, &room.email));
            if let Some((state, reason)) = answer {
                let answered = OccurrenceRow { state, reason: reason.map(str::to_owned), ..one.clone() };
                tx.occurrence_put(&answered).await?;
                if !state.holds_room() {
                    tell_of(tx, &answered, None).await?;
                    freed.insert(room.id);
                }
            }
        }
    }
    tx.changes_since(event.id, before).await?;
    for room in freed {
        promote_conflicted(tx, room).await?;
    }
    Ok(())
}

/// A date as a room is asked for it.
fn date_of(event: &EventRow, title: Option<&str>, range: TimeRange) -> RoomEvent {
    RoomEvent {
        google_id: event.google_id.clone().unwrap_or_default(),
        ical_uid: event.ical_uid.clone(),
        etag: None,
        title: title.unwrap_or(&event.title).to_owned(),
        private: event.private,
        range,
        all_day: false,
        tentative: event.tentative,
        organizer_email: Some(event.organizer_email.clone()),
        organizer_name: Some(event.organizer_name.clone()),
        organizer_is_room: false,
        guests: Vec::new(),
        state: BookingState::Pending,
        blocks: true,
        zone: Some(event.zone.clone()),
        booking: Some(event.id),
        series: None,
        original: None,
        html_link: None,
        opaque: false,
        created: None,
    }
}
