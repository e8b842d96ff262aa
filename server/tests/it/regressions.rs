//! Bugs that were found once. Each story is the shortest way to its bug.

use chrono::Days;
use model::{BookingState, GridState};
use serde_json::json;
use testkit::{HANBIT, Wish, wait_until, wait_until_within};

use crate::support::{JOON, MINA, SEOYEON, small};

/// One blip of the token endpoint parked a booking for ever, and made the person's next ones the room's.
#[tokio::test]
async fn a_token_endpoint_that_fails_for_a_moment() {
    let house = small().await;
    let mut joon = {
        house.found(MINA).await;
        house.signed_in(JOON, "calendar").await
    };
    let room = joon.room(house.date, "한라").await;
    house.google.world().oauth.expire_access();
    house
        .google
        .break_with(json!({ "matcher": { "path": "/token" }, "action": { "status": 503 }, "count": 2 }));
    joon.booked(&Wish::new(room, &house.at("10:00"), &house.at("10:30"), "잠깐의 장애")).await;
    wait_until_within(std::time::Duration::from_secs(30), "the booking to be confirmed", async || {
        let blocks = joon.blocks(house.date, "잠깐의 장애").await;
        matches!(&blocks[..], [block] if block.state == BookingState::Confirmed).then_some(())
    })
    .await;
    let next = joon.booked(&Wish::new(room, &house.at("11:00"), &house.at("11:30"), "그 다음")).await;
    assert!(!next.as_room, "a grant that failed once is still a grant");
}

/// The instances of a series that stopped repeating held the room for ever.
#[tokio::test]
async fn a_series_that_stops_repeating() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let tomorrow = house.date + Days::new(1);
    let mut series = house.event("매일 회의", "10:00", "11:00", &halla);
    series["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=5"]);
    let series = house.google.insert(JOON, &series).await;
    let mut screen = house.screen(&mina, tomorrow).await;
    screen.until("tomorrow's instance", |grid| grid.blocks.len() == 1).await;
    house.google.patch(JOON, series["id"].as_str().unwrap(), &json!({ "recurrence": [] })).await;
    screen.until("nothing tomorrow", |grid| grid.blocks.is_empty()).await;
    wait_until("one confirmed booking today", async || {
        let blocks = mina.blocks(house.date, "매일 회의").await;
        matches!(&blocks[..], [one] if one.state == BookingState::Confirmed && !one.series).then_some(())
    })
    .await;
}

/// The title of a private instance of a public series was everybody's.
#[tokio::test]
async fn a_private_instance_of_a_public_series() {
    let house = small().await;
    let mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let mut series = house.event("공개 회의", "10:00", "11:00", &halla);
    series["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=3"]);
    let series = house.google.insert(JOON, &series).await;
    let mut screen = house.screen(&mina, house.date).await;
    screen.until("the instance", |grid| grid.blocks.len() == 1).await;
    let start = model::Instant::parse_rfc3339(&house.at("10:00")).unwrap().to_chrono().unwrap();
    let id = format!("{}_{}", series["id"].as_str().unwrap(), start.format("%Y%m%dT%H%M%SZ"));
    let secret = json!({
        "summary": "연봉 면담",
        "visibility": "private",
        "start": { "dateTime": house.at("15:00"), "timeZone": "Asia/Seoul" },
        "end": { "dateTime": house.at("16:00"), "timeZone": "Asia/Seoul" },
    });
    house.google.patch(JOON, &id, &secret).await;
    let at = model::Instant::parse_rfc3339(&house.at("15:00")).unwrap();
    let moved = move |grid: &GridState| grid.blocks.values().any(|block| block.range.start() == at);
    screen.until("the moved instance", moved).await;
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let page = seoyeon.day(house.date).await;
    assert!(!serde_json::to_string(&page).unwrap().contains("연봉"));
    assert!(screen.texts.iter().all(|text| !text.contains("연봉")));
}

