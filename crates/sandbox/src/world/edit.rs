//! From the JSON of a write to the content of an event: PATCH merges, PUT replaces, arrays are replaced whole,
//! `null` clears (facts: google-calendar §2).

use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::clock::When;
use super::event::{Attendee, EventCopy, Response, Status};
use super::{conference, recurrence};
use crate::wire::ApiError;

/// Shared fields that are kept as they are sent.
const SHARED: [&str; 18] = [
    "anyoneCanAddSelf",
    "attachments",
    "birthdayProperties",
    "conferenceData",
    "description",
    "endTimeUnspecified",
    "eventLabelId",
    "focusTimeProperties",
    "guestsCanInviteOthers",
    "guestsCanModify",
    "guestsCanSeeOtherGuests",
    "location",
    "outOfOfficeProperties",
    "source",
    "summary",
    "transparency",
    "visibility",
    "workingLocationProperties",
];
/// Fields of one copy.
pub(super) const OWN: [&str; 2] = ["colorId", "reminders"];
/// Shared fields that a guest may never set (403 `forbiddenForNonOrganizer`).
pub(super) const GUESTS_CAN: [&str; 4] =
    ["anyoneCanAddSelf", "guestsCanInviteOthers", "guestsCanModify", "guestsCanSeeOtherGuests"];
/// What a guest may change only where guests can modify.
pub(super) const MAIN: [&str; 9] = [
    "description",
    "end",
    "location",
    "recurrence",
    "start",
    "status",
    "summary",
    "transparency",
    "visibility",
];

/// PATCH or PUT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Merge.
    Patch,
    /// Replace.
    Put,
}

/// Applies a body to the main copy.
pub(super) fn apply(copy: &mut EventCopy, body: &Value, mode: Mode, zone: Tz) -> Result<(), ApiError> {
    let body = body.as_object().ok_or_else(|| ApiError::new(400, "badRequest", "Bad Request"))?;
    sequence(copy, body)?;
    check_lists(body)?;
    let event_type = copy.content.text("eventType").to_owned();
    if body.get("eventType").is_some_and(|sent| !sent.is_null() && *sent != *event_type) {
        return Err(ApiError::invalid("Event type cannot be changed."));
    }
    let conference = copy.content.fields.get("conferenceData").cloned();
    let link = copy.content.fields.get("hangoutLink").cloned();
    if mode == Mode::Put {
        copy.content.fields.clear();
        copy.content.shared.clear();
        copy.content.attendees.clear();
        copy.content.recurrence.clear();
        copy.private.clear();
        copy.own.clear();
        copy.content.status = Status::Confirmed;
    }
    for name in SHARED {
        set(&mut copy.content.fields, name, body);
    }
    copy.content.fields.insert("eventType".to_owned(), json!(event_type));
    conference::settle(conference, link, &mut copy.content.fields);
    own(copy, body);
    properties(copy, body)?;
    if let Some(status) = body.get("status") {
        copy.content.status = match status.as_str() {
            Some("confirmed") | None => Status::Confirmed,
            Some("tentative") => Status::Tentative,
            Some("cancelled") => Status::Cancelled,
            Some(_) => return Err(ApiError::invalid("Invalid value for status.")),
        };
    }
    if let Some(list) = body.get("attendees") {
        let omitted = body.get("attendeesOmitted") == Some(&Value::Bool(true));
        attendees(&mut copy.content.attendees, list, omitted)?;
    }
    times(copy, body, mode, zone)
}

/// The type of a new event: fixed for its life (discovery: `Event.eventType`).
pub(super) fn set_type(copy: &mut EventCopy, body: &Value) -> Result<(), ApiError> {
    match body.get("eventType").and_then(Value::as_str).unwrap_or("default") {
        kind @ ("birthday" | "default" | "focusTime" | "outOfOffice" | "workingLocation") => {
            copy.content.fields.insert("eventType".to_owned(), json!(kind));
            Ok(())
        }
        _ => Err(ApiError::invalid("Invalid event type.")),
    }
}

/// At most 25 attachments, each with an address; at most five reminders of at most four weeks
/// (discovery: `Event.attachments`, `EventReminder.minutes`).
fn check_lists(body: &Map<String, Value>) -> Result<(), ApiError> {
    let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let attachments = list(body.get("attachments"));
    if attachments.len() > 25 || attachments.iter().any(|one| !one["fileUrl"].is_string()) {
        return Err(ApiError::invalid("Invalid attachments."));
    }
    let overrides = list(body.get("reminders").map(|reminders| &reminders["overrides"]));
    let good = |one: &Value| {
        matches!(one["method"].as_str(), Some("email" | "popup"))
            && one["minutes"].as_i64().is_some_and(|minutes| (0..=40_320).contains(&minutes))
    };
    if overrides.len() > 5 || !overrides.iter().all(good) {
        return Err(ApiError::invalid("Invalid reminders."));
    }
    Ok(())
}

/// Fields of this copy alone.
pub(super) fn own(copy: &mut EventCopy, body: &Map<String, Value>) {
    for name in OWN {
        set(&mut copy.own, name, body);
    }
}

fn set(fields: &mut Map<String, Value>, name: &str, body: &Map<String, Value>) {
    match body.get(name) {
        None => {}
        Some(Value::Null) => {
            fields.remove(name);
        }
        Some(value) => {
            fields.insert(name.to_owned(), value.clone());
        }
    }
}

