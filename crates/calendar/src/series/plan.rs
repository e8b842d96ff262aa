//! What an edit comes to: the series as they shall be, and what happens to every date.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Datelike;
use chrono_tz::Tz;
use model::{Instant, RoomNumber};

use super::dates::{Instance, Window};
use super::master::Master;
use super::overrides::Overrides;
use super::shift::Shift;
use crate::acceptance::{self, Answer, SeriesRule};
use crate::busy::RoomBusy;
use crate::clash::{self, Clash, Holder, Wanted};
use crate::recurrence::{Bound, Budget, Exhausted, Recurrence, Slot, Start};

/// A series with its exceptions.
#[derive(Clone, Debug)]
pub struct Part {
    pub master: Master,
    pub overrides: Overrides,
}

/// Everything that an edit does, decided before anything is done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The edited series as it shall be; `None`: nothing is left of it, it is cancelled as a whole.
    pub old: Option<Part>,
    /// The series that takes over from some date on, if the edit splits.
    pub new: Option<Part>,
    /// What happens to each date, by where it is afterwards. Every date before and after the edit is in exactly one of
    /// them: all of them, or, of a series with more than [`LISTED`] dates or without end, those whose slots begin in
    /// `[now - PAST_DAYS, now + AHEAD_DAYS)`, every exception, and what was edited by itself.
    pub dates: Vec<Date>,
    /// Whether `dates` has every date.
    pub whole: bool,
    /// The zone of the series, in which all-day dates fall.
    pub zone: Tz,
}

/// A series with an end and at most this many dates is listed as a whole.
pub const LISTED: usize = 1_000;
/// How far back a longer one is listed.
pub const PAST_DAYS: i64 = 366;
/// How far ahead a longer one is listed: the 18 months for which occurrences are kept.
pub const AHEAD_DAYS: i64 = 548;

/// One date and what happens to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Date {
    /// Its identity before the edit; of an added date, after it.
    pub slot: Slot,
    pub fate: Fate,
    /// `None`: it was cancelled, or there was no such date.
    pub before: Option<Instance>,
    /// `None`: it does not take place.
    pub after: Option<Instance>,
}

/// What happens to a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It began before now; nothing happens to it.
    Past,
    /// The edit does not reach it, or finds what it would make of it.
    Kept,
    Changed,
    /// It is an exception that has for itself what the edit changes, and keeps it; the rest it may take.
    ExceptionKept,
    /// A new rule has it, the old one had not.
    Added,
    Dropped(Why),
    /// It was cancelled before, and stays so.
    StaysCancelled,
}

/// Why a date does not take place any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    Cancelled,
    /// The new rule does not have it.
    NotInRule,
}

