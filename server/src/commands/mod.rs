//! The commands of `roomly`, one file each.

mod backup;
mod demo;
mod display;
mod doctor;
mod migrate;
mod restore;
mod rrule;
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
    /// Say in plain words what is missing to serve a real Workspace. Ends with 1 if something has to be mended.
    Doctor(doctor::Args),
    /// Write the whole database to a file, while servers run.
    Backup(backup::Args),
    /// Fill a new database, SQLite or PostgreSQL, from such a file.
    Restore(restore::Args),
    /// Make a lobby board and print its address.
    Display(display::Args),
    /// Make an API token for a person; print it and, on a second line, its id.
    Token(token::Args),
    /// Tell the dates of a recurring event: of one series, or one answer for each question on standard input.
    Rrule(rrule::Args),
}

pub(crate) async fn run(cli: Cli) -> Result<()> {
    let config = Config::load();
    // The doctor reads settings that nobody else can start with, and says what a log would.
    if let Ok(config) = &config
        && !matches!(cli.command, Command::Doctor(_))
    {
        log::init(&config.log, config.log_format);
    }
    match cli.command {
        Command::Serve(args) => serve::run(config?, args).await,
        Command::Demo(args) => demo::run(config?, args).await,
        Command::Sandbox(args) => config.map(|_| sandbox::run(args))?.await,
        Command::Migrate => migrate::run(config?).await,
        Command::Doctor(args) => doctor::run(config, args).await,
        Command::Backup(args) => backup::run(config?, args).await,
        Command::Restore(args) => restore::run(config?, args).await,
        Command::Display(args) => display::run(config?, args).await,
        Command::Token(args) => token::run(config?, args).await,
        Command::Rrule(args) => rrule::run(&args),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    /// Whoever reads `--help` finds every command and every option explained, and the same commands in the documents.
    #[test]
    fn help_is_complete() {
        let mut cli = Cli::command();
        cli.build();
        let table = include_str!("../../../docs/ARCHITECTURE.md");
        let mut names = Vec::new();
        for command in cli.get_subcommands().filter(|command| command.get_name() != "help") {
            let name = command.get_name();
            assert!(command.get_about().is_some(), "`roomly {name}` is not explained");
            let listed = |line: &str| {
                let rest = line.strip_prefix(&format!("| `roomly {name}"));
                rest.is_some_and(|rest| rest.starts_with(['`', ' ']))
            };
            assert!(table.lines().any(listed), "`roomly {name}` is not in docs/ARCHITECTURE.md");
            for option in command.get_arguments() {
                let id = option.get_id();
                assert!(option.get_help().is_some(), "`roomly {name}`: {id} is not explained");
            }
            names.push(name.to_owned());
        }
        for command in [
            "backup", "demo", "display", "doctor", "migrate", "restore", "rrule", "sandbox", "serve", "token",
        ] {
            assert!(names.iter().any(|name| name == command), "`roomly {command}` is gone");
        }
    }
}
