//! The commands of `roomly`, one file each.

mod backup;
mod demo;
mod display;
mod migrate;
mod restore;
mod sandbox;
mod serve;
mod token;
mod visitor;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::log;

/// A company's meeting rooms on one live timeline, in step with Google Calendar.
///
/// Settings come from the environment or `roomly.toml`; docs/ARCHITECTURE.md lists them.
#[derive(Parser)]
#[command(name = "roomly", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve Roomly against Google (or another stand-in, by `GOOGLE_API_ROOT` and `GOOGLE_OAUTH_ROOT`).
    Serve(serve::Args),
    /// A seeded Roomly and its own stand-in for Google, for looking around. Begins anew each time.
    Demo(demo::Args),
    /// Only the stand-in for Google.
    Sandbox(sandbox::Args),
    /// Bring the database to this version and end.
    Migrate,
    /// Write the whole database to a file, while servers run.
    Backup(backup::Args),
    /// Fill a new database, SQLite or PostgreSQL, from such a file.
    Restore(restore::Args),
    /// Make a lobby board and print its address.
    Display(display::Args),
    /// Make an API token for a person; print it and, on a second line, its id.
    Token(token::Args),
}

pub(crate) async fn run(cli: Cli) -> Result<()> {
    let config = Config::load()?;
    log::init(&config.log);
    match cli.command {
        Command::Serve(args) => serve::run(config, args).await,
        Command::Demo(args) => demo::run(config, args).await,
        Command::Sandbox(args) => sandbox::run(args).await,
        Command::Migrate => migrate::run(config).await,
        Command::Backup(args) => backup::run(config, args).await,
        Command::Restore(args) => restore::run(config, args).await,
        Command::Display(args) => display::run(config, args).await,
        Command::Token(args) => token::run(config, args).await,
    }
}
