//! Where no route leads: the error page for `not_found`, with its status.

use leptos::prelude::*;
use model::{ApiError, ErrorCode};

use crate::components::ui::ErrorPage;
use crate::context::{set_status, use_lang};

/// The fallback of all routes.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    set_status(ErrorCode::NotFound);
    view! { <ErrorPage lang=use_lang() error=ApiError::new(ErrorCode::NotFound)/> }.into_any()
}
