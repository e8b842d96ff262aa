//! Measuring and touching the drawn grid.

use leptos::prelude::*;
use model::{BlockKey, RoomNumber};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use crate::components::timeline::drag::Spot;
use crate::components::timeline::grid::{Anchor, Grid};
use crate::components::timeline::layout::{RowBox, Span};
use crate::components::timeline::optimistic::{Act, Pending};

/// The scroller, its content, and how wide a minute is.
#[derive(Clone)]
pub(super) struct Page {
    pub(super) scroller: HtmlElement,
    body: HtmlElement,
    day_minutes: f64,
}

impl Page {
    pub(super) fn new(grid: Grid, scroller: HtmlElement) -> Option<Self> {
        let body = scroller.query_selector(".timeline-body").ok()??.dyn_into().ok()?;
        #[allow(clippy::cast_precision_loss, reason = "minutes of a day")]
        let day_minutes = grid.day(|day| day.length_minutes()) as f64;
        Some(Self { scroller, body, day_minutes })
    }

    /// Width of the sticky column of rooms.
    pub(super) fn column(&self) -> f64 {
        let corner = self.scroller.query_selector(".timeline-corner").ok().flatten();
        corner.map_or(0.0, |corner| corner.get_bounding_client_rect().width())
    }

    /// Height of the sticky header of hours.
    fn head(&self) -> f64 {
        let head = self.scroller.query_selector(".timeline-head").ok().flatten();
        head.map_or(0.0, |head| head.get_bounding_client_rect().height())
    }

    fn minute(&self) -> f64 {
        (self.body.get_bounding_client_rect().width() - self.column()) / self.day_minutes
    }

    /// The place under a point of the window.
    pub(super) fn spot(&self, x: f64, y: f64) -> Spot {
        let rect = self.body.get_bounding_client_rect();
        let (column, minute) = (self.column(), self.minute());
        let x = x - rect.left() - column;
        Spot { x, y: y - rect.top(), minute: x / minute }
    }

    /// Where the hours begin in the window, beside the sticky column.
    pub(super) fn edge(&self) -> f64 {
        self.scroller.get_bounding_client_rect().left() + self.column()
    }

    /// Where a minute is in the window.
    pub(super) fn x_of(&self, minute: i64) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "minutes of a day")]
        let minute = minute as f64;
        self.body.get_bounding_client_rect().left() + self.column() + minute * self.minute()
    }

    /// Scrolls so that `minute` is at `x` of the window.
    pub(super) fn put(&self, minute: f64, x: f64) {
        self.scroll_to(minute * self.minute() - (x - self.edge()), f64::from(self.scroller.scroll_top()));
    }

    /// All rows, in content pixels.
    pub(super) fn rows(&self) -> Vec<RowBox> {
        let top = self.body.get_bounding_client_rect().top();
        elements(&self.body, "[data-room]")
            .into_iter()
            .filter_map(|row| {
                let rect = row.get_bounding_client_rect();
                Some(RowBox { room: room_of(&row)?, top: rect.top() - top, height: rect.height() })
            })
            .collect()
    }

    /// The row of an element inside one; cheap enough for every movement.
    pub(super) fn row_around(&self, element: &Element) -> Option<RowBox> {
        let row = element.closest("[data-room]").ok()??;
        let (rect, top) = (row.get_bounding_client_rect(), self.body.get_bounding_client_rect().top());
        Some(RowBox { room: room_of(&row)?, top: rect.top() - top, height: rect.height() })
    }

    pub(super) fn row(&self, room: RoomNumber) -> Option<RowBox> {
        self.rows().into_iter().find(|row| row.room == room)
    }

    /// The rectangle of the window where `span` of `room` is drawn.
    pub(super) fn anchor(&self, room: RoomNumber, span: Span) -> Anchor {
        let rect = self.body.get_bounding_client_rect();
        let left = rect.left() + self.column();
        let minute = self.minute();
        let row = self.row(room).unwrap_or(RowBox { room, top: 0.0, height: 48.0 });
        #[allow(clippy::cast_precision_loss, reason = "minutes of a day")]
        let (from, to) = (span.from as f64, span.to as f64);
        let top = rect.top() + row.top;
        ((left + from * minute).max(self.edge()), top, left + to * minute, top + row.height)
    }

    /// Opens at an hour before now on today, else at the first shown hour.
    pub(super) fn open_at(&self, grid: Grid) {
        let now = crate::live::now().unwrap_or_default();
        let running = grid.day(|day| day.range.contains(now).then(|| day.elapsed_minutes(now)));
        let minute = match running {
            Some(minute) => minute - 60,
            None => grid.shown.from,
        };
        #[allow(clippy::cast_precision_loss, reason = "minutes of a day")]
        let left = minute.max(0) as f64 * self.minute();
        #[allow(clippy::cast_possible_truncation, reason = "pixels of a page")]
        self.scroller.set_scroll_left(left as i32);
    }

    /// Scrolls so that a cell is not under the sticky parts.
    pub(super) fn reveal(&self, room: RoomNumber, span: Span) {
        let Some(row) = self.row(room) else { return };
        let minute = self.minute();
        #[allow(clippy::cast_precision_loss, reason = "minutes of a day")]
        let (left, right) = (span.from as f64 * minute, span.to as f64 * minute);
        let (shown_left, shown_top) =
            (f64::from(self.scroller.scroll_left()), f64::from(self.scroller.scroll_top()));
        let width = f64::from(self.scroller.client_width()) - self.column();
        let height = f64::from(self.scroller.client_height()) - self.head();
        let x = if left < shown_left {
            left
        } else if right > shown_left + width {
            right - width
        } else {
            shown_left
        };
        // A group's head sticks above the rows.
        let top = row.top - row.height;
        let y = if top < shown_top {
            top
        } else if row.top + row.height > shown_top + height {
            row.top + row.height - height
        } else {
            shown_top
        };
        self.scroll_to(x, y);
    }

    #[allow(clippy::cast_possible_truncation, reason = "pixels of a page")]
    fn scroll_to(&self, x: f64, y: f64) {
        self.scroller.set_scroll_left(x.round() as i32);
        self.scroller.set_scroll_top(y.round() as i32);
    }

    /// Scrolls a step when a dragging pointer is near an edge; whether it did.
    pub(super) fn scroll_at_edge(&self, x: f64, y: f64) -> bool {
        const EDGE: f64 = 36.0;
        let rect = self.scroller.get_bounding_client_rect();
        let step = |at: f64, low: f64, high: f64| {
            if at < low + EDGE {
                -((low + EDGE - at) / 3.0).min(18.0)
            } else if at > high - EDGE {
                ((at - (high - EDGE)) / 3.0).min(18.0)
            } else {
                0.0
            }
        };
        let by_x = step(x, rect.left() + self.column(), rect.right());
        let by_y = step(y, rect.top() + self.head(), rect.bottom());
        let before = (self.scroller.scroll_left(), self.scroller.scroll_top());
        if by_x != 0.0 || by_y != 0.0 {
            self.scroll_to(f64::from(before.0) + by_x, f64::from(before.1) + by_y);
        }
        (self.scroller.scroll_left(), self.scroller.scroll_top()) != before
    }

    /// Lights up blocks that others changed, once.
    pub(super) fn flash(&self, grid: Grid, keys: &[BlockKey], own: &[Pending]) {
        let me = grid.me_untracked().map(|me| me.number);
        for key in keys {
            let by_me = own.iter().any(|pending| match &pending.act {
                Act::Change { from, to } => *from == *key || to.key == *key,
                Act::Cancel(known) => known == key,
                Act::Book(block) => block.key.room == key.room,
            });
            let mine = grid
                .follow
                .block(*key)
                .is_some_and(|block| block.organizer.is_some() && block.organizer == me);
            if by_me || mine {
                continue;
            }
            if let Some(block) = find_block(*key) {
                // Taking the attribute away and measuring restarts the animation.
                let _gone = block.remove_attribute("data-flash");
                let _measured = block.offset_width();
                let _set = block.set_attribute("data-flash", "");
            }
        }
    }
}

