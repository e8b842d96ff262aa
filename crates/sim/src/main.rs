//! The simulator from the command line; `cargo xtask sim` builds and runs it.
#![expect(clippy::print_stdout, reason = "a command line tool: what it prints is its result")]
#![expect(clippy::print_stderr, reason = "progress goes to stderr")]

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use clap::Parser;
use sim::campaign::{Campaign, Report, campaign};
use sim::{Options, Outcome, run};

/// Runs seeds of the simulator. The last line is the verdict as JSON.
#[derive(Parser)]
struct Args {
    /// How many seeds
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first of them
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Things that happen in each before everything heals
    #[arg(long, default_value_t = 300)]
    steps: usize,
    /// Seeds side by side
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Nothing goes wrong
    #[arg(long)]
    calm: bool,
    /// Every so many-th seed runs twice, for its hash
    #[arg(long, default_value_t = 50)]
    twice: u64,
    /// In how many seeds each marker has to be hit
    #[arg(long, default_value_t = 0)]
    least: u64,
    /// Ends with the first seed that breaks something
    #[arg(long)]
    stop: bool,
    /// Tells the whole story of the first seed
    #[arg(long)]
    tell: bool,
    /// With this known bug switched on (`cargo xtask sim` compiles it in)
    #[arg(long)]
    bug: Vec<String>,
    /// With every known bug, one after the other, each until a seed finds it
    #[arg(long)]
    bugs: bool,
}

fn main() -> ExitCode {
    match start(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(args: &Args) -> Result<bool> {
    // What the servers say, by `RUST_LOG`; nothing without it.
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .without_time()
        .init();
    let options = Options { steps: args.steps, calm: args.calm, tell: args.tell };
    let plan = Campaign {
        from: args.from,
        seeds: args.seeds,
        jobs: args.jobs,
        options,
        twice: args.twice,
        stop: args.stop,
    };
    if args.bugs || !args.bug.is_empty() {
        return hunt(args, plan);
    }
    if args.tell {
        let outcome = run(args.from, options)?;
        outcome.lines.iter().for_each(|line| println!("{line}"));
        told(&outcome);
        println!("{}", outcome.trace);
        return Ok(outcome.violations.is_empty());
    }
    let done = AtomicU64::new(0);
    let tell = |outcome: &Outcome| {
        told(outcome);
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(100) {
            eprintln!("{done} seeds");
        }
    };
    let report = campaign(plan, &tell)?;
    summary(&report);
    let verdict = report.verdict(args.from, args.least);
    println!("{verdict}");
    Ok(verdict["ok"] == true)
}

#[cfg(feature = "sabotage")]
fn hunt(args: &Args, plan: Campaign) -> Result<bool> {
    use anyhow::Context as _;
    let all: Vec<String> =
        if args.bugs { sim::bugs::names().map(str::to_owned).collect() } else { args.bug.clone() };
    let (mut found, mut missed) = (serde_json::Map::new(), Vec::new());
    for name in &all {
        let hunt = sim::bugs::hunt(name, plan)?.with_context(|| format!("there is no bug {name}"))?;
        let seeds = hunt.seeds.map_or_else(|| "never".to_owned(), |seeds| seeds.to_string());
        println!("| `{}` | {seeds} | {} |", hunt.bug, hunt.violation.unwrap_or_default());
        match hunt.seeds {
            Some(seeds) => drop(found.insert(hunt.bug.to_owned(), seeds.into())),
            None => missed.push(hunt.bug),
        }
    }
    let ok = missed.is_empty();
    println!("{}", serde_json::json!({ "ok": ok, "bugs": all.len(), "found": found, "missed": missed }));
    Ok(ok)
}

#[cfg(not(feature = "sabotage"))]
fn hunt(_: &Args, _: Campaign) -> Result<bool> {
    anyhow::bail!("known bugs are not compiled in: run it by `cargo xtask sim --bugs`")
}

fn told(outcome: &Outcome) {
    if let Some(first) = outcome.violations.first() {
        eprintln!("seed {}: {first}", outcome.seed);
    }
}

fn summary(report: &Report) {
    for (marker, seeds) in &report.markers {
        println!("{seeds:>7}  {marker}");
    }
    let rate = report.seeds as f64 / report.took.as_secs_f64().max(0.001);
    println!("{} seeds, {rate:.1} a second", report.seeds);
}
