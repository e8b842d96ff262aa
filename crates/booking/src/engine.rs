//! The engine: the parts that every use case works with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use model::{ApiError, CompanyId, Instant};
use store::{CompanyStore, Store};
use sync::port::{CalendarPort, DirectoryPort, IdentityPort};
use tokio::sync::Notify;

use crate::hub::Hub;
use crate::vault::Vault;

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
    /// One refresh at a time per credential (F-093): Google may hand out a new refresh token with it.
    refreshing: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// What wakes the background passes before their time. A poke that nobody waits for is kept.
#[derive(Default)]
pub(crate) struct Pokes {
    pub(crate) push: Notify,
    pub(crate) pull: Notify,
    pub(crate) channels: Notify,
    pub(crate) series: Notify,
}

impl Engine {
    pub fn new(
        store: Store,
        ports: Ports,
        vault: Vault,
        settings: Settings,
        clock: Clock,
        randomness: Randomness,
        crash: CrashHook,
    ) -> Self {
        Self(Arc::new(Parts {
            store,
            ports,
            vault,
            settings,
            clock,
            randomness,
            crash,
            hub: Arc::default(),
            pokes: Pokes::default(),
            refreshing: Mutex::default(),
        }))
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
    /// `alone`: no other process uses this database.
    pub async fn recover(&self, alone: bool) -> Result<(), ApiError> {
        let (system, now) = (self.0.store.system(), self.now());
        if alone {
            system.outbox_release_all(now).await.map_err(crate::Failure::from)?;
            system.calendar_release_all(now).await.map_err(crate::Failure::from)?;
        }
        system.calendar_all_due(now).await.map_err(crate::Failure::from)?;
        Ok(())
    }

    /// Ends the writer and the connections; what was queued is finished.
    pub async fn close(&self) {
        self.0.store.close().await;
    }
}
