//! The browser's reader against serde's: what is written is read by both as it was, and damage is refused by both.

use std::fmt::Debug;

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::*;
use crate::id::{BookingNumber, PersonNumber, RoomNumber, Seq};
use crate::time::Instant;

fn any_seq() -> impl Strategy<Value = Seq> {
    any::<i64>().prop_map(Seq)
}

fn any_room_number() -> impl Strategy<Value = RoomNumber> {
    any::<i64>().prop_map(RoomNumber)
}

/// Of the years that JSON may hold, with and without a fraction.
fn any_instant() -> impl Strategy<Value = Instant> {
    let micros = prop_oneof![Just(0), 0_i64..1_000_000];
    (-62_167_219_200_i64..253_402_300_800, micros)
        .prop_map(|(secs, micros)| Instant::from_secs(secs).plus_micros(micros))
}

fn any_range() -> impl Strategy<Value = TimeRange> {
    (any_instant(), any_instant()).prop_filter_map("empty", |(a, b)| TimeRange::new(a.min(b), a.max(b)))
}

fn any_date() -> impl Strategy<Value = NaiveDate> {
    (1_i32..=3_652_059).prop_map(|days| NaiveDate::from_num_days_from_ce_opt(days).unwrap())
}

fn any_key() -> impl Strategy<Value = BlockKey> {
    (any::<i64>(), any_room_number(), prop::option::of(any_instant()))
        .prop_map(|(booking, room, slot)| BlockKey { booking: BookingNumber(booking), room, slot })
}

prop_compose! {
    fn any_block()(
        key in any_key(),
        state in prop::sample::select(&BookingState::ALL[..]),
        range in any_range(),
        title: String,
        organizer_name: String,
        organizer in prop::option::of(any::<i64>().prop_map(PersonNumber)),
        origin in prop::sample::select(&Origin::ALL[..]),
        [private, tentative, series, exception, all_day]: [bool; 5],
    ) -> Block {
        Block { key, state, range, title, private, organizer, organizer_name, origin, tentative, series, exception, all_day }
    }
}

prop_compose! {
    fn any_room()(
        number in any_room_number(),
        [name, building, floor]: [String; 3],
        capacity: i32,
        features in prop::collection::vec(any::<String>(), 0..3),
        health in prop::sample::select(&RoomHealth::ALL[..]),
    ) -> RoomRow {
        RoomRow { number, name, building, floor, capacity, features, health }
    }
}

prop_compose! {
    fn any_day()(
        date in any_date(),
        zone: String,
        range in any_range(),
        offset: i32,
        transitions in prop::collection::vec((any_instant(), any::<i32>()), 0..3),
    ) -> ZoneDay {
        ZoneDay { date, zone, range, offset, transitions }
    }
}

prop_compose! {
    fn any_grid()(
        seq in any_seq(),
        day in any_day(),
        rooms in prop::collection::vec(any_room(), 0..3),
        blocks in prop::collection::vec(any_block(), 0..3),
        rendered_at in any_instant(),
        today in any_date(),
        shown_from: i64,
        shown_to: i64,
    ) -> GridDay {
        GridDay { seq, day, rooms, blocks, rendered_at, today, shown_from, shown_to }
    }
}

prop_compose! {
    fn any_viewer()(
        number in any::<i64>().prop_map(PersonNumber),
        [name, email, company, environment]: [String; 4],
        admin: bool,
        calendar_granted: bool,
    ) -> Viewer {
        let attention = crate::trouble::Attention::default();
        Viewer { number, name, email, admin, company, environment, calendar_granted, unseen: 0, attention }
    }
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any_block(), prop::option::of(any_range())).prop_map(|(block, was)| Change::Upsert { block, was }),
        (any_key(), any_range()).prop_map(|(key, was)| Change::Remove { key, was }),
        any_room().prop_map(|room| Change::Room { room }),
        any_room_number().prop_map(|number| Change::RoomGone { number }),
    ]
}

fn any_delta() -> impl Strategy<Value = Delta> {
    (any_seq(), any_seq(), prop::collection::vec(any_change(), 0..3)).prop_map(|(seq, prev, changes)| Delta {
        seq,
        prev,
        changes,
    })
}

fn any_frame() -> impl Strategy<Value = ServerFrame> {
    prop_oneof![
        (any::<u32>(), any_grid()).prop_map(|(v, day)| ServerFrame::Snapshot { v, day: Box::new(day) }),
        any_delta().prop_map(ServerFrame::Delta),
        Just(ServerFrame::Resync),
        any_seq().prop_map(|seq| ServerFrame::Ping { seq }),
        any::<bool>().prop_map(|slow| ServerFrame::Pace { slow }),
    ]
}

fn any_alternative() -> impl Strategy<Value = Alternative> {
    use AlternativeKind::{Earlier, Later, OtherRoom, Shorter};
    let kind = prop::sample::select(vec![OtherRoom, Earlier, Later, Shorter]);
    (any_room_number(), any::<String>(), any_range(), kind)
        .prop_map(|(room, room_name, range, kind)| Alternative { room, room_name, range, kind })
}

