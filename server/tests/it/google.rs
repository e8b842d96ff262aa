//! Changes that people make in Google reach every screen, by push: the periodic pass is ten minutes away.

use std::time::{Duration, Instant};

use chrono::Days;
use model::page::DisplayCreated;
use model::{BlockKey, BookingState, GridState};
use serde_json::json;
use testkit::{HANBIT, Wish};

use crate::support::{JOON, MINA, SEOYEON, polling, small};

fn starts(grid: &GridState) -> Vec<String> {
    grid.blocks.values().map(|block| block.range.start().to_rfc3339()).collect()
}

#[tokio::test]
async fn created_moved_renamed_deleted() {
    let mut house = small().await;
    // What boards show.
    house.date = house.today;
    let mut mina = house.found(MINA).await;
    let created: DisplayCreated = mina.post("create_display", &[]).await.read();
    let halla = house.google.room_email(HANBIT, "한라");
    let seorak = house.google.room_email(HANBIT, "설악");
    let other_room = mina.room(house.date, "설악").await;
    let mut screen = house.screen(&mina, house.date).await;
    let mut board = house.board(&created.token, house.date).await;
    let confirmed = |title: &'static str| {
        move |grid: &GridState| {
            let blocks: Vec<_> = grid.blocks.values().collect();
            matches!(&blocks[..], [block] if block.title == title && block.state == BookingState::Confirmed)
        }
    };

    let event = house.google.insert(JOON, &house.event("비밀 없는 회의", "10:00", "11:00", &halla)).await;
    let id = event["id"].as_str().unwrap();
    screen.until("a new event", confirmed("비밀 없는 회의")).await;
    board.until("a new event", confirmed("")).await;

    let later = |clock: &str| json!({ "dateTime": house.at(clock), "timeZone": "Asia/Seoul" });
    house.google.patch(JOON, id, &json!({ "start": later("14:00"), "end": later("15:00") })).await;
    let at = model::Instant::parse_rfc3339(&house.at("14:00")).unwrap().to_rfc3339();
    screen.until("a moved event", |grid| starts(grid) == [at.clone()]).await;
    board.until("a moved event", |grid| starts(grid) == [at.clone()]).await;

    house.google.patch(JOON, id, &json!({ "summary": "새 이름" })).await;
    screen.until("a new name", confirmed("새 이름")).await;

    house.google.patch(JOON, id, &json!({ "attendees": [{ "email": seorak, "resource": true }] })).await;
    let in_other =
        |grid: &GridState| grid.blocks.keys().map(|key| key.room).collect::<Vec<_>>() == [other_room];
    screen.until("another room", in_other).await;
    board.until("another room", in_other).await;

    house.google.delete(JOON, id).await;
    screen.until("an empty day", |grid| grid.blocks.is_empty()).await;
    board.until("an empty day", |grid| grid.blocks.is_empty()).await;
    for text in &board.texts {
        assert!(!text.contains("회의") && !text.contains("새 이름") && !text.contains("준"), "{text}");
    }

    // A board that is taken back is nobody's.
    mina.post("revoke_display", &[("id", created.row.id.clone())]).await;
    let page = house.browser().load("load_board", &[("token", created.token.clone())]).await;
    assert_eq!((page.status.as_u16(), page.code().as_str()), (404, "not_found"));
}

