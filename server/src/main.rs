//! The `roomly` binary: configuration, router, roles, shutdown. Wiring only; start reading at `commands`.

mod accept;
mod assets;
mod commands;
mod config;
mod crash;
mod guard;
mod keeper;
mod kept;
mod log;
mod metrics;
mod observe;
mod pages;
mod parts;
mod problem;
mod router;
mod routes;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = commands::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return log::fatal(&anyhow::Error::from(error)),
    };
    match runtime.block_on(commands::run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => log::fatal(&error),
    }
}
