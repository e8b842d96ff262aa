//! People are told what became of their bookings: once, in plain words, and nobody else.

use chrono::Datelike as _;
use model::notice::{Naming, NoticeReason, Standing};
use model::page::NoticesPage;
use serde_json::{Value, json};
use testkit::{Browser, HANBIT, House, Wish, wait_until};

use crate::support::{JOON, MINA, SEOYEON, small};

async fn notices(browser: &mut Browser) -> NoticesPage {
    browser.load("load_notices", &[]).await.read()
}

async fn told(browser: &mut Browser, count: usize) -> NoticesPage {
    wait_until("somebody to be told", async || {
        let page = notices(browser).await;
        (page.notices.len() >= count).then_some(page)
    })
    .await
}

/// The number in the bell of a page.
async fn bell(browser: &mut Browser, path: &str) -> String {
    let page = browser.get(path).await;
    let (_, rest) = page.text().split_once("data-unseen=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// An event that somebody writes straight to a room's calendar, where nobody checks.
async fn forced(house: &House, title: &str, times: (&str, &str), rule: Option<&str>) -> Value {
    let room = house.google.room_email(HANBIT, "한라");
    let mut event = house.event(title, times.0, times.1, &room);
    event.as_object_mut().unwrap().remove("attendees");
    if let Some(rule) = rule {
        event["recurrence"] = json!([rule]);
    }
    house.google.insert_on(MINA, &room, &event).await
}

#[tokio::test]
async fn who_loses_a_room_to_an_outside_event_is_told() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let room = joon.room(house.date, "한라").await;
    // Google does not take ours yet, so that it is pending when somebody outside gets the room.
    let refuses = json!({ "method": "POST", "path": format!("{JOON}/events") });
    house.google.break_with(json!({ "matcher": refuses, "action": { "status": 503 } }));
    let wish = Wish::new(room, &house.at("10:00"), &house.at("11:00"), "우리 회의");
    let ours = joon.booked(&wish).await.block;
    let halla = house.google.room_email(HANBIT, "한라");
    house.google.insert(SEOYEON, &house.event("밖의 회의", "10:30", "11:30", &halla)).await;

    let page = told(&mut joon, 1).await;
    let notice = &page.notices[0].notice;
    assert_eq!((notice.reason, notice.booking), (NoticeReason::OutsideFirst, ours.key.booking));
    assert_eq!((notice.room, notice.room_name.as_str()), (room, "한라"));
    assert_eq!(notice.naming, Naming::Titled("우리 회의".into()));
    assert_eq!(notice.dates.iter().map(|date| date.range).collect::<Vec<_>>(), [ours.range]);
    let outside = seoyeon.blocks(house.date, "밖의 회의").await;
    let holder = notice.holder.as_ref().unwrap();
    assert_eq!(holder.number, Some(outside[0].key.booking));
    assert_eq!((&holder.naming, holder.by.as_str()), (&Naming::Titled("밖의 회의".into()), "박서연"));
    assert_eq!(notices(&mut mina).await.notices, [], "it is the organiser's");
    assert_eq!(notices(&mut seoyeon).await.notices, []);

    // In words, with the ways on; and every page says how many are new.
    joon.language = "ko";
    let words = joon.get("/notices").await;
    let when = match house.date.year() == house.today.year() {
        true => text::date::day(text::Lang::Ko, house.date),
        false => text::date::day_with_year(text::Lang::Ko, house.date),
    };
    let said = format!(
        "한라, {when} 10:00–11:00: Google 캘린더에서 잡힌 예약이 먼저라 예약 ‘우리 회의’는 회의실을 쓸 수 없어요."
    );
    assert!(words.text().contains(&said), "{}", words.text());
    assert!(words.text().contains(&format!("/rooms?date={}", house.date)));
    assert!(words.text().contains(&format!("/bookings/{}?room={room}", ours.key.booking)));
    let day = format!("/rooms?date={}", house.date);
    for path in [day.as_str(), "/rooms", "/notices", "/account"] {
        assert_eq!((bell(&mut joon, path).await, bell(&mut mina, path).await), ("1".into(), "0".into()));
    }

    // Seen up to where the page was read, by a form.
    let until = page.unseen_until.unwrap();
    let earlier = [("until", until.plus_micros(-1).as_micros().to_string())];
    assert!(joon.post("see_notices", &earlier).await.status.is_success());
    assert_eq!(bell(&mut joon, "/notices").await, "1");
    let form = [
        ("accept", "text/html"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("origin", house.roomly.root.as_str()),
    ];
    let sent =
        joon.send(http::Method::POST, "/fn/see_notices", &form, format!("until={}", until.as_micros())).await;
    assert_eq!((sent.status.is_redirection(), sent.header("location")), (true, "/notices"));
    assert_eq!((bell(&mut joon, &day).await, bell(&mut joon, "/notices").await), ("0".into(), "0".into()));
    let page = notices(&mut joon).await;
    assert_eq!(page.notices.iter().map(|dated| dated.notice.seen).collect::<Vec<_>>(), [true]);
    assert_eq!(page.unseen_until, None);
    // However often Google is asked again.
    house.google.mend();
    house.quiet().await;
    assert_eq!(notices(&mut joon).await.notices.len(), 1);
}

#[tokio::test]
async fn admins_are_told_of_what_the_room_itself_holds() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "identity").await;
    let room = joon.room(house.date, "한라").await;
    let secret =
        Wish { private: true, ..Wish::new(room, &house.at("10:00"), &house.at("11:00"), "연봉 협상") };
    joon.booked(&secret).await;
    house.quiet().await;
    forced(&house, "점검", ("10:30", "11:30"), None).await;

    let page = told(&mut mina, 1).await;
    let notice = &page.notices[0].notice;
    assert_eq!((notice.reason, &notice.naming), (NoticeReason::Overlaps, &Naming::Titled("점검".into())));
    let holder = notice.holder.as_ref().unwrap();
    assert_eq!((holder.number, &holder.naming, holder.by.as_str()), (None, &Naming::Private, ""));
    let html = mina.get("/notices").await;
    for word in ["연봉", "이준"] {
        assert!(!html.text().contains(word), "{word} is nobody else's");
    }
    assert_eq!(notices(&mut joon).await.notices, [], "they have the room");
}

