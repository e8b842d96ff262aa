//! What single dates of a series have for themselves.

use std::collections::{BTreeMap, BTreeSet};

use super::dates::Instance;
use super::master::Master;
use crate::recurrence::{Length, Slot};

/// The exceptions of a series by their identity: the start that the rule gave them, wherever they are now.
///
/// One whose slot is in no rule is a date all the same: Google keeps exceptions as events of their own, and so a date that
/// somebody took care of does not vanish because its rule was changed elsewhere.
pub type Overrides = BTreeMap<Slot, Override>;

/// One exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Override {
    /// It does not take place, and never comes back.
    Cancelled,
    Changed(Own),
}

/// What an exception itself changed; the rest it takes from the master, today's or a later one's.
///
/// A value that happens to equal the master's is still its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// Where it was moved to. May be of another kind than the series, with a `length` that goes with it.
    pub start: Option<Slot>,
    pub length: Option<Length>,
    pub title: Option<String>,
    pub people: Option<BTreeSet<String>>,
    pub rooms: Option<BTreeSet<String>>,
}

impl Override {
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled)
    }
}

impl Own {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Everything that `instance` is, as its own: whatever becomes of the master, the date stays as it is.
    pub(super) fn pinned(instance: &Instance) -> Self {
        Self {
            start: Some(instance.start),
            length: Some(instance.length),
            title: Some(instance.details.title.clone()),
            people: Some(instance.details.people.clone()),
            rooms: Some(instance.details.rooms.clone()),
        }
    }

    /// Drops what `regular` says, too.
    pub(super) fn relative_to(mut self, regular: &Instance) -> Self {
        self.start.take_if(|start| *start == regular.start);
        self.length.take_if(|length| *length == regular.length);
        self.title.take_if(|title| *title == regular.details.title);
        self.people.take_if(|people| *people == regular.details.people);
        self.rooms.take_if(|rooms| *rooms == regular.details.rooms);
        self
    }

    /// The date at `slot` of `master`'s series, with these changes.
    pub(super) fn on(&self, master: &Master, slot: Slot) -> Instance {
        let mut instance = master.regular(slot);
        instance.exception = true;
        let Self { start, length, title, people, rooms } = self.clone();
        instance.start = start.unwrap_or(instance.start);
        instance.length = length.unwrap_or(instance.length);
        instance.details.title = title.unwrap_or(instance.details.title);
        instance.details.people = people.unwrap_or(instance.details.people);
        instance.details.rooms = rooms.unwrap_or(instance.details.rooms);
        instance
    }
}
