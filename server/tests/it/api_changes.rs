//! Programs follow what changes: every commit once, in order, as soon as it is there.

use std::time::{Duration, Instant};

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
