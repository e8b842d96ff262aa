//! Rooms as the grid shows them.

use serde::{Deserialize, Serialize};

use crate::id::RoomNumber;

/// A bookable room; a retired one is not among the rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomRow {
    pub number: RoomNumber,
    pub name: String,
    /// Building name; empty where the Directory has none.
    pub building: String,
    /// `FloorName` of the Directory, as written there: `3`, `B1`, `로비`.
    pub floor: String,
    /// Seats; 0 where the Directory does not say.
    pub capacity: i32,
    /// Names of `featureInstances`, in the Directory's order.
    pub features: Vec<String>,
    /// How well this room follows Google.
    pub health: RoomHealth,
}

/// How well a room's calendar is followed, in one word each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomHealth {
    /// Not pulled yet.
    #[default]
    New,
    /// Notifications arrive and the last pull was good.
    Live,
    /// Followed by the periodic pass alone.
    PollOnly,
    /// The last pulls failed; shown data may be old.
    Degraded,
    /// Access is lost: nothing is written or deleted until it is back.
    Quarantined,
}

impl RoomHealth {
    pub const ALL: [Self; 5] = [Self::New, Self::Live, Self::PollOnly, Self::Degraded, Self::Quarantined];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Live => "live",
            Self::PollOnly => "poll_only",
            Self::Degraded => "degraded",
            Self::Quarantined => "quarantined",
        }
    }
}

impl TryFrom<&str> for RoomHealth {
    type Error = String;
    fn try_from(word: &str) -> Result<Self, Self::Error> {
        Self::ALL
            .into_iter()
            .find(|health| health.as_str() == word)
            .ok_or_else(|| format!("unknown room health {word:?}"))
    }
}
