//! Parts of the health page: the facts at the top, what was stopped, what is stuck, whose grant is lost, and the rooms.

pub mod people;
pub mod rooms;
pub mod stops;
pub mod stuck;
pub mod tiles;

pub use people::People;
pub use rooms::Rooms;
pub use stops::Stops;
pub use stuck::Stuck;
pub use tiles::Tiles;
