use serde_json::{Value, json};

use crate::support::{Answer, Client, JOON, MINA, SECOND, answer_of, at, ids};

const EVENTS: &str = "/calendar/v3/calendars/primary/events";

fn refusal(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.reason())
}

#[test]
fn an_import_is_a_private_copy() {
    let mut c = Client::new();
    let room = c.room.clone();
    let body = json!({ "iCalUID": "from@elsewhere", "summary": "바깥 회의", "start": at(10), "end": at(11),
        "organizer": { "email": "host@else.example" }, "eventType": "outOfOffice",
        "attendees": [{ "email": MINA }, { "email": room, "responseStatus": "accepted" }] });
    let import = format!("{EVENTS}/import");
    let made = c.post(JOON, &import, body.clone()).ok();
    assert_eq!(
        (&made["organizer"]["email"], &made["eventType"]),
        (&json!("host@else.example"), &json!("default"))
    );
    assert_eq!(answer_of(&made, &room), "accepted", "nobody is asked");
    assert!(ids(&c.list(MINA, &room, "").ok()).is_empty());
    assert!(ids(&c.list(MINA, "primary", "").ok()).is_empty());
    let mut again = body.clone();
    again["summary"] = json!("새 제목");
    let same = c.post(JOON, &import, again).ok();
    assert_eq!((&same["id"], &same["summary"]), (&made["id"], &json!("새 제목")));
    let mut without = body;
    without.as_object_mut().unwrap().remove("iCalUID");
    assert_eq!(refusal(&c.post(JOON, &import, without)), (400, "required"));
    let own = c.booking("abcde", "회의", 10, &[]);
    let uid = c.insert(JOON, own)["iCalUID"].clone();
    let copy = json!({ "iCalUID": uid, "start": at(10), "end": at(11) });
    assert_eq!(refusal(&c.post(JOON, &import, copy)), (409, "duplicate"));
}

#[test]
fn a_private_copy_stays_at_home() {
    let mut c = Client::new();
    let mut body = c.booking("abcde", "혼자", 10, &[]);
    body["privateCopy"] = json!(true);
    body["attendees"] = json!([{ "email": MINA }]);
    assert_eq!(c.insert(JOON, body)["privateCopy"], true);
    assert!(ids(&c.list(MINA, "primary", "").ok()).is_empty());
    c.call(JOON, "PATCH", &format!("{EVENTS}/abcde"), json!({ "summary": "새" })).ok();
    assert_eq!(c.call(JOON, "DELETE", &format!("{EVENTS}/abcde"), Value::Null).status, 204);
}

#[test]
fn a_move_changes_the_organiser() {
    let mut c = Client::new();
    let room = c.room.clone();
    let mut body = c.booking("abcde", "회의", 10, &[&room]);
    body["extendedProperties"] = json!({ "private": { "a": "1" } });
    body["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=3"]);
    c.insert(JOON, body);
    c.call(JOON, "DELETE", &format!("{EVENTS}/abcde_20261130T010000Z"), Value::Null);
    c.pass(2);
    let to = |who: &str| format!("{EVENTS}/abcde/move?destination={}", who.replace('@', "%40"));
    assert_eq!(c.post(JOON, &to(MINA), Value::Null).status, 403, "a reader's calendar is no destination");
    c.world.set_role(MINA, JOON, sandbox::world::access::Role::Writer);
    let sync = c.list(JOON, "primary", "").ok()["nextSyncToken"].as_str().unwrap().to_owned();
    let moved = c.post(JOON, &to(MINA), Value::Null).ok();
    assert_eq!((&moved["organizer"]["email"], &moved["sequence"]), (&json!(MINA), &json!(1)));
    assert_eq!(moved["creator"]["email"], JOON);
    assert_eq!(ids(&c.list(MINA, "primary", "singleEvents=true").ok()).len(), 2, "with its exceptions");
    let delta = c.list(JOON, "primary", &format!("syncToken={sync}")).ok();
    let fields: Vec<&str> = delta["items"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["etag", "id", "kind", "status"], "a tombstone with nothing but its id");
    assert_eq!(c.event(MINA, &room, "abcde")["organizer"]["email"], MINA);
    assert_eq!(answer_of(&c.event(MINA, MINA, "abcde"), &room), "accepted");
    // A guest's copy is not the event.
    let mut body = c.booking("other", "초대", 14, &[]);
    body["attendees"] = json!([{ "email": JOON }]);
    c.insert(MINA, body);
    let guest = c.post(JOON, &format!("{EVENTS}/other/move?destination={}", MINA), Value::Null);
    assert_eq!(refusal(&guest), (403, "forbiddenForNonOrganizer"));
    let instance = format!("{EVENTS}/abcde_20261123T010000Z/move?destination=primary");
    assert_eq!(c.post(MINA, &instance, Value::Null).status, 400);
}

