//! Schema versions, forward only.
//!
//! Each step is a transaction of its own and may be tried by several servers at once: PostgreSQL's advisory lock, or
//! SQLite's write lock, lets one do it and the others find it done.

use sqlx::error::DatabaseError;
use sqlx::{AnyConnection, Executor, Row};

use crate::dialect::Engine;
use crate::error::StoreError;

const SQLITE: &[&str] = &[
    include_str!("../migrations/sqlite/0001_foundation.sql"),
    include_str!("../migrations/sqlite/0002_api.sql"),
    include_str!("../migrations/sqlite/0003_servers.sql"),
    include_str!("../migrations/sqlite/0004_day_index.sql"),
    include_str!("../migrations/sqlite/0005_bookings.sql"),
    include_str!("../migrations/sqlite/0006_series.sql"),
    include_str!("../migrations/sqlite/0007_lanes.sql"),
    include_str!("../migrations/sqlite/0008_notices.sql"),
    include_str!("../migrations/sqlite/0009_health.sql"),
    include_str!("../migrations/sqlite/0010_merge.sql"),
    include_str!("../migrations/sqlite/0012_pace.sql"),
    include_str!("../migrations/sqlite/0013_waits.sql"),
];
const POSTGRES: &[&str] = &[
    include_str!("../migrations/postgres/0001_foundation.sql"),
    include_str!("../migrations/postgres/0002_api.sql"),
    include_str!("../migrations/postgres/0003_servers.sql"),
    include_str!("../migrations/postgres/0004_day_index.sql"),
    include_str!("../migrations/postgres/0005_bookings.sql"),
    include_str!("../migrations/postgres/0006_series.sql"),
    include_str!("../migrations/postgres/0007_lanes.sql"),
    include_str!("../migrations/postgres/0008_notices.sql"),
    include_str!("../migrations/postgres/0009_health.sql"),
    include_str!("../migrations/postgres/0010_merge.sql"),
    include_str!("../migrations/postgres/0012_pace.sql"),
    include_str!("../migrations/postgres/0013_waits.sql"),
];
/// Around every step on PostgreSQL: the owner's own wall is taken away for the step, then all walls are built anew.
const POSTGRES_RELAX: &str = include_str!("../migrations/postgres/relax.sql");
const POSTGRES_SECURITY: &str = include_str!("../migrations/postgres/security.sql");

const CREATE_VERSION: &str =
    "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY)";
const READ_VERSION: &str = "SELECT COALESCE(MAX(version), 0) AS version FROM schema_version";
const WRITE_VERSION: &str = "INSERT INTO schema_version (version) VALUES ($1)";
/// The number means nothing; it must only be the same in every version of Roomly.
const LOCK: &str = "SELECT pg_advisory_lock(7266656321)";
const UNLOCK: &str = "SELECT pg_advisory_unlock(7266656321)";

const fn steps(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Sqlite => SQLITE,
        Engine::Postgres => POSTGRES,
    }
}

/// The schema that this program knows.
pub(crate) fn known(engine: Engine) -> i64 {
    i64::try_from(steps(engine).len()).unwrap_or(i64::MAX)
}

/// The database's schema version; 0 where no table says one.
pub(crate) async fn version(connection: &mut AnyConnection) -> Result<i64, StoreError> {
    match sqlx::query(READ_VERSION).fetch_one(connection).await {
        Ok(row) => Ok(row.try_get("version")?),
        Err(sqlx::Error::Database(error)) if is_no_table(error.as_ref()) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

/// By PostgreSQL's code (`undefined_table`) and by SQLite's words, which has no code of its own for it.
fn is_no_table(error: &dyn DatabaseError) -> bool {
    error.code().as_deref() == Some("42P01") || error.message().contains("no such table")
}

/// Brings the schema to this program's version; refuses a newer one.
pub(crate) async fn run(engine: Engine, connection: &mut AnyConnection) -> Result<(), StoreError> {
    run_to(engine, connection, known(engine)).await
}

/// Brings the schema up to `version`.
pub(crate) async fn run_to(
    engine: Engine,
    connection: &mut AnyConnection,
    version: i64,
) -> Result<(), StoreError> {
    if engine == Engine::Postgres {
        connection.execute(LOCK).await?;
    }
    let done = forward(engine, connection, version).await;
    if engine == Engine::Postgres {
        connection.execute(UNLOCK).await?;
    }
    done
}

async fn forward(engine: Engine, connection: &mut AnyConnection, to: i64) -> Result<(), StoreError> {
    connection.execute(CREATE_VERSION).await?;
    let known = known(engine);
    for (version, step) in
        (1_i64..).zip(steps(engine).iter().copied()).take_while(|(version, _)| *version <= to)
    {
        if read_version(connection).await? >= version {
            continue;
        }
        connection.execute(engine.begin_write()).await?;
        match apply(engine, connection, version, step).await {
            Ok(true) => tracing::info!(schema.version = version, "Migrated the database"),
            Ok(false) => {}
            Err(error) => {
                connection.execute("ROLLBACK").await.ok();
                return Err(error);
            }
        }
    }
    let found = read_version(connection).await?;
    if found > known { Err(StoreError::NewerSchema { found, known }) } else { Ok(()) }
}

/// One step inside its transaction; `false` where another server did it meanwhile.
async fn apply(
    engine: Engine,
    connection: &mut AnyConnection,
    version: i64,
    step: &'static str,
) -> Result<bool, StoreError> {
    let due = read_version(connection).await? < version;
    if due {
        if engine == Engine::Postgres {
            sqlx::raw_sql(POSTGRES_RELAX).execute(&mut *connection).await?;
        }
        sqlx::raw_sql(step).execute(&mut *connection).await.map_err(explained)?;
        if engine == Engine::Postgres {
            sqlx::raw_sql(POSTGRES_SECURITY).execute(&mut *connection).await?;
        }
        sqlx::query(WRITE_VERSION).bind(version).execute(&mut *connection).await?;
    }
    connection.execute("COMMIT").await?;
    Ok(due)
}

/// Says what to do where the role may not create the extension.
fn explained(error: sqlx::Error) -> StoreError {
    let denied = error.as_database_error().is_some_and(|db| db.message().contains("btree_gist"));
    if denied {
        return StoreError::Setup(
            "PostgreSQL's extension btree_gist is needed and this role may not create it. Let an administrator run \
             `CREATE EXTENSION btree_gist` in this database, or make the role the database's owner"
                .into(),
        );
    }
    error.into()
}

pub(crate) async fn read_version(connection: &mut AnyConnection) -> Result<i64, StoreError> {
    Ok(sqlx::query(READ_VERSION).fetch_one(connection).await?.try_get("version")?)
}
