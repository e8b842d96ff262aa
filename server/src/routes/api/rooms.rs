//! Rooms.

use axum::Json as Answer;
use axum::extract::State;
use model::{RoomNumber, TimeRange};

use super::caller::Caller;
use super::input::{Asked, FreeParams, Numbered, PageParams, instant};
use super::output::{Room, Rooms};
use super::problem::{Problem, Refused, Usual};
use crate::router::AppState;

/// The rooms in use, by number, in pages.
#[utoipa::path(
    get,
    path = "/rooms",
    tag = "rooms",
    params(PageParams),
    responses((status = 200, description = "A page", body = Rooms), Usual)
)]
pub(super) async fn list_rooms(
    State(app): State<AppState>,
    Caller(cx): Caller,
    Asked(asked): Asked<PageParams>,
) -> Result<Answer<Rooms>, Refused> {
    let (after, limit) = (asked.after()?, asked.limit()?);
    Ok(Answer(app.engine.rooms_page(&cx, after, limit).await?.into()))
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
    Ok(Answer(app.engine.room(&cx, RoomNumber(number)).await?.into()))
}

/// The rooms that are free for all of a time, in pages. What is free now may be taken when it is booked.
#[utoipa::path(
    get,
    path = "/free-rooms",
    tag = "rooms",
    params(FreeParams),
    responses((status = 200, description = "A page of the free rooms, by number", body = Rooms), Usual)
)]
pub(super) async fn list_free_rooms(
    State(app): State<AppState>,
    Caller(cx): Caller,
    Asked(asked): Asked<FreeParams>,
) -> Result<Answer<Rooms>, Refused> {
    let (start, end) = (instant("start", &asked.start)?, instant("end", &asked.end)?);
    let range = TimeRange::new(start, end).ok_or_else(|| Refused::field("end"))?;
    let (after, limit) = (asked.after()?, asked.limit()?);
    let seats = asked.seats.unwrap_or_default();
    Ok(Answer(app.engine.free_rooms_page(&cx, range, seats, after, limit).await?.into()))
}
