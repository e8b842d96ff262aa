//! Recurrence lines in forms that Google is seen to give; each means the same as the plain one (facts: google-calendar
//! §3, "Deviations seen in Google data").

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use super::clock::{When, civil, instant};

/// The same series in odd words: exceptions first, dates with a TZID where they were in UTC and the other way round,
/// `UNTIL` as a day where it is the end of one, as an instant where it was a day, and `WKST=SU` where it changes nothing.
pub(super) fn odd(lines: &[String], start: &When, calendar_zone: Tz) -> Vec<String> {
    let zone = if let When::At(_, Some(zone)) = start { *zone } else { calendar_zone };
    let all_day = matches!(start, When::Day(_));
    let mut out: Vec<String> = lines
        .iter()
        .map(|line| match line.split_once(':') {
            Some((head, rule)) if head.eq_ignore_ascii_case("RRULE") => {
                format!("{head}:{}", odd_rule(rule, zone, all_day))
            }
            Some((head, dates)) if !all_day => odd_dates(head, dates, zone).unwrap_or_else(|| line.clone()),
            _ => line.clone(),
        })
        .collect();
    out.sort_by_key(|line| line.starts_with("RRULE"));
    out
}

fn odd_rule(rule: &str, zone: Tz, all_day: bool) -> String {
    let parts: Vec<&str> = rule.split(';').collect();
    let mut out: Vec<String> = parts
        .iter()
        .map(|part| match part.split_once('=') {
            Some(("UNTIL", value)) => format!("UNTIL={}", odd_until(value, zone, all_day)),
            _ => (*part).to_owned(),
        })
        .collect();
    // The first day of the week counts only for every n-th week and for numbered weeks.
    let counts = |part: &&str| {
        ["INTERVAL=", "BYWEEKNO=", "BYSETPOS=", "WKST="].iter().any(|name| part.starts_with(name))
    };
    if !parts.iter().any(counts) {
        out.push("WKST=SU".to_owned());
    }
    out.join(";")
}

fn odd_until(value: &str, zone: Tz, all_day: bool) -> String {
    if all_day {
        let day = NaiveDate::parse_from_str(value, "%Y%m%d");
        return day.map_or_else(|_| value.to_owned(), |day| day.format("%Y%m%dT000000Z").to_string());
    }
    match NaiveDateTime::parse_from_str(value, "%Y%m%dT%H%M%SZ") {
        Ok(stamp) => {
            let local = civil(stamp.and_utc().timestamp_micros(), zone);
            let ends_day = local.format("%H%M%S").to_string() == "235959";
            if ends_day { local.format("%Y%m%d").to_string() } else { value.to_owned() }
        }
        Err(_) => value.to_owned(),
    }
}

/// UTC becomes `;TZID=`, and a local time UTC. None when a date is in another form.
fn odd_dates(head: &str, dates: &str, zone: Tz) -> Option<String> {
    let name = head.split(';').next()?;
    if !matches!(name, "EXDATE" | "RDATE") {
        return None;
    }
    if head == name && dates.split(',').all(|date| date.ends_with('Z')) {
        let local = dates.split(',').map(|date| {
            let stamp = NaiveDateTime::parse_from_str(date, "%Y%m%dT%H%M%SZ").ok()?;
            let local = civil(stamp.and_utc().timestamp_micros(), zone);
            Some(local.format("%Y%m%dT%H%M%S").to_string())
        });
        let local: Option<Vec<String>> = local.collect();
        return Some(format!("{name};TZID={}:{}", zone.name(), local?.join(",")));
    }
    if head != format!("{name};TZID={}", zone.name()) {
        return None;
    }
    let utc = dates.split(',').map(|date| {
        let local = NaiveDateTime::parse_from_str(date, "%Y%m%dT%H%M%S").ok()?;
        Some(super::clock::utc(instant(local, zone)).format("%Y%m%dT%H%M%SZ").to_string())
    });
    let utc: Option<Vec<String>> = utc.collect();
    Some(format!("{name}:{}", utc?.join(",")))
}
