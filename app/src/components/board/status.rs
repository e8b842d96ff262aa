//! What a board says of one room at one moment. Pure: the same on the server and in the browser.

use model::order::ordered;
use model::{Block, BookingState, Instant, TimeRange, ZoneDay};

/// A room whose next booking is this near is "starts soon".
pub const SOON_MINUTES: i64 = 10;
/// How far the small bar looks ahead.
pub const AHEAD_MINUTES: i64 = 120;

/// The one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Face {
    Free,
    Soon,
    Busy,
}

impl Face {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Soon => "soon",
            Self::Busy => "busy",
        }
    }
}

/// A busy stretch of the time ahead, in thousandths of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub from: i64,
    pub length: i64,
    pub range: TimeRange,
}

/// Everything a row shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomStatus {
    pub face: Face,
    /// Until when the word holds; the start, for `Soon`. `None`: through the end of the day.
    pub until: Option<Instant>,
    /// The booking that has the room now.
    pub now: Option<Block>,
    /// The next booking of the day after that.
    pub next: Option<Block>,
    pub ahead: Vec<Stretch>,
}

/// Whether a block takes the room as far as people at the door are concerned: also while two outside events conflict.
fn takes_room(block: &Block) -> bool {
    matches!(block.state, BookingState::Pending | BookingState::Confirmed | BookingState::Conflicted)
}

/// The status of one room at `now`, from its blocks of `day`.
pub fn status(blocks: &[Block], day: &ZoneDay, now: Instant) -> RoomStatus {
    let taken = blocks.iter().filter(|block| takes_room(block) && block.range.end() > now);
    let taken: Vec<&Block> = ordered(taken, |block| (block.range.start(), block.key));
    let current = taken.iter().copied().find(|block| block.range.contains(now));
    let next = taken.iter().copied().find(|block| block.range.start() > now);
    let (face, until) = match (current, next) {
        (Some(current), _) => (Face::Busy, Some(free_from(&taken, current.range.end()))),
        (None, Some(next)) if next.range.start() <= now.plus_minutes(SOON_MINUTES) => {
            (Face::Soon, Some(next.range.start()))
        }
        (None, next) => (Face::Free, next.map(|next| next.range.start())),
    };
    RoomStatus {
        face,
        until: until.filter(|until| *until < day.range.end()),
        now: current.cloned(),
        next: next.cloned(),
        ahead: ahead(&taken, now),
    }
}

/// The end of the unbroken run of bookings that holds the room at `end`.
fn free_from(taken: &[&Block], end: Instant) -> Instant {
    taken.iter().fold(
        end,
        |end, block| {
            if block.range.start() <= end { end.max(block.range.end()) } else { end }
        },
    )
}

