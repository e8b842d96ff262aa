//! Which path is which method.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};

use super::query::percent_decode;
use super::reply::{self, Answer};
use super::{ApiError, Query, batch, calendar, guard};
use crate::page;
use crate::world::World;

/// A request taken apart.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) raw_query: String,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) now: i64,
}

impl Call {
    pub(crate) fn json(&self) -> Result<Value, ApiError> {
        let parse = || ApiError::new(400, "parseError", "Parse Error");
        let value: Value = serde_json::from_slice(&self.body).map_err(|_| parse())?;
        if value.is_object() { Ok(value) } else { Err(parse()) }
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> Option<&str> {
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
        raw_query: raw_query.to_owned(),
        headers: parts.headers,
        body,
        now,
    };
    let segments: Vec<String> =
        call.path.split('/').filter(|part| !part.is_empty()).map(percent_decode).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    if let ["sandbox", "service-account"] = segments.as_slice() {
        return reply::json(&world.service_account_file(host(&call.headers)));
    }
    if let ["sandbox", rest @ ..] = segments.as_slice() {
        return world.control(&call.method, rest, &call.query, &call.body, now);
    }
    if let [] | ["break"] | ["ui", ..] = segments.as_slice() {
        return page::handle(world, &call, &segments);
    }
    guard::answer(world, &call, &segments)
}

/// The method that the path names.
pub(crate) fn route(world: &mut World, call: &Call, segments: &[&str]) -> Answer {
    let now = call.now;
    match (call.method.as_str(), segments) {
        ("GET", ["o", "oauth2", "v2", "auth"]) => Ok(world.authorize(&call.query, now)),
        ("GET", ["o", "oauth2", "v2", "auth", "choose"]) => Ok(world.choose(&call.query, now)),
        ("POST", ["token"]) => Ok(world.token(&call.headers, &call.form(), now)),
        ("POST", ["revoke"]) => Ok(world.revoke(&call.query, &call.form())),
        ("GET", ["tokeninfo"] | ["oauth2", "v1" | "v3", "tokeninfo"]) => {
            Ok(world.token_info(&call.headers, &call.query, now))
        }
        ("POST", ["tokeninfo"] | ["oauth2", "v1" | "v3", "tokeninfo"]) => {
            Ok(world.token_info(&call.headers, &call.form(), now))
        }
        ("GET", ["oauth2", version @ ("v1" | "v3"), "certs"]) => Ok(world.certs(*version == "v1")),
        ("GET", [".well-known", "openid-configuration"]) => Ok(reply::json(&discovery(host(&call.headers)))),
        (_, ["v1", "userinfo"] | ["oauth2", "v2" | "v3", "userinfo"]) => {
            let actor = world.authenticate(&call.headers, now)?;
            Ok(reply::json(&world.userinfo(&actor.email)))
        }
        ("GET", ["admin", "directory", "v1", rest @ ..]) => {
            let actor = world.authenticate(&call.headers, now)?;
            world.directory_get(&actor, rest, &call.query, now).map(|value| reply::json(&value))
        }
        (_, ["admin", "directory", "v1", rest @ ..]) => {
            let actor = world.authenticate(&call.headers, now)?;
            world.directory_write(&actor, call, rest)
        }
        ("POST", ["batch", "calendar", "v3"]) => batch::answer(world, call),
        (_, ["calendar", "v3", rest @ ..]) => {
            let actor = world.authenticate(&call.headers, now)?;
            calendar::answer(world, call, &actor, rest)
        }
        _ => Ok(reply::text(StatusCode::NOT_FOUND, "Not Found\n")),
    }
}

/// The host that the caller used, without which no address of ours can be told.
pub(crate) fn host(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1")
}

fn discovery(host: &str) -> Value {
    let root = format!("http://{host}");
    json!({
        "issuer": crate::world::id_token::ISSUER,
        "authorization_endpoint": format!("{root}/o/oauth2/v2/auth"),
        "token_endpoint": format!("{root}/token"),
        "revocation_endpoint": format!("{root}/revoke"),
        "userinfo_endpoint": format!("{root}/v1/userinfo"),
        "jwks_uri": format!("{root}/oauth2/v3/certs"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token",
            "urn:ietf:params:oauth:grant-type:jwt-bearer"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "claims_supported": ["aud", "email", "email_verified", "exp", "family_name", "given_name", "iat", "iss",
            "name", "sub"],
        "code_challenge_methods_supported": ["plain", "S256"],
    })
}
