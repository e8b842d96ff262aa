//! Google's notifications. Answered at once; what was wrong with a bad one is never said.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use booking::NoticeOutcome;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method, StatusCode};

use crate::router::AppState;

/// `POST` from Google; `HEAD` and `GET` are checks of the address and answer 200.
pub(crate) async fn notice(State(app): State<AppState>, request: Request) -> Response {
    match *request.method() {
        Method::HEAD | Method::GET => return StatusCode::OK.into_response(),
        Method::POST => {}
        _ => return nothing(),
    }
    // The body is empty by contract and is not read.
    let headers = request.headers();
    let notice = app.engine.notice(
        value(headers, "x-goog-channel-id"),
        value(headers, "x-goog-channel-token"),
        value(headers, "x-goog-resource-id"),
        value(headers, "x-goog-resource-state"),
    );
    match notice.await {
        Ok(NoticeOutcome::Marked | NoticeOutcome::Armed) => StatusCode::OK.into_response(),
        Ok(NoticeOutcome::Rejected) => {
            tracing::warn!("Refused a notification");
            nothing()
        }
        // 503 is retried by Google (facts §5); the periodic pass would find the change anyway.
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// An empty 404, the same whatever was wrong. Its length is written out: bare errors are dressed otherwise.
fn nothing() -> Response {
    (StatusCode::NOT_FOUND, [(CONTENT_LENGTH, "0")]).into_response()
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).filter(|value| value.len() <= 512)
}
