//! The plan of faults: which requests it strikes, when, and what becomes of them.

use std::collections::BTreeMap;

use sandbox::wire::reply::{Fate, HoldBack};
use serde_json::{Value, json};

use crate::support::{Answer, Client, JOON, MINA, SECOND, at, ids};

const EVENTS: &str = "/calendar/v3/calendars/primary/events";

fn plan(c: &mut Client, fault: Value) {
    c.post(MINA, "/sandbox/faults", fault).ok();
}

fn hour(title: &str) -> Value {
    json!({ "summary": title, "start": at(10), "end": at(11) })
}

fn statuses(c: &mut Client, who: &str, path: &str, count: usize) -> Vec<u16> {
    (0..count).map(|_| c.get(who, path).status.as_u16()).collect()
}

fn events(answer: &Answer) -> Vec<String> {
    let list = answer.json["items"].as_array().cloned().unwrap_or_default();
    list.iter().filter_map(|event| event["summary"].as_str().map(str::to_owned)).collect()
}

#[test]
fn a_fault_skips_and_counts_and_ends() {
    let mut c = Client::new();
    plan(
        &mut c,
        json!({ "matcher": { "path": "/events" }, "action": { "status": 503 }, "skip": 1, "count": 2 }),
    );
    assert_eq!(statuses(&mut c, JOON, EVENTS, 5), [200, 503, 503, 200, 200]);
    c.world.mend();
    let begins = json!({ "name": "later", "action": { "status": 500 }, "after_ms": 5_000, "for_ms": 10_000 });
    plan(&mut c, begins);
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.extend(statuses(&mut c, JOON, EVENTS, 1));
        c.pass(4);
    }
    assert_eq!(seen, [200, 200, 500, 500, 200], "after 0, 4, 8, 12 and 16 seconds");
    let rest = c.call(MINA, "DELETE", "/sandbox/faults?name=later", Value::Null).ok();
    assert_eq!(rest["faults"], json!([]));
}

#[test]
fn a_matcher_looks_at_person_company_calendar_and_query() {
    let mut c = Client::new();
    let rooms = format!("/calendar/v3/calendars/{}/events", c.room);
    for (matcher, joon, mina, rooms_of_mina) in [
        (json!({ "user": JOON }), 500, 200, 200),
        (json!({ "company": "hanbit.example" }), 500, 500, 500),
        (json!({ "company": "acme.example" }), 200, 200, 200),
        (json!({ "calendar": c.room }), 200, 200, 500),
        (json!({ "calendar": JOON }), 500, 200, 200),
        (json!({ "path": "/calendars/*resource*/events" }), 200, 200, 500),
        (json!({ "query": "maxResults" }), 200, 200, 200),
        (json!({ "method": "POST" }), 200, 200, 200),
    ] {
        plan(&mut c, json!({ "matcher": matcher, "action": { "status": 500 } }));
        let seen = [(JOON, EVENTS), (MINA, EVENTS), (MINA, rooms.as_str())];
        let seen = seen.map(|(who, path)| c.get(who, path).status.as_u16());
        assert_eq!(seen, [joon, mina, rooms_of_mina], "{matcher}");
        c.world.mend();
    }
    plan(&mut c, json!({ "matcher": { "query": "maxResults=3" }, "action": { "status": 500 } }));
    assert_eq!(c.get(JOON, &format!("{EVENTS}?maxResults=3")).status, 500);
}

#[test]
fn probability_repeats_with_its_seed() {
    let draw = |seed: u64| {
        let mut c = Client::new();
        let fault = json!({ "seed": seed, "faults": [{ "action": { "status": 503 }, "probability": 0.5 }] });
        plan(&mut c, fault);
        statuses(&mut c, JOON, EVENTS, 64)
    };
    let first = draw(1);
    assert_eq!(first, draw(1));
    assert_ne!(first, draw(2));
    assert!(first.contains(&200) && first.contains(&503));
}

