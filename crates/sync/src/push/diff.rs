//! What to write: a whole event at first, then differences.
//!
//! Instants are compared, not texts: Google renders times in the calendar's zone. Arrays are written whole, with every
//! entry and every field that Google showed; fields that are equal are never mentioned.

use model::{Instant, TimeRange};
use serde_json::{Map, Value, json};

use super::{BOOKING_PROPERTY, Desired, Way};
use crate::event_id::event_id;
use crate::rfc3339;

/// Beginnings of the description lines that we write as the room. The words are Korean like the product; the lines are
/// recognised by them when they have to be rewritten.
const BOOKED_BY: &str = "예약: ";
const GUESTS: &str = "참석: ";

/// The body of an insert.
pub(super) fn body(desired: &Desired) -> Value {
    let mut body = json!({
        "id": event_id(desired.booking, desired.generation),
        "summary": desired.title,
        "start": when(desired.range.start(), &desired.zone),
        "end": when(desired.range.end(), &desired.zone),
        "extendedProperties": { "private": { BOOKING_PROPERTY: desired.booking.to_string() } },
    });
    if desired.private {
        body["visibility"] = json!("private");
    }
    match &desired.way {
        Way::AsPerson { room_email, .. } => {
            let mut list = vec![json!({ "email": room_email, "resource": true })];
            add_guests(&mut list, desired);
            body["attendees"] = Value::Array(list);
        }
        Way::AsRoom { organizer_name, .. } => {
            body["description"] = json!(description(organizer_name, &desired.guests, ""));
        }
    }
    body
}

/// The difference between what Google holds and what was changed here.
pub(super) fn patch(desired: &Desired, raw: &Value) -> Map<String, Value> {
    let mut patch = Map::new();
    if desired.changed.title && raw["summary"].as_str().unwrap_or_default() != desired.title {
        // An empty summary is none.
        let title = if desired.title.is_empty() { Value::Null } else { json!(desired.title) };
        patch.insert("summary".to_owned(), title);
    }
    if desired.changed.time && held_range(raw) != Some(desired.range) {
        for (name, wanted) in [("start", desired.range.start()), ("end", desired.range.end())] {
            if held_instant(&raw[name]) != Some(wanted) {
                let mut value = when(wanted, &desired.zone);
                if !raw[name]["date"].is_null() {
                    // It was all-day; the two must not be mixed.
                    value["date"] = Value::Null;
                }
                patch.insert(name.to_owned(), value);
            }
        }
    }
    let private = matches!(raw["visibility"].as_str(), Some("private" | "confidential"));
    if desired.changed.private && private != desired.private {
        patch.insert("visibility".to_owned(), json!(if desired.private { "private" } else { "default" }));
    }
    match &desired.way {
        Way::AsPerson { room_email, .. } => {
            let held = attendees(raw);
            let mut list = held.to_vec();
            if desired.changed.room {
                change_room(&mut list, room_email, desired.left_room.as_deref());
            }
            if desired.changed.guests {
                add_guests(&mut list, desired);
            }
            if list != held {
                patch.insert("attendees".to_owned(), Value::Array(list));
            }
        }
        Way::AsRoom { organizer_name, .. } if desired.changed.guests => {
            let held = raw["description"].as_str().unwrap_or_default();
            let wanted = description(organizer_name, &desired.guests, held);
            if held != wanted {
                patch.insert("description".to_owned(), json!(wanted));
            }
        }
        Way::AsRoom { .. } => {}
    }
    patch
}

/// `attendees`, where they are a list at all.
pub(super) fn attendees(raw: &Value) -> &[Value] {
    raw["attendees"].as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn is_resource(attendee: &Value) -> bool {
    attendee["resource"] == json!(true)
}

/// The timed range that a copy holds; `None` for all-day and damaged ones.
pub(super) fn held_range(raw: &Value) -> Option<TimeRange> {
    TimeRange::new(held_instant(&raw["start"])?, held_instant(&raw["end"])?)
}

fn held_instant(when: &Value) -> Option<Instant> {
    when["dateTime"].as_str().and_then(rfc3339::parse)
}

fn when(at: Instant, zone: &str) -> Value {
    json!({ "dateTime": at.to_rfc3339(), "timeZone": zone })
}

fn is_email(attendee: &Value, email: &str) -> bool {
    attendee["email"].as_str().is_some_and(|held| held.eq_ignore_ascii_case(email))
}

/// The old room out, the new one in as a fresh attendee: `resource` can only be set when one is first added.
fn change_room(list: &mut Vec<Value>, room: &str, left: Option<&str>) {
    list.retain(|one| {
        is_email(one, room)
            || match left {
                Some(left) => !is_email(one, left),
                None => !is_resource(one),
            }
    });
    if !list.iter().any(|one| is_email(one, room)) {
        list.insert(0, json!({ "email": room, "resource": true }));
    }
}

fn add_guests(list: &mut Vec<Value>, desired: &Desired) {
    for guest in &desired.guests {
        if !list.iter().any(|one| is_email(one, guest)) {
            list.push(json!({ "email": guest }));
        }
    }
}

/// Our lines first, then whatever else somebody wrote there.
fn description(organizer_name: &str, guests: &[String], held: &str) -> String {
    let mut lines = vec![format!("{BOOKED_BY}{organizer_name}")];
    if !guests.is_empty() {
        lines.push(format!("{GUESTS}{}", guests.join(", ")));
    }
    lines.extend(
        held.lines()
            .filter(|line| !line.starts_with(BOOKED_BY) && !line.starts_with(GUESTS))
            .map(str::to_owned),
    );
    lines.join("\n")
}
