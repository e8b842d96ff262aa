//! What an access token reaches: each scope its methods, and some of them not every calendar.

use bytes::Bytes;
use http::Request;
use sandbox::world::oauth::{DEMO_CLIENT, DEMO_SECRET};
use serde_json::json;

use crate::support::{Client, JOON, MINA};

/// An access token of Joon's with these scopes.
fn with(c: &mut Client, scopes: &[&str]) -> String {
    let scopes: Vec<String> =
        scopes.iter().map(|scope| format!("https://www.googleapis.com/auth/{scope}")).collect();
    let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
    c.world.install_refresh_token(&scopes.join(" "), JOON, DEMO_CLIENT, &scopes, c.now);
    let pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &scopes.join(" ")),
        ("client_id", DEMO_CLIENT),
        ("client_secret", DEMO_SECRET),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let answer = c.send(Request::post("/token").body(Bytes::from(body)).unwrap()).ok();
    answer["access_token"].as_str().unwrap().to_owned()
}

fn status(c: &mut Client, token: &str, method: &str, path: &str) -> u16 {
    let body = if method == "GET" { serde_json::Value::Null } else { json!({ "summary": "새 달력" }) };
    c.call(token, method, &format!("/calendar/v3/{path}"), body).status.as_u16()
}

#[test]
fn each_scope_opens_its_methods() {
    let mut c = Client::new();
    for (scope, open, shut) in [
        ("calendar.settings.readonly", "users/me/settings", "users/me/calendarList"),
        ("calendar.calendarlist.readonly", "users/me/calendarList", "calendars/primary/events"),
        ("calendar.acls.readonly", "calendars/primary/acl", "calendars/primary"),
        ("calendar.events.readonly", "calendars/primary/events", "calendars/primary/acl"),
        ("calendar.calendars.readonly", "calendars/primary", "users/me/settings"),
    ] {
        let token = with(&mut c, &[scope]);
        assert_eq!(status(&mut c, &token, "GET", open), 200, "{scope}");
        let refused = c.get(&token, &format!("/calendar/v3/{shut}"));
        assert_eq!((refused.status.as_u16(), refused.reason()), (403, "insufficientPermissions"), "{scope}");
    }
}

#[test]
fn a_scope_for_busy_times_shows_nothing_else() {
    let mut c = Client::new();
    let body = c.booking("abcde", "비밀", 10, &[]);
    c.insert(JOON, body);
    let token = with(&mut c, &["calendar.events.freebusy"]);
    for path in ["calendars/primary/events/abcde", "calendars/primary/events"] {
        let answer = c.get(&token, &format!("/calendar/v3/{path}"));
        assert!(answer.text.contains("2026-11-23T10:00:00+09:00") && !answer.text.contains("비밀"), "{path}");
    }
    assert_eq!(status(&mut c, &token, "PATCH", "calendars/primary/events/abcde"), 403);
}

#[test]
fn some_scopes_reach_some_calendars() {
    let mut c = Client::new();
    let room = format!("calendars/{}/events", c.room.replace('@', "%40"));
    let owned = with(&mut c, &["calendar.events.owned"]);
    assert_eq!(status(&mut c, &owned, "GET", "calendars/primary/events"), 200);
    assert_eq!(status(&mut c, &owned, "GET", &room), 403);
    let both = with(&mut c, &["calendar.events.owned", "calendar.events.readonly"]);
    assert_eq!(status(&mut c, &both, "GET", &room), 200);

    let made = with(&mut c, &["calendar.app.created"]);
    assert_eq!(status(&mut c, &made, "GET", "calendars/primary/events"), 403);
    let own = c.post(&made, "/calendar/v3/calendars", json!({ "summary": "앱의 달력" })).ok();
    let path = format!("calendars/{}/events", own["id"].as_str().unwrap());
    assert_eq!(status(&mut c, &made, "GET", &path), 200);
    let other = c.post(JOON, "/calendar/v3/calendars", json!({ "summary": "손으로 만든 달력" })).ok();
    let path = format!("calendars/{}/events", other["id"].as_str().unwrap());
    assert_eq!(status(&mut c, &made, "GET", &path), 403);

    let public = with(&mut c, &["calendar.events.public.readonly"]);
    let path = format!("calendars/{}/events", MINA.replace('@', "%40"));
    assert_eq!(status(&mut c, &public, "GET", &path), 403);
    let everybody = json!({ "role": "reader", "scope": { "type": "default" } });
    c.post(MINA, "/calendar/v3/calendars/primary/acl", everybody).ok();
    assert_eq!(status(&mut c, &public, "GET", &path), 200);
}
