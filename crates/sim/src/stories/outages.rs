//! Google is away, or limits a grant, for hours.

use model::BookingState;

use super::*;
use crate::plan::Kind;

/// F-050: Google is down for six hours. People go on booking.
#[tokio::test]
async fn f_050_six_hours_without_google_cost_nobody_a_booking() {
    let mut scene = Scene::open(1).await;
    scene.break_with(json!({ "action": { "status": 503 } }));
    let mark = scene.mark();
    let mut all = Vec::new();
    for half in 0..12 {
        for (person, room) in [(JOON, 0), (SEOYEON, 1)] {
            let start = scene.in_minutes(24 * 60 + 40 * half);
            let title = format!("b{half}-{room}");
            all.push((scene.books(0, person, room, start, &title).await, title));
        }
        for _ in 0..30 {
            scene.pass(MINUTE);
            for step in [Step::Push, Step::Pull, Step::Channels, Step::Heartbeat] {
                scene.all(0, step).await;
            }
        }
    }
    let store = scene.house.store.company(scene.house.company);
    for (id, title) in &all {
        let block = scene.shown(title).await.pop().unwrap();
        assert_eq!(block.state, BookingState::Pending, "{title} is there, and waits");
        assert!(store.outbox_get(*id).await.unwrap().is_some());
    }
    // Each tries more and more rarely: at ten minutes apart, six hours are 36 tries.
    let tries = scene.calls(mark, &["POST", "/events?"]).len();
    assert!((all.len()..all.len() * 60).contains(&tries), "{tries}");
    let listings = scene.calls(mark, &["GET"]).len();
    assert!((20..200).contains(&listings), "{listings}");

    scene.mend();
    let mark = scene.mark();
    for _ in 0..12 {
        scene.pass(MINUTE);
        scene.rounds(1).await;
    }
    for (id, title) in &all {
        assert_eq!(store.outbox_get(*id).await.unwrap(), None, "{title}");
        let block = scene.shown(title).await.pop().unwrap();
        assert_eq!(block.state, BookingState::Confirmed, "{title}");
    }
    let writes = scene.calls(mark, &["POST", "/events?"]).len();
    assert_eq!(writes, all.len(), "each once");
    scene.ends_well().await;
}

/// The database goes away in the middle of a pull and of a push, and with it what would say that they failed. The server lives.
#[tokio::test]
async fn what_the_database_lost_is_taken_up_again_at_once() {
    let mut scene = Scene::open(1).await;
    let event = scene.event("theirs", scene.in_minutes(60), 30, Some(0));
    scene.inserts(MINA, &event);
    // The room answers.
    scene.pass(5);
    scene.news();
    scene.books(0, JOON, 1, scene.in_minutes(60), "ours").await;
    scene.pass(10 * MINUTE);
    let (pull, _) = scene.until_asked(0, Step::Pull, |asked| asked.kind == Kind::List).await;
    let (push, _) = scene.until_asked(0, Step::Push, |asked| asked.kind == Kind::Insert).await;
    scene.house.net.lock().database_is_away = true;
    for pass in [pull, push] {
        scene.finish(pass).await.unwrap().ok();
    }
    for step in [Step::Pull, Step::Push] {
        assert!(scene.step(0, step).await.unwrap().is_err(), "{step:?}: nothing can be claimed");
    }
    scene.house.net.lock().database_is_away = false;
    scene.pass(5);
    for step in [Step::Pull, Step::Push, Step::Pull] {
        scene.all(0, step).await;
    }
    for title in ["theirs", "ours"] {
        let block = scene.shown(title).await.pop().unwrap();
        assert_eq!(block.state, BookingState::Confirmed, "{title}");
    }
    scene.ends_well().await;
}

/// F-045: Google limits one person's grant for an hour, in each of its ways.
#[tokio::test]
async fn f_045_a_grant_that_is_limited_for_an_hour_rests_alone_and_loses_nothing() {
    for action in [
        json!({ "status": 403, "reason": "rateLimitExceeded" }),
        json!({ "status": 403, "reason": "userRateLimitExceeded" }),
        json!({ "status": 403, "reason": "quotaExceeded" }),
        json!({ "status": 429, "reason": "rateLimitExceeded" }),
        json!({ "status": 429, "reason": "rateLimitExceeded", "retry_after_s": 900 }),
    ] {
        let mut scene = Scene::open(1).await;
        let path = format!("{}/events", scene.email(JOON));
        scene.break_with(json!({ "matcher": { "method": "POST", "path": path }, "action": action }));
        let mark = scene.mark();
        let mut his = Vec::new();
        for n in 0..6 {
            let start = scene.in_minutes(24 * 60 + 40 * n);
            his.push(scene.books(0, JOON, 0, start, &format!("his{n}")).await);
        }
        let start = scene.in_minutes(24 * 60);
        scene.books(0, SEOYEON, 1, start, "hers").await;
        scene.rounds(1).await;
        assert_eq!(
            scene.shown("hers").await[0].state,
            BookingState::Confirmed,
            "{action}: others are served"
        );
        for _ in 0..60 {
            scene.pass(MINUTE);
            scene.rounds(1).await;
            for n in 0..6 {
                assert_eq!(scene.shown(&format!("his{n}")).await[0].state, BookingState::Pending);
            }
        }
        let refused = scene.calls(mark, &["POST", &path.replace('@', "%40"), "-> 4"]).len();
        let most = if action["retry_after_s"].is_null() { 30 } else { 5 };
        assert!((2..=most).contains(&refused), "{action}: {refused} calls in an hour");
        scene.mend();
        // `quotaExceeded` is left alone for an hour and a quarter at most.
        for _ in 0..30 {
            scene.pass(3 * MINUTE);
            scene.rounds(1).await;
        }
        let store = scene.house.store.company(scene.house.company);
        for (n, id) in his.iter().enumerate() {
            assert_eq!(store.outbox_get(*id).await.unwrap(), None, "{action}");
            assert_eq!(scene.shown(&format!("his{n}")).await[0].state, BookingState::Confirmed, "{action}");
        }
        scene.ends_well().await;
    }
}