#[test]
fn an_organiser_who_is_a_guest_keeps_a_guests_copy() {
    let mut c = Client::new();
    c.world.set_role(MINA, JOON, sandbox::world::access::Role::Writer);
    let mut body = c.booking("abcde", "회의", 10, &[]);
    body["attendees"] = json!([{ "email": JOON, "responseStatus": "accepted" }, { "email": MINA }]);
    c.insert(JOON, body);
    c.post(JOON, &format!("{EVENTS}/abcde/move?destination={MINA}"), Value::Null).ok();
    let held = c.event(JOON, JOON, "abcde");
    assert_eq!((&held["status"], &held["organizer"]["email"]), (&json!("confirmed"), &json!(MINA)));
    let refused = c.call(JOON, "PATCH", &format!("{EVENTS}/abcde"), json!({ "summary": "x" }));
    assert_eq!(refusal(&refused), (403, "forbiddenForNonOrganizer"));
}

#[test]
fn a_line_of_text_becomes_an_event() {
    let mut c = Client::new();
    for (text, title, start, end) in [
        ("Lunch with Mina tomorrow at 12pm", "Lunch with Mina", "2026-11-24T12:00", "2026-11-24T13:00"),
        ("Review on December 3rd 10am-10:25am", "Review", "2026-12-03T10:00", "2026-12-03T10:25"),
        ("Standup friday 9:30-9:45", "Standup", "2026-11-27T09:30", "2026-11-27T09:45"),
        ("Talk 3-4:30pm", "Talk", "2026-11-23T15:00", "2026-11-23T16:30"),
        ("Room 12 2026-11-30 14:00", "Room 12", "2026-11-30T14:00", "2026-11-30T15:00"),
        ("Now", "Now", "2026-11-23T09:00", "2026-11-23T10:00"),
    ] {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("text", text).finish();
        let made = c.post(JOON, &format!("{EVENTS}/quickAdd?{query}"), Value::Null).ok();
        let shown = |name: &str| made[name]["dateTime"].as_str().unwrap()[..16].to_owned();
        assert_eq!(
            (&made["summary"], shown("start"), shown("end")),
            (&json!(title), start.into(), end.into())
        );
    }
    let day = c.post(JOON, &format!("{EVENTS}/quickAdd?text=Holiday+on+Dec+25"), Value::Null).ok();
    assert_eq!((&day["start"]["date"], &day["end"]["date"]), (&json!("2026-12-25"), &json!("2026-12-26")));
    assert_eq!(c.post(JOON, &format!("{EVENTS}/quickAdd"), Value::Null).reason(), "required");
}

fn asks(request: &str) -> Value {
    json!({ "conferenceData": { "createRequest": { "requestId": request,
        "conferenceSolutionKey": { "type": "hangoutsMeet" } } } })
}

fn state(event: &Value) -> &str {
    event["conferenceData"]["createRequest"]["status"]["statusCode"].as_str().unwrap_or("none")
}

#[test]
fn a_conference_is_made_a_little_later() {
    let mut c = Client::new();
    let mut body = c.booking("abcde", "회의", 10, &[]);
    body.as_object_mut().unwrap().extend(asks("one").as_object().unwrap().clone());
    assert_eq!(state(&c.insert(JOON, body)), "none", "version 0 knows no conferences");
    let path = format!("{EVENTS}/abcde");
    let with = format!("{path}?conferenceDataVersion=1");
    let waits = c.call(JOON, "PATCH", &with, asks("one")).ok();
    assert_eq!((state(&waits), waits.get("hangoutLink")), ("pending", None));
    c.pass(1);
    let made = c.event(JOON, JOON, "abcde");
    assert_eq!(state(&made), "success");
    let entry = &made["conferenceData"]["entryPoints"][0];
    assert_eq!((&entry["entryPointType"], &entry["uri"]), (&json!("video"), &made["hangoutLink"]));
    let again = c.call(JOON, "PATCH", &with, asks("one")).ok();
    assert_eq!(again["conferenceData"], made["conferenceData"], "the same request is ignored");
    let put = json!({ "start": at(12), "end": at(13) });
    let kept = c.call(JOON, "PUT", &path, put.clone()).ok();
    assert_eq!(kept["hangoutLink"], made["hangoutLink"], "a client of version 0 does not take it away");
    c.world.settings.conference_fails = true;
    c.call(JOON, "PATCH", &with, asks("two")).ok();
    c.now += SECOND;
    let failed = c.event(JOON, JOON, "abcde");
    assert_eq!((state(&failed), failed.get("hangoutLink")), ("failure", None));
    let gone = c.call(JOON, "PUT", &with, put).ok();
    assert!(gone.get("conferenceData").is_none());
}

