//! What Google would have mailed.

use serde_json::{Value, json};

use crate::support::{Client, JOON, MINA, at};

const EVENTS: &str = "/calendar/v3/calendars/primary/events";

/// `(to, kind)` of what was sent since the last look.
fn sent(c: &mut Client, seen: &mut usize) -> Vec<(String, String)> {
    let outbox = c.get(MINA, &format!("/sandbox/outbox?after={seen}")).ok();
    let messages = outbox["messages"].as_array().unwrap().clone();
    *seen += messages.len();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    messages.iter().map(|message| (text(&message["to"]), text(&message["kind"]))).collect()
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|(to, kind)| ((*to).to_owned(), (*kind).to_owned())).collect()
}

#[test]
fn guests_hear_what_send_updates_says() {
    let mut c = Client::new();
    let mut seen = 0;
    let guests = json!([{ "email": MINA }, { "email": "guest@elsewhere.example" }]);
    let event = json!({ "summary": "회의", "start": at(10), "end": at(11), "attendees": guests });
    c.insert(JOON, event.clone());
    assert_eq!(sent(&mut c, &mut seen), [], "nobody, without the parameter");
    let made = c.post(JOON, &format!("{EVENTS}?sendUpdates=all"), event.clone()).ok();
    let both = |kind| pairs(&[("guest@elsewhere.example", kind), (MINA, kind)]);
    assert_eq!(sent(&mut c, &mut seen), both("invitation"));
    c.post(JOON, &format!("{EVENTS}?sendUpdates=externalOnly"), event).ok();
    assert_eq!(sent(&mut c, &mut seen), pairs(&[("guest@elsewhere.example", "invitation")]));
    let path = format!("{EVENTS}/{}?sendUpdates=all", made["id"].as_str().unwrap());
    c.call(JOON, "PATCH", &path, json!({ "attendees": [{ "email": MINA }] })).ok();
    assert_eq!(
        sent(&mut c, &mut seen),
        pairs(&[("guest@elsewhere.example", "cancellation"), (MINA, "update")])
    );
    let answer = json!({ "attendees": [{ "email": MINA, "responseStatus": "accepted" }] });
    c.call(MINA, "PATCH", &path, answer).ok();
    assert_eq!(sent(&mut c, &mut seen), pairs(&[(JOON, "answer")]));
    c.call(JOON, "DELETE", &path, Value::Null);
    assert_eq!(sent(&mut c, &mut seen), pairs(&[(MINA, "cancellation")]));
}

#[test]
fn the_organiser_hears_of_a_room_that_declined() {
    let mut c = Client::new();
    let room = c.room.clone();
    for id in ["first", "second"] {
        let body = c.booking(id, id, 10, &[&room]);
        c.insert(JOON, body);
        c.pass(3);
    }
    let mut seen = 0;
    assert_eq!(sent(&mut c, &mut seen), pairs(&[(JOON, "room_declined")]));
    c.post(MINA, "/sandbox/reset", Value::Null).ok();
    assert_eq!(sent(&mut c, &mut 0), [], "a reset empties it");
}
