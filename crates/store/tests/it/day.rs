//! What a day shows: everything that reaches into it, however long it is.

use model::{Instant, TimeRange};

use crate::support::{Fixture, hour, on_every_engine};

const DAY: i64 = 86_400_000_000;

on_every_engine!(a_day_shows_what_reaches_into_it_however_long_ago_it_began);

async fn a_day_shows_what_reaches_into_it_however_long_ago_it_began(fixture: Fixture) {
    let from = hour(24 * 10).start().as_micros();
    let range =
        |from: i64, to: i64| TimeRange::new(Instant::from_micros(from), Instant::from_micros(to)).unwrap();
    let day = range(from, from + DAY);
    let in_it = [
        // A week, a day to the microsecond, and a day and a microsecond that end just inside.
        (0, range(from - 7 * DAY, from + 1)),
        (1, range(from - DAY + 1, from + 1)),
        (0, range(from + 1, from + DAY + 2)),
        (1, range(from + 1, from + DAY + 1)),
    ];
    let out_of_it = [
        (1, range(from - 3 * DAY, from - 2 * DAY + 1)),
        (1, range(from - 2 * DAY + 1, from - DAY + 1)),
        (0, range(from + 3 * DAY, from + 9 * DAY)),
        (1, range(from + DAY + 1, from + DAY + 2)),
    ];
    for (room, range) in in_it.into_iter().chain(out_of_it) {
        fixture.book(fixture.rooms[room], range).await.unwrap();
    }
    let mut shown: Vec<_> =
        fixture.company.blocks_in(day).await.unwrap().into_iter().map(|block| block.range).collect();
    let mut expected: Vec<_> = in_it.into_iter().map(|(_, range)| range).collect();
    shown.sort_by_key(|range| (range.start(), range.end()));
    expected.sort_by_key(|range| (range.start(), range.end()));
    assert_eq!(shown, expected);
    // What only touches the day is not in it.
    let touching = range(from - 2 * DAY, from - DAY + 1);
    assert_eq!(fixture.company.blocks_in(range(from - DAY + 1, from - DAY + 2)).await.unwrap().len(), 2);
    assert_eq!(fixture.company.blocks_in(touching).await.unwrap().len(), 3);
}
