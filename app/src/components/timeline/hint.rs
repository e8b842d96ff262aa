//! What a block is, beside it while a mouse rests there: before a click, and without the keyboard's focus.

use leptos::prelude::*;

use super::grid::{Grid, Hint};
use super::popover::float_style;
use super::words;
use crate::components::ui::{Icon, StatePill};

/// Roughly what it measures.
const SIZE: (f64, f64) = (272.0, 148.0);

/// For eyes only: a block says the same by its label.
#[component]
pub fn HintCard(grid: Grid) -> impl IntoView {
    let card = move || {
        let Hint { key, anchor } = grid.hint.get()?;
        let block = grid.follow.block(key)?;
        let lang = grid.lang;
        let time = grid.day(|day| words::bubble(lang, block.range, day));
        let room = grid.room(key.room);
        let place = room.map(|room| format!("{} · {}", room.name, words::place(lang, &room)));
        let organizer = (!block.organizer_name.is_empty()).then(|| {
            view! { <p class="card-fact"><Icon name="user"/><span>{block.organizer_name.clone()}</span></p> }.into_any()
        });
        let marks = words::marks(lang, &block).join(" · ");
        let marks = (!marks.is_empty()).then(|| view! { <span class="hint-marks">{marks}</span> }.into_any());
        Some(
            view! {
                <div class="hint" aria-hidden="true" style=float_style(anchor, SIZE)>
                    <p class="hint-title">{words::title(lang, &block)}</p>
                    <p class="card-fact"><Icon name="clock"/><span>{time}</span></p>
                    {organizer}
                    <p class="card-fact"><Icon name="pin"/><span>{place}</span></p>
                    <p class="hint-state"><StatePill lang state=block.state/>{marks}</p>
                </div>
            }
            .into_any(),
        )
    };
    view! { {move || card()} }
}
