//! Answers as Google gives them, and damaged ones.

use super::*;
use chrono::NaiveDate;
use model::TimeRange;
use proptest::prelude::*;
use serde_json::json;
use sync::port::{Notify, Page, RemoteStatus, RemoteWhen, Response as Answer};
use sync::pull::{Pull, PullFailure, PullStep};
use sync::reading::{Reading, read};

const ROOM: &str = "halla@resource.calendar.google.com";

fn list() -> RemoteOp {
    RemoteOp::EventsList { calendar: ROOM.into(), sync_token: None, page_token: None }
}

fn get() -> RemoteOp {
    RemoteOp::EventGet { calendar: ROOM.into(), event: "abc".into() }
}

fn watch() -> RemoteOp {
    RemoteOp::Watch {
        calendar: ROOM.into(),
        channel_id: "ch".into(),
        address: "https://r.example".into(),
        token: "t".into(),
        ttl_secs: 60,
    }
}

fn ok(body: &str) -> Response<Bytes> {
    Response::builder().status(200).body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
}

fn full_event() -> Value {
    json!({
        "kind": "calendar#event", "etag": "\"3384562\"", "id": "abc", "status": "confirmed",
        "htmlLink": "https://calendar.google.com/event?eid=1", "created": "2026-03-01T00:00:00.000Z",
        "updated": "2026-03-02T01:00:00.123Z", "summary": "주간 회의", "description": "…", "location": "한라",
        "creator": { "email": "mina@hanbit.example" },
        "organizer": { "email": "mina@hanbit.example", "displayName": "김민아" },
        "start": { "dateTime": "2026-11-23T14:00:00+09:00", "timeZone": "Asia/Seoul" },
        "end": { "dateTime": "2026-11-23T15:00:00+09:00", "timeZone": "Asia/Seoul" },
        "recurrence": ["RRULE:FREQ=WEEKLY", "EXDATE;TZID=Asia/Seoul:20261130T140000"],
        "iCalUID": "abc@google.com", "sequence": 0, "visibility": "private", "transparency": "opaque",
        "attendees": [
            { "email": ROOM, "displayName": "한라", "resource": true, "self": true, "responseStatus": "accepted" },
            { "email": "jun@hanbit.example", "responseStatus": "tentative", "additionalGuests": 1 }
        ],
        "extendedProperties": { "private": { "roomly_booking_id": "01901234-5678-7abc-8def-0123456789ab" } },
        "reminders": { "useDefault": true }, "eventType": "default"
    })
}

