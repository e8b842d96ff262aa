//! Where a house's Roomly keeps its data: a file in its folder, or a database of its own in the PostgreSQL that the run
//! was given.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Goes with its house.
pub struct Database {
    pub url: String,
    /// In PostgreSQL: the server's address, and what to drop there.
    made: Option<(String, String)>,
}

impl Database {
    /// PostgreSQL with `ROOMLY_TEST_DATABASE=postgres`, else SQLite.
    pub fn fresh(folder: &Path) -> Self {
        if services::given::prefers_postgres() {
            return Self::postgres().unwrap_or_else(|| panic!("this run was given no PostgreSQL"));
        }
        Self::file(folder)
    }

    /// SQLite.
    pub fn file(folder: &Path) -> Self {
        Self { url: format!("sqlite://{}", folder.join("roomly.db").display()), made: None }
    }

    /// A database of its own, if the run was given a PostgreSQL.
    pub fn postgres() -> Option<Self> {
        services::given::postgres().map(|given| Self::on(&given))
    }

    /// A database of its own in the PostgreSQL at an address.
    pub fn on(given: &str) -> Self {
        static DATABASES: AtomicU32 = AtomicU32::new(0);
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("roomly_story_{}_{}_{number}", std::process::id(), crate::wait::now_micros());
        let made = run("createdb", &[], given, &name);
        assert!(made.is_ok(), "createdb: {made:?}");
        let server = given.rsplit_once('/').map_or(given, |(server, _)| server);
        Self { url: format!("{server}/{name}"), made: Some((given.to_owned(), name)) }
    }

    pub fn is_postgres(&self) -> bool {
        self.made.is_some()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((given, name)) = &self.made {
            // PostgreSQL's own vacuum may be in it, which only a superuser may end by force, and which ends by itself
            // for a drop without.
            let dropped =
                run("dropdb", &["--force"], given, name).or_else(|_| run("dropdb", &[], given, name));
            assert!(dropped.is_ok() || std::thread::panicking(), "dropdb: {dropped:?}");
        }
    }
}

/// One of PostgreSQL's own programs: only `store` speaks SQL.
fn run(program: &str, options: &[&str], server: &str, name: &str) -> Result<(), String> {
    let program = services::given::postgres_bin().map_or_else(|| program.into(), |bin| bin.join(program));
    let output =
        Command::new(&program).args(options).args(["--maintenance-db", server, name]).output().unwrap();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}
