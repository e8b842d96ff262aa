//! What the health page asks: what waits and why, whose grant is lost, what was stopped.

use model::{BookingState, CalendarId, CompanyId, CredentialId, Instant, LoopKind, Stuck};
use store::{CompanyStore, Counted, CredentialRow, CredentialState, OutboxState, OwnerKind, StoreError};

use crate::support::{Fixture, NOW, claim_until, entropy, event, furnish, hour, occurrence, on_every_engine};

on_every_engine!(what_is_stuck_is_listed_with_its_reason_until_it_goes_on);

async fn what_is_stuck_is_listed_with_its_reason_until_it_goes_on(fixture: Fixture) {
    let company = &fixture.company;
    let mut ids = Vec::new();
    for index in 0..4 {
        ids.push(fixture.book(fixture.rooms[0], hour(index)).await.unwrap());
    }
    let [dead, blocked, away, _fine] = ids[..] else { unreachable!() };
    assert_eq!(company.outbox_stuck(9).await.unwrap().1, 0, "what waits for its first try is not stuck");
    let lane = fixture.lane();
    company
        .write(NOW, move |tx| {
            Box::pin(async move {
                for _ in 0..4 {
                    tx.outbox_claim(lane, claim_until(NOW.plus_secs(60))).await?;
                }
                assert!(tx.outbox_park(dead, 1, OutboxState::Dead, Stuck::Refused, "400 badRequest").await?);
                assert!(tx.outbox_park(blocked, 1, OutboxState::Blocked, Stuck::Revoked, "revoked").await?);
                let at = NOW.plus_secs(600);
                tx.outbox_retry(away, 1, at, Stuck::OutOfReach, "forbidden").await?;
                let mut declined = occurrence(dead, fixture.rooms[0], hour(0), BookingState::Declined);
                declined.reason = Some("google_refused".into());
                tx.occurrence_put(&declined).await
            })
        })
        .await
        .unwrap();
    let (rows, count) = company.outbox_stuck(9).await.unwrap();
    assert_eq!(count, 3);
    let told: Vec<_> = rows.iter().map(|row| (row.event, row.state, row.reason, row.declined)).collect();
    assert_eq!(
        told,
        [
            (dead, OutboxState::Dead, Some(Stuck::Refused), true),
            (blocked, OutboxState::Blocked, Some(Stuck::Revoked), false),
            (away, OutboxState::Waiting, Some(Stuck::OutOfReach), false),
        ]
    );
    let row = &rows[2];
    assert_eq!((row.attempts, row.due, row.since, row.start), (1, NOW.plus_secs(600), NOW, hour(2).start()));
    assert_eq!(row.room.as_deref(), Some("한라"));
    assert_eq!(company.outbox_stuck(1).await.unwrap().0.len(), 1);
    // Three wait for the room: what is dead does not.
    let queues = company.outbox_of_rooms().await.unwrap();
    let told: Vec<_> = queues.iter().map(|queue| (queue.room, queue.waiting, queue.oldest)).collect();
    assert_eq!(told, [(fixture.rooms[0], 3, Some(NOW))]);
    assert_eq!(company.outbox_of_lanes().await.unwrap(), [(lane, 3)]);

    let is_wrong =
        async |since: Instant| company.wrong("google", since).await.map(|wrong| wrong.wrong).unwrap();
    assert!(is_wrong(NOW).await);
    company
        .write(NOW, move |tx| {
            Box::pin(async move {
                assert!(!tx.outbox_dismiss(blocked).await?, "what waits is not put aside");
                assert!(tx.outbox_dismiss(dead).await?);
                tx.outbox_again(blocked).await?;
                tx.outbox_in_reach().await
            })
        })
        .await
        .unwrap();
    assert_eq!(fixture.ready(NOW).await, 2, "tried again at once; the fourth is being pushed");
    assert!(company.outbox_get(dead).await.unwrap().is_none());
    assert!(!is_wrong(NOW).await && is_wrong(NOW.plus_secs(1)).await, "what waits too long is wrong");
}

