//! The table of decision 16, row by row.

use super::*;
use crate::testing::{at, event};
use serde_json::{Value, json};

const ROOM: &str = "halla@resource.calendar.google.com";

fn seoul(date: NaiveDate) -> Option<TimeRange> {
    let start = utc_day(date)?.start().plus_minutes(-540);
    TimeRange::new(start, start.plus_minutes(1_440))
}

fn read_raw(mut raw: Value) -> Reading {
    if raw["id"].is_null() {
        raw["id"] = json!("e1");
    }
    read(&event(&raw), ROOM, &seoul)
}

fn single(raw: Value) -> RoomEvent {
    match read_raw(raw) {
        Reading::Event(event) => *event,
        other => panic!("{other:?}"),
    }
}

fn timed(response: &str) -> Value {
    json!({
        "summary": "회의",
        "start": { "dateTime": "2026-11-23T14:00:00+09:00", "timeZone": "Asia/Seoul" },
        "end": { "dateTime": "2026-11-23T15:00:00+09:00" },
        "attendees": [
            { "email": "Halla@resource.calendar.google.com", "resource": true, "responseStatus": response },
            { "email": "jun@hanbit.example" },
        ],
    })
}

fn with(mut raw: Value, name: &str, value: Value) -> Value {
    raw[name] = value;
    raw
}

#[test]
fn what_blocks_a_room() {
    for (raw, state, blocks) in [
        (timed("accepted"), BookingState::Confirmed, true),
        (timed("needsAction"), BookingState::Pending, true),
        (timed("tentative"), BookingState::Pending, true),
        (timed("declined"), BookingState::Declined, false),
        (with(timed("accepted"), "attendees", Value::Null), BookingState::Confirmed, true),
        (with(timed("accepted"), "attendees", json!([])), BookingState::Confirmed, true),
        (with(timed("accepted"), "status", json!("tentative")), BookingState::Confirmed, true),
        (with(timed("accepted"), "transparency", json!("transparent")), BookingState::Confirmed, false),
        (with(timed("accepted"), "eventType", json!("focusTime")), BookingState::Confirmed, true),
        (with(timed("accepted"), "eventType", json!("futureType")), BookingState::Confirmed, true),
    ] {
        let read = single(raw.clone());
        assert_eq!((read.state, read.blocks), (state, blocks), "{raw}");
        assert_eq!(read.tentative, raw["status"] == "tentative");
    }
    for kind in ["workingLocation", "birthday"] {
        assert_eq!(read_raw(with(timed("accepted"), "eventType", json!(kind))), Reading::Ignored);
    }
}

#[test]
fn the_room_is_no_guest() {
    let read = single(timed("accepted"));
    assert_eq!(
        read.guests.iter().map(|guest| guest.email.as_str()).collect::<Vec<_>>(),
        ["jun@hanbit.example"]
    );
    assert_eq!(read.zone.as_deref(), Some("Asia/Seoul"));
    assert!(!read.organizer_is_room);
    let by_room = with(timed("accepted"), "organizer", json!({ "email": ROOM, "self": true }));
    assert!(single(by_room).organizer_is_room);
}

/// F-060.
#[test]
fn all_day_is_the_calendars_local_day() {
    let days = |start: &str, end: &str| single(json!({ "start": { "date": start }, "end": { "date": end } }));
    let one = days("2026-11-23", "2026-11-24");
    assert!(one.all_day && one.blocks && !one.opaque);
    assert_eq!(one.range, TimeRange::new(at("2026-11-22T15:00:00Z"), at("2026-11-23T15:00:00Z")).unwrap());
    assert_eq!(days("2026-11-23", "2026-11-26").range.length_minutes(), 3 * 1_440);
    // An end that is not after the start counts as one day.
    assert_eq!(days("2026-11-23", "2026-11-23").range, one.range);
    assert_eq!(days("2026-11-23", "2026-11-01").range, one.range);
    // A zone that cannot tell its days leaves UTC, and says so.
    let raw = json!({ "id": "e", "start": { "date": "2026-11-23" }, "end": { "date": "2026-11-24" } });
    let Reading::Event(unknown) = read(&event(&raw), ROOM, &|_| None) else { panic!() };
    assert!(unknown.opaque);
    assert_eq!(unknown.range.start(), at("2026-11-23T00:00:00Z"));
}

#[test]
fn times_that_make_no_range_are_drawn_and_keep_nobody_out() {
    let raw =
        |end: &str| json!({ "start": { "dateTime": "2026-11-23T05:00:00Z" }, "end": { "dateTime": end } });
    let instant = single(raw("2026-11-23T05:00:00Z"));
    assert_eq!((instant.range.length_minutes(), instant.blocks, instant.opaque), (1, false, false));
    let backwards = single(raw("2026-11-23T04:00:00Z"));
    assert_eq!((backwards.range.length_minutes(), backwards.blocks, backwards.opaque), (1, false, true));
    let mixed = json!({ "start": { "date": "2026-11-23" }, "end": { "dateTime": "2026-11-23T04:00:00Z" } });
    assert!(single(mixed).opaque);
    // Alive, but nowhere: what was known stays.
    assert_eq!(read_raw(json!({ "summary": "어디" })), Reading::Ignored);
}

#[test]
fn tombstones_say_what_is_gone() {
    assert_eq!(read_raw(json!({ "status": "cancelled" })), Reading::Gone { google_id: "e1".into() });
    let instance = json!({
        "id": "abc_20260309T010000Z", "status": "cancelled", "recurringEventId": "abc",
        "originalStartTime": { "dateTime": "2026-03-09T10:00:00+09:00", "timeZone": "Asia/Seoul" },
    });
    assert_eq!(
        read_raw(instance),
        Reading::GoneInstance {
            google_id: "abc_20260309T010000Z".into(),
            series: "abc".into(),
            original: RemoteWhen::At { at: at("2026-03-09T01:00:00Z"), zone: Some("Asia/Seoul".into()) },
        }
    );
}

#[test]
fn series_and_their_exceptions() {
    let master = with(timed("accepted"), "recurrence", json!(["RRULE:FREQ=WEEKLY"]));
    let Reading::Series(master) = read_raw(master) else { panic!() };
    assert_eq!(master.recurrence, ["RRULE:FREQ=WEEKLY"]);
    assert_eq!(master.event.range.start(), at("2026-11-23T05:00:00Z"));

    let mut exception = with(timed("accepted"), "recurringEventId", json!("abc"));
    exception["originalStartTime"] = json!({ "dateTime": "2026-11-23T13:00:00+09:00" });
    let exception = single(exception);
    assert_eq!(exception.series.as_deref(), Some("abc"));
    assert_eq!(exception.original, Some(at("2026-11-23T04:00:00Z")));

    let mut all_day = with(timed("accepted"), "recurringEventId", json!("abc"));
    all_day["originalStartTime"] = json!({ "date": "2026-11-23" });
    assert_eq!(single(all_day).original, Some(at("2026-11-22T15:00:00Z")));
}

#[test]
fn our_own_mark_is_read_where_it_is_one() {
    let id = "01901234-5678-7abc-8def-0123456789ab";
    let marked = |value: &str| {
        with(timed("accepted"), "extendedProperties", json!({ "private": { "roomly_booking_id": value } }))
    };
    assert_eq!(single(marked(id)).booking.map(|booking| booking.to_string()).as_deref(), Some(id));
    assert_eq!(single(marked("누구")).booking, None);
}
