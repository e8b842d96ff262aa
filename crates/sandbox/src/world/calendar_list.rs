//! `calendarList` and `calendars.get` (facts: google-calendar §2).

use serde_json::{Value, json};

use super::World;
use super::access::{Actor, Role};
use super::calendar::{Calendar, Kind};
use super::sync_token::{PageToken, pack, unpack};
use crate::wire::{ApiError, Query};

impl World {
    /// A person's list: their own calendar, the company's rooms, and what was shared with them by name.
    fn listed(&self, actor: &Actor) -> Vec<&Calendar> {
        let on_list = |home: &&Calendar| {
            home.id == actor.email || home.kind == Kind::Room || home.roles.contains_key(&actor.email)
        };
        let mut list: Vec<&Calendar> = self
            .calendars
            .values()
            .filter(on_list)
            .filter(|home| self.role(&actor.email, &home.id) > Role::None)
            .collect();
        list.sort_by_key(|home| (home.id != actor.email, &home.id));
        list
    }

    /// Google: `calendarList.list`.
    pub(crate) fn calendar_list(&self, actor: &Actor, query: &Query, now: i64) -> Result<Value, ApiError> {
        let of = format!("list:{}", actor.email);
        let since = match query.get("syncToken") {
            None => None,
            Some(_)
                if query.get("minAccessRole").is_some() || query.get("showOwnOrganizationOnly").is_some() =>
            {
                let message = "Sync token cannot be used with this parameter.";
                return Err(ApiError::parameter("minAccessRole", message));
            }
            Some(token) => Some(self.read_sync_token(token, &of, now)?),
        };
        let least = match query.get("minAccessRole") {
            None => Role::FreeBusyReader,
            Some(word) => {
                Role::parse(word).ok_or_else(|| ApiError::parameter("minAccessRole", "Invalid role."))?
            }
        };
        let page: Option<PageToken> = match query.get("pageToken") {
            None => None,
            Some(text) => {
                let token: Option<PageToken> = unpack(text);
                let token = token.filter(|token| token.page_of == of);
                Some(token.ok_or_else(|| ApiError::parameter("pageToken", "Invalid page token value."))?)
            }
        };
        let asked = query.count("maxResults", 100, 250)?;
        let most = self.settings.page_size.map_or(asked, |cap| cap.clamp(1, asked));
        let from = page.as_ref().map_or(0, |page| usize::try_from(page.after.0).unwrap_or(0));
        let mut list = self.listed(actor);
        list.retain(|home| self.role(&actor.email, &home.id) >= least);
        if since.is_some() {
            list.clear();
        }
        let more = list.len() > from + most;
        let items: Vec<Value> =
            list.into_iter().skip(from).take(most).map(|home| self.list_entry(home, actor)).collect();
        let mut out = json!({ "kind": "calendar#calendarList", "etag": self.etag(0), "items": items });
        let upto = page.map_or(self.counter(), |page| page.upto);
        if more {
            let after = (i64::try_from(from + most).unwrap_or(i64::MAX), String::new());
            out["nextPageToken"] = json!(pack(&PageToken { page_of: of, since, upto, after }));
        } else {
            out["nextSyncToken"] = json!(self.sync_token(&of, upto, now));
        }
        Ok(out)
    }

    /// Google: `calendarList.get`.
    pub(crate) fn calendar_list_get(&self, actor: &Actor, id: &str) -> Result<Value, ApiError> {
        let id = if id == "primary" { actor.email.clone() } else { id.to_ascii_lowercase() };
        let list = self.listed(actor);
        let home = list.into_iter().find(|home| home.id == id).ok_or_else(ApiError::not_found)?;
        Ok(self.list_entry(home, actor))
    }

    fn list_entry(&self, home: &Calendar, actor: &Actor) -> Value {
        let mut out = json!({
            "kind": "calendar#calendarListEntry",
            "etag": self.etag(home.epoch),
            "id": home.id,
            "summary": home.summary,
            "timeZone": home.zone.name(),
            "colorId": "14",
            "backgroundColor": "#9fe1e7",
            "foregroundColor": "#000000",
            "selected": true,
            "accessRole": self.role(&actor.email, &home.id).word(),
            "defaultReminders": [],
            "conferenceProperties": { "allowedConferenceSolutionTypes": ["hangoutsMeet"] },
        });
        if home.id == actor.email {
            out["primary"] = json!(true);
        }
        if home.kind == Kind::Room {
            out["autoAcceptInvitations"] = json!(home.auto_accept);
        }
        out
    }

    /// Google: `calendars.get`.
    pub(crate) fn calendar_get(&self, id: &str) -> Result<Value, ApiError> {
        let home = self.calendars.get(id).ok_or_else(ApiError::not_found)?;
        let mut out = json!({
            "kind": "calendar#calendar",
            "etag": self.etag(home.epoch),
            "id": home.id,
            "summary": home.summary,
            "timeZone": home.zone.name(),
            "conferenceProperties": { "allowedConferenceSolutionTypes": ["hangoutsMeet"] },
        });
        if home.kind == Kind::Room {
            out["autoAcceptInvitations"] = json!(home.auto_accept);
        }
        Ok(out)
    }
}
