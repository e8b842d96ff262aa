//! What a person sees, and the doors to the core. Compiled twice: `ssr` for the server, `hydrate` for the browser.
//!
//! Start reading at `routes.rs`; [`api`] holds the server functions, `pages` one file a route. The browser's program is
//! [`living`] and what that needs: the day's grid, the lobby board, and what they call.

pub mod api;
pub mod components;
pub mod context;
pub mod live;
pub mod living;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod shell;

pub use context::{SiteManifest, use_lang};
#[cfg(feature = "ssr")]
pub use routes::App;
#[cfg(feature = "ssr")]
pub use shell::shell;
