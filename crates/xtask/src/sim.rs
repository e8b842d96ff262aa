//! `cargo xtask sim`: builds the simulator and runs it.

use anyhow::Result;

use crate::cargo;
use crate::shell::{self, Steps};

/// Its profile in the workspace's manifest: optimised, with every check on.
const PROFILE: &str = "sim";
/// With these the simulator looks for known bugs, which have to be compiled in.
const ABOUT_BUGS: [&str; 2] = ["--bug", "--bugs"];

#[derive(clap::Args)]
pub(crate) struct SimArgs {
    /// Handed to the simulator
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    args: Vec<String>,
}

pub(crate) fn run(args: &SimArgs) -> Result<()> {
    let mut steps = Steps::new(2);
    let about_bugs = args.args.iter().any(|arg| {
        let name = arg.split_once('=').map_or(arg.as_str(), |(name, _)| name);
        ABOUT_BUGS.contains(&name)
    });
    let features: &[&str] = if about_bugs { &["sabotage"] } else { &[] };
    let sim = steps.step("Building the simulator", || cargo::build_by_profile("sim", PROFILE, features))?;
    steps.step("Simulating", || shell::run(shell::command(&sim).args(&args.args)))
}
