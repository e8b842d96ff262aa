//! Controls and the frame of every page.

pub mod avatar;
pub mod frame;
pub mod icon;
pub mod notice;
pub mod pill;
mod place;

pub use avatar::Avatar;
pub use frame::{PageFrame, PageLoading};
pub use icon::Icon;
pub use notice::{ErrorNotice, ErrorPage, Notice};
pub use pill::StatePill;
pub use place::place;
