//! What the server and the browser put around the views: the language, the names of the built files, the status.

use leptos::prelude::*;
use model::ErrorCode;
use text::Lang;

/// The language of this page. Korean where nothing is said (also while routes are listed, without a request).
pub fn use_lang() -> Lang {
    use_context::<Lang>().unwrap_or_default()
}

/// The addresses of the built files, as xtask or the embedded assets name them. Given in context by the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteManifest {
    pub js: String,
    pub wasm: String,
    pub css: String,
}

/// In context where a page answers under another address than its own: it is sent without scripts, since the browser
/// would hydrate the address's page instead.
#[derive(Clone, Copy, Debug)]
pub struct WithoutScripts;

impl Default for SiteManifest {
    fn default() -> Self {
        Self {
            js: "/pkg/roomly.js".into(),
            wasm: "/pkg/roomly_bg.wasm".into(),
            css: "/pkg/roomly.css".into(),
        }
    }
}

/// Sets the status of the document that is being answered; in the browser there is none to set.
#[cfg(feature = "ssr")]
pub(crate) fn set_status(code: ErrorCode) {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Ok(status) = http::StatusCode::from_u16(code.status())
    {
        response.set_status(status);
    }
}

/// Sets the status of the document that is being answered; in the browser there is none to set.
#[cfg(not(feature = "ssr"))]
pub(crate) const fn set_status(_code: ErrorCode) {}
