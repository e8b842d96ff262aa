//! Whose rows a statement may see, and the connections for reading.
//!
//! On PostgreSQL every read is a short transaction that first says whose it is: one message opens it, one asks, and the
//! end is sent when the connection goes back, off the reader's path. SQLite reads as it always did.

use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use model::CompanyId;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Either, Execute, Executor, SqlStr};
use std::time::Duration;

use futures::future::BoxFuture;

use crate::dialect::Engine;
use crate::error::Fault;

/// Whom a transaction speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tenant {
    /// The closed list of what has no company yet.
    System,
    Company(CompanyId),
}

impl From<Option<CompanyId>> for Tenant {
    fn from(company: Option<CompanyId>) -> Self {
        company.map_or(Self::System, Self::Company)
    }
}

/// The connections for reading, in the hands of one tenant. `&Readers` executes statements, as sqlx's pool does.
#[derive(Clone, Debug)]
pub(crate) struct Readers {
    pool: AnyPool,
    pub(crate) engine: Engine,
    tenant: Tenant,
}

/// A lost connection is replaced and the read begun again, as long as the pool may still hold dead ones.
const BEGIN_TRIES: u32 = 16;

impl Readers {
    pub(crate) async fn open(engine: Engine, options: AnyConnectOptions) -> Result<Self, sqlx::Error> {
        let mut pool = AnyPoolOptions::new()
            .max_connections(engine.readers())
            .acquire_timeout(Duration::from_secs(5))
            .after_connect(move |connection, _| Box::pin(engine.prepare(connection)));
        if engine == Engine::Postgres {
            // `begin_read` proves that a connection lives. What a dropped reader left unread is drained before the end.
            pool = pool.test_before_acquire(false).after_release(|connection, _| {
                Box::pin(async move { connection.execute("COMMIT").await.map(|_| true) })
            });
        }
        Ok(Self { pool: pool.connect_with(options).await?, engine, tenant: Tenant::System })
    }

    pub(crate) fn of(&self, tenant: Tenant) -> Self {
        Self { tenant, ..self.clone() }
    }

    /// Open connections, and how many of them nobody uses.
    pub(crate) fn connections(&self) -> (u32, usize) {
        (self.pool.size(), self.pool.num_idle())
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    /// A connection that sees this tenant's rows only. What is read through it together is read by one transaction.
    pub(crate) async fn begin_reading(&self) -> Result<PoolConnection<Any>, sqlx::Error> {
        let Some(opening) = self.engine.begin_read(self.tenant) else { return self.pool.acquire().await };
        let mut tries = BEGIN_TRIES;
        loop {
            let mut connection = self.pool.acquire().await?;
            match connection.execute(opening.clone()).await {
                Ok(_) => return Ok(connection),
                Err(error) if Fault::of(&error) == Some(Fault::Lost) && tries > 1 => {
                    tries -= 1;
                    connection.close_on_drop();
                }
                Err(error) => return Err(error),
            }
        }
    }
}

impl<'c> Executor<'c> for &'_ Readers {
    type Database = Any;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let readers = self.clone();
        let all = async move {
            match readers.begin_reading().await {
                Ok(mut connection) => connection.fetch_many(query).collect::<Vec<_>>().await,
                Err(error) => vec![Err(error)],
            }
        };
        all.map(stream::iter).flatten_stream().boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<AnyRow>, sqlx::Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let readers = self.clone();
        async move { readers.begin_reading().await?.fetch_optional(query).await }.boxed()
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, Result<AnyStatement, sqlx::Error>>
    where
        'c: 'e,
    {
        let readers = self.clone();
        async move { readers.begin_reading().await?.prepare_with(sql, parameters).await }.boxed()
    }
}
