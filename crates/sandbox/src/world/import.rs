//! `events.import`: a private copy of an event that lives elsewhere (discovery: `events.import`).

use serde_json::{Value, json};

use super::access::{Actor, Role};
use super::edit::{self, Mode};
use super::settings::ImportAgain;
use super::{World, write};
use crate::wire::ApiError;

impl World {
    /// Needs an `iCalUID`; importing one that the calendar has already as a private copy brings that copy up to date, or
    /// is 409 (`import_again`); one that it has otherwise is 409. Nothing is carried to guests, no room is asked.
    pub(crate) fn act_import(
        &mut self,
        actor: &Actor,
        calendar: &str,
        body: &Value,
        now: i64,
    ) -> Result<(String, String), ApiError> {
        let (calendar, _) = self.open(actor, calendar, Role::WriterWithoutPrivateAccess)?;
        let uid = body["iCalUID"].as_str().filter(|uid| !uid.is_empty());
        let uid = uid.ok_or_else(|| ApiError::required("Missing iCalUID."))?;
        let held = self.calendars.get(&calendar).and_then(|home| {
            let same = |copy: &&super::event::EventCopy| {
                copy.content.ical_uid == uid && copy.content.series.is_none() && copy.is_live()
            };
            home.events.values().find(same).cloned()
        });
        let mut copy = match held {
            Some(held) if held.detached && self.settings.import_again == ImportAgain::Update => held,
            Some(_) => return Err(ApiError::duplicate()),
            None => {
                let id = format!("_{}", self.random_id(30));
                write::blank(&calendar, actor, &id, uid, now)
            }
        };
        let organizer = body["organizer"]["email"].as_str();
        copy.content.organizer = organizer.map_or_else(|| calendar.clone(), str::to_ascii_lowercase);
        copy.content.updated = now;
        copy.detached = true;
        // Only default events can be imported; any other becomes one.
        let mut body = body.clone();
        body["eventType"] = json!("default");
        edit::apply(&mut copy, &body, Mode::Put, self.zone(&calendar))?;
        let id = copy.id.clone();
        self.store(&calendar, copy, now, "import");
        Ok((calendar, id))
    }
}
