//! What a person is told of: a fact about a date of a booking, decided apart from where it is said (design: "Messages").

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{BookingNumber, RoomNumber};
use crate::state::BookingState;
use crate::time::{Instant, TimeRange};

/// Why somebody is told. Where a booking does not hold its room it is the code that its occurrence carries as `reason`; of
/// wishes that were lost to somebody in Google it is said nowhere else but in the history. The word in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeReason {
    /// Somebody holds the room at that time; the date is kept and drawn as `conflicted`.
    Overlaps,
    /// An outside event that the room accepted won over a booking that was still pending.
    OutsideFirst,
    /// Google's room said no.
    RoomDeclined,
    /// Google will never take the booking.
    GoogleRefused,
    /// The room is not in the Directory any more.
    RoomGone,
    /// What was changed here was changed in Google as well, and later.
    ChangedInGoogle,
    /// It was deleted in Google while something that was changed here waited.
    DeletedInGoogle,
    /// It was cancelled here, and changed in Google after that: it is still to be.
    KeptInGoogle,
}

impl NoticeReason {
    pub const ALL: [Self; 8] = [
        Self::Overlaps,
        Self::OutsideFirst,
        Self::RoomDeclined,
        Self::GoogleRefused,
        Self::RoomGone,
        Self::ChangedInGoogle,
        Self::DeletedInGoogle,
        Self::KeptInGoogle,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overlaps => "overlaps",
            Self::OutsideFirst => "outside_first",
            Self::RoomDeclined => "room_declined",
            Self::GoogleRefused => "google_refused",
            Self::RoomGone => "room_gone",
            Self::ChangedInGoogle => "changed_in_google",
            Self::DeletedInGoogle => "deleted_in_google",
            Self::KeptInGoogle => "kept_in_google",
        }
    }
}

impl fmt::Display for NoticeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no reason of these: nobody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownReason;

impl TryFrom<&str> for NoticeReason {
    type Error = UnknownReason;
    fn try_from(word: &str) -> Result<Self, Self::Error> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word).ok_or(UnknownReason)
    }
}

/// What a booking may be called in front of the person who is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Naming {
    /// By its title, which may be empty.
    Titled(String),
    /// It is private, and not theirs.
    Private,
}

/// Who has the room instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeHolder {
    /// `None` where the holder is private: nothing of it is shown but that it is there.
    pub number: Option<BookingNumber>,
    pub naming: Naming,
    /// The organiser's name; empty where there is none to show.
    pub by: String,
}

/// How a date that was told stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// As it was told.
    AsTold,
    /// At the same time, and it holds the room.
    Settled,
    /// At another time.
    Moved,
    /// Cancelled, or no longer in this room.
    Gone,
}

impl Standing {
    /// How the date `told` stands, of which there is now `now` in that room, or nothing.
    pub fn of(told: TimeRange, now: Option<(BookingState, TimeRange)>) -> Self {
        match now.filter(|(state, _)| state.is_drawn()) {
            None => Self::Gone,
            Some((_, range)) if range != told => Self::Moved,
            Some((state, _)) if state.holds_room() => Self::Settled,
            Some(_) => Self::AsTold,
        }
    }
}

/// One date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeDate {
    /// The original start of an instance of a series; `None` for single bookings.
    pub slot: Option<Instant>,
    /// When it was to be.
    pub range: TimeRange,
    pub standing: Standing,
}

/// What one person is told at once about one booking in one room: a date, or several dates of a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub reason: NoticeReason,
    pub booking: BookingNumber,
    pub room: RoomNumber,
    pub room_name: String,
    pub naming: Naming,
    pub series: bool,
    pub all_day: bool,
    /// Who has the room, where that is known and the same for all dates.
    pub holder: Option<NoticeHolder>,
    /// By start; never empty.
    pub dates: Vec<NoticeDate>,
    /// When it was told.
    pub at: Instant,
    pub seen: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: i64, end: i64) -> TimeRange {
        TimeRange::new(Instant::from_secs(start), Instant::from_secs(end)).unwrap()
    }

    #[test]
    fn words_round_trip_and_equal_the_json() {
        for reason in NoticeReason::ALL {
            assert_eq!(NoticeReason::try_from(reason.as_str()), Ok(reason));
            assert_eq!(serde_json::to_string(&reason).unwrap(), format!("{:?}", reason.as_str()));
        }
        assert_eq!(NoticeReason::try_from("unknown"), Err(UnknownReason));
    }

    #[test]
    fn what_was_told_is_compared_with_what_is() {
        let told = range(0, 60);
        let standing = |state, now| Standing::of(told, Some((state, now)));
        assert_eq!(standing(BookingState::Conflicted, told), Standing::AsTold);
        assert_eq!(standing(BookingState::Declined, told), Standing::AsTold);
        assert_eq!(standing(BookingState::Confirmed, told), Standing::Settled);
        assert_eq!(standing(BookingState::Pending, told), Standing::Settled);
        assert_eq!(standing(BookingState::Confirmed, range(60, 120)), Standing::Moved);
        assert_eq!(standing(BookingState::Conflicted, range(0, 90)), Standing::Moved);
        assert_eq!(standing(BookingState::Cancelled, told), Standing::Gone);
        assert_eq!(Standing::of(told, None), Standing::Gone);
    }
}
