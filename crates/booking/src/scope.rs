//! Which part of a company's changes a screen may see.

use std::collections::BTreeSet;

use model::{Block, Change, RoomNumber};

/// Which part of a company's changes a screen may see.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// The public projection, whole.
    Company,
    /// A lobby board: some rooms, titles only if it shows them.
    Board { rooms: BTreeSet<RoomNumber>, titles: bool },
}

impl Scope {
    pub(crate) fn project_block(&self, block: &mut Block) {
        if matches!(self, Self::Board { titles: false, .. }) {
            block.title.clear();
            block.organizer_name.clear();
            block.organizer = None;
        }
    }

    pub(crate) fn project(&self, change: &Change) -> Option<Change> {
        let Self::Board { rooms, .. } = self else { return Some(change.clone()) };
        match change {
            Change::Upsert { block, was } => rooms.contains(&block.key.room).then(|| {
                let mut block = block.clone();
                self.project_block(&mut block);
                Change::Upsert { block, was: *was }
            }),
            Change::Remove { key, .. } => rooms.contains(&key.room).then(|| change.clone()),
            Change::Room { room } => rooms.contains(&room.number).then(|| change.clone()),
            Change::RoomGone { number } => rooms.contains(number).then(|| change.clone()),
        }
    }
}
