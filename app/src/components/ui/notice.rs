//! What has to be said: quiet notes, errors beside a form, and errors that fill the page. Errors carry `data-error`.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{ApiError, ErrorCode, ZoneDay};
use text::{Lang, tr};

use super::{Icon, PageFrame};
use crate::api::DoorError;

/// A note in the flow of a page. `kind` is `info`, `warn` or `good`.
#[component]
pub fn Notice(kind: &'static str, children: Children) -> impl IntoView {
    let icon = match kind {
        "good" => "check",
        "warn" => "alert",
        _ => "info",
    };
    view! {
        <div class="notice" data-kind=kind role="status">
            <Icon name=icon/>
            <div class="notice-body">{children()}</div>
        </div>
    }
}

/// An error beside what caused it, as a sentence; announced at once.
#[component]
pub fn ErrorNotice(
    lang: Lang,
    error: ApiError,
    /// Lets a refusal name its times.
    #[prop(optional)]
    day: Option<ZoneDay>,
    /// What would work instead, if there is something.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let said = match &error.refusal {
        Some(refusal) => text::refusal(lang, refusal, day.as_ref()),
        None => text::error(lang, &error),
    };
    view! {
        <div class="notice" data-kind="error" data-error=error.code.as_str() role="alert">
            <Icon name="alert"/>
            <div class="notice-body">
                <p>{said}</p>
                {children.map(|children| children())}
            </div>
        </div>
    }
}

/// An error instead of a page: what happened, what to do, and a way on.
#[component]
pub fn ErrorPage(
    lang: Lang,
    error: ApiError,
    /// What it is about, as a name.
    #[prop(optional_no_strip)]
    about: Option<String>,
) -> impl IntoView {
    let code = error.code;
    let title = tr(lang, &format!("errors.{code}.title"));
    let help = match &error.refusal {
        Some(refusal) => text::refusal(lang, refusal, None),
        None => tr(lang, &format!("errors.{code}.help")).into_owned(),
    };
    let (href, label, external) = way_on(code);
    let more = more_ways(code).map(|(href, label)| {
        view! { <a class="sorry-other" href=href rel="external">{tr(lang, label)}</a> }
    });
    view! {
        <Title text=format!("{title} · Roomly")/>
        <PageFrame viewer=None current="error">
            <section class="sorry" data-error=code.as_str()>
                <span class="sorry-mark"><Icon name=sorry_icon(code)/></span>
                <h1>{title.clone()}</h1>
                {about.map(|about| view! { <bdi class="sorry-about">{about}</bdi> })}
                <p class="sorry-help">{help}</p>
                <a class="button" data-kind="primary" href=href rel=external.then_some("external")>
                    {tr(lang, label)}
                </a>
                {more}
                <p class="sorry-code">
                    <span>{tr(lang, "sorry.code")}</span>
                    <code>{code.as_str()}</code>
                </p>
            </section>
        </PageFrame>
    }
    .into_any()
}

/// [`ErrorPage`] for what a door answered.
pub fn error_page(lang: Lang, error: DoorError) -> AnyView {
    view! { <ErrorPage lang error=error.0/> }.into_any()
}

/// Where a person goes from here: address, label, and whether the server answers it.
const fn way_on(code: ErrorCode) -> (&'static str, &'static str, bool) {
    match code {
        ErrorCode::UnknownDomain => ("/auth/google?consent=company", "sorry.set_up", true),
        ErrorCode::PersonalAccount | ErrorCode::InvalidState | ErrorCode::SignInFailed => {
            ("/login", "login.again", true)
        }
        ErrorCode::Unauthenticated => ("/login", "shell.login", true),
        _ => ("/rooms", "common.back_to_rooms", false),
    }
}

/// A second way on, where the first is not for everybody.
const fn more_ways(code: ErrorCode) -> Option<(&'static str, &'static str)> {
    match code {
        ErrorCode::UnknownDomain => Some(("/login", "login.again")),
        _ => None,
    }
}

const fn sorry_icon(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::NotFound => "search",
        ErrorCode::Unauthenticated | ErrorCode::NotAllowed | ErrorCode::ForeignOrigin => "lock",
        ErrorCode::PersonalAccount | ErrorCode::UnknownDomain => "user",
        ErrorCode::Unavailable | ErrorCode::RateLimited => "clock",
        _ => "alert",
    }
}
