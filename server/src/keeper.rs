//! Looking after the open sockets: one ticker for all of them, no timer of their own.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use booking::{Cx, Engine, Following, Via};
use futures::stream::{FuturesUnordered, StreamExt as _};
use model::{ErrorCode, ServerFrame};
use sockets::{Frame, Outlet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Close codes (RFC 6455 §7.4; 4000-4999 are ours, docs/API.md).
pub(crate) const GOING_AWAY: u16 = 1012;
pub(crate) const BAD_FRAME: u16 = 1008;
pub(crate) const SIGNED_OUT: u16 = 4401;

/// Sockets open at the same time.
const MOST: usize = 20_000;
const TICK: Duration = Duration::from_secs(1);
/// Every socket is pinged once in so many ticks, a part of them at each. Proxies cut silent connections at 60 s.
const PING_TICKS: u64 = 20;
/// Two missed pongs are a dead screen.
const MISSED_PONGS: u8 = 2;
/// A screen says what it wants to see within this.
const FIRST_FRAME: Duration = Duration::from_secs(10);
/// A screen that takes nothing for this long is dropped; it comes back and catches up.
const STALLED: Duration = Duration::from_secs(10);
/// How long the other side gets to answer a close frame.
const FAREWELL: Duration = Duration::from_secs(1);
/// Credentials that are looked up side by side.
const CHECKS: usize = 8;

/// Who is at the other end.
pub(crate) enum Watcher {
    Person { cx: Box<Cx>, cookies: Option<Box<str>> },
    Board { token: Box<str> },
}

/// What a socket is open by. Many sockets share one; it is looked up once for all of them.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Credential {
    Person(Via),
    Board(Box<str>),
}

impl Watcher {
    fn credential(&self) -> Credential {
        match self {
            Self::Person { cx, .. } => Credential::Person(cx.via),
            Self::Board { token } => Credential::Board(token.clone()),
        }
    }
}

/// An open socket.
pub(crate) struct Open {
    pub(crate) outlet: Arc<Outlet>,
    pub(crate) watcher: Watcher,
    since: Instant,
    state: Mutex<OpenState>,
}

#[derive(Default)]
struct OpenState {
    following: Option<Following>,
    /// Whether the screen ever said what it wants to see.
    subscribed: bool,
    /// Pings without a pong.
    unanswered: u8,
}

impl OpenState {
    fn subscribed_late(&self, since: Instant) -> bool {
        !self.subscribed && since.elapsed() >= FIRST_FRAME
    }
}

impl Open {
    fn lock(&self) -> MutexGuard<'_, OpenState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows another view, or none.
    pub(crate) fn set_following(&self, following: Option<Following>) {
        let mut state = self.lock();
        state.subscribed = true;
        let before = std::mem::replace(&mut state.following, following);
        drop(state);
        drop(before);
    }

    pub(crate) fn answered(&self) {
        self.lock().unanswered = 0;
    }
}

/// The open sockets of this server. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Keeper(Arc<Sockets>);

#[derive(Default)]
struct Sockets {
    open: Mutex<HashMap<u64, Arc<Open>>>,
    next: AtomicU64,
    tasks: TaskTracker,
}

/// A socket's place among the open ones; dropped, it is forgotten.
pub(crate) struct Place {
    keeper: Keeper,
    number: u64,
    pub(crate) open: Arc<Open>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open.set_following(None);
        self.keeper.lock().remove(&self.number);
    }
}

