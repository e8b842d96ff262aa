//! Book, change, cancel, look at. A plain form is answered with a redirect.
#![allow(
    clippy::too_many_arguments,
    reason = "one argument a form field; the macro repeats them in the browser build"
)]

#[cfg(feature = "ssr")]
use leptos::{prelude::*, server_fn::codec::GetUrl};
#[cfg(feature = "ssr")]
use model::page::BookForm;
use model::page::{Booked, BookingDetails, Cancelled};
use model::{BookingNumber, RoomNumber};
use uuid::Uuid;

use super::DoorError;
use super::door::door;

door! {
    /// Book a room. `start` and `end` are RFC 3339, or `HH:MM` on `date` in the company's zone.
    #[server(endpoint = "book")]
    #[allow(
        clippy::too_many_arguments,
        reason = "one argument a form field; the macro moves them in the browser build"
    )]
    pub async fn book(
        intent: Uuid,
        room: RoomNumber,
        #[server(default)] date: Option<String>,
        start: String,
        end: String,
        #[server(default)] title: String,
        #[server(default)] guests: String,
        #[server(default)] private: Option<String>,
    ) -> Result<Booked, DoorError> {
        let (engine, cx) = super::cx::current().await?;
        let private = private.is_some_and(|value| !value.is_empty());
        let command = booking::BookCommand { intent, room, date, start, end, title, guests, private };
        let typed = typed(&command);
        let booked = engine.book(&cx, command).await.map_err(|error| {
            super::cx::TYPED.keep(&engine, &typed);
            DoorError::from_core(error)
        })?;
        super::cx::back_to(&format!("/rooms?date={}", booked.date));
        Ok(booked)
    }
}

door! {
    /// Move, resize or rename a booking; what is left out stays.
    #[server(endpoint = "change_booking")]
    pub async fn change_booking(
        number: BookingNumber,
        #[server(default)] room: Option<RoomNumber>,
        #[server(default)] to_room: Option<RoomNumber>,
        #[server(default)] date: Option<String>,
        #[server(default)] start: Option<String>,
        #[server(default)] end: Option<String>,
        #[server(default)] title: Option<String>,
    ) -> Result<Booked, DoorError> {
        let (engine, cx) = super::cx::current().await?;
        // The page has no field for guests and privacy.
        let (guests, private) = (None, None);
        let command =
            booking::ChangeCommand { number, room, to_room, date, start, end, title, guests, private };
        let booked = engine.change(&cx, command).await.map_err(DoorError::from_core)?;
        super::cx::back_to(&format!("/rooms?date={}", booked.date));
        Ok(booked)
    }
}

door! {
    #[server(endpoint = "cancel_booking")]
    pub async fn cancel_booking(number: BookingNumber) -> Result<Cancelled, DoorError> {
        let (engine, cx) = super::cx::current().await?;
        let cancelled = engine.cancel(&cx, number).await.map_err(DoorError::from_core)?;
        super::cx::back_to(&format!("/rooms?date={}", cancelled.date));
        Ok(cancelled)
    }
}

door! {
    /// The details card. `room` and `slot` (original start, microseconds) name the block where there are several.
    #[server(input = GetUrl, endpoint = "load_booking")]
    pub async fn load_booking(
        number: BookingNumber,
        #[server(default)] room: Option<RoomNumber>,
        #[server(default)] slot: Option<i64>,
    ) -> Result<BookingDetails, DoorError> {
        let (engine, cx) = super::cx::current().await?;
        engine.booking_details(&cx, number, room, slot).await.map_err(DoorError::from_core)
    }
}

/// What the form was filled with, for the page that says why it was refused.
#[cfg(feature = "ssr")]
fn typed(command: &booking::BookCommand) -> String {
    let typed = model::page::Typed {
        date: command.date.clone().unwrap_or_default(),
        start: command.start.clone(),
        end: command.end.clone(),
        title: command.title.clone(),
        guests: command.guests.clone(),
        private: command.private,
    };
    serde_json::to_string(&typed).unwrap_or_default()
}

/// What the form of `/rooms/book` is filled with.
#[cfg(feature = "ssr")]
#[server(input = GetUrl, endpoint = "load_book_form")]
pub async fn load_book_form(
    room: RoomNumber,
    #[server(default)] date: Option<String>,
    #[server(default)] start: Option<String>,
) -> Result<BookForm, DoorError> {
    let (engine, cx) = super::cx::current().await?;
    let form = engine.book_form(&cx, room, date.as_deref(), start.as_deref()).await;
    let mut form = form.map_err(DoorError::from_core)?;
    form.typed = super::cx::TYPED.take(&engine).and_then(|carried| serde_json::from_str(&carried).ok());
    Ok(form)
}