on_every_engine!(nothing_of_another_company_is_on_the_page);

async fn nothing_of_another_company_is_on_the_page(fixture: Fixture) {
    let id = fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    let person = fixture.person;
    let grant = CredentialRow {
        id: CredentialId::new(NOW, entropy()),
        provider: "google".into(),
        owner_kind: OwnerKind::Person,
        owner_id: person.to_string(),
        state: CredentialState::Revoked,
        access: "a".into(),
        refresh: None,
        expires_at: NOW,
        scopes: vec![],
    };
    fixture
        .company
        .write(NOW, move |tx| {
            Box::pin(async move {
                tx.outbox_park(id, 1, OutboxState::Dead, Stuck::Refused, "x").await?;
                tx.credential_put(&grant).await?;
                tx.push_stop("c_0@resource.calendar.google.com", LoopKind::TooManyCreates, id).await
            })
        })
        .await
        .unwrap();
    let other = CompanyId::new(NOW, entropy());
    let inserted = fixture.store.company_insert(
        NOW,
        other,
        "Acme".into(),
        "America/New_York".into(),
        "acme.example".into(),
    );
    inserted.await.unwrap();
    let other = fixture.store.company(other);
    furnish(&other).await;
    let seen = async |company: &CompanyStore| {
        (
            company.outbox_stuck(9).await.unwrap().1,
            company.outbox_of_rooms().await.unwrap().len(),
            company.credential_lost("google").await.unwrap().len(),
            company.push_stops().await.unwrap().len(),
            company.wrong("google", NOW).await.unwrap().wrong,
        )
    };
    assert_eq!(seen(&fixture.company).await, (1, 0, 1, 1, true));
    assert_eq!(seen(&other).await, (0, 0, 0, 0, false));
    let lost = fixture.company.credential_lost("google").await.unwrap();
    assert_eq!((lost[0].person, lost[0].state, lost[0].active), (person, CredentialState::Revoked, true));
    // And no button of theirs reaches it.
    let resumed = other.write(NOW, move |tx| {
        Box::pin(async move {
            let resumed = tx.push_resume("c_0@resource.calendar.google.com").await?;
            Ok::<_, StoreError>((resumed, tx.outbox_dismiss(id).await?))
        })
    });
    assert_eq!(resumed.await.unwrap().value, (false, false));
    assert_eq!(seen(&fixture.company).await, (1, 0, 1, 1, true));
    let backlog = fixture.store.system().backlog(NOW).await.unwrap();
    assert_eq!((backlog.stops, backlog.reasons.get("refused_by_google").copied()), (1, Some(1)));
    assert_eq!(backlog.person_grants.get("revoked").copied(), Some(1));
}

on_every_engine!(a_stop_lasts_until_somebody_lifts_it);

