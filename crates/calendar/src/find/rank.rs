//! The order of rooms, and what can be said of a room whatever the hour.

use std::cmp::Reverse;

use model::room::{RoomHealth, RoomRow};
use model::{Instant, RoomNumber, TimeRange};

use super::{Needs, Obstacle, Place, Reason, Rejected};
use crate::busy::{Nearness, RoomBusy};

/// A room as it was judged against the needs, apart from the time.
pub(super) struct Judged<'a> {
    pub(super) side: &'a RoomBusy<'a>,
    pub(super) nearness: Option<Nearness>,
    /// What speaks against it at any time.
    pub(super) obstacles: Vec<Obstacle>,
}

impl<'a> Judged<'a> {
    /// All rooms, the fittest first: the smallest that fits, near before far, the one with the fewest things nobody asked
    /// for, the one that stays free longest, and at last the smallest number.
    pub(super) fn of(needs: &Needs, rooms: &'a [RoomBusy<'a>], wish: TimeRange) -> Vec<Self> {
        let near = needs.near.and_then(|number| rooms.iter().find(|side| side.room.number == number));
        let mut judged: Vec<Self> = rooms
            .iter()
            .map(|side| Self {
                side,
                nearness: near.map(|near| Nearness::between(near.room, side.room)),
                obstacles: needs.obstacles(side.room),
            })
            .collect();
        judged.sort_by_cached_key(|candidate| {
            let room = candidate.side.room;
            let free_until = candidate.free_until(wish).unwrap_or(Instant::from_micros(i64::MAX));
            let size = size_key(room.capacity, needs.people);
            (size, candidate.nearness, room.features.len(), Reverse(free_until), room.number)
        });
        judged
    }

    pub(super) fn number(&self) -> RoomNumber {
        self.side.number()
    }

    /// Whether nothing but the time may be in the way.
    pub(super) fn does(&self) -> bool {
        self.obstacles.is_empty()
    }

    /// Whether it would do if the place did not matter.
    pub(super) fn does_elsewhere(&self) -> bool {
        self.obstacles == [Obstacle::Elsewhere]
    }

    pub(super) fn rejected(&self) -> Rejected {
        Rejected { room: self.number(), obstacles: self.obstacles.clone() }
    }

    /// What speaks for it at `range`, at which it is free.
    pub(super) fn reasons(&self, needs: &Needs, range: TimeRange) -> Vec<Reason> {
        let mut reasons = self.standing_reasons(needs);
        reasons.push(Reason::FreeUntil { next: self.free_until(range) });
        reasons
    }

    /// What speaks for it whatever the hour.
    pub(super) fn standing_reasons(&self, needs: &Needs) -> Vec<Reason> {
        let room = self.side.room;
        let mut reasons = Vec::with_capacity(4);
        reasons.push(match room.capacity {
            0 => Reason::SeatsUnknown,
            seats => Reason::Fits { seats },
        });
        reasons.extend(self.nearness.map(Reason::Near));
        if !needs.equipment.is_empty() {
            reasons.push(Reason::Has { equipment: needs.equipment.clone() });
        }
        reasons
    }

    fn free_until(&self, range: TimeRange) -> Option<Instant> {
        self.side.busy.next_from(range.end())
    }
}

impl Needs {
    fn obstacles(&self, room: &RoomRow) -> Vec<Obstacle> {
        let mut obstacles = Vec::new();
        if room.capacity != 0 && room.capacity < self.people {
            obstacles.push(Obstacle::TooSmall { seats: room.capacity });
        }
        let lacks: Vec<String> = self.equipment.iter().filter(|wanted| !has(room, wanted)).cloned().collect();
        if !lacks.is_empty() {
            obstacles.push(Obstacle::Lacks { equipment: lacks });
        }
        if room.health == RoomHealth::Quarantined {
            obstacles.push(Obstacle::NotFollowed);
        }
        if !self.place.contains(room) {
            obstacles.push(Obstacle::Elsewhere);
        }
        obstacles
    }
}

impl Place {
    fn contains(&self, room: &RoomRow) -> bool {
        let is = |wanted: &Option<String>, here: &str| wanted.as_deref().is_none_or(|wanted| wanted == here);
        is(&self.building, &room.building) && is(&self.floor, &room.floor)
    }
}

fn has(room: &RoomRow, wanted: &str) -> bool {
    let wanted = wanted.trim().to_lowercase();
    room.features.iter().any(|feature| feature.trim().to_lowercase() == wanted)
}

/// Seats left over; rooms of unknown size after those that fit, rooms that are too small (the largest first) after these.
fn size_key(seats: i32, people: i32) -> (u8, i32) {
    match seats.saturating_sub(people) {
        _ if seats == 0 => (1, 0),
        spare if spare >= 0 => (0, spare),
        short => (2, short.saturating_neg()),
    }
}
