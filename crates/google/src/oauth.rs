//! OAuth 2.0 and `OpenID` Connect with Google: the authorization code flow with PKCE.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request};
use model::Instant;
use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse,
    BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EndpointNotSet, EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, Scope, StandardRevocableToken,
    StandardTokenResponse, TokenResponse as _, TokenUrl,
};
use serde::{Deserialize, Serialize};
use sync::port::{
    AuthFailure, Authorization, Consent, Delegated, DelegationFailure, Identity, IdentityPort, Secret, Tokens,
};
use url::form_urlencoded::Serializer;

use crate::client::GoogleClient;
use crate::config::{ConfigError, Endpoints};
use crate::failure::Reasons;
use crate::id_token::{Expected, key_id, verify};
use crate::transport::{BODY_CAP, Carrier, TransportError};
use crate::wire::reason_word;

/// Bytes of randomness in `state` and `nonce`.
const RANDOM_BYTES: u32 = 32;
/// How long an access token is used whose life Google did not tell (seconds).
const UNTOLD_LIFE_SECS: u64 = 300;

const IDENTITY_SCOPES: &[&str] = &["openid", "email", "profile"];
const CALENDAR_SCOPES: &[&str] = &["https://www.googleapis.com/auth/calendar.events"];
const COMPANY_SCOPES: &[&str] = &[
    "https://www.googleapis.com/auth/calendar",
    "https://www.googleapis.com/auth/admin.directory.user.readonly",
    "https://www.googleapis.com/auth/admin.directory.resource.calendar.readonly",
];

/// What a consent asks for.
pub(crate) fn scopes(consent: Consent) -> impl Iterator<Item = &'static str> {
    let more = match consent {
        Consent::Identity => &[][..],
        Consent::Calendar => CALENDAR_SCOPES,
        Consent::Company => COMPANY_SCOPES,
    };
    IDENTITY_SCOPES.iter().chain(more).copied()
}

/// What `oauth2`'s basic client leaves out.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct IdTokenField {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

impl std::fmt::Debug for IdTokenField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdTokenField(…)")
    }
}

impl ExtraTokenFields for IdTokenField {}

type TokenAnswer = StandardTokenResponse<IdTokenField, BasicTokenType>;
type AnswerError = RequestTokenError<TransportError, BasicErrorResponse>;

/// `oauth2`'s basic client, with the id token in its answers.
pub(crate) type OauthClient = Client<
    BasicErrorResponse,
    TokenAnswer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

pub(crate) fn oauth_client(
    endpoints: &Endpoints,
    client_id: &str,
    client_secret: &Secret,
) -> Result<OauthClient, ConfigError> {
    let not_a_url = |_| ConfigError::NotAUrl { setting: "GOOGLE_OAUTH_ROOT" };
    Ok(Client::new(ClientId::new(client_id.to_owned()))
        .set_client_secret(ClientSecret::new(client_secret.0.clone()))
        .set_auth_type(AuthType::RequestBody)
        .set_auth_uri(AuthUrl::new(endpoints.authorize.clone()).map_err(not_a_url)?)
        .set_token_uri(TokenUrl::new(endpoints.token.clone()).map_err(not_a_url)?))
}

impl IdentityPort for GoogleClient {
    fn has_service_account(&self) -> bool {
        self.service_account.is_some()
    }

