//! Which path is which method.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};

use super::query::percent_decode;
use super::reply::{self, Answer, HoldBack};
use super::{ApiError, Query};
use crate::page;
use crate::world::Mode;
use crate::world::World;
use crate::world::access::{Actor, CALENDAR_LIST, CALENDARS, EVENTS_READ, EVENTS_WRITE, FREE_BUSY, Role};
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
    fn json(&self) -> Result<Value, ApiError> {
        let parse = || ApiError::new(400, "parseError", "Parse Error");
        let value: Value = serde_json::from_slice(&self.body).map_err(|_| parse())?;
        if value.is_object() { Ok(value) } else { Err(parse()) }
    }

    fn header(&self, name: header::HeaderName) -> Option<&str> {
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
        (_, ["calendar", "v3", rest @ ..]) => {
            let actor = world.authenticate(&call.headers, now)?;
            calendar(world, call, &actor, rest)
        }
        _ => Ok(reply::text(StatusCode::NOT_FOUND, "Not Found\n")),
    }
}

fn calendar(world: &mut World, call: &Call, actor: &Actor, path: &[&str]) -> Answer {
    let now = call.now;
    match (call.method.as_str(), path) {
        ("GET", ["users", "me", "calendarList"]) => {
            actor.demand(CALENDAR_LIST)?;
            world.calendar_list(actor, &call.query, now).map(|value| reply::json(&value))
        }
        ("GET", ["users", "me", "calendarList", id]) => {
            actor.demand(CALENDAR_LIST)?;
            world.calendar_list_get(actor, id).map(|value| reply::json(&value))
        }
        ("GET", ["calendars", id]) => {
            actor.demand(CALENDARS)?;
            let (id, _) = world.open(actor, id, Role::FreeBusyReader)?;
            world.calendar_get(&id).map(|value| reply::json(&value))
        }
        ("POST", ["channels", "stop"]) => {
            world.stop(actor, &call.json()?)?;
            Ok(reply::empty())
        }
        ("POST", ["freeBusy"]) => {
            actor.demand(FREE_BUSY)?;
            world.free_busy(actor, &call.json()?).map(|value| reply::json(&value))
        }
        ("GET", ["calendars", id, "events"]) => {
            actor.demand(EVENTS_READ)?;
            let (id, role) = world.open(actor, id, Role::FreeBusyReader)?;
            world.events_list((&id, role), &call.query, now).map(|value| reply::json(&value))
        }
        ("POST", ["calendars", id, "events"]) => {
            actor.demand(EVENTS_WRITE)?;
            let body = body_of(call)?;
            let written = world.act_insert(actor, id, &body, now)?;
            shown(world, actor, written, call)
        }
        ("POST", ["calendars", id, "events", "watch"]) => {
            actor.demand(EVENTS_READ)?;
            let (id, _) = world.open(actor, id, Role::FreeBusyReader)?;
            world.watch(actor, &id, &call.json()?, now).map(|value| reply::json(&value))
        }
        (_, ["calendars", id, "events", event]) => one_event(world, call, actor, (id, event)),
        ("GET", ["calendars", id, "events", event, "instances"]) => {
            actor.demand(EVENTS_READ)?;
            let (id, role) = world.open(actor, id, Role::FreeBusyReader)?;
            world.events_instances((&id, role), event, &call.query, now).map(|value| reply::json(&value))
        }
        _ => Err(ApiError::not_found()),
    }
}

fn one_event(world: &mut World, call: &Call, actor: &Actor, target: (&str, &str)) -> Answer {
    let if_match = call.header(header::IF_MATCH);
    let mode = match call.method {
        Method::GET => {
            actor.demand(EVENTS_READ)?;
            let (id, _) = world.open(actor, target.0, Role::FreeBusyReader)?;
            return shown(world, actor, (id, target.1.to_owned()), call);
        }
        Method::DELETE => {
            actor.demand(EVENTS_WRITE)?;
            world.act_delete(actor, target, if_match, call.now)?;
            return Ok(reply::empty());
        }
        Method::PATCH => Mode::Patch,
        Method::PUT => Mode::Put,
        _ => return Err(ApiError::not_found()),
    };
    actor.demand(EVENTS_WRITE)?;
    let body = body_of(call)?;
    let written = world.act_edit(actor, target, &body, mode, if_match, call.now)?;
    shown(world, actor, written, call)
}

/// The body of a write; conference data counts only with `conferenceDataVersion=1`, attachments only with
/// `supportsAttachments=true`.
fn body_of(call: &Call) -> Result<Value, ApiError> {
    let mut body = call.json()?;
    if let Some(map) = body.as_object_mut() {
        if call.query.get("conferenceDataVersion") != Some("1") {
            map.remove("conferenceData");
        }
        if call.query.get("supportsAttachments") != Some("true") {
            map.remove("attachments");
        }
    }
    Ok(body)
}

/// The event as it is now; 304 when the client has it.
fn shown(world: &World, actor: &Actor, (calendar, event): (String, String), call: &Call) -> Answer {
    let role = world.role(&actor.email, &calendar);
    let found = world.find(&calendar, &event)?;
    if call.method == Method::GET && call.header(header::IF_NONE_MATCH) == Some(&world.etag(found.etag())) {
        let mut response = reply::empty();
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    let zone = crate::world::zone_parameter(&call.query)?;
    Ok(reply::json(&world.render_found(&found, &world.view(&calendar, role, zone))))
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
