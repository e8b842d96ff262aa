//! Dates of a series that go their own way while something else happens: moved onto others, away, or edited when the
//! series is no more.

use chrono::Days;
use http::Method;
use model::BookingState;
use model::Instant;
use serde_json::{Value, json};
use testkit::{HANBIT, Wish, wait_until};

use crate::series::Scene;
use crate::support::{JOON, MINA, SEOYEON, small};

/// Google's id of a date of a series.
fn instance(series: &str, start: &str) -> String {
    let start = Instant::parse_rfc3339(start).unwrap();
    format!("{series}_{}", start.to_chrono().unwrap().format("%Y%m%dT%H%M%SZ"))
}

/// F-051 and F-052: a series more often than daily, one without a date, and one that never comes are in nobody's way.
#[tokio::test]
async fn f_051_f_052_series_of_googles_that_are_odd_are_in_nobodys_way() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let repeat = async |title: &str, from: &str, to: &str, lines: &[&str]| {
        let mut event = house.event(title, from, to, &halla);
        event["recurrence"] = json!(lines);
        let path = "/calendar/v3/calendars/primary/events";
        house.google.call(JOON, Method::POST, path, &event).await
    };
    let exdate = format!("EXDATE;TZID=Asia/Seoul:{}T080000", house.date.format("%Y%m%d"));
    let none = repeat("없는 날", "08:00", "08:30", &["RRULE:FREQ=DAILY;COUNT=1", &exdate]).await;
    let never =
        repeat("오지 않는 날", "08:00", "08:30", &["RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"]).await;
    let hourly = repeat("매시간", "13:00", "13:15", &["RRULE:FREQ=HOURLY;COUNT=3"]).await;
    for answer in [&none, &never, &hourly] {
        assert!(answer.status.is_success() || answer.status == 400, "{}", answer.text());
    }
    assert!(none.status.is_success() && hourly.status.is_success());
    house.google.insert(JOON, &house.event("보통 회의", "10:00", "11:00", &halla)).await;
    wait_until("all that there is", async || {
        let blocks = mina.day(house.date).await.grid.blocks;
        let mut titles: Vec<_> = blocks.iter().map(|block| block.title.as_str()).collect();
        titles.sort_unstable();
        let settled = blocks.iter().all(|block| block.state == BookingState::Confirmed);
        (titles == ["매시간", "매시간", "매시간", "보통 회의"] && settled).then_some(())
    })
    .await;
    // The room is free where nothing takes place.
    let room = mina.room(house.date, "한라").await;
    mina.booked(&Wish::new(room, &house.at("08:00"), &house.at("08:30"), "여기")).await;
}

/// F-029: a date that is cancelled in Google gives its room back.
#[tokio::test]
async fn f_029_a_cancelled_date_frees_its_room_and_stays_cancelled() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let halla = house.google.room_email(HANBIT, "한라");
    let mut series = house.event("매일", "10:00", "11:00", &halla);
    series["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=3"]);
    let series = house.google.insert(JOON, &series).await;
    let id = series["id"].as_str().unwrap();
    let second = house.date + Days::new(1);
    wait_until("the second date", async || mina.blocks(second, "매일").await.pop()).await;
    let room = mina.room(house.date, "한라").await;
    let wish = Wish::new(room, &house.on(second, "10:00"), &house.on(second, "11:00"), "그 자리");
    assert_eq!(mina.book(&wish).await.code(), "room_taken");
    house.google.delete(JOON, &instance(id, &house.on(second, "10:00"))).await;
    wait_until("the second date to go", async || mina.blocks(second, "매일").await.is_empty().then_some(()))
        .await;
    mina.booked(&wish).await;
    // The series is told anew, and the date does not come back.
    house.google.patch(JOON, id, &json!({ "summary": "매일 2" })).await;
    wait_until("the new name", async || mina.blocks(house.date, "매일 2").await.pop()).await;
    house.quiet().await;
    assert!(mina.blocks(second, "매일 2").await.is_empty());
    wait_until("Google's yes", async || {
        let block = mina.blocks(second, "그 자리").await.pop()?;
        (block.state == BookingState::Confirmed).then_some(())
    })
    .await;
}

