//! The board as drawn. Rendered on the server with the moment of rendering as "now"; the browser's clock takes over
//! after hydration. Screens rotate only in the browser: without JavaScript all of them stand one under the other.

use std::time::Duration;

use leptos::prelude::*;
use model::page::BoardPage;
use model::{Block, Instant, ZoneDay};
use text::{Lang, date, tr, tr_with};

use super::pages::{Row, free_count, screens};
use super::status::{Face, RoomStatus, status};
use crate::components::ui::{Icon, place};
use crate::live::{Follow, LiveStatus, LiveTarget, follow};

/// How long a screen stays.
const ROTATE: Duration = Duration::from_secs(12);

#[component]
pub fn Board(lang: Lang, token: String, page: BoardPage) -> impl IntoView {
    let BoardPage { company, name, grid } = page;
    // A board of all rooms is called like the company: that is said once.
    let company = Some(company).filter(|company| *company != name);
    let followed = follow(LiveTarget::Display { token }, grid);
    let all = Memo::new(move |_| rows(followed));
    let shown = RwSignal::new(None::<usize>);
    Effect::new(move |_| {
        shown.set(Some(0));
        let turn = move || {
            let count = all.with(Vec::len).max(1);
            shown.update(|shown| *shown = Some((shown.unwrap_or(0) + 1) % count));
        };
        if let Ok(timer) = set_interval_with_handle(turn, ROTATE) {
            on_cleanup(move || timer.clear());
        }
    });
    // A screen that is gone must not stay the chosen one.
    let current = move || {
        let count = all.with(Vec::len).max(1);
        shown.get().map(|shown| shown % count)
    };
    let day = followed.day();
    let drawn = move || {
        let all = all.get();
        if all.is_empty() {
            return view! { <p class="board-empty">{tr(lang, "board.empty")}</p> }.into_any();
        }
        let day = day.get();
        all.into_iter()
            .enumerate()
            .map(|(at, rows)| {
                view! {
                    <ol class="board-page" data-current=move || (current() == Some(at)).then_some("")>
                        {rows.into_iter().map(|row| board_row(lang, &day, row).into_any()).collect::<Vec<_>>()}
                    </ol>
                }
                .into_any()
            })
            .collect::<Vec<_>>()
            .into_any()
    };
    view! {
        <div class="board" data-rotating=move || shown.get().map(|_| "")>
            <header class="board-head">
                <div class="board-who">
                    <h1><bdi>{name}</bdi></h1>
                    {company.map(|company| view! { <bdi class="board-company">{company}</bdi> }.into_any())}
                </div>
                <p class="board-count">
                    <span>{move || count_words(lang, &all.get())}</span>
                </p>
                <p class="board-clock">
                    <time>{move || day.with(|day| day.hh_mm(followed.now_or_rendered()))}</time>
                    <span class="board-date">
                        {move || day.with(|day| date::day(lang, day.date_at(followed.now_or_rendered())))}
                    </span>
                </p>
            </header>
            <div class="board-columns" aria-hidden="true">
                <span></span>
                <span>{tr(lang, "board.room")}</span>
                <span>{tr(lang, "board.status")}</span>
                <span class="board-now">{tr(lang, "board.now")}</span>
                <span class="board-next">{tr(lang, "board.next")}</span>
                <span>{tr(lang, "board.ahead")}</span>
            </div>
            <div class="board-pages">{move || drawn()}</div>
            <footer class="board-foot">
                <p class="board-live" data-live=move || live_word(followed.status().get()) role="status">
                    <span class="board-dot" aria-hidden="true"></span>
                    <span>{move || live_said(lang, followed)}</span>
                </p>
                <ul class="board-dots" aria-hidden="true">
                    {move || {
                        let count = all.with(Vec::len);
                        let dots = if count > 1 { count } else { 0 };
                        (0..dots)
                            .map(|at| view! { <li data-current=move || (current() == Some(at)).then_some("")></li> }.into_any())
                            .collect::<Vec<_>>()
                    }}
                </ul>
            </footer>
        </div>
    }
}

fn rows(followed: Follow) -> Vec<Vec<Row>> {
    let (day, now) = (followed.day().get(), followed.now_or_rendered());
    let rooms = followed.rooms().get();
    let rows = rooms.into_iter().map(|room| {
        let status = followed.row(room.number).with(|blocks| status(blocks, &day, now));
        (room, status)
    });
    screens(rows.collect())
}

