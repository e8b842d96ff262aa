//! Parts of the admin page: how the company stands with Google, how each room follows it, and the boards.

pub mod boards;
pub mod rooms;
pub mod standing;

pub use boards::Boards;
pub use rooms::SyncTable;
pub use standing::Standing;
