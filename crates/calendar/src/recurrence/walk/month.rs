//! Which days of a month a rule means: a month is a word of 31 bits, bit 0 its first day.

use super::civil::{civil, day_number, days_in_month, is_leap, weekday};
use crate::recurrence::rule::{NthWeekday, Rule};

/// Every month of the year, bit 1 January.
pub(super) const EVERY_MONTH: u16 = 0b1_1111_1111_1110;

/// Bits 0, 7, 14, 21 and 28: the same weekday through a month.
const WEEKS: u64 = 0x1020_4081;

/// `BYMONTHDAY` and `BYDAY` as bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    /// Bit `n - 1` for day `n`; with `from_end` all bits when `BYMONTHDAY` is not given.
    month_days: u32,
    /// Bit `n - 1` for day `-n`.
    from_end: u32,
    /// Bit 0 for Monday; all bits when `BYDAY` is not given.
    weekdays: u32,
    /// Numbered weekdays: number and weekday, 0 for Monday.
    nth: Vec<(i64, u32)>,
}

impl Filter {
    /// `implied` is the day of the month that counts when the rule names no day.
    pub(super) fn new(rule: &Rule, implied: Option<u32>) -> Self {
        let bits = |days: &mut dyn Iterator<Item = u32>| days.fold(0, |bits, day| bits | 1u32 << (day - 1));
        let (month_days, from_end) = match implied {
            _ if !rule.by_month_day.is_empty() => {
                let days = rule.by_month_day.iter();
                let ahead = bits(&mut days.clone().filter_map(|day| u32::try_from(*day).ok()));
                (ahead, bits(&mut days.filter(|day| **day < 0).map(|day| u32::from(day.unsigned_abs()))))
            }
            Some(day) => (1 << (day - 1), 0),
            None => (u32::MAX, 0),
        };
        let weekday = |day: &NthWeekday| day.weekday.num_days_from_monday();
        let every = rule.by_day.iter().filter(|day| day.nth.is_none());
        Self {
            month_days,
            from_end,
            weekdays: if rule.by_day.is_empty() {
                0x7f
            } else {
                every.fold(0, |bits, day| bits | 1 << weekday(day))
            },
            nth: rule.by_day.iter().filter_map(|day| Some((i64::from(day.nth?), weekday(day)))).collect(),
        }
    }

    /// One weekday, 0 for Monday.
    pub(super) fn of_weekday(weekday: u32) -> Self {
        Self { month_days: u32::MAX, from_end: 0, weekdays: 1 << weekday, nth: Vec::new() }
    }

    pub(super) fn is_without_nth(&self) -> bool {
        self.nth.is_empty()
    }

    /// The days of a month that begins on `first` (a day number), of `length` days.
    #[inline]
    pub(super) fn of_month(&self, first: i64, length: u32) -> u32 {
        let begins = weekday(first);
        let mut days = self.plain(begins);
        for &(nth, day) in &self.nth {
            days |= nth_weekday(begins, i64::from(length), nth, day).map_or(0, |index| 1u32 << index);
        }
        days & self.of_length(length)
    }

    /// The days of a month whose numbered weekdays (`numbered`, as bits) were counted through the year.
    fn of_month_in_year(&self, first: i64, length: u32, numbered: u32) -> u32 {
        (self.plain(weekday(first)) | numbered) & self.of_length(length)
    }

    /// The weekdays without a number, in a month that begins on the weekday `begins`.
    fn plain(&self, begins: u32) -> u32 {
        let turned = (self.weekdays >> begins | self.weekdays << (7 - begins)) & 0x7f;
        // A month has no more than 31 days: what is cut is nothing.
        (u64::from(turned) * WEEKS) as u32
    }

    fn of_length(&self, length: u32) -> u32 {
        let month = u32::MAX >> (32 - length);
        (self.month_days | self.from_end.reverse_bits() >> (32 - length)) & month
    }

