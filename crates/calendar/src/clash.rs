//! Where the dates of a series clash: with what holds their rooms, and with each other; and what is free instead.
//!
//! A merge walk over sorted ranges: a series of n dates against a room with m bookings costs n + m steps after sorting,
//! however they overlap. What holds a room must be given without the series' own later dates (decisions 14): they make
//! room for themselves.

use std::collections::BTreeMap;

use model::{Alternative, Instant, RoomNumber, TimeRange};

use crate::alternatives;
use crate::busy::RoomBusy;

/// One date that wants rooms. What it is for is the caller's: answers name dates by their position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub range: TimeRange,
    pub rooms: Vec<RoomNumber>,
}

/// One date that cannot have one of its rooms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// Position of the date in what was asked.
    pub date: usize,
    pub room: RoomNumber,
    pub with: Holder,
    /// What would fit instead; at most four. Empty for a room that is not among the given ones.
    pub alternatives: Vec<Alternative>,
}

/// Who is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The room is held; the first stretch that is in the way, overlapping bookings taken together.
    Room(TimeRange),
    /// Another date of the same series, by its position: the earlier one keeps the room.
    Own(usize),
}

/// Every clash of `wanted` with `rooms`, by date and then by room; at most one per date and room, the room's own before
/// the series'. `rooms` should hold every room that may be offered instead.
pub fn clashes(wanted: &[Wanted], rooms: &[RoomBusy<'_>], now: Instant) -> Vec<Clash> {
    let mut found = Vec::new();
    let own = dates_by_room(wanted);
    for (number, dates) in &own {
        let busy = rooms
            .iter()
            .find(|room| room.room.number == *number)
            .map_or(&[][..], |room| room.busy.stretches());
        found.extend(walk(dates, busy).map(|(date, with)| (date, *number, with)));
    }
    found.sort_by_key(|(date, room, _)| (*date, *room));
    let longest = wanted.iter().map(|date| date.range.length_micros()).max().unwrap_or(0);
    let offers = Offers { wanted, own: &own, longest, rooms, now };
    found
        .into_iter()
        .map(|(date, room, with)| Clash { date, room, with, alternatives: offers.instead(date, room) })
        .collect()
}

/// How many of the dates each room could not take, fewest first (then by number): where the whole series fits best.
pub fn rooms_for_all(dates: &[TimeRange], rooms: &[RoomBusy<'_>]) -> Vec<(RoomNumber, usize)> {
    let mut dates: Vec<(usize, TimeRange)> = dates.iter().copied().enumerate().collect();
    dates.sort_by_key(|(_, range)| *range);
    let mut ranked: Vec<(RoomNumber, usize)> = rooms
        .iter()
        .map(|room| {
            let taken = walk(&dates, room.busy.stretches())
                .filter(|(_, with)| matches!(with, Holder::Room(_)))
                .count();
            (room.room.number, taken)
        })
        .collect();
    ranked.sort_by_key(|(room, taken)| (*taken, *room));
    ranked
}

/// The dates that want each room, by start.
fn dates_by_room(wanted: &[Wanted]) -> BTreeMap<RoomNumber, Vec<(usize, TimeRange)>> {
    let mut dates: BTreeMap<RoomNumber, Vec<(usize, TimeRange)>> = BTreeMap::new();
    for (position, date) in wanted.iter().enumerate() {
        for room in &date.rooms {
            dates.entry(*room).or_default().push((position, date.range));
        }
    }
    for dates in dates.values_mut() {
        dates.sort_unstable_by_key(|(position, range)| (*range, *position));
        dates.dedup();
    }
    dates
}

/// Both lists by start, `busy` disjoint. Each date looks at the first stretch that ends after it begins and at the
/// earlier date that lasts longest: whatever else is in the way, these are, too.
fn walk<'a>(
    dates: &'a [(usize, TimeRange)],
    busy: &'a [TimeRange],
) -> impl Iterator<Item = (usize, Holder)> + 'a {
    let mut next = 0;
    let mut longest: Option<(usize, TimeRange)> = None;
    dates.iter().filter_map(move |&(date, range)| {
        while busy.get(next).is_some_and(|held| held.end() <= range.start()) {
            next += 1;
        }
        let held = busy.get(next).filter(|held| held.overlaps(range)).map(|held| Holder::Room(*held));
        let own = longest.filter(|(_, other)| other.overlaps(range)).map(|(other, _)| Holder::Own(other));
        if longest.is_none_or(|(_, other)| other.end() < range.end()) {
            longest = Some((date, range));
        }
        held.or(own).map(|with| (date, with))
    })
}

/// What is looked at to find something for one date.
struct Offers<'a> {
    wanted: &'a [Wanted],
    /// What the series itself wants of each room, by start; no date is longer than `longest` microseconds.
    own: &'a BTreeMap<RoomNumber, Vec<(usize, TimeRange)>>,
    longest: i64,
    rooms: &'a [RoomBusy<'a>],
    now: Instant,
}

