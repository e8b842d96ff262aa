//! Booking, changing and cancelling, until Google agrees.

use model::BookingState;
use model::page::{Booked, Cancelled};
use testkit::{Google, HANBIT, Wish, wait_until};

use crate::support::{JOON, MINA, SEOYEON, small};

#[tokio::test]
async fn as_the_person() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let room = joon.room(house.date, "한라").await;
    let other = joon.room(house.date, "설악").await;
    let (halla, seorak) = (house.google.room_email(HANBIT, "한라"), house.google.room_email(HANBIT, "설악"));
    let mut screen = house.screen(&mina, house.date).await;

    let wish = Wish::new(room, &house.at("10:00"), &house.at("10:30"), "분기 계획");
    let booked = joon.booked(&wish).await;
    assert!(!booked.as_room);
    assert_eq!(booked.block.state, BookingState::Pending);
    let number = booked.block.key.booking;
    screen.until("the booking", |grid| grid.blocks.values().any(|block| block.key == booked.block.key)).await;
    screen
        .until("the room's yes", |grid| {
            grid.blocks
                .values()
                .any(|block| block.title == "분기 계획" && block.state == BookingState::Confirmed)
        })
        .await;
    assert!(
        screen.texts.iter().any(|text| text.contains("\"pending\"") && text.contains("분기 계획")),
        "it was pending first"
    );
    assert!(screen.deltas >= 2);
    for calendar in [JOON, &halla] {
        let copies = house.google.titled(calendar, "분기 계획");
        assert_eq!(copies.len(), 1, "{calendar}");
        assert_eq!(Google::answer_of(&copies[0], &halla), "accepted");
    }

    // Not a colleague's to change.
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    for answer in
        [seoyeon.cancel(number).await, seoyeon.change(number, &[("title", "남의 것".to_owned())]).await]
    {
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "not_allowed"));
    }

    // Another time, another title: on both sides.
    let pairs =
        [("start", house.at("11:00")), ("end", house.at("12:00")), ("title", "분기 계획 2".to_owned())];
    let moved: Booked = joon.change(number, &pairs).await.read();
    assert_eq!(moved.block.range.length_minutes(), 60);
    screen
        .until("the moved booking", |grid| {
            let mut blocks = grid.blocks.values();
            let fits = |block: &model::Block| {
                block.title == "분기 계획 2"
                    && block.range == moved.block.range
                    && block.state == BookingState::Confirmed
            };
            grid.blocks.len() == 1 && blocks.all(fits)
        })
        .await;
    let start = model::Instant::parse_rfc3339(&house.at("11:00"));
    wait_until("the move on the room's calendar", async || {
        let copies = house.google.titled(&halla, "분기 계획 2");
        let at = copies.first()?["start"]["dateTime"].as_str().and_then(model::Instant::parse_rfc3339);
        (copies.len() == 1 && at == start).then_some(())
    })
    .await;

    // Another room.
    joon.change(number, &[("to_room", other.to_string())]).await.read::<Booked>();
    screen
        .until("the other room", |grid| {
            let blocks: Vec<_> = grid.blocks.values().collect();
            matches!(&blocks[..], [block] if block.key.room == other && block.state == BookingState::Confirmed)
        })
        .await;
    wait_until("the other room's calendar", async || {
        let gone = house.google.titled(&halla, "분기 계획 2").is_empty();
        let there = house.google.titled(&seorak, "분기 계획 2").len() == 1;
        (gone && there && house.google.titled(JOON, "분기 계획 2").len() == 1).then_some(())
    })
    .await;

    // And away.
    let cancelled: Cancelled = joon.cancel(number).await.read();
    assert_eq!(cancelled.number, number);
    screen.until("an empty day", |grid| grid.blocks.is_empty()).await;
    wait_until("the event to be gone in Google", async || {
        [JOON, &seorak]
            .iter()
            .all(|calendar| house.google.titled(calendar, "분기 계획 2").is_empty())
            .then_some(())
    })
    .await;
    joon.cancel(number).await.read::<Cancelled>();
    house.quiet().await;
    assert!(mina.day(house.date).await.grid.blocks.is_empty());
    let admin = mina.load("load_admin", &[]).await.json();
    assert_eq!(admin["outbox_waiting"], 0);
}

