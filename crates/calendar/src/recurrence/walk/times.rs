//! The times of a day that a rule means, in seconds since midnight.

use crate::recurrence::rule::Rule;

/// Hours × minutes × seconds, sorted, each once; what the rule does not name is the start's.
///
/// Second 60 exists on no clock that we know.
pub(super) fn times_of_day(rule: &Rule, start: i64) -> Vec<i64> {
    let clock = start.rem_euclid(86_400);
    let hours = values(&rule.by_hour, clock / 3_600);
    let minutes = values(&rule.by_minute, clock / 60 % 60);
    let seconds = values(&rule.by_second, clock % 60);
    let mut times = Vec::with_capacity(hours.len() * minutes.len() * seconds.len());
    for hour in &hours {
        for minute in &minutes {
            times.extend(
                seconds
                    .iter()
                    .filter(|second| **second < 60)
                    .map(|second| hour * 3_600 + minute * 60 + second),
            );
        }
    }
    times
}

/// The values of one part, sorted, each once; `implied` where it is not given.
pub(super) fn values(given: &[u8], implied: i64) -> Vec<i64> {
    let mut values: Vec<i64> = given.iter().copied().map(i64::from).collect();
    if values.is_empty() {
        values.push(implied);
    }
    values.sort_unstable();
    values.dedup();
    values
}
