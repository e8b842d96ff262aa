//! The booking form of `/rooms/book`.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use model::page::{self, Typed};
use model::refusal::Alternative;
use model::{ApiError, Refusal, ZoneDay, limits};
use text::{Lang, date, tr};

use super::{Check, Field, refusal};
use crate::api::bookings::Book;
use crate::components::ui::frame::percent;
use crate::components::ui::{ErrorNotice, Icon, Notice};

/// Room and intent are fixed, the rest can be changed. A refusal offers other times and rooms as links.
#[component]
pub fn BookForm(lang: Lang, form: page::BookForm) -> impl IntoView {
    let page::BookForm { viewer, room, day, range, intent, typed } = form;
    let refused = refusal::<Book>().map(|error| refusal_notice(lang, error, &day));
    let next = format!(
        "/rooms/book?room={}&date={}&start={}",
        room.number,
        day.date_at(range.start()),
        day.hh_mm(range.start())
    );
    // What was refused is filled in again.
    let typed = typed.unwrap_or_else(|| Typed {
        date: day.date_at(range.start()).to_string(),
        start: day.hh_mm(range.start()),
        end: day.hh_mm(range.end()),
        ..Typed::default()
    });
    view! {
        <form action=Book::url() method="post" class="form">
            {refused}
            <input type="hidden" name="intent" value=intent.to_string()/>
            <input type="hidden" name="room" value=room.number.to_string()/>
            <Field label=tr(lang, "fields.title")>
                <input
                    type="text"
                    name="title"
                    value=typed.title
                    maxlength=limits::TITLE_CHARS.to_string()
                    placeholder=tr(lang, "book.title_hint")
                    autocomplete="off"
                />
            </Field>
            <div class="field-row">
                <Field label=tr(lang, "fields.date")>
                    <input type="date" name="date" value=typed.date required/>
                </Field>
                <Field label=tr(lang, "fields.start")>
                    <input type="time" name="start" value=typed.start step="300" required/>
                </Field>
                <Field label=tr(lang, "fields.end")>
                    <input type="time" name="end" value=typed.end step="300" required/>
                </Field>
            </div>
            <Field label=tr(lang, "book.guests") help=tr(lang, "book.guests_help")>
                <textarea name="guests" rows="2" autocomplete="off" spellcheck="false">{typed.guests}</textarea>
            </Field>
            <Check name="private" checked=typed.private label=tr(lang, "book.private") help=tr(lang, "book.private_help")/>
            {(!viewer.calendar_granted)
                .then(|| {
                    let href = format!("/auth/google?consent=calendar&next={}", percent(&next));
                    view! {
                        <Notice kind="info">
                            <p>{tr(lang, "book.as_room")}</p>
                            <p><a href=href>{tr(lang, "book.connect")}</a></p>
                        </Notice>
                    }
                })}
            <div class="form-end">
                <a class="button" href=format!("/rooms?date={}", day.date)>{tr(lang, "common.close")}</a>
                <button class="button" data-kind="primary" type="submit">
                    <Icon name="check"/>
                    <span>{tr(lang, "book.submit")}</span>
                </button>
            </div>
        </form>
    }
}

fn refusal_notice(lang: Lang, error: ApiError, day: &ZoneDay) -> impl IntoView + use<> {
    let alternatives = match error.refusal.as_deref() {
        Some(Refusal::RoomTaken { alternatives, .. }) => alternatives.clone(),
        _ => vec![],
    };
    let links = (!alternatives.is_empty()).then(|| {
        let links = alternatives.iter().map(|other| alternative_link(lang, other, day)).collect_view();
        view! {
            <p class="notice-more">{tr(lang, "book.alternatives")}</p>
            <ul class="choices">{links}</ul>
        }
    });
    view! { <ErrorNotice lang error day=day.clone()>{links}</ErrorNotice> }
}

fn alternative_link(lang: Lang, other: &Alternative, day: &ZoneDay) -> impl IntoView + use<> {
    let start = other.range.start();
    let href =
        format!("/rooms/book?room={}&date={}&start={}", other.room, day.date_at(start), day.hh_mm(start));
    let length = date::duration(lang, other.range.length_minutes());
    view! {
        <li>
            <a class="choice" href=href>
                <bdi>{text::alternative(lang, other, day)}</bdi>
                <span class="choice-more">{length}</span>
            </a>
        </li>
    }
}
