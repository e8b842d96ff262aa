//! The admin page: rooms from the Directory, how sync fares.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use model::page::{AdminPage, DirectoryReport};

use super::DoorError;

#[server(input = GetUrl, endpoint = "load_admin")]
pub async fn load_admin() -> Result<AdminPage, DoorError> {
    let (engine, cx) = super::cx::current().await?;
    engine.admin_page(&cx).await.map_err(DoorError::from_core)
}

/// Reads buildings, rooms and people from the Directory anew.
#[server(endpoint = "sync_directory")]
pub async fn sync_directory() -> Result<DirectoryReport, DoorError> {
    let (engine, cx) = super::cx::current().await?;
    let report = engine.directory_sync(&cx).await.map_err(DoorError::from_core)?;
    super::cx::back_to("/admin");
    Ok(report)
}
