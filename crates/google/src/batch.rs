//! Several calls in one: `multipart/mixed` with a request in each part (facts: google-calendar §7). Pure.
//!
//! Google answers in the order it was asked and names each answer after its request; here the name decides. A part that
//! does not come, or not whole, has no answer: its call may have been executed.

use std::fmt::Write as _;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use sync::port::Failure;

use crate::wire::unsendable;

/// Calls in a batch. The documented most is 1,000; with more than 50 Google tends to limit the batch's own parts.
pub(crate) const MOST: usize = 50;

/// Before the number of a part, as its name.
const NAME: &str = "roomly";

/// The requests as one. Every part has its own headers but `Authorization`, which is the batch's.
pub(crate) fn encode_batch(
    parts: &[Request<Bytes>],
    root: &str,
    boundary: &str,
) -> Result<Request<Bytes>, Failure> {
    let mut body = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let target = part.uri().path_and_query().map_or("/", |target| target.as_str());
        let mut head = format!(
            "--{boundary}\r\nContent-Type: application/http\r\nContent-ID: <{NAME}{number}>\r\n\r\n{} {target} HTTP/1.1\r\n",
            part.method()
        );
        for (name, value) in part.headers() {
            let value = value.to_str().map_err(|_| unsendable())?;
            // Writing to a String cannot fail.
            let _ = write!(head, "{name}: {value}\r\n");
        }
        if !part.body().is_empty() || part.method() == Method::POST {
            let _ = write!(head, "content-length: {}\r\n", part.body().len());
        }
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(b"\r\n");
        body.extend_from_slice(part.body());
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Request::builder()
        .method(Method::POST)
        .uri(format!("{}/batch/calendar/v3", root.trim_end_matches('/')))
        .header(CONTENT_TYPE, format!("multipart/mixed; boundary={boundary}"))
        .body(Bytes::from(body))
        .map_err(|_| unsendable())
}

/// The answers to `count` requests, by their names. `None` where there is none, or none that is whole.
pub(crate) fn decode_batch(answer: &Response<Bytes>, count: usize) -> Vec<Option<Response<Bytes>>> {
    let mut answers: Vec<Option<Response<Bytes>>> = (0..count).map(|_| None).collect();
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let Some(boundary) = kind.and_then(boundary) else { return answers };
    for part in parts(answer.body(), &boundary) {
        let Some((number, response)) = read_part(part) else { continue };
        // Of two with one name the first counts.
        if let Some(place) = answers.get_mut(number).filter(|place| place.is_none()) {
            *place = Some(response);
        }
    }
    answers
}

fn boundary(kind: &str) -> Option<String> {
    let (kind, parameters) = kind.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/mixed") {
        return None;
    }
    let mut named = parameters.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = named.find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))?;
    Some(value.trim().trim_matches('"').to_owned()).filter(|boundary| !boundary.is_empty())
}

/// What is between two delimiters; what the last one does not end is torn, and no part.
fn parts<'b>(body: &'b [u8], boundary: &str) -> Vec<&'b [u8]> {
    let (delimiter, last) = (format!("--{boundary}"), format!("--{boundary}--"));
    let (mut parts, mut begin, mut at) = (Vec::new(), None, 0);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let bare = line.trim_ascii_end();
        if bare == delimiter.as_bytes() || bare == last.as_bytes() {
            // The line break before a delimiter belongs to it (RFC 2046 §5.1.1).
            if let Some(begin) = begin {
                let part = &body[begin..at];
                let part = part.strip_suffix(b"\n").unwrap_or(part);
                parts.push(part.strip_suffix(b"\r").unwrap_or(part));
            }
            begin = (bare == delimiter.as_bytes()).then_some(at + line.len());
        }
        at += line.len();
    }
    parts
}

/// Names and values, in their order.
type Headers<'t> = Vec<(&'t str, &'t str)>;

/// Header lines up to the first empty one, and what follows it.
fn headers(text: &[u8]) -> Option<(Headers<'_>, &[u8])> {
    let (mut found, mut rest) = (Vec::new(), text);
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let line = std::str::from_utf8(&rest[..end]).ok()?.trim_end();
        rest = &rest[end + 1..];
        if line.is_empty() {
            return Some((found, rest));
        }
        let (name, value) = line.split_once(':')?;
        found.push((name.trim(), value.trim()));
    }
}

fn value<'h>(headers: &[(&str, &'h str)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
}

/// `<response-roomly3>` as 3.
fn number(id: &str) -> Option<usize> {
    let id = id.trim_start_matches('<').trim_end_matches('>');
    id.strip_prefix("response-")?.strip_prefix(NAME)?.parse().ok()
}

fn read_part(part: &[u8]) -> Option<(usize, Response<Bytes>)> {
    let (about, http) = headers(part)?;
    let number = number(value(&about, "content-id")?)?;
    let end = http.iter().position(|byte| *byte == b'\n')?;
    let status = std::str::from_utf8(&http[..end]).ok()?.split_whitespace().nth(1)?;
    let status = StatusCode::from_bytes(status.as_bytes()).ok()?;
    let (named, body) = headers(&http[end + 1..])?;
    // Where a length is told, a shorter body was torn; what is longer is the multipart's.
    let body = match value(&named, CONTENT_LENGTH.as_str()).map(str::parse) {
        Some(Ok(length)) => body.get(..length)?,
        Some(Err(_)) => return None,
        None => body,
    };
    let mut response = Response::new(Bytes::copy_from_slice(body));
    *response.status_mut() = status;
    for (name, value) in named {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    Some((number, response))
}

#[cfg(test)]
mod tests;
