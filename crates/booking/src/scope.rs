//! Which part of a company's changes a screen may see.

use std::collections::BTreeSet;

use model::room::RoomRow;
use model::{Block, Change, GridDay, RoomNumber, Seq};

/// Which part of a company's changes a screen may see.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// The public projection, whole.
    Company,
    /// A lobby board: the rooms of a place, titles only if it shows them. Which rooms these are changes with the
    /// Directory, while the board looks on.
    Board {
        /// A building's name; every one without.
        building: Option<String>,
        /// A floor's name; every one without.
        floor: Option<String>,
        titles: bool,
    },
}

/// The rooms that a board shows; empty for [`Scope::Company`], which shows all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    rooms: BTreeSet<RoomNumber>,
    /// They are not older than anything up to here.
    as_of: Seq,
}

/// What a change means for a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Projected {
    Nothing,
    Told(Change),
    /// A room came to it, with whatever stands in it: the picture has to be sent whole.
    Anew,
}

impl Scope {
    fn shows(&self, room: &RoomRow) -> bool {
        let fits = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        match self {
            Self::Company => true,
            Self::Board { building, floor, .. } => fits(building, &room.building) && fits(floor, &room.floor),
        }
    }

    /// Which of these rooms it shows. `as_of`: where the change log was, as read after them.
    pub(crate) fn shown<'a>(&self, rooms: impl Iterator<Item = &'a RoomRow>, as_of: Seq) -> Shown {
        let rooms = rooms.filter(|room| self.shows(room)).map(|room| room.number);
        match self {
            Self::Company => Shown::default(),
            Self::Board { .. } => Shown { rooms: rooms.collect(), as_of },
        }
    }

    /// The grid as this scope may see it.
    pub(crate) fn project_grid(&self, mut grid: GridDay) -> GridDay {
        if matches!(self, Self::Board { .. }) {
            let shown = self.shown(grid.rooms.iter(), grid.seq).rooms;
            grid.rooms.retain(|room| shown.contains(&room.number));
            grid.blocks.retain(|block| shown.contains(&block.key.room));
            for block in &mut grid.blocks {
                self.project_block(block);
            }
        }
        grid
    }

    fn project_block(&self, block: &mut Block) {
        if matches!(self, Self::Board { titles: false, .. }) {
            block.title.clear();
            block.organizer_name.clear();
            block.organizer = None;
        }
    }

    /// What a change, committed as `seq`, means for a screen that shows these rooms, and which it shows after it.
    pub(crate) fn project(&self, shown: &mut Shown, seq: Seq, change: &Change) -> Projected {
        if matches!(self, Self::Company) {
            return Projected::Told(change.clone());
        }
        let Shown { rooms: shown, as_of } = shown;
        // They may have it already: which rooms there were before it is not known.
        let of_room = matches!(change, Change::Room { .. } | Change::RoomGone { .. });
        let vague = of_room && seq <= *as_of;
        let projected = self.projected(shown, change);
        if vague { Projected::Anew } else { projected }
    }

    fn projected(&self, shown: &mut BTreeSet<RoomNumber>, change: &Change) -> Projected {
        match change {
            Change::Upsert { block, was } if shown.contains(&block.key.room) => {
                let mut block = block.clone();
                self.project_block(&mut block);
                Projected::Told(Change::Upsert { block, was: *was })
            }
            Change::Remove { key, .. } if shown.contains(&key.room) => Projected::Told(change.clone()),
            Change::Upsert { .. } | Change::Remove { .. } => Projected::Nothing,
            Change::Room { room } if self.shows(room) => {
                if shown.insert(room.number) {
                    Projected::Anew
                } else {
                    Projected::Told(change.clone())
                }
            }
            // To another place, which is no business of this screen, or out of use.
            Change::Room { room: RoomRow { number, .. } } | Change::RoomGone { number } => {
                if shown.remove(number) {
                    Projected::Told(Change::RoomGone { number: *number })
                } else {
                    Projected::Nothing
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use model::room::RoomHealth;

    use super::*;

    fn room(number: i64, building: &str, floor: &str) -> RoomRow {
        RoomRow {
            number: RoomNumber(number),
            name: format!("{number}"),
            building: building.into(),
            floor: floor.into(),
            capacity: 4,
            features: vec![],
            health: RoomHealth::Live,
        }
    }

    #[test]
    fn rooms_come_to_a_board_and_leave_it() {
        let board = |building: Option<&str>, floor: Option<&str>| Scope::Board {
            building: building.map(str::to_owned),
            floor: floor.map(str::to_owned),
            titles: false,
        };
        let (here, upstairs, elsewhere) = (room(1, "본관", "2"), room(2, "본관", "3"), room(3, "별관", "2"));
        let all = [&here, &upstairs, &elsewhere];
        for (scope, expected) in [
            (board(Some("본관"), Some("2")), vec![1]),
            (board(Some("본관"), None), vec![1, 2]),
            (board(None, Some("2")), vec![1, 3]),
            (board(None, None), vec![1, 2, 3]),
            (Scope::Company, vec![]),
        ] {
            let shown = scope.shown(all.into_iter(), Seq(10)).rooms;
            assert_eq!(shown.into_iter().map(|number| number.0).collect::<Vec<_>>(), expected, "{scope:?}");
        }

        let scope = board(Some("본관"), Some("2"));
        let mut shown = scope.shown(all.into_iter(), Seq(10));
        let mut told = |seq: i64, change: &Change| scope.project(&mut shown, Seq(seq), change);
        let change = |room: &RoomRow| Change::Room { room: room.clone() };
        let gone = |number| Change::RoomGone { number: RoomNumber(number) };
        let renamed = RoomRow { name: "새 이름".into(), ..here.clone() };
        assert_eq!(told(11, &change(&renamed)), Projected::Told(change(&renamed)));
        assert_eq!(told(12, &change(&elsewhere)), Projected::Nothing);
        assert_eq!(told(13, &gone(2)), Projected::Nothing);
        let moved_in = room(3, "본관", "2");
        assert_eq!(told(14, &change(&moved_in)), Projected::Anew);
        assert_eq!(told(15, &change(&moved_in)), Projected::Told(change(&moved_in)));
        // Where it moved to is not told.
        assert_eq!(told(16, &change(&room(1, "별관", "9"))), Projected::Told(gone(1)));
        assert_eq!(told(17, &gone(3)), Projected::Told(gone(3)));
        assert_eq!(told(18, &gone(3)), Projected::Nothing);
        assert_eq!(shown.rooms, BTreeSet::new());
        let mut all_of_them = Shown::default();
        let seen = Scope::Company.project(&mut all_of_them, Seq(19), &change(&here));
        assert_eq!((seen, all_of_them), (Projected::Told(change(&here)), Shown::default()));
    }

    /// The rooms were read after the log was: a change that they may have already shows nothing of what was before.
    #[test]
    fn what_the_rooms_may_have_already_is_told_anew() {
        let scope = Scope::Board { building: None, floor: Some("2".into()), titles: false };
        let moved_in = room(3, "본관", "2");
        let mut shown = scope.shown([&moved_in].into_iter(), Seq(10));
        for change in [Change::Room { room: moved_in.clone() }, Change::RoomGone { number: RoomNumber(7) }] {
            assert_eq!(scope.project(&mut shown, Seq(10), &change), Projected::Anew);
        }
        let change = Change::Room { room: moved_in };
        assert_eq!(scope.project(&mut shown, Seq(11), &change), Projected::Told(change.clone()));
    }
}