fn page_of(body: &Value) -> Page {
    match decode(&list(), ok(&body.to_string())) {
        Outcome::Page(page) => page,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_whole_event() {
    let Outcome::Event(event) = decode(&get(), ok(&full_event().to_string())) else { panic!() };
    assert_eq!(event.id, "abc");
    assert_eq!(event.etag.as_deref(), Some("\"3384562\""));
    assert_eq!(event.ical_uid.as_deref(), Some("abc@google.com"));
    assert_eq!(event.status, RemoteStatus::Confirmed);
    assert_eq!(event.title.as_deref(), Some("주간 회의"));
    let when = event.when.unwrap();
    let start = Instant::parse_rfc3339("2026-11-23T05:00:00Z").unwrap();
    assert_eq!(when.start, RemoteWhen::At { at: start, zone: Some("Asia/Seoul".into()) });
    assert_eq!(event.recurrence.len(), 2);
    assert!(event.private && !event.transparent && !event.opaque);
    assert_eq!(event.organizer.unwrap().name.as_deref(), Some("김민아"));
    let attendees = event.attendees.unwrap();
    assert!(attendees[0].resource && attendees[0].is_self);
    assert_eq!((attendees[0].response, attendees[1].response), (Answer::Accepted, Answer::Tentative));
    assert_eq!(event.private_props.len(), 1);
    assert_eq!(event.updated, Instant::parse_rfc3339("2026-03-02T01:00:00.123Z"));
    assert_eq!(event.raw.json(), full_event());
}

/// What the crate's types read and what we read are the same, where the crate reads at all.
#[test]
fn the_crates_type_agrees() {
    let raw = full_event();
    let theirs: api::Event = serde_json::from_value(raw.clone()).unwrap();
    let ours = decode_event(&raw).unwrap();
    assert_eq!(theirs.id.as_ref(), Some(&ours.id));
    assert_eq!(theirs.etag, ours.etag);
    assert_eq!(theirs.summary, ours.title);
    assert_eq!(theirs.i_cal_uid, ours.ical_uid);
    assert_eq!(theirs.recurrence.unwrap(), ours.recurrence);
    assert_eq!(theirs.event_type, ours.event_type);
    assert_eq!(theirs.updated.map(|at| Instant::from_chrono(&at)), ours.updated);
    assert_eq!(theirs.created.map(|at| Instant::from_chrono(&at)), ours.created);
    let theirs: Vec<_> = theirs.attendees.unwrap().into_iter().map(|one| one.email.unwrap()).collect();
    let ours: Vec<_> = ours.attendees.unwrap().into_iter().map(|one| one.email).collect();
    assert_eq!(theirs, ours);
}

#[test]
fn tombstones_have_nothing_but_an_id() {
    let page = page_of(&json!({ "items": [
        { "id": "abc", "status": "cancelled" },
        {
            "id": "abc_20260309T010000Z", "status": "cancelled", "recurringEventId": "abc",
            "originalStartTime": { "dateTime": "2026-03-09T10:00:00+09:00", "timeZone": "Asia/Seoul" }
        },
        { "id": "abd_20260309", "status": "cancelled", "recurringEventId": "abd", "originalStartTime": { "date": "2026-03-09" } },
    ], "nextSyncToken": "s" }));
    assert!(page.events.iter().all(|event| event.status == RemoteStatus::Cancelled && !event.opaque));
    assert_eq!(page.events[1].recurring_event_id.as_deref(), Some("abc"));
    let day = NaiveDate::from_ymd_opt(2026, 3, 9).unwrap();
    assert_eq!(page.events[2].original_start, Some(RemoteWhen::Day(day)));
    assert_eq!(page.next_sync_token.as_deref(), Some("s"));
}

/// F-061.
#[test]
fn odd_events_are_opaque_and_the_page_goes_on() {
    for (name, value, opaque) in [
        ("start", json!({ "dateTime": "2026-11-23T00:00:00-0500" }), false),
        ("start", json!({ "dateTime": "2026-11-23T14:00:00+09:00", "timeZone": 9 }), false),
        ("start", json!({ "dateTime": "2026-11-23T14:00:00" }), true),
        ("start", json!({ "dateTime": 17 }), true),
        ("start", json!("2026-11-23"), true),
        ("start", Value::Null, true),
        ("end", Value::Null, true),
        ("attendees", Value::Null, false),
        ("attendees", json!([]), false),
        ("attendees", json!({}), true),
        ("attendees", json!([{ "displayName": "?" }]), true),
        ("attendees", json!([{ "email": "a@b.example", "additionalGuests": "many" }]), false),
        ("recurrence", Value::Null, false),
        ("recurrence", json!([]), false),
        ("recurrence", json!([7]), true),
        ("recurrence", json!("RRULE:FREQ=DAILY"), true),
        ("status", json!("postponed"), true),
        ("status", Value::Null, false),
        ("eventType", json!("futureType"), false),
        ("reminders", json!({ "overrides": null }), false),
        ("sequence", json!("first"), false),
        ("summary", json!(["a"]), false),
        ("originalStartTime", json!({ "dateTime": "soon" }), true),
        ("extendedProperties", json!({ "private": [] }), false),
        ("somethingNew", json!({ "a": [1] }), false),
    ] {
        let mut odd = full_event();
        odd[name] = value.clone();
        let page = page_of(&json!({ "items": [odd, full_event()], "nextPageToken": "p" }));
        assert_eq!(page.events.len(), 2);
        assert_eq!(page.events[0].opaque, opaque, "{name}: {value}");
        assert!(!page.events[1].opaque);
        assert_ne!(page.events[0].status, RemoteStatus::Cancelled, "a new word is no cancellation");
    }
}

#[test]
fn items_may_be_absent_and_must_not_be_something_else() {
    for items in [json!({}), json!({ "items": null }), json!({ "items": [] })] {
        let page = page_of(&items);
        assert_eq!(page, Page::default());
    }
    let body = json!({ "items": { "0": full_event() } }).to_string();
    assert!(matches!(decode(&list(), ok(&body)), Outcome::Failed(Failure::Malformed { .. })));
    // What cannot be kept under an id is left out; the rest stands.
    let page = page_of(&json!({ "items": [1, null, { "id": 5 }, { "summary": "?" }, full_event()] }));
    assert_eq!(page.events.len(), 1);
}

#[test]
fn successes_that_are_none() {
    for body in ["", "<html>sign in</html>", "[]", "null", "\"ok\"", "{", "\u{0}"] {
        for op in [list(), get(), watch(), RemoteOp::CalendarGet { calendar: ROOM.into() }] {
            assert!(matches!(decode(&op, ok(body)), Outcome::Failed(Failure::Malformed { .. })), "{body:?}");
        }
    }
    assert!(matches!(decode(&get(), ok("{}")), Outcome::Failed(Failure::Malformed { .. })));
    // A listing of nothing at all has no sync token, which ends the pull without harm.
    let mut pull = Pull::new(ROOM, None);
    assert!(matches!(
        pull.absorb(decode(&list(), ok("{\"error\":\"?\"}"))),
        PullStep::Failed(PullFailure::Malformed { .. })
    ));
}

#[test]
fn expirations_come_as_text_and_as_numbers() {
    let channel = |expiration: Value| {
        let body =
            json!({ "kind": "api#channel", "id": "ch", "resourceId": "res", "expiration": expiration });
        match decode(&watch(), ok(&body.to_string())) {
            Outcome::Channel(grant) => grant.expires,
            other => panic!("{other:?}"),
        }
    };
    let expected = Some(Instant::from_millis(1_763_683_200_000));
    assert_eq!(channel(json!("1763683200000")), expected);
    assert_eq!(channel(json!(1_763_683_200_000_i64)), expected);
    for none in [Value::Null, json!("soon"), json!(1e300), json!([])] {
        assert_eq!(channel(none), None);
    }
    assert!(matches!(decode(&watch(), ok("{\"id\":\"ch\"}")), Outcome::Failed(Failure::Malformed { .. })));
}

#[test]
fn empty_answers_of_deletes_and_stops() {
    let empty = || Response::builder().status(204).body(Bytes::new()).unwrap();
    let delete = RemoteOp::EventDelete {
        calendar: ROOM.into(),
        event: "abc".into(),
        if_match: None,
        notify: Notify::None,
    };
    assert_eq!(decode(&delete, empty()), Outcome::Deleted);
    let stop = RemoteOp::ChannelStop { channel_id: "ch".into(), resource_id: "res".into() };
    assert_eq!(decode(&stop, empty()), Outcome::Stopped);
    // A page in the way is no answer of Google's, whatever its status (F-047).
    for body in ["<html>sign in</html>", "{", "[]", "\"ok\"", "\u{0}"] {
        for op in [&delete, &stop] {
            assert!(matches!(decode(op, ok(body)), Outcome::Failed(Failure::Malformed { .. })), "{body:?}");
        }
    }
}

#[test]
fn a_calendars_zone() {
    let zone = |body: &str| decode(&RemoteOp::CalendarGet { calendar: ROOM.into() }, ok(body));
    let seoul = Outcome::Calendar { zone: Some("Asia/Seoul".into()) };
    assert_eq!(zone("{\"id\":\"x\",\"timeZone\":\"Asia/Seoul\"}"), seoul);
    assert_eq!(zone("{\"summary\":5,\"timeZone\":\"Asia/Seoul\"}"), seoul);
    assert_eq!(zone("{\"timeZone\":null}"), Outcome::Calendar { zone: None });
}

/// All places in a JSON tree.
fn places(value: &Value, at: &mut Vec<String>, all: &mut Vec<Vec<String>>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(n, value)| (n.to_string(), value)).collect(),
        _ => vec![],
    };
    for (name, child) in children {
        at.push(name);
        all.push(at.clone());
        places(child, at, all);
        at.pop();
    }
}

