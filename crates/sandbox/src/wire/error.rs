//! Google's error bodies (facts: google-calendar §7).

use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde_json::{Value, json};

/// An error as Google words it: `{"error":{"errors":[{domain,reason,message,..}],"code","message"}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// `global`, `calendar` or `usageLimits`.
    pub domain: &'static str,
    /// What clients decide by.
    pub reason: String,
    /// For people.
    pub message: String,
    /// `(locationType, location)`.
    pub location: Option<(&'static str, String)>,
}

impl ApiError {
    /// An error of the domain `global`.
    pub fn new(status: u16, reason: &str, message: &str) -> Self {
        let (reason, message) = (reason.to_owned(), message.to_owned());
        Self { status, domain: "global", reason, message, location: None }
    }

    pub(crate) fn calendar(mut self) -> Self {
        self.domain = "calendar";
        self
    }

    fn at(mut self, kind: &'static str, location: &str) -> Self {
        self.location = Some((kind, location.to_owned()));
        self
    }

    /// 401 `authError`: no, unknown or expired token.
    pub fn auth() -> Self {
        Self::new(401, "authError", "Invalid Credentials").at("header", "Authorization")
    }

    /// 403 `insufficientPermissions`: the token lacks the scope.
    pub fn scope() -> Self {
        Self::new(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
    }

    /// 403 `forbidden`.
    pub fn forbidden(message: &str) -> Self {
        Self::new(403, "forbidden", message)
    }

    /// 403 `forbiddenForNonOrganizer`: a shared field on a copy that is not the organiser's.
    pub fn not_organizer() -> Self {
        let message = "Shared properties can only be changed by the organizer of the event.";
        Self::new(403, "forbiddenForNonOrganizer", message).calendar()
    }

    /// 404 `notFound`: never existed, or no access.
    pub fn not_found() -> Self {
        Self::new(404, "notFound", "Not Found")
    }

    /// 409 `duplicate`.
    pub fn duplicate() -> Self {
        Self::new(409, "duplicate", "The requested identifier already exists.")
    }

    /// 410 `deleted`.
    pub fn deleted() -> Self {
        Self::new(410, "deleted", "Resource has been deleted")
    }

    /// 410 `fullSyncRequired`.
    pub fn full_sync() -> Self {
        let message = "Sync token is no longer valid, a full sync is required.";
        Self::new(410, "fullSyncRequired", message).calendar().at("parameter", "syncToken")
    }

    /// 410 `updatedMinTooLongAgo`.
    pub fn updated_min() -> Self {
        let message = "The requested minimum modification time lies too far in the past.";
        Self::new(410, "updatedMinTooLongAgo", message).calendar().at("parameter", "updatedMin")
    }

    /// 412 `conditionNotMet`.
    pub fn precondition() -> Self {
        Self::new(412, "conditionNotMet", "Precondition Failed").at("header", "If-Match")
    }

    /// 400 `timeRangeEmpty`.
    pub fn time_range_empty() -> Self {
        let message = "The specified time range is empty.";
        Self::new(400, "timeRangeEmpty", message).calendar().at("parameter", "timeMax")
    }

    /// 400 `invalid`, about a query parameter.
    pub fn parameter(name: &str, message: &str) -> Self {
        Self::new(400, "invalid", message).at("parameter", name)
    }

    /// 400 `invalid`, about the body.
    pub fn invalid(message: &str) -> Self {
        Self::new(400, "invalid", message)
    }

    /// 400 `required`.
    pub fn required(message: &str) -> Self {
        Self::new(400, "required", message)
    }

    /// The body; the Directory's host adds `status` (facts: google-directory, Error body).
    pub fn body(&self, with_status: bool) -> Value {
        let mut item = json!({ "domain": self.domain, "reason": self.reason, "message": self.message });
        if let Some((kind, location)) = &self.location {
            item["locationType"] = json!(kind);
            item["location"] = json!(location);
        }
        let mut error = json!({ "errors": [item], "code": self.status, "message": self.message });
        if with_status {
            error["status"] = json!(match self.status {
                400 => "INVALID_ARGUMENT",
                401 => "UNAUTHENTICATED",
                403 => "PERMISSION_DENIED",
                404 => "NOT_FOUND",
                409 => "ALREADY_EXISTS",
                429 => "RESOURCE_EXHAUSTED",
                500 => "INTERNAL",
                503 => "UNAVAILABLE",
                _ => "UNKNOWN",
            });
        }
        json!({ "error": error })
    }

    /// The answer.
    pub fn response(&self, with_status: bool) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from(self.body(with_status).to_string()));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers
            .insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/json; charset=UTF-8"));
        if self.status == 401 {
            let challenge = "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"";
            headers.insert(header::WWW_AUTHENTICATE, http::HeaderValue::from_static(challenge));
        }
        response
    }
}
