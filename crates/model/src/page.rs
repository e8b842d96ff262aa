//! What pages are drawn from: the answers of server functions. View models only, never rows of the database.

use serde::{Deserialize, Serialize};

use crate::block::Block;
use crate::grid::GridDay;
use crate::history::HistoryLine;
use crate::id::{BookingNumber, RoomNumber, Seq};
use crate::notice::Notice;
use crate::person::Viewer;
use crate::room::{RoomHealth, RoomRow};
use crate::time::{Instant, TimeRange};
use crate::zone_day::ZoneDay;

/// The grid page: the day, the same for everybody, and who is looking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridPage {
    pub grid: GridDay,
    pub viewer: Viewer,
    /// The viewer's own private bookings of this day, with what everybody else is not shown. Applied after hydration.
    pub own_private: Vec<Block>,
}

/// The answer to a booking or a change: the block as it now stands and the `seq` that carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    pub block: Block,
    pub seq: Seq,
    /// Civil date (company zone) of the block's start, for a link back to the grid.
    #[serde(with = "crate::civil")]
    pub date: chrono::NaiveDate,
    /// Set where the booking was made as the room because this person has not granted calendar access.
    pub as_room: bool,
}

/// The answer to a cancellation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    pub number: BookingNumber,
    pub seq: Seq,
    #[serde(with = "crate::civil")]
    pub date: chrono::NaiveDate,
}

/// The details card and the page `/bookings/{number}`. Private events show their details only to their people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingDetails {
    pub viewer: Viewer,
    pub block: Block,
    pub room: RoomRow,
    pub day: ZoneDay,
    pub guests: Vec<Guest>,
    /// Whether the viewer may change and cancel it.
    pub can_change: bool,
    /// Why not, where `can_change` is false: it is changed in Google Calendar (series and outside events for now).
    pub change_in_google: bool,
    /// Why the room is not held, for `declined` and `conflicted`.
    pub reason: Option<String>,
    /// Google's own page of the event, where known.
    pub google_link: Option<String>,
    /// Whether the booking stands on the organiser's calendar or on the room's.
    pub as_room: bool,
    /// What was changed here and in Google at the same time, newest first.
    pub history: Vec<HistoryLine>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    pub name: String,
    pub email: String,
    pub answer: GuestAnswer,
}

/// Google's `responseStatus`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuestAnswer {
    #[default]
    NeedsAction,
    Declined,
    Tentative,
    Accepted,
}

/// The form of `/rooms/book`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookForm {
    pub viewer: Viewer,
    pub room: RoomRow,
    pub day: ZoneDay,
    /// Proposed time, snapped.
    pub range: TimeRange,
    /// A fresh intent: sent back with the form, it becomes the booking's id.
    pub intent: uuid::Uuid,
    /// What the form was filled with when it was refused a moment ago.
    pub typed: Option<Typed>,
}

/// The fields of the booking form, as a person typed them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    pub date: String,
    pub start: String,
    pub end: String,
    pub title: String,
    pub guests: String,
    pub private: bool,
}

/// A lobby board: the rooms of one floor (or of all).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardPage {
    pub company: String,
    /// What the board is called: `본관 3`.
    pub name: String,
    /// Only this board's rooms; titles are empty unless the board shows them.
    pub grid: GridDay,
}

/// A board on the admin page. The token is shown once, when it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisplayRow {
    pub id: String,
    pub name: String,
    pub building: Option<String>,
    pub floor: Option<String>,
    pub show_titles: bool,
    pub last_seen: Option<Instant>,
}

/// A fresh board: `/display/{token}` is its address; only the token's hash is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisplayCreated {
    pub row: DisplayRow,
    pub token: String,
}

/// The account page: who is signed in, and the tokens of theirs that programs use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPage {
    pub viewer: Viewer,
    pub tokens: Vec<TokenRow>,
    /// A token that was made a moment ago: shown this once.
    pub fresh: Option<TokenCreated>,
    /// Where the API is: `https://rooms.example.com/api/v1`.
    pub api_root: String,
    pub day: ZoneDay,
}

/// An API token on the account page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRow {
    pub id: String,
    pub name: String,
    pub created: Instant,
    /// Noted to a few minutes.
    pub last_used: Option<Instant>,
}

/// A fresh API token. The token is shown once; only its hash is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenCreated {
    pub row: TokenRow,
    pub token: String,
}

/// What a person was told, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticesPage {
    pub viewer: Viewer,
    pub notices: Vec<DatedNotice>,
    /// Whether there are older ones, which are not shown.
    pub more: bool,
    /// When the newest of the unseen ones was told: whoever marks them as seen has seen so far.
    pub unseen_until: Option<Instant>,
    /// Today, in the zone that messages to this person speak in.
    pub day: ZoneDay,
}

/// A notice, and the days of its dates in the zone that the page speaks in: as many, in the same order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatedNotice {
    pub notice: Notice,
    pub days: Vec<ZoneDay>,
}

/// The admin page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminPage {
    pub viewer: Viewer,
    pub rooms: Vec<SyncRow>,
    pub displays: Vec<DisplayRow>,
    /// A board that was made a moment ago: its address is shown this once.
    pub fresh_display: Option<DisplayCreated>,
    /// What the Directory brought a moment ago.
    pub directory: Option<DirectoryReport>,
    /// Building and floor pairs, for the board form.
    pub floors: Vec<(String, String)>,
    /// The company's Google grant: `active`, `expiring`, `revoked`, `insufficient` or `missing`.
    pub grant: String,
    /// Writes that Google has not taken yet, and since when the oldest waits.
    pub outbox_waiting: i64,
    pub outbox_oldest: Option<Instant>,
    /// Whether notifications can reach this server at all (`ROOMLY_HOOKS_URL`).
    pub push_possible: bool,
    pub day: ZoneDay,
    pub now: Instant,
}

/// How one room follows Google, in plain facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncRow {
    pub number: RoomNumber,
    pub name: String,
    pub health: RoomHealth,
    pub last_pull: Option<Instant>,
    pub last_notification: Option<Instant>,
    pub channel_expires: Option<Instant>,
    pub last_error: Option<String>,
}

/// What a directory pass changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryReport {
    pub rooms: i64,
    pub rooms_added: i64,
    pub rooms_retired: i64,
    pub people: i64,
}
