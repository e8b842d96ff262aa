use model::room::{RoomHealth, RoomRow};
use model::{RoomNumber, TimeRange, limits};
use proptest::prelude::*;

use super::series::{Plan, rooms as series_rooms};
use super::*;
use crate::busy::keeps_enough;

/// 10:00 of a day whose `now` is midnight, in minutes.
const TEN: i64 = 600;

fn at(minute: i64) -> Instant {
    Instant::from_secs(minute * 60)
}

fn minutes(from: i64, to: i64) -> TimeRange {
    TimeRange::new(at(from), at(to)).unwrap()
}

fn house() -> Vec<RoomRow> {
    let room = |number, building: &str, floor: &str, capacity, features: &[&str]| RoomRow {
        number: RoomNumber(number),
        name: format!("room {number}"),
        building: building.into(),
        floor: floor.into(),
        capacity,
        features: features.iter().map(|name| (*name).into()).collect(),
        health: RoomHealth::Live,
    };
    vec![
        room(1, "본관", "3", 4, &["TV"]),
        room(2, "본관", "3", 6, &["TV", "화이트보드"]),
        room(3, "본관", "4", 6, &["TV"]),
        room(4, "별관", "3", 6, &["TV"]),
        room(5, "본관", "3", 12, &["TV", "화상회의"]),
        room(6, "본관", "3", 0, &["TV"]),
    ]
}

/// The rooms of `house` with what keeps each busy, by number.
fn sides<'a>(house: &'a [RoomRow], busy: &[(i64, TimeRange)]) -> Vec<RoomBusy<'a>> {
    let of = |number| busy.iter().filter(move |(room, _)| *room == number).map(|(_, range)| *range);
    house.iter().map(|room| RoomBusy { room, busy: of(room.number.0).collect() }).collect()
}

fn people(people: i32) -> Needs {
    Needs { people, ..Needs::default() }
}

fn numbers(found: &Found) -> Vec<i64> {
    found.rooms.iter().map(|suggestion| suggestion.room.0).collect()
}

fn ways(found: &Found) -> Vec<(i64, Change)> {
    found.offers.iter().map(|offer| (offer.room.0, offer.change)).collect()
}

#[test]
fn the_smallest_that_fits_comes_first_and_says_why() {
    let house = house();
    let needs = Needs { near: Some(RoomNumber(1)), equipment: vec!["tv ".into()], ..people(5) };
    let found = room(minutes(TEN, 660), &needs, &sides(&house, &[(2, minutes(960, 1_020))]), at(0)).unwrap();
    assert_eq!(
        numbers(&found),
        [2, 3, 4, 5, 6],
        "six seats on the floor, in the building, elsewhere; twelve; unknown"
    );
    assert_eq!(
        found.rooms[0].reasons,
        [
            Reason::Fits { seats: 6 },
            Reason::Near(Nearness::SameFloor),
            Reason::Has { equipment: vec!["tv ".into()] },
            Reason::FreeUntil { next: Some(at(960)) }
        ]
    );
    assert_eq!(found.rooms[4].reasons[0], Reason::SeatsUnknown);
    assert_eq!(found.rooms[4].reasons.last(), Some(&Reason::FreeUntil { next: None }));
    assert_eq!(
        found.others,
        [Rejected { room: RoomNumber(1), obstacles: vec![Obstacle::TooSmall { seats: 4 }] }]
    );
    assert_eq!(found.offers, []);
}

#[test]
fn of_equal_rooms_the_one_that_stays_free_longer_comes_first() {
    let mut house = house();
    house[2].floor = "3".into();
    house[1].features.pop();
    let busy = [(2, minutes(700, 760)), (3, minutes(900, 960))];
    let found = room(minutes(TEN, 660), &people(5), &sides(&house, &busy), at(0)).unwrap();
    assert_eq!(numbers(&found)[..3], [4, 3, 2]);
}

#[test]
fn a_room_that_does_not_do_is_shown_with_what_speaks_against_it() {
    let mut house = house();
    house[4].health = RoomHealth::Quarantined;
    let needs = Needs {
        equipment: vec!["화이트보드".into()],
        place: Place { building: Some("본관".into()), floor: Some("3".into()) },
        ..people(5)
    };
    let busy = [(2, minutes(570, 630)), (2, minutes(630, 700))];
    let found = room(minutes(TEN, 660), &needs, &sides(&house, &busy), at(0)).unwrap();
    assert_eq!(numbers(&found), Vec::<i64>::new());
    let of = |number| {
        found.others.iter().find(|other| other.room == RoomNumber(number)).unwrap().obstacles.clone()
    };
    let lacks = || Obstacle::Lacks { equipment: vec!["화이트보드".into()] };
    assert_eq!(of(1), [Obstacle::TooSmall { seats: 4 }, lacks()]);
    assert_eq!(of(2), [Obstacle::Taken { held: minutes(570, 630), free_from: at(700) }]);
    assert_eq!(of(4), [lacks(), Obstacle::Elsewhere]);
    assert_eq!(of(5), [lacks(), Obstacle::NotFollowed]);
}

