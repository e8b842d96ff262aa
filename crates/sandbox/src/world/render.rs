//! Events as the API shows them (facts: google-calendar §2 and §8).

use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::World;
use super::access::Role;
use super::clock::stamp;
use super::event::{Attendee, EventCopy, Status};
use super::find::{Found, exception_of};
use super::recurrence::Slot;

/// How an event is looked at.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// The calendar it is read from.
    pub calendar: String,
    /// That calendar's zone.
    pub zone: Tz,
    /// The zone that times are shown in.
    pub shown: Tz,
    /// The reader's role.
    pub role: Role,
    /// Whether tombstones have the least fields.
    pub bare: bool,
}

impl World {
    /// The quoted etag.
    pub(crate) fn etag(&self, n: u64) -> String {
        format!("\"{}\"", self.birth.unsigned_abs().wrapping_add(n))
    }

    pub(crate) fn view(&self, calendar: &str, role: Role, shown: Option<Tz>) -> View {
        let zone = self.zone(calendar);
        View { calendar: calendar.to_owned(), zone, shown: shown.unwrap_or(zone), role, bare: true }
    }

    /// A copy as its calendar's owner sees it.
    pub(crate) fn render_owner(&self, calendar: &str, copy: &EventCopy) -> Value {
        let mut view = self.view(calendar, Role::Owner, None);
        view.bare = false;
        self.render(copy, &view)
    }

    /// What `events.get` answers: cancelled events too, with their details on the organiser's calendar.
    pub(crate) fn render_found(&self, found: &Found, view: &View) -> Value {
        match found {
            Found::Copy(copy) => {
                let mut view = view.clone();
                view.bare = !copy.is_main(&view.calendar) || copy.removed;
                self.render(copy, &view)
            }
            Found::Instance(master, slot) => self.render_slot(master, slot.clone(), view),
        }
    }

    pub(crate) fn render_slot(&self, master: &EventCopy, slot: Slot, view: &View) -> Value {
        self.render(&exception_of(master, slot, master.content.updated), view)
    }

    pub(crate) fn render(&self, copy: &EventCopy, view: &View) -> Value {
        let content = &copy.content;
        let mut out = Map::new();
        let mut put = |name: &str, value: Value| {
            out.insert(name.to_owned(), value);
        };
        put("kind", json!("calendar#event"));
        put("etag", json!(self.etag(copy.etag)));
        put("id", json!(copy.id));
        put("status", json!(copy.status().word()));
        if let (Some(series), Some(slot)) = (&content.series, &content.original_start) {
            put("recurringEventId", json!(series));
            put("originalStartTime", slot.render(view.shown, view.zone));
        }
        let full = self.settings.full_tombstones && copy.is_main(&view.calendar);
        if copy.status() == Status::Cancelled && view.bare && !full {
            return Value::Object(out);
        }
        let mut put = |name: &str, value: Value| {
            out.insert(name.to_owned(), value);
        };
        put("start", content.start.render(view.shown, view.zone));
        put("end", content.end.render(view.shown, view.zone));
        put("eventType", json!(content.text("eventType")));
        if content.is_private() {
            put("visibility", content.fields["visibility"].clone());
        }
        if !content.is_opaque() {
            put("transparency", json!("transparent"));
        }
        if view.role == Role::FreeBusyReader {
            return Value::Object(out);
        }
        put("htmlLink", json!(format!("https://www.google.com/calendar/event?eid={}", copy.id)));
        put("created", json!(stamp(content.created)));
        put("updated", json!(stamp(content.updated)));
        put("iCalUID", json!(content.ical_uid));
        put("sequence", json!(content.sequence));
        if copy.is_master() {
            put("recurrence", json!(content.recurrence));
        }
        if content.is_private() && view.role < Role::Writer {
            return Value::Object(out);
        }
        for (name, value) in content.fields.iter().chain(&copy.own) {
            let default = match name.as_str() {
                "visibility" | "transparency" => true,
                "guestsCanInviteOthers" | "guestsCanSeeOtherGuests" => value == true,
                "guestsCanModify" | "anyoneCanAddSelf" => value == false,
                _ => false,
            };
            if !default {
                put(name, value.clone());
            }
        }
        if !copy.own.contains_key("reminders") {
            put("reminders", json!({ "useDefault": true }));
        }
        put("creator", person(&content.creator, None, &view.calendar));
        let room = self.calendars.get(&content.organizer).filter(|home| home.auto_accept);
        let name = room.map(|home| home.summary.as_str());
        put("organizer", person(&content.organizer, name, &view.calendar));
        if !content.attendees.is_empty() {
            let list = content.attendees.iter();
            put("attendees", list.map(|a| attendee(a, &content.organizer, &view.calendar)).collect());
        }
        let mut properties = Map::new();
        for (kind, pairs) in [("private", &copy.private), ("shared", &content.shared)] {
            if !pairs.is_empty() {
                properties.insert(kind.to_owned(), Value::Object(pairs.clone()));
            }
        }
        if !properties.is_empty() {
            put("extendedProperties", Value::Object(properties));
        }
        Value::Object(out)
    }
}

/// `self` is omitted, not false.
fn person(email: &str, name: Option<&str>, calendar: &str) -> Value {
    let mut out = json!({ "email": email });
    if let Some(name) = name {
        out["displayName"] = json!(name);
    }
    if email == calendar {
        out["self"] = json!(true);
    }
    out
}

fn attendee(attendee: &Attendee, organizer: &str, calendar: &str) -> Value {
    let mut out = person(&attendee.email, attendee.display_name.as_deref(), calendar);
    if attendee.email == organizer {
        out["organizer"] = json!(true);
    }
    if attendee.resource {
        out["resource"] = json!(true);
    }
    if attendee.optional {
        out["optional"] = json!(true);
    }
    out["responseStatus"] = json!(attendee.response.word());
    if let Some(comment) = &attendee.comment {
        out["comment"] = json!(comment);
    }
    if let Some(guests) = attendee.additional_guests {
        out["additionalGuests"] = json!(guests);
    }
    out
}
