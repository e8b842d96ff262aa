//! Icons from the one sprite, `public/icons.svg`. Decoration only: the words stand beside them.

use leptos::prelude::*;

/// The symbol `name` of the sprite, in the colour and size of the text.
#[component]
pub fn Icon(name: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true" focusable="false">
            <use_ href=format!("/icons.svg#{name}")></use_>
        </svg>
    }
}
