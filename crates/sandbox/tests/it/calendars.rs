use serde_json::{Value, json};

use crate::support::{Answer, Client, JOON, MINA, answer_of, ids};

const LIST: &str = "/calendar/v3/users/me/calendarList";

fn path(calendar: &str) -> String {
    format!("/calendar/v3/calendars/{}", calendar.replace('@', "%40"))
}

fn make(c: &mut Client, who: &str, summary: &str) -> String {
    let made = c.post(who, "/calendar/v3/calendars", json!({ "summary": summary })).ok();
    made["id"].as_str().unwrap().to_owned()
}

fn refusal(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.reason())
}

#[test]
fn a_secondary_calendar_lives_and_dies() {
    let mut c = Client::new();
    let sync = c.get(JOON, LIST).ok()["nextSyncToken"].as_str().unwrap().to_owned();
    let id = make(&mut c, JOON, "팀 달력");
    assert!(id.ends_with("@group.calendar.google.com"));
    let got = c.get(JOON, &path(&id)).ok();
    assert_eq!((&got["dataOwner"], &got["timeZone"]), (&json!(JOON), &json!("Asia/Seoul")));
    assert_eq!(c.get(MINA, &path(&id)).status, 404, "nobody else sees it");

    let patched =
        c.call(JOON, "PATCH", &path(&id), json!({ "description": "모두", "timeZone": "Europe/Berlin" }));
    assert_eq!(patched.ok()["description"], "모두");
    let stale = c.call_if(JOON, "PATCH", &path(&id), json!({ "summary": "x" }), got["etag"].as_str());
    assert_eq!(refusal(&stale), (412, "conditionNotMet"));
    let put = c.call(JOON, "PUT", &path(&id), json!({ "summary": "새 이름" })).ok();
    assert_eq!((&put["summary"], put.get("description")), (&json!("새 이름"), None));

    let body = c.booking("abcde", "회의", 10, &[]);
    let mut body = body;
    body["attendees"] = json!([{ "email": MINA }]);
    c.post(JOON, &format!("{}/events", path(&id)), body).ok();
    assert_eq!(c.event(MINA, MINA, "abcde")["organizer"]["email"], id);

    let delta = c.get(JOON, &format!("{LIST}?syncToken={sync}")).ok();
    assert_eq!(ids(&delta), [id.as_str()]);
    let sync = delta["nextSyncToken"].as_str().unwrap();
    assert_eq!(c.call(JOON, "DELETE", &path(&id), Value::Null).status, 204);
    assert_eq!(c.get(JOON, &path(&id)).status, 404);
    assert_eq!(c.event(MINA, MINA, "abcde")["status"], "cancelled");
    let delta = c.get(JOON, &format!("{LIST}?syncToken={sync}")).ok();
    assert_eq!((ids(&delta), &delta["items"][0]["deleted"]), (vec![id], &json!(true)));
}

#[test]
fn primary_calendars_are_cleared_and_never_deleted() {
    let mut c = Client::new();
    let room = c.room.clone();
    let body = c.booking("abcde", "회의", 10, &[&room]);
    c.insert(JOON, body);
    assert_eq!(c.call(JOON, "DELETE", &path(JOON), Value::Null).status, 403);
    let id = make(&mut c, JOON, "둘째");
    assert_eq!(c.post(JOON, &format!("{}/clear", path(&id)), json!({})).status, 400);
    assert_eq!(c.post(MINA, &format!("{}/clear", path(JOON)), json!({})).status, 403);
    assert_eq!(c.post(JOON, "/calendar/v3/calendars/primary/clear", Value::Null).status, 204);
    assert!(ids(&c.list(JOON, "primary", "").ok()).is_empty());
    assert_eq!(c.event(MINA, &room, "abcde")["status"], "cancelled", "the room is free again");
}

