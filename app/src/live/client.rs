//! The socket's life: connect, subscribe, apply, notice silence, come back.
//!
//! One tick a second drives everything that waits (retry, silence, a lost last delta, the clock), so there is one timer
//! to clear and no state that only a timer knows. Hidden tabs tick once a minute; frames arrive all the same.

use leptos::prelude::*;

use super::{Follow, LiveTarget};

/// Starts following once the page is hydrated; inert on the server, where effects do not run.
pub(super) fn start(target: LiveTarget, follow: Follow) {
    Effect::new(move |_| run::start(target.clone(), follow));
}

#[cfg(not(feature = "hydrate"))]
mod run {
    use super::{Follow, LiveTarget};

    pub(super) fn start(_target: LiveTarget, follow: Follow) {
        follow.set_now(None);
    }
}

#[cfg(feature = "hydrate")]
mod run {
    use std::cell::RefCell;
    use std::rc::Rc;
    use std::time::Duration;

    use leptos::ev;
    use leptos::leptos_dom::helpers::{IntervalHandle, WindowListenerHandle};
    use leptos::prelude::*;
    use leptos::task::spawn_local;
    use model::live::PROTOCOL;
    use model::{ApplyOutcome, ClientFrame, GridDay, Instant, Seq, ServerFrame, View, tree};
    use wasm_bindgen::JsCast;
    use wasm_bindgen::closure::Closure;
    use web_sys::{CloseEvent, Event, MessageEvent, WebSocket};

    use crate::api::displays::load_board;
    use crate::api::grid::load_day;
    use crate::live::backoff::wait_millis;
    use crate::live::{Follow, LiveStatus, LiveTarget, entropy, now};

    /// Nothing heard for this long: the connection is dead, whatever the browser believes. The server pings every 20 s.
    const SILENCE: i64 = 45;
    /// A connection that held this long resets the backoff.
    const STABLE: i64 = 60;
    /// Lost for this long, "reconnecting" becomes "stale".
    const STALE: i64 = 8;
    /// A ping may overtake nothing, but a delta may be a moment behind it.
    const BEHIND: i64 = 2;
    /// A lobby display fetches anew this often, whatever the socket says.
    const SLOW_REFETCH: i64 = 300;
    /// The clock signal's grain.
    const CLOCK: i64 = 15;

    struct Link {
        target: LiveTarget,
        follow: Follow,
        socket: Option<Socket>,
        stopped: bool,
        attempt: u32,
        /// When to connect again; `None` while there is a socket.
        retry_at: Option<Instant>,
        opened_at: Option<Instant>,
        /// The server said that changes of other servers arrive late.
        slow: bool,
        heard_at: Instant,
        /// Until when the shown data were certainly current.
        current_at: Instant,
        lost_at: Option<Instant>,
        /// A ping's `seq` that is beyond ours, and since when.
        behind: Option<(Seq, Instant)>,
        /// Asked for already, so that a `seq` of other views does not make us ask for ever.
        asked: Seq,
        fetching: bool,
        fetched_at: Instant,
    }

    /// The handle and what keeps its callbacks alive.
    struct Socket {
        ws: WebSocket,
        _open: Closure<dyn FnMut(Event)>,
        _message: Closure<dyn FnMut(MessageEvent)>,
        _close: Closure<dyn FnMut(CloseEvent)>,
    }

    impl Drop for Socket {
        fn drop(&mut self) {
            self.ws.set_onopen(None);
            self.ws.set_onmessage(None);
            self.ws.set_onclose(None);
            // It may be closed already; there is nobody to tell.
            let _closed = self.ws.close();
        }
    }

    type Shared = Rc<RefCell<Link>>;

    struct Running {
        link: Shared,
        tick: Option<IntervalHandle>,
        listeners: Vec<WindowListenerHandle>,
        visibility: Closure<dyn FnMut(Event)>,
    }

    pub(super) fn start(target: LiveTarget, follow: Follow) {
        let Some(at) = now() else { return };
        follow.set_now(Some(at));
        let link = Rc::new(RefCell::new(Link {
            target,
            follow,
            socket: None,
            stopped: false,
            attempt: 0,
            retry_at: None,
            opened_at: None,
            slow: false,
            heard_at: at,
            current_at: at,
            lost_at: None,
            behind: None,
            asked: Seq(0),
            fetching: false,
            fetched_at: at,
        }));
        connect(&link);

        let ticking = link.clone();
        let tick = set_interval_with_handle(move || on_tick(&ticking), Duration::from_secs(1)).ok();
        let online = link.clone();
        let online = window_event_listener(ev::online, move |_| hurry(&online));
        let shown = link.clone();
        let visibility = Closure::<dyn FnMut(Event)>::new(move |_| {
            if document().visibility_state() == web_sys::VisibilityState::Visible {
                on_tick(&shown);
                hurry(&shown);
            }
        });
        listen_visibility(&visibility, true);
        let running =
            StoredValue::new_local(Some(Running { link, tick, listeners: vec![online], visibility }));
        on_cleanup(move || {
            if let Some(Some(running)) = running.try_update_value(Option::take) {
                stop(running);
            }
        });
    }

