//! What programs list: bookings and rooms in pages, changes after a `seq`, rooms that are free.

use std::time::Duration;

use calendar::{policy, zone};
use chrono::NaiveDate;
use model::room::RoomRow;
use model::{
    ApiError, Block, BookingState, Change, Delta, ErrorCode, RoomNumber, Seq, ServerFrame, TimeRange,
};
use serde::Serialize;
use store::{NO_SLOT, PagePlace};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant as Deadline, sleep_until};

use crate::cx::Cx;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::grid::own_block;

/// How long a waiting program trusts that it hears of every commit before it looks by itself.
const LOOK_TOLD: Duration = Duration::from_secs(2);
/// The same where other servers do not tell us of theirs.
const LOOK: Duration = Duration::from_secs(1);

/// Commits after a `seq`, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// Each commit with what it changed, in the public projection.
    pub commits: Vec<(Seq, Vec<Change>)>,
    /// Where to go on from.
    pub seq: Seq,
    /// More of them are there already.
    pub more: bool,
}

/// What a screen is sent that asks instead of listening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Poll {
    /// As the socket sends them.
    pub frames: Vec<ServerFrame>,
    /// What to ask for next; what the view is as of, once the frames are applied.
    pub after: Seq,
}

/// A page of blocks, and where the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockPage {
    pub blocks: Vec<Block>,
    pub next: Option<PagePlace>,
}

/// A page of rooms, and the last number on it where there are more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomPage {
    pub rooms: Vec<RoomRow>,
    pub next: Option<RoomNumber>,
}

impl RoomPage {
    /// Of rooms by number: the first `limit` of them, which is at least one.
    fn first(rooms: impl Iterator<Item = RoomRow>, limit: i64) -> Self {
        let limit = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
        let mut rooms: Vec<_> = rooms.take(limit.saturating_add(1)).collect();
        let more = rooms.len() > limit;
        rooms.truncate(limit);
        let next = rooms.last().filter(|_| more).map(|last| last.number);
        Self { rooms, next }
    }
}

impl Engine {
    /// The company's rooms in use, by number, beyond `after`.
    pub async fn rooms_page(
        &self,
        cx: &Cx,
        after: Option<RoomNumber>,
        limit: i64,
    ) -> Result<RoomPage, ApiError> {
        let limit = limit.max(1);
        let rooms = self.company(cx.company).room_page(after.unwrap_or(RoomNumber(0)), limit + 1).await;
        Ok(RoomPage::first(rooms.map_err(Failure::from)?.into_iter().map(|room| room.row), limit))
    }

    /// One room in use.
    pub async fn room(&self, cx: &Cx, number: RoomNumber) -> Result<RoomRow, ApiError> {
        let room = self.company(cx.company).room_by_number(number).await.map_err(Failure::from)?;
        room.map(|room| room.row).ok_or_else(|| Failure::from(ErrorCode::NotFound).into())
    }

    /// Blocks inside `window` in pages of `limit`, by start. A person's own private bookings have their titles.
    pub async fn bookings_page(
        &self,
        cx: &Cx,
        window: TimeRange,
        room: Option<RoomNumber>,
        after: Option<PagePlace>,
        limit: i64,
    ) -> Result<BlockPage, ApiError> {
        Ok(self.page(cx, window, room, after, limit).await?)
    }

    async fn page(
        &self,
        cx: &Cx,
        window: TimeRange,
        room: Option<RoomNumber>,
        after: Option<PagePlace>,
        limit: i64,
    ) -> Result<BlockPage, Failure> {
        let store = self.company(cx.company);
        let limit = limit.max(1);
        let mut blocks = store.blocks_page(window, room, after, limit + 1).await?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = blocks.len() > wanted;
        blocks.truncate(wanted);
        let next = blocks.last().filter(|_| more).map(|last| PagePlace {
            start: last.range.start(),
            booking: last.key.booking,
            room: last.key.room,
            slot: last.key.slot.unwrap_or(NO_SLOT),
        });
        for block in blocks.iter_mut().filter(|block| block.private) {
            let event = store.event_by_number(block.key.booking).await?;
            if let Some(event) = event.filter(|event| event.organizer == Some(cx.person)) {
                *block = own_block(block.clone(), &event, cx);
            }
        }
        Ok(BlockPage { blocks, next })
    }

