//! The signals of one followed day.

use leptos::prelude::*;
use model::order::ordered;
use model::room::RoomRow;
use model::{ApplyOutcome, Block, BlockKey, Delta, GridDay, GridState, Instant, RoomNumber, Seq, ZoneDay};

use super::{LiveStatus, LiveTarget, client};

/// A followed day. Copy it freely: it is a bundle of signals that live as long as the component that made it.
#[derive(Clone, Copy)]
pub struct Follow {
    state: StoredValue<GridState>,
    rows: StoredValue<Vec<(RoomNumber, ArcRwSignal<Vec<Block>>)>>,
    day: RwSignal<ZoneDay>,
    rooms: RwSignal<Vec<RoomRow>>,
    seq: RwSignal<Seq>,
    touched: RwSignal<Vec<BlockKey>>,
    status: RwSignal<LiveStatus>,
    now: RwSignal<Option<Instant>>,
    rendered_at: StoredValue<Instant>,
}

/// Follows the day of `initial`. See the module's head for how to use it.
pub fn follow(target: LiveTarget, initial: GridDay) -> Follow {
    let rendered_at = initial.rendered_at;
    let state = GridState::from(initial);
    let follow = Follow {
        rows: StoredValue::new(vec![]),
        day: RwSignal::new(state.day.clone()),
        rooms: RwSignal::new(state.rooms.clone()),
        seq: RwSignal::new(state.seq),
        touched: RwSignal::new(vec![]),
        status: RwSignal::new(LiveStatus::Starting),
        now: RwSignal::new(None),
        rendered_at: StoredValue::new(rendered_at),
        state: StoredValue::new(state),
    };
    client::start(target, follow);
    follow
}

impl Follow {
    /// The day that is shown. It changes on a lobby board at midnight; a page keeps the day of its address.
    pub fn day(self) -> ReadSignal<ZoneDay> {
        self.day.read_only()
    }

    /// The rooms in the order to draw.
    pub fn rooms(self) -> ReadSignal<Vec<RoomRow>> {
        self.rooms.read_only()
    }

    /// One room's blocks, by start. Only changes of this room notify.
    pub fn row(self, room: RoomNumber) -> ReadSignal<Vec<Block>> {
        // Counted references: rows come and go, their signals stay with the day, and no owner keeps itself alive.
        let row = self.known_row(room).unwrap_or_else(|| {
            let row = ArcRwSignal::new(self.blocks_of(room));
            self.rows.try_update_value(|rows| rows.push((room, row.clone())));
            row
        });
        RwSignal::from(row).read_only()
    }

    /// One room's blocks as the server last said, without subscribing.
    pub fn blocks_of(self, room: RoomNumber) -> Vec<Block> {
        self.state.try_with_value(|state| of_room(state, room)).unwrap_or_default()
    }

    /// The position in the company's change log that is shown.
    pub fn seq(self) -> ReadSignal<Seq> {
        self.seq.read_only()
    }

    /// What the last delta touched, for a flash. Never set by snapshots or by [`Self::adopt`].
    pub fn touched(self) -> ReadSignal<Vec<BlockKey>> {
        self.touched.read_only()
    }

    /// How fresh the data are.
    pub fn status(self) -> ReadSignal<LiveStatus> {
        self.status.read_only()
    }

    /// The browser's clock, to half a minute; `None` until the page is hydrated.
    pub fn now(self) -> ReadSignal<Option<Instant>> {
        self.now.read_only()
    }

    /// The clock, or the moment of rendering where there is none yet: for everything that is drawn on both sides.
    pub fn now_or_rendered(self) -> Instant {
        self.now.try_get().flatten().or_else(|| self.rendered_at.try_get_value()).unwrap_or_default()
    }

    /// Reads the whole state without subscribing to it.
    pub fn with_state<T>(self, read: impl FnOnce(&GridState) -> T) -> Option<T> {
        self.state.try_with_value(read)
    }

    /// One block as the server last said, without subscribing.
    pub fn block(self, key: BlockKey) -> Option<Block> {
        self.with_state(|state| state.blocks.get(&key).cloned()).flatten()
    }

