//! Change or cancel dates of a series: this one, this and following, all.

use std::collections::BTreeSet;

use bus::Pass;
use calendar::recurrence::{Budget, Length, Slot, Start};
use calendar::series::shape::EventTime;
use calendar::series::steps::{Call, steps};
use calendar::series::{Change, Edit, Move, Override, Part, Plan, Refused, Request, Retime, Scope, edit};
use calendar::{policy, zone};
use chrono::NaiveDate;
use model::page::Cancelled;
use model::refusal::{TimeProblem, What, WhoMay};
use model::{
    ApiError, BookingId, BookingNumber, ErrorCode, Instant, Origin, Refusal, RoomId, RoomNumber, Seq,
    TimeRange,
};
use sha2::{Digest as _, Sha256};
use store::{EventKind, EventRow, GuestRow, SeriesStored, SeriesWrite, StoreError, Way};

use super::book::{NotSaved, bad_rule};
use super::part::{Rooms, first_range, guests, part_of, slot_at, write_of};
use super::{AFTER, BEFORE, date_word, merge};
use crate::apply::promote_conflicted;
use crate::change::cancel_everywhere;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::push::{LEFT, UNINVITED};
use crate::record::{BookingRecord, IfMatch, version};

/// At which date an edit is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The next that has not begun.
    Next,
    /// By its original start.
    Slot(Instant),
    /// By the day of its original start, in the series' zone.
    Day(NaiveDate),
}

/// Change dates of a series; `None` keeps what is.
#[derive(Clone, Debug)]
pub struct SeriesChange {
    pub number: BookingNumber,
    pub at: At,
    pub scope: Scope,
    pub to_room: Option<RoomNumber>,
    /// The new time of the date that the edit is made at, in RFC 3339; the others move by as much. With `end`.
    pub start: Option<String>,
    pub end: Option<String>,
    pub title: Option<String>,
    /// The whole list, as in [`super::SeriesCommand::guests`].
    pub guests: Option<String>,
    pub private: Option<bool>,
    /// One RRULE: how it repeats from then on.
    pub recurrence: Option<Vec<String>>,
}

/// A series that somebody may change, at one of its dates.
struct Opened {
    stored: SeriesStored,
    part: Part,
    rooms: Rooms,
    at: Slot,
}

impl Engine {
    /// Whether a booking is a series of ours: those are changed by scopes.
    pub async fn is_series(&self, cx: &Cx, number: BookingNumber) -> Result<bool, ApiError> {
        Ok(self.own_series(cx, number).await?.is_some())
    }

    /// As [`Engine::is_series`], for whom this person may change.
    pub(crate) async fn is_own_series(&self, cx: &Cx, number: BookingNumber) -> Result<bool, Failure> {
        let series = self.own_series(cx, number).await?;
        Ok(series.is_some_and(|series| may_change(cx, &series.event).is_ok()))
    }

    async fn own_series(&self, cx: &Cx, number: BookingNumber) -> Result<Option<SeriesStored>, Failure> {
        let store = self.company(cx.company);
        let Some(event) = store.event_by_number(number).await? else { return Ok(None) };
        if event.kind != EventKind::Series || event.way == Way::Outside || event.origin != Origin::Roomly {
            return Ok(None);
        }
        Ok(store.series_get(event.id).await?)
    }

    /// Changes what the command names, on the dates that it means.
    pub async fn change_series(
        &self,
        cx: &Cx,
        command: SeriesChange,
        if_match: Option<IfMatch>,
    ) -> Result<BookingRecord, ApiError> {
        Ok(self.change_series_or_refuse(cx, command, if_match).await?)
    }

