//! A stand-in for Google: Calendar v3, the Admin Directory, OAuth and push channels, over real HTTP.
//!
//! Used by the demo, by developers without credentials and by tests. Nothing of Roomly is known here, and recurrences
//! are expanded by the crate `rrule`, so that a bug of ours is never compared with itself.
//!
//! The map:
//!
//! - [`world`]: everything that Google knows and does, pure: no IO, no clock, seeded randomness.
//!   [`World::handle`] answers one request, [`World::tick`] lets time pass.
//! - [`wire`]: paths, queries, Google's error bodies.
//! - `page`: the web page on which one acts as any Google user, and the consent page of OAuth.
//! - [`seed`]: the demo's two companies, and builders for tests.
//! - [`serve`]: the thin shell: a listener and the sender of notifications.

mod page;
pub mod seed;
mod serve;
pub mod wire;
pub mod world;

pub use seed::{DemoCompany, SeedOptions};
pub use serve::{Clock, serve};
pub use world::World;
pub use world::faults::{Action, Fault, Matcher};
pub use world::id_token::IdTokenFault;
pub use world::push::{Delivery, Notification};
pub use world::settings::Settings;
