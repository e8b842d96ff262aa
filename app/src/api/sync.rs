//! The health page and its buttons. Admins only.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::health::{SyncDone, SyncPage};
use model::{BookingNumber, RoomNumber};

use super::DoorError;

/// The health page's address; its buttons lead back to it.
const PAGE: &str = "/admin/sync";

#[server(input = GetUrl, endpoint = "load_sync")]
pub async fn load_sync() -> Result<SyncPage, DoorError> {
    let (engine, cx) = super::cx::current().await?;
    let mut page = engine.sync_health(&cx).await.map_err(DoorError::from_core)?;
    page.done = super::cx::SYNC_DONE.take(&engine).and_then(|carried| serde_json::from_str(&carried).ok());
    Ok(page)
}

/// A pass over everything of a room, soon. `believe`, if it is not empty: although much is missing.
#[server(endpoint = "sync_repair")]
pub async fn sync_repair(room: i64, #[server(default)] believe: String) -> Result<SyncDone, DoorError> {
    let (engine, cx) = super::cx::current().await?;
    let done = engine.sync_repair(&cx, RoomNumber(room), !believe.is_empty()).await;
    let done = done.map_err(DoorError::from_core)?;
    Ok(back(&engine, done))
}

/// Tries to bring a booking to Google once more.
#[server(endpoint = "sync_retry")]
pub async fn sync_retry(booking: i64) -> Result<SyncDone, DoorError> {
    let (engine, cx) = super::cx::current().await?;
    let done = engine.dead_letter_retry(&cx, BookingNumber(booking)).await.map_err(DoorError::from_core)?;
    Ok(back(&engine, done))
}

/// Lists a booking no longer that Google will never take.
#[server(endpoint = "sync_dismiss")]
pub async fn sync_dismiss(booking: i64) -> Result<SyncDone, DoorError> {
    let (engine, cx) = super::cx::current().await?;
    let done = engine.dead_letter_dismiss(&cx, BookingNumber(booking)).await.map_err(DoorError::from_core)?;
    Ok(back(&engine, done))
}

/// Lets writing to a calendar go on.
#[server(endpoint = "sync_resume")]
pub async fn sync_resume(calendar: String) -> Result<SyncDone, DoorError> {
    let (engine, cx) = super::cx::current().await?;
    let done = engine.sync_resume(&cx, &calendar).await.map_err(DoorError::from_core)?;
    Ok(back(&engine, done))
}

fn back(engine: &booking::Engine, done: SyncDone) -> SyncDone {
    super::cx::SYNC_DONE.keep(engine, &serde_json::to_string(&done).unwrap_or_default());
    super::cx::back_to(PAGE);
    done
}
