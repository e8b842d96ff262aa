//! Forms and their fields. Every form is a [`DoorForm`]: it works before hydration and with JavaScript off.

pub mod book;
pub mod booking;
pub mod done;
pub mod door;
pub mod field;

pub use book::BookForm;
pub use booking::{CancelForm, ChangeForm};
pub use done::back_to_grid;
pub use door::DoorForm;
pub use field::{Check, Field};