#[test]
fn an_admin_hands_a_calendar_over() {
    let mut c = Client::new();
    let id = make(&mut c, JOON, "팀 달력");
    let over = |to: &str| format!("{}/transferOwnership?useAdminAccess=true&newDataOwner={to}", path(&id));
    assert_eq!(c.post(JOON, &over(MINA), Value::Null).status, 403, "no administrator");
    assert_eq!(c.post(MINA, &over("personal@gmail.com"), Value::Null).status, 400, "not of the company");
    assert_eq!(c.post(MINA, &over(MINA), Value::Null).status, 204);
    assert_eq!(c.get(MINA, &path(&id)).ok()["dataOwner"], MINA);
}

#[test]
fn a_rooms_manager_may_stop_it_answering() {
    let mut c = Client::new();
    let room = c.room.clone();
    let off = json!({ "autoAcceptInvitations": false });
    assert_eq!(c.call(JOON, "PATCH", &path(&room), off.clone()).status, 403);
    c.call(MINA, "PATCH", &path(&room), off.clone()).ok();
    assert_eq!(c.call(JOON, "PATCH", &path(JOON), off).status, 400, "people do not accept by themselves");
    let body = c.booking("abcde", "회의", 10, &[&room]);
    c.insert(JOON, body);
    c.pass(60);
    assert_eq!(answer_of(&c.event(JOON, JOON, "abcde"), &room), "needsAction");
}

#[test]
fn rules_decide_who_sees_what() {
    let mut c = Client::new();
    let id = make(&mut c, JOON, "팀 달력");
    let acl = format!("{}/acl", path(&id));
    let body = c.booking("abcde", "비밀", 10, &[]);
    let mut body = body;
    body["visibility"] = json!("private");
    c.post(JOON, &format!("{}/events", path(&id)), body).ok();

    let rule = |role: &str| json!({ "role": role, "scope": { "type": "user", "value": MINA } });
    let made = c.post(JOON, &acl, rule("freeBusyReader")).ok();
    assert_eq!((&made["id"], &made["role"]), (&json!(format!("user:{MINA}")), &json!("freeBusyReader")));
    let one = format!("{acl}/user%3A{}", MINA.replace('@', "%40"));
    let mut seen = Vec::new();
    for role in ["freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner"] {
        c.call(JOON, "PATCH", &one, json!({ "role": role })).ok();
        let event = c.event(MINA, &id, "abcde");
        let write =
            c.call(MINA, "PATCH", &format!("{}/events/abcde", path(&id)), json!({ "location": role }));
        let rules = c.get(MINA, &acl);
        let rule = c.call(MINA, "PUT", &one, json!({ "role": role }));
        seen.push((
            event["summary"].is_string(),
            write.status.as_u16(),
            rules.status.as_u16(),
            rule.status.as_u16(),
        ));
    }
    assert_eq!(
        seen,
        [
            (false, 403, 403, 403),
            (false, 403, 403, 403),
            (false, 200, 403, 403),
            (true, 200, 200, 403),
            (true, 200, 200, 200)
        ]
    );
    assert_eq!(c.call(JOON, "DELETE", &one, Value::Null).status, 204);
    assert_eq!(c.get(MINA, &path(&id)).status, 404);
    assert_eq!(c.get(JOON, &one).status, 404);
}

#[test]
fn a_narrow_rule_goes_before_a_wide_one_and_groups_count() {
    let mut c = Client::new();
    c.world.add_group("team@hanbit.example", &[MINA]);
    let id = make(&mut c, JOON, "팀 달력");
    let acl = format!("{}/acl", path(&id));
    let rule = |kind: &str, value: &str, role: &str| json!({ "role": role, "scope": { "type": kind, "value": value } });
    c.post(JOON, &acl, json!({ "role": "freeBusyReader", "scope": { "type": "default" } })).ok();
    let role = |c: &mut Client, who: &str| {
        c.list(who, &id, "").json["accessRole"].as_str().unwrap_or("none").to_owned()
    };
    assert_eq!(role(&mut c, "personal@gmail.com"), "freeBusyReader");
    c.post(JOON, &acl, rule("domain", "hanbit.example", "reader")).ok();
    assert_eq!(
        (role(&mut c, MINA), role(&mut c, "personal@gmail.com")),
        ("reader".into(), "freeBusyReader".into())
    );
    c.post(JOON, &acl, rule("group", "team@hanbit.example", "writer")).ok();
    assert_eq!(role(&mut c, MINA), "writer");
    c.post(JOON, &acl, rule("user", MINA, "none")).ok();
    assert_eq!(role(&mut c, MINA), "none");
    for bad in
        [rule("planet", "earth", "reader"), rule("user", "nobody", "reader"), rule("user", MINA, "king")]
    {
        assert_eq!(c.post(JOON, &acl, bad).status, 400);
    }
    let own = c.call(JOON, "DELETE", &format!("{acl}/user%3A{JOON}"), Value::Null);
    assert_eq!(refusal(&own), (403, "cannotChangeOwnAcl"));
}