async fn a_stop_lasts_until_somebody_lifts_it(fixture: Fixture) {
    const CALENDAR: &str = "c_0@resource.calendar.google.com";
    let (stopped, other) =
        (fixture.book(fixture.rooms[0], hour(0)).await.unwrap(), event(fixture.person, hour(5)).id);
    let company = &fixture.company;
    company
        .write(NOW, move |tx| {
            Box::pin(async move {
                tx.push_count_put(CALENDAR, Counted::Calendar, NOW, 7).await?;
                tx.push_count_put(CALENDAR, Counted::Calendar, NOW, 8).await?;
                tx.push_count_put(CALENDAR, Counted::Event(other), NOW.plus_secs(1), 2).await?;
                assert_eq!(tx.push_count(CALENDAR, Counted::Calendar).await?, Some((NOW, 8)));
                assert_eq!(
                    tx.push_count(CALENDAR, Counted::Event(other)).await?,
                    Some((NOW.plus_secs(1), 2))
                );
                assert_eq!(tx.push_count(CALENDAR, Counted::Event(stopped)).await?, None);
                assert_eq!(tx.push_count(CALENDAR, Counted::Date(other, NOW)).await?, None);
                tx.push_stop(CALENDAR, LoopKind::SameEventAgain, stopped).await?;
                // Who was under way notices later.
                tx.push_stop(CALENDAR, LoopKind::TooManyCreates, other).await?;
                tx.outbox_park(stopped, 1, OutboxState::Blocked, Stuck::LoopStopped, "x").await
            })
        })
        .await
        .unwrap();
    let stop = company.push_stopped(CALENDAR).await.unwrap().unwrap();
    assert_eq!((stop.kind, stop.event, stop.at), (LoopKind::SameEventAgain, stopped, NOW));
    assert!(company.push_stopped("c_1@resource.calendar.google.com").await.unwrap().is_none());
    assert_eq!(fixture.ready(NOW).await, 0);
    let resumed = company.write(NOW, move |tx| {
        Box::pin(async move {
            let resumed = (tx.push_resume(CALENDAR).await?, tx.push_resume(CALENDAR).await?);
            Ok::<_, StoreError>((resumed, tx.push_count(CALENDAR, Counted::Event(other)).await?))
        })
    });
    assert_eq!(resumed.await.unwrap().value, ((true, false), None), "counted anew");
    assert_eq!(fixture.ready(NOW).await, 1);
    assert!(company.push_stops().await.unwrap().is_empty());
}

on_every_engine!(a_full_pass_that_was_asked_for_during_a_pull_is_made);

async fn a_full_pass_that_was_asked_for_during_a_pull_is_made(fixture: Fixture) {
    let (id, room) = (CalendarId::new(NOW, entropy()), fixture.rooms[0]);
    let company = &fixture.company;
    let pull = async |full: bool, forgotten: bool| {
        let claim = claim_until(NOW.plus_secs(120));
        let work = company.write(NOW, move |tx| {
            Box::pin(async move {
                assert!(tx.calendar_pull_begun(id, claim).await?);
                if forgotten {
                    tx.calendar_forget_token(id).await?;
                    tx.calendar_mark_dirty(id, NOW).await?;
                }
                tx.calendar_pull_done(id, "token", None, NOW.plus_secs(300), full).await?;
                tx.calendar_mark_dirty(id, NOW).await
            })
        });
        work.await.unwrap();
        company.calendar_get(id).await.unwrap().unwrap()
    };
    let begun = company.write(NOW, move |tx| {
        Box::pin(async move { tx.calendar_insert(id, room, "c_0@resource.calendar.google.com", NOW).await })
    });
    begun.await.unwrap();
    assert_eq!(pull(true, false).await.sync_token.as_deref(), Some("token"));
    assert_eq!(pull(false, false).await.sync_token.as_deref(), Some("token"));
    let asked = pull(false, true).await;
    assert_eq!((asked.sync_token, asked.last_notice_at), (None, None), "and nobody notified of it");
    assert_eq!(pull(true, false).await.sync_token.as_deref(), Some("token"));
}

on_every_engine!(when_google_was_heard_is_in_the_change_log);

async fn when_google_was_heard_is_in_the_change_log(fixture: Fixture) {
    let from = fixture.company.company().await.unwrap().seq;
    fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    let id = fixture.book(fixture.rooms[0], hour(1)).await.unwrap();
    let heard = NOW.plus_secs(-3);
    let changed = fixture.company.write(NOW, move |tx| {
        Box::pin(async move {
            let before = tx.blocks_of_event(id).await?;
            let mut event = tx.event_get(id).await?.ok_or(StoreError::NotFound)?;
            event.title = "거기서".into();
            tx.event_update(&event).await?;
            tx.changes_since(id, before).await?;
            assert_eq!(tx.told(), 1);
            tx.heard(heard);
            Ok::<_, StoreError>(())
        })
    });
    changed.await.unwrap();
    let log = fixture.company.changes_after(from).await.unwrap().unwrap();
    let told: Vec<_> = log.iter().map(|logged| logged.heard).collect();
    assert_eq!(told, [None, None, Some(heard)]);
}
