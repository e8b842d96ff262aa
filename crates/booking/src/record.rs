//! A booking as programs are told it: what the details page knows, and the version that a change may name.

use model::history::HistoryLine;
use model::page::Guest;
use model::{ApiError, Block, BookingNumber, Instant, RoomId, RoomNumber, TimeRange};
use serde::{Deserialize, Serialize};
use store::{EventKind, EventRow, Made, Way};

use crate::cx::Cx;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::grid::own_block;
use crate::vault::hash_token;

/// One booking, as far as this person may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingRecord {
    pub block: Block,
    pub room_name: String,
    /// The company's zone (IANA): what `start` and `end` are read in.
    pub zone: String,
    /// Empty for those who may not see them.
    pub guests: Vec<Guest>,
    pub can_change: bool,
    /// It is changed in Google Calendar only (what was made outside).
    pub change_in_google: bool,
    pub as_room: bool,
    /// Why the room is not held, where it is not.
    pub reason: Option<String>,
    pub google_link: Option<String>,
    /// What was changed here and in Google at the same time, newest first.
    #[serde(default)]
    pub history: Vec<HistoryLine>,
    /// Of all that people change: room, time, title, privacy, guests. What Google's room answers is not part of it.
    pub version: String,
}

/// The versions that `If-Match` accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IfMatch(pub Vec<String>);

impl IfMatch {
    pub(crate) fn accepts(&self, version: &str) -> bool {
        self.0.iter().any(|known| known == version)
    }
}

/// The version of an event in one room: a digest of what people change, whoever changed it and wherever.
pub(crate) fn version(event: &EventRow, room: RoomId, range: TimeRange) -> String {
    let mut guests: Vec<&str> = event.guests.iter().map(|guest| guest.email.as_str()).collect();
    guests.sort_unstable();
    let parts = (&event.title, event.private, event.cancelled, room, range, guests);
    let mut digest = hash_token(&serde_json::to_string(&parts).unwrap_or_default());
    digest.truncate(32);
    digest
}

/// The record of a booking that was just made by `cx`.
pub(crate) fn fresh_record(cx: &Cx, made: &Made) -> BookingRecord {
    let event = &made.event;
    let block = own_block(made.block.clone(), event, cx);
    BookingRecord {
        version: version(event, made.met.room.id, block.range),
        block,
        room_name: made.met.room.name.clone(),
        zone: cx.zone.name().to_owned(),
        guests: event.guests.iter().cloned().map(guest).collect(),
        can_change: event.kind == EventKind::Single && event.range.end() > cx.now,
        change_in_google: false,
        as_room: event.way == Way::Room,
        reason: None,
        google_link: None,
        history: Vec::new(),
    }
}

pub(crate) fn guest(guest: store::GuestRow) -> Guest {
    Guest {
        name: if guest.name.is_empty() { guest.email.clone() } else { guest.name },
        email: guest.email,
        answer: guest.answer,
    }
}

impl Engine {
    /// `room` and `slot` (original start) name the block where the booking has several.
    pub async fn booking_record(
        &self,
        cx: &Cx,
        number: BookingNumber,
        room: Option<RoomNumber>,
        slot: Option<Instant>,
    ) -> Result<BookingRecord, ApiError> {
        Ok(self.record(cx, number, room, slot).await?)
    }

    pub(crate) async fn record(
        &self,
        cx: &Cx,
        number: BookingNumber,
        room: Option<RoomNumber>,
        slot: Option<Instant>,
    ) -> Result<BookingRecord, Failure> {
        let viewer = self.viewer_of(cx).await?;
        let (mut details, version) = self.details(cx, viewer, number, room, slot).await?;
        // A series of ours is changed by programs; pages lead to Google for now.
        if details.block.series && details.change_in_google && self.is_own_series(cx, number).await? {
            details.change_in_google = false;
            details.can_change = details.block.range.end() > cx.now;
        }
        Ok(BookingRecord {
            block: details.block,
            room_name: details.room.name,
            zone: details.day.zone,
            guests: details.guests,
            can_change: details.can_change,
            change_in_google: details.change_in_google,
            as_room: details.as_room,
            reason: details.reason,
            google_link: details.google_link,
            history: details.history,
            version,
        })
    }
}
