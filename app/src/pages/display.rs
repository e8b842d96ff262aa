//! `/display/{token}`: a lobby board. The token in the address is the credential; there is no session and no frame.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use model::ErrorCode;
use text::{Lang, tr};

use crate::api::DoorError;
use crate::api::displays::load_board;
use crate::components::board::Board;
use crate::components::ui::Icon;
use crate::context::use_lang;
use crate::pages::data::page_data;

#[component]
pub fn DisplayPage() -> impl IntoView {
    let lang = use_lang();
    let params = use_params_map();
    let token = move || params.with(|params| params.get("token"));
    let board = page_data(move || [token(), None, None], |[token, ..]| load_board(token.unwrap_or_default()));
    let drawn = move |page| match page {
        Ok(page) => view! { <Board lang token=untrack(token).unwrap_or_default() page/> }.into_any(),
        Err(error) => gone(lang, error).into_any(),
    };
    view! {
        <Title text=format!("{} · Roomly", tr(lang, "board.title"))/>
        <main id="main" class="display">
            {board.view(|| ().into_any(), drawn)}
        </main>
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
        <section class="display-gone" data-error=code.as_str()>
            <Icon name="screen"/>
            <h1>{title}</h1>
            <p>{help}</p>
        </section>
    }
}
