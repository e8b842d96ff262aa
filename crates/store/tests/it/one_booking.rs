//! ONE-BOOKING, and what an answer is worth.

use futures::future::join_all;
use model::{BookingState, GridState, Seq, ZoneDay};
use store::StoreError;

use crate::support::{Fixture, NOW, event, hour, occurrence, on_every_engine};

on_every_engine!(of_fifty_at_once_one_wins);

/// 50 at once on one slot, time and again: exactly one wins each time, the others are told so.
async fn of_fifty_at_once_one_wins(fixture: Fixture) {
    let rounds = if fixture.database.is_postgres() { 60 } else { 200 };
    for round in 0..rounds {
        let attempts = (0..50).map(|_| fixture.book(fixture.rooms[0], hour(round)));
        let results = join_all(attempts).await;
        let won = results.iter().filter(|result| result.is_ok()).count();
        let refused = results.iter().filter(|result| matches!(result, Err(StoreError::RoomTaken))).count();
        assert_eq!((won, refused), (1, 49), "round {round}");
    }
    let blocks =
        fixture.company.blocks_in(model::TimeRange::new(NOW, hour(rounds).end()).unwrap()).await.unwrap();
    assert_eq!(i64::try_from(blocks.len()), Ok(rounds));
}

on_every_engine!(callers_that_hang_up_lose_nobodys_booking);

/// A third of the callers vanish mid-request: what the others were promised is there, and nothing is left open.
/// F-076.
async fn callers_that_hang_up_lose_nobodys_booking(fixture: Fixture) {
    let fixture = std::sync::Arc::new(fixture);
    let mut acknowledged = vec![];
    for round in 0..60 {
        let mut tasks = tokio::task::JoinSet::new();
        let mut handles = vec![];
        for caller in 0..9_i64 {
            let fixture = std::sync::Arc::clone(&fixture);
            handles.push(
                tasks.spawn(async move { fixture.book(fixture.rooms[0], hour(round * 9 + caller)).await }),
            );
        }
        for (caller, handle) in handles.iter().enumerate() {
            if caller % 3 == 0 {
                tokio::task::yield_now().await;
                handle.abort();
            }
        }
        while let Some(result) = tasks.join_next().await {
            match result {
                Ok(Ok(id)) => acknowledged.push(id),
                Ok(Err(error)) => panic!("a free slot was refused: {error}"),
                Err(aborted) => assert!(aborted.is_cancelled()),
            }
        }
    }
    assert!(acknowledged.len() >= 360);
    for id in acknowledged {
        assert!(fixture.company.event_get(id).await.unwrap().is_some(), "an acknowledged booking is missing");
    }
}

on_every_engine!(touching_bookings_and_other_rooms_are_free);

/// F-070.
async fn touching_bookings_and_other_rooms_are_free(fixture: Fixture) {
    fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    fixture.book(fixture.rooms[0], hour(1)).await.unwrap();
    fixture.book(fixture.rooms[1], hour(0)).await.unwrap();
    assert!(matches!(fixture.book(fixture.rooms[0], hour(0)).await, Err(StoreError::RoomTaken)));
}

on_every_engine!(a_refused_move_changes_nothing);

/// A move onto another booking is refused by the database, and the refused transaction leaves nothing.
async fn a_refused_move_changes_nothing(fixture: Fixture) {
    fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    let moved = fixture.book(fixture.rooms[0], hour(2)).await.unwrap();
    let room = fixture.rooms[0];
    let before = fixture.company.company().await.unwrap().seq;
    let result = fixture
        .company
        .write(NOW, move |tx| {
            Box::pin(async move {
                let mut event = tx.event_get(moved).await?.ok_or(StoreError::NotFound)?;
                event.title = "옮김".into();
                tx.event_update(&event).await?;
                tx.occurrence_put(&occurrence(moved, room, hour(0), BookingState::Pending)).await
            })
        })
        .await;
    assert!(matches!(result, Err(StoreError::RoomTaken)));
    assert_eq!(fixture.company.event_get(moved).await.unwrap().unwrap().title, "주간 회의");
    assert_eq!(fixture.company.company().await.unwrap().seq, before);
}

on_every_engine!(states_that_do_not_hold_the_room_may_overlap);

