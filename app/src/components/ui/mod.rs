//! Controls and the frame of every page.

pub mod avatar;
pub mod frame;
pub mod icon;
pub mod notice;
pub mod pill;
mod place;

pub use avatar::Avatar;
pub use frame::{PageFrame, page_loading};
pub use icon::Icon;
pub use notice::{ErrorNotice, ErrorPage, Notice, error_page};
pub use pill::StatePill;
pub use place::place;
