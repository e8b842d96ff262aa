//! `/admin/sync`: how every room follows Google, what waits and why, and what can be done about it.

use leptos::prelude::*;
use leptos_meta::Title;
use model::health::{SyncDone, SyncPage as Data};
use text::{Lang, tr, tr_with};

use super::page_of;
use crate::api::sync::{SyncDismiss, SyncRepair, SyncResume, SyncRetry, load_sync};
use crate::components::forms::refusal;
use crate::components::sync::{People, Rooms, Stops, Stuck, Tiles};
use crate::components::ui::{ErrorNotice, Icon, Notice, PageFrame};
use crate::context::use_lang;

#[component]
pub fn SyncHealthPage() -> impl IntoView {
    let lang = use_lang();
    page_of(load_sync(), move |page| sync_view(lang, page).into_any())
}

fn sync_view(lang: Lang, page: Data) -> impl IntoView {
    let done = page.done.as_ref().map(|done| {
        let said = done_words(lang, done);
        view! { <Notice kind="good"><p><bdi>{said}</bdi></p></Notice> }
    });
    let refused = refusal::<SyncRepair>()
        .or_else(refusal::<SyncRetry>)
        .or_else(refusal::<SyncDismiss>)
        .or_else(refusal::<SyncResume>);
    let refused = refused.map(|error| view! { <ErrorNotice lang error day=page.day.clone()/> });
    view! {
        <Title text=format!("{} · Roomly", tr(lang, "sync.title"))/>
        <PageFrame viewer=Some(page.viewer.clone()) current="sync">
            <div class="admin sync">
                <header class="page-head">
                    <a class="back" href="/admin">
                        <Icon name="chevron-left"/>
                        <span>{tr(lang, "sync.back")}</span>
                    </a>
                    <h1>{tr(lang, "sync.title")}</h1>
                    <p>{tr(lang, "sync.lead")}</p>
                </header>
                {done}
                {refused}
                <Tiles lang page=page.clone()/>
                <Stops lang page=page.clone()/>
                <Stuck lang page=page.clone()/>
                <People lang page=page.clone()/>
                <Rooms lang page/>
            </div>
        </PageFrame>
    }
}

fn done_words(lang: Lang, done: &SyncDone) -> String {
    match done {
        SyncDone::Repairing { room } => tr_with(lang, "sync.done.repairing", &[("room", room)]),
        SyncDone::Retrying { booking } => {
            tr_with(lang, "sync.done.retrying", &[("booking", &booking.to_string())])
        }
        SyncDone::Dismissed { booking } => {
            tr_with(lang, "sync.done.dismissed", &[("booking", &booking.to_string())])
        }
        SyncDone::Resumed { name } => tr_with(lang, "sync.done.resumed", &[("name", name)]),
    }
}
