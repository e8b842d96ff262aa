//! Who may do what: bearer tokens, scopes and roles (facts: google-calendar §1, §2).

use std::collections::BTreeSet;

use http::HeaderMap;

use super::World;
use super::settings::SuspendedTokens;
use crate::wire::ApiError;

/// The prefix of all scopes that are not OpenID's.
pub const SCOPE: &str = "https://www.googleapis.com/auth/";
/// Scopes that show more of events than their times.
const EVENT_DETAILS: &[&str] = &[
    "calendar",
    "calendar.app.created",
    "calendar.events",
    "calendar.events.owned",
    "calendar.events.owned.readonly",
    "calendar.events.public.readonly",
    "calendar.events.readonly",
    "calendar.readonly",
];
/// Scopes that read rooms, buildings and features.
pub const RESOURCES: &[&str] =
    &["admin.directory.resource.calendar", "admin.directory.resource.calendar.readonly"];
/// Scopes that write rooms, buildings and features.
pub const RESOURCES_WRITE: &[&str] = &["admin.directory.resource.calendar"];
/// Scopes that write people.
pub const USERS_WRITE: &[&str] = &["admin.directory.user"];
/// Scopes that read people.
pub const USERS: &[&str] = &["admin.directory.user", "admin.directory.user.readonly"];

/// `accessRole`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// No access: 404.
    None,
    /// Times only.
    FreeBusyReader,
    /// Details, private ones excepted.
    Reader,
    /// Writes, but does not see private details (new in 2026).
    WriterWithoutPrivateAccess,
    /// Writes.
    Writer,
    /// Everything.
    Owner,
}

impl Role {
    /// Google's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::FreeBusyReader => "freeBusyReader",
            Self::Reader => "reader",
            Self::WriterWithoutPrivateAccess => "writerWithoutPrivateAccess",
            Self::Writer => "writer",
            Self::Owner => "owner",
        }
    }

    /// From Google's word.
    pub fn parse(word: &str) -> Option<Self> {
        use Role::{FreeBusyReader, None, Owner, Reader, Writer, WriterWithoutPrivateAccess};
        [None, FreeBusyReader, Reader, WriterWithoutPrivateAccess, Writer, Owner]
            .into_iter()
            .find(|role| role.word() == word)
    }
}

/// Who asks.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The person.
    pub email: String,
    /// The OAuth client.
    pub client: String,
    /// The service account that acts for the person, or for itself.
    pub via: Option<String>,
    /// What was granted; none means everything.
    pub scopes: Option<BTreeSet<String>>,
}

impl Actor {
    /// A person with all scopes.
    pub fn person(email: &str) -> Self {
        Self { email: email.to_ascii_lowercase(), client: "sandbox".to_owned(), via: None, scopes: None }
    }

    /// Whose quota is used: a service account pays for everybody it acts for (facts: google-calendar §7).
    pub(crate) fn payer(&self) -> &str {
        self.via.as_deref().unwrap_or(&self.email)
    }

    /// 403 unless one of the scopes (without their common prefix) is held.
    pub fn demand(&self, any: &[&str]) -> Result<(), ApiError> {
        let Some(held) = &self.scopes else { return Ok(()) };
        let holds = any.iter().any(|scope| held.contains(&format!("{SCOPE}{scope}")));
        if holds { Ok(()) } else { Err(ApiError::scope()) }
    }
}

impl Actor {
    /// The role with which events are shown: with a scope for free and busy times only, times only.
    pub(crate) fn sees(&self, role: Role) -> Role {
        if self.demand(EVENT_DETAILS).is_ok() { role } else { role.min(Role::FreeBusyReader) }
    }
}

impl World {
    /// Reads `Authorization`: `Bearer sandbox:<email>` acts as that person, else an access token of `/token`.
    pub(crate) fn authenticate(&self, headers: &HeaderMap, now: i64) -> Result<Actor, ApiError> {
        let value = headers.get(http::header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = value.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(ApiError::auth)?.trim();
        if let Some(email) = token.strip_prefix("sandbox:") {
            let actor = Actor::person(email);
            let known = self.directory.users.get(&actor.email).is_some_and(|user| !user.suspended);
            return if known { Ok(actor) } else { Err(ApiError::auth()) };
        }
        let held = self.oauth.access.get(token).filter(|held| held.expires > now);
        let held = held.ok_or_else(ApiError::auth)?;
        let suspended = self.directory.users.get(&held.user).is_some_and(|user| user.suspended);
        if suspended && self.settings.suspended_tokens == SuspendedTokens::EndAtOnce {
            return Err(ApiError::auth());
        }
        let scopes = Some(held.scopes.clone());
        Ok(Actor { email: held.user.clone(), client: held.client.clone(), via: held.via.clone(), scopes })
    }

    /// 403 when all that is held of a method's scopes is about other calendars: `calendar.events.owned` reaches those that
    /// the person owns, `calendar.app.created` secondary ones that the client made, `calendar.events.public.readonly`
    /// public ones (discovery: `auth.oauth2.scopes`).
    pub(crate) fn demand_reach(&self, actor: &Actor, any: &[&str], id: &str) -> Result<(), ApiError> {
        let id = if id == "primary" { actor.email.clone() } else { id.to_ascii_lowercase() };
        let Some(home) = self.calendars.get(&id) else { return Ok(()) };
        let public = home.rules.get("default").is_some_and(|rule| !rule.deleted && rule.role > Role::None);
        let reaches = |scope: &&str| match *scope {
            "calendar.app.created" => home.made_by.as_ref() == Some(&actor.client),
            "calendar.events.owned" | "calendar.events.owned.readonly" => {
                self.role(&actor.email, &id) == Role::Owner
            }
            "calendar.events.public.readonly" => public,
            _ => true,
        };
        actor.demand(&any.iter().copied().filter(|scope| reaches(scope)).collect::<Vec<_>>())
    }

    /// The calendar an actor means: 404 without access, 403 below `least`.
    pub(crate) fn open(&self, actor: &Actor, id: &str, least: Role) -> Result<(String, Role), ApiError> {
        let id = if id == "primary" { actor.email.clone() } else { id.to_ascii_lowercase() };
        let role = self.role(&actor.email, &id);
        if role == Role::None {
            return Err(ApiError::not_found());
        }
        if role < least {
            return Err(ApiError::forbidden("You need to have writer access to this calendar."));
        }
        Ok((id, role))
    }
}
