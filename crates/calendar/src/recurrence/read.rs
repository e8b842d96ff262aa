//! Lines into rules and dates.
//!
//! Two doors. The lenient one takes what calendars really send: any case, stray spaces, folded lines, trailing
//! semicolons, a plus sign, `UNTIL` as a date or without `Z`, `EXDATE` without a zone or in another one, values without
//! `VALUE=DATE`, a `DTSTART` line among the others. The strict one is for what we are asked to write: it refuses what
//! Google refuses (a wall-time `UNTIL`, a `DTSTART` line, times on an all-day series).

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use chrono_tz::Tz;
use model::Instant;

use super::check::check;
use super::error::Unreadable;
use super::offsets::Offsets;
use super::rule::{Bound, Freq, NthWeekday, Rule, Until};
use super::slot::{Kind, Slot, wall_secs};
use super::start::Start;
use crate::zone;

/// Longer than any calendar's series, with a thousand excluded dates; a megabyte of rule is refused by its length.
const MAX_BYTES: usize = 128 * 1024;

/// What the lines of one series say.
pub(super) struct Lines {
    pub(super) rules: Vec<Rule>,
    pub(super) ex_rules: Vec<Rule>,
    pub(super) rdates: Vec<Slot>,
    pub(super) exdates: Vec<Slot>,
}

/// How much is forgiven.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    Lenient,
    Strict,
}

pub(super) fn read(start: Start, lines: &[String], door: Door) -> Result<Lines, Unreadable> {
    let length: usize = lines.iter().map(String::len).sum();
    if length > MAX_BYTES {
        return Err(Unreadable::Long(length, MAX_BYTES));
    }
    let mut read = Lines { rules: Vec::new(), ex_rules: Vec::new(), rdates: Vec::new(), exdates: Vec::new() };
    for text in lines {
        // RFC 5545 section 3.1: a line break before a space or a tab is no break.
        let text = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
        for line in text.split('\n').map(str::trim).filter(|line| !line.is_empty()) {
            read.line(start, line, door)?;
        }
    }
    Ok(read)
}

impl Lines {
    fn line(&mut self, start: Start, line: &str, door: Door) -> Result<(), Unreadable> {
        let (head, value) = match line.split_once(':') {
            Some(halves) => halves,
            None if door == Door::Lenient => ("RRULE", line),
            None => return Err(Unreadable::Line(clip(line))),
        };
        let mut head = head.split(';').map(str::trim);
        let name = head.next().unwrap_or_default().to_ascii_uppercase();
        match name.as_str() {
            "RRULE" => self.rules.push(rule(start, value, door)?),
            "EXRULE" => self.ex_rules.push(rule(start, value, door)?),
            "RDATE" => dates(start, head, value, door, &mut self.rdates)?,
            "EXDATE" => dates(start, head, value, door, &mut self.exdates)?,
            // Told by the event's own start and end.
            "DTSTART" | "DTEND" | "DURATION" if door == Door::Lenient => {}
            "DTSTART" | "DTEND" | "DURATION" => {
                return Err(Unreadable::Outbound(
                    "DTSTART, DTEND and DURATION are not lines of a recurrence",
                ));
            }
            _ => return Err(Unreadable::Line(clip(line))),
        }
        Ok(())
    }
}

