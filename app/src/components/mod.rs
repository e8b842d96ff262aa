//! Parts that pages are made of. One folder an area: controls and the page's frame, forms, the admin page's parts, the
//! lobby board, the grid.

pub mod admin;
pub mod board;
pub mod forms;
pub mod timeline;
pub mod ui;