#[tokio::test]
async fn as_the_room() {
    let house = small().await;
    let mina = house.found(MINA).await;
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let room = seoyeon.room(house.date, "한라").await;
    let other = seoyeon.room(house.date, "설악").await;
    let (halla, seorak) = (house.google.room_email(HANBIT, "한라"), house.google.room_email(HANBIT, "설악"));
    let mut screen = house.screen(&mina, house.date).await;

    let wish = Wish::new(room, &house.at("10:00"), &house.at("10:30"), "디자인 점검");
    let booked = seoyeon.booked(&wish).await;
    assert!(booked.as_room);
    let number = booked.block.key.booking;
    screen
        .until("Google's yes", |grid| {
            grid.blocks.values().any(|block| block.state == BookingState::Confirmed)
        })
        .await;
    let copies = house.google.titled(&halla, "디자인 점검");
    assert_eq!(copies.len(), 1);
    assert_eq!(copies[0]["organizer"]["email"], halla.as_str());
    // She granted no calendar: the event is the room's, and she is its guest.
    let copies = house.google.titled(SEOYEON, "디자인 점검");
    assert_eq!(copies.len(), 1);
    assert_eq!(copies[0]["organizer"]["email"], halla.as_str());

    let pairs = [("to_room", other.to_string()), ("start", house.at("13:00")), ("end", house.at("13:30"))];
    seoyeon.change(number, &pairs).await.read::<Booked>();
    screen
        .until("the other room", |grid| {
            let blocks: Vec<_> = grid.blocks.values().collect();
            matches!(&blocks[..], [block] if block.key.room == other && block.state == BookingState::Confirmed)
        })
        .await;
    wait_until("the move between calendars", async || {
        let (old, new) =
            (house.google.titled(&halla, "디자인 점검"), house.google.titled(&seorak, "디자인 점검"));
        let hers = house.google.titled(SEOYEON, "디자인 점검");
        (old.is_empty() && new.len() == 1 && hers.len() == 1).then_some(())
    })
    .await;
    seoyeon.cancel(number).await.read::<Cancelled>();
    screen.until("an empty day", |grid| grid.blocks.is_empty()).await;
    wait_until("the event to be gone in Google", async || {
        [SEOYEON, &halla, &seorak]
            .iter()
            .all(|one| house.google.titled(one, "디자인 점검").is_empty())
            .then_some(())
    })
    .await;
}

/// The room is taken in Google by an event that Roomly has not seen: Google says no, and people are told.
/// F-046.
#[tokio::test]
async fn a_room_that_declines() {
    let house = small().await;
    let mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let room = joon.room(house.date, "한라").await;
    let halla = house.google.room_email(HANBIT, "한라");
    let mut screen = house.screen(&mina, house.date).await;
    // Hidden from Roomly: no notification, and the periodic pass is ten minutes away.
    house.google.world().settings.push_enabled = false;
    house.google.insert(SEOYEON, &house.event("먼저 온 회의", "10:00", "11:00", &halla)).await;
    wait_until("Google's own yes", async || {
        let copies = house.google.titled(&halla, "먼저 온 회의");
        (Google::answer_of(copies.first()?, &halla) == "accepted").then_some(())
    })
    .await;
    let wish = Wish::new(room, &house.at("10:30"), &house.at("11:30"), "늦은 회의");
    joon.booked(&wish).await;
    house.google.world().settings.push_enabled = true;
    screen
        .until("the room's no", |grid| {
            let state = |title: &str| {
                grid.blocks.values().find(|block| block.title == title).map(|block| block.state)
            };
            state("늦은 회의") == Some(BookingState::Declined)
                && state("먼저 온 회의") == Some(BookingState::Confirmed)
        })
        .await;
}
