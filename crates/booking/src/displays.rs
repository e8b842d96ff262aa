//! Lobby boards: made by an admin (or on the server), shown to whoever has the address.

use model::page::{BoardPage, DisplayCreated, DisplayRow};
use model::refusal::What;
use model::{ApiError, CompanyId, DisplayId, ErrorCode, Refusal};
use store::{DisplayStored, StoreError};

use crate::cx::{Cx, is_long_ago};
use crate::engine::Engine;
use crate::failure::Failure;
use crate::scope::Scope;
use crate::vault::{hash_token, token_text};

impl Engine {
    /// A board of one floor, one building or everything. Admins only.
    pub async fn display_create(
        &self,
        cx: &Cx,
        building: Option<&str>,
        floor: Option<&str>,
        show_titles: bool,
    ) -> Result<DisplayCreated, ApiError> {
        cx.require_admin()?;
        Ok(self.display_insert(cx.company, building, floor, show_titles).await?)
    }

    /// As [`Engine::display_create`], for the command line on the server.
    pub async fn display_create_on_server(
        &self,
        company: CompanyId,
        building: Option<&str>,
        floor: Option<&str>,
    ) -> Result<DisplayCreated, ApiError> {
        Ok(self.display_insert(company, building, floor, false).await?)
    }

    async fn display_insert(
        &self,
        company: CompanyId,
        building: Option<&str>,
        floor: Option<&str>,
        show_titles: bool,
    ) -> Result<DisplayCreated, Failure> {
        let store = self.company(company);
        let rooms = store.room_list().await?;
        let known = |field: &str, wanted: Option<&str>, of: fn(&model::room::RoomRow) -> &str| match wanted {
            Some(wanted) if !rooms.iter().any(|room| of(&room.row) == wanted) => {
                let limit = "one of the company's rooms' places".to_owned();
                Err(Failure::from(Refusal::InvalidField { field: field.to_owned(), limit }))
            }
            _ => Ok(()),
        };
        known("building", building, |room| &room.building)?;
        known("floor", floor, |room| &room.floor)?;
        let name = match (building, floor) {
            (Some(building), Some(floor)) => format!("{building} {floor}"),
            (Some(place), None) | (None, Some(place)) => place.to_owned(),
            (None, None) => store.company().await?.name,
        };
        let now = self.now();
        let token = token_text(self.random());
        let display = DisplayStored {
            company,
            id: DisplayId::new(now, self.random()),
            name,
            building: building.map(str::to_owned),
            floor: floor.map(str::to_owned),
            show_titles,
            last_seen_at: None,
        };
        let row = display_row(&display);
        let hash = hash_token(&token);
        store.write(now, move |tx| Box::pin(async move { tx.display_insert(&display, &hash).await })).await?;
        Ok(DisplayCreated { row, token })
    }

    /// Takes a board's token back. Admins only.
    pub async fn display_revoke(&self, cx: &Cx, id: &str) -> Result<(), ApiError> {
        cx.require_admin()?;
        let gone = || ApiError::from(Refusal::NotFound { what: What::Display });
        let id: DisplayId = id.parse().map_err(|_| gone())?;
        let revoked = self
            .company(cx.company)
            .write(cx.now, move |tx| Box::pin(async move { tx.display_revoke(id).await }))
            .await
            .map_err(|error: StoreError| Failure::from(error))?;
        if revoked.value { Ok(()) } else { Err(gone()) }
    }

    /// What the board behind `token` shows today.
    pub async fn board_page(&self, token: &str) -> Result<BoardPage, ApiError> {
        Ok(self.board(token).await?)
    }

    async fn board(&self, token: &str) -> Result<BoardPage, Failure> {
        let display = self.display_by_token(token).await?;
        let store = self.company(display.company);
        let now = self.now();
        if is_long_ago(display.last_seen_at, now) {
            let id = display.id;
            let seen = store.write(now, move |tx| Box::pin(async move { tx.display_seen(id).await })).await;
            if let Err(error) = seen {
                tracing::warn!(error = %error, "Could not note a board's use");
            }
        }
        let grid = scope_of(&display).project_grid(self.grid_of(display.company, None, now).await?);
        Ok(BoardPage { company: store.company().await?.name, name: display.name, grid })
    }

    /// Unknown, revoked and malformed tokens are one case.
    pub(crate) async fn display_by_token(&self, token: &str) -> Result<DisplayStored, Failure> {
        if token.len() > 64 {
            return Err(ErrorCode::NotFound.into());
        }
        let display = self.store().system().display_by_hash(&hash_token(token)).await?;
        display.ok_or_else(|| ErrorCode::NotFound.into())
    }
}

/// Which rooms the board shows, and how much of them.
pub(crate) fn scope_of(display: &DisplayStored) -> Scope {
    let DisplayStored { building, floor, show_titles, .. } = display.clone();
    Scope::Board { building, floor, titles: show_titles }
}

pub(crate) fn display_row(display: &DisplayStored) -> DisplayRow {
    DisplayRow {
        id: display.id.to_string(),
        name: display.name.clone(),
        building: display.building.clone(),
        floor: display.floor.clone(),
        show_titles: display.show_titles,
        last_seen: display.last_seen_at,
    }
}
