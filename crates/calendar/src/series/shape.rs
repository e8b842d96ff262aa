//! The same in Google's shape: a master event, and an event for each exception (`Events` of the Calendar API v3).
//!
//! Google keeps whole events, not differences: an exception comes with everything that it is, and what it has for itself
//! is what differs from its master. So an exception that set something to what its master says anyway comes back without
//! it; the dates are the same.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat};
use chrono_tz::Tz;
use model::Instant;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::dates::Instance;
use super::master::{Details, Master};
use super::overrides::{Override, Overrides, Own};
use super::plan::Part;
use crate::recurrence::{Exhausted, Length, Recurrence, Slot, Start, Unreadable};
use crate::zone;

/// An event, as far as series are concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    /// Of an exception only where it was read: ids of instances are found by asking (`events.instances` with
    /// `originalStart`), not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<EventTime>,
    /// Exclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<EventTime>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recurrence: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurring_event_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_start_time: Option<EventTime>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attendees: Vec<Attendee>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    #[default]
    Confirmed,
    Tentative,
    Cancelled,
}

/// Either a date or a time, never both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EventTime {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
    /// RFC 3339; without an offset a wall time in `time_zone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_time: Option<String>,
    /// IANA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Attendee {
    pub email: String,
    /// A room. Google takes it only when the attendee is first added.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub resource: bool,
}

/// Why a series cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unwritable {
    #[error("a series without a zone does not exist at Google")]
    Floating,
    #[error("rules that take dates away are not written")]
    ExcludingRule,
    #[error(transparent)]
    TooManyDates(#[from] Exhausted),
}

/// Why events are not read as a series.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unshaped {
    #[error("there is no event with a recurrence, a start and an end")]
    NoMaster,
    #[error("{0} is not a time")]
    Time(String),
    #[error("a start and an end of different kinds, or none")]
    Kind,
    #[error("the end is not after the start")]
    Length,
    #[error("an exception does not say of which date of which series")]
    Stray,
    #[error(transparent)]
    Recurrence(#[from] Unreadable),
}

/// A series as events: its master, and then its exceptions by identity.
pub fn write(part: &Part) -> Result<Vec<Event>, Unwritable> {
    let mut events = vec![master(&part.master)?];
    events.extend(part.overrides.keys().map(|slot| exception(part, *slot)));
    Ok(events)
}

/// The master event.
pub fn master(master: &Master) -> Result<Event, Unwritable> {
    if !master.recurrence.ex_rules().is_empty() {
        return Err(Unwritable::ExcludingRule);
    }
    let start = match master.recurrence.start() {
        Start::Date(date) => EventTime { date: Some(date), ..EventTime::default() },
        // The wall time as it is meant, be it one that the zone skips on that day.
        Start::Zoned { wall, zone } => EventTime {
            date_time: Some(wall.format("%Y-%m-%dT%H:%M:%S").to_string()),
            time_zone: Some(zone.name().to_owned()),
            date: None,
        },
        Start::Floating(_) => return Err(Unwritable::Floating),
    };
    let first = master.regular(master.recurrence.start().slot());
    Ok(Event {
        id: Some(master.id.clone()),
        summary: Some(master.details.title.clone()),
        start: Some(start),
        end: Some(end(&first, master.zone())),
        recurrence: master.recurrence.lines(),
        attendees: attendees(&master.details),
        ..Event::default()
    })
}

/// The event of the date at `slot`: cancelled, or with everything that it is.
pub fn exception(part: &Part, slot: Slot) -> Event {
    let zone = part.master.zone();
    let known = Event {
        recurring_event_id: Some(part.master.id.clone()),
        original_start_time: Some(time(slot, zone)),
        ..Event::default()
    };
    match part.master.instance(&part.overrides, slot) {
        None => Event { status: Status::Cancelled, ..known },
        Some(instance) => Event {
            summary: Some(instance.details.title.clone()),
            start: Some(time(instance.start, zone)),
            end: Some(end(&instance, zone)),
            attendees: attendees(&instance.details),
            ..known
        },
    }
}

fn end(instance: &Instance, zone: Tz) -> EventTime {
    match instance.length {
        Length::Days(days) => {
            let date = instance.start.date().checked_add_days(chrono::Days::new(u64::from(days)));
            EventTime { date: Some(date.unwrap_or(NaiveDate::MAX)), ..EventTime::default() }
        }
        Length::Elapsed(_) => time(Slot::starting_at(instance.end(zone), zone), zone),
    }
}

fn time(slot: Slot, zone: Tz) -> EventTime {
    if slot.is_date() {
        return EventTime { date: Some(slot.date()), ..EventTime::default() };
    }
    let at = slot.instant(zone).to_chrono().unwrap_or_default().with_timezone(&zone);
    EventTime {
        date_time: Some(at.to_rfc3339_opts(SecondsFormat::Secs, false)),
        time_zone: Some(zone.name().to_owned()),
        date: None,
    }
}

fn attendees(details: &Details) -> Vec<Attendee> {
    let attendee = |resource: bool| move |email: &String| Attendee { email: email.clone(), resource };
    details.people.iter().map(attendee(false)).chain(details.rooms.iter().map(attendee(true))).collect()
}

