//! Which servers live on a shared database.
//!
//! Every server holds a shared advisory lock on its first writer's connection; the system lets go of it however the
//! server ends. A server that starts and can have the lock alone knows that nobody else lives: the leases that it finds
//! are a dead server's, and it takes them back before anybody else can begin. Otherwise they run out by themselves.
//!
//! The lock goes with its connection. When PostgreSQL was restarted, a server that lives has none before its next write,
//! and one that starts just then finds itself alone while it is not. What the other works on is fenced, so that taking
//! it back costs no more than doing it twice; but the two may get into each other's way, and the newcomer yields.

use std::time::Duration;

use sqlx::{AnyConnection, Executor};

use crate::dialect::Engine;
use crate::error::{Fault, StoreError};
use crate::sql::Columns;
use crate::tenant::Tenant;

const TAKE_ALONE: &str =
    "SELECT CASE WHEN pg_try_advisory_lock(7266656322) THEN 1::bigint ELSE 0::bigint END AS alone";
const TAKE_SHARED: &str = "SELECT pg_advisory_lock_shared(7266656322)";
const END_ALONE: &str = "SELECT pg_advisory_unlock(7266656322)";
/// PostgreSQL notices within moments that the process of a connection died.
const TRIES: u32 = 5;
const REST: Duration = Duration::from_millis(100);

/// At the start: holds the lock from now on, and if nobody else does, runs `release` first.
pub(crate) async fn begin(
    engine: Engine,
    connection: &mut AnyConnection,
    release: &[&'static str],
) -> Result<(), StoreError> {
    if engine == Engine::Sqlite {
        return Ok(());
    }
    for tried in 1..=TRIES {
        if sqlx::query(TAKE_ALONE).fetch_one(&mut *connection).await?.flag("alone")? {
            let taken = take_back(engine, connection, release).await;
            if let Err(error) = taken {
                connection.execute("ROLLBACK").await?;
                if Fault::of(&error) != Some(Fault::Busy) {
                    return Err(error.into());
                }
                tracing::info!(error = %error, "Another server works on this database; its leases are left to it");
            }
            connection.execute(TAKE_SHARED).await?;
            connection.execute(END_ALONE).await?;
            return Ok(());
        }
        if tried < TRIES {
            tokio::time::sleep(REST).await;
        }
    }
    hold(engine, connection).await
}

/// On a connection that replaces the first writer's.
pub(crate) async fn hold(engine: Engine, connection: &mut AnyConnection) -> Result<(), StoreError> {
    if engine == Engine::Postgres {
        connection.execute(TAKE_SHARED).await?;
    }
    Ok(())
}

async fn take_back(
    engine: Engine,
    connection: &mut AnyConnection,
    release: &[&'static str],
) -> Result<(), sqlx::Error> {
    connection.execute(engine.begin_write()).await?;
    if let Some(text) = engine.enter(Tenant::System) {
        connection.execute(text).await?;
    }
    for statement in release.iter().copied() {
        connection.execute(statement).await?;
    }
    connection.execute("COMMIT").await?;
    Ok(())
}
