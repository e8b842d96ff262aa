use bytes::Bytes;
use http::Request;

use crate::support::{Answer, Client, JOON, MINA, answer_of};

fn form(c: &mut Client, action: &str, pairs: &[(&str, &str)]) -> String {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let answer: Answer = c.send(Request::post(format!("/ui/{action}")).body(Bytes::from(body)).unwrap());
    assert_eq!(answer.status, 303);
    answer.response.headers()["location"].to_str().unwrap().to_owned()
}

#[test]
fn one_acts_as_a_person_on_the_page() {
    let mut c = Client::new();
    let (room, other) = (c.room.clone(), c.other_room.clone());
    let who = [("as", JOON), ("date", "2026-11-23")];
    let make = [("title", "화면 <회의>"), ("start", "10:00"), ("end", "11:00"), ("room", room.as_str())];
    let back = form(&mut c, "create", &[&who[..], &make].concat());
    c.pass(2);
    let page = c.get("", &back).text;
    assert_eq!(page.matches("data-title=\"화면 &lt;회의&gt;\"").count(), 2, "in both columns");
    let id = page.split("data-event-id=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(answer_of(&c.event(JOON, JOON, &id), &room), "accepted");
    let open = c.get("", &format!("{back}&calendar={}&event={id}", room.replace('@', "%40"))).text;
    assert!(open.contains("Decline for the room"));
    let target = [("calendar", room.as_str()), ("event", id.as_str())];
    form(&mut c, "decline", &[&who[..], &target].concat());
    assert_eq!(answer_of(&c.event(JOON, JOON, &id), &room), "declined");
    let target = [("calendar", JOON), ("event", id.as_str())];
    let change = [("title", "옮김"), ("start", "13:00"), ("end", "14:30"), ("room", other.as_str())];
    form(&mut c, "update", &[&who[..], &target, &change].concat());
    let event = c.event(JOON, JOON, &id);
    assert_eq!(event["start"]["dateTime"], "2026-11-23T13:00:00+09:00");
    c.pass(2);
    assert_eq!(answer_of(&c.event(MINA, &other, &id), &other), "accepted");
    form(&mut c, "delete", &[&who[..], &target].concat());
    assert_eq!(c.event(JOON, JOON, &id)["status"], "cancelled");
    let gone = form(&mut c, "delete", &[&who[..], &target].concat());
    assert!(c.get("", &gone).text.contains("role=\"alert\""));
}

#[test]
fn a_series_is_split_on_the_page() {
    let mut c = Client::new();
    let room = c.room.clone();
    let who = |date: &'static str| [("as", JOON), ("date", date)];
    let make = [
        ("title", "매일"),
        ("start", "10:00"),
        ("end", "11:00"),
        ("room", room.as_str()),
        ("repeat", "DAILY"),
    ];
    form(&mut c, "create", &[&who("2026-11-23")[..], &make].concat());
    c.pass(2);
    let series = c.list(JOON, "primary", "").ok()["items"][0]["id"].as_str().unwrap().to_owned();
    let changed = format!("{series}_20261127T010000Z");
    let path = format!("/calendar/v3/calendars/primary/events/{changed}");
    c.call(JOON, "PATCH", &path, serde_json::json!({ "summary": "따로" })).ok();
    let instance = format!("{series}_20261125T010000Z");
    let target = [("calendar", JOON), ("event", instance.as_str())];
    let change = [("title", "새 매일"), ("start", "10:30"), ("end", "11:30")];
    form(&mut c, "following", &[&who("2026-11-25")[..], &target, &change].concat());
    c.pass(2);
    let new = format!("{series}_R20261125T010000");
    assert_eq!(c.event(JOON, JOON, &series)["recurrence"][0], "RRULE:FREQ=DAILY;UNTIL=20261124T145959Z");
    let begun = c.event(JOON, JOON, &new);
    assert_eq!((&begun["summary"], &begun["recurrence"][0]), (&"새 매일".into(), &"RRULE:FREQ=DAILY".into()));
    assert_eq!(answer_of(&begun, &room), "accepted", "the old series is out of its way");
    assert_eq!(c.event(JOON, JOON, &changed)["status"], "cancelled");
    let days = c.list(JOON, "primary", "singleEvents=true&orderBy=startTime&maxResults=4").ok();
    let starts: Vec<&str> = days["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| day["start"]["dateTime"].as_str().unwrap())
        .collect();
    assert_eq!(
        starts,
        ["23T10:00", "24T10:00", "25T10:30", "26T10:30"].map(|t| format!("2026-11-{t}:00+09:00"))
    );
}

#[test]
fn a_split_divides_counts_and_extra_dates() {
    let mut c = Client::new();
    let mut body = c.booking("series", "회의", 10, &[]);
    body["recurrence"] = serde_json::json!([
        "RRULE:FREQ=DAILY;COUNT=5",
        "EXDATE:20261124T010000Z",
        "RDATE;TZID=Asia/Seoul:20261124T150000,20261205T100000"
    ]);
    c.insert(JOON, body);
    let path = "/calendar/v3/calendars/primary/events/series/instances";
    let before = c.get(JOON, path).ok()["items"].as_array().unwrap().len();
    let target =
        [("as", JOON), ("date", "2026-11-26"), ("calendar", JOON), ("event", "series_20261126T010000Z")];
    form(&mut c, "following", &[&target[..], &[("start", "10:00"), ("end", "11:00")]].concat());
    let count = |c: &mut Client, id: &str| {
        let path = format!("/calendar/v3/calendars/primary/events/{id}/instances");
        c.get(JOON, &path).ok()["items"].as_array().unwrap().len()
    };
    let (old, new) = (count(&mut c, "series"), count(&mut c, "series_R20261126T010000"));
    assert_eq!((before, old, new), (6, 3, 3));
}

#[test]
fn one_moves_answers_and_hides_on_the_page() {
    let mut c = Client::new();
    c.world.set_role(MINA, JOON, sandbox::world::access::Role::Writer);
    let mut body = c.booking("abcde", "회의", 10, &[]);
    body["attendees"] = serde_json::json!([{ "email": MINA }]);
    c.insert(JOON, body);
    let on = |who: &'static str| [("as", who), ("date", "2026-11-23")];
    form(&mut c, "tentative", &[&on(MINA)[..], &[("calendar", MINA), ("event", "abcde")]].concat());
    assert_eq!(answer_of(&c.event(JOON, JOON, "abcde"), MINA), "tentative");
    let open = c.get("", &format!("/?as={JOON}&date=2026-11-23&calendar={JOON}&event=abcde")).text;
    assert!(open.contains("/ui/move") && !open.contains("/ui/following"));
    form(&mut c, "move", &[&on(JOON)[..], &[("calendar", JOON), ("event", "abcde"), ("to", MINA)]].concat());
    assert_eq!(c.event(MINA, MINA, "abcde")["organizer"]["email"], MINA);
    form(&mut c, "setting", &[&on(MINA)[..], &[("name", "hideInvitations"), ("value", "true")]].concat());
    let set = c.get(MINA, "/calendar/v3/users/me/settings/hideInvitations").ok();
    assert_eq!(set["value"], "true");
}

#[test]
fn one_breaks_things_by_hand() {
    let mut c = Client::new();
    let page = |c: &mut Client| c.get("", "/break").text;
    let press = |c: &mut Client, button: &str, pairs: &[(&str, &str)]| {
        let back = form(c, &format!("break/{button}"), pairs);
        c.get("", &back).text
    };
    // Every action that can be chosen is one that the plan knows.
    let actions: Vec<String> = page(&mut c)
        .split("name=\"action\">")
        .nth(1)
        .and_then(|rest| rest.split("</select>").next())
        .map(|list| {
            list.split("value=\"").skip(1).map(|one| one.split('"').next().unwrap().to_owned()).collect()
        })
        .unwrap();
    assert!(actions.len() > 20);
    for action in actions {
        let shown = press(&mut c, "fault", &[("action", &action.replace("&quot;", "\""))]);
        assert!(!shown.contains("role=\"alert\""), "{action}");
    }
    assert!(press(&mut c, "mend", &[("index", "0")]).contains("Take off"));
    assert!(!press(&mut c, "mend", &[]).contains("Take off"));

    let fault = [("action", "{\"status\":503}"), ("path", "/events"), ("user", JOON), ("count", "1")];
    press(&mut c, "fault", &fault);
    assert_eq!(c.list(MINA, "primary", "").status, 200);
    assert_eq!(c.list(JOON, "primary", "").status, 503);
    assert!(page(&mut c).contains("&quot;kind&quot;:&quot;fault&quot;"), "the log is shown");
    press(&mut c, "settings", &[("room_answer_delay_ms", "7"), ("full_tombstones", "true")]);
    assert!(c.world.settings.room_answer_delay_ms == 7 && c.world.settings.full_tombstones);
    assert!(press(&mut c, "settings", &[("page_size", "many")]).contains("role=\"alert\""));
    press(&mut c, "person", &[("email", JOON), ("do", "suspend")]);
    assert_eq!(c.list(JOON, "primary", "").status, 401);
    assert!(press(&mut c, "person", &[("email", "x"), ("do", "suspend")]).contains("role=\"alert\""));
    for button in ["expire-sync", "expire-access", "rotate", "reset"] {
        assert!(!press(&mut c, button, &[]).contains("role=\"alert\""), "{button}");
    }
    assert_eq!(c.world.oauth.key_generation, 1);
}
