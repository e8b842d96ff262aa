//! Parts that pages are made of. One folder an area: controls and the page's frame, forms, parts of the account and
//! admin pages, the lobby board, the grid.

pub mod account;
pub mod admin;
pub mod board;
pub mod forms;
pub mod timeline;
pub mod ui;
