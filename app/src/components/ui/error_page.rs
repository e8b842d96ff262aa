//! An error that fills the page. It carries `data-error`.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{ApiError, ErrorCode};
use text::{Lang, tr};

use super::{Icon, PageFrame};
use crate::api::DoorError;

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
    let (href, label) = way_on(code);
    let more = more_ways(code).map(|(href, label)| {
        view! { <a class="sorry-other" href=href>{tr(lang, label)}</a> }
    });
    view! {
        <Title text=format!("{title} · Roomly")/>
        <PageFrame viewer=None current="error">
            <section class="sorry" data-error=code.as_str()>
                <span class="sorry-mark"><Icon name=sorry_icon(code)/></span>
                <h1>{title.clone()}</h1>
                {about.map(|about| view! { <bdi class="sorry-about">{about}</bdi> })}
                <p class="sorry-help">{help}</p>
                <a class="button" data-kind="primary" href=href>
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

/// Where a person goes from here: address and label.
const fn way_on(code: ErrorCode) -> (&'static str, &'static str) {
    match code {
        ErrorCode::UnknownDomain => ("/auth/google?consent=company", "sorry.set_up"),
        ErrorCode::PersonalAccount | ErrorCode::InvalidState | ErrorCode::SignInFailed => {
            ("/login", "login.again")
        }
        ErrorCode::Unauthenticated => ("/login", "shell.login"),
        _ => ("/rooms", "common.back_to_rooms"),
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