#[test]
fn without_a_room_the_meeting_gives_way() {
    let house = house();
    let needs =
        Needs { place: Place { building: Some("본관".into()), floor: Some("3".into()) }, ..people(6) };
    // Room 2 is free 15 minutes later; the large one has 45 of 60 minutes; on the fourth floor everything is free.
    let busy =
        [(2, minutes(540, 615)), (5, minutes(645, 700)), (5, minutes(500, 590)), (6, minutes(500, 800))];
    let found = room(minutes(TEN, 660), &needs, &sides(&house, &busy), at(0)).unwrap();
    assert_eq!(numbers(&found), Vec::<i64>::new());
    assert_eq!(
        ways(&found),
        [
            (2, Change::Shifted { minutes: 15 }),
            (2, Change::Shortened { minutes: 15 }),
            (5, Change::Shortened { minutes: 15 }),
            (3, Change::OtherPlace),
            (4, Change::OtherPlace),
        ]
    );
    assert_eq!(found.offers[0].range, minutes(615, 675));
    assert_eq!(found.offers[1].range, minutes(615, 660), "begun later");
    assert_eq!(found.offers[2].range, minutes(600, 645), "ended earlier");
}

#[test]
fn twenty_minutes_and_a_quarter_are_the_limits() {
    let only = vec![house().remove(1)];
    let ways_of = |held: TimeRange| {
        let busy = [(2, held), (2, minutes(0, 590)), (2, minutes(680, 900))];
        ways(&room(minutes(TEN, 660), &people(5), &sides(&only, &busy), at(0)).unwrap())
    };
    assert_eq!(
        ways_of(minutes(600, 615)),
        [(2, Change::Shifted { minutes: 15 }), (2, Change::Shortened { minutes: 15 })]
    );
    assert_eq!(
        ways_of(minutes(600, 620)),
        [(2, Change::Shifted { minutes: 20 })],
        "a third less is too little"
    );
    assert_eq!(ways_of(minutes(600, 621)), []);
}

#[test]
fn nothing_past_is_offered_and_nothing_that_policy_refuses() {
    let only = vec![house().remove(1)];
    let busy = sides(&only, &[(2, minutes(615, 900))]);
    let ways_at = |now| ways(&room(minutes(605, 635), &people(5), &busy, at(now)).unwrap());
    assert_eq!(ways_at(600), [(2, Change::Shifted { minutes: -20 })], "the running slot may still be taken");
    assert_eq!(ways_at(601), []);
    assert!(matches!(room(minutes(500, 530), &people(5), &busy, at(600)), Err(Refusal::InvalidTime { .. })));
}

#[test]
fn busy_people_are_named_and_a_time_for_all_is_offered() {
    let house = house();
    let guest = |person, from, to| GuestBusy {
        person: PersonNumber(person),
        busy: [minutes(from, to)].into_iter().collect(),
    };
    let needs = Needs { guests: vec![guest(9, 540, 610), guest(8, 570, 605)], ..people(6) };
    let found = room(minutes(TEN, 660), &needs, &sides(&house, &[]), at(0)).unwrap();
    assert_eq!(numbers(&found), [3, 4, 2, 5, 6]);
    assert_eq!(found.busy_people, [PersonNumber(8), PersonNumber(9)]);
    let offers: Vec<_> = found.offers.iter().map(|offer| (offer.change, offer.busy_people.len())).collect();
    assert_eq!(offers, [(Change::Shifted { minutes: 10 }, 0), (Change::Shifted { minutes: 10 }, 0)]);
}

#[test]
fn on_a_holiday_no_room_is_offered() {
    let house = house();
    let closed = Closed { range: minutes(0, 1_440), name: "설날".into() };
    let needs = Needs { closed: vec![closed], ..people(5) };
    let found = room(minutes(TEN, 660), &needs, &sides(&house, &[]), at(0)).unwrap();
    assert_eq!((found.rooms.len(), found.others.len(), found.offers.len()), (0, 6, 0));
    assert!(found.others[0].obstacles.contains(&Obstacle::Closed { name: "설날".into() }));
}

