//! What has to be said: quiet notes, and errors beside what caused them, which carry `data-error`.

use leptos::prelude::*;
use model::{ApiError, ZoneDay};
use text::Lang;

use super::Icon;

/// A note in the flow of a page. `kind` is `info`, `warn` or `good`.
#[cfg(feature = "ssr")]
#[component]
pub fn Notice(kind: &'static str, children: Children) -> impl IntoView {
    let icon = match kind {
        "good" => "check",
        "warn" => "alert",
        _ => "info",
    };
    view! {
        <div class="notice" data-kind=kind role="status">
            <Icon name=icon/>
            <div class="notice-body">{children()}</div>
        </div>
    }
}

/// An error beside what caused it, as a sentence; announced at once.
#[component]
pub fn ErrorNotice(
    lang: Lang,
    error: ApiError,
    /// Lets a refusal name its times.
    #[prop(optional)]
    day: Option<ZoneDay>,
    /// What would work instead, if there is something.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let said = match &error.refusal {
        Some(refusal) => text::refusal(lang, refusal, day.as_ref()),
        None => text::error(lang, &error),
    };
    view! {
        <div class="notice" data-kind="error" data-error=error.code.as_str() role="alert">
            <Icon name="alert"/>
            <div class="notice-body">
                <p>{said}</p>
                {children.map(|children| children())}
            </div>
        </div>
    }
}
