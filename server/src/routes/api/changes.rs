//! What changed since.

use std::time::Duration;

use axum::Json as Answer;
use axum::extract::State;
use model::{ErrorCode, Seq};

use super::caller::Caller;
use super::input::{Asked, ChangesParams};
use super::output::Changes;
use super::problem::{Problem, Refused, Usual};
use crate::router::AppState;

/// Below every bound of a request, and below what proxies take for a dead connection.
const LONGEST_WAIT_SECS: u64 = 20;

/// The commits after a `seq`, in order, 512 at most. With `wait` the answer comes as soon as there is one.
#[utoipa::path(
    get,
    path = "/changes",
    tag = "changes",
    params(ChangesParams),
    responses(
        (status = 200, description = "The commits; none if nothing changed in time", body = Changes),
        (status = 410, description = "`history_gone`: the log does not reach back so far, or never came so far. \
         List everything anew, and begin without `after`", body = Problem, content_type = "application/problem+json"),
        Usual
    )
)]
pub(super) async fn list_changes(
    State(app): State<AppState>,
    Caller(cx): Caller,
    Asked(asked): Asked<ChangesParams>,
) -> Result<Answer<Changes>, Refused> {
    let wait = asked.wait.unwrap_or(0);
    if wait > LONGEST_WAIT_SECS {
        return Err(Refused::field("wait"));
    }
    let zone = cx.zone.name();
    let waiting = app.engine.changes(&cx, asked.after.map(Seq), Duration::from_secs(wait));
    tokio::select! {
        changes = waiting => Ok(Answer(Changes::new(changes?, zone))),
        // Whoever waits would hold the program up; the next server takes the question.
        () = app.draining.cancelled() => Err(Refused::code(ErrorCode::Unavailable)),
    }
}
