//! What a program is told instead of an answer: `application/problem+json` (RFC 9457) with a stable code.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use model::refusal::{Refusal, WhoMay};
use model::{ApiError, ErrorCode, TimeRange};
use serde::Serialize;
use text::Lang;
use utoipa::openapi::{ContentBuilder, RefOr, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use super::output::{AlternativeKind, rfc3339};

/// An error. `code` is stable and in docs/API.md; `title` is for people and may change.
#[derive(Serialize, ToSchema)]
pub(super) struct Problem {
    #[schema(example = "about:blank")]
    r#type: &'static str,
    title: String,
    #[schema(example = 409)]
    status: u16,
    #[schema(value_type = String, example = "room_taken")]
    code: ErrorCode,
    /// The field, parameter or header at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    field: Option<String>,
    /// What would be accepted there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    limit: Option<String>,
    /// What is wrong with the time: `ends_before_it_starts`, `too_short`, `too_long`, `in_the_past`, `too_far_ahead`
    /// or `unreadable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    problem: Option<model::refusal::TimeProblem>,
    /// `organizer_or_admin`, `admin`, or `organizer` (of a private booking).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    who_may: Option<WhoMay>,
    /// Who has the room.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    held: Option<Held>,
    /// What would fit instead of a taken room.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    alternatives: Vec<Alternative>,
}

#[derive(Serialize, ToSchema)]
struct Held {
    room_name: String,
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
    /// The holder's name; absent for private events.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    by: Option<String>,
}

/// Another way to get a room.
#[derive(Serialize, ToSchema)]
struct Alternative {
    room: i64,
    room_name: String,
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
    kind: AlternativeKind,
}

impl Problem {
    fn new(error: ApiError, status: u16) -> Self {
        let title = text::tr(Lang::En, &format!("errors.{}.title", error.code)).into_owned();
        let mut problem = Self {
            r#type: "about:blank",
            title,
            status,
            code: error.code,
            field: error.field,
            limit: None,
            problem: None,
            who_may: None,
            held: None,
            alternatives: Vec::new(),
        };
        let times = |range: TimeRange| (rfc3339(range.start()), rfc3339(range.end()));
        match error.refusal.map(|refusal| *refusal) {
            Some(Refusal::RoomTaken { room_name, held, by, alternatives }) => {
                let (start, end) = times(held);
                problem.held = Some(Held { room_name, start, end, by });
                problem.alternatives = alternatives
                    .into_iter()
                    .map(|other| {
                        let (start, end) = times(other.range);
                        let (room, kind) = (other.room.0, other.kind.into());
                        Alternative { room, room_name: other.room_name, start, end, kind }
                    })
                    .collect();
            }
            Some(Refusal::InvalidTime { problem: why }) => problem.problem = Some(why),
            Some(Refusal::NotAllowed { who_may }) => problem.who_may = Some(who_may),
            Some(Refusal::InvalidField { limit, .. }) => problem.limit = Some(limit),
            Some(Refusal::NotFound { .. } | Refusal::Stale | Refusal::ChangeInGoogle) | None => {}
        }
        problem
    }
}

/// An error on its way out.
#[derive(Debug)]
pub(super) struct Refused(pub(super) ApiError);

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl Refused {
    pub(super) fn field(name: impl Into<String>) -> Self {
        Self(ApiError::field(name))
    }

    pub(super) fn code(code: ErrorCode) -> Self {
        Self(ApiError::new(code))
    }

    /// 405; axum adds `Allow`.
    pub(super) fn wrong_method() -> Response {
        respond(ApiError::field("method"), StatusCode::METHOD_NOT_ALLOWED)
    }

    /// 415.
    pub(super) fn wrong_media_type() -> Response {
        respond(ApiError::field("Content-Type"), StatusCode::UNSUPPORTED_MEDIA_TYPE)
    }

    /// With `Retry-After`: whole seconds, rounded up.
    pub(super) fn for_now(code: ErrorCode, rest: Duration) -> Response {
        let mut response = Self::code(code).into_response();
        let seconds = rest.as_secs() + u64::from(rest.subsec_nanos() > 0);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        response
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let busy = self.0.code == ErrorCode::Unavailable;
        let mut response = respond(self.0, status);
        if busy {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

fn respond(error: ApiError, status: StatusCode) -> Response {
    let problem = Problem::new(error, status.as_u16());
    let body = serde_json::to_string(&problem).unwrap_or_default();
    (status, [(CONTENT_TYPE, "application/problem+json")], body).into_response()
}

/// The errors that every route has, for the document.
pub(super) struct Usual;

impl IntoResponses for Usual {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        let problem = || {
            let schema = utoipa::openapi::Ref::from_schema_name(Problem::name());
            ContentBuilder::new().schema(Some(schema)).build()
        };
        let response = |description: &str| {
            let built = ResponseBuilder::new().description(description);
            RefOr::T(built.content("application/problem+json", problem()).build())
        };
        [
            ("401", "`unauthenticated`: no token, or none that is good"),
            ("422", "`invalid_field` or `invalid_time`; `field` names what is wrong"),
            ("429", "`rate_limited`: again after `Retry-After`"),
            ("default", "any other error; `code` says which"),
        ]
        .into_iter()
        .map(|(status, description)| (status.to_owned(), response(description)))
        .collect()
    }
}
