//! A person's settings (discovery: `Setting`): read and watched by the API, changed on the page only.

use serde_json::{Value, json};

use super::World;
use super::access::Actor;
use super::push::Resource;
use super::small_list::Item;
use crate::wire::{ApiError, Query};

/// Every setting with its value when nobody has changed it. The zone is the primary calendar's.
const DEFAULTS: [(&str, &str); 13] = [
    ("autoAddHangouts", "false"),
    ("dateFieldOrder", "MDY"),
    ("defaultEventLength", "60"),
    ("format24HourTime", "false"),
    ("hideInvitations", "false"),
    ("hideWeekends", "false"),
    ("locale", "ko"),
    ("remindOnRespondedEventsOnly", "false"),
    ("showDeclinedEvents", "true"),
    ("timezone", ""),
    ("useKeyboardShortcuts", "true"),
    ("usesMobileApp", "false"),
    ("weekStart", "0"),
];

impl World {
    /// The value of a setting and the world's counter at its last change; none for a setting that is not known.
    pub(crate) fn setting_of(&self, person: &str, name: &str) -> Option<(String, u64)> {
        let (_, default) = DEFAULTS.iter().find(|(known, _)| *known == name)?;
        let set = self.user_settings.get(person).and_then(|held| held.get(name));
        let home = self.calendars.get(person);
        Some(match (set, home) {
            (_, Some(home)) if name == "timezone" => (home.zone.name().to_owned(), home.described),
            (Some(set), _) => set.clone(),
            (None, _) => ((*default).to_owned(), 0),
        })
    }

    /// Changes a setting, as the person does in Google's own pages.
    ///
    /// # Errors
    ///
    /// 404 for a setting that is not known, or the zone, which is the calendar's.
    pub fn set_setting(&mut self, person: &str, name: &str, value: &str) -> Result<(), ApiError> {
        if name == "timezone" || !DEFAULTS.iter().any(|(known, _)| *known == name) {
            return Err(ApiError::not_found());
        }
        let changed = self.next();
        let held = self.user_settings.entry(person.to_owned()).or_default();
        held.insert(name.to_owned(), (value.to_owned(), changed));
        self.touch(Resource::Settings(person.to_owned()));
        Ok(())
    }

    /// Google: `settings.get`.
    pub(crate) fn user_setting(&self, actor: &Actor, name: &str) -> Result<Value, ApiError> {
        let (value, changed) = self.setting_of(&actor.email, name).ok_or_else(ApiError::not_found)?;
        Ok(json!({ "kind": "calendar#setting", "etag": self.etag(changed), "id": name, "value": value }))
    }

    /// Google: `settings.list`.
    pub(crate) fn user_settings(&self, actor: &Actor, query: &Query, now: i64) -> Result<Value, ApiError> {
        let mut items = Vec::new();
        for (name, _) in DEFAULTS {
            let changed = self.setting_of(&actor.email, name).map_or(0, |(_, changed)| changed);
            let value = self.user_setting(actor, name)?;
            items.push(Item { key: (0, name.to_owned()), changed, deleted: false, hidden: false, value });
        }
        self.small_list("calendar#settings", &format!("settings:{}", actor.email), items, query, now)
    }
}
