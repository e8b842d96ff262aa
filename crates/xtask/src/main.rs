//! `cargo xtask`: the only automation language of this repository. See [`Task`] for what it does.
//!
//! Needs cargo and nothing else; what the browser tests need besides, [`tools`] installs or names.
#![expect(clippy::print_stdout, reason = "a command line tool: what it prints is its result")]
#![expect(clippy::print_stderr, reason = "progress goes to stderr, beside cargo's own")]

mod alone;
mod bench;
mod cargo;
mod chaos;
mod ci;
mod clients;
mod demo;
mod deny;
mod pack;
mod shell;
mod sim;
mod site;
mod slim;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Builds, runs and checks Roomly.")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything and serve the demo; what follows `--` goes to `roomly demo`
    Demo {
        #[arg(last = true, value_name = "ARGS")]
        args: Vec<String>,
    },
    /// Run every test, in Rust and in a browser; installs what is missing on Debian
    Test(test::TestArgs),
    /// Measure what docs/BENCHMARKS.md lists, each against its reference
    Bench(bench::BenchArgs),
    /// Run seeds of the simulator; the last line is the verdict as JSON. `cargo xtask sim --help` lists its options
    #[command(disable_help_flag = true)]
    Sim(sim::SimArgs),
    /// Kill, cut and lie to the real program while people book, then look from outside at what must hold; docs/SYNC.md
    Chaos(chaos::ChaosArgs),
    /// What CI runs: format, clippy for both graphs, tidy, and the README's test command
    Ci,
    /// Check the rules that no compiler knows: which crate may use which, what sources may not contain
    Tidy,
    /// Check licences, sources, banned crates and duplicates against deny.toml; needs no network
    Deny,
    /// Build the browser's half and the server; with --release as one file that needs nothing beside it
    Build(ProfileArgs),
    /// Build the browser's half only: WebAssembly, style sheet, static files
    Site(ProfileArgs),
}

#[derive(Args, Clone, Copy)]
struct ProfileArgs {
    /// Optimise (slow to build); without, the quick profiles of `demo`
    #[arg(long)]
    release: bool,
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Demo { args } => demo::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Sim(args) => sim::run(&args),
        Task::Chaos(args) => chaos::run(&args),
        Task::Ci => ci::run(),
        Task::Tidy => tidy::run(),
        Task::Deny => deny::run(),
        Task::Build(profile) => demo::build(profile.release),
        Task::Site(profile) => site::run(profile.release),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}
