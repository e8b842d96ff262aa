//! The clock that is moved by hand: what takes days is tested in no time.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use crate::support::{Client, HOUR, JOON, MINA, SECOND, answer_of};

const EVENTS: &str = "/calendar/v3/calendars/primary/events";
const CLIENT: &str = "roomly-demo.apps.googleusercontent.com";

fn turn(c: &mut Client, body: Value) -> Value {
    c.post(MINA, "/sandbox/clock", body).ok()
}

/// A token of Joon's with the scope to read and write events.
fn token(c: &mut Client) -> String {
    let google = c.get("", "/sandbox/clock").ok()["now"].as_str().unwrap().to_owned();
    let born = sandbox::world::clock::parse_instant(&google).unwrap();
    let scope = "https://www.googleapis.com/auth/calendar.events";
    c.world.install_refresh_token("1//kept", JOON, CLIENT, &[scope], born);
    let pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "1//kept"),
        ("client_id", CLIENT),
        ("client_secret", "roomly-demo-secret"),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let answer = c.send(Request::post("/token").body(Bytes::from(body)).unwrap()).ok();
    answer["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn a_frozen_clock_stands_and_is_moved_on() {
    let mut c = Client::new();
    let shown = turn(&mut c, json!({ "freeze": "2026-12-24T18:00:00+09:00" }));
    assert_eq!(shown, json!({ "now": "2026-12-24T09:00:00.000Z", "frozen": true }));
    let room = c.room.clone();
    let body = c.booking("first", "회의", 10, &[&room]);
    assert_eq!(c.insert(JOON, body)["created"], "2026-12-24T09:00:00.000Z");
    // Outside an hour goes by; nothing happens, and nothing is due.
    c.pass(3_600);
    assert_eq!(answer_of(&c.event(JOON, JOON, "first"), &room), "needsAction");
    assert_eq!(c.world.next_due(), None);
    turn(&mut c, json!({ "advance_seconds": 1 }));
    assert_eq!(answer_of(&c.event(JOON, JOON, "first"), &room), "needsAction");
    turn(&mut c, json!({ "advance_seconds": 1 }));
    assert_eq!(answer_of(&c.event(JOON, JOON, "first"), &room), "accepted", "it thinks for 1.5 s");
    // It runs on from where it stands.
    let shown = turn(&mut c, json!({ "run": true }));
    assert_eq!(shown, json!({ "now": "2026-12-24T09:00:02.000Z", "frozen": false }));
    c.pass(10);
    assert_eq!(c.get("", "/sandbox/clock").ok()["now"], "2026-12-24T09:00:12.000Z");
    turn(&mut c, json!({ "advance_seconds": 48 }));
    assert_eq!(c.get("", "/sandbox/state").ok()["clock"]["now"], "2026-12-24T09:01:00.000Z");
    for wrong in [
        json!({}),
        json!({ "run": false }),
        json!({ "freeze": "yesterday" }),
        json!({ "freeze": "2026-12-24T18:00:00+09:00", "run": true }),
        json!({ "advance_seconds": -1 }),
        json!({ "stop": true }),
    ] {
        assert_eq!(c.post(MINA, "/sandbox/clock", wrong.clone()).status, 400, "{wrong}");
    }
    assert_eq!(c.get("", "/sandbox/clock").ok()["now"], "2026-12-24T09:01:00.000Z", "nothing was done");
}

#[test]
fn tokens_channels_and_quotas_are_waited_for_without_waiting() {
    let mut c = Client::new();
    let start = c.now;
    turn(&mut c, json!({ "freeze": "2026-11-23T09:00:00+09:00" }));
    let token = token(&mut c);
    assert_eq!(c.get(&token, EVENTS).status, 200);
    turn(&mut c, json!({ "advance_seconds": 3_598 }));
    assert_eq!(c.get(&token, EVENTS).status, 200);
    turn(&mut c, json!({ "advance_seconds": 1 }));
    assert_eq!(c.get(&token, EVENTS).reason(), "authError", "an access token lives 3,599 s");

    let watch = json!({ "id": "chan-1", "type": "web_hook", "address": "http://127.0.0.1:9/hook" });
    let granted = c.post(JOON, &format!("{EVENTS}/watch"), watch).ok();
    let ends = (start + 3_599 * SECOND + 7 * 24 * HOUR) / 1_000;
    assert_eq!(granted["expiration"], ends.to_string());
    assert_eq!(c.pass(0).len(), 1, "sync");
    let body = c.booking("first", "회의", 10, &[]);
    c.insert(JOON, body);
    assert_eq!(c.pass(0).len(), 1);
    turn(&mut c, json!({ "advance_seconds": 7 * 86_400 }));
    let body = c.booking("second", "회의", 12, &[]);
    c.insert(JOON, body);
    assert_eq!(c.pass(0).len(), 0, "its week is over");

    c.call(MINA, "PATCH", "/sandbox/settings", json!({ "quota_user_per_minute": 2 })).ok();
    let ask = |c: &mut Client| c.get(JOON, EVENTS).status.as_u16();
    assert_eq!([ask(&mut c), ask(&mut c), ask(&mut c)], [200, 200, 403]);
    c.pass(300);
    assert_eq!(ask(&mut c), 403, "time stands");
    turn(&mut c, json!({ "advance_seconds": 61 }));
    assert_eq!(ask(&mut c), 200);
}

#[test]
fn a_reset_puts_the_real_clock_back() {
    let mut c = Client::new();
    for moved in [json!({ "freeze": "2027-03-01T00:00:00Z" }), json!({ "advance_seconds": 86_400 })] {
        turn(&mut c, moved);
        c.pass(60);
        c.post(MINA, "/sandbox/reset", Value::Null).ok();
        let shown = c.get("", "/sandbox/clock").ok();
        let now = sandbox::world::clock::stamp(c.now);
        assert_eq!(shown, json!({ "now": now, "frozen": false }));
    }
}

#[test]
fn the_clock_is_moved_on_the_page() {
    let mut c = Client::new();
    let press = |c: &mut Client, pairs: &[(&str, &str)]| {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let request = Request::post("/ui/break/clock").body(Bytes::from(body)).unwrap();
        let back = c.send(request).response.headers()["location"].to_str().unwrap().to_owned();
        c.get("", &back).text
    };
    let page = press(&mut c, &[("do", "freeze"), ("freeze", "2026-12-24T09:00:00Z")]);
    assert!(page.contains("stands at") && page.contains("2026-12-24T09:00:00.000Z"), "{page}");
    let page = press(&mut c, &[("do", "advance"), ("seconds", "60")]);
    assert!(page.contains("2026-12-24T09:01:00.000Z"));
    let page = press(&mut c, &[("do", "run")]);
    assert!(page.contains("Google's clock: runs"));
    assert!(press(&mut c, &[("do", "freeze"), ("freeze", "noon")]).contains("role=\"alert\""));
}
