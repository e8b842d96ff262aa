//! `roomly migrate`.

use anyhow::Result;

use crate::config::Config;
use crate::{log, parts};

pub(crate) async fn run(config: Config) -> Result<()> {
    let _lock = parts::lock(&config.database_url.0)?;
    let store = parts::open_store(&config.database_url.0).await?;
    store.close().await;
    log::say("The database is up to date.");
    Ok(())
}
