use serde_json::{Value, json};

use crate::support::{Client, JOON, MINA, at, ids};

const EVENTS: &str = "/calendar/v3/calendars/primary/events";

#[test]
fn an_event_lives_and_dies() {
    let mut c = Client::new();
    let body = c.booking("abc123", "회의", 10, &[]);
    let made = c.insert(JOON, body.clone());
    assert_eq!(made["iCalUID"], "abc123@google.com");
    assert_eq!(made["organizer"], json!({ "email": JOON, "self": true }));
    assert_eq!(made["reminders"], json!({ "useDefault": true }));
    let again = c.post(JOON, EVENTS, body.clone());
    assert_eq!((again.status.as_u16(), again.reason()), (409, "duplicate"));

    let path = format!("{EVENTS}/abc123");
    let got = c.get(JOON, &path).ok();
    assert_eq!(got, made);
    let sync = c.list(JOON, "primary", "").ok()["nextSyncToken"].as_str().unwrap().to_owned();

    let stale = c.call_if(JOON, "PATCH", &path, json!({ "summary": "x" }), Some("\"1\""));
    assert_eq!((stale.status.as_u16(), stale.reason()), (412, "conditionNotMet"));
    assert_eq!(stale.json["error"]["errors"][0]["location"], "If-Match");
    let etag = got["etag"].as_str().unwrap();
    let patched = c.call_if(JOON, "PATCH", &path, json!({ "summary": "새 제목" }), Some(etag)).ok();
    assert_eq!(patched["summary"], "새 제목");
    assert_ne!(patched["etag"], got["etag"]);

    assert_eq!(c.call(JOON, "DELETE", &path, Value::Null).status, 204);
    let twice = c.call(JOON, "DELETE", &path, Value::Null);
    assert_eq!((twice.status.as_u16(), twice.reason()), (410, "deleted"));
    assert_eq!(c.post(JOON, EVENTS, body).status, 409, "an id stays taken after deletion");
    let delta = c.list(JOON, "primary", &format!("syncToken={sync}")).ok();
    let items = delta["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "several edits collapse");
    assert_eq!(items[0]["status"], "cancelled");
    assert!(items[0].get("summary").is_none());
    assert_eq!(c.get(JOON, &path).ok()["summary"], "새 제목", "get answers a cancelled event with 200");
    assert!(ids(&c.list(JOON, "primary", "").ok()).is_empty());
    let back = c.call(JOON, "PATCH", &path, json!({ "status": "confirmed" })).ok();
    assert_eq!(back["status"], "confirmed");
}

#[test]
fn bodies_are_checked() {
    let mut c = Client::new();
    for (change, reason) in [
        (json!({ "id": "ABC12" }), "invalid"),
        (json!({ "id": "abcx_" }), "invalid"),
        (json!({ "id": "abc" }), "invalid"),
        (json!({ "end": at(10) }), "timeRangeEmpty"),
        (json!({ "end": { "date": "2026-11-24" } }), "invalid"),
        (json!({ "start": null }), "required"),
        (json!({ "recurrence": ["DTSTART:20261123T010000Z"] }), "invalid"),
        (json!({ "recurrence": ["RRULE:FREQ=DAILY;UNTIL=20261201T000000"] }), "invalid"),
        (json!({ "attendees": [{}] }), "required"),
    ] {
        let mut body = c.booking("abcde", "회의", 10, &[]);
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = c.post(JOON, EVENTS, body);
        assert_eq!((answer.status.as_u16(), answer.reason()), (400, reason), "{change}");
    }
    assert_eq!(c.post(JOON, EVENTS, json!([])).reason(), "parseError");
    let range = c.list(JOON, "primary", "timeMin=2026-11-24T00:00:00Z&timeMax=2026-11-23T00:00:00Z");
    assert_eq!(range.reason(), "timeRangeEmpty");
    assert_eq!(c.list(JOON, "primary", "timeMin=2026-11-24T00:00:00").status, 400);
}

#[test]
fn tokens_scopes_and_roles() {
    let mut c = Client::new();
    let nobody = c.get("wrong", EVENTS);
    assert_eq!((nobody.status.as_u16(), nobody.reason()), (401, "authError"));
    assert_eq!(c.get("nobody@hanbit.example", EVENTS).status, 401);
    let bare = c.send(http::Request::get(EVENTS).body(bytes::Bytes::new()).unwrap());
    assert_eq!(bare.reason(), "authError");
    assert_eq!(bare.json["error"]["errors"][0]["location"], "Authorization");
    assert_eq!(c.list("personal@gmail.com", JOON, "").reason(), "notFound");
    let room = c.room.clone();
    assert_eq!(c.list(JOON, &room, "").ok()["accessRole"], "reader");
    assert_eq!(c.list(MINA, &room, "").ok()["accessRole"], "owner");
    let body = c.booking("abcde", "직접", 10, &[]);
    let refused = c.post(JOON, &format!("/calendar/v3/calendars/{room}/events"), body);
    assert_eq!((refused.status.as_u16(), refused.reason()), (403, "forbidden"));
}

#[test]
fn put_replaces_and_patch_merges() {
    let mut c = Client::new();
    let mut body = c.booking("abcde", "회의", 10, &[]);
    body["description"] = json!("길게");
    body["extendedProperties"] = json!({ "private": { "a": "1" }, "shared": { "b": "2" } });
    c.insert(JOON, body.clone());
    let path = format!("{EVENTS}/abcde");
    let patch = json!({ "description": null, "extendedProperties": { "private": { "a": null, "c": "3" } } });
    let patched = c.call(JOON, "PATCH", &path, patch).ok();
    assert!(patched.get("description").is_none());
    assert_eq!(patched["extendedProperties"], json!({ "private": { "c": "3" }, "shared": { "b": "2" } }));
    let moved = c.call(JOON, "PATCH", &path, json!({ "end": { "dateTime": "2026-11-23T03:00:00Z" } })).ok();
    assert_eq!(moved["end"], json!({ "dateTime": "2026-11-23T12:00:00+09:00", "timeZone": "Asia/Seoul" }));
    let put = c.call(JOON, "PUT", &path, json!({ "start": at(14), "end": at(15) })).ok();
    assert!(put.get("summary").is_none() && put.get("extendedProperties").is_none());
    assert_eq!(c.call(JOON, "PUT", &path, json!({ "summary": "x" })).status, 400);
}

#[test]
fn copies_have_their_own_etags_and_private_properties() {
    let mut c = Client::new();
    let room = c.room.clone();
    let mut body = c.booking("abcde", "회의", 10, &[&room]);
    body["attendees"].as_array_mut().unwrap().push(json!({ "email": MINA }));
    body["extendedProperties"] = json!({ "private": { "roomly": "1" }, "shared": { "s": "2" } });
    c.insert(JOON, body);
    c.pass(2);
    let (own, of_room, of_mina) =
        (c.event(JOON, JOON, "abcde"), c.event(MINA, &room, "abcde"), c.event(MINA, MINA, "abcde"));
    assert_ne!(own["etag"], of_room["etag"]);
    assert_ne!(own["etag"], of_mina["etag"]);
    assert_eq!(own["extendedProperties"]["private"]["roomly"], "1");
    assert_eq!(of_room["extendedProperties"], json!({ "shared": { "s": "2" } }));
    assert_eq!(own["iCalUID"], of_room["iCalUID"]);
    assert!(of_room["organizer"].get("self").is_none());
    // A guest answers on their own copy; everybody sees it; times are the organiser's.
    let path = "/calendar/v3/calendars/primary/events/abcde";
    let answer =
        json!({ "attendees": [{ "email": MINA, "responseStatus": "accepted" }], "attendeesOmitted": true });
    c.call(MINA, "PATCH", path, answer).ok();
    assert_eq!(crate::support::answer_of(&c.event(JOON, JOON, "abcde"), MINA), "accepted");
    assert_eq!(crate::support::answer_of(&c.event(MINA, &room, "abcde"), MINA), "accepted");
    let refused = c.call(MINA, "PATCH", path, json!({ "start": at(9) }));
    assert_eq!((refused.status.as_u16(), refused.reason()), (403, "forbiddenForNonOrganizer"));
    let invite = json!({ "attendees": [{ "email": "personal@gmail.com" }] });
    c.call(MINA, "PATCH", path, invite).ok();
    assert_eq!(c.event(JOON, JOON, "abcde")["attendees"].as_array().unwrap().len(), 3);
    c.call(MINA, "DELETE", path, Value::Null);
    assert_eq!(crate::support::answer_of(&c.event(JOON, JOON, "abcde"), MINA), "declined");
    assert_eq!(c.event(MINA, MINA, "abcde")["status"], "cancelled");
}

#[test]
fn private_events_are_only_times_for_readers() {
    let mut c = Client::new();
    let mut body = c.booking("abcde", "비밀", 10, &[]);
    body["visibility"] = json!("private");
    c.insert(JOON, body);
    let seen = c.event(MINA, JOON, "abcde");
    assert_eq!(seen["visibility"], "private");
    assert!(seen.get("summary").is_none() && seen.get("organizer").is_none());
    assert_eq!(seen["start"], at(10));
    assert!(
        ids(&c.list(MINA, JOON, "q=%EB%B9%84%EB%B0%80").ok()).is_empty(),
        "and nobody finds them by their title"
    );
    let invite = json!({ "attendees": [{ "email": MINA }] });
    c.call(JOON, "PATCH", &format!("{EVENTS}/abcde"), invite).ok();
    assert_eq!(c.event(MINA, JOON, "abcde")["summary"], "비밀", "who attends sees it there too");
}

#[test]
fn calendars_and_the_list_of_them() {
    let mut c = Client::new();
    let list = c.get(MINA, "/calendar/v3/users/me/calendarList?maxResults=2").ok();
    assert_eq!(list["items"][0]["primary"], true);
    assert_eq!(list["items"][0]["id"], MINA);
    let next = list["nextPageToken"].as_str().unwrap();
    let rest = c.get(MINA, &format!("/calendar/v3/users/me/calendarList?pageToken={next}")).ok();
    assert!(rest["nextSyncToken"].is_string());
    assert_eq!(rest["items"][0]["accessRole"], "owner");
    let path = format!("/calendar/v3/calendars/{}", c.room.replace('@', "%40"));
    let calendar = c.get(JOON, &path).ok();
    assert_eq!(
        (&calendar["timeZone"], &calendar["autoAcceptInvitations"]),
        (&json!("Asia/Seoul"), &json!(true))
    );
}
