//! Which parts of a rule go together (RFC 5545 section 3.3.10).

use super::error::Unreadable;
use super::rule::{Bound, Freq, Rule};

/// Refuses values out of range and combinations that the RFC forbids.
pub(super) fn check(rule: &Rule) -> Result<(), Unreadable> {
    ranges(rule)?;
    let freq = rule.freq;
    let not_with = |part| Err(Unreadable::NotWith { part, freq: freq.name() });
    if !rule.by_month_day.is_empty() && freq == Freq::Weekly {
        return not_with("BYMONTHDAY");
    }
    if !rule.by_year_day.is_empty() && matches!(freq, Freq::Daily | Freq::Weekly | Freq::Monthly) {
        return not_with("BYYEARDAY");
    }
    if !rule.by_week_no.is_empty() && freq != Freq::Yearly {
        return not_with("BYWEEKNO");
    }
    if rule.by_day.iter().any(|day| day.nth.is_some()) {
        if !matches!(freq, Freq::Monthly | Freq::Yearly) {
            return Err(Unreadable::Ordinal("unless FREQ is MONTHLY or YEARLY"));
        }
        if !rule.by_week_no.is_empty() {
            return Err(Unreadable::Ordinal("with BYWEEKNO"));
        }
    }
    if !rule.by_set_pos.is_empty()
        && !rule.has_day_parts()
        && !rule.has_clock_parts()
        && rule.by_month.is_empty()
    {
        return Err(Unreadable::LonelySetPos);
    }
    Ok(())
}

fn ranges(rule: &Rule) -> Result<(), Unreadable> {
    if rule.interval == 0 {
        return Err(part("INTERVAL", 0, "it must be at least 1"));
    }
    if rule.bound == Bound::Count(0) {
        return Err(part("COUNT", 0, "it must be at least 1"));
    }
    within("BYMONTH", &rule.by_month, 1, 12, "months are 1 to 12")?;
    signed("BYWEEKNO", &rule.by_week_no, 53, "weeks are 1 to 53 or -53 to -1")?;
    signed("BYYEARDAY", &rule.by_year_day, 366, "days of a year are 1 to 366 or -366 to -1")?;
    signed("BYMONTHDAY", &rule.by_month_day, 31, "days of a month are 1 to 31 or -31 to -1")?;
    let ordinals: Vec<i8> = rule.by_day.iter().filter_map(|day| day.nth).collect();
    signed("BYDAY", &ordinals, 53, "weekdays are numbered 1 to 53 or -53 to -1")?;
    within("BYHOUR", &rule.by_hour, 0, 23, "hours are 0 to 23")?;
    within("BYMINUTE", &rule.by_minute, 0, 59, "minutes are 0 to 59")?;
    within("BYSECOND", &rule.by_second, 0, 60, "seconds are 0 to 60")?;
    signed("BYSETPOS", &rule.by_set_pos, 366, "positions are 1 to 366 or -366 to -1")
}

fn within<T: Copy + Into<i64>>(
    name: &str,
    values: &[T],
    low: i64,
    high: i64,
    why: &'static str,
) -> Result<(), Unreadable> {
    match values.iter().copied().map(Into::into).find(|value| !(low..=high).contains(value)) {
        Some(value) => Err(part(name, value, why)),
        None => Ok(()),
    }
}

fn signed<T: Copy + Into<i64>>(
    name: &str,
    values: &[T],
    high: i64,
    why: &'static str,
) -> Result<(), Unreadable> {
    match values.iter().copied().map(Into::into).find(|value| *value == 0 || value.abs() > high) {
        Some(value) => Err(part(name, value, why)),
        None => Ok(()),
    }
}

fn part(name: &str, value: i64, why: &'static str) -> Unreadable {
    Unreadable::Part { part: name.to_owned(), value: value.to_string(), why }
}
