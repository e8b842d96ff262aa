//! `roomly restore`: a new database from what `roomly backup` wrote, on either engine.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::config::Config;
use crate::{log, parts};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The file that `roomly backup` wrote.
    #[arg(long)]
    from: PathBuf,
}

pub(crate) async fn run(config: Config, args: Args) -> Result<()> {
    let _lock = parts::lock(&config.database_url.0)?;
    let file = File::open(&args.from).with_context(|| format!("failed to read {}", args.from.display()))?;
    let url = parts::creatable(&config.database_url.0)?;
    let restored = store::restore(&url, &mut BufReader::new(file)).await;
    let summary = restored.context("failed to restore the database")?;
    log::say(&format!("Restored {} rows of {} companies.", summary.rows, summary.companies));
    Ok(())
}
