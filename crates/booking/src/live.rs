//! The live hub: who watches what, and the one publisher that tells them.
//!
//! Nobody publishes from a request. A commit pokes the publisher, which reads the change log in order and sends each
//! change once per *topic* (company, view, scope): one serialisation, shared by the topic's sockets. A socket that
//! joins registers first and then reads what it missed from the log, so nothing can fall between.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{Datelike, NaiveDate};
use model::{
    ApiError, Block, Change, CompanyId, Delta, ErrorCode, RoomNumber, Seq, ServerFrame, TimeRange, View,
};
use tokio::sync::broadcast;

use crate::cx::Cx;
use crate::engine::Engine;
use crate::failure::Failure;

/// Frames that wait for a slow socket before it has to catch up from the log.
const BACKLOG: usize = 256;

/// Who missed more commits than this gets a snapshot instead of each of them.
const CATCH_UP: i64 = 1_000;

/// Which part of a company's changes a screen may see.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// The public projection, whole.
    Company,
    /// A lobby board: some rooms, titles only if it shows them.
    Board { rooms: BTreeSet<RoomNumber>, titles: bool },
}

impl Scope {
    pub(crate) fn project_block(&self, block: &mut Block) {
        if matches!(self, Self::Board { titles: false, .. }) {
            block.title.clear();
            block.organizer_name.clear();
            block.organizer = None;
        }
    }

    fn project(&self, change: &Change) -> Option<Change> {
        let Self::Board { rooms, .. } = self else { return Some(change.clone()) };
        match change {
            Change::Upsert { block, was } => rooms.contains(&block.key.room).then(|| {
                let mut block = block.clone();
                self.project_block(&mut block);
                Change::Upsert { block, was: *was }
            }),
            Change::Remove { key, .. } => rooms.contains(&key.room).then(|| change.clone()),
            Change::Room { room } => rooms.contains(&room.number).then(|| change.clone()),
            Change::RoomGone { number } => rooms.contains(number).then(|| change.clone()),
        }
    }
}

/// A serialised frame, shared by every socket of its topic.
#[derive(Clone, Debug)]
pub struct LiveFrame {
    pub seq: Seq,
    pub text: Arc<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct TopicKey {
    company: CompanyId,
    date: NaiveDate,
    scope: Scope,
}

struct Topic {
    range: TimeRange,
    /// The last `seq` that concerned it; 0 until the first.
    last: Seq,
    frames: broadcast::Sender<LiveFrame>,
}

#[derive(Default)]
pub(crate) struct Hub {
    inner: Mutex<HubState>,
}

#[derive(Default)]
struct HubState {
    topics: HashMap<TopicKey, Topic>,
    /// How far each watched company was published.
    published: HashMap<CompanyId, Seq>,
}

impl Hub {
    fn lock(&self) -> std::sync::MutexGuard<'_, HubState> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A screen's stream of frames.
pub struct Feed {
    engine: Engine,
    company: CompanyId,
    scope: Scope,
    range: TimeRange,
    frames: broadcast::Receiver<LiveFrame>,
    /// The last `seq` sent to this screen.
    sent: Seq,
    /// Frames to send before the stream's own.
    waiting: std::collections::VecDeque<LiveFrame>,
}

impl Engine {
    /// Follows a view of the signed-in person's company.
    pub async fn follow(&self, cx: &Cx, view: &View, after: Option<Seq>) -> Result<Feed, ApiError> {
        Ok(self.follow_scope(cx.company, Scope::Company, view, after).await?)
    }

    /// Follows today's view of a lobby board.
    pub async fn follow_board(&self, token: &str, view: &View, after: Option<Seq>) -> Result<Feed, ApiError> {
        let display = self.display_by_token(token).await?;
        let tz = self.zone_of(display.company).await?;
        if view.date != calendar::zone::date_at(tz, self.now()) {
            return Err(ApiError::field("date"));
        }
        let scope = self.scope_of(&display).await?;
        Ok(self.follow_scope(display.company, scope, view, after).await?)
    }

