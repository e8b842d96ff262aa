//! How wide an hour is drawn.

use leptos::prelude::*;

use super::grid::Grid;
use super::hands;

/// A width of an hour in pixels, one of [`LEVELS`]; the style sheet draws it by `data-zoom`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zoom(i64);

/// From a whole day at a glance to single quarters.
const LEVELS: [i64; 5] = [48, 72, 96, 144, 240];
/// What the style sheet draws where nothing was chosen.
const USUAL: Zoom = Zoom(96);

impl Zoom {
    /// `None` for a width that is no level.
    pub fn parse(word: &str) -> Option<Self> {
        let width = word.parse().ok()?;
        LEVELS.contains(&width).then_some(Self(width))
    }

    /// The next level in a direction; `None` at the end.
    pub fn step(self, wider: bool) -> Option<Self> {
        let at = LEVELS.iter().position(|width| *width == self.0)?;
        let next = if wider { at + 1 } else { at.checked_sub(1)? };
        LEVELS.get(next).copied().map(Self)
    }

    /// Pixels of an hour.
    pub const fn width(self) -> i64 {
        self.0
    }
}

impl Grid {
    /// The scale, chosen or usual.
    pub fn zoom_or_usual(self) -> Zoom {
        self.zoom.get().unwrap_or(USUAL)
    }

    /// The next scale in a direction; `None` at the end.
    pub fn next_zoom(self, wider: bool) -> Option<Zoom> {
        self.zoom.get_untracked().unwrap_or(USUAL).step(wider)
    }
}

/// Two buttons; they do something with JavaScript only, and show themselves only then.
#[component]
pub fn ZoomButtons(grid: Grid) -> impl IntoView {
    let word = move |key: &str| text::tr(grid.lang, key).into_owned();
    // Not `disabled`: that would take the keyboard's focus away at the last step.
    let at_end = move |wider: bool| grid.zoom_or_usual().step(wider).is_none();
    view! {
        <div class="timeline-zoom" role="group" aria-label=word("grid.zoom")>
            <button
                type="button"
                aria-label=word("grid.zoom_out")
                title=word("grid.zoom_out")
                aria-disabled=move || at_end(false).to_string()
                on:click=move |_| hands::zoom(grid, false)
            >
                <span aria-hidden="true">"−"</span>
            </button>
            <button
                type="button"
                aria-label=word("grid.zoom_in")
                title=word("grid.zoom_in")
                aria-disabled=move || at_end(true).to_string()
                on:click=move |_| hands::zoom(grid, true)
            >
                <span aria-hidden="true">"+"</span>
            </button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_end_on_both_sides() {
        assert_eq!(USUAL.step(true).and_then(|zoom| zoom.step(true)), Zoom::parse("240"));
        assert_eq!(Zoom(240).step(true), None);
        assert_eq!(Zoom(48).step(false), None);
        assert_eq!(Zoom::parse("100"), None);
    }
}
