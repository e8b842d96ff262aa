//! The one error of all doors, and the one place where it becomes an HTTP status.

use std::fmt;
use std::str::FromStr;

use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::codec::JsonEncoding;
use model::{ApiError, ErrorCode};

use crate::context::set_status;
use serde::{Deserialize, Serialize};

/// [`ApiError`] as server functions return it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DoorError(pub ApiError);

impl DoorError {
    pub const fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// Sets the response's status as well; on the server only. A form without JavaScript is answered with a redirect back
    /// to its page, which shows the error: there the status has to stay the redirect's.
    #[cfg(feature = "ssr")]
    pub(crate) fn from_core(error: ApiError) -> Self {
        if !super::cx::is_plain_form() {
            set_status(error.code);
        }
        Self(error)
    }
}

impl fmt::Display for DoorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for DoorError {}

impl FromStr for DoorError {
    type Err = serde_json::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text)
    }
}

impl FromServerFnError for DoorError {
    type Encoder = JsonEncoding;

    /// Failures of the call itself: unreadable arguments are the caller's fault, the rest is "not reachable".
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let code = match error {
            ServerFnErrorErr::Args(why)
            | ServerFnErrorErr::MissingArg(why)
            | ServerFnErrorErr::Deserialization(why) => {
                set_status(ErrorCode::InvalidField);
                return Self(ApiError::field(super::unreadable::field(&why)));
            }
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => ErrorCode::Unavailable,
            _ => ErrorCode::Internal,
        };
        Self(ApiError::new(code))
    }
}
