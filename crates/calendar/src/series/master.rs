//! What all dates of a series share.

use std::collections::BTreeSet;

use chrono_tz::Tz;

use super::dates::Instance;
use crate::recurrence::{Length, Recurrence, Slot};

/// What is said about a meeting, apart from when it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    pub title: String,
    /// E-mail addresses.
    pub people: BTreeSet<String>,
    /// Addresses of the rooms' calendars; a meeting may have several.
    pub rooms: BTreeSet<String>,
}

/// A series but for its exceptions: Google's master event.
#[derive(Clone, Debug)]
pub struct Master {
    /// Google's event id, or the one that an insert will ask for.
    pub id: String,
    /// The zone of the calendar it lives in, which rules all-day and floating series (a timed one has its own).
    pub calendar_zone: Tz,
    /// With the start of the first date.
    pub recurrence: Recurrence,
    /// How long each date lasts: `Days` for an all-day series, else `Elapsed`.
    pub length: Length,
    pub details: Details,
}

impl Master {
    /// The zone in which its wall times are meant.
    pub fn zone(&self) -> Tz {
        self.recurrence.start().zone().unwrap_or(self.calendar_zone)
    }

    /// The date at `slot` as the master alone says.
    pub(super) fn regular(&self, slot: Slot) -> Instance {
        Instance { slot, start: slot, length: self.length, details: self.details.clone(), exception: false }
    }
}
