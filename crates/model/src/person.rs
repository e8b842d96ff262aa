//! People as pickers and cards show them.

use serde::{Deserialize, Serialize};

use crate::id::PersonNumber;
use crate::trouble::Attention;

/// A person of the company, for the people picker. E-mail addresses are shown to colleagues only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRow {
    pub number: PersonNumber,
    /// Already in reading order (`crate::name::display_name`).
    pub name: String,
    pub email: String,
    /// Title and department, which tell people of one name apart; may be empty.
    pub department: String,
}

/// The signed-in person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    pub number: PersonNumber,
    pub name: String,
    pub email: String,
    pub admin: bool,
    pub company: String,
    /// `production`, `staging` or `demo`; the last two wear a banner.
    pub environment: String,
    /// Whether this person let Roomly write to their calendar; without it bookings are made as the room.
    pub calendar_granted: bool,
    /// How many notices this person has not seen, at most [`UNSEEN_MOST`]. For the frame of pages, which the server draws:
    /// it is not among the data that go to the browser.
    #[serde(skip)]
    pub unseen: i64,
    /// What they are asked to mend; for the frame of pages, as well.
    #[serde(skip)]
    pub attention: Attention,
}

/// So many notices are counted; there may be more.
pub const UNSEEN_MOST: i64 = 100;
