//! `roomly backup`: the whole database as one file, while servers run.

use std::fs::{File, OpenOptions};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::config::Config;
use crate::log;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The file to write; it must not exist yet.
    #[arg(long)]
    to: PathBuf,
}

pub(crate) async fn run(config: Config, args: Args) -> Result<()> {
    if args.to.exists() {
        bail!("{} exists already", args.to.display());
    }
    // Under another name until it is whole: half a backup must not look like one.
    let mut name = args.to.clone().into_os_string();
    name.push(".part");
    let part = PathBuf::from(name);
    let mut out = BufWriter::new(create(&part)?);
    let written = store::backup(&config.database_url.0, &mut out).await;
    let written = written.and_then(|summary| {
        let file = out.into_inner().map_err(std::io::IntoInnerError::into_error);
        let synced = file.and_then(|file| file.sync_all());
        synced.map(|()| summary).map_err(|error| store::StoreError::Setup(error.to_string()))
    });
    let summary = match written {
        Ok(summary) => summary,
        Err(error) => {
            std::fs::remove_file(&part).ok();
            return Err(error).context("failed to back up the database");
        }
    };
    std::fs::rename(&part, &args.to).with_context(|| format!("failed to make {}", args.to.display()))?;
    log::say(&format!(
        "Backed up {} rows of {} companies to {}. Keep ROOMLY_SECRET_KEY with it: without the key its tokens are lost.",
        summary.rows,
        summary.companies,
        args.to.display()
    ));
    Ok(())
}

/// For the owner only: what people planned is nobody else's to read.
fn create(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).with_context(|| format!("failed to make {}", path.display()))
}
