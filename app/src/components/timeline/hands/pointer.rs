//! The pointer: hover, select, move, resize, click.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use leptos::leptos_dom::helpers::{IntervalHandle, TimeoutHandle};
use leptos::prelude::*;
use model::BlockKey;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent, MouseEvent, PointerEvent, TouchEvent};

use super::dom::{Page, block_of, rect_of, room_of};
use super::listen::{Listener, listen};
use crate::components::timeline::drag::{Drag, Grab, Part, Proposal, click, hover};
use crate::components::timeline::grid::{Grid, Popup, Preview, PreviewKind};
use crate::components::timeline::layout::{RowBox, Span};
use crate::components::timeline::optimistic::may_change;
use crate::components::timeline::popover;

/// How long a finger rests before it drags.
const HOLD: Duration = Duration::from_millis(400);
/// How far it may tremble meanwhile.
const HOLD_SLACK: f64 = 8.0;
/// Width of the ends that resize.
const HANDLE: f64 = 8.0;
const HANDLE_TOUCH: f64 = 12.0;
/// Step of scrolling at the edges.
const SCROLL_STEP: Duration = Duration::from_millis(16);

struct Hands {
    grid: Grid,
    page: Page,
    press: Option<Press>,
    /// The click that ends a drag is not a click.
    swallow_click: bool,
}

struct Press {
    drag: Drag,
    pointer: i32,
    touch: bool,
    at: (f64, f64),
    rows: Vec<RowBox>,
    proposal: Option<Proposal>,
    hold: Option<TimeoutHandle>,
    scroll: Option<IntervalHandle>,
    /// The block that is being moved, faded while it is.
    lifted: Option<HtmlElement>,
}

impl Drop for Press {
    fn drop(&mut self) {
        if let Some(lifted) = self.lifted.take() {
            let _faded = lifted.remove_attribute("data-lifted");
        }
        if let Some(hold) = self.hold.take() {
            hold.clear();
        }
        if let Some(scroll) = self.scroll.take() {
            scroll.clear();
        }
    }
}

type Shared = Rc<RefCell<Hands>>;

pub(super) fn listeners(grid: Grid, page: &Page) -> Vec<Listener> {
    let hands = Rc::new(RefCell::new(Hands { grid, page: page.clone(), press: None, swallow_click: false }));
    let target = &page.scroller;
    let on = |act: fn(&Shared, &PointerEvent)| {
        let hands = hands.clone();
        move |event: PointerEvent| act(&hands, &event)
    };
    let clicked = hands.clone();
    let touched = hands.clone();
    let menu = hands.clone();
    let escaped = hands.clone();
    vec![
        listen(target, "pointerdown", on(down)),
        listen(target, "pointermove", on(moved)),
        listen(target, "pointerup", on(up)),
        listen(target, "pointercancel", on(|hands, _| let_go(hands))),
        listen(
            target,
            "pointerleave",
            on(|hands, _| {
                let hands = hands.borrow();
                if hands.press.is_none() {
                    hands.grid.preview.try_set(None);
                }
            }),
        ),
        listen(target, "click", move |event: MouseEvent| on_click(&clicked, &event)),
        listen(target, "dragstart", |event: Event| event.prevent_default()),
        // A finger that drags a block must not scroll the page as well.
        listen(target, "touchmove", move |event: TouchEvent| {
            if is_dragging(&touched) && event.cancelable() {
                event.prevent_default();
            }
        }),
        listen(target, "contextmenu", move |event: Event| {
            if menu.borrow().press.as_ref().is_some_and(|press| press.touch) {
                event.prevent_default();
            }
        }),
        listen(&window(), "keydown", move |event: KeyboardEvent| {
            if event.key() == "Escape" && is_dragging(&escaped) {
                event.prevent_default();
                event.stop_propagation();
                let_go(&escaped);
            }
        }),
    ]
}

