//! How a series repeats, as a person would tell it, before it is said in any language.
//!
//! `calendar::describe` makes it from a recurrence, `text::repeat` says it.

use chrono::{NaiveDate, Weekday};

/// A series in a sentence's parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeat {
    pub rhythm: Rhythm,
    pub ends: Ends,
    /// Dates that were added to the rhythm's own.
    pub added: usize,
    /// Dates of the rhythm that were taken away.
    pub excluded: usize,
}

/// On which days. `every` counts days, weeks, months or years, and is at least 1; lists are not empty and have each thing
/// once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rhythm {
    /// No rule: so many chosen dates. One does not repeat.
    Chosen(usize),
    Days {
        every: u32,
    },
    /// `days` from Monday on.
    Weeks {
        every: u32,
        days: Vec<Weekday>,
    },
    Months {
        every: u32,
        on: Vec<DayOfMonth>,
    },
    /// `months` are 1 to 12, ascending.
    Years {
        every: u32,
        months: Vec<u8>,
        on: Vec<DayOfMonth>,
    },
    /// A rule that no sentence fits, as RFC 5545 writes it.
    Custom(String),
}

/// A day of a month. Numbers are -5 to 5 (days of the month: to 31), never 0; negative ones count from the end, -1 is the
/// last. In a list the ones from the end are last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayOfMonth {
    /// The 15th; the last day.
    Day(i8),
    /// The second Tuesday.
    Weekday { nth: i8, weekday: Weekday },
    /// The last of the days from Monday to Friday.
    Workday(i8),
    /// The first of Saturday and Sunday.
    WeekendDay(i8),
}

/// How long it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    Never,
    /// After so many dates of the rhythm, excluded ones counted in.
    After(u32),
    /// The last date that really occurs.
    On(NaiveDate),
    /// No date occurs at all.
    NoDates,
    /// It ends, but finding out when costs too much.
    Unknown,
}
