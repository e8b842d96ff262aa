//! What stories are told with: the real `roomly` binary on one side, a stand-in for Google on the other, browsers and
//! screens between them. Everything goes through the two real ports; nothing here reaches into the program.
//!
//! - [`House`]: one of each, and what a story asks of both.
//! - [`Google`]: the sandbox, served in this process; act as a person, break things, look at the truth.
//! - [`Roomly`]: the process: start, kill, restart, stop, read its log.
//! - [`Browser`]: HTTP with a cookie jar. [`Program`]: the REST API with a token. [`Screen`]: the live socket, kept as a `GridState`.
//!   [`Page`]: a screen that comes back by itself.
//! - [`wait_until`]: conditions with a deadline; there are no fixed waits.
#![allow(clippy::unwrap_used, reason = "in a test's harness a panic is the failure")]

mod browser;
mod database;
mod google;
mod house;
mod page;
mod program;
mod raw;
mod roomly;
mod screen;
mod wait;

pub use browser::{Answer, Browser, Wish};
pub use database::Database;
pub use google::{Google, acted, fault};
pub use house::{ACME, HANBIT, House, Setup};
pub use page::Page;
pub use program::{Program, wish};
pub use raw::{Raw, RawAnswer};
pub use roomly::{Roomly, free_address};
pub use screen::{Ended, Screen};
pub use wait::{DEADLINE, now_micros, wait_until, wait_until_within};
