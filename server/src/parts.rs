//! Putting the program together: clock, randomness, database, Google, engine.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use booking::{Clock, Engine, Ports, Randomness, Settings, Vault};
use bus::Bus;
use google::{GoogleClient, GoogleConfig, ServiceAccount};
use model::{Instant, ServerId};
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use store::Store;
use sync::port::Secret;

use crate::config::Config;
use crate::crash;

/// The program's one clock.
pub(crate) fn clock() -> Clock {
    #[expect(clippy::disallowed_methods, reason = "the one clock")]
    let now = || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Instant::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    };
    Arc::new(now)
}

/// How often a server looks whether its clock still agrees with the database's.
const CLOCK_LOOK: Duration = Duration::from_secs(60);

/// The program's clock, set by the database's where that is another machine's: servers that share a database agree on
/// what is due.
pub(crate) struct DatabaseClock {
    own: Clock,
    /// In microseconds.
    offset: Arc<AtomicI64>,
}

impl DatabaseClock {
    pub(crate) async fn of(store: &Store) -> Result<Self> {
        // The first connection is made outside the measurement.
        store.ping().await?;
        let clock = Self { own: clock(), offset: Arc::default() };
        clock.look(store).await?;
        Ok(clock)
    }

    fn clock(&self) -> Clock {
        let (own, offset) = (Arc::clone(&self.own), Arc::clone(&self.offset));
        Arc::new(move || own().plus_micros(offset.load(Ordering::Relaxed)))
    }

    /// By how much the database's clock is ahead of this machine's, in microseconds.
    pub(crate) fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    /// Follows the database's clock: this machine's may be set, or stand still with the machine.
    pub(crate) async fn follow(self, store: &Store) {
        loop {
            tokio::time::sleep(CLOCK_LOOK).await;
            if let Err(error) = self.look(store).await {
                tracing::warn!(error = %error, "Could not look at the database's clock");
            }
        }
    }

    async fn look(&self, store: &Store) -> Result<()> {
        let before = (self.own)();
        let Some(theirs) = store.clock().await? else { return Ok(()) };
        let after = (self.own)();
        let was = self.offset();
        if let Some(offset) = measured(before, theirs, after, was) {
            self.offset.store(offset, Ordering::Relaxed);
            tracing::warn!(
                offset_ms = offset / 1_000,
                was_ms = was / 1_000,
                "The database's clock differs from this machine's; its time is used"
            );
        }
        Ok(())
    }
}

/// The offset to a clock that was asked between `before` and `after`; `None` where what was measured `was` so within
/// the measurement's own uncertainty.
fn measured(before: Instant, theirs: i64, after: Instant, was: i64) -> Option<i64> {
    let took = after.since(before);
    let offset = theirs - before.as_micros() - took / 2;
    // Set back in between, it measured nothing.
    (took >= 0 && (offset - was).abs() > took).then_some(offset)
}

/// The operating system's randomness; a machine without any must not go on.
pub(crate) fn randomness() -> Randomness {
    #[expect(clippy::expect_used, reason = "without entropy no secret is one")]
    let fill =
        |bytes: &mut [u8]| OsRng.try_fill_bytes(bytes).expect("the operating system has no randomness");
    Arc::new(fill)
}

/// Opens the database and wires the core.
pub(crate) async fn engine(config: &Config) -> Result<Engine> {
    engine_and_clock(config).await.map(|(engine, _)| engine)
}

/// The same, for those who run for long: the clock wants to be followed.
pub(crate) async fn engine_and_clock(config: &Config) -> Result<(Engine, DatabaseClock)> {
    let Some(key) = &config.secret_key else {
        bail!(
            "ROOMLY_SECRET_KEY is not set: tokens are encrypted with it. Make one with `openssl rand -base64 32` \
             and keep it with the database"
        );
    };
    let vault = Vault::new(&key.0).context("ROOMLY_SECRET_KEY cannot be used")?;
    let google = Arc::new(google(config)?);
    let store = open_store(&config.database_url.0).await?;
    let database_clock = DatabaseClock::of(&store).await.context("failed to read the database's clock")?;
    let clock = database_clock.clock();
    let settings = Settings {
        public_url: config.public_url.clone(),
        hooks_url: config.hooks_url.clone(),
        poll_secs: config.poll_secs,
        environment: config.environment.clone(),
        roles: config.roles,
        quota: config.google_quota,
    };
    let ports = Ports { calendar: google.clone(), identity: google.clone(), directory: google };
    let randomness = randomness();
    let mut entropy = [0; 10];
    randomness(&mut entropy);
    let server = ServerId::new(clock(), entropy);
    // A SQLite file has one server: there is nobody to tell.
    let redis = config.redis_url.as_ref().filter(|_| store.is_shared());
    let bus = redis.map(|url| Bus::new(&url.0, server)).transpose()?;
    let engine = Engine::new(store, ports, vault, settings, clock, randomness, crash::hook(), server, bus);
    Ok((engine, database_clock))
}

