//! What Google tells of a series of ours: the rooms' answers, and what people changed of it there.
//!
//! What says what we hold changes nothing (NO-ECHO). While something of it waits in the outbox, or was written after the
//! run began, only answers to what we hold are taken: Google will tell of the rest again. What people changed here is
//! merged with what was changed there (`merge`). A master or a date that was
//! changed there alone is taken in as it is, by force; what cannot be expanded here is followed from then on as any other
//! series of Google's.

use std::collections::BTreeSet;

use calendar::recurrence::{Budget, Length, Recurrence, Slot, Start};
use calendar::zone;
use model::{BookingId, BookingState, Instant, RoomId};
use store::{
    CopyRow, EventKind, EventRow, OutboxState, OverrideRow, SeriesRow, SeriesStored, StoreError, Tx, Way,
};
use sync::port::{RemoteEvent, RemoteWhen};
use sync::reading::{Master, Reading, RoomEvent};

use super::answers::{answer_to_date, answers};
use super::leave::leave_room;
use super::merge::{Meeting, is_definite, stands_as_shown};
use super::part::{Rooms, as_the_series, part_of, slot_at};
use super::{AFTER, BEFORE, DATE, date_word, dates};
use crate::apply::{
    Source, UNLISTED, clamp_title, hold, is_stale, is_under_way, keep_copy, promote_conflicted, put_event,
    slot_of,
};
use crate::leave::{invites, look};
use crate::push::TAKEN_OFF;

/// The series of ours that a pulled item belongs to, or is.
pub(crate) async fn ours(tx: &mut Tx, reading: &Reading) -> Result<Option<SeriesStored>, StoreError> {
    let google_id = match reading {
        Reading::Gone { google_id } => google_id,
        Reading::GoneInstance { series, .. } => series,
        Reading::Series(master) => &master.event.google_id,
        Reading::Event(event) => match &event.series {
            Some(series) => series,
            None => return Ok(None),
        },
        Reading::Ignored => return Ok(None),
    };
    let event = tx.event_by_google_id(google_id).await?;
    match event.filter(|event| event.kind == EventKind::Series && event.way != Way::Outside) {
        Some(event) => tx.series_get(event.id).await,
        None => Ok(None),
    }
}

/// Takes it in. Answers the series whose instances have to be listed from now on.
pub(crate) async fn take_in(
    tx: &mut Tx,
    source: &Source,
    remote: &RemoteEvent,
    reading: Reading,
    stored: SeriesStored,
) -> Result<Option<BookingId>, StoreError> {
    let waiting = waiting(tx, stored.event.id).await?;
    // What was perhaps told after our own write cannot be judged now and is told again: a master and its dates together,
    // so that a date does not take for its own what its series has got.
    let passed = stored.event.touched_at >= source.begun || is_under_way(tx, stored.event.id).await?;
    if passed {
        source.hear_again();
    }
    let newer = passed || is_stale(tx, &stored.event, remote).await?;
    let meeting = if newer { None } else { Meeting::of(tx, &stored).await? };
    // The later half of a split is merged with nothing before it is there as a whole.
    if meeting.is_none() && !newer && takes_over(tx, stored.event.id).await? {
        source.hear_again();
    }
    if let Reading::Gone { google_id } | Reading::GoneInstance { google_id, .. } = &reading
        && stored.event.way_calendar != source.calendar
    {
        // Whatever becomes of it, this calendar shows it no more.
        tx.copy_delete(&source.calendar, google_id).await?;
    }
    match reading {
        Reading::Ignored => Ok(None),
        Reading::Gone { google_id } => {
            let asked = waiting.iter().any(|word| matches!(word.as_str(), "room" | "all" | TAKEN_OFF));
            if newer || asked {
                return Ok(None);
            }
            // Whether it is gone or has left the room, the organiser's calendar says, which the push asks.
            let asks = meeting.is_some_and(|meeting| meeting.is_wished() && meeting.is_waiting());
            if asks
                && !is_definite(&stored)
                && let Some(copy) = tx.copy_get(&stored.event.way_calendar, &google_id).await?
            {
                look(tx, copy).await?;
                return Ok(None);
            }
            tx.copy_delete(&source.calendar, &google_id).await?;
            if !is_in_room(tx, &stored, source.room.id).await? {
                return Ok(None);
            }
            leave_room(tx, source.room.id, stored, &BTreeSet::new()).await?;
            Ok(None)
        }
        Reading::GoneInstance { original, .. } => {
            let Some(slot) = slot_of(source, &original).filter(|_| !newer) else { return Ok(None) };
            if is_taken_back(tx, source, &stored, slot).await? {
                return Ok(None);
            }
            match meeting {
                Some(meeting) if is_definite(&stored) => {
                    meeting.date(tx, source, None, slot).await?;
                }
                Some(meeting) if meeting.is_for_the_push(slot) => {}
                // Other times that leave the date where it is do not keep it from being gone.
                Some(meeting) if !moves_rooms(&waiting) && meeting.stays(slot) => {
                    date_gone(tx, source, stored, slot, matches!(original, RemoteWhen::At { .. })).await?
                }
                _ if covers(&waiting, slot) => {}
                _ => date_gone(tx, source, stored, slot, matches!(original, RemoteWhen::At { .. })).await?,
            }
            Ok(None)
        }
        Reading::Series(read) => match meeting {
            Some(meeting) => meet_master(tx, source, remote, *read, stored, meeting).await,
            None => master(tx, source, remote, *read, stored, newer || concerns_master(&waiting)).await,
        },
        Reading::Event(event) => {
            let slot = event.original.unwrap_or(event.range.start());
            match meeting.filter(|meeting| !meeting.says_alone(slot)) {
                Some(meeting) => {
                    meet_date(tx, source, remote, &event, stored.event.id, slot, meeting).await?
                }
                None => {
                    // What waits of a date that left another room is a question, to which this room is an answer.
                    let asks = !is_definite(&stored)
                        && !concerns_dates(&waiting)
                        && !holds_date(tx, &stored, source.room.id, slot).await?;
                    let waits = newer || covers(&waiting, slot) && !asks;
                    date(tx, source, remote, &event, stored, slot, waits).await?;
                }
            }
            Ok(None)
        }
    }
}