/// One rule's text, without the property's name.
pub(super) fn rule(start: Start, text: &str, door: Door) -> Result<Rule, Unreadable> {
    let mut rule = Rule::every(Freq::Daily);
    let mut freq = None;
    let mut seen: Vec<String> = Vec::new();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let (name, value) = (name.trim().to_ascii_uppercase(), value.trim());
        if seen.contains(&name) {
            return Err(Unreadable::Twice(clip(&name)));
        }
        match name.as_str() {
            "FREQ" => freq = Some(read_freq(value)?),
            "UNTIL" | "COUNT" if rule.bound != Bound::Endless => return Err(Unreadable::CountAndUntil),
            "UNTIL" => rule.bound = Bound::Until(until(start, value, door)?),
            "COUNT" => rule.bound = Bound::Count(number(&name, value)?),
            "INTERVAL" => rule.interval = number(&name, value)?,
            "WKST" => rule.week_start = Some(weekday(value).ok_or_else(|| odd(&name, value, "no weekday"))?),
            "BYMONTH" => rule.by_month = numbers(&name, value)?,
            "BYWEEKNO" => rule.by_week_no = numbers(&name, value)?,
            "BYYEARDAY" => rule.by_year_day = numbers(&name, value)?,
            "BYMONTHDAY" => rule.by_month_day = numbers(&name, value)?,
            "BYDAY" | "BYWEEKDAY" => rule.by_day = days(&name, value)?,
            "BYHOUR" => rule.by_hour = numbers(&name, value)?,
            "BYMINUTE" => rule.by_minute = numbers(&name, value)?,
            "BYSECOND" => rule.by_second = numbers(&name, value)?,
            "BYSETPOS" => rule.by_set_pos = numbers(&name, value)?,
            // RFC 7529's calendar systems: only ours, and only the default way with invalid dates.
            "RSCALE" if value.eq_ignore_ascii_case("GREGORIAN") => keep(&mut rule, part),
            "SKIP" if value.eq_ignore_ascii_case("OMIT") => keep(&mut rule, part),
            _ if name.starts_with("X-") => keep(&mut rule, part),
            // A BY part chooses dates; what else is unknown to us is unknown to the dates too.
            "RSCALE" | "SKIP" => return Err(Unreadable::UnknownPart(clip(part))),
            _ if door == Door::Strict || name.starts_with("BY") => {
                return Err(Unreadable::UnknownPart(clip(part)));
            }
            _ => keep(&mut rule, part),
        }
        seen.push(name);
    }
    rule.freq = freq.ok_or(Unreadable::NoFreq)?;
    check(&rule)?;
    Ok(rule)
}

fn keep(rule: &mut Rule, part: &str) {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    rule.unknown.push((name.trim().to_owned(), value.trim().to_owned()));
}

fn read_freq(value: &str) -> Result<Freq, Unreadable> {
    [Freq::Secondly, Freq::Minutely, Freq::Hourly, Freq::Daily, Freq::Weekly, Freq::Monthly, Freq::Yearly]
        .into_iter()
        .find(|freq| freq.name().eq_ignore_ascii_case(value))
        .ok_or_else(|| {
            odd("FREQ", value, "it is SECONDLY, MINUTELY, HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY")
        })
}

fn until(start: Start, value: &str, door: Door) -> Result<Until, Unreadable> {
    let until = match time(value).ok_or_else(|| odd("UNTIL", value, "no date or time"))? {
        Time::Date(date) => Until::Date(date),
        Time::Wall(wall) => Until::Wall(wall),
        Time::Utc(utc) => Until::Utc(utc),
    };
    match (start, until) {
        (Start::Zoned { .. }, Until::Wall(_)) if door == Door::Strict => {
            Err(Unreadable::Outbound("UNTIL of a series in a zone is a time in UTC, which ends with Z"))
        }
        _ => Ok(until),
    }
}

fn days(name: &str, value: &str) -> Result<Vec<NthWeekday>, Unreadable> {
    list(value)
        .map(|item| {
            let cut = item.len().saturating_sub(2);
            let day = item.get(cut..).and_then(weekday);
            let nth = item.get(..cut).map(str::trim);
            match (day, nth) {
                (Some(weekday), Some("")) => Ok(NthWeekday::every(weekday)),
                (Some(weekday), Some(nth)) => Ok(NthWeekday { nth: Some(number(name, nth)?), weekday }),
                _ => Err(odd(name, item, "no weekday")),
            }
        })
        .collect()
}

fn weekday(text: &str) -> Option<Weekday> {
    match text.to_ascii_uppercase().as_str() {
        "MO" => Some(Weekday::Mon),
        "TU" => Some(Weekday::Tue),
        "WE" => Some(Weekday::Wed),
        "TH" => Some(Weekday::Thu),
        "FR" => Some(Weekday::Fri),
        "SA" => Some(Weekday::Sat),
        "SU" => Some(Weekday::Sun),
        _ => None,
    }
}

/// An integer with or without a sign that fits its part.
fn number<T: TryFrom<i64>>(name: &str, text: &str) -> Result<T, Unreadable> {
    let value: i64 = text.parse().map_err(|_| odd(name, text, "no whole number"))?;
    T::try_from(value).map_err(|_| odd(name, text, "out of range"))
}

fn numbers<T: TryFrom<i64>>(name: &str, value: &str) -> Result<Vec<T>, Unreadable> {
    if value.is_empty() {
        return Err(odd(name, value, "no value"));
    }
    list(value).map(|item| number(name, item)).collect()
}

fn list(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim)
}

