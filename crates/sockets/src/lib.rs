//! The server's side of `WebSocket`s, as ready bytes on raw sockets.
//!
//! axum's wrapper frames every message for every socket and wakes a task for each. Here a message is framed once
//! ([`Frame`]) and written by whoever has it, straight to the socket ([`Outlet::send`]); only what the socket does not
//! take at once waits, in a bounded queue. tungstenite reads ([`Inbox`]), and what it answers by itself (pongs, the
//! reply to a close) goes through the same queue: one writer owns the stream.
//!
//! Nothing here has a timer of its own: who keeps the sockets asks now and then [`Outlet::stalled`].

mod frame;
mod inbox;
mod outlet;
mod upgrade;

pub use frame::Frame;
pub use inbox::{Inbox, Received};
pub use outlet::{Outlet, Sent};
pub use upgrade::{Refused, Upgrade};
