//! What happens at Google while a push is on its way, or waits for its turn.

use chrono::{Days, NaiveDate};
use http::Method;
use model::BookingState;
use serde_json::json;
use testkit::{Browser, HANBIT, Wish, wait_until, wish};

use crate::support::{JOON, MINA, SEOYEON, small};

/// What is booked into a slot that was just given back goes to Google after what had it: else the room, which has not
/// heard of it, would say no to a booking that was acknowledged.
/// F-074.
#[tokio::test]
async fn the_next_one_goes_to_google_after_the_one_before_has_left() {
    let house = small().await;
    house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let mut seoyeon = house.signed_in(SEOYEON, "calendar").await;
    let room = joon.room(house.date, "한라").await;
    let halla = house.google.room_email(HANBIT, "한라");
    let (from, to) = (house.at("10:00"), house.at("11:00"));
    let before = joon.booked(&Wish::new(room, &from, &to, "먼저")).await;
    wait_until("the first one to be accepted", async || {
        let blocks = joon.blocks(house.date, "먼저").await;
        blocks.first().filter(|block| block.state == BookingState::Confirmed).map(drop)
    })
    .await;

    // Google takes the cancellation at the second try.
    let matcher = json!({ "method": "DELETE", "user": JOON });
    house.google.break_with(json!({ "matcher": matcher, "action": { "status": 503 }, "count": 1 }));
    assert!(joon.cancel(before.block.key.booking).await.status.is_success());
    seoyeon.booked(&Wish::new(room, &from, &to, "다음")).await;

    wait_until("the room's answer to the next one", async || {
        let blocks = seoyeon.blocks(house.date, "다음").await;
        let state = blocks.first().expect("it is booked").state;
        assert_ne!(state, BookingState::Declined, "the room said no to an acknowledged booking");
        (state == BookingState::Confirmed).then_some(())
    })
    .await;
    assert!(house.google.titled(&halla, "먼저").is_empty());
    assert_eq!(house.google.titled(&halla, "다음").len(), 1);
}

/// A series goes to the places of its dates, and what comes after one of its dates to that.
#[tokio::test]
async fn a_series_waits_for_its_places_and_is_waited_for() {
    let house = small().await;
    house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let mut seoyeon = house.signed_in(SEOYEON, "calendar").await;
    let program = seoyeon.program().await;
    let room = joon.room(house.date, "한라").await;
    let week = |n: u64| house.date + Days::new(7 * n);
    let confirmed = async |browser: &mut Browser, date: NaiveDate, title: &str| {
        wait_until(title, async || {
            let blocks = browser.blocks(date, title).await;
            let state = blocks.first().expect("it is booked").state;
            assert_ne!(state, BookingState::Declined, "the room said no to an acknowledged booking");
            (state == BookingState::Confirmed).then_some(())
        })
        .await;
    };
    let (from, to) = (house.on(week(1), "10:00"), house.on(week(1), "11:00"));
    let before = joon.booked(&Wish::new(room, &from, &to, "먼저")).await;
    confirmed(&mut joon, week(1), "먼저").await;

    // Google takes the cancellation at the second try.
    let matcher = json!({ "method": "DELETE", "user": JOON });
    house.google.break_with(json!({ "matcher": matcher, "action": { "status": 503 }, "count": 1 }));
    assert!(joon.cancel(before.block.key.booking).await.status.is_success());
    let mut asked = wish(room.0, &house.at("10:00"), &house.at("11:00"), "매주");
    asked["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=3"]);
    let created = program.create("", &asked).await;
    assert_eq!(created.status, 201, "{}", created.text());
    for n in 0..3 {
        confirmed(&mut seoyeon, week(n), "매주").await;
    }

    let matcher = json!({ "method": "PATCH", "user": SEOYEON });
    house.google.break_with(json!({ "matcher": matcher, "action": { "status": 503 }, "count": 1 }));
    let path = format!("/bookings/{}?scope=this&date={}", created.json()["number"], week(1));
    assert_eq!(program.send(Method::DELETE, &path, &[], "").await.status, 204);
    joon.booked(&Wish::new(room, &from, &to, "다음")).await;
    confirmed(&mut joon, week(1), "다음").await;
    for n in [0, 2] {
        confirmed(&mut seoyeon, week(n), "매주").await;
    }
}

/// Somebody deletes the event at Google after it was made there and before we have the answer: the room tells of that
/// while the push is under way, once, and it must not be passed over.
#[tokio::test]
async fn what_is_told_during_a_push_is_heard_after_it() {
    let house = small().await;
    house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let room = joon.room(house.date, "한라").await;
    let matcher = json!({ "method": "POST", "path": format!("{JOON}/events") });
    house.google.break_with(json!({ "matcher": matcher, "action": { "delay_ms": 1_500 }, "count": 1 }));
    joon.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "곧 없어질")).await;
    let made = wait_until("the event at Google", async || house.google.titled(JOON, "곧 없어질").pop()).await;
    house.google.delete(JOON, made["id"].as_str().unwrap()).await;
    wait_until("the deletion to arrive here", async || {
        joon.blocks(house.date, "곧 없어질").await.is_empty().then_some(())
    })
    .await;
    assert!(house.google.titled(JOON, "곧 없어질").is_empty(), "it was made again");
}
