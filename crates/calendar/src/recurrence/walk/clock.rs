//! Rules that repeat by hours, minutes or seconds. Nobody books such a room; other calendars have them, and each question
//! about one must end.

use super::civil::{Civil, DAY, LAST_DAY, civil, day_number, days_in_month, is_leap};
use super::month::{EVERY_MONTH, Filter};
use super::positions::Positions;
use super::times::values;
use crate::recurrence::rule::{Freq, Rule};

/// One rule as ticks of a unit, numbered from 1970.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    /// Seconds in a tick: 3600, 60 or 1.
    unit: i64,
    interval: i64,
    /// The tick of the start.
    origin: i64,
    months: u16,
    filter: Filter,
    /// Sorted; empty for every day.
    year_days: Vec<i16>,
    /// Bits of the hours, minutes and seconds that pass; all where a part does not choose among ticks.
    hours: u64,
    minutes: u64,
    seconds: u64,
    /// Where in its tick each date lies, seconds, sorted.
    within: Vec<i64>,
    positions: Positions,
}

impl Clock {
    pub(super) fn new(rule: &Rule, start: i64) -> Self {
        let unit = match rule.freq {
            Freq::Secondly => 1,
            Freq::Minutely => 60,
            _ => 3_600,
        };
        let minutes = values(&rule.by_minute, start.div_euclid(60).rem_euclid(60));
        let seconds = values(&rule.by_second, start.rem_euclid(60));
        let seconds = || seconds.iter().copied().filter(|second| *second < 60);
        let within = match unit {
            3_600 => {
                minutes.iter().flat_map(|minute| seconds().map(move |second| minute * 60 + second)).collect()
            }
            60 => seconds().collect(),
            _ => vec![0],
        };
        Self {
            unit,
            interval: i64::from(rule.interval),
            origin: start.div_euclid(unit),
            months: if rule.by_month.is_empty() {
                EVERY_MONTH
            } else {
                rule.by_month.iter().fold(0, |bits, month| bits | 1 << month)
            },
            filter: Filter::new(rule, None),
            year_days: rule.by_year_day.clone(),
            hours: bits(&rule.by_hour),
            minutes: if unit <= 60 { bits(&rule.by_minute) } else { u64::MAX },
            seconds: if unit == 1 { bits(&rule.by_second) } else { u64::MAX },
            within,
            positions: Positions::new(&rule.by_set_pos),
        }
    }

    pub(super) fn is_never(&self) -> bool {
        !self.positions.is_possible(self.within.len() as u64)
            || self.within.is_empty()
            || self.seconds == 1 << 60
            || !self.filter.is_possible(self.months)
    }

    pub(super) fn turn_of(&self, wall: i64) -> i64 {
        (wall.div_euclid(self.unit) - self.origin).div_euclid(self.interval).max(0)
    }

    pub(super) fn is_in_step(&self, wall: i64) -> bool {
        (wall.div_euclid(self.unit) - self.origin).rem_euclid(self.interval) == 0
    }

    pub(super) fn dates_per_turn(&self) -> Option<u64> {
        let every_tick = self.months == EVERY_MONTH
            && self.filter.takes_every_day()
            && self.year_days.is_empty()
            && [self.hours, self.minutes, self.seconds] == [u64::MAX; 3];
        let dates = self.within.len() as u64;
        match (every_tick, self.positions.is_all()) {
            (false, _) => None,
            (true, true) => Some(dates),
            (true, false) => self.positions.in_every_period(dates),
        }
    }

    /// Appends the dates of the tick at or behind `turn`, and says which turn comes next; `None` behind the year 9999.
    pub(super) fn fill(&self, turn: i64, walls: &mut Vec<i64>, indices: &mut Vec<usize>) -> Option<i64> {
        let tick = turn.checked_mul(self.interval)?.checked_add(self.origin)?;
        let wall = tick.checked_mul(self.unit)?;
        let day = wall.div_euclid(DAY);
        if day > LAST_DAY {
            return None;
        }
        // The first second that may pass when this one does not: what is left of the day, the hour, the minute is leapt.
        let clock = wall.rem_euclid(DAY);
        let next = if !self.has_day(day) {
            self.next_day(day) * DAY
        } else if self.hours & 1 << (clock / 3_600) == 0 {
            day * DAY + (clock / 3_600 + 1) * 3_600
        } else if self.minutes & 1 << (clock / 60 % 60) == 0 {
            day * DAY + (clock / 60 + 1) * 60
        } else if self.seconds & 1 << (clock % 60) == 0 {
            wall + 1
        } else {
            if self.positions.is_all() {
                walls.extend(self.within.iter().map(|second| wall + second));
            } else {
                self.positions.indices(self.within.len(), indices);
                walls.extend(indices.iter().map(|index| wall + self.within[*index]));
            }
            return turn.checked_add(1);
        };
        // Ticks are whole parts of the minute, hour and day that are leapt.
        let ahead = next.div_euclid(self.unit) - self.origin;
        Some((ahead + self.interval - 1).div_euclid(self.interval).max(turn + 1))
    }