    async fn change_series_or_refuse(
        &self,
        cx: &Cx,
        command: SeriesChange,
        if_match: Option<IfMatch>,
    ) -> Result<BookingRecord, Failure> {
        let opened = self.opened(cx, command.number, command.at, if_match.as_ref()).await?;
        let event = &opened.stored.event;
        let opens = command.guests.is_some() || command.private.is_some();
        if opens && event.private && event.organizer != Some(cx.person) {
            return Err(Refusal::NotAllowed { who_may: WhoMay::Organizer }.into());
        }
        if command.scope == Scope::This && command.private.is_some() {
            // At Google one private date makes all of them private.
            let limit = "for all dates, or for this and following".into();
            return Err(Refusal::InvalidField { field: "private".into(), limit }.into());
        }
        let change = self.wished(cx, &command, &opened).await?;
        let plan = planned(&opened, &Edit::Change(Box::new(change)), command.scope, cx.now)?;
        if event.way == Way::Room && [&plan.old, &plan.new].into_iter().flatten().any(has_strays) {
            // As the room it stands on that room's own calendar, all of it.
            let limit = "the room of the series".into();
            return Err(Refusal::InvalidField { field: "room".into(), limit }.into());
        }
        let (number, slot) = self.carry_out(cx, &opened, &plan, command.private).await?;
        let slot = slot.filter(|_| command.scope == Scope::This);
        match self.record(cx, number, None, slot).await {
            // It was moved out of all rooms, or every date of it is past.
            Err(Failure::Refused(Refusal::NotFound { .. })) if slot.is_some() => {
                self.record(cx, number, None, None).await
            }
            record => record,
        }
    }

    /// Cancels the dates that are meant. A repeat finds no such date.
    pub async fn cancel_series(
        &self,
        cx: &Cx,
        number: BookingNumber,
        at: At,
        scope: Scope,
        if_match: Option<IfMatch>,
    ) -> Result<Cancelled, ApiError> {
        Ok(self.cancel_series_or_refuse(cx, number, at, scope, if_match).await?)
    }

    async fn cancel_series_or_refuse(
        &self,
        cx: &Cx,
        number: BookingNumber,
        at: At,
        scope: Scope,
        if_match: Option<IfMatch>,
    ) -> Result<Cancelled, Failure> {
        let store = self.company(cx.company);
        let stored = self.own_series(cx, number).await?.ok_or(Refusal::NotFound { what: What::Booking })?;
        if stored.event.cancelled {
            may_change(cx, &stored.event)?;
            let date = zone::date_at(cx.zone, stored.event.range.start());
            return Ok(Cancelled { number, seq: store.company().await?.seq, date });
        }
        let opened = self.opened(cx, number, at, if_match.as_ref()).await?;
        let plan = planned(&opened, &Edit::Cancel, scope, cx.now)?;
        self.carry_out(cx, &opened, &plan, None).await?;
        let date = zone::date_at(cx.zone, opened.at.instant(opened.part.master.zone()));
        Ok(Cancelled { number, seq: store.company().await?.seq, date })
    }

