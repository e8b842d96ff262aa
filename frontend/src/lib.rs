//! The browser's entry: brings the living part of the server's page to life.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's script once the module is there. `data-hydrated` on `<html>` is its last act.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    let root = web_sys::window().and_then(|window| window.document()?.document_element());
    let lang = root.as_ref().and_then(|root| root.get_attribute("lang"));
    app::living::take_over(lang.as_deref().and_then(text::Lang::parse).unwrap_or_default());
    if let Some(root) = root {
        // Fails only for a name that is no attribute's.
        let _ = root.set_attribute("data-hydrated", "");
    }
}
