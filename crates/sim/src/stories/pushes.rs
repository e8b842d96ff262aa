//! Pushes whose answers are lost, whose ids are taken, and that are overtaken by others.

use booking::{At, SeriesChange};
use calendar::series::Scope;
use model::{BookingState, Stuck};
use store::{OutboxRow, OutboxState};

use super::*;
use crate::plan::Kind;

impl Scene {
    async fn outbox(&self, id: BookingId) -> Option<OutboxRow> {
        self.house.store.company(self.house.company).outbox_get(id).await.unwrap()
    }

    /// Waits, as long as servers rest and rooms think, until nothing of a booking waits any more.
    async fn until_sent(&mut self, id: BookingId) {
        let number = self.promise(id).number;
        for _ in 0..60 {
            self.rounds(2).await;
            let blocks = Blocks::read(&self.house).await.unwrap().all;
            let waits = |block: &Block| block.key.booking == number && block.state == BookingState::Pending;
            if self.outbox(id).await.is_none() && !blocks.iter().any(waits) {
                return;
            }
            self.pass(MINUTE);
        }
        panic!("it waits for ever: {:?}", self.outbox(id).await);
    }

    /// Time passes in Google's world, and what it tells of is pulled.
    async fn pulls_news(&mut self) {
        self.pass(MINUTE);
        for told in self.news() {
            self.hears(0, &told).await;
        }
        self.all(0, Step::Pull).await;
    }

    async fn state(&self, title: &str) -> Option<BookingState> {
        self.shown(title).await.pop().map(|block| block.state)
    }
}

/// The one event with this title, on Joon's calendar and on the room's.
fn once(scene: &Scene, title: &str) -> Value {
    let own = scene.titled(&scene.email(JOON), title);
    assert_eq!((own.len(), scene.titled(&scene.room(0), title).len()), (1, 1), "{title}: {own:#?}");
    own[0].clone()
}

/// F-035 and F-036: the program dies between its commit and the call, and between the call and what is stored of it.
#[tokio::test]
async fn f_035_f_036_a_program_that_dies_around_a_call_makes_one_event() {
    use sync::crash::{PUSH_AFTER_CALL, PUSH_BEFORE_CALL};
    for place in [PUSH_BEFORE_CALL, PUSH_AFTER_CALL, "write.before", "write.after"] {
        let mut scene = Scene::open(1).await;
        let start = scene.in_minutes(120);
        let id = scene.books(0, JOON, 0, start, "b").await;
        let (push, _) = match place {
            PUSH_BEFORE_CALL => (scene.begin(0, Step::Push), 0),
            _ => scene.until_asked(0, Step::Push, |asked| asked.kind == Kind::Insert).await,
        };
        scene.dies_at(place);
        assert_eq!(scene.finish(push).await, None, "{place}: it lives");
        let there = scene.titled(&scene.email(JOON), "b").len();
        assert_eq!(there, usize::from(place != PUSH_BEFORE_CALL), "{place}");
        scene.house.restart(0).await.unwrap();
        scene.until_sent(id).await;
        assert_eq!(once(&scene, "b")["id"], id_of(id), "{place}");
        assert_eq!(scene.state("b").await, Some(BookingState::Confirmed), "{place}");
        scene.ends_well().await;
    }
}

/// F-037 and F-047: Google did it and said no, said nothing, or said something that is no answer.
#[tokio::test]
async fn f_037_what_google_did_and_did_not_say_is_done_once() {
    for action in [
        json!("commit_then_fail"),
        json!("commit_then_drop"),
        json!("torn_body"),
        json!("html_page"),
        json!({ "huge_body": 3_000_000 }),
        json!("execute_twice"),
    ] {
        let mut scene = Scene::open(1).await;
        let start = scene.in_minutes(120);
        scene.break_with(
            json!({ "matcher": { "method": "POST", "path": "/events" }, "action": action, "count": 1 }),
        );
        let id = scene.books(0, JOON, 0, start, "b").await;
        scene.until_sent(id).await;
        assert_eq!(once(&scene, "b")["id"], id_of(id), "{action}");
        let later = scene.in_minutes(300);
        scene.break_with(json!({ "matcher": { "method": "PATCH" }, "action": action, "count": 1 }));
        scene.moves(0, id, later, "c").await;
        scene.until_sent(id).await;
        let held = once(&scene, "c");
        assert_eq!(
            held["start"]["dateTime"].as_str().and_then(Instant::parse_rfc3339),
            Some(later),
            "{action}"
        );
        assert_eq!(scene.state("c").await, Some(BookingState::Confirmed), "{action}");
        scene.break_with(json!({ "matcher": { "method": "DELETE" }, "action": action, "count": 1 }));
        scene.cancels(0, id).await;
        scene.until_sent(id).await;
        assert!(scene.titled(&scene.email(JOON), "c").is_empty(), "{action}");
        scene.ends_well().await;
    }
}

