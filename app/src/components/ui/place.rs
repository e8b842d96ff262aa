//! Where a room is, in words.

use model::room::RoomRow;
use text::{Lang, tr_with};

/// `본관 3층`, `Main 3`; a floor that is a name already (`로비`, `B1`) stays as it is.
pub fn place(lang: Lang, room: &RoomRow) -> String {
    let numeric = !room.floor.is_empty() && room.floor.chars().all(|c| c.is_ascii_digit());
    let floor =
        if numeric { tr_with(lang, "common.floor", &[("floor", &room.floor)]) } else { room.floor.clone() };
    [room.building.as_str(), floor.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
