//! The wire: what carries calls from the servers to Google's world, one at a time, and what goes wrong with them.
//!
//! A call is *parked* when it is made. The run decides when Google hears of it, and when the caller hears of the answer;
//! anything may happen in between, the caller's death included.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use google::{Carrier, TransportError};
use http::header::RETRY_AFTER;
use http::{Request, Response};
use model::Instant;
use sandbox::wire::reply::Fate;
use sandbox::world::faults::Named;
use sandbox::{Action, Fault as Line, Matcher, World};

use crate::books::{Books, Told};
use crate::call::Asked;
use crate::draw::Draw;
use crate::markers::Markers;
use crate::plan::{Fault, Kind, Plan};
use crate::trace::Trace;

/// How long the real client waits for an answer, in microseconds.
const TIMEOUT: i64 = 10_000_000;

/// How long after it was made a call may still arrive whose caller is dead, in microseconds. Of a connection that its process has
/// left the kernel gives up what was not taken after about a hundred seconds (`tcp_orphan_retries` of Linux). That of a server
/// which stands still is held for longer than any lease.
const LATEST: i64 = 120_000_000;

/// Everything outside of the servers, shared by all that look at it.
#[derive(Clone)]
pub(crate) struct Net {
    state: Arc<Mutex<State>>,
    now: Arc<AtomicI64>,
}

pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) trace: Trace,
    pub(crate) markers: Markers,
    pub(crate) books: Books,
    /// Calls under way, by number.
    pub(crate) calls: BTreeMap<u64, Parked>,
    /// The operation that is being polled.
    pub(crate) current: u64,
    /// Nothing goes wrong any more.
    pub(crate) calm: bool,
    /// Where the next server that comes there dies, in a story of one fault.
    pub(crate) dies_at: Option<&'static str>,
    /// The database takes no writes, in a story of one fault.
    pub(crate) database_is_away: bool,
    faults: Vec<(Fault, f64)>,
    draw: Draw,
    next: u64,
}

/// A call under way.
pub(crate) struct Parked {
    pub(crate) operation: u64,
    pub(crate) server: usize,
    /// With whose token.
    token: String,
    /// Of which of Google's interfaces; each has limits of its own.
    of_calendars: bool,
    /// Until Google heard of it.
    pub(crate) request: Option<(Request<Bytes>, usize)>,
    asked_at: i64,
    answer: Option<Result<Response<Bytes>, TransportError>>,
    /// The answer may be taken.
    delivered: bool,
    /// Who made it is dead.
    pub(crate) orphan: bool,
}

impl Parked {
    pub(crate) const fn is_heard(&self) -> bool {
        self.request.is_none()
    }
}

impl Net {
    pub(crate) fn new(seed: u64, world: World, plan: &Plan, now: Instant) -> Self {
        let state = State {
            world,
            trace: Trace::default(),
            markers: Markers::default(),
            books: Books::default(),
            calls: BTreeMap::new(),
            current: 0,
            calm: true,
            dies_at: None,
            database_is_away: false,
            faults: plan.faults.clone(),
            draw: Draw::new(seed, "faults"),
            next: 0,
        };
        Self { state: Arc::new(Mutex::new(state)), now: Arc::new(AtomicI64::new(now.as_micros())) }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::from_micros(self.now.load(Ordering::Relaxed))
    }

