//! The lobby board: a flight board of rooms that is read from six metres, and never touched.
//!
//! [`status`] decides what is said of a room, purely; [`view`] draws it; [`pages`] splits rooms into screens.

pub mod pages;
pub mod status;
pub mod view;

pub use view::Board;