    /// Reads a series that this person may change, and finds the date that is meant.
    async fn opened(
        &self,
        cx: &Cx,
        number: BookingNumber,
        at: At,
        if_match: Option<&IfMatch>,
    ) -> Result<Opened, Failure> {
        let store = self.company(cx.company);
        let gone = || Failure::from(Refusal::NotFound { what: What::Booking });
        let stored = self.own_series(cx, number).await?.ok_or_else(gone)?;
        may_change(cx, &stored.event)?;
        if stored.event.cancelled {
            return Err(gone());
        }
        let rooms = Rooms::new(&store.room_list().await?);
        let part = part_of(&stored, &rooms).map_err(bad_rule)?;
        let (master, series_zone) = (&part.master, part.master.zone());
        let at = match at {
            At::Slot(at) => Some(slot_at(master, at)),
            At::Day(day) => {
                let midnight = day.and_hms_opt(0, 0, 0).unwrap_or_default();
                let next = midnight.checked_add_days(chrono::Days::new(1)).unwrap_or(midnight);
                let of_rule = master.recurrence.between(midnight, next, Budget::DEFAULT).map_err(bad_rule)?;
                let beside = part.overrides.keys().copied().filter(|slot| slot.date() == day);
                of_rule.into_iter().chain(beside).min()
            }
            At::Next => {
                let window = TimeRange::new(cx.now, cx.now.plus_minutes(10 * 366 * 1_440));
                let window = window.ok_or(Failure::Broken("a window without length"))?;
                let regular = master.recurrence.slots_between(
                    Some(Slot::starting_at(window.start(), series_zone).wall()),
                    Some(Slot::starting_at(window.end(), series_zone).wall()),
                    Budget::DEFAULT,
                );
                let mut next = None;
                for slot in regular {
                    let slot = slot.map_err(bad_rule)?;
                    let live = part.overrides.get(&slot).is_none_or(|one| !one.is_cancelled());
                    if live && slot.instant(series_zone) >= cx.now {
                        next = Some(slot);
                        break;
                    }
                }
                let moved = part.overrides.iter().filter(|(_, one)| !one.is_cancelled());
                let ahead = moved.map(|(slot, _)| *slot).filter(|slot| slot.instant(series_zone) >= cx.now);
                next.into_iter().chain(ahead).min()
            }
        };
        let at = at.ok_or_else(gone)?;
        if let Some(versions) = if_match {
            let slot = at.instant(series_zone);
            let current = store.occurrences_of_event(stored.event.id).await?;
            let current = current.into_iter().find(|one| one.slot == slot && one.state.is_drawn());
            let current = current.map(|one| version(&stored.event, one.room, one.range));
            if !current.is_some_and(|current| versions.accepts(&current)) {
                return Err(ErrorCode::PreconditionFailed.into());
            }
        }
        Ok(Opened { stored, part, rooms, at })
    }

    /// What is asked, as the decisions know it.
    async fn wished(&self, cx: &Cx, command: &SeriesChange, opened: &Opened) -> Result<Change, Failure> {
        let store = self.company(cx.company);
        let (event, master) = (&opened.stored.event, &opened.part.master);
        let instance = master.instance(&opened.part.overrides, opened.at);
        let instance = instance.ok_or(Refusal::NotFound { what: What::Booking })?;
        let mut change = Change::default();
        match (&command.start, &command.end) {
            (None, None) => {}
            (Some(start), Some(end)) => {
                let wanted = policy::parse_range(cx.zone, None, start, end)?;
                let held = instance.range(master.zone()).unwrap_or(wanted);
                policy::check_changed_time(held, wanted, cx.now)?;
                let zone = master.zone();
                let wall = Slot::starting_at(wanted.start(), zone).wall();
                let start = (wanted.start() != held.start()).then_some(Move::To(Start::Zoned { wall, zone }));
                let length = Length::Elapsed(wanted.length_micros());
                let length = (length != instance.length).then_some(length);
                if start.is_some() || length.is_some() {
                    change.time = Some(Retime { start, length });
                }
            }
            _ => {
                return Err(
                    Refusal::InvalidField { field: "time".into(), limit: "start and end".into() }.into()
                );
            }
        }
        if let Some(title) = &command.title {
            change.title = Some(policy::check_title(title)?);
        }
        if let Some(guests) = &command.guests {
            let guests = policy::check_guests(guests)?;
            change.people =
                Some(guests.into_iter().filter(|email| *email != event.organizer_email).collect());
        }
        if let Some(number) = command.to_room {
            let room = store.room_by_number(number).await?.filter(|room| room.retired_at.is_none());
            let room = room.ok_or(Refusal::NotFound { what: What::Room })?;
            change.rooms = Some([room.email].into());
        }
        if let Some(lines) = &command.recurrence {
            let start = master.recurrence.start();
            let read = calendar::recurrence::Recurrence::read_strict(start, lines).map_err(bad_rule)?;
            let plain = read.rdates().is_empty() && read.exdates().is_empty() && read.ex_rules().is_empty();
            match read.rules() {
                [rule] if plain && !read.is_sub_daily() => change.rule = Some(rule.clone()),
                _ => return Err(bad_rule("one RRULE, at most daily")),
            }
        }
        Ok(change)
    }