    /// The first day that may pass behind one that does not.
    fn next_day(&self, day: i64) -> i64 {
        let Civil { year, month, .. } = civil(day);
        if self.months & 1 << month != 0 {
            return day + 1;
        }
        let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        day_number(year, month, 1)
    }

    fn has_day(&self, day: i64) -> bool {
        if self.months == EVERY_MONTH && self.filter.takes_every_day() && self.year_days.is_empty() {
            return true;
        }
        let Civil { year, month, day: of_month } = civil(day);
        let of_year = day - day_number(year, 1, 1) + 1;
        let from_end = of_year - if is_leap(year) { 367 } else { 366 };
        self.months & 1 << month != 0
            && self.filter.has_day(day, of_month, days_in_month(year, month))
            && (self.year_days.is_empty()
                || self.year_days.iter().any(|given| [of_year, from_end].contains(&i64::from(*given))))
    }
}

fn bits(values: &[u8]) -> u64 {
    if values.is_empty() { u64::MAX } else { values.iter().fold(0, |bits, value| bits | 1 << value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recurrence::rule::NthWeekday;
    use chrono::{DateTime, Datelike as _, Timelike as _, Weekday};
    use proptest::prelude::*;

    /// Seconds looked at: over some midnights and a new year.
    const SPAN: i64 = 10 * 3_600;

    /// Every second behind the start, asked one by one.
    fn slowly(rule: &Rule, start: i64, seconds: i64) -> Vec<i64> {
        let unit = match rule.freq {
            Freq::Secondly => 1,
            Freq::Minutely => 60,
            _ => 3_600,
        };
        let has = |given: &[u8], value: u32| {
            given.is_empty() || given.iter().any(|given| u32::from(*given) == value)
        };
        let begun = DateTime::from_timestamp(start, 0).unwrap();
        (start..start + seconds)
            .filter(|second| {
                let at = DateTime::from_timestamp(*second, 0).unwrap();
                let ticks = second.div_euclid(unit) - start.div_euclid(unit);
                let implied = |given: &[u8], value: u32, of_start: u32| {
                    if given.is_empty() { value == of_start } else { has(given, value) }
                };
                ticks % i64::from(rule.interval) == 0
                    && has(&rule.by_hour, at.hour())
                    && (unit <= 60 && has(&rule.by_minute, at.minute())
                        || unit > 60 && implied(&rule.by_minute, at.minute(), begun.minute()))
                    && (unit == 1 && has(&rule.by_second, at.second())
                        || unit > 1 && implied(&rule.by_second, at.second(), begun.second()))
                    && has(&rule.by_month, at.month())
                    && (rule.by_month_day.is_empty()
                        || rule.by_month_day.iter().any(|day| i64::from(*day) == i64::from(at.day())))
                    && (rule.by_day.is_empty() || rule.by_day.iter().any(|day| day.weekday == at.weekday()))
            })
            .collect()
    }

    fn few(low: u8, high: u8) -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![1 => Just(Vec::new()), 1 => prop::collection::vec(low..=high, 1..4)]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn leaps_miss_no_tick(
            freq in prop::sample::select(vec![Freq::Secondly, Freq::Minutely, Freq::Hourly]),
            interval in prop_oneof![Just(1u32), 2u32..8, 8u32..400],
            start in 946_684_000i64..946_900_000,
            by_hour in few(0, 23),
            by_minute in few(0, 59),
            by_second in few(0, 59),
            month in prop::option::of(1u8..3),
            day in prop::option::of(1i8..5),
            weekday in prop::option::of(0u8..7),
        ) {
            let weekday = weekday.map(|day| NthWeekday::every(Weekday::try_from(day).unwrap()));
            let rule = Rule {
                interval, by_hour, by_minute, by_second,
                by_month: month.into_iter().collect(),
                by_month_day: day.into_iter().collect(),
                by_day: weekday.into_iter().collect(),
                ..Rule::every(freq)
            };
            let clock = Clock::new(&rule, start);
            let end = start + SPAN;
            let (mut walls, mut indices, mut turn) = (Vec::new(), Vec::new(), 0);
            while walls.last().is_none_or(|wall| *wall < end) && turn <= clock.turn_of(end) {
                turn = clock.fill(turn, &mut walls, &mut indices).unwrap();
            }
            walls.retain(|wall| (start..end).contains(wall));
            prop_assert_eq!(walls, slowly(&rule, start, SPAN));
        }
    }
}
