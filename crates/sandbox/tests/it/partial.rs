use serde_json::{Value, json};

use crate::support::{Client, JOON, MINA, ids};

const EVENT: &str = "/calendar/v3/calendars/primary/events/abcde";

fn booked() -> Client {
    let mut c = Client::new();
    let mut body = c.booking("abcde", "회의", 10, &[]);
    body["attendees"] = json!([{ "email": MINA }, { "email": "someone@else.example" }]);
    c.insert(JOON, body);
    c
}

#[test]
fn only_the_chosen_fields_are_answered() {
    let mut c = booked();
    let list = c.list(JOON, "primary", "fields=items(id,start/dateTime),nextSyncToken").ok();
    assert_eq!(
        list["items"],
        json!([{ "id": "abcde", "start": { "dateTime": "2026-11-23T10:00:00+09:00" } }])
    );
    assert_eq!(list.as_object().unwrap().len(), 2);
    assert_eq!(
        c.get(JOON, &format!("{EVENT}?fields=attendees/email,status")).ok(),
        json!({ "status": "confirmed", "attendees": [{ "email": MINA }, { "email": "someone@else.example" }] })
    );
    let all = c.get(JOON, EVENT).ok();
    assert_eq!(c.get(JOON, &format!("{EVENT}?fields=*")).ok(), all);
    assert_eq!(c.get(JOON, &format!("{EVENT}?fields=*/email")).ok()["organizer"], json!({ "email": JOON }));
    for bad in ["a(b", "a)", ",", "a,,b", "a/", "()"] {
        let answer = c.get(JOON, &format!("{EVENT}?fields={bad}"));
        assert_eq!((answer.status.as_u16(), answer.reason()), (400, "invalidParameter"), "{bad}");
    }
}

#[test]
fn answers_are_indented_unless_asked_otherwise() {
    let mut c = booked();
    let (wide, narrow) = (c.get(JOON, EVENT), c.get(JOON, &format!("{EVENT}?prettyPrint=false&alt=json")));
    assert!(wide.text.contains("\n ") && !narrow.text.contains('\n'));
    assert_eq!(wide.json, narrow.json);
    assert_eq!(c.get(JOON, &format!("{EVENT}?alt=xml")).status, 400);
}

#[test]
fn what_the_client_has_is_not_sent_again() {
    let mut c = booked();
    for path in [EVENT, "/calendar/v3/calendars/primary/events", "/calendar/v3/users/me/calendarList"] {
        let etag = c.get(JOON, path).json["etag"].as_str().unwrap().to_owned();
        let request = |etag: &str| {
            http::Request::get(path)
                .header("authorization", format!("Bearer sandbox:{JOON}"))
                .header("if-none-match", etag)
                .body(bytes::Bytes::new())
                .unwrap()
        };
        let same = c.send(request(&etag));
        assert_eq!((same.status.as_u16(), same.text.as_str()), (304, ""), "{path}");
        assert_eq!(c.send(request("\"1\"")).status, 200);
    }
}

#[test]
fn many_attendees_are_cut_to_the_calendars_own() {
    let mut c = booked();
    let cut = c.get(MINA, &format!("{EVENT}?maxAttendees=1")).ok();
    assert_eq!(cut["attendeesOmitted"], true);
    assert_eq!(cut["attendees"].as_array().unwrap().len(), 1);
    assert_eq!(cut["attendees"][0]["email"], MINA);
    assert!(c.get(MINA, &format!("{EVENT}?maxAttendees=2")).ok().get("attendeesOmitted").is_none());
    assert_eq!(c.get(MINA, &format!("{EVENT}?maxAttendees=0")).status, 400);
}

#[test]
fn unknown_parameters_are_ignored_or_refused() {
    let mut c = booked();
    c.get(JOON, &format!("{EVENT}?colour=red")).ok();
    c.world.settings.strict_parameters = true;
    let refused = c.get(JOON, &format!("{EVENT}?colour=red"));
    assert_eq!((refused.status.as_u16(), refused.reason()), (400, "invalidParameter"));
    c.get(JOON, &format!("{EVENT}?quotaUser=a&key=b&timeZone=UTC&fields=id")).ok();
    assert_eq!(c.call(JOON, "DELETE", &format!("{EVENT}?sendUpdates=some"), Value::Null).status, 400);
    assert_eq!(c.call(JOON, "DELETE", &format!("{EVENT}?sendUpdates=none"), Value::Null).status, 204);
}

#[test]
fn listings_are_filtered() {
    let mut c = Client::new();
    for (id, hour, change) in [
        ("first", 10, json!({ "extendedProperties": { "private": { "a": "1" } }, "location": "본관" })),
        ("second", 11, json!({ "extendedProperties": { "private": { "a": "1", "b": "2" } } })),
        (
            "third",
            12,
            json!({ "eventType": "focusTime", "attendees": [{ "email": MINA, "displayName": "Mina Kim" }] }),
        ),
    ] {
        let mut body = c.booking(id, "회의", hour, &[]);
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        c.insert(JOON, body);
    }
    let mut found = |query: &str| ids(&c.list(JOON, "primary", query).ok()).join(" ");
    assert_eq!(found("privateExtendedProperty=a%3D1"), "first second");
    assert_eq!(found("privateExtendedProperty=a%3D1&privateExtendedProperty=b%3D2"), "second");
    assert_eq!(found("q=mina+kim"), "third");
    assert_eq!(found("q=%EB%B3%B8%EA%B4%80"), "first");
    assert_eq!(found("eventTypes=focusTime"), "third");
    assert_eq!(found("eventTypes=focusTime&eventTypes=default"), "first second third");
    assert_eq!(found("iCalUID=second%40google.com"), "second");
    assert_eq!(found("timeMin=2026-11-23T11:00:00%2B09:00&timeMax=2026-11-23T12:00:00%2B09:00"), "second");
    c.world.settings.any_property = true;
    assert_eq!(
        c.list(JOON, "primary", "privateExtendedProperty=a%3D1&privateExtendedProperty=b%3D2").ok()["items"]
            .as_array()
            .unwrap()
            .len(),
        2,
        "the guide says any of them"
    );
}