fn any_refusal() -> impl Strategy<Value = Refusal> {
    use TimeProblem::{EndsBeforeItStarts, InThePast, TooFarAhead, TooLong, TooShort, Unreadable};
    let problem =
        prop::sample::select(vec![EndsBeforeItStarts, TooShort, TooLong, InThePast, TooFarAhead, Unreadable]);
    let who_may = prop::sample::select(vec![WhoMay::OrganizerOrAdmin, WhoMay::Admin]);
    let what =
        prop::sample::select(vec![What::Booking, What::Room, What::Person, What::Display, What::Token]);
    let by = prop::option::of(any::<String>());
    prop_oneof![
        (any::<String>(), any_range(), by, prop::collection::vec(any_alternative(), 0..3)).prop_map(
            |(room_name, held, by, alternatives)| Refusal::RoomTaken { room_name, held, by, alternatives }
        ),
        problem.prop_map(|problem| Refusal::InvalidTime { problem }),
        who_may.prop_map(|who_may| Refusal::NotAllowed { who_may }),
        what.prop_map(|what| Refusal::NotFound { what }),
        any::<(String, String)>().prop_map(|(field, limit)| Refusal::InvalidField { field, limit }),
        Just(Refusal::Stale),
        Just(Refusal::ChangeInGoogle),
    ]
}

prop_compose! {
    fn any_error()(
        code in prop::sample::select(ErrorCode::ALL),
        field in prop::option::of(any::<String>()),
        refusal in prop::option::of(any_refusal().prop_map(Box::new)),
    ) -> ApiError {
        ApiError { code, field, refusal }
    }
}

fn any_guest() -> impl Strategy<Value = Guest> {
    use GuestAnswer::{Accepted, Declined, NeedsAction, Tentative};
    let answer = prop::sample::select(vec![NeedsAction, Declined, Tentative, Accepted]);
    (any::<[String; 2]>(), answer).prop_map(|([name, email], answer)| Guest { name, email, answer })
}

prop_compose! {
    fn any_history_line()(
        at in any_instant(),
        date in prop::option::of(any_day()),
        field in prop::sample::select(Field::ALL.to_vec()),
        winner in prop::sample::select(Side::ALL.to_vec()),
        by in any::<String>(),
        texts in any::<[String; 2]>(),
        range in prop::option::of(any_range()),
        days in prop::collection::vec(any_day(), 0..2),
    ) -> HistoryLine {
        let [kept, lost] = texts.map(|text| HistoryValue { text, range });
        HistoryLine { at, date, field, winner, by, kept, lost, days }
    }
}

prop_compose! {
    fn any_details()(
        viewer in any_viewer(),
        block in any_block(),
        room in any_room(),
        day in any_day(),
        guests in prop::collection::vec(any_guest(), 0..3),
        [can_change, change_in_google, as_room]: [bool; 3],
        [reason, google_link]: [Option<String>; 2],
        history in prop::collection::vec(any_history_line(), 0..3),
    ) -> BookingDetails {
        BookingDetails {
            viewer, block, room, day, guests, can_change, change_in_google, reason, google_link, as_room, history,
        }
    }
}

/// Written by serde, then read by both; once more with something in it spoilt.
fn agree<T>(value: &T, damage: (prop::sample::Index, prop::sample::Index)) -> Result<(), TestCaseError>
where
    T: Read + Serialize + DeserializeOwned + PartialEq + Debug,
{
    let json = serde_json::to_string(value).unwrap();
    let read = tree::parse::<T>(&json);
    prop_assert_eq!(read.as_ref(), Some(value), "{}", json);
    prop_assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value, "{}", json);
    let mut json = serde_json::to_value(value).unwrap();
    let count = spots(&mut json, usize::MAX, damage.1);
    spots(&mut json, damage.0.index(count.max(1)), damage.1);
    let json = json.to_string();
    prop_assert_eq!(tree::parse::<T>(&json), serde_json::from_str::<T>(&json).ok(), "{}", json);
    Ok(())
}

/// How many values stand in `json`; the one with this number is removed from its map, renamed there, or replaced.
fn spots(json: &mut Value, number: usize, how: prop::sample::Index) -> usize {
    let mut seen = 0;
    let mut work = vec![json];
    while let Some(json) = work.pop() {
        if seen == number {
            let others = [
                Value::Null,
                true.into(),
                3.into(),
                (-1).into(),
                u64::MAX.into(),
                1.5.into(),
                "".into(),
                "remove".into(),
                "2026-11-21".into(),
                "pending".into(),
                Value::Array(vec![1.into(), 2.into()]),
                Value::Object(<_>::default()),
            ];
            match json {
                Value::Object(fields) if !fields.is_empty() && how.index(2) == 0 => {
                    let name = fields.keys().nth(how.index(fields.len())).cloned().unwrap();
                    let value = fields.remove(&name).unwrap();
                    if how.index(3) == 0 {
                        fields.insert(format!("{name}x"), value);
                    }
                }
                json => *json = others[how.index(others.len())].clone(),
            }
            return number;
        }
        seen += 1;
        match json {
            Value::Object(fields) => work.extend(fields.values_mut()),
            Value::Array(items) => work.extend(items),
            _ => {}
        }
    }
    seen
}

