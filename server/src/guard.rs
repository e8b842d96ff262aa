//! What stands before every route: origins, headers, bounds.

use app::context::SentForm;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use model::{ErrorCode, limits};
use url::Url;

use crate::config::is_loopback;
use crate::problem::Problem;
use crate::router::AppState;

/// The server function whose credential is an argument.
const OPEN_DOOR: &str = "/fn/load_board";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses writes that another site's page sent, and drops foreign `Referer`s, which leptos would redirect to.
///
/// A browser names the sender in `Sec-Fetch-Site` or `Origin`. A request with neither comes from no page.
pub(crate) async fn same_site(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let unsafe_method = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if unsafe_method && !is_webhook(request.uri().path()) && !sent_by_us(headers, app.engine.settings()) {
        tracing::warn!(path = redact(request.uri().path()), "Refused a write from another site");
        return Problem::from(ErrorCode::ForeignOrigin).into_response();
    }
    let referer = headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    if referer.is_some_and(|referer| !is_ours(referer, &app.engine.settings().public_url)) {
        request.headers_mut().remove(header::REFERER);
    }
    next.run(request).await
}

fn is_webhook(path: &str) -> bool {
    path == "/api/calendar/webhook"
}

fn sent_by_us(headers: &HeaderMap, settings: &booking::Settings) -> bool {
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        return site == "same-origin" || site == "none";
    }
    match headers.get(header::ORIGIN) {
        Some(origin) => origin.to_str().is_ok_and(|origin| is_ours(origin, &settings.public_url)),
        None => true,
    }
}

/// Whether a socket's `Origin` is ours. A socket without one is refused: only pages have business there.
pub(crate) fn socket_origin_is_ours(headers: &HeaderMap, settings: &booking::Settings) -> bool {
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    origin.is_some_and(|origin| is_ours(origin, &settings.public_url))
}

/// Whether `address` has the origin of the public URL. This machine's names are one host.
fn is_ours(address: &str, public_url: &str) -> bool {
    let (Ok(address), Ok(ours)) = (Url::parse(address), Url::parse(public_url)) else { return false };
    let same_host = match (address.host_str(), ours.host_str()) {
        (Some(a), Some(b)) => a == b || (is_loopback(a) && is_loopback(b)),
        _ => false,
    };
    same_host
        && address.scheme() == ours.scheme()
        && address.port_or_known_default() == ours.port_or_known_default()
}

/// What needs a session, without one: documents send the browser to sign in and back; server functions answer 401, also
/// where they did not get as far as asking because their arguments are unreadable.
pub(crate) async fn signed_in(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path.starts_with("/fn/") && path != OPEN_DOOR {
        let cookies = request.headers().get(header::COOKIE).cloned();
        let response = next.run(request).await;
        return if response.status() == StatusCode::UNPROCESSABLE_ENTITY {
            known_first(&app, cookies.as_ref(), response).await
        } else {
            response
        };
    }
    let of_a_person = path == "/"
        || path == "/rooms"
        || path.starts_with("/rooms/")
        || path.starts_with("/bookings/")
        || path == "/account"
        || path == "/notices"
        || path == "/admin";
    if *request.method() != Method::GET || !of_a_person {
        return next.run(request).await;
    }
    let cookies = request.headers().get(header::COOKIE).and_then(|value| value.to_str().ok());
    match app.engine.cx_from_cookie(cookies).await {
        Ok(cx) => {
            request.extensions_mut().insert(cx);
            next.run(request).await
        }
        Err(error) if error.code == ErrorCode::Unauthenticated => {
            let here = request.uri().path_and_query().map_or("/", |path| path.as_str());
            let query: String =
                url::form_urlencoded::Serializer::new(String::new()).append_pair("next", here).finish();
            Redirect::to(&format!("/login?{query}")).into_response()
        }
        Err(error) => Problem::from(error).into_response(),
    }
}

/// A stranger is told nothing about arguments.
async fn known_first(app: &AppState, cookies: Option<&HeaderValue>, response: Response) -> Response {
    let cookies = cookies.and_then(|value| value.to_str().ok());
    match app.engine.cx_from_cookie(cookies).await {
        Err(error) if error.code == ErrorCode::Unauthenticated => {
            let body = serde_json::to_vec(&error).unwrap_or_default();
            let (mut parts, _) = response.into_parts();
            parts.status = StatusCode::UNAUTHORIZED;
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, body.into())
        }
        _ => response,
    }
}

/// A body that is too large is refused: by what it says before it is read, by its bytes where it says nothing.
///
/// The body of a notification is nobody's: it is not waited for.
///
/// A server function's body is kept beside: where an argument cannot be read, its name is looked for in it.
pub(crate) async fn bounded(request: Request, next: Next) -> Response {
    let door = request.uri().path().starts_with("/fn/");
    let unread = is_webhook(request.uri().path());
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()).and_then(|length| length.parse::<u64>().ok());
    let limit = u64::try_from(limits::BODY_BYTES).unwrap_or(u64::MAX);
    match length {
        Some(length) if length > limit => Problem::from(ErrorCode::TooLarge).into_response(),
        Some(_) if !door => next.run(request).await,
        _ if unread => next.run(request).await,
        _ => {
            let (mut parts, body) = request.into_parts();
            match axum::body::to_bytes(body, limits::BODY_BYTES).await {
                Ok(bytes) => {
                    if door {
                        parts.extensions.insert(SentForm(bytes.as_ref().into()));
                    }
                    next.run(Request::from_parts(parts, bytes.into())).await
                }
                Err(error) if too_long(&error) => Problem::from(ErrorCode::TooLarge).into_response(),
                // Broken off, or too slow.
                Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
            }
        }
    }
}

fn too_long(error: &axum::Error) -> bool {
    let source = std::error::Error::source(error);
    source.is_some_and(|source| source.is::<http_body_util::LengthLimitError>())
}

/// The headers of every answer. Pages add their own `Content-Security-Policy` with its nonce.
pub(crate) async fn headers(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // Its address is its credential.
    let secret_path = path.starts_with("/display/");
    let asset = path.starts_with("/pkg/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set =
        |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, if secret_path { "no-referrer" } else { "same-origin" });
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    if app.engine.is_secure() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        let cache = if asset { "no-cache" } else { "no-store" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        let none = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
        headers.insert(header::CONTENT_SECURITY_POLICY, none);
    }
    response
}

/// A path without the secret that some carry.
pub(crate) fn redact(path: &str) -> &str {
    if path.starts_with("/display/") { "/display/…" } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_compared_whole() {
        let ours = "https://rooms.example.com";
        assert!(is_ours("https://rooms.example.com/rooms?x=1", ours));
        assert!(is_ours("https://rooms.example.com:443", ours));
        for foreign in [
            "http://rooms.example.com",
            "https://rooms.example.com.evil.example",
            "https://evil.example/rooms.example.com",
            "https://rooms.example.com:8443",
            "null",
            "",
        ] {
            assert!(!is_ours(foreign, ours), "{foreign:?}");
        }
        assert!(is_ours("http://localhost:3000", "http://127.0.0.1:3000"));
        assert!(!is_ours("http://localhost:3001", "http://127.0.0.1:3000"));
    }

    #[test]
    fn secrets_in_paths_are_not_logged() {
        assert_eq!(redact("/display/abc/live"), "/display/…");
        assert_eq!(redact("/rooms"), "/rooms");
    }
}