/// A series from its events, in any order: the one with a `recurrence`, and exceptions of it. `calendar_zone` is that of
/// the calendar they were read from; it stands in where an event names none.
pub fn read(events: &[Event], calendar_zone: Tz) -> Result<Part, Unshaped> {
    let (event, id) = events
        .iter()
        .find(|event| !event.recurrence.is_empty() && event.recurring_event_id.is_none())
        .and_then(|event| Some((event, event.id.clone()?)))
        .ok_or(Unshaped::NoMaster)?;
    let start = start(event.start.as_ref().ok_or(Unshaped::NoMaster)?, calendar_zone)?;
    let master = Master {
        id,
        calendar_zone,
        length: length(start.slot(), event.end.as_ref().ok_or(Unshaped::NoMaster)?, calendar_zone)?,
        recurrence: Recurrence::read(start, &event.recurrence)?,
        details: details(event),
    };
    let mut overrides = Overrides::new();
    for event in events.iter().filter(|event| event.recurring_event_id.is_some()) {
        if event.recurring_event_id.as_ref() != Some(&master.id) {
            return Err(Unshaped::Stray);
        }
        let original = event.original_start_time.as_ref().ok_or(Unshaped::Stray)?;
        let slot = slot(original, &master)?;
        if event.status == Status::Cancelled {
            overrides.insert(slot, Override::Cancelled);
            continue;
        }
        let (Some(start), Some(end)) = (&event.start, &event.end) else { return Err(Unshaped::Kind) };
        let start = self::slot(start, &master)?;
        let instance = Instance {
            slot,
            start,
            length: length(start, end, master.zone())?,
            details: details(event),
            exception: true,
        };
        let own = Own::pinned(&instance).relative_to(&master.regular(slot));
        overrides.insert(slot, Override::Changed(own));
    }
    Ok(Part { master, overrides })
}

fn details(event: &Event) -> Details {
    let emails = |resource: bool| {
        event
            .attendees
            .iter()
            .filter(move |attendee| attendee.resource == resource)
            .map(|one| one.email.clone())
    };
    Details {
        title: event.summary.clone().unwrap_or_default(),
        people: emails(false).collect(),
        rooms: emails(true).collect(),
    }
}

/// A wall time, or an instant that was rendered in some zone.
enum Read {
    Wall(NaiveDateTime),
    At(Instant),
}

fn clock(text: &str) -> Result<Read, Unshaped> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(Read::At(Instant::from_chrono(&at)));
    }
    let wall = text.parse().map_err(|_| Unshaped::Time(text.chars().take(40).collect()))?;
    Ok(Read::Wall(wall))
}

/// Where a master begins, on the wall of its own zone.
fn start(time: &EventTime, calendar_zone: Tz) -> Result<Start, Unshaped> {
    match (time.date, &time.date_time) {
        (Some(date), None) => Ok(Start::Date(date)),
        (None, Some(text)) => {
            let zone = zone_of(time, calendar_zone)?;
            Ok(match clock(text)? {
                Read::Wall(wall) => Start::Zoned { wall, zone },
                Read::At(at) => Start::Zoned { wall: Slot::starting_at(at, zone).wall(), zone },
            })
        }
        _ => Err(Unshaped::Kind),
    }
}

/// A time of one date of `master`.
fn slot(time: &EventTime, master: &Master) -> Result<Slot, Unshaped> {
    match (time.date, &time.date_time) {
        (Some(date), None) => Ok(Start::Date(date).slot()),
        (None, Some(text)) => Ok(match clock(text)? {
            Read::At(at) => Slot::starting_at(at, master.zone()),
            Read::Wall(wall) => {
                let zone = zone_of(time, master.zone())?;
                let at = Start::Zoned { wall, zone }.slot().instant(zone);
                Slot::starting_at(at, master.zone())
            }
        }),
        _ => Err(Unshaped::Kind),
    }
}

fn zone_of(time: &EventTime, otherwise: Tz) -> Result<Tz, Unshaped> {
    match &time.time_zone {
        None => Ok(otherwise),
        Some(name) => zone::parse(name).ok_or_else(|| Unshaped::Time(name.chars().take(40).collect())),
    }
}

fn length(start: Slot, end: &EventTime, zone: Tz) -> Result<Length, Unshaped> {
    match (end.date, &end.date_time) {
        (Some(end), None) if start.is_date() => {
            let days = end.signed_duration_since(start.date()).num_days();
            u32::try_from(days).ok().filter(|days| *days > 0).map(Length::Days).ok_or(Unshaped::Length)
        }
        (None, Some(text)) if !start.is_date() => {
            let at = match clock(text)? {
                Read::At(at) => at,
                Read::Wall(wall) => {
                    let zone = zone_of(end, zone)?;
                    zone::resolve(zone, wall).ok_or(Unshaped::Length)?
                }
            };
            let micros = at.since(start.instant(zone));
            // Google has meetings that take no time.
            if micros >= 0 { Ok(Length::Elapsed(micros)) } else { Err(Unshaped::Length) }
        }
        _ => Err(Unshaped::Kind),
    }
}
