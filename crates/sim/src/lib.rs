//! The deterministic simulator: the real `booking`, `sync`, `calendar` and `store` on an in-memory SQLite, against the
//! sandbox's pure world, under virtual time. One seed decides everything; one seed and one build give one hash.
//!
//! A seed draws a house (servers, rooms, people), its habits and its troubles (`plan`). Then one thing happens at a time
//! (`run`): people book (`people`), people act in Google (`outside`), a server begins a pass or hears a notification
//! (`post`), a call reaches Google or its answer arrives (`net`), time passes, something dies (`server`). What must hold at
//! every moment is looked at after every write (`check`, `books`). At the end everything heals, and both sides have to
//! become equal and stay so (`settle`, `truth`). Start reading at `run` and `house`.

mod books;
#[cfg(feature = "sabotage")]
pub mod bugs;
mod call;
pub mod campaign;
mod check;
mod draw;
mod house;
mod identity;
mod markers;
mod net;
mod outside;
mod people;
mod plan;
mod post;
mod run;
mod server;
mod settle;
#[cfg(test)]
mod stories;
mod trace;
mod truth;

pub use run::{Options, Outcome, run};
