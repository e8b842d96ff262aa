//! `cargo xtask demo` and `build`: both halves, one after the other (two compilers at once only share two cores).

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::shell::{self, Steps};
use crate::{alone, cargo, pack, site};

/// Builds what is not built yet and becomes `roomly demo`, which prints its address and what to try.
pub(crate) fn run(args: &[String]) -> Result<()> {
    eprintln!("Building Roomly's demo. The first time takes some minutes; later runs start at once.");
    let mut steps = Steps::new(2 + site::SITE_STEPS);
    let (roomly, site) = both(&mut steps, false)?;
    let mut demo = shell::command(&roomly);
    demo.arg("demo").args(args).env("ROOMLY_SITE", site);
    steps.step("Starting the demo", || Ok(()))?;
    become_program(&mut demo)
}

/// `cargo xtask build`. A release carries its site inside and is tried out alone.
pub(crate) fn build(release: bool) -> Result<()> {
    if release {
        return ship();
    }
    let mut steps = Steps::new(1 + site::SITE_STEPS);
    let (roomly, site) = both(&mut steps, release)?;
    println!("{}\n{}", roomly.display(), site.display());
    Ok(())
}

fn ship() -> Result<()> {
    let mut steps = Steps::new(3 + site::SITE_STEPS);
    let site = site::build(&mut steps, true)?;
    let packed =
        steps.step("Naming the files by their content and compressing them", || pack::pack(&site))?;
    let roomly = steps
        .step("Building the server with the site inside", || cargo::build_server(true, Some(&packed)))?;
    steps.step("Starting it alone in an empty folder", || alone::check(&roomly))?;
    println!("{}", roomly.display());
    Ok(())
}

/// The server and the site: `(roomly, site)`.
pub(crate) fn both(steps: &mut Steps, release: bool) -> Result<(PathBuf, PathBuf)> {
    let site = site::build(steps, release)?;
    let roomly = steps.step("Building the server", || cargo::build_server(release, None))?;
    Ok((roomly, site))
}

/// Replaces this process, so that Ctrl-C and the exit code are the program's own.
#[cfg(unix)]
fn become_program(program: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;

    let line = shell::line_of(program);
    Err(program.exec()).with_context(|| format!("cannot start `{line}`"))
}

/// Ctrl-C reaches the whole console; only the exit code has to be handed on.
#[cfg(not(unix))]
fn become_program(program: &mut Command) -> Result<()> {
    let line = shell::line_of(program);
    let status = program.status().with_context(|| format!("cannot start `{line}`"))?;
    std::process::exit(status.code().unwrap_or(1))
}
