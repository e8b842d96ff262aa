//! The admin page: rooms from the Directory, how sync fares.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::page::{AdminPage, DirectoryReport, DisplayCreated};

use super::DoorError;

#[server(input = GetUrl, endpoint = "load_admin")]
pub async fn load_admin() -> Result<AdminPage, DoorError> {
    let (engine, cx) = super::cx::current().await?;
    let mut page = engine.admin_page(&cx).await.map_err(DoorError::from_core)?;
    page.fresh_display = super::cx::FRESH_DISPLAY.take(&engine).and_then(|carried| {
        let (id, token) = carried.split_once(' ')?;
        let row = page.displays.iter().find(|row| row.id == id)?.clone();
        Some(DisplayCreated { row, token: token.to_owned() })
    });
    page.directory =
        super::cx::DIRECTORY.take(&engine).and_then(|carried| serde_json::from_str(&carried).ok());
    Ok(page)
}

/// Reads buildings, rooms and people from the Directory anew.
#[server(endpoint = "sync_directory")]
pub async fn sync_directory() -> Result<DirectoryReport, DoorError> {
    let (engine, cx) = super::cx::current().await?;
    let report = engine.directory_sync(&cx).await.map_err(DoorError::from_core)?;
    super::cx::DIRECTORY.keep(&engine, &serde_json::to_string(&report).unwrap_or_default());
    super::cx::back_to("/admin");
    Ok(report)
}
