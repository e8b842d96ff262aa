//! Typed ids. A booking's id cannot be passed where a room's belongs, and a number is never an id.
//!
//! Ids are `UUIDv7` (RFC 9562 §5.7): made here, sorted by time, never secret. Numbers are small, per company, and what
//! pages, frames and URLs carry; the store keeps both.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::time::Instant;
use crate::tree::{Read, Tree};

/// A `UUIDv7` from the context's `now` and ten bytes of entropy; neither is taken from the environment here.
pub fn new_v7(now: Instant, entropy: [u8; 10]) -> Uuid {
    let millis = u64::try_from(now.as_micros().div_euclid(1_000)).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &entropy).into_uuid()
}

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// See [`new_v7`].
            pub fn new(now: Instant, entropy: [u8; 10]) -> Self {
                Self(new_v7(now, entropy))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

// In alphabetical order.
uuid_ids! {
    /// A booking (iCalendar: an event). The page makes it as its *intent*; a repeat of the same intent is the same booking.
    BookingId,
    /// A building of a company.
    BuildingId,
    /// A Google calendar that is followed; one per room today.
    CalendarId,
    /// A Google notification channel (`X-Goog-Channel-ID`).
    ChannelId,
    /// A company: the tenant.
    CompanyId,
    /// A row of the one credential table.
    CredentialId,
    /// A lobby board or door panel.
    DisplayId,
    /// A write that Google still has to take.
    OutboxId,
    /// A person of a company.
    PersonId,
    /// A bookable room.
    RoomId,
    /// A running server, from its start to its end.
    ServerId,
    /// A signed-in browser; not the secret in its cookie.
    SessionId,
    /// An API token; not its secret.
    TokenId,
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl Read for $name {
            fn read(tree: &Tree) -> Option<Self> {
                i64::read(tree).map(Self)
            }
        }
    )+};
}

numbers! {
    /// A booking's number within its company, shown as `#1042`.
    BookingNumber,
    /// A person's number within the company.
    PersonNumber,
    /// A room's number within the company.
    RoomNumber,
    /// The position of a change in the company's change log; 0 is "before the first".
    Seq,
}
