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
    #[error("a stored row cannot be read: {0}")]
    Damaged(String),
    #[error("this database was written by a newer version (schema {found}, known {known})")]
    NewerSchema { found: i64, known: i64 },
    #[error("a unit of work panicked")]
    Panicked,
    #[error("the database failed")]
    Sql(#[source] sqlx::Error),
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
