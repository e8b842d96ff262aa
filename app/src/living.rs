//! The part of a page that lives in the browser: a day's grid, or a lobby board.
//!
//! Every page is drawn on the server. Most are complete as they arrive, and no program comes with them. A page that
//! changes under one's eyes has one part that the browser takes over: the first and only child of `<main>`, drawn again
//! there from the same data, which stand beside it as JSON. What is around that part (frame, routes, other pages) is on
//! the server alone, so the browser's program does not contain it.

#[cfg(feature = "ssr")]
use leptos::prelude::*;
#[cfg(feature = "ssr")]
use leptos_meta::{Link, Script};
use model::page::{BoardPage, GridPage};
use model::tree::{Read, Tree};
use serde::Serialize;

#[cfg(feature = "ssr")]
use crate::context::SiteManifest;

/// What a living part is drawn from, on both sides.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Grid(GridPage),
    /// The token of the board's address authorises its socket.
    Board {
        token: String,
        page: BoardPage,
    },
}

impl Read for Part {
    fn read(tree: &Tree) -> Option<Self> {
        if let Some(page) = tree.field("grid")? {
            return Some(Self::Grid(page));
        }
        let board = tree.look_up("board")??;
        Some(Self::Board { token: board.field("token")?, page: board.field("page")? })
    }
}

/// The `id` of the element that holds the data.
const DATA: &str = "part";

#[cfg(feature = "hydrate")]
pub use browser::take_over;

/// Data and program for the part in `<main>`; to be put behind it.
#[cfg(feature = "ssr")]
#[component]
pub fn Living(part: Part) -> impl IntoView {
    let SiteManifest { js, wasm, .. } = use_context::<SiteManifest>().unwrap_or_default();
    let start = format!(
        "import init, {{ hydrate }} from {js:?};\ninit({{ module_or_path: {wasm:?} }}).then(() => hydrate());"
    );
    // It ends where the next `<` begins, whatever the data say.
    let data = serde_json::to_string(&part).unwrap_or_default().replace('<', "\\u003c");
    view! {
        <Link rel="modulepreload" href=js/>
        <Link rel="preload" href=wasm as_="fetch" type_="application/wasm" crossorigin="anonymous"/>
        <Script type_="module">{start}</Script>
        <script id=DATA type="application/json">
            {data}
        </script>
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::mount::hydrate_from;
    use leptos::prelude::*;
    use text::Lang;
    use wasm_bindgen::JsCast;

    use super::{DATA, Part};
    use crate::components::board::Board;
    use crate::components::timeline::Timeline;

    /// Brings the page's living part to life; `None` where it has none.
    pub fn take_over(lang: Lang) -> Option<()> {
        let document = document();
        let data = document.get_element_by_id(DATA)?.text_content()?;
        let part = model::tree::parse::<Part>(&data)?;
        let main = document.get_element_by_id("main")?.dyn_into().ok()?;
        let drawn = move || {
            provide_context(lang);
            match part {
                Part::Grid(page) => view! { <Timeline page/> }.into_any(),
                Part::Board { token, page } => view! { <Board lang token page/> }.into_any(),
            }
        };
        hydrate_from(main, drawn).forget();
        Some(())
    }
}