impl Plan {
    /// Where the dates cannot have their rooms, and what would fit. [`Clash::date`] is a position in `dates`; dates that are
    /// past or do not take place wish for nothing, and rooms that `number_of` does not know are not looked at.
    ///
    /// `rooms` must be held by everything but this series' own dates: they make room for themselves (decisions 14).
    pub fn clashes(
        &self,
        rooms: &[RoomBusy<'_>],
        number_of: impl Fn(&str) -> Option<RoomNumber>,
        now: Instant,
    ) -> Vec<Clash> {
        let (positions, wanted): (Vec<usize>, Vec<Wanted>) = self
            .dates
            .iter()
            .enumerate()
            .filter(|(_, date)| date.fate != Fate::Past)
            .filter_map(|(position, date)| Some((position, date.wanted(self.zone, &number_of)?)))
            .unzip();
        let placed = |date: usize| positions.get(date).copied().unwrap_or(date);
        let mut found = clash::clashes(&wanted, rooms, now);
        for clash in &mut found {
            clash.date = placed(clash.date);
            if let Holder::Own(other) = &mut clash.with {
                *other = placed(*other);
            }
        }
        found
    }

    /// What `room` would answer to the dates that are asked anew, with `clashes` of this plan. Dates that a room would
    /// decline are positions in `dates`.
    pub fn answer(
        &self,
        room: RoomNumber,
        clashes: &[Clash],
        rule: SeriesRule,
        number_of: impl Fn(&str) -> Option<RoomNumber>,
    ) -> Answer {
        let asked: Vec<usize> = self
            .dates
            .iter()
            .enumerate()
            .filter(|(_, date)| matches!(date.fate, Fate::Changed | Fate::Added | Fate::ExceptionKept))
            .filter(|(_, date)| {
                date.wanted(self.zone, &number_of).is_some_and(|wanted| wanted.rooms.contains(&room))
            })
            .map(|(position, _)| position)
            .collect();
        let taken: BTreeSet<usize> =
            clashes.iter().filter(|clash| clash.room == room).map(|clash| clash.date).collect();
        let asked_and_taken: Vec<bool> = asked.iter().map(|date| taken.contains(date)).collect();
        match acceptance::answer(&asked_and_taken, rule) {
            Answer::AcceptsExcept(dates) => {
                Answer::AcceptsExcept(dates.into_iter().filter_map(|date| asked.get(date).copied()).collect())
            }
            answer => answer,
        }
    }
}

impl Date {
    fn wanted(&self, zone: Tz, number_of: &impl Fn(&str) -> Option<RoomNumber>) -> Option<Wanted> {
        let after = self.after.as_ref()?;
        let rooms = after.details.rooms.iter().filter_map(|room| number_of(room)).collect();
        Some(Wanted { range: after.range(zone)?, rooms })
    }
}

/// Which dates the part that an edit rewrote has now, under a shifted identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// None: identities stay.
    Nothing,
    /// Those from this slot on, in the new series.
    From(Slot),
    /// All, in the old series.
    Everything,
}

/// What the scopes decide; [`Outcome::told`] makes a [`Plan`] of it by comparing what was with what shall be, so that the
/// list cannot promise anything else.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) old: Option<Part>,
    pub(super) new: Option<Part>,
    pub(super) reach: Reach,
    pub(super) shift: Shift,
    /// Dates that are edited each by itself, and so are told wherever they are.
    pub(super) touched: Vec<Slot>,
    /// Exceptions that have for themselves what the edit changes.
    pub(super) withheld: BTreeSet<Slot>,
    /// Why dates are dropped, if any are.
    pub(super) why: Why,
}

impl Outcome {
    pub(super) fn told(self, before: &Part, now: Instant, budget: Budget) -> Result<Plan, Exhausted> {
        let budget = budget.with_output(usize::MAX);
        let mut whole = true;
        for part in [Some(before), self.old.as_ref(), self.new.as_ref()].into_iter().flatten() {
            whole = whole && is_short(&part.master.recurrence, budget)?;
        }
        let window = if whole { Window::Whole } else { around(now, before.master.zone()) };
        let mut after = After::new(&self, before, window, budget)?;
        let mut dates = Vec::new();
        let mut was_on = before.master.dates(&before.overrides, window, budget)?;
        for slot in &self.touched {
            was_on.entry(*slot).or_insert_with(|| before.master.instance(&before.overrides, *slot));
        }
        for (slot, was) in was_on {
            let becomes = after.take(slot, budget)?;
            let fate = self.fate(slot, was.as_ref(), becomes.as_ref(), now, before.master.zone());
            dates.push(Date { slot, fate, before: was, after: becomes });
        }
        let added = after.rest().map(|instance| Date {
            slot: instance.slot,
            fate: Fate::Added,
            before: None,
            after: Some(instance),
        });
        dates.extend(added);
        let zone = before.master.zone();
        dates.sort_by_key(|date| {
            let at =
                date.after.as_ref().or(date.before.as_ref()).map_or(date.slot, |instance| instance.start);
            (at.instant(zone), date.slot)
        });
        Ok(Plan { old: self.old, new: self.new, dates, whole, zone })
    }