#[tokio::test]
async fn a_series_and_its_exceptions() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let mut screen = house.screen(&mina, house.date).await;
    let mut next_week = house.screen(&mina, house.date + Days::new(7)).await;
    let mut series = house.event("주간 회의", "10:00", "11:00", &halla);
    series["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=4"]);
    let series = house.google.insert(JOON, &series).await;
    let one = |grid: &GridState| {
        let blocks: Vec<_> = grid.blocks.values().collect();
        matches!(&blocks[..], [block] if block.series && block.title == "주간 회의" && block.state == BookingState::Confirmed)
    };
    screen.until("the first instance", one).await;
    next_week.until("the second instance", one).await;
    assert_eq!(mina.blocks(house.date + Days::new(21), "주간 회의").await.len(), 1, "the last");
    assert!(mina.blocks(house.date + Days::new(28), "주간 회의").await.is_empty());

    // One instance moves, another goes.
    let instance = |date: chrono::NaiveDate| {
        let start = model::Instant::parse_rfc3339(&house.on(date, "10:00")).unwrap();
        let suffix = start.to_chrono().unwrap().format("%Y%m%dT%H%M%SZ");
        format!("{}_{suffix}", series["id"].as_str().unwrap())
    };
    let moved = json!({
        "start": { "dateTime": house.at("15:00"), "timeZone": "Asia/Seoul" },
        "end": { "dateTime": house.at("16:00"), "timeZone": "Asia/Seoul" },
    });
    house.google.patch(JOON, &instance(house.date), &moved).await;
    let at = model::Instant::parse_rfc3339(&house.at("15:00")).unwrap().to_rfc3339();
    screen.until("the moved instance", |grid| starts(grid) == [at.clone()]).await;
    house.google.delete(JOON, &instance(house.date + Days::new(7))).await;
    next_week.until("no instance", |grid| grid.blocks.is_empty()).await;
    house.quiet().await;
    assert_eq!(mina.blocks(house.date + Days::new(14), "주간 회의").await.len(), 1, "the others stay");
}

#[tokio::test]
async fn a_private_title_is_told_to_nobody() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let mut screen = house.screen(&mina, house.date).await;
    let mut event = house.event("연봉 협상 비밀", "10:00", "11:00", &halla);
    event["visibility"] = json!("private");
    event["description"] = json!("연봉 협상 비밀 내용");
    house.google.insert(JOON, &event).await;
    screen.until("a busy block", |grid| grid.blocks.values().any(|block| block.private)).await;
    house.quiet().await;
    let BlockKey { booking, .. } = *screen.grid().blocks.keys().next().unwrap();
    let block = screen.grid().blocks.values().next().unwrap();
    assert_eq!((block.title.as_str(), block.organizer_name.as_str()), ("", ""));
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let number = booking.to_string();
    let mut seen = screen.texts.clone();
    for browser in [&mut seoyeon, &mut mina] {
        seen.push(browser.get(&format!("/rooms?date={}", house.date)).await.text().to_owned());
        seen.push(browser.load("load_day", &[("date", house.date.to_string())]).await.text().to_owned());
    }
    seen.push(seoyeon.load("load_booking", &[("number", number.clone())]).await.text().to_owned());
    let page = seoyeon.get(&format!("/bookings/{number}")).await;
    assert_eq!(page.status, 200, "{}", page.text());
    seen.push(page.text().to_owned());
    assert!(seen.iter().any(|text| text.contains(&format!("data-booking=\"{number}\""))), "it is drawn");
    for text in seen {
        assert!(!text.contains("연봉"), "{text}");
    }
    // It holds the room all the same, and the refusal does not say who has it.
    let room = seoyeon.room(house.date, "한라").await;
    let wish = Wish::new(room, &house.at("10:30"), &house.at("11:30"), "x");
    let refused = seoyeon.book(&wish).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "room_taken"));
    assert_eq!(refused.json()["refusal"]["by"], json!(null));
}

/// How long a change takes from Google's answer to the screen; twenty times, printed.
#[tokio::test]
async fn twenty_changes_arrive_within_a_moment() {
    let house = small().await;
    let mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let mut screen = house.screen(&mina, house.date).await;
    let event = house.google.insert(JOON, &house.event("회의 0", "10:00", "11:00", &halla)).await;
    let id = event["id"].as_str().unwrap();
    screen
        .until("the event", |grid| grid.blocks.values().any(|block| block.state == BookingState::Confirmed))
        .await;
    house.quiet().await;
    let mut taken = Vec::new();
    for round in 1..=20 {
        let title = format!("회의 {round}");
        let begun = Instant::now();
        house.google.patch(JOON, id, &json!({ "summary": title })).await;
        screen.until("the new name", |grid| grid.blocks.values().any(|block| block.title == title)).await;
        taken.push(begun.elapsed());
    }
    taken.sort_unstable();
    println!("Google change -> delta: median {:?}, slowest {:?} of {}", taken[10], taken[19], taken.len());
    assert!(taken[10] < Duration::from_secs(2), "{taken:?}");
}

