//! `/display/{token}`: a lobby board. The token in the address is the credential; there is no session and no frame.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::ErrorCode;
use text::{Lang, tr};

use crate::api::DoorError;
use crate::api::displays::load_board;
use crate::components::board::Board;
use crate::components::ui::{Icon, PagesSheet, Still};
use crate::context::use_lang;
use crate::living::{Living, Part};

#[component]
pub fn DisplayPage() -> impl IntoView {
    let lang = use_lang();
    let params = use_params_map();
    let drawn = Suspend::new(async move {
        let token = params.with_untracked(|params| params.get("token")).unwrap_or_default();
        match load_board(token.clone()).await {
            Ok(page) => {
                let part = Part::Board { token: token.clone(), page: page.clone() };
                view! {
                    <main id="main" class="display">
                        <Board lang token page/>
                    </main>
                    <Living part/>
                }
                .into_any()
            }
            Err(error) => gone(lang, error).into_any(),
        }
    });
    view! {
        <Title text=format!("{} · Roomly", tr(lang, "board.title"))/>
        <PagesSheet/>
        <Suspense>{drawn}</Suspense>
    }
    .into_any()
}

/// A board without a board: its token was revoked, or nothing answers.
fn gone(lang: Lang, error: DoorError) -> impl IntoView {
    let code = error.code();
    let (title, help) = if code == ErrorCode::NotFound {
        (tr(lang, "board.gone.title"), tr(lang, "board.gone.help"))
    } else {
        (tr(lang, &format!("errors.{code}.title")), tr(lang, &format!("errors.{code}.help")))
    };
    view! {
        <Still/>
        <main id="main" class="display">
            <section class="display-gone" data-error=code.as_str()>
                <Icon name="screen"/>
                <h1>{title}</h1>
                <p>{help}</p>
            </section>
        </main>
    }
}