fn weeks(count: i64) -> Vec<TimeRange> {
    (0..count).map(|week| minutes(week * 10_080 + TEN, week * 10_080 + 660)).collect()
}

#[test]
fn eight_of_ten_dates_and_two_in_another_room() {
    let house = vec![house()[1].clone(), house()[4].clone()];
    let dates = weeks(10);
    let busy = [(2, dates[3]), (2, dates[7]), (5, dates[0]), (5, dates[1]), (5, dates[2])];
    let answer = series_rooms(&dates, &people(5), 0, &sides(&house, &busy), at(0));
    assert_eq!(answer.plans.len(), 2);
    assert_eq!(
        answer.plans[0],
        Plan {
            room: RoomNumber(2),
            reasons: vec![Reason::Fits { seats: 6 }],
            dates: vec![0, 1, 2, 4, 5, 6, 8, 9],
            elsewhere: vec![(RoomNumber(5), vec![3, 7])],
            skipped: vec![],
        }
    );
    assert_eq!(answer.too_busy, []);
}

#[test]
fn dates_are_skipped_only_as_often_as_allowed() {
    let house = vec![house()[1].clone()];
    let dates = weeks(10);
    let sides = sides(&house, &[(2, dates[3]), (2, dates[7])]);
    let answer = series_rooms(&dates, &people(5), 2, &sides, at(0));
    assert_eq!(answer.plans[0].skipped, [3, 7]);
    let answer = series_rooms(&dates, &people(5), 1, &sides, at(0));
    assert_eq!(answer.plans, []);
    assert_eq!((answer.too_busy[0].free, answer.too_busy[0].held), (8, dates[3]));
}

#[test]
fn a_series_gives_way_as_a_whole() {
    let house = house();
    let dates = weeks(4);
    let needs =
        Needs { place: Place { building: Some("본관".into()), floor: Some("3".into()) }, ..people(6) };
    let early =
        TimeRange::new(dates[2].start().plus_minutes(-30), dates[2].start().plus_minutes(10)).unwrap();
    let late = TimeRange::new(dates[1].end().plus_minutes(-10), dates[1].end()).unwrap();
    let busy = [(2, early), (5, late), (6, dates[0]), (6, dates[1])];
    let answer = series_rooms(&dates, &needs, 0, &sides(&house, &busy), at(0));
    let offers: Vec<_> = answer.offers.iter().map(|offer| (offer.room.0, offer.change)).collect();
    assert_eq!(
        offers,
        [
            (2, Change::Shifted { minutes: 10 }),
            (5, Change::Shifted { minutes: -10 }),
            (5, Change::Shortened { minutes: 10 }),
            (3, Change::OtherPlace),
            (4, Change::OtherPlace),
        ]
    );
}

#[test]
fn past_and_closed_dates_of_a_series_are_told_apart() {
    let house = house();
    let dates = weeks(5);
    let closed = Closed { range: dates[3], name: "개천절".into() };
    let needs = Needs {
        guests: vec![GuestBusy { person: PersonNumber(7), busy: [dates[4]].into_iter().collect() }],
        closed: vec![closed],
        ..people(5)
    };
    let answer = series_rooms(&dates, &needs, 0, &sides(&house, &[]), dates[0].end());
    assert_eq!(answer.past, [0]);
    assert_eq!(answer.closed, [(3, "개천절".to_owned())]);
    assert_eq!(answer.busy_people, [(4, vec![PersonNumber(7)])]);
    assert_eq!(answer.plans[0].dates, [1, 2, 4]);
    let long = series_rooms(&vec![dates[4]; series::DATES + 3], &needs, 0, &sides(&house, &[]), at(0));
    assert_eq!((long.unjudged, long.plans[0].dates.len()), (3, series::DATES));
}

prop_compose! {
    fn world()(
        busy in prop::collection::vec((1i64..=6, 0i64..400, 1i64..60), 0..30),
        guests in prop::collection::vec((1i64..5, 0i64..400, 1i64..60), 0..4),
        closed in prop::option::of((0i64..400, 1i64..60)),
        people in 0i32..14,
        floor in prop::option::of(Just("3".to_owned())),
        start in 0i64..400,
        length in limits::BOOKING_MIN_MINUTES..120,
        now in 0i64..400,
        turn in 0usize..6,
    ) -> (Vec<(i64, TimeRange)>, Needs, TimeRange, Instant, usize) {
        let ranges = |(key, start, length): (i64, i64, i64)| (key, minutes(start, start + length));
        let needs = Needs {
            place: Place { building: None, floor },
            guests: guests
                .into_iter()
                .map(ranges)
                .map(|(person, range)| GuestBusy { person: PersonNumber(person), busy: [range].into_iter().collect() })
                .collect(),
            closed: closed
                .into_iter()
                .map(|(start, length)| Closed { range: minutes(start, start + length), name: "closed".into() })
                .collect(),
            ..super::tests::people(people)
        };
        (busy.into_iter().map(ranges).collect(), needs, minutes(start, start + length), at(now), turn)
    }
}

