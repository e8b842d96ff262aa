//! Answers of Google's that are wrong: each is survived by itself. All bookings stay, nothing is written, the room's
//! state names the trouble, and one pass after it ends all is as it was.

use model::room::RoomHealth;
use model::{Block, BookingState, Instant};
use serde_json::{Value, json};
use testkit::{Browser, HANBIT, House, Wish, wait_until};

use crate::support::{JOON, MINA, SEOYEON, small};
use crate::webhook::{genuine, notify};

/// One lie, and what people are told of it.
struct Lie {
    name: &'static str,
    /// What happens to every listing of the room; to pages after the first alone where `later_pages`.
    action: Value,
    later_pages: bool,
    /// Begins with a sync token that is refused, so that everything is listed.
    full: bool,
    health: RoomHealth,
}

fn lies() -> Vec<Lie> {
    let lie = |name, action: Value, full, health| Lie { name, action, later_pages: false, full, health };
    vec![
        lie("a full listing that is empty", json!("lie_empty"), true, RoomHealth::Quarantined),
        lie("lists that are absent", json!("absent_arrays"), true, RoomHealth::Live),
        lie("lists that are empty", json!("empty_arrays"), true, RoomHealth::Live),
        lie("lists that are null", json!("null_arrays"), true, RoomHealth::Live),
        lie("items of another type", json!("wrong_types"), false, RoomHealth::Degraded),
        Lie {
            later_pages: true,
            ..lie("a second page that is gone", json!({ "status": 410 }), true, RoomHealth::Degraded)
        },
        lie("an empty page with a next one", json!("empty_page"), true, RoomHealth::Live),
        lie("a page that leads to itself", json!("loop_page"), true, RoomHealth::Degraded),
        lie("a page of HTML", json!("html_page"), false, RoomHealth::Degraded),
        lie("half an answer", json!("torn_body"), false, RoomHealth::Degraded),
        lie("a calendar that is not there", json!({ "status": 404 }), false, RoomHealth::Quarantined),
        lie(
            "a calendar that may not be read",
            json!({ "status": 403, "reason": "forbidden" }),
            false,
            RoomHealth::Quarantined,
        ),
    ]
}

/// What is drawn of an event.
type Drawn = (Instant, String, BookingState, bool);

/// Everything that is drawn, in order.
async fn drawn(house: &House, mina: &mut Browser) -> Vec<Drawn> {
    let blocks = mina.day(house.date).await.grid.blocks;
    let drawn = |block: Block| (block.range.start(), block.title, block.state, block.series);
    let mut blocks: Vec<_> = blocks.into_iter().map(drawn).collect();
    blocks.sort();
    blocks
}

async fn health(house: &House, mina: &mut Browser, room: &str) -> RoomHealth {
    let grid = mina.day(house.date).await.grid;
    grid.rooms.iter().find(|one| one.name == room).unwrap().health
}