/// Whether the series is about to take over from another one, as fast as Google can be told.
async fn takes_over(tx: &mut Tx, id: BookingId) -> Result<bool, StoreError> {
    let row = tx.outbox_get(id).await?.filter(|row| row.state == OutboxState::Waiting);
    Ok(row.is_some_and(|row| row.changed.iter().any(|word| word.starts_with(AFTER))))
}

/// What waits to be brought to Google. What Google refused for good waits for nothing.
async fn waiting(tx: &mut Tx, id: BookingId) -> Result<Vec<String>, StoreError> {
    let row = tx.outbox_get(id).await?.filter(|row| row.state != OutboxState::Dead);
    Ok(row.map(|row| row.changed).unwrap_or_default())
}

/// Whether what waits concerns this date.
fn covers(waiting: &[String], slot: Instant) -> bool {
    waiting.iter().any(|word| is_of_all_dates(word)) || dates(waiting).any(|date| date == slot)
}

/// A word about when or where all dates are to be, or whether.
fn is_of_all_dates(word: &str) -> bool {
    matches!(word, "all" | "time" | "room" | "cancel")
}

/// Whether what waits concerns where the dates are to be, or whether.
fn moves_rooms(waiting: &[String]) -> bool {
    waiting.iter().any(|word| matches!(word.as_str(), "all" | "room" | "cancel"))
}

/// Whether what waits concerns when or where all dates are to be.
fn concerns_dates(waiting: &[String]) -> bool {
    let is_of_split = |word: &String| word.starts_with(AFTER) || word.starts_with(BEFORE);
    waiting.iter().any(|word| is_of_all_dates(word) || is_of_split(word))
}

/// Whether what waits concerns more than single dates.
fn concerns_master(waiting: &[String]) -> bool {
    waiting.iter().any(|word| !word.starts_with(DATE))
}

/// The master, while something waits that people changed here.
async fn meet_master(
    tx: &mut Tx,
    source: &Source,
    remote: &RemoteEvent,
    read: Master,
    stored: SeriesStored,
    meeting: Meeting,
) -> Result<Option<BookingId>, StoreError> {
    let id = stored.event.id;
    let Some(merged) = meeting.master(tx, source, remote, &read).await? else {
        return master(tx, source, remote, read, stored, true).await;
    };
    keep_copy(tx, source, remote, id).await?;
    let Some(now) = tx.series_get(id).await?.filter(|_| stands_as_shown(&merged)) else { return Ok(None) };
    let rooms = Rooms::new(&tx.room_list_all().await?);
    if let Ok(part) = part_of(&now, &rooms) {
        answers(tx, source, &read.event, &part, &now, true).await?;
    }
    Ok(None)
}

