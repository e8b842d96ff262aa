//! Signing in and out: redirects and cookies around `booking`'s sign-in.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use booking::SignInOutcome;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderName};
use model::{ApiError, ErrorCode};
use serde::Deserialize;
use sync::port::Consent;

use crate::pages;
use crate::problem::Problem;
use crate::router::AppState;

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

#[derive(Deserialize)]
pub(crate) struct Begin {
    consent: Option<String>,
    #[serde(default)]
    next: String,
    hint: Option<String>,
}

/// Sends the browser to Google. `consent`: `identity` (default), `calendar` or `company`.
pub(crate) async fn begin(
    State(app): State<AppState>,
    query: Result<Query<Begin>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(query) = query.map_err(|_| ApiError::field("query"))?;
    let consent = match query.consent.as_deref() {
        None | Some("identity") => Consent::Identity,
        Some("calendar") => Consent::Calendar,
        Some("company") => Consent::Company,
        Some(_) => return Err(ApiError::field("consent").into()),
    };
    let hint = query.hint.as_deref().filter(|hint| hint.len() <= 254);
    let start = app.engine.sign_in_begin(consent, &query.next, hint).await?;
    let cookie = cookie(&app, app.engine.sign_in_cookie(), &start.browser_cookie, start.max_age_secs);
    Ok(([(SET_COOKIE, cookie)], Redirect::to(&start.url)).into_response())
}

#[derive(Deserialize)]
pub(crate) struct Answer {
    state: Option<String>,
    code: Option<String>,
}

/// Google's answer: a session, or a page that says why not.
pub(crate) async fn callback(
    State(app): State<AppState>,
    query: Result<Query<Answer>, QueryRejection>,
    request: Request,
) -> Response {
    let (state, code) = match query {
        Ok(Query(answer)) => (answer.state.unwrap_or_default(), answer.code),
        Err(_) => (String::new(), None),
    };
    let cookies = cookies(request.headers()).map(str::to_owned);
    let outcome = app.engine.sign_in_finish(&state, code.as_deref(), cookies.as_deref()).await;
    let done = cookie(&app, app.engine.sign_in_cookie(), "", 0);
    match outcome {
        Ok(SignInOutcome::SignedIn { session_cookie, max_age_secs, next }) => {
            let session = cookie(&app, app.engine.session_cookie(), &session_cookie, max_age_secs);
            (AppendHeaders([(SET_COOKIE, session), (SET_COOKIE, done)]), Redirect::to(&next)).into_response()
        }
        Ok(SignInOutcome::Refused { code, domain }) => {
            sorry(&app, code, domain.as_deref(), request, done).await
        }
        Err(error) => sorry(&app, error.code, None, request, done).await,
    }
}

/// The page of a refused sign-in, with the refusal's status.
async fn sorry(
    app: &AppState,
    code: ErrorCode,
    domain: Option<&str>,
    request: Request,
    done: String,
) -> Response {
    tracing::info!(code = code.as_str(), "A sign-in was refused");
    let mut path = format!("/sorry/{}", code.as_str());
    if let Some(domain) = domain {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("domain", domain).finish();
        path = format!("{path}?{query}");
    }
    let page = pages::instead(app, &path, request).await;
    (AppendHeaders([(SET_COOKIE, done)]), page).into_response()
}

/// Ends the session. Signing out without one is no mistake.
pub(crate) async fn logout(State(app): State<AppState>, headers: HeaderMap) -> Result<Response, Problem> {
    match app.engine.cx_from_cookie(cookies(&headers)).await {
        Ok(cx) => app.engine.sign_out(&cx).await?,
        Err(error) if error.code == ErrorCode::Unauthenticated => {}
        Err(error) => return Err(error.into()),
    }
    let gone = cookie(&app, app.engine.session_cookie(), "", 0);
    let headers = AppendHeaders([(SET_COOKIE, gone), (CLEAR_SITE_DATA, "\"storage\"".to_owned())]);
    Ok((headers, Redirect::to("/login")).into_response())
}

/// `Lax`, not `Strict`: the way back from Google is a navigation from another site.
fn cookie(app: &AppState, name: &str, value: &str, max_age_secs: i64) -> String {
    let secure = if app.engine.is_secure() { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_secs}{secure}")
}

pub(crate) fn cookies(headers: &HeaderMap) -> Option<&str> {
    headers.get(COOKIE).and_then(|value| value.to_str().ok())
}

/// `next` if it is a path on this server.
pub(crate) fn local_path(next: &str) -> Option<&str> {
    booking::local_path(next)
}
