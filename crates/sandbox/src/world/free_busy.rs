//! `freeBusy.query` (facts: google-calendar §6): per-calendar errors inside a 200, merged busy times.

use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::World;
use super::access::{Actor, Role};
use super::calendar::Calendar;
use super::clock::{parse_instant, utc};
use super::event::Response;
use super::recurrence::{BUDGET, expand};
use crate::wire::ApiError;

const MOST_CALENDARS: usize = 50;

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
        let items = body["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut calendars = Map::new();
        for id in items.iter().filter_map(|item| item["id"].as_str()) {
            let failed =
                |reason: &str| json!({ "errors": [{ "domain": "global", "reason": reason }], "busy": [] });
            let found = if items.len() > MOST_CALENDARS {
                failed("tooManyCalendarsRequested")
            } else {
                match self.open(actor, id, Role::FreeBusyReader) {
                    Err(_) => failed("notFound"),
                    Ok((calendar, _)) => {
                        let busy = self.calendars.get(&calendar).map(|home| busy(home, from, to));
                        let busy = busy.unwrap_or_default().into_iter();
                        let busy: Vec<Value> = busy
                            .map(|(start, end)| json!({ "start": show(start), "end": show(end) }))
                            .collect();
                        json!({ "busy": busy })
                    }
                }
            };
            calendars.insert(id.to_owned(), found);
        }
        Ok(
            json!({ "kind": "calendar#freeBusy", "timeMin": show(from), "timeMax": show(to), "calendars": calendars }),
        )
    }
}

/// Opaque events that are not declined, merged and cut to the window.
fn busy(home: &Calendar, from: i64, to: i64) -> Vec<(i64, i64)> {
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
            for slot in expand(&copy.content, home.zone, from, to, BUDGET) {
                if !home.events.contains_key(&format!("{}_{}", copy.id, slot.start.suffix())) {
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
