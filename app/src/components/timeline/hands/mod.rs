//! The hands on the grid: pointer and keyboard, scrolling and focus. In the browser only.
//!
//! The views hold no handlers of their own: one set of listeners on the scroller serves all rows. On the server the same
//! names do nothing, so that no view asks where it runs.

#[cfg(feature = "hydrate")]
mod dom;
#[cfg(feature = "hydrate")]
mod keyboard;
#[cfg(feature = "hydrate")]
mod listen;
#[cfg(feature = "hydrate")]
mod pointer;
#[cfg(feature = "hydrate")]
mod rest;
#[cfg(feature = "hydrate")]
mod view;

#[cfg(feature = "hydrate")]
pub use browser::attach;
#[cfg(feature = "hydrate")]
pub use dom::{focus_block, focus_grid, window_size};
#[cfg(not(feature = "hydrate"))]
pub use server::{attach, focus_block, focus_grid, fold, is_low, to_now, window_size, zoom};
#[cfg(feature = "hydrate")]
pub use view::{fold, is_low, to_now, zoom};

#[cfg(not(feature = "hydrate"))]
mod server {
    use leptos::web_sys::HtmlElement;
    use model::{BlockKey, RoomNumber};

    use crate::components::timeline::grid::Grid;

    pub fn attach(_grid: Grid, _root: &HtmlElement, _scroller: &HtmlElement) {}

    pub fn focus_block(_key: BlockKey) {}

    pub fn focus_grid() {}

    pub fn fold(_grid: Grid, _id: &str) {}

    pub fn zoom(_grid: Grid, _wider: bool) {}

    pub fn to_now(_grid: Grid) {}

    pub fn is_low(_room: RoomNumber) -> bool {
        false
    }

    /// Where nothing floats, any size will do.
    pub fn window_size() -> (f64, f64) {
        (1_280.0, 800.0)
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::prelude::*;
    use web_sys::HtmlElement;

    use super::{dom, keyboard, pointer, rest, view};
    use crate::components::timeline::grid::Grid;

    /// Takes the grid in hand until its owner is cleaned up.
    pub fn attach(grid: Grid, root: &HtmlElement, scroller: &HtmlElement) {
        let Some(page) = dom::Page::new(grid, scroller.clone()) else { return };
        view::recall(grid, &page);
        page.open_at(grid);
        dom::tidy_up(root);
        let mut listeners = pointer::listeners(grid, &page);
        listeners.extend(rest::listeners(grid, &page));
        listeners.extend(view::listeners(grid, &page));
        listeners.extend(keyboard::listeners(grid, &page));
        let listeners = StoredValue::new_local(Some(listeners));
        on_cleanup(move || {
            let _listeners = listeners.try_update_value(Option::take);
        });

        let looked = page.clone();
        Effect::new(move |_| {
            grid.follow.now().track();
            view::look(grid, &looked);
        });

        // What others changed lights up once; what this person did needs no light.
        let touched = grid.follow.touched();
        let lit = page.clone();
        Effect::new(move |before: Option<()>| {
            let keys = touched.get();
            if before.is_some() {
                let lit = lit.clone();
                let own: Vec<_> = grid.pending.with_untracked(|pending| pending.clone());
                request_animation_frame(move || lit.flash(grid, &keys, &own));
            }
        });
    }
}
