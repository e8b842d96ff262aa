//! A plan is held against the rooms before it is made.

use std::collections::BTreeSet;

use model::room::{RoomHealth, RoomRow};
use model::{RoomNumber, TimeRange};

use super::super::{Change, Plan, Scope};
use super::given::{PLAIN, change, later};
use crate::acceptance::{Answer, Reason, SeriesRule};
use crate::busy::RoomBusy;
use crate::clash::Holder;

fn row(number: i64, name: &str) -> RoomRow {
    RoomRow {
        number: RoomNumber(number),
        name: name.into(),
        building: "본관".into(),
        floor: "3".into(),
        capacity: 6,
        features: vec![],
        health: RoomHealth::Live,
    }
}

/// The plan is asked before it is made: the meeting moves to two rooms, one of which is taken on 1 June.
#[test]
fn a_plan_tells_where_it_clashes_and_what_the_room_would_answer() {
    let rows = [row(1, "halla"), row(2, "jiri"), row(3, "seorak")];
    let number_of = |name: &str| rows.iter().find(|row| row.name == name).map(|row| row.number);
    let hour = |text: &str| {
        let start = PLAIN.slot(text).at().unwrap();
        TimeRange::new(start, start.plus_minutes(60)).unwrap()
    };
    let busy = |held: &[Vec<TimeRange>; 3]| -> Vec<RoomBusy<'_>> {
        rows.iter()
            .zip(held)
            .map(|(room, held)| RoomBusy { room, busy: held.iter().copied().collect() })
            .collect()
    };
    let two =
        change(Change { rooms: Some(BTreeSet::from(["halla".into(), "jiri".into()])), ..Change::default() });
    let plan = PLAIN.plan(Scope::Following, "2026-05-25T10:00", &two).unwrap();
    // Halla is this series' own, and is held by nobody else; Jiri is taken in the past, too, which is nobody's business.
    let rooms = busy(&[vec![], vec![hour("2026-05-04T10:00"), hour("2026-06-01T10:30")], vec![]]);
    let clashes = plan.clashes(&rooms, number_of, PLAIN.now());
    assert_eq!(clashes.len(), 1);
    assert_eq!(plan.dates[clashes[0].date].slot, PLAIN.slot("2026-06-01T10:00"));
    assert_eq!((clashes[0].room, clashes[0].with), (RoomNumber(2), Holder::Room(hour("2026-06-01T10:30"))));
    assert_eq!(
        clashes[0].alternatives[0].room,
        RoomNumber(3),
        "the other room of the meeting is nothing to offer"
    );
    let answer = |plan: &Plan, room, rule| plan.answer(RoomNumber(room), &clashes, rule, number_of);
    assert_eq!(answer(&plan, 1, SeriesRule::HALF_AND_EIGHT), Answer::Accepts);
    assert_eq!(answer(&plan, 2, SeriesRule::HALF_AND_EIGHT), Answer::AcceptsExcept(vec![4]));
    let strict = SeriesRule { free_share: (1, 2), most_taken: 0 };
    let taken = Answer::Declines(vec![Reason::TooManyTaken { taken: 1, most: 0 }]);
    assert_eq!(answer(&plan, 2, strict), taken);
}

/// One date is moved onto another of the same series.
#[test]
fn a_date_moved_onto_another_one_of_its_series_clashes_with_it() {
    let rows = [row(1, "halla")];
    let number_of = |name: &str| rows.iter().find(|row| row.name == name).map(|row| row.number);
    let plan = PLAIN.plan(Scope::This, "2026-05-25T10:00", &later(7 * 1_440 + 30)).unwrap();
    let rooms = [RoomBusy { room: &rows[0], busy: std::iter::empty().collect() }];
    let clashes = plan.clashes(&rooms, number_of, PLAIN.now());
    assert_eq!(clashes.len(), 1);
    let slot_of = |date: usize| plan.dates[date].slot;
    assert_eq!(slot_of(clashes[0].date), PLAIN.slot("2026-05-25T10:00"));
    let Holder::Own(other) = clashes[0].with else { panic!("{:?}", clashes[0].with) };
    assert_eq!(slot_of(other), PLAIN.slot("2026-06-01T10:00"));
}
