use sandbox::Delivery;
use serde_json::{Value, json};

use crate::support::{Client, HOUR, JOON, MINA, SECOND};

fn watch(c: &mut Client, id: &str, address: &str) -> crate::support::Answer {
    let path = format!("/calendar/v3/calendars/{}/events/watch", c.room);
    let body = json!({ "id": id, "type": "web_hook", "address": address, "token": "secret", "params": { "ttl": "3600" } });
    c.post(MINA, &path, body)
}

#[test]
fn sync_first_then_exists_with_growing_numbers() {
    let mut c = Client::new();
    let room = c.room.clone();
    let channel = watch(&mut c, "chan-1", "http://127.0.0.1:9/hook").ok();
    assert_eq!(channel["kind"], "api#channel");
    assert_eq!(channel["expiration"], ((c.now + HOUR) / 1_000).to_string());
    let sync = c.pass(0);
    assert_eq!(sync.len(), 1);
    assert_eq!(sync[0].header("X-Goog-Resource-State"), Some("sync"));
    assert_eq!(sync[0].header("X-Goog-Message-Number"), Some("1"));
    assert_eq!(sync[0].header("X-Goog-Channel-Token"), Some("secret"));
    assert_eq!(sync[0].header("X-Goog-Channel-Expiration"), Some("Mon, 23 Nov 2026 01:00:00 GMT"));
    assert_eq!(sync[0].header("X-Goog-Resource-ID"), channel["resourceId"].as_str());
    assert!(sync[0].request().unwrap().body().is_empty());

    let body = c.booking("first", "회의", 10, &[&room]);
    c.insert(JOON, body);
    let made = c.pass(0);
    let answered = c.pass(2);
    let numbers: Vec<u64> = made
        .iter()
        .chain(&answered)
        .map(|n| {
            assert_eq!(n.header("x-goog-resource-state"), Some("exists"));
            n.header("X-Goog-Message-Number").unwrap().parse().unwrap()
        })
        .collect();
    assert_eq!(numbers.len(), 2, "once for the copy, once for the room's answer");
    assert!(1 < numbers[0] && numbers[0] < numbers[1]);
    // After its end a channel is silent.
    c.pass(3_600);
    let body = c.booking("second", "회의", 12, &[&room]);
    c.insert(JOON, body);
    assert!(c.pass(0).is_empty());
}

#[test]
fn watch_and_stop_are_checked() {
    let mut c = Client::new();
    let plain = watch(&mut c, "chan-1", "http://example.com/hook");
    assert_eq!((plain.status.as_u16(), plain.reason()), (400, "push.webhookUrlNotHttps"));
    watch(&mut c, "chan-1", "https://example.com/hook").ok();
    let twice = watch(&mut c, "chan-1", "https://example.com/hook");
    assert_eq!((twice.status.as_u16(), twice.reason()), (400, "channelIdNotUnique"));
    let resource = watch(&mut c, "chan-2", "http://localhost:1/x").ok()["resourceId"].clone();
    let stop = "/calendar/v3/channels/stop";
    let wrong = c.post(MINA, stop, json!({ "id": "chan-2", "resourceId": "no" }));
    assert_eq!(wrong.status, 404);
    assert_eq!(c.post(JOON, stop, json!({ "id": "chan-2", "resourceId": resource })).status, 404);
    assert_eq!(c.post(MINA, stop, json!({ "id": "chan-2", "resourceId": resource })).status, 204);
    let left = c.pass(0);
    assert_eq!(left.iter().map(|n| n.channel.as_str()).collect::<Vec<_>>(), ["chan-1"]);
    let nobody = c.call(
        "personal@gmail.com",
        "POST",
        &format!("/calendar/v3/calendars/{}/events/watch", c.room.clone()),
        json!({ "id": "x", "type": "web_hook", "address": "https://example.com" }),
    );
    assert_eq!(nobody.status, 404);
}

#[test]
fn only_server_errors_are_tried_again() {
    let mut c = Client::new();
    watch(&mut c, "chan-1", "https://example.com/hook").ok();
    let first = c.pass(0).remove(0);
    c.world.notified(first, Delivery::Status(503), c.now);
    assert_eq!(c.world.next_due(), Some(c.now + SECOND));
    let second = c.pass(1).remove(0);
    assert_eq!(second.header("X-Goog-Message-Number"), Some("1"));
    c.world.notified(second, Delivery::Unreachable, c.now);
    assert_eq!(c.world.next_due(), Some(c.now + 2 * SECOND));
    let third = c.pass(2).remove(0);
    c.world.notified(third, Delivery::Status(404), c.now);
    assert_eq!(c.world.next_due(), None);
}

#[test]
fn a_black_out_ends_in_a_burst_and_a_fault_drops() {
    let mut c = Client::new();
    let room = c.room.clone();
    watch(&mut c, "chan-1", "https://example.com/hook").ok();
    c.call(MINA, "PATCH", "/sandbox/settings", json!({ "push_enabled": false })).ok();
    let body = c.booking("first", "회의", 10, &[&room]);
    c.insert(JOON, body);
    assert!(c.pass(60).is_empty());
    c.call(MINA, "PATCH", "/sandbox/settings", json!({ "push_enabled": true })).ok();
    assert_eq!(c.pass(0).len(), 3);
    c.post(MINA, "/sandbox/faults", json!({ "action": "drop_notification", "count": 1 })).ok();
    c.call(JOON, "DELETE", "/calendar/v3/calendars/primary/events/first", Value::Null);
    assert!(c.pass(0).is_empty());
}
