//! `/admin`: how the company stands with Google, how each room follows it, and the lobby boards.

use leptos::prelude::*;
use leptos_meta::Title;
use model::page::AdminPage as Data;
use text::{Lang, tr};

use super::page_of;
use crate::api::admin::load_admin;
use crate::components::admin::{Boards, Standing, SyncTable};
use crate::components::ui::PageFrame;
use crate::context::use_lang;

#[component]
pub fn AdminPage() -> impl IntoView {
    let lang = use_lang();
    page_of(load_admin(), move |page| admin_view(lang, page).into_any())
}

fn admin_view(lang: Lang, page: Data) -> impl IntoView {
    view! {
        <Title text=format!("{} · Roomly", tr(lang, "admin.title"))/>
        <PageFrame viewer=Some(page.viewer.clone()) current="admin">
            <div class="admin">
                <header class="page-head">
                    <h1>{tr(lang, "admin.title")}</h1>
                    <p>{tr(lang, "admin.lead")}</p>
                    <p><a class="button" href="/admin/sync">{tr(lang, "sync.open")}</a></p>
                </header>
                <Standing lang page=page.clone()/>
                <Boards lang page=page.clone()/>
                <SyncTable lang page/>
            </div>
        </PageFrame>
    }
}