fn is_dragging(hands: &Shared) -> bool {
    hands.borrow().press.as_ref().is_some_and(|press| press.drag.is_dragging())
}

fn element_of(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

fn point(event: &MouseEvent) -> (f64, f64) {
    (f64::from(event.client_x()), f64::from(event.client_y()))
}

fn down(shared: &Shared, event: &PointerEvent) {
    if event.button() != 0 || !event.is_primary() {
        return;
    }
    let Some(target) = element_of(event) else { return };
    let in_track = target.closest(".timeline-track").ok().flatten().is_some();
    let (Some(room), true) = (room_of(&target), in_track) else { return };
    let touch = event.pointer_type() == "touch";
    let at = point(event);
    let mut hands = shared.borrow_mut();
    hands.swallow_click = false;
    let Some(grab) = hands.grab(&target, at.0, touch) else { return };
    let from = hands.page.spot(at.0, at.1);
    let hold = touch.then(|| {
        let shared = shared.clone();
        set_timeout_with_handle(move || held(&shared), HOLD).ok()
    });
    hands.press = Some(Press {
        drag: Drag::press(grab, room, from),
        pointer: event.pointer_id(),
        touch,
        at,
        rows: hands.page.rows(),
        proposal: None,
        hold: hold.flatten(),
        scroll: None,
        lifted: block_of(&target).map(|(_, element)| element),
    });
}

impl Hands {
    /// What is under the pointer; `None` for what cannot be dragged.
    fn grab(&self, target: &Element, x: f64, touch: bool) -> Option<Grab> {
        if target.closest("[data-intent]").ok().flatten().is_some() {
            return None;
        }
        let Some((key, element)) = block_of(target) else { return Some(Grab::Empty) };
        let block = self.grid.follow.block(key)?;
        may_change(&block, self.grid.me_untracked()).ok()?;
        let bounds = self.grid.bounds();
        let (whole, span) = self.grid.day(|day| {
            let inside = block.range.intersection(day.range) == Some(block.range);
            (inside, Span::of(block.range, day))
        });
        let span = span?;
        // A booking that reaches over midnight is changed by its form, and one that is over not at all.
        if !whole || span.to <= bounds.earliest {
            return None;
        }
        let rect = element.get_bounding_client_rect();
        let handle = if touch { HANDLE_TOUCH } else { HANDLE }.min(rect.width() / 4.0);
        let begun = span.from < bounds.earliest;
        let part = if x >= rect.right() - handle {
            Part::End
        } else if begun {
            return None;
        } else if x <= rect.left() + handle {
            Part::Start
        } else {
            Part::Body
        };
        Some(Grab::Block { key, span, part })
    }

    fn preview(&self, proposal: Proposal, rows: &[RowBox], kind: PreviewKind) {
        let Some(row) = rows.iter().find(|row| row.room == proposal.room) else { return };
        let next = Preview {
            kind,
            room: proposal.room,
            span: proposal.span,
            top: row.top,
            height: row.height,
            problem: match kind {
                PreviewKind::Hover => None,
                _ => self.grid.problem(proposal.room, proposal.span, proposal.key),
            },
        };
        if self.grid.preview.try_with_untracked(|now| now.as_ref() != Some(&next)) == Some(true) {
            self.grid.preview.try_set(Some(next));
        }
    }
}

/// The finger rested long enough: from here on it drags.
fn held(shared: &Shared) {
    let at = {
        let mut hands = shared.borrow_mut();
        let Some(press) = hands.press.as_mut() else { return };
        press.drag.hold();
        press.at
    };
    if let Some(navigator) = window().get("navigator")
        && let Ok(navigator) = navigator.dyn_into::<web_sys::Navigator>()
    {
        let _buzzed = navigator.vibrate_with_duration(12);
    }
    drag_to(shared, at);
}

fn moved(shared: &Shared, event: &PointerEvent) {
    let at = point(event);
    let pressed = shared.borrow().press.as_ref().map(|press| (press.pointer, press.touch, press.at));
    match pressed {
        None => hovered(shared, event),
        Some((pointer, ..)) if pointer != event.pointer_id() => {}
        Some((_, true, from)) if !is_dragging(shared) => {
            // A finger that moves before it was held is scrolling.
            if (at.0 - from.0).hypot(at.1 - from.1) > HOLD_SLACK {
                shared.borrow_mut().press = None;
            }
        }
        Some(_) => drag_to(shared, at),
    }
}

fn hovered(shared: &Shared, event: &PointerEvent) {
    let hands = shared.borrow();
    let ghost = || {
        if event.pointer_type() != "mouse"
            || event.buttons() != 0
            || hands.grid.popup.with_untracked(Option::is_some)
        {
            return None;
        }
        let target = element_of(event)?;
        target.closest(".timeline-track").ok()??;
        if target.closest(".booking").ok()?.is_some() {
            return None;
        }
        let row = hands.page.row_around(&target)?;
        let (x, y) = point(event);
        let span = hover(hands.page.spot(x, y).minute, hands.grid.bounds())?;
        Some((Proposal { key: None, room: row.room, span }, row))
    };
    match ghost() {
        Some((proposal, row)) => hands.preview(proposal, &[row], PreviewKind::Hover),
        None => {
            if hands.grid.preview.try_with_untracked(Option::is_some) == Some(true)
                && hands.grid.popup.with_untracked(Option::is_none)
            {
                hands.grid.preview.try_set(None);
            }
        }
    }
}

fn drag_to(shared: &Shared, at: (f64, f64)) {
    let mut hands = shared.borrow_mut();
    let hands = &mut *hands;
    let bounds = hands.grid.bounds();
    let Some(press) = hands.press.as_mut() else { return };
    press.at = at;
    let was = press.drag.is_dragging();
    let spot = hands.page.spot(at.0, at.1);
    press.proposal = press.drag.moved(spot, &press.rows, bounds);
    if !press.drag.is_dragging() {
        return;
    }
    if press.scroll.is_none() {
        let scrolling = shared.clone();
        press.scroll = set_interval_with_handle(move || scroll_on(&scrolling), SCROLL_STEP).ok();
    }
    if !was {
        // Capture keeps the drag alive outside of the window; a pointer that is gone needs none.
        let _captured = hands.page.scroller.set_pointer_capture(press.pointer);
        let _marked = hands.page.scroller.set_attribute("data-dragging", "");
        if let Some(lifted) = &press.lifted {
            let _faded = lifted.set_attribute("data-lifted", "");
        }
    }
    let kind = match press.drag.grab() {
        Grab::Empty => PreviewKind::Select,
        Grab::Block { key, .. } => PreviewKind::Change(key),
    };
    let Some(press) = hands.press.as_ref() else { return };
    match press.proposal {
        Some(proposal) => hands.preview(proposal, &press.rows, kind),
        None => {
            hands.grid.preview.try_set(None);
        }
    }
}

/// Goes on scrolling while the pointer rests at an edge.
fn scroll_on(shared: &Shared) {
    let at = {
        let hands = shared.borrow();
        let Some(press) = &hands.press else { return };
        if !hands.page.scroll_at_edge(press.at.0, press.at.1) {
            return;
        }
        press.at
    };
    drag_to(shared, at);
}

/// Ends a gesture without doing anything.
fn let_go(shared: &Shared) {
    let mut hands = shared.borrow_mut();
    hands.swallow_click = hands.press.as_ref().is_some_and(|press| press.drag.is_dragging());
    hands.press = None;
    let _unmarked = hands.page.scroller.remove_attribute("data-dragging");
    hands.grid.preview.try_set(None);
}

fn up(shared: &Shared, event: &PointerEvent) {
    let pointer = shared.borrow().press.as_ref().map(|press| press.pointer);
    if pointer != Some(event.pointer_id()) {
        return;
    }
    let (grid, page, drag, proposal, dragged) = {
        let mut hands = shared.borrow_mut();
        let Some(press) = hands.press.take() else { return };
        let dragged = press.drag.is_dragging();
        hands.swallow_click = dragged;
        let _unmarked = hands.page.scroller.remove_attribute("data-dragging");
        (hands.grid, hands.page.clone(), press.drag, press.proposal, dragged)
    };
    // What was no drag becomes a click, on all kinds of pointers: a finger's click comes last, and would close again what
    // opened before it.
    if dragged {
        dropped(grid, &page, drag, proposal);
    }
}

/// A click into a gap that is shorter than the default books the gap.
fn fit(grid: Grid, room: model::RoomNumber, span: Span) -> Span {
    let short = Span { to: span.from + model::limits::SNAP_MINUTES, ..span };
    if grid.problem(room, span, None).is_some() && grid.problem(room, short, None).is_none() {
        short
    } else {
        span
    }
}

/// Shows the chosen time and opens the form beside it.
pub(super) fn choose(grid: Grid, page: &Page, room: model::RoomNumber, span: Span) {
    let anchor = page.anchor(room, span);
    let row = page.row(room);
    popover::open(grid, room, span, anchor);
    let opened = grid.popup.with_untracked(Option::is_some);
    grid.preview.try_set(row.filter(|_| opened).map(|row| Preview {
        kind: PreviewKind::Select,
        room,
        span,
        top: row.top,
        height: row.height,
        problem: None,
    }));
}

fn dropped(grid: Grid, page: &Page, drag: Drag, proposal: Option<Proposal>) {
    grid.preview.try_set(None);
    let Some(proposal) = proposal else { return };
    match drag.grab() {
        Grab::Empty => choose(grid, page, proposal.room, proposal.span),
        Grab::Block { key, span, .. } => {
            if let Some(reason) = grid.problem(proposal.room, proposal.span, Some(key)) {
                grid.refuse(reason);
                return;
            }
            if (proposal.room, proposal.span) == (key.room, span) {
                return;
            }
            let range = grid.day(|day| proposal.span.range(day));
            if let (Some(block), Some(range)) = (grid.follow.block(key), range) {
                grid.change(block, proposal.room, range, false);
            }
        }
    }
}

fn on_click(shared: &Shared, event: &MouseEvent) {
    let Some(target) = element_of(event) else { return };
    let Some((key, element)) = block_of(&target) else {
        let free = target.closest(".timeline-track").ok().flatten().is_some()
            && target.closest("[data-intent]").ok().flatten().is_none();
        let swallowed = std::mem::take(&mut shared.borrow_mut().swallow_click);
        if let (Some(room), true, false) = (room_of(&target), free, swallowed) {
            on_free(shared, room, event);
        }
        return;
    };
    // A new tab is a new tab.
    if event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key() || event.button() != 0 {
        return;
    }
    event.prevent_default();
    let mut hands = shared.borrow_mut();
    if std::mem::take(&mut hands.swallow_click) {
        return;
    }
    open_card(hands.grid, key, &element, false);
}

/// A click on free time: half an hour from there.
fn on_free(shared: &Shared, room: model::RoomNumber, event: &MouseEvent) {
    let (grid, page) = {
        let hands = shared.borrow();
        (hands.grid, hands.page.clone())
    };
    let (x, y) = point(event);
    match click(page.spot(x, y).minute, grid.bounds()) {
        Some(span) => choose(grid, &page, room, fit(grid, room, span)),
        None => grid.refuse(text::tr(grid.lang, "grid.past")),
    }
}

/// Opens the card of a block beside it.
pub(super) fn open_card(grid: Grid, key: BlockKey, element: &Element, ask_cancel: bool) {
    grid.preview.try_set(None);
    grid.popup.try_set(Some(Popup::Card { key, anchor: rect_of(element), ask_cancel }));
}
