//! What to write: a whole event at first, then differences.
//!
//! Instants are compared, not texts: Google renders times in the calendar's zone. Arrays are written whole, with every
//! entry and every field that Google showed; fields that are equal are never mentioned.

use model::{Instant, TimeRange};
use serde_json::{Map, Value, json};

use super::{BOOKING_PROPERTY, Desired, Way};
use crate::event_id::event_id;
use crate::rfc3339;

/// Beginning of the description that we write as the room: Google names the room as the host, this line the person.
pub(crate) const BOOKED_BY: &str = "예약: ";

/// The body of an insert.
pub(super) fn body(desired: &Desired) -> Value {
    let mut body = json!({
        "id": event_id(desired.booking, desired.generation),
        "summary": desired.title,
        "start": when(desired.range.start(), &desired.zone),
        "end": when(desired.range.end(), &desired.zone),
        "extendedProperties": { "private": { BOOKING_PROPERTY: desired.booking.to_string() } },
    });
    if crate::sabotaged!(NoClientId) {
        body["id"] = Value::Null;
    }
    if desired.private {
        body["visibility"] = json!("private");
    }
    match &desired.way {
        Way::AsPerson { room_email, .. } => {
            let mut list = vec![json!({ "email": room_email, "resource": true })];
            add_guests(&mut list, desired);
            body["attendees"] = Value::Array(list);
        }
        Way::AsRoom { organizer_name, organizer_email, .. } => {
            body["description"] = json!(format!("{BOOKED_BY}{organizer_name}"));
            // The person who booked finds it in their own calendar, as a guest who has accepted.
            let mut list = vec![json!({ "email": organizer_email, "responseStatus": "accepted" })];
            add_guests(&mut list, desired);
            body["attendees"] = Value::Array(list);
        }
    }
    body
}

/// The difference between what Google holds and what was changed here.
pub(super) fn patch(desired: &Desired, raw: &Value) -> Map<String, Value> {
    let mut patch = Map::new();
    if crate::sabotaged!(EchoPushed) {
        patch.insert("summary".to_owned(), json!(desired.title));
    }
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
            let mut list = attendees(raw).to_vec();
            if desired.changed.room && crate::sabotaged!(ArraysBlindly) {
                list.clear();
            }
            if desired.changed.room {
                change_room(&mut list, room_email, desired.left_room.as_deref());
            }
            patch_guests(&mut patch, desired, raw, list);
        }
        Way::AsRoom { .. } => {
            let mut list = attendees(raw).to_vec();
            // Somebody had invited it in Google to what stands on another room's calendar.
            if let Some(left) = desired.left_room.as_deref().filter(|_| desired.changed.room) {
                list.retain(|one| !is_email(one, left));
            }
            patch_guests(&mut patch, desired, raw, list);
        }
    }
    patch
}

/// `attendees`, where they are a list at all.
pub(crate) fn attendees(raw: &Value) -> &[Value] {
    raw["attendees"].as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn is_resource(attendee: &Value) -> bool {
    attendee["resource"] == json!(true)
}

/// The timed range that a copy holds; `None` for all-day and damaged ones.
pub fn held_range(raw: &Value) -> Option<TimeRange> {
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
        crate::sabotaged!(OldRoomKept)
            || is_email(one, room)
            || match left {
                Some(left) => !is_email(one, left),
                None => !is_resource(one),
            }
    });
    if !list.iter().any(|one| is_email(one, room)) {
        list.insert(0, json!({ "email": room, "resource": true }));
    }
}

/// Mentions the attendees, whole, only if they are to change.
fn patch_guests(patch: &mut Map<String, Value>, desired: &Desired, raw: &Value, mut list: Vec<Value>) {
    if desired.changed.guests {
        let uninvited = |one: &Value| {
            !is_resource(one)
                && desired.uninvited.iter().any(|email| is_email(one, email))
                && !desired.guests.iter().any(|email| is_email(one, email))
        };
        list.retain(|one| !uninvited(one));
        add_guests(&mut list, desired);
    }
    if list != attendees(raw) {
        patch.insert("attendees".to_owned(), Value::Array(list));
    }
}

fn add_guests(list: &mut Vec<Value>, desired: &Desired) {
    for guest in &desired.guests {
        if !list.iter().any(|one| is_email(one, guest)) {
            list.push(json!({ "email": guest }));
        }
    }
}
