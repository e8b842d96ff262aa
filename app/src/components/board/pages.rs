//! Rooms into screens: by floor, free ones first inside a floor, at most twelve a screen.

use model::order::ordered;
use model::room::RoomRow;

use super::status::{Face, RoomStatus};

/// Rows on one screen; what can be read from six metres on 1080 lines.
pub const ROWS: usize = 12;

/// One row of the board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub room: RoomRow,
    pub status: RoomStatus,
    /// Whether the row opens a floor (on this screen), so that the floor is named.
    pub opens_floor: bool,
}

/// The board's rows, split into screens. Never an empty screen.
pub fn screens(rooms: Vec<(RoomRow, RoomStatus)>) -> Vec<Vec<Row>> {
    let mut order: Vec<(String, String)> = vec![];
    for (room, _) in &rooms {
        let floor = floor_of(room);
        if !order.contains(&floor) {
            order.push(floor);
        }
    }
    let rooms = ordered(rooms, |(room, status)| {
        (order.iter().position(|floor| *floor == floor_of(room)), status.face)
    });
    // Screens of about equal length: sixteen rooms are eight and eight, not twelve and four.
    let most = rooms.len().div_ceil(rooms.len().div_ceil(ROWS).max(1));
    let mut screens: Vec<Vec<Row>> = vec![];
    for (room, status) in rooms {
        if screens.last().is_none_or(|screen| screen.len() == most) {
            screens.push(vec![]);
        }
        if let Some(screen) = screens.last_mut() {
            let opens_floor = screen.last().is_none_or(|above| floor_of(&above.room) != floor_of(&room));
            screen.push(Row { room, status, opens_floor });
        }
    }
    screens
}

/// How many rooms are free now, out of how many.
pub fn free_count(screens: &[Vec<Row>]) -> (usize, usize) {
    let rows = || screens.iter().flatten();
    (rows().filter(|row| row.status.face == Face::Free).count(), rows().count())
}

fn floor_of(room: &RoomRow) -> (String, String) {
    (room.building.clone(), room.floor.clone())
}

#[cfg(test)]
mod tests {
    use model::RoomNumber;
    use model::room::RoomHealth;

    use super::*;

    fn room(number: i64, floor: &str, face: Face) -> (RoomRow, RoomStatus) {
        let room = RoomRow {
            number: RoomNumber(number),
            name: format!("{number}"),
            building: "본관".into(),
            floor: floor.into(),
            capacity: 4,
            features: vec![],
            health: RoomHealth::Live,
        };
        (room, RoomStatus { face, until: None, now: None, next: None, ahead: vec![] })
    }

    #[test]
    fn free_rooms_come_first_inside_their_floor() {
        let rooms = vec![
            room(1, "2", Face::Busy),
            room(2, "2", Face::Free),
            room(3, "3", Face::Soon),
            room(4, "3", Face::Free),
        ];
        let screens = screens(rooms);
        let rows: Vec<_> = screens[0].iter().map(|row| (row.room.number.0, row.opens_floor)).collect();
        assert_eq!(rows, [(2, true), (1, false), (4, true), (3, false)]);
        assert_eq!(free_count(&screens), (2, 4));
    }

    #[test]
    fn at_most_twelve_rows_a_screen_and_each_names_its_floor() {
        let rooms: Vec<_> = (0..25).map(|n| room(n, "2", Face::Free)).collect();
        let screens = screens(rooms);
        assert_eq!(screens.iter().map(Vec::len).collect::<Vec<_>>(), [9, 9, 7]);
        assert!(screens.iter().all(|screen| screen[0].opens_floor));
        assert!(super::screens(vec![]).is_empty());
        assert_eq!(super::screens((0..12).map(|n| room(n, "2", Face::Free)).collect()).len(), 1);
    }
}
