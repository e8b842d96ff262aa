//! Opening a database, and the handles that everything else hangs on.

use std::sync::Arc;
use std::time::Duration;

use model::{CompanyId, Instant};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyPool, ConnectOptions};
use tokio::sync::broadcast;

use crate::dialect::Engine;
use crate::error::StoreError;
use crate::migrate;
use crate::tx::Tx;
use crate::writer::{Committed, Work, Writer};

/// A database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) readers: AnyPool,
    writer: Arc<Writer>,
}

/// The database as one company sees it.
#[derive(Clone)]
pub struct CompanyStore {
    pub(crate) readers: AnyPool,
    pub(crate) id: CompanyId,
    pub(crate) writer: Arc<Writer>,
}

/// What has no company yet: a closed list (session by hash, domain → company, channel → company, due queues).
#[derive(Clone)]
pub struct System {
    pub(crate) readers: AnyPool,
    pub(crate) writer: Arc<Writer>,
}

impl Store {
    /// Opens (and for SQLite creates) the database at `url` and migrates it. Needs a tokio runtime.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let engine = Engine::of(url).ok_or_else(|| {
            StoreError::Damaged(
                "DATABASE_URL must begin with sqlite: (PostgreSQL comes with the next version)".into(),
            )
        })?;
        let options: AnyConnectOptions = url.parse()?;
        let mut connection = options.connect().await?;
        engine.prepare(&mut connection).await?;
        migrate::run(engine, &mut connection).await?;
        let readers = AnyPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(Duration::from_secs(5))
            .after_connect(move |connection, _| Box::pin(engine.prepare(connection)))
            .connect_with(options)
            .await?;
        let writer = Arc::new(Writer::start(engine, connection));
        Ok(Self { readers, writer })
    }

    /// The handle of one company. It does not check that the company exists: its queries are just empty then.
    pub fn company(&self, id: CompanyId) -> CompanyStore {
        CompanyStore { readers: self.readers.clone(), id, writer: Arc::clone(&self.writer) }
    }

    pub fn system(&self) -> System {
        System { readers: self.readers.clone(), writer: Arc::clone(&self.writer) }
    }

    /// Hears of every commit that changed what people see. Carries no data: the change log has it. Lagging is harmless.
    pub fn commits(&self) -> broadcast::Receiver<CompanyId> {
        self.writer.commits()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.readers).await?;
        Ok(())
    }

    /// Finishes what is queued, then closes.
    pub async fn close(&self) {
        self.writer.close().await;
        self.readers.close().await;
    }
}

impl CompanyStore {
    pub const fn id(&self) -> CompanyId {
        self.id
    }

    /// Runs `work` in a write transaction and answers after commit. It is carried out even if the caller is dropped;
    /// an `Err` from `work` rolls back everything it did and nothing else.
    pub async fn write<T, E, F>(&self, now: Instant, work: F) -> Result<Committed<T>, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, E> + Send + 'static,
    {
        self.writer.submit(Some(self.id), now, work).await
    }
}

impl System {
    /// As [`CompanyStore::write`], for the closed list of writes that have no company yet.
    pub(crate) async fn write<T, F>(&self, now: Instant, work: F) -> Result<Committed<T>, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, StoreError> + Send + 'static,
    {
        self.writer.submit(None, now, work).await
    }
}
