//! The whole set of one series: rules and extra dates, less the excluded ones.

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use model::{Instant, TimeRange};

use super::budget::{Budget, Exhausted};
use super::check::check;
use super::error::Unreadable;
use super::read::{self, Door};
use super::rule::{Bound, Rule, Until};
use super::slot::{FIRST_WALL, LAST_WALL, Slot, wall_secs};
use super::start::Start;
use super::stream::Merged;
use super::walk::Plan;
use super::write;
use crate::zone;

/// One series: its start, and what makes its dates.
///
/// The set is the union of the rules' dates and the extra ones, less the excluded ones (RFC 5545 section 3.8.5). The start
/// itself is in it when a rule gives it, or when there is no rule. Every date counts once.
#[derive(Clone, Debug)]
pub struct Recurrence {
    start: Start,
    rules: Vec<Rule>,
    ex_rules: Vec<Rule>,
    /// Sorted, each once.
    rdates: Vec<Slot>,
    /// Sorted, each once.
    exdates: Vec<Slot>,
    /// `rules` and `ex_rules` made ready.
    plans: Vec<Bounded>,
    ex_plans: Vec<Bounded>,
}

/// A plan with the last key ([`Slot::key`]) that its `UNTIL` allows.
#[derive(Clone, Debug)]
pub(super) struct Bounded {
    pub(super) plan: Plan,
    pub(super) until: i64,
}

/// How long each occurrence lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Microseconds of elapsed time, what timed events have.
    Elapsed(i64),
    /// Civil days, what all-day events have.
    Days(u32),
}

/// Where a series ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    /// It goes on for ever.
    Endless,
    /// The last date that really occurs, which is seldom `UNTIL`'s.
    At(Slot),
    /// It has no date at all.
    Never,
}

/// What the lines of somebody else's event come to.
#[derive(Clone, Debug)]
pub enum Series {
    Understood(Recurrence),
    /// Kept as it came and shown from its owner's instances; never dropped, never written.
    Opaque {
        lines: Vec<String>,
        why: Unreadable,
    },
}

impl Series {
    /// Reads leniently.
    pub fn read(start: Start, lines: &[String]) -> Self {
        match Recurrence::read(start, lines) {
            Ok(recurrence) => Self::Understood(recurrence),
            Err(why) => Self::Opaque { lines: lines.to_vec(), why },
        }
    }
}

impl Recurrence {
    /// A series of these rules (an empty list: of the start alone).
    pub fn new(start: Start, rules: Vec<Rule>) -> Result<Self, Unreadable> {
        rules.iter().try_for_each(check)?;
        Self::build(start, rules, Vec::new(), Vec::new(), Vec::new())
    }

    /// From an event's lines, forgiving what calendars really send.
    pub fn read(start: Start, lines: &[String]) -> Result<Self, Unreadable> {
        Self::read_by(Door::Lenient, start, lines)
    }

    /// From an event's lines, refusing also what is only understood and must not be written.
    pub fn read_strict(start: Start, lines: &[String]) -> Result<Self, Unreadable> {
        Self::read_by(Door::Strict, start, lines)
    }

    fn read_by(door: Door, start: Start, lines: &[String]) -> Result<Self, Unreadable> {
        let lines = read::read(start, lines, door)?;
        Self::build(start, lines.rules, lines.ex_rules, lines.rdates, lines.exdates)
    }

    pub(super) fn build(
        start: Start,
        rules: Vec<Rule>,
        ex_rules: Vec<Rule>,
        mut rdates: Vec<Slot>,
        mut exdates: Vec<Slot>,
    ) -> Result<Self, Unreadable> {
        let first = wall_secs(start.wall());
        if !(FIRST_WALL..=LAST_WALL).contains(&first) {
            return Err(Unreadable::Start);
        }
        let plan =
            |rule: &Rule| Ok(Bounded { plan: Plan::new(rule, first)?, until: last_key(start, rule.bound) });
        let plans = rules.iter().map(plan).collect::<Result<_, Unreadable>>()?;
        let ex_plans = ex_rules.iter().map(plan).collect::<Result<_, Unreadable>>()?;
        tidy(&mut rdates);
        tidy(&mut exdates);
        Ok(Self { start, rules, ex_rules, rdates, exdates, plans, ex_plans })
    }

    pub fn start(&self) -> Start {
        self.start
    }

    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Rules whose dates are taken away: read, never written.
    pub fn ex_rules(&self) -> &[Rule] {
        &self.ex_rules
    }

    /// Extra dates, sorted.
    pub fn rdates(&self) -> &[Slot] {
        &self.rdates
    }

    /// Excluded dates, sorted.
    pub fn exdates(&self) -> &[Slot] {
        &self.exdates
    }