    fn act_as<'a>(
        &'a self,
        subject: &'a str,
        now: Instant,
    ) -> BoxFuture<'a, Result<Delegated, DelegationFailure>> {
        self.delegated(subject, now).boxed()
    }

    fn authorization(&self, consent: Consent, redirect_uri: &str, login_hint: Option<&str>) -> Authorization {
        let nonce = CsrfToken::new_random_len(RANDOM_BYTES).into_secret();
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let scopes = scopes(consent).map(|scope| Scope::new(scope.to_owned()));
        let mut request = self
            .oauth
            .authorize_url(|| CsrfToken::new_random_len(RANDOM_BYTES))
            .add_scopes(scopes)
            .set_pkce_challenge(challenge)
            .add_extra_param("redirect_uri", redirect_uri)
            .add_extra_param("nonce", nonce.as_str());
        request = match consent {
            // A token that only says who somebody is should not carry what was granted at another time.
            Consent::Identity => request.add_extra_param("prompt", "select_account"),
            // A refresh token comes with `offline`, and again only when consent is asked for again.
            Consent::Calendar | Consent::Company => request
                .add_extra_param("access_type", "offline")
                .add_extra_param("include_granted_scopes", "true")
                .add_extra_param("prompt", "consent"),
        };
        if let Some(hint) = login_hint {
            request = request.add_extra_param("login_hint", hint);
        }
        let (url, state) = request.url();
        Authorization {
            url: url.into(),
            state: Secret(state.into_secret()),
            nonce: Secret(nonce),
            pkce_verifier: Secret(verifier.into_secret()),
        }
    }

    fn exchange<'a>(
        &'a self,
        code: &'a str,
        redirect_uri: &'a str,
        pkce_verifier: &'a Secret,
        nonce: &'a Secret,
        now: Instant,
    ) -> BoxFuture<'a, Result<(Identity, Tokens), AuthFailure>> {
        async move {
            let redirect = RedirectUrl::new(redirect_uri.to_owned())
                .map_err(|_| AuthFailure::Misconfigured { reason: "redirect_uri".to_owned() })?;
            let answer = self
                .oauth
                .exchange_code(AuthorizationCode::new(code.to_owned()))
                .set_pkce_verifier(PkceCodeVerifier::new(pkce_verifier.0.clone()))
                .set_redirect_uri(Cow::Owned(redirect))
                .request_async(&self.oauth_http)
                .await
                .map_err(refused)?;
            let bad = |why| AuthFailure::BadIdToken { why };
            let token = answer.extra_fields().id_token.as_deref().ok_or(bad("absent"))?;
            let keys = self.jwks.keys(&*self.carrier, &key_id(token).map_err(bad)?, now).await?;
            let identity =
                verify(token, &keys, Expected { client_id: &self.client_id, nonce: &nonce.0, now })?;
            Ok((identity, tokens(&answer, &[], now)))
        }
        .boxed()
    }

    fn refresh<'a>(
        &'a self,
        refresh: &'a Secret,
        scopes: &'a [String],
        now: Instant,
    ) -> BoxFuture<'a, Result<Tokens, AuthFailure>> {
        async move {
            let token = RefreshToken::new(refresh.0.clone());
            // Without `scope`: the new token then has all that was granted.
            let answer = self
                .oauth
                .exchange_refresh_token(&token)
                .request_async(&self.oauth_http)
                .await
                .map_err(refused)?;
            Ok(tokens(&answer, scopes, now))
        }
        .boxed()
    }

    /// `oauth2`'s own revocation insists on https, also towards a sandbox on this machine.
    fn revoke<'a>(&'a self, token: &'a Secret) -> BoxFuture<'a, Result<(), AuthFailure>> {
        async move {
            let form = Serializer::new(String::new()).append_pair("token", &token.0).finish();
            let mut request = Request::post(self.endpoints.revoke.as_str())
                .body(Bytes::from(form))
                .map_err(|_| AuthFailure::Misconfigured { reason: "address".to_owned() })?;
            request
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
            let response =
                self.carrier.carry(request, BODY_CAP).await.map_err(|error| unavailable(&error))?;
            let status = response.status().as_u16();
            match status {
                200..=299 => Ok(()),
                429 | 500..=599 => Err(unavailable(&TransportError::ServerError(status))),
                _ => match Reasons::of(response.body()).first() {
                    // Revoked, expired or unknown: it works no more, which was the wish.
                    reason if reason == "invalid_token" || reason == "invalid_grant" => Ok(()),
                    reason => Err(by_word(&reason)),
                },
            }
        }
        .boxed()
    }
}

/// The HTTP client that `oauth2` is given. A server's error is no answer: its body is not looked at.
#[derive(Clone)]
pub(crate) struct OauthHttp(pub(crate) Arc<dyn Carrier>);

impl<'c> AsyncHttpClient<'c> for OauthHttp {
    type Error = TransportError;
    type Future = BoxFuture<'c, Result<HttpResponse, TransportError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        async move {
            let response = self.0.carry(request.map(Bytes::from), BODY_CAP).await?;
            match response.status().as_u16() {
                status @ (408 | 429 | 500..=599) => Err(TransportError::ServerError(status)),
                _ => Ok(response.map(Into::into)),
            }
        }
        .boxed()
    }
}

/// `asked` stands in where Google does not say what was granted: by RFC 6749 §5.1 it is then what was asked.
fn tokens(answer: &TokenAnswer, asked: &[String], now: Instant) -> Tokens {
    let secs = answer.expires_in().map_or(UNTOLD_LIFE_SECS, |life| life.as_secs());
    Tokens {
        access: Secret(answer.access_token().secret().clone()),
        refresh: answer.refresh_token().map(|token| Secret(token.secret().clone())),
        expires: now.plus_secs(i64::try_from(secs).unwrap_or(i64::MAX)),
        scopes: answer.scopes().map_or_else(
            || asked.to_vec(),
            |scopes| scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        ),
    }
}

fn refused(error: AnswerError) -> AuthFailure {
    match error {
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            BasicErrorResponseType::Extension(word) => by_word(word),
            known => by_word(known.as_ref()),
        },
        RequestTokenError::Request(error) => unavailable(&error),
        // The body may hold tokens; it is not looked at further.
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
            AuthFailure::Unavailable { detail: "unreadable answer".to_owned() }
        }
    }
}

fn unavailable(error: &TransportError) -> AuthFailure {
    AuthFailure::Unavailable { detail: error.to_string() }
}

/// Only three words mean "ask the person again" (facts: google-calendar §1); `access_denied` is a person's own no.
fn by_word(word: &str) -> AuthFailure {
    let reason = reason_word(word);
    match word {
        "invalid_grant" | "deleted_client" | "admin_policy_enforced" | "access_denied" => {
            AuthFailure::Revoked { reason }
        }
        "internal_failure" | "server_error" | "temporarily_unavailable" => {
            AuthFailure::Unavailable { detail: reason }
        }
        _ => AuthFailure::Misconfigured { reason },
    }
}

#[cfg(test)]
mod tests;
