//! The token endpoint, revocation, keys and userinfo (facts: google-calendar §1).

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::World;
use super::clock::{DAY, SECOND};
use super::id_token::Wanted;
use super::oauth::{Access, Refresh};
use super::service_account::JWT_BEARER;
use super::settings::SuspendedTokens;
use crate::wire::{Query, reply};

const MOST_REFRESH: usize = 100;
const REVOKED: &str = "Token has been expired or revoked.";

pub(super) fn token_error(status: u16, error: &str, description: &str) -> Response<Bytes> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    reply::json_status(status, &json!({ "error": error, "error_description": description }))
}

impl World {
    /// `POST /token`: codes, refresh tokens and signed assertions; client authentication in the body or Basic.
    pub(crate) fn token(&mut self, headers: &HeaderMap, form: &Query, now: i64) -> Response<Bytes> {
        if form.get("grant_type") == Some(JWT_BEARER) {
            return self.jwt_bearer(form, crate::wire::router::host(headers), now);
        }
        let basic = basic(headers);
        let client = basic.as_ref().map(|(id, _)| id.as_str()).or_else(|| form.get("client_id"));
        let secret = basic.as_ref().map(|(_, secret)| secret.as_str()).or_else(|| form.get("client_secret"));
        let Some(known) = client.and_then(|client| self.oauth.clients.get(client)) else {
            return token_error(401, "invalid_client", "The OAuth client was not found.");
        };
        if secret != Some(known.as_str()) {
            return token_error(401, "invalid_client", "Unauthorized");
        }
        let client = client.unwrap_or_default().to_owned();
        if self.oauth.deleted_clients.contains(&client) {
            return token_error(401, "deleted_client", "The OAuth client was deleted.");
        }
        match form.get("grant_type") {
            Some("authorization_code") => self.exchange(&client, form, now),
            Some("refresh_token") => self.refresh(&client, form, now),
            Some(_) => token_error(400, "unsupported_grant_type", "Invalid grant_type"),
            None => token_error(400, "invalid_request", "Missing required parameter: grant_type"),
        }
    }

