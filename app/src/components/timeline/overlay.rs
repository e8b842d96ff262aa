//! What lies over the rows: closed hours, the past, the line of now, the pointer's and the keyboard's place.

use leptos::prelude::*;
use model::RoomNumber;

use super::grid::{Grid, PreviewKind};
use super::layout::{self, Span};
use super::words;

/// Minutes of the day that are over, as the rows are dimmed.
fn past(grid: Grid) -> i64 {
    let (elapsed, length) = grid.day(|day| (day.elapsed_minutes(grid.now()), day.length_minutes()));
    elapsed.clamp(0, length)
}

/// Hatched closed hours and the dimmed past, under the blocks.
#[component]
pub fn Backdrop(grid: Grid) -> impl IntoView {
    let length = grid.day(model::ZoneDay::length_minutes);
    let shown = grid.shown;
    let style = |span: Span| format!("--x:{};--w:{}", span.from, span.width());
    view! {
        <div class="timeline-backdrop" aria-hidden="true">
            <div class="timeline-closed" style=style(Span { from: 0, to: shown.from })></div>
            <div class="timeline-closed" style=style(Span { from: shown.to, to: length })></div>
            <div class="timeline-past" style=move || format!("--x:0;--w:{}", past(grid))></div>
        </div>
    }
}

/// The line of now. It appears with the browser's clock: nothing of it is in the server's HTML.
#[component]
pub fn NowLine(grid: Grid) -> impl IntoView {
    let minute = Memo::new(move |_| {
        let now = grid.follow.now().get()?;
        grid.day(|day| day.range.contains(now).then(|| day.elapsed_minutes(now)))
    });
    let line = move || {
        minute.get().map(|minute| {
            view! { <div class="timeline-now" aria-hidden="true" style=format!("--x:{minute}")></div> }
                .into_any()
        })
    };
    view! { {move || line()} }
}

/// The full hours with the clock chip of now among them; an hour gives way to the chip where both would not fit.
#[component]
pub fn Hours(grid: Grid) -> impl IntoView {
    let opening = grid.shown.from;
    let now = Memo::new(move |_| {
        let now = grid.follow.now().get()?;
        grid.day(|day| day.range.contains(now).then(|| (day.elapsed_minutes(now), day.hh_mm(now))))
    });
    let hours = grid
        .day(layout::hours)
        .into_iter()
        .map(|(minute, label)| {
            let covered = Memo::new(move |_| {
                let (now, _) = now.get()?;
                layout::covered(minute - now, grid.zoom_or_usual().width()).then_some("")
            });
            view! {
                <span
                    class="timeline-hour"
                    style=format!("--x:{minute}")
                    data-opening=(minute == opening).then_some("")
                    data-covered=move || covered.get()
                >
                    <span>{label}</span>
                </span>
            }
            .into_any()
        })
        .collect::<Vec<_>>();
    let chip = move || {
        now.get().map(|(minute, clock)| {
            view! { <span class="timeline-now-chip" aria-hidden="true" style=format!("--x:{minute}")>{clock}</span> }.into_any()
        })
    };
    view! { {hours}{move || chip()} }
}

fn box_style(span: Span, top: f64, height: f64) -> String {
    let (top, height) = (layout::px(top), layout::px(height));
    format!("--x:{};--w:{};--top:{top};--height:{height}", span.from, span.width())
}

/// What the pointer would do here.
#[component]
pub fn PreviewBox(grid: Grid) -> impl IntoView {
    let preview = move || {
        grid.preview.get().map(|preview| {
            let kind = match preview.kind {
                PreviewKind::Hover => "hover",
                PreviewKind::Select => "select",
                PreviewKind::Change(_) => "change",
            };
            let range = grid.day(|day| preview.span.range(day));
            let words = match (preview.kind, range) {
                (_, None) => String::new(),
                (PreviewKind::Hover, Some(range)) => {
                    format!("+ {}", grid.day(|day| day.hh_mm(range.start())))
                }
                (_, Some(range)) => grid.day(|day| words::bubble(grid.lang, range, day)),
            };
            let problem = preview
                .problem
                .clone()
                .map(|problem| view! { <span class="timeline-preview-problem">{problem}</span> }.into_any());
            let title = match preview.kind {
                PreviewKind::Change(key) => {
                    grid.follow.block(key).map(|block| words::title(grid.lang, &block))
                }
                _ => None,
            };
            view! {
                <div
                    class="timeline-preview"
                    aria-hidden="true"
                    data-kind=kind
                    data-bad=preview.problem.is_some().then_some("")
                    style=box_style(preview.span, preview.top, preview.height)
                >
                    <span class="timeline-preview-box">{title}</span>
                    <span class="timeline-bubble"><span>{words}</span>{problem}</span>
                </div>
            }
            .into_any()
        })
    };
    view! { {move || preview()} }
}

/// The keyboard's cell. The scroller keeps the focus and points here (`aria-activedescendant`).
#[component]
pub fn CellCursor(grid: Grid) -> impl IntoView {
    let cursor = move || {
        grid.cursor.get().map(|cursor| {
            view! {
                <div class="timeline-cursor-row" role="row">
                    <div
                        class="timeline-cursor"
                        role="gridcell"
                        id=CURSOR_ID
                        aria-label=cell_words(grid, cursor.room, cursor.span)
                        style=box_style(cursor.span, cursor.top, cursor.height)
                    ></div>
                </div>
            }
            .into_any()
        })
    };
    view! { {move || cursor()} }
}

/// The id that the scroller points to.
pub const CURSOR_ID: &str = "timeline-cursor";

/// A cell as it is read out: "한라, 14:00–14:30, 비어 있음".
pub fn cell_words(grid: Grid, room: RoomNumber, span: Span) -> String {
    let name = grid.room_name(room);
    let Some(range) = grid.day(|day| span.range(day)) else { return name };
    let time = grid.day(|day| text::date::span(day, range));
    match grid.problem(room, span, None) {
        None => text::tr_with(grid.lang, "grid.cell.free", &[("room", &name), ("time", &time)]),
        Some(what) => {
            text::tr_with(grid.lang, "grid.cell.taken", &[("room", &name), ("time", &time), ("what", &what)])
        }
    }
}