    /// Whether a board's token is still good.
    pub async fn board_is_live(&self, token: &str) -> Result<bool, ApiError> {
        match self.display_by_token(token).await {
            Ok(_) => Ok(true),
            Err(Failure::Code(ErrorCode::NotFound)) => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn follow_scope(
        &self,
        company: CompanyId,
        scope: Scope,
        view: &View,
        after: Option<Seq>,
    ) -> Result<Feed, Failure> {
        let tz = self.zone_of(company).await?;
        let unknown =
            model::Refusal::InvalidField { field: "date".into(), limit: "a day of this zone".into() };
        let years = 1970..=2200;
        let date = Some(view.date).filter(|date| years.contains(&date.year()));
        let range = date.and_then(|date| calendar::zone::day_range(tz, date)).ok_or(unknown)?;
        let current = self.company(company).company().await?.seq;
        let key = TopicKey { company, date: view.date, scope: scope.clone() };
        let frames = {
            let mut hub = self.hub().lock();
            // Without commits nobody else would: views that are looked at no more.
            hub.topics.retain(|_, topic| topic.frames.receiver_count() > 0);
            hub.published.entry(company).or_insert(current);
            let topic = hub.topics.entry(key).or_insert_with(|| Topic {
                range,
                last: Seq(0),
                frames: broadcast::channel(BACKLOG).0,
            });
            topic.frames.subscribe()
        };
        let mut feed = Feed {
            engine: self.clone(),
            company,
            scope,
            range,
            frames,
            sent: after.unwrap_or_default(),
            waiting: std::collections::VecDeque::new(),
        };
        match after {
            // A `seq` from the future is another database's: start over.
            Some(after) if after <= current && current.0 - after.0 <= CATCH_UP => feed.catch_up().await?,
            _ => feed.snapshot(view.date).await?,
        }
        Ok(feed)
    }

    /// Publishes what was committed since the last time, for companies that somebody watches.
    pub(crate) async fn publish(&self, company: CompanyId) -> Result<(), Failure> {
        loop {
            let Some(from) = self.hub().lock().published.get(&company).copied() else { return Ok(()) };
            let logged = self.company(company).changes_after(from).await?;
            let mut hub = self.hub().lock();
            let Some(logged) = logged else {
                // The log was cut past us: every screen catches up by itself when it notices.
                hub.published.remove(&company);
                hub.topics.retain(|key, _| key.company != company);
                return Ok(());
            };
            let Some(last) = logged.last().map(|logged| logged.seq) else { return Ok(()) };
            hub.topics.retain(|_, topic| topic.frames.receiver_count() > 0);
            for (key, topic) in hub.topics.iter_mut().filter(|(key, _)| key.company == company) {
                for change in &logged {
                    let Some(text) = frame_text(&key.scope, topic.range, change, topic.last) else {
                        continue;
                    };
                    topic.last = change.seq;
                    topic.frames.send(LiveFrame { seq: change.seq, text }).ok();
                }
            }
            if hub.topics.keys().any(|key| key.company == company) {
                hub.published.insert(company, last);
            } else {
                hub.published.remove(&company);
            }
        }
    }
}

/// The frame that tells a topic of a commit, if it concerns it.
fn frame_text(scope: &Scope, range: TimeRange, logged: &store::LoggedChange, prev: Seq) -> Option<Arc<str>> {
    let frame = match &logged.changes {
        Some(changes) => {
            let concerned = changes.iter().filter(|change| change.concerns(range));
            let changes: Vec<Change> = concerned.filter_map(|change| scope.project(change)).collect();
            if changes.is_empty() {
                return None;
            }
            ServerFrame::Delta(Delta { seq: logged.seq, prev, changes })
        }
        None => ServerFrame::Resync,
    };
    serde_json::to_string(&frame).ok().map(Arc::from)
}

impl Feed {
    /// The next frame for this screen. Ends only with the program.
    pub async fn next(&mut self) -> Result<LiveFrame, ApiError> {
        loop {
            if let Some(frame) = self.waiting.pop_front() {
                self.sent = self.sent.max(frame.seq);
                return Ok(frame);
            }
            match self.frames.recv().await {
                Ok(frame) if frame.seq <= self.sent => {}
                Ok(frame) => {
                    self.sent = frame.seq;
                    return Ok(frame);
                }
                // Too slow, or the topic was dropped with the log: read from the log what was missed.
                Err(broadcast::error::RecvError::Lagged(_)) => {
                    self.catch_up().await.map_err(ApiError::from)?
                }
                Err(broadcast::error::RecvError::Closed) => {
                    return Err(ApiError::new(ErrorCode::Unavailable));
                }
            }
        }
    }

    /// The last `seq` this screen was sent; what a ping carries.
    pub const fn sent(&self) -> Seq {
        self.sent
    }

    async fn snapshot(&mut self, date: NaiveDate) -> Result<(), Failure> {
        let now = self.engine.now();
        let grid = self.engine.grid_of(self.company, Some(date), now).await?;
        let day = self.scope.project_grid(grid);
        let seq = day.seq;
        let frame = ServerFrame::Snapshot { v: model::live::PROTOCOL, day: Box::new(day) };
        let text =
            serde_json::to_string(&frame).map_err(|_| Failure::Broken("a snapshot does not serialise"))?;
        self.waiting.push_back(LiveFrame { seq, text: text.into() });
        self.sent = seq;
        Ok(())
    }

    async fn catch_up(&mut self) -> Result<(), Failure> {
        let mut from = self.sent;
        loop {
            let logged = self.engine.company(self.company).changes_after(from).await?;
            let Some(logged) = logged else {
                let text = serde_json::to_string(&ServerFrame::Resync).unwrap_or_default();
                self.waiting.push_back(LiveFrame { seq: self.sent, text: text.into() });
                return Ok(());
            };
            let Some(last) = logged.last().map(|logged| logged.seq) else { return Ok(()) };
            for change in &logged {
                let prev = self.waiting.back().map_or(self.sent, |frame| frame.seq);
                if let Some(text) = frame_text(&self.scope, self.range, change, prev) {
                    self.waiting.push_back(LiveFrame { seq: change.seq, text });
                }
            }
            from = last;
        }
    }
}
