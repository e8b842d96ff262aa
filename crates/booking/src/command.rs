//! What a person wants, as it comes through a door: text in bounds, not yet understood.

use model::{BookingNumber, RoomNumber};
use uuid::Uuid;

/// Book a room. `start` and `end` are RFC 3339, or `HH:MM` on `date` in the company's zone.
#[derive(Clone, Debug)]
pub struct BookCommand {
    /// Made by the page; unique per company, it becomes the booking's id, so that a repeat is the same booking.
    pub intent: Uuid,
    pub room: RoomNumber,
    pub date: Option<String>,
    pub start: String,
    pub end: String,
    pub title: String,
    /// E-mail addresses, separated by commas, semicolons or white space.
    pub guests: String,
    pub private: bool,
}

/// Change a booking: its room, time, title, guests, privacy. `None` keeps what is.
#[derive(Clone, Debug)]
pub struct ChangeCommand {
    pub number: BookingNumber,
    /// The room that the dragged block stood in.
    pub room: Option<RoomNumber>,
    pub to_room: Option<RoomNumber>,
    pub date: Option<String>,
    pub start: Option<String>,
    pub end: Option<String>,
    pub title: Option<String>,
    /// The whole list, as in [`BookCommand::guests`]: who is not in it is uninvited.
    pub guests: Option<String>,
    pub private: Option<bool>,
}
