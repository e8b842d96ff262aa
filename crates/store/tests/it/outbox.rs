//! The outbox: one row per event, leases, and changes that come in while a push is under way.

use model::history::{Field, HistoryValue, Side};
use model::{BookingId, BookingState, Instant, Stuck};
use serde_json::json;
use store::{CopyRow, HistoryRow, Lane, LaneDue, OutboxRow, OutboxState, StoreError, Way};

use crate::support::{Fixture, NOW, claim_until, event, hour, occurrence, on_every_engine};

on_every_engine!(a_grant_has_a_lane_of_its_own);

async fn a_grant_has_a_lane_of_its_own(fixture: Fixture) {
    let (company, room) = (fixture.lane(), fixture.rooms[0]);
    let own = Lane { person: Some(fixture.person), ..company };
    for index in 0..3 {
        fixture.book(room, hour(index)).await.unwrap();
    }
    let mut theirs = event(fixture.person, hour(9));
    theirs.way = Way::Person;
    let id = theirs.id;
    let booked = fixture.company.write(NOW, move |tx| {
        Box::pin(async move {
            tx.event_insert(&theirs).await?;
            tx.occurrence_put(&occurrence(id, room, hour(9), BookingState::Pending)).await?;
            tx.outbox_insert(id, &["all"]).await
        })
    });
    booked.await.unwrap();
    let lanes = fixture.store.system().outbox_lanes(NOW).await.unwrap();
    let due = |lane, ready| LaneDue { lane, at: NOW, ready };
    assert_eq!(lanes, [due(company, 3), due(own, 1)]);
    let claim = |lane| {
        fixture.company.write(NOW, move |tx| {
            Box::pin(async move { tx.outbox_claim(lane, claim_until(NOW.plus_secs(30))).await })
        })
    };
    assert_eq!(claim(own).await.unwrap().value.unwrap().event, id);
    assert!(claim(own).await.unwrap().value.is_none(), "what waits in the other lane is the other's");
    assert!(claim(company).await.unwrap().value.is_some());
}

on_every_engine!(a_change_during_a_push_is_not_lost);

async fn a_change_during_a_push_is_not_lost(fixture: Fixture) {
    let id = fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    assert_eq!(fixture.ready(NOW).await, 1);
    let pushed = fixture.company.outbox_get(id).await.unwrap().unwrap().version;
    let lane = fixture.lane();
    let claim = |until| {
        fixture
            .company
            .write(NOW, move |tx| Box::pin(async move { tx.outbox_claim(lane, claim_until(until)).await }))
    };
    assert!(claim(NOW.plus_secs(30)).await.unwrap().value.is_some());
    assert!(claim(NOW.plus_secs(30)).await.unwrap().value.is_none(), "one push at a time");
    assert_eq!(fixture.ready(NOW).await, 0);

    let change = |fields: &'static [&'static str]| {
        fixture.company.write(NOW, move |tx| Box::pin(async move { tx.outbox_put(id, fields).await }))
    };
    change(&["title"]).await.unwrap();
    let done =
        fixture.company.write(NOW, move |tx| Box::pin(async move { tx.outbox_done(id, pushed).await }));
    done.await.unwrap();
    assert_eq!(fixture.ready(NOW).await, 1, "the newer change still waits");
    let left = fixture.company.outbox_get(id).await.unwrap().unwrap();
    assert!(left.changed.contains(&"title".to_owned()));

    let newest = left.version;
    let done =
        fixture.company.write(NOW, move |tx| Box::pin(async move { tx.outbox_done(id, newest).await }));
    done.await.unwrap();
    assert_eq!(fixture.company.outbox_waiting().await.unwrap().0, 0);
}

on_every_engine!(a_lost_lease_is_taken_again_after_its_time);

async fn a_lost_lease_is_taken_again_after_its_time(fixture: Fixture) {
    fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    let (lane, until) = (fixture.lane(), NOW.plus_secs(30));
    let claim = fixture
        .company
        .write(NOW, move |tx| Box::pin(async move { tx.outbox_claim(lane, claim_until(until)).await }));
    assert!(claim.await.unwrap().value.is_some());
    let lanes = fixture.store.system().outbox_lanes(NOW).await.unwrap();
    assert_eq!(lanes, [LaneDue { lane, at: until, ready: 0 }]);
    assert_eq!(fixture.ready(until).await, 1);
}

on_every_engine!(a_claim_answers_the_row_as_it_is_now);

/// Two workers read the same row; the second claims it after the first has handed it back.
async fn a_claim_answers_the_row_as_it_is_now(fixture: Fixture) {
    let id = fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    let lane = fixture.lane();
    let claim = || {
        fixture.company.write(NOW, move |tx| {
            Box::pin(async move { tx.outbox_claim(lane, claim_until(NOW.plus_secs(30))).await })
        })
    };
    let first = claim().await.unwrap().value.unwrap();
    assert!(!first.sent);
    let handed_back = fixture.company.write(NOW, move |tx| {
        Box::pin(async move {
            tx.outbox_put(id, &["room"]).await?;
            tx.outbox_retry(id, first.version, NOW.plus_secs(60), Stuck::NoAnswer, "503").await
        })
    });
    handed_back.await.unwrap();
    let second = claim().await.unwrap().value.unwrap();
    assert!(second.sent && second.version > first.version, "{second:?}");
    assert!(second.changed.contains(&"room".to_owned()));
}

