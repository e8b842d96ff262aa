//! Decisions about time and rooms, pure: zones, what may be booked, where it clashes, and what else would fit.
//!
//! Takes `now` as an argument. No IO, no async, no clock, no randomness. Start reading at [`zone`] and [`policy`].

pub mod acceptance;
pub mod alternatives;
pub mod clash;
pub mod policy;
pub mod zone;
