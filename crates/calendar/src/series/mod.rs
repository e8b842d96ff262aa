//! A recurring meeting, and what becomes of it when somebody changes it.
//!
//! [`Master`] is what all dates share, an [`Override`] what one date has for itself, an [`Instance`] what a date really
//! is. [`edit`] and [`cancel_dates`] decide everything before anything is done: a [`Plan`] holds the series as they shall
//! be and tells of every date what happens to it. [`shape`] says the same in Google's words, [`steps`] in which order.
//!
//! Which scope does what, and why, is in `docs/ARCHITECTURE.md`, "Editing a series".

mod dates;
mod edit;
mod master;
mod overrides;
mod plan;
pub mod shape;
mod shift;
pub mod steps;

pub use dates::Instance;
pub use edit::{
    Change, Edit, Exceptions, FARTHEST_DAYS, MOST_EXCEPTIONS, Move, Refused, Request, Retime, Scope,
    cancel_dates, edit,
};
pub use master::{Details, Master};
pub use overrides::{Override, Overrides, Own};
pub use plan::{AHEAD_DAYS, Date, Fate, LISTED, PAST_DAYS, Part, Plan, Why};

#[cfg(test)]
mod tests;
