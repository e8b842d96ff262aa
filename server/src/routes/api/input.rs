//! What may be sent, read strictly: a field that is wrong, missing, unknown or there twice is named in the answer.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use booking::{At, IfMatch, PagePlace};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, IF_MATCH};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use model::{BookingNumber, ErrorCode, Instant, RoomNumber, TimeRange};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::Refused;
use crate::router::AppState;

/// Longest `Idempotency-Key`, in bytes.
const KEY_BYTES: usize = 255;
/// Longest name of a field that is repeated in an answer, in characters.
const NAME_CHARS: usize = 64;

/// A JSON body.
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<AppState> for Json<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Response> {
        if !is_json(request.headers()) {
            return Err(Refused::wrong_media_type());
        }
        let bytes =
            Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Refused::code(ErrorCode::TooLarge).into_response(),
                _ => Refused::field("body").into_response(),
            })?;
        // serde would read an array as an object's fields in their order.
        if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
            return Err(Refused::field("body").into_response());
        }
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let read = serde_path_to_error::deserialize(&mut json);
        let value = read.map_err(|error| Refused::field(at_fault(&error, "body")).into_response())?;
        json.end().map_err(|_| Refused::field("body").into_response())?;
        Ok(Self(value))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// The parameters after the question mark.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Asked<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Refused> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
        let read = serde_path_to_error::deserialize(pairs);
        read.map(Self).map_err(|error| Refused::field(at_fault(&error, "query")))
    }
}

/// The name of the field that a reader stumbled over; `whole` where it is none in particular.
fn at_fault<E: std::fmt::Display>(error: &serde_path_to_error::Error<E>, whole: &str) -> String {
    let text = error.inner().to_string();
    let path = error.path().to_string();
    let path = if path == "." || path == "?" { String::new() } else { path };
    // serde's own words for what has no place in the path: the name stands between the first two backticks.
    let named = ["unknown field `", "missing field `", "duplicate field `"]
        .iter()
        .find_map(|words| text.strip_prefix(words)?.split('`').next());
    let name = match named {
        Some(name) if path.is_empty() => name.to_owned(),
        Some(name) if path != name && !path.ends_with(&format!(".{name}")) => format!("{path}.{name}"),
        _ if path.is_empty() => whole.to_owned(),
        _ => path,
    };
    name.chars().take(NAME_CHARS).collect()
}

/// A number in a path. What is no number names nothing that exists.
pub(super) struct Numbered(pub(super) i64);

impl FromRequestParts<AppState> for Numbered {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refused> {
        let path = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        let number = path.ok().and_then(|path| path.0.parse().ok());
        number.map(Self).ok_or_else(|| Refused::code(ErrorCode::NotFound))
    }
}

/// An instant as it is sent: RFC 3339, offset included.
pub(super) fn instant(field: &str, text: &str) -> Result<Instant, Refused> {
    Instant::parse_rfc3339(text).ok_or_else(|| Refused::field(field))
}

/// A field that may be `null` or absent alike.
fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(field: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(field).map(Option::unwrap_or_default)
}

/// A booking to be made.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewBooking {
    /// The room's number.
    #[schema(example = 21)]
    pub(super) room: i64,
    /// RFC 3339, with an offset.
    #[schema(format = DateTime, example = "2026-11-27T15:00:00+09:00")]
    pub(super) start: String,
    #[schema(format = DateTime, example = "2026-11-27T15:30:00+09:00")]
    pub(super) end: String,
    /// At most 300 characters, one line.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) title: String,
    /// E-mail addresses; at most 200.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) guests: Vec<String>,
    /// Others see only that the room is taken.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) private: bool,
    /// A series: lines of RRULE, RDATE and EXDATE (RFC 5545), at most daily. `start` and `end` are the first date's and
    /// among its dates; wall times are the company's. All dates are booked, or none.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["RRULE:FREQ=WEEKLY;COUNT=10"]))]
    pub(super) recurrence: Vec<String>,
}

/// What is to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BookingChange {
    /// The number of another room.
    pub(super) room: Option<i64>,
    /// With `end`.
    #[schema(format = DateTime)]
    pub(super) start: Option<String>,
    /// With `start`.
    #[schema(format = DateTime)]
    pub(super) end: Option<String>,
    pub(super) title: Option<String>,
    /// The whole list of e-mail addresses: who is not in it is uninvited. At most 200.
    pub(super) guests: Option<Vec<String>>,
    /// Others see only that the room is taken. Of a series not for one date.
    pub(super) private: Option<bool>,
    /// One RRULE, for a series and not for one date: how it repeats from then on.
    pub(super) recurrence: Option<Vec<String>>,
}

/// Which dates of a series are meant. For a single booking all three are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum EditScope {
    #[default]
    This,
    Following,
    All,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EditParams {
    /// Which dates of a series are meant; `this` if it is left out. `following`: from `date` on; `all`: every date that has
    /// not begun.
    #[serde(default)]
    #[param(inline)]
    pub(super) scope: EditScope,
    /// At which date of a series: its original start (RFC 3339, `slot` of a booking), or the day of it. Without it the
    /// next date; `this` and `following` of a series need it.
    #[param(example = "2026-12-07")]
    pub(super) date: Option<String>,
}

