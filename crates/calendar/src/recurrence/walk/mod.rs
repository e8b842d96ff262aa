//! The dates of one rule as civil seconds, in order, beginning at a given one.

use rrule::RRuleSet;

use super::budget::{Exhausted, Meter};
use super::error::Unreadable;
use super::library;
use super::rule::{Bound, Rule};
use super::slot::LAST_WALL;

/// A rule made ready for walking: what is implied by the start is written out.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    start: i64,
    count: Option<u64>,
    set: RRuleSet,
}

impl Plan {
    /// `start` in civil seconds.
    pub(super) fn new(rule: &Rule, start: i64) -> Result<Self, Unreadable> {
        let count = match rule.bound {
            Bound::Count(count) => Some(u64::from(count)),
            Bound::Endless | Bound::Until(_) => None,
        };
        Ok(Self { start, count, set: library::rule_set(rule, start)? })
    }

    /// The walls from `from` on.
    pub(super) fn walk(&self, from: i64) -> Walk<'_> {
        Walk { from: from.max(self.start), left: self.count, dates: Box::new(library::walls(&self.set)) }
    }
}

/// A walk over one rule's walls; `COUNT` ends it, `UNTIL` is the caller's.
pub(super) struct Walk<'a> {
    from: i64,
    left: Option<u64>,
    dates: Box<dyn Iterator<Item = i64> + 'a>,
}

impl Walk<'_> {
    /// The next wall, or `None` behind the last one or the year 9999.
    pub(super) fn next(&mut self, meter: &mut Meter) -> Result<Option<i64>, Exhausted> {
        loop {
            if self.left == Some(0) {
                return Ok(None);
            }
            meter.spend(1)?;
            let Some(wall) = self.dates.next().filter(|wall| *wall <= LAST_WALL) else {
                return Ok(None);
            };
            self.left = self.left.map(|left| left - 1);
            if wall >= self.from {
                return Ok(Some(wall));
            }
        }
    }
}
