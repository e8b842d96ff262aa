//! What an event is: one shared content, and a copy of it on every calendar where it lives.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::clock::When;

/// `attendees[].responseStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Response {
    /// Not answered.
    NeedsAction,
    /// Refused.
    Declined,
    /// Perhaps.
    Tentative,
    /// Comes.
    Accepted,
}

impl Response {
    /// Google's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::NeedsAction => "needsAction",
            Self::Declined => "declined",
            Self::Tentative => "tentative",
            Self::Accepted => "accepted",
        }
    }

    /// From Google's word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::NeedsAction, Self::Declined, Self::Tentative, Self::Accepted]
            .into_iter()
            .find(|response| response.word() == word)
    }
}

/// `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The default.
    Confirmed,
    /// Tentative.
    Tentative,
    /// Deleted, or an exception that does not happen.
    Cancelled,
}

impl Status {
    /// Google's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Tentative => "tentative",
            Self::Cancelled => "cancelled",
        }
    }
}

/// One entry of `attendees[]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    /// Lower case.
    pub email: String,
    /// If given, or the room's name.
    pub display_name: Option<String>,
    /// A room; fixed when the attendee is first added.
    pub resource: bool,
    /// Need not come.
    pub optional: bool,
    /// The answer.
    pub response: Response,
    /// With the answer.
    pub comment: Option<String>,
    /// Brings so many.
    pub additional_guests: Option<i64>,
}

/// What all copies of an event share.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// The calendar that holds the main copy.
    pub organizer: String,
    /// Who made it.
    pub creator: String,
    /// Equal in all copies and instances.
    pub ical_uid: String,
    /// Confirmed, tentative, cancelled.
    pub status: Status,
    /// Inclusive.
    pub start: When,
    /// Exclusive.
    pub end: When,
    /// RRULE, EXRULE, RDATE, EXDATE lines of a master.
    pub recurrence: Vec<String>,
    /// Of an exception: its series.
    pub series: Option<String>,
    /// Of an exception: its slot.
    pub original_start: Option<When>,
    /// Guests and rooms.
    pub attendees: Vec<Attendee>,
    /// `extendedProperties.shared`.
    pub shared: Map<String, Value>,
    /// Everything else that is shared: summary, description, visibility, ...
    pub fields: Map<String, Value>,
    /// The iCalendar sequence.
    pub sequence: i64,
    /// When it was made.
    pub created: i64,
    /// When the main data last changed.
    pub updated: i64,
}

impl Content {
    /// The attendee with this address.
    pub fn attendee(&self, email: &str) -> Option<&Attendee> {
        self.attendees.iter().find(|attendee| attendee.email == email)
    }

    /// Whether it takes the same times: instants count, and the zone where it recurs.
    pub fn same_times(&self, other: &Self) -> bool {
        let same = |a: &When, b: &When| match (a, b) {
            (When::At(a, _), When::At(b, _)) if self.recurrence.is_empty() => a == b,
            _ => a == b,
        };
        self.recurrence == other.recurrence && same(&self.start, &other.start) && same(&self.end, &other.end)
    }

    /// A shared text field.
    pub fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether details are for the privileged only.
    pub fn is_private(&self) -> bool {
        matches!(self.text("visibility"), "private" | "confidential")
    }

    /// Whether it takes time.
    pub fn is_opaque(&self) -> bool {
        self.text("transparency") != "transparent"
    }

    /// A flag with Google's default.
    pub fn flag(&self, name: &str, default: bool) -> bool {
        self.fields.get(name).and_then(Value::as_bool).unwrap_or(default)
    }
}

/// An event on one calendar.
#[derive(Debug, Clone)]
pub struct EventCopy {
    /// Equal in all copies.
    pub id: String,
    /// The shared part, as this copy last saw it.
    pub content: Content,
    /// `extendedProperties.private` of this copy.
    pub private: Map<String, Value>,
    /// `reminders`, `colorId` of this copy.
    pub own: Map<String, Value>,
    /// Changes with every change of this copy.
    pub etag: u64,
    /// The world's counter at the last change: what deltas are made of.
    pub changed: u64,
    /// When it last changed, in microseconds.
    pub at: i64,
    /// Times and rules that it had before, each with the world's counter when it lost them: what deltas of single events
    /// have to take back.
    pub past: Vec<(u64, Content)>,
    /// A private copy: nothing is carried to or from the event's other copies (discovery: `Event.privateCopy`).
    pub detached: bool,
    /// Taken off this calendar while the event may live elsewhere.
    pub removed: bool,
    /// Of an exception that went because the rule had its date no more: should the rule have it again, it is a date as any
    /// other.
    pub dropped: bool,
    /// On the main copy: where other copies are.
    pub copies: BTreeSet<String>,
}

impl EventCopy {
    /// The status this calendar shows.
    pub fn status(&self) -> Status {
        if self.removed { Status::Cancelled } else { self.content.status }
    }

    /// Neither deleted nor taken off.
    pub fn is_live(&self) -> bool {
        self.status() != Status::Cancelled
    }

    /// Whether this calendar holds the main copy; a private copy is its own.
    pub fn is_main(&self, calendar: &str) -> bool {
        self.detached || self.content.organizer == calendar
    }

    /// A master.
    pub fn is_master(&self) -> bool {
        !self.content.recurrence.is_empty()
    }

    /// The answer that this calendar's owner gave; the organiser has accepted.
    pub fn response(&self, calendar: &str) -> Response {
        match self.content.attendee(calendar) {
            Some(attendee) => attendee.response,
            None => Response::Accepted,
        }
    }
}