    /// Rooms of at least `seats` with nothing in `range`, by number, beyond `after`. What is free now may be taken when
    /// it is booked, and when the next page is read.
    pub async fn free_rooms_page(
        &self,
        cx: &Cx,
        range: TimeRange,
        seats: i32,
        after: Option<RoomNumber>,
        limit: i64,
    ) -> Result<RoomPage, ApiError> {
        let store = self.company(cx.company);
        let rooms = store.room_list().await.map_err(Failure::from)?;
        let blocks = store.blocks_in(range).await.map_err(Failure::from)?;
        let busy = |room: &RoomRow| {
            blocks.iter().any(|block| {
                block.key.room == room.number
                    && (block.state.holds_room() || block.state == BookingState::Conflicted)
            })
        };
        let rooms = rooms.into_iter().map(|room| room.row);
        let wanted = |room: &RoomRow| {
            room.capacity >= seats && after.is_none_or(|after| room.number > after) && !busy(room)
        };
        Ok(RoomPage::first(rooms.filter(wanted), limit))
    }

    /// The changes after `after`; waits up to `wait` for the first of them. Without `after`: where the log stands.
    /// `history_gone` where the log does not reach back so far, or never came so far.
    pub async fn changes(&self, cx: &Cx, after: Option<Seq>, wait: Duration) -> Result<Changes, ApiError> {
        Ok(self.changes_or_gone(cx, after, wait).await?)
    }

    async fn changes_or_gone(&self, cx: &Cx, after: Option<Seq>, wait: Duration) -> Result<Changes, Failure> {
        let store = self.company(cx.company);
        // Before the first look, so that no commit falls between.
        let (mut commits, mut heard) = (self.store().commits(), self.heard().subscribe());
        let current = store.company().await?.seq;
        let Some(after) = after else {
            return Ok(Changes { commits: Vec::new(), seq: current, more: false });
        };
        if after > current || after < Seq(0) {
            return Err(ErrorCode::HistoryGone.into());
        }
        let end = Deadline::now() + wait;
        loop {
            let logged = store.changes_after(after).await?.ok_or(ErrorCode::HistoryGone)?;
            if let Some(last) = logged.last().map(|logged| logged.seq) {
                let more = last < current;
                let readable = |logged: store::LoggedChange| Some((logged.seq, logged.changes?));
                let commits = logged.into_iter().map(readable).collect::<Option<Vec<_>>>();
                return Ok(Changes { commits: commits.ok_or(ErrorCode::HistoryGone)?, seq: last, more });
            }
            if Deadline::now() >= end {
                return Ok(Changes { commits: Vec::new(), seq: after, more: false });
            }
            let look = end.min(Deadline::now() + if self.is_told() { LOOK_TOLD } else { LOOK });
            loop {
                let committed = tokio::select! {
                    committed = commits.recv() => committed,
                    heard = heard.recv() => heard,
                    () = sleep_until(look) => break,
                };
                match committed {
                    Ok(company) if company != cx.company => {}
                    Err(RecvError::Closed) => return Err(ErrorCode::Unavailable.into()),
                    Ok(_) | Err(RecvError::Lagged(_)) => break,
                }
            }
        }
    }

    /// The frames of a day's view after `after`, as `/live` sends them; a snapshot where there is no way from there.
    /// Waits up to `wait` for the first commit; one that does not concern the view moves `after` on.
    pub async fn poll_view(
        &self,
        cx: &Cx,
        date: &str,
        after: Option<Seq>,
        wait: Duration,
    ) -> Result<Poll, ApiError> {
        let date = policy::parse_date(date)?;
        Ok(self.poll(cx, date, after, wait).await?)
    }

    async fn poll(
        &self,
        cx: &Cx,
        date: NaiveDate,
        after: Option<Seq>,
        wait: Duration,
    ) -> Result<Poll, Failure> {
        let changes = match after {
            Some(after) => self.changes_or_gone(cx, Some(after), wait).await,
            None => Err(ErrorCode::HistoryGone.into()),
        };
        let changes = match changes {
            Err(Failure::Code(ErrorCode::HistoryGone)) => {
                let day = self.grid_of(cx.company, Some(date), self.now()).await?;
                let after = day.seq;
                let frame = ServerFrame::Snapshot { v: model::live::PROTOCOL, day: Box::new(day) };
                return Ok(Poll { frames: vec![frame], after });
            }
            changes => changes?,
        };
        let unknown =
            model::Refusal::InvalidField { field: "date".into(), limit: "a day of this zone".into() };
        let range = zone::day_range(cx.zone, date).ok_or(unknown)?;
        let mut prev = after.unwrap_or_default();
        let mut frames = Vec::new();
        for (seq, changes) in changes.commits {
            let concerned: Vec<_> = changes.into_iter().filter(|change| change.concerns(range)).collect();
            if !concerned.is_empty() {
                frames.push(ServerFrame::Delta(Delta { seq, prev, changes: concerned }));
                prev = seq;
            }
        }
        Ok(Poll { frames, after: changes.seq })
    }
}