/// A date, while something waits that people changed here.
async fn meet_date(
    tx: &mut Tx,
    source: &Source,
    remote: &RemoteEvent,
    event: &RoomEvent,
    id: BookingId,
    slot: Instant,
    meeting: Meeting,
) -> Result<(), StoreError> {
    let met = meeting.date(tx, source, Some((remote, event)), slot).await?;
    keep_copy(tx, source, remote, id).await?;
    match met.here.filter(|_| !met.waits) {
        Some(here) => answer_to_date(tx, source, event, id, here).await,
        None => Ok(()),
    }
}

/// The master as it stands on this room's calendar.
async fn master(
    tx: &mut Tx,
    source: &Source,
    remote: &RemoteEvent,
    read: Master,
    mut stored: SeriesStored,
    waits: bool,
) -> Result<Option<BookingId>, StoreError> {
    if waits {
        if stored.event.way_calendar != source.calendar {
            keep_copy(tx, source, remote, stored.event.id).await?;
        }
        // What Google shows at another time is no answer to ours.
        let rooms = Rooms::new(&tx.room_list_all().await?);
        if let Ok(part) = part_of(&stored, &rooms)
            && read.event.range == stored.event.range
        {
            answers(tx, source, &read.event, &part, &stored, true).await?;
        }
        return Ok(None);
    }
    let Some(new) = changed_there(&read, &stored) else {
        return follow(tx, source, remote, read, stored.event.id).await.map(Some);
    };
    let here = source.room.id;
    let is_new_room = !stored.series.rooms.contains(&here);
    if new.is_some() || is_new_room {
        let series = new.clone().unwrap_or_else(|| stored.series.clone());
        let mut series = SeriesRow { horizon: stored.series.horizon, ..series };
        if is_new_room {
            series.rooms.push(here);
        }
        let before = tx.blocks_of_event(stored.event.id).await?;
        put_event(tx, source, remote, &read.event, Some(read.recurrence.clone())).await?;
        // Its dates are ours to tell.
        if let Some(mut event) = tx.event_get(stored.event.id).await? {
            event.listed_until = None;
            tx.event_update(&event).await?;
        }
        tx.series_set(&series, &stored.overrides).await?;
        tx.changes_since(stored.event.id, before).await?;
        let Some(now) = tx.series_get(stored.event.id).await? else { return Ok(None) };
        stored = now;
    } else {
        keep_copy(tx, source, remote, stored.event.id).await?;
    }
    let rooms = Rooms::new(&tx.room_list_all().await?);
    if let Ok(part) = part_of(&stored, &rooms) {
        answers(tx, source, &read.event, &part, &stored, false).await?;
    }
    Ok(None)
}

/// The series' own data where the master was changed in Google: `Some(None)` where it says what we hold, `None` where it
/// says what we cannot expand.
fn changed_there(read: &Master, stored: &SeriesStored) -> Option<Option<SeriesRow>> {
    let (event, row) = (&read.event, &stored.series);
    let RemoteWhen::At { at, zone: named } = &read.start else { return None };
    let name = named.as_deref().unwrap_or(&stored.event.zone);
    let zone = zone::parse(name)?;
    let start = Start::Zoned { wall: Slot::starting_at(*at, zone).wall(), zone };
    let recurrence = Recurrence::read(start, &read.recurrence).ok()?;
    if !recurrence.ex_rules().is_empty() || recurrence.is_sub_daily() {
        return None;
    }
    let held = Recurrence::read(start, &stored.event.recurrence).map(|held| held.lines()).unwrap_or_default();
    let same = recurrence.lines() == held
        && event.range == stored.event.range
        && clamp_title(&event.title) == stored.event.title
        && event.private == stored.event.private
        && name == stored.event.zone;
    let duration = event.range.length_micros();
    let moved = SeriesRow { dtstart: start.wall(), duration, ..row.clone() };
    Some((!same).then_some(moved))
}

/// It cannot be expanded here any more: its instances are Google's from now on.
async fn follow(
    tx: &mut Tx,
    source: &Source,
    remote: &RemoteEvent,
    read: Master,
    id: BookingId,
) -> Result<BookingId, StoreError> {
    tx.series_forget(id).await?;
    put_event(tx, source, remote, &read.event, Some(read.recurrence)).await?;
    if let Some(mut event) = tx.event_get(id).await? {
        event.listed_until = Some(UNLISTED);
        tx.event_update(&event).await?;
    }
    Ok(id)
}