    /// Takes one date away.
    pub fn exclude(&mut self, slot: Slot) {
        self.exdates.push(slot);
        tidy(&mut self.exdates);
    }

    /// Replaces the excluded dates.
    pub fn set_exdates(&mut self, slots: Vec<Slot>) {
        self.exdates = slots;
        tidy(&mut self.exdates);
    }

    /// Adds one date.
    pub fn include(&mut self, slot: Slot) {
        self.rdates.push(slot);
        tidy(&mut self.rdates);
    }

    /// Whether a rule repeats more often than daily.
    pub fn is_sub_daily(&self) -> bool {
        self.rules.iter().any(|rule| rule.freq.is_sub_daily())
    }

    /// The lines of Google's `Event.recurrence`. Rules whose dates were taken away are not among them: their dates must be
    /// excluded one by one first.
    pub fn lines(&self) -> Vec<String> {
        let rules = self.rules.iter().map(|rule| format!("RRULE:{rule}"));
        let rdates = write::dates("RDATE", self.start, &self.rdates);
        let exdates = write::dates("EXDATE", self.start, &self.exdates);
        rules.chain(rdates).chain(exdates).collect()
    }

    /// Every slot from the first on, lazily.
    pub fn slots(&self, budget: Budget) -> Slots<'_> {
        self.keyed(i64::MIN, i64::MAX, budget)
    }

    /// Every slot. An endless series ends the output budget.
    pub fn all(&self, budget: Budget) -> Result<Vec<Slot>, Exhausted> {
        self.slots(budget).gather(|_| true)
    }

    /// The slots that start in `[from, to)`, wall times of the series' own zone.
    pub fn between(
        &self,
        from: NaiveDateTime,
        to: NaiveDateTime,
        budget: Budget,
    ) -> Result<Vec<Slot>, Exhausted> {
        self.slots_between(Some(from), Some(to), budget).gather(|_| true)
    }

    /// The same lazily; without an edge the window is open there.
    pub fn slots_between(
        &self,
        from: Option<NaiveDateTime>,
        to: Option<NaiveDateTime>,
        budget: Budget,
    ) -> Slots<'_> {
        let key = |wall: NaiveDateTime| self.start.slot_at(wall_secs(wall)).key();
        self.keyed(from.map_or(i64::MIN, key), to.map_or(i64::MAX, key), budget)
    }

    /// The slots that start in `range`; those of an all-day or floating series as they fall in `zone`.
    pub fn starting(&self, range: TimeRange, zone: Tz, budget: Budget) -> Result<Vec<Slot>, Exhausted> {
        let (from, to) = self.keys(range.start(), range.end(), zone);
        self.keyed(from, to, budget).gather(|slot| range.contains(slot.instant(zone)))
    }

    /// The slots whose occurrences, each as long as `length`, overlap `range`; those of an all-day or floating series as
    /// they fall in `zone`. An occurrence without length overlaps where it starts.
    pub fn overlapping(
        &self,
        range: TimeRange,
        length: Length,
        zone: Tz,
        budget: Budget,
    ) -> Result<Vec<Slot>, Exhausted> {
        let micros = match length {
            Length::Elapsed(micros) => micros.max(0),
            // A day more than they have: no civil day is longer than two.
            Length::Days(days) => (i64::from(days) + 1) * 86_400_000_000,
        };
        let (from, to) = self.keys(range.start().plus_micros(-micros), range.end(), zone);
        let overlaps = |slot: Slot| {
            let start = slot.instant(zone);
            match TimeRange::new(start, self.end(slot, length, zone)) {
                Some(occurrence) => occurrence.overlaps(range),
                None => range.contains(start),
            }
        };
        self.keyed(from, to, budget).gather(overlaps)
    }

    /// When the occurrence at `slot` ends.
    pub fn end(&self, slot: Slot, length: Length, zone: Tz) -> Instant {
        match length {
            Length::Elapsed(micros) => slot.instant(zone).plus_micros(micros),
            Length::Days(days) => {
                let wall = slot.wall_secs() + i64::from(days) * 86_400;
                zone::resolve(self.start.zone().unwrap_or(zone), super::slot::naive(wall))
                    .unwrap_or(slot.instant(zone))
            }
        }
    }

    /// Whether `slot` is a date of the series.
    pub fn contains(&self, slot: Slot, budget: Budget) -> Result<bool, Exhausted> {
        let found = self.keyed(slot.key(), slot.key() + 1, budget).next().transpose()?;
        Ok(found == Some(slot))
    }

    /// The last date that really occurs.
    pub fn last(&self, budget: Budget) -> Result<Last, Exhausted> {
        if self.rules.iter().any(|rule| rule.bound == Bound::Endless) {
            return Ok(Last::Endless);
        }
        let last = |from: i64, to: i64| {
            let mut slots = self.keyed(from, to, budget.with_output(usize::MAX));
            slots.try_fold(None, |_, slot| slot.map(Some))
        };
        let counted = self.rules.iter().any(|rule| rule.count().is_some());
        if !counted {
            // Nothing comes behind the last `UNTIL` and the last extra date: look back from there, further and further.
            let ends = self
                .plans
                .iter()
                .map(|bounded| bounded.until)
                .chain(self.rdates.last().map(|slot| slot.key()));
            let end = ends.max().unwrap_or(self.start.slot().key()).saturating_add(1);
            for days in [40, 400, 4_000] {
                if let Some(slot) = last(end.saturating_sub(days * 86_400), end)? {
                    return Ok(Last::At(slot));
                }
            }
        }
        Ok(last(i64::MIN, i64::MAX)?.map_or(Last::Never, Last::At))
    }

    /// Slots whose keys are in `[from, to)`.
    pub(super) fn keyed(&self, from: i64, to: i64, budget: Budget) -> Slots<'_> {
        Slots { merged: Some(Merged::new(self, from, to, budget)), left: budget.output, limit: budget.output }
    }

    pub(super) fn plans(&self) -> (&[Bounded], &[Bounded]) {
        (&self.plans, &self.ex_plans)
    }

    /// Keys that hold every slot starting in `[from, to)`, and perhaps some beside it.
    fn keys(&self, from: Instant, to: Instant, zone: Tz) -> (i64, i64) {
        let (from, to) = (from.as_secs(), to.as_secs().saturating_add(1));
        if self.start.zone().is_some() {
            return (from, to);
        }
        // A date or wall time falls within its own day in UTC, give or take a day and a half.
        let slack = 130_000;
        let _ = zone;
        (from.saturating_sub(slack), to.saturating_add(slack))
    }
}

