//! The crate `rrule`, for rules that our arithmetic does not know, fed with civil time as if it were UTC.
//!
//! Its own handling of zones shifts some gaps, drops others, refuses a start inside one and reads the host's zone for
//! floating times, so that it never sees a zone. `COUNT` and `UNTIL` are kept from it too: they are ours to apply. Only
//! yearly rules come here: its search for a date ends with the years, after some milliseconds at most.

use chrono::{Datelike as _, Month, NaiveDate};
use rrule::{Frequency, NWeekday, RRule, RRuleSet, RRuleSetIter, Unvalidated};

use super::error::Unreadable;
use super::rule::Rule;
use super::slot::{naive, wall_secs};

/// What one of the crate's dates costs, in steps of ours.
pub(super) const STEPS: u64 = 50;

/// A yearly rule as the crate has it, without its bound.
#[derive(Clone, Debug)]
pub(super) struct Library {
    rule: RRule<Unvalidated>,
    start: i64,
    interval: i32,
    set: RRuleSet,
    never: bool,
}

impl Library {
    /// `start` in civil seconds; an error if the crate refuses the rule.
    pub(super) fn new(rule: &Rule, start: i64) -> Result<Self, Unreadable> {
        let months: Vec<Month> =
            rule.by_month.iter().filter_map(|month| Month::try_from(*month).ok()).collect();
        // Longer ones leave the four-digit years in one step.
        let interval = u16::try_from(rule.interval).unwrap_or(u16::MAX).min(10_000);
        let seconds: Vec<u8> = rule.by_second.iter().copied().filter(|second| *second < 60).collect();
        let never = seconds.is_empty() && !rule.by_second.is_empty();
        let rule = RRule::new(Frequency::Yearly)
            .interval(interval)
            .week_start(rule.week_start())
            .by_month(&months)
            .by_week_no(rule.by_week_no.clone())
            .by_year_day(rule.by_year_day.clone())
            .by_month_day(rule.by_month_day.clone())
            .by_weekday(
                rule.by_day.iter().map(|day| NWeekday::new(day.nth.map(i16::from), day.weekday)).collect(),
            )
            .by_hour(rule.by_hour.clone())
            .by_minute(rule.by_minute.clone())
            .by_second(seconds)
            .by_set_pos(rule.by_set_pos.iter().copied().map(i32::from).collect());
        let set = build(&rule, start)?;
        Ok(Self { rule, start, interval: i32::from(interval), set, never })
    }

    /// Whether no date can ever pass.
    pub(super) fn is_never(&self) -> bool {
        self.never
    }

    /// Whether the rule's years are the same when it begins at `wall`.
    pub(super) fn is_in_step(&self, wall: i64) -> bool {
        (naive(wall).year() - naive(self.start).year()) % self.interval == 0
    }

    /// The crate's dates from the year of `from` on, in civil seconds.
    ///
    /// The rule names its days by number, so that a start on New Year's Day of any of its years gives the same dates.
    pub(super) fn walls_from(&self, from: i64) -> Dates {
        let first = naive(self.start);
        let years = (naive(from).year() - first.year()) / self.interval * self.interval;
        let later = NaiveDate::from_ymd_opt(first.year() + years, 1, 1)
            .filter(|_| years > 0)
            .and_then(|new_year| build(&self.rule, wall_secs(new_year.and_time(first.time()))).ok());
        Dates(later.as_ref().unwrap_or(&self.set).into_iter())
    }
}

/// The crate's dates in civil seconds.
pub(super) struct Dates(RRuleSetIter);

impl Iterator for Dates {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        self.0.next().map(|at| at.timestamp())
    }
}

fn build(rule: &RRule<Unvalidated>, start: i64) -> Result<RRuleSet, Unreadable> {
    let start = naive(start).and_local_timezone(rrule::Tz::UTC).single().ok_or(Unreadable::Start)?;
    rule.clone().build(start).map_err(|error| Unreadable::Library(error.to_string()))
}
