//! The request's context: who asks. Fails closed.

use booking::{Cx, Engine};
use leptos::prelude::use_context;
use model::{ApiError, ErrorCode};

use super::DoorError;

/// The engine and the signed-in person of this request; `unauthenticated` without a live session.
pub(super) async fn current() -> Result<(Engine, Cx), DoorError> {
    let engine = engine()?;
    let cookies = use_context::<http::request::Parts>().and_then(|parts| {
        parts.headers.get(http::header::COOKIE).and_then(|value| value.to_str().ok()).map(str::to_owned)
    });
    let cx = engine.cx_from_cookie(cookies.as_deref()).await.map_err(DoorError::from_core)?;
    Ok((engine, cx))
}

/// The engine alone, for what a token in the path authorises.
pub(super) fn engine() -> Result<Engine, DoorError> {
    use_context::<Engine>().ok_or_else(|| DoorError::from_core(ApiError::new(ErrorCode::Internal)))
}

/// Whether this request is a form sent by a browser without JavaScript: the call's own client asks for JSON.
pub(super) fn is_plain_form() -> bool {
    use_context::<http::request::Parts>().is_some_and(|parts| {
        let accept = parts.headers.get(http::header::ACCEPT).and_then(|value| value.to_str().ok());
        parts.method == http::Method::POST && accept.is_some_and(|accept| accept.contains("text/html"))
    })
}

/// Where a form without JavaScript goes when it is done; the page that called by itself stays where it is.
pub(super) fn back_to(path: &str) {
    if is_plain_form() {
        leptos_axum::redirect(path);
    }
}

/// Carries a fresh token from a form without JavaScript to the page that shows it: a minute, that page only.
const FRESH_TOKEN: &str = "roomly-fresh-token";

fn set_fresh_token(engine: &Engine, value: &str, max_age_secs: u32) {
    let secure = if engine.is_secure() { "; Secure" } else { "" };
    let cookie = format!(
        "{FRESH_TOKEN}={value}; Path=/account; HttpOnly; SameSite=Strict; Max-Age={max_age_secs}{secure}"
    );
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Ok(cookie) = http::HeaderValue::from_str(&cookie)
    {
        response.append_header(http::header::SET_COOKIE, cookie);
    }
}

/// Where the form has no JavaScript: the answer is a redirect, which cannot carry the token itself.
pub(super) fn keep_fresh_token(engine: &Engine, token: &str) {
    if is_plain_form() {
        set_fresh_token(engine, token, 60);
    }
}

/// The token that [`keep_fresh_token`] kept, once.
pub(super) fn take_fresh_token(engine: &Engine) -> Option<String> {
    let parts = use_context::<http::request::Parts>()?;
    let cookies = parts.headers.get(http::header::COOKIE)?.to_str().ok()?;
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    let token = pairs.find(|(name, _)| *name == FRESH_TOKEN)?.1.to_owned();
    set_fresh_token(engine, "", 0);
    Some(token)
}
