//! What a server function had to say against a form.

use leptos::prelude::*;
use leptos::server::ServerActionError;
use leptos::server_fn::ServerFn;
use leptos::server_fn::error::ServerFnUrlError;
use model::ApiError;

use crate::api::DoorError;

/// Why `S` refused the form that led back to this page; `None` where none was refused.
pub fn refusal<S: ServerFn<Error = DoorError>>() -> Option<ApiError> {
    let refused = use_context::<ServerActionError>().filter(|refused| refused.path() == S::PATH)?;
    Some(ServerFnUrlError::<DoorError>::decode_err(refused.err()).0)
}
