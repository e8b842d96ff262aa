//! What can go wrong below, apart from refusals.

use thiserror::Error;

/// A failure of the database, or a broken promise found in it.
#[derive(Debug, Error)]
pub enum StoreError {
    /// ONE-BOOKING: another occurrence holds the room. Callers turn it into a refusal.
    #[error("the room is held by another booking at that time")]
    RoomTaken,
    /// A unique key exists already.
    #[error("this row exists already")]
    Duplicate,
    #[error("no such row")]
    NotFound,
    /// The commit's answer was lost: done or not done. Ask by the intent's id.
    #[error("the commit's outcome is unknown")]
    CommitUnknown,
    /// The writer has stopped; the program is ending.
    #[error("the database is closing")]
    Closed,
    /// Somebody else took over the work; what was under way is undone.
    #[error("somebody else holds the lease")]
    LeaseLost,
    #[error("a stored row cannot be read: {0}")]
    Damaged(String),
    #[error("this database was written by a newer version (schema {found}, known {known})")]
    NewerSchema { found: i64, known: i64 },
    #[error("a unit of work panicked")]
    Panicked,
    /// The database did not answer, or somebody was in the way time and again. Nothing was done; later it may work.
    #[error("the database is out of reach or too busy")]
    Unavailable,
    /// A statement failed in a way that ends its whole transaction.
    #[error("the transaction was interrupted ({0:?})")]
    Interrupted(Fault),
    #[error(
        "the database role that Roomly works as is a superuser or bypasses row-level security, which keeps companies \
         apart. Take it back with `ALTER ROLE roomly_app NOSUPERUSER NOBYPASSRLS`"
    )]
    UnboundedRole,
    #[error(
        "DATABASE_URL leads to a connection pooler that lends a session of PostgreSQL for a transaction or a statement \
         only. Roomly needs whole sessions: let DATABASE_URL name PostgreSQL itself, or give it a pool of its own with \
         `pool_mode = session`"
    )]
    Pooled,
    /// What an administrator has to do before Roomly can use this database.
    #[error("{0}")]
    Setup(String),
    #[error("the database failed")]
    Sql(#[source] sqlx::Error),
}

impl StoreError {
    /// Nothing is wrong with what was asked: the database is out of reach, too busy, or lost the answer. The same may
    /// work later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::CommitUnknown | Self::Closed | Self::Unavailable | Self::Interrupted(_) => true,
            Self::Sql(sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) => true,
            Self::Sql(error) => Fault::of(error).is_some(),
            _ => false,
        }
    }
}

/// What a failed statement says about what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Somebody else was in the way; the same again may succeed (40001, 40P01, 55P03).
    Busy,
    /// The connection is gone.
    Lost,
}

/// The name that the constraint (PostgreSQL) and the trigger's RAISE (SQLite) share.
pub(crate) const NO_OVERLAP: &str = "occurrence_no_overlap";

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => return Self::NotFound,
            sqlx::Error::Database(db) => {
                if db.constraint() == Some(NO_OVERLAP) || db.message().contains(NO_OVERLAP) {
                    return Self::RoomTaken;
                }
                if db.is_unique_violation() {
                    return Self::Duplicate;
                }
            }
            _ => {}
        }
        Self::Sql(error)
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Damaged(error.to_string())
    }
}