fn sequence(copy: &mut EventCopy, body: &Map<String, Value>) -> Result<(), ApiError> {
    let Some(sequence) = body.get("sequence").and_then(Value::as_i64) else { return Ok(()) };
    if sequence < copy.content.sequence {
        let message = "Invalid sequence value. The specified sequence number is below the current sequence number \
                       of the resource. Re-fetch the resource and use its sequence number on the following request.";
        return Err(ApiError::invalid(message));
    }
    copy.content.sequence = sequence;
    Ok(())
}

/// Private ones belong to this copy, shared ones to all (facts: google-calendar §2, `extendedProperties`).
pub(super) fn properties(copy: &mut EventCopy, body: &Map<String, Value>) -> Result<(), ApiError> {
    let Some(sent) = body.get("extendedProperties") else { return Ok(()) };
    if sent.is_null() {
        copy.private.clear();
        copy.content.shared.clear();
        return Ok(());
    }
    for (kind, target) in [("private", &mut copy.private), ("shared", &mut copy.content.shared)] {
        match &sent[kind] {
            Value::Null => {}
            Value::Object(pairs) => {
                for (key, value) in pairs {
                    match value {
                        Value::Null => {
                            target.remove(key);
                        }
                        Value::String(text) if key.len() <= 44 && text.len() <= 1024 => {
                            target.insert(key.clone(), value.clone());
                        }
                        _ => return Err(ApiError::invalid("Invalid extended property.")),
                    }
                }
            }
            _ => return Err(ApiError::invalid("Invalid extended property.")),
        }
        if target.len() > 300 {
            return Err(ApiError::invalid("Too many extended properties."));
        }
    }
    Ok(())
}

/// The whole array; `resource` is fixed when the attendee is first added.
fn attendees(current: &mut Vec<Attendee>, list: &Value, omitted: bool) -> Result<(), ApiError> {
    let list = match list {
        Value::Null => &Vec::new(),
        Value::Array(list) => list,
        _ => return Err(ApiError::invalid("Invalid attendees.")),
    };
    let mut next: Vec<Attendee> = Vec::new();
    for item in list {
        let email = item["email"].as_str().filter(|email| email.contains('@'));
        let email = email.ok_or_else(|| ApiError::required("Missing attendee email."))?.to_ascii_lowercase();
        if next.iter().any(|attendee| attendee.email == email) {
            continue;
        }
        let old = current.iter().find(|attendee| attendee.email == email);
        let response = match item["responseStatus"].as_str() {
            Some(word) => {
                Response::parse(word).ok_or_else(|| ApiError::invalid("Invalid attendee response status."))?
            }
            None => old.map_or(Response::NeedsAction, |old| old.response),
        };
        let text = |name: &str| item[name].as_str().map(str::to_owned);
        next.push(Attendee {
            display_name: text("displayName").or_else(|| old.and_then(|old| old.display_name.clone())),
            resource: old.map_or(item["resource"] == true, |old| old.resource),
            optional: item["optional"] == true,
            comment: text("comment"),
            additional_guests: item["additionalGuests"].as_i64(),
            response,
            email,
        });
    }
    if omitted {
        for attendee in next {
            match current.iter_mut().find(|old| old.email == attendee.email) {
                Some(old) => *old = attendee,
                None => current.push(attendee),
            }
        }
    } else {
        *current = next;
    }
    Ok(())
}

fn times(copy: &mut EventCopy, body: &Map<String, Value>, mode: Mode, zone: Tz) -> Result<(), ApiError> {
    for name in ["start", "end"] {
        let target = if name == "start" { &mut copy.content.start } else { &mut copy.content.end };
        match body.get(name) {
            None | Some(Value::Null) if mode == Mode::Patch => {}
            None | Some(Value::Null) => {
                return Err(ApiError::required(&format!("Missing {name} time.")));
            }
            Some(sent) => {
                let mut whole = if mode == Mode::Put { json!({}) } else { target.render(zone, zone) };
                if sent.get("dateTime").is_some_and(Value::is_string) && sent.get("date").is_none() {
                    if whole.get("date").is_some() {
                        whole = json!({});
                    }
                } else if sent.get("date").is_some_and(Value::is_string) {
                    whole = json!({});
                }
                if let (Some(whole), Some(sent)) = (whole.as_object_mut(), sent.as_object()) {
                    for key in ["date", "dateTime", "timeZone"] {
                        set(whole, key, sent);
                    }
                }
                *target = When::parse(&whole, name, zone)?;
            }
        }
    }
    if let Some(lines) = body.get("recurrence") {
        let lines = lines.as_array().into_iter().flatten();
        let lines = lines.map(|line| line.as_str().map(str::to_owned));
        copy.content.recurrence =
            lines.collect::<Option<_>>().ok_or_else(|| ApiError::invalid("Invalid recurrence rule."))?;
    }
    let (start, end) = (&copy.content.start, &copy.content.end);
    if !start.same_kind(end) {
        return Err(ApiError::invalid("Start and end times must either both be date or both be dateTime."));
    }
    if end.at(zone) <= start.at(zone) {
        return Err(ApiError::time_range_empty());
    }
    if !copy.content.recurrence.is_empty() {
        if copy.content.series.is_some() {
            return Err(ApiError::invalid("An instance cannot recur."));
        }
        recurrence::check(&copy.content.recurrence, start)?;
    }
    Ok(())
}

/// Ids are lowercase base32hex, 5 to 1024 long (facts: google-calendar §2, `id`).
pub(super) fn check_id(id: &str) -> Result<(), ApiError> {
    let good = (5..=1024).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'v').contains(&b));
    if good { Ok(()) } else { Err(ApiError::invalid("Invalid resource id value.")) }
}