/// Minutes around a date that an alternative may touch; [`alternatives`] shifts by at most an hour.
const AROUND_MINUTES: i64 = 60;

impl Offers<'_> {
    fn instead(&self, date: usize, room: RoomNumber) -> Vec<Alternative> {
        let Some(wish) = self.wanted.get(date).map(|date| date.range) else { return Vec::new() };
        let (from, to) =
            (wish.start().plus_minutes(-AROUND_MINUTES), wish.end().plus_minutes(AROUND_MINUTES));
        let reach = TimeRange::new(from, to).unwrap_or(wish);
        let near: Vec<RoomBusy<'_>> = self
            .rooms
            .iter()
            .map(|candidate| {
                let around = candidate.busy.overlapping(reach).iter().copied();
                let own = self.own_around(date, candidate.room.number, from, to);
                RoomBusy { room: candidate.room, busy: around.chain(own).collect() }
            })
            // A room that this date has already is nothing to offer.
            .filter(|candidate| candidate.room.number == room || !self.has(date, candidate.room.number))
            .collect();
        alternatives::alternatives(room, wish, &near, self.now)
    }

    /// The series' other dates in `room` around there: what is offered must not push them out.
    fn own_around(
        &self,
        date: usize,
        room: RoomNumber,
        from: Instant,
        to: Instant,
    ) -> impl Iterator<Item = TimeRange> + '_ {
        let dates = self.own.get(&room).map_or(&[][..], Vec::as_slice);
        let first = dates.partition_point(|(_, range)| range.start().plus_micros(self.longest) <= from);
        dates
            .iter()
            .skip(first)
            .take_while(move |(_, range)| range.start() < to)
            .filter(move |(other, _)| *other != date)
            .map(|(_, range)| *range)
    }

    fn has(&self, date: usize, room: RoomNumber) -> bool {
        self.wanted.get(date).is_some_and(|date| date.rooms.contains(&room))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::busy::Busy;
    use model::room::{RoomHealth, RoomRow};
    use proptest::prelude::*;

    fn room(number: i64) -> RoomRow {
        RoomRow {
            number: RoomNumber(number),
            name: format!("room {number}"),
            building: "본관".into(),
            floor: "3".into(),
            capacity: 6,
            features: vec![],
            health: RoomHealth::Live,
        }
    }

    fn minutes(from: i64, to: i64) -> TimeRange {
        TimeRange::new(Instant::from_secs(from * 60), Instant::from_secs(to * 60)).unwrap()
    }

    /// A date a day at 10:00 for an hour.
    fn daily(days: i64, rooms: &[i64]) -> Vec<Wanted> {
        (0..days)
            .map(|day| Wanted {
                range: minutes(day * 1_440 + 600, day * 1_440 + 660),
                rooms: rooms.iter().map(|room| RoomNumber(*room)).collect(),
            })
            .collect()
    }

    #[test]
    fn each_taken_date_is_named_with_what_would_fit() {
        let rows = [room(1), room(2)];
        let busy = [
            RoomBusy {
                room: &rows[0],
                busy: Busy::from_iter([minutes(1_440 + 630, 1_440 + 700), minutes(590, 600)]),
            },
            RoomBusy { room: &rows[1], busy: Busy::from_iter([minutes(600, 660)]) },
        ];
        let found = clashes(&daily(3, &[1]), &busy, Instant::from_secs(0));
        assert_eq!(found.len(), 1, "what touches does not clash");
        assert_eq!((found[0].date, found[0].room), (1, RoomNumber(1)));
        assert_eq!(found[0].with, Holder::Room(minutes(1_440 + 630, 1_440 + 700)));
        let offered: Vec<_> = found[0].alternatives.iter().map(|offer| (offer.room.0, offer.range)).collect();
        assert_eq!(offered, [(2, minutes(2_040, 2_100)), (1, minutes(2_010, 2_070))]);
    }

    #[test]
    fn each_room_of_a_meeting_in_several_clashes_by_itself() {
        let rows = [room(1), room(2), room(3)];
        let busy = [
            RoomBusy { room: &rows[0], busy: Busy::from_iter([minutes(600, 660)]) },
            RoomBusy { room: &rows[1], busy: Busy::from_iter([minutes(600, 610), minutes(2_040, 2_050)]) },
            RoomBusy { room: &rows[2], busy: Busy::default() },
        ];
        let found = clashes(&daily(2, &[2, 1]), &busy, Instant::from_secs(0));
        let pairs: Vec<_> = found.iter().map(|clash| (clash.date, clash.room.0)).collect();
        assert_eq!(pairs, [(0, 1), (0, 2), (1, 2)]);
        let first_offer = &found[0].alternatives[0];
        assert_eq!(first_offer.room, RoomNumber(3), "its other room is nothing to offer");
    }

    #[test]
    fn dates_of_one_series_may_be_in_each_others_way() {
        let rows = [room(1)];
        let busy = [RoomBusy { room: &rows[0], busy: Busy::default() }];
        let mut dates = daily(2, &[1]);
        dates.push(Wanted { range: minutes(630, 690), rooms: vec![RoomNumber(1)] });
        let found = clashes(&dates, &busy, Instant::from_secs(0));
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].date, found[0].with), (2, Holder::Own(0)));
        let offered: Vec<_> = found[0].alternatives.iter().map(|offer| offer.range).collect();
        assert_eq!(offered, [minutes(660, 720)], "free of the series' other dates, too");
    }

    #[test]
    fn rooms_are_ranked_by_the_dates_they_cannot_take() {
        let rows = [room(1), room(2), room(3)];
        let busy = [
            RoomBusy { room: &rows[0], busy: Busy::from_iter([minutes(600, 660), minutes(2_040, 2_050)]) },
            RoomBusy {
                room: &rows[1],
                busy: Busy::from_iter([minutes(2_040, 2_050), minutes(2_045, 2_055)]),
            },
            RoomBusy { room: &rows[2], busy: Busy::from_iter([minutes(0, 600)]) },
        ];
        let dates: Vec<_> = daily(2, &[]).iter().map(|date| date.range).collect();
        let ranked: Vec<_> =
            rooms_for_all(&dates, &busy).iter().map(|(room, taken)| (room.0, *taken)).collect();
        assert_eq!(ranked, [(3, 0), (2, 1), (1, 2)]);
    }

    #[test]
    fn work_grows_with_the_dates_and_the_bookings_not_with_their_product() {
        // 20,000 dates under one booking that covers them all, and 20,000 short ones inside it: 4 * 10^8 pairs.
        let rows = [room(1)];
        let mut held: Vec<_> = (0..20_000).map(|day| minutes(day * 1_440, day * 1_440 + 1)).collect();
        held.push(minutes(0, 20_000 * 1_440));
        let busy = [RoomBusy { room: &rows[0], busy: held.into_iter().collect() }];
        assert_eq!(busy[0].busy.stretches(), [minutes(0, 20_000 * 1_440)]);
        let dates: Vec<_> = daily(20_000, &[]).iter().map(|date| date.range).collect();
        assert_eq!(rooms_for_all(&dates, &busy), [(RoomNumber(1), 20_000)]);
    }

    proptest! {
        #[test]
        fn the_walk_finds_what_trying_every_pair_finds(
            held in prop::collection::vec((0i64..300, 1i64..60), 0..20),
            dates in prop::collection::vec((0i64..300, 1i64..60), 0..20),
        ) {
            let rows = [room(1)];
            let held: Vec<_> = held.iter().map(|(start, length)| minutes(*start, start + length)).collect();
            let busy = [RoomBusy { room: &rows[0], busy: held.iter().copied().collect() }];
            let dates: Vec<_> = dates
                .iter()
                .map(|(start, length)| Wanted { range: minutes(*start, start + length), rooms: vec![RoomNumber(1)] })
                .collect();
            let found = clashes(&dates, &busy, Instant::from_secs(0));
            for (position, date) in dates.iter().enumerate() {
                let taken = held.iter().any(|held| held.overlaps(date.range));
                let with = found.iter().find(|clash| clash.date == position).map(|clash| clash.with);
                prop_assert_eq!(taken, matches!(with, Some(Holder::Room(_))));
                // Of two dates that overlap, the later one is told at least.
                for (earlier, other) in dates.iter().enumerate().filter(|(earlier, _)| *earlier != position) {
                    if other.range.overlaps(date.range) {
                        let told = |date| found.iter().any(|clash: &Clash| clash.date == date);
                        prop_assert!(told(position) || told(earlier));
                    }
                }
                if let Some(Holder::Own(other)) = with {
                    prop_assert!(other != position && dates[other].range.overlaps(date.range));
                }
            }
        }

        #[test]
        fn what_is_offered_is_free(
            held in prop::collection::vec((0i64..300, 1i64..60, 0usize..3), 0..30),
            start in 60i64..200,
            length in 15i64..60,
        ) {
            let rows = [room(1), room(2), room(3)];
            let busy: Vec<_> = rows.iter().enumerate().map(|(index, row)| RoomBusy {
                room: row,
                busy: held.iter().filter(|(_, _, room)| *room == index).map(|(s, l, _)| minutes(*s, s + l)).collect(),
            }).collect();
            let dates = [Wanted { range: minutes(start, start + length), rooms: vec![RoomNumber(1)] }];
            for clash in clashes(&dates, &busy, Instant::from_secs(0)) {
                for offer in &clash.alternatives {
                    let side = busy.iter().find(|side| side.room.number == offer.room).unwrap();
                    prop_assert!(side.busy.is_free(offer.range));
                }
            }
        }
    }
}
