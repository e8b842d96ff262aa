//! Moving a whole series by wall time: its start, its rules, each of its slots.
//!
//! A meeting at 09:00 that moves by an hour is at 10:00 on every date, whatever the clocks do between. Its dates move
//! together, so that a rule moves only if the moved rule gives exactly the moved dates: "Mondays" by a day are "Tuesdays",
//! but "the second Monday" by a day is not "the second Tuesday". What does not move is refused, and asks for a new rule.

use chrono::{Datelike, NaiveDateTime, NaiveTime, TimeDelta, Weekday};
use chrono_tz::Tz;
use model::Instant;

use crate::recurrence::{Bound, Freq, NthWeekday, Recurrence, Rule, Slot, Start, Until};
use crate::zone;

/// By how much the wall times of a series change, and into which zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shift {
    pub(super) wall: TimeDelta,
    /// `None`: it stays.
    pub(super) zone: Option<Tz>,
}

impl Shift {
    pub(super) const NONE: Self = Self { wall: TimeDelta::zero(), zone: None };

    pub(super) fn is_none(self) -> bool {
        self == Self::NONE
    }

    pub(super) fn wall(self, wall: NaiveDateTime) -> Option<NaiveDateTime> {
        wall.checked_add_signed(self.wall)
    }

    /// `None` outside the years that calendars have.
    pub(super) fn start(self, start: Start) -> Option<Start> {
        let moved = start.at_wall(self.wall(start.wall())?);
        Some(match (moved, self.zone) {
            (Start::Zoned { wall, .. }, Some(zone)) => Start::Zoned { wall, zone },
            (moved, _) => moved,
        })
    }

    /// Where `slot` of the series that begins at `start` goes.
    pub(super) fn slot(self, start: Start, slot: Slot) -> Option<Slot> {
        let moved = self.start(start)?;
        Some(moved.at_wall(self.wall(start.nominal(slot))?).slot())
    }

    /// The rule that gives the moved dates of `rule`; `None` if none does.
    pub(super) fn rule(self, start: Start, rule: &Rule) -> Option<Rule> {
        let clock = rule.by_hour.len() + rule.by_minute.len() + rule.by_second.len();
        if rule.freq.is_sub_daily() || clock > 0 {
            return None;
        }
        let moved = self.start(start)?;
        let days = moved.wall().date().signed_duration_since(start.wall().date()).num_days();
        let bound = match rule.bound {
            Bound::Until(until) => Bound::Until(self.until(start, moved, until, days)?),
            bound @ (Bound::Endless | Bound::Count(_)) => bound,
        };
        let rule = rule.bounded(bound);
        if days == 0 { Some(rule) } else { on_other_days(rule, start, moved, days) }
    }

    /// The end of the last day that `until` allows, moved by `days`; in the form in which it was, Google's where it has
    /// one (23:59:59 on the wall, in UTC).
    fn until(self, start: Start, moved: Start, until: Until, days: i64) -> Option<Until> {
        let days = TimeDelta::days(days);
        let end_of_day =
            |date: chrono::NaiveDate| NaiveTime::from_hms_opt(23, 59, 59).map(|end| date.and_time(end));
        let (wall, key) = match (start, until) {
            (_, Until::Date(date)) => return Some(Until::Date(date.checked_add_signed(days)?)),
            (Start::Date(_), Until::Wall(wall) | Until::Utc(wall)) => {
                return Some(Until::Date(wall.date().checked_add_signed(days)?));
            }
            (Start::Zoned { zone, .. }, Until::Utc(utc)) => {
                (utc.and_utc().with_timezone(&zone).naive_local(), Instant::from_chrono(&utc.and_utc()))
            }
            (Start::Zoned { zone, .. }, Until::Wall(wall)) => (wall, zone::resolve(zone, wall)?),
            (Start::Floating(_), Until::Wall(wall) | Until::Utc(wall)) => {
                (wall, Instant::from_chrono(&wall.and_utc()))
            }
        };
        let usual = wall.date().and_time(start.wall().time());
        let allowed =
            start.at_wall(usual).slot().at().unwrap_or(Instant::from_chrono(&usual.and_utc())) <= key;
        let last = if allowed { wall.date() } else { wall.date().pred_opt()? };
        let end = end_of_day(last.checked_add_signed(days)?)?;
        Some(match moved.zone() {
            Some(zone) => Until::Utc(zone::resolve(zone, end)?.to_chrono()?.naive_utc()),
            None => Until::Wall(end),
        })
    }
}

/// `rule`, whose bound is moved already, on other days.
fn on_other_days(mut rule: Rule, start: Start, moved: Start, days: i64) -> Option<Rule> {
    let (from, to) = (start.wall().date(), moved.wall().date());
    let month_parts = !(rule.by_month.is_empty() && rule.by_month_day.is_empty());
    match rule.freq {
        Freq::Daily | Freq::Weekly if month_parts => return None,
        Freq::Daily | Freq::Weekly => {
            // Where a week begins matters to every second week, and to the nth day of a week.
            if rule.freq == Freq::Weekly && (rule.interval > 1 || !rule.by_set_pos.is_empty()) {
                rule.week_start = Some(later(rule.week_start(), days));
            }
            for day in &mut rule.by_day {
                *day = NthWeekday::every(later(day.weekday, days));
            }
        }
        Freq::Monthly | Freq::Yearly => {
            let by_days = !(rule.by_day.is_empty()
                && rule.by_week_no.is_empty()
                && rule.by_year_day.is_empty()
                && rule.by_set_pos.is_empty());
            // The 29th and later are not in every month: there the dates would not move together.
            let everywhere = |day: u32| (1..=28).contains(&day);
            let same_month = (from.year(), from.month()) == (to.year(), to.month());
            if by_days || !same_month || !everywhere(from.day()) || !everywhere(to.day()) {
                return None;
            }
            for day in &mut rule.by_month_day {
                let shifted = i64::from(*day) + days;
                if *day < 1 || *day > 28 || !(1..=28).contains(&shifted) {
                    return None;
                }
                *day = i8::try_from(shifted).ok()?;
            }
        }
        Freq::Secondly | Freq::Minutely | Freq::Hourly => return None,
    }
    Some(rule)
}

fn later(weekday: Weekday, days: i64) -> Weekday {
    (0..days.rem_euclid(7)).fold(weekday, |weekday, _| weekday.succ())
}

/// `recurrence` moved; `None` if one of its rules does not move.
pub(super) fn shifted(recurrence: &Recurrence, shift: Shift) -> Option<Recurrence> {
    let start = recurrence.start();
    let rules = recurrence.rules().iter().map(|rule| shift.rule(start, rule)).collect::<Option<Vec<_>>>()?;
    let slots =
        |slots: &[Slot]| slots.iter().map(|slot| shift.slot(start, *slot)).collect::<Option<Vec<_>>>();
    let mut moved = Recurrence::new(shift.start(start)?, rules).ok()?;
    for slot in slots(recurrence.rdates())? {
        moved.include(slot);
    }
    moved.set_exdates(slots(recurrence.exdates())?);
    Some(moved)
}
