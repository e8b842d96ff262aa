//! `/admin`: how the company stands with Google, how each room follows it, and the lobby boards.

use leptos::prelude::*;
use leptos_meta::Title;
use model::page::AdminPage as Data;
use text::{Lang, tr};

use crate::api::admin::{SyncDirectory, load_admin};
use crate::api::displays::{CreateDisplay, RevokeDisplay};
use crate::components::admin::{Boards, Standing, SyncTable};
use crate::components::ui::{ErrorPage, PageFrame, PageLoading};
use crate::context::use_lang;

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
        (actions.directory.version().get(), actions.create.version().get(), actions.revoke.version().get())
    };
    let page = Resource::new(done, |_| load_admin());
    view! {
        <Title text=format!("{} · Roomly", tr(lang, "admin.title"))/>
        <Transition fallback=PageLoading>
            {move || Suspend::new(async move {
                match page.await {
                    Ok(page) => admin_view(lang, page, actions).into_any(),
                    Err(error) => view! { <ErrorPage lang error=error.0/> }.into_any(),
                }
            })}
        </Transition>
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
