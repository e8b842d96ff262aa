//! One date of a series.

use std::cmp::Ordering;
use std::fmt;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use model::Instant;

use super::offsets::Offsets;
use crate::zone;

/// The last civil second with a four-digit year, which is all that RFC 5545 can write.
pub(super) const LAST_WALL: i64 = 253_402_300_799;
/// 0001-01-01T00:00:00.
pub(super) const FIRST_WALL: i64 = -62_135_596_800;

/// One date of a series: its identity (`originalStartTime`) and its start, unless an exception moved it.
///
/// Slots of one series are ordered in time; slots of different kinds compare by their wall time and belong together
/// nowhere. Of a wall time that the zone skips, the slot is the shifted one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot {
    /// Civil seconds since 1970-01-01T00:00:00, whole days for an all-day slot.
    wall: i64,
    kind: Kind,
}

/// What a slot's wall time is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Date,
    Floating,
    /// Seconds east of UTC at the slot.
    Zoned(i32),
}

impl Slot {
    pub(super) const fn new(wall: i64, kind: Kind) -> Self {
        Self { wall, kind }
    }

    /// The slot that starts at `at` in a series of `zone`: what an instance's `originalStartTime` names.
    pub fn starting_at(at: Instant, zone: Tz) -> Self {
        Offsets::new(zone).at(at.as_secs())
    }

    /// The wall time; midnight of an all-day slot.
    pub fn wall(self) -> NaiveDateTime {
        naive(self.wall)
    }

    pub fn date(self) -> NaiveDate {
        self.wall().date()
    }

    pub fn is_date(self) -> bool {
        self.kind == Kind::Date
    }

    /// The instant, of zoned slots only.
    pub fn at(self) -> Option<Instant> {
        match self.kind {
            Kind::Zoned(offset) => Some(Instant::from_secs(self.wall - i64::from(offset))),
            Kind::Date | Kind::Floating => None,
        }
    }

    /// The instant, for all-day and floating slots that of their wall time in `zone` (a day begins with its first
    /// instant).
    pub fn instant(self, zone: Tz) -> Instant {
        self.at().or_else(|| zone::resolve(zone, self.wall())).unwrap_or(Instant::from_secs(self.wall))
    }

    pub(super) const fn wall_secs(self) -> i64 {
        self.wall
    }

    /// What orders the slots of one series: seconds since 1970 in UTC for zoned ones, else civil seconds.
    pub(super) const fn key(self) -> i64 {
        match self.kind {
            Kind::Date | Kind::Floating => self.wall,
            Kind::Zoned(offset) => self.wall - offset as i64,
        }
    }
}

impl Ord for Slot {
    fn cmp(&self, other: &Self) -> Ordering {
        let rank = |slot: &Self| match slot.kind {
            Kind::Date => 0,
            Kind::Floating => 1,
            Kind::Zoned(offset) => 2 + i64::from(offset),
        };
        self.key().cmp(&other.key()).then_with(|| rank(self).cmp(&rank(other)))
    }
}

impl PartialOrd for Slot {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A date, a local time, or RFC 3339 with the offset valid then: `2026-03-02`, `2026-03-02T10:00:00`,
/// `2026-03-02T10:00:00+09:00`.
impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wall = self.wall();
        match self.kind {
            Kind::Date => write!(f, "{}", wall.format("%Y-%m-%d")),
            Kind::Floating => write!(f, "{}", wall.format("%Y-%m-%dT%H:%M:%S")),
            Kind::Zoned(offset) => {
                let at = FixedOffset::east_opt(offset)
                    .and_then(|east| wall.and_local_timezone(east).single())
                    .unwrap_or_default();
                write!(f, "{}", at.format("%Y-%m-%dT%H:%M:%S%:z"))
            }
        }
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Civil seconds of a wall time; what is below a second is cut.
pub(super) fn wall_secs(wall: NaiveDateTime) -> i64 {
    wall.and_utc().timestamp()
}

/// The wall time of civil seconds, kept to the years that RFC 5545 can write.
pub(super) fn naive(wall: i64) -> NaiveDateTime {
    DateTime::from_timestamp(wall.clamp(FIRST_WALL, LAST_WALL), 0).unwrap_or_default().naive_utc()
}