#[test]
fn what_a_client_does_not_know_it_does_not_lose() {
    let mut c = Client::new();
    let path = format!("{EVENTS}/abcde");
    let mut body = c.booking("abcde", "회의", 10, &[]);
    body["attachments"] = json!([{ "fileUrl": "https://files.example/1" }]);
    body["eventLabelId"] = json!("label-1");
    body["colorId"] = json!("5");
    c.post(JOON, &format!("{EVENTS}?supportsAttachments=true&eventLabelVersion=1"), body).ok();
    let put = json!({ "start": at(10), "end": at(11) });
    let kept = c.call(JOON, "PUT", &path, put.clone()).ok();
    assert_eq!(
        (&kept["attachments"][0]["fileUrl"], &kept["eventLabelId"]),
        (&json!("https://files.example/1"), &json!("label-1"))
    );
    assert!(kept.get("colorId").is_none());
    let with = format!("{path}?supportsAttachments=true&eventLabelVersion=1");
    let gone = c.call(JOON, "PUT", &with, put).ok();
    assert!(gone.get("attachments").is_none() && gone.get("eventLabelId").is_none());
    assert_eq!(c.call(JOON, "PATCH", &format!("{path}?conferenceDataVersion=2"), json!({})).status, 400);
}

#[test]
fn lists_inside_an_event_have_limits() {
    let mut c = Client::new();
    let reminder = |minutes: i64| json!({ "method": "popup", "minutes": minutes });
    for (change, good) in [
        (json!({ "reminders": { "useDefault": false, "overrides": [reminder(0), reminder(40_320)] } }), true),
        (json!({ "reminders": { "overrides": [reminder(40_321)] } }), false),
        (json!({ "reminders": { "overrides": vec![reminder(1); 6] } }), false),
        (json!({ "reminders": { "overrides": [{ "method": "pigeon", "minutes": 1 }] } }), false),
        (json!({ "attachments": vec![json!({ "fileUrl": "https://f.example" }); 26] }), false),
        (json!({ "eventType": "fromGmail" }), false),
    ] {
        let mut body = json!({ "start": at(10), "end": at(11) });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = c.post(JOON, &format!("{EVENTS}?supportsAttachments=true"), body);
        assert_eq!(answer.status.is_success(), good, "{change}");
    }
    // Reminders are the reader's own: the etag changes, `updated` does not.
    let body = c.booking("abcde", "회의", 10, &[]);
    let before = c.insert(JOON, body);
    c.pass(60);
    let after = c
        .call(JOON, "PATCH", &format!("{EVENTS}/abcde"), json!({ "reminders": { "useDefault": false } }))
        .ok();
    assert_ne!(after["etag"], before["etag"]);
    assert_eq!(after["updated"], before["updated"]);
    let typed = c.call(JOON, "PATCH", &format!("{EVENTS}/abcde"), json!({ "eventType": "focusTime" }));
    assert_eq!(typed.status, 400, "the type is for life");
}

#[test]
fn one_private_instance_makes_the_series_private() {
    let mut c = Client::new();
    let mut body = c.booking("series", "회의", 10, &[]);
    body["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=3"]);
    c.insert(JOON, body);
    let one = format!("{EVENTS}/series_20261124T010000Z");
    c.call(JOON, "PATCH", &one, json!({ "visibility": "private" })).ok();
    for id in ["series", "series_20261123T010000Z", "series_20261124T010000Z"] {
        assert!(c.event(MINA, JOON, id).get("summary").is_none(), "{id}");
    }
    let back = c.call(JOON, "PATCH", &one, json!({ "visibility": "public" })).ok();
    assert_eq!(back["visibility"], "private", "the reverse is ignored");
}

#[test]
fn busy_times_of_groups_and_their_limits() {
    let mut c = Client::new();
    c.world.add_group("team@hanbit.example", &[MINA, JOON]);
    let body = c.booking("abcde", "회의", 10, &[]);
    c.insert(JOON, body);
    let mut ask = |change: Value| {
        let mut body = json!({ "timeMin": "2026-11-23T00:00:00+09:00", "timeMax": "2026-11-24T00:00:00+09:00",
            "timeZone": "Asia/Seoul", "items": [{ "id": "team@hanbit.example" }] });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        c.post(MINA, "/calendar/v3/freeBusy", body)
    };
    let both = ask(json!({})).ok();
    assert_eq!(both["groups"]["team@hanbit.example"]["calendars"], json!([JOON, MINA]));
    assert_eq!(both["calendars"][JOON]["busy"][0]["start"], "2026-11-23T10:00:00+09:00");
    let reason = |value: &Value| value["errors"][0]["reason"].as_str().unwrap_or("").to_owned();
    let big = ask(json!({ "groupExpansionMax": 1 })).ok();
    assert_eq!(reason(&big["groups"]["team@hanbit.example"]), "groupTooBig");
    let many = ask(json!({ "calendarExpansionMax": 1 })).ok();
    assert_eq!(reason(&many["calendars"][MINA]), "tooManyCalendarsRequested");
    assert_eq!(ask(json!({ "calendarExpansionMax": 51 })).status, 400);
    assert_eq!(ask(json!({ "timeMax": "2026-11-22T00:00:00Z" })).reason(), "timeRangeEmpty");
}