    fn listen_visibility(callback: &Closure<dyn FnMut(Event)>, on: bool) {
        let (document, callback) = (document(), callback.as_ref().unchecked_ref());
        let _done = if on {
            document.add_event_listener_with_callback("visibilitychange", callback)
        } else {
            document.remove_event_listener_with_callback("visibilitychange", callback)
        };
    }

    fn stop(running: Running) {
        listen_visibility(&running.visibility, false);
        if let Some(tick) = running.tick {
            tick.clear();
        }
        for listener in running.listeners {
            listener.remove();
        }
        let mut link = running.link.borrow_mut();
        link.stopped = true;
        link.socket = None;
    }

    fn url(target: &LiveTarget) -> Option<String> {
        let location = location();
        let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
        let host = location.host().ok()?;
        Some(match target {
            LiveTarget::Company => format!("{scheme}://{host}/live"),
            LiveTarget::Display { token } => format!("{scheme}://{host}/display/{token}/live"),
        })
    }

    fn connect(shared: &Shared) {
        let opened = {
            let link = shared.borrow();
            if link.stopped || link.socket.is_some() {
                return;
            }
            url(&link.target).and_then(|url| WebSocket::new(&url).ok())
        };
        let Some(ws) = opened else {
            lose(shared);
            return;
        };
        let link = shared.clone();
        let open = Closure::<dyn FnMut(Event)>::new(move |_| on_open(&link));
        let link = shared.clone();
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(text) = event.data().as_string() {
                on_text(&link, &text);
            }
        });
        let link = shared.clone();
        let close = Closure::<dyn FnMut(CloseEvent)>::new(move |_| lose(&link));
        ws.set_onopen(Some(open.as_ref().unchecked_ref()));
        ws.set_onmessage(Some(message.as_ref().unchecked_ref()));
        ws.set_onclose(Some(close.as_ref().unchecked_ref()));
        let mut link = shared.borrow_mut();
        link.retry_at = None;
        link.opened_at = None;
        link.heard_at = now().unwrap_or_default();
        link.socket = Some(Socket { ws, _open: open, _message: message, _close: close });
    }

    /// Connects now instead of waiting: the network or the tab came back.
    fn hurry(shared: &Shared) {
        let waiting = shared.borrow().retry_at.is_some();
        if waiting {
            shared.borrow_mut().attempt = 0;
            connect(shared);
        }
    }

    /// The socket is gone: say so, and come back later.
    fn lose(shared: &Shared) {
        let at = now().unwrap_or_default();
        let mut link = shared.borrow_mut();
        if link.stopped {
            return;
        }
        // Dropped after this callback has returned: it is one of the socket's own.
        if let Some(socket) = link.socket.take() {
            set_timeout(move || drop(socket), Duration::ZERO);
        }
        link.opened_at = None;
        link.slow = false;
        link.behind = None;
        if link.lost_at.is_none() {
            link.lost_at = Some(at);
        }
        let wait = wait_millis(link.attempt, entropy()[0]);
        link.attempt = link.attempt.saturating_add(1);
        link.retry_at = Some(at.plus_micros(i64::from(wait) * 1_000));
        let (follow, status) = (link.follow, link.status(at));
        drop(link);
        follow.set_status(status);
    }

    impl Link {
        fn status(&self, at: Instant) -> LiveStatus {
            match self.lost_at {
                None if self.opened_at.is_some() && self.slow => LiveStatus::Slow,
                None if self.opened_at.is_some() => LiveStatus::Live,
                None => LiveStatus::Starting,
                Some(lost) if at.since(lost) >= STALE * 1_000_000 => {
                    LiveStatus::Stale { since: self.current_at }
                }
                Some(_) => LiveStatus::Reconnecting { since: self.current_at },
            }
        }

        fn send(&self, frame: &ClientFrame) {
            if let Some(socket) = &self.socket {
                // A send that fails is followed by a close, which is handled.
                let _sent = socket.ws.send_with_str(&frame.to_json());
            }
        }

        fn subscribe(&self) {
            let Some((date, seq)) = self.follow.with_state(|state| (state.day.date, state.seq)) else {
                return;
            };
            self.send(&ClientFrame::Subscribe { v: PROTOCOL, view: View { date }, after: Some(seq) });
        }
    }

    fn on_open(shared: &Shared) {
        let at = now().unwrap_or_default();
        let follow = {
            let mut link = shared.borrow_mut();
            link.opened_at = Some(at);
            link.heard_at = at;
            link.lost_at = None;
            link.subscribe();
            link.follow
        };
        follow.set_status(LiveStatus::Live);
    }

    fn on_text(shared: &Shared, text: &str) {
        let at = now().unwrap_or_default();
        let follow = {
            let mut link = shared.borrow_mut();
            link.heard_at = at;
            link.follow
        };
        match tree::parse(text) {
            Some(ServerFrame::Snapshot { v, .. }) if v != PROTOCOL => refetch(shared),
            Some(ServerFrame::Snapshot { day, .. }) => follow.replace(*day),
            Some(ServerFrame::Delta(delta)) => {
                if follow.apply(&delta) == ApplyOutcome::Gap {
                    shared.borrow().subscribe();
                    return;
                }
            }
            Some(ServerFrame::Ping { seq }) => {
                let mut link = shared.borrow_mut();
                link.send(&ClientFrame::Pong);
                let have = follow.with_state(|state| state.seq).unwrap_or_default();
                if seq > have {
                    if link.behind.is_none() && seq > link.asked {
                        link.behind = Some((seq, at));
                    }
                    return;
                }
            }
            Some(ServerFrame::Pace { slow }) => {
                let status = {
                    let mut link = shared.borrow_mut();
                    link.slow = slow;
                    link.status(at)
                };
                follow.set_status(status);
                return;
            }
            // A change of a newer version is not understood either: the page's data are fetched whole.
            Some(ServerFrame::Resync) | None => {
                refetch(shared);
                return;
            }
        }
        shared.borrow_mut().current_at = at;
    }

    fn on_tick(shared: &Shared) {
        let at = now().unwrap_or_default();
        let (follow, silent, due, slow) = {
            let mut link = shared.borrow_mut();
            if link.stopped {
                return;
            }
            if link.opened_at.is_some_and(|opened| at.since(opened) > STABLE * 1_000_000) {
                link.attempt = 0;
            }
            if let Some((seq, since)) = link.behind
                && at.since(since) > BEHIND * 1_000_000
            {
                link.behind = None;
                if link.follow.with_state(|state| state.seq < seq).unwrap_or(false) {
                    link.asked = seq;
                    link.subscribe();
                }
            }
            let silent = link.socket.is_some() && at.since(link.heard_at) > SILENCE * 1_000_000;
            let due = link.retry_at.is_some_and(|retry| retry <= at);
            let ended = link.follow.with_state(|state| at >= state.day.range.end()).unwrap_or(false);
            let age = at.since(link.fetched_at);
            let slow = matches!(link.target, LiveTarget::Display { .. })
                && (age > SLOW_REFETCH * 1_000_000 || (ended && age > 10_000_000));
            (link.follow, silent, due, slow)
        };
        let grain = CLOCK * 1_000_000;
        let shown = follow.now().try_get_untracked().flatten().unwrap_or_default();
        if shown.as_micros().div_euclid(grain) != at.as_micros().div_euclid(grain) {
            follow.set_now(Some(at));
        }
        if silent {
            lose(shared);
        } else if due {
            connect(shared);
        }
        if slow {
            refetch(shared);
        }
        follow.set_status(shared.borrow().status(at));
    }

    /// Fetches the whole day again, then asks for what came after it.
    fn refetch(shared: &Shared) {
        let (target, date) = {
            let mut link = shared.borrow_mut();
            if link.fetching || link.stopped {
                return;
            }
            link.fetching = true;
            link.fetched_at = now().unwrap_or_default();
            (link.target.clone(), link.follow.with_state(|state| state.day.date))
        };
        let shared = shared.clone();
        spawn_local(async move {
            let day: Option<GridDay> = match target {
                LiveTarget::Company => {
                    load_day(date.map(|date| date.to_string())).await.ok().map(|page| page.grid)
                }
                LiveTarget::Display { token } => load_board(token).await.ok().map(|page| page.grid),
            };
            let mut link = shared.borrow_mut();
            link.fetching = false;
            if link.stopped {
                return;
            }
            let follow = link.follow;
            if let Some(day) = day {
                link.current_at = now().unwrap_or_default();
                drop(link);
                follow.replace(day);
                shared.borrow().subscribe();
            } else {
                drop(link);
                // Neither deltas nor data: the backoff of the socket is the backoff of both.
                lose(&shared);
            }
        });
    }
}
