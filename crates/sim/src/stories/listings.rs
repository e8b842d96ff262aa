//! Listings that are cut, change under way, or are followed by two at once.

use model::BookingState;
use sandbox::world::settings::Settings;
use sync::crash;

use super::*;
use crate::plan::Kind;

/// One event a page: five of them are five pages.
fn one_a_page(google: &mut Settings) {
    google.page_size = Some(1);
}

/// Five events in the first room that Roomly has not heard of, `g0` to `g4`; answers their ids.
fn five(scene: &Scene) -> Vec<String> {
    let insert = |n: i64| {
        let event = scene.event(&format!("g{n}"), scene.in_minutes(60 + 60 * n), 30, Some(0));
        scene.inserts(MINA, &event)
    };
    let ids = (0..5).map(insert).collect();
    // The room answers.
    scene.pass(5);
    scene.news();
    ids
}

/// How many of the five are drawn, each once.
async fn drawn(scene: &Scene) -> usize {
    let mut count = 0;
    for n in 0..5 {
        let blocks = scene.shown(&format!("g{n}")).await;
        assert!(blocks.len() <= 1, "g{n} is drawn twice: {blocks:?}");
        count += blocks.len();
    }
    count
}

/// The calendar is due.
async fn poll(scene: &Scene) {
    scene.pass(10 * MINUTE);
    scene.news();
}

fn of_first(scene: &Scene) -> impl Fn(&Asked) -> bool + use<> {
    let room = scene.room(0);
    move |asked| asked.kind == Kind::List && asked.calendar == room
}

/// F-021: the program dies after the second of five pages.
#[tokio::test]
async fn f_021_a_listing_that_dies_after_its_second_page_begins_anew_with_the_old_token() {
    let mut scene = Scene::open_where(1, one_a_page).await;
    five(&scene);
    poll(&scene).await;
    let before = scene.calendar(0).await.sync_token;
    assert!(before.is_some());
    let fits = of_first(&scene);
    let (pull, _) = scene.until_asked(0, Step::Pull, &fits).await;
    scene.house.answer(pull);
    scene.goes_on(pull, |asked| fits(asked) && asked.with_page_token).await;
    scene.dies_at(crash::PULL_AFTER_PAGE);
    assert_eq!(scene.finish(pull).await, None, "it lives");
    assert_eq!(scene.calendar(0).await.sync_token, before);
    assert_eq!(drawn(&scene).await, 0, "half a listing counts for nothing");

    scene.house.restart(0).await.unwrap();
    let mark = scene.mark();
    scene.rounds(1).await;
    let first = scene
        .calls(mark, &["GET", "syncToken="])
        .into_iter()
        .find(|line| line.contains(&scene.room(0).replace('@', "%40")));
    assert!(first.is_some_and(|line| !line.contains("pageToken=")), "from the first page");
    assert_eq!(drawn(&scene).await, 5);
    assert_ne!(scene.calendar(0).await.sync_token, before);
    scene.ends_well().await;
}

/// F-022: the third of five pages is an error, does not come, or comes in half.
#[tokio::test]
async fn f_022_a_third_page_that_fails_in_any_way_costs_a_listing_and_nothing_else() {
    for action in [
        json!({ "status": 500 }),
        json!("drop_connection"),
        json!("torn_body"),
        json!("html_page"),
        json!({ "huge_body": 70_000_000 }),
    ] {
        let mut scene = Scene::open_where(1, one_a_page).await;
        five(&scene);
        poll(&scene).await;
        let before = scene.calendar(0).await;
        let matcher = json!({ "method": "GET", "calendar": scene.room(0), "query": "pageToken" });
        scene.break_with(json!({ "matcher": matcher, "action": action, "skip": 1 }));
        scene.all(0, Step::Pull).await;
        let after = scene.calendar(0).await;
        assert_eq!((after.sync_token, after.failures), (before.sync_token, before.failures + 1), "{action}");
        assert_eq!(drawn(&scene).await, 0, "{action}");
        // Again and again, ever more rarely.
        let mark = scene.mark();
        for _ in 0..60 {
            scene.pass(MINUTE);
            scene.all(0, Step::Pull).await;
        }
        let firsts = scene
            .calls(mark, &["GET", &scene.room(0).replace('@', "%40")])
            .into_iter()
            .filter(|line| !line.contains("pageToken="));
        let tries = firsts.count();
        assert!((4..=40).contains(&tries), "{action}: {tries} in an hour");
        scene.mend();
        scene.pass(15 * MINUTE);
        scene.all(0, Step::Pull).await;
        assert_eq!(drawn(&scene).await, 5, "{action}");
        scene.ends_well().await;
    }
}

