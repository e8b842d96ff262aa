//! The check of an id token (facts: google-calendar §1). Pure: keys, expectations and the time are handed in.
//!
//! Only RS256, only by a key of Google's published set that the header names by `kid`; a header that brings or points to
//! a key of its own is refused. The library checks the signature and nothing else: its time checks read the system's
//! clock (decisions, 25), and the rest is clearer in one place.

use jsonwebtoken::{Algorithm, Validation};
use model::Instant;
use serde_json::Value;
use subtle::ConstantTimeEq as _;
use sync::port::{AuthFailure, Identity};

use crate::jwks::KeySet;

/// Clocks may differ by this much (seconds, F-098).
const LEEWAY_SECS: i64 = 60;
/// Longer than any id token of Google's (bytes).
const TOKEN_MAX: usize = 16 * 1024;
/// Longest `sub` by Google's word (ASCII characters).
const SUB_MAX: usize = 255;
/// Both spellings are Google's.
const ISSUERS: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];

/// What a token must have been made for.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub client_id: &'a str,
    /// Of the sign-in that this browser began; usable once, which the caller sees to.
    pub nonce: &'a str,
    pub now: Instant,
}

/// Verifies `token` and reads who it is. `why` of a refusal names the check that failed, never the content.
pub fn verify(token: &str, keys: &KeySet, expected: Expected<'_>) -> Result<Identity, AuthFailure> {
    check(token, keys, expected).map_err(|why| AuthFailure::BadIdToken { why })
}

/// The `kid` of a token whose header is otherwise acceptable.
pub(crate) fn key_id(token: &str) -> Result<String, &'static str> {
    if token.len() > TOKEN_MAX {
        return Err("size");
    }
    let header = jsonwebtoken::decode_header(token).map_err(|_| "header")?;
    if header.alg != Algorithm::RS256 {
        return Err("alg");
    }
    // A key that comes with the token proves nothing, and nothing here understands critical extensions.
    if header.jku.is_some() || header.jwk.is_some() || header.x5u.is_some() || header.x5c.is_some() {
        return Err("header key");
    }
    if header.crit.is_some() || header.enc.is_some() || header.zip.is_some() {
        return Err("header extension");
    }
    if header.typ.as_deref().is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
        return Err("typ");
    }
    header.kid.filter(|kid| !kid.is_empty()).ok_or("kid")
}

fn check(token: &str, keys: &KeySet, expected: Expected<'_>) -> Result<Identity, &'static str> {
    let key = keys.get(&key_id(token)?).ok_or("kid")?;
    let claims =
        jsonwebtoken::decode::<Value>(token, key, &signature_only()).map_err(|_| "signature")?.claims;
    if !claims["iss"].as_str().is_some_and(|iss| ISSUERS.contains(&iss)) {
        return Err("iss");
    }
    audience(&claims, expected.client_id)?;
    times(&claims, expected.now.as_secs())?;
    let nonce = claims["nonce"].as_str().ok_or("nonce")?;
    if expected.nonce.is_empty() || !bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) {
        return Err("nonce");
    }
    let sub = claims["sub"].as_str().unwrap_or_default();
    if sub.is_empty() || sub.len() > SUB_MAX || !sub.is_ascii() {
        return Err("sub");
    }
    // A boolean by the specification; Google's own example prints a string.
    if claims["email_verified"] != Value::Bool(true) && claims["email_verified"].as_str() != Some("true") {
        return Err("email_verified");
    }
    let email = claims["email"].as_str().filter(|email| !email.is_empty()).ok_or("email")?;
    let hosted_domain = match &claims["hd"] {
        Value::Null => None,
        Value::String(domain) if !domain.is_empty() => Some(domain.to_ascii_lowercase()),
        _ => return Err("hd"),
    };
    Ok(Identity {
        sub: sub.to_owned(),
        email: email.to_owned(),
        name: claims["name"].as_str().filter(|name| !name.is_empty()).map(str::to_owned),
        hosted_domain,
    })
}

fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    validation
}

/// Ours alone, or ours among several and then issued to us by name.
fn audience(claims: &Value, client_id: &str) -> Result<(), &'static str> {
    let (ours, several) = match &claims["aud"] {
        Value::String(one) => (one == client_id, false),
        Value::Array(all) => (all.iter().any(|one| one.as_str() == Some(client_id)), all.len() > 1),
        _ => (false, false),
    };
    if !ours || client_id.is_empty() {
        return Err("aud");
    }
    match &claims["azp"] {
        Value::Null if !several => Ok(()),
        Value::String(party) if party == client_id => Ok(()),
        _ => Err("azp"),
    }
}

/// `exp` and `iat` must be there, `nbf` may.
fn times(claims: &Value, now: i64) -> Result<(), &'static str> {
    let seconds = |name: &str| match &claims[name] {
        Value::Null => Ok(None),
        value => value.as_i64().map(Some).ok_or("time"),
    };
    let latest = now.saturating_add(LEEWAY_SECS);
    match seconds("exp")? {
        Some(expires) if expires > now.saturating_sub(LEEWAY_SECS) => {}
        _ => return Err("exp"),
    }
    match seconds("iat")? {
        // Mostly this machine's clock that is behind.
        Some(issued) if issued > latest => return Err("iat: clock"),
        Some(_) => {}
        None => return Err("iat"),
    }
    match seconds("nbf")? {
        Some(valid_from) if valid_from > latest => Err("nbf"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
