//! A slot that changes hands here, while Google does not know of it yet.

use model::BookingState;
use serde_json::json;
use testkit::{HANBIT, Wish, wait_until};

use crate::support::{JOON, MINA, SEOYEON, small};

/// What is booked into a slot that was just given back goes to Google after what had it: else the room, which has not
/// heard of it, would say no to a booking that was acknowledged.
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
