//! The details card of a block.

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::page::{BookingDetails, GuestAnswer};
use model::{ApiError, BlockKey};

use super::grid::{Anchor, CONNECT, Grid};
use super::hands;
use super::popover::{Veil, composing, float_style};
use super::words;
use crate::api::bookings::load_booking;
use crate::components::ui::{Avatar, ErrorNotice, Icon, StatePill};

/// Roughly what the card measures.
const SIZE: (f64, f64) = (340.0, 384.0);

/// What the grid knows at once, then everything as the server says it to this person.
#[component]
pub fn Card(grid: Grid, key: BlockKey, anchor: Anchor, ask_cancel: bool) -> impl IntoView {
    let lang = grid.lang;
    let details = RwSignal::new(None::<Result<BookingDetails, ApiError>>);
    let asking = RwSignal::new(ask_cancel);
    let load = move || {
        details.set(None);
        spawn_local(async move {
            let slot = key.slot.map(model::Instant::as_micros);
            let loaded = load_booking(key.booking, Some(key.room), slot).await.map_err(|error| error.0);
            details.try_set(Some(loaded));
        });
    };
    // Asked for by what a person did, in the browser; never while rendering on the server.
    Effect::new(move |_| load());
    let dialog = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get() {
            let _focused = dialog.focus();
        }
    });
    let close = move || {
        grid.popup.set(None);
        hands::focus_block(key);
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && !composing(&event) {
            event.prevent_default();
            event.stop_propagation();
            close();
        }
    };
    let known = move || {
        details.get().and_then(Result::ok).map(|details| details.block).or_else(|| grid.follow.block(key))
    };
    let title = move || known().map(|block| words::title(lang, &block)).unwrap_or_default();
    let when = move || {
        let range = known()?.range;
        Some(grid.day(|day| {
            format!(
                "{} · {}",
                text::date::day_and_span(lang, day, range),
                text::date::duration(lang, range.length_minutes())
            )
        }))
    };
    let room = grid.room(key.room);
    let room_words =
        room.as_ref().map(|room| format!("{} · {}", room.name, words::place(lang, room))).unwrap_or_default();
    let body = move || {
        match details.get() {
        None => view! { <p class="card-loading" role="status">{text::tr(lang, "grid.loading").into_owned()}</p> }.into_any(),
        Some(Err(error)) => view! {
            <ErrorNotice lang error day=grid.day(Clone::clone)>
                <button type="button" class="button" on:click=move |_| load()>{text::tr(lang, "grid.retry").into_owned()}</button>
            </ErrorNotice>
        }
        .into_any(),
        Some(Ok(details)) => view! { <CardBody grid details key asking/> }.into_any(),
    }
    };
    view! {
        <Veil close/>
        <div
            class="popover card"
            role="dialog"
            tabindex="-1"
            aria-label=title
            style=float_style(anchor, SIZE)
            node_ref=dialog
            on:keydown=on_key
        >
            <div class="popover-head">
                <div class="card-head">
                    <h2 class="card-title">{move || title()}</h2>
                    {move || known().map(|block| view! { <StatePill lang state=block.state/> })}
                </div>
                <button type="button" class="popover-close" aria-label=text::tr(lang, "grid.close").into_owned() on:click=move |_| close()>
                    <Icon name="x"/>
                </button>
            </div>
            <p class="card-fact"><Icon name="clock"/><span>{move || when()}</span></p>
            <p class="card-fact"><Icon name="pin"/><span>{room_words}</span></p>
            {move || body()}
        </div>
    }
}

