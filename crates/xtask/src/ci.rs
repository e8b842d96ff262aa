//! `cargo xtask ci`: what `.ci/run` calls.

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::cargo::{self, Metadata};
use crate::shell::{self, Steps};
use crate::{deny, site, tidy};

/// The command that the README names, word for word; the last step runs it.
const TEST_COMMAND: &str = "cargo xtask test";

pub(crate) fn run() -> Result<()> {
    let host = cargo::host_graph(&Metadata::of_workspace()?);
    let mut steps = Steps::new(6);
    steps.step("Format", || shell::run(shell::cargo().args(["fmt", "--all", "--check"])))?;
    steps.step("Tidy", tidy::run)?;
    steps.step("Licences, sources, bans and duplicates of what comes from outside", deny::run)?;
    steps.step("Clippy, the server's graph", || {
        clippy(&[&["--all-targets".to_owned()], &host[..]].concat())
    })?;
    steps.step("Clippy, the browser's graph", || {
        site::ensure_target()?;
        let graph = "-p frontend -p app --features app/hydrate --target wasm32-unknown-unknown";
        clippy(&graph.split(' ').map(str::to_owned).collect::<Vec<_>>())
    })?;
    steps.step(TEST_COMMAND, || {
        let readme = fs::read_to_string(shell::root().join("README.md")).context("README.md")?;
        names_the_command(&readme)?;
        let mut cargo = shell::cargo();
        cargo.args(TEST_COMMAND.split(' ').skip(1));
        shell::run(without_incremental(&mut cargo))
    })
}

fn clippy(graph: &[String]) -> Result<()> {
    let mut cargo = shell::cargo();
    cargo.arg("clippy").args(graph).args(["--", "-D", "warnings"]);
    shell::run(without_incremental(&mut cargo))
}

/// CI builds once: incremental files would only cost time and space.
fn without_incremental(command: &mut std::process::Command) -> &mut std::process::Command {
    command.env("CARGO_INCREMENTAL", "0")
}

fn names_the_command(readme: &str) -> Result<()> {
    if readme.lines().any(|line| {
        line.trim().trim_matches('`') == TEST_COMMAND || line.contains(&format!("`{TEST_COMMAND}`"))
    }) {
        return Ok(());
    }
    bail!("README.md does not name `{TEST_COMMAND}`, which is what CI runs")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_must_name_the_command() {
        names_the_command("# Roomly\n```\ncargo xtask test\n```\n").unwrap();
        names_the_command("Run `cargo xtask test`.").unwrap();
        names_the_command("Run cargo xtask tests.").unwrap_err();
    }
}
