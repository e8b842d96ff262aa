//! One file a route. A page reads its data from one server function and hands it to components.

pub mod account;
pub mod admin;
pub mod book;
mod data;
pub mod details;
pub mod display;
pub mod login;
pub mod not_found;
pub mod rooms;
pub mod sorry;
