//! Looking at a database without changing it: is it there, and has it this program's schema?

use sqlx::any::AnyConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::db::Store;
use crate::dialect::Engine;
use crate::error::StoreError;
use crate::migrate;

/// A database's schema version beside this program's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schema {
    /// 0: there is no schema yet.
    pub found: i64,
    pub known: i64,
}

impl Store {
    /// Reads the schema's version. Makes, migrates and locks nothing; an address without a database is an error.
    pub async fn inspect(url: &str) -> Result<Schema, StoreError> {
        sqlx::any::install_default_drivers();
        let engine = Engine::of(url)
            .ok_or_else(|| StoreError::Setup("DATABASE_URL must begin with sqlite: or postgres:".into()))?;
        let options: AnyConnectOptions = url.parse()?;
        let mut connection = options.connect().await?;
        let found = migrate::version(&mut connection).await;
        connection.close().await.ok();
        Ok(Schema { found: found?, known: migrate::known(engine) })
    }
}
