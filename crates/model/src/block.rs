//! One booking in one room as everybody of the company may see it: the public projection.

use serde::{Deserialize, Serialize};

use crate::id::{BookingNumber, PersonNumber, RoomNumber};
use crate::state::BookingState;
use crate::time::{Instant, TimeRange};

/// Where an event was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    #[default]
    Roomly,
    Google,
    Panel,
    Slack,
}

impl Origin {
    pub const ALL: [Self; 4] = [Self::Roomly, Self::Google, Self::Panel, Self::Slack];

    /// Left out of JSON.
    const fn is_roomly(&self) -> bool {
        matches!(self, Self::Roomly)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Roomly => "roomly",
            Self::Google => "google",
            Self::Panel => "panel",
            Self::Slack => "slack",
        }
    }
}

impl TryFrom<&str> for Origin {
    type Error = String;
    fn try_from(word: &str) -> Result<Self, Self::Error> {
        Self::ALL
            .into_iter()
            .find(|origin| origin.as_str() == word)
            .ok_or_else(|| format!("unknown origin {word:?}"))
    }
}

/// What names one block on the grid: a booking, the room (an event may have several), and which instance of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BlockKey {
    pub booking: BookingNumber,
    pub room: RoomNumber,
    /// The instance's original start (iCalendar `RECURRENCE-ID`, Google `originalStartTime`); `None` for single events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Instant>,
}

/// A drawable booking. Titles and names of private events are absent, never blanked later: this is what is sent.
///
/// Every screen of a company is sent every change of one, so what is usual is left out of its JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Block {
    #[serde(flatten)]
    pub key: BlockKey,
    pub state: BookingState,
    pub range: TimeRange,
    /// Empty for private events (shown as "busy") and for events without a title.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// The organiser, where it is a person of this company.
    #[serde(rename = "person", skip_serializing_if = "Option::is_none")]
    pub organizer: Option<PersonNumber>,
    /// The organiser's name; empty for private events.
    #[serde(rename = "by", skip_serializing_if = "String::is_empty")]
    pub organizer_name: String,
    #[serde(skip_serializing_if = "Origin::is_roomly")]
    pub origin: Origin,
    /// Google's `status: tentative`: drawn striped, blocks all the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tentative: bool,
    /// An instance of a series.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub series: bool,
    /// An instance that was moved or changed against its series.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub exception: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub all_day: bool,
}
