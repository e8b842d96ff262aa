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
