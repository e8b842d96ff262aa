//! Rules that repeat by days, weeks, months or years: period after period by arithmetic, from any period on.

use super::civil::{Civil, DAY, LAST_DAY, civil, day_number, days_in_month, weekday};
use super::month::{EVERY_MONTH, Filter};
use super::positions::Positions;
use super::times::times_of_day;
use crate::recurrence::rule::{Freq, Rule};

/// What a rule repeats by. Numbered so that period `n + 1` follows period `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// Numbered by day.
    Day,
    /// Numbered by weeks that begin on a weekday, 0 for Monday.
    Week(i64),
    /// Numbered by year × 12 + month - 1.
    Month,
    /// Numbered by year.
    Year,
}

/// One rule as periods.
#[derive(Clone, Debug)]
pub(super) struct Days {
    unit: Unit,
    interval: i64,
    /// The period of the start.
    origin: i64,
    months: u16,
    filter: Filter,
    nth_of_year: bool,
    times: Vec<i64>,
    positions: Positions,
}

impl Days {
    pub(super) fn new(rule: &Rule, start: i64) -> Self {
        let first = start.div_euclid(DAY);
        let date = civil(first);
        let implied = matches!(rule.freq, Freq::Monthly | Freq::Yearly) && !rule.has_day_parts();
        let mut filter = Filter::new(rule, implied.then_some(date.day));
        if rule.freq == Freq::Weekly && rule.by_day.is_empty() {
            filter = Filter::of_weekday(weekday(first));
        }
        let months = match rule.freq {
            _ if !rule.by_month.is_empty() => rule.by_month.iter().fold(0, |bits, month| bits | 1 << month),
            Freq::Yearly if implied => 1 << date.month,
            _ => EVERY_MONTH,
        };
        let unit = match rule.freq {
            Freq::Yearly => Unit::Year,
            Freq::Monthly => Unit::Month,
            // Without gaps between periods it is the same to look at whole months, and much quicker.
            Freq::Weekly | Freq::Daily
                if rule.interval == 1 && rule.by_set_pos.is_empty() && months != EVERY_MONTH =>
            {
                Unit::Month
            }
            Freq::Daily if rule.interval == 1 && rule.by_set_pos.is_empty() && !filter.takes_every_day() => {
                Unit::Month
            }
            Freq::Weekly => Unit::Week(i64::from(rule.week_start().num_days_from_monday())),
            _ => Unit::Day,
        };
        Self {
            unit,
            interval: i64::from(rule.interval),
            origin: unit.period_of(first),
            months,
            nth_of_year: rule.freq == Freq::Yearly && rule.by_month.is_empty(),
            times: times_of_day(rule, start),
            positions: Positions::new(&rule.by_set_pos),
            filter,
        }
    }

    /// Whether plainly no date can ever pass.
    pub(super) fn is_never(&self) -> bool {
        let days = match self.unit {
            Unit::Day => 1,
            Unit::Week(_) => u64::from(self.filter.weekdays().count_ones()),
            Unit::Month => 31,
            Unit::Year => 366,
        };
        !self.positions.is_possible(days * self.times.len() as u64) || !self.filter.is_possible(self.months)
    }

    /// How many periods of the rule lie wholly before the one that may hold `wall`.
    pub(super) fn turn_of(&self, wall: i64) -> i64 {
        (self.unit.period_of(wall.div_euclid(DAY)) - self.origin).div_euclid(self.interval).max(0)
    }

    /// Whether a rule that begins at `wall` has the same periods.
    pub(super) fn is_in_step(&self, wall: i64) -> bool {
        (self.unit.period_of(wall.div_euclid(DAY)) - self.origin).rem_euclid(self.interval) == 0
    }

    /// How many dates each period has, the first one aside, if it is the same for all.
    pub(super) fn dates_per_turn(&self) -> Option<u64> {
        let times = self.times.len() as u64;
        let (exactly, at_least) = match self.unit {
            Unit::Day if self.months == EVERY_MONTH && self.filter.takes_every_day() => (Some(1), 1),
            Unit::Week(_) if self.months == EVERY_MONTH => {
                let days = u64::from(self.filter.weekdays().count_ones());
                (Some(days), days)
            }
            Unit::Month if self.months == EVERY_MONTH => {
                (self.filter.days_in_every_month(), self.filter.days_in_every_month_at_least())
            }
            Unit::Year if !self.nth_of_year || self.filter.is_without_nth() => {
                let months = u64::from(self.months.count_ones());
                (
                    self.filter.days_in_every_month().map(|days| days * months),
                    self.filter.days_in_every_month_at_least() * months,
                )
            }
            _ => (None, 0),
        };
        if self.positions.is_all() {
            exactly.map(|days| days * times)
        } else {
            self.positions.in_every_period(at_least * times)
        }
    }

