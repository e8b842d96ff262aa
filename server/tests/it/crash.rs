//! SIGKILL at bad moments: what was acknowledged reaches Google, once (NO-LOSS).

use std::time::Duration;

use model::BookingState;
use serde_json::json;
use testkit::{Browser, Google, HANBIT, House, Wish, wait_until, wait_until_within};

use crate::support::{JOON, MINA, alone, small};

/// A push that was under way when the program died is taken over at the start, long before its lease of a minute ends.
const SOON: Duration = Duration::from_secs(30);

/// Once on the organiser's calendar, once on the room's, with the room's yes; confirmed here.
async fn arrives_once(house: &House, browser: &mut Browser, title: &str) {
    let halla = house.google.room_email(HANBIT, "한라");
    wait_until_within(SOON, &format!("{title} on both sides"), async || {
        let (own, rooms) = (house.google.titled(JOON, title), house.google.titled(&halla, title));
        assert!(own.len() <= 1 && rooms.len() <= 1, "{title} is there twice: {own:#?} {rooms:#?}");
        let accepted = Google::answer_of(rooms.first()?, &halla) == "accepted";
        let blocks = browser.blocks(house.date, title).await;
        let agreed = matches!(&blocks[..], [block] if block.state == BookingState::Confirmed);
        (own.len() == 1 && accepted && agreed).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_acknowledged_booking_survives() {
    let mut house = small().await;
    let mut mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let room = joon.room(house.date, "한라").await;
    let struck = |entry: &serde_json::Value| entry["kind"] == "fault";
    let on_joon = |action: serde_json::Value| json!({ "matcher": { "method": "POST", "path": format!("{JOON}/events") }, "action": action });
    let moments = [
        ("between commit and insert", on_joon(json!({ "status": 503 }))),
        ("after a commit that Google denied", on_joon(json!("commit_then_fail"))),
        ("before the insert's answer", on_joon(json!({ "delay_ms": 30_000 }))),
    ];
    let mut titles = Vec::new();
    for (index, (title, plan)) in moments.iter().enumerate() {
        let mark = house.google.mark();
        house.google.break_with(plan.clone());
        let clock = |minutes: &str| house.at(&format!("{:02}:{minutes}", 9 + index));
        let booked = joon.booked(&Wish::new(room, &clock("00"), &clock("30"), title)).await;
        wait_until("the insert to be on its way", async || {
            house.google.log(mark).iter().find(|e| struck(e)).map(drop)
        })
        .await;
        house.roomly.kill_9().await;
        house.google.mend();
        house.roomly.start().await;
        let blocks = joon.blocks(house.date, title).await;
        assert_eq!(blocks.len(), 1, "{title}: acknowledged and lost");
        assert_eq!(blocks[0].key, booked.block.key);
        titles.push((*title).to_owned());
    }
    // At whatever moment it happens to be.
    for round in 0..4 {
        let title = format!("just acknowledged {round}");
        let clock = |minutes: &str| house.at(&format!("{:02}:{minutes}", 14 + round));
        joon.booked(&Wish::new(room, &clock("00"), &clock("30"), &title)).await;
        house.roomly.kill_9().await;
        house.roomly.start().await;
        assert_eq!(joon.blocks(house.date, &title).await.len(), 1, "{title}: lost");
        titles.push(title);
    }
    for title in &titles {
        arrives_once(&house, &mut joon, title).await;
    }
    // The interrupted pushes are repeated, and find that Google has the event.
    wait_until_within(SOON, "every push to be settled", async || {
        let admin = mina.load("load_admin", &[]).await.json();
        (admin["outbox_waiting"] == 0).then_some(())
    })
    .await;
    house.quiet().await;
    for title in &titles {
        arrives_once(&house, &mut joon, title).await;
    }
}

/// What changed in Google while Roomly was away, and was told to nobody, is found at once when it is back.
#[tokio::test]
async fn what_happened_meanwhile_is_found_at_the_start() {
    let mut house = small().await;
    let mut mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let gone = house.google.insert(JOON, &house.event("곧 없어질 회의", "10:00", "11:00", &halla)).await;
    wait_until("the event", async || {
        let blocks = mina.blocks(house.date, "곧 없어질 회의").await;
        blocks.first().filter(|block| block.state == BookingState::Confirmed).map(drop)
    })
    .await;
    house.roomly.kill_9().await;
    // Its notifications find nobody, and are not sent again.
    house.google.world().settings.push_retries = 0;
    house.google.delete(JOON, gone["id"].as_str().unwrap()).await;
    house.google.insert(JOON, &house.event("그새 생긴 회의", "12:00", "13:00", &halla)).await;
    wait_until("the notifications to fail", async || house.google.world().next_due().is_none().then_some(()))
        .await;
    house.roomly.start().await;
    wait_until("the news", async || {
        let there = mina.blocks(house.date, "그새 생긴 회의").await.len() == 1;
        (there && mina.blocks(house.date, "곧 없어질 회의").await.is_empty()).then_some(())
    })
    .await;
}

/// Only a build with the feature `chaos` dies where its environment says; this one commits and lives.
#[tokio::test]
async fn nobody_tells_the_program_where_to_die() {
    let house = alone(&[("ROOMLY_CHAOS_CRASH", "commit.after:1")]).await;
    let mut mina = house.found(MINA).await;
    let room = mina.room(house.date, "한라").await;
    mina.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "alive")).await;
    assert_eq!(mina.blocks(house.date, "alive").await.len(), 1);
}
