//! `/bookings/{number}`: everything about one booking, and the forms to change and cancel it.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use model::page::{BookingDetails, Guest, GuestAnswer};
use model::{ApiError, BookingNumber, ErrorCode};
use text::{Lang, date, tr, tr_with};

use super::page_of;
use crate::api::DoorError;
use crate::api::bookings::load_booking;
use crate::components::forms::{CancelForm, ChangeForm};
use crate::components::ui::{Avatar, Icon, Notice, PageFrame, StatePill, place};
use crate::context::use_lang;

#[component]
pub fn DetailsPage() -> impl IntoView {
    let lang = use_lang();
    let (params, query) = (use_params_map(), use_query_map());
    let details = async move {
        let number = params.with_untracked(|params| params.get("number"));
        let Some(number) = number.and_then(|number| number.parse::<BookingNumber>().ok()) else {
            return Err(DoorError(ApiError::new(ErrorCode::NotFound)));
        };
        let (room, slot) = query.with_untracked(|query| (query.get("room"), query.get("slot")));
        let (room, slot) = (room.and_then(|room| room.parse().ok()), slot.and_then(|slot| slot.parse().ok()));
        load_booking(number, room, slot).await
    };
    page_of(details, move |details| details_view(lang, details).into_any())
}

fn details_view(lang: Lang, details: BookingDetails) -> impl IntoView {
    let block = details.block.clone();
    let title = shown_title(lang, &details);
    let number = tr_with(lang, "details.title", &[("number", &block.key.booking.to_string())]);
    let (start, end) = (details.day.rfc3339(block.range.start()), details.day.rfc3339(block.range.end()));
    let back = format!("/rooms?date={}", details.day.date_at(block.range.start()));
    view! {
        <Title text=format!("{title} · Roomly")/>
        <PageFrame viewer=Some(details.viewer.clone()) current="details">
            <article
                class="sheet"
                data-booking=block.key.booking.to_string()
                data-state=block.state.as_str()
                data-start=start
                data-end=end
            >
                <a class="back" href=back>
                    <Icon name="chevron-left"/>
                    <span>{tr(lang, "common.back_to_rooms")}</span>
                </a>
                <header class="sheet-head">
                    <p class="sheet-over">
                        <span>{number}</span>
                        <StatePill lang state=block.state/>
                        {block.tentative.then(|| view! { <span class="pill" data-state="tentative">{tr(lang, "state.tentative")}</span> })}
                    </p>
                    <h1><bdi>{title.clone()}</bdi></h1>
                </header>
                {reason(lang, &details)}
                {facts(lang, &details)}
                {guests(lang, &details.guests)}
                {history(lang, &details)}
                {actions(lang, details)}
            </article>
        </PageFrame>
    }
}

/// The title; "busy" for a private event of others, "(no title)" where there is none.
fn shown_title(lang: Lang, details: &BookingDetails) -> String {
    let block = &details.block;
    match (block.title.is_empty(), block.private) {
        (false, _) => block.title.clone(),
        (true, true) => tr(lang, "common.busy").into_owned(),
        (true, false) => tr(lang, "common.no_title").into_owned(),
    }
}

fn reason(lang: Lang, details: &BookingDetails) -> Option<impl IntoView + use<>> {
    let reason = text::reason(lang, details.reason.as_deref()?);
    Some(view! {
        <Notice kind="warn">
            <p class="notice-title">{tr(lang, "details.reason")}</p>
            <p>{reason}</p>
        </Notice>
    })
}

