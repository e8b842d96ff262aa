//! Calendars themselves: describing, making, deleting, clearing, handing over (discovery: `Calendar`).

use chrono_tz::Tz;
use serde_json::{Value, json};

use super::access::{Actor, Role};
use super::acl::Rule;
use super::calendar::{Calendar, Kind};
use super::event::Status;
use super::push::Resource;
use super::settings::CalendarRefusals;
use super::{Mode, World};
use crate::wire::{ApiError, Query};

/// Written as they are sent.
const PLAIN: [&str; 4] = ["description", "labelProperties", "location", "workingHours"];

impl World {
    /// What a calendar says of itself, also inside the list of calendars.
    pub(super) fn calendar_value(&self, home: &Calendar) -> Value {
        let mut out = json!({
            "kind": "calendar#calendar",
            "etag": self.etag(home.described),
            "id": home.id,
            "summary": home.summary,
            "timeZone": home.zone.name(),
            "conferenceProperties": { "allowedConferenceSolutionTypes": ["hangoutsMeet"] },
        });
        for (name, value) in &home.about {
            out[name] = value.clone();
        }
        if home.kind == Kind::Room {
            out["autoAcceptInvitations"] = json!(home.auto_accept);
        }
        if let Some(owner) = &home.owner {
            out["dataOwner"] = json!(owner);
        }
        out
    }

    /// Google: `calendars.get`.
    pub(crate) fn calendar_get(&self, id: &str) -> Result<Value, ApiError> {
        self.calendars.get(id).map(|home| self.calendar_value(home)).ok_or_else(ApiError::not_found)
    }

    /// Google: `calendars.insert`: a secondary calendar, of which the person is the data owner.
    pub(crate) fn calendar_insert(
        &mut self,
        actor: &Actor,
        body: &Value,
        now: i64,
    ) -> Result<Value, ApiError> {
        let id = format!("c_{}@group.calendar.google.com", self.random_id(32));
        let domain = self.directory.users.get(&actor.email).and_then(|user| user.domain.clone());
        let mut home = Calendar::new(&id, "", chrono_tz::UTC, Kind::Secondary, domain.as_deref());
        home.zone = self.zone(&actor.email);
        home.owner = Some(actor.email.clone());
        home.made_by = Some(actor.client.clone());
        home.updated = now;
        describe(&mut home, body, Mode::Put)?;
        home.described = self.next();
        let mut rule = Rule::new("user", &actor.email, Role::Owner);
        (rule.changed, rule.given) = (home.described, home.described);
        home.rules.insert(rule.id(), rule);
        self.calendars.insert(id.clone(), home);
        self.touch(Resource::CalendarList(actor.email.clone()));
        self.calendar_get(&id)
    }

    /// Google: `calendars.patch` and `calendars.update`. A primary calendar's zone is its person's setting too.
    pub(crate) fn calendar_edit(
        &mut self,
        actor: &Actor,
        id: &str,
        body: &Value,
        mode: Mode,
        if_match: Option<&str>,
        now: i64,
    ) -> Result<Value, ApiError> {
        let (id, _) = self.open(actor, id, Role::Owner)?;
        let mut home = self.calendars.get(&id).cloned().ok_or_else(ApiError::not_found)?;
        self.check_if_match(if_match, home.described)?;
        let zone = home.zone;
        describe(&mut home, body, mode)?;
        home.described = self.next();
        home.updated = now;
        if home.zone != zone && home.kind == Kind::Person {
            self.touch(Resource::Settings(id.clone()));
        }
        self.calendars.insert(id.clone(), home);
        self.calendar_get(&id)
    }

    /// Google: `calendars.delete`: secondary ones only; the guests of its events see them cancelled.
    pub(crate) fn calendar_delete(&mut self, actor: &Actor, id: &str, now: i64) -> Result<(), ApiError> {
        let (id, _) = self.open(actor, id, Role::Owner)?;
        let kind = self.calendars.get(&id).map(|home| home.kind);
        if kind != Some(Kind::Secondary) {
            return Err(self.refuse_calendar(ApiError::forbidden, "Only secondary calendars can be deleted."));
        }
        self.cancel_all(&id, now);
        self.next();
        if let Some(home) = self.calendars.get(&id).cloned() {
            self.leave_lists(&home);
        }
        self.calendars.remove(&id);
        Ok(())
    }