/// The values of an `RDATE` or `EXDATE`, each as the slot it names in the series.
fn dates<'a>(
    start: Start,
    parameters: impl Iterator<Item = &'a str>,
    value: &str,
    door: Door,
    slots: &mut Vec<Slot>,
) -> Result<(), Unreadable> {
    let mut named: Option<Tz> = None;
    for parameter in parameters {
        let (name, text) = parameter.split_once('=').unwrap_or((parameter, ""));
        if name.trim().eq_ignore_ascii_case("TZID") {
            let text = text.trim().trim_matches('"');
            named = Some(zone::parse(text).ok_or_else(|| Unreadable::Zone(clip(text)))?);
        }
    }
    let mut offsets = named.or(start.zone()).map(Offsets::new);
    for item in list(value).filter(|item| !item.is_empty()) {
        // Of a period the start counts.
        let text = item.split('/').next().unwrap_or(item);
        let read = time(text).ok_or_else(|| Unreadable::Date(clip(item)))?;
        if start.is_date() && door == Door::Strict && !matches!(read, Time::Date(_)) {
            return Err(Unreadable::Outbound("RDATE and EXDATE of an all-day series are dates"));
        }
        slots.push(slot(start, read, offsets.as_mut()));
    }
    Ok(())
}

/// Which slot of the series a written time names. `offsets` are those of the zone it was written in.
fn slot(start: Start, time: Time, offsets: Option<&mut Offsets>) -> Slot {
    match (start, time) {
        (Start::Date(_), Time::Date(date)) => Slot::new(midnight(date), Kind::Date),
        (Start::Date(_), Time::Wall(wall) | Time::Utc(wall)) => Slot::new(midnight(wall.date()), Kind::Date),
        // The date of a timed series: its occurrence at the usual time.
        (_, Time::Date(date)) => start.at_wall(date.and_time(start.wall().time())).slot(),
        (Start::Floating(_), Time::Wall(wall) | Time::Utc(wall)) => {
            Slot::new(wall_secs(wall), Kind::Floating)
        }
        (Start::Zoned { zone, .. }, Time::Utc(utc)) => Offsets::new(zone).at(wall_secs(utc)),
        (Start::Zoned { zone, .. }, Time::Wall(wall)) => {
            let wall = wall_secs(wall);
            let written = offsets.map_or_else(|| start.slot_at(wall), |offsets| offsets.resolve(wall).0);
            Offsets::new(zone).at(written.key())
        }
    }
}

fn midnight(date: NaiveDate) -> i64 {
    wall_secs(date.and_time(NaiveTime::MIN))
}

/// A date or time as RFC 5545 writes it.
enum Time {
    Date(NaiveDate),
    Wall(NaiveDateTime),
    Utc(NaiveDateTime),
}

/// `20260302`, `20260302T100000`, `20260302T010000Z`.
fn time(text: &str) -> Option<Time> {
    let text = text.trim().to_ascii_uppercase();
    let (text, utc) = text.strip_suffix('Z').map_or((text.as_str(), false), |text| (text, true));
    let (date, clock) = text.split_once('T').map_or((text, None), |(date, clock)| (date, Some(clock)));
    let date = digits::<8>(date)?;
    let date = NaiveDate::from_ymd_opt(
        i32::try_from(date / 10_000).ok().filter(|year| *year > 0)?,
        date / 100 % 100,
        date % 100,
    )?;
    let Some(clock) = clock else {
        return (!utc).then_some(Time::Date(date));
    };
    let clock = digits::<6>(clock)?;
    // A leap second is the one before it.
    let time = NaiveTime::from_hms_opt(clock / 10_000, clock / 100 % 100, (clock % 100).min(59))
        .filter(|_| clock % 100 <= 60)?;
    let wall = date.and_time(time);
    Some(if utc { Time::Utc(wall) } else { Time::Wall(wall) })
}

fn digits<const N: usize>(text: &str) -> Option<u32> {
    (text.len() == N && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn odd(part: &str, value: &str, why: &'static str) -> Unreadable {
    Unreadable::Part { part: part.to_owned(), value: clip(value), why }
}

/// At most forty characters, for a message.
fn clip(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((cut, _)) => format!("{}...", &text[..cut]),
        None => text.to_owned(),
    }
}

/// An instant as Google writes `UNTIL` in UTC.
pub(super) fn until_at(at: Instant) -> Until {
    Until::Utc(super::slot::naive(at.as_secs()))
}
