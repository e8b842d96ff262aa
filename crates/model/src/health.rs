//! The health page, `/admin/sync`: how every room follows Google, and what waits for a person.

use serde::{Deserialize, Serialize};

use crate::id::{BookingNumber, RoomNumber};
use crate::person::Viewer;
use crate::room::RoomHealth;
use crate::time::Instant;
use crate::trouble::{Delegation, GrantStanding, LoopKind, RoomTrouble, Stuck};
use crate::zone_day::ZoneDay;

/// Everything on the page, as of `now`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncPage {
    pub viewer: Viewer,
    pub day: ZoneDay,
    pub now: Instant,
    /// The company's grant.
    pub grant: GrantStanding,
    /// How far the service account may act for people, where there is one.
    pub delegation: Option<Delegation>,
    /// In the Directory's order of numbers.
    pub rooms: Vec<RoomSync>,
    /// People whose grant does not work, the longest queue first.
    pub people: Vec<PersonSync>,
    /// Bookings that wait for more than a moment, and those that Google will never take. At most [`STUCK_SHOWN`].
    pub stuck: Vec<StuckRow>,
    /// How many there are of them.
    pub stuck_count: i64,
    /// Calendars that nothing is written to, because it looked like a loop.
    pub stops: Vec<StopRow>,
    /// All that Google still has to take.
    pub queue: Queue,
    pub reach: Option<Reach>,
    /// Whether notifications can reach this server at all (`ROOMLY_HOOKS_URL`).
    pub push_possible: bool,
    /// What a button did a moment ago.
    pub done: Option<SyncDone>,
}

/// The most bookings that the page lists.
pub const STUCK_SHOWN: usize = 200;

/// What waits for Google.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    pub waiting: i64,
    /// Since when the oldest waits.
    pub oldest: Option<Instant>,
}

/// How one room follows Google.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomSync {
    pub number: RoomNumber,
    pub name: String,
    pub health: RoomHealth,
    pub trouble: Option<RoomTrouble>,
    /// The last one that said that something changed.
    pub last_notification: Option<Instant>,
    /// The last one that was good.
    pub last_pull: Option<Instant>,
    pub channel: ChannelStanding,
    /// When the channel ends, where there is one.
    pub channel_expires: Option<Instant>,
    pub queue: Queue,
    /// The last pass over everything, apart from the first one.
    pub full_pass: Option<FullPass>,
    /// A full pass is due or under way.
    pub repairing: bool,
}

/// What a pass over everything came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FullPass {
    pub at: Instant,
    /// Events that differed from what Google has.
    pub found: i64,
    /// Of these, how many are right now; the rest is asked for again.
    pub repaired: i64,
}

/// How a room's notification channel stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelStanding {
    Armed,
    /// Asked for, not heard of yet.
    Arming,
    /// Replaced, because nothing came by the one before; nothing came by this one so far.
    Silent,
    /// There is none: the periodic pass alone.
    None,
}

impl ChannelStanding {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Armed => "armed",
            Self::Arming => "arming",
            Self::Silent => "silent",
            Self::None => "none",
        }
    }
}

/// A person whose grant does not work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonSync {
    pub name: String,
    pub grant: GrantStanding,
    /// Their bookings that wait for it.
    pub waiting: i64,
}

/// A booking that waits, or that Google will never take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StuckRow {
    pub booking: BookingNumber,
    /// Empty where it is private.
    pub title: String,
    pub organizer: String,
    pub room: String,
    pub start: Instant,
    pub reason: Stuck,
    pub whose: Whose,
    pub since: Instant,
    /// Since it was last changed, or told to go on.
    pub attempts: u32,
    /// When it is tried again by itself; `None`: not before a person does something.
    pub next_try: Option<Instant>,
    /// Google will never take it: it can be tried once more or put aside.
    pub dead: bool,
    /// Whether trying again could bring anything: what Google refused of a later change is gone by then.
    pub can_retry: bool,
}

/// Whose connection to Google a booking is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    Company,
    Organizer,
    /// Its organiser's, who may not sign in to the Workspace any more.
    Suspended,
}

impl Whose {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Organizer => "organizer",
            Self::Suspended => "suspended",
        }
    }
}

/// A calendar that nothing is written to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopRow {
    /// Google's id of it: an e-mail address.
    pub calendar: String,
    /// The room's or the person's name, where it is one of the company's.
    pub name: String,
    pub kind: LoopKind,
    pub at: Instant,
    /// The booking that was written last.
    pub booking: Option<BookingNumber>,
}

/// How long changes in Google took to screens, on this server, of late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    pub p50_ms: i64,
    pub p95_ms: i64,
    /// How many were measured.
    pub count: i64,
}

/// What a button of the page did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum SyncDone {
    /// A full pass of this room is due.
    Repairing { room: String },
    /// It is tried again.
    Retrying { booking: BookingNumber },
    /// It is not listed any more.
    Dismissed { booking: BookingNumber },
    /// Writing goes on, to the calendar of this room or person.
    Resumed { name: String },
}
