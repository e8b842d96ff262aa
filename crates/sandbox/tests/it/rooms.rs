use serde_json::{Value, json};

use crate::support::{Client, JOON, MINA, SECOND, answer_of, at};

#[test]
fn a_free_room_accepts_after_a_while_and_a_taken_one_declines() {
    let mut c = Client::new();
    let room = c.room.clone();
    let body = c.booking("first", "먼저", 10, &[&room]);
    let made = c.insert(JOON, body);
    assert_eq!(answer_of(&made, &room), "needsAction");
    assert_eq!(made["attendees"][0]["displayName"], "한라");
    assert_eq!(c.world.next_due(), Some(c.now + 1_500_000));
    c.now += SECOND;
    c.world.tick(c.now);
    assert_eq!(answer_of(&c.event(JOON, JOON, "first"), &room), "needsAction");
    c.pass(1);
    assert_eq!(answer_of(&c.event(JOON, JOON, "first"), &room), "accepted");
    assert_eq!(answer_of(&c.event(MINA, &room, "first"), &room), "accepted");

    let body = c.booking("second", "나중", 10, &[&room]);
    c.insert(MINA, body);
    c.pass(2);
    assert_eq!(answer_of(&c.event(MINA, MINA, "second"), &room), "declined");
    // Out of the way: released and asked again; a client's word for the room counts nothing.
    let path = "/calendar/v3/calendars/primary/events/second";
    let attendees = json!([{ "email": room, "responseStatus": "accepted" }]);
    let kept = c.call(MINA, "PATCH", path, json!({ "attendees": attendees })).ok();
    assert_eq!(answer_of(&kept, &room), "declined");
    let moved = c.call(MINA, "PATCH", path, json!({ "start": at(11), "end": at(12) })).ok();
    assert_eq!(answer_of(&moved, &room), "needsAction");
    assert_eq!(moved["sequence"], 1);
    c.pass(2);
    assert_eq!(answer_of(&c.event(MINA, MINA, "second"), &room), "accepted");
}

#[test]
fn changing_the_room_takes_the_copy_off_the_old_one() {
    let mut c = Client::new();
    let (room, other) = (c.room.clone(), c.other_room.clone());
    let body = c.booking("first", "회의", 10, &[&room]);
    c.insert(JOON, body);
    c.pass(2);
    let patch = json!({ "attendees": [{ "email": other, "resource": true }] });
    c.call(JOON, "PATCH", "/calendar/v3/calendars/primary/events/first", patch).ok();
    assert_eq!(c.event(MINA, &room, "first")["status"], "cancelled");
    c.pass(2);
    assert_eq!(answer_of(&c.event(MINA, &other, "first"), &other), "accepted");
    // The first room is free again.
    let body = c.booking("second", "회의", 10, &[&room]);
    c.insert(MINA, body);
    c.pass(2);
    assert_eq!(answer_of(&c.event(MINA, MINA, "second"), &room), "accepted");
}

#[test]
fn direct_writes_are_not_checked() {
    let mut c = Client::new();
    let room = c.room.clone();
    let path = format!("/calendar/v3/calendars/{room}/events");
    for id in ["first", "second"] {
        let body = c.booking(id, "직접", 10, &[]);
        let made = c.post(MINA, &path, body).ok();
        assert_eq!(made["organizer"], json!({ "email": room, "displayName": "한라", "self": true }));
        assert_eq!(made["creator"], json!({ "email": MINA }));
    }
    let body = c.booking("third", "초대", 10, &[&room]);
    c.insert(JOON, body);
    c.pass(2);
    assert_eq!(answer_of(&c.event(JOON, JOON, "third"), &room), "declined");
}

#[test]
fn a_room_may_be_slow_or_wait_for_its_manager() {
    let mut c = Client::new();
    let room = c.room.clone();
    c.world.calendars.get_mut(&room).unwrap().auto_accept = false;
    let body = c.booking("first", "회의", 10, &[&room]);
    c.insert(JOON, body);
    c.pass(600);
    assert_eq!(answer_of(&c.event(JOON, JOON, "first"), &room), "needsAction");
    let path = format!("/calendar/v3/calendars/{room}/events/first");
    let answer = json!({ "attendees": [{ "email": room, "responseStatus": "declined" }] });
    c.call(MINA, "PATCH", &path, answer).ok();
    assert_eq!(answer_of(&c.event(JOON, JOON, "first"), &room), "declined");
}

#[test]
fn copies_may_be_slow() {
    let mut c = Client::new();
    let room = c.room.clone();
    c.world.settings.copy_delay_ms = 2_000;
    let body = c.booking("first", "회의", 10, &[&room]);
    c.insert(JOON, body);
    assert_eq!(c.get(MINA, &format!("/calendar/v3/calendars/{room}/events/first")).status, 404);
    c.pass(2);
    c.event(MINA, &room, "first");
    c.pass(4);
    assert_eq!(answer_of(&c.event(JOON, JOON, "first"), &room), "accepted");
}

#[test]
fn deleting_frees_the_room() {
    let mut c = Client::new();
    let room = c.room.clone();
    let body = c.booking("first", "회의", 10, &[&room]);
    c.insert(JOON, body);
    c.pass(2);
    c.call(JOON, "DELETE", "/calendar/v3/calendars/primary/events/first", Value::Null);
    assert_eq!(c.event(MINA, &room, "first")["status"], "cancelled");
}

#[test]
fn free_and_busy() {
    let mut c = Client::new();
    let room = c.room.clone();
    for (id, hour) in [("first", 10), ("second", 11), ("third", 14)] {
        let body = c.booking(id, "회의", hour, &[&room]);
        c.insert(JOON, body);
    }
    c.pass(2);
    let query = json!({ "timeMin": "2026-11-23T00:00:00+09:00", "timeMax": "2026-11-24T00:00:00+09:00",
        "items": [{ "id": room }, { "id": "nobody@nowhere.example" }] });
    let answer = c.post(JOON, "/calendar/v3/freeBusy", query).ok();
    let busy = json!([{ "start": "2026-11-23T01:00:00Z", "end": "2026-11-23T03:00:00Z" },
        { "start": "2026-11-23T05:00:00Z", "end": "2026-11-23T06:00:00Z" }]);
    assert_eq!(answer["calendars"][&room]["busy"], busy);
    assert_eq!(answer["calendars"]["nobody@nowhere.example"]["errors"][0]["reason"], "notFound");
}
