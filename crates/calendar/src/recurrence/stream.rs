//! Walls become slots, and the slots of several sources one ordered set.

use std::iter::Peekable;

use super::budget::{Budget, Exhausted, Meter};
use super::offsets::Offsets;
use super::set::{Bounded, Recurrence};
use super::slot::{Kind, Slot};
use super::start::Start;
use super::walk::Walk;

/// The slots of one rule with keys in `[from, to)`, some at a time.
struct Stream<'a> {
    walk: Walk<'a>,
    start: Start,
    offsets: Option<Offsets>,
    from: i64,
    to: i64,
    /// In order; those before `read` are told.
    slots: Vec<Slot>,
    read: usize,
    walls: Vec<i64>,
    /// The key of the last slot read, those outside `[from, to)` too.
    last_key: i64,
    /// Nothing comes behind `slots`, but for the error.
    ended: bool,
    exhausted: Option<Exhausted>,
}

/// Slots read together: enough that reading costs nothing beside them, few enough not to matter when one is asked for.
const TOGETHER: usize = 32;

/// No zone has skipped more than a day.
const LONGEST_GAP: i64 = 86_400;

impl<'a> Stream<'a> {
    fn new(bounded: &'a Bounded, start: Start, from: i64, to: i64) -> Self {
        let offsets = start.zone().map(Offsets::new);
        // The walls that can land at `from` or later: a gap before it may have moved them.
        let first_wall = offsets.as_ref().map_or(from, |offsets| offsets.earliest_wall(from));
        let to = to.min(bounded.until.saturating_add(1));
        Self {
            // No zone is as much as two days away from UTC, its longest gap included.
            walk: bounded.plan.walk(first_wall, to.saturating_add(2 * 86_400)),
            start,
            offsets,
            from,
            to,
            slots: Vec::new(),
            read: 0,
            walls: Vec::new(),
            last_key: i64::MIN,
            ended: false,
            exhausted: None,
        }
    }

    #[inline]
    fn next(&mut self, meter: &mut Meter) -> Result<Option<Slot>, Exhausted> {
        if self.read == self.slots.len() {
            self.refill(meter)?;
        }
        let slot = self.slots.get(self.read).copied();
        self.read += usize::from(slot.is_some());
        Ok(slot)
    }

    /// The next slots, as many as were read together; none behind the last.
    fn chunk(&mut self, meter: &mut Meter) -> Result<&[Slot], Exhausted> {
        if self.read == self.slots.len() {
            self.refill(meter)?;
        }
        let read = std::mem::replace(&mut self.read, self.slots.len());
        Ok(&self.slots[read..])
    }

    /// Reads on until there are slots; there are none behind the last.
    fn refill(&mut self, meter: &mut Meter) -> Result<(), Exhausted> {
        self.slots.clear();
        self.read = 0;
        while self.slots.is_empty() {
            if self.ended {
                return self.exhausted.map_or(Ok(()), Err);
            }
            self.fill(meter);
        }
        Ok(())
    }

    /// Reads the next slots, each once.
    ///
    /// Walls come in order, and so do the instants of those that exist. A wall in a gap lands behind the gap, perhaps behind
    /// later walls: then reading goes on until no later wall can land before it.
    fn fill(&mut self, meter: &mut Meter) {
        let mut beyond = i64::MIN;
        while !self.ended && (self.slots.len() < TOGETHER || self.last_key < beyond) {
            self.walls.clear();
            match self.walk.append(&mut self.walls, TOGETHER, meter) {
                Ok(more) => self.ended = !more,
                Err(exhausted) => {
                    self.exhausted = Some(exhausted);
                    self.ended = true;
                }
            }
            for &wall in &self.walls {
                let slot = match &mut self.offsets {
                    Some(offsets) => {
                        let (slot, shifted) = offsets.resolve(wall);
                        if shifted {
                            beyond = slot.key() + LONGEST_GAP;
                        }
                        slot
                    }
                    None if self.start.is_date() => Slot::new(wall, Kind::Date),
                    None => Slot::new(wall, Kind::Floating),
                };
                let key = slot.key();
                let is_new = key != self.last_key;
                self.last_key = key;
                if (self.from..self.to).contains(&key) {
                    if is_new {
                        self.slots.push(slot);
                    }
                } else if key >= self.to && beyond == i64::MIN {
                    self.ended = true;
                    break;
                }
            }
            // Whatever a gap moved has been passed.
            self.ended |= self.last_key >= self.to && self.last_key >= beyond;
        }
        if beyond != i64::MIN {
            self.slots.sort_unstable();
            self.slots.dedup_by_key(|slot| slot.key());
        }
    }
}

/// The union of several sources in order, with repetitions.
struct Union<'a> {
    streams: Vec<(Stream<'a>, Option<Slot>)>,
    dates: Peekable<std::iter::Copied<std::slice::Iter<'a, Slot>>>,
    has_no_dates: bool,
    primed: bool,
}

impl<'a> Union<'a> {
    fn new(plans: &'a [Bounded], dates: &'a [Slot], start: Start, from: i64, to: i64) -> Self {
        let low = dates.partition_point(|slot| slot.key() < from);
        let high = dates.partition_point(|slot| slot.key() < to).max(low);
        Self {
            streams: plans.iter().map(|plan| (Stream::new(plan, start, from, to), None)).collect(),
            dates: dates[low..high].iter().copied().peekable(),
            has_no_dates: low == high,
            primed: false,
        }
    }

    fn is_empty(&self) -> bool {
        self.streams.is_empty() && self.has_no_dates
    }

    /// One rule alone, which most series are: it needs no merging.
    #[inline]
    fn alone(&mut self) -> Option<&mut Stream<'a>> {
        match &mut self.streams[..] {
            [(stream, _)] if self.has_no_dates => Some(stream),
            _ => None,
        }
    }

    fn next(&mut self, meter: &mut Meter) -> Result<Option<Slot>, Exhausted> {
        if let Some(stream) = self.alone() {
            return stream.next(meter);
        }
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
    /// The slot of a chunk that was merged.
    one: [Slot; 1],
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
            one: [start.slot()],
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

    /// The next slots; none behind the last. What one rule read together is handed on whole, since taking it apart costs
    /// more than finding it; of several sources it is one slot.
    pub(super) fn chunk(&mut self) -> Result<&[Slot], Exhausted> {
        // Looked at twice: a borrow that is returned cannot also be given up.
        if self.excluded.is_empty() && self.included.alone().is_some() {
            return self.included.alone().map_or(Ok(&[]), |stream| stream.chunk(&mut self.meter));
        }
        Ok(match self.next()? {
            Some(slot) => {
                self.one = [slot];
                &self.one
            }
            None => &[],
        })
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
