//! Service accounts: the JWT bearer grant, and domain-wide delegation, by which one acts for the people of a domain
//! (facts: google-directory, "Authorisation").

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

use super::clock::SECOND;
use super::oauth::Access;
use super::oauth_api::token_error;
use super::{World, keys};
use crate::wire::{Query, reply};

/// The seeded one's address.
pub const DEMO_SERVICE_ACCOUNT: &str = "roomly@roomly-demo.iam.gserviceaccount.com";
/// Its numeric client id: what an admin types into the console.
pub const DEMO_SERVICE_CLIENT: &str = "104857600000000000017";
/// `grant_type` of a signed assertion.
pub(super) const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// What the real one calls itself; clients that sign write it into `aud`.
const GOOGLE_AUDIENCE: &str = "https://oauth2.googleapis.com/token";
/// The longest life that an assertion may ask for, with the tolerance for clocks, in seconds.
const LONGEST: i64 = 65 * 60;
/// How far ahead a signer's clock may be, in seconds.
const AHEAD: i64 = 5 * 60;
/// Keys of service accounts are counted from here, apart from those that sign id tokens.
const KEYS_FROM: u64 = 1 << 40;

/// A robot's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// `iss`.
    pub email: String,
    /// Numeric.
    pub client: String,
    /// Whether somebody switched it off.
    pub disabled: bool,
    key: u64,
}

impl ServiceAccount {
    pub(super) fn demo() -> Self {
        let (email, client) = (DEMO_SERVICE_ACCOUNT.to_owned(), DEMO_SERVICE_CLIENT.to_owned());
        Self { email, client, disabled: false, key: KEYS_FROM }
    }
}

/// A line of the admin console: which scopes a client may use for everybody of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// With their common prefix.
    pub scopes: BTreeSet<String>,
    /// Works from then on.
    pub from: i64,
}

/// Why an assertion gives no token: `error`, `error_description`, HTTP status.
struct Refused(&'static str, &'static str, u16);

const BAD_SIGNATURE: Refused = Refused("invalid_grant", "Invalid JWT Signature.", 400);
const BAD_TIME: Refused = Refused(
    "invalid_grant",
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. \
     Check your iat and exp values in the JWT claim.",
    400,
);
const NOT_FOR_USER: Refused = Refused("unauthorized_client", "Unauthorized client or scope in request.", 401);
const BY_EMAIL: Refused = Refused(
    "unauthorized_client",
    "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the \
     scopes requested.",
    401,
);

impl World {
    /// Allows a client the scopes for all people of a domain; `client` is numeric, an address does not work.
    pub fn delegate(&mut self, domain: &str, client: &str, scopes: BTreeSet<String>, now: i64) {
        let from = now + self.settings.delegation_delay_ms * 1_000;
        let key = (domain.to_ascii_lowercase(), client.to_owned());
        if scopes.is_empty() {
            self.oauth.delegations.remove(&key);
        } else {
            self.oauth.delegations.insert(key, Delegation { scopes, from });
        }
        self.next();
    }

    /// The key file that Google's console downloads, with this sandbox as its `token_uri`.
    pub fn service_account_file(&self, host: &str) -> Value {
        let Some(account) = self.oauth.service_accounts.get(DEMO_SERVICE_ACCOUNT) else { return Value::Null };
        let Some(key) = keys::key(account.key) else { return Value::Null };
        json!({
            "type": "service_account",
            "project_id": "roomly-demo",
            "private_key_id": key.kid,
            "private_key": key.pem(),
            "client_email": account.email,
            "client_id": account.client,
            "auth_uri": format!("http://{host}/o/oauth2/v2/auth"),
            "token_uri": format!("http://{host}/token"),
            "auth_provider_x509_cert_url": format!("http://{host}/oauth2/v1/certs"),
            "universe_domain": "googleapis.com",
        })
    }

    /// `grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer`: an access token, never a refresh token.
    pub(super) fn jwt_bearer(&mut self, form: &Query, host: &str, now: i64) -> Response<Bytes> {
        match self.assert(form.get("assertion").unwrap_or_default(), host, now) {
            Err(Refused(error, description, status)) => token_error(status, error, description),
            Ok(access) => {
                let token = format!("ya29.c.{}", self.random_id(80));
                let life = (access.expires - now) / SECOND;
                self.oauth.access.insert(token.clone(), access);
                reply::json(&json!({ "access_token": token, "expires_in": life, "token_type": "Bearer" }))
            }
        }
    }

