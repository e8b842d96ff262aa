//! Schema versions, forward only.

use sqlx::{AnyConnection, Executor, Row};

use crate::dialect::Engine;
use crate::error::StoreError;

const SQLITE: &[&str] = &[include_str!("../migrations/sqlite/0001_foundation.sql")];

const CREATE_VERSION: &str =
    "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY)";
const READ_VERSION: &str = "SELECT COALESCE(MAX(version), 0) AS version FROM schema_version";
const WRITE_VERSION: &str = "INSERT INTO schema_version (version) VALUES ($1)";

/// Brings the schema to this program's version, each step in a transaction of its own; refuses a newer one.
pub(crate) async fn run(engine: Engine, connection: &mut AnyConnection) -> Result<(), StoreError> {
    let steps = match engine {
        Engine::Sqlite => SQLITE,
    };
    connection.execute(CREATE_VERSION).await?;
    let found: i64 = sqlx::query(READ_VERSION).fetch_one(&mut *connection).await?.try_get("version")?;
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    for (version, step) in (1_i64..).zip(steps.iter().copied()).filter(|(version, _)| *version > found) {
        connection.execute(engine.begin_write()).await?;
        let applied = async {
            sqlx::raw_sql(step).execute(&mut *connection).await?;
            sqlx::query(WRITE_VERSION).bind(version).execute(&mut *connection).await?;
            connection.execute("COMMIT").await
        };
        if let Err(error) = applied.await {
            connection.execute("ROLLBACK").await.ok();
            return Err(error.into());
        }
        tracing::info!(schema.version = version, "Migrated the database");
    }
    Ok(())
}
