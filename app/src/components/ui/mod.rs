//! Controls, and on the server the frame of every page and the page that is an error.

pub mod avatar;
#[cfg(feature = "ssr")]
pub mod error_page;
#[cfg(feature = "ssr")]
pub mod frame;
pub mod icon;
#[cfg(feature = "ssr")]
mod mend;
pub mod notice;
pub mod pill;
mod place;

pub use avatar::Avatar;
#[cfg(feature = "ssr")]
pub use error_page::{ErrorPage, error_page};
#[cfg(feature = "ssr")]
pub use frame::{PageFrame, PagesSheet, Still};
pub use icon::Icon;
pub use notice::ErrorNotice;
#[cfg(feature = "ssr")]
pub use notice::Notice;
pub use pill::StatePill;
pub use place::place;