/// F-038: the id that ours would have is somebody's, who lives or is a tombstone.
#[tokio::test]
async fn f_038_an_id_that_somebody_has_is_left_alone_and_another_one_is_taken() {
    for deleted in [false, true] {
        let mut scene = Scene::open(1).await;
        let id = scene.intent();
        let mut foreign = scene.event("foreign", scene.in_minutes(600), 30, None);
        foreign["id"] = json!(id_of(id));
        assert_eq!(scene.inserts(JOON, &foreign), id_of(id));
        if deleted {
            let path = format!("/calendars/{}/events/{}", scene.email(JOON), id_of(id));
            assert_eq!(scene.google(JOON, &Method::DELETE, &path, &Value::Null).0, 204);
        }
        let start = scene.in_minutes(120);
        scene.books_as(id, 0, JOON, 0, start, "b").await;
        scene.until_sent(id).await;
        assert_eq!(once(&scene, "b")["id"], event_id(id, 1), "deleted {deleted}");
        assert_eq!(scene.state("b").await, Some(BookingState::Confirmed));
        if !deleted {
            let path = format!("/calendars/{}/events/{}", scene.email(JOON), id_of(id));
            let (status, kept) = scene.google(JOON, &Method::GET, &path, &Value::Null);
            assert_eq!((status, &kept["summary"], &kept["sequence"]), (200, &json!("foreign"), &json!(0)));
            // Its owner takes it away: to whoever compares ids it would be a second event of the booking.
            assert_eq!(scene.google(JOON, &Method::DELETE, &path, &Value::Null).0, 204);
        }
        scene.ends_well().await;
    }
}

/// F-039: an insert is repeated, and Google does not notice that the id is taken.
#[tokio::test]
async fn f_039_a_second_event_of_one_booking_goes() {
    let mut scene = Scene::open(1).await;
    let start = scene.in_minutes(120);
    let inserts = json!({ "method": "POST", "path": "/events" });
    scene.break_with(json!({ "matcher": inserts, "action": "commit_then_drop", "count": 1 }));
    scene.break_with(json!({ "matcher": inserts, "action": "miss_collision", "count": 1 }));
    let id = scene.books(0, JOON, 0, start, "b").await;
    assert!(scene.step(0, Step::Push).await.unwrap().unwrap());
    scene.pass(MINUTE);
    let (push, _) = scene.until_asked(0, Step::Push, |asked| asked.kind == Kind::Delete).await;
    let (_, away) = scene.waiting(push).pop().unwrap();
    assert_eq!(scene.titled(&scene.email(JOON), "b").len(), 2);
    assert_ne!(away.event, id_of(id));
    scene.house.net.lock().books.wish(&away.event);
    scene.finish(push).await.unwrap().unwrap();
    assert_eq!(once(&scene, "b")["id"], id_of(id), "the first one stays");
    scene.until_sent(id).await;
    once(&scene, "b");
    assert_eq!(scene.state("b").await, Some(BookingState::Confirmed));
    scene.ends_well().await;
}

