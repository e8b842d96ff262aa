//! Who watches what: topics, and the sockets in their seats.
//!
//! A topic is one view of one company in one scope. A change is framed once a topic and written to every seat of it by
//! the publisher itself: no task wakes for a frame unless its socket is full.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::NaiveDate;
use model::{CompanyId, Seq, TimeRange};
use sockets::{Frame, Outlet};
use tokio::sync::watch;

use crate::scope::{Scope, Shown};

/// Frames that a screen is sent between joining and having caught up; more, and it has to come again.
const HELD: usize = 1_024;
/// Sockets written to before other tasks get a turn.
const TURN: usize = 512;

/// A frame and the position in the change log that it brings a screen to.
#[derive(Clone, Debug)]
pub(crate) struct LiveFrame {
    pub(crate) seq: Seq,
    pub(crate) frame: Frame,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TopicKey {
    pub(crate) date: NaiveDate,
    pub(crate) scope: Scope,
}

/// One view, and everybody who looks at it.
pub(crate) struct Topic {
    pub(crate) key: TopicKey,
    pub(crate) range: TimeRange,
    state: Mutex<TopicState>,
    /// A board's rooms, for the publisher alone; `None` until it needs them.
    shown: Mutex<Option<Shown>>,
}

#[derive(Default)]
struct TopicState {
    /// The last `seq` that concerned it; 0 until the first.
    last: Seq,
    seats: Vec<Arc<Seat>>,
}

/// One socket's place in a topic.
struct Seat {
    outlet: Arc<Outlet>,
    state: Mutex<SeatState>,
}

struct SeatState {
    /// The last `seq` sent to this screen.
    sent: Seq,
    stage: Stage,
}

enum Stage {
    /// Reads what it missed; what comes meanwhile is held.
    Joining(Vec<LiveFrame>),
    Live,
    Left,
}

/// A company that somebody watches.
struct Watched {
    /// How far it was published.
    published: Seq,
    topics: HashMap<TopicKey, Arc<Topic>>,
}

pub(crate) struct Hub {
    watched: Mutex<HashMap<CompanyId, Watched>>,
    /// Whether changes of other servers arrive late for now.
    slow: watch::Sender<bool>,
}

impl Default for Hub {
    fn default() -> Self {
        Self { watched: Mutex::default(), slow: watch::Sender::new(false) }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    /// Takes a seat in a topic. Frames are held from now on, until [`Following::go_live`]. `current` is the company's
    /// position as read before.
    pub(crate) fn join(
        self: &Arc<Self>,
        company: CompanyId,
        key: TopicKey,
        range: TimeRange,
        current: Seq,
        outlet: Arc<Outlet>,
    ) -> Following {
        let state = SeatState { sent: Seq(0), stage: Stage::Joining(Vec::new()) };
        let seat = Arc::new(Seat { outlet, state: Mutex::new(state) });
        let mut watched = lock(&self.watched);
        let of_company =
            watched.entry(company).or_insert_with(|| Watched { published: current, topics: HashMap::new() });
        let topic = of_company.topics.entry(key.clone()).or_insert_with(|| {
            Arc::new(Topic { key, range, state: Mutex::default(), shown: Mutex::default() })
        });
        lock(&topic.state).seats.push(Arc::clone(&seat));
        Following { hub: Arc::clone(self), company, topic: Arc::clone(topic), seat }
    }

    /// The companies that somebody watches, and how far each was published.
    pub(crate) fn watched(&self) -> HashMap<CompanyId, Seq> {
        lock(&self.watched).iter().map(|(company, watched)| (*company, watched.published)).collect()
    }

    pub(crate) fn published(&self, company: CompanyId) -> Option<Seq> {
        lock(&self.watched).get(&company).map(|watched| watched.published)
    }

    pub(crate) fn topics(&self, company: CompanyId) -> Vec<Arc<Topic>> {
        let watched = lock(&self.watched);
        watched.get(&company).map(|watched| watched.topics.values().cloned().collect()).unwrap_or_default()
    }

    pub(crate) fn set_published(&self, company: CompanyId, seq: Seq) {
        if let Some(watched) = lock(&self.watched).get_mut(&company) {
            watched.published = seq;
        }
    }

    /// Ends every socket of a company: each comes back and starts from what is true then.
    pub(crate) fn start_over(&self, company: CompanyId) {
        let gone = lock(&self.watched).remove(&company);
        for topic in gone.into_iter().flat_map(|watched| watched.topics.into_values()) {
            for seat in &lock(&topic.state).seats {
                seat.outlet.close(1012, "catch up");
            }
        }
    }

    /// Tells whether changes of other servers arrive late.
    pub(crate) fn set_slow(&self, slow: bool) {
        self.slow.send_if_modified(|was| std::mem::replace(was, slow) != slow);
    }

    pub(crate) fn slow(&self) -> watch::Receiver<bool> {
        self.slow.subscribe()
    }

    fn leave(&self, company: CompanyId, topic: &Arc<Topic>, seat: &Arc<Seat>) {
        lock(&seat.state).stage = Stage::Left;
        let mut all = lock(&self.watched);
        let empty = {
            let mut state = lock(&topic.state);
            if let Some(place) = state.seats.iter().position(|one| Arc::ptr_eq(one, seat)) {
                state.seats.swap_remove(place);
            }
            state.seats.is_empty()
        };
        let Some(watched) = all.get_mut(&company).filter(|_| empty) else { return };
        if watched.topics.get(&topic.key).is_some_and(|known| Arc::ptr_eq(known, topic)) {
            watched.topics.remove(&topic.key);
        }
        if watched.topics.is_empty() {
            all.remove(&company);
        }
    }
}

impl Topic {
    /// The last `seq` that concerned this view.
    pub(crate) fn last(&self) -> Seq {
        lock(&self.state).last
    }