    fn assert(&self, assertion: &str, host: &str, now: i64) -> Result<Access, Refused> {
        let malformed = || Refused("invalid_grant", "Invalid JWT: Failed to parse the assertion.", 400);
        let mut parts = assertion.split('.');
        let (Some(head), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(malformed());
        };
        let read = |part: &str| -> Option<Value> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        let (head_json, claim) = (read(head).ok_or_else(malformed)?, read(claims).ok_or_else(malformed)?);
        let text = |name: &str| claim[name].as_str().unwrap_or_default();
        let account = self.oauth.service_accounts.get(text("iss"));
        let account = account.ok_or(Refused("invalid_grant", "Invalid grant: account not found", 400))?;
        if account.disabled {
            return Err(Refused("disabled_client", "The OAuth client was disabled.", 401));
        }
        let key = keys::key(account.key).ok_or(BAD_SIGNATURE)?;
        let kid_fits = head_json["kid"].as_str().is_none_or(|kid| kid == key.kid);
        let signed = URL_SAFE_NO_PAD.decode(signature).ok();
        let proven = signed.is_some_and(|signed| key.verifies(&format!("{head}.{claims}"), &signed));
        if head_json["alg"] != "RS256" || !kid_fits || !proven {
            return Err(BAD_SIGNATURE);
        }
        if text("aud") != GOOGLE_AUDIENCE && text("aud") != format!("http://{host}/token") {
            return Err(Refused("invalid_grant", "Invalid JWT: Failed audience check.", 400));
        }
        let (Some(iat), Some(exp)) = (claim["iat"].as_i64(), claim["exp"].as_i64()) else {
            return Err(BAD_TIME);
        };
        let seconds = now / SECOND;
        if iat > seconds + AHEAD || exp <= seconds || exp - iat > LONGEST || exp <= iat {
            return Err(BAD_TIME);
        }
        let scopes: BTreeSet<String> = text("scope").split_whitespace().map(str::to_owned).collect();
        if scopes.is_empty() {
            let message = "Invalid OAuth scope or ID token audience provided.";
            return Err(Refused("invalid_scope", message, 400));
        }
        let user = match claim["sub"].as_str() {
            Some(sub) if sub != account.email => self.delegated(&account.client, sub, &scopes, now)?,
            _ => account.email.clone(),
        };
        Ok(Access {
            user,
            client: account.client.clone(),
            scopes,
            expires: now + self.settings.access_token_ttl_s * SECOND,
            via: Some(account.email.clone()),
            refresh: None,
        })
    }

    /// The person that may be acted for.
    fn delegated(
        &self,
        client: &str,
        sub: &str,
        scopes: &BTreeSet<String>,
        now: i64,
    ) -> Result<String, Refused> {
        if !sub.contains('@') {
            return Err(Refused("invalid_grant", "Not a valid email", 400));
        }
        let email = sub.to_ascii_lowercase();
        let user = self.directory.users.get(&email).filter(|user| !user.suspended);
        let user = user.ok_or(Refused("invalid_grant", "Invalid email or User ID", 400))?;
        let domain = user.domain.clone().ok_or(NOT_FOR_USER)?;
        let works = |delegation: &&Delegation| delegation.from <= now;
        let allowed = self.oauth.delegations.get(&(domain.clone(), client.to_owned())).filter(works);
        let Some(allowed) = allowed else {
            let by_email = |account: &&ServiceAccount| account.client == client;
            let account = self.oauth.service_accounts.values().find(by_email);
            let mistyped = account
                .is_some_and(|account| self.oauth.delegations.contains_key(&(domain, account.email.clone())));
            return Err(if mistyped { BY_EMAIL } else { NOT_FOR_USER });
        };
        if scopes.is_disjoint(&allowed.scopes) {
            return Err(BY_EMAIL);
        }
        if !scopes.is_subset(&allowed.scopes) {
            let status = self.settings.partial_delegation_status;
            return Err(Refused("access_denied", "Requested client not authorized.", status));
        }
        Ok(email)
    }
}