/// What only the server knows: guests, reason, and what this person may do.
#[component]
fn CardBody(grid: Grid, details: BookingDetails, key: BlockKey, asking: RwSignal<bool>) -> impl IntoView {
    let lang = grid.lang;
    let word = move |key: &str| text::tr(lang, key).into_owned();
    let block = details.block;
    let organizer = (!block.organizer_name.is_empty()).then(|| {
        view! { <p class="card-fact"><Icon name="user"/><span>{block.organizer_name.clone()}</span></p> }
            .into_any()
    });
    let repeat = (block.series || block.exception).then(|| {
        let key = if block.exception { "grid.mark.exception" } else { "grid.mark.series" };
        view! { <p class="card-fact"><Icon name="repeat"/><span>{word(key)}</span></p> }.into_any()
    });
    let reason = details.reason.map(|code| {
        let reason = text::reason(lang, &code);
        view! { <p class="card-fact" data-kind="bad"><Icon name="alert"/><span>{reason}</span></p> }
            .into_any()
    });
    let mine = block.organizer == Some(grid.viewer().number);
    let as_room = details.as_room.then(|| {
        let connect = (mine && !grid.viewer().calendar_granted)
            .then(|| view! { <a class="card-connect" href=CONNECT>{word("grid.connect")}</a> }.into_any());
        view! {
            <p class="card-fact" data-kind="quiet">
                <Icon name="info"/>
                <span><span>{word("grid.as_room")}</span>{connect}</span>
            </p>
        }
        .into_any()
    });
    let count = details.guests.len();
    let guests = (count > 0).then(|| {
        let rows = details
            .guests
            .into_iter()
            .map(|guest| {
                let answer = match guest.answer {
                    GuestAnswer::Accepted => "accepted",
                    GuestAnswer::Declined => "declined",
                    GuestAnswer::Tentative => "tentative",
                    GuestAnswer::NeedsAction => "waiting",
                };
                let name = if guest.name.is_empty() { guest.email.clone() } else { guest.name };
                view! {
                    <li class="card-guest" data-answer=answer title=guest.email>
                        <Avatar name=name.clone()/>
                        <span class="card-guest-name">{name}</span>
                        <span class="card-guest-answer">{word(&format!("grid.answer.{answer}"))}</span>
                    </li>
                }
                .into_any()
            })
            .collect::<Vec<_>>();
        view! {
            <details class="card-guests" open=count <= 4>
                <summary>{text::tr_with(lang, "grid.guests", &[("n", &count.to_string())])}</summary>
                <ul>{rows}</ul>
            </details>
        }
        .into_any()
    });
    let note = (!details.can_change && details.change_in_google).then(|| {
        view! { <p class="card-fact" data-kind="quiet"><Icon name="google"/><span>{word("grid.series_in_google")}</span></p> }.into_any()
    });
    let google_link = details.google_link;
    let href = match key.slot {
        Some(slot) => format!("/bookings/{}?room={}&slot={}", key.booking, key.room, slot.as_micros()),
        None => format!("/bookings/{}?room={}", key.booking, key.room),
    };
    let can_change = details.can_change;
    let end = move || {
        if can_change && asking.get() {
            view! {
                <p class="card-sure" role="alert">{word("grid.cancel_sure")}</p>
                <div class="popover-end">
                    <button type="button" class="button" on:click=move |_| asking.set(false)>{word("grid.cancel_no")}</button>
                    <button type="button" class="button" data-kind="danger" on:click=move |_| grid.cancel(key)>
                        {word("grid.cancel_yes")}
                    </button>
                </div>
            }
            .into_any()
        } else {
            let google = google_link.clone().map(|href| {
                view! { <a class="button" href=href target="_blank" rel="noopener noreferrer">{word("grid.open_google")}</a> }.into_any()
            });
            let cancel = can_change.then(|| {
                view! {
                    <button type="button" class="button" data-kind="danger-quiet" on:click=move |_| asking.set(true)>
                        {word("grid.cancel")}
                    </button>
                }.into_any()
            });
            view! {
                <div class="popover-end">
                    {cancel}
                    {google}
                    <a class="button" href=href.clone()>{word("grid.details")}</a>
                </div>
            }
            .into_any()
        }
    };
    view! { {organizer}{repeat}{reason}{as_room}{guests}{note}{move || end()} }
}
