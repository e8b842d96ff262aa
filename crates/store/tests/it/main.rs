//! The store's promises, on a real database.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod backup;
mod booking;
mod channel;
mod database;
mod day;
mod health;
mod notice;
mod one_booking;
mod outbox;
mod pooler;
mod postgres;
mod series;
mod server;
mod support;
