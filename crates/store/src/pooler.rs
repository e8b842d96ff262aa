//! Whether a connection is a session of PostgreSQL's own.
//!
//! A connection says once as which role it works, in which zone, and how long it waits, and the advisory lock of
//! `presence` lasts as long as the session. A pooler that lends sessions for a transaction (`pool_mode = transaction` in
//! `PgBouncer`) gives what was said to whoever comes next: the wall between companies would stand now and then.

use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions, Connection, Executor};

use crate::error::StoreError;
use crate::sql::Columns;

/// Sent without being prepared, which such poolers handle in different ways.
const SESSION: &str = "SELECT CAST(pg_backend_pid() AS BIGINT) AS session";

/// Refuses a `first` connection that shares its session with others. Another one begins a transaction, so that it holds
/// a session: either it got the one that `first` had, or `first` gets another one now.
pub(crate) async fn refuse(options: &AnyConnectOptions, first: &mut AnyConnection) -> Result<(), StoreError> {
    let before = session(first).await?;
    let mut other = options.connect().await?;
    other.execute("BEGIN").await?;
    let theirs = session(&mut other).await?;
    // Where the pooler has a single session, `first` would wait for it in vain.
    let whole = theirs != before && session(first).await? == before;
    other.execute("ROLLBACK").await?;
    other.close().await.ok();
    if whole { Ok(()) } else { Err(StoreError::Pooled) }
}

async fn session(connection: &mut AnyConnection) -> Result<i64, StoreError> {
    sqlx::raw_sql(SESSION).fetch_one(connection).await?.int("session")
}