/// F-063: in Google a date is moved onto a booking of ours, and another one onto a date of its own series.
#[tokio::test]
async fn f_063_a_date_that_is_moved_onto_others_is_seen_and_takes_nothing_from_them() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let room = joon.room(house.date, "한라").await;
    let halla = house.google.room_email(HANBIT, "한라");
    let ours = joon.booked(&Wish::new(room, &house.at("15:00"), &house.at("16:00"), "우리 것")).await;
    let mut series = house.event("매일", "10:00", "11:00", &halla);
    series["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=4"]);
    let series = house.google.insert(SEOYEON, &series).await;
    let id = series["id"].as_str().unwrap();
    wait_until("the series", async || mina.blocks(house.date, "매일").await.pop()).await;
    house.quiet().await;
    let to = |date, from: &str, to: &str| {
        let at = |clock: &str| json!({ "dateTime": house.on(date, clock), "timeZone": "Asia/Seoul" });
        json!({ "start": at(from), "end": at(to) })
    };
    // Onto ours.
    let moved = to(house.date, "15:30", "16:30");
    house.google.patch(SEOYEON, &instance(id, &house.at("10:00")), &moved).await;
    let there = Instant::parse_rfc3339(&house.at("15:30")).unwrap();
    wait_until("the date to be drawn where it was moved to", async || {
        let block = mina.blocks(house.date, "매일").await.pop()?;
        let held_off = matches!(block.state, BookingState::Declined | BookingState::Conflicted);
        (block.range.start() == there && held_off).then_some(())
    })
    .await;
    let block = mina.blocks(house.date, "우리 것").await.pop().unwrap();
    assert_eq!((block.key, block.state), (ours.block.key, BookingState::Confirmed), "ours keeps the room");
    // Onto another date of its own.
    let (second, third) = (house.date + Days::new(1), house.date + Days::new(2));
    let moved = to(third, "10:30", "11:30");
    house.google.patch(SEOYEON, &instance(id, &house.on(second, "10:00")), &moved).await;
    wait_until("both to be drawn, and one to hold", async || {
        let blocks = mina.blocks(third, "매일").await;
        let holding = blocks.iter().filter(|block| block.state == BookingState::Confirmed).count();
        let off = |state| matches!(state, BookingState::Declined | BookingState::Conflicted);
        let held_off = blocks.iter().filter(|block| off(block.state)).count();
        (blocks.len() == 2 && (holding, held_off) == (1, 1)).then_some(())
    })
    .await;
    assert!(mina.blocks(second, "매일").await.is_empty(), "where it was is free");
    let last = mina.blocks(house.date + Days::new(3), "매일").await;
    assert_eq!(last.len(), 1, "the others stay");
}

/// F-064: in Google a date goes to another room, and another one to a day before the first.
#[tokio::test]
async fn f_064_a_date_that_goes_far_away_frees_where_it_was() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let (halla, seorak) = (house.google.room_email(HANBIT, "한라"), house.google.room_email(HANBIT, "설악"));
    let (room, other) = (mina.room(house.date, "한라").await, mina.room(house.date, "설악").await);
    let mut series = house.event("매일", "10:00", "11:00", &halla);
    series["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=3"]);
    let series = house.google.insert(JOON, &series).await;
    let id = series["id"].as_str().unwrap();
    wait_until("the series", async || mina.blocks(house.date, "매일").await.pop()).await;
    house.quiet().await;
    let (second, third) = (house.date + Days::new(1), house.date + Days::new(2));
    let invited = json!({ "attendees": [{ "email": seorak, "resource": true }] });
    house.google.patch(JOON, &instance(id, &house.on(second, "10:00")), &invited).await;
    wait_until("the date in the other room alone", async || {
        let blocks = mina.blocks(second, "매일").await;
        let settled =
            matches!(&blocks[..], [one] if one.key.room == other && one.state == BookingState::Confirmed);
        settled.then_some(())
    })
    .await;
    mina.booked(&Wish::new(room, &house.on(second, "10:00"), &house.on(second, "11:00"), "frei")).await;

    let before = house.date - Days::new(1);
    let at = |clock: &str| json!({ "dateTime": house.on(before, clock), "timeZone": "Asia/Seoul" });
    let moved = json!({ "start": at("17:00"), "end": at("18:00") });
    house.google.patch(JOON, &instance(id, &house.on(third, "10:00")), &moved).await;
    let there = Instant::parse_rfc3339(&house.on(before, "17:00")).unwrap();
    wait_until("the date before the first", async || {
        let blocks = mina.blocks(before, "매일").await;
        let gone = mina.blocks(third, "매일").await.is_empty();
        let settled = matches!(&blocks[..], [one] if one.range.start() == there && one.state == BookingState::Confirmed);
        (gone && settled).then_some(())
    })
    .await;
    mina.booked(&Wish::new(room, &house.on(third, "10:00"), &house.on(third, "11:00"), "frei")).await;
    // It is still that date of the series: cancelled by its own id, it goes.
    house.google.delete(JOON, &instance(id, &house.on(third, "10:00"))).await;
    wait_until("it to go", async || mina.blocks(before, "매일").await.is_empty().then_some(())).await;
    assert_eq!(mina.blocks(house.date, "매일").await.len(), 1);
}

