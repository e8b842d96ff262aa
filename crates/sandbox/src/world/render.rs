//! Events as the API shows them (facts: google-calendar §2 and §8).

use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::World;
use super::access::Role;
use super::clock::stamp;
use super::event::{Attendee, Content, EventCopy, Status};
use super::find::{Found, exception_of};
use super::odd::odd;
use super::recurrence::Slot;
use super::settings::NoItems;
use crate::wire::{ApiError, Query};

/// Who looks at a calendar.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// Its id.
    pub calendar: &'a str,
    /// The role there.
    pub role: Role,
    /// The person: a private event shows its details to those who attend it.
    pub person: &'a str,
}

impl Reader<'_> {
    /// Whether an event's details are kept from this reader (discovery: `Event.visibility`, `AclRule.role`).
    pub(crate) fn is_kept_from(&self, content: &Content) -> bool {
        content.is_private()
            && self.role < Role::Writer
            && content.attendee(self.person).is_none()
            && content.organizer != self.person
    }
}

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
    /// The reader; nobody for the truth.
    pub person: String,
    /// Whether tombstones have the least fields.
    pub bare: bool,
    /// `maxAttendees`: with more of them, only the calendar's own is shown.
    pub most_attendees: usize,
}

impl World {
    /// The quoted etag.
    pub(crate) fn etag(&self, n: u64) -> String {
        format!("\"{}\"", self.birth.unsigned_abs().wrapping_add(n))
    }

    /// The view of a reader, with the parameters `timeZone` and `maxAttendees`.
    pub(crate) fn view(&self, reader: Reader<'_>, query: &Query) -> Result<View, ApiError> {
        let zone = self.zone(reader.calendar);
        let shown = match query.get("timeZone") {
            None => zone,
            Some(text) => text.parse().map_err(|_| ApiError::parameter("timeZone", "Invalid time zone."))?,
        };
        let most_attendees = query.count("maxAttendees", usize::MAX, usize::MAX)?;
        let (calendar, person) = (reader.calendar.to_owned(), reader.person.to_owned());
        Ok(View { calendar, zone, shown, role: reader.role, person, bare: true, most_attendees })
    }

    /// A copy as its calendar's owner sees it.
    pub(crate) fn render_owner(&self, calendar: &str, copy: &EventCopy) -> Value {
        let (calendar, zone) = (calendar.to_owned(), self.zone(calendar));
        let (role, person, most_attendees) = (Role::Owner, String::new(), usize::MAX);
        self.render(copy, &View { calendar, zone, shown: zone, role, person, bare: false, most_attendees })
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

    /// An instance that is no more, or the event from before it became a series.
    pub(crate) fn render_gone(&self, copy: &EventCopy, slot: Option<Slot>, view: &View) -> Value {
        let mut gone = match slot {
            Some(slot) => exception_of(copy, slot, copy.content.updated),
            None => copy.clone(),
        };
        gone.content.recurrence.clear();
        gone.content.status = Status::Cancelled;
        self.render(&gone, view)
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
            let lines = &content.recurrence;
            let strange = self.settings.odd_recurrence;
            let lines = if strange { odd(lines, &content.start, view.zone) } else { lines.clone() };
            put("recurrence", json!(lines));
        }
        let reader = Reader { calendar: &view.calendar, role: view.role, person: &view.person };
        if reader.is_kept_from(content) {
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
            let omitted = content.attendees.len() > view.most_attendees;
            let list = content.attendees.iter().filter(|a| !omitted || a.email == view.calendar);
            put("attendees", list.map(|a| attendee(a, &content.organizer, &view.calendar)).collect());
            if omitted {
                put("attendeesOmitted", json!(true));
            }
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
        if copy.detached {
            put("privateCopy", json!(true));
        }
        self.dress(&mut out);
        Value::Object(out)
    }

    /// What the settings let an answer look like: lists without items, and things from the future.
    fn dress(&self, out: &mut Map<String, Value>) {
        let none = match self.settings.no_items {
            NoItems::Absent => None,
            NoItems::Empty => Some(json!([])),
            NoItems::Null => Some(Value::Null),
        };
        if let Some(none) = none {
            for name in ["attendees", "recurrence"] {
                out.entry(name).or_insert_with(|| none.clone());
            }
            for (name, list) in [("reminders", "overrides"), ("conferenceData", "entryPoints")] {
                if let Some(Value::Object(within)) = out.get_mut(name) {
                    within.entry(list).or_insert_with(|| none.clone());
                }
            }
        }
        if self.settings.future_values {
            out.insert("eventType".to_owned(), json!("futureType"));
            out.insert("futureField".to_owned(), json!({ "of": ["the", "future"] }));
        }
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
