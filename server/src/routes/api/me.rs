//! Who asks.

use axum::Json as Answer;
use axum::extract::State;

use super::caller::Caller;
use super::output::Me;
use super::problem::{Refused, Usual};
use crate::router::AppState;

/// The person whose token this is.
#[utoipa::path(
    get,
    path = "/me",
    tag = "about",
    responses((status = 200, description = "The person", body = Me), Usual)
)]
pub(super) async fn get_me(State(app): State<AppState>, Caller(cx): Caller) -> Result<Answer<Me>, Refused> {
    let zone = cx.zone.name().to_owned();
    Ok(Answer(Me::new(app.engine.viewer(&cx).await?, zone)))
}
