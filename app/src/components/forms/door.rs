//! A form that a server function answers: sent by the browser itself without JavaScript, by its action with it.
//!
//! leptos' own `ActionForm` reads the fields through serde, by way of the address they would make. Each of our forms
//! names its few fields instead ([`FromForm`]), which the browser's program is 12 kB shorter for.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::ApiError;

use crate::api::DoorError;
use crate::api::account::{CreateToken, RevokeToken};
use crate::api::admin::SyncDirectory;
use crate::api::bookings::{Book, CancelBooking, ChangeBooking};
use crate::api::displays::{CreateDisplay, RevokeDisplay};

/// The value of a form's field by its name; an unticked box has none.
pub type Field<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A server function that can be called with what a form was filled with.
pub trait FromForm: Sized {
    /// `None` where a field that must be there is not, or cannot be read.
    fn from_form(field: Field<'_>) -> Option<Self>;
}

impl FromForm for Book {
    fn from_form(field: Field<'_>) -> Option<Self> {
        Some(Self {
            intent: field("intent")?.parse().ok()?,
            room: field("room")?.parse().ok()?,
            date: field("date"),
            start: field("start")?,
            end: field("end")?,
            title: field("title").unwrap_or_default(),
            guests: field("guests").unwrap_or_default(),
            private: field("private"),
        })
    }
}

impl FromForm for ChangeBooking {
    fn from_form(field: Field<'_>) -> Option<Self> {
        Some(Self {
            number: field("number")?.parse().ok()?,
            room: field("room").map(|room| room.parse()).transpose().ok()?,
            to_room: None,
            date: field("date"),
            start: field("start"),
            end: field("end"),
            title: field("title"),
        })
    }
}

impl FromForm for CancelBooking {
    fn from_form(field: Field<'_>) -> Option<Self> {
        Some(Self { number: field("number")?.parse().ok()? })
    }
}

impl FromForm for CreateDisplay {
    fn from_form(field: Field<'_>) -> Option<Self> {
        Some(Self {
            building: field("building").unwrap_or_default(),
            floor: field("floor").unwrap_or_default(),
            show_titles: field("show_titles"),
        })
    }
}

impl FromForm for RevokeDisplay {
    fn from_form(field: Field<'_>) -> Option<Self> {
        Some(Self { id: field("id")? })
    }
}

impl FromForm for CreateToken {
    fn from_form(field: Field<'_>) -> Option<Self> {
        Some(Self { name: field("name").unwrap_or_default() })
    }
}

impl FromForm for RevokeToken {
    fn from_form(field: Field<'_>) -> Option<Self> {
        Some(Self { id: field("id")? })
    }
}

impl FromForm for SyncDirectory {
    fn from_form(_: Field<'_>) -> Option<Self> {
        Some(Self {})
    }
}

/// The form of `action`, around its fields.
#[component]
pub fn DoorForm<S>(
    action: ServerAction<S>,
    #[prop(optional)] class: &'static str,
    children: Children,
) -> impl IntoView
where
    S: ServerFn<Error = DoorError> + FromForm + Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let call = move |field: Field<'_>| match S::from_form(field) {
        Some(call) => drop(action.dispatch(call)),
        None => action.value().set(Some(Err(DoorError(ApiError::field("request"))))),
    };
    form_of(S::url(), class, Box::new(call), children)
}

type Call = Box<dyn Fn(Field<'_>) + Send + Sync>;

fn form_of(url: &'static str, class: &'static str, call: Call, children: Children) -> AnyView {
    view! {
        <form
            action=url
            method="post"
            class=(!class.is_empty()).then_some(class)
            on:submit=move |event| submit(&event, &*call)
        >
            {children()}
        </form>
    }
    .into_any()
}

#[cfg(feature = "hydrate")]
fn submit(event: &SubmitEvent, call: &dyn Fn(Field<'_>)) {
    use wasm_bindgen::JsCast;
    use web_sys::{FormData, HtmlFormElement};

    if event.default_prevented() {
        return;
    }
    let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
    // Without the form's data the browser sends it by itself.
    let Some(data) = form.and_then(|form| FormData::new_with_form(&form).ok()) else { return };
    event.prevent_default();
    call(&|name| data.get(name).as_string());
}

/// Nobody submits on the server.
#[cfg(not(feature = "hydrate"))]
fn submit(_event: &SubmitEvent, _call: &dyn Fn(Field<'_>)) {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: FromForm>(fields: &[(&str, &str)]) -> Option<T> {
        T::from_form(&|name| {
            fields.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_form_is_read_field_by_field() {
        let booked = [
            ("intent", "01890a5d-ac96-774b-bcce-b302099a8057"),
            ("room", "21"),
            ("date", "2026-11-23"),
            ("start", "14:00"),
            ("end", "15:00"),
            ("title", "주간 회의"),
            ("guests", ""),
        ];
        let book: Book = read(&booked).unwrap();
        assert_eq!((book.room.0, book.start.as_str(), book.title.as_str()), (21, "14:00", "주간 회의"));
        assert_eq!((book.date.as_deref(), book.private), (Some("2026-11-23"), None));
        let change: ChangeBooking = read(&[("number", "1042"), ("room", "21"), ("title", "")]).unwrap();
        assert_eq!((change.number.0, change.room.map(|room| room.0)), (1_042, Some(21)));
        assert_eq!((change.title.as_deref(), change.start), (Some(""), None));
    }

    #[test]
    fn a_field_that_must_be_there_is_missed() {
        assert!(read::<Book>(&[("room", "21")]).is_none());
        assert!(read::<CancelBooking>(&[("number", "many")]).is_none());
        assert!(read::<ChangeBooking>(&[("number", "1"), ("room", "hall")]).is_none());
        assert!(read::<RevokeDisplay>(&[]).is_none());
    }
}
