//! The crate `rrule`, for rules that civil arithmetic does not know, fed with civil time as if it were UTC.
//!
//! Its own handling of zones shifts some gaps, drops others, refuses a start inside one and reads the host's zone for
//! floating times, so that it never sees a zone. `COUNT` and `UNTIL` are kept from it too: they are ours to apply.

use chrono::{Month, Utc};
use rrule::{Frequency, NWeekday, RRule, RRuleSet};

use super::error::Unreadable;
use super::rule::{Freq, Rule};
use super::slot::naive;

/// The rule as the crate has it, without its bound; an error if the crate refuses it.
pub(super) fn rule_set(rule: &Rule, start: i64) -> Result<RRuleSet, Unreadable> {
    let freq = match rule.freq {
        Freq::Secondly => Frequency::Secondly,
        Freq::Minutely => Frequency::Minutely,
        Freq::Hourly => Frequency::Hourly,
        Freq::Daily => Frequency::Daily,
        Freq::Weekly => Frequency::Weekly,
        Freq::Monthly => Frequency::Monthly,
        Freq::Yearly => Frequency::Yearly,
    };
    let months: Vec<Month> = rule.by_month.iter().filter_map(|month| Month::try_from(*month).ok()).collect();
    let start = naive(start).and_local_timezone(rrule::Tz::UTC).single().ok_or(Unreadable::Start)?;
    let set = RRule::new(freq)
        // Longer ones leave the four-digit years in one step.
        .interval(u16::try_from(rule.interval).unwrap_or(u16::MAX))
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
        .by_second(rule.by_second.iter().copied().filter(|second| *second < 60).collect())
        .by_set_pos(rule.by_set_pos.iter().copied().map(i32::from).collect())
        .build(start)
        .map_err(|error| Unreadable::Library(error.to_string()))?;
    Ok(set)
}

/// The crate's dates in civil seconds.
pub(super) fn walls(set: &RRuleSet) -> impl Iterator<Item = i64> + use<'_> {
    set.into_iter().map(|at| at.with_timezone(&Utc).timestamp())
}
