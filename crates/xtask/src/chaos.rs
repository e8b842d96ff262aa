//! `cargo xtask chaos`: builds the program that is killed and the harness that does it, then runs seeds of `crates/chaos`.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::cargo::{self, Artifact, Metadata};
use crate::shell::{self, Steps};
use crate::tools;

#[derive(clap::Args)]
pub(crate) struct ChaosArgs {
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// `sqlite`, or `postgres` with a Redis
    #[arg(long, default_value = "sqlite")]
    db: String,
    /// Servers on one PostgreSQL; a SQLite file has one
    #[arg(long, default_value_t = 1)]
    servers: usize,
    /// Runs side by side
    #[arg(long, default_value_t = 1)]
    jobs: usize,
    /// With the quick build that tests use: nothing dies at named places, and such a run counts for no campaign
    #[arg(long)]
    quick: bool,
    /// Keep what good runs saw, too
    #[arg(long)]
    keep: bool,
}

/// What the suite runs: so many seeds from the first one, on each.
const FEW: [(&str, usize, u64); 2] = [("sqlite", 1, 3), ("postgres", 2, 3)];

pub(crate) fn run(args: &ChaosArgs) -> Result<()> {
    let mut steps = Steps::new(3);
    steps.step("Looking for PostgreSQL and Redis", || {
        if args.db == "postgres" { tools::ensure_servers() } else { Ok(()) }
    })?;
    let (roomly, chaos) =
        steps.step("Building the program and its nemesis", || cargo::build_chaos(args.quick))?;
    steps.step("Chaos", || {
        let mut command = command(&chaos, &roomly)?;
        command.args(["--db", &args.db, "--servers", &args.servers.to_string()]);
        command.args(["--seed", &args.seed.to_string(), "--seeds", &args.seeds.to_string()]);
        command.args(["--jobs", &args.jobs.to_string()]);
        if args.keep {
            command.arg("--keep");
        }
        shell::run(&mut command)
    })
}

/// The fixed seeds of the suite, with the program that the tests were built with.
pub(crate) fn few(built: &[Artifact], graph: &[String]) -> Result<()> {
    let mut programs = built.iter().filter(|artifact| artifact.package == "server" && !artifact.is_test);
    let roomly = programs.find_map(|artifact| artifact.executable.clone());
    let roomly = roomly.context("the tests were built without the program")?;
    let harness = [&["build", "--bin", "chaos"].map(str::to_owned), graph].concat();
    let chaos = cargo::build(&harness)?.into_iter().find_map(|artifact| artifact.executable);
    let chaos = chaos.context("cargo built no binary of chaos")?;
    for (db, servers, seeds) in FEW {
        let mut command = command(&chaos, &roomly)?;
        command.args(["--db", db, "--servers", &servers.to_string(), "--seeds", &seeds.to_string()]);
        shell::run(command.args(["--jobs", "2"]))?;
    }
    Ok(())
}

/// Databases stand on the disk that is built on: in a memory file system no commit would wait for one.
fn command(chaos: &Path, roomly: &Path) -> Result<std::process::Command> {
    let folder = Metadata::of_workspace()?.target_dir().join("runs-of-chaos");
    let mut command = shell::command(chaos);
    command.arg("--roomly").arg(roomly).arg("--folder").arg(folder);
    if let Some(bin) = tools::postgres() {
        command.env("ROOMLY_TEST_POSTGRES_BIN", bin.folder());
    }
    Ok(command)
}
