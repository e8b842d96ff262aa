//! `/sorry/{code}`: an error that fills the page, where the server stops a request before any page is drawn.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::{ApiError, ErrorCode};

use crate::components::ui::ErrorPage;
use crate::context::{set_status, use_lang};

/// What happened and what to do, for the code in the address; `not_found` for a code that is none. `?domain=` names the
/// company that nobody knows.
#[component]
pub fn SorryPage() -> impl IntoView {
    let lang = use_lang();
    let (params, query) = (use_params_map(), use_query_map());
    let word = params.with_untracked(|params| params.get("code"));
    let code = word.and_then(|word| ErrorCode::parse(&word)).unwrap_or(ErrorCode::NotFound);
    let domain = query.with_untracked(|query| query.get("domain"));
    let about = domain.filter(|domain| code == ErrorCode::UnknownDomain && is_domain(domain));
    set_status(code);
    view! { <ErrorPage lang error=ApiError::new(code) about/> }.into_any()
}

/// An address may say anything; only a name of a domain is repeated.
fn is_domain(word: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    (1..=253).contains(&word.len()) && word.contains('.') && word.bytes().all(known)
}
