//! `/metrics`: what graphs and alarms are made of, in `OpenMetrics` text, which Prometheus asks for first.
//!
//! On a listener of its own, because nobody is asked who they are there. Labels are routes, methods, statuses and states:
//! never a company, a person or an address.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use booking::Engine;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use model::{Instant, Stuck};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use store::Backlog;
use tokio::sync::Mutex;

use crate::router::AppState;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Upper bounds of the durations' buckets, in seconds: from a page out of the cache to the longest that a request may take.
const SECONDS: [f64; 11] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];
/// The states that are always shown, so that an alarm sees a nought and not a gap.
const OUTBOX: [&str; 3] = ["waiting", "blocked", "dead"];
const CHANNELS: [&str; 3] = ["arming", "armed", "stopping"];
const GRANTS: [&str; 4] = ["active", "expiring", "revoked", "insufficient"];

type Figure = Gauge<f64, AtomicU64>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Took {
    method: &'static str,
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfState {
    state: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ForReason {
    reason: &'static str,
}

/// Everything that is counted, and what is looked at when it is asked for.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    seconds: Family<Took, Histogram, fn() -> Histogram>,
    looked_at: LookedAt,
    /// One question at a time: each clears the families of states and fills them again.
    asking: Mutex<()>,
}

/// Figures that nobody counts: they are what is so at the moment of the question.
#[derive(Default)]
struct LookedAt {
    sockets: Gauge,
    outbox: Family<OfState, Gauge>,
    outbox_age: Figure,
    calendars_due: Gauge,
    calendar_age: Figure,
    channels: Family<OfState, Gauge>,
    rooms: Family<OfState, Gauge>,
    grants: Family<OfState, Gauge>,
    person_grants: Family<OfState, Gauge>,
    stuck: Family<ForReason, Gauge>,
    stops: Gauge,
    silent: Gauge,
    channel_age: Figure,
    channel_left: Figure,
    writes_waiting: Gauge,
    connections: Family<OfState, Gauge>,
    up: Gauge,
    resident: Gauge,
    files: Gauge,
}

impl Metrics {
    pub(crate) fn new(engine: &Engine) -> Self {
        let (requests, looked_at) = (Family::default(), LookedAt::default());
        let seconds: Family<Took, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(SECONDS));
        let mut registry = Registry::default();
        let ours = registry.sub_registry_with_prefix("roomly");
        ours.register("http_requests", "Requests, by route and status", Family::clone(&requests));
        ours.register("http_request_seconds", "How long requests took", seconds.clone());
        engine.metrics().register(ours);
        ours.register("write_batch_members", "Writes in one transaction", engine.store().batches());
        looked_at.register(ours);
        let version = vec![("version", env!("CARGO_PKG_VERSION"))];
        ours.register("build", "This program", Info::new(version));
        looked_at.register_process(&mut registry);
        Self { registry, requests, seconds, looked_at, asking: Mutex::default() }
    }

    /// Counts an answered request.
    pub(crate) fn answered(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let route = route.to_owned();
        self.seconds.get_or_create(&Took { method, route: route.clone() }).observe(took.as_secs_f64());
        self.requests.get_or_create(&Answered { method, route, status }).inc();
    }

    async fn text(&self, app: &AppState) -> Result<String, std::fmt::Error> {
        let _one_at_a_time = self.asking.lock().await;
        let now = app.engine.now();
        let store = app.engine.store();
        let backlog = store.system().backlog(now).await;
        if let Err(error) = &backlog {
            tracing::warn!(error = %error, "Could not look at what waits");
        }
        let looked_at = &self.looked_at;
        looked_at.up.set(i64::from(backlog.is_ok()));
        if let Ok(backlog) = backlog {
            looked_at.backlog(&backlog, now);
        }
        looked_at.sockets.set(whole(app.keeper.len()));
        looked_at.writes_waiting.set(whole(store.writes_waiting()));
        let connections = store.connections();
        let (open, idle) = (whole(connections.open as usize), whole(connections.idle));
        set(&looked_at.connections, "idle", idle);
        set(&looked_at.connections, "used", open - idle);
        looked_at.process();
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl LookedAt {
    fn register(&self, ours: &mut Registry) {
        ours.register("sockets", "Open live sockets", self.sockets.clone());
        ours.register("outbox_events", "Bookings that Google still has to take", self.outbox.clone());
        let help = "How long the oldest of them waits that can be pushed";
        ours.register("outbox_oldest_seconds", help, self.outbox_age.clone());
        ours.register("calendars_due", "Calendars that are to be pulled now", self.calendars_due.clone());
        let help = "How long the longest of them waits";
        ours.register("calendar_due_oldest_seconds", help, self.calendar_age.clone());
        ours.register("channels", "Notification channels", self.channels.clone());
        ours.register("rooms", "Rooms, by how they follow Google", self.rooms.clone());
        ours.register("company_grants", "Grants of companies", self.grants.clone());
        ours.register("person_grants", "Grants of people", self.person_grants.clone());
        let help = "Bookings that did not reach Google when they were last tried, by why";
        ours.register("outbox_stuck", help, self.stuck.clone());
        let help = "Calendars that nothing is written to, because it looked like a loop";
        ours.register("calendars_stopped", help, self.stops.clone());
        let help = "Calendars whose channel was replaced because nothing came, with nothing heard since";
        ours.register("calendars_silent", help, self.silent.clone());
        let help = "How long the oldest armed channel is there";
        ours.register("channel_oldest_seconds", help, self.channel_age.clone());
        let help = "How long it is until the next armed channel ends; 0 where there is none";
        ours.register("channel_ends_in_seconds", help, self.channel_left.clone());
        ours.register("writes_waiting", "Writes in the writer's queue", self.writes_waiting.clone());
        ours.register("read_connections", "Connections to the database", self.connections.clone());
        ours.register("database_up", "1 while the database answers", self.up.clone());
    }

    /// Under the names that every program's figures have.
    fn register_process(&self, registry: &mut Registry) {
        registry.register("process_resident_memory_bytes", "Memory in use", self.resident.clone());
        registry.register("process_open_fds", "Open files and sockets", self.files.clone());
    }

    fn backlog(&self, backlog: &Backlog, now: Instant) {
        let age = |since: Option<Instant>| {
            let micros = since.map_or(0, |since| now.since(since).max(0));
            Duration::from_micros(u64::try_from(micros).unwrap_or(0)).as_secs_f64()
        };
        self.outbox_age.set(age(backlog.outbox_oldest));
        self.calendar_age.set(age(backlog.calendar_oldest));
        self.calendars_due.set(counted(backlog.calendars_due));
        self.stops.set(counted(backlog.stops));
        self.silent.set(counted(backlog.silent));
        self.channel_age.set(age(backlog.channel_oldest));
        let left = backlog.channel_ends.map_or(0, |ends| ends.since(now).max(0));
        self.channel_left.set(Duration::from_micros(u64::try_from(left).unwrap_or(0)).as_secs_f64());
        for reason in Stuck::ALL {
            let count = backlog.reasons.get(reason.as_str()).copied().unwrap_or(0);
            self.stuck.get_or_create(&ForReason { reason: reason.as_str() }).set(counted(count));
        }
        let rooms = model::room::RoomHealth::ALL.map(|health| health.as_str());
        for (family, known, states) in [
            (&self.outbox, &OUTBOX[..], &backlog.outbox),
            (&self.channels, &CHANNELS[..], &backlog.channels),
            (&self.rooms, &rooms[..], &backlog.rooms),
            (&self.grants, &GRANTS[..], &backlog.grants),
            (&self.person_grants, &GRANTS[..], &backlog.person_grants),
        ] {
            family.clear();
            for state in known {
                set(family, state, 0);
            }
            for (state, count) in states {
                set(family, state, counted(*count));
            }
        }
    }

    /// From Linux's `/proc`; elsewhere they stay 0.
    fn process(&self) {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        self.resident.set(resident_bytes(&status).unwrap_or(0));
        self.files.set(whole(std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)));
    }
}

/// The line `VmRSS:     12345 kB`.
fn resident_bytes(status: &str) -> Option<i64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<i64>().ok()? * 1_024)
}

fn set(family: &Family<OfState, Gauge>, state: &str, count: i64) {
    family.get_or_create(&OfState { state: state.to_owned() }).set(count);
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn counted(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The routes of the metrics' own listener.
pub(crate) fn router(state: AppState) -> Router {
    Router::new().route("/metrics", get(show)).with_state(Arc::new(state))
}

async fn show(State(app): State<Arc<AppState>>) -> Response {
    match app.metrics.text(&app).await {
        Ok(text) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_linux() {
        assert_eq!(resident_bytes("Name:\troomly\nVmRSS:\t   2048 kB\nThreads:\t3\n"), Some(2_097_152));
        assert_eq!(resident_bytes("Name:\troomly\n"), None);
    }
}
