//! Rules and series as lines, in Google's notation (`Event.recurrence`).

use std::fmt::{self, Display, Write as _};

use chrono::{NaiveDate, NaiveDateTime, Weekday};

use super::rule::{Bound, NthWeekday, Rule, Until};
use super::slot::Slot;
use super::start::Start;

pub(super) const fn weekday_name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}

fn date(date: NaiveDate) -> impl Display {
    date.format("%Y%m%d")
}

fn date_time(wall: NaiveDateTime) -> impl Display {
    wall.format("%Y%m%dT%H%M%S")
}

impl Display for NthWeekday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(nth) = self.nth {
            write!(f, "{nth}")?;
        }
        f.write_str(weekday_name(self.weekday))
    }
}

impl Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(until) => write!(f, "{}", date(*until)),
            Self::Wall(until) => write!(f, "{}", date_time(*until)),
            Self::Utc(until) => write!(f, "{}Z", date_time(*until)),
        }
    }
}

/// RFC 5545's text without the property's name: `FREQ=WEEKLY;COUNT=4;BYDAY=MO,WE`.
impl Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FREQ={}", self.freq.name())?;
        match self.bound {
            Bound::Endless => {}
            Bound::Count(count) => write!(f, ";COUNT={count}")?,
            Bound::Until(until) => write!(f, ";UNTIL={until}")?,
        }
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        if let Some(weekday) = self.week_start {
            write!(f, ";WKST={}", weekday_name(weekday))?;
        }
        list(f, "BYMONTH", &self.by_month)?;
        list(f, "BYWEEKNO", &self.by_week_no)?;
        list(f, "BYYEARDAY", &self.by_year_day)?;
        list(f, "BYMONTHDAY", &self.by_month_day)?;
        list(f, "BYDAY", &self.by_day)?;
        list(f, "BYHOUR", &self.by_hour)?;
        list(f, "BYMINUTE", &self.by_minute)?;
        list(f, "BYSECOND", &self.by_second)?;
        list(f, "BYSETPOS", &self.by_set_pos)?;
        for (part, value) in &self.unknown {
            write!(f, ";{part}={value}")?;
        }
        Ok(())
    }
}

fn list<T: Display>(f: &mut fmt::Formatter<'_>, part: &str, values: &[T]) -> fmt::Result {
    let mut sign = '=';
    for value in values {
        if sign == '=' {
            write!(f, ";{part}")?;
        }
        write!(f, "{sign}{value}")?;
        sign = ',';
    }
    Ok(())
}

/// One line `name` (`RDATE`, `EXDATE`) for the slots of a series that begins at `start`; nothing for none.
///
/// Google demands dates for all-day series, and takes a list in one zone otherwise.
pub(super) fn dates(name: &str, start: Start, slots: &[Slot]) -> Option<String> {
    let mut line = match start {
        Start::Date(_) => format!("{name};VALUE=DATE"),
        Start::Floating(_) => name.to_owned(),
        // A slot that its wall time does not name (the second of an ambiguous hour) can be told in UTC only.
        Start::Zoned { .. } if slots.iter().any(|slot| start.slot_at(slot.wall_secs()) != *slot) => {
            return utc_dates(name, slots);
        }
        Start::Zoned { zone, .. } => format!("{name};TZID={}", zone.name()),
    };
    let mut sign = ':';
    for slot in slots {
        line.push(sign);
        sign = ',';
        let text = match start {
            Start::Date(_) => date(slot.date()).to_string(),
            Start::Floating(_) | Start::Zoned { .. } => date_time(slot.wall()).to_string(),
        };
        line.push_str(&text);
    }
    (sign == ',').then_some(line)
}

fn utc_dates(name: &str, slots: &[Slot]) -> Option<String> {
    let mut line = name.to_owned();
    let mut sign = ':';
    for slot in slots {
        let utc = super::slot::naive(slot.key());
        write!(line, "{sign}{}Z", date_time(utc)).ok()?;
        sign = ',';
    }
    Some(line)
}
