//! Bookings.

use axum::Json as Answer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use booking::{BookCommand, BookingRecord, ChangeCommand, SeriesChange, SeriesCommand};
use http::header::{ETAG, LOCATION};
use http::{HeaderMap, StatusCode};
use model::{BookingNumber, RoomNumber};

use super::ROOT;
use super::caller::Caller;
use super::input::{
    Asked, BlockParams, BookingChange, EditParams, Json, ListParams, NewBooking, Numbered, idempotency_key,
    if_match, instant, write_cursor,
};
use super::output::{Booking, BookingDetail, Bookings};
use super::problem::{Problem, Refused, Usual};
use crate::router::AppState;

/// Bookings of a time, by start, in pages. What was cancelled is not among them.
#[utoipa::path(
    get,
    path = "/bookings",
    tag = "bookings",
    params(ListParams),
    responses((status = 200, description = "A page", body = Bookings), Usual)
)]
pub(super) async fn list_bookings(
    State(app): State<AppState>,
    Caller(cx): Caller,
    Asked(asked): Asked<ListParams>,
) -> Result<Answer<Bookings>, Refused> {
    let (window, place, limit) = (asked.window(cx.now)?, asked.place()?, asked.limit()?);
    let zone = cx.zone.name();
    let page = app.engine.bookings_page(&cx, window, asked.room.map(RoomNumber), place, limit).await?;
    let bookings = page.blocks.into_iter().map(|block| Booking::new(block, zone)).collect();
    Ok(Answer(Bookings { bookings, next: page.next.map(write_cursor) }))
}

/// Books a room, once or, with `recurrence`, as a series. The same `Idempotency-Key` with the same body is the same booking and the same answer, however often
/// it is sent; refusals are not kept, so that a refused request can be tried again.
#[utoipa::path(
    post,
    path = "/bookings",
    tag = "bookings",
    params(("Idempotency-Key" = Option<String>, Header, description = "At most 255 visible ASCII characters; a UUID \
            of version 7 becomes the booking's own id. Kept for 14 days")),
    request_body = NewBooking,
    responses(
        (status = 201, description = "Booked; Google follows", body = BookingDetail, headers(
            ("Location" = String, description = "The booking's address"),
            ("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 404, description = "`not_found`: no such room", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`room_taken`: with who has it, and what would fit instead", body = Problem,
         content_type = "application/problem+json"),
        Usual
    )
)]
pub(super) async fn create_booking(
    State(app): State<AppState>,
    Caller(cx): Caller,
    headers: HeaderMap,
    Json(wish): Json<NewBooking>,
) -> Result<Response, Refused> {
    let key = idempotency_key(&headers)?;
    let asked = booking::hash_token(&serde_json::to_string(&wish).unwrap_or_default());
    instant("start", &wish.start)?;
    instant("end", &wish.end)?;
    let (intent, room) = (app.engine.intent_of_key(&cx, key), RoomNumber(wish.room));
    let guests = addresses(&wish.guests)?;
    let NewBooking { start, end, title, private, recurrence, .. } = wish;
    let record = if recurrence.is_empty() {
        let command = BookCommand { intent, room, date: None, start, end, title, guests, private };
        app.engine.book_once(&cx, command, asked).await?
    } else {
        let command = SeriesCommand { intent, room, start, end, title, guests, private, recurrence };
        app.engine.book_series(&cx, command, asked).await?
    };
    let location = format!("{ROOT}/bookings/{}", record.block.key.booking);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Told(record)).into_response())
}

/// One booking.
#[utoipa::path(
    get,
    path = "/bookings/{number}",
    tag = "bookings",
    params(("number" = i64, Path, description = "The booking's number"), BlockParams),
    responses(
        (status = 200, description = "The booking", body = BookingDetail,
         headers(("ETag" = String, description = "Its version, for `If-Match`"))),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        Usual
    )
)]
pub(super) async fn get_booking(
    State(app): State<AppState>,
    Caller(cx): Caller,
    Numbered(number): Numbered,
    Asked(asked): Asked<BlockParams>,
) -> Result<Response, Refused> {
    let slot = asked.slot.as_deref().map(|text| instant("slot", text)).transpose()?;
    let room = asked.room.map(RoomNumber);
    let record = app.engine.booking_record(&cx, BookingNumber(number), room, slot).await?;
    Ok(Told(record).into_response())
}

