//! The engine: the parts that every use case works with.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bus::{Budgets, Bus, Health, Note, Pass, Runner};
use model::{ApiError, CalendarId, CompanyId, Instant, ServerId};
use store::{Claim, CompanyStore, Store};
use sync::pace::Heard;
use sync::port::{CalendarPort, DirectoryPort, IdentityPort};
use tokio::sync::{Notify, broadcast};

use crate::claims::Claims;
use crate::delegation::Delegations;
use crate::health::Known;
use crate::hub::Hub;
use crate::lanes::Lanes;
use crate::metrics::Metrics;
use crate::quota::Quota;
use crate::reach::Reaches;
use crate::vault::Vault;

/// Notes of other servers that somebody who waits for a change may be behind; more, and they look into the log.
const HEARD: usize = 256;

/// The program's one clock.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;
/// Fills a buffer with random bytes of cryptographic quality.
pub type Randomness = Arc<dyn Fn(&mut [u8]) + Send + Sync>;
/// Called at the named crash points (`sync::crash::POINTS`); production's does nothing.
pub type CrashHook = Arc<dyn Fn(&'static str) + Send + Sync>;

/// Google, by its three faces.
#[derive(Clone)]
pub struct Ports {
    pub calendar: Arc<dyn CalendarPort>,
    pub identity: Arc<dyn IdentityPort>,
    pub directory: Arc<dyn DirectoryPort>,
}

/// What the operator decided.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where browsers find this server, without a trailing slash: `https://rooms.example.com`.
    pub public_url: String,
    /// Where Google finds the webhook; `None`: poll only.
    pub hooks_url: Option<String>,
    /// Seconds between periodic passes over a calendar.
    pub poll_secs: i64,
    /// `production`, `staging` or `demo`.
    pub environment: String,
    /// What this process does.
    pub roles: Roles,
    /// How often Google may be called.
    pub quota: Quota,
}

/// What a process does. Several share a database; each kind of work needs one that does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// Serves pages and sockets.
    pub web: bool,
    /// Runs the background passes.
    pub worker: bool,
}

impl Roles {
    /// As they are written in `ROOMLY_ROLES`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self { web: true, worker: true } => "web,worker",
            Self { web: true, worker: false } => "web",
            Self { web: false, worker: true } => "worker",
            Self { web: false, worker: false } => "",
        }
    }
}

impl Default for Roles {
    fn default() -> Self {
        Self { web: true, worker: true }
    }
}

/// The core. Cheap to clone.
#[derive(Clone)]
pub struct Engine(Arc<Parts>);

struct Parts {
    store: Store,
    ports: Ports,
    vault: Vault,
    settings: Settings,
    clock: Clock,
    randomness: Randomness,
    crash: CrashHook,
    hub: Arc<Hub>,
    pokes: Pokes,
    lanes: Lanes,
    claims: Claims,
    budgets: Budgets,
    metrics: Metrics,
    reaches: Reaches,
    wrongs: Known,
    /// What the service account may do.
    delegations: Delegations,
    /// Notifications of late.
    notices: Mutex<Heard>,
    /// This process among the servers of the database; another one after every start.
    server: ServerId,
    /// What tells the other servers, where there is a Redis.
    bus: Option<Bus>,
    runner: Mutex<Option<Runner>>,
    /// Companies whose change log grew at another server, as far as one hears of it.
    heard: broadcast::Sender<CompanyId>,
    /// One refresh at a time per credential (F-093): Google may hand out a new refresh token with it.
    refreshing: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    /// Nobody else goes on while somebody here waits.
    one_at_a_time: AtomicBool,
}

/// What wakes the background passes before their time. A poke that nobody waits for is kept.
#[derive(Default)]
pub(crate) struct Pokes {
    pub(crate) push: Notify,
    pub(crate) pull: Notify,
    pub(crate) channels: Notify,
    pub(crate) series: Notify,
}

impl Pokes {
    pub(crate) fn of(&self, pass: Pass) -> &Notify {
        match pass {
            Pass::Push => &self.push,
            Pass::Pull => &self.pull,
            Pass::Channels => &self.channels,
            Pass::Series => &self.series,
        }
    }
}

impl Engine {
    #[expect(clippy::too_many_arguments, reason = "each is a part that only the program's head can make")]
    pub fn new(
        store: Store,
        ports: Ports,
        vault: Vault,
        settings: Settings,
        clock: Clock,
        randomness: Randomness,
        crash: CrashHook,
        server: ServerId,
        bus: Option<(Bus, Runner)>,
    ) -> Self {
        let (bus, runner) = bus.unzip();
        Self(Arc::new(Parts {
            store,
            ports,
            vault,
            budgets: settings.quota.budgets(),
            settings,
            clock,
            randomness,
            crash,
            hub: Arc::default(),
            pokes: Pokes::default(),
            lanes: Lanes::default(),
            claims: Claims::default(),
            metrics: Metrics::default(),
            reaches: Reaches::default(),
            wrongs: Known::default(),
            delegations: Delegations::default(),
            notices: Mutex::default(),
            server,
            bus,
            runner: Mutex::new(runner),
            heard: broadcast::Sender::new(HEARD),
            refreshing: Mutex::default(),
            one_at_a_time: AtomicBool::new(false),
        }))
    }

    /// For whoever runs servers by hand, one piece of work at a time: waiting for another server would be in vain.
    pub fn one_at_a_time(&self) {
        self.0.one_at_a_time.store(true, Ordering::Relaxed);
    }

