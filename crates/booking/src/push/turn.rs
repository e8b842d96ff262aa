//! Whose turn it is to have a place at Google.
//!
//! A slot that was given back here is free for the next one at once, but not in Google: what had it is pushed on its own,
//! by another grant maybe, and may have to be tried again. Asked too early the room says no, to a booking that was
//! acknowledged. So an event does not go to a place in which another one of ours still stands that is to leave it, nor to one
//! to which another one was perhaps sent that nobody has seen there.

use std::collections::{BTreeMap, BTreeSet};

use calendar::recurrence::{Budget, Length, Recurrence, Slot, Start};
use calendar::zone;
use model::{BookingId, BookingState, Instant, TimeRange};
use serde_json::Value;
use store::OutboxRow;
use sync::merge::Held;

use super::Job;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::recurring;

/// So often it is waited, for about a minute in all. Two that go to each other's place would wait for ever.
const TURNS: u32 = 12;
/// The first wait, doubled each time up to the longest.
const FIRST_MICROS: i64 = 200_000;
const DOUBLINGS: u32 = 5;

/// Where an event goes: by the e-mail of the room, when.
type Places = BTreeMap<String, Vec<TimeRange>>;

impl Engine {
    /// Whether another event of ours, which waits for Google, still stands where this one goes.
    pub(super) async fn waits_for_its_place(&self, job: &Job) -> Result<bool, Failure> {
        let goes = job.fields.time || job.fields.room;
        let holds = !job.event.cancelled && job.occurrence.state.holds_room();
        if !goes || !holds {
            return Ok(false);
        }
        let places = Places::from([(job.room.email.clone(), vec![job.occurrence.range])]);
        self.is_taken_by_ours(&job.row, &places).await
    }

    /// As [`Engine::waits_for_its_place`], for the dates of a series that its rooms have not answered to.
    pub(crate) async fn waits_for_its_places(&self, row: &OutboxRow) -> Result<bool, Failure> {
        let (store, now) = (self.company(row.company), self.now());
        let mut places = Places::new();
        for one in store.occurrences_of_event(row.event).await? {
            if one.state == BookingState::Pending
                && one.range.end() > now
                && let Some(room) = store.room_get(one.room).await?
            {
                places.entry(room.email).or_default().push(one.range);
            }
        }
        self.is_taken_by_ours(row, &places).await
    }

