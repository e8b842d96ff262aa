//! The outbox: one row per event, leases, and changes that come in while a push is under way.

use model::{BookingState, Stuck};
use store::{Lane, LaneDue, StoreError, Way};

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
            tx.outbox_retry(id, first.version, NOW.plus_secs(60), Some(Stuck::NoAnswer), "503").await
        })
    });
    handed_back.await.unwrap();
    let second = claim().await.unwrap().value.unwrap();
    assert!(second.sent && second.version > first.version, "{second:?}");
    assert!(second.changed.contains(&"room".to_owned()));
}

on_every_engine!(closing_finishes_what_is_queued);

async fn closing_finishes_what_is_queued(fixture: Fixture) {
    let id = fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    assert!(fixture.company.event_get(id).await.unwrap().is_some());
    fixture.store.close().await;
    let refused: Result<_, StoreError> = fixture.book(fixture.rooms[0], hour(1)).await;
    assert!(matches!(refused, Err(StoreError::Closed)));
}
