//! Notifications: answered at once, believed only when they prove themselves, and only ever hints.

use std::time::{Duration, Instant};

use http::Method;
use model::BookingState;
use serde_json::json;
use testkit::{HANBIT, House, Raw, RawAnswer, Wish, wait_until};

use crate::support::{JOON, MINA, SEOYEON, small};

#[derive(Clone)]
pub(crate) struct Notice {
    pub(crate) channel: String,
    pub(crate) token: String,
    pub(crate) resource: String,
}

/// A genuine notification about a room.
pub(crate) fn genuine(house: &House, room: &str) -> Notice {
    let world = house.google.world();
    let channel = world.push.channels.values().find(|channel| channel.resource.of() == room).unwrap();
    let token = channel.token.clone().unwrap();
    Notice { channel: channel.id.clone(), token, resource: channel.resource_id.clone() }
}

pub(crate) async fn notify(house: &House, notice: &Notice) -> RawAnswer {
    let mut raw = Raw::connect(&house.roomly.root).await;
    assert!(raw.write(letter(notice, "exists", 7, "content-length: 0").as_bytes()).await);
    RawAnswer::parse(&raw.read_to_end(testkit::DEADLINE).await.unwrap()).unwrap()
}

/// A notification as Google posts it, with this state and this number, and these headers about its body.
pub(crate) fn letter(notice: &Notice, state: &str, number: u32, body: &str) -> String {
    let headers = [
        ("x-goog-channel-id", &notice.channel),
        ("x-goog-channel-token", &notice.token),
        ("x-goog-resource-id", &notice.resource),
    ];
    let mut text =
        String::from("POST /api/calendar/webhook HTTP/1.1\r\nhost: roomly\r\nconnection: close\r\n");
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        text += &format!("{name}: {value}\r\n");
    }
    text + &format!("x-goog-resource-state: {state}\r\nx-goog-message-number: {number}\r\n{body}\r\n\r\n")
}

/// F-005, F-006, F-007.
#[tokio::test]
async fn only_genuine_notifications_count() {
    let house = small().await;
    house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let seorak = house.google.room_email(HANBIT, "설악");
    let good = genuine(&house, &halla);
    let other = genuine(&house, &seorak);
    let mark = house.google.mark();
    let mut browser = house.browser();
    for method in [Method::HEAD, Method::GET] {
        let answer = browser.send(method, "/api/calendar/webhook", &[], String::new()).await;
        assert_eq!(answer.status, 200);
    }
    let bad = |channel: &str, token: &str, resource: &str| Notice {
        channel: channel.to_owned(),
        token: token.to_owned(),
        resource: resource.to_owned(),
    };
    let refused = [
        bad("018f0000-0000-7000-8000-000000000000", &good.token, &good.resource),
        bad("not-a-channel", &good.token, &good.resource),
        bad("", &good.token, &good.resource),
        bad(&good.channel, "wrong", &good.resource),
        bad(&good.channel, "", &good.resource),
        bad(&good.channel, &other.token, &good.resource),
        bad(&good.channel, &good.token, "wrong"),
        bad(&good.channel, &good.token, ""),
        bad(&good.channel, &good.token, &other.resource),
        bad(&good.channel, &"x".repeat(2_000), &good.resource),
    ];
    let mut answers = Vec::new();
    for notice in &refused {
        answers.push(notify(&house, notice).await);
    }
    assert_eq!((answers[0].status, answers[0].body.as_slice()), (404, &b""[..]), "{answers:?}");
    for answer in &answers {
        assert_eq!(*answer, answers[0], "nothing tells them apart");
    }
    house.quiet().await;
    assert_eq!(house.google.log(mark), Vec::<serde_json::Value>::new(), "nothing was asked of Google");

    let begun = Instant::now();
    let answer = notify(&house, &good).await;
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b""[..]));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    wait_until("the pull", async || (!house.google.pulls(mark).is_empty()).then_some(())).await;
    house.quiet().await;
    let asked = house.google.pulls(mark);
    let path = asked[0]["path"].as_str().unwrap();
    assert!(
        asked.iter().all(|entry| entry["path"] == path) && path.contains(&halla),
        "only that room: {asked:?}"
    );
}

/// A hundred notifications are a pull or two, not a hundred.
/// F-002.
#[tokio::test]
async fn a_burst_is_few_pulls() {
    let house = small().await;
    house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let good = genuine(&house, &halla);
    let mark = house.google.mark();
    let burst = futures::future::join_all((0..100).map(|_| notify(&house, &good))).await;
    assert!(burst.iter().all(|answer| answer.status == 200));
    // What the founding listed counts, too.
    wait_until("the pull", async || (!house.google.pulls(mark).is_empty()).then_some(())).await;
    house.quiet().await;
    let pulls = house.google.pulls(mark).len();
    assert!((1..=2).contains(&pulls), "{pulls} pulls for 100 notifications");
}

