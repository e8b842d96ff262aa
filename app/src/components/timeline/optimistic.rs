//! What the person did and the server has not answered yet, laid over what it last said. Pure.

use model::person::Viewer;
use model::{Block, BlockKey, BookingState, Origin, PersonNumber, RoomNumber};
use uuid::Uuid;

use super::layout::Draft;

/// One command on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    pub id: Uuid,
    pub act: Act,
    /// The answer was no; it is shown shaking for a moment.
    pub refused: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A new booking, drawn as this block.
    Book(Box<Block>),
    /// The block of this key, drawn as that one meanwhile.
    Change {
        from: BlockKey,
        to: Box<Block>,
    },
    Cancel(BlockKey),
}

impl Pending {
    /// Whether it changes what is drawn in `room`.
    pub fn concerns(&self, room: RoomNumber) -> bool {
        match &self.act {
            Act::Book(block) => block.key.room == room,
            Act::Change { from, to } => from.room == room || to.key.room == room,
            Act::Cancel(key) => key.room == room,
        }
    }
}

/// Who looks: known after hydration only, for the grid's HTML is the same for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Me {
    pub number: PersonNumber,
    pub admin: bool,
}

impl From<&Viewer> for Me {
    fn from(viewer: &Viewer) -> Self {
        Self { number: viewer.number, admin: viewer.admin }
    }
}

/// Why a block cannot be dragged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixed {
    NotYours,
    InGoogle,
    /// It is over, or not held.
    Over,
}

/// Whether `me` may move, resize and cancel `block` here. The server decides; this only spares a hopeless try.
pub fn may_change(block: &Block, me: Option<Me>) -> Result<(), Fixed> {
    match me {
        Some(me) if me.admin || block.organizer == Some(me.number) => {}
        _ => return Err(Fixed::NotYours),
    }
    if block.origin != Origin::Roomly || block.series || block.exception {
        return Err(Fixed::InGoogle);
    }
    if block.state.holds_room() { Ok(()) } else { Err(Fixed::Over) }
}

/// The blocks of `room` as they are drawn: the server's, with the pending commands laid over them.
pub fn overlay(
    room: RoomNumber,
    blocks: Vec<Block>,
    pending: &[Pending],
    me: Option<Me>,
) -> Vec<(Block, Option<Draft>)> {
    let arrived = |draft: &Block| {
        blocks.iter().any(|block| {
            block.range == draft.range
                && block.title == draft.title
                && block.state.holds_room()
                && block.organizer.is_some()
                && block.organizer == me.map(|me| me.number)
        })
    };
    let fresh: Vec<(Block, Option<Draft>)> = pending
        .iter()
        .filter_map(|item| match &item.act {
            Act::Book(block) if block.key.room == room && !arrived(block) => {
                Some(((**block).clone(), Some(Draft { intent: Some(item.id), refused: item.refused })))
            }
            Act::Change { to, .. } if to.key.room == room && !item.refused => {
                Some(((**to).clone(), Some(Draft { intent: None, refused: false })))
            }
            _ => None,
        })
        .collect();
    let known = blocks.into_iter().filter_map(|block| {
        let about = pending.iter().find(|item| match &item.act {
            Act::Change { from, .. } => *from == block.key,
            Act::Cancel(key) => *key == block.key,
            Act::Book(_) => false,
        });
        match about {
            None => Some((block, None)),
            Some(item) if item.refused => Some((block, Some(Draft { intent: None, refused: true }))),
            Some(_) => None,
        }
    });
    // The delta of a change may arrive before its answer: then the block is known at its new place already.
    let known: Vec<_> = known.collect();
    let mut drawn: Vec<_> = known
        .into_iter()
        .filter(|(block, draft)| {
            draft.is_some()
                || !fresh.iter().any(|(new, mark)| {
                    mark.is_some_and(|mark| mark.intent.is_none())
                        && (new.key.booking, new.key.slot) == (block.key.booking, block.key.slot)
                })
        })
        .collect();
    drawn.extend(fresh);
    drawn
}

