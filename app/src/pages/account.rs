//! `/account`: who is signed in, and the tokens that their programs use.

use leptos::prelude::*;
use leptos_meta::Title;
use model::page::AccountPage as Data;
use text::{Lang, tr};

use super::page_of;
use crate::api::account::load_account;
use crate::components::account::Tokens;
use crate::components::ui::{Avatar, PageFrame};
use crate::context::use_lang;

#[component]
pub fn AccountPage() -> impl IntoView {
    let lang = use_lang();
    page_of(load_account(), move |page| account_view(lang, page).into_any())
}

fn account_view(lang: Lang, page: Data) -> impl IntoView {
    let viewer = page.viewer.clone();
    view! {
        <Title text=format!("{} · Roomly", tr(lang, "account.title"))/>
        <PageFrame viewer=Some(viewer.clone()) current="account">
            <div class="account-page">
                <header class="page-head">
                    <h1>{tr(lang, "account.title")}</h1>
                    <p class="account-who">
                        <Avatar name=viewer.name.clone()/>
                        <bdi>{viewer.name.clone()}</bdi>
                        <bdi class="account-email">{viewer.email.clone()}</bdi>
                    </p>
                </header>
                <Tokens lang page/>
            </div>
        </PageFrame>
    }
}
