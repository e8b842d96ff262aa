//! Who asks: the way into every route but the document's.

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use booking::{Cx, Via};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use model::{ApiError, ErrorCode};

use super::budget::Taker;
use super::problem::Refused;
use crate::router::AppState;

/// Finds the person behind the token and takes one request from their budgets. Nothing else of the request is looked at
/// before: who may not ask is told nothing about how to ask.
pub(super) async fn authenticated(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    let Some(token) = bearer(request.headers()) else {
        return unauthenticated("Bearer realm=\"Roomly\"");
    };
    let cx = match app.engine.cx_from_token(token).await {
        Ok(cx) => cx,
        Err(error) if error.code == ErrorCode::Unauthenticated => {
            return unauthenticated("Bearer realm=\"Roomly\", error=\"invalid_token\"");
        }
        Err(error) => return Refused(error).into_response(),
    };
    if let Via::Token(token) = cx.via
        && let Err(rest) = app.budget.take(Taker { company: cx.company, token }).await
    {
        tracing::info!(company.id = %cx.company, token.id = %token, "A program asks too often");
        return Refused::for_now(ErrorCode::RateLimited, rest).into_response();
    }
    request.extensions_mut().insert(cx);
    next.run(request).await
}

/// The credentials of the scheme `Bearer`, whose name is written in any case (RFC 9110 §11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn unauthenticated(challenge: &'static str) -> Response {
    let mut response = Refused(ApiError::new(ErrorCode::Unauthenticated)).into_response();
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}

/// The person, in a handler.
pub(super) struct Caller(pub(super) Cx);

impl FromRequestParts<AppState> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Refused> {
        // Fails closed: a route outside of `authenticated` has nobody.
        let cx = parts.extensions.get::<Cx>().cloned();
        cx.map(Self).ok_or_else(|| Refused(ApiError::new(ErrorCode::Unauthenticated)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &'static str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn only_the_scheme_bearer_counts() {
        assert_eq!(of("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(of("bearer abc").as_deref(), Some("abc"));
        for other in ["Basic abc", "Bearerabc", "abc", ""] {
            assert_eq!(of(other), None, "{other:?}");
        }
    }
}
