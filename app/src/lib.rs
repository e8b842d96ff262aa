//! What a person sees, and the doors to the core. Compiled twice: `ssr` for the server, `hydrate` for the browser.
//!
//! Start reading at [`routes::App`]; [`api`] holds the server functions, [`pages`] one file a route.

pub mod api;
pub mod components;
pub mod context;
pub mod live;
pub mod pages;
pub mod routes;
#[cfg(feature = "ssr")]
pub mod shell;

pub use context::{SiteManifest, use_lang};
pub use routes::App;
#[cfg(feature = "ssr")]
pub use shell::shell;
