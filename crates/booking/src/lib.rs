//! The booking core: use cases, and the shells that run sync's effects against the store and Google.
//!
//! What server functions, pages, the command line and background workers call. It knows Google only as the traits of
//! `sync::port`, and no web framework. Start reading at [`Engine`]; what a booking goes through is in `book`, what a
//! change made in Google goes through is in `pull` and `apply`.

mod absent;
mod admin;
mod apply;
pub mod background;
mod book;
mod breaker;
mod change;
mod channels;
mod checkup;
mod claims;
mod command;
mod cx;
mod delegation;
mod details;
mod directory;
mod displays;
mod doubt;
mod engine;
mod failure;
mod founding;
mod grants;
mod grid;
mod health;
mod horizon;
mod hub;
mod import;
mod lanes;
mod leave;
mod listing;
mod live;
mod merge;
mod metrics;
mod notice;
mod notices;
mod people;
mod publisher;
mod pull;
mod push;
mod quota;
mod reach;
mod record;
mod recurring;
mod scope;
mod series;
mod servers;
mod sign_in;
mod step;
mod stuck;
mod tokens;
mod told;
mod vault;

pub use calendar::series::Scope as EditScope;
pub use checkup::{Checkup, GrantVerdict};
pub use command::{BookCommand, ChangeCommand};
pub use cx::{Cx, Via};
pub use engine::{Clock, CrashHook, Engine, Ports, Randomness, Roles, Settings};
pub use failure::Failure;
pub use horizon::Horizons;
pub use hub::Following;
pub use listing::{BlockPage, Changes, Poll, RoomPage};
pub use metrics::Metrics;
pub use notice::NoticeOutcome;
pub use quota::Quota;
pub use record::{BookingRecord, IfMatch};
pub use recurring::{At, SeriesChange, SeriesCommand};
pub use scope::Scope;
pub use sign_in::{SignInOutcome, SignInStart, local_path};
pub use step::Step;
pub use store::PagePlace;
pub use vault::{Vault, VaultError, hash_token};
