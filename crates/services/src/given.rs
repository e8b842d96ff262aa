//! The servers that a test run was given: `cargo xtask test` starts them and says where they are.
//!
//! Beside `server::config` the only place that reads the environment: a test must not be able to change what the
//! program does.

use std::path::PathBuf;
use std::sync::Once;

/// An address of PostgreSQL and a role that may create databases and roles but is no superuser. Without one, the
/// PostgreSQL half of a test does not run, which is said once.
pub fn postgres() -> Option<String> {
    static SAID: Once = Once::new();
    let given = variable("ROOMLY_TEST_POSTGRES");
    if given.is_none() {
        #[expect(clippy::print_stderr, reason = "a half that does not run is not passed over in silence")]
        SAID.call_once(|| eprintln!("ROOMLY_TEST_POSTGRES is not set: nothing is tested on PostgreSQL"));
    }
    given
}

/// The folder of PostgreSQL's programs.
pub fn postgres_bin() -> Option<PathBuf> {
    variable("ROOMLY_TEST_POSTGRES_BIN").map(PathBuf::from)
}

/// Whether stories run on PostgreSQL too, not on SQLite: `ROOMLY_TEST_DATABASE=postgres`.
pub fn prefers_postgres() -> bool {
    variable("ROOMLY_TEST_DATABASE").as_deref() == Some("postgres")
}

/// An address of Redis.
pub fn redis() -> Option<String> {
    variable("ROOMLY_TEST_REDIS")
}

/// Whether every story has a second server, on PostgreSQL: `ROOMLY_TEST_SERVERS=2`.
pub fn prefers_two_servers() -> bool {
    variable("ROOMLY_TEST_SERVERS").as_deref() == Some("2")
}

/// How many rounds of outages are lived through, where that is more than a few: `ROOMLY_TEST_ROUNDS`.
pub fn rounds() -> Option<u32> {
    variable("ROOMLY_TEST_ROUNDS").and_then(|rounds| rounds.parse().ok())
}

fn variable(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "what a test run was given, not a setting of the program")]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
