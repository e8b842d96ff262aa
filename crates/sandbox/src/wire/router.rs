//! Which path is which method.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};

use super::query::percent_decode;
use super::reply::{self, Answer, HoldBack};
use super::{ApiError, Query, batch, calendar};
use crate::page;
use crate::world::World;
use crate::world::faults::{self, Action, Named};
use crate::world::log::redact;

/// A request taken apart.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) now: i64,
}

impl Call {
    pub(super) fn json(&self) -> Result<Value, ApiError> {
        let parse = || ApiError::new(400, "parseError", "Parse Error");
        let value: Value = serde_json::from_slice(&self.body).map_err(|_| parse())?;
        if value.is_object() { Ok(value) } else { Err(parse()) }
    }

    pub(super) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn form(&self) -> Query {
        Query::parse(&self.body)
    }
}

/// Answers a request.
pub(crate) fn handle(world: &mut World, request: Request<Bytes>, now: i64) -> Response<Bytes> {
    let (parts, body) = request.into_parts();
    let raw_query = parts.uri.query().unwrap_or_default();
    let call = Call {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: Query::parse(raw_query.as_bytes()),
        headers: parts.headers,
        body,
        now,
    };
    let segments: Vec<String> =
        call.path.split('/').filter(|part| !part.is_empty()).map(percent_decode).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    if let ["sandbox", rest @ ..] = segments.as_slice() {
        return world.control(&call.method, rest, &call.query, &call.body, now);
    }
    if let [] | ["ui", ..] = segments.as_slice() {
        return page::handle(world, &call, &segments);
    }
    let directory = segments.first() == Some(&"admin");
    let response = with_faults(world, &call, &segments, directory);
    let actor = world.authenticate(&call.headers, now).map(|actor| actor.email).ok();
    let what = json!({ "method": call.method.as_str(), "path": segments_path(&segments),
        "query": redact(raw_query), "actor": actor, "status": response.status().as_u16(),
        "ifMatch": call.header(header::IF_MATCH) });
    world.log.push(now, "request", what);
    response
}

fn segments_path(segments: &[&str]) -> String {
    format!("/{}", segments.join("/"))
}

fn with_faults(world: &mut World, call: &Call, segments: &[&str], directory: bool) -> Response<Bytes> {
    let syncs = call.query.get("syncToken").is_some();
    let action = world.fault_for(call.method.as_str(), &segments_path(segments), syncs, call.now);
    let oauth = matches!(segments, ["token" | "revoke"]);
    let fail = |error: ApiError| if oauth { oauth_error(&error) } else { error.response(directory) };
    match action {
        Some(Action::Status { status, reason }) => return fail(faults::error(status, reason.as_deref())),
        Some(Action::Named(Named::ExpireAccessToken)) => return fail(ApiError::auth()),
        Some(Action::Named(Named::ExpireSyncTokens)) => return fail(ApiError::full_sync()),
        _ => {}
    }
    let mut response = route(world, call, segments).unwrap_or_else(fail);
    match action {
        Some(Action::Named(Named::CommitThenFail)) => fail(faults::error(503, None)),
        Some(Action::Named(Named::DelayMs(delay))) => {
            response.extensions_mut().insert(HoldBack(delay));
            response
        }
        _ => response,
    }
}

/// A fault at the token endpoint: `reason` is OAuth's `error`.
fn oauth_error(error: &ApiError) -> Response<Bytes> {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    reply::json_status(status, &json!({ "error": error.reason, "error_description": error.message }))
}

fn route(world: &mut World, call: &Call, segments: &[&str]) -> Answer {
    let now = call.now;
    match (call.method.as_str(), segments) {
        ("GET", ["o", "oauth2", "v2", "auth"]) => Ok(world.authorize(&call.query, now)),
        ("GET", ["o", "oauth2", "v2", "auth", "choose"]) => Ok(world.choose(&call.query, now)),
        ("POST", ["token"]) => Ok(world.token(&call.headers, &call.form(), now)),
        ("POST", ["revoke"]) => Ok(world.revoke(&call.query, &call.form())),
        ("GET", ["oauth2", "v3", "certs"]) => Ok(world.certs()),
        ("GET", [".well-known", "openid-configuration"]) => Ok(reply::json(&discovery(call))),
        (_, ["v1", "userinfo"]) => {
            let actor = world.authenticate(&call.headers, now)?;
            Ok(reply::json(&world.userinfo(&actor.email)))
        }
        ("GET", ["admin", "directory", "v1", rest @ ..]) => {
            let actor = world.authenticate(&call.headers, now)?;
            world.directory_get(&actor, rest, &call.query, now).map(|value| reply::json(&value))
        }
        ("POST", ["batch", "calendar", "v3"]) => batch::answer(world, call),
        (_, ["calendar", "v3", rest @ ..]) => {
            let actor = world.authenticate(&call.headers, now)?;
            calendar::answer(world, call, &actor, rest)
        }
        _ => Ok(reply::text(StatusCode::NOT_FOUND, "Not Found\n")),
    }
}

fn discovery(call: &Call) -> Value {
    let host = call.headers.get(header::HOST).and_then(|host: &HeaderValue| host.to_str().ok());
    let root = format!("http://{}", host.unwrap_or("127.0.0.1"));
    json!({
        "issuer": crate::world::id_token::ISSUER,
        "authorization_endpoint": format!("{root}/o/oauth2/v2/auth"),
        "token_endpoint": format!("{root}/token"),
        "revocation_endpoint": format!("{root}/revoke"),
        "userinfo_endpoint": format!("{root}/v1/userinfo"),
        "jwks_uri": format!("{root}/oauth2/v3/certs"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["plain", "S256"],
    })
}
