//! Wall times to instants, for one zone: the policy on gaps and folds at work.
//!
//! A wall time that the zone skips moves forward by the gap; of an ambiguous one the first is taken; instants that fall
//! together count once (the caller drops them). That is RFC 5545 section 3.3.5, read for recurrences too.

use chrono::{DateTime, Offset as _, TimeZone as _};
use chrono_tz::Tz;

use super::slot::{Kind, Slot, naive};
use crate::zone;

/// One zone's offsets, remembered while walking forward.
#[derive(Clone, Debug)]
pub(super) struct Offsets {
    zone: Tz,
}

impl Offsets {
    pub(super) fn new(zone: Tz) -> Self {
        Self { zone }
    }

    /// The slot of a wall time, and whether a gap moved it.
    pub(super) fn resolve(&mut self, wall: i64) -> (Slot, bool) {
        let utc = zone::resolve(self.zone, naive(wall)).map_or(wall, |at| at.as_secs());
        let slot = self.at(utc);
        (slot, slot.wall_secs() != wall)
    }

    /// No wall before it lands at `utc` or later.
    pub(super) fn earliest_wall(&mut self, utc: i64) -> i64 {
        // The longest gap was a day (Samoa, 2011): its walls were resolved with the offset before it.
        let offset = |utc: i64| self.at(utc).wall_secs() - utc;
        let floor = utc.max(super::slot::FIRST_WALL - 86_400);
        floor + offset(floor).min(offset(floor - 90_000))
    }

    /// The slot at an instant, in seconds since 1970.
    pub(super) fn at(&self, utc: i64) -> Slot {
        let offset = DateTime::from_timestamp(utc, 0)
            .map_or(0, |at| self.zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc());
        Slot::new(utc + i64::from(offset), Kind::Zoned(offset))
    }
}