fn facts(lang: Lang, details: &BookingDetails) -> impl IntoView + use<> {
    let (block, room) = (&details.block, &details.room);
    let when = if block.all_day {
        format!(
            "{} {}",
            date::day(lang, details.day.date_at(block.range.start())),
            tr(lang, "details.all_day")
        )
    } else {
        date::day_and_span(lang, &details.day, block.range)
    };
    let length = (!block.all_day).then(|| date::duration(lang, block.range.length_minutes()));
    let repeat = match (block.series, block.exception) {
        (_, true) => Some("details.exception"),
        (true, false) => Some("details.series"),
        _ => None,
    };
    let place = place(lang, room);
    let room_name = room.name.clone();
    let organizer = block.organizer_name.clone();
    let origin = tr(lang, &format!("origin.{}", block.origin.as_str()));
    let (private, as_room) = (block.private, details.as_room);
    view! {
        <dl class="details">
            <div>
                <dt><Icon name="clock"/><span>{tr(lang, "details.when")}</span></dt>
                <dd>
                    <span class="details-main">{when}</span>
                    {length.map(|length| view! { <span class="details-more">{length}</span> })}
                    {repeat.map(|key| view! { <span class="details-more">{tr(lang, key)}</span> })}
                </dd>
            </div>
            <div>
                <dt><Icon name="pin"/><span>{tr(lang, "details.where")}</span></dt>
                <dd>
                    <bdi class="details-main">{room_name}</bdi>
                    <bdi class="details-more">{place}</bdi>
                </dd>
            </div>
            {(!organizer.is_empty())
                .then(|| {
                    view! {
                        <div>
                            <dt><Icon name="user"/><span>{tr(lang, "details.organizer")}</span></dt>
                            <dd>
                                <Avatar name=organizer.clone()/>
                                <bdi class="details-main">{organizer.clone()}</bdi>
                            </dd>
                        </div>
                    }
                })}
            <div>
                <dt><Icon name="info"/><span>{tr(lang, "details.source")}</span></dt>
                <dd>
                    <span class="details-main">{origin}</span>
                    {private.then(|| view! { <span class="details-more">{tr(lang, "details.private")}</span> })}
                    {as_room.then(|| view! { <span class="details-more">{tr(lang, "details.as_room")}</span> })}
                </dd>
            </div>
        </dl>
    }
}

fn guests(lang: Lang, guests: &[Guest]) -> impl IntoView + use<> {
    let heading = match guests.len() {
        0 => tr(lang, "details.no_guests").into_owned(),
        count => tr_with(lang, "details.guests", &[("count", &count.to_string())]),
    };
    let rows: Vec<_> = guests
        .iter()
        .map(|guest| {
            let (word, name) = (answer(guest.answer), guest.name.clone());
            let shown = if name.is_empty() { guest.email.clone() } else { name };
            view! {
                <li data-answer=word>
                    <Avatar name=shown.clone()/>
                    <span class="guest-words">
                        <bdi class="guest-name">{shown.clone()}</bdi>
                        <bdi class="guest-email">{guest.email.clone()}</bdi>
                    </span>
                    <span class="pill" data-answer=word>{tr(lang, &format!("answer.{word}"))}</span>
                </li>
            }
        })
        .collect();
    view! {
        <section class="sheet-part">
            <h2>{heading}</h2>
            {(!rows.is_empty()).then(|| view! { <ul class="guests">{rows}</ul> })}
        </section>
    }
}

/// What was changed here and in Google at the same time; nothing where nothing was.
fn history(lang: Lang, details: &BookingDetails) -> Option<impl IntoView + use<>> {
    let rows: Vec<_> = details
        .history
        .iter()
        .map(|line| {
            let said = text::history::sentence(lang, line, &details.day);
            view! {
                <li data-field=line.field.as_str() data-winner=line.winner.as_str()>
                    <bdi>{said}</bdi>
                    <span class="history-at">{date::moment(lang, &details.day, line.at)}</span>
                </li>
            }
        })
        .collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section class="sheet-part">
                <h2>{tr(lang, "history.title")}</h2>
                <ol class="history">{rows}</ol>
            </section>
        }
    })
}

const fn answer(answer: GuestAnswer) -> &'static str {
    match answer {
        GuestAnswer::NeedsAction => "needs_action",
        GuestAnswer::Declined => "declined",
        GuestAnswer::Tentative => "tentative",
        GuestAnswer::Accepted => "accepted",
    }
}

fn actions(lang: Lang, details: BookingDetails) -> impl IntoView {
    let google = details.google_link.clone().map(|href| {
        view! {
            <a class="button" href=href rel="noopener noreferrer" target="_blank">
                <Icon name="external"/>
                <span>{tr(lang, "details.google")}</span>
            </a>
        }
    });
    if !details.can_change {
        let key = if details.change_in_google { "details.change_in_google" } else { "details.not_yours" };
        return view! {
            <section class="sheet-part">
                <Notice kind="info"><p>{tr(lang, key)}</p></Notice>
                <div class="form-end">{google}</div>
            </section>
        }
        .into_any();
    }
    view! {
        <section class="sheet-part">
            <h2>{tr(lang, "details.change")}</h2>
            <ChangeForm lang details=details.clone()/>
        </section>
        <section class="sheet-part sheet-foot">
            <CancelForm lang details/>
            {google}
        </section>
    }
    .into_any()
}
