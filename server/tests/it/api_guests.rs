//! Programs change who is invited and who may see it; Google hears of exactly that.

use http::Method;
use serde_json::{Value, json};
use testkit::{Google, HANBIT, House, Program, wait_until, wish};

use crate::support::{JOON, MINA, SEOYEON, small};

const GAST: &str = "gast@example.org";

/// Joon's program, and a booking of his that Google has and the room accepted.
async fn booked(consent: &str, change: Value) -> (House, Program, i64) {
    let house = small().await;
    house.found(MINA).await;
    let joon = house.signed_in(JOON, consent).await.program().await;
    let mut asked = wish(joon.room("한라").await, &house.at("10:00"), &house.at("11:00"), "모임");
    for (name, value) in change.as_object().unwrap() {
        asked[name] = value.clone();
    }
    let created = joon.create("", &asked).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let number = created.json()["number"].as_i64().unwrap();
    settled(&house, &joon, number).await;
    (house, joon, number)
}

/// Waits until the room has accepted and nothing is under way.
async fn settled(house: &House, program: &Program, number: i64) {
    wait_until("the room's yes", async || {
        let one = program.get(&format!("/bookings/{number}")).await.json();
        (one["state"] == "confirmed").then_some(())
    })
    .await;
    house.quiet().await;
}

/// The one copy of the booking on a calendar.
fn copy(house: &House, calendar: &str) -> Value {
    let copies = house.google.titled(calendar, "모임");
    assert_eq!(copies.len(), 1, "{copies:?}");
    copies[0].clone()
}

fn guests(answer: &Value) -> Vec<(&str, &str, &str)> {
    let list = answer["guests"].as_array().unwrap().iter();
    list.map(|one| ["email", "name", "answer"].map(|name| one[name].as_str().unwrap()).into()).collect()
}

