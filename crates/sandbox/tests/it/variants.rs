//! Where Google is silent, both ways are there: each setting is seen to make its difference.

use sandbox::world::access::Role;
use serde_json::{Value, json};

use crate::support::{Client, JOON, MINA, SECOND, answer_of, at, ids};

const EVENTS: &str = "/calendar/v3/calendars/primary/events";

fn series(c: &mut Client, who: &str, id: &str, rooms: &[&str], rule: &str) -> Value {
    let mut body = c.booking(id, "회의", 10, rooms);
    body["recurrence"] = json!([format!("RRULE:{rule}")]);
    c.insert(who, body)
}

/// A series of `count` days into a room that is taken on the first `taken` of them.
fn answer_to_series(settings: Value, count: usize, taken: usize) -> (String, usize) {
    let mut c = Client::new();
    c.call(MINA, "PATCH", "/sandbox/settings", settings).ok();
    let room = c.room.clone();
    if taken > 0 {
        series(&mut c, MINA, "first", &[&room], &format!("FREQ=DAILY;COUNT={taken}"));
        c.pass(2);
    }
    series(&mut c, JOON, "second", &[&room], &format!("FREQ=DAILY;COUNT={count}"));
    c.pass(2);
    let instances = c.get(JOON, &format!("{EVENTS}/second/instances")).ok();
    let list = instances["items"].as_array().unwrap();
    let declined = list.iter().filter(|one| answer_of(one, &room) == "declined").count();
    (answer_of(&c.event(JOON, JOON, "second"), &room).to_owned(), declined)
}

#[test]
fn a_room_declines_a_series_by_either_published_rule() {
    let now = json!({});
    let older = json!({ "series_rule": "third_or_five" });
    for (settings, count, taken, whole) in [
        (&now, 6, 3, false),
        (&now, 6, 4, true),
        (&now, 30, 8, false),
        (&now, 30, 9, true),
        (&older, 6, 2, false),
        (&older, 6, 3, true),
        (&older, 30, 5, false),
        (&older, 30, 6, true),
        (&older, 30, 0, false),
    ] {
        let (answer, declined) = answer_to_series(settings.clone(), count, taken);
        let expected = if whole { ("declined", count) } else { ("accepted", taken) };
        assert_eq!((answer.as_str(), declined), expected, "{settings} {count} {taken}");
    }
}

#[test]
fn times_in_a_gap_move_or_go() {
    for (skips, days) in [(false, 3), (true, 2)] {
        let mut c = Client::new();
        c.world.settings.skip_gaps = skips;
        let time =
            |m: u8| json!({ "dateTime": format!("2027-03-13T02:{m}:00"), "timeZone": "America/New_York" });
        c.insert(
            JOON,
            json!({ "id": "gap00", "start": time(30), "end": time(45),
            "recurrence": ["RRULE:FREQ=DAILY;UNTIL=20270315T235959Z"] }),
        );
        assert_eq!(ids(&c.get(JOON, &format!("{EVENTS}/gap00/instances")).ok()).len(), days);
        assert_eq!(ids(&c.list(JOON, "primary", "singleEvents=true").ok()).len(), days);
    }
}

#[test]
fn a_masters_new_times_keep_its_exceptions_or_reset_them() {
    for (resets, title, cancelled) in [(false, "따로", "cancelled"), (true, "회의", "confirmed")] {
        let mut c = Client::new();
        c.world.settings.reset_exceptions = resets;
        series(&mut c, JOON, "series", &[], "FREQ=DAILY;COUNT=4");
        let (second, third) = ("series_20261124T010000Z", "series_20261125T010000Z");
        c.call(JOON, "PATCH", &format!("{EVENTS}/{second}"), json!({ "summary": "따로" })).ok();
        c.call(JOON, "DELETE", &format!("{EVENTS}/{third}"), Value::Null);
        c.call(JOON, "PATCH", &format!("{EVENTS}/series"), json!({ "end": at(12) })).ok();
        assert_eq!(c.event(JOON, JOON, second)["summary"], title);
        assert_eq!(c.event(JOON, JOON, third)["status"], cancelled);
    }
}

#[test]
fn odd_recurrence_lines_mean_the_same() {
    let mut c = Client::new();
    for (id, start, lines) in [
        (
            "first",
            at(10),
            json!(["RRULE:FREQ=WEEKLY;UNTIL=20261221T145959Z", "EXDATE:20261130T010000Z,20261207T010000Z"]),
        ),
        (
            "second",
            at(10),
            json!(["RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4", "EXDATE;TZID=Asia/Seoul:20261207T100000"]),
        ),
        (
            "allda0",
            json!({ "date": "2026-11-23" }),
            json!(["RRULE:FREQ=DAILY;UNTIL=20261127", "EXDATE;VALUE=DATE:20261124"]),
        ),
    ] {
        let end = if start.get("date").is_some() { json!({ "date": "2026-11-24" }) } else { at(11) };
        let plain = c.insert(JOON, json!({ "id": id, "start": start, "end": end, "recurrence": lines }));
        let expected = ids(&c.get(JOON, &format!("{EVENTS}/{id}/instances")).ok());
        c.world.settings.odd_recurrence = true;
        let odd = c.event(JOON, JOON, id)["recurrence"].clone();
        assert_ne!(odd, plain["recurrence"]);
        // Sent back as they came, they are the same series.
        c.call(JOON, "PATCH", &format!("{EVENTS}/{id}"), json!({ "recurrence": odd })).ok();
        c.world.settings.odd_recurrence = false;
        assert_eq!(ids(&c.get(JOON, &format!("{EVENTS}/{id}/instances")).ok()), expected, "{odd}");
    }
}