/// Who organises a private booking was told by number; they themselves have to see it.
#[tokio::test]
async fn a_private_booking_is_its_organisers_own() {
    let house = small().await;
    house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let room = joon.room(house.date, "한라").await;
    let mut pairs = Wish::new(room, &house.at("10:00"), &house.at("10:30"), "비밀 면담").pairs();
    pairs.push(("private", "on".to_owned()));
    let answer = joon.post("book", &pairs).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let others = seoyeon.day(house.date).await;
    assert!(others.own_private.is_empty());
    assert!(others.grid.blocks.iter().all(|block| block.private && block.organizer.is_none()));
    let own = joon.day(house.date).await;
    assert_eq!(own.grid.blocks[0].organizer, None, "the grid is the same for everybody");
    assert_eq!(own.own_private.len(), 1);
    assert_eq!(own.own_private[0].title, "비밀 면담");
}

/// A first insert that failed was repeated where it had been sent, and then taken for the whole: the booking stood in
/// the old room's calendar, and here in the new one.
#[tokio::test]
async fn a_change_of_room_before_the_first_insert() {
    let house = small().await;
    house.found(MINA).await;
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let [halla, seorak] = [seoyeon.room(house.date, "한라").await, seoyeon.room(house.date, "설악").await];
    let mark = house.google.mark();
    house.google.break_with(
        json!({ "matcher": { "method": "POST", "path": "/events" }, "action": { "status": 503 } }),
    );
    let booked = seoyeon.booked(&Wish::new(halla, &house.at("10:00"), &house.at("10:30"), "이사")).await;
    wait_until("a first attempt", async || {
        let refused = |entry: &serde_json::Value| entry["method"] == "POST" && entry["status"] == 503;
        house.google.log(mark).iter().any(refused).then_some(())
    })
    .await;
    let moved = seoyeon.change(booked.block.key.booking, &[("to_room", seorak.to_string())]).await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    house.google.mend();
    wait_until_within(std::time::Duration::from_secs(30), "the booking to stand there", async || {
        let there = house.google.titled(&house.google.room_email(HANBIT, "설악"), "이사");
        (there.len() == 1).then_some(())
    })
    .await;
    house.quiet().await;
    let left = house.google.titled(&house.google.room_email(HANBIT, "한라"), "이사");
    assert!(left.is_empty(), "nothing is left behind: {left:?}");
    let blocks = seoyeon.blocks(house.date, "이사").await;
    assert!(
        matches!(&blocks[..], [one] if one.state == BookingState::Confirmed && one.key.room == seorak),
        "{blocks:?}"
    );
}

