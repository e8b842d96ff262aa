//! A person's list of calendars (discovery: `CalendarListEntry`). On it by themselves are the person's own calendar, the
//! company's rooms and what was shared with the person by name.

use serde_json::{Map, Value, json};

use super::access::{Actor, Role};
use super::calendar::{Calendar, Kind};
use super::push::Resource;
use super::small_list::Item;
use super::{Mode, World, colors};
use crate::wire::{ApiError, Query};

/// What a person changed about one calendar of the list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entry {
    /// Put on the list or taken off it by hand.
    listed: Option<bool>,
    /// Colours, `hidden`, `selected`, `summaryOverride`, ...
    fields: Map<String, Value>,
    changed: u64,
}

/// What a person may write; the colours only with `colorRgbFormat=true`.
const WRITABLE: [&str; 6] =
    ["colorId", "defaultReminders", "hidden", "notificationSettings", "selected", "summaryOverride"];
const RGB: [&str; 2] = ["backgroundColor", "foregroundColor"];

impl World {
    fn entry(&self, person: &str, calendar: &str) -> Option<&Entry> {
        self.lists.get(person)?.get(calendar)
    }

    /// Whether a calendar is on a person's list.
    fn is_listed(&self, person: &str, home: &Calendar) -> bool {
        let shared = home.rules.get(&format!("user:{person}")).is_some_and(|rule| !rule.deleted);
        let by_itself = home.id == person || home.kind == Kind::Room || shared;
        let by_hand = self.entry(person, &home.id).and_then(|entry| entry.listed);
        by_hand.unwrap_or(by_itself) && self.role(person, &home.id) > Role::None
    }

    /// Google: `calendarList.list`. A change of the calendar itself, or of a role, does not bring the entry again
    /// (discovery: `calendarList.list.syncToken`).
    pub(crate) fn calendar_list(&self, actor: &Actor, query: &Query, now: i64) -> Result<Value, ApiError> {
        let of_token = query.get("syncToken").is_some();
        for name in ["minAccessRole", "showOwnOrganizationOnly"] {
            if of_token && query.get(name).is_some() {
                let message = format!("Sync token cannot be used with the parameter {name}.");
                return Err(ApiError::parameter(name, &message));
            }
        }
        let least = match query.get("minAccessRole") {
            None => Role::None,
            Some(word) => {
                Role::parse(word).ok_or_else(|| ApiError::parameter("minAccessRole", "Invalid role."))?
            }
        };
        let own_only = query.flag("showOwnOrganizationOnly")? == Some(true);
        let domain = self.directory.users.get(&actor.email).and_then(|user| user.domain.clone());
        let mut items = Vec::new();
        for home in self.calendars.values() {
            let entry = self.entry(&actor.email, &home.id);
            let given = home.rules.get(&format!("user:{}", actor.email)).map(|rule| rule.given);
            let listed = self.is_listed(&actor.email, home);
            if (!listed && entry.is_none() && given.is_none())
                || (listed && self.role(&actor.email, &home.id) < least)
                || (own_only && home.company != domain)
            {
                continue;
            }
            let value = if listed { self.list_entry(home, actor) } else { self.gone_entry(&home.id) };
            items.push(Item {
                key: (i64::from(home.id != actor.email), home.id.clone()),
                changed: entry.map_or(0, |entry| entry.changed).max(given.unwrap_or(0)),
                deleted: !listed,
                hidden: value["hidden"] == true,
                value,
            });
        }
        for (id, entry) in self.lists.get(&actor.email).into_iter().flatten() {
            if !self.calendars.contains_key(id) {
                let (key, value) = ((1, id.clone()), self.gone_entry(id));
                items.push(Item { key, changed: entry.changed, deleted: true, hidden: false, value });
            }
        }
        self.small_list("calendar#calendarList", &format!("list:{}", actor.email), items, query, now)
    }

    fn listed_home(&self, actor: &Actor, id: &str) -> Result<&Calendar, ApiError> {
        let id = if id == "primary" { actor.email.clone() } else { id.to_ascii_lowercase() };
        let home = self.calendars.get(&id).filter(|home| self.is_listed(&actor.email, home));
        home.ok_or_else(ApiError::not_found)
    }

    /// Google: `calendarList.get`.
    pub(crate) fn calendar_list_get(&self, actor: &Actor, id: &str) -> Result<Value, ApiError> {
        self.listed_home(actor, id).map(|home| self.list_entry(home, actor))
    }

    /// Google: `calendarList.insert`: an existing calendar that the person may see.
    pub(crate) fn calendar_list_insert(
        &mut self,
        actor: &Actor,
        body: &Value,
        rgb: bool,
    ) -> Result<Value, ApiError> {
        let id = body["id"].as_str().ok_or_else(|| ApiError::required("Missing calendar id."))?;
        let (id, _) = self.open(actor, id, Role::FreeBusyReader)?;
        let mut entry = self.entry(&actor.email, &id).cloned().unwrap_or_default();
        entry.listed = Some(true);
        write(&mut entry.fields, body, rgb)?;
        self.put_entry(actor, &id, entry);
        self.calendar_list_get(actor, &id)
    }

