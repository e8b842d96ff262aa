//! Writes to a copy that is not the organiser's: answers, and the few fields that are the guest's own
//! (facts: google-calendar §2, `organizer`).

use serde_json::{Map, Value, json};

use super::World;
use super::clock::When;
use super::edit::{self, Mode};
use super::event::{EventCopy, Response};
use crate::wire::ApiError;

impl World {
    pub(super) fn edit_guest(
        &mut self,
        calendar: &str,
        mut copy: EventCopy,
        body: &Value,
        mode: Mode,
        now: i64,
    ) -> Result<(), ApiError> {
        let organizer = copy.content.organizer.clone();
        let Some(map) = body.as_object() else { return Ok(()) };
        let modify = copy.content.flag("guestsCanModify", false);
        let shown = self.render_owner(calendar, &copy);
        let changes =
            |name: &&str| map.get(*name).is_some_and(|sent| !same(sent, &shown[*name], self.zone(calendar)));
        if edit::GUESTS_CAN.iter().any(changes) {
            return Err(ApiError::not_organizer());
        }
        if edit::MAIN.iter().any(changes) && !modify {
            return Err(ApiError::not_organizer());
        }
        if self.copy(&organizer, &copy.id).is_none() {
            self.store_exception_on_main(&organizer, &copy, now);
        }
        if mode == Mode::Put {
            copy.private.clear();
            copy.own.clear();
        }
        edit::own(&mut copy, map);
        edit::properties(&mut copy, map)?;
        let shared = copy.content.shared.clone();
        let id = copy.id.clone();
        self.store(calendar, copy, now, "guest's own fields");
        let Some(mut main) = self.copy(&organizer, &id).cloned() else { return Ok(()) };
        main.content.shared = shared;
        if modify {
            let mut wanted = map.clone();
            wanted.retain(|name, _| edit::MAIN.contains(&name.as_str()));
            edit::apply(&mut main, &Value::Object(wanted), Mode::Patch, self.zone(&organizer))?;
        }
        self.invite_others(&mut main, map)?;
        let mut answer = None;
        for item in map.get("attendees").and_then(Value::as_array).into_iter().flatten() {
            let email = item["email"].as_str().unwrap_or_default().to_ascii_lowercase();
            if email == calendar {
                let word = item["responseStatus"].as_str();
                let response = word.map(|word| {
                    Response::parse(word)
                        .ok_or_else(|| ApiError::invalid("Invalid attendee response status."))
                });
                answer = response.transpose()?.map(|r| (r, item["comment"].as_str().map(str::to_owned)));
            }
        }
        if self.copy(&organizer, &id).is_some_and(|old| old.content != main.content) {
            self.save_main(&organizer, main, now, "guest's change");
        }
        if let Some((response, comment)) = answer {
            self.respond(&organizer, &id, calendar, response, comment, now);
        }
        // The guest's own copy shows it at once, whatever the delay to others.
        self.refresh_copy(&organizer, &id, calendar, now);
        Ok(())
    }

    /// A guest may add guests, unless the organiser forbade it; nobody is taken off.
    fn invite_others(&self, main: &mut EventCopy, sent: &Map<String, Value>) -> Result<(), ApiError> {
        let known = |item: &Value| {
            let email = item["email"].as_str().unwrap_or_default().to_ascii_lowercase();
            main.content.attendee(&email).is_some() || email == main.content.organizer
        };
        let list = sent.get("attendees").and_then(Value::as_array).into_iter().flatten();
        let new: Vec<Value> = list.filter(|item| !known(item)).cloned().collect();
        if new.is_empty() {
            return Ok(());
        }
        if !main.content.flag("guestsCanInviteOthers", true) {
            return Err(ApiError::not_organizer());
        }
        let zone = self.zone(&main.content.organizer);
        edit::apply(main, &json!({ "attendees": new, "attendeesOmitted": true }), Mode::Patch, zone)
    }

    /// The calendar's owner answers an invitation, by hand: for a person on the page, or for a room by its manager, who
    /// may accept over a conflict.
    pub fn answer(&mut self, calendar: &str, event: &str, word: &str, now: i64) -> Result<(), ApiError> {
        let response =
            Response::parse(word).ok_or_else(|| ApiError::invalid("Invalid attendee response status."))?;
        let copy = self.event(calendar, event).ok_or_else(ApiError::not_found)?;
        if !copy.is_live() {
            return Err(ApiError::deleted());
        }
        if copy.content.attendee(calendar).is_none() {
            return Err(ApiError::forbidden("This calendar is not invited to the event."));
        }
        let organizer = copy.content.organizer.clone();
        if self.copy(&organizer, event).is_none() {
            self.store_exception_on_main(&organizer, &copy, now);
        }
        self.respond(&organizer, event, calendar, response, None, now);
        self.refresh_copy(&organizer, event, calendar, now);
        Ok(())
    }

    pub(super) fn store_exception_on_main(&mut self, organizer: &str, copy: &EventCopy, now: i64) {
        let mut main = copy.clone();
        main.private.clear();
        main.own.clear();
        main.copies.clear();
        self.store(organizer, main, now, "exception");
        self.send_copies(organizer, &copy.id, now);
    }
}

/// Whether a sent value says what the copy already has; times are compared as instants.
fn same(sent: &Value, held: &Value, zone: chrono_tz::Tz) -> bool {
    if sent == held || (sent.is_null() && held.is_null()) {
        return true;
    }
    match (When::parse(sent, "start", zone), When::parse(held, "start", zone)) {
        (Ok(When::At(a, _)), Ok(When::At(b, _))) => a == b,
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
