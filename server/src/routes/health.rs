//! Whether the program lives, and whether it should be sent requests.

use axum::extract::State;
use http::StatusCode;

use crate::router::AppState;

/// 200 once the database is migrated (the listener is not opened before).
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// 200 while the database answers, the workers run and nothing drains.
pub(crate) async fn ready(State(app): State<AppState>) -> (StatusCode, &'static str) {
    if app.draining.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    if !app.working {
        return (StatusCode::SERVICE_UNAVAILABLE, "no workers\n");
    }
    match app.engine.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "no database\n"),
    }
}
