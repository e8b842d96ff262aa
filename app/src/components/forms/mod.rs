//! Forms and their fields. The browser sends a form to its server function by itself and is led to a page: where it was
//! refused, back to its own, which says why ([`refusal`]).

pub mod book;
pub mod booking;
pub mod field;
mod refusal;

pub use book::BookForm;
pub use booking::{CancelForm, ChangeForm};
pub use field::{Check, Field};
pub use refusal::refusal;