#[test]
fn lists_without_items_have_three_forms() {
    let mut c = Client::new();
    let body = c.booking("abcde", "회의", 10, &[]);
    let mut body = body;
    body["reminders"] = json!({ "useDefault": false });
    c.insert(JOON, body);
    for (form, attendees) in [("absent", None), ("empty", Some(json!([]))), ("null", Some(Value::Null))] {
        c.call(MINA, "PATCH", "/sandbox/settings", json!({ "no_items": form })).ok();
        let event = c.event(JOON, JOON, "abcde");
        assert_eq!(event.get("attendees").cloned(), attendees);
        assert_eq!(event["reminders"].get("overrides").cloned(), attendees);
    }
    c.world.settings.future_values = true;
    let event = c.event(JOON, JOON, "abcde");
    assert_eq!((&event["eventType"], event["futureField"].is_object()), (&json!("futureType"), true));
}

#[test]
fn listings_may_be_empty_lag_repeat_and_be_in_any_order() {
    let mut c = Client::new();
    for i in 0..20 {
        let body = c.booking(&format!("event{i:02}"), "회의", 10, &[]);
        c.insert(JOON, body);
    }
    let plain = c.list(JOON, "primary", "").ok();
    c.world.settings.empty_pages = true;
    let first = c.list(JOON, "primary", "").ok();
    assert!(ids(&first).is_empty() && first.get("nextSyncToken").is_none());
    let rest =
        c.list(JOON, "primary", &format!("pageToken={}", first["nextPageToken"].as_str().unwrap())).ok();
    assert_eq!(ids(&rest), ids(&plain));
    c.world.settings.empty_pages = false;
    c.world.settings.arbitrary_order = true;
    let other = c.list(JOON, "primary", "").ok();
    assert_ne!(ids(&other), ids(&plain));
    assert_eq!(ids(&c.list(JOON, "primary", "").ok()), ids(&other), "but stable");
    let token = rest["nextSyncToken"].as_str().unwrap();
    assert!(ids(&c.list(JOON, "primary", &format!("syncToken={token}")).ok()).is_empty());
    c.world.settings.delta_repeats = true;
    let repeated = ids(&c.list(JOON, "primary", &format!("syncToken={token}")).ok()).len();
    assert!((1..20).contains(&repeated), "{repeated}");
    c.world.settings.strict_sync_queries = true;
    assert_eq!(c.list(JOON, "primary", &format!("syncToken={token}&singleEvents=true")).status, 400);
}

#[test]
fn a_notification_may_come_before_its_change_is_listed() {
    let mut c = Client::new();
    c.world.settings.list_delay_ms = 2_000;
    let token = c.list(JOON, "primary", "").ok()["nextSyncToken"].as_str().unwrap().to_owned();
    let channel = json!({ "id": "one", "type": "web_hook", "address": "https://example.com/hook" });
    c.post(JOON, &format!("{EVENTS}/watch"), channel).ok();
    c.pass(0);
    let body = c.booking("abcde", "회의", 10, &[]);
    c.insert(JOON, body);
    assert_eq!(c.pass(0).len(), 1);
    let early = c.list(JOON, "primary", &format!("syncToken={token}")).ok();
    assert!(ids(&early).is_empty());
    c.now += 3 * SECOND;
    let token = early["nextSyncToken"].as_str().unwrap();
    assert_eq!(
        ids(&c.list(JOON, "primary", &format!("syncToken={token}")).ok()),
        ["abcde"],
        "late, not lost"
    );
}

#[test]
fn notifications_wait_for_each_other() {
    for (together, count) in [(false, 3), (true, 1)] {
        let mut c = Client::new();
        c.world.settings.notify_delay_ms = 1_000;
        c.world.settings.notify_coalesce = together;
        let channel = json!({ "id": "one", "type": "web_hook", "address": "https://example.com/hook" });
        c.post(JOON, &format!("{EVENTS}/watch"), channel).ok();
        c.pass(0);
        for i in 0..3 {
            let body = c.booking(&format!("event{i}"), "회의", 10, &[]);
            c.insert(JOON, body);
        }
        assert_eq!(c.pass(1).len(), count);
    }
}

