//! Answers.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::Value;

use super::ApiError;
use super::fields::Fields;

/// What a handler gives back.
pub type Answer = Result<Response<Bytes>, ApiError>;

/// Tells the shell to hold the answer back.
#[derive(Debug, Clone, Copy)]
pub struct HoldBack(pub u64);

/// Tells the shell to break the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The connection closes without an answer.
    Drop,
    /// The body ends in its middle.
    Torn,
    /// The body comes in small pieces, with so many milliseconds between them.
    Drip(u64),
}

fn with(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// 200 with JSON.
pub fn json(value: &Value) -> Response<Bytes> {
    json_status(StatusCode::OK, value)
}

/// JSON; carries `ETag` when the value has one.
pub fn json_status(status: StatusCode, value: &Value) -> Response<Bytes> {
    let mut response = with(status, "application/json; charset=UTF-8", value.to_string());
    if let Some(etag) = value["etag"].as_str().and_then(|etag| HeaderValue::from_str(etag).ok()) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// 200 with JSON, cut down to the chosen fields; indented unless `prettyPrint=false`. `ETag` is that of the whole.
pub fn partial(value: Value, fields: Option<&Fields>, pretty: bool) -> Response<Bytes> {
    let etag = value["etag"].as_str().and_then(|etag| HeaderValue::from_str(etag).ok());
    let value = match fields {
        Some(fields) => fields.cut(value),
        None => value,
    };
    let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
    let mut response = with(StatusCode::OK, "application/json; charset=UTF-8", text.unwrap_or_default());
    if let Some(etag) = etag {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// 204.
pub fn empty() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// A page.
pub fn html(status: StatusCode, text: String) -> Response<Bytes> {
    with(status, "text/html; charset=utf-8", text)
}

/// Plain text.
pub fn text(status: StatusCode, text: impl Into<Bytes>) -> Response<Bytes> {
    with(status, "text/plain; charset=utf-8", text)
}

/// 302 / 303.
pub fn redirect(status: StatusCode, to: &str) -> Response<Bytes> {
    let mut response = with(status, "text/plain; charset=utf-8", Bytes::new());
    if let Ok(location) = HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
