//! When a room or a person is busy, kept so that questions about a wish are answered by searching, not by walking.

use model::{Instant, RoomNumber, TimeRange, room::RoomRow};

/// Times that are taken: sorted and disjoint (two that touch stay two), so that each question costs a binary search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Busy(Vec<TimeRange>);

impl Busy {
    /// By start, disjoint.
    pub fn stretches(&self) -> &[TimeRange] {
        &self.0
    }

    /// Those that overlap `range`.
    pub fn overlapping(&self, range: TimeRange) -> &[TimeRange] {
        let rest = &self.0[self.ended_before(range.start())..];
        &rest[..rest.partition_point(|held| held.start() < range.end())]
    }

    pub fn is_free(&self, wish: TimeRange) -> bool {
        self.first_in(wish).is_none()
    }

    /// The first taken time that overlaps `wish`.
    pub fn first_in(&self, wish: TimeRange) -> Option<TimeRange> {
        self.overlapping(wish).first().copied()
    }

    /// The first instant from `at` on that is not taken; taken times that touch are walked through.
    pub fn free_from(&self, at: Instant) -> Instant {
        let mut free = at;
        for held in &self.0[self.ended_before(at)..] {
            if held.start() > free {
                break;
            }
            free = held.end();
        }
        free
    }

    /// Where the next taken time begins, at `at` or later; `None` if nothing more is known.
    pub fn next_from(&self, at: Instant) -> Option<Instant> {
        let next = self.0.partition_point(|held| held.start() < at);
        self.0.get(next).map(|held| held.start())
    }

    /// The longest stretch of `wish` that nothing takes, the first of equals.
    pub fn longest_gap(&self, wish: TimeRange) -> Option<TimeRange> {
        let mut longest: Option<TimeRange> = None;
        let mut from = wish.start();
        let inside = self.overlapping(wish).iter();
        let edges = inside.map(|held| (held.start(), held.end())).chain([(wish.end(), wish.end())]);
        for (start, end) in edges {
            let gap = TimeRange::new(from, start);
            if gap.map(TimeRange::length_micros) > longest.map(TimeRange::length_micros) {
                longest = gap;
            }
            from = from.max(end);
        }
        longest
    }

    /// How many taken times are over at `at`.
    fn ended_before(&self, at: Instant) -> usize {
        self.0.partition_point(|held| held.end() <= at)
    }
}

/// In any order; what overlaps becomes one.
impl FromIterator<TimeRange> for Busy {
    fn from_iter<I: IntoIterator<Item = TimeRange>>(ranges: I) -> Self {
        let mut ranges: Vec<TimeRange> = ranges.into_iter().collect();
        ranges.sort_unstable();
        let mut busy: Vec<TimeRange> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match busy.last_mut() {
                Some(last) if last.overlaps(range) => {
                    *last = TimeRange::new(last.start(), last.end().max(range.end())).unwrap_or(*last);
                }
                _ => busy.push(range),
            }
        }
        Self(busy)
    }
}

/// A room and what keeps it busy, as far around the wish as the caller looked.
#[derive(Clone, Debug)]
pub struct RoomBusy<'a> {
    pub room: &'a RoomRow,
    pub busy: Busy,
}

impl RoomBusy<'_> {
    pub fn number(&self) -> RoomNumber {
        self.room.number
    }
}

/// How far one room is from another place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nearness {
    SameFloor,
    SameBuilding,
    OtherBuilding,
}

impl Nearness {
    pub fn between(from: &RoomRow, to: &RoomRow) -> Self {
        match (from.building == to.building, from.floor == to.floor) {
            (true, true) => Self::SameFloor,
            (true, false) => Self::SameBuilding,
            _ => Self::OtherBuilding,
        }
    }
}

/// Whether `range` is still the meeting that was wished for: at least three quarters as long.
pub fn keeps_enough(range: TimeRange, wish: TimeRange) -> bool {
    range.length_micros().saturating_mul(4) >= wish.length_micros().saturating_mul(3)
}

/// By how many minutes a meeting may be shifted (earlier where negative): the nearest first, of equals the later, up to
/// `reach` in steps of `step`.
pub fn shift_minutes(step: i64, reach: i64) -> impl Iterator<Item = i64> {
    let steps = if step > 0 { reach / step } else { 0 };
    (1..=steps).flat_map(move |count| [count * step, -count * step])
}

/// `range` begun so many minutes later, as long as before.
pub fn shifted(range: TimeRange, minutes: i64) -> TimeRange {
    range.moved_to(range.start().plus_minutes(minutes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn minutes(from: i64, to: i64) -> TimeRange {
        TimeRange::new(Instant::from_secs(from * 60), Instant::from_secs(to * 60)).unwrap()
    }

    fn at(minute: i64) -> Instant {
        Instant::from_secs(minute * 60)
    }

    #[test]
    fn questions_about_a_busy_room() {
        let busy: Busy =
            [minutes(120, 180), minutes(60, 90), minutes(80, 100), minutes(100, 110)].into_iter().collect();
        assert_eq!(busy.first_in(minutes(0, 70)), Some(minutes(60, 100)), "what overlaps is one");
        assert_eq!(busy.first_in(minutes(110, 120)), None, "what touches does not overlap");
        assert_eq!(busy.free_from(at(65)), at(110), "through what touches");
        assert_eq!(busy.free_from(at(115)), at(115));
        assert_eq!(busy.next_from(at(61)), Some(at(100)));
        assert_eq!(busy.next_from(at(121)), None);
        assert_eq!(busy.longest_gap(minutes(50, 130)), Some(minutes(50, 60)), "the first of equals");
        assert_eq!(busy.longest_gap(minutes(70, 80)), None);
        assert_eq!(busy.longest_gap(minutes(200, 260)), Some(minutes(200, 260)));
    }

    #[test]
    fn shifts_go_outwards() {
        assert_eq!(shift_minutes(5, 12).collect::<Vec<_>>(), [5, -5, 10, -10]);
        assert_eq!(shift_minutes(0, 12).count(), 0);
        assert_eq!(shifted(minutes(60, 90), -15), minutes(45, 75));
    }

    proptest! {
        #[test]
        fn searching_answers_as_looking_at_every_minute(
            held in prop::collection::vec((0i64..200, 1i64..40), 0..12),
            start in 0i64..220,
            length in 1i64..80,
        ) {
            let ranges: Vec<TimeRange> = held.iter().map(|(start, length)| minutes(*start, start + length)).collect();
            let busy: Busy = ranges.iter().copied().collect();
            let taken = |minute: i64| ranges.iter().any(|range| range.contains(at(minute)));
            let wish = minutes(start, start + length);
            prop_assert_eq!(busy.is_free(wish), !(start..start + length).any(taken));
            let free = (start..).find(|minute| !taken(*minute)).unwrap();
            prop_assert_eq!(busy.free_from(at(start)), at(free));
            let mut longest = 0;
            let mut run = 0;
            for minute in start..start + length {
                run = if taken(minute) { 0 } else { run + 1 };
                longest = longest.max(run);
            }
            let gap = busy.longest_gap(wish);
            prop_assert_eq!(gap.map_or(0, TimeRange::length_minutes), longest);
            if let Some(gap) = gap {
                prop_assert!(busy.is_free(gap) && wish.start() <= gap.start() && gap.end() <= wish.end());
            }
        }
    }
}