impl EditParams {
    /// The scope and the date, of a series.
    pub(super) fn of_series(&self) -> Result<(booking::EditScope, At), Refused> {
        let scope = match self.scope {
            EditScope::This => booking::EditScope::This,
            EditScope::Following => booking::EditScope::Following,
            EditScope::All => booking::EditScope::All,
        };
        let at = match &self.date {
            Some(text) => at(text)?,
            None if self.scope == EditScope::All => At::Next,
            None => return Err(Refused::field("date")),
        };
        Ok((scope, at))
    }

    /// What a single booking takes: no date, or one that is one.
    pub(super) fn of_single(&self) -> Result<(), Refused> {
        self.date.as_deref().map(at).transpose().map(|_| ())
    }
}

/// A date of a series, by its instant or its day.
fn at(text: &str) -> Result<At, Refused> {
    if let Some(at) = Instant::parse_rfc3339(text) {
        return Ok(At::Slot(at));
    }
    let day = (text.len() == 10).then(|| text.parse().ok()).flatten();
    day.map(At::Day).ok_or_else(|| Refused::field("date"))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Only this room.
    pub(super) room: Option<i64>,
    /// Bookings that end after this; now if it is left out.
    #[param(format = DateTime)]
    pub(super) from: Option<String>,
    /// Bookings that start before this; a week after `from` if it is left out, a year at most.
    #[param(format = DateTime)]
    pub(super) to: Option<String>,
    /// 1 to 200; 50 if it is left out.
    limit: Option<i64>,
    /// `next` of the page before. Opaque: its form may change.
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct BlockParams {
    /// The room, where the booking has several.
    pub(super) room: Option<i64>,
    /// The original start, for an instance of a series.
    #[param(format = DateTime)]
    pub(super) slot: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct FreeParams {
    #[param(format = DateTime)]
    pub(super) start: String,
    #[param(format = DateTime)]
    pub(super) end: String,
    /// Only rooms with so many seats.
    pub(super) seats: Option<i32>,
    /// 1 to 200; 50 if it is left out.
    limit: Option<i64>,
    /// `next` of the page before. Opaque: its form may change.
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageParams {
    /// 1 to 200; 50 if it is left out.
    limit: Option<i64>,
    /// `next` of the page before. Opaque: its form may change.
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ChangesParams {
    /// `seq` of the answer before. Left out: nothing but where the log stands now.
    pub(super) after: Option<i64>,
    /// How many seconds to wait for a change if there is none, at most 20; 0 if it is left out.
    pub(super) wait: Option<u64>,
}

const YEAR_MINUTES: i64 = 366 * 1_440;
const WEEK_MINUTES: i64 = 7 * 1_440;

impl ListParams {
    pub(super) fn window(&self, now: Instant) -> Result<TimeRange, Refused> {
        let from = self.from.as_deref().map_or(Ok(now), |text| instant("from", text))?;
        let to =
            self.to.as_deref().map_or(Ok(from.plus_minutes(WEEK_MINUTES)), |text| instant("to", text))?;
        let range = TimeRange::new(from, to).filter(|range| range.length_minutes() <= YEAR_MINUTES);
        range.ok_or_else(|| Refused::field("to"))
    }

    pub(super) fn limit(&self) -> Result<i64, Refused> {
        limit_of(self.limit)
    }

    pub(super) fn place(&self) -> Result<Option<PagePlace>, Refused> {
        place_of(self.cursor.as_deref(), read_cursor)
    }
}

impl PageParams {
    pub(super) fn limit(&self) -> Result<i64, Refused> {
        limit_of(self.limit)
    }

    pub(super) fn after(&self) -> Result<Option<RoomNumber>, Refused> {
        place_of(self.cursor.as_deref(), read_room_cursor)
    }
}

impl FreeParams {
    pub(super) fn limit(&self) -> Result<i64, Refused> {
        limit_of(self.limit)
    }

    pub(super) fn after(&self) -> Result<Option<RoomNumber>, Refused> {
        place_of(self.cursor.as_deref(), read_room_cursor)
    }
}

fn limit_of(limit: Option<i64>) -> Result<i64, Refused> {
    let limit = limit.unwrap_or(50);
    if (1..=200).contains(&limit) { Ok(limit) } else { Err(Refused::field("limit")) }
}

fn place_of<T>(cursor: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Refused> {
    cursor.map(|text| read(text).ok_or_else(|| Refused::field("cursor"))).transpose()
}

/// A cursor says where a page ended and nothing else: whose pages they are, the token says.
pub(super) fn write_cursor(place: PagePlace) -> String {
    written([place.start.as_micros(), place.booking.0, place.room.0, place.slot.as_micros()])
}

fn read_cursor(text: &str) -> Option<PagePlace> {
    let [start, booking, room, slot] = parts(text)?;
    Some(PagePlace {
        start: Instant::from_micros(start),
        booking: BookingNumber(booking),
        room: RoomNumber(room),
        slot: Instant::from_micros(slot),
    })
}

/// The same for a page of rooms, which ended with this one.
pub(super) fn write_room_cursor(last: RoomNumber) -> String {
    written([last.0])
}

fn read_room_cursor(text: &str) -> Option<RoomNumber> {
    parts(text).map(|[last]| RoomNumber(last))
}

fn written<const N: usize>(parts: [i64; N]) -> String {
    URL_SAFE_NO_PAD.encode(parts.map(i64::to_be_bytes).concat())
}

fn parts<const N: usize>(cursor: &str) -> Option<[i64; N]> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (parts, rest) = bytes.as_chunks::<8>();
    let parts: [[u8; 8]; N] = parts.try_into().ok().filter(|_| rest.is_empty())?;
    Some(parts.map(i64::from_be_bytes))
}

/// The value of `Idempotency-Key`: visible ASCII.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Refused> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=KEY_BYTES).contains(&key.len()));
    key.map(Some).ok_or_else(|| Refused::field("Idempotency-Key"))
}

/// The versions of `If-Match` (RFC 9110 §13.1.1); `None` for `*` or no header. Weak ones match nothing.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Option<IfMatch>, Refused> {
    let invalid = || Refused::field("If-Match");
    let mut versions = Vec::new();
    let mut values = headers.get_all(IF_MATCH).iter().peekable();
    if values.peek().is_none() {
        return Ok(None);
    }
    for value in values {
        for tag in value.to_str().map_err(|_| invalid())?.split(',').map(str::trim) {
            if tag == "*" {
                return Ok(None);
            }
            let opaque = |tag: &str| Some(tag.strip_prefix('"')?.strip_suffix('"')?.to_owned());
            match tag.strip_prefix("W/") {
                Some(weak) => drop(opaque(weak).ok_or_else(invalid)?),
                None => versions.push(opaque(tag).ok_or_else(invalid)?),
            }
        }
    }
    Ok(Some(IfMatch(versions)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(body: &str) -> String {
        let mut json = serde_json::Deserializer::from_str(body);
        let read = serde_path_to_error::deserialize::<_, NewBooking>(&mut json);
        at_fault(&read.unwrap_err(), "body")
    }

    #[test]
    fn every_bad_field_is_named() {
        let good = r#""room":1,"start":"a","end":"b""#;
        for (body, field) in [
            ("{", "body"),
            ("[]", "body"),
            ("null", "body"),
            (r#"{"start":"a","end":"b"}"#, "room"),
            (r#"{"room":"one","start":"a","end":"b"}"#, "room"),
            (r#"{"room":99999999999999999999,"start":"a","end":"b"}"#, "room"),
            (r#"{"room":1,"start":5,"end":"b"}"#, "start"),
            (&format!(r#"{{{good},"titel":"x"}}"#), "titel"),
            (&format!(r#"{{{good},"room":2}}"#), "room"),
            (&format!(r#"{{{good},"guests":["a@b.kr",7]}}"#), "guests[1]"),
            (&format!(r#"{{{good},"private":"yes"}}"#), "private"),
        ] {
            assert_eq!(fault(body), field, "{body}");
        }
    }

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        let place = PagePlace {
            start: Instant::from_secs(1_795_741_200),
            booking: BookingNumber(1_041),
            room: RoomNumber(21),
            slot: Instant::from_micros(0),
        };
        assert_eq!(read_cursor(&write_cursor(place)), Some(place));
        assert_eq!(read_room_cursor(&write_room_cursor(RoomNumber(21))), Some(RoomNumber(21)));
        let (of_rooms, of_bookings) = (write_room_cursor(RoomNumber(21)), write_cursor(place));
        for bad in ["", "x", "AAAA", "%%%", &"A".repeat(10_000)] {
            assert_eq!((read_cursor(bad), read_room_cursor(bad)), (None, None));
        }
        assert_eq!((read_cursor(&of_rooms), read_room_cursor(&of_bookings)), (None, None));
    }

    #[test]
    fn versions_are_read_as_http_writes_them() {
        let read = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(IF_MATCH, http::HeaderValue::from_static(value));
            if_match(&headers)
        };
        let some = |versions: &[&str]| Some(IfMatch(versions.iter().map(|v| (*v).to_owned()).collect()));
        assert_eq!(if_match(&HeaderMap::new()).unwrap(), None);
        assert_eq!(read("*").unwrap(), None);
        assert_eq!(read("\"a\"").unwrap(), some(&["a"]));
        assert_eq!(read("\"a\", \"b\"").unwrap(), some(&["a", "b"]));
        assert_eq!(read("W/\"a\"").unwrap(), some(&[]));
        for bad in ["a", "\"a", "", "W/a"] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
