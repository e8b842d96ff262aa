//! Addresses and JSON, as every call needs them.

use std::fmt::Write as _;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, Request};
use serde_json::Value;
use sync::port::Failure;
use url::form_urlencoded::Serializer;

/// Longest reason word that is passed on.
const REASON_MAX: usize = 64;

/// One segment of a path: everything but RFC 3986's unreserved characters is encoded, as Google's own clients do
/// (`room%40resource.calendar.google.com`).
pub(crate) fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    // Dots alone would be taken for a step in the path.
    if encoded == "." || encoded == ".." { encoded.replace('.', "%2E") } else { encoded }
}

/// A request without `Authorization`. `query` in the order given; pairs without a value are left out.
pub(crate) fn request(
    method: Method,
    root: &str,
    path: &str,
    query: &[(&str, Option<&str>)],
    body: Option<&Value>,
) -> Result<Request<Bytes>, Failure> {
    let mut address = format!("{}{path}", root.trim_end_matches('/'));
    let mut pairs = Serializer::new(String::new());
    for (name, value) in query {
        if let Some(value) = value {
            pairs.append_pair(name, value);
        }
    }
    let pairs = pairs.finish();
    if !pairs.is_empty() {
        address.push('?');
        address.push_str(&pairs);
    }
    let mut builder = Request::builder().method(method).uri(address).header(ACCEPT, "application/json");
    if body.is_some() {
        builder = builder.header(CONTENT_TYPE, "application/json");
    }
    let bytes = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
    builder.body(bytes).map_err(|_| unsendable())
}

/// Ids and tokens that fit into no address or header; only Google could have given them.
pub(crate) fn unsendable() -> Failure {
    Failure::Rejected { status: 0, reason: "unsendable".to_owned() }
}

/// A text field that is there and not empty.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

pub(crate) fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// A listing's array: absent and null are empty, anything else that is no array is an error.
pub(crate) fn list<'a>(value: &'a Value, name: &str) -> Result<&'a [Value], Failure> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(Failure::Malformed { detail: format!("{name} is no list") }),
    }
}

/// A reason that may be logged and shown: a word, never content.
pub(crate) fn reason_word(reason: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if reason.len() <= REASON_MAX && reason.chars().all(plain) {
        reason.to_owned()
    } else {
        "other".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_cannot_leave_their_place() {
        assert_eq!(segment("c_1@resource.calendar.google.com"), "c_1%40resource.calendar.google.com");
        assert_eq!(segment("../a b?c#d%한"), "..%2Fa%20b%3Fc%23d%25%ED%95%9C");
        assert_eq!(segment(".."), "%2E%2E");
    }

    #[test]
    fn reasons_are_words() {
        assert_eq!(reason_word("push.webhookUrlNotHttps"), "push.webhookUrlNotHttps");
        assert_eq!(reason_word("mina@hanbit.example does not exist"), "other");
        assert_eq!(reason_word(&"x".repeat(65)), "other");
    }
}