/// The client of Google or its stand-in.
pub(crate) fn google(config: &Config) -> Result<GoogleClient> {
    let google = GoogleClient::new(GoogleConfig {
        api_root: config.google_api_root.clone(),
        oauth_root: config.google_oauth_root.clone(),
        client_id: config.google_client_id.clone(),
        client_secret: Secret(config.google_client_secret.0.clone()),
    })
    .context("failed to set up the connection to Google")?;
    Ok(match service_account(config)? {
        Some(account) => google.with_service_account(account),
        None => google,
    })
}

/// The service account of the key file, if one is named.
pub(crate) fn service_account(config: &Config) -> Result<Option<ServiceAccount>> {
    let Some(file) = &config.google_service_account else { return Ok(None) };
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("GOOGLE_SERVICE_ACCOUNT: failed to read {}", file.display()))?;
    let account = ServiceAccount::read(&text)
        .with_context(|| format!("GOOGLE_SERVICE_ACCOUNT: {} cannot be used", file.display()))?;
    Ok(Some(account))
}

/// The file of a SQLite address.
pub(crate) fn sqlite_path(url: &str) -> Option<&str> {
    url.strip_prefix("sqlite://")?.split('?').next()
}

/// Opens and migrates; makes the folder of a SQLite file.
pub(crate) async fn open_store(url: &str) -> Result<Store> {
    Store::open(&creatable(url)?).await.context("failed to open the database")
}

/// The address with which a SQLite file is made if it is missing, its folder too.
pub(crate) fn creatable(url: &str) -> Result<String> {
    let mut url = url.to_owned();
    if let Some(path) = url.strip_prefix("sqlite://") {
        let path = path.split('?').next().unwrap_or_default().to_owned();
        if let Some(folder) = Path::new(&path).parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("failed to make {}", folder.display()))?;
        }
        if !url.contains('?') {
            url.push_str("?mode=rwc");
        }
    }
    Ok(url)
}

/// One server a database file: a second one on the same SQLite file would not see the first one's commits.
pub(crate) fn lock(database_url: &str) -> Result<Option<std::fs::File>> {
    let Some(path) = database_url.strip_prefix("sqlite://") else { return Ok(None) };
    let path = format!("{}.lock", path.split('?').next().unwrap_or_default());
    if let Some(folder) = Path::new(&path).parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("failed to make {}", folder.display()))?;
    }
    let file = std::fs::File::create(&path).with_context(|| format!("failed to make {path}"))?;
    if file.try_lock().is_err() {
        bail!("another roomly uses this database (the lock {path} is held); stop it first");
    }
    Ok(Some(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_counts_where_it_is_more_than_the_measurement_takes() {
        let at = Instant::from_micros;
        // Asked at 1,000, answered at 1,200: their 1,100 is our 1,100, give or take 200.
        for (theirs, was, offset) in [
            (1_100, 0, None),
            (1_300, 0, None),
            (1_301, 0, Some(201)),
            (900, 0, None),
            (5_001_100, 0, Some(5_000_000)),
            (5_001_100, 5_000_000, None),
            // Set right meanwhile.
            (1_100, 5_000_000, Some(0)),
            (-4_998_900, 0, Some(-5_000_000)),
        ] {
            assert_eq!(measured(at(1_000), theirs, at(1_200), was), offset, "{theirs} {was}");
        }
        assert_eq!(measured(at(10_000), 1_000, at(1_000), 0), None);
    }
}