/// Notifications are hints: without any, the periodic pass finds the change.
/// F-001.
#[tokio::test]
async fn lost_notifications_cost_a_periodic_pass() {
    let house = polling(5).await;
    let mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let mut screen = house.screen(&mina, house.date).await;
    house.google.break_with(json!({ "action": "drop_notification" }));
    house.google.insert(JOON, &house.event("조용한 회의", "10:00", "11:00", &halla)).await;
    screen
        .until("the event", |grid| {
            grid.blocks
                .values()
                .any(|block| block.title == "조용한 회의" && block.state == BookingState::Confirmed)
        })
        .await;
    assert!(house.google.log(0).iter().any(|entry| entry["dropped"] == true), "one was lost");
}

/// What was booked here and is changed or deleted in Google by its organiser is so here, too.
#[tokio::test]
async fn our_own_booking_changed_there() {
    let house = small().await;
    let mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let room = joon.room(house.date, "한라").await;
    let mut screen = house.screen(&mina, house.date).await;
    let booked = joon.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "여기서 예약")).await;
    let key = booked.block.key;
    screen
        .until("Google's yes", |grid| grid.blocks.values().any(|b| b.state == BookingState::Confirmed))
        .await;
    house.quiet().await;
    let id = house.google.titled(JOON, "여기서 예약")[0]["id"].as_str().unwrap().to_owned();
    let mark = house.google.mark();
    let at = |clock: &str| json!({ "dateTime": house.at(clock), "timeZone": "Asia/Seoul" });
    let change = json!({ "summary": "거기서 바꿈", "start": at("13:00"), "end": at("13:30") });
    house.google.patch(JOON, &id, &change).await;
    let start = model::Instant::parse_rfc3339(&house.at("13:00")).unwrap();
    screen
        .until("the change", |grid| {
            let block = grid.blocks.get(&key);
            block.is_some_and(|block| {
                let settled = block.state == BookingState::Confirmed && block.range.start() == start;
                settled && block.title == "거기서 바꿈" && block.range.length_minutes() == 30
            })
        })
        .await;
    house.quiet().await;
    assert_eq!(house.google.writes(mark).len(), 1, "only that person's own write");
    // And back again from here: the newest wish wins on both sides.
    joon.change(key.booking, &[("title", "다시 여기서".to_owned())]).await.read::<model::page::Booked>();
    testkit::wait_until("the new name there", async || {
        let copies = house.google.titled(JOON, "다시 여기서");
        let kept = copies.first()?["start"]["dateTime"].as_str().and_then(model::Instant::parse_rfc3339);
        (kept == Some(start)).then_some(())
    })
    .await;
    house.google.delete(JOON, &id).await;
    screen.until("an empty day", |grid| grid.blocks.is_empty()).await;
    house.quiet().await;
    assert!(house.google.titled(JOON, "다시 여기서").is_empty(), "it does not come back");
}

/// Two events in one room by force: both are drawn, one holds the room; when that one goes, the other does.
#[tokio::test]
async fn two_by_force() {
    let house = small().await;
    let mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let mut screen = house.screen(&mina, house.date).await;
    let event = |title: &str, from: &str, to: &str| {
        let mut event = house.event(title, from, to, &halla);
        event.as_object_mut().unwrap().remove("attendees");
        event
    };
    house.google.insert_on(MINA, &halla, &event("eins", "10:00", "11:00")).await;
    house.google.insert_on(MINA, &halla, &event("zwei", "10:30", "11:30")).await;
    let states = |grid: &GridState| {
        let mut states: Vec<_> = grid.blocks.values().map(|block| block.state).collect();
        states.sort();
        states
    };
    screen.until("both", |grid| states(grid) == [BookingState::Confirmed, BookingState::Conflicted]).await;
    let holder = screen.grid().blocks.values().find(|block| block.state == BookingState::Confirmed).unwrap();
    let holder = holder.title.clone();
    let id = house.google.titled(&halla, &holder)[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/calendar/v3/calendars/{halla}/events/{id}");
    assert!(house.google.call(MINA, http::Method::DELETE, &path, &json!(null)).await.status.is_success());
    screen.until("the other alone", |grid| states(grid) == [BookingState::Confirmed]).await;
    assert!(screen.titled(&holder).is_empty());
}
