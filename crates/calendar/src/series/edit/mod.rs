//! The three scopes: this date, this and following, all.
//!
//! Three rules hold for each. The past stays as it is: a date that has begun is in no edit, except that a running meeting
//! may be changed by itself. A cancelled date stays cancelled. An exception keeps what it itself changed, and takes the
//! rest.

mod all;
mod following;
mod range;
mod rest;
mod this;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use chrono_tz::Tz;
use model::Instant;
use thiserror::Error;

pub use range::cancel_dates;

use super::dates::{Instance, start_of};
use super::master::{Details, Master};
use super::overrides::{Override, Overrides, Own};
use super::plan::{Part, Plan};
use super::shift::Shift;
use crate::recurrence::{Budget, Exhausted, Length, Rule, Slot, Start, Unreadable, Unsplittable};

/// What is done to one or more dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    Change(Box<Change>),
    Cancel,
}

/// New values; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub time: Option<Retime>,
    pub title: Option<String>,
    pub people: Option<BTreeSet<String>>,
    /// All rooms of the meeting afterwards, not only new ones.
    pub rooms: Option<BTreeSet<String>>,
    /// How it repeats from then on; its `COUNT` counts from the first date that it gives. Not for one date.
    pub rule: Option<Rule>,
    pub exceptions: Exceptions,
}

/// A new time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retime {
    pub start: Option<Move>,
    pub length: Option<Length>,
}

/// Where to. In a series every date moves by the same wall time as the date that the edit is made at: 09:00 on each date
/// becomes 10:00 on each date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// By wall time; whole days for all-day dates. An exception that the edit is made at moves from where it is.
    By(TimeDelta),
    /// To this start, which may be in another zone. An exception that the edit is made at is then where the series is.
    To(Start),
}

/// What an edit of several dates does to those that have something for themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Exceptions {
    /// They keep what they themselves changed.
    #[default]
    Keep,
    /// They become dates like all others. Cancelled ones stay cancelled, past ones stay as they are.
    Reset,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    This,
    /// From the date on; what has begun is left out.
    Following,
    /// Every date that has not begun.
    All,
}

/// One edit, as somebody makes it at one date.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    pub edit: &'a Edit,
    pub scope: Scope,
    /// The date it is made at, by its identity.
    pub at: Slot,
    pub now: Instant,
    /// The id of the series that takes over, should the edit split; derived by the caller, so that a repeat of the same
    /// edit names the same.
    pub new_id: &'a str,
}

/// Why an edit is not made. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refused {
    #[error("{0} is not a date of the series")]
    NoSuchDate(Slot),
    #[error("the date {0} is cancelled")]
    Cancelled(Slot),
    #[error("what the edit is about is past")]
    Past,
    #[error("{0} would be moved into the past")]
    IntoThePast(Slot),
    #[error("how a meeting repeats is changed for a series, not for one date")]
    RuleOfOneDate,
    #[error("all-day dates and timed ones are different series")]
    OtherKind,
    #[error("a meeting lasts some time")]
    Length,
    #[error("a series moves by at most {0} days")]
    TooFar(i64),
    #[error("the rule cannot be moved to those days; choose a new one")]
    RuleDoesNotMove,
    #[error("the series has rules that take dates away, which cannot be written")]
    ExcludingRule,
    #[error("the new rule has no date")]
    NoDates,
    #[error("the series has more than {0} exceptions")]
    TooManyExceptions(usize),
    #[error("an edit of one date cannot be told for so many dates")]
    TooManyDates(#[from] Exhausted),
    #[error("the rule cannot be read: {0}")]
    Unreadable(#[from] Unreadable),
    #[error("the series cannot be continued from there: {0}")]
    Unsplittable(Unsplittable),
}

impl From<Unsplittable> for Refused {
    fn from(why: Unsplittable) -> Self {
        match why {
            Unsplittable::Exhausted(exhausted) => Self::TooManyDates(exhausted),
            why => Self::Unsplittable(why),
        }
    }
}

/// Most exceptions of a series that is edited here, and most dates that an edit takes out of its lines. Ten years of a weekly meeting have 520 dates.
pub const MOST_EXCEPTIONS: usize = 2_000;
/// How far a series is moved at once, in days.
pub const FARTHEST_DAYS: i64 = 366;

/// Decides what `request` makes of a series. Nothing is asked about rooms here: see [`Plan::clashes`].
pub fn edit(master: &Master, overrides: &Overrides, request: &Request<'_>) -> Result<Plan, Refused> {
    let before = Part { master: master.clone(), overrides: overrides.clone() };
    let cx = Edited::new(&before, request)?;
    let outcome = match request.scope {
        Scope::This => this::this(&cx)?,
        Scope::Following => following::following(&cx)?,
        Scope::All => all::all(&cx)?,
    };
    let plan = outcome.told(&before, request.now, BUDGET)?;
    // The dates that have begun are as they were; one that has not must not be made to have.
    let moved_back = plan.dates.iter().find(|date| {
        let begun = |instance: &Instance| instance.start.instant(cx.zone) < request.now;
        date.after.as_ref().is_some_and(begun) && !date.before.as_ref().is_some_and(begun)
    });
    match moved_back {
        Some(date) => Err(Refused::IntoThePast(date.slot)),
        None => Ok(plan),
    }
}

/// What one question about a series may cost here: a century of a daily series.
const BUDGET: Budget = Budget::DEFAULT.with_output(usize::MAX);

/// A series, and what is wanted of it.
struct Edited<'a> {
    before: &'a Part,
    request: &'a Request<'a>,
    zone: Tz,
}

