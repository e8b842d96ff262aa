//! The booking form of `/rooms/book`.

use leptos::prelude::*;
use model::refusal::Alternative;
use model::{ApiError, Refusal, ZoneDay, limits, page};
use text::{Lang, date, tr};

use super::{Check, DoorForm, Field};
use crate::api::bookings::Book;
use crate::components::ui::frame::percent;
use crate::components::ui::{ErrorNotice, Icon, Notice};

/// Room and intent are fixed, the rest can be changed. A refusal offers other times and rooms as links.
#[component]
pub fn BookForm(lang: Lang, form: page::BookForm, action: ServerAction<Book>) -> impl IntoView {
    let page::BookForm { viewer, room, day, range, intent } = form;
    let (start, end) = (day.hh_mm(range.start()), day.hh_mm(range.end()));
    let start_date = day.date_at(range.start()).to_string();
    let refused = {
        let day = day.clone();
        move || {
            let error = action.value().get()?.err()?.0;
            Some(refusal_notice(lang, error, &day))
        }
    };
    let submit = move || tr(lang, if action.pending().get() { "book.submitting" } else { "book.submit" });
    view! {
        <DoorForm action=action class="form">
            {move || refused()}
            <input type="hidden" name="intent" value=intent.to_string()/>
            <input type="hidden" name="room" value=room.number.to_string()/>
            <Field label=tr(lang, "fields.title")>
                <input
                    type="text"
                    name="title"
                    maxlength=limits::TITLE_CHARS.to_string()
                    placeholder=tr(lang, "book.title_hint")
                    autocomplete="off"
                />
            </Field>
            <div class="field-row">
                <Field label=tr(lang, "fields.date")>
                    <input type="date" name="date" value=start_date required/>
                </Field>
                <Field label=tr(lang, "fields.start")>
                    <input type="time" name="start" value=start step="300" required/>
                </Field>
                <Field label=tr(lang, "fields.end")>
                    <input type="time" name="end" value=end step="300" required/>
                </Field>
            </div>
            <Field label=tr(lang, "book.guests") help=tr(lang, "book.guests_help")>
                <textarea name="guests" rows="2" autocomplete="off" spellcheck="false"></textarea>
            </Field>
            <Check name="private" label=tr(lang, "book.private") help=tr(lang, "book.private_help")/>
            {(!viewer.calendar_granted)
                .then(|| {
                    let next = format!("/rooms/book?room={}&date={}&start={}", room.number, day.date_at(range.start()), day.hh_mm(range.start()));
                    let href = format!("/auth/google?consent=calendar&next={}", percent(&next));
                    view! {
                        <Notice kind="info">
                            <p>{tr(lang, "book.as_room")}</p>
                            <p><a href=href rel="external">{tr(lang, "book.connect")}</a></p>
                        </Notice>
                    }
                })}
            <div class="form-end">
                <a class="button" href=format!("/rooms?date={}", day.date)>{tr(lang, "common.close")}</a>
                <button class="button" data-kind="primary" type="submit" aria-busy=move || action.pending().get().to_string()>
                    <Icon name="check"/>
                    <span>{move || submit()}</span>
                </button>
            </div>
        </DoorForm>
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