/// F-068: one date is edited here, and before Google hears of it the whole series is deleted there.
#[tokio::test]
async fn f_068_an_edit_of_one_date_does_not_bring_a_deleted_series_back() {
    for consent in ["calendar", "identity"] {
        let scene = Scene::open(consent).await;
        let number = scene.booked(&scene.weekly("없어질 것", 4)).await;
        let dates: Vec<_> = (0..4).map(|n| (scene.week(n), "10:00", "없어질 것")).collect();
        scene.agreed("a new series", &dates).await;
        scene.house.quiet().await;
        let (calendar, owner) =
            if consent == "calendar" { (JOON.to_owned(), JOON) } else { (scene.email.clone(), MINA) };
        // Google takes nothing of what we write; what people do there it takes.
        for method in ["PATCH", "POST"] {
            let matcher = json!({ "method": method, "query": "sendUpdates" });
            scene.house.google.break_with(json!({ "matcher": matcher, "action": { "status": 503 } }));
        }
        let mark = scene.house.google.mark();
        let at = |clock: &str| scene.house.on(scene.week(1), clock);
        let moved = json!({ "start": at("14:00"), "end": at("15:00") });
        let answer = scene.change(number, "this", scene.week(1), &moved).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        wait_until("the edit to be on its way", async || {
            scene.house.google.log(mark).iter().any(|entry| entry["kind"] == "fault").then_some(())
        })
        .await;
        let state = scene.house.google.state();
        let events = state["calendars"][&calendar]["events"].as_object().unwrap();
        let master =
            events.values().find(|event| event["recurrence"].as_array().is_some_and(|r| !r.is_empty()));
        let id = master.unwrap()["id"].as_str().unwrap().to_owned();
        let path = format!("/calendar/v3/calendars/{calendar}/events/{id}");
        let deleted = scene.house.google.call(owner, Method::DELETE, &path, &Value::Null).await;
        assert!(deleted.status.is_success(), "{}", deleted.text());
        scene.house.google.mend();
        scene.agreed(consent, &[]).await;
        let mut mina = scene.house.signed_in(MINA, "identity").await;
        wait_until("nothing to wait", async || {
            let admin = mina.load("load_admin", &[]).await.json();
            (admin["outbox_waiting"] == 0).then_some(())
        })
        .await;
        scene.house.quiet().await;
        scene.agreed("it does not come back", &[]).await;
        assert!(scene.house.google.titled(&calendar, "없어질 것").is_empty());
    }
}

/// F-067: a meeting of every day for three years is booked at once, or not at all.
#[tokio::test]
async fn f_067_three_years_of_days_are_one_booking() {
    let scene = Scene::open("calendar").await;
    let far = scene.house.date + Days::new(150);
    let mut single = scene.weekly("먼저", 1);
    single["recurrence"].take();
    single.as_object_mut().unwrap().remove("recurrence");
    single["start"] = json!(scene.house.on(far, "10:30"));
    single["end"] = json!(scene.house.on(far, "11:30"));
    let single = scene.booked(&single).await;
    let mut asked = scene.weekly("매일 회의", 1);
    asked["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=1095"]);
    let refused = scene.joon.create("", &asked).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (409, "room_taken"), "{}", refused.text());
    let start = Instant::parse_rfc3339(&scene.house.on(far, "10:30")).unwrap().to_rfc3339();
    assert_eq!(refused.json()["held"]["start"], start, "the one date that is taken");
    assert_eq!(scene.joon.cancel(single).await.status, 204);
    let number = scene.booked(&asked).await;
    // A commit with all its dates: whoever comes next meets any of them.
    for days in [0, 1, 100, 150, 170] {
        let date = scene.house.date + Days::new(days);
        let mut late = scene.weekly("늦은 것", 1);
        late.as_object_mut().unwrap().remove("recurrence");
        late["start"] = json!(scene.house.on(date, "10:15"));
        late["end"] = json!(scene.house.on(date, "10:45"));
        let answer = scene.joon.create("", &late).await;
        assert_eq!(answer.code(), "room_taken", "day {days}: {}", answer.text());
    }
    let gone = scene.joon.send(Method::DELETE, &format!("/bookings/{number}?scope=all"), &[], "").await;
    assert_eq!(gone.status, 204, "{}", gone.text());
}
