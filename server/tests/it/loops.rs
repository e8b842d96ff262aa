//! Loops that nobody foresaw stop by themselves (NO-ECHO's second wall), and a person lets it go on.

use model::health::{SyncDone, SyncPage};
use model::{BookingState, LoopKind, RoomTrouble, Stuck};
use serde_json::json;
use testkit::{Browser, HANBIT, Wish, wait_until, wait_until_within, wish};

use crate::support::{JOON, MINA, SEOYEON, small};

async fn health(admin: &mut Browser) -> SyncPage {
    admin.load("load_sync", &[]).await.read()
}

/// F-032: a third system edits each of our events. That is no reason to write again.
#[tokio::test]
async fn f_032_somebody_who_edits_after_every_write_is_not_answered() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let room = joon.room(house.date, "한라").await;
    house.google.break_with(json!({ "action": "bounce_edit" }));
    let mark = house.google.mark();
    for (browser, from, to) in [(&mut joon, "10:00", "11:00"), (&mut seoyeon, "13:00", "14:00")] {
        let key =
            browser.booked(&Wish::new(room, &house.at(from), &house.at(to), "hin und her")).await.block.key;
        wait_until("Google's yes", async || {
            let blocks = browser.blocks(house.date, "hin und her").await;
            let block = blocks.into_iter().find(|block| block.key == key)?;
            (block.state == BookingState::Confirmed).then_some(())
        })
        .await;
    }
    house.quiet().await;
    assert_eq!(house.google.writes(mark).len(), 2, "one each: {:?}", house.google.writes(mark));
    assert!(health(&mut mina).await.stops.is_empty());
}

/// F-031: so many creates in a minute are no people's.
#[tokio::test]
async fn f_031_too_many_creates_on_a_calendar_stop_it_until_somebody_has_looked() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let program = seoyeon.program().await;
    let room = mina.room(house.date, "한라").await;
    let other = mina.room(house.date, "설악").await;
    let halla = house.google.room_email(HANBIT, "한라");
    let mark = house.google.mark();
    let most = sync::breaker::CREATES as usize;
    // A program gone wild: a quarter of an hour each, through the days.
    let mut made = 0;
    'days: for day in 0..3 {
        let date = house.date + chrono::Days::new(day);
        for quarter in 0..64 {
            let clock =
                |quarter: u32| house.on(date, &format!("{:02}:{:02}", 7 + quarter / 4, quarter % 4 * 15));
            let answer = program.create("", &wish(room.0, &clock(quarter), &clock(quarter + 1), "x")).await;
            assert_eq!(answer.status, 201, "{}", answer.text());
            made += 1;
            if made == most + 30 {
                break 'days;
            }
        }
    }
    let minute = std::time::Duration::from_secs(60);
    let page = wait_until_within(minute, "the stop", async || {
        let page = health(&mut mina).await;
        let all_seen = page.queue.waiting > 0 && page.stuck_count == page.queue.waiting;
        (page.stops.len() == 1 && all_seen).then_some(page)
    })
    .await;
    let stop = &page.stops[0];
    assert_eq!((stop.kind, stop.name.as_str()), (LoopKind::TooManyCreates, "한라"));
    assert_eq!(page.stuck[0].reason, Stuck::LoopStopped);
    assert!(!page.stuck[0].can_retry, "the stop is lifted, not each of them");
    let stopped = page.rooms.iter().find(|one| one.number == room).unwrap();
    assert_eq!(stopped.trouble, Some(RoomTrouble::LoopStopped));
    house.quiet().await;
    let written = house.google.writes(mark).len();
    assert!(written > most && written < most + 10, "those under way were finished: {written}");
    // Others are not held up, and nothing is lost.
    let free = seoyeon.booked(&Wish::new(other, &house.at("10:00"), &house.at("11:00"), "frei")).await;
    wait_until("another room's", async || {
        let blocks = seoyeon.blocks(house.date, "frei").await;
        (blocks.first()?.state == BookingState::Confirmed).then_some(())
    })
    .await;
    assert_eq!(free.block.title, "frei");
    assert!(mina.get("/admin/sync").await.text().contains("data-stop=\"too_many_creates\""));

    let done: SyncDone = mina.post("sync_resume", &[("calendar", stop.calendar.clone())]).await.read();
    assert_eq!(done, SyncDone::Resumed { name: "한라".to_owned() });
    wait_until_within(minute, "the rest to flow", async || {
        let page = health(&mut mina).await;
        (page.queue.waiting == 0 && page.stops.is_empty() && page.stuck.is_empty()).then_some(())
    })
    .await;
    assert_eq!(house.google.titled(&halla, "x").len(), made);
    let again = mina.post("sync_resume", &[("calendar", halla)]).await;
    assert_eq!(again.code(), "stale");
}

/// F-032 through a third system that answers each of our writes with a call of our API.
#[tokio::test]
async fn f_032_an_event_that_is_written_for_ever_stops() {
    let house = small().await;
    let mut mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let program = joon.program().await;
    let room = joon.room(house.date, "한라").await;
    let booked = joon.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "Runde 0")).await;
    let number = booked.block.key.booking;
    wait_until("the event in Google", async || house.google.titled(JOON, "Runde 0").first().cloned()).await;
    let mut stopped = None;
    for round in 1..=sync::breaker::REWRITES + 5 {
        let title = format!("Runde {round}");
        let answer = program.change(number.0, &json!({ "title": title })).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        let there = wait_until("the write or the stop", async || {
            if !house.google.titled(JOON, &title).is_empty() {
                return Some(true);
            }
            (!health(&mut mina).await.stops.is_empty()).then_some(false)
        })
        .await;
        if !there {
            stopped = Some(round);
            break;
        }
    }
    let stopped = stopped.expect("it went on for ever");
    assert!(stopped >= sync::breaker::REWRITES, "{stopped}");
    let page = health(&mut mina).await;
    let stop = &page.stops[0];
    assert_eq!(
        (stop.kind, stop.name.as_str(), stop.booking),
        (LoopKind::SameEventAgain, "이준", Some(number))
    );
    // The newest wish is here, waits, and is what Google gets in the end.
    mina.post("sync_resume", &[("calendar", stop.calendar.clone())]).await.read::<SyncDone>();
    let last = format!("Runde {stopped}");
    wait_until("the last title", async || house.google.titled(JOON, &last).first().cloned()).await;
}