macro_rules! read_as_by_serde {
    ($($test:ident: $any:expr;)+) => {
        proptest! {
            $(#[test]
            fn $test(value in $any, damage: (prop::sample::Index, prop::sample::Index)) {
                agree(&value, damage)?;
            })+
        }
    };
}

read_as_by_serde! {
    an_alternative_is_read_as_by_serde: any_alternative();
    an_error_is_read_as_by_serde: any_error();
    an_instant_is_read_as_by_serde: any_instant();
    a_board_is_read_as_by_serde: (any::<[String; 2]>(), any_grid())
        .prop_map(|([company, name], grid)| BoardPage { company, name, grid });
    a_booked_block_is_read_as_by_serde: (any_block(), any_seq(), any_date(), any::<bool>())
        .prop_map(|(block, seq, date, as_room)| Booked { block, seq, date, as_room });
    a_cancellation_is_read_as_by_serde: (any::<i64>(), any_seq(), any_date())
        .prop_map(|(number, seq, date)| Cancelled { number: BookingNumber(number), seq, date });
    a_change_is_read_as_by_serde: any_change();
    a_day_is_read_as_by_serde: any_grid();
    a_frame_is_read_as_by_serde: any_frame();
    a_grid_is_read_as_by_serde: (any_grid(), any_viewer(), prop::collection::vec(any_block(), 0..2))
        .prop_map(|(grid, viewer, own_private)| GridPage { grid, viewer, own_private });
    a_refusal_is_read_as_by_serde: any_refusal();
    a_viewer_is_read_as_by_serde: any_viewer();
    details_are_read_as_by_serde: any_details();
    people_are_read_as_by_serde: prop::collection::vec(
        (any::<i64>(), any::<[String; 3]>()).prop_map(|(number, [name, email, department])| PersonRow {
            number: PersonNumber(number), name, email, department,
        }),
        0..3,
    );
}

/// The one answer of both readers.
fn both<T: Read + DeserializeOwned + PartialEq + Debug>(json: &str) -> Option<T> {
    let read = tree::parse::<T>(json);
    assert_eq!(read, serde_json::from_str(json).ok(), "{json}");
    read
}

#[test]
fn fields_that_came_later_are_skipped_and_unknown_tags_are_errors() {
    let gone = both::<Change>(r#"{"op":"room_gone","number":2,"since":{"a":[1,2.5e9]}}"#);
    assert_eq!(gone, Some(Change::RoomGone { number: RoomNumber(2) }));
    let block = r#""block":{"booking":1,"room":2,"state":"pending","range":[0,1]}"#;
    assert!(both::<Change>(&format!("{{{block}}}")).is_some());
    for wrong in [
        r#"{"op":"paint","number":2}"#,
        r#"{"op":"room_gone"}"#,
        r#"{"op":"room","room":2}"#,
        r#"{"op":"remove","booking":1,"was":[0,1]}"#,
        r#"{"number":2}"#,
        // Not the usual change with something new about it: its kind is not known.
        &format!(r#"{{"op":"paint",{block}}}"#),
        &format!(r#"{{"op":null,{block}}}"#),
        // As the first version wrote them.
        r#"{"op":"remove","booking":1,"room":2,"was":[1795741200000000,1795743000000000]}"#,
    ] {
        assert_eq!(both::<Change>(wrong), None, "{wrong}");
    }
    for wrong in
        [r#"{"type":"ping"}"#, r#"{"seq":1}"#, r#"{"type":"sing"}"#, r#"{"type":1}"#, "[]", "null", "1"]
    {
        assert_eq!(both::<ServerFrame>(wrong), None, "{wrong}");
    }
    for wrong in [r#"{"why":"invalid_time"}"#, r#"{"why":"mood"}"#, "{}"] {
        assert_eq!(both::<Refusal>(wrong), None, "{wrong}");
    }
}

#[test]
fn instants_of_another_unit_are_none() {
    for wrong in [
        "1795741200000000",
        "-99999999999999",
        "[1,1000000]",
        "[1,-1]",
        "[1]",
        "[1,2,3]",
        "1.5",
        "\"1\"",
        "null",
    ] {
        assert_eq!(both::<Instant>(wrong), None, "{wrong}");
    }
    for wrong in ["[5,5]", "[6,5]", "[5]", "5", "[1,2,3]"] {
        assert_eq!(both::<TimeRange>(wrong), None, "{wrong}");
    }
}
