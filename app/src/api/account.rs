//! The account page: a person's own API tokens.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::page::{AccountPage, TokenCreated};

use super::DoorError;

#[server(input = GetUrl, endpoint = "load_account")]
pub async fn load_account() -> Result<AccountPage, DoorError> {
    let (engine, cx) = super::cx::current().await?;
    let fresh = super::cx::FRESH_TOKEN.take(&engine);
    engine.account_page(&cx, fresh.as_deref()).await.map_err(DoorError::from_core)
}

/// A new token of the signed-in person. It is shown once, on the page that comes next.
#[server(endpoint = "create_token")]
pub async fn create_token(name: String) -> Result<TokenCreated, DoorError> {
    let (engine, cx) = super::cx::current().await?;
    let created = engine.token_create(&cx, &name).await.map_err(DoorError::from_core)?;
    super::cx::FRESH_TOKEN.keep(&engine, &created.token);
    super::cx::back_to("/account");
    Ok(created)
}

/// Takes one of one's own tokens back.
#[server(endpoint = "revoke_token")]
pub async fn revoke_token(id: String) -> Result<(), DoorError> {
    let (engine, cx) = super::cx::current().await?;
    engine.token_revoke(&cx, &id).await.map_err(DoorError::from_core)?;
    super::cx::back_to("/account");
    Ok(())
}