    /// Saves what was decided, all of it or nothing, and what Google is to be told. Answers the series that has the date
    /// afterwards, and the date's original start.
    async fn carry_out(
        &self,
        cx: &Cx,
        opened: &Opened,
        plan: &Plan,
        private: Option<bool>,
    ) -> Result<(BookingNumber, Option<Instant>), Failure> {
        let store = self.company(cx.company);
        let (was, part, rooms) = (&opened.stored, &opened.part, &opened.rooms);
        let slot = opened.at.instant(part.master.zone());
        let Some(old) = &plan.old else {
            self.cancel_whole(cx, was).await?;
            return Ok((was.event.number, None));
        };
        let said = Said::of(part, plan)?;
        let splits = plan.new.is_some();
        let mut event = edited(was.event.clone(), old, cx.now);
        let mut words = said.old;
        if let Some(private) = private.filter(|private| !splits && *private != event.private) {
            event.private = private;
            words.push("private".to_owned());
        }
        if event.way == Way::Room && !splits && part.master.details.rooms != old.master.details.rooms {
            words.push("room".to_owned());
        }
        let old_write = write_of(old, event, was.series.sequence, rooms, cx.now).map_err(bad_rule)?;
        let (id, by) = (was.event.id, cx.person);
        let mut writes = vec![old_write];
        let mut new_words = None;
        if let Some(new) = &plan.new {
            let mut new = new.clone();
            let mut event = edited(successor(&was.event, successor_id(was, opened.at)), &new, cx.now);
            event.private = private.unwrap_or(event.private);
            if event.way == Way::Room {
                stand_in_one(&mut new, &mut event);
            }
            let mut of_new = said.new;
            of_new.extend(["all".to_owned(), format!("{AFTER}{id}")]);
            words.push(format!("{BEFORE}{}", event.id));
            new_words = Some((event.id, of_new));
            writes.push(write_of(&new, event, 0, rooms, cx.now).map_err(bad_rule)?);
        }
        if words.is_empty() && new_words.is_none() {
            return Ok((was.event.number, Some(slot)));
        }
        let all_rooms: BTreeSet<RoomId> =
            writes.iter().flat_map(|write| &write.series.rooms).chain(&was.series.rooms).copied().collect();
        let committed = store
            .write(cx.now, move |tx| {
                Box::pin(async move {
                    let writes: Vec<SeriesWrite> = writes;
                    let before = merge::held_before(tx, id).await?;
                    let numbers = tx.series_replace(&writes).await?;
                    if let Some((new, words)) = &new_words {
                        let words: Vec<&str> = words.iter().map(String::as_str).collect();
                        tx.outbox_insert(*new, &words).await?;
                    }
                    let words: Vec<&str> = words.iter().map(String::as_str).collect();
                    merge::wish(tx, id, &words, before, new_words.is_some(), by).await?;
                    for room in all_rooms {
                        promote_conflicted(tx, room).await?;
                    }
                    Ok::<_, NotSaved>(numbers)
                })
            })
            .await;
        self.crash_point(sync::crash::COMMIT_AFTER);
        match committed {
            Ok(committed) => {
                self.poke(Pass::Push);
                let last = committed.value.last().copied().unwrap_or(was.event.number);
                Ok((last, Some(slot)))
            }
            Err(NotSaved::Taken(clashes)) => Err(self.dates_taken(cx, &clashes, Some(id)).await?),
            Err(NotSaved::Failed(Failure::Store(StoreError::RoomTaken))) => Err(Refusal::Stale.into()),
            Err(NotSaved::Failed(failure)) => Err(failure),
        }
    }

    async fn cancel_whole(&self, cx: &Cx, was: &SeriesStored) -> Result<Option<Seq>, Failure> {
        let (id, sequence, by) = (was.event.id, was.series.sequence, cx.person);
        let committed = self
            .company(cx.company)
            .write(cx.now, move |tx| {
                Box::pin(async move {
                    let now = tx.series_get(id).await?.filter(|now| now.series.sequence == sequence);
                    let mut event = now.ok_or(Failure::from(Refusal::Stale))?.event;
                    let before = tx.blocks_of_event(id).await?;
                    let held = merge::held_before(tx, id).await?;
                    event.touched_at = tx.now();
                    cancel_everywhere(tx, event).await?;
                    merge::wish(tx, id, &["cancel"], held, false, by).await?;
                    tx.changes_since(id, before).await?;
                    Ok::<_, Failure>(())
                })
            })
            .await?;
        self.crash_point(sync::crash::COMMIT_AFTER);
        self.poke(Pass::Push);
        Ok(committed.seq)
    }
}

