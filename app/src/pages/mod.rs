//! One file a route. A page reads its data from one server function and hands it to components.

use std::future::Future;

use leptos::prelude::*;

use crate::api::DoorError;
use crate::components::ui::error_page;
use crate::context::use_lang;

pub mod account;
pub mod admin;
pub mod book;
pub mod details;
pub mod display;
pub mod login;
pub mod not_found;
pub mod notices;
pub mod rooms;
pub mod sorry;
pub mod sync;

/// A page of what `load` brings, or the page that says why it brings nothing. To be called in a page's body.
fn page_of<T: 'static>(
    load: impl Future<Output = Result<T, DoorError>> + Send + 'static,
    draw: impl FnOnce(T) -> AnyView + Send + 'static,
) -> AnyView {
    let lang = use_lang();
    let drawn = Suspend::new(async move {
        match load.await {
            Ok(data) => draw(data),
            Err(error) => error_page(lang, error),
        }
    });
    view! { <Suspense>{drawn}</Suspense> }.into_any()
}
