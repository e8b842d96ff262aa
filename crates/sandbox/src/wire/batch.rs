//! `POST /batch/calendar/v3`: many requests in one `multipart/mixed` body (Google: batch guide).

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};

use super::router::{self, Call};
use super::{ApiError, reply};
use crate::world::World;

/// The most calls in one batch.
const MOST: usize = 1_000;

/// One call inside a batch.
struct Part {
    /// `Content-ID`, which comes back as `response-...`.
    id: Option<String>,
    request: Result<Request<Bytes>, ApiError>,
}

/// Does the parts, one after the other, and answers 200 whatever became of them. Each part counts as a request of its
/// own: for quotas, faults and the log.
pub(super) fn answer(world: &mut World, call: &Call) -> Result<Response<Bytes>, ApiError> {
    let bad = |message: &str| ApiError::new(400, "badRequest", message);
    let kind = call.header(header::CONTENT_TYPE).unwrap_or_default();
    let boundary =
        boundary(kind).ok_or_else(|| bad("The batch request must be multipart/mixed with a boundary."))?;
    let body = std::str::from_utf8(&call.body).map_err(|_| bad("The batch request is not text."))?;
    let parts: Vec<Part> = split(body, &boundary).map(|part| read(part, &call.headers)).collect();
    if parts.is_empty() {
        return Err(bad("The batch request has no parts."));
    }
    if parts.len() > MOST {
        return Err(bad(&format!("The batch request must not contain more than {MOST} calls.")));
    }
    let mut order: Vec<usize> = (0..parts.len()).collect();
    if world.settings.batch_backwards {
        order.reverse();
    }
    let ids: Vec<Option<String>> = parts.iter().map(|part| part.id.clone()).collect();
    let mut requests: Vec<Option<Result<Request<Bytes>, ApiError>>> =
        parts.into_iter().map(|part| Some(part.request)).collect();
    let mut answers: Vec<Option<Response<Bytes>>> = requests.iter().map(|_| None).collect();
    for i in order {
        answers[i] = requests[i].take().map(|request| match request {
            Ok(request) => router::handle(world, request, call.now),
            Err(error) => error.response(false),
        });
    }
    let boundary = format!("batch_{}", world.random_id(24));
    let mut out = Vec::new();
    for (id, answer) in ids.iter().zip(answers.iter().flatten()) {
        write(&mut out, &boundary, id.as_deref(), answer);
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let mut response = reply::text(StatusCode::OK, out);
    let kind = HeaderValue::from_str(&format!("multipart/mixed; boundary={boundary}"));
    response.headers_mut().insert(header::CONTENT_TYPE, kind.map_err(|_| bad("Bad boundary."))?);
    Ok(response)
}

fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/mixed") {
        return None;
    }
    let named = parameters.split(';').filter_map(|pair| pair.split_once('='));
    let value = named.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))?.1;
    Some(value.trim().trim_matches('"').to_owned()).filter(|value| !value.is_empty())
}

/// The parts between the boundaries; lines may end in CRLF or LF.
fn split<'a>(body: &'a str, boundary: &str) -> impl Iterator<Item = &'a str> {
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut begin: Option<usize> = None;
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        let bare = line.trim_end();
        if bare == delimiter || bare == format!("{delimiter}--") {
            if let Some(begin) = begin {
                parts.push(&body[begin..at]);
            }
            begin = (bare == delimiter).then_some(at + line.len());
        }
        at += line.len();
    }
    parts.into_iter()
}

/// Headers up to the first empty line, and what follows it.
fn headers(text: &str) -> (Vec<(&str, &str)>, &str) {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (line, next) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = next;
        match line.trim_end().split_once(':') {
            Some((name, value)) => found.push((name.trim(), value.trim())),
            None => break,
        }
    }
    (found, rest)
}

fn read(part: &str, outer: &HeaderMap) -> Part {
    let (about, inner) = headers(part);
    let id = about.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-id"));
    let id = id.map(|(_, value)| (*value).to_owned());
    let request = request(inner, outer)
        .ok_or_else(|| ApiError::new(400, "badRequest", "Failed to parse a part of the batch request."));
    Part { id, request }
}

/// `GET /calendar/v3/... HTTP/1.1`, headers, body. The part's own `Authorization` goes before the batch's.
fn request(text: &str, outer: &HeaderMap) -> Option<Request<Bytes>> {
    let text = text.trim_start_matches(['\r', '\n']);
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    let mut words = line.split_whitespace();
    let method = Method::from_bytes(words.next()?.as_bytes()).ok()?;
    let target = words.next()?;
    let path = match url::Url::parse(target) {
        Ok(url) => url[url::Position::BeforePath..url::Position::AfterQuery].to_owned(),
        Err(_) => format!("/{}", target.trim_start_matches('/')),
    };
    if !path.starts_with("/calendar/v3/") {
        return None;
    }
    let (named, body) = headers(rest);
    let mut request = Request::new(Bytes::from(body.trim_end_matches(['\r', '\n']).to_owned()));
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().ok()?;
    if let Some(value) = outer.get(header::AUTHORIZATION) {
        request.headers_mut().insert(header::AUTHORIZATION, value.clone());
    }
    for (name, value) in named {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        request.headers_mut().insert(name, HeaderValue::from_str(value).ok()?);
    }
    Some(request)
}

fn write(out: &mut Vec<u8>, boundary: &str, id: Option<&str>, answer: &Response<Bytes>) {
    let mut head = format!("--{boundary}\r\nContent-Type: application/http\r\n");
    if let Some(id) = id {
        let bare = id.trim_start_matches('<').trim_end_matches('>');
        head.push_str(&format!("Content-ID: <response-{bare}>\r\n"));
    }
    let status = answer.status();
    head.push_str(&format!(
        "\r\nHTTP/1.1 {} {}\r\n",
        status.as_str(),
        status.canonical_reason().unwrap_or("")
    ));
    for (name, value) in answer.headers() {
        if let Ok(value) = value.to_str() {
            head.push_str(&format!("{}: {value}\r\n", title_case(name.as_str())));
        }
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", answer.body().len()));
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(answer.body());
    out.extend_from_slice(b"\r\n");
}

/// `content-type` as `Content-Type`, as Google writes it.
fn title_case(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at(word.len().min(1));
        format!("{}{rest}", first.to_ascii_uppercase())
    });
    words.collect::<Vec<_>>().join("-")
}
