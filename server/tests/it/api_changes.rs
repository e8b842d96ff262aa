//! Programs follow what changes: every commit once, in order, as soon as it is there.

use std::time::{Duration, Instant};

use model::{ApplyOutcome, GridState, ServerFrame};
use serde_json::{Value, json};
use testkit::{Program, wish};

use crate::support::{ADA, JOON, MINA, small};

/// Follows from `after` until nothing more is there; every `op` with the title it tells of.
async fn follow(program: &Program, mut after: i64) -> (Vec<(String, String)>, i64) {
    let mut seen = Vec::new();
    loop {
        let page = program.get(&format!("/changes?after={after}")).await.json();
        for commit in page["commits"].as_array().unwrap() {
            let seq = commit["seq"].as_i64().unwrap();
            assert!(seq > after, "{seq} after {after}");
            after = seq;
            for change in commit["changes"].as_array().unwrap() {
                let title = change["booking"]["title"].as_str().unwrap_or_default().to_owned();
                seen.push((change["op"].as_str().unwrap().to_owned(), title));
            }
        }
        assert_eq!(page["seq"], after);
        if page["commits"].as_array().unwrap().is_empty() {
            return (seen, after);
        }
    }
}

#[tokio::test]
async fn a_program_follows_what_changes() {
    let house = small().await;
    house.found(MINA).await;
    let joon = house.signed_in(JOON, "calendar").await.program().await;
    let room = joon.room("한라").await;
    let start = joon.get("/changes").await.json();
    assert_eq!((&start["commits"], &start["more"]), (&json!([]), &json!(false)));
    let start = start["seq"].as_i64().unwrap();

    // Who waits is told at once, long before the time is up.
    let begun = Instant::now();
    let path = format!("/changes?after={start}&wait=20");
    let waiting = joon.get(&path);
    let asked = wish(room, &house.at("10:00"), &house.at("11:00"), "neu");
    let booking = async {
        let created = joon.create("", &asked).await;
        assert_eq!(created.status, 201, "{}", created.text());
        created.json()["number"].as_i64().unwrap()
    };
    let (told, number) = tokio::join!(waiting, booking);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let told = told.json();
    let change: &Value = &told["commits"][0]["changes"][0];
    assert_eq!((&change["op"], &change["booking"]["title"]), (&json!("booking"), &json!("neu")));
    assert_eq!(change["booking"]["start"], format!("{}T01:00:00Z", house.date));

    house.quiet().await;
    joon.cancel(number).await;
    let (seen, end) = follow(&joon, start).await;
    assert_eq!(seen.first(), Some(&("booking".to_owned(), "neu".to_owned())));
    assert_eq!(seen.last(), Some(&("booking_gone".to_owned(), String::new())));
    house.quiet().await;
    let (_, end) = follow(&joon, end).await;

    // Nothing comes: the answer does, in time, and says where to go on.
    let begun = Instant::now();
    let quiet = joon.get(&format!("/changes?after={end}&wait=1")).await.json();
    assert!((Duration::from_millis(900)..Duration::from_secs(10)).contains(&begun.elapsed()));
    assert_eq!((&quiet["commits"], &quiet["seq"]), (&json!([]), &json!(end)));
    for never in [end + 1_000, -1] {
        let gone = joon.get(&format!("/changes?after={never}")).await;
        assert_eq!((gone.status.as_u16(), gone.code().as_str()), (410, "history_gone"));
    }
    for (query, field) in
        [("after=x", "after"), ("wait=21&after=0", "wait"), ("wait=-1", "wait"), ("since=3", "since")]
    {
        let answer = joon.get(&format!("/changes?{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.json()["field"].as_str()), (422, Some(field)), "{query}");
    }
}

#[tokio::test]
async fn a_program_that_waits_hears_of_no_other_company() {
    let house = small().await;
    house.found(MINA).await;
    let mut ada = house.found(ADA).await;
    let acme = ada.program().await;
    let joon = house.signed_in(JOON, "calendar").await.program().await;
    let room = joon.room("한라").await;
    let start = acme.get("/changes").await.json()["seq"].as_i64().unwrap();
    let path = format!("/changes?after={start}&wait=2");
    let waiting = acme.get(&path);
    let asked = wish(room, &house.at("10:00"), &house.at("11:00"), "한빛의 일");
    let (told, created) = tokio::join!(waiting, joon.create("", &asked));
    assert_eq!(created.status, 201);
    assert_eq!(told.json()["commits"], json!([]));
}

#[tokio::test]
async fn whoever_waits_does_not_hold_the_program_up() {
    let mut house = small().await;
    house.found(MINA).await;
    let joon = house.signed_in(JOON, "identity").await.program().await;
    let seq = joon.get("/changes").await.json()["seq"].as_i64().unwrap();
    let path = format!("/changes?after={seq}&wait=20");
    let begun = Instant::now();
    let waiting = joon.get(&path);
    let ending = async {
        // The question is there once another one after it was answered.
        joon.get("/me").await;
        house.roomly.terminate().await;
    };
    let (answer, ()) = tokio::join!(waiting, ending);
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (503, "unavailable"));
    assert!(house.roomly.ended().await.success());
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}

/// A screen without a socket: what it asks for in pieces is what the socket shows (LIVE-GAPLESS).
#[tokio::test]
async fn a_screen_that_asks_sees_what_a_socket_sees() {
    let house = small().await;
    house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let program = joon.program().await;
    let room = program.room("한라").await;
    let mut socket = house.screen(&joon, house.date).await;
    let ask = async |browser: &mut testkit::Browser, after: Option<i64>, wait: u32| -> Value {
        let after = after.map_or(String::new(), |after| format!("&after={after}"));
        let path = format!("/live/changes?date={}{after}&wait={wait}", house.date);
        browser.send(http::Method::GET, &path, &[], String::new()).await.read()
    };
    let mut grid: Option<GridState> = None;
    let mut take = |poll: Value| -> (i64, usize) {
        for frame in poll["frames"].as_array().unwrap() {
            match serde_json::from_value(frame.clone()).unwrap() {
                ServerFrame::Snapshot { day, .. } => grid = Some(GridState::from(*day)),
                ServerFrame::Delta(delta) => {
                    let outcome = grid.as_mut().unwrap().apply(&delta);
                    assert!(matches!(outcome, ApplyOutcome::Applied { .. }), "{outcome:?}: {delta:?}");
                }
                other => panic!("{other:?}"),
            }
        }
        // A commit of another day moves the view on without a frame.
        let after = poll["after"].as_i64().unwrap();
        grid.as_mut().unwrap().seq = model::Seq(after);
        (after, grid.as_ref().unwrap().blocks.len())
    };
    let (mut after, _) = take(ask(&mut joon, None, 0).await);

    let another = house.date + chrono::Days::new(1);
    let mut numbers = Vec::new();
    for (date, clock) in [(house.date, 9), (another, 9), (house.date, 11), (house.date, 13)] {
        let (from, to) =
            (house.on(date, &format!("{clock:02}:00")), house.on(date, &format!("{:02}:00", clock + 1)));
        let asked = wish(room, &from, &to, "gefragt");
        let (poll, created) = tokio::join!(ask(&mut joon, Some(after), 20), program.create("", &asked));
        (after, _) = take(poll);
        numbers.push(created.json()["number"].as_i64().unwrap());
    }
    assert_eq!(program.cancel(numbers[0]).await.status, 204);
    house.quiet().await;
    let blocks = loop {
        let before = after;
        let (now, blocks) = take(ask(&mut joon, Some(after), 0).await);
        after = now;
        if after == before {
            break blocks;
        }
    };
    assert_eq!(blocks, 2, "two of the day are left");
    socket
        .until("the same", |grid| {
            grid.blocks.len() == 2
                && grid.blocks.values().all(|block| block.state == model::BookingState::Confirmed)
        })
        .await;
    assert_eq!(grid.unwrap().blocks, socket.grid().blocks);

    // Without a session, and with nonsense.
    let path = format!("/live/changes?date={}", house.date);
    let mut stranger = house.browser();
    let answer = stranger.send(http::Method::GET, &path, &[], String::new()).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "unauthenticated"));
    for (query, field) in [
        ("", "query"),
        ("?date=tomorrow", "date"),
        ("?date=2026-11-27&wait=21", "wait"),
        ("?date=9999-12-31", "date"),
    ] {
        let answer = joon.send(http::Method::GET, &format!("/live/changes{query}"), &[], String::new()).await;
        assert_eq!((answer.status.as_u16(), answer.json()["field"].as_str()), (422, Some(field)), "{query}");
    }
    // A `seq` that was never there is answered with the whole view.
    let poll = ask(&mut joon, Some(after + 1_000), 0).await;
    assert_eq!(poll["frames"][0]["type"], "snapshot");
}
