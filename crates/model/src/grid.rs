//! The day's grid as data, and how deltas change it.
//!
//! LIVE-GAPLESS rests on one property, tested below: the snapshot at `n` with the deltas `n+1..=m` applied equals the
//! snapshot at `m`, whatever is repeated on the way; a missing delta is noticed.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::block::{Block, BlockKey};
use crate::id::Seq;
use crate::live::{Change, Delta};
use crate::room::RoomRow;
use crate::time::Instant;
use crate::zone_day::ZoneDay;

/// Everything the grid of one day is drawn from, as of `seq`. The same for every viewer of the company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridDay {
    pub seq: Seq,
    pub day: ZoneDay,
    /// By building, floor and name, in the order to draw.
    pub rooms: Vec<RoomRow>,
    /// By key.
    pub blocks: Vec<Block>,
    /// When the server made this; "now" for everything that is drawn before the browser's clock takes over.
    pub rendered_at: Instant,
    /// Today's date in the zone of `day`, for "today" links and past days.
    #[serde(with = "crate::civil")]
    pub today: chrono::NaiveDate,
    /// Shown hours, in minutes after midnight.
    pub shown_from: i64,
    pub shown_to: i64,
}

/// A grid that follows deltas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GridState {
    pub seq: Seq,
    pub day: ZoneDay,
    pub rooms: Vec<RoomRow>,
    pub blocks: Blocks,
}

/// The blocks of a grid, one a key, in the order of their keys. A list: they are some hundreds, and a map of the standard
/// library's is much code for the browser.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocks(Vec<Block>);

impl Blocks {
    /// Where the key stands, or would.
    fn place(&self, key: &BlockKey) -> Result<usize, usize> {
        self.0.binary_search_by(|block| block.key.cmp(key))
    }

    pub fn get(&self, key: &BlockKey) -> Option<&Block> {
        self.0.get(self.place(key).ok()?)
    }

    /// Takes the place of the block with the same key.
    pub fn insert(&mut self, block: Block) {
        match self.place(&block.key) {
            Ok(at) => self.0[at] = block,
            Err(at) => self.0.insert(at, block),
        }
    }

    pub fn remove(&mut self, key: &BlockKey) {
        if let Ok(at) = self.place(key) {
            self.0.remove(at);
        }
    }

    pub fn values(&self) -> std::slice::Iter<'_, Block> {
        self.0.iter()
    }

    pub fn keys(&self) -> impl Iterator<Item = &BlockKey> {
        self.0.iter().map(|block| &block.key)
    }

    pub const fn len(&self) -> usize {
        self.0.len()
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Block> for Blocks {
    fn from_iter<I: IntoIterator<Item = Block>>(blocks: I) -> Self {
        let mut all = Self::default();
        for block in blocks {
            all.insert(block);
        }
        all
    }
}

/// What became of a delta.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyOutcome {
    /// Applied; these blocks changed (or vanished), and whether rows did.
    Applied { touched: Vec<BlockKey>, rooms_changed: bool },
    /// Known already; nothing changed.
    Old,
    /// Deltas are missing: ask for what came after `seq`.
    Gap,
}

impl GridState {
    pub fn apply(&mut self, delta: &Delta) -> ApplyOutcome {
        if delta.seq <= self.seq {
            return ApplyOutcome::Old;
        }
        if delta.prev > self.seq {
            return ApplyOutcome::Gap;
        }
        let mut touched = Vec::new();
        let mut rooms_changed = false;
        for change in &delta.changes {
            match change {
                Change::Upsert { block, .. } => {
                    touched.push(block.key);
                    if block.state.is_drawn() && block.range.overlaps(self.day.range) {
                        self.blocks.insert(block.clone());
                    } else {
                        self.blocks.remove(&block.key);
                    }
                }
                Change::Remove { key, .. } => {
                    touched.push(*key);
                    self.blocks.remove(key);
                }
                Change::Room { room } => {
                    rooms_changed = true;
                    self.rooms.retain(|known| known.number != room.number);
                    let at = self.rooms.partition_point(|known| room_order(known, room).is_lt());
                    self.rooms.insert(at, room.clone());
                }
                Change::RoomGone { number } => {
                    rooms_changed = true;
                    self.rooms.retain(|known| known.number != *number);
                }
            }
        }
        self.seq = delta.seq;
        ApplyOutcome::Applied { touched, rooms_changed }
    }
}

impl From<GridDay> for GridState {
    fn from(day: GridDay) -> Self {
        Self { seq: day.seq, day: day.day, rooms: day.rooms, blocks: day.blocks.into_iter().collect() }
    }
}

/// The order of rows: building, then floor (numbers by value, others by text, floors without a name last), then name.
pub fn sort_rooms(rooms: &mut [RoomRow]) {
    rooms.sort_by(room_order);
}

fn room_order(a: &RoomRow, b: &RoomRow) -> Ordering {
    (a.building.is_empty(), &a.building, floor_key(&a.floor), &a.name, a.number).cmp(&(
        b.building.is_empty(),
        &b.building,
        floor_key(&b.floor),
        &b.name,
        b.number,
    ))
}

