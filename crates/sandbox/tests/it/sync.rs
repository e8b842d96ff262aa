use serde_json::{Value, json};

use crate::support::{Client, JOON, MINA, ids};

fn fill(c: &mut Client, count: usize) {
    for i in 0..count {
        let body = c.booking(&format!("event{i}"), "회의", 10, &[]);
        c.insert(JOON, body);
    }
}

#[test]
fn pages_and_changes_while_paging() {
    let mut c = Client::new();
    fill(&mut c, 7);
    let first = c.list(JOON, "primary", "maxResults=3").ok();
    assert!(first.get("nextSyncToken").is_none());
    assert_eq!(ids(&first), ["event0", "event1", "event2"]);
    // Changed behind the page that was read: the token must bring it.
    c.call(JOON, "PATCH", "/calendar/v3/calendars/primary/events/event0", json!({ "summary": "새" })).ok();
    let mut seen = ids(&first);
    let mut page = first;
    while let Some(token) = page["nextPageToken"].as_str() {
        page = c.list(JOON, "primary", &format!("maxResults=3&pageToken={token}")).ok();
        seen.extend(ids(&page));
    }
    assert_eq!(seen.len(), 7);
    let token = page["nextSyncToken"].as_str().unwrap();
    let delta = c.list(JOON, "primary", &format!("syncToken={token}")).ok();
    assert_eq!(ids(&delta), ["event0"]);
    let token = delta["nextSyncToken"].as_str().unwrap();
    assert!(ids(&c.list(JOON, "primary", &format!("syncToken={token}")).ok()).is_empty());
}

#[test]
fn a_paged_delta_repeats_its_token() {
    let mut c = Client::new();
    let token = c.list(JOON, "primary", "").ok()["nextSyncToken"].as_str().unwrap().to_owned();
    fill(&mut c, 5);
    let first = c.list(JOON, "primary", &format!("syncToken={token}&maxResults=3")).ok();
    let page = first["nextPageToken"].as_str().unwrap();
    let second = c.list(JOON, "primary", &format!("syncToken={token}&maxResults=3&pageToken={page}")).ok();
    assert_eq!(ids(&first).len() + ids(&second).len(), 5);
    assert!(second["nextSyncToken"].is_string());
}

#[test]
fn bad_tokens() {
    let mut c = Client::new();
    fill(&mut c, 1);
    let token = c.list(JOON, "primary", "").ok()["nextSyncToken"].as_str().unwrap().to_owned();
    for parameter in ["timeMin=2026-11-23T00:00:00Z", "orderBy=updated", "q=x", "showDeleted=false"] {
        let answer = c.list(JOON, "primary", &format!("syncToken={token}&{parameter}"));
        assert_eq!((answer.status.as_u16(), answer.reason()), (400, "invalid"), "{parameter}");
    }
    assert_eq!(c.list(JOON, "primary", "syncToken=nonsense").status, 400);
    let other = c.list(MINA, MINA, &format!("syncToken={token}"));
    assert_eq!((other.status.as_u16(), other.reason()), (410, "fullSyncRequired"));
    assert_eq!(other.json["error"]["errors"][0]["location"], "syncToken");
    c.world.set_role(JOON, MINA, sandbox::world::access::Role::FreeBusyReader);
    assert_eq!(c.list(JOON, "primary", &format!("syncToken={token}")).reason(), "fullSyncRequired");
    let busy = c.list(MINA, JOON, "").ok();
    assert!(busy["items"][0].get("summary").is_none());
    let fresh = c.list(JOON, "primary", "").ok()["nextSyncToken"].as_str().unwrap().to_owned();
    c.pass(29 * 86_400);
    assert_eq!(c.list(JOON, "primary", &format!("syncToken={fresh}")).status, 410);
}

#[test]
fn the_rooms_answer_is_in_the_delta() {
    let mut c = Client::new();
    let room = c.room.clone();
    let body = c.booking("first", "회의", 10, &[&room]);
    c.insert(JOON, body);
    let token = c.list(MINA, &room, "").ok()["nextSyncToken"].as_str().unwrap().to_owned();
    let before = c.event(MINA, &room, "first");
    c.pass(2);
    let delta = c.list(MINA, &room, &format!("syncToken={token}")).ok();
    assert_eq!(delta["items"][0]["attendees"][0]["responseStatus"], "accepted");
    assert_ne!(delta["items"][0]["etag"], before["etag"]);
}

#[test]
fn faults_strike_and_are_used_up() {
    let mut c = Client::new();
    let plan = json!([
        { "matcher": { "method": "POST", "path": "/events" }, "action": "commit_then_fail", "count": 1 },
        { "matcher": { "path": "/events" }, "action": "expire_sync_tokens", "count": 1 },
        { "matcher": { "path": "/users/me" }, "action": { "status": 429 }, "count": 2 },
    ]);
    c.post(MINA, "/sandbox/faults", plan).ok();
    let body = c.booking("first", "회의", 10, &[]);
    let lost = c.post(JOON, "/calendar/v3/calendars/primary/events", body.clone());
    assert_eq!((lost.status.as_u16(), lost.reason()), (503, "backendError"));
    assert_eq!(c.post(JOON, "/calendar/v3/calendars/primary/events", body).status, 409);
    let list = c.list(JOON, "primary", "").ok();
    let path = format!("syncToken={}", list["nextSyncToken"].as_str().unwrap());
    assert_eq!(c.list(JOON, "primary", &path).status, 410);
    assert_eq!(c.list(JOON, "primary", &path).status, 200);
    let limited = c.get(JOON, "/calendar/v3/users/me/calendarList");
    assert_eq!((limited.status.as_u16(), limited.reason()), (429, "rateLimitExceeded"));
    assert_eq!(limited.json["error"]["errors"][0]["domain"], "usageLimits");
    c.call(MINA, "DELETE", "/sandbox/faults", Value::Null).ok();
    c.get(JOON, "/calendar/v3/users/me/calendarList").ok();
    let log = c.get(MINA, "/sandbox/log");
    assert!(!log.text.contains("eyJ"), "no token in the log");
    assert!(log.json["entries"].as_array().unwrap().iter().any(|entry| entry["kind"] == "mutation"));
}
