//! Errors outside pages and server functions: `application/problem+json` with a stable code (RFC 9457).

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use model::{ApiError, ErrorCode};
use serde_json::json;

/// An error as a program is told it.
#[derive(Debug)]
pub(crate) struct Problem(pub(crate) ApiError);

impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl From<ErrorCode> for Problem {
    fn from(code: ErrorCode) -> Self {
        Self(ApiError::new(code))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.0.code.status();
        self.with_status(status)
    }
}

impl Problem {
    fn with_status(self, status: u16) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": self.0.code.as_str(),
            "status": status,
            "code": self.0.code,
            "field": self.0.field,
        });
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
}

/// Bare errors of lower layers (a body too large, a wrong method, a panic) become problems too.
pub(crate) async fn dress(response: Response) -> Response {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let kind =
        response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("text/html") || kind.contains("json") {
        return response;
    }
    // Webhooks name nothing: an empty answer stays empty.
    if response.headers().get(header::CONTENT_LENGTH).is_some_and(|length| length == "0") {
        return response;
    }
    let code = match status {
        StatusCode::UNAUTHORIZED => ErrorCode::Unauthenticated,
        StatusCode::FORBIDDEN => ErrorCode::NotAllowed,
        StatusCode::NOT_FOUND => ErrorCode::NotFound,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::TooLarge,
        StatusCode::TOO_MANY_REQUESTS => ErrorCode::RateLimited,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT => ErrorCode::Unavailable,
        _ if status.is_client_error() => return with_status(ApiError::field("request"), status),
        _ => ErrorCode::Internal,
    };
    with_status(ApiError::new(code), status)
}

fn with_status(error: ApiError, status: StatusCode) -> Response {
    Problem(error).with_status(status.as_u16())
}