/// Sorted, each once.
fn tidy(slots: &mut Vec<Slot>) {
    slots.sort_unstable();
    slots.dedup_by_key(|slot| slot.key());
}

/// The last key that a rule's `UNTIL` allows.
pub(super) fn last_key(start: Start, bound: Bound) -> i64 {
    let Bound::Until(until) = bound else {
        return i64::MAX;
    };
    let end_of_day = |date: chrono::NaiveDate| wall_secs(date.and_time(chrono::NaiveTime::MIN)) + 86_399;
    match (start, until) {
        // Of an all-day series the date counts, however it is written.
        (Start::Date(_), Until::Date(date)) => end_of_day(date),
        (Start::Date(_), Until::Wall(wall) | Until::Utc(wall)) => end_of_day(wall.date()),
        (Start::Floating(_), Until::Date(date)) => end_of_day(date),
        (Start::Floating(_), Until::Wall(wall) | Until::Utc(wall)) => wall_secs(wall),
        (Start::Zoned { .. }, Until::Date(date)) => start.slot_at(end_of_day(date)).key(),
        (Start::Zoned { .. }, Until::Wall(wall)) => start.slot_at(wall_secs(wall)).key(),
        (Start::Zoned { .. }, Until::Utc(utc)) => wall_secs(utc),
    }
}

/// The slots of one question, in order, each once; an error is the last item.
pub struct Slots<'a> {
    merged: Option<Merged<'a>>,
    left: usize,
    limit: usize,
}

impl Slots<'_> {
    /// Those that pass, all at once: what collecting gives, without handing on each slot by itself.
    fn gather(mut self, passes: impl Fn(Slot) -> bool) -> Result<Vec<Slot>, Exhausted> {
        let mut slots = Vec::new();
        if let Some(merged) = &mut self.merged {
            loop {
                let chunk = merged.chunk()?;
                if chunk.is_empty() {
                    break;
                }
                self.left = self.left.checked_sub(chunk.len()).ok_or(Exhausted::Output(self.limit))?;
                slots.extend(chunk.iter().copied().filter(|slot| passes(*slot)));
            }
        }
        Ok(slots)
    }
}

impl Iterator for Slots<'_> {
    type Item = Result<Slot, Exhausted>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.merged.as_mut()?.next();
        let item = match next {
            Ok(Some(slot)) => match self.left.checked_sub(1) {
                Some(left) => {
                    self.left = left;
                    return Some(Ok(slot));
                }
                None => Some(Err(Exhausted::Output(self.limit))),
            },
            Ok(None) => None,
            Err(exhausted) => Some(Err(exhausted)),
        };
        self.merged = None;
        item
    }
}
