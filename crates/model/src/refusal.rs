//! Refusals: answers that are no failures. Each says why, and what would work instead.

use serde::{Deserialize, Serialize};

use crate::error::ErrorCode;
use crate::id::RoomNumber;
use crate::time::TimeRange;

/// Another way to get a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternative {
    pub room: RoomNumber,
    pub room_name: String,
    pub range: TimeRange,
    pub kind: AlternativeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlternativeKind {
    /// The same time in another room.
    OtherRoom,
    /// The same room, a little earlier.
    Earlier,
    /// The same room, a little later.
    Later,
    /// The same room and start, but shorter.
    Shorter,
}

/// Why a booking, move or cancellation was not done. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Refusal {
    /// Somebody has the room. `by` is the holder's name; `None` where the holder's event is private.
    RoomTaken {
        room_name: String,
        held: TimeRange,
        by: Option<String>,
        alternatives: Vec<Alternative>,
    },
    InvalidTime {
        problem: TimeProblem,
    },
    /// The signed-in person may not do this.
    NotAllowed {
        who_may: WhoMay,
    },
    /// No such booking or room, here.
    NotFound {
        what: What,
    },
    /// A field is out of bounds; `field` is its name in the form.
    InvalidField {
        field: String,
        limit: String,
    },
    /// It changed since the page showed it.
    Stale,
    /// A kind of booking that is changed in Google Calendar for now.
    ChangeInGoogle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeProblem {
    EndsBeforeItStarts,
    TooShort,
    TooLong,
    InThePast,
    TooFarAhead,
    /// Not a time at all, or one that the clock change skips.
    Unreadable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhoMay {
    OrganizerOrAdmin,
    Admin,
    /// Who made a private booking: admins may not open it.
    Organizer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Booking,
    Room,
    Person,
    Display,
    Token,
}

impl Refusal {
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::RoomTaken { .. } => ErrorCode::RoomTaken,
            Self::InvalidTime { .. } => ErrorCode::InvalidTime,
            Self::NotAllowed { .. } => ErrorCode::NotAllowed,
            Self::NotFound { .. } => ErrorCode::NotFound,
            Self::InvalidField { .. } => ErrorCode::InvalidField,
            Self::Stale => ErrorCode::Stale,
            Self::ChangeInGoogle => ErrorCode::ChangeInGoogle,
        }
    }
}
