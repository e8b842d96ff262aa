//! The browser's entry: brings the server's HTML to life.

use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's script once the module is there. `data-hydrated` on `<html>` is its last act.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    let root = document().document_element();
    let lang = root.as_ref().and_then(|root| root.get_attribute("lang"));
    let lang = lang.as_deref().and_then(text::Lang::parse).unwrap_or_default();
    leptos::mount::hydrate_body(move || {
        provide_context(lang);
        view! { <app::App/> }
    });
    if let Some(root) = root {
        // Fails only for a name that is no attribute's.
        let _ = root.set_attribute("data-hydrated", "");
    }
}