    /// Appends the dates of the rule's period number `turn` to `walls`; `None` behind the year 9999. The steps it took.
    #[inline]
    pub(super) fn fill(&self, turn: i64, walls: &mut Vec<i64>, scratch: &mut Scratch) -> Option<u64> {
        let period = turn.checked_mul(self.interval)?.checked_add(self.origin)?;
        if self.positions.is_all() {
            return match self.times[..] {
                [time] => self.days_of(period, &mut scratch.month, |day| walls.push(day * DAY + time)),
                _ => self.days_of(period, &mut scratch.month, |day| {
                    walls.extend(self.times.iter().map(|time| day * DAY + time));
                }),
            };
        }
        scratch.days.clear();
        let steps = self.days_of(period, &mut scratch.month, |day| scratch.days.push(day))?;
        let times = self.times.len();
        self.positions.indices(scratch.days.len() * times, &mut scratch.indices);
        walls.extend(
            scratch.indices.iter().map(|index| scratch.days[index / times] * DAY + self.times[index % times]),
        );
        Some(steps)
    }

    /// Tells the days of a period in order.
    #[inline]
    fn days_of(&self, period: i64, next: &mut NextMonth, mut tell: impl FnMut(i64)) -> Option<u64> {
        match self.unit {
            Unit::Day => {
                if period > LAST_DAY {
                    return None;
                }
                if self.has_day(period) {
                    tell(period);
                }
                Some(1)
            }
            Unit::Week(begins) => {
                let first = period.checked_mul(7)?.checked_sub(3)? + begins;
                if first > LAST_DAY {
                    return None;
                }
                let weekdays = u64::from(self.filter.weekdays());
                // The same seven bits, beginning with the week's first day.
                let bits = (weekdays >> begins | weekdays << (7 - begins)) & 0x7f;
                tell_bits(first, bits as u32, |day| {
                    if self.months == EVERY_MONTH || self.months & 1 << civil(day).month != 0 {
                        tell(day);
                    }
                });
                Some(1)
            }
            Unit::Month => {
                let (year, month) = (period.div_euclid(12), period.rem_euclid(12) as u32 + 1);
                if year > 9_999 {
                    return None;
                }
                if self.months & 1 << month != 0 {
                    let first = if next.period == period { next.first } else { day_number(year, month, 1) };
                    let length = days_in_month(year, month);
                    *next = NextMonth { period: period + 1, first: first + i64::from(length) };
                    tell_bits(first, self.filter.of_month(first, length), tell);
                }
                Some(1)
            }
            Unit::Year => {
                if period > 9_999 {
                    return None;
                }
                let months = self.filter.of_year(period, self.months, self.nth_of_year);
                for (month, bits) in (1..).zip(months) {
                    if bits != 0 {
                        tell_bits(day_number(period, month, 1), bits, &mut tell);
                    }
                }
                Some(4)
            }
        }
    }

    fn has_day(&self, day: i64) -> bool {
        if self.months == EVERY_MONTH && self.filter.takes_every_day() {
            return true;
        }
        let Civil { year, month, day: of_month } = civil(day);
        self.months & 1 << month != 0 && self.filter.has_day(day, of_month, days_in_month(year, month))
    }
}

/// What one walk keeps between periods.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    days: Vec<i64>,
    indices: Vec<usize>,
    month: NextMonth,
}

/// The month behind the one that was read, whose first day is known for an addition. A walk reads months in order, and
/// a date's number is the dearest part of it.
#[derive(Clone, Copy, Debug)]
struct NextMonth {
    /// As [`Unit::Month`] numbers it.
    period: i64,
    first: i64,
}

impl Default for NextMonth {
    /// None was read.
    fn default() -> Self {
        Self { period: i64::MIN, first: 0 }
    }
}

impl Scratch {
    pub(super) fn indices(&mut self) -> &mut Vec<usize> {
        &mut self.indices
    }
}

/// The days whose bits are set, bit 0 the day `first`.
#[inline]
fn tell_bits(first: i64, mut bits: u32, mut tell: impl FnMut(i64)) {
    while bits != 0 {
        tell(first + i64::from(bits.trailing_zeros()));
        bits &= bits - 1;
    }
}

impl Unit {
    fn period_of(self, day: i64) -> i64 {
        match self {
            Self::Day => day,
            Self::Week(begins) => (day + 3 - begins).div_euclid(7),
            Self::Month => {
                let date = civil(day);
                date.year * 12 + i64::from(date.month) - 1
            }
            Self::Year => civil(day).year,
        }
    }
}
