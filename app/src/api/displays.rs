//! Lobby boards.

#[cfg(feature = "ssr")]
use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::page::BoardPage;
#[cfg(feature = "ssr")]
use model::page::DisplayCreated;

use super::DoorError;
use super::door::door;

/// A new board for one floor, one building or all rooms; empty fields mean "all". Admins only.
#[cfg(feature = "ssr")]
#[server(endpoint = "create_display")]
pub async fn create_display(
    #[server(default)] building: String,
    #[server(default)] floor: String,
    #[server(default)] show_titles: Option<String>,
) -> Result<DisplayCreated, DoorError> {
    let (engine, cx) = super::cx::current().await?;
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (building, floor) = (some(&building), some(&floor));
    let show_titles = show_titles.is_some_and(|value| !value.is_empty());
    let created = engine.display_create(&cx, building.as_deref(), floor.as_deref(), show_titles).await;
    let created = created.map_err(DoorError::from_core)?;
    // Its address is shown once, on the page that comes next.
    super::cx::FRESH_DISPLAY.keep(&engine, &format!("{} {}", created.row.id, created.token));
    super::cx::back_to("/admin");
    Ok(created)
}

/// Takes a board's token back: it goes dark at once. Admins only.
#[cfg(feature = "ssr")]
#[server(endpoint = "revoke_display")]
pub async fn revoke_display(id: String) -> Result<(), DoorError> {
    let (engine, cx) = super::cx::current().await?;
    engine.display_revoke(&cx, &id).await.map_err(DoorError::from_core)?;
    super::cx::back_to("/admin");
    Ok(())
}

door! {
    /// What a board shows. The token is the credential; there is no session.
    #[server(input = GetUrl, endpoint = "load_board")]
    pub async fn load_board(token: String) -> Result<BoardPage, DoorError> {
        let engine = super::cx::engine()?;
        engine.board_page(&token).await.map_err(DoorError::from_core)
    }
}
