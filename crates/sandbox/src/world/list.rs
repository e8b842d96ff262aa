//! `events.list` and `events.instances`: windows, paging, deltas (facts: google-calendar §2 and §4).

use serde_json::{Value, json};

use super::access::Role;
use super::calendar::Calendar;
use super::clock::{parse_instant, stamp};
use super::event::EventCopy;
use super::find::{Found, exception_of};
use super::recurrence::Slot;
use super::render::{Reader, View};
use super::rows::{Row, Window, expand_master};
use super::sync_token::{PageToken, pack, unpack};
use super::{World, room};
use crate::wire::{ApiError, Query};

const FORBIDDEN_WITH_TOKEN: [&str; 8] = [
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
];
/// Filters that a sync token cannot carry: a full pass with one of them yields none.
const NO_TOKEN_AFTER: [&str; 6] =
    ["iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "updatedMin"];

/// The parameters that a delta is to repeat, in order.
pub(super) fn fingerprint(query: &Query) -> String {
    const FREE: [&str; 11] = [
        "alt",
        "fields",
        "key",
        "maxResults",
        "pageToken",
        "prettyPrint",
        "quotaUser",
        "syncToken",
        "timeMax",
        "timeMin",
        "userIp",
    ];
    let pairs = query.pairs().iter().filter(|(name, _)| !FREE.contains(&name.as_str()));
    let mut pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
    pairs.sort();
    pairs.join("&")
}

impl World {
    /// Google: `events.list`.
    pub(crate) fn events_list(&self, reader: Reader<'_>, query: &Query, now: i64) -> Result<Value, ApiError> {
        let calendar = reader.calendar;
        let page = self.read_page(query, calendar)?;
        let mut since = page.as_ref().and_then(|page| page.since);
        let mut window = Window::read(query, now)?;
        let mut bounds = window.bounds();
        if let Some(token) = query.get("syncToken") {
            for name in FORBIDDEN_WITH_TOKEN {
                if query.get(name).is_some() {
                    let message = format!("Sync token cannot be used with the parameter {name}.");
                    return Err(ApiError::parameter(name, &message));
                }
            }
            if query.flag("showDeleted")? == Some(false) {
                let message = "Sync token cannot be used without showing deleted events.";
                return Err(ApiError::parameter("showDeleted", message));
            }
            let token = self.read_sync_token(token, calendar, &fingerprint(query), now)?;
            since = Some(token.seq);
            bounds = token.window;
        }
        let home = self.calendars.get(calendar).ok_or_else(ApiError::not_found)?;
        let upto = page.as_ref().map_or_else(|| self.seen_upto(home, now), |page| page.upto);
        if let Some((from, to)) = bounds.filter(|_| self.settings.delta_keeps_window) {
            window = Window { from, to, horizon: window.horizon.min(to) };
        }
        let rows = self.rows((home, reader), query, &window, since, now)?;
        let view = self.view(reader, query)?;
        let mut out = self.head(home, reader.role);
        if self.settings.empty_pages && page.is_none() && !rows.is_empty() {
            let after = (i64::MIN, String::new());
            let token = PageToken { page_of: calendar.to_owned(), since, upto, after };
            out["nextPageToken"] = json!(pack(&token));
            return Ok(out);
        }
        let next = self.fill(&mut out, rows, &view, query, page.as_ref())?;
        match next {
            Some(after) => {
                let token = PageToken { page_of: calendar.to_owned(), since, upto, after };
                out["nextPageToken"] = json!(pack(&token));
            }
            None if NO_TOKEN_AFTER.iter().any(|name| query.get(name).is_some()) => {}
            None => {
                out["nextSyncToken"] = {
                    let of = (calendar, fingerprint(query));
                    json!(self.windowed_token((of.0, &of.1), bounds, upto, now))
                }
            }
        }
        Ok(out)
    }

    /// Google: `events.instances`.
    pub(crate) fn events_instances(
        &self,
        reader: Reader<'_>,
        event: &str,
        query: &Query,
        now: i64,
    ) -> Result<Value, ApiError> {
        let calendar = reader.calendar;
        let page = self.read_page(query, calendar)?;
        let home = self.calendars.get(calendar).ok_or_else(ApiError::not_found)?;
        let Found::Copy(found) = self.find(calendar, event)? else { return Err(ApiError::not_found()) };
        let master = home.events.get(&found.id).ok_or_else(ApiError::not_found)?;
        if !master.is_live() {
            return Err(ApiError::deleted());
        }
        let mut window = Window::read(query, now)?;
        if query.get("timeMax").is_none() {
            window.horizon = i64::MAX;
        }
        let deleted = query.flag("showDeleted")? == Some(true);
        let mut rows = Vec::new();
        if master.is_master() {
            expand_master((home, self.place(calendar)), master, &window, &mut rows);
            for copy in home.exceptions(&master.id).filter(|copy| copy.is_live() || deleted) {
                if room::overlaps(&copy.content, home.zone, window.from, window.to) {
                    let key = (copy.content.start.at(home.zone), copy.id.clone());
                    rows.push(Row { key, copy, slot: None, gone: false });
                }
            }
        }
        if let Some(wanted) = query.get("originalStart") {
            let wanted = parse_instant(wanted);
            rows.retain(|row| {
                let start =
                    row.slot.as_ref().map(|slot| &slot.start).or(row.copy.content.original_start.as_ref());
                start.map(|start| start.at(home.zone)) == wanted
            });
        }
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        let view = self.view(reader, query)?;
        let mut out = self.head(home, reader.role);
        let next = self.fill(&mut out, rows, &view, query, page.as_ref())?;
        if let Some(after) = next {
            let upto = page.map_or(self.counter(), |page| page.upto);
            let token = PageToken { page_of: calendar.to_owned(), since: None, upto, after };
            out["nextPageToken"] = json!(pack(&token));
        }
        Ok(out)
    }

    fn read_page(&self, query: &Query, calendar: &str) -> Result<Option<PageToken>, ApiError> {
        let Some(text) = query.get("pageToken") else { return Ok(None) };
        let token: Option<PageToken> = unpack(text);
        let token = token.filter(|token| token.page_of == calendar);
        token.map(Some).ok_or_else(|| ApiError::parameter("pageToken", "Invalid page token value."))
    }

    fn head(&self, home: &Calendar, role: Role) -> Value {
        let mut out = json!({
            "kind": "calendar#events",
            "etag": self.etag(home.changed.max(home.described)),
            "summary": home.summary,
            "updated": stamp(home.updated.max(self.birth)),
            "timeZone": home.zone.name(),
            "accessRole": role.word(),
            "defaultReminders": [],
            "items": [],
        });
        if let Some(description) = home.about.get("description") {
            out["description"] = description.clone();
        }
        out
    }

    /// Up to where deltas reach: with `list_delay_ms` they lag behind what is so.
    pub(super) fn seen_upto(&self, home: &Calendar, now: i64) -> u64 {
        let late =
            home.events.values().filter(|copy| !self.is_seen(copy, now)).map(|copy| copy.changed).min();
        late.map_or(self.counter(), |changed| changed.saturating_sub(1))
    }

    /// Puts one page into `items` and says where the next begins.
    fn fill(
        &self,
        out: &mut Value,
        rows: Vec<Row<'_>>,
        view: &View,
        query: &Query,
        page: Option<&PageToken>,
    ) -> Result<Option<(i64, String)>, ApiError> {
        let asked = query.count("maxResults", 250, 2_500)?;
        let most = self.settings.page_size.map_or(asked, |cap| cap.clamp(1, asked));
        let mut rows = rows.into_iter().filter(|row| page.is_none_or(|page| row.key > page.after)).peekable();
        let mut items = Vec::new();
        let mut last = None;
        for row in rows.by_ref().take(most) {
            items.push(match row.slot {
                slot if row.gone => self.render_gone(row.copy, slot, view),
                Some(slot) => self.render_slot(row.copy, slot, view),
                None => self.render(row.copy, view),
            });
            last = Some(row.key);
        }
        out["items"] = Value::Array(items);
        Ok(last.filter(|_| rows.peek().is_some()))
    }
}

/// An untouched instance as a copy, for the page and the state.
pub(crate) fn instance(master: &EventCopy, slot: Slot) -> EventCopy {
    exception_of(master, slot, master.content.updated)
}
