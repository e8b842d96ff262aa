//! One rule, typed.

use chrono::{NaiveDate, NaiveDateTime, Weekday};

/// How often (`FREQ`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Freq {
    Secondly,
    Minutely,
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

impl Freq {
    /// As RFC 5545 writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secondly => "SECONDLY",
            Self::Minutely => "MINUTELY",
            Self::Hourly => "HOURLY",
            Self::Daily => "DAILY",
            Self::Weekly => "WEEKLY",
            Self::Monthly => "MONTHLY",
            Self::Yearly => "YEARLY",
        }
    }

    /// More often than once a day: never booked, and shown as busy time when it comes from elsewhere.
    pub const fn is_sub_daily(self) -> bool {
        matches!(self, Self::Secondly | Self::Minutely | Self::Hourly)
    }
}

/// Where a rule ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    Endless,
    /// Dates that the rule gives, excluded ones counted in; at least 1.
    Count(u32),
    Until(Until),
}

/// `UNTIL` as it was written; what it means depends on the series' start. Inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// The whole date in the series' zone.
    Date(NaiveDate),
    /// A wall time in the series' zone.
    Wall(NaiveDateTime),
    /// A time in UTC; of an all-day or floating series only its digits count.
    Utc(NaiveDateTime),
}

/// A weekday, or the nth one of a month or year (counted from the end if negative).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NthWeekday {
    /// -53 to 53, never 0.
    pub nth: Option<i8>,
    pub weekday: Weekday,
}

impl NthWeekday {
    pub const fn every(weekday: Weekday) -> Self {
        Self { nth: None, weekday }
    }

    pub const fn nth(nth: i8, weekday: Weekday) -> Self {
        Self { nth: Some(nth), weekday }
    }
}

/// One `RRULE` or `EXRULE` (RFC 5545 section 3.3.10). Lists are in the order written; empty means not given.
///
/// The fields are open to those who read and change rules; whether they go together is checked when a rule becomes part of
/// a [`Recurrence`](super::Recurrence).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub freq: Freq,
    /// At least 1.
    pub interval: u32,
    pub bound: Bound,
    /// 1 to 12.
    pub by_month: Vec<u8>,
    /// -53 to 53, never 0; ISO weeks that begin on [`Rule::week_start`].
    pub by_week_no: Vec<i8>,
    /// -366 to 366, never 0.
    pub by_year_day: Vec<i16>,
    /// -31 to 31, never 0.
    pub by_month_day: Vec<i8>,
    pub by_day: Vec<NthWeekday>,
    /// 0 to 23.
    pub by_hour: Vec<u8>,
    /// 0 to 59.
    pub by_minute: Vec<u8>,
    /// 0 to 60.
    pub by_second: Vec<u8>,
    /// -366 to 366, never 0.
    pub by_set_pos: Vec<i16>,
    /// `WKST`; Monday when not given.
    pub week_start: Option<Weekday>,
    /// Parts that do not change the dates, as they were written, for the way back.
    pub unknown: Vec<(String, String)>,
}

impl Rule {
    /// Every day, week, ... without end.
    pub const fn every(freq: Freq) -> Self {
        Self {
            freq,
            interval: 1,
            bound: Bound::Endless,
            by_month: Vec::new(),
            by_week_no: Vec::new(),
            by_year_day: Vec::new(),
            by_month_day: Vec::new(),
            by_day: Vec::new(),
            by_hour: Vec::new(),
            by_minute: Vec::new(),
            by_second: Vec::new(),
            by_set_pos: Vec::new(),
            week_start: None,
            unknown: Vec::new(),
        }
    }

    pub fn week_start(&self) -> Weekday {
        self.week_start.unwrap_or(Weekday::Mon)
    }

    pub fn count(&self) -> Option<u32> {
        match self.bound {
            Bound::Count(count) => Some(count),
            Bound::Endless | Bound::Until(_) => None,
        }
    }

    pub fn until(&self) -> Option<Until> {
        match self.bound {
            Bound::Until(until) => Some(until),
            Bound::Endless | Bound::Count(_) => None,
        }
    }

    /// The same dates without end.
    #[must_use]
    pub fn bounded(&self, bound: Bound) -> Self {
        Self { bound, ..self.clone() }
    }

    /// Whether anything but the start decides the times of the day.
    pub(super) fn has_clock_parts(&self) -> bool {
        !(self.by_hour.is_empty() && self.by_minute.is_empty() && self.by_second.is_empty())
    }

    /// Whether anything but the start decides the days.
    pub(super) fn has_day_parts(&self) -> bool {
        !(self.by_week_no.is_empty()
            && self.by_year_day.is_empty()
            && self.by_month_day.is_empty()
            && self.by_day.is_empty())
    }
}
