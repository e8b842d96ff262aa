//! Several servers: who died gives back what it held, and who was taken for dead writes nothing any more.

use model::{CalendarId, Instant, ServerId};
use store::{Claim, ServerSeen, StoreError};

use crate::support::{Fixture, NOW, claim_until, entropy, hour, on_every_engine};

fn minute() -> Instant {
    NOW.plus_secs(60)
}

on_every_engine!(a_named_lease_has_one_holder_and_a_fence);

async fn a_named_lease_has_one_holder_and_a_fence(fixture: Fixture) {
    let system = fixture.store.system();
    let (one, two) = (ServerId::new(NOW, entropy()), ServerId::new(NOW, entropy()));
    let take = |server, now: Instant| system.lease_take("channels".into(), server, now, now.plus_secs(60));
    let first = take(one, NOW).await.unwrap().unwrap();
    assert_eq!(take(two, NOW).await.unwrap(), None, "one at a time");
    assert_eq!(take(one, NOW).await.unwrap(), None, "not twice by one server either");
    system.lease_hold("channels".into(), first, NOW, minute()).await.unwrap();
    // Its time is over: the next takes it, and what the first writes under it is undone.
    let second = take(two, minute()).await.unwrap().unwrap();
    assert!(second > first);
    let late = fixture.company.write(minute(), move |tx| {
        Box::pin(async move {
            tx.company_set_name("written by the fenced one").await?;
            tx.lease_hold("channels", first, minute().plus_secs(60)).await
        })
    });
    assert!(matches!(late.await, Err(StoreError::LeaseLost)));
    assert_eq!(fixture.company.company().await.unwrap().name, "한빛");
    system.lease_give_back("channels".into(), first, minute()).await.unwrap();
    assert_eq!(take(one, minute()).await.unwrap(), None, "who lost it cannot give it back");
    system.lease_give_back("channels".into(), second, minute()).await.unwrap();
    assert!(take(one, minute()).await.unwrap().is_some());
}

on_every_engine!(what_is_handed_back_is_due_for_others);

/// Its work ended in an error, and the server lives.
async fn what_is_handed_back_is_due_for_others(fixture: Fixture) {
    let system = fixture.store.system();
    fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    let (lane, room) = (fixture.lane(), fixture.rooms[0]);
    let calendar = CalendarId::new(NOW, entropy());
    let claim = claim_until(NOW.plus_secs(3_600));
    let other = Claim { token: claim.token.wrapping_add(1), ..claim };
    let claimed = fixture.company.write(NOW, move |tx| {
        Box::pin(async move {
            tx.calendar_insert(calendar, room, "c_0@resource.calendar.google.com", NOW).await?;
            assert!(tx.calendar_pull_begun(calendar, claim).await?);
            tx.outbox_claim(lane, claim).await
        })
    });
    claimed.await.map_err(|error: StoreError| error).unwrap();
    for (token, due) in [(other.token, 0), (claim.token, 1)] {
        let work = fixture.company.write(NOW, move |tx| {
            Box::pin(async move {
                tx.calendar_hand_back(token).await?;
                tx.outbox_hand_back(token).await
            })
        });
        work.await.map_err(|error: StoreError| error).unwrap();
        // A second later for each attempt.
        let soon = NOW.plus_secs(2);
        assert_eq!(system.calendar_due(soon, 0).await.unwrap().len(), due);
        assert_eq!(fixture.ready(soon).await, due);
    }
}

on_every_engine!(a_pull_tells_that_it_waited_for_a_rush);

async fn a_pull_tells_that_it_waited_for_a_rush(fixture: Fixture) {
    let (system, room) = (fixture.store.system(), fixture.rooms[0]);
    let calendar = CalendarId::new(NOW, entropy());
    let made = fixture.company.write(NOW, move |tx| {
        Box::pin(
            async move { tx.calendar_insert(calendar, room, "c_0@resource.calendar.google.com", NOW).await },
        )
    });
    made.await.map_err(|error: StoreError| error).unwrap();
    assert!(!system.calendar_due(NOW, 250_000).await.unwrap()[0].waited, "no notification told of it");
    for (after, waited) in [(250_000, false), (9_000_000, true)] {
        let at = NOW.plus_micros(after);
        let noticed = fixture
            .company
            .write(NOW, move |tx| Box::pin(async move { tx.calendar_noticed(calendar, at, None).await }));
        noticed.await.map_err(|error: StoreError| error).unwrap();
        assert_eq!(system.calendar_due(at, 250_000).await.unwrap()[0].waited, waited, "{after}");
    }
    let late = fixture.company.write(NOW, move |tx| {
        Box::pin(async move { tx.calendar_noticed(calendar, NOW, Some(NOW.plus_secs(1))).await })
    });
    assert!(!late.await.map_err(|error: StoreError| error).unwrap().value, "another listing was meant");
}