    /// A board's rooms as of what was published, if they were needed before.
    pub(crate) fn shown(&self) -> Option<Shown> {
        lock(&self.shown).clone()
    }

    pub(crate) fn set_shown(&self, shown: &Shown) {
        *lock(&self.shown) = Some(shown.clone());
    }

    /// Writes a frame to every seat; answers how many there are.
    pub(crate) async fn deliver(&self, frame: &LiveFrame) -> usize {
        let seats = {
            let mut state = lock(&self.state);
            state.last = frame.seq;
            // Written to without the lock: nobody who joins or leaves waits for thousands of writes.
            state.seats.clone()
        };
        for some in seats.chunks(TURN) {
            for seat in some {
                seat.offer(frame);
            }
            tokio::task::yield_now().await;
        }
        seats.len()
    }
}

impl Seat {
    fn offer(&self, frame: &LiveFrame) {
        let mut state = lock(&self.state);
        match &mut state.stage {
            Stage::Joining(held) if held.len() < HELD => held.push(frame.clone()),
            Stage::Joining(_) => self.outlet.end(),
            Stage::Live => self.send(&mut state, frame),
            Stage::Left => {}
        }
    }

    fn send(&self, state: &mut SeatState, frame: &LiveFrame) {
        if frame.seq > state.sent {
            state.sent = frame.seq;
            self.outlet.send(&frame.frame);
        }
    }
}

/// A screen that follows a view; dropped, it follows no more.
pub struct Following {
    hub: Arc<Hub>,
    company: CompanyId,
    topic: Arc<Topic>,
    seat: Arc<Seat>,
}

impl Following {
    /// The last `seq` this screen was sent; what a ping carries.
    pub fn sent(&self) -> Seq {
        lock(&self.seat.state).sent
    }

    /// The screen is at `have`; sends it `first`, then what was held, and whatever comes from now on.
    pub(crate) fn go_live(&self, have: Seq, first: Vec<LiveFrame>) {
        let mut state = lock(&self.seat.state);
        state.sent = have;
        for LiveFrame { seq, frame } in first {
            state.sent = state.sent.max(seq);
            self.seat.outlet.send(&frame);
        }
        if let Stage::Joining(held) = std::mem::replace(&mut state.stage, Stage::Live) {
            for frame in &held {
                self.seat.send(&mut state, frame);
            }
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.hub.leave(self.company, &self.topic, &self.seat);
    }
}