#[test]
fn rules_have_pages_and_deltas_and_end_the_events_tokens() {
    let mut c = Client::new();
    let acl = format!("{}/acl", path(JOON));
    let events = c.list(JOON, "primary", "").ok()["nextSyncToken"].as_str().unwrap().to_owned();
    let first = c.get(JOON, &format!("{acl}?maxResults=1")).ok();
    assert_eq!(ids(&first), ["domain:hanbit.example"]);
    let next = first["nextPageToken"].as_str().unwrap();
    let last = c.get(JOON, &format!("{acl}?maxResults=1&pageToken={next}")).ok();
    assert_eq!(ids(&last), [format!("user:{JOON}")]);
    let sync = last["nextSyncToken"].as_str().unwrap();
    let domain = format!("{acl}/domain%3Ahanbit.example");
    c.call(JOON, "DELETE", &domain, Value::Null);
    let delta = c.get(JOON, &format!("{acl}?syncToken={sync}")).ok();
    assert_eq!(
        (ids(&delta), &delta["items"][0]["role"]),
        (vec!["domain:hanbit.example".into()], &json!("none"))
    );
    assert_eq!(ids(&c.get(JOON, &acl).ok()).len(), 1);
    assert_eq!(ids(&c.get(JOON, &format!("{acl}?showDeleted=true")).ok()).len(), 2);
    assert_eq!(c.get(JOON, &format!("{acl}?syncToken={sync}&showDeleted=false")).status, 400);
    assert_eq!(c.list(JOON, "primary", &format!("syncToken={events}")).reason(), "fullSyncRequired");
}

#[test]
fn the_list_of_calendars_is_the_persons_own() {
    let mut c = Client::new();
    let room = c.room.clone();
    let one = format!("{LIST}/{}", room.replace('@', "%40"));
    let colour = c.call(JOON, "PATCH", &one, json!({ "colorId": "2", "summaryOverride": "큰 방" })).ok();
    assert_eq!(
        (&colour["backgroundColor"], &colour["summaryOverride"]),
        (&json!("#d06b64"), &json!("큰 방"))
    );
    assert!(c.get(MINA, &one).ok().get("summaryOverride").is_none());
    let rgb = format!("{one}?colorRgbFormat=true");
    let colour = c
        .call(JOON, "PATCH", &rgb, json!({ "backgroundColor": "#fa573d", "foregroundColor": "#ffffff" }))
        .ok();
    assert_eq!((&colour["colorId"], &colour["foregroundColor"]), (&json!("4"), &json!("#ffffff")));
    assert!(c.call(JOON, "PUT", &one, json!({})).ok().get("summaryOverride").is_none());

    let all = c.get(JOON, LIST).ok();
    let sync = all["nextSyncToken"].as_str().unwrap();
    c.call(JOON, "PATCH", &one, json!({ "hidden": true })).ok();
    assert_eq!(ids(&c.get(JOON, LIST).ok()).len(), ids(&all).len() - 1);
    assert_eq!(ids(&c.get(JOON, &format!("{LIST}?showHidden=true")).ok()).len(), ids(&all).len());
    assert_eq!(c.call(JOON, "DELETE", &one, Value::Null).status, 204);
    assert_eq!(c.get(JOON, &one).status, 404);
    let delta = c.get(JOON, &format!("{LIST}?syncToken={sync}")).ok();
    assert_eq!((ids(&delta), &delta["items"][0]["deleted"]), (vec![room.clone()], &json!(true)));
    c.post(JOON, LIST, json!({ "id": room })).ok();
    assert_eq!(c.get(JOON, &one).ok()["accessRole"], "reader");
    assert_eq!(c.post("personal@gmail.com", LIST, json!({ "id": room })).status, 404);
    assert_eq!(c.call(JOON, "DELETE", &format!("{LIST}/primary"), Value::Null).status, 403);
    assert_eq!(
        ids(&c.get(MINA, &format!("{LIST}?minAccessRole=owner")).ok()).len(),
        3,
        "the admin owns the rooms"
    );
    assert_eq!(c.get(JOON, &format!("{LIST}?syncToken={sync}&minAccessRole=owner")).status, 400);
}

