//! The role that PostgreSQL's connections work as.
//!
//! Roles belong to the whole cluster, and other databases' servers may be at the same thing at the same moment: what is
//! there already is fine, and what counts is that `SET ROLE` works in the end.

use sqlx::{AnyConnection, Executor};

use crate::dialect::ROLE;
use crate::error::StoreError;

const TAKE: &str = "SET ROLE roomly_app; RESET ROLE";
const CREATE: &str = "CREATE ROLE roomly_app NOLOGIN";
const GRANT: &str = "GRANT roomly_app TO CURRENT_USER";
/// Somebody else's `GRANT` at the same moment fails one of the two; it is there then.
const TRIES: u32 = 5;

/// Makes the role if it is missing and lets the login role take it.
pub(crate) async fn ensure(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let mut refused = String::new();
    for _ in 0..TRIES {
        match connection.execute(TAKE).await {
            Ok(_) => return Ok(()),
            Err(sqlx::Error::Database(_)) => {}
            Err(error) => return Err(error.into()),
        }
        for statement in [CREATE, GRANT] {
            match connection.execute(statement).await {
                Ok(_) => {}
                Err(sqlx::Error::Database(error)) => refused = error.message().to_owned(),
                Err(error) => return Err(error.into()),
            }
        }
    }
    Err(StoreError::Setup(format!(
        "the database role {ROLE} is missing or may not be taken ({refused}). Let an administrator run \
         `CREATE ROLE {ROLE} NOLOGIN` and grant it to the role of DATABASE_URL: `GRANT {ROLE} TO ...`"
    )))
}