/// F-044: what is cancelled here is gone in Google already.
#[tokio::test]
async fn f_044_a_cancellation_of_what_is_gone_is_done() {
    let mut scene = Scene::open(1).await;
    let start = scene.in_minutes(120);
    let id = scene.books(0, JOON, 0, start, "b").await;
    scene.until_sent(id).await;
    scene.deletes(JOON, &id_of(id));
    scene.cancels(0, id).await;
    let mark = scene.mark();
    scene.all(0, Step::Push).await;
    assert_eq!(scene.outbox(id).await, None);
    let asked = scene.calls(mark, &["DELETE"]);
    assert!(asked.len() == 1 && asked[0].contains("-> 410"), "{asked:?}");
    assert_eq!(scene.shown("b").await, []);
    scene.ends_well().await;
}

/// F-048: booked, moved and cancelled while the server that brings the first to Google stands still; another one takes over.
#[tokio::test]
async fn f_048_a_server_that_comes_back_late_brings_nothing_that_is_old() {
    for cancelled in [false, true] {
        let mut scene = Scene::open(2).await;
        let start = scene.in_minutes(120);
        let id = scene.books(0, JOON, 0, start, "b").await;
        let (late, call) = scene.until_asked(0, Step::Push, |asked| asked.kind == Kind::Insert).await;
        let later = scene.in_minutes(300);
        scene.moves(1, id, later, "c").await;
        assert!(!scene.step(1, Step::Push).await.unwrap().unwrap(), "one at a time, in order");
        if cancelled {
            scene.cancels(1, id).await;
        }
        // Longer than a push is waited for.
        scene.pass(2 * MINUTE);
        scene.all(1, Step::Heartbeat).await;
        scene.all(1, Step::Push).await;
        // Only now does the first call arrive, and its answer.
        scene.house.net.hear(call);
        scene.house.net.deliver(call);
        scene.finish(late).await.unwrap().ok();
        if cancelled {
            scene.rounds(3).await;
            assert!(scene.titled(&scene.email(JOON), "b").is_empty(), "what was cancelled is there");
            assert_eq!(scene.shown("c").await, []);
        } else {
            scene.until_sent(id).await;
            let held = once(&scene, "c");
            assert_eq!(held["start"]["dateTime"].as_str().and_then(Instant::parse_rfc3339), Some(later));
            assert!(scene.titled(&scene.email(JOON), "b").is_empty());
        }
        scene.ends_well().await;
    }
}

/// F-049: Google refuses one booking for ever.
#[tokio::test]
async fn f_049_a_booking_that_google_refuses_holds_up_nobody_and_is_not_tried_again() {
    let mut scene = Scene::open(1).await;
    let (first, second) = (scene.in_minutes(120), scene.in_minutes(300));
    let poison = scene.books(0, JOON, 0, first, "b").await;
    scene.until_sent(poison).await;
    let refused = json!({ "method": "PATCH", "path": id_of(poison) });
    scene.break_with(json!({ "matcher": refused, "action": { "status": 400, "reason": "invalid" } }));
    scene.moves(0, poison, first.plus_minutes(60), "c").await;
    let other = scene.books(0, JOON, 0, second, "d").await;
    let mark = scene.mark();
    scene.rounds(2).await;
    assert_eq!(scene.outbox(other).await, None, "the next one of the same person went");
    once(&scene, "d");
    let row = scene.outbox(poison).await.unwrap();
    assert_eq!((row.state, row.reason), (OutboxState::Dead, Some(Stuck::Refused)));
    for _ in 0..24 {
        scene.pass(HOUR);
        scene.rounds(1).await;
    }
    assert_eq!(scene.calls(mark, &["PATCH", &id_of(poison)]).len(), 1, "once");
}

/// F-071: somebody here and somebody in Google want one hour at the same moment; Google hears of ours first, or last.
#[tokio::test]
async fn f_071_of_two_that_book_one_hour_on_both_sides_the_room_takes_the_first() {
    for ours_first in [true, false] {
        let mut scene = Scene::open(1).await;
        let start = scene.in_minutes(120);
        let id = scene.books(0, JOON, 0, start, "b").await;
        let (push, call) = scene.until_asked(0, Step::Push, |asked| asked.kind == Kind::Insert).await;
        if ours_first {
            scene.house.net.hear(call);
        }
        let event = scene.event("g", start, 30, Some(0));
        scene.inserts(MINA, &event);
        scene.pass(5);
        scene.news();
        scene.house.net.hear(call);
        scene.house.net.deliver(call);
        scene.finish(push).await.unwrap().unwrap();
        scene.until_sent(id).await;
        scene.pass(10 * MINUTE);
        scene.rounds(2).await;
        let expected = if ours_first {
            [BookingState::Confirmed, BookingState::Declined]
        } else {
            [BookingState::Declined, BookingState::Confirmed]
        };
        let states = [scene.state("b").await, scene.state("g").await];
        assert_eq!(states, expected.map(Some), "ours first {ours_first}");
        scene.ends_well().await;
    }
}

