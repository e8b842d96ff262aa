//! What a person was told.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::Instant;
use model::page::NoticesPage;

use super::DoorError;

#[server(input = GetUrl, endpoint = "load_notices")]
pub async fn load_notices() -> Result<NoticesPage, DoorError> {
    let (engine, cx) = super::cx::current().await?;
    engine.notices_page(&cx).await.map_err(DoorError::from_core)
}

/// Marks one's own notices as seen, up to the newest that the page showed (`until`, microseconds): what was told meanwhile
/// stays new.
#[server(endpoint = "see_notices")]
pub async fn see_notices(until: i64) -> Result<(), DoorError> {
    let (engine, cx) = super::cx::current().await?;
    engine.notices_seen(&cx, Instant::from_micros(until)).await.map_err(DoorError::from_core)?;
    super::cx::back_to("/notices");
    Ok(())
}
