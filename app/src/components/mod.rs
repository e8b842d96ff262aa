//! Parts that pages are made of. One folder an area: the lobby board and the grid, which live in the browser too; and what
//! is on the server alone, forms and parts of the account, admin and notices pages. Controls and the page's frame are in [`ui`].

#[cfg(feature = "ssr")]
pub mod account;
#[cfg(feature = "ssr")]
pub mod admin;
pub mod board;
#[cfg(feature = "ssr")]
pub mod forms;
#[cfg(feature = "ssr")]
pub mod notices;
#[cfg(feature = "ssr")]
pub mod sync;
pub mod timeline;
pub mod ui;
