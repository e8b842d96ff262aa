use serde_json::{Value, json};

use crate::support::{Client, JOON, MINA, answer_of, at, ids};

const EVENTS: &str = "/calendar/v3/calendars/primary/events";

fn weekly(c: &mut Client, rooms: &[&str]) -> Value {
    let mut body = c.booking("series", "주간 회의", 10, rooms);
    body["recurrence"] = json!(["EXDATE;TZID=Asia/Seoul:20261207T100000", "RRULE:FREQ=WEEKLY;COUNT=6"]);
    c.insert(JOON, body)
}

#[test]
fn instances_of_a_weekly_series() {
    let mut c = Client::new();
    weekly(&mut c, &[]);
    let all = c.get(JOON, &format!("{EVENTS}/series/instances")).ok();
    let starts: Vec<&str> =
        all["items"].as_array().unwrap().iter().map(|i| i["start"]["dateTime"].as_str().unwrap()).collect();
    let expected = ["11-23", "11-30", "12-14", "12-21", "12-28"].map(|d| format!("2026-{d}T10:00:00+09:00"));
    assert_eq!(starts, expected);
    let first = &all["items"][0];
    assert_eq!(first["id"], "series_20261123T010000Z");
    assert_eq!(first["recurringEventId"], "series");
    assert_eq!(first["originalStartTime"], at(10));
    assert!(first.get("recurrence").is_none());
    let page = c.get(JOON, &format!("{EVENTS}/series/instances?maxResults=3")).ok();
    let token = page["nextPageToken"].as_str().unwrap();
    let rest = c.get(JOON, &format!("{EVENTS}/series/instances?maxResults=3&pageToken={token}")).ok();
    assert_eq!(ids(&page).len() + ids(&rest).len(), 5);
    let window = "timeMin=2026-12-01T00:00:00Z&timeMax=2026-12-20T00:00:00Z";
    assert_eq!(
        ids(&c.get(JOON, &format!("{EVENTS}/series/instances?{window}")).ok()),
        ["series_20261214T010000Z"]
    );
    assert_eq!(ids(&c.list(JOON, "primary", &format!("singleEvents=true&{window}")).ok()).len(), 1);
    assert_eq!(ids(&c.list(JOON, "primary", &window.replace("12-20", "12-10")).ok()), Vec::<String>::new());
    assert_eq!(ids(&c.list(JOON, "primary", "").ok()), ["series"]);
}

#[test]
fn one_instance_is_changed_another_cancelled() {
    let mut c = Client::new();
    let room = c.room.clone();
    weekly(&mut c, &[&room]);
    c.pass(2);
    let moved = format!("{EVENTS}/series_20261130T010000Z");
    let times = json!({ "start": { "dateTime": "2026-11-30T15:00:00+09:00" }, "end": { "dateTime": "2026-11-30T16:00:00+09:00" } });
    let exception = c.call(JOON, "PATCH", &moved, times).ok();
    assert_eq!(exception["originalStartTime"]["dateTime"], "2026-11-30T10:00:00+09:00");
    assert_eq!(answer_of(&exception, &room), "needsAction");
    c.pass(2);
    assert_eq!(answer_of(&c.event(MINA, &room, "series_20261130T010000Z"), &room), "accepted");
    assert_eq!(c.call(JOON, "DELETE", &format!("{EVENTS}/series_20261214T010000Z"), Value::Null).status, 204);
    for calendar in [JOON, room.as_str()] {
        let list = c.list(MINA, calendar, "").ok();
        assert_eq!(ids(&list), ["series", "series_20261130T010000Z", "series_20261214T010000Z"]);
        let cancelled = list["items"][2].as_object().unwrap();
        let fields: Vec<&str> = cancelled.keys().map(String::as_str).collect();
        assert_eq!(fields, ["etag", "id", "kind", "originalStartTime", "recurringEventId", "status"]);
        assert_eq!(ids(&c.list(MINA, calendar, "singleEvents=true").ok()).len(), 4);
    }
    let order = c.list(JOON, "primary", "singleEvents=true&orderBy=startTime").ok();
    assert_eq!(order["items"][1]["start"]["dateTime"], "2026-11-30T15:00:00+09:00");
    assert!(order.get("nextSyncToken").is_none());
    // A new title reaches the exception, which had not changed it.
    c.call(JOON, "PATCH", &format!("{EVENTS}/series"), json!({ "summary": "월요 회의" })).ok();
    assert_eq!(c.event(JOON, JOON, "series_20261130T010000Z")["summary"], "월요 회의");
    // The series goes with one tombstone.
    let sync = c.list(JOON, "primary", "").ok()["nextSyncToken"].as_str().unwrap().to_owned();
    c.call(JOON, "DELETE", &format!("{EVENTS}/series"), Value::Null);
    assert_eq!(ids(&c.list(JOON, "primary", &format!("syncToken={sync}")).ok()), ["series"]);
    assert_eq!(c.event(JOON, JOON, "series_20261130T010000Z")["status"], "cancelled");
    assert!(ids(&c.list(JOON, "primary", "").ok()).is_empty());
}

