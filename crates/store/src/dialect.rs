//! What differs between engines, apart from migrations.

use sqlx::{AnyConnection, Executor};

/// The engine behind a URL. PostgreSQL joins here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
}

impl Engine {
    /// By the URL's scheme.
    pub(crate) fn of(url: &str) -> Option<Self> {
        url.starts_with("sqlite:").then_some(Self::Sqlite)
    }

    /// What a write transaction begins with. SQLite's default `BEGIN` fails at the first write after a read when
    /// another writer was there meanwhile (reliability M2).
    pub(crate) const fn begin_write(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
        }
    }

    /// Settings of every new connection. Durability is `FULL`: an acknowledged booking survives power loss.
    pub(crate) async fn prepare(self, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite => {
                connection
                    .execute(
                        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; \
                         PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864",
                    )
                    .await?;
            }
        }
        Ok(())
    }
}
