//! A mouse that rests on a block is told what it is.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use model::BlockKey;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent, PointerEvent};

use super::dom::{Page, block_of, rect_of};
use super::listen::{Listener, listen};
use crate::components::timeline::grid::{Grid, Hint};

/// How long it rests first; from one block to the next it need not.
const REST: Duration = Duration::from_millis(150);
/// How far left of the pointer the card begins on a long block.
const LEAD: f64 = 36.0;

/// The block under the mouse, and the wait for it.
#[derive(Default)]
struct Rest {
    on: Option<BlockKey>,
    wait: Option<TimeoutHandle>,
}

impl Rest {
    fn end(&mut self, grid: Grid) {
        self.on = None;
        if let Some(wait) = self.wait.take() {
            wait.clear();
        }
        if grid.hint.try_with_untracked(Option::is_some) == Some(true) {
            grid.hint.try_set(None);
        }
    }
}

impl Drop for Rest {
    fn drop(&mut self) {
        if let Some(wait) = self.wait.take() {
            wait.clear();
        }
    }
}

pub(super) fn listeners(grid: Grid, page: &Page) -> Vec<Listener> {
    let rest = Rc::new(RefCell::new(Rest::default()));
    let end = || {
        let rest = rest.clone();
        move |_: Event| rest.borrow_mut().end(grid)
    };
    let (moved, measured) = (rest.clone(), page.clone());
    let key = rest.clone();
    vec![
        listen(&page.scroller, "pointermove", move |event: PointerEvent| {
            on_move(grid, &measured, &mut moved.borrow_mut(), &event);
        }),
        listen(&page.scroller, "pointerdown", end()),
        listen(&page.scroller, "pointerleave", end()),
        listen(&page.scroller, "scroll", end()),
        listen(&window(), "keydown", move |_: KeyboardEvent| key.borrow_mut().end(grid)),
    ]
}

fn on_move(grid: Grid, page: &Page, rest: &mut Rest, event: &PointerEvent) {
    let idle =
        event.pointer_type() == "mouse" && event.buttons() == 0 && grid.popup.with_untracked(Option::is_none);
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some((key, element)) = target.filter(|_| idle).and_then(|target| block_of(&target)) else {
        rest.end(grid);
        return;
    };
    if rest.on == Some(key) {
        return;
    }
    let shown = grid.hint.with_untracked(Option::is_some);
    rest.end(grid);
    rest.on = Some(key);
    let (left, top, right, bottom) = rect_of(&element);
    let left = (f64::from(event.client_x()) - LEAD).max(left).max(page.edge());
    let show = move || {
        grid.hint.try_set(Some(Hint { key, anchor: (left, top, right, bottom) }));
    };
    if shown {
        show();
    } else {
        rest.wait = set_timeout_with_handle(show, REST).ok();
    }
}
