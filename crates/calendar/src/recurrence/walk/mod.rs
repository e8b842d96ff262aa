//! The dates of one rule as civil seconds, in order, beginning at any of them.
//!
//! A rule repeats by a period (a day, week, month, year, or a tick of the clock) and means some dates of each. Which period
//! holds a given time is arithmetic, so that a walk begins at its window, however old the series; so is how many dates came
//! before, for most rules with `COUNT`. `BYWEEKNO` and `BYYEARDAY`, which no calendar's form offers, are the crate `rrule`'s
//! ([`super::library`]).

mod civil;
mod clock;
mod days;
mod month;
mod positions;
mod times;

use self::clock::Clock;
use self::days::{Days, Scratch};
use super::budget::{Exhausted, Meter};
use super::error::Unreadable;
use super::library::{Dates, Library};
use super::rule::{Freq, Rule};
use super::slot::LAST_WALL;

/// A rule made ready for walking: what is implied by the start is written out.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Civil seconds; nothing comes before it.
    start: i64,
    count: Option<u64>,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    /// No date can ever pass.
    Never,
    Days(Days),
    Clock(Clock),
    Library(Box<Library>),
}

impl Plan {
    /// `start` in civil seconds.
    pub(super) fn new(rule: &Rule, start: i64) -> Result<Self, Unreadable> {
        let source = match rule.freq {
            Freq::Secondly | Freq::Minutely | Freq::Hourly => Source::Clock(Clock::new(rule, start)),
            Freq::Yearly if !rule.by_week_no.is_empty() || !rule.by_year_day.is_empty() => {
                Source::Library(Box::new(Library::new(rule, start)?))
            }
            Freq::Daily | Freq::Weekly | Freq::Monthly | Freq::Yearly => Source::Days(Days::new(rule, start)),
        };
        let never = match &source {
            Source::Days(days) => days.is_never(),
            Source::Clock(clock) => clock.is_never(),
            Source::Library(library) => library.is_never(),
            Source::Never => true,
        };
        let source = if never { Source::Never } else { source };
        Ok(Self { start, count: rule.count().map(u64::from), source })
    }

    /// The walls from `from` on; none need be told behind `to`.
    pub(super) fn walk(&self, from: i64, to: i64) -> Walk<'_> {
        let from = from.max(self.start);
        let mut walk = Walk {
            plan: self,
            from,
            turn: 0,
            last_turn: self.turn_of(to.min(LAST_WALL)),
            left: self.count.unwrap_or(u64::MAX),
            scratch: Scratch::default(),
            dates: None,
            ready: Vec::new(),
        };
        walk.go_to_start();
        walk
    }

    /// Whether the rule's turns go on the same when it begins at `wall` instead.
    pub(super) fn is_in_step(&self, wall: i64) -> bool {
        match &self.source {
            Source::Days(days) => days.is_in_step(wall),
            Source::Clock(clock) => clock.is_in_step(wall),
            Source::Library(library) => library.is_in_step(wall),
            Source::Never => true,
        }
    }

    /// The period that may hold `wall`.
    fn turn_of(&self, wall: i64) -> i64 {
        match &self.source {
            Source::Days(days) => days.turn_of(wall),
            Source::Clock(clock) => clock.turn_of(wall),
            Source::Library(_) | Source::Never => 0,
        }
    }

    /// How many dates each period has, the first aside, where that is the same for all.
    fn dates_per_turn(&self) -> Option<u64> {
        match &self.source {
            Source::Days(days) => days.dates_per_turn(),
            Source::Clock(clock) => clock.dates_per_turn(),
            Source::Library(_) | Source::Never => None,
        }
    }
}

/// A walk over one rule's walls, a period at a time. `COUNT` ends it; `UNTIL` is the caller's, who knows the zone.
pub(super) struct Walk<'a> {
    plan: &'a Plan,
    from: i64,
    /// The period to read next.
    turn: i64,
    /// The last period of interest.
    last_turn: i64,
    /// Dates that `COUNT` still allows, those before `from` counted in.
    left: u64,
    scratch: Scratch,
    /// The crate's dates.
    dates: Option<Box<Dates>>,
    /// For [`Walk::next`]: walls read and not told, the next one last.
    ready: Vec<i64>,
}