    fn exchange(&mut self, client: &str, form: &Query, now: i64) -> Response<Bytes> {
        // A code is taken by its first use, good or bad.
        let code = form.get("code").and_then(|code| self.oauth.codes.remove(code));
        let Some(code) = code.filter(|code| code.client == client && code.expires > now) else {
            return token_error(400, "invalid_grant", "Malformed auth code.");
        };
        if form.get("redirect_uri") != Some(code.redirect_uri.as_str()) {
            return token_error(400, "redirect_uri_mismatch", "Bad Request");
        }
        let verifier = form.get("code_verifier");
        let proven = match (&code.challenge, verifier) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some((challenge, hashed)), Some(verifier)) => {
                let made = if *hashed {
                    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
                } else {
                    verifier.to_owned()
                };
                (43..=128).contains(&verifier.len()) && made == *challenge
            }
        };
        if !proven {
            let what = if verifier.is_none() { "Missing code verifier." } else { "Invalid code verifier." };
            return token_error(400, "invalid_grant", what);
        }
        let refresh = code.refresh.then(|| self.new_refresh(&code.user, client, &code.scopes, now));
        self.issue(&code.user, client, code.scopes, (refresh, true), code.nonce.as_deref(), now)
    }

    fn new_refresh(&mut self, user: &str, client: &str, scopes: &BTreeSet<String>, now: i64) -> String {
        let token = format!("1//0{}", self.random_id(60));
        let made = self.next();
        let refresh = Refresh {
            user: user.to_owned(),
            client: client.to_owned(),
            scopes: scopes.clone(),
            made,
            used: now,
            born: now,
        };
        self.oauth.refresh.insert(token.clone(), refresh);
        let mine = self.oauth.refresh.iter().filter(|(_, held)| held.user == user && held.client == client);
        let mut mine: Vec<(u64, String)> = mine.map(|(token, held)| (held.made, token.clone())).collect();
        mine.sort();
        while mine.len() > MOST_REFRESH {
            self.oauth.refresh.remove(&mine.remove(0).1);
        }
        token
    }

    /// A refresh token's fate, as its use finds it.
    fn refresh_refusal(&self, held: &Refresh, now: i64) -> Option<Response<Bytes>> {
        let settings = &self.settings;
        let age = now - held.born;
        let lives_on = settings.suspended_tokens == SuspendedTokens::LiveOn;
        let gone = now - held.used >= 183 * DAY
            || self.directory.users.get(&held.user).is_none_or(|user| user.suspended && !lives_on)
            || (settings.testing_mode && age >= 7 * DAY && !is_identity(&held.scopes))
            || settings.refresh_token_ttl_s.is_some_and(|life| age >= life * SECOND);
        if gone {
            return Some(token_error(400, "invalid_grant", REVOKED));
        }
        if self.is_restricted(&held.user, &held.scopes) {
            return Some(token_error(
                400,
                "admin_policy_enforced",
                "Access to a scope is restricted by the admin.",
            ));
        }
        let workspace = self.directory.company_of(&held.user).is_some();
        let session = settings.session_length_s.filter(|_| workspace);
        session.filter(|life| age >= life * SECOND).map(|_| {
            let body = json!({ "error": "invalid_grant", "error_description": "reauth related error (invalid_rapt)",
                "error_subtype": "invalid_rapt" });
            reply::json_status(StatusCode::BAD_REQUEST, &body)
        })
    }

    /// Whether an admin has restricted one of the scopes for the person's Workspace.
    pub(super) fn is_restricted(&self, user: &str, scopes: &BTreeSet<String>) -> bool {
        let restricted = &self.settings.restricted_scopes;
        !restricted.is_empty()
            && self.directory.company_of(user).is_some()
            && restricted.iter().any(|scope| scopes.contains(scope))
    }

    fn refresh(&mut self, client: &str, form: &Query, now: i64) -> Response<Bytes> {
        let mut token = form.get("refresh_token").unwrap_or_default().to_owned();
        let held = self.oauth.refresh.get(&token).filter(|held| held.client == client);
        let Some(mut held) = held.cloned() else {
            return token_error(400, "invalid_grant", REVOKED);
        };
        if let Some(refusal) = self.refresh_refusal(&held, now) {
            return refusal;
        }
        let scopes = match form.get("scope") {
            None => held.scopes.clone(),
            Some(fewer) => fewer.split_whitespace().map(str::to_owned).collect(),
        };
        if !scopes.is_subset(&held.scopes) {
            return token_error(400, "invalid_scope", "Some requested scopes were not granted.");
        }
        held.used = now;
        // The client keeps the old one, unless the switch for another habit is on.
        let rotates = self.settings.rotate_refresh_tokens;
        if rotates {
            self.oauth.refresh.remove(&token);
            token = format!("1//0{}", self.random_id(60));
        }
        let user = held.user.clone();
        self.oauth.refresh.insert(token.clone(), held);
        self.issue(&user, client, scopes, (Some(token), rotates), None, now)
    }

    fn issue(
        &mut self,
        user: &str,
        client: &str,
        scopes: BTreeSet<String>,
        (refresh, show_refresh): (Option<String>, bool),
        nonce: Option<&str>,
        now: i64,
    ) -> Response<Bytes> {
        let token = format!("ya29.a0{}", self.random_id(80));
        let life = self.settings.access_token_ttl_s;
        let mut out = json!({
            "access_token": token,
            "expires_in": life,
            "scope": scopes.iter().cloned().collect::<Vec<_>>().join(" "),
            "token_type": "Bearer",
        });
        if let (Some(refresh), true) = (&refresh, show_refresh) {
            out["refresh_token"] = json!(refresh);
        }
        if let (Some(life), Some(held)) = (
            self.settings.refresh_token_ttl_s,
            refresh.as_ref().and_then(|token| self.oauth.refresh.get(token)),
        ) {
            out["refresh_token_expires_in"] = json!(life - (now - held.born) / SECOND);
        }
        if scopes.contains("openid") {
            let wanted = Wanted { user, client, scopes: &scopes, nonce, access_token: &token };
            if let Some(id_token) = self.id_token(&wanted, now) {
                out["id_token"] = json!(id_token);
            }
        }
        let access = Access {
            user: user.to_owned(),
            client: client.to_owned(),
            scopes,
            expires: now + life * SECOND,
            via: None,
            refresh,
        };
        self.oauth.access.retain(|_, held| held.expires > now);
        self.oauth.access.insert(token, access);
        reply::json(&out)
    }

    /// `POST /revoke`: takes all of the person's grant to the client, not one scope.
    pub(crate) fn revoke(&mut self, query: &Query, form: &Query) -> Response<Bytes> {
        let token = form.get("token").or_else(|| query.get("token")).unwrap_or_default();
        let access = self.oauth.access.get(token).map(|held| (held.user.clone(), held.client.clone()));
        let refresh = self.oauth.refresh.get(token).map(|held| (held.user.clone(), held.client.clone()));
        match access.or(refresh) {
            Some((user, client)) => {
                self.oauth.revoke(&user, &client);
                reply::json(&json!({}))
            }
            None => token_error(400, "invalid_token", "Token expired or revoked"),
        }
    }

    /// `/tokeninfo`: what an access token may, or what an id token says. Numbers are texts.
    pub(crate) fn token_info(&self, headers: &HeaderMap, form: &Query, now: i64) -> Response<Bytes> {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = form.get("access_token").or_else(|| bearer?.strip_prefix("Bearer "));
        let held = token.and_then(|token| self.oauth.access.get(token)).filter(|held| held.expires > now);
        let Some(held) = held else {
            return token_error(400, "invalid_token", "Invalid Value");
        };
        let mut out = json!({
            "azp": held.client,
            "aud": held.client,
            "scope": held.scopes.iter().cloned().collect::<Vec<_>>().join(" "),
            "exp": (held.expires / SECOND).to_string(),
            "expires_in": ((held.expires - now) / SECOND).to_string(),
            "access_type": if held.refresh.is_some() { "offline" } else { "online" },
        });
        if let Some(user) = self.directory.users.get(&held.user) {
            out["sub"] = json!(user.id);
            if held.scopes.iter().any(|scope| scope == "email" || scope.ends_with("userinfo.email")) {
                out["email"] = json!(user.email);
                out["email_verified"] = json!("true");
            }
        }
        reply::json(&out)
    }

    /// `/oauth2/v3/certs`, or as certificates `/oauth2/v1/certs`.
    pub(crate) fn certs(&self, as_certificates: bool) -> Response<Bytes> {
        let keys = if as_certificates { self.certificates() } else { self.jwks() };
        let mut response = reply::json(&keys);
        let life = HeaderValue::from_static("public, max-age=21600, must-revalidate, no-transform");
        response.headers_mut().insert(header::CACHE_CONTROL, life);
        response
    }

    /// `/v1/userinfo`.
    pub(crate) fn userinfo(&self, email: &str) -> Value {
        let Some(user) = self.directory.users.get(email) else { return Value::Null };
        let mut out = json!({ "sub": user.id, "email": user.email, "email_verified": true,
            "name": user.full_name(), "given_name": user.given, "family_name": user.family });
        if let Some(domain) = &user.domain {
            out["hd"] = json!(domain);
        }
        out
    }
}

/// Only who somebody is: such tokens outlive the seven days of a project in testing.
fn is_identity(scopes: &BTreeSet<String>) -> bool {
    let identity = |scope: &String| {
        matches!(scope.as_str(), "openid" | "email" | "profile") || scope.contains("/auth/userinfo.")
    };
    scopes.iter().all(identity)
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = crate::wire::query::percent_decode;
    Some((decode(id), decode(secret)))
}
