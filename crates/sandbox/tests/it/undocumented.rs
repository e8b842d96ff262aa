//! What Google does not say: people, imports, ids, lost instances, rules and the Directory, each in both ways.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use crate::support::{Answer, Client, JOON, MINA, SECOND, answer_of, at, ids};

const EVENTS: &str = "/calendar/v3/calendars/primary/events";
const CLIENT: &str = "roomly-demo.apps.googleusercontent.com";
const SCOPE: &str = "https://www.googleapis.com/auth/calendar.events";
const RESOURCES: &str = "/admin/directory/v1/customer/my_customer/resources";

/// A world with these settings.
fn with(settings: Value) -> Client {
    let mut c = Client::new();
    c.call(MINA, "PATCH", "/sandbox/settings", settings).ok();
    c
}

fn refreshed(c: &mut Client) -> Answer {
    let pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "1//kept"),
        ("client_id", CLIENT),
        ("client_secret", "roomly-demo-secret"),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    c.send(Request::post("/token").body(Bytes::from(body)).unwrap())
}

/// Joon's access token; his refresh token is `1//kept`.
fn granted(c: &mut Client) -> String {
    c.world.install_refresh_token("1//kept", JOON, CLIENT, &[SCOPE], c.now);
    refreshed(c).ok()["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn a_suspended_persons_tokens_end_now_or_later_or_not() {
    for (word, access, refresh) in
        [("until_expiry", 200, 400), ("end_at_once", 401, 400), ("live_on", 200, 200)]
    {
        let mut c = with(json!({ "suspended_tokens": word }));
        let token = granted(&mut c);
        c.post(MINA, "/sandbox/people", json!({ "email": JOON, "do": "suspend" }));
        assert_eq!(c.get(&token, EVENTS).status, access, "{word}");
        let answer = refreshed(&mut c);
        assert_eq!(answer.status, refresh, "{word}");
        if refresh == 400 {
            assert_eq!(answer.json["error"], "invalid_grant");
        }
        c.post(MINA, "/sandbox/people", json!({ "email": JOON, "do": "restore" }));
        assert_eq!((c.get(&token, EVENTS).status.as_u16(), refreshed(&mut c).status.as_u16()), (200, 200));
    }
}

#[test]
fn a_new_address_keeps_grants_or_ends_them() {
    for (ends, access, refresh) in [(false, 200, 200), (true, 401, 400)] {
        let mut c = with(json!({ "rename_ends_grants": ends }));
        let token = granted(&mut c);
        let path = format!("/admin/directory/v1/users/{JOON}");
        c.call(MINA, "PATCH", &path, json!({ "primaryEmail": "juno@hanbit.example" })).ok();
        assert_eq!(
            (c.get(&token, EVENTS).status.as_u16(), refreshed(&mut c).status.as_u16()),
            (access, refresh)
        );
    }
}

#[test]
fn a_second_import_updates_or_is_a_duplicate() {
    for (word, status) in [("update", 200), ("duplicate", 409)] {
        let mut c = with(json!({ "import_again": word }));
        let body = |title: &str| json!({ "iCalUID": "uid-1@elsewhere", "summary": title, "start": at(10), "end": at(11) });
        let first = c.post(JOON, &format!("{EVENTS}/import"), body("eins")).ok();
        let second = c.post(JOON, &format!("{EVENTS}/import"), body("zwei"));
        assert_eq!(second.status, status, "{word}");
        let held = c.event(JOON, JOON, first["id"].as_str().unwrap());
        assert_eq!(held["summary"], if status == 200 { "zwei" } else { "eins" });
        assert_eq!(ids(&c.list(JOON, "primary", "").ok()).len(), 1);
    }
}

#[test]
fn quick_add_reads_a_little_or_nothing() {
    for (reads, title, start) in [
        (true, "Lunch", "2026-11-24T12:00:00+09:00"),
        (false, "Lunch tomorrow 12:00-13:00", "2026-11-23T09:00:00+09:00"),
    ] {
        let mut c = with(json!({ "quick_add_reads": reads }));
        let path = format!("{EVENTS}/quickAdd?text=Lunch+tomorrow+12:00-13:00");
        let made = c.post(JOON, &path, Value::Null).ok();
        assert_eq!((&made["summary"], &made["start"]["dateTime"]), (&json!(title), &json!(start)));
    }
}

fn daily(c: &mut Client, id: &str, rule: &str) {
    let mut body = c.booking(id, "회의", 10, &[]);
    body["recurrence"] = json!([format!("RRULE:{rule}")]);
    c.insert(JOON, body);
}

#[test]
fn instance_ids_tell_the_original_start_or_nothing() {
    for opaque in [false, true] {
        let mut c = with(json!({ "opaque_instance_ids": opaque }));
        daily(&mut c, "series", "FREQ=DAILY;COUNT=3");
        let plain = "series_20261124T010000Z";
        let listed = ids(&c.get(JOON, &format!("{EVENTS}/series/instances")).ok());
        assert_eq!((listed.len(), listed.contains(&plain.to_owned())), (3, !opaque), "{listed:?}");
        assert_eq!(c.get(JOON, &format!("{EVENTS}/{plain}")).status, if opaque { 404 } else { 200 });
        // Read, moved, listed, cancelled: by the id that was told.
        let second = c.event(JOON, JOON, &listed[1]);
        assert_eq!(second["originalStartTime"]["dateTime"], "2026-11-24T10:00:00+09:00");
        let later = json!({ "start": { "dateTime": "2026-11-24T15:00:00+09:00" }, "end": { "dateTime": "2026-11-24T16:00:00+09:00" } });
        c.call(JOON, "PATCH", &format!("{EVENTS}/{}", listed[1]), later).ok();
        assert_eq!(ids(&c.list(JOON, "primary", "singleEvents=true").ok()).len(), 3);
        assert_eq!(c.event(JOON, JOON, &listed[1])["start"]["dateTime"], "2026-11-24T15:00:00+09:00");
        // A change of the series finds its exceptions by their slots.
        c.call(JOON, "PATCH", &format!("{EVENTS}/series"), json!({ "summary": "새 이름" })).ok();
        assert_eq!(c.event(JOON, JOON, &listed[1])["summary"], "새 이름");
        assert_eq!(c.call(JOON, "DELETE", &format!("{EVENTS}/{}", listed[1]), Value::Null).status, 204);
        let left = ids(&c.list(JOON, "primary", "singleEvents=true&orderBy=startTime").ok());
        assert_eq!(left, [listed[0].clone(), listed[2].clone()]);
    }
}

#[test]
fn an_exception_without_its_slot_goes_or_stays() {
    for stays in [false, true] {
        let mut c = with(json!({ "slotless_exceptions_stay": stays }));
        daily(&mut c, "series", "FREQ=DAILY;COUNT=4");
        let last = "series_20261126T010000Z";
        c.call(JOON, "PATCH", &format!("{EVENTS}/{last}"), json!({ "summary": "따로" })).ok();
        c.call(
            JOON,
            "PATCH",
            &format!("{EVENTS}/series"),
            json!({ "recurrence": ["RRULE:FREQ=DAILY;COUNT=2"] }),
        )
        .ok();
        assert_eq!(c.event(JOON, JOON, last)["status"], if stays { "confirmed" } else { "cancelled" });
        let listed = ids(&c.get(JOON, &format!("{EVENTS}/series/instances")).ok());
        assert_eq!((listed.len(), listed.contains(&last.to_owned())), (if stays { 3 } else { 2 }, stays));
    }
}

#[test]
fn a_start_off_its_rule_is_an_instance_or_none() {
    for (counts, dates) in
        [(false, vec!["20261124", "20261201"]), (true, vec!["20261123", "20261124", "20261201"])]
    {
        let mut c = with(json!({ "start_counts": counts }));
        // From a Monday on, on Tuesdays.
        daily(&mut c, "tuesd", "FREQ=WEEKLY;BYDAY=TU;UNTIL=20261202T000000Z");
        let expected: Vec<String> = dates.iter().map(|day| format!("tuesd_{day}T010000Z")).collect();
        assert_eq!(ids(&c.get(JOON, &format!("{EVENTS}/tuesd/instances")).ok()), expected);
        // A start that the rule has is there once.
        daily(&mut c, "monda", "FREQ=WEEKLY;BYDAY=MO;COUNT=2");
        assert_eq!(ids(&c.get(JOON, &format!("{EVENTS}/monda/instances")).ok()).len(), 2);
    }
}

#[test]
fn a_deleted_series_has_one_tombstone_or_one_for_each_exception() {
    for each in [false, true] {
        let mut c = with(json!({ "tombstone_exceptions": each }));
        daily(&mut c, "series", "FREQ=DAILY;COUNT=4");
        let second = "series_20261124T010000Z";
        c.call(JOON, "PATCH", &format!("{EVENTS}/{second}"), json!({ "summary": "따로" })).ok();
        let sync = c.list(JOON, "primary", "").ok()["nextSyncToken"].as_str().unwrap().to_owned();
        c.call(JOON, "DELETE", &format!("{EVENTS}/series"), Value::Null);
        let told = ids(&c.list(JOON, "primary", &format!("syncToken={sync}")).ok());
        let expected: &[&str] = if each { &["series", second] } else { &["series"] };
        assert_eq!(told, expected);
        assert_eq!(c.event(JOON, JOON, second)["status"], "cancelled");
    }
}

#[test]
fn a_delta_of_single_events_tells_of_lost_instances_or_not() {
    for hides in [false, true] {
        let mut c = with(json!({ "delta_hides_lost": hides }));
        daily(&mut c, "series", "FREQ=DAILY;COUNT=4");
        let list = c.list(JOON, "primary", "singleEvents=true").ok();
        let sync = list["nextSyncToken"].as_str().unwrap().to_owned();
        c.call(
            JOON,
            "PATCH",
            &format!("{EVENTS}/series"),
            json!({ "recurrence": ["RRULE:FREQ=DAILY;COUNT=2"] }),
        )
        .ok();
        let delta = c.list(JOON, "primary", &format!("singleEvents=true&syncToken={sync}")).ok();
        let gone: Vec<&Value> =
            delta["items"].as_array().unwrap().iter().filter(|item| item["status"] == "cancelled").collect();
        assert_eq!(gone.len(), if hides { 0 } else { 2 }, "{gone:?}");
        // What there is now is the same either way.
        let now = ids(&c.list(JOON, "primary", "singleEvents=true").ok());
        assert_eq!(now, ["series_20261123T010000Z", "series_20261124T010000Z"]);
    }
}

#[test]
fn calendars_that_cannot_be_deleted_or_cleared_are_refused_in_three_ways() {
    for (word, delete, clear) in [("by_case", 403, 400), ("bad_request", 400, 400), ("forbidden", 403, 403)] {
        let mut c = with(json!({ "calendar_refusals": word }));
        let made = c.post(JOON, "/calendar/v3/calendars", json!({ "summary": "둘째" })).ok();
        let second = format!("/calendar/v3/calendars/{}", made["id"].as_str().unwrap());
        let primary = format!("/calendar/v3/calendars/{JOON}");
        assert_eq!(c.call(JOON, "DELETE", &primary, Value::Null).status, delete, "{word}");
        assert_eq!(c.post(JOON, &format!("{second}/clear"), json!({})).status, clear, "{word}");
        assert_eq!(c.call(JOON, "DELETE", &second, Value::Null).status, 204);
        assert_eq!(c.post(JOON, &format!("{primary}/clear"), Value::Null).status, 204);
    }
}

#[test]
fn of_several_rules_the_narrowest_or_the_widest_decides() {
    for (widest, role) in [(false, "freeBusyReader"), (true, "writer")] {
        let mut c = with(json!({ "widest_rule": widest }));
        let acl = format!("/calendar/v3/calendars/{JOON}/acl");
        for (kind, value, role) in [("user", MINA, "freeBusyReader"), ("domain", "hanbit.example", "writer")]
        {
            let rule = json!({ "role": role, "scope": { "type": kind, "value": value } });
            c.post(JOON, &acl, rule).ok();
        }
        assert_eq!(c.list(MINA, JOON, "").ok()["accessRole"], role);
        assert_eq!(c.list(JOON, JOON, "").ok()["accessRole"], "owner");
    }
}

#[test]
fn ones_own_ownership_can_be_given_up_or_not() {
    for (may, status) in [(false, 403), (true, 204)] {
        let mut c = with(json!({ "own_acl_changes": may }));
        let made = c.post(JOON, "/calendar/v3/calendars", json!({ "summary": "둘째" })).ok();
        let path = format!("/calendar/v3/calendars/{}/acl/user%3A{JOON}", made["id"].as_str().unwrap());
        assert_eq!(c.call(JOON, "DELETE", &path, Value::Null).status, status);
        let calendar = format!("/calendar/v3/calendars/{}", made["id"].as_str().unwrap());
        assert_eq!(c.get(JOON, &calendar).status, if may { 404 } else { 200 });
    }
}

fn room(name: &str) -> Value {
    json!({ "resourceId": format!("r-{name}"), "resourceName": name, "capacity": 6 })
}

fn made(c: &mut Client, name: &str) -> String {
    let made = c.post(MINA, &format!("{RESOURCES}/calendars"), room(name)).ok();
    made["resourceEmail"].as_str().unwrap().to_owned()
}

#[test]
fn a_new_rooms_calendar_is_there_at_once_or_later() {
    for lag in [0, 60] {
        let mut c = with(json!({ "directory_lag_ms": lag * 1_000 }));
        let email = made(&mut c, "금강");
        let path = format!("/calendar/v3/calendars/{email}");
        assert_eq!(c.get(MINA, &path).status, if lag > 0 { 404 } else { 200 });
        let listed = c.get(MINA, &format!("{RESOURCES}/calendars")).ok();
        assert_eq!(listed["items"].as_array().unwrap().len(), 3, "the Directory has it");
        assert_eq!(c.world.next_due(), (lag > 0).then_some(c.now + lag * SECOND));
        c.pass(lag);
        assert_eq!(c.get(MINA, &path).ok()["summary"], "금강");
        let body = c.booking("booked", "회의", 10, &[&email]);
        c.insert(JOON, body);
        c.pass(2);
        assert_eq!(answer_of(&c.event(JOON, JOON, "booked"), &email), "accepted");
    }
    // A room that is deleted before its calendar opens never has one.
    let mut c = with(json!({ "directory_lag_ms": 60_000 }));
    let email = made(&mut c, "금강");
    c.call(MINA, "DELETE", &format!("{RESOURCES}/calendars/r-금강"), Value::Null);
    c.pass(60);
    assert_eq!(c.get(MINA, &format!("/calendar/v3/calendars/{email}")).status, 404);
}

#[test]
fn a_deleted_rooms_calendar_goes_or_stays() {
    for stays in [false, true] {
        let mut c = with(json!({ "deleted_rooms_stay": stays }));
        let email = made(&mut c, "금강");
        let body = c.booking("first", "회의", 10, &[&email]);
        c.insert(JOON, body);
        c.pass(2);
        assert_eq!(c.call(MINA, "DELETE", &format!("{RESOURCES}/calendars/r-금강"), Value::Null).status, 204);
        let listed = c.list(MINA, &email, "");
        assert_eq!(listed.status, if stays { 200 } else { 404 });
        let body = c.booking("second", "회의", 12, &[&email]);
        c.insert(JOON, body);
        c.pass(2);
        assert_eq!(
            answer_of(&c.event(JOON, JOON, "second"), &email),
            "needsAction",
            "nobody answers any more"
        );
    }
}

#[test]
fn a_room_that_comes_back_has_a_new_address_or_the_old_one() {
    for returns in [false, true] {
        let mut c = with(json!({ "room_addresses_return": returns }));
        let email = made(&mut c, "금강");
        c.call(MINA, "DELETE", &format!("{RESOURCES}/calendars/r-금강"), Value::Null);
        let again = made(&mut c, "금강");
        assert_eq!(again == email, returns);
        let other = made(&mut c, "오대");
        assert!(other != email && other != again);
        assert_eq!(c.get(MINA, &format!("/calendar/v3/calendars/{again}")).status, 200);
    }
}

#[test]
fn places_are_checked_or_taken_as_they_are() {
    for (loose, patched, deleted) in [(false, 400, 400), (true, 200, 204)] {
        let mut c = with(json!({ "loose_places": loose }));
        made(&mut c, "금강");
        let path = format!("{RESOURCES}/calendars/r-금강");
        for body in [
            json!({ "buildingId": "nowhere" }),
            json!({ "buildingId": "main", "floorName": "99" }),
            json!({ "featureInstances": [{ "feature": { "name": "unknown" } }] }),
        ] {
            assert_eq!(c.call(MINA, "PATCH", &path, body.clone()).status, patched, "{body}");
        }
        assert_eq!(
            c.call(MINA, "DELETE", &format!("{RESOURCES}/buildings/main"), Value::Null).status,
            deleted
        );
        assert_eq!(c.call(MINA, "DELETE", &format!("{RESOURCES}/features/TV"), Value::Null).status, deleted);
        let rooms = c.get(MINA, &format!("{RESOURCES}/calendars")).ok();
        let of = |name: &str| {
            rooms["items"].as_array().unwrap().iter().filter(|room| room.get(name).is_some()).count()
        };
        let expected = if loose { (0, 1) } else { (2, 1) };
        assert_eq!((of("buildingId"), of("featureInstances")), expected, "{rooms}");
    }
}

#[test]
fn a_delegation_for_some_of_the_scopes_is_refused_with_any_status() {
    for status in [400, 401, 403] {
        let mut c = with(json!({ "partial_delegation_status": status }));
        let file = c.get("", "/sandbox/service-account").ok();
        let body = json!({ "domain": "hanbit.example", "client": file["client_id"], "scopes": [SCOPE] });
        c.post(MINA, "/sandbox/delegations", body);
        let assertion =
            crate::service_account::assertion(&c, &file, MINA, &format!("{SCOPE} {SCOPE}.readonly"));
        let answer = crate::service_account::grant(&mut c, &assertion);
        assert_eq!((answer.status.as_u16(), &answer.json["error"]), (status, &json!("access_denied")));
    }
}

#[test]
fn refused_requests_cost_nothing_or_the_same() {
    for (cost, after_a_while) in [(false, 200), (true, 403)] {
        let mut c = with(json!({ "refusals_cost": cost, "quota_user_per_minute": 2 }));
        let asked = |c: &mut Client| c.get(JOON, EVENTS).status.as_u16();
        assert_eq!([asked(&mut c), asked(&mut c)], [200, 200]);
        c.pass(40);
        assert_eq!([asked(&mut c), asked(&mut c)], [403, 403]);
        c.pass(25);
        assert_eq!(asked(&mut c), after_a_while, "the first two are past, the refused ones are not");
        assert_eq!(c.get(MINA, EVENTS).status, 200, "nobody else pays");
    }
}

#[test]
fn ones_own_calendar_stays_on_the_list_or_goes() {
    for (goes, status) in [(false, 403), (true, 204)] {
        let mut c = with(json!({ "own_list_entry_goes": goes }));
        let path = format!("/calendar/v3/users/me/calendarList/{JOON}");
        assert_eq!(c.call(JOON, "DELETE", &path, Value::Null).status, status);
        let listed = ids(&c.get(JOON, "/calendar/v3/users/me/calendarList").ok());
        assert_eq!(listed.contains(&JOON.to_owned()), !goes);
        assert_eq!(c.get(JOON, EVENTS).status, 200, "it is there all the same");
    }
}
