//! What to write of a series: the whole master at first, then differences; of a date always a difference.

use calendar::recurrence::Slot;
use calendar::series::shape::{self, EventTime, Unwritable};
use calendar::series::{Instance, Override};
use model::TimeRange;
use serde_json::{Map, Value, json};

use super::{Host, Wanted, is_wanted};
use crate::event_id::event_id;
use crate::push::{BOOKED_BY, BOOKING_PROPERTY, attendees, held_range};

/// The body of the master's insert.
pub(super) fn master(wanted: &Wanted) -> Result<Value, Unwritable> {
    let (part, details) = (&wanted.part, &wanted.part.master.details);
    let event = shape::master(&part.master)?;
    let mut body = json!({
        "id": event_id(wanted.booking, wanted.generation),
        "summary": details.title,
        "start": when(event.start.as_ref()),
        "end": when(event.end.as_ref()),
        "recurrence": event.recurrence,
        "extendedProperties": { "private": { BOOKING_PROPERTY: wanted.booking.to_string() } },
    });
    if wanted.private {
        body["visibility"] = json!("private");
    }
    let mut list = Vec::new();
    match &wanted.host {
        Host::Person { .. } if wanted.hold_back => {}
        Host::Person { .. } => add_rooms(&mut list, details.rooms.iter()),
        Host::Room { organizer_name, organizer_email, .. } => {
            body["description"] = json!(format!("{BOOKED_BY}{organizer_name}"));
            list.push(json!({ "email": organizer_email, "responseStatus": "accepted" }));
        }
    }
    add_people(&mut list, details.people.iter());
    if !list.is_empty() {
        body["attendees"] = Value::Array(list);
    }
    Ok(body)
}

/// The difference between the master that Google holds and what was changed here.
pub(super) fn master_patch(wanted: &Wanted, raw: &Value) -> Result<Map<String, Value>, Unwritable> {
    let details = &wanted.part.master.details;
    let mut patch = Map::new();
    if wanted.changed.title && raw["summary"].as_str().unwrap_or_default() != details.title {
        patch.insert("summary".to_owned(), title(&details.title));
    }
    if wanted.changed.time {
        let event = shape::master(&wanted.part.master)?;
        if held_range(raw) != Some(wanted.range)
            || raw["start"]["timeZone"] != when(event.start.as_ref())["timeZone"]
        {
            patch.insert("start".to_owned(), instead_of(&raw["start"], when(event.start.as_ref())));
            patch.insert("end".to_owned(), instead_of(&raw["end"], when(event.end.as_ref())));
        }
        if raw["recurrence"] != json!(event.recurrence) {
            patch.insert("recurrence".to_owned(), json!(event.recurrence));
        }
    }
    let private = matches!(raw["visibility"].as_str(), Some("private" | "confidential"));
    if wanted.changed.private && private != wanted.private {
        let visibility = if wanted.private { "private" } else { "default" };
        patch.insert("visibility".to_owned(), json!(visibility));
    }
    let mut list = attendees(raw).to_vec();
    if wanted.changed.room && !wanted.hold_back && matches!(wanted.host, Host::Person { .. }) {
        list.retain(|one| {
            let is = |email: &String| is_email(one, email);
            details.rooms.iter().any(is) || !wanted.left_rooms.iter().any(is)
        });
        add_rooms(&mut list, details.rooms.iter());
    }
    if wanted.changed.guests {
        take_off(&mut list, wanted);
        add_people(&mut list, details.people.iter());
    }
    if list != attendees(raw) {
        patch.insert("attendees".to_owned(), Value::Array(list));
    }
    Ok(patch)
}