#[test]
fn a_room_declines_some_instances_or_the_whole_series() {
    let mut c = Client::new();
    let room = c.room.clone();
    let body = c.booking("single", "먼저", 10, &[&room]);
    c.insert(MINA, body);
    c.pass(2);
    weekly(&mut c, &[&room]);
    c.pass(2);
    assert_eq!(answer_of(&c.event(JOON, JOON, "series"), &room), "accepted");
    assert_eq!(answer_of(&c.event(JOON, JOON, "series_20261123T010000Z"), &room), "declined");
    assert_eq!(answer_of(&c.event(JOON, JOON, "series_20261130T010000Z"), &room), "accepted");
    let mut body = c.booking("again", "또", 10, &[&room]);
    body["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=6"]);
    c.insert(MINA, body);
    c.pass(2);
    assert_eq!(answer_of(&c.event(MINA, MINA, "again"), &room), "declined");
}

#[test]
fn all_day_series_and_daylight_saving() {
    let mut c = Client::new();
    let body = json!({ "id": "allda0", "start": { "date": "2026-11-23" }, "end": { "date": "2026-11-24" },
        "recurrence": ["RRULE:FREQ=DAILY;UNTIL=20261125"] });
    c.insert(JOON, body);
    let all = c.get(JOON, &format!("{EVENTS}/allda0/instances")).ok();
    assert_eq!(ids(&all), ["allda0_20261123", "allda0_20261124", "allda0_20261125"]);
    assert_eq!(all["items"][2]["end"], json!({ "date": "2026-11-26" }));
    // 02:30 does not exist in New York on 2027-03-14: moved forward by the gap.
    let time = |day: u8, m: u8| json!({ "dateTime": format!("2027-03-{day}T02:{m}:00"), "timeZone": "America/New_York" });
    let body = json!({ "id": "gap00", "start": time(13, 30), "end": time(13, 45), "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"] });
    c.insert(JOON, body);
    let all = c.get(JOON, &format!("{EVENTS}/gap00/instances?timeZone=America/New_York")).ok();
    let starts: Vec<&str> =
        all["items"].as_array().unwrap().iter().map(|i| i["start"]["dateTime"].as_str().unwrap()).collect();
    assert_eq!(
        starts,
        ["2027-03-13T02:30:00-05:00", "2027-03-14T03:30:00-04:00", "2027-03-15T02:30:00-04:00"]
    );
}

#[test]
fn this_and_following_in_the_order_that_keeps_the_room() {
    let mut c = Client::new();
    let room = c.room.clone();
    weekly(&mut c, &[&room]);
    c.pass(2);
    let following = |c: &Client, id: &str, rooms: &[&str]| {
        let mut body = c.booking(id, "새 주간 회의", 10, rooms);
        body["start"]["dateTime"] = json!("2026-12-14T10:00:00+09:00");
        body["end"]["dateTime"] = json!("2026-12-14T11:00:00+09:00");
        body["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=3"]);
        body
    };
    // The naive order: the room is still taken by the old series and declines the whole new one.
    let body = following(&c, "naive", &[&room]);
    c.insert(JOON, body);
    c.pass(2);
    assert_eq!(answer_of(&c.event(JOON, JOON, "naive"), &room), "declined");
    c.call(JOON, "DELETE", &format!("{EVENTS}/naive"), Value::Null);
    // Without the room, then trim, then the room.
    let body = following(&c, "later", &[]);
    c.insert(JOON, body);
    let trim = json!({ "recurrence": ["RRULE:FREQ=WEEKLY;UNTIL=20261213T145959Z"] });
    c.call(JOON, "PATCH", &format!("{EVENTS}/series"), trim).ok();
    let add = json!({ "attendees": [{ "email": room, "resource": true }] });
    c.call(JOON, "PATCH", &format!("{EVENTS}/later"), add).ok();
    c.pass(2);
    assert_eq!(answer_of(&c.event(JOON, JOON, "series"), &room), "accepted");
    assert_eq!(answer_of(&c.event(JOON, JOON, "later"), &room), "accepted");
    assert_eq!(ids(&c.list(MINA, &room, "singleEvents=true").ok()).len(), 6);
}

#[test]
fn a_rule_without_dates_ends() {
    let mut c = Client::new();
    let mut body = c.booking("never", "없음", 10, &[]);
    body["recurrence"] = json!(["RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"]);
    c.insert(JOON, body);
    assert!(ids(&c.list(JOON, "primary", "singleEvents=true").ok()).is_empty());
}
