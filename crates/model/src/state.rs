//! The states of an occurrence (design: "Occurrence state") and the transitions between them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a person may rely on about one booking in one room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingState {
    /// Written here; Google or the room has not agreed yet. Blocks the room.
    Pending,
    /// The room accepted. Blocks the room.
    Confirmed,
    /// The room said no: not a booking, though the event may still exist in Google.
    Declined,
    /// Given back: a no-show, or ended early.
    Released,
    Cancelled,
    /// Two outside events overlap by force; both are kept and drawn, this one does not hold the room.
    Conflicted,
}

impl BookingState {
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Confirmed, Self::Declined, Self::Released, Self::Cancelled, Self::Conflicted];

    /// The word in the database, in frames and in `data-state`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Declined => "declined",
            Self::Released => "released",
            Self::Cancelled => "cancelled",
            Self::Conflicted => "conflicted",
        }
    }

    /// Whether it holds the room in the sense of ONE-BOOKING: two such never overlap.
    pub const fn holds_room(self) -> bool {
        matches!(self, Self::Pending | Self::Confirmed)
    }

    /// Whether the grid draws it.
    pub const fn is_drawn(self) -> bool {
        matches!(self, Self::Pending | Self::Confirmed | Self::Declined | Self::Conflicted)
    }
}

impl fmt::Display for BookingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no state; a row of a newer version, or damage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownState(pub String);

impl fmt::Display for UnknownState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown booking state {:?}", self.0)
    }
}

impl std::error::Error for UnknownState {}

impl TryFrom<&str> for BookingState {
    type Error = UnknownState;
    fn try_from(word: &str) -> Result<Self, Self::Error> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| UnknownState(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip_and_equal_the_json() {
        for state in BookingState::ALL {
            assert_eq!(BookingState::try_from(state.as_str()).unwrap(), state);
            assert_eq!(serde_json::to_string(&state).unwrap(), format!("{:?}", state.as_str()));
        }
        assert!(BookingState::try_from("busy").is_err());
    }
}
