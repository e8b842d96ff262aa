//! `events.quickAdd`: an event from a line of text. Google understands much; the sandbox a little English: a day
//! (`today`, `tomorrow`, a weekday, `June 3rd`, `2026-06-03`) and times (`10am`, `10:30-11:15`, `3pm-4:30pm`).

use chrono::{Datelike as _, Days, Duration, NaiveDate, NaiveTime, Weekday};
use serde_json::{Value, json};

use super::World;
use super::access::{Actor, Role};
use super::clock::civil;
use crate::wire::{ApiError, Query};

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
/// Words that lead to a day or a time and are not part of the title.
const LINKS: [&str; 4] = ["at", "from", "on", "@"];

impl World {
    /// A day without a time is an all-day event; neither is an hour from now, and so is everything without
    /// `quick_add_reads`.
    pub(crate) fn act_quick_add(
        &mut self,
        actor: &Actor,
        calendar: &str,
        query: &Query,
        now: i64,
    ) -> Result<(String, String), ApiError> {
        let text = query.get("text").ok_or_else(|| ApiError::required("Missing text."))?;
        let (id, _) = self.open(actor, calendar, Role::WriterWithoutPrivateAccess)?;
        let zone = self.zone(&id);
        let local = civil(now, zone);
        let read = if self.settings.quick_add_reads {
            read(text, local.date())
        } else {
            Read { title: text.to_owned(), ..Read::default() }
        };
        let moment = |time: chrono::NaiveDateTime| -> Value {
            json!({ "dateTime": time.format("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": zone.name() })
        };
        let day = |date: NaiveDate| json!({ "date": date.to_string() });
        let (start, end) = match (read.day, read.times) {
            (Some(date), None) => (day(date), day(date + Days::new(1))),
            (date, Some((from, to))) => {
                let start = date.unwrap_or_else(|| local.date()).and_time(from);
                let end = to.map_or(start + Duration::hours(1), |to| start.date().and_time(to));
                (moment(start), moment(if end > start { end } else { end + Days::new(1) }))
            }
            (None, None) => (moment(local), moment(local + Duration::hours(1))),
        };
        let body = json!({ "summary": read.title, "start": start, "end": end });
        self.act_insert(actor, &id, &body, now)
    }
}

#[derive(Default)]
struct Read {
    title: String,
    day: Option<NaiveDate>,
    times: Option<(NaiveTime, Option<NaiveTime>)>,
}

fn read(text: &str, today: NaiveDate) -> Read {
    let mut found = Read::default();
    let mut title: Vec<&str> = Vec::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let plain = word.trim_end_matches(',').to_ascii_lowercase();
        let month = MONTHS.iter().position(|month| plain.len() >= 3 && plain.starts_with(month));
        let date = match (month, words.peek().and_then(|next| number(next))) {
            (Some(month), Some(day)) => {
                let date = u32::try_from(month + 1).ok().and_then(|month| next_date(today, month, day));
                if date.is_some() {
                    words.next();
                }
                date
            }
            _ => named_day(&plain, today),
        };
        if let Some(date) = date.filter(|_| found.day.is_none()) {
            found.day = Some(date);
        } else if let Some(times) = times(&plain).filter(|_| found.times.is_none()) {
            found.times = Some(times);
        } else {
            title.push(word);
            continue;
        }
        if title.last().is_some_and(|last| LINKS.contains(&last.to_ascii_lowercase().as_str())) {
            title.pop();
        }
    }
    found.title = title.join(" ");
    found
}

/// `3`, `3rd`, `21st,`.
fn number(word: &str) -> Option<u32> {
    let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
    let rest = word[digits.len()..].trim_end_matches(',').to_ascii_lowercase();
    if matches!(rest.as_str(), "" | "st" | "nd" | "rd" | "th") { digits.parse().ok() } else { None }
}

fn next_date(today: NaiveDate, month: u32, day: u32) -> Option<NaiveDate> {
    let this = NaiveDate::from_ymd_opt(today.year(), month, day)?;
    if this >= today { Some(this) } else { NaiveDate::from_ymd_opt(today.year() + 1, month, day) }
}

fn named_day(word: &str, today: NaiveDate) -> Option<NaiveDate> {
    match word {
        "today" => Some(today),
        "tomorrow" => Some(today + Days::new(1)),
        _ => word.parse().ok().or_else(|| {
            let weekday: Weekday = word.parse().ok()?;
            (1..=7).map(|days| today + Days::new(days)).find(|date| date.weekday() == weekday)
        }),
    }
}

/// `10am`, `10:30-11:15`; a bare number is not a time.
fn times(word: &str) -> Option<(NaiveTime, Option<NaiveTime>)> {
    match word.split_once('-') {
        None => Some((time(word, None)?, None)),
        Some((from, to)) => {
            let half = ["am", "pm"].into_iter().find(|half| to.ends_with(half));
            Some((time(from, half)?, Some(time(to, None)?)))
        }
    }
}

fn time(word: &str, half: Option<&str>) -> Option<NaiveTime> {
    let named = ["am", "pm"].into_iter().find(|half| word.ends_with(half));
    let digits = word.trim_end_matches(['a', 'p', 'm']);
    let half = named.or(half);
    let (hour, minute) = digits.split_once(':').unwrap_or((digits, "0"));
    if half.is_none() && !digits.contains(':') {
        return None;
    }
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    let hour = match half {
        Some("pm") if hour < 12 => hour + 12,
        Some("am") if hour == 12 => 0,
        _ => hour,
    };
    NaiveTime::from_hms_opt(hour, minute, 0)
}
