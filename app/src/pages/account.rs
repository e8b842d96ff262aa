//! `/account`: who is signed in, and the tokens that their programs use.

use leptos::prelude::*;
use leptos_meta::Title;
use model::page::AccountPage as Data;
use text::{Lang, tr};

use crate::api::account::{CreateToken, RevokeToken, load_account};
use crate::components::account::Tokens;
use crate::components::ui::{Avatar, PageFrame, error_page, page_loading};
use crate::context::use_lang;
use crate::pages::data::page_data;

#[component]
pub fn AccountPage() -> impl IntoView {
    let lang = use_lang();
    // The forms' actions live outside what they refresh.
    let create = ServerAction::<CreateToken>::new();
    let revoke = ServerAction::<RevokeToken>::new();
    let done = move || {
        let [created, revoked] =
            [create.version(), revoke.version()].map(|version| Some(version.get().to_string()));
        [created, revoked, None]
    };
    let page = page_data(done, |_| load_account());
    view! {
        <Title text=format!("{} · Roomly", tr(lang, "account.title"))/>
        {page
            .view(
                page_loading,
                move |page| match page {
                    Ok(page) => account_view(lang, page, create, revoke).into_any(),
                    Err(error) => error_page(lang, error),
                },
            )}
    }
    .into_any()
}

fn account_view(
    lang: Lang,
    page: Data,
    create: ServerAction<CreateToken>,
    revoke: ServerAction<RevokeToken>,
) -> impl IntoView {
    let viewer = page.viewer.clone();
    view! {
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
                <Tokens lang page create revoke/>
            </div>
        </PageFrame>
    }
}