/// F-019, F-020.
#[tokio::test]
async fn lies_are_survived_one_by_one() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    house.google.world().settings.page_size = Some(10);
    let mut joon = house.signed_in(JOON, "calendar").await;
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let room = joon.room(house.date, "한라").await;
    joon.booked(&Wish::new(room, &house.at("08:00"), &house.at("08:30"), "준의 예약")).await;
    seoyeon.booked(&Wish::new(room, &house.at("08:30"), &house.at("09:00"), "방의 예약")).await;
    let mut series = house.event("매일", "09:00", "09:30", &halla);
    series["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=5"]);
    house.google.insert(JOON, &series).await;
    // More than may be missing before everything stops.
    for hour in 10..22 {
        for half in ["00", "30"] {
            let (from, to) =
                (format!("{hour}:{half}"), format!("{hour}:{}", if half == "00" { "30" } else { "59" }));
            house.google.insert(JOON, &house.event("그쪽 회의", &from, &to, &halla)).await;
        }
    }
    // The room declines this one: whoever takes a list without guests at its word believes that it was accepted.
    house.google.insert(SEOYEON, &house.event("거절된 것", "09:00", "09:30", &halla)).await;
    house.quiet().await;
    let before = wait_until("everything to be drawn", async || {
        let drawn = drawn(&house, &mut mina).await;
        let settled = drawn.iter().all(|(_, _, state, _)| *state != BookingState::Pending);
        (drawn.len() == 28 && settled).then_some(drawn)
    })
    .await;
    for lie in lies() {
        let mark = house.google.mark();
        let path = format!("{halla}/events");
        if lie.full {
            let matcher = json!({ "method": "GET", "path": path, "query": "syncToken" });
            house.google.break_with(json!({ "matcher": matcher, "action": "expire_sync_tokens" }));
        }
        let pages = if lie.later_pages { "pageToken" } else { "singleEvents" };
        let matcher = json!({ "method": "GET", "path": path, "query": pages });
        house.google.break_with(json!({ "name": "lie", "matcher": matcher, "action": lie.action }));
        wait_until(lie.name, async || {
            assert_eq!(notify(&house, &genuine(&house, &halla)).await.status, 200);
            house.quiet().await;
            assert_eq!(drawn(&house, &mut mina).await, before, "{}", lie.name);
            let told =
                house.google.log(mark).iter().any(|entry| entry["kind"] == "fault" && entry["name"] == "lie");
            (told && health(&house, &mut mina, "한라").await == lie.health).then_some(())
        })
        .await;
        assert_eq!(house.google.writes(mark), Vec::<Value>::new(), "{}", lie.name);
        house.google.mend();
        let mark = house.google.mark();
        assert_eq!(notify(&house, &genuine(&house, &halla)).await.status, 200);
        wait_until("the pass after it", async || {
            (health(&house, &mut mina, "한라").await == RoomHealth::Live).then_some(())
        })
        .await;
        house.quiet().await;
        assert_eq!(drawn(&house, &mut mina).await, before, "after {}", lie.name);
        assert_eq!(house.google.writes(mark), Vec::<Value>::new(), "after {}", lie.name);
    }
}

/// A listing may be longer than what is compared with its copies at a time (`booking/src/doubt.rs`): each event that came
/// without its guests is asked for, the last ones too.
#[tokio::test]
async fn every_absent_list_of_a_long_listing_is_doubted() {
    const EVENTS: usize = 270;
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    house.quiet().await;
    house.google.insert(JOON, &house.event("먼저 온 것", "09:00", "09:30", &halla)).await;
    // The room declines them: whoever takes a list without guests at its word believes that they were accepted.
    for _ in 1..EVENTS {
        house.google.insert(JOON, &house.event("거절된 것", "09:00", "09:30", &halla)).await;
    }
    let before = wait_until("everything to be drawn", async || {
        let drawn = drawn(&house, &mut mina).await;
        let declined = drawn.iter().filter(|(_, _, state, _)| *state == BookingState::Declined).count();
        (declined == EVENTS - 1).then_some(drawn)
    })
    .await;
    let mark = house.google.mark();
    let path = format!("{halla}/events");
    let matcher = json!({ "method": "GET", "path": path, "query": "syncToken" });
    house.google.break_with(json!({ "matcher": matcher, "action": "expire_sync_tokens" }));
    let matcher = json!({ "method": "GET", "path": path, "query": "singleEvents" });
    house.google.break_with(json!({ "name": "lie", "matcher": matcher, "action": "absent_arrays" }));
    assert_eq!(notify(&house, &genuine(&house, &halla)).await.status, 200);
    wait_until("each to be asked for", async || {
        let of_one = |entry: &&Value| {
            entry["method"] == "GET" && entry["path"].as_str().is_some_and(|path| path.contains("/events/"))
        };
        (house.google.log(mark).iter().filter(of_one).count() >= EVENTS).then_some(())
    })
    .await;
    house.quiet().await;
    assert_eq!(drawn(&house, &mut mina).await, before);
    assert_eq!(house.google.writes(mark), Vec::<Value>::new());
}