fn damage(value: &mut Value, path: &[String], how: &Option<Value>) {
    let Some((name, rest)) = path.split_first() else { return };
    let child = match value {
        Value::Object(fields) => {
            if rest.is_empty() && how.is_none() {
                fields.remove(name);
                return;
            }
            fields.get_mut(name)
        }
        Value::Array(items) => {
            let Ok(n) = name.parse::<usize>() else { return };
            if rest.is_empty() && how.is_none() && n < items.len() {
                items.remove(n);
                return;
            }
            items.get_mut(n)
        }
        _ => None,
    };
    match (child, rest.is_empty(), how) {
        (Some(child), true, Some(replacement)) => *child = replacement.clone(),
        (Some(child), false, _) => damage(child, rest, how),
        _ => {}
    }
}

fn damaged() -> impl Strategy<Value = Value> {
    let replacement = prop_oneof![
        3 => Just(None),
        1 => Just(Some(Value::Null)),
        1 => Just(Some(json!([]))),
        1 => Just(Some(json!({}))),
        1 => Just(Some(json!(""))),
        1 => any::<i64>().prop_map(|n| Some(json!(n))),
        1 => "\\PC{0,12}".prop_map(|text| Some(json!(text))),
        1 => prop::sample::select(vec!["9999-12-31", "0000-01-01", "-262143-01-01", "2026-02-30"])
            .prop_map(|date| Some(json!({ "date": date }))),
    ];
    prop::collection::vec((any::<prop::sample::Index>(), replacement), 0..8).prop_map(|damages| {
        let mut event = full_event();
        event["originalStartTime"] = json!({ "date": "2026-11-23" });
        for (index, how) in damages {
            let mut all = vec![];
            places(&event, &mut vec![], &mut all);
            if all.is_empty() {
                break;
            }
            let path = index.get(&all).clone();
            damage(&mut event, &path, &how);
        }
        event
    })
}