#[test]
fn an_answer_may_be_lost_after_the_work() {
    let mut c = Client::new();
    for (action, status) in [(json!("commit_then_fail"), 503), (json!("commit_then_drop"), 200)] {
        plan(&mut c, json!({ "matcher": { "method": "POST" }, "action": action, "count": 1 }));
        let answer = c.post(JOON, EVENTS, hour(&action.to_string()));
        let dropped = answer.response.extensions().get::<Fate>() == Some(&Fate::Drop);
        assert_eq!((answer.status.as_u16(), dropped), (status, status == 200));
        assert!(events(&c.get(JOON, EVENTS)).contains(&action.to_string()));
    }
    plan(&mut c, json!({ "matcher": { "method": "POST" }, "action": "drop_connection", "count": 1 }));
    let answer = c.post(JOON, EVENTS, hour("never"));
    assert_eq!(answer.response.extensions().get::<Fate>(), Some(&Fate::Drop));
    assert!(!events(&c.get(JOON, EVENTS)).contains(&"never".to_owned()));
    plan(&mut c, json!({ "action": { "delay_ms": 250 }, "count": 1 }));
    let answer = c.get(JOON, EVENTS);
    assert_eq!(answer.response.extensions().get::<HoldBack>().map(|held| held.0), Some(250));
    for (action, fate) in [(json!("torn_body"), Fate::Torn), (json!({ "slow_drip_ms": 5 }), Fate::Drip(5))] {
        plan(&mut c, json!({ "action": action, "count": 1 }));
        assert_eq!(c.get(JOON, EVENTS).response.extensions().get::<Fate>(), Some(&fate));
    }
}

#[test]
fn a_refusal_says_when_to_come_again() {
    let mut c = Client::new();
    plan(&mut c, json!({ "action": { "status": 429, "retry_after_s": 7 }, "count": 1 }));
    let answer = c.get(JOON, EVENTS);
    assert_eq!((answer.status.as_u16(), answer.reason()), (429, "rateLimitExceeded"));
    assert_eq!(answer.response.headers()["retry-after"], "7");
    assert_eq!(answer.json["error"]["errors"][0]["domain"], "usageLimits");
}

#[test]
fn work_may_be_done_twice_and_a_taken_id_overlooked() {
    let mut c = Client::new();
    plan(&mut c, json!({ "matcher": { "method": "POST" }, "action": "execute_twice", "count": 1 }));
    c.post(JOON, EVENTS, hour("twice")).ok();
    let mut with_id = hour("same id");
    with_id["id"] = json!("sameid");
    c.post(JOON, EVENTS, with_id.clone()).ok();
    assert_eq!(c.post(JOON, EVENTS, with_id.clone()).status, 409);
    plan(&mut c, json!({ "action": "miss_collision", "count": 1 }));
    let second = c.post(JOON, EVENTS, with_id).ok();
    assert_ne!(second["id"], "sameid");
    let titles = events(&c.get(JOON, EVENTS));
    let count = |title: &str| titles.iter().filter(|found| *found == title).count();
    assert_eq!((count("twice"), count("same id")), (2, 2));
}

#[test]
fn somebody_edits_right_after_every_write() {
    let mut c = Client::new();
    plan(&mut c, json!({ "matcher": { "method": "POST" }, "action": "bounce_edit" }));
    let made = c.post(JOON, EVENTS, hour("mine")).ok();
    let now = c.event(JOON, JOON, made["id"].as_str().unwrap());
    assert!(now["description"].as_str().unwrap().contains("edited"));
    assert_ne!(now["etag"], made["etag"]);
}

