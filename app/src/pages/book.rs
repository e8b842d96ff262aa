//! `/rooms/book?room=&date=&start=`: the booking form as a page of its own, for when there is no JavaScript.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{ApiError, page};
use text::{Lang, date, tr_with};

use crate::api::DoorError;
use crate::api::bookings::{Book, load_book_form};
use crate::components::forms::{BookForm, back_to_grid};
use crate::components::ui::{Icon, PageFrame, error_page, page_loading, place};
use crate::context::use_lang;
use crate::pages::data::page_data;

#[component]
pub fn BookPage() -> impl IntoView {
    let lang = use_lang();
    let query = use_query_map();
    let action = ServerAction::<Book>::new();
    back_to_grid(action, |booked| booked.date);
    let wanted = move || query.with(|query| ["room", "date", "start"].map(|name| query.get(name)));
    // Another room or time is another form: an old refusal does not belong to it.
    Effect::new(move |before: Option<_>| {
        let now = wanted();
        if before.is_some_and(|before| before != now) {
            action.value().set(None);
        }
        now
    });
    let form = page_data(wanted, |[room, date, start]| async move {
        let Some(room) = room.and_then(|room| room.parse().ok()) else {
            return Err(DoorError(ApiError::field("room")));
        };
        load_book_form(room, date, start).await
    });
    form.view(page_loading, move |form| match form {
        Ok(form) => book_view(lang, form, action).into_any(),
        Err(error) => error_page(lang, error),
    })
}

fn book_view(lang: Lang, form: page::BookForm, action: ServerAction<Book>) -> impl IntoView {
    let (room, day) = (form.room.clone(), form.day.clone());
    let heading = tr_with(lang, "book.heading", &[("room", &room.name)]);
    view! {
        <Title text=format!("{heading} · Roomly")/>
        <PageFrame viewer=Some(form.viewer.clone()) current="book">
            <article class="sheet">
                <header class="sheet-head">
                    <h1><bdi>{heading.clone()}</bdi></h1>
                    <ul class="facts">
                        <li>
                            <Icon name="calendar"/>
                            <span>{date::day_and_span(lang, &day, form.range)}</span>
                        </li>
                        <li>
                            <Icon name="pin"/>
                            <bdi>{place(lang, &room)}</bdi>
                        </li>
                        {(room.capacity > 0)
                            .then(|| {
                                let seats = tr_with(lang, "common.seats", &[("count", &room.capacity.to_string())]);
                                view! {
                                    <li>
                                        <Icon name="users"/>
                                        <span>{seats}</span>
                                    </li>
                                }
                            })}
                    </ul>
                </header>
                <BookForm lang form action/>
            </article>
        </PageFrame>
    }
}