on_every_engine!(only_what_failed_counts_as_an_attempt);

async fn only_what_failed_counts_as_an_attempt(fixture: Fixture) {
    let id = fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    let counts = async |row: &OutboxRow, why: Option<Stuck>| {
        let version = row.version;
        let rested = fixture.company.write(NOW, move |tx| {
            Box::pin(async move {
                match why {
                    Some(why) => tx.outbox_retry(id, version, NOW, why, "").await,
                    None => tx.outbox_wait(id, version, NOW, "").await,
                }
            })
        });
        rested.await.map_err(|error: StoreError| error).unwrap();
        let again = claimed(&fixture, NOW).await;
        (again.attempts, again.waits)
    };
    let row = claimed(&fixture, NOW).await;
    assert_eq!((row.attempts, row.waits), (1, 0));
    assert_eq!(counts(&row, None).await, (1, 1));
    assert_eq!(counts(&row, None).await, (1, 2));
    assert_eq!(counts(&row, Some(Stuck::NoAnswer)).await, (2, 2));
    assert_eq!(counts(&row, None).await, (2, 3));
    for limited in 3..6 {
        assert_eq!(counts(&row, Some(Stuck::Limited)).await, (limited, 3));
    }
    assert_eq!(counts(&row, Some(Stuck::NoAnswer)).await, (2, 3), "limits are no measure of anything else");
    let wished =
        fixture.company.write(NOW, move |tx| Box::pin(async move { tx.outbox_put(id, &["title"]).await }));
    wished.await.map_err(|error: StoreError| error).unwrap();
    let row = waiting(&fixture, id).await;
    assert_eq!((row.attempts, row.waits), (0, 0));
    // A wait of what was wished for before does not count below nothing.
    assert_eq!(counts(&OutboxRow { version: row.version - 1, ..row }, None).await, (1, 1));
}

on_every_engine!(closing_finishes_what_is_queued);

async fn closing_finishes_what_is_queued(fixture: Fixture) {
    let id = fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    assert!(fixture.company.event_get(id).await.unwrap().is_some());
    fixture.store.close().await;
    let refused: Result<_, StoreError> = fixture.book(fixture.rooms[0], hour(1)).await;
    assert!(matches!(refused, Err(StoreError::Closed)));
}

/// A person's wish at `now`, for what was `was` before.
async fn wish(
    fixture: &Fixture,
    id: BookingId,
    now: Instant,
    fields: &'static [&'static str],
    was: &'static str,
) {
    let by = fixture.person;
    let work = fixture
        .company
        .write(now, move |tx| Box::pin(async move { tx.outbox_wish(id, fields, json!(was), by).await }));
    work.await.map_err(|error: StoreError| error).unwrap();
}

async fn waiting(fixture: &Fixture, id: BookingId) -> OutboxRow {
    fixture.company.outbox_get(id).await.unwrap().unwrap()
}

async fn claimed(fixture: &Fixture, now: Instant) -> OutboxRow {
    let lane = fixture.lane();
    let claim = fixture.company.write(now, move |tx| {
        Box::pin(async move { tx.outbox_claim(lane, claim_until(now.plus_secs(30))).await })
    });
    claim.await.unwrap().value.unwrap()
}

on_every_engine!(what_was_held_before_is_kept_with_what_waits);

async fn what_was_held_before_is_kept_with_what_waits(fixture: Fixture) {
    let id = fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    // Nothing was ever sent: Google has nothing that a change could meet.
    wish(&fixture, id, NOW, &["title"], "never there").await;
    assert!(waiting(&fixture, id).await.past.is_empty());
    // It was sent, so that it may be there.
    let row = claimed(&fixture, NOW).await;
    let (later, last) = (NOW.plus_secs(1), NOW.plus_secs(2));
    wish(&fixture, id, later, &["title"], "sent").await;
    wish(&fixture, id, last, &["time"], "replaced").await;
    wish(&fixture, id, last, &["time"], "sent").await;
    let held = waiting(&fixture, id).await;
    assert_eq!(held.past, [json!("sent"), json!("replaced")]);
    let at = |field: &str| held.wishes.get(field).map(|wish| (wish.at, wish.by));
    assert_eq!((at("title"), at("time")), (Some((later, fixture.person)), Some((last, fixture.person))));

    // A merge is no change: the push that is under way ends what it began.
    let mut merged = held.clone();
    merged.changed = vec!["time".to_owned()];
    merged.past = vec![json!("theirs")];
    merged.wishes.remove("title");
    let (written, version) = (merged.clone(), row.version);
    let work = fixture.company.write(NOW, move |tx| {
        Box::pin(async move {
            tx.outbox_merged(&written).await?;
            tx.outbox_done(id, version).await
        })
    });
    work.await.map_err(|error: StoreError| error).unwrap();
    let left = waiting(&fixture, id).await;
    assert_eq!((&left.changed, &left.past, left.version), (&merged.changed, &merged.past, held.version));
    assert_eq!(left.wishes, merged.wishes);

    // As many wishes as one likes, and the row stays small; what both last agreed on is never forgotten.
    for (index, was) in ["a", "b", "c", "d", "e", "f", "g", "h", "i"].into_iter().enumerate() {
        wish(&fixture, id, NOW.plus_secs(10 + index as i64), &["title"], was).await;
    }
    let row = waiting(&fixture, id).await;
    assert_eq!((row.past.len(), &row.past[0], &row.past[7]), (8, &json!("theirs"), &json!("i")));

    // What Google refused for good is compared with nothing any more.
    let version = row.version;
    let parked = fixture.company.write(NOW, move |tx| {
        Box::pin(async move { tx.outbox_park(id, version, OutboxState::Dead, Stuck::Refused, "400").await })
    });
    parked.await.map_err(|error: StoreError| error).unwrap();
    wish(&fixture, id, NOW.plus_secs(60), &["private"], "as Google has it").await;
    let row = waiting(&fixture, id).await;
    assert_eq!(row.past, [json!("as Google has it")]);
    assert_eq!(row.wishes.keys().collect::<Vec<_>>(), ["private"]);
}

