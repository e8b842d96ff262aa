//! The store's promises, on a real database.

mod one_booking;
mod outbox;
mod support;
