//! Who asks, for which company, and when: the first argument of every use case.

use calendar::zone::{self, Tz};
use model::{CompanyId, ErrorCode, Instant, PersonId, PersonNumber, SessionId, TokenId};

use crate::engine::Engine;
use crate::failure::Failure;
use crate::vault::hash_token;

/// Unused for this long, a session ends.
const IDLE_SECS: i64 = 12 * 3_600;
/// Last use is written at most this often.
const TOUCH_SECS: i64 = 300;

/// Whether a use that was last written `at` is to be written again.
pub(crate) fn is_long_ago(at: Option<Instant>, now: Instant) -> bool {
    at.is_none_or(|at| now.since(at) > TOUCH_SECS * 1_000_000)
}

/// What a person proved who they are with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    /// A signed-in browser.
    Session(SessionId),
    /// A program of theirs.
    Token(TokenId),
}

/// The context of one request of a person. Built only by [`Engine::cx_from_cookie`] and [`Engine::cx_from_token`].
#[derive(Clone, Debug)]
pub struct Cx {
    pub company: CompanyId,
    pub person: PersonId,
    pub number: PersonNumber,
    pub admin: bool,
    pub via: Via,
    /// The company's.
    pub zone: Tz,
    pub now: Instant,
}

impl Cx {
    pub(crate) fn require_admin(&self) -> Result<(), Failure> {
        if self.admin {
            return Ok(());
        }
        Err(model::Refusal::NotAllowed { who_may: model::refusal::WhoMay::Admin }.into())
    }
}

impl Engine {
    /// The signed-in person behind a `Cookie` header, if there is one.
    pub async fn cx_from_cookie(&self, cookies: Option<&str>) -> Result<Cx, model::ApiError> {
        Ok(self.session_cx(cookies).await?)
    }

    async fn session_cx(&self, cookies: Option<&str>) -> Result<Cx, Failure> {
        let now = self.now();
        let secret = cookies.and_then(|header| cookie_value(header, self.session_cookie()));
        let Some(secret) = secret.filter(|secret| secret.len() <= 64) else {
            return Err(ErrorCode::Unauthenticated.into());
        };
        let idle_since = now.plus_secs(-IDLE_SECS);
        let session = self.store().system().session_by_hash(&hash_token(secret), now, idle_since).await?;
        let Some(session) = session else {
            return Err(ErrorCode::Unauthenticated.into());
        };
        if is_long_ago(Some(session.last_seen_at), now) {
            // Who may read must not depend on being able to write.
            if let Err(error) = self.store().company(session.company).session_touch(session.id, now).await {
                tracing::warn!(error = %error, "Could not note a session's use");
            }
        }
        Ok(Cx {
            company: session.company,
            person: session.person,
            number: session.number,
            admin: session.admin,
            via: Via::Session(session.id),
            zone: zone::parse_or_default(&session.zone),
            now,
        })
    }

    /// The person behind an API token.
    pub async fn cx_from_token(&self, token: &str) -> Result<Cx, model::ApiError> {
        Ok(self.token_cx(token).await?)
    }

    async fn token_cx(&self, token: &str) -> Result<Cx, Failure> {
        let now = self.now();
        if token.len() > 64 {
            return Err(ErrorCode::Unauthenticated.into());
        }
        let owner = self.store().system().token_by_hash(&hash_token(token)).await?;
        let owner = owner.ok_or(ErrorCode::Unauthenticated)?;
        if is_long_ago(owner.last_used_at, now)
            && let Err(error) = self.store().company(owner.company).token_used(owner.id, now).await
        {
            tracing::warn!(error = %error, "Could not note a token's use");
        }
        Ok(Cx {
            company: owner.company,
            person: owner.person,
            number: owner.number,
            admin: owner.admin,
            via: Via::Token(owner.id),
            zone: zone::parse_or_default(&owner.zone),
            now,
        })
    }

    /// Ends the session of this request; its sockets close at their next check.
    pub async fn sign_out(&self, cx: &Cx) -> Result<(), model::ApiError> {
        let Via::Session(session) = cx.via else { return Ok(()) };
        let revoked = self.store().company(cx.company).session_revoke(session, cx.now).await;
        Ok(revoked.map_err(Failure::from)?)
    }
}

/// The value of `name` in a `Cookie` header (RFC 6265 §4.2.1).
pub(crate) fn cookie_value<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, v)| v)
}
