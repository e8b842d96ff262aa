//! `roomly display`: makes a lobby board on the server.

use anyhow::{Context as _, Result};

use crate::config::Config;
use crate::{log, parts};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The Workspace domain of the company; needed where there are several.
    #[arg(long)]
    domain: Option<String>,
    /// Only this building.
    #[arg(long)]
    building: Option<String>,
    /// Only this floor, as the Directory writes it.
    #[arg(long)]
    floor: Option<String>,
}

pub(crate) async fn run(config: Config, args: Args) -> Result<()> {
    let engine = parts::engine(&config).await?;
    let companies = engine.store().system().company_list().await?;
    let company = match &args.domain {
        Some(domain) => engine.company_of_domain(domain).await?,
        None if companies.len() == 1 => companies.first().map(|company| company.id),
        None => None,
    };
    let company =
        company.context("name the company with --domain (there is none by that name, or several)")?;
    let created =
        engine.display_create_on_server(company, args.building.as_deref(), args.floor.as_deref()).await;
    let created =
        created.context("failed to make the board: is that a building or floor of this company?")?;
    log::say(&format!("{}/display/{}", config.public_url, created.token));
    engine.close().await;
    Ok(())
}
