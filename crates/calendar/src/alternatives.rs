//! What else would fit when a room is taken: other rooms at that time, or this room a little earlier, later, shorter.

use model::refusal::AlternativeKind;
use model::room::RoomRow;
use model::{Alternative, Instant, RoomNumber, TimeRange, limits};

use crate::busy::{Busy, Nearness, RoomBusy, keeps_enough, shift_minutes, shifted};

/// At most this many are offered.
const OFFERS: usize = 4;
/// How far a booking may be shifted to still count as "the same meeting".
const SHIFT_MINUTES: i64 = 60;

/// Alternatives for `wish` in `room`: two other rooms first (nearest in place and size), then the same room shifted or
/// shortened by at most a quarter.
pub fn alternatives(
    room: RoomNumber,
    wish: TimeRange,
    rooms: &[RoomBusy<'_>],
    now: Instant,
) -> Vec<Alternative> {
    let Some(wanted) = rooms.iter().find(|candidate| candidate.room.number == room) else {
        return Vec::new();
    };
    let mut others: Vec<&RoomBusy<'_>> = rooms
        .iter()
        .filter(|candidate| candidate.room.number != room && candidate.busy.is_free(wish))
        .collect();
    others.sort_by_key(|candidate| (distance(wanted.room, candidate.room), candidate.room.number));
    let mut offers: Vec<Alternative> = others
        .into_iter()
        .take(2)
        .map(|candidate| offer(candidate.room, wish, AlternativeKind::OtherRoom))
        .collect();
    let same_room = |range, kind| offer(wanted.room, range, kind);
    let nearest = |later: bool| {
        shift_minutes(limits::SNAP_MINUTES, SHIFT_MINUTES)
            .filter(|minutes| (*minutes > 0) == later)
            .map(|minutes| shifted(wish, minutes))
            .find(|range| wanted.busy.is_free(*range) && range.start() >= now)
    };
    offers.extend(nearest(true).map(|range| same_room(range, AlternativeKind::Later)));
    offers.extend(nearest(false).map(|range| same_room(range, AlternativeKind::Earlier)));
    offers.extend(shortened(&wanted.busy, wish).map(|range| same_room(range, AlternativeKind::Shorter)));
    offers.truncate(OFFERS);
    offers
}

fn offer(room: &RoomRow, range: TimeRange, kind: AlternativeKind) -> Alternative {
    Alternative { room: room.number, room_name: room.name.clone(), range, kind }
}

/// Same floor before same building before elsewhere; then the nearest size that is not smaller.
fn distance(from: &RoomRow, to: &RoomRow) -> (Nearness, bool, i32) {
    (Nearness::between(from, to), to.capacity < from.capacity, (to.capacity - from.capacity).abs())
}

/// The same start with the end cut to the next booking, if at least three quarters remain.
fn shortened(busy: &Busy, wish: TimeRange) -> Option<TimeRange> {
    busy.longest_gap(wish)
        .filter(|gap| gap.start() == wish.start() && gap.end() < wish.end() && keeps_enough(*gap, wish))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::room::RoomHealth;
    use proptest::prelude::*;

    fn room(number: i64, floor: &str, capacity: i32) -> RoomRow {
        RoomRow {
            number: RoomNumber(number),
            name: format!("room {number}"),
            building: "본관".into(),
            floor: floor.into(),
            capacity,
            features: vec![],
            health: RoomHealth::Live,
        }
    }

    fn minutes(from: i64, to: i64) -> TimeRange {
        TimeRange::new(Instant::from_secs(from * 60), Instant::from_secs(to * 60)).unwrap()
    }

    #[test]
    fn near_rooms_first_then_a_shift() {
        let rooms = [room(1, "3", 6), room(2, "4", 6), room(3, "3", 8), room(4, "3", 4)];
        let busy = [
            RoomBusy { room: &rooms[0], busy: Busy::from_iter([minutes(600, 660)]) },
            RoomBusy { room: &rooms[1], busy: Busy::default() },
            RoomBusy { room: &rooms[2], busy: Busy::default() },
            RoomBusy { room: &rooms[3], busy: Busy::default() },
        ];
        let offers = alternatives(RoomNumber(1), minutes(615, 645), &busy, Instant::from_secs(0));
        let kinds: Vec<_> = offers.iter().map(|offer| (offer.room.0, offer.kind)).collect();
        assert_eq!(
            kinds,
            [
                (3, AlternativeKind::OtherRoom),
                (4, AlternativeKind::OtherRoom),
                (1, AlternativeKind::Later),
                (1, AlternativeKind::Earlier)
            ]
        );
        assert_eq!(offers[2].range, minutes(660, 690));
        assert_eq!(offers[3].range, minutes(570, 600));
    }

    #[test]
    fn shortening_keeps_three_quarters() {
        let only = [room(1, "3", 6)];
        let offers = |held| {
            let busy = [RoomBusy {
                room: &only[0],
                busy: Busy::from_iter([minutes(0, 600), held, minutes(700, 900)]),
            }];
            alternatives(RoomNumber(1), minutes(600, 660), &busy, Instant::from_secs(0))
        };
        assert_eq!(offers(minutes(645, 700))[0].range, minutes(600, 645));
        assert_eq!(offers(minutes(630, 700)), []);
    }

    proptest! {
        #[test]
        fn what_is_offered_is_free_and_not_past(
            held in prop::collection::vec((0i64..200, 1i64..30), 0..12),
            start in 0i64..200,
            length in 5i64..60,
            now in 0i64..200,
        ) {
            let rooms = [room(1, "3", 6), room(2, "3", 6)];
            let busy_of = |parity: usize| held.iter().enumerate().filter(|(i, _)| i % 2 == parity)
                .map(|(_, (s, l))| minutes(*s, s + l)).collect::<Busy>();
            let busy = [RoomBusy { room: &rooms[0], busy: busy_of(0) }, RoomBusy { room: &rooms[1], busy: busy_of(1) }];
            let wish = minutes(start, start + length);
            let now = Instant::from_secs(now * 60);
            for offer in alternatives(RoomNumber(1), wish, &busy, now) {
                let side = busy.iter().find(|side| side.room.number == offer.room).unwrap();
                prop_assert!(side.busy.is_free(offer.range));
                prop_assert!(offer.kind == AlternativeKind::OtherRoom || offer.kind == AlternativeKind::Shorter || offer.range.start() >= now);
                prop_assert!(offer.range.length_micros() * 4 >= wish.length_micros() * 3);
            }
        }
    }
}
