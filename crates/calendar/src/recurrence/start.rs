//! Where a series begins.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;

use super::offsets::Offsets;
use super::slot::{Kind, Slot, wall_secs};

/// The start of a series' first event (`DTSTART`), which also says what kind of times the series has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// An all-day series.
    Date(NaiveDate),
    /// A wall time in whatever zone the reader is in. Google never sends one; other calendars do.
    Floating(NaiveDateTime),
    /// A wall time in an IANA zone: the series keeps its wall time over changes of the zone's offset.
    Zoned { wall: NaiveDateTime, zone: Tz },
}

impl Start {
    /// The wall time; midnight for an all-day series.
    pub fn wall(self) -> NaiveDateTime {
        match self {
            Self::Date(date) => date.and_time(NaiveTime::MIN),
            Self::Floating(wall) | Self::Zoned { wall, .. } => wall,
        }
    }

    pub fn zone(self) -> Option<Tz> {
        match self {
            Self::Zoned { zone, .. } => Some(zone),
            Self::Date(_) | Self::Floating(_) => None,
        }
    }

    pub fn is_date(self) -> bool {
        matches!(self, Self::Date(_))
    }

    /// The same kind of start at another wall time.
    pub fn at_wall(self, wall: NaiveDateTime) -> Self {
        match self {
            Self::Date(_) => Self::Date(wall.date()),
            Self::Floating(_) => Self::Floating(wall),
            Self::Zoned { zone, .. } => Self::Zoned { wall, zone },
        }
    }

    /// The slot of this start itself, be it in the series or not.
    pub fn slot(self) -> Slot {
        self.slot_at(wall_secs(self.wall()))
    }

    /// The slot of a wall time in this series' kind of time.
    pub(super) fn slot_at(self, wall: i64) -> Slot {
        match self {
            Self::Date(_) => Slot::new(wall, Kind::Date),
            Self::Floating(_) => Slot::new(wall, Kind::Floating),
            Self::Zoned { zone, .. } => Offsets::new(zone).resolve(wall).0,
        }
    }
}