async fn states_that_do_not_hold_the_room_may_overlap(fixture: Fixture) {
    fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    for state in [BookingState::Declined, BookingState::Conflicted, BookingState::Cancelled] {
        let event = event(fixture.person, hour(0));
        let (id, room) = (event.id, fixture.rooms[0]);
        fixture
            .company
            .write(NOW, move |tx| {
                Box::pin(async move {
                    tx.event_insert(&event).await?;
                    tx.occurrence_put(&occurrence(id, room, hour(0), state)).await
                })
            })
            .await
            .unwrap();
    }
}

on_every_engine!(a_new_booking_finds_conflicted_time_taken);

/// The constraint lets a booking pass under an event that lost its room; a person's wish must not.
async fn a_new_booking_finds_conflicted_time_taken(fixture: Fixture) {
    let room = fixture.rooms[0];
    let put = |state: BookingState, wish: bool| {
        let event = event(fixture.person, hour(0));
        fixture.company.write(NOW, move |tx| {
            Box::pin(async move {
                tx.event_insert(&event).await?;
                let occurrence = occurrence(event.id, room, hour(0), state);
                if wish {
                    tx.occurrence_book(&occurrence).await
                } else {
                    tx.occurrence_put(&occurrence).await
                }
            })
        })
    };
    put(BookingState::Declined, false).await.unwrap();
    put(BookingState::Conflicted, false).await.unwrap();
    assert!(matches!(put(BookingState::Pending, true).await, Err(StoreError::RoomTaken)));
    put(BookingState::Pending, false).await.unwrap();
    let logged = fixture.company.changes_after(Seq(0)).await.unwrap().unwrap();
    assert!(logged.is_empty());
}

on_every_engine!(an_intent_is_carried_out_once);

/// The same intent twice is one booking.
async fn an_intent_is_carried_out_once(fixture: Fixture) {
    let event = event(fixture.person, hour(0));
    let insert = || {
        let event = event.clone();
        fixture.company.write(NOW, move |tx| {
            Box::pin(async move { tx.event_insert(&event).await.map(|_: model::BookingNumber| ()) })
        })
    };
    insert().await.unwrap();
    assert!(matches!(insert().await, Err(StoreError::Duplicate)));
}

on_every_engine!(the_writer_survives_a_panic);

/// A panic in one unit of work is that unit's failure only.
async fn the_writer_survives_a_panic(fixture: Fixture) {
    let result: Result<_, StoreError> = fixture
        .company
        .write(NOW, |_| Box::pin(async { panic!("on purpose") as Result<(), StoreError> }))
        .await;
    assert!(matches!(result, Err(StoreError::Panicked)));
    fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
}

on_every_engine!(the_change_log_replays_to_the_present);

/// LIVE-GAPLESS at its source: a snapshot with the logged changes applied equals a later snapshot, and another
/// company sees none of it.
async fn the_change_log_replays_to_the_present(fixture: Fixture) {
    let window = model::TimeRange::new(NOW, NOW.plus_minutes(1_440)).unwrap();
    let day = ZoneDay {
        date: chrono::NaiveDate::from_ymd_opt(2026, 11, 18).unwrap(),
        zone: "UTC".into(),
        range: window,
        offset: 0,
        transitions: vec![],
    };
    let (company, _, blocks) = fixture.company.snapshot(window).await.unwrap();
    let mut state = GridState { seq: company.seq, day, rooms: vec![], blocks: blocks.into_iter().collect() };
    for index in 0..5 {
        fixture.book(fixture.rooms[0], hour(index)).await.unwrap();
    }
    let mut prev = Seq(0);
    for logged in fixture.company.changes_after(state.seq).await.unwrap().unwrap() {
        let delta = model::Delta { seq: logged.seq, prev, changes: logged.changes.unwrap() };
        prev = logged.seq;
        assert!(matches!(state.apply(&delta), model::ApplyOutcome::Applied { .. }));
    }
    let (company, _, blocks) = fixture.company.snapshot(window).await.unwrap();
    assert_eq!(state.seq, company.seq);
    assert_eq!(state.blocks, blocks.into_iter().collect());

    let other = fixture.store.company(model::CompanyId::new(NOW, crate::support::entropy()));
    assert!(other.blocks_in(window).await.unwrap().is_empty());
    assert!(other.changes_after(Seq(0)).await.unwrap().unwrap().is_empty());
}
