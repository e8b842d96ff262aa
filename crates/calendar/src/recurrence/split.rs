//! "This and following": one series becomes two.

use chrono::NaiveDateTime;
use thiserror::Error;

use super::budget::{Budget, Exhausted};
use super::error::Unreadable;
use super::read::until_at;
use super::rule::{Bound, Rule, Until};
use super::set::Recurrence;
use super::slot::{Slot, naive};
use super::start::Start;

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
        if !self.contains(slot, budget)? {
            return Err(Unsplittable::NotADate(slot));
        }
        let (earlier, later): (Vec<Slot>, Vec<Slot>) = self.rdates().iter().partition(|date| **date < slot);
        let (ex_earlier, ex_later): (Vec<Slot>, Vec<Slot>) =
            self.exdates().iter().partition(|date| **date < slot);

        let ended = |rule: &Rule| rule.bounded(Bound::Until(just_before(self.start(), slot)));
        let before = Self::build(
            self.start(),
            self.rules().iter().map(ended).collect(),
            self.ex_rules().iter().map(ended).collect(),
            earlier,
            ex_earlier,
        )?;
        let before_is_empty = before.slots(budget).next().transpose()?.is_none();

        let wall = self.nominal_wall(slot);
        let rules = self.continued(self.rules(), wall, budget)?;
        let ex_rules = self.continued(self.ex_rules(), wall, budget)?;
        let after = Self::build(self.start().at_wall(wall), rules, ex_rules, later, ex_later)?;
        Ok(Split { before: (!before_is_empty).then_some(before), after })
    }

    /// The wall time that the rules mean by `slot`: another than the slot's own when a gap moved it.
    fn nominal_wall(&self, slot: Slot) -> NaiveDateTime {
        self.start().nominal(slot)
    }

    /// The rules as they go on from `wall`.
    fn continued(
        &self,
        rules: &[Rule],
        wall: NaiveDateTime,
        budget: Budget,
    ) -> Result<Vec<Rule>, Unsplittable> {
        let mut continued = Vec::new();
        for rule in rules {
            let bound = match rule.bound {
                Bound::Count(count) => {
                    let alone = Self::new(self.start(), vec![rule.clone()])?;
                    let slot = self.start().at_wall(wall).slot();
                    let mut passed = 0;
                    for earlier in alone.keyed(i64::MIN, slot.key(), budget) {
                        earlier?;
                        passed += 1;
                    }
                    match count.checked_sub(passed) {
                        Some(0) | None => continue,
                        Some(left) => Bound::Count(left),
                    }
                }
                bound @ (Bound::Endless | Bound::Until(_)) => bound,
            };
            continued.push(rule.bounded(bound));
        }
        Ok(continued)
    }
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