    /// Takes over the answer to an own command before its delta arrives. `gone` is where the block stood before, if it
    /// has another key now. Does nothing where the state is newer already.
    pub fn adopt(self, block: Option<Block>, gone: Option<BlockKey>, seq: Seq) {
        let touched = self.state.try_update_value(|state| {
            let mut touched = vec![];
            if state.seq >= seq {
                return touched;
            }
            if let Some(key) = gone.filter(|key| block.as_ref().is_none_or(|block| block.key != *key)) {
                state.blocks.remove(&key);
                touched.push(key);
            }
            if let Some(block) = block {
                touched.push(block.key);
                if block.state.is_drawn() && block.range.overlaps(state.day.range) {
                    state.blocks.insert(block);
                } else {
                    state.blocks.remove(&block.key);
                }
            }
            touched
        });
        self.refresh_rows(&touched.unwrap_or_default());
    }

    /// Applies a delta; on a gap nothing changes and the caller asks for what is missing.
    pub(super) fn apply(self, delta: &Delta) -> ApplyOutcome {
        let Some(outcome) = self.state.try_update_value(|state| state.apply(delta)) else {
            return ApplyOutcome::Old;
        };
        if let ApplyOutcome::Applied { touched, rooms_changed } = &outcome {
            self.refresh_rows(touched);
            if *rooms_changed && let Some(rooms) = self.with_state(|state| state.rooms.clone()) {
                self.rooms.try_set(rooms);
            }
            self.seq.try_set(delta.seq);
            self.touched.try_set(touched.clone());
        }
        outcome
    }

    /// Replaces everything, row by row: what is equal does not notify.
    pub(super) fn replace(self, day: GridDay) {
        let next = GridState::from(day);
        let (rooms, seq, day) = (next.rooms.clone(), next.seq, next.day.clone());
        self.state.try_update_value(|state| *state = next);
        let rows = self.rows.try_with_value(|rows| rows.iter().map(|(room, _)| *room).collect::<Vec<_>>());
        for room in rows.unwrap_or_default() {
            self.refresh_row(room);
        }
        if self.day.try_with_untracked(|known| *known != day).unwrap_or(false) {
            self.day.try_set(day);
        }
        if self.rooms.try_with_untracked(|known| *known != rooms).unwrap_or(false) {
            self.rooms.try_set(rooms);
        }
        self.seq.try_set(seq);
    }

    pub(super) fn set_status(self, status: LiveStatus) {
        if self.status.try_get_untracked().is_some_and(|known| known != status) {
            self.status.try_set(status);
        }
    }

    pub(super) fn set_now(self, now: Option<Instant>) {
        self.now.try_set(now);
    }

    fn refresh_rows(self, touched: &[BlockKey]) {
        for (at, BlockKey { room, .. }) in touched.iter().enumerate() {
            if touched.iter().take(at).all(|before| before.room != *room) {
                self.refresh_row(*room);
            }
        }
    }

    fn known_row(self, room: RoomNumber) -> Option<ArcRwSignal<Vec<Block>>> {
        let find = |rows: &Vec<(RoomNumber, ArcRwSignal<Vec<Block>>)>| {
            rows.iter().find(|(known, _)| *known == room).map(|(_, row)| row.clone())
        };
        self.rows.try_with_value(find).flatten()
    }

    fn refresh_row(self, room: RoomNumber) {
        let row = self.known_row(room);
        let blocks = self.with_state(|state| of_room(state, room));
        if let (Some(row), Some(blocks)) = (row, blocks)
            && row.try_with_untracked(|known| *known != blocks).unwrap_or(false)
        {
            row.try_set(blocks);
        }
    }
}

