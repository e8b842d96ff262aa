//! Service accounts: a key file, and the tokens it gives for people of a domain that delegated to it (RFC 7523; facts:
//! google-directory, "Authorisation").

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response};
use model::Instant;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde::Deserialize;
use serde_json::{Value, json};
use sync::port::{Delegated, DelegationFailure, Failure, Secret};
use thiserror::Error;
use url::form_urlencoded::Serializer;

use crate::client::GoogleClient;
use crate::failure::Reasons;
use crate::transport::BODY_CAP;
use crate::wire::{reason_word, unsendable};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// What is asked for each person: their events, and nothing else of theirs.
const SCOPE: &str = "https://www.googleapis.com/auth/calendar.events";
/// How long an assertion lives; the longest that Google takes is an hour.
const LIFE_SECS: i64 = 3_600;
/// The longest `quotaUser` that Google takes (discovery: `parameters.quotaUser`).
const QUOTA_USER: usize = 40;
/// A signer's clock may be a little ahead.
const AHEAD_SECS: i64 = 30;

/// A key file that cannot be used.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum KeyFileError {
    #[error("it is no JSON of a key")]
    NotAKey,
    #[error("it is a key of another type than service_account")]
    OtherType,
    #[error("its private key cannot be read")]
    PrivateKey,
}

/// The fields of Google's key file that matter here.
#[derive(Deserialize)]
struct KeyFile {
    r#type: Option<String>,
    client_email: String,
    client_id: Option<String>,
    private_key_id: Option<String>,
    private_key: String,
}

/// A robot's account, by its key file.
pub struct ServiceAccount {
    email: String,
    client_id: String,
    key_id: Option<String>,
    key: RsaKeyPair,
}

impl std::fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ServiceAccount(…)")
    }
}

impl ServiceAccount {
    /// Reads the text of a key file, as Google's console gives it.
    pub fn read(text: &str) -> Result<Self, KeyFileError> {
        let file: Value = serde_json::from_str(text).map_err(|_| KeyFileError::NotAKey)?;
        let file: KeyFile = serde_json::from_value(file).map_err(|_| KeyFileError::NotAKey)?;
        if file.r#type.as_deref() != Some("service_account") {
            return Err(KeyFileError::OtherType);
        }
        let der = pkcs8(&file.private_key).ok_or(KeyFileError::PrivateKey)?;
        let key = RsaKeyPair::from_pkcs8(&der).map_err(|_| KeyFileError::PrivateKey)?;
        let client_id = file.client_id.unwrap_or_default();
        Ok(Self { email: file.client_email, client_id, key_id: file.private_key_id, key })
    }

    /// Its address.
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The number that an admin allows the scopes to.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// A signed assertion to act for `subject` at `audience`; `None` if the key does not sign.
    fn assertion(&self, subject: &str, audience: &str, now: Instant) -> Option<String> {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let mut head = json!({ "alg": "RS256", "typ": "JWT" });
        if let Some(key) = &self.key_id {
            head["kid"] = json!(key);
        }
        let iat = now.as_micros() / 1_000_000 - AHEAD_SECS;
        let claims = json!({
            "iss": self.email,
            "sub": subject,
            "scope": SCOPE,
            "aud": audience,
            "iat": iat,
            "exp": iat + LIFE_SECS,
        });
        let message = format!("{}.{}", encode(&head), encode(&claims));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).ok()?;
        Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// The bytes of a PEM text of the type `PRIVATE KEY`.
fn pkcs8(pem: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (body, _) = rest.split_once("-----END PRIVATE KEY-----")?;
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(body).ok()
}

impl GoogleClient {
    /// With an account that acts for people who never granted anything themselves.
    #[must_use]
    pub fn with_service_account(mut self, account: ServiceAccount) -> Self {
        self.service_account = Some(account);
        self
    }

    /// The request with the name of whoever it counts for: all that a service account asks counts for the account itself,
    /// unless `quotaUser` says otherwise (facts: google-calendar §7). The name is made of the token, so that it tells
    /// nobody anything; with the next token, an hour later, it is another one.
    pub(crate) fn counted(
        &self,
        mut request: Request<Bytes>,
        token: &Secret,
    ) -> Result<Request<Bytes>, Failure> {
        if self.service_account.is_none() {
            return Ok(request);
        }
        let name = URL_SAFE_NO_PAD.encode(digest(&SHA256, token.0.as_bytes()));
        let sign = if request.uri().query().is_some() { '&' } else { '?' };
        let uri = format!("{}{sign}quotaUser={}", request.uri(), &name[..QUOTA_USER]);
        *request.uri_mut() = uri.parse().map_err(|_| unsendable())?;
        Ok(request)
    }

    /// A token to act for a person, if the domain's admin allowed it.
    pub(crate) async fn delegated(
        &self,
        subject: &str,
        now: Instant,
    ) -> Result<Delegated, DelegationFailure> {
        let account = self.service_account.as_ref().ok_or(DelegationFailure::NoAccount)?;
        let unusable = |reason: &str| DelegationFailure::BadKey { reason: reason.to_owned() };
        let audience = &self.endpoints.token;
        let assertion = account.assertion(subject, audience, now).ok_or_else(|| unusable("signing"))?;
        let form = Serializer::new(String::new())
            .append_pair("grant_type", GRANT_TYPE)
            .append_pair("assertion", &assertion)
            .finish();
        let mut request =
            Request::post(audience.as_str()).body(Bytes::from(form)).map_err(|_| unusable("address"))?;
        request
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let answer = self.carrier.carry(request, BODY_CAP).await;
        let answer = answer.map_err(|error| DelegationFailure::Unavailable { detail: error.to_string() })?;
        read(&answer, now)
    }
}

fn read(answer: &Response<Bytes>, now: Instant) -> Result<Delegated, DelegationFailure> {
    let status = answer.status().as_u16();
    let body: Value = serde_json::from_slice(answer.body()).unwrap_or(Value::Null);
    if !answer.status().is_success() {
        let description = body["error_description"].as_str().unwrap_or_default();
        return Err(refusal(status, &Reasons::of(answer.body()).first(), description));
    }
    let unreadable = || DelegationFailure::Unavailable { detail: "unreadable answer".to_owned() };
    let access = body["access_token"].as_str().filter(|token| !token.is_empty()).ok_or_else(unreadable)?;
    let life = body["expires_in"].as_i64().unwrap_or(300).clamp(0, LIFE_SECS);
    Ok(Delegated { access: Secret(access.to_owned()), expires: now.plus_secs(life) })
}

/// What Google's word means; `invalid_grant` is four different things, which only its description tells apart. Nothing
/// of the description is kept.
fn refusal(status: u16, word: &str, description: &str) -> DelegationFailure {
    let reason = reason_word(word);
    match word {
        "unauthorized_client" | "access_denied" | "admin_policy_enforced" | "invalid_scope" => {
            DelegationFailure::NotDelegated { reason }
        }
        "invalid_grant" if description.contains("reasonable timeframe") => DelegationFailure::Clock,
        "invalid_grant" if description.contains("email") => DelegationFailure::UnknownSubject,
        _ if matches!(status, 429 | 500..=599) => DelegationFailure::Unavailable { detail: reason },
        // A bad signature, an account or a key that was deleted or disabled.
        _ => DelegationFailure::BadKey { reason },
    }
}

#[cfg(test)]
mod tests;
