//! The short message at the bottom, with a way back, and what the live region says.

use std::time::Duration;

use leptos::prelude::*;

use super::grid::{CONNECT, Grid, Way};
use crate::components::ui::Icon;

/// How long a message stays; one that offers something stays longer.
const STAY: Duration = Duration::from_secs(5);
const STAY_OFFER: Duration = Duration::from_secs(10);

#[component]
pub fn Toasts(grid: Grid) -> impl IntoView {
    let lang = grid.lang;
    Effect::new(move |_| {
        if let Some(toast) = grid.toast.get() {
            let gone = move || {
                if grid.toast.try_with_untracked(|now| now.as_ref().is_some_and(|now| now.id == toast.id))
                    == Some(true)
                {
                    grid.toast.try_set(None);
                }
            };
            set_timeout(gone, if toast.way.is_some() { STAY_OFFER } else { STAY });
        }
    });
    view! {
        <p class="visually-hidden" aria-live="polite" role="status">{move || grid.said.get()}</p>
        {move || {
            grid.toast.get().map(|toast| {
                let way = toast.way.map(|way| match way {
                    Way::Back(undo) => view! {
                        <button type="button" class="toast-undo" on:click=move |_| grid.undo(undo)>
                            {text::tr(lang, "grid.undo").into_owned()}
                        </button>
                    }
                    .into_any(),
                    Way::Connect => view! {
                        <a class="toast-undo" href=CONNECT>{text::tr(lang, "grid.connect").into_owned()}</a>
                    }
                    .into_any(),
                });
                view! {
                    <div class="toast" data-bad=toast.bad.then_some("") data-high=toast.high.then_some("")>
                        <Icon name=if toast.bad { "alert" } else { "check" }/>
                        <span>{toast.text}</span>
                        {way}
                        <button type="button" class="toast-close" aria-label=text::tr(lang, "grid.close").into_owned() on:click=move |_| grid.toast.set(None)>
                            <Icon name="x"/>
                        </button>
                    </div>
                }.into_any()
            })
        }}
    }
}
