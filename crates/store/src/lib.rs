//! The only SQL: migrations, one file a table family, the same statements on every engine.
//!
//! A handle is made *for* a company ([`Store::company`]), so a query without a tenant cannot be written; what has no
//! tenant yet is the short list of [`System`]. Every write goes through [`CompanyStore::write`]: one queue, one
//! transaction for what waits, answered after commit, whatever becomes of the caller. Start reading at `writer`.

mod answer;
mod around;
mod backlog;
mod backup;
mod batch;
#[cfg(any(test, feature = "bulk"))]
mod bench;
mod booking;
mod bulk;
mod calendar;
mod change;
mod channel;
mod company;
mod copy;
mod credential;
mod db;
mod dialect;
mod display;
mod error;
mod event;
mod gather;
mod guard;
mod health;
mod history;
mod import;
mod inspect;
mod link;
mod migrate;
mod notice;
mod occurrence;
mod outbox;
mod person;
mod pooler;
mod presence;
mod role;
mod room;
mod series;
mod server;
mod session;
mod sign_in;
mod sql;
mod tenant;
mod token;
mod tx;
mod writer;

pub use answer::AnswerRow;
pub use around::{Around, Moment, Turn};
pub use backlog::{Backlog, Connections};
pub use backup::{Summary, backup, restore};
#[cfg(any(test, feature = "bulk"))]
pub use bench::{Bare, BareImport, bare_bookings};
pub use booking::{Made, Met, MetPerson, MetRoom, NewBooking, Wish};
pub use calendar::{CalendarRow, DueCalendar};
pub use change::LoggedChange;
pub use channel::{ChannelRow, ChannelSeen, ChannelState};
pub use company::CompanyRow;
pub use copy::CopyRow;
pub use credential::{CredentialRow, CredentialState, OwnerKind};
pub use db::{CompanyStore, Store, System};
pub use display::DisplayStored;
pub use error::{Fault, StoreError};
pub use event::{EventKind, EventRow, GuestRow, Way};
pub use guard::{Counted, StopStored};
pub use health::{LostGrant, RoomQueue, StuckStored, Wrong};
pub use history::{HistoryRow, HistoryStored};
pub use import::Imported;
pub use inspect::Schema;
pub use notice::{HolderStored, NoticeRow, NoticeStored};
pub use occurrence::{NO_SLOT, OccurrenceRow, PagePlace};
pub use outbox::{Lane, LaneDue, OutboxRow, OutboxState, WishRow};
pub use person::PersonStored;
pub use room::RoomStored;
pub use series::{
    Clash, DueSeries, Extended, Holder, Instance, OverrideRow, SeriesRow, SeriesStored, SeriesWrite, Unsaved,
};
pub use server::{Claim, ServerSeen};
pub use session::SessionRow;
pub use sign_in::SignInRow;
pub use token::{TokenOwner, TokenStored};
pub use tx::Tx;
pub use writer::{Committed, Work};

// The tests' own databases, for the tests in here as well.
#[cfg(test)]
extern crate self as store;
#[cfg(test)]
#[path = "../tests/it/database.rs"]
#[expect(dead_code, reason = "the integration tests use the rest")]
mod database;
#[cfg(test)]
mod migrate_test;
#[cfg(test)]
mod statements_test;
