//! What the server and the browser put around the views: the language, the names of the built files, the status.

use leptos::prelude::*;
#[cfg(feature = "ssr")]
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
    /// The sheet of every page.
    pub css: String,
    /// The second sheet, of all pages but the day page.
    pub pages_css: String,
}

/// In context where a day is drawn once for everybody of a company: a stand-in for whoever will look. The page is cut
/// where it shows (`server/src/kept.rs`).
#[cfg(feature = "ssr")]
#[derive(Clone, Debug)]
pub struct ForEverybody {
    viewer: model::person::Viewer,
    private: std::sync::Arc<std::sync::Mutex<Vec<model::Block>>>,
}

#[cfg(feature = "ssr")]
impl ForEverybody {
    pub fn new(viewer: model::person::Viewer) -> Self {
        Self { viewer, private: std::sync::Arc::default() }
    }

    /// The page as the stand-in sees it.
    pub(crate) fn page(self, grid: model::GridDay) -> model::page::GridPage {
        let private = grid.blocks.iter().filter(|block| block.private).cloned().collect();
        *self.private.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = private;
        model::page::GridPage { grid, viewer: self.viewer, own_private: Vec::new() }
    }

    /// The private blocks of the page that was drawn: their organisers see more of them.
    pub fn private(&self) -> Vec<model::Block> {
        self.private.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

impl Default for SiteManifest {
    fn default() -> Self {
        Self {
            js: "/pkg/roomly.js".into(),
            wasm: "/pkg/roomly_bg.wasm".into(),
            css: "/pkg/roomly.css".into(),
            pages_css: "/pkg/pages.css".into(),
        }
    }
}

/// The form that a server function was sent, among the request's extensions: what is unreadable in it is looked for here.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct SentForm(pub std::sync::Arc<[u8]>);

/// Sets the status of the document that is being answered.
#[cfg(feature = "ssr")]
pub(crate) fn set_status(code: ErrorCode) {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Ok(status) = http::StatusCode::from_u16(code.status())
    {
        response.set_status(status);
    }
}
