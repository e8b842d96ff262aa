//! "This and following": one series becomes two.

use chrono::{Datelike as _, NaiveDateTime, Timelike as _};
use thiserror::Error;

use super::budget::{Budget, Exhausted, Meter};
use super::error::Unreadable;
use super::read::until_at;
use super::rule::{Bound, Freq, NthWeekday, Rule, Until};
use super::set::{Recurrence, last_key};
use super::slot::{Slot, naive, wall_secs};
use super::start::Start;
use super::walk::Plan;

/// A series in two parts.
#[derive(Clone, Debug)]
pub struct Split {
    /// What occurs before the date; `None` when nothing does, so that the split is a change of the whole.
    pub before: Option<Recurrence>,
    /// The date and what follows, with the date as its start.
    pub after: Recurrence,
}

/// Why a series cannot be split.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unsplittable {
    #[error("{0} is not a date of the series")]
    NotADate(Slot),
    #[error("a rule of the series cannot be continued from {0}")]
    OutOfStep(Slot),
    #[error(transparent)]
    Exhausted(#[from] Exhausted),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

impl Recurrence {
    /// The dates before `slot`, and `slot` with those that follow: together exactly this series' dates.
    ///
    /// The first part ends with an `UNTIL` just before `slot` in Google's form (UTC, one second before; the day before of
    /// an all-day series). The second has what is left of a `COUNT`.
    pub fn split_at(&self, slot: Slot, budget: Budget) -> Result<Split, Unsplittable> {
        let before = self.until(slot, budget)?;
        let later = |dates: &[Slot]| dates.iter().copied().filter(|date| *date >= slot).collect();
        let (mut rdates, mut exdates): (Vec<Slot>, Vec<Slot>) = (later(self.rdates()), later(self.exdates()));
        let wall = self.nominal_wall(slot, budget)?;
        let rules = self.continued(self.rules(), slot, wall, &mut rdates, budget)?;
        let ex_rules = self.continued(self.ex_rules(), slot, wall, &mut exdates, budget)?;
        let after = Self::build(self.start().at_wall(naive(wall)), rules, ex_rules, rdates, exdates)?;
        Ok(Split { before, after })
    }

    /// The first part alone, which there is also where a rule could not go on from `slot`.
    pub fn until(&self, slot: Slot, budget: Budget) -> Result<Option<Self>, Unsplittable> {
        if !self.contains(slot, budget)? {
            return Err(Unsplittable::NotADate(slot));
        }
        let earlier = |dates: &[Slot]| dates.iter().copied().filter(|date| *date < slot).collect();
        let before = Self::build(
            self.start(),
            self.ended(self.rules(), slot, budget)?,
            self.ended(self.ex_rules(), slot, budget)?,
            earlier(self.rdates()),
            earlier(self.exdates()),
        )?;
        let is_empty = before.slots(budget).next().transpose()?.is_none();
        Ok((!is_empty).then_some(before))
    }

    /// The rules as they end before `slot`, at the latest.
    fn ended(&self, rules: &[Rule], slot: Slot, budget: Budget) -> Result<Vec<Rule>, Unsplittable> {
        let start = wall_secs(self.start().wall());
        let mut ended = Vec::new();
        for rule in rules {
            let has_ended = match rule.bound {
                Bound::Endless => false,
                Bound::Until(_) => last_key(self.start(), rule.bound) < slot.key(),
                Bound::Count(count) => {
                    passed(&Plan::new(rule, start)?, slot.wall_secs(), budget)? >= u64::from(count)
                }
            };
            ended.push(match has_ended {
                true => rule.clone(),
                false => rule.bounded(Bound::Until(just_before(self.start(), slot))),
            });
        }
        Ok(ended)
    }

    /// The wall time that the rules mean by `slot`: another than the slot's own when a gap moved it. A series that begins
    /// with it keeps that time on all other days.
    fn nominal_wall(&self, slot: Slot, budget: Budget) -> Result<i64, Exhausted> {
        let wall = slot.wall_secs();
        let before = self.start().slot_at(wall - LONGEST_GAP);
        let a_gap_may_be_near = slot.wall_secs() - slot.key() > before.wall_secs() - before.key();
        if a_gap_may_be_near {
            let mut meter = Meter::new(budget);
            let (plans, _) = self.plans();
            for bounded in plans {
                let mut walk = bounded.plan.walk(wall - LONGEST_GAP, wall);
                while let Some(meant) = walk.next(&mut meter)?.filter(|meant| *meant < wall) {
                    if self.start().slot_at(meant) == slot {
                        return Ok(meant);
                    }
                }
            }
        }
        Ok(wall)
    }

    /// The rules as they go on from `slot`. Those that cannot, because they are between two turns there, leave their dates
    /// in `dates`.
    fn continued(
        &self,
        rules: &[Rule],
        slot: Slot,
        wall: i64,
        dates: &mut Vec<Slot>,
        budget: Budget,
    ) -> Result<Vec<Rule>, Unsplittable> {
        let start = wall_secs(self.start().wall());
        let mut continued = Vec::new();
        for rule in rules {
            let plan = Plan::new(rule, start)?;
            let bound = match rule.bound {
                Bound::Count(count) => {
                    let passed = passed(&plan, wall, budget)?;
                    match u64::from(count).saturating_sub(passed) {
                        0 => continue,
                        left => Bound::Count(u32::try_from(left).unwrap_or(count)),
                    }
                }
                bound @ (Bound::Endless | Bound::Until(_)) => bound,
            };
            let is_a_date = plan.walk(wall, wall).next(&mut Meter::new(budget))? == Some(wall);
            if is_a_date {
                // What the old start implied, the new one implies as well.
                continued.push(rule.bounded(bound));
            } else if plan.is_in_step(wall) {
                continued.push(spelt_out(rule, self.start().wall(), naive(wall)).bounded(bound));
            } else if bound == Bound::Endless {
                return Err(Unsplittable::OutOfStep(slot));
            } else {
                let alone = Self::new(self.start(), vec![rule.clone()])?;
                for date in alone.keyed(slot.key(), i64::MAX, budget) {
                    dates.push(date?);
                }
            }
        }
        Ok(continued)
    }
}

/// A day and an hour: no zone has skipped more.
const LONGEST_GAP: i64 = 90_000;

/// How many dates a rule gives before `wall`.
fn passed(plan: &Plan, wall: i64, budget: Budget) -> Result<u64, Exhausted> {
    let mut meter = Meter::new(budget);
    let mut walk = plan.walk(i64::MIN, wall);
    let mut passed = 0;
    while walk.next(&mut meter)?.is_some_and(|date| date < wall) {
        passed += 1;
    }
    Ok(passed)
}

/// The rule with what its start implies written out, so that it means the same with another start.
fn spelt_out(rule: &Rule, start: NaiveDateTime, new_start: NaiveDateTime) -> Rule {
    let mut rule = rule.clone();
    // Each fits its part: a month is 1 to 12, a second 0 to 59.
    let byte = |value: u32| u8::try_from(value).unwrap_or_default();
    if !rule.has_day_parts() {
        if rule.freq == Freq::Yearly && rule.by_month.is_empty() {
            rule.by_month = vec![byte(start.month())];
        }
        match rule.freq {
            Freq::Yearly | Freq::Monthly => {
                rule.by_month_day = vec![i8::try_from(start.day()).unwrap_or_default()];
            }
            Freq::Weekly => rule.by_day = vec![NthWeekday::every(start.weekday())],
            Freq::Daily | Freq::Hourly | Freq::Minutely | Freq::Secondly => {}
        }
    }
    if start.time() == new_start.time() {
        return rule;
    }
    let by_days = !rule.freq.is_sub_daily();
    if rule.by_hour.is_empty() && by_days {
        rule.by_hour = vec![byte(start.hour())];
    }
    if rule.by_minute.is_empty() && (by_days || rule.freq == Freq::Hourly) {
        rule.by_minute = vec![byte(start.minute())];
    }
    if rule.by_second.is_empty() && rule.freq != Freq::Secondly {
        rule.by_second = vec![byte(start.second())];
    }
    rule
}

impl Start {
    /// The wall time that a series which begins here means by `slot`: another than the slot's own where a gap moved it.
    pub fn nominal(self, slot: Slot) -> NaiveDateTime {
        let time = self.wall().time();
        // A gap at midnight moves a date into the next day.
        let days = [Some(slot.date()), slot.date().pred_opt()];
        days.into_iter()
            .flatten()
            .map(|date| date.and_time(time))
            .find(|wall| self.at_wall(*wall).slot() == slot)
            .unwrap_or(slot.wall())
    }
}

/// An `UNTIL` that allows everything before `slot` and not `slot`.
fn just_before(start: Start, slot: Slot) -> Until {
    match (start, slot.at()) {
        (Start::Date(_), _) => Until::Date(naive(slot.wall_secs() - 1).date()),
        (_, Some(at)) => until_at(at.plus_secs(-1)),
        (_, None) => Until::Wall(naive(slot.wall_secs() - 1)),
    }
}
