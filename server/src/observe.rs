//! Every request gets an id, a place in the figures and a line in the log. Never its path: some paths are secrets, so what
//! is named is the route's template.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method};
use tracing::Instrument as _;

use crate::router::AppState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Hexadecimal digits of a request's id.
const ID_BYTES: usize = 8;

/// Outermost of all: what it says is said of every answer. The id is ours, whatever the client or a proxy sent.
pub(crate) async fn request(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = id(&app);
    let route = route(&request);
    let method = method(request.method());
    let span = tracing::info_span!("request", request.id = %id, http.method = method, http.route = route);
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status().as_u16(), begun.elapsed());
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| match status {
        // A server that drains or waits for its database answers 503 on purpose.
        500..=502 | 504.. => tracing::warn!(http.status = status, millis, "Answered with an error of ours"),
        _ => tracing::debug!(http.status = status, millis, "Answered"),
    });
    app.metrics.answered(method, &route, status, took);
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

fn id(app: &AppState) -> String {
    let mut bytes = [0; ID_BYTES];
    (app.randomness)(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The route's template. There are as many as routes, however many addresses are asked for.
fn route(request: &Request) -> String {
    match request.extensions().get::<MatchedPath>() {
        Some(path) if path.as_str().starts_with("/pkg/") => "/pkg/*".to_owned(),
        Some(path) => path.as_str().to_owned(),
        None => "other".to_owned(),
    }
}

/// Methods are whatever a client writes; as a label they are a closed list.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
