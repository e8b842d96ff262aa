//! The dates of a series as they really are: its slots, with what exceptions make of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDateTime, TimeDelta};
use chrono_tz::Tz;
use model::{Instant, TimeRange};

use super::master::{Details, Master};
use super::overrides::{Override, Overrides};
use crate::recurrence::{Budget, Exhausted, Length, Recurrence, Slot, Start};
use crate::zone;

/// One date of a series as it really is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its identity: Google's `originalStartTime`.
    pub slot: Slot,
    /// Where it is; another than `slot` once it was moved.
    pub start: Slot,
    pub length: Length,
    pub details: Details,
    /// Whether it has anything for itself.
    pub exception: bool,
}

impl Instance {
    /// When it takes place; an all-day one as its days fall in `zone`. `None` for one without length.
    pub fn range(&self, zone: Tz) -> Option<TimeRange> {
        TimeRange::new(self.start.instant(zone), self.end(zone))
    }

    pub fn end(&self, zone: Tz) -> Instant {
        let start = self.start.instant(zone);
        match self.length {
            Length::Elapsed(micros) => start.plus_micros(micros),
            Length::Days(days) => self
                .start
                .wall()
                .checked_add_signed(TimeDelta::days(i64::from(days)))
                .and_then(|wall| zone::resolve(zone, wall))
                .unwrap_or(start),
        }
    }

    /// The same but for its identity.
    pub fn is_as(&self, other: &Self) -> bool {
        self.start == other.start && self.length == other.length && self.details == other.details
    }
}

/// Slots of one series that a question is about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Window {
    /// Every one. Of an endless series the budget ends.
    Whole,
    /// Those in `[from, to)`, wall times of the series, and every exception.
    Walls { from: NaiveDateTime, to: NaiveDateTime },
}

impl Window {
    pub(super) fn is_outside(self, slot: Slot) -> bool {
        match self {
            Self::Whole => false,
            Self::Walls { from, to } => slot.wall() < from || slot.wall() >= to,
        }
    }
}

impl Master {
    /// What the date at `slot` is: `None` if it was cancelled. The slot is taken for one of the series.
    pub fn instance(&self, overrides: &Overrides, slot: Slot) -> Option<Instance> {
        match overrides.get(&slot) {
            None => Some(self.regular(slot)),
            Some(Override::Changed(own)) => Some(own.on(self, slot)),
            Some(Override::Cancelled) => None,
        }
    }

    /// What is on in `range`: every date that overlaps it, by start. Regular dates are found by arithmetic, exceptions by
    /// looking at each.
    pub fn overlapping(
        &self,
        overrides: &Overrides,
        range: TimeRange,
        budget: Budget,
    ) -> Result<Vec<Instance>, Exhausted> {
        let zone = self.zone();
        let regular = self
            .recurrence
            .overlapping(range, self.length, zone, budget)?
            .into_iter()
            .filter(|slot| !overrides.contains_key(slot))
            .map(|slot| self.regular(slot));
        let changed = overrides
            .keys()
            .filter_map(|slot| self.instance(overrides, *slot))
            .filter(|instance| instance.range(zone).is_some_and(|on| on.overlaps(range)));
        let mut found: Vec<Instance> = regular.chain(changed).collect();
        found.sort_by_key(|instance| (instance.start.instant(zone), instance.slot));
        Ok(found)
    }

    /// The dates of `window` by slot; cancelled ones are `None`.
    pub(super) fn dates(
        &self,
        overrides: &Overrides,
        window: Window,
        budget: Budget,
    ) -> Result<BTreeMap<Slot, Option<Instance>>, Exhausted> {
        let slots = match window {
            Window::Whole => self.recurrence.all(budget)?,
            Window::Walls { from, to } => self.recurrence.between(from, to, budget)?,
        };
        Ok(slots
            .into_iter()
            .chain(overrides.keys().copied())
            .map(|slot| (slot, self.instance(overrides, slot)))
            .collect())
    }
}

/// Which of `slots` the lines have. Few are asked for one by one; many by one walk over what they span, so that the work
/// does not grow with their number.
pub(super) fn among(
    recurrence: &Recurrence,
    slots: BTreeSet<Slot>,
    budget: Budget,
) -> Result<BTreeSet<Slot>, Exhausted> {
    const FEW: usize = 32;
    let day = TimeDelta::days(1);
    let wall = |slot: Option<&Slot>, day| slot.and_then(|slot| slot.wall().checked_add_signed(day));
    let found = match (wall(slots.first(), -day), wall(slots.last(), day)) {
        (Some(from), Some(to)) if slots.len() > FEW => recurrence.between(from, to, budget)?,
        _ => {
            let mut found = Vec::new();
            for slot in &slots {
                if recurrence.contains(*slot, budget)? {
                    found.push(*slot);
                }
            }
            found
        }
    };
    Ok(found.into_iter().filter(|slot| slots.contains(slot)).collect())
}

/// The start that `slot` would be in a series of its kind.
pub(super) fn start_of(slot: Slot, zone: Tz) -> Start {
    if slot.is_date() {
        Start::Date(slot.date())
    } else if slot.at().is_some() {
        Start::Zoned { wall: slot.wall(), zone }
    } else {
        Start::Floating(slot.wall())
    }
}