/// F-024: events and token are one commit; there is no moment between them.
#[tokio::test]
async fn f_024_a_pull_that_dies_around_its_commit_has_stored_both_events_and_token_or_neither() {
    for (place, stored) in [("write.before", false), ("write.after", true)] {
        let mut scene = Scene::open(1).await;
        five(&scene);
        poll(&scene).await;
        let before = scene.calendar(0).await.sync_token;
        let fits = of_first(&scene);
        let (pull, _) = scene.until_asked(0, Step::Pull, &fits).await;
        scene.dies_at(place);
        assert_eq!(scene.finish(pull).await, None, "it lives");
        let seen = (scene.calendar(0).await.sync_token != before, drawn(&scene).await);
        assert_eq!(seen, (stored, if stored { 5 } else { 0 }), "{place}");
        scene.house.restart(0).await.unwrap();
        scene.rounds(1).await;
        assert_eq!(drawn(&scene).await, 5);
        scene.ends_well().await;
    }
}

/// F-025: an event that was listed is moved, and another deleted, before the last page is asked for.
#[tokio::test]
async fn f_025_what_changes_between_two_pages_is_told_by_the_next_listing() {
    let mut scene = Scene::open_where(1, one_a_page).await;
    let ids = five(&scene);
    poll(&scene).await;
    let fits = of_first(&scene);
    let (pull, _) = scene.until_asked(0, Step::Pull, &fits).await;
    for _ in 0..3 {
        scene.house.answer(pull);
        scene.goes_on(pull, |asked| fits(asked) && asked.with_page_token).await;
    }
    let moved = scene.in_minutes(600);
    for (n, id) in ids.iter().enumerate() {
        if n < 3 {
            scene.edits(
                MINA,
                id,
                &scene.event(&format!("g{n}"), moved.plus_minutes(60 * n as i64), 30, Some(0)),
            );
        } else {
            scene.deletes(MINA, id);
        }
    }
    scene.finish(pull).await.unwrap().unwrap();
    poll(&scene).await;
    scene.rounds(2).await;
    for n in 0..3 {
        let blocks = scene.shown(&format!("g{n}")).await;
        let at: Vec<_> = blocks.iter().map(|block| block.range.start()).collect();
        assert_eq!(at, [moved.plus_minutes(60 * n)], "g{n}");
    }
    assert_eq!(drawn(&scene).await, 3);
    scene.ends_well().await;
}

/// F-028: a tombstone of an event that came and went between two listings.
#[tokio::test]
async fn f_028_the_deletion_of_an_event_that_was_never_seen_is_nothing() {
    let mut scene = Scene::open(1).await;
    let ids = five(&scene);
    for id in &ids {
        scene.deletes(MINA, id);
    }
    poll(&scene).await;
    let seqs = scene.house.store.system().company_seqs().await.unwrap();
    let mark = scene.mark();
    scene.all(0, Step::Pull).await;
    let listed = scene.calls(mark, &["GET", "syncToken=", "cancelled"]);
    assert!(!listed.is_empty(), "their tombstones are listed");
    assert_eq!(drawn(&scene).await, 0);
    let now = scene.house.store.system().company_seqs().await.unwrap();
    assert_eq!(now, seqs, "nothing was told to anybody");
    scene.ends_well().await;
}

/// F-033: a server stands still in the middle of a listing and comes back when another one has listed, and knows more.
#[tokio::test]
async fn f_033_of_two_that_list_one_calendar_the_late_one_undoes_nothing() {
    let mut scene = Scene::open(2).await;
    let ids = five(&scene);
    poll(&scene).await;
    let fits = of_first(&scene);
    let (late, call) = scene.until_asked(0, Step::Pull, &fits).await;
    scene.house.net.hear(call);
    scene.house.net.deliver(call);
    // What the first one was told, and has not looked at, is old by now, and its claim is lost.
    scene.deletes(MINA, &ids[0]);
    let moved = scene.in_minutes(900);
    scene.edits(MINA, &ids[1], &scene.event("g1", moved, 30, Some(0)));
    scene.pass(5 * MINUTE);
    scene.news();
    scene.all(1, Step::Heartbeat).await;
    scene.all(1, Step::Pull).await;
    let known = scene.calendar(0).await;
    assert_eq!(drawn(&scene).await, 4);
    let came = scene.finish(late).await.unwrap();
    assert!(came.is_err(), "its claim is lost");
    assert_eq!(scene.calendar(0).await.sync_token, known.sync_token);
    assert_eq!(drawn(&scene).await, 4, "what was deleted is not back");
    let block = scene.shown("g1").await.pop().unwrap();
    assert_eq!((block.range.start(), block.state), (moved, BookingState::Confirmed));
    scene.ends_well().await;
}
