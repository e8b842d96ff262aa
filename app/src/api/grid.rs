//! The day's grid.

#[cfg(feature = "ssr")]
use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::page::GridPage;

use super::DoorError;
use super::door::door;

door! {
    /// The grid of `date` (`YYYY-MM-DD`; today in the company's zone without) and who is looking.
    #[server(input = GetUrl, endpoint = "load_day")]
    pub async fn load_day(date: Option<String>) -> Result<GridPage, DoorError> {
        let everybody = use_context::<crate::context::ForEverybody>();
        let (engine, cx) = super::cx::current().await?;
        if let Some(everybody) = everybody {
            let grid = engine.day_of_company(&cx, date.as_deref()).await.map_err(DoorError::from_core)?;
            return Ok(everybody.page(grid));
        }
        engine.day_grid(&cx, date.as_deref()).await.map_err(DoorError::from_core)
    }
}
