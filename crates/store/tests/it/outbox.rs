//! The outbox: one row per event, leases, and changes that come in while a push is under way.

use store::StoreError;

use crate::support::{Fixture, NOW, claim_until, hour, on_every_engine};

on_every_engine!(a_change_during_a_push_is_not_lost);

async fn a_change_during_a_push_is_not_lost(fixture: Fixture) {
    let id = fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    let due = fixture.store.system().outbox_due(NOW).await.unwrap();
    assert_eq!(due.len(), 1);
    let pushed = due[0].version;
    let claim = |until| {
        fixture
            .company
            .write(NOW, move |tx| Box::pin(async move { tx.outbox_claim(id, claim_until(until)).await }))
    };
    assert!(claim(NOW.plus_secs(30)).await.unwrap().value.is_some());
    assert!(claim(NOW.plus_secs(30)).await.unwrap().value.is_none(), "one push at a time");
    assert!(fixture.store.system().outbox_due(NOW).await.unwrap().is_empty());

    let change = |fields: &'static [&'static str]| {
        fixture.company.write(NOW, move |tx| Box::pin(async move { tx.outbox_put(id, fields).await }))
    };
    change(&["title"]).await.unwrap();
    let done =
        fixture.company.write(NOW, move |tx| Box::pin(async move { tx.outbox_done(id, pushed).await }));
    done.await.unwrap();
    let left = fixture.store.system().outbox_due(NOW).await.unwrap();
    assert_eq!(left.len(), 1, "the newer change still waits");
    assert!(left[0].changed.contains(&"title".to_owned()));

    let newest = left[0].version;
    let done =
        fixture.company.write(NOW, move |tx| Box::pin(async move { tx.outbox_done(id, newest).await }));
    done.await.unwrap();
    assert_eq!(fixture.company.outbox_waiting().await.unwrap().0, 0);
}

on_every_engine!(a_lost_lease_is_taken_again_after_its_time);

async fn a_lost_lease_is_taken_again_after_its_time(fixture: Fixture) {
    let id = fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    let claim = fixture.company.write(NOW, move |tx| {
        Box::pin(async move { tx.outbox_claim(id, claim_until(NOW.plus_secs(30))).await })
    });
    assert!(claim.await.unwrap().value.is_some());
    let later = NOW.plus_secs(31);
    assert_eq!(fixture.store.system().outbox_due(later).await.unwrap().len(), 1);
    assert!(fixture.store.system().outbox_next_due().await.unwrap().is_some());
}

on_every_engine!(a_claim_answers_the_row_as_it_is_now);

/// Two workers read the same row; the second claims it after the first has handed it back.
async fn a_claim_answers_the_row_as_it_is_now(fixture: Fixture) {
    let id = fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    let claim = || {
        fixture.company.write(NOW, move |tx| {
            Box::pin(async move { tx.outbox_claim(id, claim_until(NOW.plus_secs(30))).await })
        })
    };
    let first = claim().await.unwrap().value.unwrap();
    assert!(!first.sent);
    let handed_back = fixture.company.write(NOW, move |tx| {
        Box::pin(async move {
            tx.outbox_put(id, &["room"]).await?;
            tx.outbox_retry(id, first.version, NOW.plus_secs(60), "503").await
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
