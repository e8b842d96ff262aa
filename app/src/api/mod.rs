//! Server functions: one file a noun, each a door. Authenticate, one call of the core, map the error.
//!
//! They are a public API: each begins with [`cx::current`], which fails closed. Paths are explicit (`/fn/...`). What only
//! pages ask is not in the browser's program; what that asks stands in a [`door!`](door).

#[cfg(feature = "ssr")]
mod cx;
mod door;
mod error;
#[cfg(feature = "ssr")]
mod unreadable;

#[cfg(feature = "ssr")]
pub mod account;
#[cfg(feature = "ssr")]
pub mod admin;
pub mod bookings;
pub mod displays;
pub mod grid;
#[cfg(feature = "ssr")]
pub mod notices;
pub mod people;
#[cfg(feature = "ssr")]
pub mod sync;

pub use error::DoorError;
