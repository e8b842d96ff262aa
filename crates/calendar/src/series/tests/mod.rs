//! What every scope makes of every kind of series, written out: see `this`, `following` and `all`; then what the tables
//! have no cell for, the way to Google, and properties.

mod all;
mod between;
mod edges;
mod following;
mod given;
mod google;
mod properties;
mod random;
mod refused;
mod rooms;
mod this;
