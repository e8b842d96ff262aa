//! `/notices`: what happened to one's own bookings, newest first.

use leptos::prelude::*;
use leptos_meta::Title;
use model::page::NoticesPage as Data;
use text::{Lang, tr};

use super::page_of;
use crate::api::notices::load_notices;
use crate::components::notices::Notices;
use crate::components::ui::PageFrame;
use crate::context::use_lang;

#[component]
pub fn NoticesPage() -> impl IntoView {
    let lang = use_lang();
    page_of(load_notices(), move |page| notices_view(lang, page).into_any())
}

fn notices_view(lang: Lang, page: Data) -> impl IntoView {
    view! {
        <Title text=format!("{} · Roomly", tr(lang, "notices.title"))/>
        <PageFrame viewer=Some(page.viewer.clone()) current="notices">
            <div class="notices-page">
                <header class="page-head">
                    <h1>{tr(lang, "notices.title")}</h1>
                    <p>{tr(lang, "notices.lead")}</p>
                </header>
                <Notices lang page/>
            </div>
        </PageFrame>
    }
}