/// What the room says to a series while a cancellation of it waits is not taken. Then somebody changes one of its dates in
/// Google, which brings the series back, and nothing is left to be written that the room would answer to.
#[tokio::test]
async fn what_a_room_said_to_a_series_that_was_cancelled_counts_once_it_is_back() {
    let mut scene = Scene::open(1).await;
    let start = scene.in_minutes(120);
    let (id, number) = scene.repeats((0, JOON), 0, start, "RRULE:FREQ=DAILY;COUNT=2", "s").await;
    let (push, call) = scene.until_asked(0, Step::Push, |asked| asked.kind == Kind::Insert).await;
    scene.house.net.lock().books.wish_series(&key_of(id));
    let (engine, cx) = (scene.engine(0), scene.cx(JOON));
    engine.cancel_series(&cx, number, At::Slot(start), Scope::All, None).await.unwrap();
    scene.house.net.hear(call);
    scene.house.net.deliver(call);
    scene.finish(push).await.unwrap().unwrap();
    // The room answers.
    scene.pulls_news().await;
    let second = start.plus_minutes(1_440);
    let at = |at: Instant| json!({ "dateTime": at.to_rfc3339() });
    let later = second.plus_minutes(60);
    let date = second.to_chrono().unwrap().format("%Y%m%dT%H%M%SZ");
    scene.house.net.lock().books.touch(&id_of(id));
    scene.edits(
        JOON,
        &format!("{}_{date}", id_of(id)),
        &json!({ "start": at(later), "end": at(later.plus_minutes(30)) }),
    );
    scene.pulls_news().await;
    scene.all(0, Step::Push).await;
    assert_eq!(scene.outbox(id).await, None);
    let mut shown = scene.shown("s").await;
    shown.sort_by_key(|block| block.range);
    let shown: Vec<_> = shown.iter().map(|block| (block.range.start(), block.state)).collect();
    assert_eq!(shown, [(start, BookingState::Confirmed), (later, BookingState::Confirmed)]);
    scene.ends_well().await;
}

/// As the room, what has lost its room is taken off its calendar; meanwhile its person takes it to another one.
#[tokio::test]
async fn what_is_moved_while_it_is_taken_off_its_room_stays() {
    let mut scene = Scene::open(1).await;
    let (first, second) = (scene.in_minutes(120), scene.in_minutes(240));
    let id = scene.books(0, SEOYEON, 0, first, "b").await;
    scene.until_sent(id).await;
    scene.moves(0, id, second, "b").await;
    let event = scene.event("g", second, 30, Some(0));
    scene.inserts(MINA, &event);
    // The room answers.
    scene.pass(5);
    scene.news();
    scene.all(0, Step::Pull).await;
    assert_eq!(scene.state("b").await, Some(BookingState::Declined));
    let (push, call) = scene.until_asked(0, Step::Push, |asked| asked.kind == Kind::Delete).await;
    scene.house.net.hear(call);
    scene.takes(0, id, 1).await;
    scene.house.net.deliver(call);
    scene.finish(push).await.unwrap().unwrap();
    scene.until_sent(id).await;
    assert_eq!(scene.state("b").await, Some(BookingState::Confirmed));
    scene.ends_well().await;
}