#[test]
fn settings_and_colours() {
    let mut c = Client::new();
    let path = "/calendar/v3/users/me/settings";
    let all = c.get(JOON, path).ok();
    assert_eq!(all["kind"], "calendar#settings");
    let sync = all["nextSyncToken"].as_str().unwrap();
    assert_eq!(c.get(JOON, &format!("{path}/timezone")).ok()["value"], "Asia/Seoul");
    assert_eq!(c.get(JOON, &format!("{path}/nothing")).status, 404);
    c.call(JOON, "PATCH", "/calendar/v3/calendars/primary", json!({ "timeZone": "Europe/Paris" })).ok();
    let delta = c.get(JOON, &format!("{path}?syncToken={sync}")).ok();
    assert_eq!((ids(&delta), &delta["items"][0]["value"]), (vec!["timezone".into()], &json!("Europe/Paris")));
    let colours = c.get(JOON, "/calendar/v3/colors").ok();
    assert_eq!(colours["event"]["11"]["background"], "#dc2127");
    assert_eq!(colours["calendar"].as_object().unwrap().len(), 24);
}

#[test]
fn hidden_invitations_are_there_but_not_listed() {
    let mut c = Client::new();
    c.world.set_setting(MINA, "hideInvitations", "true").unwrap();
    let mut body = c.booking("abcde", "회의", 10, &[]);
    body["attendees"] = json!([{ "email": MINA }]);
    c.insert(JOON, body);
    assert!(ids(&c.list(MINA, "primary", "").ok()).is_empty());
    assert_eq!(ids(&c.list(MINA, "primary", "showHiddenInvitations=true").ok()), ["abcde"]);
    assert_eq!(c.event(MINA, MINA, "abcde")["status"], "confirmed");
}

#[test]
fn rules_lists_and_settings_are_watched() {
    let mut c = Client::new();
    let channel = |id: &str| json!({ "id": id, "type": "web_hook", "address": "https://example.com/hook" });
    c.post(JOON, &format!("{}/acl/watch", path(JOON)), channel("acl")).ok();
    c.post(MINA, &format!("{LIST}/watch"), channel("list")).ok();
    let settings = c.post(JOON, "/calendar/v3/users/me/settings/watch", channel("settings")).ok();
    assert!(settings["resourceUri"].as_str().unwrap().contains("/users/me/settings"));
    assert_eq!(c.post(MINA, &format!("{}/acl/watch", path(JOON)), channel("no")).status, 403);
    assert_eq!(c.pass(0).len(), 3, "a sync each");
    let told = |c: &mut Client| {
        let mut told: Vec<String> = c.pass(0).into_iter().map(|n| n.channel).collect();
        told.sort();
        told
    };
    let rule = json!({ "role": "writer", "scope": { "type": "user", "value": MINA } });
    c.post(JOON, &format!("{}/acl", path(JOON)), rule).ok();
    assert_eq!(told(&mut c), ["acl", "list"], "Mina's list has a calendar more");
    c.world.set_setting(JOON, "weekStart", "1").unwrap();
    c.get(JOON, "/calendar/v3/colors").ok();
    assert_eq!(told(&mut c), ["settings"]);
}
