//! The keyboard: a cell cursor for the grid, shortcuts for the page, and moving blocks without a mouse.
//!
//! Physical keys (`event.code`), so that they work with a Hangul input method on; nothing while it is composing.

use leptos::prelude::*;
use model::limits::{DEFAULT_MINUTES, SNAP_MINUTES};
use model::{Block, BlockKey, RoomNumber};
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusEvent, HtmlElement, KeyboardEvent};

use super::dom::{Page, block_of, find_block};
use super::listen::{Listener, listen};
use super::pointer::{choose, open_card};
use super::view;
use crate::components::timeline::grid::{Cursor, Grid};
use crate::components::timeline::layout::{Span, in_the_way, snap_up};
use crate::components::timeline::overlay::cell_words;

pub(super) fn listeners(grid: Grid, page: &Page) -> Vec<Listener> {
    let keys = page.clone();
    let focused = page.clone();
    vec![
        listen(&window(), "keydown", move |event: KeyboardEvent| on_key(grid, &keys, &event)),
        listen(&page.scroller, "focus", move |event: FocusEvent| {
            // A click focuses the scroller as well, and so do we when a box closes; the cursor is for those who came
            // with the keyboard from somewhere else.
            let by_keys = event.related_target().is_some()
                && focused.scroller.matches(":focus-visible").unwrap_or(false);
            if by_keys && grid.cursor.try_with_untracked(Option::is_none) == Some(true) {
                start_cursor(grid, &focused);
            }
        }),
        listen(&page.scroller, "blur", move |_: FocusEvent| {
            if grid.popup.try_with_untracked(Option::is_none) == Some(true) {
                grid.cursor.try_set(None);
            }
        }),
    ]
}

fn on_key(grid: Grid, page: &Page, event: &KeyboardEvent) {
    if event.default_prevented() || event.is_composing() || event.key_code() == 229 {
        return;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(target) = target else { return };
    let typing = target.closest("input, textarea, select, [contenteditable], [role=dialog]").ok().flatten();
    if typing.is_some() || grid.popup.try_with_untracked(Option::is_some) != Some(false) {
        return;
    }
    let done = if target == *page.scroller.unchecked_ref::<Element>() {
        on_cell(grid, page, event)
    } else if let Some((key, element)) = block_of(&target) {
        on_block(grid, page, event, key, &element)
    } else {
        false
    };
    if done || on_page(grid, page, event) {
        event.prevent_default();
    }
}

/// Shortcuts without a modifier, wherever the focus is.
fn on_page(grid: Grid, page: &Page, event: &KeyboardEvent) -> bool {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return false;
    }
    // On many keyboards "+" is written with Shift.
    match event.code().as_str() {
        "Equal" | "NumpadAdd" => {
            view::zoom(grid, true);
            return true;
        }
        "Minus" | "NumpadSubtract" => {
            view::zoom(grid, false);
            return true;
        }
        _ if event.shift_key() => return false,
        _ => {}
    }
    match event.code().as_str() {
        "KeyN" => {
            new_somewhere(grid, page);
            true
        }
        "KeyT" => press(".timeline-today"),
        "ArrowLeft" => press(".timeline-step[data-step=prev]"),
        "ArrowRight" => press(".timeline-step[data-step=next]"),
        _ => false,
    }
}

/// Follows a link of the day bar as a click would.
fn press(selector: &str) -> bool {
    let link = document().query_selector(selector).ok().flatten();
    let Some(link) = link.and_then(|link| link.dyn_into::<HtmlElement>().ok()) else { return false };
    link.click();
    true
}

/// The first room that is free for the default length from the next slot on.
fn new_somewhere(grid: Grid, page: &Page) {
    let bounds = grid.bounds();
    let from = if grid.is_today() { bounds.earliest } else { grid.shown.from.max(bounds.earliest) };
    let cursor = grid.cursor.get_untracked();
    if let Some(cursor) = cursor {
        choose(grid, page, cursor.room, cursor.span);
        return;
    }
    let span = Span { from, to: (from + DEFAULT_MINUTES).min(bounds.day) };
    let free = |room: &RoomNumber| span.width() > 0 && grid.problem(*room, span, None).is_none();
    match grid.open_rooms().into_iter().find(free) {
        Some(room) => {
            page.reveal(room, span);
            choose(grid, page, room, span);
        }
        None => grid.refuse(text::tr(grid.lang, "grid.no_room_now")),
    }
}

fn start_cursor(grid: Grid, page: &Page) {
    let bounds = grid.bounds();
    let from =
        if grid.is_today() && bounds.earliest < bounds.day { bounds.earliest } else { grid.shown.from };
    if let Some(room) = grid.open_rooms().into_iter().next() {
        set_cursor(grid, page, room, Span { from, to: (from + DEFAULT_MINUTES).min(bounds.day) });
    }
}

fn set_cursor(grid: Grid, page: &Page, room: RoomNumber, span: Span) {
    let Some(row) = page.row(room) else { return };
    page.reveal(room, span);
    grid.cursor.try_set(Some(Cursor { room, span, top: row.top, height: row.height }));
    grid.say(cell_words(grid, room, span));
}

/// The room `by` rows away.
fn neighbour(grid: Grid, room: RoomNumber, by: i64) -> Option<RoomNumber> {
    let rooms = grid.open_rooms();
    let at = rooms.iter().position(|known| *known == room)?;
    let next = i64::try_from(at).ok()?.checked_add(by)?;
    rooms.get(usize::try_from(next).ok()?).copied()
}

