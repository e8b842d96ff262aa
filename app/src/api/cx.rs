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

/// What a plain form's answer carries to the page that it leads to, since a redirect has nothing else to carry it in: for a
/// minute, for that page only, once.
pub(super) struct Carried {
    cookie: &'static str,
    page: &'static str,
}

/// A fresh API token, which is shown once.
pub(super) const FRESH_TOKEN: Carried = Carried { cookie: "roomly-fresh-token", page: "/account" };
/// A fresh board's id and token; the token is shown once.
pub(super) const FRESH_DISPLAY: Carried = Carried { cookie: "roomly-fresh-display", page: "/admin" };
/// What the Directory brought.
pub(super) const DIRECTORY: Carried = Carried { cookie: "roomly-directory", page: "/admin" };
/// What a button of the health page did.
pub(super) const SYNC_DONE: Carried = Carried { cookie: "roomly-sync-done", page: "/admin/sync" };
/// What a refused booking form was filled with.
pub(super) const TYPED: Carried = Carried { cookie: "roomly-typed", page: "/rooms/book" };

/// Browsers keep cookies of 4 kB with their names; what is longer is not carried.
const LONGEST: usize = 3_800;

impl Carried {
    fn set(&self, engine: &Engine, value: &str, max_age_secs: u32) {
        let secure = if engine.is_secure() { "; Secure" } else { "" };
        let Self { cookie, page } = self;
        let cookie = format!(
            "{cookie}={value}; Path={page}; HttpOnly; SameSite=Strict; Max-Age={max_age_secs}{secure}"
        );
        if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
            && let Ok(cookie) = http::HeaderValue::from_str(&cookie)
        {
            response.append_header(http::header::SET_COOKIE, cookie);
        }
    }

    /// Does nothing where the caller is a program, which is told in the answer.
    pub(super) fn keep(&self, engine: &Engine, value: &str) {
        let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        if is_plain_form() && value.len() <= LONGEST {
            self.set(engine, &value, 60);
        }
    }

    /// What [`Self::keep`] kept, once.
    pub(super) fn take(&self, engine: &Engine) -> Option<String> {
        let parts = use_context::<http::request::Parts>()?;
        let cookies = parts.headers.get(http::header::COOKIE)?.to_str().ok()?;
        let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
        let value = pairs.find(|(name, _)| *name == self.cookie)?.1;
        self.set(engine, "", 0);
        let (value, _) = url::form_urlencoded::parse(value.as_bytes()).next()?;
        Some(value.into_owned())
    }
}