#[tokio::test]
async fn guests_come_and_go_and_whom_others_invited_stays() {
    let (house, joon, number) = booked("calendar", json!({ "guests": [SEOYEON] })).await;
    let path = format!("/bookings/{number}");
    let halla = house.google.room_email(HANBIT, "한라");
    let event = copy(&house, JOON);
    let id = event["id"].as_str().unwrap();

    // Seoyeon accepts, with a word. Where our list is older than Google's, what is in Google must not be lost.
    let answer =
        json!({ "attendees": [{ "email": SEOYEON, "responseStatus": "accepted", "comment": "늦어요" }] });
    house.google.patch(SEOYEON, id, &answer).await;
    wait_until("her answer", async || {
        let one = joon.get(&path).await.json();
        (one["guests"][0]["answer"] == "accepted").then_some(())
    })
    .await;
    house.quiet().await;
    let before = joon.get(&path).await.header("etag").to_owned();
    let mark = house.google.mark();
    let added = joon.change(number, &json!({ "guests": [SEOYEON, MINA, "GAST@example.org", GAST] })).await;
    assert_eq!(added.status, 200, "{}", added.text());
    assert_ne!(added.header("etag"), before, "guests are part of the version");
    let body = added.json();
    assert_eq!(
        guests(&body),
        [(SEOYEON, "박서연", "accepted"), (MINA, "김민아", "needs_action"), (GAST, GAST, "needs_action")]
    );
    assert_eq!(
        (&body["state"], &body["start"]),
        (&json!("confirmed"), &json!(format!("{}T01:00:00Z", house.date)))
    );
    house.quiet().await;
    // One get, one patch with the list of that get.
    let calls: Vec<_> = house.google.log(mark).into_iter().filter(|entry| about(entry, JOON, id)).collect();
    let methods: Vec<_> = calls.iter().map(|call| call["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["GET", "PATCH"], "{calls:?}");
    let held = copy(&house, JOON);
    assert_eq!(Google::answer_of(&held, SEOYEON), "accepted");
    assert_eq!(
        (Google::answer_of(&held, &halla), Google::answer_of(&held, MINA)),
        ("accepted".into(), "needsAction".into())
    );
    let seoyeon = held["attendees"].as_array().unwrap().iter().find(|one| one["email"] == SEOYEON).unwrap();
    assert_eq!(seoyeon["comment"], "늦어요", "what is hers stays");

    // The same again is no change, and nobody hears of it.
    let seq = joon.get("/changes").await.json()["seq"].clone();
    let mark = house.google.mark();
    let again = joon.change(number, &json!({ "guests": [GAST, MINA, SEOYEON] })).await;
    assert_eq!((again.status.as_u16(), again.header("etag")), (200, added.header("etag")));
    house.quiet().await;
    assert_eq!(joon.get("/changes").await.json()["seq"], seq);
    assert!(house.google.writes(mark).is_empty(), "{:?}", house.google.writes(mark));

    // While Google is away, somebody is invited there, whom we cannot know of.
    house.google.break_with(
        json!({ "matcher": { "method": "PATCH", "query": "sendUpdates" }, "action": { "status": 503 } }),
    );
    let gone = joon.change(number, &json!({ "guests": [MINA] })).await;
    assert_eq!(guests(&gone.json()), [(MINA, "김민아", "needs_action")]);
    let mut list = held["attendees"].as_array().unwrap().clone();
    list.push(json!({ "email": "late@example.org", "optional": true }));
    house.google.patch(JOON, id, &json!({ "attendees": list })).await;
    house.google.mend();
    let listed = wait_until("the list in Google", async || {
        let held = copy(&house, JOON);
        (Google::answer_of(&held, SEOYEON) == "not invited").then_some(held)
    })
    .await;
    assert_eq!(Google::answer_of(&listed, GAST), "not invited");
    assert_eq!(Google::answer_of(&listed, MINA), "needsAction");
    assert_eq!(Google::answer_of(&listed, "late@example.org"), "needsAction", "invited by others");
    assert_eq!(Google::answer_of(&listed, &halla), "accepted", "the room stays");
    wait_until("both", async || {
        let one = joon.get(&path).await.json();
        let mut emails: Vec<_> = guests(&one).into_iter().map(|guest| guest.0.to_owned()).collect();
        emails.sort();
        (emails == ["late@example.org", MINA]).then_some(())
    })
    .await;

    // Nobody at all.
    let none = joon.change(number, &json!({ "guests": [] })).await;
    assert_eq!((none.status.as_u16(), &none.json()["guests"]), (200, &json!([])));
    house.quiet().await;
    let held = copy(&house, JOON);
    let emails: Vec<_> =
        held["attendees"].as_array().unwrap().iter().map(|one| one["email"].as_str().unwrap()).collect();
    assert_eq!(emails, [halla.as_str()]);
    assert_eq!(joon.get(&path).await.json()["guests"], json!([]));
}

/// A request about this event on this calendar.
fn about(entry: &Value, calendar: &str, id: &str) -> bool {
    let path = entry["path"].as_str().unwrap_or_default();
    entry["kind"] == "request" && path.contains(calendar) && path.ends_with(&format!("/events/{id}"))
}

#[tokio::test]
async fn as_the_room_whoever_booked_stays_a_guest() {
    let (house, joon, number) = booked("identity", json!({ "guests": [SEOYEON] })).await;
    let halla = house.google.room_email(HANBIT, "한라");
    // One's own address is no guest of one's own.
    let changed = joon.change(number, &json!({ "guests": [JOON, MINA], "private": true })).await;
    assert_eq!(guests(&changed.json()), [(MINA, "김민아", "needs_action")]);
    assert_eq!(changed.json()["as_room"], true);
    house.quiet().await;
    let held = copy(&house, &halla);
    assert_eq!(Google::answer_of(&held, JOON), "accepted");
    assert_eq!(
        (Google::answer_of(&held, SEOYEON), Google::answer_of(&held, MINA)),
        ("not invited".into(), "needsAction".into())
    );
    assert_eq!(held["visibility"], "private");
}

#[tokio::test]
async fn a_booking_is_hidden_and_shown_again() {
    let (house, joon, number) = booked("calendar", json!({ "guests": [SEOYEON] })).await;
    let path = format!("/bookings/{number}");
    let admin = house.signed_in(MINA, "identity").await;
    let mina = house.signed_in(MINA, "identity").await.program().await;
    let mut screen = house.screen(&admin, house.date).await;
    screen.until("the title", |grid| grid.blocks.values().any(|block| block.title == "모임")).await;

    let hidden = joon.change(number, &json!({ "private": true })).await;
    assert_eq!(hidden.status, 200, "{}", hidden.text());
    let body = hidden.json();
    assert_eq!(
        (&body["private"], &body["title"], &body["state"]),
        (&json!(true), &json!("모임"), &json!("confirmed"))
    );
    let busy = |grid: &model::GridState| {
        grid.blocks
            .values()
            .all(|block| block.private && block.title.is_empty() && block.organizer_name.is_empty())
    };
    screen.until("a busy block", busy).await;
    house.quiet().await;
    assert!(busy(screen.grid()), "what Google tells of it changes nothing");
    assert_eq!(copy(&house, JOON)["visibility"], "private");
    let theirs = mina.get(&path).await.json();
    assert_eq!((&theirs["title"], &theirs["guests"]), (&json!(""), &json!([])));

    // An admin sees it as busy, and may not open it; nor write over a list that they do not see.
    let tag = hidden.header("etag");
    for change in [json!({ "private": false }), json!({ "guests": [] }), json!({ "guests": [MINA] })] {
        let refused = mina.send(Method::PATCH, &path, &[("if-match", tag)], &change.to_string()).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "not_allowed"), "{change}");
        assert_eq!(refused.json()["who_may"], "organizer");
    }
    // The rest they may, as before.
    let moved = mina.change(number, &json!({ "start": house.at("13:00"), "end": house.at("14:00") })).await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    let late = joon.send(Method::PATCH, &path, &[("if-match", tag)], "{\"private\":false}").await;
    assert_eq!((late.status.as_u16(), late.code().as_str()), (412, "precondition_failed"));

    let shown = joon.change(number, &json!({ "private": false, "title": "모임" })).await;
    assert_eq!(shown.json()["private"], false);
    screen.until("the title again", |grid| grid.blocks.values().any(|block| block.title == "모임")).await;
    house.quiet().await;
    assert_eq!(copy(&house, JOON).get("visibility"), None, "as it was");
    let theirs = mina.get(&path).await.json();
    assert_eq!((&theirs["title"], theirs["guests"].as_array().unwrap().len()), (&json!("모임"), 1));
}

#[tokio::test]
async fn what_waits_for_google_is_not_undone_by_it() {
    let (house, joon, number) = booked("calendar", json!({ "guests": [SEOYEON] })).await;
    let path = format!("/bookings/{number}");
    let id = copy(&house, JOON)["id"].as_str().unwrap().to_owned();
    house.google.break_with(
        json!({ "matcher": { "method": "PATCH", "query": "sendUpdates" }, "action": { "status": 503 } }),
    );
    let changed = joon.change(number, &json!({ "private": true, "guests": [MINA] })).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    // Google does not know yet, and tells of something else.
    house.google.patch(JOON, &id, &json!({ "summary": "새 이름" })).await;
    let told = wait_until("the new name", async || {
        let one = joon.get(&path).await.json();
        (one["title"] == "새 이름").then_some(one)
    })
    .await;
    assert_eq!((&told["private"], guests(&told)), (&json!(true), vec![(MINA, "김민아", "needs_action")]));
    house.google.mend();
    wait_until("both in Google", async || {
        let held = house.google.titled(JOON, "새 이름").pop()?;
        (held["visibility"] == "private" && Google::answer_of(&held, SEOYEON) == "not invited").then_some(())
    })
    .await;
}