/// There was nothing to tell Google, so Google had nothing to answer, and the booking stayed pending.
#[tokio::test]
async fn there_and_back_before_google_hears_of_it() {
    let house = small().await;
    house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let room = joon.room(house.date, "한라").await;
    let (start, end) = (house.at("10:00"), house.at("10:30"));
    let booked = joon.booked(&Wish::new(room, &start, &end, "왕복")).await.block.key.booking;
    let mut screen = house.screen(&joon, house.date).await;
    let confirmed =
        |grid: &GridState| grid.blocks.values().all(|block| block.state == BookingState::Confirmed);
    screen.until("Google's yes", confirmed).await;
    house.quiet().await;
    house.google.break_with(json!({ "matcher": { "method": "PATCH" }, "action": { "status": 503 } }));
    for (start, end) in [(house.at("15:00"), house.at("15:30")), (start, end)] {
        let answer = joon.change(booked, &[("start", start), ("end", end)]).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    house.google.mend();
    wait_until("the booking to be as before", async || {
        let blocks = joon.blocks(house.date, "왕복").await;
        matches!(&blocks[..], [one] if one.state == BookingState::Confirmed).then_some(())
    })
    .await;
}

/// A booking that moved before anybody pushed it was inserted into the new room's calendar; when that answer was lost, it
/// was looked for in the old one's, and the first insert stayed for ever.
#[tokio::test]
async fn a_change_of_room_before_the_first_push() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let rooms = ["한라", "설악", "지리", "백록담"];
    let mut numbers = Vec::new();
    for name in rooms {
        numbers.push(seoyeon.room(house.date, name).await);
    }
    let seorak = house.google.room_email(HANBIT, "설악");
    house.google.break_with(json!({
        "matcher": { "method": "POST", "path": seorak }, "action": "commit_then_fail", "count": 1,
    }));
    // Every worker waits for an answer.
    house.google.break_with(json!({
        "matcher": { "method": "POST", "path": "/events" }, "action": { "delay_ms": 1_500 }, "count": 8,
    }));
    for hour in 10..14 {
        for room in &numbers[2..] {
            let (start, end) = (house.at(&format!("{hour}:00")), house.at(&format!("{hour}:30")));
            seoyeon.booked(&Wish::new(*room, &start, &end, "Stau")).await;
        }
    }
    let wish = Wish::new(numbers[0], &house.at("10:00"), &house.at("10:30"), "이사");
    let booked = seoyeon.booked(&wish).await.block.key.booking;
    let moved = seoyeon.change(booked, &[("to_room", numbers[1].to_string())]).await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    wait_until_within(std::time::Duration::from_secs(30), "everything to be pushed", async || {
        let admin = mina.load("load_admin", &[]).await.json();
        (admin["outbox_waiting"] == 0).then_some(())
    })
    .await;
    house.quiet().await;
    let blocks = seoyeon.blocks(house.date, "이사").await;
    assert!(matches!(&blocks[..], [one] if one.state == BookingState::Confirmed), "{blocks:?}");
    assert_eq!(house.google.titled(&seorak, "이사").len(), 1, "once, in the new room");
    assert!(house.google.titled(&house.google.room_email(HANBIT, "한라"), "이사").is_empty());
}

/// An event that changed in Google while it was to leave its room was read again, and taken to stand in the new room.
#[tokio::test]
async fn a_change_of_room_meets_a_newer_copy() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let [halla, seorak] = ["한라", "설악"].map(|name| house.google.room_email(HANBIT, name));
    let room = seoyeon.room(house.date, "한라").await;
    let wish = Wish::new(room, &house.at("10:00"), &house.at("10:30"), "이사");
    let booked = seoyeon.booked(&wish).await.block.key.booking;
    wait_until("the booking to stand in Google", async || {
        (house.google.titled(&halla, "이사").len() == 1).then_some(())
    })
    .await;
    house.quiet().await;
    house.google.break_with(json!({ "action": "drop_notification" }));
    let id = house.google.titled(&halla, "이사")[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/calendar/v3/calendars/{halla}/events/{id}");
    let location = json!({ "location": "2층" });
    assert!(house.google.call(MINA, http::Method::PATCH, &path, &location).await.status.is_success());
    let to = seoyeon.room(house.date, "설악").await;
    let moved = seoyeon.change(booked, &[("to_room", to.to_string())]).await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    wait_until_within(std::time::Duration::from_secs(30), "everything to be pushed", async || {
        let admin = mina.load("load_admin", &[]).await.json();
        (admin["outbox_waiting"] == 0).then_some(())
    })
    .await;
    assert_eq!(house.google.titled(&seorak, "이사").len(), 1, "it stands in the new room");
    assert!(house.google.titled(&halla, "이사").is_empty(), "and has left the old one");
}

/// Every look at a board's page was a write.
#[tokio::test]
async fn a_boards_use_is_noted_now_and_then() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let created = mina.post("create_display", &[]).await.json();
    let path = format!("/display/{}", created["token"].as_str().unwrap());
    let mut seen = Vec::new();
    for _ in 0..3 {
        assert_eq!(house.browser().get(&path).await.status, 200);
        seen.push(mina.load("load_admin", &[]).await.json()["displays"][0]["last_seen"].clone());
    }
    assert!(!seen[0].is_null() && seen.iter().all(|at| *at == seen[0]), "{seen:?}");
}
