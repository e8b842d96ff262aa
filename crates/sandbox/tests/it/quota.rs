//! Quotas are off until a setting gives them a number.

use serde_json::{Value, json};

use crate::support::{Answer, Client, JOON, MINA, at};

const EVENTS: &str = "/calendar/v3/calendars/primary/events";

fn set(c: &mut Client, settings: Value) {
    c.post(MINA, "/sandbox/settings", settings).ok();
}

fn refusal(answer: &Answer) -> (u16, &str, Value) {
    (answer.status.as_u16(), answer.reason(), answer.json["error"]["errors"][0]["domain"].clone())
}

fn limits() -> Value {
    json!("usageLimits")
}

#[test]
fn a_minute_slides() {
    let mut c = Client::new();
    set(&mut c, json!({ "quota_user_per_minute": 2, "quota_retry_after_s": 30 }));
    for _ in 0..2 {
        c.get(JOON, EVENTS).ok();
        c.pass(20);
    }
    let third = c.get(JOON, EVENTS);
    assert_eq!(refusal(&third), (403, "userRateLimitExceeded", limits()));
    assert_eq!(third.response.headers()["retry-after"], "30");
    c.get(MINA, EVENTS).ok();
    c.pass(20);
    c.get(JOON, EVENTS).ok();
    assert_eq!(c.get(JOON, EVENTS).status, 403, "the one of forty seconds ago still counts");
    let named = format!("{EVENTS}?quotaUser=somebody-else");
    c.get(JOON, &named).ok();
}

#[test]
fn a_project_is_refused_as_a_whole() {
    let mut c = Client::new();
    set(&mut c, json!({ "quota_project_per_minute": 2, "quota_refusal": "too_many" }));
    c.get(JOON, EVENTS).ok();
    c.get(MINA, EVENTS).ok();
    assert_eq!(refusal(&c.get(JOON, EVENTS)), (429, "rateLimitExceeded", limits()));
    set(&mut c, json!({ "quota_refusal": "either" }));
    let drawn: Vec<u16> = (0..40).map(|_| c.get(JOON, EVENTS).status.as_u16()).collect();
    assert!(drawn.contains(&403) && drawn.contains(&429));
    set(&mut c, json!({ "quota_project_per_minute": null, "quota_project_per_day": 3 }));
    c.pass(86_400);
    c.get(JOON, EVENTS).ok();
    c.get(JOON, EVENTS).ok();
    c.get(JOON, EVENTS).ok();
    assert_eq!(refusal(&c.get(JOON, EVENTS)), (403, "dailyLimitExceeded", limits()));
    c.pass(86_400);
    c.get(JOON, EVENTS).ok();
}

#[test]
fn a_patch_costs_three_and_writes_to_one_calendar_come_slowly() {
    let mut c = Client::new();
    let made = c.insert(JOON, json!({ "summary": "x", "start": at(10), "end": at(11) }));
    let path = format!("{EVENTS}/{}", made["id"].as_str().unwrap());
    set(&mut c, json!({ "quota_user_per_minute": 3 }));
    c.call(JOON, "PATCH", &path, json!({ "summary": "y" })).ok();
    assert_eq!(c.get(JOON, EVENTS).status, 403);
    set(&mut c, json!({ "quota_user_per_minute": null, "quota_calendar_writes_per_minute": 1 }));
    c.pass(60);
    c.call(JOON, "PATCH", &path, json!({ "summary": "z" })).ok();
    assert_eq!(c.call(JOON, "DELETE", &path, Value::Null).reason(), "rateLimitExceeded");
    c.get(JOON, EVENTS).ok();
}

#[test]
fn who_makes_too_many_events_may_only_read_for_hours() {
    let mut c = Client::new();
    set(&mut c, json!({ "usage_limit_events": 2, "usage_limit_hours": 3 }));
    let event = json!({ "summary": "x", "start": at(10), "end": at(11) });
    let made = c.insert(MINA, event.clone());
    let room = format!("/calendar/v3/calendars/{}/events", c.room);
    c.post(MINA, &room, event.clone()).ok();
    let third = c.post(MINA, &room, event.clone());
    assert_eq!(
        refusal(&third),
        (403, "quotaExceeded", limits()),
        "the acting person counts, not the calendar"
    );
    let path = format!("{EVENTS}/{}", made["id"].as_str().unwrap());
    assert_eq!(c.call(MINA, "DELETE", &path, Value::Null).reason(), "quotaExceeded");
    c.get(MINA, EVENTS).ok();
    c.insert(JOON, event);
    c.pass(3 * 3_600);
    assert_eq!(c.call(MINA, "DELETE", &path, Value::Null).status, 204);
}