fn of_room(state: &GridState, room: RoomNumber) -> Vec<Block> {
    let blocks = state.blocks.values().filter(|block| block.key.room == room).cloned();
    ordered(blocks, |block| (block.range, block.key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::room::RoomHealth;
    use model::{BookingNumber, BookingState, Change, Origin, TimeRange};

    fn grid() -> GridDay {
        let start = Instant::from_secs(0);
        let room = |number| RoomRow {
            number: RoomNumber(number),
            name: format!("{number}"),
            building: String::new(),
            floor: String::new(),
            capacity: 4,
            features: vec![],
            health: RoomHealth::Live,
        };
        GridDay {
            seq: Seq(10),
            day: ZoneDay {
                date: chrono::NaiveDate::from_ymd_opt(1970, 1, 1).unwrap(),
                zone: "UTC".into(),
                range: TimeRange::new(start, start.plus_minutes(1_440)).unwrap(),
                offset: 0,
                transitions: vec![],
            },
            rooms: vec![room(1), room(2)],
            blocks: vec![],
            rendered_at: start,
            today: chrono::NaiveDate::from_ymd_opt(1970, 1, 1).unwrap(),
            shown_from: 0,
            shown_to: 1_440,
        }
    }

    fn block(number: i64, room: i64) -> Block {
        let start = Instant::from_secs(3_600);
        Block {
            key: BlockKey { booking: BookingNumber(number), room: RoomNumber(room), slot: None },
            state: BookingState::Confirmed,
            range: TimeRange::new(start, start.plus_minutes(30)).unwrap(),
            title: String::new(),
            private: false,
            organizer: None,
            organizer_name: String::new(),
            origin: Origin::Roomly,
            tentative: false,
            series: false,
            exception: false,
            all_day: false,
        }
    }

    fn delta(seq: i64, prev: i64, block: Block) -> Delta {
        Delta { seq: Seq(seq), prev: Seq(prev), changes: vec![Change::Upsert { block, was: None }] }
    }

    fn numbers(row: ReadSignal<Vec<Block>>) -> Vec<i64> {
        row.with_untracked(|blocks| blocks.iter().map(|block| block.key.booking.0).collect())
    }

    #[test]
    fn a_delta_reaches_its_row_and_a_gap_reaches_none() {
        Owner::new().with(|| {
            let follow = follow(LiveTarget::Company, grid());
            let (one, two) = (follow.row(RoomNumber(1)), follow.row(RoomNumber(2)));
            assert!(matches!(follow.apply(&delta(11, 10, block(7, 1))), ApplyOutcome::Applied { .. }));
            assert_eq!((numbers(one), numbers(two)), (vec![7], vec![]));
            assert_eq!(follow.apply(&delta(14, 13, block(8, 2))), ApplyOutcome::Gap);
            assert_eq!((numbers(one), numbers(two)), (vec![7], vec![]));
            assert_eq!(follow.seq().get_untracked(), Seq(11));
        });
    }

    #[test]
    fn an_own_answer_is_taken_over_unless_the_state_is_newer() {
        Owner::new().with(|| {
            let follow = follow(LiveTarget::Company, grid());
            let (one, two) = (follow.row(RoomNumber(1)), follow.row(RoomNumber(2)));
            follow.adopt(Some(block(7, 1)), None, Seq(11));
            assert_eq!(numbers(one), [7]);
            assert_eq!(follow.seq().get_untracked(), Seq(10), "its delta is still to come");
            follow.adopt(Some(block(7, 2)), Some(block(7, 1).key), Seq(12));
            assert_eq!((numbers(one), numbers(two)), (vec![], vec![7]));
            follow.adopt(Some(block(9, 1)), None, Seq(10));
            assert_eq!(numbers(one), [0_i64; 0], "an answer older than the state says nothing new");
        });
    }

    #[test]
    fn a_snapshot_replaces_every_row() {
        Owner::new().with(|| {
            let follow = follow(LiveTarget::Company, grid());
            let one = follow.row(RoomNumber(1));
            follow.adopt(Some(block(7, 1)), None, Seq(11));
            follow.replace(GridDay { seq: Seq(20), blocks: vec![block(8, 1)], ..grid() });
            assert_eq!(numbers(one), [8]);
            assert_eq!(follow.seq().get_untracked(), Seq(20));
        });
    }
}