/// One date that has something for itself at Google.
async fn date(
    tx: &mut Tx,
    source: &Source,
    remote: &RemoteEvent,
    event: &RoomEvent,
    stored: SeriesStored,
    slot: Instant,
    waits: bool,
) -> Result<(), StoreError> {
    let (id, room) = (stored.event.id, source.room.id);
    if !waits || stored.event.way_calendar != source.calendar {
        keep_copy(tx, source, remote, id).await?;
    }
    if waits {
        return answer_to_date(tx, source, event, id, slot).await;
    }
    let rooms = Rooms::new(&tx.room_list_all().await?);
    let Ok(part) = part_of(&stored, &rooms) else { return Ok(()) };
    let at = slot_at(&part.master, slot);
    let known = part.overrides.contains_key(&at)
        || part.master.recurrence.contains(at, Budget::DEFAULT).unwrap_or(false);
    let ours = part.master.instance(&part.overrides, at).filter(|_| known);
    let zone = part.master.zone();
    let there = ours.as_ref().map(|ours| rooms.ids(&ours.details.rooms)).unwrap_or_default();
    let series = series_there(tx, source, &stored.event).await?;
    let is_invited = series.as_ref().is_some_and(|series| invites(&series.raw, &source.room.email));
    if is_invited && !stored.series.rooms.contains(&room) && !there.contains(&room) {
        // It is here with its series, which has left the room; the calendar will tell of that.
        return Ok(());
    }
    let mut title = clamp_title(&event.title);
    if series.is_some_and(|series| title_of(&series) == title) {
        let own = stored.overrides.iter().find(|one| one.recurrence_id == slot);
        title = own.and_then(|own| own.title.clone()).unwrap_or_else(|| stored.event.title.clone());
    }
    let same = ours.as_ref().is_some_and(|ours| {
        ours.range(zone) == Some(event.range) && ours.details.title == title && there.contains(&room)
    });
    if !same {
        let length = Length::Elapsed(event.range.length_micros());
        let is_regular = known && at.instant(zone) == event.range.start() && length == part.master.length;
        let own = stored.overrides.iter().find(|one| one.recurrence_id == slot);
        let kept = own.cloned().unwrap_or_else(|| as_the_series(slot, stored.series.sequence));
        let mut with_this = there.clone();
        if !with_this.contains(&room) {
            with_this.push(room);
        }
        let next = OverrideRow {
            cancelled: false,
            range: Some(event.range).filter(|_| !is_regular),
            title: Some(title.clone()).filter(|title| *title != stored.event.title),
            rooms: if there.contains(&room) { kept.rooms.clone() } else { Some(with_this) },
            ..kept
        };
        put_override(tx, &stored, next).await?;
    }
    // Its room's answer alone makes no exception of it here.
    let exception = !same || stored.overrides.iter().any(|one| one.recurrence_id == slot);
    hold(tx, source, id, &RoomEvent { title, ..event.clone() }, slot, exception).await
}

/// The series as this room's calendar last showed it, which may be from before what is written: what a date has there as its
/// series has it is not its own.
pub(super) async fn series_there(
    tx: &mut Tx,
    source: &Source,
    event: &EventRow,
) -> Result<Option<CopyRow>, StoreError> {
    match event.google_id.as_deref().filter(|_| event.way_calendar != source.calendar) {
        Some(id) => tx.copy_get(&source.calendar, id).await,
        None => Ok(None),
    }
}

pub(super) fn title_of(copy: &CopyRow) -> String {
    clamp_title(copy.raw["summary"].as_str().unwrap_or_default())
}

/// Whether we cancelled this date ourselves, since somebody else holds its room (as the room nobody would decline it): it
/// stays drawn as declined, for whoever booked it.
async fn is_taken_back(
    tx: &mut Tx,
    source: &Source,
    stored: &SeriesStored,
    slot: Instant,
) -> Result<bool, StoreError> {
    let held = tx.occurrences_of_event(stored.event.id).await?;
    let here = held.iter().find(|one| one.room == source.room.id && one.slot == slot);
    Ok(stored.event.way == Way::Room && here.is_some_and(|here| here.state == BookingState::Declined))
}

