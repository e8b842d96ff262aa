//! People, for the picker.

#[cfg(feature = "ssr")]
use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::person::PersonRow;

use super::DoorError;
use super::door::door;

door! {
    /// Up to ten colleagues whose name, 초성 or e-mail matches.
    #[server(input = GetUrl, endpoint = "find_people")]
    pub async fn find_people(query: String) -> Result<Vec<PersonRow>, DoorError> {
        let (engine, cx) = super::cx::current().await?;
        engine.find_people(&cx, &query).await.map_err(DoorError::from_core)
    }
}