impl<'a> Edited<'a> {
    fn new(before: &'a Part, request: &'a Request<'a>) -> Result<Self, Refused> {
        if before.overrides.len() > MOST_EXCEPTIONS {
            return Err(Refused::TooManyExceptions(MOST_EXCEPTIONS));
        }
        let cx = Self { before, request, zone: before.master.zone() };
        let known = before.overrides.contains_key(&request.at)
            || before.master.recurrence.contains(request.at, BUDGET)?;
        if !known {
            return Err(Refused::NoSuchDate(request.at));
        }
        if let Edit::Change(change) = request.edit {
            check_length(change.time.and_then(|time| time.length))?;
        }
        Ok(cx)
    }

    fn change(&self) -> Option<&'a Change> {
        match self.request.edit {
            Edit::Change(change) => Some(change),
            Edit::Cancel => None,
        }
    }

    fn has_begun(&self, instance: &Instance) -> bool {
        instance.start.instant(self.zone) < self.request.now
    }

    /// By how much an edit of several dates moves them.
    fn shift(&self) -> Result<Shift, Refused> {
        let start = self.before.master.recurrence.start();
        let shift = match self.change().and_then(|change| change.time).and_then(|time| time.start) {
            None => Shift::NONE,
            Some(Move::By(wall)) => Shift { wall, zone: None },
            Some(Move::To(to)) => {
                if start.is_date() != to.is_date() || start.zone().is_some() != to.zone().is_some() {
                    return Err(Refused::OtherKind);
                }
                let wall = to.wall().signed_duration_since(start.nominal(self.request.at));
                Shift { wall, zone: to.zone().filter(|zone| start.zone() != Some(*zone)) }
            }
        };
        if shift.wall.num_days().abs() > FARTHEST_DAYS {
            return Err(Refused::TooFar(FARTHEST_DAYS));
        }
        if start.is_date() && shift.wall.num_seconds() % 86_400 != 0 {
            return Err(Refused::OtherKind);
        }
        Ok(shift)
    }
}

fn check_length(length: Option<Length>) -> Result<(), Refused> {
    match length {
        Some(Length::Elapsed(micros)) if micros <= 0 => Err(Refused::Length),
        Some(Length::Days(0)) => Err(Refused::Length),
        _ => Ok(()),
    }
}

/// `slot` moved by wall time in `zone`.
fn moved(slot: Slot, wall: TimeDelta, zone: Tz) -> Option<Slot> {
    let start = start_of(slot, zone);
    let moved = start.wall().checked_add_signed(wall)?;
    // Half a day makes no all-day date.
    (!slot.is_date() || wall.num_seconds() % 86_400 == 0).then(|| start.at_wall(moved).slot())
}

impl Change {
    /// Whether `own` has for itself what this changes.
    fn is_withheld_by(&self, own: &Own) -> bool {
        let time = self.time.unwrap_or_default();
        (time.start.is_some() && own.start.is_some())
            || (time.length.is_some() && own.length.is_some())
            || (self.title.is_some() && own.title.is_some())
            || (self.people.is_some() && own.people.is_some())
            || (self.rooms.is_some() && own.rooms.is_some())
    }

    fn details(&self, details: &Details) -> Details {
        Details {
            title: self.title.clone().unwrap_or_else(|| details.title.clone()),
            people: self.people.clone().unwrap_or_else(|| details.people.clone()),
            rooms: self.rooms.clone().unwrap_or_else(|| details.rooms.clone()),
        }
    }
}

/// The overrides that are dates, by slot.
fn live(overrides: &Overrides) -> impl Iterator<Item = (Slot, &Own)> {
    overrides.iter().filter_map(|(slot, exception)| match exception {
        Override::Changed(own) => Some((*slot, own)),
        Override::Cancelled => None,
    })
}
