//! id tokens: RS256, with `hd` for Workspace accounts only (facts: google-calendar §1).

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::clock::SECOND;
use super::{World, certificate, keys};

/// Always, also in the sandbox (decisions 4).
pub const ISSUER: &str = "https://accounts.google.com";

/// Something wrong with one id token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdTokenFault {
    /// Not signed at all.
    AlgNone,
    /// Signed by a key that is not published, under the published `kid`.
    WrongKey,
    /// Another audience.
    WrongAud,
    /// Another issuer.
    WrongIss,
    /// An hour too old.
    Expired,
    /// Without `hd`.
    NoHd,
    /// Another nonce.
    BadNonce,
    /// `email_verified: false`.
    EmailUnverified,
    /// `email_verified: "true"`, the string: valid.
    EmailVerifiedString,
    /// The issuer without its scheme: valid.
    ShortIss,
}

/// What a token is made for.
pub(super) struct Wanted<'a> {
    pub(super) user: &'a str,
    pub(super) client: &'a str,
    pub(super) scopes: &'a BTreeSet<String>,
    pub(super) nonce: Option<&'a str>,
    pub(super) access_token: &'a str,
}

impl World {
    /// The published keys: the one that signs, and the one before it.
    pub(crate) fn jwks(&self) -> Value {
        let newest = self.oauth.key_generation;
        let keys = (newest.saturating_sub(1)..=newest).rev().filter_map(keys::key);
        json!({ "keys": keys.map(|key| key.jwk.clone()).collect::<Vec<_>>() })
    }

    /// The same keys as X.509 certificates by `kid`.
    pub(crate) fn certificates(&self) -> Value {
        let newest = self.oauth.key_generation;
        let keys = (newest.saturating_sub(1)..=newest).rev().filter_map(keys::key);
        keys.map(|key| (key.kid.clone(), json!(certificate::pem(&key)))).collect::<Map<_, _>>().into()
    }

    pub(super) fn id_token(&mut self, wanted: &Wanted<'_>, now: i64) -> Option<String> {
        let fault = self.oauth.next_id_token.take();
        let user = self.directory.users.get(wanted.user)?;
        let half = &Sha256::digest(wanted.access_token.as_bytes())[..16];
        let issued = now / SECOND;
        let mut claims = json!({
            "iss": ISSUER,
            "azp": wanted.client,
            "aud": wanted.client,
            "sub": user.id,
            "email": user.email,
            "email_verified": true,
            "at_hash": URL_SAFE_NO_PAD.encode(half),
            "iat": issued,
            "exp": issued + 3_600,
        });
        if let Some(domain) = &user.domain {
            claims["hd"] = json!(domain);
        }
        if let Some(nonce) = wanted.nonce {
            claims["nonce"] = json!(nonce);
        }
        let profile = ["profile", "https://www.googleapis.com/auth/userinfo.profile"];
        if profile.iter().any(|scope| wanted.scopes.contains(*scope)) {
            claims["name"] = json!(user.full_name());
            claims["given_name"] = json!(user.given);
            claims["family_name"] = json!(user.family);
        }
        match fault {
            Some(IdTokenFault::WrongAud) => claims["aud"] = json!("somebody-else.apps.googleusercontent.com"),
            Some(IdTokenFault::WrongIss) => claims["iss"] = json!("https://accounts.example.com"),
            Some(IdTokenFault::ShortIss) => claims["iss"] = json!("accounts.google.com"),
            Some(IdTokenFault::Expired) => {
                claims["iat"] = json!(issued - 7_200);
                claims["exp"] = json!(issued - 3_600);
            }
            Some(IdTokenFault::NoHd) => {
                claims.as_object_mut()?.remove("hd");
            }
            Some(IdTokenFault::BadNonce) => claims["nonce"] = json!("not-the-nonce"),
            Some(IdTokenFault::EmailUnverified) => claims["email_verified"] = json!(false),
            Some(IdTokenFault::EmailVerifiedString) => claims["email_verified"] = json!("true"),
            Some(IdTokenFault::AlgNone | IdTokenFault::WrongKey) | None => {}
        }
        let published = keys::key(self.oauth.key_generation)?;
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        if fault == Some(IdTokenFault::AlgNone) {
            return Some(format!("{}.{}.", encode(&json!({ "alg": "none", "typ": "JWT" })), encode(&claims)));
        }
        let header = json!({ "alg": "RS256", "kid": published.kid, "typ": "JWT" });
        let message = format!("{}.{}", encode(&header), encode(&claims));
        let signer = if fault == Some(IdTokenFault::WrongKey) { keys::key(u64::MAX)? } else { published };
        Some(format!("{message}.{}", signer.sign(&message)))
    }
}
