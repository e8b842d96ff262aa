//! Putting the program together: clock, randomness, database, Google, engine.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use booking::{Clock, Engine, Ports, Randomness, Settings, Vault};
use bus::Bus;
use google::{GoogleClient, GoogleConfig};
use model::{Instant, ServerId};
use rand::TryRngCore as _;
use rand::rngs::OsRng;
use store::Store;
use sync::port::Secret;

use crate::config::Config;

/// The program's one clock.
pub(crate) fn clock() -> Clock {
    #[expect(clippy::disallowed_methods, reason = "the one clock")]
    let now = || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Instant::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    };
    Arc::new(now)
}

/// The program's clock, set by the database's where that is another machine's: servers that share a database agree on
/// what is due. Measured once; an offset within the measurement's own uncertainty counts as none.
async fn clock_of(store: &Store) -> Result<Clock> {
    let own = clock();
    // The first connection is made outside the measurement.
    store.ping().await?;
    let before = own();
    let Some(theirs) = store.clock().await? else { return Ok(own) };
    let took = own().since(before);
    let offset = theirs - before.as_micros() - took / 2;
    if offset.abs() <= took {
        return Ok(own);
    }
    tracing::warn!(
        offset_ms = offset / 1_000,
        "The database's clock differs from this machine's; its time is used"
    );
    Ok(Arc::new(move || own().plus_micros(offset)))
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
    let Some(key) = &config.secret_key else {
        bail!(
            "ROOMLY_SECRET_KEY is not set: tokens are encrypted with it. Make one with `openssl rand -base64 32` \
             and keep it with the database"
        );
    };
    let vault = Vault::new(&key.0).context("ROOMLY_SECRET_KEY cannot be used")?;
    let google = Arc::new(google(config)?);
    let store = open_store(&config.database_url.0).await?;
    let clock = clock_of(&store).await.context("failed to read the database's clock")?;
    let settings = Settings {
        public_url: config.public_url.clone(),
        hooks_url: config.hooks_url.clone(),
        poll_secs: config.poll_secs,
        environment: config.environment.clone(),
        roles: config.roles,
    };
    let ports = Ports { calendar: google.clone(), identity: google.clone(), directory: google };
    let randomness = randomness();
    let mut entropy = [0; 10];
    randomness(&mut entropy);
    let server = ServerId::new(clock(), entropy);
    // A SQLite file has one server: there is nobody to tell.
    let redis = config.redis_url.as_ref().filter(|_| store.is_shared());
    let bus = redis.map(|url| Bus::new(&url.0, server)).transpose()?;
    Ok(Engine::new(store, ports, vault, settings, clock, randomness, Arc::new(|_| {}), server, bus))
}

/// The client of Google or its stand-in.
pub(crate) fn google(config: &Config) -> Result<GoogleClient> {
    GoogleClient::new(GoogleConfig {
        api_root: config.google_api_root.clone(),
        oauth_root: config.google_oauth_root.clone(),
        client_id: config.google_client_id.clone(),
        client_secret: Secret(config.google_client_secret.0.clone()),
    })
    .context("failed to set up the connection to Google")
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
