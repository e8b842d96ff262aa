//! `/sorry/{code}`: an error that fills the page, where the server stops a request before any page is drawn.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::{ApiError, ErrorCode};

use crate::components::ui::ErrorPage;
use crate::context::{set_status, use_lang};

/// What happened and what to do, for the code in the address; `not_found` for a code that is none.
#[component]
pub fn SorryPage() -> impl IntoView {
    let lang = use_lang();
    let params = use_params_map();
    view! {
        {move || {
            let word = params.with(|params| params.get("code"));
            let code = word.and_then(|word| ErrorCode::parse(&word)).unwrap_or(ErrorCode::NotFound);
            set_status(code);
            view! { <ErrorPage lang error=ApiError::new(code)/> }
        }}
    }
    .into_any()
}
