//! A private PostgreSQL.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::folder::{self, Folder};
use crate::process::{self, Plan, Process, Signal};
use crate::{failed, port};

/// Where distributions put what they keep off the path: folders with one folder a version.
const VERSIONED: [(&str, &str); 5] = [
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
    ("/opt/local/lib", "postgresql"),
];

/// The role of tests: may make databases and roles, and is no superuser, for whom row-level security would not hold.
const ROLE: &str = "roomly_test";

/// The folder with `initdb`, `postgres` and the rest of one PostgreSQL.
#[derive(Clone, Debug)]
pub struct PostgresBin(PathBuf);

impl PostgresBin {
    /// The newest in the usual places, else the one on the path.
    #[must_use]
    pub fn find() -> Option<Self> {
        let usual = VERSIONED.iter().flat_map(|(parent, prefix)| versions(Path::new(parent), prefix));
        usual.max_by_key(|(version, _)| *version).map(|(_, bin)| Self(bin)).or_else(on_the_path)
    }

    /// This folder, if it is one.
    #[must_use]
    pub fn at(folder: &Path) -> Option<Self> {
        is_complete(folder).then(|| Self(folder.to_owned()))
    }

    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// One of its programs: `pgbench`, `pg_dump`.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

fn is_complete(bin: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| bin.join(program).is_file())
}

/// The versions below `parent`: `(major, bin)`.
fn versions(parent: &Path, prefix: &str) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let version = |entry: fs::DirEntry| {
        let major = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
        let bin = entry.path().join("bin");
        is_complete(&bin).then_some((major, bin))
    };
    entries.flatten().filter_map(version).collect()
}

fn on_the_path() -> Option<PostgresBin> {
    let output = Command::new("sh").args(["-c", "command -v initdb"]).output().ok()?;
    let initdb = fs::canonicalize(String::from_utf8(output.stdout).ok()?.trim()).ok()?;
    PostgresBin::at(initdb.parent()?)
}

/// How a private PostgreSQL is set up.
#[derive(Clone, Debug, Default)]
pub struct PostgresOptions {
    /// Commits reach the disk. Tests do without; what kills servers or measures commits needs it.
    pub durable: bool,
    /// More settings, `("shared_buffers", "512MB")`. They win over our own.
    pub settings: Vec<(String, String)>,
}

/// A running PostgreSQL. Stopped and removed on drop.
pub struct Postgres {
    // Dropped by hand, before the folder.
    process: Option<Process>,
    port: u16,
    bin: PostgresBin,
    options: PostgresOptions,
    user: Option<(u32, u32)>,
    folder: Folder,
}

impl Postgres {
    /// Makes a cluster and starts it on a free port; ready when this returns. It trusts whoever connects from this
    /// machine, stands in UTC and sorts by bytes. As root it runs as the user `postgres`: it refuses to run as root.
    ///
    /// # Errors
    ///
    /// It did not start: with the last lines of its log.
    pub fn start(bin: &PostgresBin, options: &PostgresOptions) -> io::Result<Self> {
        let folder = Folder::make(&std::env::temp_dir(), "pg")?;
        let user = match folder::owner_of(folder.path())? {
            (0, _) => Some(unprivileged()?),
            _ => None,
        };
        if let Some(user) = user {
            folder::give(folder.path(), user)?;
        }
        let (bin, options) = (bin.clone(), options.clone());
        let mut postgres = Self { process: None, port: 0, bin, options, user, folder };
        postgres.init()?;
        for _ in 0..port::ATTEMPTS {
            postgres.port = port::free()?;
            if postgres.launch()? {
                return Ok(postgres);
            }
        }
        Err(failed(format!("PostgreSQL found no free port in {} attempts", port::ATTEMPTS)))
    }