    pub(crate) fn pass(&self, micros: i64) {
        self.now.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn mark(&self, marker: &'static str) {
        self.lock().markers.hit(marker);
    }

    /// Whether this is where a server was to die; once.
    pub(crate) fn is_fatal(&self, place: &'static str) -> bool {
        self.lock().dies_at.take_if(|at| *at == place).is_some()
    }

    /// What carries the calls of one server.
    pub(crate) fn wire(&self, server: usize) -> Wire {
        Wire { net: self.clone(), server }
    }

    /// Google hears of a parked call.
    pub(crate) fn hear(&self, call: u64) {
        let now = self.now().as_micros();
        let mut state = self.lock();
        let Some(parked) = state.calls.get_mut(&call) else { return };
        let Some((request, cap)) = parked.request.take() else { return };
        let (server, asked_at) = (parked.server, parked.asked_at);
        let is_too_late = parked.orphan && now - asked_at > LATEST;
        let answer = if is_too_late {
            Err(TransportError::TimedOut)
        } else {
            state.execute(server, request, cap, asked_at, now)
        };
        if let Some(parked) = state.calls.get_mut(&call) {
            parked.answer = Some(answer);
        }
    }

    /// The caller may take the answer. `false`: Google has not heard of the call.
    pub(crate) fn deliver(&self, call: u64) -> bool {
        let now = self.now().as_micros();
        let mut state = self.lock();
        let Some(parked) = state.calls.get_mut(&call) else { return false };
        if parked.request.is_some() {
            return false;
        }
        if now - parked.asked_at > TIMEOUT {
            parked.answer = Some(Err(TransportError::TimedOut));
        }
        parked.delivered = true;
        true
    }

    /// Whether the operation waits for Google.
    pub(crate) fn is_parked(&self, operation: u64) -> bool {
        let state = self.lock();
        state.calls.values().any(|call| call.operation == operation && !call.delivered && !call.orphan)
    }

    /// The caller is dead; what is on its way may still arrive.
    pub(crate) fn abandon(&self, operation: u64) {
        let mut state = self.lock();
        let State { calls, .. } = &mut *state;
        for call in calls.values_mut().filter(|call| call.operation == operation) {
            call.orphan = true;
        }
        calls.retain(|_, call| !call.orphan || !call.is_heard());
    }

    fn park(&self, server: usize, request: Request<Bytes>, cap: usize) -> u64 {
        let asked_at = self.now().as_micros();
        let mut state = self.lock();
        state.next += 1;
        let (number, operation) = (state.next, state.current);
        let parked = Parked {
            operation,
            server,
            token: Asked::of(&request).token,
            of_calendars: request.uri().path().contains("/calendar/"),
            request: Some((request, cap)),
            asked_at,
            answer: None,
            delivered: false,
            orphan: false,
        };
        state.calls.insert(number, parked);
        number
    }

    fn taken(&self, call: u64) -> Poll<Result<Response<Bytes>, TransportError>> {
        let mut state = self.lock();
        match state.calls.get(&call) {
            Some(parked) if parked.delivered => {}
            _ => return Poll::Pending,
        }
        let Some(parked) = state.calls.remove(&call) else { return Poll::Pending };
        let answer = parked.answer.unwrap_or(Err(TransportError::Lost));
        // From now on the server knows that it shall rest.
        let rest = answer
            .as_ref()
            .ok()
            .and_then(|answer| answer.headers().get(RETRY_AFTER)?.to_str().ok()?.parse::<i64>().ok());
        if let Some(rest) = rest.filter(|_| parked.of_calendars) {
            state.books.rests(parked.server, parked.token, rest, self.now().as_micros());
        }
        Poll::Ready(answer)
    }
}

impl State {
    /// Google answers one call, or something goes wrong with it.
    fn execute(
        &mut self,
        server: usize,
        request: Request<Bytes>,
        cap: usize,
        asked_at: i64,
        now: i64,
    ) -> Result<Response<Bytes>, TransportError> {
        let asked = Asked::of(&request);
        let fault = if self.calm { None } else { self.strike(asked.kind) };
        let heard = self.world.sent(0).count() as u64;
        self.world.log.clear();
        let answer = match fault {
            Some(Fault::NoConnection) => Err(TransportError::NoConnection),
            Some(Fault::TimedOut) if self.draw.chance(0.5) => Err(TransportError::TimedOut),
            fault => {
                let action = fault.and_then(|fault| self.action(fault));
                let drawn = action.is_some();
                if let Some(action) = action {
                    self.world.add_fault(Line {
                        name: None,
                        matcher: Matcher::default(),
                        action,
                        skip: None,
                        count: Some(1),
                        probability: None,
                        after_ms: None,
                        for_ms: None,
                        posted: 0,
                    });
                }
                let answer = self.world.handle(request, now);
                if drawn {
                    self.world.mend();
                }
                let timed_out = now - asked_at > TIMEOUT || fault == Some(Fault::TimedOut);
                arrived(answer, cap, timed_out)
            }
        };
        if let Some(fault) = fault {
            self.markers.hit(fault.word());
        }
        let status = answer.as_ref().map_or(0, |answer| answer.status().as_u16());
        let body = answer.as_ref().map_or(&[][..], |answer| answer.body().as_ref());
        self.trace.call(server, &asked, fault, status, body);
        let mails = self.world.sent(heard).cloned().collect::<Vec<_>>();
        let told = Told { server, fault, status, mails: &mails, asked_at };
        self.books.called(&asked, &told, &mut self.markers);
        answer
    }

