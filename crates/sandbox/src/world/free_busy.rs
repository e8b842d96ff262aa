//! `freeBusy.query` (facts: google-calendar §6): per-calendar errors inside a 200, merged busy times.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::World;
use super::access::{Actor, Role};
use super::calendar::Calendar;
use super::clock::{parse_instant, utc};
use super::event::Response;
use super::recurrence::{BUDGET, Place, expand};
use crate::wire::ApiError;

/// `calendarExpansionMax` and `groupExpansionMax` cannot be larger (discovery: `FreeBusyRequest`).
const MOST_CALENDARS: usize = 50;
const MOST_MEMBERS: usize = 100;

impl World {
    /// Google: `freebusy.query`.
    pub(crate) fn free_busy(&self, actor: &Actor, body: &Value) -> Result<Value, ApiError> {
        let read = |name: &str| {
            let text = body[name].as_str().ok_or_else(|| ApiError::required(&format!("Missing {name}.")))?;
            parse_instant(text).ok_or_else(|| ApiError::invalid(&format!("Invalid value for {name}.")))
        };
        let (from, to) = (read("timeMin")?, read("timeMax")?);
        if to <= from {
            return Err(ApiError::time_range_empty());
        }
        let zone: Tz = match body["timeZone"].as_str() {
            None => chrono_tz::UTC,
            Some(text) => text.parse().map_err(|_| ApiError::invalid("Invalid time zone."))?,
        };
        let show = |at: i64| utc(at).with_timezone(&zone).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let most = |name: &str, cap: usize| match &body[name] {
            Value::Null => Ok(cap),
            n => {
                let n = n.as_u64().and_then(|n| usize::try_from(n).ok()).filter(|n| (1..=cap).contains(n));
                n.ok_or_else(|| ApiError::invalid(&format!("Invalid value for {name}.")))
            }
        };
        let (most_calendars, most_members) =
            (most("calendarExpansionMax", MOST_CALENDARS)?, most("groupExpansionMax", MOST_MEMBERS)?);
        let failed = |reason: &str| json!([{ "domain": "global", "reason": reason }]);
        let asked = body["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut groups = Map::new();
        let mut items: BTreeSet<String> = BTreeSet::new();
        for id in asked.iter().filter_map(|item| item["id"].as_str()) {
            match self.groups.get(&id.to_ascii_lowercase()) {
                None => drop(items.insert(id.to_owned())),
                Some(members) if members.len() > most_members => {
                    groups.insert(id.to_owned(), json!({ "errors": failed("groupTooBig") }));
                }
                Some(members) => {
                    groups.insert(id.to_owned(), json!({ "calendars": members }));
                    items.extend(members.iter().cloned());
                }
            }
        }
        let mut calendars = Map::new();
        for id in &items {
            let failed = |reason: &str| json!({ "errors": failed(reason), "busy": [] });
            let found = if items.len() > most_calendars {
                failed("tooManyCalendarsRequested")
            } else {
                match self.open(actor, id, Role::FreeBusyReader) {
                    Err(_) => failed("notFound"),
                    Ok((calendar, _)) => {
                        let place = self.place(&calendar);
                        let busy = self.calendars.get(&calendar).map(|home| busy(home, place, from, to));
                        let busy = busy.unwrap_or_default().into_iter();
                        let busy: Vec<Value> = busy
                            .map(|(start, end)| json!({ "start": show(start), "end": show(end) }))
                            .collect();
                        json!({ "busy": busy })
                    }
                }
            };
            calendars.insert(id.clone(), found);
        }
        let mut out = json!({ "kind": "calendar#freeBusy", "timeMin": show(from), "timeMax": show(to),
            "calendars": calendars });
        if !groups.is_empty() {
            out["groups"] = Value::Object(groups);
        }
        Ok(out)
    }
}

/// Opaque events that are not declined, merged and cut to the window.
fn busy(home: &Calendar, place: Place, from: i64, to: i64) -> Vec<(i64, i64)> {
    let mut times = Vec::new();
    for copy in home.events.values() {
        let answer = copy.response(&home.id);
        let counts = copy.is_live()
            && copy.content.is_opaque()
            && !matches!(answer, Response::Declined | Response::NeedsAction);
        if !counts {
            continue;
        }
        if copy.is_master() {
            for slot in expand(&copy.content, place, from, to, BUDGET) {
                if !home.events.contains_key(&format!("{}_{}", copy.id, slot.suffix)) {
                    times.push((slot.start.at(home.zone), slot.end.at(home.zone)));
                }
            }
        } else {
            times.push((copy.content.start.at(home.zone), copy.content.end.at(home.zone)));
        }
    }
    times.retain(|(start, end)| *end > from && *start < to);
    times.sort_unstable();
    let mut merged: Vec<(i64, i64)> = Vec::new();
    for (start, end) in times.into_iter().map(|(start, end)| (start.max(from), end.min(to))) {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}