fn board_row(lang: Lang, day: &ZoneDay, row: Row) -> impl IntoView + use<> {
    let Row { room, status, opens_floor } = row;
    let place = opens_floor.then(|| place(lang, &room));
    let seats =
        (room.capacity > 0).then(|| tr_with(lang, "common.seats", &[("count", &room.capacity.to_string())]));
    let (word, icon) = match status.face {
        Face::Free => ("board.free", "check"),
        Face::Soon => ("board.soon", "clock"),
        Face::Busy => ("board.busy", "x"),
    };
    view! {
        <li class="board-row" data-room=room.number.to_string() data-face=status.face.as_str() data-opens=opens_floor.then_some("")>
            <span class="board-floor"><bdi>{place}</bdi></span>
            <span class="board-room">
                <bdi class="board-name">{room.name}</bdi>
                <span class="board-seats">{seats}</span>
            </span>
            <span class="board-status">
                <span class="board-pill">
                    <Icon name=icon/>
                    <span>{tr(lang, word)}</span>
                </span>
                <span class="board-until">{until(lang, day, &status)}</span>
            </span>
            <span class="board-now"><bdi>{now_words(day, status.now.as_ref())}</bdi></span>
            <span class="board-next">{next_words(lang, day, status.next.as_ref())}</span>
            {bar(lang, day, &status)}
        </li>
    }
}

fn until(lang: Lang, day: &ZoneDay, status: &RoomStatus) -> String {
    let key = if status.face == Face::Soon { "board.from" } else { "board.until" };
    match status.until {
        Some(at) => tr_with(lang, key, &[("time", &day.hh_mm(at))]),
        None => tr(lang, "board.all_day").into_owned(),
    }
}

/// The title where the board shows titles, else only the meeting's times; nothing while the room is free.
fn now_words(day: &ZoneDay, now: Option<&Block>) -> String {
    match now {
        Some(block) if block.title.is_empty() => date::span(day, block.range),
        Some(block) => block.title.clone(),
        None => "–".into(),
    }
}

fn next_words(lang: Lang, day: &ZoneDay, next: Option<&Block>) -> impl IntoView + use<> {
    match next {
        Some(block) => {
            // A title says more than the end does, and there is room for one of them.
            let title = (!block.title.is_empty()).then(|| block.title.clone());
            let time = match &title {
                Some(_) => day.hh_mm(block.range.start()),
                None => date::span(day, block.range),
            };
            view! {
                <span class="board-time">{time}</span>
                {title.map(|title| view! { <bdi class="board-title">{title}</bdi> }.into_any())}
            }
            .into_any()
        }
        None => view! { <span class="board-none">{tr(lang, "board.nothing_next")}</span> }.into_any(),
    }
}

fn bar(lang: Lang, day: &ZoneDay, status: &RoomStatus) -> impl IntoView + use<> {
    let spans: Vec<String> = status.ahead.iter().map(|stretch| date::span(day, stretch.range)).collect();
    let label = if spans.is_empty() {
        tr(lang, "board.ahead_free").into_owned()
    } else {
        tr_with(lang, "board.ahead_busy", &[("spans", &spans.join(", "))])
    };
    let stretches: Vec<_> = status
        .ahead
        .iter()
        .map(|stretch| {
            let style = format!("--from:{};--length:{}", stretch.from, stretch.length);
            view! { <span class="board-stretch" style=style></span> }.into_any()
        })
        .collect();
    view! { <span class="board-bar" role="img" aria-label=label>{stretches}</span> }
}

fn count_words(lang: Lang, all: &[Vec<Row>]) -> String {
    let (free, total) = free_count(all);
    tr_with(lang, "board.free_count", &[("free", &free.to_string()), ("total", &total.to_string())])
}

const fn live_word(status: LiveStatus) -> &'static str {
    match status {
        LiveStatus::Starting => "starting",
        LiveStatus::Live => "live",
        LiveStatus::Slow => "slow",
        LiveStatus::Reconnecting { .. } => "reconnecting",
        LiveStatus::Stale { .. } => "stale",
    }
}

/// "Live", or since when it is not.
fn live_said(lang: Lang, followed: Follow) -> String {
    let as_of = |at: Instant| {
        let time = followed.day().with(|day| day.hh_mm(at));
        tr_with(lang, "board.as_of", &[("time", &time)])
    };
    match followed.status().get() {
        LiveStatus::Live => tr(lang, "board.live").into_owned(),
        LiveStatus::Slow => tr(lang, "board.slow").into_owned(),
        LiveStatus::Starting => as_of(followed.now_or_rendered()),
        LiveStatus::Reconnecting { since } | LiveStatus::Stale { since } => as_of(since),
    }
}
