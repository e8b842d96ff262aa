//! What the browser and the server both say: ids, instants, booking states, the day's grid and the live messages.
//!
//! Everything here is plain data with rules that can be checked without IO. It is compiled to WebAssembly, so no zone
//! tables, no clock, no randomness and no heavy parser may enter: the browser reads JSON by [`tree`]. Start reading at
//! [`grid`] and [`live`].

pub mod block;
pub mod civil;
pub mod error;
pub mod grid;
pub mod health;
pub mod history;
pub mod id;
pub mod limits;
pub mod live;
pub mod name;
pub mod notice;
pub mod order;
pub mod page;
pub mod person;
mod read;
pub mod refusal;
pub mod repeat;
pub mod room;
pub mod state;
pub mod time;
pub mod tree;
pub mod trouble;
pub mod zone_day;

pub use block::{Block, BlockKey, Origin};
pub use error::{ApiError, ErrorCode};
pub use grid::{ApplyOutcome, GridDay, GridState};
pub use id::{
    BookingId, BookingNumber, BuildingId, CalendarId, ChannelId, CompanyId, CredentialId, DisplayId,
    OutboxId, PersonId, PersonNumber, RoomId, RoomNumber, Seq, ServerId, SessionId, TokenId,
};
pub use live::{Change, ClientFrame, Delta, ServerFrame, View};
pub use refusal::{Alternative, Refusal};
pub use state::BookingState;
pub use time::{Instant, TimeRange};
pub use trouble::{Attention, Delegation, GrantStanding, LoopKind, RoomTrouble, Stuck};
pub use zone_day::ZoneDay;
