//! A call to Google, by what it asks.

use bytes::Bytes;
use http::header::{AUTHORIZATION, IF_MATCH};
use http::{Method, Request};
use serde_json::Value;

use crate::plan::Kind;

/// A call to Google, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) kind: Kind,
    pub(crate) method: Method,
    /// As it was sent.
    pub(crate) target: String,
    /// Decoded.
    pub(crate) calendar: String,
    /// Of an insert, that of the body.
    pub(crate) event: String,
    pub(crate) if_match: Option<String>,
    pub(crate) body: Value,
    /// With which token: whose grant it is.
    pub(crate) token: String,
    pub(crate) with_sync_token: bool,
    pub(crate) with_page_token: bool,
}

impl Asked {
    pub(crate) fn of(request: &Request<Bytes>) -> Self {
        let path = request.uri().path();
        let query = request.uri().query().unwrap_or_default();
        let decoded: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decode).collect();
        let parts: Vec<&str> = decoded.iter().map(String::as_str).collect();
        let body: Value = serde_json::from_slice(request.body()).unwrap_or(Value::Null);
        let mut event = String::new();
        let mut calendar = String::new();
        let method = request.method().clone();
        let kind = match parts.as_slice() {
            ["token"] => Kind::Token,
            ["batch", "calendar", "v3"] => Kind::Batch,
            ["calendar", "v3", "channels", "stop"] => Kind::Stop,
            ["calendar", "v3", "calendars", of, "events", rest @ ..] => {
                (*of).clone_into(&mut calendar);
                match (method.as_str(), rest) {
                    ("POST", []) => {
                        event = body["id"].as_str().unwrap_or_default().to_owned();
                        Kind::Insert
                    }
                    ("GET", []) => Kind::List,
                    ("POST", ["watch"]) => Kind::Watch,
                    ("GET", [of, "instances"]) => {
                        (*of).clone_into(&mut event);
                        Kind::Instances
                    }
                    (verb, [of]) => {
                        (*of).clone_into(&mut event);
                        match verb {
                            "PATCH" => Kind::Patch,
                            "DELETE" => Kind::Delete,
                            _ => Kind::Get,
                        }
                    }
                    _ => Kind::Other,
                }
            }
            _ => Kind::Other,
        };
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        Self {
            kind,
            method,
            target: request.uri().path_and_query().map_or_else(String::new, ToString::to_string),
            calendar,
            event,
            if_match: header(IF_MATCH).map(str::to_owned),
            body,
            token: header(AUTHORIZATION).unwrap_or_default().to_owned(),
            with_sync_token: query.contains("syncToken="),
            with_page_token: query.contains("pageToken="),
        }
    }

    /// Whether it changes an event.
    pub(crate) const fn writes(&self) -> bool {
        matches!(self.kind, Kind::Insert | Kind::Patch | Kind::Delete)
    }
}

/// Percent-decoded, as far as it can be.
fn decode(text: &str) -> String {
    let pair = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}
