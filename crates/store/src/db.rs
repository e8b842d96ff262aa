//! Opening a database, and the handles that everything else hangs on.

use std::sync::Arc;

use model::{CompanyId, Instant};
use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions};
use tokio::sync::broadcast;

use crate::around::{Around, Desk};
use crate::dialect::Engine;
use crate::error::StoreError;
use crate::gather::Gather;
use crate::tenant::{Readers, Tenant};
use crate::token::TokenOwner;
use crate::tx::Tx;
use crate::writer::{Committed, Work, Writer};
use crate::{migrate, pooler, presence, role};

/// A database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) engine: Engine,
    /// What has no company yet.
    pub(crate) readers: Readers,
    pub(crate) writer: Desk,
    tokens: Arc<Gather<TokenOwner>>,
}

/// The database as one company sees it.
#[derive(Clone)]
pub struct CompanyStore {
    pub(crate) readers: Readers,
    pub(crate) id: CompanyId,
    pub(crate) writer: Desk,
}

/// What has no company yet: a closed list (session by hash, domain → company, channel → company, due queues).
#[derive(Clone)]
pub struct System {
    pub(crate) readers: Readers,
    pub(crate) writer: Desk,
    pub(crate) tokens: Arc<Gather<TokenOwner>>,
    pub(crate) engine: Engine,
}

impl Store {
    /// Opens (and for SQLite creates) the database at `url` and migrates it. Needs a tokio runtime.
    ///
    /// On PostgreSQL the login role owns the tables; what runs afterwards works as `roomly_app`, which row-level
    /// security binds.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let (engine, options, mut connection) = connect(url).await?;
        migrate::run(engine, &mut connection).await?;
        engine.prepare(&mut connection).await?;
        engine.check_role(&mut connection).await?;
        let leases = [crate::outbox::TAKE_BACK, crate::calendar::TAKE_BACK, crate::server::TAKE_BACK];
        presence::begin(engine, &mut connection, &leases).await?;
        let readers = Readers::open(engine, options.clone()).await?;
        let writer = Desk::new(Writer::start(engine, &options, connection));
        Ok(Self { engine, readers, writer, tokens: Arc::default() })
    }

    /// The same database, through a handle whose writes meet `around` on their way.
    #[must_use]
    pub fn around_writes(&self, around: Around) -> Self {
        Self { writer: self.writer.with(around), ..self.clone() }
    }

    /// The handle of one company. It does not check that the company exists: its queries are just empty then.
    pub fn company(&self, id: CompanyId) -> CompanyStore {
        let readers = self.readers.of(Tenant::Company(id));
        CompanyStore { readers, id, writer: self.writer.clone() }
    }

    pub fn system(&self) -> System {
        System {
            readers: self.readers.clone(),
            writer: self.writer.clone(),
            tokens: Arc::clone(&self.tokens),
            engine: self.engine,
        }
    }

    /// Hears of every commit that changed what people see. Carries no data: the change log has it. Lagging is harmless.
    pub fn commits(&self) -> broadcast::Receiver<CompanyId> {
        self.writer.commits()
    }

    /// Whether other servers may use this database too.
    pub const fn is_shared(&self) -> bool {
        self.engine.is_shared()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.readers).await?;
        Ok(())
    }

    /// The time by the database's clock, in microseconds since 1970; `None` where that is this machine's clock.
    pub async fn clock(&self) -> Result<Option<i64>, StoreError> {
        let mut connection = self.readers.begin_reading().await?;
        self.engine.clock(&mut connection).await
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
    /// an `Err` from `work` rolls back everything it did and nothing else. Where its transaction was interrupted before
    /// the commit, a clone of `work` runs in the next one: it must do nothing but to its `Tx`.
    pub async fn write<T, E, F>(&self, now: Instant, work: F) -> Result<Committed<T>, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, E> + Clone + Send + 'static,
    {
        self.writer.tell(self.writer.submit(Some(self.id), now, work)).await
    }
}

impl System {
    /// As [`CompanyStore::write`], for the closed list of writes that have no company yet.
    pub(crate) async fn write<T, F>(&self, now: Instant, work: F) -> Result<Committed<T>, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T, StoreError> + Clone + Send + 'static,
    {
        self.writer.tell(self.writer.submit(None, now, work)).await
    }
}

/// The engine, how to connect, and a connection of the login role that may migrate.
pub(crate) async fn connect(url: &str) -> Result<(Engine, AnyConnectOptions, AnyConnection), StoreError> {
    sqlx::any::install_default_drivers();
    let engine = Engine::of(url)
        .ok_or_else(|| StoreError::Setup("DATABASE_URL must begin with sqlite: or postgres:".into()))?;
    let options: AnyConnectOptions = url.parse()?;
    let mut connection = options.connect().await?;
    match engine {
        Engine::Sqlite => engine.prepare(&mut connection).await?,
        Engine::Postgres => {
            pooler::refuse(&options, &mut connection).await?;
            role::ensure(&mut connection).await?;
        }
    }
    Ok((engine, options, connection))
}