/// A date is not on this room's calendar any more: it was cancelled, or the room was taken off it.
async fn date_gone(
    tx: &mut Tx,
    source: &Source,
    stored: SeriesStored,
    slot: Instant,
    timed: bool,
) -> Result<(), StoreError> {
    let (id, room) = (stored.event.id, source.room.id);
    let held = tx.occurrences_of_event(id).await?;
    let here = held.iter().find(|one| one.room == room && one.slot == slot);
    // A date that left this room, or the series, before: this is what became of it here.
    let Some(here) = here.filter(|here| timed && here.range.start() > tx.now()) else { return Ok(()) };
    let before = tx.blocks_of_event(id).await?;
    tx.occurrence_delete(id, room, here.slot).await?;
    tx.changes_since(id, before).await?;
    let left: Vec<RoomId> =
        held.iter().filter(|one| one.slot == slot && one.room != room).map(|one| one.room).collect();
    let own = stored.overrides.iter().find(|one| one.recurrence_id == slot);
    let kept = own.cloned().unwrap_or_else(|| as_the_series(slot, stored.series.sequence));
    let definite = stored.event.way == Way::Room;
    let next = if definite {
        OverrideRow { cancelled: true, ..as_the_series(slot, stored.series.sequence) }
    } else {
        OverrideRow { rooms: Some(left), ..kept }
    };
    put_override(tx, &stored, next).await?;
    if !definite {
        // Which of the two it was, the organiser's calendar says: it is read, and written only if it is not so there.
        tx.outbox_put(id, &[&date_word(slot)]).await?;
    }
    promote_conflicted(tx, room).await
}

async fn put_override(tx: &mut Tx, stored: &SeriesStored, next: OverrideRow) -> Result<(), StoreError> {
    let mut overrides: Vec<OverrideRow> =
        stored.overrides.iter().filter(|one| one.recurrence_id != next.recurrence_id).cloned().collect();
    overrides.push(next);
    tx.series_set(&stored.series, &overrides).await.map(|_| ())
}

/// A date was cancelled in Google, says the calendar on which it is organised.
pub(super) async fn cancel_date(tx: &mut Tx, id: BookingId, slot: Instant) -> Result<(), StoreError> {
    let Some(stored) = tx.series_get(id).await? else { return Ok(()) };
    let before = tx.blocks_of_event(id).await?;
    let mut rooms = BTreeSet::new();
    for one in tx.occurrences_of_event(id).await?.into_iter().filter(|one| one.slot == slot) {
        tx.occurrence_delete(id, one.room, slot).await?;
        rooms.insert(one.room);
    }
    let cancelled = OverrideRow { cancelled: true, ..as_the_series(slot, stored.series.sequence) };
    put_override(tx, &stored, cancelled).await?;
    tx.changes_since(id, before).await?;
    for room in rooms {
        promote_conflicted(tx, room).await?;
    }
    Ok(())
}

async fn holds_date(
    tx: &mut Tx,
    stored: &SeriesStored,
    room: RoomId,
    slot: Instant,
) -> Result<bool, StoreError> {
    let held = tx.occurrences_of_event(stored.event.id).await?;
    Ok(held.iter().any(|one| one.room == room && one.slot == slot))
}

/// Whether the series, or a date of it to come, is in this room. Of one that has left it before, its calendar says nothing new.
async fn is_in_room(tx: &mut Tx, stored: &SeriesStored, room: RoomId) -> Result<bool, StoreError> {
    let (now, held) = (tx.now(), tx.occurrences_of_event(stored.event.id).await?);
    let of_date = held.iter().any(|one| one.room == room && one.range.start() > now);
    Ok(of_date || stored.series.rooms.contains(&room))
}

/// The series was deleted in Google: that is a cancellation by a person.
pub(super) async fn end_series(tx: &mut Tx, id: BookingId) -> Result<(), StoreError> {
    let Some(event) = tx.event_get(id).await? else { return Ok(()) };
    let (now, before) = (tx.now(), tx.blocks_of_event(id).await?);
    let mut rooms = BTreeSet::new();
    for one in tx.occurrences_of_event(id).await?.into_iter().filter(|one| one.range.start() > now) {
        tx.occurrence_delete(id, one.room, one.slot).await?;
        rooms.insert(one.room);
    }
    tx.event_update(&EventRow { cancelled: true, ..event }).await?;
    // What no person wished for waits for nothing: a push would delete it where it may stand on, without rooms.
    if let Some(row) = tx.outbox_get(id).await?.filter(|row| row.wishes.is_empty()) {
        tx.outbox_done(id, row.version).await?;
    }
    tx.changes_since(id, before).await?;
    for room in rooms {
        promote_conflicted(tx, room).await?;
    }
    Ok(())
}