proptest! {
    #[test]
    fn what_is_offered_is_free_open_near_in_time_and_not_past((busy, needs, wish, now, turn) in world()) {
        let mut house = house();
        let free = |room: RoomNumber, range: TimeRange| {
            !busy.iter().any(|(number, held)| *number == room.0 && held.overlaps(range))
                && !needs.closed.iter().any(|closed| closed.range.overlaps(range))
        };
        let Ok(found) = room(wish, &needs, &sides(&house, &busy), now) else {
            prop_assert!(policy::check_new_time(wish, now).is_err());
            return Ok(());
        };
        for suggestion in &found.rooms {
            prop_assert!(free(suggestion.room, wish));
        }
        for offer in &found.offers {
            prop_assert!(free(offer.room, offer.range));
            prop_assert!(policy::check_new_time(offer.range, now).is_ok());
            prop_assert!(keeps_enough(offer.range, wish));
            let shift = (offer.range.start().since(wish.start()) / 60_000_000).abs();
            let inside = wish.start() <= offer.range.start() && offer.range.end() <= wish.end();
            prop_assert!(inside || shift <= SHIFT_MINUTES && offer.range.length_micros() == wish.length_micros());
            prop_assert!(offer.busy_people.len() <= found.busy_people.len());
        }
        let mut all: Vec<i64> = found.rooms.iter().map(|one| one.room.0).chain(found.others.iter().map(|one| one.room.0)).collect();
        all.sort_unstable();
        prop_assert_eq!(all, [1, 2, 3, 4, 5, 6]);
        prop_assert!(found.others.iter().all(|other| !other.obstacles.is_empty()));
        house.rotate_left(turn);
        prop_assert_eq!(room(wish, &needs, &sides(&house, &busy), now), Ok(found));
    }

    #[test]
    fn every_date_of_a_plan_is_in_one_place_that_is_free((busy, needs, wish, now, turn) in world(), count in 1i64..12, skip in 0usize..4) {
        let mut house = house();
        let dates: Vec<TimeRange> = (0..count).map(|step| crate::busy::shifted(wish, step * 37)).collect();
        let answer = series_rooms(&dates, &needs, skip, &sides(&house, &busy), now);
        let free = |room: RoomNumber, date: usize| !busy.iter().any(|(number, held)| *number == room.0 && held.overlaps(dates[date]));
        for plan in &answer.plans {
            let there: Vec<(RoomNumber, usize)> = plan.dates.iter().map(|date| (plan.room, *date))
                .chain(plan.elsewhere.iter().flat_map(|(room, dates)| dates.iter().map(|date| (*room, *date)))).collect();
            for (room, date) in &there {
                prop_assert!(free(*room, *date));
            }
            let mut all: Vec<usize> = there.iter().map(|(_, date)| *date).chain(plan.skipped.iter().copied())
                .chain(answer.past.iter().copied()).chain(answer.closed.iter().map(|(date, _)| *date)).collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..dates.len()).collect::<Vec<_>>());
            prop_assert!(plan.skipped.len() <= skip);
        }
        for offer in &answer.offers {
            for (date, range) in dates.iter().enumerate() {
                if answer.past.contains(&date) || answer.closed.iter().any(|(closed, _)| *closed == date) { continue; }
                let range = match offer.change {
                    Change::Shifted { minutes } => crate::busy::shifted(*range, minutes),
                    Change::Shortened { minutes } => TimeRange::new(range.start(), range.end().plus_minutes(-minutes)).unwrap(),
                    Change::OtherPlace => *range,
                };
                prop_assert!(!busy.iter().any(|(number, held)| *number == offer.room.0 && held.overlaps(range)));
                prop_assert!(keeps_enough(range, dates[date]));
            }
        }
        house.rotate_left(turn);
        prop_assert_eq!(series_rooms(&dates, &needs, skip, &sides(&house, &busy), now), answer);
    }
}
