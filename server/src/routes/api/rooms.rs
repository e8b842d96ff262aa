//! Rooms.

use axum::Json as Answer;
use axum::extract::State;
use model::{ErrorCode, TimeRange};

use super::caller::Caller;
use super::input::{Asked, FreeParams, Numbered, instant};
use super::output::{Room, Rooms};
use super::problem::{Problem, Refused, Usual};
use crate::router::AppState;

/// The rooms in use, by number.
#[utoipa::path(
    get,
    path = "/rooms",
    tag = "rooms",
    responses((status = 200, description = "The rooms", body = Rooms), Usual)
)]
pub(super) async fn list_rooms(
    State(app): State<AppState>,
    Caller(cx): Caller,
) -> Result<Answer<Rooms>, Refused> {
    Ok(Answer(app.engine.rooms(&cx).await?.into()))
}

/// One room.
#[utoipa::path(
    get,
    path = "/rooms/{number}",
    tag = "rooms",
    params(("number" = i64, Path, description = "The room's number")),
    responses(
        (status = 200, description = "The room", body = Room),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        Usual
    )
)]
pub(super) async fn get_room(
    State(app): State<AppState>,
    Caller(cx): Caller,
    Numbered(number): Numbered,
) -> Result<Answer<Room>, Refused> {
    let rooms = app.engine.rooms(&cx).await?;
    let room = rooms.into_iter().find(|room| room.number.0 == number);
    room.map(|room| Answer(room.into())).ok_or_else(|| Refused::code(ErrorCode::NotFound))
}

/// The rooms that are free for all of a time. What is free now may be taken when it is booked.
#[utoipa::path(
    get,
    path = "/free-rooms",
    tag = "rooms",
    params(FreeParams),
    responses((status = 200, description = "The free rooms, by number", body = Rooms), Usual)
)]
pub(super) async fn list_free_rooms(
    State(app): State<AppState>,
    Caller(cx): Caller,
    Asked(asked): Asked<FreeParams>,
) -> Result<Answer<Rooms>, Refused> {
    let (start, end) = (instant("start", &asked.start)?, instant("end", &asked.end)?);
    let range = TimeRange::new(start, end).ok_or_else(|| Refused::field("end"))?;
    let mut rooms = app.engine.free_rooms(&cx, range).await?;
    rooms.retain(|room| asked.seats.is_none_or(|seats| room.capacity >= seats));
    Ok(Answer(rooms.into()))
}
