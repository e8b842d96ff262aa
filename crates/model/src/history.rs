//! What became of a booking that was changed here and in Google at the same time: its history, as people read it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::time::{Instant, TimeRange};
use crate::zone_day::ZoneDay;

/// What both sides may change of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Title,
    Time,
    /// How a series repeats.
    Rule,
    Room,
    Private,
    Guests,
    /// That it is to be at all.
    Cancel,
}

impl Field {
    pub const ALL: [Self; 7] =
        [Self::Title, Self::Time, Self::Rule, Self::Room, Self::Private, Self::Guests, Self::Cancel];

    /// The word in the database, and by which a changed field waits for Google.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Time => "time",
            Self::Rule => "rule",
            Self::Room => "room",
            Self::Private => "private",
            Self::Guests => "guests",
            Self::Cancel => "cancel",
        }
    }
}

/// Where a wish was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Roomly,
    Google,
}

impl Side {
    pub const ALL: [Self; 2] = [Self::Roomly, Self::Google];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Roomly => "roomly",
            Self::Google => "google",
        }
    }
}

/// A word that names no field and no side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownWord;

macro_rules! words {
    ($($name:ident),+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl TryFrom<&str> for $name {
            type Error = UnknownWord;
            fn try_from(word: &str) -> Result<Self, UnknownWord> {
                Self::ALL.into_iter().find(|known| known.as_str() == word).ok_or(UnknownWord)
            }
        }
    )+};
}

words!(Field, Side);

/// What a field held. A time is a range, of a series that of its first date; everything else is words: a title, a room's
/// name, `private` or `public`, a rule as RFC 5545 writes it; of a
/// cancellation `cancelled` (here), `deleted` (in Google) or `changed`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryValue {
    pub text: String,
    pub range: Option<TimeRange>,
}

impl HistoryValue {
    pub fn of_text(text: impl Into<String>) -> Self {
        Self { text: text.into(), range: None }
    }

    pub const fn of_time(range: TimeRange) -> Self {
        Self { text: String::new(), range: Some(range) }
    }
}

/// One field that both sides had changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// When the two were put together.
    pub at: Instant,
    /// Of one date of a series: the day of its original start, in the zone of the page.
    pub date: Option<ZoneDay>,
    pub field: Field,
    /// Whose wish the booking follows: it was the later one.
    pub winner: Side,
    /// Who had made the wish in Roomly; empty where that is not known.
    pub by: String,
    pub kept: HistoryValue,
    pub lost: HistoryValue,
    /// For times: the days of `kept` and `lost`, in the zone of the page.
    pub days: Vec<ZoneDay>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip_and_equal_the_json() {
        for field in Field::ALL {
            assert_eq!(Field::try_from(field.as_str()), Ok(field));
            assert_eq!(serde_json::to_string(&field).unwrap(), format!("{:?}", field.as_str()));
        }
        for side in Side::ALL {
            assert_eq!(Side::try_from(side.as_str()), Ok(side));
            assert_eq!(serde_json::to_string(&side).unwrap(), format!("{:?}", side.as_str()));
        }
        assert_eq!(Field::try_from("all"), Err(UnknownWord));
    }
}