/// As the room, what has lost its room is taken off its calendar; before that the calendar tells of how it was moved there.
#[tokio::test]
async fn what_is_heard_of_before_it_is_taken_off_its_room_is_no_news() {
    let mut scene = Scene::open(1).await;
    let (first, second) = (scene.in_minutes(120), scene.in_minutes(240));
    let id = scene.books(0, SEOYEON, 0, first, "b").await;
    scene.until_sent(id).await;
    scene.pulls_news().await;
    scene.moves(0, id, second, "b").await;
    let event = scene.event("g", second, 30, Some(0));
    scene.inserts(MINA, &event);
    // The room answers.
    scene.pass(5);
    for told in scene.news() {
        scene.hears(0, &told).await;
    }
    let (pull, listing) = scene.until_asked(0, Step::Pull, |asked| asked.kind == Kind::List).await;
    scene.house.net.hear(listing);
    let (push, patch) = scene.until_asked(0, Step::Push, |asked| asked.kind == Kind::Patch).await;
    scene.house.net.hear(patch);
    scene.house.net.deliver(listing);
    scene.finish(pull).await.unwrap().unwrap();
    assert_eq!(scene.state("b").await, Some(BookingState::Declined));
    scene.house.net.deliver(patch);
    scene.finish(push).await.unwrap().unwrap();
    scene.pulls_news().await;
    assert_eq!(scene.state("b").await, Some(BookingState::Declined));
    scene.until_sent(id).await;
    assert_eq!(scene.state("b").await, Some(BookingState::Declined));
    scene.ends_well().await;
}

/// What waits of a series does not delete it in Google, where somebody has taken its only room out and holds the meeting without
/// one; a cancellation does.
#[tokio::test]
async fn a_series_that_only_left_its_room_is_deleted_in_google_by_a_cancellation_alone() {
    for cancels in [false, true] {
        let mut scene = Scene::open(1).await;
        let start = scene.in_minutes(120);
        let (id, number) = scene.repeats((0, JOON), 0, start, "RRULE:FREQ=DAILY;COUNT=2", "s").await;
        scene.all(0, Step::Push).await;
        scene.pulls_news().await;
        let (engine, cx) = (scene.engine(0), scene.cx(JOON));
        let change = SeriesChange {
            number,
            at: At::Slot(start),
            scope: Scope::All,
            to_room: None,
            start: None,
            end: None,
            title: Some("t".to_owned()),
            guests: None,
            private: None,
            recurrence: None,
        };
        engine.change_series(&cx, change, None).await.unwrap();
        scene.house.net.lock().books.wish_series(&key_of(id));
        scene.edits(JOON, &id_of(id), &json!({ "attendees": [] }));
        scene.pulls_news().await;
        if cancels {
            scene.house.net.lock().books.wish_series(&key_of(id));
            engine.cancel_series(&cx, number, At::Slot(start), Scope::All, None).await.unwrap();
        }
        scene.all(0, Step::Push).await;
        scene.pulls_news().await;
        assert_eq!(scene.outbox(id).await, None);
        assert_eq!(scene.shown("t").await, []);
        let path = format!("/calendars/{}/events/{}", scene.email(JOON), id_of(id));
        let (status, event) = scene.google(JOON, &Method::GET, &path, &Value::Null);
        let expected = if cancels { "cancelled" } else { "confirmed" };
        assert_eq!((status, &event["status"]), (200, &json!(expected)));
        scene.ends_well().await;
    }
}

/// A booking is sent, and moved before anybody knows that it arrived; its place goes to another one, which must not meet it in Google.
#[tokio::test]
async fn a_place_is_not_free_in_google_while_what_had_it_was_perhaps_sent_there() {
    let mut scene = Scene::open(2).await;
    let (first, second) = (scene.in_minutes(120), scene.in_minutes(240));
    let id = scene.books(0, JOON, 0, first, "b").await;
    let (push, call) = scene.until_asked(0, Step::Push, |asked| asked.kind == Kind::Insert).await;
    scene.house.net.hear(call);
    scene.moves(1, id, second, "b").await;
    let other = scene.books(1, MINA, 0, first, "c").await;
    scene.step(1, Step::Push).await.unwrap().unwrap();
    assert!(scene.calls(0, &["POST", "\"c\""]).is_empty());
    scene.house.net.deliver(call);
    scene.finish(push).await.unwrap().unwrap();
    scene.until_sent(other).await;
    scene.until_sent(id).await;
    let states = [scene.state("b").await, scene.state("c").await];
    assert_eq!(states, [Some(BookingState::Confirmed); 2]);
    scene.ends_well().await;
}
