//! Whether the program lives, and whether it should be sent requests.

use axum::extract::State;
use http::StatusCode;

use crate::router::AppState;

/// 200 once the database is migrated (the listener is not opened before).
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// 200, with the roles of this process, while the database answers and nothing drains. The background passes of a
/// `worker` run from before the listener opens until it is closed.
pub(crate) async fn ready(State(app): State<AppState>) -> (StatusCode, String) {
    if app.draining.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n".to_owned());
    }
    match app.engine.ping().await {
        Ok(()) => (StatusCode::OK, format!("ready {}\n", app.roles.as_str())),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "no database\n".to_owned()),
    }
}
