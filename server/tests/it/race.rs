//! Many at once: exactly one gets the room, and nobody is told a lie.

use futures::future::join_all;
use http::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN};
use model::BookingState;
use model::page::Booked;
use testkit::{Browser, Raw, Wish, wait_until};
use url::form_urlencoded::Serializer;

use crate::support::{JOON, MINA, SEOYEON, small};

const ROUNDS: u32 = 10;
const CLIENTS: usize = 50;

/// Sends the request, or two thirds of it, and hangs up.
async fn hang_up(browser: &Browser, wish: &Wish, whole: bool) {
    let body = Serializer::new(String::new()).extend_pairs(wish.pairs()).finish();
    let host = browser.root.strip_prefix("http://").unwrap();
    let head = [
        (HOST, host.to_owned()),
        (ORIGIN, browser.root.clone()),
        (COOKIE, browser.cookie_header()),
        (CONTENT_TYPE, "application/x-www-form-urlencoded".to_owned()),
    ];
    let head: String = head.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let text = format!("POST /fn/book HTTP/1.1\r\n{head}content-length: {}\r\n\r\n{body}", body.len());
    let cut = if whole { text.len() } else { text.len() * 2 / 3 };
    Raw::connect(&browser.root).await.write(&text.as_bytes()[..cut]).await;
}

/// F-069.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_want_one_slot() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let people =
        [mina.clone(), house.signed_in(JOON, "calendar").await, house.signed_in(SEOYEON, "identity").await];
    let room = mina.room(house.date, "한라").await;
    for round in 0..ROUNDS {
        let (start, end) =
            (house.at(&format!("{:02}:00", 8 + round)), house.at(&format!("{:02}:00", 9 + round)));
        // From the sixth round on, every third client hangs up while it asks.
        let rude = round >= ROUNDS / 2;
        let clients = (0..CLIENTS).map(|client| {
            let mut browser = people[client % people.len()].clone();
            // Some want a part of the slot, some more than it.
            let end = if client % 5 == 4 { house.at(&format!("{:02}:30", 8 + round)) } else { end.clone() };
            let wish = Wish::new(room, &start, &end, &format!("{round}-{client}"));
            async move {
                if rude && client % 3 == 2 {
                    hang_up(&browser, &wish, client % 2 == 0).await;
                    return None;
                }
                Some((wish.title.clone(), browser.book(&wish).await))
            }
        });
        let answers: Vec<_> = join_all(clients).await.into_iter().flatten().collect();
        let mut won = Vec::new();
        for (title, answer) in &answers {
            if answer.status == 200 {
                won.push((title.clone(), answer.read::<Booked>()));
                continue;
            }
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (409, "room_taken"),
                "{}",
                answer.text()
            );
            let refusal = &answer.json()["refusal"];
            assert!(refusal["alternatives"].as_array().is_some_and(|all| !all.is_empty()), "{refusal}");
        }
        let grid = mina.day(house.date).await.grid;
        let prefix = format!("{round}-");
        let stand: Vec<_> = grid.blocks.iter().filter(|block| block.title.starts_with(&prefix)).collect();
        assert_eq!(stand.len(), 1, "round {round}: {stand:#?}");
        if rude {
            assert!(won.len() <= 1, "{won:?}");
        } else {
            assert_eq!(won.len(), 1, "{won:?}");
        }
        for (title, booked) in won {
            assert_eq!(
                (&stand[0].title, stand[0].key),
                (&title, booked.block.key),
                "the acknowledged one stands"
            );
        }
    }
    let blocks = wait_until("the rooms to answer", async || {
        let blocks = mina.day(house.date).await.grid.blocks;
        blocks.iter().all(|block| block.state == BookingState::Confirmed).then_some(blocks)
    })
    .await;
    house.quiet().await;
    // Google got each of them, once.
    let halla = house.google.room_email(testkit::HANBIT, "한라");
    for block in &blocks {
        assert_eq!(house.google.titled(&halla, &block.title).len(), 1, "{block:?}");
    }
}

#[tokio::test]
async fn the_same_intent_is_the_same_booking() {
    let house = small().await;
    let mina = house.found(MINA).await;
    let joon = house.signed_in(JOON, "calendar").await;
    let room = joon.clone().room(house.date, "한라").await;
    let wish = Wish::new(room, &house.at("10:00"), &house.at("11:00"), "한 번만");
    let twice = (0..8).map(|_| {
        let (mut browser, wish) = (joon.clone(), wish.clone());
        async move { browser.booked(&wish).await.block.key }
    });
    let keys = join_all(twice).await;
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    let mut browser = joon.clone();
    assert_eq!(browser.booked(&wish).await.block.key, keys[0], "later, too");
    house.quiet().await;
    assert_eq!(browser.booked(&wish).await.block.key, keys[0], "and when Google has it");
    assert_eq!(browser.blocks(house.date, "한 번만").await.len(), 1);
    assert_eq!(house.google.titled(JOON, "한 번만").len(), 1);
    // Another person's intent is not theirs to use.
    let answer = mina.clone().book(&wish).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (403, "not_allowed"));
}

/// Moves compete for a free slot like new bookings do; those that lose stay where they were.
#[tokio::test]
async fn many_move_to_one_slot() {
    let house = small().await;
    house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let room = joon.room(house.date, "한라").await;
    let mut numbers = Vec::new();
    for hour in 8..16 {
        let clock = |minutes: u32| house.at(&format!("{hour:02}:{minutes:02}"));
        let booked = joon.booked(&Wish::new(room, &clock(0), &clock(30), &format!("um {hour}"))).await;
        numbers.push(booked.block.key.booking);
    }
    let target = [("start", house.at("20:00")), ("end", house.at("21:00"))];
    let moves = numbers.iter().map(|number| {
        let (mut browser, target) = (joon.clone(), target.clone());
        async move { browser.change(*number, &target).await }
    });
    let answers = join_all(moves).await;
    let won: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(won.len(), 1, "{answers:#?}");
    let winner = won[0].read::<Booked>().block.key;
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (409, "room_taken"),
            "{}",
            answer.text()
        );
    }
    let at_eight = model::Instant::parse_rfc3339(&house.at("20:00")).unwrap();
    let blocks = joon.day(house.date).await.grid.blocks;
    assert_eq!(blocks.len(), numbers.len());
    let there: Vec<_> = blocks.iter().filter(|block| block.range.start() == at_eight).collect();
    assert_eq!(there.iter().map(|block| block.key).collect::<Vec<_>>(), [winner]);
    house.quiet().await;
    let halla = house.google.room_email(testkit::HANBIT, "한라");
    for block in joon.day(house.date).await.grid.blocks {
        let copies = house.google.titled(&halla, &block.title);
        let start = copies[0]["start"]["dateTime"].as_str().and_then(model::Instant::parse_rfc3339);
        assert_eq!((copies.len(), start), (1, Some(block.range.start())), "{block:?}");
    }
}
