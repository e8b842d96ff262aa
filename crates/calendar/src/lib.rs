//! Decisions about time and rooms, pure: zones, what may be booked, where it clashes, what else would fit, finding a room,
//! series and how they are told.
//!
//! Takes `now` as an argument. No IO, no async, no clock, no randomness. Start reading at [`zone`], [`policy`] and [`find`].

pub mod acceptance;
pub mod alternatives;
pub mod busy;
pub mod clash;
pub mod describe;
pub mod find;
pub mod holiday;
pub mod horizon;
pub mod policy;
pub mod recurrence;
pub mod series;
pub mod which_zone;
pub mod zone;