/// The difference between a date as Google holds it and as it shall be. What it does not have for itself is its series'.
pub(super) fn date_patch(wanted: &Wanted, slot: Slot, raw: &Value) -> Result<Map<String, Value>, Unwritable> {
    let mut patch = Map::new();
    let is_cancelled = raw["status"] == json!("cancelled");
    let instance = match wanted.part.master.instance(&wanted.part.overrides, slot) {
        Some(instance) if is_wanted(&wanted.part, slot)? => instance,
        _ => {
            if !is_cancelled {
                patch.insert("status".to_owned(), json!("cancelled"));
            }
            return Ok(patch);
        }
    };
    let own = match wanted.part.overrides.get(&slot) {
        Some(Override::Changed(own)) => Some(own),
        _ => None,
    };
    if is_cancelled {
        patch.insert("status".to_owned(), json!("confirmed"));
    }
    let zone = wanted.part.master.zone();
    if let Some(range) = instance.range(zone).filter(|range| held_range(raw) != Some(*range)) {
        put_times(&mut patch, raw, &instance, range, zone.name());
    }
    // What it has for itself, and what it has again from its series: since that says it anew, or since somebody wished so.
    let renewed = wanted.renews.title || wanted.retitled.contains(&slot);
    let says_title = own.is_none_or(|own| own.title.is_some()) || renewed;
    if says_title && raw["summary"].as_str().unwrap_or_default() != instance.details.title {
        patch.insert("summary".to_owned(), title(&instance.details.title));
    }
    let mut list = attendees(raw).to_vec();
    if !wanted.hold_back && matches!(wanted.host, Host::Person { .. }) {
        let (series, mine) = (&wanted.part.master.details.rooms, &instance.details.rooms);
        list.retain(|one| {
            let is = |email: &String| is_email(one, email);
            mine.iter().any(is) || !(series.iter().any(is) || wanted.left_rooms.iter().any(is))
        });
        add_rooms(&mut list, mine.iter());
    }
    if own.is_some_and(|own| own.people.is_some()) {
        take_off(&mut list, wanted);
        add_people(&mut list, instance.details.people.iter());
    }
    if list != attendees(raw) {
        patch.insert("attendees".to_owned(), Value::Array(list));
    }
    Ok(patch)
}

fn put_times(patch: &mut Map<String, Value>, raw: &Value, instance: &Instance, range: TimeRange, zone: &str) {
    let times = if instance.start.is_date() {
        let last = range.length_minutes() / 1_440;
        let day = instance.start.date();
        let after = day.checked_add_days(chrono::Days::new(u64::try_from(last).unwrap_or(1))).unwrap_or(day);
        [json!({ "date": day }), json!({ "date": after })]
    } else {
        [range.start(), range.end()].map(|at| json!({ "dateTime": at.to_rfc3339(), "timeZone": zone }))
    };
    for (name, value) in ["start", "end"].into_iter().zip(times) {
        patch.insert(name.to_owned(), instead_of(&raw[name], value));
    }
}

/// A day and a time must not be mixed: the other one goes.
fn instead_of(held: &Value, mut value: Value) -> Value {
    for (there, here) in [("date", "dateTime"), ("dateTime", "date")] {
        if !held[there].is_null() && !value[here].is_null() {
            value[there] = Value::Null;
        }
    }
    value
}

fn when(time: Option<&EventTime>) -> Value {
    serde_json::to_value(time).unwrap_or_default()
}

/// An empty summary is none.
fn title(title: &str) -> Value {
    if title.is_empty() { Value::Null } else { json!(title) }
}

fn is_email(attendee: &Value, email: &str) -> bool {
    attendee["email"].as_str().is_some_and(|held| held.eq_ignore_ascii_case(email))
}

fn add_rooms<'a>(list: &mut Vec<Value>, rooms: impl Iterator<Item = &'a String>) {
    for room in rooms {
        if !list.iter().any(|one| is_email(one, room)) {
            list.insert(0, json!({ "email": room, "resource": true }));
        }
    }
}

fn add_people<'a>(list: &mut Vec<Value>, people: impl Iterator<Item = &'a String>) {
    for person in people {
        if !list.iter().any(|one| is_email(one, person)) {
            list.push(json!({ "email": person }));
        }
    }
}

fn take_off(list: &mut Vec<Value>, wanted: &Wanted) {
    let again = &wanted.part.master.details.people;
    list.retain(|one| {
        let is = |email: &String| is_email(one, email);
        !wanted.uninvited.iter().any(is) || again.iter().any(is)
    });
}
