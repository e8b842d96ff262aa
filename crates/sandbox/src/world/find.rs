//! What an event id names: a copy, or an instance of a series that nobody has touched.

use super::World;
use super::event::EventCopy;
use super::recurrence::{self, Slot};
use crate::wire::ApiError;

/// What an event id names on a calendar.
pub(crate) enum Found {
    /// A copy.
    Copy(EventCopy),
    /// An instance that nobody has touched: the master's copy and the slot.
    Instance(EventCopy, Slot),
}

impl Found {
    pub(crate) fn etag(&self) -> u64 {
        match self {
            Self::Copy(copy) | Self::Instance(copy, _) => copy.etag,
        }
    }
}

impl World {
    /// Finds an event or an instance on a calendar.
    pub(crate) fn find(&self, calendar: &str, id: &str) -> Result<Found, ApiError> {
        let home = self.calendars.get(calendar).ok_or_else(ApiError::not_found)?;
        if let Some(copy) = home.events.get(id) {
            return Ok(Found::Copy(copy.clone()));
        }
        let (series, suffix) = id.rsplit_once('_').ok_or_else(ApiError::not_found)?;
        let master =
            home.events.get(series).filter(|copy| copy.is_master()).ok_or_else(ApiError::not_found)?;
        let slot = recurrence::find(&master.content, self.place(calendar), suffix)
            .ok_or_else(ApiError::not_found)?;
        Ok(Found::Instance(master.clone(), slot))
    }

    /// As [`World::find`], but a deleted event is forgotten after a while (`tombstone_ttl_s`).
    pub(crate) fn find_at(&self, calendar: &str, id: &str, now: i64) -> Result<Found, ApiError> {
        let found = self.find(calendar, id)?;
        let home = self.calendars.get(calendar).ok_or_else(ApiError::not_found)?;
        match &found {
            Found::Copy(copy) if self.is_forgotten(home, copy, now) => Err(ApiError::not_found()),
            _ => Ok(found),
        }
    }

    /// An event or instance on a calendar, as a copy.
    pub(crate) fn event(&self, calendar: &str, id: &str) -> Option<EventCopy> {
        match self.find(calendar, id).ok()? {
            Found::Copy(copy) => Some(copy),
            Found::Instance(master, slot) => {
                let updated = master.content.updated;
                Some(exception_of(&master, slot, updated))
            }
        }
    }
}

/// An instance as an exception of its own, not yet stored.
pub(crate) fn exception_of(master: &EventCopy, slot: Slot, now: i64) -> EventCopy {
    let mut copy = master.clone();
    copy.id = format!("{}_{}", master.id, slot.suffix);
    copy.content.series = Some(master.id.clone());
    copy.content.original_start = Some(slot.start.clone());
    copy.content.recurrence.clear();
    copy.content.start = slot.start;
    copy.content.end = slot.end;
    copy.content.updated = now;
    copy.copies.clear();
    copy.past.clear();
    copy
}
