//! The wire format: Google's error bodies, queries, answers and the table of routes.

mod batch;
mod calendar;
pub mod error;
pub mod fields;
mod guard;
pub(crate) mod methods;
pub mod query;
pub mod reply;
pub(crate) mod router;

pub use error::ApiError;
pub use query::Query;