#[test]
fn pages_lie() {
    let mut c = Client::new();
    let made: Vec<String> =
        (0..3).map(|n| c.insert(JOON, hour(&n.to_string()))["id"].as_str().unwrap().to_owned()).collect();
    let empty =
        c.lied_to(json!({ "action": "lie_empty" }), |c| c.get(JOON, &format!("{EVENTS}?maxResults=2")).ok());
    assert_eq!(empty["items"], json!([]));
    assert!(empty.get("nextPageToken").is_none());
    let token = empty["nextSyncToken"].as_str().unwrap();
    assert_eq!(ids(&c.get(JOON, &format!("{EVENTS}?syncToken={token}")).ok()), Vec::<String>::new());

    plan(&mut c, json!({ "action": "empty_page", "count": 1 }));
    let first = c.get(JOON, EVENTS).ok();
    assert_eq!(first["items"], json!([]));
    let next = first["nextPageToken"].as_str().unwrap();
    let all = c.get(JOON, &format!("{EVENTS}?pageToken={next}")).ok();
    assert_eq!(ids(&all).len(), made.len(), "an empty page is not the end");
    assert!(all.get("nextSyncToken").is_some());

    plan(&mut c, json!({ "action": "loop_page" }));
    let mut token = String::new();
    for _ in 0..3 {
        let page = c.get(JOON, &format!("{EVENTS}?maxResults=2{token}")).ok();
        assert!(page.get("nextSyncToken").is_none());
        let next = format!("&pageToken={}", page["nextPageToken"].as_str().unwrap());
        assert!(token.is_empty() || token == next);
        token = next;
    }
    let users = "/admin/directory/v1/users?customer=my_customer";
    let looped = c.get(MINA, users).ok();
    assert!(looped.get("nextPageToken").is_some(), "the Directory's too");
}

#[test]
fn arrays_come_and_go_and_fields_are_odd() {
    let mut c = Client::new();
    let event = json!({ "summary": "s", "start": at(10), "end": at(11), "attendees": [{ "email": MINA }] });
    let id = c.insert(JOON, event)["id"].as_str().unwrap().to_owned();
    let path = format!("{EVENTS}/{id}");
    let mut shown: BTreeMap<&str, Value> = BTreeMap::new();
    for action in ["absent_arrays", "empty_arrays", "null_arrays", "wrong_types", "unknown_fields"] {
        shown.insert(action, c.lied_to(json!({ "action": action }), |c| c.get(JOON, &path).ok()));
    }
    assert!(shown["absent_arrays"].get("attendees").is_none());
    assert_eq!(shown["empty_arrays"]["attendees"], json!([]));
    assert_eq!(shown["null_arrays"].get("recurrence"), Some(&Value::Null));
    assert_eq!(shown["wrong_types"]["start"], 17);
    assert_eq!(shown["unknown_fields"]["eventType"], "futureType");
    let page = c.lied_to(json!({ "action": "html_page" }), |c| c.get(JOON, &path));
    assert!(page.status.is_success() && page.text.starts_with("<!doctype"));
    let huge = c.lied_to(json!({ "action": { "huge_body": 100_000 } }), |c| c.get(JOON, &path));
    assert!(huge.text.len() > 100_000);
    assert_eq!(huge.ok()["summary"], "s", "padding is still JSON");
}

#[test]
fn a_watch_may_be_granted_an_end_in_the_past() {
    let mut c = Client::new();
    plan(&mut c, json!({ "action": { "watch_expiration_ms": -1_000 }, "count": 1 }));
    let body = json!({ "id": "past", "type": "web_hook", "address": "http://127.0.0.1:1/hook" });
    let granted = c.post(JOON, &format!("{EVENTS}/watch"), body).ok();
    let expiration: i64 = granted["expiration"].as_str().unwrap().parse().unwrap();
    assert!(expiration < c.now / 1_000);
    assert!(c.pass(1).is_empty(), "nothing comes after the end");
}

