//! Expanding a series with the crate `rrule`, which is fed civil time as if it were UTC; zones, UNTIL and EXDATE are
//! resolved here (its own zone handling shifts some gaps and drops others).

use chrono::{Duration, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _};
use chrono_tz::Tz;
use rrule::{RRule, RRuleSet, Unvalidated};
use sha2::{Digest as _, Sha256};

use super::clock::{When, civil, instant, midnight};
use super::event::Content;
use crate::wire::ApiError;

/// The most instances one expansion gives.
pub const BUDGET: usize = 2_500;
/// The most steps one expansion takes.
const STEPS: usize = 50_000;

/// One occurrence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Where it starts by the rule.
    pub start: When,
    /// Where it ends.
    pub end: When,
    /// What its instance id ends in.
    pub suffix: String,
}

/// Where a series is expanded.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The calendar's zone, for days and for times without a zone of their own.
    pub zone: Tz,
    /// Whether an occurrence in a gap is left out instead of moved forward.
    pub skip_gaps: bool,
    /// Whether a start that the rule does not have is an occurrence.
    pub start_counts: bool,
    /// Whether instance ids hide where the instance starts.
    pub opaque_ids: bool,
}

impl Place {
    /// What the id of the instance with this original start ends in.
    pub fn suffix(self, start: &When) -> String {
        let plain = start.suffix();
        if !self.opaque_ids {
            return plain;
        }
        let digest = Sha256::digest(format!("instance:{plain}"));
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

fn invalid() -> ApiError {
    ApiError::invalid("Invalid recurrence rule.")
}

/// Refuses what Google refuses: DTSTART lines, unreadable rules, a floating UNTIL on a timed series, no zone
/// (facts: google-calendar §3).
pub fn check(lines: &[String], start: &When) -> Result<(), ApiError> {
    if matches!(start, When::At(_, None)) {
        return Err(ApiError::required("Missing time zone definition for start time."));
    }
    set(lines, start, chrono_tz::UTC).map(|_| ())
}

/// The occurrences that touch `[from, to)`, oldest first, at most `budget`.
pub fn expand(content: &Content, place: Place, from: i64, to: i64, budget: usize) -> Vec<Slot> {
    let calendar_zone = place.zone;
    let Ok(mut set) = set(&content.recurrence, &content.start, calendar_zone) else { return Vec::new() };
    if place.start_counts {
        let first = *set.get_dt_start();
        set = set.rdate(first);
    }
    let length = content.end.at(calendar_zone) - content.start.at(calendar_zone);
    let mut found: Vec<Slot> = Vec::new();
    for date in set.limit().into_iter().take(STEPS) {
        let local = date.naive_utc();
        if place.skip_gaps && in_gap(content, local, calendar_zone) {
            continue;
        }
        let slot = slot(content, local, length, place);
        let start = slot.start.at(calendar_zone);
        // A date that a gap moves is held against UNTIL as it is, in UTC (RFC 5545 3.3.10).
        if in_gap(content, local, calendar_zone) && last_of(content).is_some_and(|last| start > last) {
            continue;
        }
        if start >= to || found.len() >= budget {
            break;
        }
        let ends = slot.end.at(calendar_zone);
        if ends > from && found.last().is_none_or(|last| last.start != slot.start) {
            found.push(slot);
        }
    }
    found
}

/// The occurrence whose instance id ends in `suffix`, if the rule has it.
pub fn find(content: &Content, place: Place, suffix: &str) -> Option<Slot> {
    let (from, to) = if place.opaque_ids {
        (i64::MIN, i64::MAX)
    } else {
        let day = NaiveDate::parse_from_str(suffix.get(..8)?, "%Y%m%d").ok()?;
        let from = midnight(day, place.zone) - 2 * super::clock::DAY;
        (from, from + 4 * super::clock::DAY)
    };
    expand(content, place, from, to, BUDGET).into_iter().find(|slot| slot.suffix == suffix)
}

fn in_gap(content: &Content, local: NaiveDateTime, calendar_zone: Tz) -> bool {
    let timed = matches!(content.start, When::At(..));
    let zone = zone_of(&content.start, calendar_zone);
    timed && matches!(zone.from_local_datetime(&local), LocalResult::None)
}

/// When the rule ends, in UTC; `None`: by a count, by a day, or never.
fn last_of(content: &Content) -> Option<i64> {
    let of_line = |line: &String| {
        let (_, tail) = line.strip_prefix("RRULE:")?.split_once("UNTIL=")?;
        let text = tail.split(';').next()?;
        let stamp = NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ").ok()?;
        Some(stamp.and_utc().timestamp_micros())
    };
    content.recurrence.iter().find_map(of_line)
}

fn slot(content: &Content, local: NaiveDateTime, length: i64, place: Place) -> Slot {
    let (start, end) = match (&content.start, &content.end) {
        (When::Day(first), When::Day(last)) => {
            (When::Day(local.date()), When::Day(local.date() + (*last - *first)))
        }
        (start, end) => {
            let zone = zone_of(start, place.zone);
            let at = instant(local, zone);
            let end_zone = if let When::At(_, zone) = end { *zone } else { None };
            (When::At(at, Some(zone)), When::At(at + length, end_zone))
        }
    };
    let suffix = place.suffix(&start);
    Slot { start, end, suffix }
}

fn zone_of(start: &When, calendar_zone: Tz) -> Tz {
    if let When::At(_, Some(zone)) = start { *zone } else { calendar_zone }
}

fn set(lines: &[String], start: &When, calendar_zone: Tz) -> Result<RRuleSet, ApiError> {
    let zone = zone_of(start, calendar_zone);
    let (first, all_day) = match start {
        When::Day(day) => (day.and_time(NaiveTime::MIN), true),
        When::At(at, _) => (civil(*at, zone), false),
    };
    let first = first.and_utc().with_timezone(&rrule::Tz::UTC);
    let mut set = RRuleSet::new(first);
    for line in lines {
        let (head, value) = line.split_once(':').ok_or_else(invalid)?;
        let (name, params) = head.split_once(';').unwrap_or((head, ""));
        match name.to_ascii_uppercase().as_str() {
            "RRULE" | "EXRULE" => {
                let text = format!("RRULE:{}", rule(value, zone, all_day)?);
                let rule: RRule<Unvalidated> = text.parse().map_err(|_| invalid())?;
                let rule = rule.validate(first).map_err(|_| invalid())?;
                let exclude = name.eq_ignore_ascii_case("EXRULE");
                set = if exclude { set.exrule(rule) } else { set.rrule(rule) };
            }
            "RDATE" | "EXDATE" => {
                for text in value.split(',') {
                    let local = date(text, params, zone, all_day)?;
                    let date = local.and_utc().with_timezone(&rrule::Tz::UTC);
                    let exclude = name.eq_ignore_ascii_case("EXDATE");
                    set = if exclude { set.exdate(date) } else { set.rdate(date) };
                }
            }
            _ => return Err(invalid()),
        }
    }
    Ok(set)
}

/// The rule with UNTIL as a civil time "in UTC".
fn rule(value: &str, zone: Tz, all_day: bool) -> Result<String, ApiError> {
    let mut parts = Vec::new();
    for part in value.split(';').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').ok_or_else(invalid)?;
        if key.eq_ignore_ascii_case("UNTIL") {
            let until = until(value, zone, all_day)?;
            parts.push(format!("UNTIL={}", until.format("%Y%m%dT%H%M%SZ")));
        } else {
            parts.push(part.to_ascii_uppercase());
        }
    }
    Ok(parts.join(";"))
}

fn until(value: &str, zone: Tz, all_day: bool) -> Result<NaiveDateTime, ApiError> {
    if let Ok(day) = NaiveDate::parse_from_str(value, "%Y%m%d") {
        let last = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default();
        return Ok(day.and_time(last));
    }
    let stamp = NaiveDateTime::parse_from_str(value, "%Y%m%dT%H%M%SZ").map_err(|_| invalid())?;
    if all_day {
        return Ok(stamp);
    }
    Ok(civil(stamp.and_utc().timestamp_micros(), zone))
}

fn date(text: &str, params: &str, zone: Tz, all_day: bool) -> Result<NaiveDateTime, ApiError> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y%m%d") {
        return Ok(day.and_time(NaiveTime::MIN));
    }
    if all_day {
        return Err(invalid());
    }
    if let Ok(stamp) = NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ") {
        return Ok(civil(stamp.and_utc().timestamp_micros(), zone));
    }
    let local = NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").map_err(|_| invalid())?;
    let named = params
        .split(';')
        .find_map(|param| param.strip_prefix("TZID="))
        .map(|name| name.parse::<Tz>().map_err(|_| invalid()))
        .transpose()?;
    Ok(match named {
        Some(other) if other != zone => civil(instant(local, other), zone),
        _ => local,
    })
}

/// The instant of one date of an RDATE or EXDATE line.
pub fn instant_of(text: &str, head: &str, zone: Tz) -> Option<i64> {
    let params = head.split_once(';').map_or("", |(_, params)| params);
    let local = date(text, params, zone, text.len() == 8).ok()?;
    Some(instant(local, zone))
}

/// The day after, for a one-day event.
pub fn next_day(day: NaiveDate) -> NaiveDate {
    day + Duration::days(1)
}
