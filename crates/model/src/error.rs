//! Stable error codes: what leaves the program as `application/problem+json` `code` and as `data-error` on pages.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $status:literal;)+) => {
        /// The complete list; `docs/API.md` shows it and a test compares the two.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $word)] $name,)+
        }

        impl ErrorCode {
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// The HTTP status it travels with.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }
        }
    };
}

codes! {
    /// A write from another site, or a socket from a foreign page.
    ForeignOrigin = "foreign_origin", 403;
    /// The change log does not reach back to the `seq` that was asked for, or never had it: read everything anew.
    HistoryGone = "history_gone", 410;
    /// An `Idempotency-Key` came again with another request.
    IdempotencyKeyReused = "idempotency_key_reused", 422;
    /// Something here failed; the log has the cause under the request's id.
    Internal = "internal", 500;
    /// A field is missing, unreadable or out of bounds; `field` names it.
    InvalidField = "invalid_field", 422;
    /// The sign-in answer belongs to no sign-in that this browser began, or was used before.
    InvalidState = "invalid_state", 400;
    /// The time is impossible, past, too long or too far ahead.
    InvalidTime = "invalid_time", 422;
    /// A booking that can only be changed in Google Calendar for now.
    ChangeInGoogle = "change_in_google", 409;
    /// The thing does not exist here (also: is another company's).
    NotFound = "not_found", 404;
    NotAllowed = "not_allowed", 403;
    /// The booking is not the version that `If-Match` names.
    PreconditionFailed = "precondition_failed", 412;
    RateLimited = "rate_limited", 429;
    RoomTaken = "room_taken", 409;
    /// Signing in failed at Google, or was declined there.
    SignInFailed = "sign_in_failed", 400;
    /// The booking changed since the page showed it.
    Stale = "stale", 409;
    TooLarge = "too_large", 413;
    Unauthenticated = "unauthenticated", 401;
    /// A part that is needed (database, Google) does not answer; trying again may help.
    Unavailable = "unavailable", 503;
    /// A Workspace domain that no company here has.
    UnknownDomain = "unknown_domain", 403;
    /// A Google account without a Workspace (no `hd` claim).
    PersonalAccount = "workspace_personal_account_not_allowed", 403;
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ErrorCode {
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == word)
    }
}

/// An error as a person or program outside is told it. The internal cause stays in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    pub code: ErrorCode,
    /// The field at fault, for `invalid_field` and `invalid_time`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The whole refusal, so that the page can offer alternatives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Box<Refusal>>,
}

impl ApiError {
    pub const fn new(code: ErrorCode) -> Self {
        Self { code, field: None, refusal: None }
    }

    pub fn field(field: impl Into<String>) -> Self {
        Self { code: ErrorCode::InvalidField, field: Some(field.into()), refusal: None }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let field = match &refusal {
            Refusal::InvalidField { field, .. } => Some(field.clone()),
            Refusal::InvalidTime { .. } => Some("time".to_owned()),
            _ => None,
        };
        Self { code: refusal.code(), field, refusal: Some(Box::new(refusal)) }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{} ({field})", self.code),
            None => self.code.fmt(f),
        }
    }
}

impl std::error::Error for ApiError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_unique_and_equal_the_json() {
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::parse(code.as_str()), Some(*code));
            assert_eq!(serde_json::to_string(code).unwrap(), format!("{:?}", code.as_str()));
            assert!((400..=599).contains(&code.status()));
        }
    }
}