impl Keeper {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Open>>> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many are open.
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.0.tasks.len() >= MOST
    }

    /// Runs a socket's task, which [`Keeper::farewell`] waits for.
    pub(crate) fn run(&self, socket: impl Future<Output = ()> + Send + 'static) {
        self.0.tasks.spawn(socket);
    }

    pub(crate) fn admit(&self, outlet: Arc<Outlet>, watcher: Watcher) -> Place {
        let open = Open { outlet, watcher, since: Instant::now(), state: Mutex::default() };
        let open = Arc::new(open);
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.lock().insert(number, Arc::clone(&open));
        Place { keeper: self.clone(), number, open }
    }

    /// Waits until every socket has ended.
    pub(crate) async fn farewell(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// Looks after the sockets; closes them when the program drains. Ends with the program.
    pub(crate) async fn keep(&self, engine: &Engine, draining: &CancellationToken) {
        tokio::select! {
            () = self.tend(engine) => {}
            () = draining.cancelled() => {}
        }
        let mut ticks = tokio::time::interval(FAREWELL / 4);
        loop {
            ticks.tick().await;
            for open in self.all() {
                open.outlet.close(GOING_AWAY, "restarting");
                if open.outlet.stalled(FAREWELL, FAREWELL) {
                    open.outlet.end();
                }
            }
        }
    }

    async fn tend(&self, engine: &Engine) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut slow = engine.live_is_slow();
        let mut due = HashMap::new();
        let mut checks = FuturesUnordered::new();
        let mut tick = 0_u64;
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    tick += 1;
                    self.look(tick, &mut due);
                }
                Ok(()) = slow.changed() => self.tell(&ServerFrame::Pace { slow: *slow.borrow_and_update() }),
                Some(over) = checks.next() => {
                    let over: Option<(Credential, &'static str)> = over;
                    if let Some((credential, reason)) = over {
                        self.sign_out(&credential, reason);
                    }
                }
            }
            while checks.len() < CHECKS
                && let Some(credential) = due.keys().next().cloned()
                && let Some(open) = due.remove(&credential)
            {
                checks.push(check(engine, credential, open));
            }
        }
    }

    fn all(&self) -> Vec<Arc<Open>> {
        self.lock().values().cloned().collect()
    }

    /// One tick: ends what is dead, pings its part of the sockets, and notes whose credential is to be looked at.
    fn look(&self, tick: u64, due: &mut HashMap<Credential, Arc<Open>>) {
        let open: Vec<(u64, Arc<Open>)> =
            self.lock().iter().map(|(n, open)| (*n, Arc::clone(open))).collect();
        for (number, open) in open {
            if open.outlet.stalled(STALLED, FAREWELL) {
                open.outlet.end();
                continue;
            }
            let mut state = open.lock();
            if let Some(following) = &state.following {
                if number % PING_TICKS != tick % PING_TICKS {
                    continue;
                }
                if state.unanswered >= MISSED_PONGS {
                    open.outlet.end();
                    continue;
                }
                send(&open.outlet, &ServerFrame::Ping { seq: following.sent() });
                state.unanswered += 1;
                drop(state);
                due.insert(open.watcher.credential(), open);
            } else if state.subscribed_late(open.since) {
                open.outlet.close(BAD_FRAME, "nothing was subscribed");
            }
        }
    }

    fn tell(&self, frame: &ServerFrame) {
        let Ok(text) = serde_json::to_string(frame) else { return };
        let frame = Frame::text(&text);
        for open in self.all() {
            if open.lock().following.is_some() {
                open.outlet.send(&frame);
            }
        }
    }

    /// A session that ended or a board that was revoked goes dark.
    fn sign_out(&self, credential: &Credential, reason: &'static str) {
        for open in self.all() {
            if open.watcher.credential() == *credential {
                open.outlet.close(SIGNED_OUT, reason);
            }
        }
    }
}

/// Why a credential is no good any more, if it is not.
async fn check(
    engine: &Engine,
    credential: Credential,
    open: Arc<Open>,
) -> Option<(Credential, &'static str)> {
    let reason = match &open.watcher {
        Watcher::Person { cookies, .. } => match engine.cx_from_cookie(cookies.as_deref()).await {
            Err(error) if error.code == ErrorCode::Unauthenticated => "signed out",
            // The database may be away for a moment: the screen stays, and says by itself how old it is.
            _ => return None,
        },
        Watcher::Board { token } => match engine.board_is_live(token).await {
            Ok(false) => "revoked",
            _ => return None,
        },
    };
    Some((credential, reason))
}

pub(crate) fn send(outlet: &Outlet, frame: &ServerFrame) {
    if let Ok(text) = serde_json::to_string(frame) {
        outlet.send(&Frame::text(&text));
    }
}
