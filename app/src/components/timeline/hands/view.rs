//! What is shown of the day: the scale, the folded groups, and the way back to now. This browser remembers the first two.

use std::cell::Cell;

use leptos::prelude::*;
use model::RoomNumber;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, WheelEvent};

use super::dom::{Page, window_size};
use super::listen::{Listener, listen};
use crate::components::timeline::grid::{Grid, Side};
use crate::components::timeline::zoom::Zoom;

/// Turning of a wheel, or spreading of two fingers on a pad, that makes a step.
const WHEEL_STEP: f64 = 40.0;
/// Pixels at the bottom of the window that a message covers.
const MESSAGE: f64 = 96.0;

const ZOOM: &str = "roomly.zoom";
const FOLDED: &str = "roomly.folded";

pub(super) fn listeners(grid: Grid, page: &Page) -> Vec<Listener> {
    let turned = Cell::new(0.0);
    let wheel = page.clone();
    let (scrolled, resized) = (page.clone(), page.clone());
    vec![
        listen(&page.scroller, "wheel", move |event: WheelEvent| {
            if !event.ctrl_key() {
                return;
            }
            event.prevent_default();
            let sum = turned.get() + event.delta_y();
            let step = sum.abs() >= WHEEL_STEP;
            turned.set(if step { 0.0 } else { sum });
            if step {
                zoom_at(grid, &wheel, sum < 0.0, f64::from(event.client_x()));
            }
        }),
        listen(&page.scroller, "scroll", move |_: Event| look(grid, &scrolled)),
        listen(&window(), "resize", move |_: Event| look(grid, &resized)),
    ]
}

/// Takes up what this browser remembers, before the grid is scrolled for the first time.
pub(super) fn recall(grid: Grid, page: &Page) {
    if let Some(zoom) = read(ZOOM).and_then(|word| Zoom::parse(&word)) {
        page.draw_zoom(zoom, || {});
        grid.zoom.set(Some(zoom));
    }
    if let Some(folded) = read(FOLDED).filter(|folded| !folded.is_empty()) {
        grid.folded.set(folded.lines().map(str::to_owned).collect());
    }
}

/// Shows or hides the rooms of a group.
pub fn fold(grid: Grid, id: &str) {
    grid.folded.update(|folded| {
        let before = folded.len();
        folded.retain(|known| known != id);
        if folded.len() == before {
            folded.push(id.to_owned());
        }
    });
    // What lies over the rows stands where they were.
    grid.preview.set(None);
    grid.cursor.set(None);
    write(FOLDED, &grid.folded.with_untracked(|folded| folded.join("\n")));
}

/// A step of scale around now, or around the middle where now is out of sight.
pub fn zoom(grid: Grid, wider: bool) {
    if let Some(page) = drawn(grid) {
        let x = page.now_x(grid).unwrap_or_else(|| page.middle_x());
        zoom_at(grid, &page, wider, x);
    }
}

/// A step of scale; the minute under `x` stays where it is.
pub(super) fn zoom_at(grid: Grid, page: &Page, wider: bool, x: f64) {
    let Some(next) = grid.next_zoom(wider) else { return };
    let minute = page.spot(x, 0.0).minute;
    grid.preview.set(None);
    grid.hint.set(None);
    // At once and not with the next effects: the wheel may turn on before them.
    page.draw_zoom(next, || page.put(minute, x));
    grid.zoom.set(Some(next));
    write(ZOOM, &next.width().to_string());
    look(grid, page);
}

/// Scrolls back to now.
pub fn to_now(grid: Grid) {
    if let Some(page) = drawn(grid) {
        page.open_at(grid);
        look(grid, &page);
        super::focus_grid();
    }
}

/// Notes whether now is in sight.
pub(super) fn look(grid: Grid, page: &Page) {
    let away = page.now_side(grid);
    if grid.now_away.try_get_untracked() != Some(away) {
        grid.now_away.try_set(away);
    }
}

/// Whether a message at the bottom would cover the row of `room`.
pub fn is_low(room: RoomNumber) -> bool {
    let row = document().query_selector(&format!("[data-room=\"{room}\"]")).ok().flatten();
    row.is_some_and(|row| row.get_bounding_client_rect().bottom() > window_size().1 - MESSAGE)
}

fn drawn(grid: Grid) -> Option<Page> {
    let scroller = document().query_selector(".timeline-scroller").ok()??;
    Page::new(grid, scroller.dyn_into::<HtmlElement>().ok()?)
}

impl Page {
    /// Draws a scale without moving blocks slowly, and lets `scroll` find their new places.
    fn draw_zoom(&self, zoom: Zoom, scroll: impl FnOnce()) {
        let Ok(Some(root)) = self.scroller.closest(".timeline") else { return };
        let _still = root.set_attribute("data-zooming", "");
        let _drawn = root.set_attribute("data-zoom", &zoom.width().to_string());
        scroll();
        let _measured = self.scroller.scroll_width();
        let _moving = root.remove_attribute("data-zooming");
    }

    /// The edges of the hours that are in sight.
    fn shown_x(&self) -> (f64, f64) {
        let rect = self.scroller.get_bounding_client_rect();
        (rect.left() + self.column(), rect.right())
    }

    fn middle_x(&self) -> f64 {
        let (left, right) = self.shown_x();
        f64::midpoint(left, right)
    }

    /// Where the line of now is in the window; `None` on other days.
    fn line_x(&self, grid: Grid) -> Option<f64> {
        let now = crate::live::now()?;
        let minute = grid.day(|day| day.range.contains(now).then(|| day.elapsed_minutes(now)))?;
        Some(self.x_of(minute))
    }

    fn now_side(&self, grid: Grid) -> Option<Side> {
        let (left, right) = self.shown_x();
        let x = self.line_x(grid)?;
        if x < left { Some(Side::Before) } else { (x > right).then_some(Side::After) }
    }

    fn now_x(&self, grid: Grid) -> Option<f64> {
        self.line_x(grid).filter(|_| self.now_side(grid).is_none())
    }
}

/// What this browser kept; nothing where it keeps nothing.
fn read(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

fn write(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // A browser that keeps nothing forgets: no more is lost.
        let _kept = storage.set_item(key, value);
    }
}