    /// Google: `calendarList.patch` and `calendarList.update`.
    pub(crate) fn calendar_list_edit(
        &mut self,
        actor: &Actor,
        id: &str,
        body: &Value,
        (mode, rgb): (Mode, bool),
        if_match: Option<&str>,
    ) -> Result<Value, ApiError> {
        let id = self.listed_home(actor, id)?.id.clone();
        let mut entry = self.entry(&actor.email, &id).cloned().unwrap_or_default();
        let held = self.calendars.get(&id).map_or(0, |home| self.entry_changed(home, actor));
        self.check_if_match(if_match, held)?;
        if mode == Mode::Put {
            entry.fields.clear();
        }
        write(&mut entry.fields, body, rgb)?;
        self.put_entry(actor, &id, entry);
        self.calendar_list_get(actor, &id)
    }

    /// Google: `calendarList.delete`. One's own calendar stays, without `own_list_entry_goes` (undocumented).
    pub(crate) fn calendar_list_delete(&mut self, actor: &Actor, id: &str) -> Result<(), ApiError> {
        let id = self.listed_home(actor, id)?.id.clone();
        if id == actor.email && !self.settings.own_list_entry_goes {
            return Err(ApiError::forbidden("The primary calendar cannot be taken off the list."));
        }
        self.put_entry(actor, &id, Entry { listed: Some(false), ..Entry::default() });
        Ok(())
    }

    fn put_entry(&mut self, actor: &Actor, calendar: &str, mut entry: Entry) {
        entry.changed = self.next();
        self.lists.entry(actor.email.clone()).or_default().insert(calendar.to_owned(), entry);
        self.touch(Resource::CalendarList(actor.email.clone()));
    }

    /// A calendar that is no more leaves every list, and says so in deltas.
    pub(super) fn leave_lists(&mut self, home: &Calendar) {
        let people: Vec<String> =
            self.directory.users.keys().filter(|person| self.is_listed(person, home)).cloned().collect();
        for person in people {
            let entry = Entry { listed: Some(false), ..Entry::default() };
            self.put_entry(&Actor::person(&person), &home.id, entry);
        }
    }

    fn entry_changed(&self, home: &Calendar, actor: &Actor) -> u64 {
        self.entry(&actor.email, &home.id).map_or(0, |entry| entry.changed).max(home.described)
    }

    fn gone_entry(&self, id: &str) -> Value {
        json!({ "kind": "calendar#calendarListEntry", "etag": self.etag(self.counter()), "id": id, "deleted": true })
    }

    fn list_entry(&self, home: &Calendar, actor: &Actor) -> Value {
        let mut out = self.calendar_value(home);
        out["kind"] = json!("calendar#calendarListEntry");
        out["etag"] = json!(self.etag(self.entry_changed(home, actor)));
        out["colorId"] = json!("14");
        out["backgroundColor"] = json!("#9fe1e7");
        out["foregroundColor"] = json!("#000000");
        out["selected"] = json!(true);
        out["accessRole"] = json!(self.role(&actor.email, &home.id).word());
        out["defaultReminders"] = json!([]);
        if let Some(out) = out.as_object_mut() {
            // These are of the calendar alone.
            out.remove("labelProperties");
            out.remove("workingHours");
            if home.id == actor.email {
                out.insert("primary".to_owned(), json!(true));
            }
            for (name, value) in self.entry(&actor.email, &home.id).iter().flat_map(|entry| &entry.fields) {
                if name == "hidden" && value != true {
                    continue;
                }
                out.insert(name.clone(), value.clone());
            }
        }
        out
    }
}

/// Takes over what may be written; the two forms of colour are kept in step.
fn write(fields: &mut Map<String, Value>, body: &Value, rgb: bool) -> Result<(), ApiError> {
    for name in WRITABLE.iter().chain(RGB.iter().filter(|_| rgb)) {
        match body.get(*name) {
            None => {}
            Some(Value::Null) => drop(fields.remove(*name)),
            Some(value) => drop(fields.insert((*name).to_owned(), value.clone())),
        }
    }
    if rgb {
        if let Some(background) = body["backgroundColor"].as_str() {
            let nearest = colors::nearest(background);
            let nearest = nearest.ok_or_else(|| ApiError::invalid("Invalid color value."))?;
            fields.insert("colorId".to_owned(), json!(nearest));
        }
    } else if let Some(id) = body["colorId"].as_str() {
        let background = colors::calendar(id).ok_or_else(|| ApiError::invalid("Invalid color id."))?;
        fields.insert("backgroundColor".to_owned(), json!(background));
        fields.insert("foregroundColor".to_owned(), json!("#000000"));
    }
    Ok(())
}
