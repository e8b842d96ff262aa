//! `/rooms/book?room=&date=&start=`: the booking form as a page of its own, which needs no JavaScript.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use model::{ApiError, page};
use text::{Lang, date, tr_with};

use super::page_of;
use crate::api::DoorError;
use crate::api::bookings::load_book_form;
use crate::components::forms::BookForm;
use crate::components::ui::{Icon, PageFrame, place};
use crate::context::use_lang;

#[component]
pub fn BookPage() -> impl IntoView {
    let lang = use_lang();
    let query = use_query_map();
    let form = async move {
        let [room, date, start] =
            query.with_untracked(|query| ["room", "date", "start"].map(|name| query.get(name)));
        let Some(room) = room.and_then(|room| room.parse().ok()) else {
            return Err(DoorError(ApiError::field("room")));
        };
        load_book_form(room, date, start).await
    };
    page_of(form, move |form| book_view(lang, form).into_any())
}

fn book_view(lang: Lang, form: page::BookForm) -> impl IntoView {
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
                <BookForm lang form/>
            </article>
        </PageFrame>
    }
}