/// Organisers and admins (decisions 18).
fn may_change(cx: &Cx, event: &EventRow) -> Result<(), Failure> {
    if event.organizer != Some(cx.person) && !cx.admin {
        return Err(Refusal::NotAllowed { who_may: WhoMay::OrganizerOrAdmin }.into());
    }
    Ok(())
}

/// Whether a date of it is in other rooms than the series.
fn has_strays(part: &Part) -> bool {
    part.overrides.values().any(|one| {
        let Override::Changed(own) = one else { return false };
        own.rooms.as_ref().is_some_and(|rooms| *rooms != part.master.details.rooms)
    })
}

fn planned(opened: &Opened, wish: &Edit, scope: Scope, now: Instant) -> Result<Plan, Failure> {
    // What runs is the series until it is over; an edit of its one date is about the date as it stands.
    let new_id = sync::event_id::event_id(successor_id(&opened.stored, opened.at), 0);
    let request = Request { edit: wish, scope, at: opened.at, now, new_id: &new_id };
    let time = |problem| Failure::from(Refusal::InvalidTime { problem });
    let plan =
        edit(&opened.part.master, &opened.part.overrides, &request).map_err(|refused| match refused {
            Refused::NoSuchDate(_) | Refused::Cancelled(_) => {
                Refusal::NotFound { what: What::Booking }.into()
            }
            Refused::Past | Refused::IntoThePast(_) => time(TimeProblem::InThePast),
            Refused::Length => time(TimeProblem::TooShort),
            Refused::TooFar(_) => time(TimeProblem::TooFarAhead),
            Refused::OtherKind => time(TimeProblem::Unreadable),
            other => bad_rule(other),
        })?;
    let was = opened.part.master.recurrence.start();
    let starts = [&plan.old, &plan.new].into_iter().flatten().map(|part| part.master.recurrence.start());
    if starts.filter(|start| *start != was).any(is_skipped) {
        return Err(time(TimeProblem::Unreadable));
    }
    Ok(plan)
}

/// Whether the clock skips this time on this day. A series that began then Google would have at the time behind the gap on
/// all of its days.
fn is_skipped(start: Start) -> bool {
    start.wall() != start.slot().wall()
}

/// The id of the series that takes over from `slot` on: always the same for the same edit of the same series.
fn successor_id(was: &SeriesStored, slot: Slot) -> BookingId {
    let digest = Sha256::new()
        .chain_update(b"roomly successor\0")
        .chain_update(was.event.id.0)
        .chain_update(was.series.sequence.to_be_bytes())
        .chain_update(slot.to_string())
        .finalize();
    // The time of its making is its predecessor's, so that ids stay in the order of their making.
    let made = was.event.created_at;
    BookingId::new(made, std::array::from_fn(|index| digest[index]))
}

/// A series that takes over, before it has anything of its own.
fn successor(was: &EventRow, id: BookingId) -> EventRow {
    EventRow {
        id,
        number: BookingNumber(0),
        google_id: Some(sync::event_id::event_id(id, 0)),
        ical_uid: None,
        generation: 0,
        html_link: None,
        ..was.clone()
    }
}

/// As the room, a new series is written to one room's calendar: where the one before it stands, if that is a room of it. Rooms
/// that somebody invited to that one in Google stay with it.
fn stand_in_one(new: &mut Part, event: &mut EventRow) {
    let rooms = &mut new.master.details.rooms;
    if !rooms.contains(&event.way_calendar)
        && let Some(room) = rooms.first()
    {
        event.way_calendar.clone_from(room);
    }
    rooms.retain(|room| *room == event.way_calendar);
    for exception in new.overrides.values_mut() {
        if let Override::Changed(own) = exception {
            own.rooms = None;
        }
    }
}

