//! Chaos: the real program, real databases, a stand-in for Google behind wires that break, people who book, and a nemesis
//! that kills, freezes, cuts and lies, all drawn from a seed. Then everything is made whole, and what must hold is looked
//! at from outside.
//!
//! [`plan`] draws, [`house`] starts everything, [`clients`] and [`outsiders`] act, [`nemesis`] breaks, [`settle`] waits for
//! peace, [`check`] judges, [`run`] puts them in order. `cargo xtask chaos` builds what this needs; docs/SYNC.md tells how to
//! read it.
#![expect(clippy::print_stdout, reason = "a command line tool: what it prints is its result")]
#![allow(clippy::unwrap_used, reason = "in a test's harness a panic is the failure")]

mod check;
mod clients;
mod house;
mod journal;
mod ledger;
mod nemesis;
mod outsiders;
mod plan;
mod proxy;
mod run;
mod servers;
mod settle;
mod stage;
mod verdict;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;

use crate::house::{Machines, folder};
use crate::plan::{Kind, Plan};
use crate::verdict::{Totals, Verdict};

/// Every wait of a run is bounded; this is for a harness that hangs.
const LONGEST: Duration = Duration::from_secs(400);

/// What is run.
#[derive(Parser, Clone)]
struct Setting {
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many seeds, one after the other
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    #[arg(long, value_enum, default_value = "sqlite")]
    db: Kind,
    /// Servers on one PostgreSQL; a SQLite file has one
    #[arg(long, default_value_t = 1)]
    servers: usize,
    /// Runs side by side
    #[arg(long, default_value_t = 1)]
    jobs: usize,
    /// The build of `roomly`
    #[arg(long)]
    roomly: PathBuf,
    /// Where runs keep what they need, and failed ones what they saw
    #[arg(long)]
    folder: PathBuf,
    /// Keep what good runs saw, too
    #[arg(long)]
    keep: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let setting = Setting::parse();
    anyhow::ensure!(
        setting.db == Kind::Postgres || setting.servers == 1,
        "a SQLite file has one server: ask for --db postgres"
    );
    let next = AtomicU64::new(setting.seed);
    let (told, verdicts) = mpsc::channel();
    let mut totals = Totals::default();
    thread::scope(|scope| {
        let jobs: Vec<_> = (0..setting.jobs.clamp(1, 16))
            .map(|_| {
                let told = told.clone();
                scope.spawn(|| job(&setting, &next, told))
            })
            .collect();
        drop(told);
        for verdict in verdicts {
            totals.add(&verdict);
            println!("{}", serde_json::to_string(&verdict)?);
        }
        jobs.into_iter().try_for_each(|job| job.join().unwrap_or_else(|_| anyhow::bail!("a job broke")))
    })?;
    if setting.seeds > 1 {
        println!("{}", serde_json::to_string(&totals)?);
    }
    Ok(if totals.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Takes seeds until there are none.
fn job(setting: &Setting, next: &AtomicU64, told: mpsc::Sender<Verdict>) -> anyhow::Result<()> {
    let mut machines = None;
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= setting.seed.saturating_add(setting.seeds) {
            return Ok(());
        }
        let plan = Plan::draw(seed, setting.db, setting.servers);
        let folder = folder(&setting.folder, setting.db, seed)?;
        let given = match (setting.db, machines.take()) {
            (Kind::Sqlite, _) => None,
            (Kind::Postgres, Some(machines)) => Some(machines),
            (Kind::Postgres, None) => Some(Machines::start()?),
        };
        let verdict = match one(plan.clone(), &setting.roomly, &folder, given) {
            Ok((verdict, back)) => {
                machines = back;
                verdict
            }
            Err(error) => Verdict::broken(&plan, format!("the run broke: {error:#}")),
        };
        if verdict.is_good() && !setting.keep {
            fs::remove_dir_all(&folder)?;
        } else {
            println!("seed {seed} left what it saw in {}", folder.display());
        }
        told.send(verdict).ok();
    }
}

/// A run on a thread of its own: a panic of the harness is an error, too.
fn one(
    plan: Plan,
    binary: &Path,
    folder: &Path,
    machines: Option<Machines>,
) -> anyhow::Result<(Verdict, Option<Machines>)> {
    let run = || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let run = run::run(plan, binary, folder, machines);
        runtime.block_on(async { tokio::time::timeout(LONGEST, run).await.context("it takes too long")? })
    };
    thread::scope(|scope| {
        scope.spawn(run).join().unwrap_or_else(|_| anyhow::bail!("the harness failed, see above"))
    })
}
