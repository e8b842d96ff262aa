//! Walls become slots, and the slots of several sources one ordered set.

use std::collections::VecDeque;
use std::iter::Peekable;

use super::budget::{Budget, Exhausted, Meter};
use super::offsets::Offsets;
use super::set::{Bounded, Recurrence};
use super::slot::{Kind, Slot};
use super::start::Start;
use super::walk::Walk;

/// The slots of one rule with keys in `[from, to)`.
///
/// Walls come in order, and so do the instants of those that exist. A wall in a gap lands behind the gap, perhaps behind
/// later walls: such slots wait until the walls have caught up with them.
struct Stream<'a> {
    walk: Walk<'a>,
    start: Start,
    offsets: Option<Offsets>,
    from: i64,
    to: i64,
    shifted: VecDeque<Slot>,
    /// Read from the walk, but later than a shifted slot that comes first.
    held: Option<Slot>,
    ended: bool,
}

impl<'a> Stream<'a> {
    fn new(bounded: &'a Bounded, start: Start, from: i64, to: i64) -> Self {
        let mut offsets = start.zone().map(Offsets::new);
        let first_wall = match &mut offsets {
            // The walls that can land at `from` or later: a gap behind it may have moved them.
            Some(offsets) => offsets.earliest_wall(from),
            None => from,
        };
        Self {
            walk: bounded.plan.walk(first_wall),
            start,
            offsets,
            from,
            to: to.min(bounded.until.saturating_add(1)),
            shifted: VecDeque::new(),
            held: None,
            ended: false,
        }
    }

    fn next(&mut self, meter: &mut Meter) -> Result<Option<Slot>, Exhausted> {
        loop {
            let slot = self.in_order(meter)?;
            match slot {
                Some(slot) if slot.key() < self.from => {}
                Some(slot) if slot.key() >= self.to => {
                    // Slots that are waiting come before the one that passed the end.
                    self.ended = true;
                    return Ok(None);
                }
                slot => return Ok(slot),
            }
        }
    }

    /// The next slot of the walk in the order of instants.
    fn in_order(&mut self, meter: &mut Meter) -> Result<Option<Slot>, Exhausted> {
        if self.ended {
            return Ok(None);
        }
        if self.held.is_none() {
            self.held = self.pull(meter)?;
        }
        match (self.shifted.front(), self.held) {
            (Some(shifted), Some(held)) if *shifted < held => Ok(self.shifted.pop_front()),
            (Some(_), None) => Ok(self.shifted.pop_front()),
            (_, held) => {
                self.held = None;
                Ok(held)
            }
        }
    }

    /// The next slot that no gap moved; those that one did are put aside.
    fn pull(&mut self, meter: &mut Meter) -> Result<Option<Slot>, Exhausted> {
        while let Some(wall) = self.walk.next(meter)? {
            let Some(offsets) = &mut self.offsets else {
                let kind = if self.start.is_date() { Kind::Date } else { Kind::Floating };
                return Ok(Some(Slot::new(wall, kind)));
            };
            match offsets.resolve(wall) {
                (slot, false) => return Ok(Some(slot)),
                (slot, true) => self.shifted.push_back(slot),
            }
        }
        Ok(None)
    }
}

/// The union of several sources in order, with repetitions.
struct Union<'a> {
    streams: Vec<(Stream<'a>, Option<Slot>)>,
    dates: Peekable<std::iter::Copied<std::slice::Iter<'a, Slot>>>,
    primed: bool,
}

impl<'a> Union<'a> {
    fn new(plans: &'a [Bounded], dates: &'a [Slot], start: Start, from: i64, to: i64) -> Self {
        let low = dates.partition_point(|slot| slot.key() < from);
        let high = dates.partition_point(|slot| slot.key() < to).max(low);
        Self {
            streams: plans.iter().map(|plan| (Stream::new(plan, start, from, to), None)).collect(),
            dates: dates[low..high].iter().copied().peekable(),
            primed: false,
        }
    }

    fn next(&mut self, meter: &mut Meter) -> Result<Option<Slot>, Exhausted> {
        if !self.primed {
            for (stream, head) in &mut self.streams {
                *head = stream.next(meter)?;
            }
            self.primed = true;
        }
        let first = self
            .streams
            .iter()
            .enumerate()
            .filter_map(|(index, (_, head))| head.map(|slot| (slot, index)))
            .min();
        match (first, self.dates.peek()) {
            (Some((slot, _)), Some(date)) if *date <= slot => Ok(self.dates.next()),
            (None, Some(_)) => Ok(self.dates.next()),
            (None, None) => Ok(None),
            (Some((slot, index)), _) => {
                let (stream, head) = &mut self.streams[index];
                *head = stream.next(meter)?;
                Ok(Some(slot))
            }
        }
    }
}

/// The set of a series: what is included, each once, less what is excluded.
pub(super) struct Merged<'a> {
    included: Union<'a>,
    excluded: Union<'a>,
    /// The first excluded slot that is not before the last included one.
    barrier: Option<Slot>,
    exclusions_began: bool,
    /// The start of a series without rules.
    lone: Option<Slot>,
    last: Option<i64>,
    meter: Meter,
}

impl<'a> Merged<'a> {
    pub(super) fn new(set: &'a Recurrence, from: i64, to: i64, budget: Budget) -> Self {
        let (plans, ex_plans) = set.plans();
        let start = set.start();
        let lone = Some(start.slot()).filter(|slot| plans.is_empty() && (from..to).contains(&slot.key()));
        Self {
            included: Union::new(plans, set.rdates(), start, from, to),
            excluded: Union::new(ex_plans, set.exdates(), start, from, to),
            barrier: None,
            exclusions_began: false,
            lone,
            last: None,
            meter: Meter::new(budget),
        }
    }

    pub(super) fn next(&mut self) -> Result<Option<Slot>, Exhausted> {
        loop {
            let Some(slot) = self.candidate()? else {
                return Ok(None);
            };
            if self.last == Some(slot.key()) {
                continue;
            }
            self.last = Some(slot.key());
            if !self.is_excluded(slot)? {
                return Ok(Some(slot));
            }
        }
    }

    fn candidate(&mut self) -> Result<Option<Slot>, Exhausted> {
        // Without rules nothing but extra dates comes beside the start.
        match (self.lone, self.included.dates.peek()) {
            (Some(start), Some(date)) if *date < start => Ok(self.included.dates.next()),
            (Some(_), _) => Ok(self.lone.take()),
            (None, _) => self.included.next(&mut self.meter),
        }
    }

    fn is_excluded(&mut self, slot: Slot) -> Result<bool, Exhausted> {
        if !self.exclusions_began {
            self.barrier = self.excluded.next(&mut self.meter)?;
            self.exclusions_began = true;
        }
        while self.barrier.is_some_and(|barrier| barrier.key() < slot.key()) {
            self.barrier = self.excluded.next(&mut self.meter)?;
        }
        Ok(self.barrier.is_some_and(|barrier| barrier.key() == slot.key()))
    }
}
