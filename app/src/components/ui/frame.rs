//! The frame of every page but the lobby board: banner, header with navigation and account, main landmark.
//!
//! Language, theme and sign-out are plain links and a plain form that the server answers: they work without JavaScript.

use leptos::prelude::*;
use leptos_meta::{Html, Link};
use leptos_router::hooks::use_location;
use model::person::{UNSEEN_MOST, Viewer};
use text::{Lang, tr};

use super::mend::mend;
use super::{Avatar, Icon};
use crate::context::{SiteManifest, use_lang};

/// Header and main landmark around a page. `current` names the page (`rooms`, `admin`, ...) for the navigation and for
/// `data-page`; without a viewer there is no navigation, only the switches. A `living` page is followed by its
/// [`Living`](crate::living::Living).
#[component]
pub fn PageFrame(
    viewer: Option<Viewer>,
    current: &'static str,
    #[prop(optional)] living: bool,
    children: Children,
) -> impl IntoView {
    let lang = use_lang();
    let environment = viewer.as_ref().map(|viewer| viewer.environment.clone()).unwrap_or_default();
    let attention = viewer.as_ref().map(|viewer| viewer.attention).unwrap_or_default();
    view! {
        {(!living).then(|| view! { <PagesSheet/><Still/> })}
        <a class="skip-link" href="#main">{tr(lang, "shell.skip")}</a>
        <header class="site-head">
            {banner(lang, &environment)}
            {mend(lang, attention, &here())}
            <div class="topbar">
            <a class="brand" href="/rooms" aria-label="Roomly">
                <Icon name="logo"/>
                <span class="brand-name">"Roomly"</span>
            </a>
            {viewer.as_ref().map(|viewer| view! { <bdi class="topbar-company">{viewer.company.clone()}</bdi> })}
            {viewer.as_ref().map(|viewer| navigation(lang, current, viewer))}
            <div class="topbar-end">
                {viewer.as_ref().map(|viewer| bell(lang, current, viewer.unseen))}
                <Switches lang/>
                {viewer.map(|viewer| account(lang, current, &viewer))}
            </div>
            </div>
        </header>
        <main id="main" class="page" data-page=current tabindex="-1">
            {children()}
        </main>
    }
}

/// The sheet that all pages but the day page have besides the common one.
#[component]
pub fn PagesSheet() -> impl IntoView {
    let SiteManifest { pages_css, .. } = use_context::<SiteManifest>().unwrap_or_default();
    view! { <Link rel="stylesheet" href=pages_css/> }
}

/// Says that the page is interactive as it arrives: no program comes with it.
#[component]
pub fn Still() -> impl IntoView {
    view! { <Html {..} data-hydrated=""/> }
}

fn banner(lang: Lang, environment: &str) -> Option<impl IntoView + use<>> {
    let key = match environment {
        "demo" => "shell.env.demo",
        "staging" => "shell.env.staging",
        _ => return None,
    };
    Some(view! { <p class="env-banner" data-env=environment.to_owned()>{tr(lang, key)}</p> })
}

fn navigation(lang: Lang, current: &'static str, viewer: &Viewer) -> impl IntoView + use<> {
    let here = move |page: &str| (page == current).then_some("page");
    view! {
        <nav class="topbar-nav" aria-label=tr(lang, "shell.nav")>
            <a href="/rooms" aria-current=here("rooms")>{tr(lang, "shell.rooms")}</a>
            {viewer.admin.then(|| view! { <a href="/admin" aria-current=here("admin")>{tr(lang, "shell.admin")}</a> })}
            {viewer.attention.sync.then(|| alert(lang))}
        </nav>
    }
}

/// The way to the notices, and how many are new.
fn bell(lang: Lang, current: &'static str, unseen: i64) -> impl IntoView {
    view! {
        <a
            class="topbar-switch topbar-bell"
            href="/notices"
            title=tr(lang, "notices.title")
            aria-current=(current == "notices").then_some("page")
        >
            <Icon name="bell"/>
            <span class="visually-hidden">{tr(lang, "notices.title")}</span>
            <span class="topbar-count" data-unseen=unseen.to_string()>{shown_count(unseen)}</span>
        </a>
    }
}

/// The dot that says to admins that something is wrong, and leads there.
fn alert(lang: Lang) -> impl IntoView {
    view! {
        <a class="topbar-alert" href="/admin/sync" aria-label=tr(lang, "sync.alert") title=tr(lang, "sync.alert")>
            <span class="topbar-alert-dot" aria-hidden="true"></span>
        </a>
    }
}

/// The number of new notices as the bell shows it: `7`, `99+`.
pub fn shown_count(unseen: i64) -> String {
    if unseen < UNSEEN_MOST { unseen.to_string() } else { format!("{}+", UNSEEN_MOST - 1) }
}

/// The address of this page as a query's value.
fn here() -> String {
    let location = use_location();
    let (path, search) = (location.pathname.get_untracked(), location.search.get_untracked());
    let mark = if search.is_empty() { "" } else { "?" };
    percent(&format!("{path}{mark}{search}"))
}

/// Language and theme. Both theme links are there; the sheet shows the one that changes something.
#[component]
fn Switches(lang: Lang) -> impl IntoView {
    let next = here();
    let to = |place: &str| format!("{place}?next={next}");
    let other = match lang {
        Lang::Ko => Lang::En,
        Lang::En => Lang::Ko,
    };
    view! {
        <a
            class="topbar-switch"
            href=to(&format!("/lang/{}", other.as_str()))
            rel="nofollow"
            lang=other.as_str()
            aria-label=tr(lang, "shell.language_label")
        >
            <Icon name="globe"/>
            <span class="topbar-switch-word">{tr(lang, "shell.language")}</span>
        </a>
        <a
            class="topbar-switch"
            data-to="dark"
            href=to("/theme/dark")
            rel="nofollow"
            aria-label=tr(lang, "shell.theme_dark")
            title=tr(lang, "shell.theme_dark")
        >
            <Icon name="moon"/>
        </a>
        <a
            class="topbar-switch"
            data-to="light"
            href=to("/theme/light")
            rel="nofollow"
            aria-label=tr(lang, "shell.theme_light")
            title=tr(lang, "shell.theme_light")
        >
            <Icon name="sun"/>
        </a>
    }
}

fn account(lang: Lang, current: &str, viewer: &Viewer) -> impl IntoView + use<> {
    let here = (current == "account").then_some("page");
    view! {
        <details class="account">
            <summary aria-label=format!("{}: {}", tr(lang, "shell.account"), viewer.name)>
                <Avatar name=viewer.name.clone()/>
                <bdi class="account-name">{viewer.name.clone()}</bdi>
                <Icon name="chevron-down"/>
            </summary>
            <div class="account-card">
                <bdi class="account-card-name">{viewer.name.clone()}</bdi>
                <bdi class="account-card-email">{viewer.email.clone()}</bdi>
                <a class="button" href="/account" aria-current=here>
                    <Icon name="user"/>
                    <span>{tr(lang, "shell.account_page")}</span>
                </a>
                <form method="post" action="/logout">
                    <button class="button" type="submit">
                        <Icon name="logout"/>
                        <span>{tr(lang, "shell.logout")}</span>
                    </button>
                </form>
            </div>
        </details>
    }
}

/// Percent-encodes what may not stand in a query's value.
pub(crate) fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn an_address_survives_as_a_value() {
        assert_eq!(percent("/rooms?date=2026-11-23&q=한"), "/rooms%3Fdate%3D2026-11-23%26q%3D%ED%95%9C");
    }
}
