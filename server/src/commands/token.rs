//! `roomly token`: makes an API token on the server.

use anyhow::{Context as _, Result};

use crate::config::Config;
use crate::{log, parts};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The e-mail address of the person whose token it is.
    #[arg(long, value_name = "EMAIL")]
    person: String,
    /// What the account page calls it.
    #[arg(long, default_value = "roomly token")]
    name: String,
    /// The Workspace domain of the company; needed where several have that address.
    #[arg(long)]
    domain: Option<String>,
}

/// Prints the token on the first line and its id on the second. The token is shown this once.
pub(crate) async fn run(config: Config, args: Args) -> Result<()> {
    let engine = parts::engine(&config).await?;
    let company = match &args.domain {
        Some(domain) => Some(engine.company_of_domain(domain).await?.context("no company has that domain")?),
        None => None,
    };
    let created = engine.token_create_on_server(company, &args.person, &args.name).await;
    let created = created.context("failed to make the token: is the name too long?")?.context(
        "no active person of one company here has that address (with several companies, add --domain)",
    )?;
    log::say(&created.token);
    log::say(&created.row.id);
    engine.close().await;
    Ok(())
}
