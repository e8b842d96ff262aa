//! `GET /live/changes`: the socket's frames by long poll, for screens whose network strips sockets.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use booking::Poll;
use http::HeaderMap;
use model::{ApiError, ErrorCode, Seq};
use serde::Deserialize;

use crate::problem::Problem;
use crate::router::AppState;
use crate::routes::auth::cookies;

/// Below every bound of a request, and below what proxies take for a dead connection.
const LONGEST_WAIT_SECS: u64 = 20;

#[derive(Deserialize)]
pub(crate) struct Asked {
    date: String,
    after: Option<i64>,
    #[serde(default)]
    wait: u64,
}

/// The frames of a day after `after`; with `wait`, as soon as there are any.
pub(crate) async fn poll(
    State(app): State<AppState>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Poll>, Problem> {
    let cx = app.engine.cx_from_cookie(cookies(&headers)).await?;
    let Query(asked) = asked.map_err(|_| ApiError::field("query"))?;
    if asked.wait > LONGEST_WAIT_SECS {
        return Err(ApiError::field("wait").into());
    }
    let wait = Duration::from_secs(asked.wait);
    tokio::select! {
        poll = app.engine.poll_view(&cx, &asked.date, asked.after.map(Seq), wait) => Ok(Json(poll?)),
        () = app.draining.cancelled() => Err(ErrorCode::Unavailable.into()),
    }
}