/// F-017.
#[tokio::test]
async fn a_token_that_expired_is_an_ordinary_branch() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let mut screen = house.screen(&mina, house.date).await;
    let first = house.google.insert(JOON, &house.event("그대로", "10:00", "11:00", &halla)).await;
    house.google.insert(JOON, &house.event("없어질 것", "11:00", "12:00", &halla)).await;
    let confirmed = |grid: &model::GridState, titles: &[&str]| {
        grid.blocks.len() == titles.len()
            && titles.iter().all(|title| {
                grid.blocks
                    .values()
                    .any(|block| block.title == *title && block.state == BookingState::Confirmed)
            })
    };
    screen.until("both", |grid| confirmed(grid, &["그대로", "없어질 것"])).await;
    house.quiet().await;
    let mark = house.google.mark();
    house.google.break_with(json!({ "action": "expire_sync_tokens", "count": 1 }));
    let gone = house.google.titled(JOON, "없어질 것")[0]["id"].as_str().unwrap().to_owned();
    house.google.delete(JOON, &gone).await;
    house.google.insert(SEOYEON, &house.event("새 것", "13:00", "14:00", &halla)).await;
    screen.until("the full pass", |grid| confirmed(grid, &["그대로", "새 것"])).await;
    house.quiet().await;
    let pulls = house.google.pulls(mark);
    assert!(pulls.iter().any(|entry| entry["status"] == 410), "{pulls:?}");
    let whole =
        |entry: &&serde_json::Value| !entry["query"].as_str().unwrap_or_default().contains("syncToken");
    assert!(pulls.iter().any(|entry| whole(&entry)), "{pulls:?}");
    assert_eq!(mina.blocks(house.date, "그대로").await.len(), 1);
    assert_eq!(house.google.titled(JOON, "그대로")[0]["id"], first["id"]);
}

/// An answer without anything in it is no order to delete (NO-ABSENCE-DELETE); failures change nothing either.
/// F-027.
#[tokio::test]
async fn failures_change_nothing() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let mut screen = house.screen(&mina, house.date).await;
    house.google.insert(JOON, &house.event("그대로", "10:00", "11:00", &halla)).await;
    screen.until("the event", |grid| grid.blocks.values().any(|b| b.state == BookingState::Confirmed)).await;
    house.quiet().await;
    for status in [404, 403, 500, 503, 429] {
        let mark = house.google.mark();
        let matcher = json!({ "method": "GET", "path": format!("{halla}/events") });
        house.google.break_with(json!({ "matcher": matcher, "action": { "status": status }, "count": 1 }));
        assert_eq!(notify(&house, &genuine(&house, &halla)).await.status, 200);
        wait_until("the failure", async || {
            house.google.pulls(mark).iter().any(|entry| entry["status"] == status).then_some(())
        })
        .await;
        house.google.mend();
        assert_eq!(mina.blocks(house.date, "그대로").await.len(), 1, "after {status}");
    }
    house.google.insert(SEOYEON, &house.event("danach", "12:00", "13:00", &halla)).await;
    screen.until("the next event", |grid| grid.blocks.values().any(|block| block.title == "danach")).await;
    assert_eq!(screen.titled("그대로").len(), 1);
}

/// Our own writes come back as notifications and are not written again (NO-ECHO).
#[tokio::test]
async fn our_own_echo_dies_away() {
    let house = small().await;
    let mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let (halla, seorak) = (joon.room(house.date, "한라").await, joon.room(house.date, "설악").await);
    let mut screen = house.screen(&mina, house.date).await;
    let mark = house.google.mark();
    joon.booked(&Wish::new(halla, &house.at("10:00"), &house.at("11:00"), "메아리")).await;
    seoyeon.booked(&Wish::new(seorak, &house.at("10:00"), &house.at("11:00"), "메아리")).await;
    screen
        .until("both", |grid| {
            grid.blocks.len() == 2 && grid.blocks.values().all(|block| block.state == BookingState::Confirmed)
        })
        .await;
    house.quiet().await;
    let writes = house.google.writes(mark);
    assert_eq!(writes.len(), 2, "one insert each: {writes:#?}");
    let mark = house.google.mark();
    for _ in 0..3 {
        for room in ["한라", "설악"] {
            let room = house.google.room_email(HANBIT, room);
            assert_eq!(notify(&house, &genuine(&house, &room)).await.status, 200);
        }
        house.quiet().await;
    }
    assert!(!house.google.pulls(mark).is_empty());
    assert_eq!(house.google.writes(mark), Vec::<serde_json::Value>::new());
    let deltas = screen.deltas;
    // A pull that says nothing new tells screens nothing: the next delta is that of the next real change.
    joon.booked(&Wish::new(halla, &house.at("15:00"), &house.at("16:00"), "danach")).await;
    screen.until("the next booking", |grid| grid.blocks.len() == 3).await;
    assert_eq!(screen.deltas, deltas + 1);
}