    async fn is_taken_by_ours(&self, row: &OutboxRow, places: &Places) -> Result<bool, Failure> {
        if row.waits >= TURNS {
            return Ok(false);
        }
        let store = self.company(row.company);
        // Halves of a split have an order of their own.
        let halves: BTreeSet<BookingId> = recurring::other_halves(&row.changed).collect();
        for (email, ranges) in places {
            for (event, raw) in store.copies_waiting(row.event, email).await? {
                if halves.contains(&event) {
                    continue;
                }
                let elsewhere = if raw["recurrence"].is_array() {
                    self.exceptions_at_google(row, event).await?
                } else {
                    BTreeSet::new()
                };
                if ranges.iter().any(|range| stands_in(&raw, email, *range, &elsewhere)) {
                    return Ok(true);
                }
            }
            // Of single events; what was held of a series is something else.
            for (_, past) in store.perhaps_sent(row.event, email).await? {
                let stood = past.into_iter().filter_map(|held| serde_json::from_value::<Held>(held).ok());
                let mut there = stood.filter(|held| held.room.as_deref() == Some(email));
                if there.any(|held| ranges.iter().any(|range| held.range.overlaps(*range))) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The dates of a series that Google has as exceptions: each has a copy of its own, the series is not there.
    async fn exceptions_at_google(
        &self,
        row: &OutboxRow,
        event: BookingId,
    ) -> Result<BTreeSet<Instant>, Failure> {
        let store = self.company(row.company);
        let Some(series) = store.series_get(event).await? else { return Ok(BTreeSet::new()) };
        let waiting = store.outbox_get(event).await?.map(|row| row.changed).unwrap_or_default();
        let waiting: BTreeSet<Instant> = recurring::dates(&waiting).collect();
        let slots = series.overrides.iter().map(|one| one.recurrence_id);
        Ok(slots.filter(|slot| !waiting.contains(slot)).collect())
    }

    /// Its turn comes soon.
    pub(crate) async fn take_turn_later(&self, row: &OutboxRow) -> Result<(), Failure> {
        let pause = FIRST_MICROS << row.waits.min(DOUBLINGS);
        self.wait(row, self.now().plus_micros(pause), "the place is not free yet").await
    }
}

/// Whether this copy has the room at some of that time: the room has not said no. `elsewhere`: dates of a series that have
/// copies of their own.
fn stands_in(raw: &Value, email: &str, range: TimeRange, elsewhere: &BTreeSet<Instant>) -> bool {
    let of_room = |one: &&Value| one["email"].as_str().is_some_and(|held| held.eq_ignore_ascii_case(email));
    let attendees = raw["attendees"].as_array().into_iter().flatten();
    let room = attendees.into_iter().find(of_room);
    let own = of_room(&&raw["organizer"]);
    let has = room.map_or(own, |room| room["responseStatus"] != "declined");
    raw["status"] != "cancelled" && has && overlaps(raw, range, elsewhere).unwrap_or(false)
}

/// Whether this copy, or a date of the series that it is, is at some of that time. `None`: it has no time that can be read.
fn overlaps(raw: &Value, range: TimeRange, elsewhere: &BTreeSet<Instant>) -> Option<bool> {
    let first = sync::push::held_range(raw)?;
    let lines: Vec<String> = serde_json::from_value(raw["recurrence"].clone()).unwrap_or_default();
    if lines.is_empty() {
        return Some(first.overlaps(range));
    }
    let zone = zone::parse_or_default(raw["start"]["timeZone"].as_str().unwrap_or_default());
    let wall = Slot::starting_at(first.start(), zone).wall();
    let recurrence = Recurrence::read(Start::Zoned { wall, zone }, &lines).ok()?;
    let length = Length::Elapsed(first.length_micros());
    let dates = recurrence.overlapping(range, length, zone, Budget::DEFAULT).ok()?;
    Some(dates.into_iter().any(|slot| !elsewhere.contains(&slot.instant(zone))))
}

#[cfg(test)]
mod tests {
    use model::Instant;
    use serde_json::json;

    use super::*;

    /// Of one that is no series.
    fn stands_in(raw: &Value, email: &str, range: TimeRange) -> bool {
        super::stands_in(raw, email, range, &BTreeSet::new())
    }

    const ROOM: &str = "halla@resource.example";

    fn range(from: &str, to: &str) -> TimeRange {
        let at = |clock: &str| Instant::parse_rfc3339(&format!("2026-12-01T{clock}:00Z")).unwrap();
        TimeRange::new(at(from), at(to)).unwrap()
    }

    fn copy(answer: &str) -> Value {
        json!({ "status": "confirmed", "organizer": { "email": "joon@hanbit.example" },
            "attendees": [{ "email": "Halla@resource.example", "resource": true, "responseStatus": answer }],
            "start": { "dateTime": "2026-12-01T09:00:00Z" }, "end": { "dateTime": "2026-12-01T10:00:00Z" } })
    }

    #[test]
    fn who_has_the_room_stands_in_its_time() {
        assert!(stands_in(&copy("accepted"), ROOM, range("09:30", "10:30")));
        assert!(stands_in(&copy("needsAction"), ROOM, range("08:00", "09:15")));
        let mut own = copy("");
        own["attendees"] = json!([]);
        own["organizer"]["email"] = json!(ROOM);
        assert!(stands_in(&own, ROOM, range("09:00", "10:00")));
    }

    #[test]
    fn who_was_declined_or_is_elsewhere_does_not() {
        assert!(!stands_in(&copy("declined"), ROOM, range("09:30", "10:30")));
        assert!(!stands_in(&copy("accepted"), ROOM, range("10:00", "11:00")));
        assert!(!stands_in(&copy("accepted"), "other@resource.example", range("09:00", "10:00")));
        let mut gone = copy("accepted");
        gone["status"] = json!("cancelled");
        assert!(!stands_in(&gone, ROOM, range("09:00", "10:00")));
    }

    #[test]
    fn a_series_stands_in_each_of_its_dates_that_is_no_exception() {
        let mut series = copy("accepted");
        series["start"]["timeZone"] = json!("UTC");
        series["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=3"]);
        let on = |days: i64| {
            let at = range("09:30", "09:45");
            let by = |at: Instant| at.plus_minutes(days * 1_440);
            TimeRange::new(by(at.start()), by(at.end())).unwrap()
        };
        let dates = |elsewhere: &BTreeSet<Instant>| {
            (0..4).map(|days| super::stands_in(&series, ROOM, on(days), elsewhere)).collect::<Vec<_>>()
        };
        assert_eq!(dates(&BTreeSet::new()), [true, true, true, false]);
        let second = range("09:00", "10:00").start().plus_minutes(1_440);
        assert_eq!(dates(&BTreeSet::from([second])), [true, false, true, false]);
    }
}
