//! `/admin`: how the company stands with Google, how each room follows it, and the lobby boards.

use leptos::prelude::*;
use leptos_meta::Title;
use model::page::AdminPage as Data;
use text::{Lang, tr};

use crate::api::admin::{SyncDirectory, load_admin};
use crate::api::displays::{CreateDisplay, RevokeDisplay};
use crate::components::admin::{Boards, Standing, SyncTable};
use crate::components::ui::{PageFrame, error_page, page_loading};
use crate::context::use_lang;
use crate::pages::data::page_data;

/// The forms' actions live outside what they refresh.
#[derive(Clone, Copy)]
struct Actions {
    directory: ServerAction<SyncDirectory>,
    create: ServerAction<CreateDisplay>,
    revoke: ServerAction<RevokeDisplay>,
}

#[component]
pub fn AdminPage() -> impl IntoView {
    let lang = use_lang();
    let actions =
        Actions { directory: ServerAction::new(), create: ServerAction::new(), revoke: ServerAction::new() };
    let done = move || {
        [actions.directory.version(), actions.create.version(), actions.revoke.version()]
            .map(|version| Some(version.get().to_string()))
    };
    let page = page_data(done, |_| load_admin());
    view! {
        <Title text=format!("{} · Roomly", tr(lang, "admin.title"))/>
        {page
            .view(
                page_loading,
                move |page| match page {
                    Ok(page) => admin_view(lang, page, actions).into_any(),
                    Err(error) => error_page(lang, error),
                },
            )}
    }
    .into_any()
}

fn admin_view(lang: Lang, page: Data, actions: Actions) -> impl IntoView {
    let Actions { directory, create, revoke } = actions;
    view! {
        <PageFrame viewer=Some(page.viewer.clone()) current="admin">
            <div class="admin">
                <header class="page-head">
                    <h1>{tr(lang, "admin.title")}</h1>
                    <p>{tr(lang, "admin.lead")}</p>
                </header>
                <Standing lang page=page.clone()/>
                <Boards lang page=page.clone() create revoke/>
                <SyncTable lang page action=directory/>
            </div>
        </PageFrame>
    }
}
