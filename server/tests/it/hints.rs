//! Notifications are hints: in any order, of any kind, however many, with whatever after their head.

use std::time::Duration;

use futures::future::join_all;
use model::{BookingState, GridState};
use serde_json::json;
use testkit::{HANBIT, House, Raw, RawAnswer, Wish, wait_until, wait_until_within};

use crate::support::{JOON, MINA, small};
use crate::webhook::{Notice, genuine, letter, notify};

fn confirmed(title: &str) -> impl Fn(&GridState) -> bool {
    move |grid| {
        grid.blocks.values().any(|block| block.title == title && block.state == BookingState::Confirmed)
    }
}

/// Sends this and answers what comes back; the connection stays as it is until then.
async fn post(house: &House, text: &str) -> Option<RawAnswer> {
    let mut raw = Raw::connect(&house.roomly.root).await;
    raw.write(text.as_bytes()).await;
    RawAnswer::parse(&raw.read_some(testkit::DEADLINE).await)
}

async fn posted(house: &House, notice: &Notice, state: &str, number: u32) -> u16 {
    post(house, &letter(notice, state, number, "content-length: 0")).await.unwrap().status
}

/// F-003: numbers go back and forth, and Google's messages overtake each other.
#[tokio::test]
async fn f_003_the_order_of_notifications_is_nothing() {
    let house = small().await;
    let mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let good = genuine(&house, &halla);
    let mut screen = house.screen(&mina, house.date).await;
    // Only the ones that are sent here come.
    house.google.break_with(json!({ "action": "drop_notification" }));
    for (number, (from, to)) in [(7, ("09:00", "10:00")), (5, ("11:00", "12:00")), (6, ("13:00", "14:00"))] {
        let title = format!("Nummer {number}");
        house.google.insert(JOON, &house.event(&title, from, to, &halla)).await;
        wait_until("the room's yes", async || {
            let copies = house.google.titled(&halla, &title);
            (testkit::Google::answer_of(copies.first()?, &halla) == "accepted").then_some(())
        })
        .await;
        assert_eq!(posted(&house, &good, "exists", number).await, 200);
        screen.until("what it told of", confirmed(&title)).await;
    }
    house.google.mend();
    house.google.break_with(json!({ "action": "reorder_notification", "count": 1 }));
    let event = house.google.insert(JOON, &house.event("eins", "15:00", "16:00", &halla)).await;
    house.google.patch(JOON, event["id"].as_str().unwrap(), &json!({ "summary": "zwei" })).await;
    screen.until("the last word", confirmed("zwei")).await;
    assert!(screen.titled("eins").is_empty());
}

/// F-008: a channel's first message arms it and asks for nothing. F-009: what kind a message is of is at most a hint.
#[tokio::test]
async fn f_008_f_009_kinds_of_messages_that_are_none_or_unknown() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let good = genuine(&house, &halla);
    let mark = house.google.mark();
    for number in 1..4 {
        assert_eq!(posted(&house, &good, "sync", number).await, 200);
    }
    house.quiet().await;
    assert!(house.google.pulls(mark).is_empty(), "a first message is no change");

    let long = "x".repeat(10_000);
    for state in ["add", "trash", "42", "not_exists", "", "sync, exists", "\u{1}", "회의", long.as_str()] {
        let mark = house.google.mark();
        let shown: String = state.chars().take(20).collect();
        let answer = post(&house, &letter(&good, state, 1, "content-length: 0")).await;
        let status = answer.map_or(400, |answer| answer.status);
        assert!((200..500).contains(&status), "{shown:?}: {status}");
        house.quiet().await;
        let pulls = house.google.pulls(mark);
        assert!(pulls.len() <= 1, "{shown:?}: {pulls:?}");
    }
    // Nothing that comes with it is believed, nor needed.
    for number in
        ["x-goog-message-number: -1", "x-goog-message-number: 99999999999999999999", "x-goog-changed: \u{7f}"]
    {
        let text = letter(&good, "exists", 1, &format!("{number}\r\ncontent-length: 0"));
        let status = post(&house, &text).await.map_or(400, |answer| answer.status);
        assert!((200..500).contains(&status), "{number:?}: {status}");
    }
    assert!(!house.log().contains("panicked"), "{}", house.log());
    // It is heard as ever.
    house.google.insert(JOON, &house.event("danach", "10:00", "11:00", &halla)).await;
    wait_until("what comes after", async || mina.blocks(house.date, "danach").await.pop()).await;
}

/// F-015: what stands after a notification's head is not waited for, whatever it is said to be.
#[tokio::test]
async fn f_015_the_body_of_a_notification_is_not_read() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let good = genuine(&house, &halla);
    for body in [
        "content-length: 10485760",
        "content-length: 10485760\r\ncontent-type: application/x-www-form-urlencoded",
        "content-length: 10485760\r\nexpect: 100-continue",
        "transfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-type: image/png\r\ncontent-encoding: gzip",
    ] {
        // Nothing of it, a piece of it, and no end.
        for piece in ["", "100000\r\naaaaaaaa"] {
            let answer = post(&house, &(letter(&good, "exists", 1, body) + piece)).await;
            let status = answer.expect("an answer").status;
            assert!(matches!(status, 100 | 200 | 413), "{body:?} {piece:?}: {status}");
        }
    }
    // Many that never end take nothing from the others.
    let mut open = Vec::new();
    for _ in 0..64 {
        let mut raw = Raw::connect(&house.roomly.root).await;
        raw.write(letter(&good, "exists", 1, "transfer-encoding: chunked").as_bytes()).await;
        raw.write(b"8\r\naaaaaaaa\r\n").await;
        open.push(raw);
    }
    assert_eq!(notify(&house, &good).await.status, 200);
    assert_eq!(mina.load("load_day", &[]).await.status, 200);
    let room = mina.room(house.date, "한라").await;
    mina.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "daneben")).await;
    drop(open);
}

/// F-016: notifications come while nobody works on them; they are one wish to look, however many there are.
#[tokio::test]
async fn f_016_what_is_told_while_no_worker_runs_is_one_pull_afterwards() {
    let mut house = House::open_on(crate::support::SMALL, None, &[]).await;
    let mut mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    house.roomly.set("ROOMLY_ROLES", "web");
    house.roomly.restart().await;
    let good = genuine(&house, &halla);
    house.google.insert(JOON, &house.event("wartet", "10:00", "11:00", &halla)).await;
    let mark = house.google.mark();
    for number in (0..500).step_by(25) {
        let some = (number..number + 25).map(|number| posted(&house, &good, "exists", number));
        assert!(join_all(some).await.into_iter().all(|status| status == 200));
    }
    house.quiet().await;
    assert!(house.google.pulls(mark).is_empty(), "nobody works");
    assert!(mina.blocks(house.date, "wartet").await.is_empty());
    house.roomly.set("ROOMLY_ROLES", "web,worker");
    let mark = house.google.mark();
    house.roomly.restart().await;
    wait_until_within(Duration::from_secs(60), "what they told of", async || {
        mina.blocks(house.date, "wartet").await.pop()
    })
    .await;
    house.quiet().await;
    let of_halla =
        |entry: &serde_json::Value| entry["path"].as_str().is_some_and(|path| path.contains(&halla));
    let pulls = house.google.pulls(mark).into_iter().filter(of_halla).count();
    assert!((1..=3).contains(&pulls), "{pulls} pulls for 500 notifications");
}
