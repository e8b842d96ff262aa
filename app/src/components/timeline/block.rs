//! One booking on the grid.

use leptos::prelude::*;
use model::{BookingState, Origin};

use super::grid::Grid;
use super::layout::Placed;
use super::words;
use crate::components::ui::Icon;

/// A block: a link to its details, which the grid's hands turn into a card where they can.
///
/// Attributes follow the data one by one, so that a block keeps its element, and with it the keyboard's focus, while it
/// is moved or confirmed.
#[component]
pub fn BookingBlock(grid: Grid, placed: Memo<Placed>) -> impl IntoView {
    let lang = grid.lang;
    let mine = move || {
        placed.with(|placed| {
            placed.block.organizer.is_some() && placed.block.organizer == grid.me().map(|me| me.number)
        })
    };
    // A tooltip for browsers without hands; with them a card comes, which says the same and more.
    let described = move || placed.with(|placed| grid.day(|day| words::describe(lang, &placed.block, day)));
    let number = move || {
        placed.with(|placed| {
            placed
                .draft
                .is_none_or(|draft| draft.intent.is_none())
                .then(|| placed.block.key.booking.to_string())
        })
    };
    view! {
        <a
            class="booking"
            href=move || placed.with(href)
            style=move || placed.with(place_style)
            data-booking=number
            data-intent=move || placed.with(|placed| placed.draft.and_then(|draft| draft.intent).map(|id| id.to_string()))
            data-slot=move || placed.with(|placed| placed.block.key.slot.map(|slot| slot.as_micros().to_string()))
            data-state=move || placed.with(|placed| placed.block.state.as_str())
            data-start=move || placed.with(|placed| grid.day(|day| day.rfc3339(placed.block.range.start())))
            data-end=move || placed.with(|placed| grid.day(|day| day.rfc3339(placed.block.range.end())))
            data-private=move || placed.with(|placed| placed.block.private.then_some(""))
            data-tentative=move || placed.with(|placed| placed.block.tentative.then_some(""))
            data-overlap=move || placed.with(|placed| (placed.lanes > 1).then_some(""))
            data-mine=move || mine().then_some("")
            data-draft=move || placed.with(|placed| {
                placed.draft.map(|draft| if draft.refused { "refused" } else { "saving" })
            })
            aria-label=described
            title=move || grid.me().is_none().then(described)
            draggable="false"
        >
            <span class="booking-words">
                <span class="booking-title">{move || placed.with(|placed| words::title(lang, &placed.block))}</span>
                {move || {
                    let who = placed.with(|placed| placed.block.organizer_name.clone());
                    (!who.is_empty()).then(|| view! { <span class="booking-who">{who}</span> }.into_any())
                }}
            </span>
            <span class="booking-marks" aria-hidden="true">{move || placed.with(marks)}</span>
        </a>
    }
}

/// The signs that stand beside the colours: lock, "!", ↻, G.
fn marks(placed: &Placed) -> Vec<AnyView> {
    let block = &placed.block;
    let mut marks = vec![];
    if matches!(block.state, BookingState::Declined | BookingState::Conflicted) {
        marks.push(view! { <b class="booking-mark" data-mark="alert">"!"</b> }.into_any());
    }
    if block.private {
        marks.push(view! { <Icon name="lock"/> }.into_any());
    }
    if block.exception {
        marks.push(view! { <b class="booking-mark" data-mark="exception">"↻"</b> }.into_any());
    } else if block.series {
        marks.push(view! { <b class="booking-mark" data-mark="series">"↻"</b> }.into_any());
    }
    if block.origin == Origin::Google {
        marks.push(view! { <b class="booking-mark" data-mark="google">"G"</b> }.into_any());
    }
    marks
}

/// Numbers only: minutes, and the lane's share of the row.
fn place_style(placed: &Placed) -> String {
    format!(
        "--x:{};--w:{};--lane:{};--lanes:{}",
        placed.span.from,
        placed.span.width(),
        placed.lane,
        placed.lanes
    )
}

/// The details page: what a click means without JavaScript, and in a new tab.
fn href(placed: &Placed) -> String {
    let key = placed.block.key;
    match key.slot {
        Some(slot) => format!("/bookings/{}?room={}&slot={}", key.booking, key.room, slot.as_micros()),
        None => format!("/bookings/{}?room={}", key.booking, key.room),
    }
}