/// `B2` < `B1` < `1` < `2F` < `10` < `로비` < none.
fn floor_key(floor: &str) -> (u8, i64, &str) {
    let trimmed = floor.trim();
    let (sign, digits) = match trimmed.strip_prefix(['B', 'b']) {
        Some(rest) => (-1, rest),
        None => (1, trimmed),
    };
    let digits = digits.trim_end_matches(['F', 'f', '층']);
    match digits.parse::<i64>() {
        Ok(number) => (0, sign * number, trimmed),
        Err(_) if trimmed.is_empty() => (2, 0, trimmed),
        Err(_) => (1, 0, trimmed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Origin;
    use crate::id::{BookingNumber, RoomNumber};
    use crate::state::BookingState;
    use crate::time::TimeRange;
    use chrono::NaiveDate;
    use proptest::prelude::*;

    fn day() -> ZoneDay {
        ZoneDay {
            date: NaiveDate::from_ymd_opt(2026, 11, 21).unwrap(),
            zone: "UTC".into(),
            range: TimeRange::new(Instant::from_secs(0), Instant::from_secs(86_400)).unwrap(),
            offset: 0,
            transitions: vec![],
        }
    }

    fn block(booking: i64, start_min: i64, state: BookingState) -> Block {
        let start = Instant::from_secs(start_min * 60);
        Block {
            key: BlockKey { booking: BookingNumber(booking), room: RoomNumber(1), slot: None },
            state,
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

    /// The world as the database holds it: all blocks, on whatever day. A view is a filter.
    #[derive(Clone, Default)]
    struct World(std::collections::BTreeMap<BlockKey, Block>);

    impl World {
        fn view(&self, seq: i64) -> GridState {
            let day = day();
            let blocks = self
                .0
                .iter()
                .filter(|(_, b)| b.state.is_drawn() && b.range.overlaps(day.range))
                .map(|(_, b)| b.clone())
                .collect();
            GridState { seq: Seq(seq), day, rooms: vec![], blocks }
        }
    }

    proptest! {
        /// snapshot(n) + the deltas that concern the view, some repeated = snapshot(m).
        #[test]
        fn snapshot_and_deltas_equal_a_later_snapshot(
            steps in prop::collection::vec((0i64..6, -600i64..2_400, 0usize..6, any::<bool>()), 1..40),
            from in 0usize..40,
            repeat in any::<u64>(),
        ) {
            let mut world = World::default();
            let mut log: Vec<(i64, Vec<Change>)> = vec![];
            let mut worlds = vec![world.clone()];
            for (i, (booking, start, state, remove)) in steps.iter().enumerate() {
                let next = block(*booking, *start, BookingState::ALL[*state]);
                let was = world.0.get(&next.key).map(|b| b.range);
                let change = match was {
                    Some(was) if *remove => {
                        world.0.remove(&next.key);
                        Change::Remove { key: next.key, was }
                    }
                    _ => {
                        world.0.insert(next.key, next.clone());
                        Change::Upsert { block: next, was }
                    }
                };
                log.push((i as i64 + 1, vec![change]));
                worlds.push(world.clone());
            }
            let from = from.min(steps.len());
            let mut state = worlds[from].view(from as i64);
            let mut prev = Seq(0);
            for (seq, changes) in &log {
                let concerned = changes.iter().any(|c| c.concerns(state.day.range));
                if !concerned { continue; }
                let delta = Delta { seq: Seq(*seq), prev, changes: changes.clone() };
                prev = Seq(*seq);
                if *seq > from as i64 {
                    let applied = matches!(state.apply(&delta), ApplyOutcome::Applied { .. });
                    prop_assert!(applied);
                }
                if (repeat >> (seq % 64)) & 1 == 1 {
                    prop_assert_eq!(state.apply(&delta), ApplyOutcome::Old);
                }
            }
            let expected = worlds.last().unwrap().view(state.seq.0);
            prop_assert_eq!(state.blocks, expected.blocks);
        }
    }

    #[test]
    fn a_missing_delta_is_a_gap_and_changes_nothing() {
        let mut state = World::default().view(3);
        let before = state.clone();
        let change = Change::Upsert { block: block(1, 60, BookingState::Confirmed), was: None };
        let delta = Delta { seq: Seq(9), prev: Seq(5), changes: vec![change] };
        assert_eq!(state.apply(&delta), ApplyOutcome::Gap);
        assert_eq!(state, before);
    }

    #[test]
    fn floors_read_from_the_ground_up() {
        let mut floors = ["10", "로비", "2", "", "B1", "B2", "2F", "1"].map(|floor| RoomRow {
            number: RoomNumber(1),
            name: String::new(),
            building: "본관".into(),
            floor: floor.into(),
            capacity: 4,
            features: vec![],
            health: crate::room::RoomHealth::Live,
        });
        sort_rooms(&mut floors);
        assert_eq!(floors.map(|r| r.floor), ["B2", "B1", "1", "2", "2F", "10", "로비", ""].map(String::from));
    }
}