fn on_cell(grid: Grid, page: &Page, event: &KeyboardEvent) -> bool {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return false;
    }
    let code = event.code();
    let Some(cursor) = grid.cursor.get_untracked() else {
        // No cell yet: the grid was clicked. The down key enters it, left and right still mean days.
        if matches!(code.as_str(), "ArrowDown" | "ArrowUp" | "Enter") {
            start_cursor(grid, page);
            return true;
        }
        return false;
    };
    let day = grid.bounds().day;
    let Span { from, to } = cursor.span;
    let shifted = |by: i64| {
        let from = (from + by).clamp(0, day - SNAP_MINUTES);
        Span { from, to: (from + DEFAULT_MINUTES).min(day) }
    };
    let (room, span) = match (code.as_str(), event.shift_key()) {
        ("ArrowRight", true) => (cursor.room, Span { from, to: (to + SNAP_MINUTES).min(day) }),
        ("ArrowLeft", true) => (cursor.room, Span { from, to: (to - SNAP_MINUTES).max(from + SNAP_MINUTES) }),
        ("ArrowRight", false) => (cursor.room, shifted(DEFAULT_MINUTES)),
        ("ArrowLeft", false) => (cursor.room, shifted(-DEFAULT_MINUTES)),
        ("ArrowDown", _) => (neighbour(grid, cursor.room, 1).unwrap_or(cursor.room), cursor.span),
        ("ArrowUp", _) => (neighbour(grid, cursor.room, -1).unwrap_or(cursor.room), cursor.span),
        ("Home", _) => (cursor.room, shifted(grid.shown.from - from)),
        ("End", _) => (cursor.room, shifted(grid.shown.to - DEFAULT_MINUTES - from)),
        ("Enter" | "NumpadEnter" | "Space", _) => {
            enter(grid, page, cursor);
            return true;
        }
        ("Escape", _) => {
            grid.cursor.set(None);
            return true;
        }
        _ => return false,
    };
    set_cursor(grid, page, room, span);
    true
}

/// Enter on a free cell books it, on a taken one opens what is there.
fn enter(grid: Grid, page: &Page, cursor: Cursor) {
    let there = grid
        .day(|day| cursor.span.range(day))
        .and_then(|range| {
            let blocks = grid.follow.blocks_of(cursor.room);
            in_the_way(&blocks, range, None).map(|block| block.key)
        })
        .and_then(|key| find_block(key).map(|element| (key, element)));
    match there {
        Some((key, element)) => open_card(grid, key, &element, false),
        None if cursor.span.from < grid.bounds().earliest => {
            grid.refuse(text::tr(grid.lang, "grid.past"));
        }
        None => choose(grid, page, cursor.room, cursor.span),
    }
}

fn on_block(grid: Grid, page: &Page, event: &KeyboardEvent, key: BlockKey, element: &HtmlElement) -> bool {
    let Some(block) = grid.follow.block(key) else { return false };
    let (ctrl, alt) = (event.ctrl_key() || event.meta_key(), event.alt_key());
    let code = event.code();
    if matches!(code.as_str(), "Delete" | "Backspace") && !ctrl && !alt {
        open_card(grid, key, element, true);
        return true;
    }
    if !alt {
        return false;
    }
    let by = match code.as_str() {
        "ArrowLeft" => -SNAP_MINUTES,
        "ArrowRight" => SNAP_MINUTES,
        "ArrowUp" | "ArrowDown" if !ctrl => {
            let by = if code == "ArrowUp" { -1 } else { 1 };
            if let Some(room) = neighbour(grid, key.room, by) {
                nudge(grid, page, block, room, None);
            }
            return true;
        }
        _ => return false,
    };
    let Some(span) = grid.day(|day| Span::of(block.range, day)) else { return true };
    let bounds = grid.bounds();
    let next = if ctrl {
        Span { from: span.from, to: (span.to + by).clamp(span.from + SNAP_MINUTES, bounds.day) }
    } else {
        let from = (span.from + by).min(bounds.day - span.width());
        Span { from, to: from + span.width() }
    };
    let into_past = if ctrl { next.to <= bounds.earliest } else { next.from < bounds.earliest };
    if into_past {
        grid.refuse(text::tr(grid.lang, "grid.past"));
        return true;
    }
    let room = key.room;
    nudge(grid, page, block, room, Some(next));
    true
}

/// Changes a block by keys, with the same rules as the mouse.
fn nudge(grid: Grid, page: &Page, block: Block, room: RoomNumber, span: Option<Span>) {
    if let Some(reason) = grid.fixed_reason(&block) {
        grid.refuse(reason);
        return;
    }
    let Some(own) = grid.day(|day| Span::of(block.range, day)) else { return };
    let target = span.unwrap_or(own);
    // Room changes of a running meeting would begin in the past.
    if span.is_none() && snap_up(own.from) < grid.bounds().earliest {
        grid.refuse(text::tr(grid.lang, "grid.past"));
        return;
    }
    if let Some(reason) = grid.problem(room, target, Some(block.key)) {
        grid.refuse(reason);
        return;
    }
    let range = match span {
        None => Some(block.range),
        Some(span) => grid.day(|day| span.range(day)),
    };
    if let Some(range) = range {
        page.reveal(room, target);
        grid.change(block, room, range, false);
    }
}
