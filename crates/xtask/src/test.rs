//! `cargo xtask test`: everything, on a fresh machine too.

use std::path::Path;

use anyhow::{Result, bail};

use crate::cargo::{self, Artifact, Metadata};
use crate::shell::{self, Steps};
use crate::{demo, site, tools};

#[derive(clap::Args)]
pub(crate) struct TestArgs {
    /// The Rust tests only
    #[arg(long)]
    rust: bool,
    /// The browser tests only
    #[arg(long, conflicts_with = "rust")]
    browser: bool,
    /// Handed to the runners: a name for cargo's, a file or `-g title` for Playwright's
    #[arg(last = true, value_name = "FILTER")]
    filter: Vec<String>,
}

/// Crates that decide about dates and read no clock: they must not notice in which zone the machine stands.
const PURE: [&str; 3] = ["calendar", "model", "text"];

pub(crate) fn run(args: &TestArgs) -> Result<()> {
    let rust = !args.browser;
    let browser = !args.rust;
    let count = if rust { 3 } else { 0 } + if browser { 3 + site::SITE_STEPS } else { 0 };
    let mut steps = Steps::new(count);
    if browser {
        // First, so that what is missing is said before anything takes minutes.
        steps.step("Looking for Node, Chromium and a Korean font", || {
            tools::ensure()?;
            tools::node_packages()
        })?;
    }
    if rust {
        rust_tests(&mut steps, &args.filter)?;
    }
    if browser {
        let (roomly, site) = demo::both(&mut steps, false)?;
        steps.step("Browser tests", || playwright(&roomly, &site, &args.filter))?;
    }
    Ok(())
}

fn rust_tests(steps: &mut Steps, filter: &[String]) -> Result<()> {
    let graph = cargo::host_graph(&Metadata::of_workspace()?);
    let built = steps.step("Building the Rust tests", || {
        cargo::build(&[&["test".to_owned(), "--no-run".to_owned()], &graph[..]].concat())
    })?;
    steps.step("Rust tests", || {
        shell::run(shell::cargo().args(["test", "--quiet"]).args(&graph).args(filter))
    })?;
    steps.step("The pure crates once more, on a machine in Los Angeles", || in_los_angeles(&built, filter))
}

fn in_los_angeles(built: &[Artifact], filter: &[String]) -> Result<()> {
    let pure = |artifact: &&Artifact| artifact.is_test && PURE.contains(&artifact.package.as_str());
    for artifact in built.iter().filter(pure) {
        let Some(executable) = &artifact.executable else { continue };
        let mut test = shell::command(executable);
        test.current_dir(&artifact.manifest_dir).env("TZ", "America/Los_Angeles").arg("--quiet").args(filter);
        shell::run(&mut test)?;
    }
    Ok(())
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