    /// As the role of tests, `roomly_test`: LOGIN, CREATEDB, CREATEROLE, no superuser.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://{ROLE}@127.0.0.1:{}/postgres", self.port)
    }

    /// As the superuser, `postgres`.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    #[must_use]
    pub fn bin(&self) -> &PostgresBin {
        &self.bin
    }

    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Ends sessions and stops in order. The data stays until drop.
    ///
    /// # Errors
    ///
    /// The system refused.
    pub fn stop(&mut self) -> io::Result<()> {
        self.process.take().map_or(Ok(()), |process| process.stop(Signal::Interrupt).map(drop))
    }

    /// SIGKILL: the next start recovers from the log. With [`PostgresOptions::durable`] what was committed is there.
    ///
    /// # Errors
    ///
    /// The system refused.
    pub fn kill(&mut self) -> io::Result<()> {
        self.process.take().map_or(Ok(()), |process| process.kill().map(drop))
    }

    /// Starts it again, on the same port, after [`Postgres::stop`] or [`Postgres::kill`].
    ///
    /// # Errors
    ///
    /// It did not start, or somebody else has the port now.
    pub fn start_again(&mut self) -> io::Result<()> {
        if self.process.is_some() || self.launch()? {
            return Ok(());
        }
        Err(failed(format!("somebody else has port {} now", self.port)))
    }

    /// [`Postgres::stop`] and [`Postgres::start_again`].
    ///
    /// # Errors
    ///
    /// As they say.
    pub fn restart(&mut self) -> io::Result<()> {
        self.stop()?;
        self.start_again()
    }

    /// The cluster and the role of tests.
    fn init(&self) -> io::Result<()> {
        let mut initdb = Command::new(self.bin.program("initdb"));
        initdb.args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--username=postgres"]);
        if !self.options.durable {
            initdb.arg("--no-sync");
        }
        initdb.arg("--pgdata").arg(self.data_dir()).current_dir(self.folder.path());
        process::run(&mut initdb, self.user, None)?;
        // Without a server: there is no client here to ask one.
        let sql = self.folder.path().join("role.sql");
        fs::write(&sql, format!("CREATE ROLE {ROLE} LOGIN CREATEDB CREATEROLE NOSUPERUSER;\n"))?;
        let mut single = Command::new(self.bin.program("postgres"));
        single.args(["--single", "-D"]).arg(self.data_dir()).arg("postgres").current_dir(self.folder.path());
        process::run(&mut single, self.user, Some(&sql))
    }

    /// `false`: somebody else has the port.
    fn launch(&mut self) -> io::Result<bool> {
        let begun = Instant::now();
        loop {
            self.process = self.attempt()?;
            if self.process.is_some() {
                return Ok(true);
            }
            let said = process::tail(&self.log());
            if said.contains("could not bind") {
                return Ok(false);
            }
            // After a kill, the dead server's sessions need a moment to notice.
            let lingers = said.contains("pre-existing shared memory block") || said.contains("lock file");
            if !lingers || begun.elapsed() > Duration::from_secs(20) {
                return Err(failed(format!("PostgreSQL did not start:\n{said}")));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// The ready server; `None` if it ended instead.
    fn attempt(&self) -> io::Result<Option<Process>> {
        let data = self.data_dir();
        let mut args = vec!["-D".to_owned(), data.display().to_string()];
        for (name, value) in self.settings() {
            args.extend(["-c".to_owned(), format!("{name}={value}")]);
        }
        let plan = Plan {
            program: &self.bin.program("postgres"),
            args,
            folder: self.folder.path(),
            log: self.log(),
            user: self.user,
            last: Signal::Quit,
        };
        Process::start(&plan)?.ready(|id| says_ready(&data.join("postmaster.pid"), id))
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn settings(&self) -> Vec<(String, String)> {
        let durable = if self.options.durable { "on" } else { "off" };
        let ours = [
            ("fsync", durable.to_owned()),
            ("full_page_writes", durable.to_owned()),
            ("listen_addresses", "127.0.0.1".to_owned()),
            ("max_connections", "200".to_owned()),
            ("port", self.port.to_string()),
            ("synchronous_commit", durable.to_owned()),
            ("timezone", "UTC".to_owned()),
            ("unix_socket_directories", self.folder.path().display().to_string()),
        ];
        let ours = ours.into_iter().map(|(name, value)| (name.to_owned(), value));
        ours.chain(self.options.settings.iter().cloned()).collect()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // At once: the data goes with it.
        if let Some(process) = self.process.take() {
            let _ = process.stop(Signal::Quit);
        }
    }
}

/// PostgreSQL's own word on itself: first line the process, eighth its state.
fn says_ready(pid_file: &Path, id: u32) -> bool {
    let text = fs::read_to_string(pid_file).unwrap_or_default();
    let mut lines = text.lines();
    lines.next().is_some_and(|line| line.trim() == id.to_string())
        && lines.nth(6).is_some_and(|line| line.trim() == "ready")
}

/// Whom to be instead of root.
fn unprivileged() -> io::Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd")?;
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| user_named(&users, name))
        .ok_or_else(|| failed("PostgreSQL does not run as root, and there is no user `postgres` or `nobody`"))
}

/// `(user, group)` of a line `name:password:user:group:...`.
fn user_named(users: &str, name: &str) -> Option<(u32, u32)> {
    let mut fields =
        users.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?.split(':').skip(1);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let users = "root:x:0:0:root:/root:/bin/bash\npostgres2:x:7:8::/:/bin/sh\npostgres:x:101:104:,,:/var:/bin/sh\n";
        assert_eq!(user_named(users, "postgres"), Some((101, 104)));
        assert_eq!(user_named(users, "nobody"), None);
    }

    #[test]
    fn the_newest_version_is_taken_and_an_incomplete_one_is_not() {
        let place = Folder::make(&std::env::temp_dir(), "versions").unwrap();
        for (version, programs) in [
            ("9", &["initdb", "postgres"][..]),
            ("15", &["initdb", "postgres"]),
            ("17", &["psql"]),
            ("x", &[]),
        ] {
            let bin = place.path().join(version).join("bin");
            fs::create_dir_all(&bin).unwrap();
            for program in programs {
                fs::write(bin.join(program), "").unwrap();
            }
        }
        let newest = versions(place.path(), "").into_iter().max_by_key(|(version, _)| *version).unwrap();
        assert_eq!(newest, (15, place.path().join("15/bin")));
    }

    #[test]
    fn ready_means_this_process() {
        let place = Folder::make(&std::env::temp_dir(), "ready").unwrap();
        let file = place.path().join("postmaster.pid");
        let text = |state: &str| format!("77\n/d\n1\n5432\n/s\n127.0.0.1\n  1 2\n{state}\n");
        assert!(!says_ready(&file, 77));
        fs::write(&file, text("starting")).unwrap();
        assert!(!says_ready(&file, 77));
        fs::write(&file, text("ready   ")).unwrap();
        assert!(says_ready(&file, 77));
        assert!(!says_ready(&file, 78));
    }
}
