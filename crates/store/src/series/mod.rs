//! Series of our own: masters that we expand, their overrides, and their occurrences up to a horizon.
//!
//! Who expands a rule is elsewhere (`calendar`); here it is written down what came of it, under ONE-BOOKING. A person's
//! series is all or nothing: where anything is in the way, every clash is named and nothing is written ([`Unsaved`]).
//! When the horizon moves there is nobody to refuse: what meets somebody is kept as `conflicted`, drawn, and handed
//! back to be told. What began is never written again, nor looked at.
//!
//! Everything that one unit of work does to a series is one entry of the change log, so a screen gets one frame for
//! its day, however many dates there are.

mod clash;
mod extend;
mod instances;
mod rows;
mod save;

use chrono::NaiveDateTime;
use model::{BookingId, BookingState, Instant, RoomId, TimeRange};
use thiserror::Error;

use crate::error::StoreError;
use crate::event::{EventRow, GuestRow};

pub use clash::{Clash, Holder};
pub use extend::Extended;
pub use rows::DueSeries;
/// All of them, for the test that prepares each.
#[cfg(test)]
pub(crate) fn statements(engine: crate::dialect::Engine) -> Vec<(&'static str, &'static str)> {
    [rows::STATEMENTS, instances::STATEMENTS, &engine.series().statements()].concat()
}

/// What a master has that a single event lacks. Its rule is [`EventRow::recurrence`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesRow {
    pub event: BookingId,
    /// Raised by every change of the master or of an override (iCalendar SEQUENCE).
    pub sequence: i64,
    /// Wall time in the event's zone; midnight if the event is all-day. The first instant of the series would not do:
    /// it may stand for a wall time that a clock change skips.
    pub dtstart: NaiveDateTime,
    /// How long each instance is: microseconds that pass, or days if the event is all-day.
    pub duration: i64,
    pub rooms: Vec<RoomId>,
    /// Every instance whose original start is before it has its occurrences; `None` where that is all of them.
    pub horizon: Option<Instant>,
}

/// An instance that differs from its series, or was cancelled. `None` is "as the series".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverrideRow {
    /// The original start (iCalendar RECURRENCE-ID), which is the slot of its occurrences.
    pub recurrence_id: Instant,
    /// The series' sequence when it was last changed.
    pub sequence: i64,
    pub cancelled: bool,
    pub range: Option<TimeRange>,
    pub all_day: Option<bool>,
    pub title: Option<String>,
    pub private: Option<bool>,
    pub rooms: Option<Vec<RoomId>>,
    pub guests: Option<Vec<GuestRow>>,
}

/// A series as it is stored, without its occurrences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesStored {
    pub event: EventRow,
    pub series: SeriesRow,
    /// By `recurrence_id`.
    pub overrides: Vec<OverrideRow>,
}

/// An occurrence that a series is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    pub room: RoomId,
    /// The original start.
    pub slot: Instant,
    pub range: TimeRange,
    /// Where it is new or elsewhere than before; one that stays where it is keeps the state it has.
    pub state: BookingState,
    /// Differs from its series.
    pub title: Option<String>,
    pub exception: bool,
}

/// A series as it is to be: all of it, over the horizon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesWrite {
    /// Of kind `Series`. Without a number if it is new.
    pub event: EventRow,
    /// With the horizon to which `instances` reach. `sequence` is the new one; it is 0 for a new series.
    pub series: SeriesRow,
    pub overrides: Vec<OverrideRow>,
    /// In any order. Those that began before now are passed over: the past is what is stored.
    pub instances: Vec<Instance>,
}

/// Why a series was not saved. Nothing of it was.
#[derive(Debug, Error)]
pub enum Unsaved {
    /// These dates meet somebody, by room and start: all of them, not only the first.
    #[error("{} dates of the series are taken", .0.len())]
    Taken(Vec<Clash>),
    /// The series changed since it was read.
    #[error("the series changed meanwhile")]
    Stale,
    #[error(transparent)]
    Store(#[from] StoreError),
}