proptest! {
    /// Totality: whatever is missing or of another type, decoding and reading answer; an event that has an id and was
    /// not cancelled is never taken for gone.
    #[test]
    fn no_damage_makes_an_event_vanish(event in damaged(), utc in any::<bool>()) {
        let page = page_of(&json!({ "items": [event], "nextSyncToken": "s" }));
        let has_id = event["id"].as_str().is_some_and(|id| !id.is_empty());
        prop_assert_eq!(page.events.len(), usize::from(has_id));
        for decoded in &page.events {
            let day = |date: NaiveDate| {
                let start = Instant::from_chrono(&date.and_hms_opt(0, 0, 0)?.and_utc());
                TimeRange::new(start, start.plus_minutes(1_440)).filter(|_| utc)
            };
            let reading = read(decoded, ROOM, &day);
            if event["status"] != "cancelled" {
                let vanished = matches!(reading, Reading::Gone { .. } | Reading::GoneInstance { .. });
                prop_assert!(!vanished);
            }
            if decoded.when.is_some() {
                prop_assert!(!matches!(reading, Reading::Ignored) || decoded.event_type.is_some());
            }
        }
    }

    #[test]
    fn no_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..200), status in 100u16..600) {
        for op in [list(), get(), watch()] {
            let response = Response::builder().status(status).body(Bytes::from(body.clone())).unwrap();
            let _ = decode(&op, response);
        }
    }
}