    /// Google: `calendars.clear`: all events of a primary calendar.
    pub(crate) fn calendar_clear(&mut self, actor: &Actor, id: &str, now: i64) -> Result<(), ApiError> {
        let (id, _) = self.open(actor, id, Role::Owner)?;
        if self.calendars.get(&id).is_none_or(|home| home.kind != Kind::Person) {
            return Err(self.refuse_calendar(ApiError::invalid, "Only a primary calendar can be cleared."));
        }
        self.cancel_all(&id, now);
        Ok(())
    }

    /// In what form is undocumented (`calendar_refusals`).
    fn refuse_calendar(&self, usual: fn(&str) -> ApiError, message: &str) -> ApiError {
        match self.settings.calendar_refusals {
            CalendarRefusals::ByCase => usual(message),
            CalendarRefusals::BadRequest => ApiError::invalid(message),
            CalendarRefusals::Forbidden => ApiError::forbidden(message),
        }
    }

    fn cancel_all(&mut self, calendar: &str, now: i64) {
        let Some(home) = self.calendars.get(calendar) else { return };
        let live: Vec<_> = home.events.values().filter(|copy| copy.is_live()).cloned().collect();
        for mut copy in live {
            if copy.is_main(calendar) {
                copy.content.status = Status::Cancelled;
                copy.content.sequence += 1;
                self.save_main(calendar, copy, now, "clear");
            } else {
                copy.removed = true;
                self.store(calendar, copy, now, "clear");
            }
        }
    }

    /// Google: `calendars.transferOwnership`: an administrator hands a secondary calendar to somebody else of the
    /// company.
    pub(crate) fn calendar_transfer(
        &mut self,
        actor: &Actor,
        id: &str,
        query: &Query,
        now: i64,
    ) -> Result<(), ApiError> {
        let admin = self.directory.users.get(&actor.email).filter(|user| user.admin);
        if query.flag("useAdminAccess")? != Some(true) {
            return Err(ApiError::parameter("useAdminAccess", "Only admin access is supported."));
        }
        let domain = admin.and_then(|user| user.domain.clone());
        let domain = domain.ok_or_else(|| ApiError::forbidden("The caller is not an administrator."))?;
        let to = query.get("newDataOwner").unwrap_or_default().to_ascii_lowercase();
        let user = self.directory.users.get(&to).filter(|user| user.domain.as_ref() == Some(&domain));
        if user.is_none_or(|user| user.suspended) {
            return Err(ApiError::parameter("newDataOwner", "Invalid new data owner."));
        }
        let home = self
            .calendars
            .get_mut(id)
            .filter(|home| home.kind == Kind::Secondary && home.company.as_ref() == Some(&domain));
        let home = home.ok_or_else(ApiError::not_found)?;
        home.owner = Some(to.clone());
        home.updated = now;
        self.set_role(id, &to, Role::Owner);
        let described = self.next();
        if let Some(home) = self.calendars.get_mut(id) {
            home.described = described;
        }
        Ok(())
    }
}

/// PUT takes away what it does not name; labels and working hours stay (discovery: `Calendar`).
fn describe(home: &mut Calendar, body: &Value, mode: Mode) -> Result<(), ApiError> {
    match body.get("summary") {
        Some(Value::String(text)) if !text.is_empty() => home.summary.clone_from(text),
        None if mode == Mode::Patch => {}
        _ => return Err(ApiError::required("Missing calendar summary.")),
    }
    if mode == Mode::Put {
        home.about.remove("description");
        home.about.remove("location");
    }
    if let Some(zone) = body["timeZone"].as_str() {
        home.zone = zone.parse::<Tz>().map_err(|_| ApiError::invalid("Invalid time zone."))?;
    }
    if let Some(accept) = body.get("autoAcceptInvitations").and_then(Value::as_bool) {
        if home.kind != Kind::Room {
            return Err(ApiError::invalid("Only resource calendars accept invitations by themselves."));
        }
        home.auto_accept = accept;
    }
    for name in PLAIN {
        match body.get(name) {
            None => {}
            Some(Value::Null) => drop(home.about.remove(name)),
            Some(value) => drop(home.about.insert(name.to_owned(), value.clone())),
        }
    }
    Ok(())
}