#[test]
fn deleted_events_are_forgotten_in_the_end() {
    let mut c = Client::new();
    c.world.settings.tombstone_ttl_s = 3_600;
    let body = c.booking("abcde", "회의", 10, &[]);
    c.insert(JOON, body.clone());
    series(&mut c, JOON, "series", &[], "FREQ=DAILY;COUNT=3");
    c.call(JOON, "DELETE", &format!("{EVENTS}/abcde"), Value::Null);
    c.call(JOON, "DELETE", &format!("{EVENTS}/series_20261124T010000Z"), Value::Null);
    let all = c.list(JOON, "primary", "showDeleted=true").ok();
    assert_eq!(ids(&all), ["abcde", "series", "series_20261124T010000Z"]);
    c.pass(3_601);
    assert_eq!(ids(&c.list(JOON, "primary", "showDeleted=true").ok()), ["series", "series_20261124T010000Z"]);
    assert_eq!(c.get(JOON, &format!("{EVENTS}/abcde")).status, 404);
    assert_eq!(c.post(JOON, EVENTS, body).status, 409, "the id stays taken");
    let token = all["nextSyncToken"].as_str().unwrap();
    assert_eq!(c.list(JOON, "primary", &format!("syncToken={token}")).reason(), "fullSyncRequired");
    let old = c.list(JOON, "primary", "updatedMin=2026-11-23T00:00:00Z");
    assert_eq!((old.status.as_u16(), old.reason()), (410, "updatedMinTooLongAgo"));
    assert_eq!(c.list(JOON, "primary", "updatedMin=2026-11-23T00:30:00Z").status, 200);
}

#[test]
fn a_room_that_is_not_shared_with_details_declines() {
    for (books, answer) in [(false, "declined"), (true, "accepted")] {
        let mut c = Client::new();
        let room = c.room.clone();
        c.world.settings.free_busy_books = books;
        c.world.set_role(&room, JOON, Role::FreeBusyReader);
        let body = c.booking("abcde", "회의", 10, &[&room]);
        c.insert(JOON, body);
        c.pass(2);
        assert_eq!(answer_of(&c.event(JOON, JOON, "abcde"), &room), answer);
    }
}

#[test]
fn a_taken_room_may_be_replaced_by_a_similar_one() {
    let mut c = Client::new();
    c.world.settings.replace_rooms = true;
    let room = c.room.clone();
    let add = |c: &mut Client, name: &str, building: &str, seats: u32, features: &[&str]| {
        c.world.add_room("hanbit.example", name, Some(building), Some("2"), seats, features)
    };
    add(&mut c, "작은 방", "main", 4, &["TV"]);
    add(&mut c, "다른 건물", "annex", 8, &["TV"]);
    add(&mut c, "큰 방", "main", 20, &["TV"]);
    let fits = add(&mut c, "맞는 방", "main", 10, &["TV", "화이트보드"]);
    for (who, id) in [(MINA, "first"), (JOON, "second")] {
        let body = c.booking(id, "회의", 10, &[&room]);
        c.insert(who, body);
        c.pass(2);
    }
    c.pass(2);
    let event = c.event(JOON, JOON, "second");
    assert_eq!(event["attendees"].as_array().unwrap().len(), 1);
    assert_eq!(answer_of(&event, &fits), "accepted");
    assert_eq!(c.event(MINA, &room, "second")["status"], "cancelled");
}

#[test]
fn a_room_without_guests_may_be_released() {
    let mut c = Client::new();
    c.world.settings.release_rooms = true;
    let room = c.room.clone();
    let mut body = c.booking("abcde", "회의", 10, &[&room]);
    body["attendees"]
        .as_array_mut()
        .unwrap()
        .extend([json!({ "email": JOON, "responseStatus": "accepted" }), json!({ "email": MINA })]);
    c.insert(JOON, body);
    c.pass(2);
    let no =
        json!({ "attendees": [{ "email": MINA, "responseStatus": "declined" }], "attendeesOmitted": true });
    c.call(MINA, "PATCH", &format!("{EVENTS}/abcde"), no).ok();
    assert_eq!(c.event(JOON, JOON, "abcde")["attendees"].as_array().unwrap().len(), 2);
    assert_eq!(c.event(MINA, &room, "abcde")["status"], "cancelled");
}

#[test]
fn deltas_keep_to_the_first_window_or_not() {
    for (keeps, expected) in [(false, vec!["inside", "later0"]), (true, vec!["inside"])] {
        let mut c = Client::new();
        c.world.settings.delta_keeps_window = keeps;
        let window = "timeMin=2026-11-23T00:00:00Z&timeMax=2026-11-24T00:00:00Z";
        let token = c.list(JOON, "primary", window).ok()["nextSyncToken"].as_str().unwrap().to_owned();
        let body = c.booking("inside", "회의", 10, &[]);
        c.insert(JOON, body);
        let time = |hour: u8| json!({ "dateTime": format!("2026-12-01T{hour}:00:00Z") });
        c.insert(JOON, json!({ "id": "later0", "start": time(10), "end": time(11) }));
        let delta = c.list(JOON, "primary", &format!("syncToken={token}")).ok();
        assert_eq!(ids(&delta), expected);
        let token = delta["nextSyncToken"].as_str().unwrap();
        c.call(JOON, "PATCH", &format!("{EVENTS}/later0"), json!({ "summary": "x" })).ok();
        let delta = c.list(JOON, "primary", &format!("syncToken={token}")).ok();
        assert_eq!(ids(&delta).is_empty(), keeps, "and so do the deltas after it");
    }
}
