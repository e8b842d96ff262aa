//! `/login`: one button to Google, who may sign in, and what signing in shares.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{ApiError, ErrorCode};
use text::tr;

use crate::components::ui::{ErrorNotice, Icon, PageFrame};
use crate::context::use_lang;

/// Sign-in. `?error=code` says why the last try failed; `?next=` is carried on.
#[component]
pub fn LoginPage() -> impl IntoView {
    let lang = use_lang();
    let query = use_query_map();
    let asked = |name| query.with_untracked(|query| query.get(name));
    let error = asked("error").and_then(|word| ErrorCode::parse(&word));
    let start = match asked("next") {
        Some(next) => format!("/auth/google?next={}", crate::components::ui::frame::percent(&next)),
        None => "/auth/google".to_owned(),
    };
    view! {
        <Title text=format!("{} · Roomly", tr(lang, "login.title"))/>
        <PageFrame viewer=None current="login">
            <div class="login">
                <div class="login-art" aria-hidden="true">{art()}</div>
                <section class="login-card">
                    <h1>{tr(lang, "login.heading")}</h1>
                    <p class="login-lead">{tr(lang, "login.lead")}</p>
                    {error.map(|code| view! { <ErrorNotice lang error=ApiError::new(code)/> })}
                    <a class="button login-button" href=start>
                        <Icon name="google"/>
                        <span>{tr(lang, "login.button")}</span>
                    </a>
                    <ul class="login-facts">
                        <li>
                            <Icon name="users"/>
                            <span>{tr(lang, "login.workspace_only")}</span>
                        </li>
                        <li>
                            <Icon name="lock"/>
                            <span>{tr(lang, "login.identity_only")}</span>
                        </li>
                    </ul>
                </section>
            </div>
        </PageFrame>
    }
    .into_any()
}

/// A quiet day of rooms, drawn with blocks: row, start and length in twelfths.
fn art() -> impl IntoView {
    const BLOCKS: [(u8, u8, u8, &str); 11] = [
        (1, 2, 3, "other"),
        (1, 7, 2, "other"),
        (2, 1, 2, "other"),
        (2, 4, 4, "mine"),
        (3, 3, 3, "other"),
        (3, 8, 3, "pending"),
        (4, 1, 4, "other"),
        (4, 9, 2, "other"),
        (5, 5, 2, "mine"),
        (5, 8, 4, "other"),
        (6, 2, 5, "other"),
    ];
    BLOCKS
        .map(|(row, start, length, kind)| {
            let place = format!("grid-row:{row};grid-column:{start}/span {length}");
            view! { <span data-kind=kind style=place></span> }
        })
        .collect_view()
}