fn ahead(taken: &[&Block], now: Instant) -> Vec<Stretch> {
    let Some(window) = TimeRange::new(now, now.plus_minutes(AHEAD_MINUTES)) else { return vec![] };
    let mut stretches: Vec<TimeRange> = vec![];
    for range in taken.iter().filter_map(|block| block.range.intersection(window)) {
        match stretches.last().copied() {
            Some(last) if range.start() <= last.end() => {
                let joined = TimeRange::new(last.start(), last.end().max(range.end()));
                if let (Some(slot), Some(joined)) = (stretches.last_mut(), joined) {
                    *slot = joined;
                }
            }
            _ => stretches.push(range),
        }
    }
    let part = |micros: i64| micros.saturating_mul(1_000) / window.length_micros();
    stretches
        .into_iter()
        .map(|range| Stretch {
            from: part(range.start().since(now)),
            length: part(range.length_micros()),
            range,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use model::{BlockKey, BookingNumber, Origin, RoomNumber};

    use super::*;

    fn day() -> ZoneDay {
        let start = Instant::parse_rfc3339("2026-11-23T00:00:00+09:00").unwrap();
        ZoneDay {
            date: "2026-11-23".parse().unwrap(),
            zone: "Asia/Seoul".into(),
            range: TimeRange::new(start, start.plus_minutes(1_440)).unwrap(),
            offset: 9 * 3_600,
            transitions: vec![],
        }
    }

    fn at(hour: i64, minute: i64) -> Instant {
        day().range.start().plus_minutes(hour * 60 + minute)
    }

    fn block(number: i64, from: Instant, to: Instant, state: BookingState) -> Block {
        Block {
            key: BlockKey { booking: BookingNumber(number), room: RoomNumber(1), slot: None },
            state,
            range: TimeRange::new(from, to).unwrap(),
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

    fn says(blocks: &[Block], now: Instant) -> (Face, Option<Instant>, Option<i64>, Option<i64>) {
        let status = status(blocks, &day(), now);
        let number = |block: Option<Block>| block.map(|block| block.key.booking.0);
        (status.face, status.until, number(status.now), number(status.next))
    }

    #[test]
    fn an_empty_day_is_free_all_day() {
        assert_eq!(says(&[], at(9, 0)), (Face::Free, None, None, None));
    }

    #[test]
    fn each_state_that_takes_the_room_is_busy() {
        for state in BookingState::ALL {
            let busy = says(&[block(1, at(9, 0), at(10, 0), state)], at(9, 30)).0 == Face::Busy;
            let expected =
                matches!(state, BookingState::Pending | BookingState::Confirmed | BookingState::Conflicted);
            assert_eq!(busy, expected, "{state}");
        }
    }

    #[test]
    fn a_meeting_ends_at_its_end() {
        let blocks = [block(1, at(9, 0), at(10, 0), BookingState::Confirmed)];
        assert_eq!(says(&blocks, at(9, 59)), (Face::Busy, Some(at(10, 0)), Some(1), None));
        assert_eq!(says(&blocks, at(10, 0)), (Face::Free, None, None, None));
    }

    #[test]
    fn ten_minutes_before_it_starts_soon() {
        let blocks = [block(1, at(14, 30), at(15, 0), BookingState::Confirmed)];
        assert_eq!(says(&blocks, at(14, 19)), (Face::Free, Some(at(14, 30)), None, Some(1)));
        assert_eq!(says(&blocks, at(14, 20)), (Face::Soon, Some(at(14, 30)), None, Some(1)));
        assert_eq!(says(&blocks, at(14, 30)), (Face::Busy, Some(at(15, 0)), Some(1), None));
    }

    #[test]
    fn meetings_that_touch_are_one_busy_time() {
        let blocks = [
            block(2, at(10, 0), at(11, 0), BookingState::Pending),
            block(1, at(9, 0), at(10, 0), BookingState::Confirmed),
            block(3, at(10, 30), at(11, 30), BookingState::Conflicted),
            block(4, at(12, 0), at(13, 0), BookingState::Confirmed),
        ];
        assert_eq!(says(&blocks, at(9, 30)), (Face::Busy, Some(at(11, 30)), Some(1), Some(2)));
        let ahead = status(&blocks, &day(), at(9, 30)).ahead;
        assert_eq!(
            ahead,
            [Stretch { from: 0, length: 1_000, range: TimeRange::new(at(9, 30), at(11, 30)).unwrap() }]
        );
    }

    #[test]
    fn what_reaches_past_midnight_holds_through_the_day() {
        let blocks = [block(1, at(20, 0), at(26, 0), BookingState::Confirmed)];
        assert_eq!(says(&blocks, at(21, 0)), (Face::Busy, None, Some(1), None));
    }

    #[test]
    fn the_bar_shows_parts_of_two_hours() {
        let blocks = [
            block(1, at(8, 0), at(9, 30), BookingState::Confirmed),
            block(2, at(10, 30), at(12, 0), BookingState::Confirmed),
        ];
        let ahead = status(&blocks, &day(), at(9, 0)).ahead;
        let parts: Vec<_> = ahead.iter().map(|stretch| (stretch.from, stretch.length)).collect();
        assert_eq!(parts, [(0, 250), (750, 250)]);
    }
}
