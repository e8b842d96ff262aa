//! Following a day live: one socket, signals that views read, and honesty about how old they are.
//!
//! ```text
//! let follow = live::follow(LiveTarget::Company, page.grid);           // or LiveTarget::Display { token }
//! let rooms = follow.rooms();                                          // ReadSignal<Vec<RoomRow>>, order to draw
//! let blocks = follow.row(room.number);                                // ReadSignal<Vec<Block>>: one signal a room
//! let now = follow.now();                                              // ReadSignal<Option<Instant>>
//! let status = follow.status();                                        // ReadSignal<LiveStatus>
//! ```
//!
//! [`Follow`] is `Copy`; call [`follow`] in a component's body, once a view, and hand it down. It closes its socket when
//! its owner is cleaned up. A delta sets the signals of the rows that it touches and no others.
//!
//! On the server nothing runs: `now` is `None`, `status` is [`LiveStatus::Starting`], and the rows are the data given.
//! In the browser the first drawing is the same, then effects start the clock and the socket, so nothing can mismatch:
//! draw `now.get().unwrap_or(rendered_at)` for states, and nothing at all for `Starting`.

#[cfg_attr(not(feature = "hydrate"), allow(dead_code, reason = "only the browser waits"))]
mod backoff;
mod browser;
mod client;
#[cfg_attr(not(feature = "hydrate"), allow(dead_code, reason = "only the browser's socket applies deltas"))]
mod follow;

pub use browser::{entropy, now};
pub use follow::{Follow, follow};

use model::Instant;

/// Whose changes are followed, by which right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveTarget {
    /// The signed-in person's company: `/live`.
    Company,
    /// A lobby board, by the token in its address: `/display/{token}/live`.
    Display { token: String },
}

/// What may be said about the age of the shown data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveStatus {
    /// Before the first connection: nothing is claimed.
    Starting,
    /// Subscribed, and something was heard within the last 45 s.
    Live,
    /// As `Live`, but what other servers change arrives late for now: theirs is polled for.
    Slow,
    /// The socket is lost since a moment; the data are as of `since`.
    Reconnecting { since: Instant },
    /// Lost for longer: do not decide on this; the data are as of `since`.
    Stale { since: Instant },
}

impl LiveStatus {
    /// Whether a decision (booking, moving) may rest on what is shown.
    pub const fn is_fresh(self) -> bool {
        !matches!(self, Self::Stale { .. })
    }
}
