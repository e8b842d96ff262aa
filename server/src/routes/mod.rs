//! Routes that are no pages: one file a noun, each a door.

pub(crate) mod api;
pub(crate) mod auth;
pub(crate) mod choices;
pub(crate) mod health;
pub(crate) mod live;
pub(crate) mod live_changes;
pub(crate) mod webhook;