impl Walk<'_> {
    /// Goes to the first period of interest.
    fn go_to_start(&mut self) {
        if let Source::Library(library) = &self.plan.source {
            let from = if self.plan.count.is_some() { self.plan.start } else { self.from };
            self.dates = Some(Box::new(library.walls_from(from)));
            return;
        }
        let turn = self.plan.turn_of(self.from);
        if self.plan.count.is_none() {
            self.turn = turn;
            return;
        }
        // Without the same number in every period the dates before the window must be walked through and counted.
        let (Some(per_turn), 1..) = (self.plan.dates_per_turn(), turn) else {
            return;
        };
        let mut first = Vec::new();
        if self.read_period(&mut first).is_some() && self.turn <= turn {
            let first = first.iter().filter(|wall| **wall >= self.plan.start).count() as u64;
            let between = u64::try_from(turn - self.turn).unwrap_or(0).saturating_mul(per_turn);
            self.left = self.left.saturating_sub(first.saturating_add(between));
            self.turn = turn;
        } else {
            self.turn = 0;
        }
    }

    /// Appends the walls of the next periods, whole ones, until there are `enough` of them; `false` behind the last period
    /// or the year 9999. There may be fewer, even none, before that: the caller goes on.
    pub(super) fn append(
        &mut self,
        walls: &mut Vec<i64>,
        enough: usize,
        meter: &mut Meter,
    ) -> Result<bool, Exhausted> {
        if self.left == 0 || self.turn > self.last_turn {
            return Ok(false);
        }
        let old = walls.len();
        let Some(steps) = self.read(walls, enough, meter.left()) else {
            return Ok(false);
        };
        let spent = meter.spend(steps);
        // The walls of several periods are in order like those of one: what is cut is cut from all of them at once.
        if walls.last().is_some_and(|wall| *wall > LAST_WALL) {
            walls.truncate(walls.partition_point(|wall| *wall <= LAST_WALL).max(old));
            self.last_turn = i64::MIN;
        }
        remove_before(walls, old, self.plan.start);
        let found = (walls.len() - old) as u64;
        if found > self.left {
            walls.truncate(old + self.left as usize);
        }
        self.left = self.left.saturating_sub(found);
        remove_before(walls, old, self.from);
        spent.map(|()| true)
    }

    /// The next wall, or `None` behind the last one.
    pub(super) fn next(&mut self, meter: &mut Meter) -> Result<Option<i64>, Exhausted> {
        let mut ready = std::mem::take(&mut self.ready);
        while ready.is_empty() {
            if !self.append(&mut ready, 1, meter)? {
                return Ok(None);
            }
            ready.reverse();
        }
        let wall = ready.pop();
        self.ready = ready;
        Ok(wall)
    }

    /// Reads periods, at least one, until there are `enough` dates, or what `COUNT` allows, or more than `most` steps were
    /// taken. The steps taken; `None` when there is no further period.
    ///
    /// Never a period too many: a question costs as many steps as when each period is read by itself.
    fn read(&mut self, walls: &mut Vec<i64>, enough: usize, most: u64) -> Option<u64> {
        let enough = match &self.plan.source {
            // What the crate finds behind the window is dear.
            Source::Library(_) => 1,
            _ => enough.min(usize::try_from(self.left).unwrap_or(usize::MAX)),
        };
        let enough = walls.len() + enough;
        let mut steps = self.read_period(walls)?;
        while walls.len() < enough && steps <= most && self.turn <= self.last_turn {
            match self.read_period(walls) {
                Some(more) => steps += more,
                None => break,
            }
        }
        Some(steps)
    }

    /// Reads one period's dates. The steps it took; `None` when there is no such period.
    #[inline]
    fn read_period(&mut self, walls: &mut Vec<i64>) -> Option<u64> {
        let old = walls.len();
        let steps = match &self.plan.source {
            Source::Days(days) => {
                let steps = days.fill(self.turn, walls, &mut self.scratch)?;
                self.turn += 1;
                steps
            }
            Source::Clock(clock) => {
                self.turn = clock.fill(self.turn, walls, self.scratch.indices())?;
                1
            }
            Source::Library(_) => {
                walls.push(self.dates.as_mut()?.next()?);
                super::library::STEPS
            }
            Source::Never => return None,
        };
        Some(steps + (walls.len() - old) as u64)
    }
}

/// Removes what comes before `edge` from the sorted part of `walls` that begins at index `old`.
#[inline]
fn remove_before(walls: &mut Vec<i64>, old: usize, edge: i64) {
    if walls.get(old).is_some_and(|wall| *wall < edge) {
        let early = walls[old..].partition_point(|wall| *wall < edge);
        walls.drain(old..old + early);
    }
}
