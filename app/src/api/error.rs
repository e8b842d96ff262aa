//! The one error of all doors, and the one place where it becomes an HTTP status.

use std::fmt;

use model::{ApiError, ErrorCode};
use serde::{Deserialize, Serialize};

/// [`ApiError`] as server functions return it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DoorError(pub ApiError);

impl DoorError {
    pub const fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// Sets the response's status as well. A form without JavaScript is answered with a redirect back to its page, which
    /// shows the error: there the status has to stay the redirect's.
    #[cfg(feature = "ssr")]
    pub(crate) fn from_core(error: ApiError) -> Self {
        if !super::cx::is_plain_form() {
            crate::context::set_status(error.code);
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

#[cfg(feature = "ssr")]
mod of_the_call {
    use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
    use leptos::server_fn::codec::JsonEncoding;
    use model::{ApiError, ErrorCode};

    use super::DoorError;
    use crate::context::set_status;

    impl FromServerFnError for DoorError {
        type Encoder = JsonEncoding;

        /// Failures of the call itself: unreadable arguments are the caller's fault, the rest is "not reachable".
        fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
            let code = match error {
                ServerFnErrorErr::Args(why)
                | ServerFnErrorErr::MissingArg(why)
                | ServerFnErrorErr::Deserialization(why) => {
                    set_status(ErrorCode::InvalidField);
                    return Self(ApiError::field(crate::api::unreadable::field(&why)));
                }
                ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => ErrorCode::Unavailable,
                _ => ErrorCode::Internal,
            };
            Self(ApiError::new(code))
        }
    }
}
