//! A server function that the browser's program calls: written once, called there through `fetch` by a few lines of ours.
//!
//! leptos' own client writes arguments by serde and reads answers by serde, each type by code of its own. Here arguments
//! are the fields of a form, as plain forms send them, and answers are read by [`model::tree`].

/// The server's function, and for the browser one of the same name that asks it.
macro_rules! door {
    (
        $(#[doc = $doc:literal])*
        #[server($(input = $input:ident,)? endpoint = $name:literal)]
        $(#[allow($($lint:tt)*)])?
        pub async fn $function:ident($($(#[$($hint:tt)*])* $argument:ident: $type:ty),* $(,)?)
            -> Result<$answer:ty, DoorError> { $($body:tt)* }
    ) => {
        #[cfg(feature = "ssr")]
        $(#[doc = $doc])*
        #[server($(input = $input,)? endpoint = $name)]
        $(#[allow($($lint)*)])?
        pub async fn $function($($(#[$($hint)*])* $argument: $type),*) -> Result<$answer, DoorError> { $($body)* }

        #[cfg(not(feature = "ssr"))]
        $(#[doc = $doc])*
        $(#[allow($($lint)*)])?
        pub async fn $function($($argument: $type),*) -> Result<$answer, DoorError> {
            let form = [$((stringify!($argument), $crate::api::door::Field::written($argument))),*];
            $crate::api::door::ask($crate::api::door::verb!($($input)?), $name, &form).await
        }
    };
}

#[cfg(not(feature = "ssr"))]
macro_rules! verb {
    () => {
        "POST"
    };
    (GetUrl) => {
        "GET"
    };
}

pub(super) use door;
#[cfg(not(feature = "ssr"))]
pub(super) use {asking::Field, asking::ask, verb};

#[cfg(not(feature = "ssr"))]
mod asking {
    use model::tree::{self, Read};
    use model::{ApiError, BookingNumber, ErrorCode, RoomNumber};
    use uuid::Uuid;

    use crate::api::DoorError;

    /// An argument as a field of a form; `None` is left out.
    pub(in crate::api) trait Field {
        fn written(self) -> Option<String>;
    }

    macro_rules! fields {
        ($($type:ty),+) => {$(
            impl Field for $type {
                fn written(self) -> Option<String> {
                    Some(self.to_string())
                }
            }
        )+};
    }

    fields!(BookingNumber, RoomNumber, Uuid, i64);

    impl Field for String {
        fn written(self) -> Option<String> {
            Some(self)
        }
    }

    impl<T: Field> Field for Option<T> {
        fn written(self) -> Option<String> {
            self.and_then(T::written)
        }
    }

    /// The answer of `/fn/name`. Where none comes, or one that cannot be read (from a proxy, or of another version), nobody
    /// knows what was done: `unavailable`, so that whoever asks may ask the same again.
    pub(in crate::api) async fn ask<T: Read>(
        verb: &str,
        name: &str,
        form: &[(&str, Option<String>)],
    ) -> Result<T, DoorError> {
        let answer = match send(verb, name, form).await {
            Some((true, text)) => tree::parse(&text).map(Ok),
            Some((false, text)) => tree::parse(&text).map(Err),
            None => None,
        };
        answer.unwrap_or(Err(ApiError::new(ErrorCode::Unavailable))).map_err(DoorError)
    }

    /// Whether it is a good answer, and its text.
    #[cfg(feature = "hydrate")]
    async fn send(verb: &str, name: &str, form: &[(&str, Option<String>)]) -> Option<(bool, String)> {
        use wasm_bindgen::JsCast;
        use web_sys::{RequestInit, Response, UrlSearchParams};

        let sent = UrlSearchParams::new().ok()?;
        for (name, value) in form {
            if let Some(value) = value {
                sent.append(name, value);
            }
        }
        let request = RequestInit::new();
        request.set_method(verb);
        let mut url = format!("/fn/{name}");
        if verb == "GET" {
            url = format!("{url}?{}", sent.to_string());
        } else {
            request.set_body(&sent);
        }
        let answer = web_sys::window()?.fetch_with_str_and_init(&url, &request).await.ok()?;
        let answer = answer.unchecked_into::<Response>();
        let text = answer.text().ok()?.await.ok()?;
        Some((answer.ok(), text.as_string()?))
    }

    /// Without a browser there is nobody to ask.
    #[cfg(not(feature = "hydrate"))]
    async fn send(_verb: &str, _name: &str, _form: &[(&str, Option<String>)]) -> Option<(bool, String)> {
        None
    }
}
