//! The only crate that knows Google: what goes over the wire for the words of [`sync::port`], and back.
//!
//! [`encode`] and [`decode`] are pure. [`Transport`] is the one HTTP client; the simulator puts a [`Carrier`] of its own in its
//! place, without any socket. [`GoogleClient`] puts them together and answers to the three ports. Start reading at [`client`].
//!
//! Nothing here is logged or put into an error but Google's own reason words: no token, address, title or body.

mod batch;
pub mod client;
mod config;
mod decode;
mod directory;
mod encode;
mod event;
mod failure;
mod id_token;
mod jwks;
mod oauth;
pub mod probe;
mod service_account;
#[cfg(test)]
mod testing;
mod transport;
mod wire;

pub use client::GoogleClient;
pub use config::{ConfigError, GoogleConfig};
pub use decode::decode;
pub use directory::{decode_building_page, decode_room_page, decode_user, decode_user_page};
pub use encode::encode;
pub use event::decode_event;
pub use id_token::{Expected, verify};
pub use jwks::KeySet;
pub use service_account::{KeyFileError, ServiceAccount};
pub use transport::{Carrier, Transport, TransportError};