/// The event with what the decided master says.
fn edited(event: EventRow, part: &Part, now: Instant) -> EventRow {
    let details = &part.master.details;
    let held: BTreeSet<&String> = event.guests.iter().map(|guest| &guest.email).collect();
    let guests: Vec<GuestRow> = if details.people.iter().collect::<BTreeSet<_>>() == held {
        event.guests.clone()
    } else {
        guests(&details.people, &event.guests)
    };
    EventRow {
        title: details.title.clone(),
        recurrence: part.master.recurrence.lines(),
        range: first_range(&part.master).unwrap_or(event.range),
        zone: part.master.zone().name().to_owned(),
        guests,
        touched_at: now,
        ..event
    }
}

/// What Google is to be told, as words of the outbox.
#[derive(Default)]
struct Said {
    old: Vec<String>,
    new: Vec<String>,
}

impl Said {
    fn of(before: &Part, plan: &Plan) -> Result<Self, Failure> {
        let mut said = Self::default();
        let new_id = plan.new.as_ref().map(|new| new.master.id.as_str());
        for step in steps(before, plan).map_err(bad_rule)? {
            let Call::Instance(event) = step.call else { continue };
            let Some(slot) = event.original_start_time.as_ref().and_then(instant) else { continue };
            let of_new = event.recurring_event_id.as_deref() == new_id && new_id.is_some();
            let words = if of_new { &mut said.new } else { &mut said.old };
            words.push(date_word(slot));
        }
        if let Some(old) = &plan.old {
            said.old.extend(of_master(before, old));
            said.old.extend(left_by_dates(before, old));
        }
        if let Some(new) = &plan.new {
            said.new.extend(left_by_dates(before, new));
        }
        for words in [&mut said.old, &mut said.new] {
            words.sort();
            words.dedup();
        }
        Ok(said)
    }
}

fn instant(time: &EventTime) -> Option<Instant> {
    Instant::parse_rfc3339(time.date_time.as_deref()?)
}

fn of_master(before: &Part, after: &Part) -> Vec<String> {
    let (was, is) = (&before.master, &after.master);
    let mut words = Vec::new();
    if was.details.title != is.details.title {
        words.push("title".to_owned());
    }
    let same_time = was.recurrence.start() == is.recurrence.start()
        && was.recurrence.lines() == is.recurrence.lines()
        && was.length == is.length;
    if !same_time {
        words.push("time".to_owned());
    }
    if was.details.rooms != is.details.rooms {
        words.push("room".to_owned());
        words.extend(was.details.rooms.difference(&is.details.rooms).map(|room| format!("{LEFT}{room}")));
    }
    if was.details.people != is.details.people {
        words.push("guests".to_owned());
        let gone = was.details.people.difference(&is.details.people);
        words.extend(gone.map(|email| format!("{UNINVITED}{email}")));
    }
    words
}

/// Rooms and people that single dates had for themselves and have no more.
fn left_by_dates(before: &Part, after: &Part) -> Vec<String> {
    let mut words = Vec::new();
    // A date that is as its series again had something for itself before.
    let is_regular =
        |slot: &&Slot| after.master.recurrence.contains(**slot, Budget::DEFAULT).unwrap_or(false);
    let again = before.overrides.keys().filter(is_regular);
    let slots: BTreeSet<&Slot> = after.overrides.keys().chain(again).collect();
    for slot in slots {
        let was = before.master.instance(&before.overrides, *slot);
        let is = after.master.instance(&after.overrides, *slot);
        if let (Some(was), Some(is)) = (was, is) {
            let rooms = was.details.rooms.difference(&is.details.rooms);
            words.extend(rooms.map(|room| format!("{LEFT}{room}")));
            let people = was.details.people.difference(&is.details.people);
            words.extend(people.map(|email| format!("{UNINVITED}{email}")));
        }
    }
    words
}