    pub(crate) fn may_wait(&self) -> bool {
        !self.0.one_at_a_time.load(Ordering::Relaxed)
    }

    pub fn now(&self) -> Instant {
        (self.0.clock)()
    }

    pub fn store(&self) -> &Store {
        &self.0.store
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn company(&self, id: CompanyId) -> CompanyStore {
        self.0.store.company(id)
    }

    pub(crate) fn ports(&self) -> &Ports {
        &self.0.ports
    }

    pub(crate) fn vault(&self) -> &Vault {
        &self.0.vault
    }

    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.0.hub
    }

    pub(crate) fn pokes(&self) -> &Pokes {
        &self.0.pokes
    }

    /// What is to be handed back.
    pub(crate) fn claims(&self) -> &Claims {
        &self.0.claims
    }

    /// Whose turn it is to bring something to Google.
    pub(crate) fn lanes(&self) -> &Lanes {
        &self.0.lanes
    }

    /// How many calls Google still takes.
    pub(crate) fn budgets(&self) -> &Budgets {
        &self.0.budgets
    }

    /// How long changes in Google took to the screens of this server.
    pub(crate) fn reaches(&self) -> &Reaches {
        &self.0.reaches
    }

    pub(crate) fn delegations(&self) -> &Delegations {
        &self.0.delegations
    }

    /// Notes a notification that was believed; answers whether they come in a rush.
    pub(crate) fn heard_of(&self, calendar: CalendarId, now: Instant) -> bool {
        self.0.notices.lock().unwrap_or_else(PoisonError::into_inner).hear(calendar, now)
    }

    /// Whether they come in a rush, as far as this server hears of them.
    pub(crate) fn is_rush(&self, calendar: CalendarId, now: Instant) -> bool {
        self.0.notices.lock().unwrap_or_else(PoisonError::into_inner).is_rush(calendar, now)
    }

    /// What was wrong with each company a moment ago.
    pub(crate) fn wrongs(&self) -> &Known {
        &self.0.wrongs
    }

    /// What the core counts.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// A pass may have something to do: here, or where the passes run. Nothing is lost if nobody hears it.
    pub(crate) fn poke(&self, pass: Pass) {
        if self.settings().roles.worker {
            self.pokes().of(pass).notify_one();
        } else if let Some(bus) = self.bus() {
            bus.tell(Note::Poke(pass));
        }
    }

    /// What is shared with the other servers of the database, where there is a Redis.
    pub fn bus(&self) -> Option<&Bus> {
        self.0.bus.as_ref()
    }

    /// Companies whose change log grew at another server.
    pub(crate) fn heard(&self) -> &broadcast::Sender<CompanyId> {
        &self.0.heard
    }

    /// Whether other servers of this database tell us what they changed. Where there are none, nothing is missed.
    pub(crate) fn is_told(&self) -> bool {
        !self.store().is_shared() || self.bus().is_some_and(|bus| *bus.health().borrow() == Health::Up)
    }

    /// What makes the bus go; there is one.
    pub(crate) fn take_runner(&self) -> Option<Runner> {
        self.0.runner.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
    }

    pub(crate) fn crash_point(&self, name: &'static str) {
        (self.0.crash)(name);
    }

    /// Random bytes.
    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0.randomness)(&mut bytes);
        bytes
    }

    /// What jitter is made of.
    pub(crate) fn entropy(&self) -> u64 {
        u64::from_be_bytes(self.random())
    }

    pub(crate) fn server(&self) -> ServerId {
        self.0.server
    }

    /// A claim on a row for the next `secs` seconds, with a token that no other claim has.
    pub(crate) fn claim(&self, secs: i64) -> Claim {
        let token = i64::from_be_bytes(self.random());
        Claim { server: self.server(), token, until: self.now().plus_secs(secs) }
    }

    pub(crate) fn refresh_lock(&self, credential: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.0.refreshing.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(locks.entry(credential.to_owned()).or_default())
    }

    /// Whether browsers reach us over TLS, which decides the cookies' names and flags.
    pub fn is_secure(&self) -> bool {
        self.0.settings.public_url.starts_with("https://")
    }

    /// The session cookie's name: `__Host-` forbids a domain, another path and plain HTTP.
    pub fn session_cookie(&self) -> &'static str {
        if self.is_secure() { "__Host-roomly" } else { "roomly" }
    }

    /// The cookie that binds a sign-in to the browser that began it.
    pub fn sign_in_cookie(&self) -> &'static str {
        if self.is_secure() { "__Host-roomly-sign-in" } else { "roomly-sign-in" }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), ApiError> {
        Ok(self.0.store.ping().await.map_err(crate::Failure::from)?)
    }

    /// Once at start, before the passes: takes up what a process that died left, and looks for what nobody heard.
    /// `alone`: no other process uses this database, so every lease is a dead one's. Else leases are taken back as their
    /// servers are found dead, or end by themselves.
    pub async fn recover(&self, alone: bool) -> Result<(), ApiError> {
        let (system, now) = (self.0.store.system(), self.now());
        if alone {
            system.outbox_release_all(now).await.map_err(crate::Failure::from)?;
            system.calendar_release_all(now).await.map_err(crate::Failure::from)?;
            system.lease_release_all(now).await.map_err(crate::Failure::from)?;
        }
        system.calendar_all_due(now).await.map_err(crate::Failure::from)?;
        Ok(())
    }

    /// Ends the writer and the connections; what was queued is finished.
    pub async fn close(&self) {
        self.0.store.close().await;
    }
}