#[test]
fn notifications_are_doubled_delayed_swapped_and_forged() {
    let mut c = Client::new();
    let body =
        json!({ "id": "chan", "type": "web_hook", "address": "http://127.0.0.1:1/hook", "token": "secret" });
    c.post(JOON, &format!("{EVENTS}/watch"), body).ok();
    assert_eq!(c.pass(1).len(), 1, "sync");
    let change = |c: &mut Client| {
        c.insert(JOON, hour("x"));
        c.pass(0)
    };
    plan(
        &mut c,
        json!({ "matcher": { "channel": "chan" }, "action": { "duplicate_notification": 2 }, "count": 1 }),
    );
    let three = change(&mut c);
    assert!(three.len() == 3 && three.iter().all(|one| *one == three[0]));
    plan(&mut c, json!({ "action": { "delay_notification_ms": 5_000 }, "count": 1 }));
    assert!(change(&mut c).is_empty());
    assert_eq!(c.pass(5).len(), 1);
    plan(&mut c, json!({ "action": "reorder_notification", "count": 1 }));
    assert!(change(&mut c).is_empty());
    let swapped = change(&mut c);
    let numbers: Vec<u64> =
        swapped.iter().map(|one| one.header("X-Goog-Message-Number").unwrap().parse().unwrap()).collect();
    assert!(numbers.len() == 2 && numbers[0] > numbers[1]);
    for (action, name, value) in [
        ("wrong_token", "X-Goog-Channel-Token", Some("not-the-token")),
        ("no_token", "X-Goog-Channel-Token", None),
        ("not_exists", "X-Goog-Resource-State", Some("not_exists")),
    ] {
        plan(&mut c, json!({ "matcher": { "user": JOON }, "action": action, "count": 1 }));
        assert_eq!(change(&mut c)[0].header(name), value, "{action}");
    }
    plan(&mut c, json!({ "action": "drop_notification", "count": 1 }));
    assert!(change(&mut c).is_empty());
}

#[test]
fn a_stopped_channel_may_be_heard_for_a_while() {
    let mut c = Client::new();
    c.post(MINA, "/sandbox/settings", json!({ "notify_after_stop_ms": 10_000 })).ok();
    let body = json!({ "id": "chan", "type": "web_hook", "address": "http://127.0.0.1:1/hook" });
    let channel = c.post(JOON, &format!("{EVENTS}/watch"), body).ok();
    c.pass(1);
    let stop = json!({ "id": "chan", "resourceId": channel["resourceId"] });
    assert_eq!(c.post(JOON, "/calendar/v3/channels/stop", stop.clone()).status, 204);
    assert_eq!(c.post(JOON, "/calendar/v3/channels/stop", stop).status, 404);
    c.insert(JOON, hour("late"));
    assert_eq!(c.pass(1).len(), 1);
    c.pass(10);
    c.insert(JOON, hour("too late"));
    assert!(c.pass(1).is_empty());
}

#[test]
fn googles_clock_may_be_ahead() {
    let mut c = Client::new();
    c.post(MINA, "/sandbox/settings", json!({ "clock_skew_ms": 600_000 })).ok();
    let made = c.insert(JOON, hour("x"));
    let shown = chrono::DateTime::parse_from_rfc3339(made["created"].as_str().unwrap()).unwrap();
    assert_eq!(shown.timestamp_micros() - c.now, 600 * SECOND);
}

#[test]
fn the_log_tells_whose_doing_a_change_was() {
    let mut c = Client::new();
    let room = c.room.clone();
    let body = c.booking("bookeda", "비밀", 10, &[&room]);
    c.insert(JOON, body);
    c.pass(3);
    let log = c.get(MINA, "/sandbox/log").ok();
    let entries = log["entries"].as_array().unwrap().clone();
    let numbers: Vec<u64> = entries.iter().map(|entry| entry["n"].as_u64().unwrap()).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]), "in order, without gaps");
    let by = |why: &str| entries.iter().find(|entry| entry["why"] == why).map(|entry| entry["by"].clone());
    assert_eq!(by("insert"), Some(json!(JOON)));
    assert_eq!(by("answer"), Some(json!("google")), "the room answers by itself");
    assert!(!log.to_string().contains("비밀"), "no title");
}
