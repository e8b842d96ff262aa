//! One event from raw JSON: nothing odd in it fails a page (decisions, 1).
//!
//! Fields are taken one by one. What is absent stays absent; what is there and cannot be understood marks the event
//! *opaque*, so that it is shown as busy time.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use google_calendar3::api::EventDateTime;
use model::Instant;
use serde::Deserialize as _;
use serde_json::Value;
use sync::port::{
    Raw, RemoteAttendee, RemoteEvent, RemotePerson, RemoteStatus, RemoteTime, RemoteWhen, Response,
};
use sync::rfc3339;

use crate::wire::{flag, text};

/// `None` only where there is no id, so that it can be kept under none.
pub fn decode_event(item: &Value) -> Option<RemoteEvent> {
    let id = text(item, "id")?.to_owned();
    let mut opaque = false;
    let status = match item.get("status") {
        None | Some(Value::Null) => RemoteStatus::Confirmed,
        Some(status) => match status.as_str() {
            Some("confirmed") => RemoteStatus::Confirmed,
            Some("tentative") => RemoteStatus::Tentative,
            Some("cancelled") => RemoteStatus::Cancelled,
            // A new word is not a cancellation.
            _ => {
                opaque = true;
                RemoteStatus::Confirmed
            }
        },
    };
    let time = match (when(item, "start"), when(item, "end")) {
        (Some(start), Some(end)) => Some(RemoteTime { start, end }),
        // An end is as long unspecified as it cannot be read; the start alone still places it.
        (Some(start), None) => {
            opaque = true;
            Some(RemoteTime { end: start.clone(), start })
        }
        (None, _) => None,
    };
    if time.is_none() && status != RemoteStatus::Cancelled {
        opaque = true;
    }
    let recurrence = strings(item, "recurrence", &mut opaque).unwrap_or_default();
    let attendees = attendees(item, &mut opaque);
    let original_start = when(item, "originalStartTime");
    if original_start.is_none() && !item["originalStartTime"].is_null() {
        opaque = true;
    }
    Some(RemoteEvent {
        etag: owned(item, "etag"),
        ical_uid: owned(item, "iCalUID"),
        status,
        title: owned(item, "summary"),
        when: time,
        recurrence,
        recurring_event_id: owned(item, "recurringEventId"),
        original_start,
        transparent: text(item, "transparency") == Some("transparent"),
        private: matches!(text(item, "visibility"), Some("private" | "confidential")),
        organizer: person(&item["organizer"]),
        attendees,
        event_type: owned(item, "eventType"),
        private_props: private_props(item),
        html_link: owned(item, "htmlLink"),
        updated: instant(item, "updated"),
        created: instant(item, "created"),
        attendees_omitted: flag(item, "attendeesOmitted"),
        raw: Raw::of(item),
        opaque,
        id,
    })
}

fn owned(item: &Value, name: &str) -> Option<String> {
    text(item, name).map(str::to_owned)
}

fn instant(item: &Value, name: &str) -> Option<Instant> {
    text(item, name).and_then(rfc3339::parse)
}

/// `start`, `end` or `originalStartTime`: by the crate's type, else by hand (it knows neither `-0500` nor a stray type
/// beside a good `dateTime`).
fn when(item: &Value, name: &str) -> Option<RemoteWhen> {
    let value = item.get(name)?;
    if let Ok(read) = EventDateTime::deserialize(value) {
        if let Some(at) = read.date_time {
            return Some(RemoteWhen::At { at: Instant::from_chrono(&at), zone: read.time_zone });
        }
        if let Some(date) = read.date {
            return Some(RemoteWhen::Day(date));
        }
    }
    if let Some(at) = instant(value, "dateTime") {
        return Some(RemoteWhen::At { at, zone: owned(value, "timeZone") });
    }
    let date = text(value, "date")?;
    NaiveDate::parse_from_str(date.trim(), "%Y-%m-%d").ok().map(RemoteWhen::Day)
}

/// `None` for absent and null; entries that are no text are left out and told.
fn strings(item: &Value, name: &str, opaque: &mut bool) -> Option<Vec<String>> {
    let entries = array(item, name, opaque)?;
    let read: Vec<String> = entries.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    *opaque |= read.len() != entries.len();
    Some(read)
}

fn array<'a>(item: &'a Value, name: &str, opaque: &mut bool) -> Option<&'a [Value]> {
    match item.get(name)? {
        Value::Array(entries) => Some(entries),
        Value::Null => None,
        _ => {
            *opaque = true;
            None
        }
    }
}

fn attendees(item: &Value, opaque: &mut bool) -> Option<Vec<RemoteAttendee>> {
    let entries = array(item, "attendees", opaque)?;
    let read: Vec<RemoteAttendee> = entries
        .iter()
        .filter_map(|entry| {
            Some(RemoteAttendee {
                email: text(entry, "email")?.to_owned(),
                name: owned(entry, "displayName"),
                resource: flag(entry, "resource"),
                is_self: flag(entry, "self"),
                response: Response::of_word(text(entry, "responseStatus")),
            })
        })
        .collect();
    // One without an address may be the room.
    *opaque |= read.len() != entries.len();
    Some(read)
}

fn person(value: &Value) -> Option<RemotePerson> {
    Some(RemotePerson {
        email: text(value, "email")?.to_owned(),
        name: owned(value, "displayName"),
        is_self: flag(value, "self"),
    })
}

fn private_props(item: &Value) -> BTreeMap<String, String> {
    let Some(props) = item["extendedProperties"]["private"].as_object() else { return BTreeMap::new() };
    props.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}