on_every_engine!(what_a_dead_server_held_is_free_and_fenced);

async fn what_a_dead_server_held_is_free_and_fenced(fixture: Fixture) {
    let system = fixture.store.system();
    fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    let lane = fixture.lane();
    let room = fixture.rooms[0];
    let calendar = CalendarId::new(NOW, entropy());
    let (dead, alive) = (claim_until(NOW.plus_secs(3_600)), claim_until(NOW.plus_secs(3_600)));
    system.server_seen(dead.server, "web,worker", NOW).await.unwrap();
    system.server_seen(alive.server, "web,worker", NOW).await.unwrap();
    let claimed = fixture.company.write(NOW, move |tx| {
        Box::pin(async move {
            tx.calendar_insert(calendar, room, "c_0@resource.calendar.google.com", NOW).await?;
            assert!(tx.calendar_pull_begun(calendar, dead).await?);
            tx.outbox_claim(lane, dead).await
        })
    });
    let row = claimed.await.unwrap().value.unwrap();
    system.lease_take("series".into(), dead.server, NOW, NOW.plus_secs(3_600)).await.unwrap().unwrap();
    // Nobody died yet.
    let later = NOW.plus_secs(20);
    assert_eq!(system.server_bury(later, NOW).await.unwrap(), 0);
    assert_eq!(fixture.ready(later).await, 0);
    // One of them says so no more.
    system.server_seen(alive.server, "web,worker", later).await.unwrap();
    assert_eq!(system.server_bury(later, NOW.plus_secs(5)).await.unwrap(), 3);
    assert_eq!(fixture.ready(later).await, 1);
    assert_eq!(system.calendar_due(later, 0).await.unwrap().len(), 1);
    assert!(system.lease_take("series".into(), alive.server, later, minute()).await.unwrap().is_some());
    // It was only asleep: its writes come to nothing, before and after somebody took over.
    let write = |row: store::OutboxRow, claim: Claim| {
        fixture.company.write(later, move |tx| {
            Box::pin(async move {
                tx.outbox_hold(&row, minute()).await?;
                tx.calendar_pull_hold(calendar, claim).await
            })
        })
    };
    assert!(matches!(write(row.clone(), dead).await, Err(StoreError::LeaseLost)));
    let taken = fixture.company.write(later, move |tx| {
        Box::pin(async move {
            assert!(tx.calendar_pull_begun(calendar, alive).await?);
            tx.outbox_claim(lane, alive).await
        })
    });
    let taken = taken.await.unwrap().value.unwrap();
    write(taken.clone(), alive).await.unwrap();
    assert!(matches!(write(row, alive).await, Err(StoreError::LeaseLost)), "the row is another's");
    assert!(matches!(write(taken, dead).await, Err(StoreError::LeaseLost)), "the calendar is another's");
}

on_every_engine!(servers_are_listed_as_they_were_last_seen);

async fn servers_are_listed_as_they_were_last_seen(fixture: Fixture) {
    let system = fixture.store.system();
    let (one, two) = (ServerId::new(NOW, entropy()), ServerId::new(NOW, entropy()));
    system.server_seen(one, "web", NOW).await.unwrap();
    system.server_seen(two, "worker", NOW.plus_secs(1)).await.unwrap();
    system.server_seen(one, "web", minute()).await.unwrap();
    let seen = |roles: &str, at| ServerSeen { roles: roles.to_owned(), at };
    let listed = system.server_list().await.unwrap();
    assert_eq!(listed, [seen("web", minute()), seen("worker", NOW.plus_secs(1))]);
    system.server_gone(one, minute()).await.unwrap();
    assert_eq!(system.server_list().await.unwrap().len(), 1);
}
