//! A person as a small disc with initials.

use leptos::prelude::*;

/// Initials as people say them (민아, JS); the name must stand beside it, so it is hidden from assistive technology.
#[component]
pub fn Avatar(#[prop(into)] name: String) -> impl IntoView {
    view! { <span class="avatar" aria-hidden="true">{model::name::initials(&name)}</span> }
}