    fn strike(&mut self, kind: Kind) -> Option<Fault> {
        for (fault, often) in &self.faults {
            // A refresh is asked for anew, whatever becomes of it.
            let about = if kind == Kind::Token {
                matches!(fault, Fault::ServerError | Fault::NoConnection | Fault::DoneThenLost)
            } else {
                fault.fits(kind)
            };
            if about && self.draw.chance(*often) {
                return Some(*fault);
            }
        }
        None
    }

    /// As the world calls it. `None`: nothing that the world does.
    fn action(&mut self, fault: Fault) -> Option<Action> {
        let status = |status, reason: Option<&str>, retry_after_s| {
            Some(Action::Status { status, reason: reason.map(str::to_owned), retry_after_s })
        };
        let named = |named| Some(Action::Named(named));
        let pause = [None, Some(5), Some(60), Some(600)][self.draw.below(4)];
        match fault {
            Fault::Unauthorized => status(401, None, None),
            Fault::RateLimited => status(429, None, pause),
            Fault::RateLimitedAsForbidden => status(403, Some("userRateLimitExceeded"), pause),
            Fault::QuotaExceeded => status(403, Some("quotaExceeded"), None),
            Fault::ServerError => status([500, 503][self.draw.below(2)], None, None),
            Fault::NotFound => status(404, None, None),
            Fault::Conflict => status(409, None, None),
            Fault::PreconditionFailed => status(412, None, None),
            Fault::FullSyncRequired => status(410, None, None),
            Fault::DoneThenFailed => named(Named::CommitThenFail),
            Fault::DoneThenLost => named(Named::CommitThenDrop),
            Fault::DoneThenTorn => named(Named::TornBody),
            Fault::DoneThenHtml => named(Named::HtmlPage),
            Fault::DoneTwice => named(Named::ExecuteTwice),
            Fault::EditedMeanwhile => named(Named::BounceEdit),
            Fault::LieEmpty => named(Named::LieEmpty),
            Fault::EmptyPage => named(Named::EmptyPage),
            Fault::LoopPage => named(Named::LoopPage),
            Fault::AbsentArrays => named(Named::AbsentArrays),
            Fault::EmptyArrays => named(Named::EmptyArrays),
            Fault::NullArrays => named(Named::NullArrays),
            Fault::WrongTypes => named(Named::WrongTypes),
            Fault::UnknownFields => named(Named::UnknownFields),
            Fault::HugeBody => named(Named::HugeBody(2_200_000)),
            Fault::ShortWatch => {
                named(Named::WatchExpirationMs([-60_000, 5_000, 600_000][self.draw.below(3)]))
            }
            Fault::NoConnection | Fault::TimedOut => None,
        }
    }
}

/// The answer as the caller's client sees it arrive.
fn arrived(
    mut answer: Response<Bytes>,
    cap: usize,
    timed_out: bool,
) -> Result<Response<Bytes>, TransportError> {
    match answer.extensions_mut().remove::<Fate>() {
        Some(Fate::Drop | Fate::Torn) => Err(TransportError::Lost),
        _ if timed_out => Err(TransportError::TimedOut),
        _ if answer.body().len() > cap => Err(TransportError::TooLarge),
        _ => Ok(answer),
    }
}

/// What carries the calls of one server.
pub(crate) struct Wire {
    net: Net,
    server: usize,
}

impl Carrier for Wire {
    fn carry(
        &self,
        request: Request<Bytes>,
        cap: usize,
    ) -> BoxFuture<'_, Result<Response<Bytes>, TransportError>> {
        // Whoever refreshes a grant keeps others waiting who would not be asked meanwhile: it is answered at once.
        if Asked::of(&request).kind == Kind::Token {
            let now = self.net.now().as_micros();
            let answer = self.net.lock().execute(self.server, request, cap, now, now);
            return std::future::ready(answer).boxed();
        }
        let call = self.net.park(self.server, request, cap);
        let net = self.net.clone();
        std::future::poll_fn(move |_| net.taken(call)).boxed()
    }
}