/// Moves, resizes or renames a booking, changes its guests or its privacy: its organiser and admins may. A private
/// booking's guests and privacy only its organiser changes. Of a series `scope` and `date` say which dates are meant; what
/// has begun stays. An edit of later dates may make a series of its own of them: the answer's number is theirs.
#[utoipa::path(
    patch,
    path = "/bookings/{number}",
    tag = "bookings",
    params(
        ("number" = i64, Path, description = "The booking's number"),
        ("If-Match" = Option<String>, Header, description = "Only if it is still this version"),
        EditParams
    ),
    request_body = BookingChange,
    responses(
        (status = 200, description = "The booking as it is now", body = BookingDetail,
         headers(("ETag" = String, description = "Its new version"))),
        (status = 403, description = "`not_allowed`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`room_taken`, `change_in_google` or `stale`", body = Problem,
         content_type = "application/problem+json"),
        (status = 412, description = "`precondition_failed`", body = Problem, content_type = "application/problem+json"),
        Usual
    )
)]
pub(super) async fn change_booking(
    State(app): State<AppState>,
    Caller(cx): Caller,
    Numbered(number): Numbered,
    Asked(asked): Asked<EditParams>,
    headers: HeaderMap,
    Json(wish): Json<BookingChange>,
) -> Result<Response, Refused> {
    let versions = if_match(&headers)?;
    match (&wish.start, &wish.end) {
        (Some(start), Some(end)) => {
            instant("start", start)?;
            instant("end", end)?;
        }
        (None, None) => {}
        (Some(_), None) => return Err(Refused::field("end")),
        (None, Some(_)) => return Err(Refused::field("start")),
    }
    let (number, to_room) = (BookingNumber(number), wish.room.map(RoomNumber));
    let guests = wish.guests.as_deref().map(addresses).transpose()?;
    let BookingChange { start, end, title, private, recurrence, .. } = wish;
    let record = if app.engine.is_series(&cx, number).await? {
        let (scope, at) = asked.of_series()?;
        if scope == booking::EditScope::This && recurrence.is_some() {
            return Err(Refused::field("recurrence"));
        }
        let change =
            SeriesChange { number, at, scope, to_room, start, end, title, guests, private, recurrence };
        app.engine.change_series(&cx, change, versions).await?
    } else {
        asked.of_single()?;
        if recurrence.is_some() {
            return Err(Refused::field("recurrence"));
        }
        let command =
            ChangeCommand { number, room: None, to_room, date: None, start, end, title, guests, private };
        app.engine.change_if(&cx, command, versions).await?
    };
    Ok(Told(record).into_response())
}

/// Cancels a booking: its organiser and admins may. A repeat is answered like the first time. Of a series `scope` and
/// `date` say which dates are meant; one that is cancelled already is `not_found`.
#[utoipa::path(
    delete,
    path = "/bookings/{number}",
    tag = "bookings",
    params(
        ("number" = i64, Path, description = "The booking's number"),
        ("If-Match" = Option<String>, Header, description = "Only if it is still this version"),
        EditParams
    ),
    responses(
        (status = 204, description = "Cancelled; Google follows"),
        (status = 403, description = "`not_allowed`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`change_in_google`", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "`precondition_failed`", body = Problem, content_type = "application/problem+json"),
        Usual
    )
)]
pub(super) async fn cancel_booking(
    State(app): State<AppState>,
    Caller(cx): Caller,
    Numbered(number): Numbered,
    Asked(asked): Asked<EditParams>,
    headers: HeaderMap,
) -> Result<StatusCode, Refused> {
    let (number, versions) = (BookingNumber(number), if_match(&headers)?);
    if app.engine.is_series(&cx, number).await? {
        let (scope, at) = asked.of_series()?;
        app.engine.cancel_series(&cx, number, at, scope, versions).await?;
    } else {
        asked.of_single()?;
        app.engine.cancel_if(&cx, number, versions).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A list of addresses as the core reads it. One entry is one address: separators would make several of it.
fn addresses(guests: &[String]) -> Result<String, Refused> {
    if guests.iter().any(|guest| guest.contains([',', ';']) || guest.contains(char::is_whitespace)) {
        return Err(Refused::field("guests"));
    }
    Ok(guests.join(","))
}

/// A booking with its version.
struct Told(BookingRecord);

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        let tag = format!("\"{}\"", self.0.version);
        ([(ETAG, tag)], Answer(BookingDetail::from(self.0))).into_response()
    }
}
