//! The day's grid: rooms as rows, time from left to right.
//!
//! The server draws all of it ([`row`], [`block`], [`header`]); nothing in that HTML depends on who looks. In the browser
//! three things come on top: [`crate::live`] changes the signals of rows, [`hands`] turns pointer and keyboard into
//! proposals by the pure rules of [`layout`] and [`drag`], and [`commands`] sends them, with [`optimistic`] drawing them
//! until they are answered.

pub mod block;
pub mod card;
pub mod commands;
pub mod drag;
pub mod grid;
pub mod hands;
pub mod header;
pub mod hint;
pub mod layout;
pub mod optimistic;
pub mod overlay;
pub mod people;
pub mod popover;
pub mod row;
pub mod toast;
pub mod words;
pub mod zoom;

use leptos::html::{Div, Section};
use leptos::prelude::*;
use model::page::GridPage;

use crate::context::use_lang;
use card::Card;
use grid::{Grid, Popup};
use header::DayBar;
use hint::HintCard;
use overlay::{Backdrop, CURSOR_ID, CellCursor, Hours, NowLine, PreviewBox};
use popover::QuickCreate;
use row::{GroupHead, Line, RoomLine, lines};
use toast::Toasts;

/// One day of all rooms, followed live.
#[component]
pub fn Timeline(page: GridPage) -> impl IntoView {
    let lang = use_lang();
    let grid = Grid::new(page, lang);
    let root = NodeRef::<Section>::new();
    let scroller = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if let (Some(root), Some(scroller)) = (root.get(), scroller.get()) {
            hands::attach(grid, &root, &scroller);
        }
    });
    let rooms = grid.follow.rooms();
    let date = text::date::day(lang, grid.date());
    let label = text::tr_with(lang, "grid.grid_label", &[("date", &date)]);
    let length = grid.day(model::ZoneDay::length_minutes);
    let count = move || {
        let all = rooms.with(Vec::len).to_string();
        text::tr_with(lang, "grid.room_count", &[("n", &all)])
    };
    let popup = move || {
        grid.popup.get().map(|popup| match popup {
            Popup::Create(order) => view! { <QuickCreate grid order=*order/> }.into_any(),
            Popup::Card { key, anchor, ask_cancel } => {
                view! { <Card grid key anchor ask_cancel/> }.into_any()
            }
        })
    };
    let empty = move || {
        rooms.with(Vec::is_empty).then(|| {
            view! { <p class="timeline-none">{text::tr(lang, "grid.none").into_owned()}</p> }.into_any()
        })
    };
    view! {
        <section
            class="timeline"
            node_ref=root
            style=format!("--minutes:{length}")
            data-zoom=move || grid.zoom.get().map(|zoom| zoom.width().to_string())
            data-today=grid.is_today().then_some("")
            data-saving=move || if grid.follow.status().get().is_fresh() { "on" } else { "off" }
        >
            <DayBar grid/>
            <div
                class="timeline-scroller"
                node_ref=scroller
                role="grid"
                tabindex="0"
                aria-label=label
                aria-activedescendant=move || grid.cursor.with(Option::is_some).then_some(CURSOR_ID)
            >
                <div class="timeline-head" role="row">
                    <div class="timeline-corner" role="columnheader">
                        <span>{text::tr(lang, "grid.rooms").into_owned()}</span>
                        <span class="timeline-count">{move || count()}</span>
                    </div>
                    <div class="timeline-hours" role="columnheader" aria-label=text::tr(lang, "grid.when").into_owned()>
                        <Hours grid/>
                    </div>
                </div>
                <div class="timeline-body" role="presentation">
                    <Backdrop grid/>
                    <For
                        each=move || rooms.with(|rooms| grid.folded.with(|folded| lines(lang, rooms, folded)))
                        key=Line::key
                        children=move |line| match line {
                            Line::Head { id, name, rooms } => view! { <GroupHead grid id name rooms/> }.into_any(),
                            Line::Room(room) => view! { <RoomLine grid room=*room/> }.into_any(),
                        }
                    />
                    <NowLine grid/>
                    <PreviewBox grid/>
                    <CellCursor grid/>
                </div>
                {move || empty()}
            </div>
            {move || popup()}
            <HintCard grid/>
            <Toasts grid/>
        </section>
    }
}