/// A series of Google's meets another on each date: one piece of news, which says what became of it.
#[tokio::test]
async fn dates_that_are_told_at_once_are_one_notice() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let first = forced(&house, "eins", ("10:00", "11:00"), Some("RRULE:FREQ=DAILY;COUNT=3")).await;
    house.quiet().await;
    forced(&house, "zwei", ("10:30", "11:30"), Some("RRULE:FREQ=DAILY;COUNT=3")).await;
    let page = told(&mut mina, 1).await;
    let notice = page.notices[0].notice.clone();
    assert_eq!((notice.naming, notice.series), (Naming::Titled("zwei".into()), true));
    let holder = notice.holder.unwrap();
    assert_eq!((holder.naming, holder.by.as_str()), (Naming::Titled("eins".into()), ""), "it is the room's");
    let standings = |page: &NoticesPage| {
        page.notices[0].notice.dates.iter().map(|date| date.standing).collect::<Vec<_>>()
    };
    assert_eq!(standings(&page), [Standing::AsTold; 3]);
    assert_eq!(bell(&mut mina, "/notices").await, "1");

    let room = house.google.room_email(HANBIT, "한라");
    let path = format!("/calendar/v3/calendars/{room}/events/{}", first["id"].as_str().unwrap());
    assert!(house.google.call(MINA, http::Method::DELETE, &path, &json!(null)).await.status.is_success());
    wait_until("the other to have the room", async || {
        (standings(&notices(&mut mina).await) == [Standing::Settled; 3]).then_some(())
    })
    .await;
    assert_eq!(notices(&mut mina).await.notices.len(), 1, "good news is no notice");
}

#[tokio::test]
async fn only_whole_numbers_of_people_mark_as_seen() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    for until in ["", "gestern", "9223372036854775808"] {
        let answer = mina.post("see_notices", &[("until", until.to_owned())]).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "invalid_field"), "{until}");
        assert_eq!(answer.json()["field"], "until");
    }
    for until in ["0", "-1", "9223372036854775807"] {
        assert!(
            mina.post("see_notices", &[("until", until.to_owned())]).await.status.is_success(),
            "{until}"
        );
    }
    let mut nobody = house.browser();
    assert!(nobody.get("/notices").await.header("location").starts_with("/login"));
    assert_eq!(nobody.load("load_notices", &[]).await.status, 401);
    assert_eq!(nobody.post("see_notices", &[("until", "0".to_owned())]).await.status, 401);
}
