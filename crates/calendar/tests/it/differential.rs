//! Our arithmetic against the crate `rrule`, on drawn rules.
//!
//! What is known of the crate and therefore not compared: walls in a gap or an overlap of the zone (it shifts some, drops
//! others, and counts them differently), such cases are compared as UTC; `RDATE` (it is not de-duplicated against the rule
//! and comes in UTC); an `UNTIL` before the start, a negative fifth weekday of a month and zones of floating times (refused
//! or read from the host); rules by minutes or seconds that skip hours or days (it leaps too far, and out of step with
//! `INTERVAL`), which are compared with every tick of the clock beside the arithmetic itself; `MO,3TH`, which it takes for
//! Mondays that are third Thursdays; and `BYSETPOS` in the first week of a weekly rule, which it begins with the start.

use calendar::recurrence::{Budget, Freq, Recurrence, Rule, Start};
use chrono::{NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use rrule::{RRule, Unvalidated};

use crate::random::{Case, Distribution, Random};

const CASES: u64 = 11_000;
/// Dates compared of each series.
const DATES: usize = 20;

/// Our dates in seconds since 1970 UTC, as far as the budget went, and whether they are all.
fn ours(start: Start, case: &Case) -> (Vec<i64>, bool) {
    let series = Recurrence::new(start, vec![case.rule.clone()]).unwrap();
    let mut dates = Vec::new();
    for slot in series.slots(Budget::DEFAULT).take(DATES) {
        match slot {
            Ok(slot) => dates.push(slot.instant(Tz::UTC).as_secs()),
            Err(_) => return (dates, false),
        }
    }
    (dates, true)
}

/// The crate's, the same way.
fn theirs(case: &Case, zone: Tz) -> Result<(Vec<i64>, bool), String> {
    let zone = rrule::Tz::Tz(zone);
    let start = zone.from_local_datetime(&case.wall).single().ok_or("a start that is not one instant")?;
    let rule: RRule<Unvalidated> = case.rule.to_string().parse().map_err(|error| format!("{error}"))?;
    let set = rule.build(start).map_err(|error| format!("{error}"))?;
    let result = set.all(u16::try_from(DATES).unwrap());
    let all = !result.limited || result.dates.len() == DATES;
    Ok((result.dates.iter().map(|date| date.timestamp()).collect(), all))
}

/// Whether the crate is known to leap wrongly.
fn leaps(rule: &Rule) -> bool {
    let skips_minutes = !rule.by_minute.is_empty() && rule.freq == Freq::Secondly;
    let skips_hours = !rule.by_hour.is_empty() || (!rule.by_minute.is_empty() && rule.interval > 1);
    let skips_days = !(rule.by_month.is_empty()
        && rule.by_month_day.is_empty()
        && rule.by_year_day.is_empty()
        && rule.by_day.is_empty());
    matches!(rule.freq, Freq::Minutely | Freq::Secondly) && (skips_minutes || skips_hours || skips_days)
}

/// Whether every wall exists once in the zone.
fn is_plain(zone: Tz, walls: &[i64]) -> bool {
    walls.iter().all(|wall| {
        let wall: NaiveDateTime = Utc.timestamp_opt(*wall, 0).unwrap().naive_utc();
        zone.from_local_datetime(&wall).single().is_some()
    })
}

#[test]
fn ten_thousand_rules_have_the_dates_of_the_crate() {
    let mut distribution = Distribution::default();
    let mut failures = Vec::new();
    let mut compared = 0;
    for seed in 0..CASES {
        let case = Case::draw(&mut Random::new(seed));
        if leaps(&case.rule) {
            continue;
        }
        distribution.count_rule(&case.rule);
        compared += 1;
        let (walls, _) = ours(Start::Zoned { wall: case.wall, zone: Tz::UTC }, &case);
        let plain = is_plain(case.zone, &walls) && is_plain(case.zone, &[case.wall.and_utc().timestamp()]);
        let zone = if plain { case.zone } else { Tz::UTC };
        distribution.count(if plain { "compared in its zone" } else { "compared in UTC" });
        let (found, complete) = ours(Start::Zoned { wall: case.wall, zone }, &case);
        match theirs(&case, zone) {
            Err(why) => failures.push(format!("{seed}: {} {}: {why}", case.wall, case.rule)),
            Ok((expected, all)) => {
                distribution.count(match found.len() {
                    0 => "no dates",
                    1..DATES => "fewer dates than compared",
                    _ => "dates enough",
                });
                let length = match (complete, all) {
                    (true, true) => found.len().max(expected.len()),
                    (true, false) => expected.len(),
                    (false, true) => found.len(),
                    (false, false) => found.len().min(expected.len()),
                };
                distribution.count(if complete && all { "compared to the end" } else { "compared in part" });
                if found.iter().take(length).ne(expected.iter().take(length)) {
                    failures.push(format!(
                        "{seed}: {} {zone} {}\n  found    {:?}\n  expected {:?}",
                        case.wall,
                        case.rule,
                        &found[..found.len().min(6)],
                        &expected[..expected.len().min(6)],
                    ));
                }
            }
        }
    }
    distribution.print();
    assert!(compared >= 10_000, "only {compared} rules were compared");
    assert!(
        failures.is_empty(),
        "{} of {compared}:\n{}",
        failures.len(),
        failures[..failures.len().min(20)].join("\n")
    );
}
