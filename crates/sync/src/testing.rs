//! For the tests of this crate: events from JSON, and a calendar that answers like Google's, in memory.

use std::collections::BTreeMap;

use model::Instant;
use serde_json::{Value, json};

use crate::port::{
    Failure, Outcome, Raw, RemoteAttendee, RemoteEvent, RemoteOp, RemotePerson, RemoteStatus, RemoteTime,
    RemoteWhen, Response,
};
use crate::rfc3339;

pub(crate) fn at(text: &str) -> Instant {
    rfc3339::parse(text).unwrap()
}

/// A well-formed event; damaged ones are the business of `google`.
pub(crate) fn event(raw: &Value) -> RemoteEvent {
    let owned = |name: &str| raw[name].as_str().map(str::to_owned);
    let when = |name: &str| {
        let value = &raw[name];
        match (value["dateTime"].as_str(), value["date"].as_str()) {
            (Some(text), _) => {
                Some(RemoteWhen::At { at: at(text), zone: value["timeZone"].as_str().map(str::to_owned) })
            }
            (None, Some(date)) => Some(RemoteWhen::Day(date.parse().unwrap())),
            (None, None) => None,
        }
    };
    RemoteEvent {
        id: owned("id").unwrap(),
        etag: owned("etag"),
        ical_uid: owned("iCalUID"),
        status: match raw["status"].as_str() {
            Some("cancelled") => RemoteStatus::Cancelled,
            Some("tentative") => RemoteStatus::Tentative,
            _ => RemoteStatus::Confirmed,
        },
        title: owned("summary"),
        when: when("start").zip(when("end")).map(|(start, end)| RemoteTime { start, end }),
        recurrence: serde_json::from_value(raw["recurrence"].clone()).unwrap_or_default(),
        recurring_event_id: owned("recurringEventId"),
        original_start: when("originalStartTime"),
        transparent: raw["transparency"] == "transparent",
        private: raw["visibility"] == "private",
        organizer: raw["organizer"]["email"].as_str().map(|email| RemotePerson {
            email: email.to_owned(),
            name: None,
            is_self: raw["organizer"]["self"] == true,
        }),
        attendees: raw["attendees"].as_array().map(|all| {
            all.iter()
                .map(|one| RemoteAttendee {
                    email: one["email"].as_str().unwrap().to_owned(),
                    name: None,
                    resource: one["resource"] == true,
                    is_self: one["self"] == true,
                    response: Response::of_word(one["responseStatus"].as_str()),
                })
                .collect()
        }),
        event_type: owned("eventType"),
        private_props: serde_json::from_value(raw["extendedProperties"]["private"].clone())
            .unwrap_or_default(),
        html_link: None,
        updated: raw["updated"].as_str().map(at),
        created: None,
        attendees_omitted: raw["attendeesOmitted"] == true,
        raw: Raw::of(raw),
        opaque: false,
    }
}

/// Calendars by id, events by id: inserts with 409, patches that merge, If-Match, tombstones.
#[derive(Default)]
pub(crate) struct FakeCalendars {
    pub(crate) events: BTreeMap<(String, String), Value>,
    revision: u64,
}

impl FakeCalendars {
    pub(crate) fn put(&mut self, calendar: &str, mut raw: Value) {
        self.revision += 1;
        raw["etag"] = json!(format!("\"{}\"", self.revision));
        let id = raw["id"].as_str().unwrap().to_owned();
        self.events.insert((calendar.to_owned(), id), raw);
    }

    /// Somebody edits in Google.
    pub(crate) fn edit(&mut self, calendar: &str, id: &str, change: impl FnOnce(&mut Value)) {
        let mut raw = self.events[&(calendar.to_owned(), id.to_owned())].clone();
        change(&mut raw);
        self.put(calendar, raw);
    }

    pub(crate) fn live(&self) -> Vec<&Value> {
        self.events.values().filter(|raw| raw["status"] != "cancelled").collect()
    }

    pub(crate) fn call(&mut self, op: &RemoteOp) -> Outcome {
        match op {
            RemoteOp::EventInsert { calendar, body, .. } => {
                let key = (calendar.clone(), body["id"].as_str().unwrap().to_owned());
                if self.events.contains_key(&key) {
                    return Outcome::Failed(Failure::Duplicate);
                }
                let mut raw = body.clone();
                raw["iCalUID"] = json!(format!("{}@google.com", key.1));
                raw["organizer"] = json!({ "email": calendar, "self": true });
                self.put(calendar, raw);
                Outcome::Event(Box::new(event(&self.events[&key])))
            }
            RemoteOp::EventPatch { calendar, event: id, if_match, patch, .. } => {
                self.write(calendar, id, if_match.as_deref(), |raw| merge(raw, patch))
            }
            RemoteOp::EventDelete { calendar, event: id, if_match, .. } => {
                match self.write(calendar, id, if_match.as_deref(), |raw| raw["status"] = json!("cancelled"))
                {
                    Outcome::Event(_) => Outcome::Deleted,
                    other => other,
                }
            }
            RemoteOp::EventGet { calendar, event: id } => {
                match self.events.get(&(calendar.clone(), id.clone())) {
                    Some(raw) => Outcome::Event(Box::new(event(raw))),
                    None => Outcome::Failed(Failure::NotFound),
                }
            }
            RemoteOp::EventsList { calendar, .. } => {
                let of_it = self.events.iter().filter(|((on, _), _)| on == calendar);
                let events = of_it.map(|(_, raw)| event(raw)).collect();
                Outcome::Page(crate::port::Page { events, ..crate::port::Page::default() })
            }
            other => panic!("not needed here: {other:?}"),
        }
    }

    fn write(
        &mut self,
        calendar: &str,
        id: &str,
        etag: Option<&str>,
        change: impl FnOnce(&mut Value),
    ) -> Outcome {
        let key = (calendar.to_owned(), id.to_owned());
        let Some(raw) = self.events.get(&key) else { return Outcome::Failed(Failure::NotFound) };
        if raw["status"] == "cancelled" {
            return Outcome::Failed(Failure::Deleted);
        }
        if etag.is_some_and(|etag| raw["etag"] != etag) {
            return Outcome::Failed(Failure::PreconditionFailed);
        }
        self.edit(calendar, id, change);
        Outcome::Event(Box::new(event(&self.events[&key])))
    }
}

/// RFC 7396, which is what Calendar's PATCH does.
fn merge(target: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, value) in patch {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(name);
        } else {
            merge(&mut target[name], value);
        }
    }
}
