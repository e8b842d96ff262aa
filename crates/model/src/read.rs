//! How the types that the browser is sent are read; see `tree.rs`. Writing is serde's, and a test holds the two together.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer};

use crate::block::{Block, BlockKey, Origin};
use crate::civil;
use crate::error::{ApiError, ErrorCode};
use crate::grid::GridDay;
use crate::history::{Field, HistoryLine, HistoryValue, Side};
use crate::live::{Change, Delta, ServerFrame};
use crate::page::{BoardPage, Booked, BookingDetails, Cancelled, GridPage, Guest, GuestAnswer};
use crate::person::{PersonRow, Viewer};
use crate::refusal::{Alternative, AlternativeKind, Refusal, TimeProblem, What, WhoMay};
use crate::room::{RoomHealth, RoomRow};
use crate::state::BookingState;
use crate::time::TimeRange;
use crate::tree::{self, Read, Tree};
use crate::trouble::Attention;
use crate::zone_day::ZoneDay;

/// Types whose fields have the names that they have in JSON.
macro_rules! maps {
    ($($type:ident { $($field:ident),+ $(,)? })+) => {$(
        impl Read for $type {
            fn read(tree: &Tree) -> Option<Self> {
                Some(Self { $($field: tree.field(stringify!($field))?),+ })
            }
        }
    )+};
}

maps! {
    Alternative { room, room_name, range, kind }
    ApiError { code, field, refusal }
    BlockKey { booking, room, slot }
    BoardPage { company, name, grid }
    Booked { block, seq, date, as_room }
    BookingDetails { viewer, block, room, day, guests, can_change, change_in_google, reason, google_link, as_room, history }
    Cancelled { number, seq, date }
    Delta { seq, prev, changes }
    GridDay { seq, day, rooms, blocks, rendered_at, today, shown_from, shown_to }
    GridPage { grid, viewer, own_private }
    Guest { name, email, answer }
    HistoryLine { at, date, field, winner, by, kept, lost, days }
    HistoryValue { text, range }
    PersonRow { number, name, email, department }
    RoomRow { number, name, building, floor, capacity, features, health }
    ZoneDay { date, zone, range, offset, transitions }
}

/// Words with a list of their own.
macro_rules! listed {
    ($($type:ident),+) => {$(
        impl Read for $type {
            fn read(tree: &Tree) -> Option<Self> {
                let word = tree.text()?;
                Self::ALL.iter().copied().find(|known| known.as_str() == word)
            }
        }
    )+};
}

listed!(BookingState, ErrorCode, Field, Origin, RoomHealth, Side);

/// Words that only JSON knows.
macro_rules! words {
    ($($type:ident { $($word:literal: $variant:ident),+ $(,)? })+) => {$(
        impl Read for $type {
            fn read(tree: &Tree) -> Option<Self> {
                Some(match tree.text()? {
                    $($word => Self::$variant,)+
                    _ => return None,
                })
            }
        }
    )+};
}

words! {
    AlternativeKind { "other_room": OtherRoom, "earlier": Earlier, "later": Later, "shorter": Shorter }
    GuestAnswer { "needs_action": NeedsAction, "declined": Declined, "tentative": Tentative, "accepted": Accepted }
    TimeProblem {
        "ends_before_it_starts": EndsBeforeItStarts,
        "too_short": TooShort,
        "too_long": TooLong,
        "in_the_past": InThePast,
        "too_far_ahead": TooFarAhead,
        "unreadable": Unreadable,
    }
    What { "booking": Booking, "room": Room, "person": Person, "display": Display, "token": Token }
    WhoMay { "organizer_or_admin": OrganizerOrAdmin, "admin": Admin }
}

impl Read for NaiveDate {
    fn read(tree: &Tree) -> Option<Self> {
        civil::parse(tree.text()?)
    }
}

impl Read for TimeRange {
    fn read(tree: &Tree) -> Option<Self> {
        let (start, end) = Read::read(tree)?;
        Self::new(start, end)
    }
}

impl Read for Viewer {
    fn read(tree: &Tree) -> Option<Self> {
        Some(Self {
            number: tree.field("number")?,
            name: tree.field("name")?,
            email: tree.field("email")?,
            admin: tree.field("admin")?,
            company: tree.field("company")?,
            environment: tree.field("environment")?,
            calendar_granted: tree.field("calendar_granted")?,
            // Never sent.
            unseen: 0,
            attention: Attention::default(),
        })
    }
}

impl Read for Block {
    fn read(tree: &Tree) -> Option<Self> {
        Some(Self {
            key: BlockKey::read(tree)?,
            state: tree.field("state")?,
            range: tree.field("range")?,
            title: tree.unusual("title")?,
            private: tree.unusual("private")?,
            organizer: tree.field("person")?,
            organizer_name: tree.unusual("by")?,
            origin: tree.unusual("origin")?,
            tentative: tree.unusual("tentative")?,
            series: tree.unusual("series")?,
            exception: tree.unusual("exception")?,
            all_day: tree.unusual("all_day")?,
        })
    }
}

impl Read for Change {
    fn read(tree: &Tree) -> Option<Self> {
        let Some(op) = tree.look_up("op")? else {
            return Some(Self::Upsert { block: tree.field("block")?, was: tree.field("was")? });
        };
        Some(match op.text()? {
            "remove" => Self::Remove { key: BlockKey::read(tree)?, was: tree.field("was")? },
            "room" => Self::Room { room: tree.field("room")? },
            "room_gone" => Self::RoomGone { number: tree.field("number")? },
            _ => return None,
        })
    }
}

impl Read for ServerFrame {
    fn read(tree: &Tree) -> Option<Self> {
        Some(match tree.look_up("type")??.text()? {
            "snapshot" => Self::Snapshot { v: tree.field("v")?, day: tree.field("day")? },
            "delta" => Self::Delta(Delta::read(tree)?),
            "resync" => Self::Resync,
            "ping" => Self::Ping { seq: tree.field("seq")? },
            "pace" => Self::Pace { slow: tree.field("slow")? },
            _ => return None,
        })
    }
}

impl Read for Refusal {
    fn read(tree: &Tree) -> Option<Self> {
        Some(match tree.look_up("why")??.text()? {
            "room_taken" => Self::RoomTaken {
                room_name: tree.field("room_name")?,
                held: tree.field("held")?,
                by: tree.field("by")?,
                alternatives: tree.field("alternatives")?,
            },
            "invalid_time" => Self::InvalidTime { problem: tree.field("problem")? },
            "not_allowed" => Self::NotAllowed { who_may: tree.field("who_may")? },
            "not_found" => Self::NotFound { what: tree.field("what")? },
            "invalid_field" => {
                Self::InvalidField { field: tree.field("field")?, limit: tree.field("limit")? }
            }
            "stale" => Self::Stale,
            "change_in_google" => Self::ChangeInGoogle,
            _ => return None,
        })
    }
}

/// Tagged types are read in one way only: serde's own would take a change of an unknown kind for the usual one.
macro_rules! by_tree {
    ($($type:ident),+) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                tree::deserialize(deserializer)
            }
        }
    )+};
}

by_tree!(Block, Change, Refusal, ServerFrame);

#[cfg(test)]
mod test;