/// Removes what only browsers without JavaScript need.
pub(super) fn tidy_up(root: &HtmlElement) {
    let _set = root.set_attribute("data-hands", "");
}

/// Every element under `root` that `selector` names.
pub(super) fn elements(root: &Element, selector: &str) -> Vec<HtmlElement> {
    let Ok(list) = root.query_selector_all(selector) else { return vec![] };
    (0..list.length()).filter_map(|index| list.item(index)?.dyn_into().ok()).collect()
}

/// The room of an element inside a row.
pub(super) fn room_of(element: &Element) -> Option<RoomNumber> {
    element.closest("[data-room]").ok()??.get_attribute("data-room")?.parse().ok()
}

/// The block of an element inside one.
pub(super) fn block_of(element: &Element) -> Option<(BlockKey, HtmlElement)> {
    let block: HtmlElement = element.closest("[data-booking]").ok()??.dyn_into().ok()?;
    let booking = block.get_attribute("data-booking")?.parse().ok()?;
    let slot =
        block.get_attribute("data-slot").and_then(|slot| slot.parse().ok()).map(model::Instant::from_micros);
    Some((BlockKey { booking, room: room_of(&block)?, slot }, block))
}

/// The drawn block of a key.
pub(super) fn find_block(key: BlockKey) -> Option<HtmlElement> {
    let slot = key.slot.map(|slot| slot.as_micros().to_string());
    let selector = format!("[data-room=\"{}\"] [data-booking=\"{}\"]", key.room, key.booking);
    let body = document().query_selector(".timeline-body").ok()??;
    elements(&body, &selector).into_iter().find(|block| block.get_attribute("data-slot") == slot)
}

/// The rectangle of an element.
pub(super) fn rect_of(element: &Element) -> Anchor {
    let rect = element.get_bounding_client_rect();
    (rect.left(), rect.top(), rect.right(), rect.bottom())
}

/// Gives the keyboard back to a block once it is drawn, unless the person is elsewhere by then.
pub fn focus_block(key: BlockKey) {
    request_animation_frame(move || {
        let nowhere = document().active_element().is_none_or(|active| {
            active.tag_name() == "BODY" || active.closest(".timeline-scroller").ok().flatten().is_some()
        });
        if nowhere && let Some(block) = find_block(key) {
            let options = web_sys::FocusOptions::new();
            options.set_prevent_scroll(true);
            // Focus fails only where the block is gone again.
            let _focused = block.focus_with_options(&options);
        }
    });
}

/// Gives the keyboard back to the grid.
pub fn focus_grid() {
    request_animation_frame(move || {
        let scroller = document().query_selector(".timeline-scroller").ok().flatten();
        if let Some(scroller) = scroller.and_then(|scroller| scroller.dyn_into::<HtmlElement>().ok()) {
            let options = web_sys::FocusOptions::new();
            options.set_prevent_scroll(true);
            let _focused = scroller.focus_with_options(&options);
        }
    });
}

/// The window's inner size.
pub fn window_size() -> (f64, f64) {
    let of = |value: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>| {
        value.ok().and_then(|value| value.as_f64()).unwrap_or(1_000.0)
    };
    (of(window().inner_width()), of(window().inner_height()))
}
