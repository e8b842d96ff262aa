//! A booking's state as a word with a mark: never by colour alone.

use leptos::prelude::*;
use model::BookingState;
use text::Lang;

/// `확정`, `Pending`, ... with `data-state` for the mark and colour.
#[component]
pub fn StatePill(lang: Lang, state: BookingState) -> impl IntoView {
    let word = text::tr(lang, &format!("state.{state}"));
    view! { <span class="pill" data-state=state.as_str()>{word}</span> }
}