    fn fate(
        &self,
        slot: Slot,
        was: Option<&Instance>,
        becomes: Option<&Instance>,
        now: Instant,
        zone: Tz,
    ) -> Fate {
        match (was, becomes) {
            (None, None) => Fate::StaysCancelled,
            (None, Some(_)) => Fate::Added,
            (Some(_), None) => Fate::Dropped(self.why),
            (Some(was), Some(becomes)) if was.is_as(becomes) && was.start.instant(zone) < now => Fate::Past,
            (Some(_), Some(_)) if self.withheld.contains(&slot) => Fate::ExceptionKept,
            (Some(was), Some(becomes)) if was.is_as(becomes) => Fate::Kept,
            (Some(_), Some(_)) => Fate::Changed,
        }
    }
}

/// The dates after an edit, found by their identities before it.
struct After<'a> {
    outcome: &'a Outcome,
    start: Start,
    window: Window,
    shifted: Window,
    old: BTreeMap<Slot, Option<Instance>>,
    new: BTreeMap<Slot, Option<Instance>>,
}

impl<'a> After<'a> {
    fn new(outcome: &'a Outcome, before: &Part, window: Window, budget: Budget) -> Result<Self, Exhausted> {
        let dates = |part: &Option<Part>, window| match part {
            Some(part) => part.master.dates(&part.overrides, window, budget),
            None => Ok(BTreeMap::new()),
        };
        let shifted = match window {
            Window::Whole => Window::Whole,
            Window::Walls { from, to } => Window::Walls {
                from: outcome.shift.wall(from).unwrap_or(from),
                to: outcome.shift.wall(to).unwrap_or(to),
            },
        };
        let old = if outcome.reach == Reach::Everything { shifted } else { window };
        Ok(Self {
            outcome,
            start: before.master.recurrence.start(),
            window,
            shifted,
            old: dates(&outcome.old, old)?,
            new: dates(&outcome.new, shifted)?,
        })
    }

    /// The date that was at `slot`, once.
    fn take(&mut self, slot: Slot, budget: Budget) -> Result<Option<Instance>, Exhausted> {
        let outcome = self.outcome;
        let shifted = |slot| (outcome.shift.slot(self.start, slot), self.shifted);
        let (part, dates, (slot, window)) = match outcome.reach {
            Reach::From(from) if slot >= from => (&outcome.new, &mut self.new, shifted(slot)),
            Reach::Everything => (&outcome.old, &mut self.old, shifted(slot)),
            Reach::From(_) | Reach::Nothing => (&outcome.old, &mut self.old, (Some(slot), self.window)),
        };
        let (Some(part), Some(slot)) = (part, slot) else { return Ok(None) };
        if let Some(instance) = dates.remove(&slot) {
            return Ok(instance);
        }
        // An exception outside the window may have become a regular date, which is in no list.
        let regular = window.is_outside(slot) && part.master.recurrence.contains(slot, budget)?;
        Ok(regular.then(|| part.master.instance(&part.overrides, slot)).flatten())
    }

    /// The dates that nothing before the edit became.
    fn rest(self) -> impl Iterator<Item = Instance> {
        self.old.into_values().chain(self.new.into_values()).flatten()
    }
}

/// Whether a series ends, with few enough dates to list them all.
fn is_short(recurrence: &Recurrence, budget: Budget) -> Result<bool, Exhausted> {
    if recurrence.rules().iter().any(|rule| rule.bound == Bound::Endless) {
        return Ok(false);
    }
    let mut slots = recurrence.slots(budget);
    for _ in 0..=LISTED {
        if slots.next().transpose()?.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn around(now: Instant, zone: Tz) -> Window {
    let wall = |days: i64| {
        let at = now.plus_minutes(days * 1_440).to_chrono();
        let at = at.filter(|at| (1..=9_999).contains(&at.year())).unwrap_or_default();
        at.with_timezone(&zone).naive_local()
    };
    Window::Walls { from: wall(-PAST_DAYS), to: wall(AHEAD_DAYS) }
}