on_every_engine!(what_a_merge_decided_is_remembered);

async fn what_a_merge_decided_is_remembered(fixture: Fixture) {
    let id = fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    let date = Some(hour(2).start());
    let line = |field, winner, person| HistoryRow {
        event: id,
        date: date.filter(|_| field == Field::Time && winner == Side::Roomly),
        field,
        winner,
        person,
        kept: HistoryValue::of_time(hour(1)),
        lost: HistoryValue::of_text("주간 회의"),
    };
    for (seconds, line) in [
        (0, line(Field::Time, Side::Google, Some(fixture.person))),
        (0, line(Field::Time, Side::Roomly, None)),
        (5, line(Field::Title, Side::Roomly, None)),
    ] {
        let work = fixture
            .company
            .write(NOW.plus_secs(seconds), move |tx| Box::pin(async move { tx.history_put(&line).await }));
        work.await.map_err(|error: StoreError| error).unwrap();
    }
    let history = fixture.company.history_of(id, 10).await.unwrap();
    let told: Vec<_> = history.iter().map(|line| (line.at, line.date, line.field, line.winner)).collect();
    let expected = [
        (NOW.plus_secs(5), None, Field::Title, Side::Roomly),
        (NOW.plus_micros(1), date, Field::Time, Side::Roomly),
        (NOW, None, Field::Time, Side::Google),
    ];
    assert_eq!(told, expected, "what is decided at once of a series and its dates is kept apart");
    assert_eq!((history[0].by.is_empty(), history[2].by.is_empty()), (true, false));
    assert_eq!(history[2].kept, HistoryValue::of_time(hour(1)));
    assert_eq!(fixture.company.history_of(id, 1).await.unwrap().len(), 1);
}

on_every_engine!(copies_are_asked_for_together);

async fn copies_are_asked_for_together(fixture: Fixture) {
    let id = fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    for (calendar, google_id) in [("halla", "a"), ("halla", "b'\"]"), ("seorak", "a")] {
        let copy = CopyRow {
            event: id,
            calendar: calendar.into(),
            google_id: google_id.into(),
            etag: None,
            raw: json!({ "id": google_id }),
            seen_at: NOW,
        };
        let put = fixture.company.write(NOW, move |tx| Box::pin(async move { tx.copy_put(&copy).await }));
        put.await.map_err(|error: StoreError| error).unwrap();
    }
    let found = fixture.company.copies("halla", &["b'\"]", "c", "a"]).await.unwrap();
    assert_eq!(found.keys().collect::<Vec<_>>(), ["a", "b'\"]"]);
    assert!(found.values().all(|copy| copy.calendar == "halla"));
    assert!(fixture.company.copies("halla", &[]).await.unwrap().is_empty());
}

on_every_engine!(what_was_perhaps_sent_is_known_to_others);

async fn what_was_perhaps_sent_is_known_to_others(fixture: Fixture) {
    let id = fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    let other = fixture.book(fixture.rooms[0], hour(1)).await.unwrap();
    let perhaps = async |except| fixture.company.perhaps_sent(except, "halla@rooms").await.unwrap();
    wish(&fixture, id, NOW, &["time"], "in halla@rooms").await;
    assert_eq!(perhaps(other).await, [], "nothing was sent yet");
    claimed(&fixture, NOW).await;
    wish(&fixture, id, NOW, &["time"], "in halla@rooms").await;
    assert_eq!(perhaps(other).await, [(id, vec![json!("in halla@rooms")])]);
    assert_eq!(perhaps(id).await, [], "itself is in nobody's way");
    assert_eq!(fixture.company.perhaps_sent(other, "seorak@rooms").await.unwrap(), []);
}