    /// Every month of a year, each as bits. Without `BYMONTH`, numbered weekdays are those of the year.
    pub(super) fn of_year(&self, year: i64, months: u16, nth_of_year: bool) -> [u32; 12] {
        let mut numbered = [0u32; 12];
        let new_year = day_number(year, 1, 1);
        if nth_of_year {
            let length = if is_leap(year) { 366 } else { 365 };
            for &(nth, day) in &self.nth {
                if let Some(index) = nth_weekday(weekday(new_year), length, nth, day) {
                    let date = civil(new_year + index);
                    numbered[date.month as usize - 1] |= 1 << (date.day - 1);
                }
            }
        }
        let mut first = new_year;
        let mut days = [0u32; 12];
        for month in 1..=12 {
            let length = days_in_month(year, month);
            let index = month as usize - 1;
            if months & 1 << month != 0 {
                days[index] = if nth_of_year {
                    self.of_month_in_year(first, length, numbered[index])
                } else {
                    self.of_month(first, length)
                };
            }
            first += i64::from(length);
        }
        days
    }

    /// Whether one day passes; for rules without numbered weekdays.
    pub(super) fn has_day(&self, day: i64, of_month: u32, length: u32) -> bool {
        self.weekdays & 1 << weekday(day) != 0 && self.of_length(length) & 1 << (of_month - 1) != 0
    }

    pub(super) fn takes_every_day(&self) -> bool {
        self.month_days == u32::MAX && self.weekdays == 0x7f
    }

    /// Bit 0 for Monday.
    pub(super) fn weekdays(&self) -> u32 {
        self.weekdays
    }

    /// How many days every month has, where that is the same for each.
    ///
    /// Days 1 to 28 exist in all of them, and the first to fourth of a weekday; counting from both ends at once can meet.
    pub(super) fn days_in_every_month(&self) -> Option<u64> {
        let only_month_days = self.weekdays == 0x7f && self.nth.is_empty();
        let only_nth = self.month_days == u32::MAX && self.weekdays == 0 && !self.nth.is_empty();
        if only_month_days {
            let early = |days: u32| days >> 28 == 0;
            let one_end = self.month_days == 0 || self.from_end == 0;
            return (one_end && early(self.month_days) && early(self.from_end))
                .then(|| u64::from((self.month_days | self.from_end).count_ones()));
        }
        let one_end = self.nth.iter().all(|(nth, _)| *nth > 0) || self.nth.iter().all(|(nth, _)| *nth < 0);
        let early = self.nth.iter().all(|(nth, _)| nth.abs() <= 4);
        if only_nth && one_end && early {
            let mut nth = self.nth.clone();
            nth.sort_unstable();
            nth.dedup();
            return u64::try_from(nth.len()).ok();
        }
        None
    }

    /// How many days every month has at least: what `BYSETPOS` can count on.
    pub(super) fn days_in_every_month_at_least(&self) -> u64 {
        match self.days_in_every_month() {
            Some(days) => days,
            None if self.month_days == u32::MAX => 4 * u64::from(self.weekdays.count_ones()),
            None => 0,
        }
    }

    /// Whether some month among `months` has one of the days that `BYMONTHDAY` names.
    pub(super) fn is_possible(&self, months: u16) -> bool {
        (1..=12)
            .filter(|month| months & 1 << month != 0)
            .any(|month| self.of_length(days_in_month(2000, month)) != 0)
    }
}

/// The index (from 0) of the nth weekday `day` in a stretch of `length` days that begins on the weekday `begins`.
fn nth_weekday(begins: u32, length: i64, nth: i64, day: u32) -> Option<i64> {
    let first = i64::from((day + 7 - begins) % 7);
    let index = if nth > 0 { nth - 1 } else { (length - first + 6) / 7 + nth };
    let at = first + 7 * index;
    (index >= 0 && at < length).then_some(at)
}
