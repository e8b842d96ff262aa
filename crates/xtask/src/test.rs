//! `cargo xtask test`: everything, on a fresh machine too.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use services::{Postgres, PostgresOptions, Redis};

use crate::cargo::{self, Artifact, Metadata};
use crate::shell::{self, Steps};
use crate::{chaos, clients, demo, site, tools};

#[derive(clap::Args)]
pub(crate) struct TestArgs {
    /// The Rust tests only
    #[arg(long)]
    rust: bool,
    /// The browser tests only
    #[arg(long, conflicts_with = "rust")]
    browser: bool,
    /// The sandbox through Google's own clients only
    #[arg(long, conflicts_with_all = ["rust", "browser"])]
    clients: bool,
    /// A few runs of chaos besides: they take minutes, and no two are the same
    #[arg(long, conflicts_with_all = ["browser", "clients"])]
    chaos: bool,
    /// Handed to the runners: a name for cargo's and the clients', a file or `-g title` for Playwright's
    #[arg(last = true, value_name = "FILTER")]
    filter: Vec<String>,
}

/// Tests that run once more under other circumstances, without being built again.
struct Again {
    title: &'static str,
    crates: &'static [&'static str],
    settings: &'static [(&'static str, &'static str)],
}

/// One line a circumstance.
const AGAIN: &[Again] = &[
    // They decide about dates and read no clock: they must not notice in which zone the machine stands.
    Again {
        title: "The pure crates once more, on a machine in Los Angeles",
        crates: &["calendar", "model", "text"],
        settings: &[("TZ", "America/Los_Angeles")],
    },
    Again {
        title: "The stories once more, on PostgreSQL",
        crates: &["server"],
        settings: &[("ROOMLY_TEST_DATABASE", "postgres")],
    },
    Again {
        title: "And once more, on two servers with PostgreSQL and Redis",
        crates: &["server"],
        settings: &[("ROOMLY_TEST_SERVERS", "2")],
    },
];

pub(crate) fn run(args: &TestArgs) -> Result<()> {
    let rust = !args.browser && !args.clients;
    let browser = !args.rust && !args.clients;
    let clients = !args.rust && !args.browser;
    // The server is built once: with the site, or for the clients alone.
    let count = if rust { 4 + AGAIN.len() } else { 0 }
        + usize::from(args.chaos)
        + if browser { 3 + site::SITE_STEPS } else { 0 }
        + if clients { 2 + usize::from(!browser) } else { 0 };
    let mut steps = Steps::new(count);
    // First, so that what is missing is said before anything takes minutes.
    if rust {
        steps.step("Looking for PostgreSQL and Redis", tools::ensure_servers)?;
    }
    if browser {
        steps.step("Looking for Node, Chromium and a Korean font", || {
            tools::ensure_browser()?;
            tools::node_packages("end2end")
        })?;
    }
    if clients {
        steps.step("Looking for Node, Python and Google's clients", || {
            tools::ensure_clients()?;
            clients::packages()
        })?;
    }
    if rust {
        rust_tests(&mut steps, args)?;
    }
    if browser {
        let (roomly, site) = demo::both(&mut steps, false)?;
        if clients {
            through_clients(&mut steps, &roomly, &args.filter)?;
        }
        steps.step("Browser tests", || playwright(&roomly, &site, &args.filter))?;
    } else if clients {
        let roomly = steps.step("Building the server", || cargo::build_server(false, None))?;
        through_clients(&mut steps, &roomly, &args.filter)?;
    }
    Ok(())
}

fn through_clients(steps: &mut Steps, roomly: &Path, filter: &[String]) -> Result<()> {
    steps.step("The sandbox through Google's own clients", || clients::run(roomly, filter))
}

fn rust_tests(steps: &mut Steps, args: &TestArgs) -> Result<()> {
    let filter = &args.filter[..];
    let graph = cargo::host_graph(&Metadata::of_workspace()?);
    let built = steps.step("Building the Rust tests", || {
        cargo::build(&[&["test".to_owned(), "--no-run".to_owned()], &graph[..]].concat())
    })?;
    let servers = steps.step("Starting a PostgreSQL and a Redis", Servers::start)?;
    steps.step("Rust tests", || {
        let mut test = shell::cargo();
        shell::run(test.args(["test", "--quiet"]).args(&graph).args(filter).envs(servers.settings()))
    })?;
    for again in AGAIN {
        steps.step(again.title, || again.run(&built, &servers, filter))?;
    }
    if args.chaos {
        steps.step("A few runs of chaos", || chaos::few(&built, &graph))?;
    }
    Ok(())
}

/// What the tests of PostgreSQL and Redis talk to: stopped and removed when dropped.
struct Servers {
    postgres: Postgres,
    redis: Redis,
}

impl Servers {
    fn start() -> Result<Self> {
        let bin = tools::postgres().context("no PostgreSQL found")?;
        let postgres = Postgres::start(&bin, &PostgresOptions::default())?;
        Ok(Self { postgres, redis: Redis::start()? })
    }

    /// How tests find them.
    fn settings(&self) -> [(&'static str, String); 3] {
        [
            ("ROOMLY_TEST_POSTGRES", self.postgres.url()),
            ("ROOMLY_TEST_POSTGRES_BIN", self.postgres.bin().folder().display().to_string()),
            ("ROOMLY_TEST_REDIS", self.redis.url()),
        ]
    }
}

impl Again {
    fn run(&self, built: &[Artifact], servers: &Servers, filter: &[String]) -> Result<()> {
        for artifact in built.iter().filter(|artifact| self.concerns(artifact)) {
            let Some(executable) = &artifact.executable else { continue };
            let mut test = shell::command(executable);
            test.current_dir(&artifact.manifest_dir).arg("--quiet").args(filter);
            test.envs(servers.settings()).envs(self.settings.iter().copied());
            shell::run(&mut test)?;
        }
        Ok(())
    }

    fn concerns(&self, artifact: &Artifact) -> bool {
        artifact.is_test && self.crates.contains(&artifact.package.as_str())
    }
}

fn playwright(roomly: &Path, site: &Path, filter: &[String]) -> Result<()> {
    let Some(chromium) = tools::chromium() else { bail!("no Chromium found") };
    let mut npx = shell::command("npx");
    npx.current_dir(shell::root().join("end2end"));
    npx.args(["--no-install", "playwright", "test"]);
    if !filter.is_empty() {
        npx.arg("--pass-with-no-tests").args(filter);
    }
    npx.env("ROOMLY_BIN", roomly).env("ROOMLY_SITE", site).env("CHROMIUM", chromium);
    shell::run(&mut npx)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_circumstance_names_crates_that_are_tested() {
        let metadata = Metadata::of_workspace().unwrap();
        let members: Vec<&str> = metadata.default_members().map(cargo::Package::name).collect();
        for again in AGAIN {
            assert!(!again.settings.is_empty(), "{}: the same once more proves nothing", again.title);
            for name in again.crates {
                assert!(members.contains(name), "{}: no crate {name}", again.title);
            }
        }
    }

    #[test]
    fn only_tests_of_its_crates_run_again() {
        let artifact = |package: &str, is_test| Artifact {
            package: package.to_owned(),
            is_test,
            executable: None,
            files: Vec::new(),
            manifest_dir: "/".into(),
        };
        let again = Again { title: "x", crates: &["model"], settings: &[] };
        assert!(again.concerns(&artifact("model", true)));
        assert!(!again.concerns(&artifact("model", false)));
        assert!(!again.concerns(&artifact("server", true)));
    }
}