/// How a new booking looks until it is known.
pub fn new_block(
    room: RoomNumber,
    range: model::TimeRange,
    title: &str,
    private: bool,
    me: &Viewer,
) -> Block {
    Block {
        key: BlockKey { booking: model::BookingNumber(0), room, slot: None },
        state: BookingState::Pending,
        range,
        title: if private { String::new() } else { title.to_owned() },
        private,
        organizer: Some(me.number),
        organizer_name: if private { String::new() } else { me.name.clone() },
        origin: Origin::Roomly,
        tentative: false,
        series: false,
        exception: false,
        all_day: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{BookingNumber, Instant, TimeRange};

    const ME: Me = Me { number: PersonNumber(1), admin: false };

    fn block(number: i64, room: i64, start: i64) -> Block {
        let start = Instant::from_secs(start * 60);
        let viewer = Viewer {
            number: ME.number,
            name: "김민아".into(),
            email: String::new(),
            admin: false,
            company: String::new(),
            environment: String::new(),
            calendar_granted: true,
            unseen: 0,
            attention: Default::default(),
        };
        let range = TimeRange::new(start, start.plus_minutes(30)).unwrap();
        let mut block = new_block(RoomNumber(room), range, "회의", false, &viewer);
        block.key.booking = BookingNumber(number);
        block
    }

    fn pending(act: Act) -> Pending {
        Pending { id: Uuid::from_u128(1), act, refused: false }
    }

    fn drawn(room: i64, blocks: &[Block], pending: &[Pending]) -> Vec<(i64, bool, bool)> {
        overlay(RoomNumber(room), blocks.to_vec(), pending, Some(ME))
            .into_iter()
            .map(|(block, draft)| (block.key.booking.0, draft.is_some(), draft.is_some_and(|d| d.refused)))
            .collect()
    }

    #[test]
    fn a_new_booking_is_drawn_until_its_block_arrives() {
        let act = pending(Act::Book(Box::new(block(0, 1, 60))));
        assert_eq!(drawn(1, &[], std::slice::from_ref(&act)), [(0, true, false)]);
        assert_eq!(drawn(2, &[], std::slice::from_ref(&act)), []);
        assert_eq!(drawn(1, &[block(9, 1, 60)], &[act]), [(9, false, false)], "never twice");
    }

    #[test]
    fn a_moved_block_stands_at_its_new_place_only() {
        let from = block(9, 1, 60);
        let act = pending(Act::Change { from: from.key, to: Box::new(block(9, 2, 90)) });
        assert_eq!(drawn(1, std::slice::from_ref(&from), std::slice::from_ref(&act)), []);
        assert_eq!(drawn(2, &[], std::slice::from_ref(&act)), [(9, true, false)]);
        assert_eq!(drawn(2, &[block(9, 2, 90)], std::slice::from_ref(&act)), [(9, true, false)], "once");
        let refused = Pending { refused: true, ..act };
        assert_eq!(drawn(1, &[from], std::slice::from_ref(&refused)), [(9, true, true)]);
        assert_eq!(drawn(2, &[], &[refused]), []);
    }

    #[test]
    fn a_cancelled_block_goes_at_once_and_comes_back_when_refused() {
        let known = block(9, 1, 60);
        let act = pending(Act::Cancel(known.key));
        assert_eq!(drawn(1, std::slice::from_ref(&known), std::slice::from_ref(&act)), []);
        assert_eq!(drawn(1, &[known], &[Pending { refused: true, ..act }]), [(9, true, true)]);
    }

    #[test]
    fn only_own_single_roomly_bookings_are_dragged() {
        let mut known = block(9, 1, 60);
        assert_eq!(may_change(&known, Some(ME)), Ok(()));
        assert_eq!(may_change(&known, None), Err(Fixed::NotYours));
        let other = Me { number: PersonNumber(2), admin: false };
        assert_eq!(may_change(&known, Some(other)), Err(Fixed::NotYours));
        assert_eq!(may_change(&known, Some(Me { admin: true, ..other })), Ok(()));
        known.series = true;
        assert_eq!(may_change(&known, Some(ME)), Err(Fixed::InGoogle));
        known.series = false;
        known.state = BookingState::Declined;
        assert_eq!(may_change(&known, Some(ME)), Err(Fixed::Over));
    }
}
