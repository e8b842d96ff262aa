//! Series: all or nothing when they are made, nothing lost when their horizon moves.

use std::collections::BTreeSet;

use futures::future::join_all;
use model::{
    Block, BookingId, BookingNumber, BookingState, Delta, GridState, Instant, RoomId, Seq, TimeRange, ZoneDay,
};
use store::{
    CompanyStore, EventKind, Extended, Instance, OccurrenceRow, OverrideRow, SeriesRow, SeriesWrite, Store,
    StoreError, Unsaved,
};

use crate::support::{Fixture, NOW, event, hour, occurrence, on_every_engine};

/// An hour a day, `days` times, beginning `first` hours from now.
pub(crate) fn daily(fixture: &Fixture, rooms: &[RoomId], first: i64, days: i64) -> SeriesWrite {
    every(fixture, rooms, first, 24, days)
}

/// An hour each, `step` hours apart.
fn every(fixture: &Fixture, rooms: &[RoomId], first: i64, step: i64, count: i64) -> SeriesWrite {
    let range = hour(first);
    let mut event = event(fixture.person, range);
    event.kind = EventKind::Series;
    event.recurrence = vec!["RRULE:FREQ=DAILY".into()];
    let wall = range.start().to_chrono().unwrap().naive_utc();
    let instances = rooms.iter().flat_map(|room| (0..count).map(|day| instance(*room, first + day * step)));
    SeriesWrite {
        series: SeriesRow {
            event: event.id,
            sequence: 0,
            dtstart: wall,
            duration: range.length_micros(),
            rooms: rooms.to_vec(),
            horizon: Some(hour(first + count * step).start()),
        },
        event,
        overrides: vec![],
        instances: instances.collect(),
    }
}

pub(crate) fn instance(room: RoomId, at: i64) -> Instance {
    let range = hour(at);
    let (slot, state) = (range.start(), BookingState::Pending);
    Instance { room, slot, range, state, title: None, exception: false }
}

pub(crate) async fn put(company: &CompanyStore, write: SeriesWrite) -> Result<BookingNumber, Unsaved> {
    let work = company.write(NOW, move |tx| Box::pin(async move { tx.series_put(&write).await }));
    work.await.map(|done| done.value)
}

async fn replace(
    company: &CompanyStore,
    now: Instant,
    writes: Vec<SeriesWrite>,
) -> Result<Vec<BookingNumber>, Unsaved> {
    let work = company.write(now, move |tx| Box::pin(async move { tx.series_replace(&writes).await }));
    work.await.map(|done| done.value)
}

async fn extend(
    company: &CompanyStore,
    event: BookingId,
    until: i64,
    instances: Vec<Instance>,
) -> Option<Extended> {
    let work = company.write(NOW, move |tx| {
        Box::pin(async move {
            let horizon = Some(hour(until).start());
            tx.series_extend(event, 0, horizon, &instances).await
        })
    });
    let done: Result<_, StoreError> = work.await;
    done.unwrap().value
}

/// As an edit reads a series: what is stored, its occurrences as they are wanted.
async fn as_write(company: &CompanyStore, event: BookingId) -> SeriesWrite {
    let stored = company.series_get(event).await.unwrap().unwrap();
    let wanted = |row: OccurrenceRow| Instance {
        room: row.room,
        slot: row.slot,
        range: row.range,
        state: BookingState::Pending,
        title: row.title,
        exception: row.exception,
    };
    let rows = company.occurrences_of_event(event).await.unwrap();
    SeriesWrite {
        event: stored.event,
        series: stored.series,
        overrides: stored.overrides,
        instances: rows.into_iter().map(wanted).collect(),
    }
}

fn everything() -> TimeRange {
    TimeRange::new(NOW.plus_minutes(-60 * 24 * 400), NOW.plus_minutes(60 * 24 * 4_000)).unwrap()
}

async fn blocks(company: &CompanyStore) -> Vec<Block> {
    company.blocks_in(everything()).await.unwrap()
}

/// What holds a room never overlaps, whoever wrote it.
fn assert_one_booking(blocks: &[Block]) {
    let mut holding: Vec<_> = blocks.iter().filter(|block| block.state.holds_room()).collect();
    holding.sort_by_key(|block| (block.key.room, block.range.start()));
    for pair in holding.windows(2) {
        let apart = pair[0].key.room != pair[1].key.room || !pair[0].range.overlaps(pair[1].range);
        assert!(apart, "{:?} meets {:?}", pair[0], pair[1]);
    }
}

/// A month in both rooms' second year, with one instance changed in all that can be, and one cancelled.
pub(crate) fn with_override(fixture: &Fixture) -> SeriesWrite {
    let mut write = daily(fixture, &fixture.rooms, 24 * 365 + 1, 30);
    write.series.rooms.sort();
    write.overrides = vec![
        OverrideRow {
            recurrence_id: hour(25).start(),
            sequence: 0,
            cancelled: false,
            range: Some(TimeRange::new(hour(30).start(), hour(32).end()).unwrap()),
            all_day: Some(true),
            title: Some("옮긴 회의".into()),
            private: Some(true),
            rooms: Some(vec![fixture.rooms[1]]),
            guests: Some(write.event.guests.clone()),
        },
        OverrideRow {
            recurrence_id: hour(49).start(),
            sequence: 0,
            cancelled: true,
            range: None,
            all_day: None,
            title: None,
            private: None,
            rooms: None,
            guests: None,
        },
    ];
    write
}

on_every_engine!(a_series_is_read_back_as_it_was_written);

async fn a_series_is_read_back_as_it_was_written(fixture: Fixture) {
    let mut write = with_override(&fixture);
    let number = put(&fixture.company, write.clone()).await.unwrap();
    let stored = fixture.company.series_get(write.event.id).await.unwrap().unwrap();
    write.event.number = number;
    assert_eq!(stored.event, write.event);
    assert_eq!(stored.series, write.series);
    assert_eq!(stored.overrides, write.overrides);
    assert_eq!(fixture.company.occurrences_of_event(write.event.id).await.unwrap().len(), 60);
    // A single event is no series, and a repeat of the intent is told so.
    let single = fixture.book(fixture.rooms[0], hour(3)).await.unwrap();
    assert_eq!(fixture.company.series_get(single).await.unwrap(), None);
    let again = put(&fixture.company, SeriesWrite { event: event_without_number(&write), ..write }).await;
    assert!(matches!(again, Err(Unsaved::Store(StoreError::Duplicate))), "{again:?}");
}

fn event_without_number(write: &SeriesWrite) -> store::EventRow {
    store::EventRow { number: BookingNumber(0), ..write.event.clone() }
}

on_every_engine!(a_refused_series_names_every_date_and_writes_nothing);

async fn a_refused_series_names_every_date_and_writes_nothing(fixture: Fixture) {
    let [room, other] = fixture.rooms;
    // Within, around, across an end, touching on both sides, in another room, private, and conflicted.
    let minutes = |from: i64, to: i64| TimeRange::new(NOW.plus_minutes(from), NOW.plus_minutes(to)).unwrap();
    let day = 24 * 60;
    fixture.book(room, minutes(day + 70, day + 80)).await.unwrap();
    fixture.book(room, minutes(day + 90, day + 100)).await.unwrap();
    fixture.book(room, minutes(3 * day, 3 * day + 600)).await.unwrap();
    fixture.book(room, minutes(5 * day + 30, 5 * day + 61)).await.unwrap();
    fixture.book(room, minutes(6 * day + 119, 6 * day + 180)).await.unwrap();
    fixture.book(room, minutes(7 * day, 7 * day + 60)).await.unwrap();
    fixture.book(room, minutes(7 * day + 120, 7 * day + 180)).await.unwrap();
    fixture.book(other, minutes(8 * day + 60, 8 * day + 120)).await.unwrap();
    let mut hidden = event(fixture.person, minutes(9 * day + 60, 9 * day + 120));
    hidden.private = true;
    put_single(&fixture, hidden, room, BookingState::Confirmed).await;
    let conflicted = event(fixture.person, minutes(10 * day, 10 * day + 300));
    put_single(&fixture, conflicted, room, BookingState::Conflicted).await;
    for state in [BookingState::Declined, BookingState::Cancelled, BookingState::Released] {
        put_single(&fixture, event(fixture.person, hour(11 * 24 + 1)), room, state).await;
    }
    let before = (fixture.company.company().await.unwrap().seq, blocks(&fixture.company).await);

    let write = daily(&fixture, &[room], 1, 20);
    let refused = put(&fixture.company, write.clone()).await;
    let Err(Unsaved::Taken(clashes)) = refused else { panic!("{refused:?}") };
    let met: Vec<_> =
        clashes.iter().map(|clash| clash.slot.since(hour(1).start()) / 86_400_000_000).collect();
    assert_eq!(met, [1, 3, 5, 6, 9, 10]);
    assert_eq!(clashes[0].holder.range, minutes(day + 70, day + 80), "the first of the two");
    assert_eq!(clashes[0].holder.by.as_deref(), Some("김민아"));
    assert_eq!(clashes[4].holder.by, None, "a private event says nothing of its organiser");
    assert!(clashes.iter().all(|clash| clash.room == room && clash.wanted.overlaps(clash.holder.range)));
    let after = (fixture.company.company().await.unwrap().seq, blocks(&fixture.company).await);
    assert_eq!(after, before);
    assert_eq!(fixture.company.series_get(write.event.id).await.unwrap(), None);
    assert_eq!(fixture.company.event_get(write.event.id).await.unwrap(), None);

    // Without those dates it is taken, and then it is what others meet.
    let mut write = write;
    let taken: BTreeSet<_> = clashes.iter().map(|clash| clash.slot).collect();
    write.instances.retain(|one| !taken.contains(&one.slot));
    put(&fixture.company, write).await.unwrap();
    assert!(matches!(fixture.book(room, hour(49)).await, Err(StoreError::RoomTaken)));
}

async fn put_single(
    fixture: &Fixture,
    event: store::EventRow,
    room: RoomId,
    state: BookingState,
) -> BookingId {
    let (id, range) = (event.id, event.range);
    let work = fixture.company.write(NOW, move |tx| {
        Box::pin(async move {
            tx.event_insert(&event).await?;
            tx.occurrence_put(&occurrence(id, room, range, state)).await
        })
    });
    let done: Result<_, StoreError> = work.await;
    done.unwrap();
    id
}

on_every_engine!(dates_of_a_series_that_meet_each_other_are_refused);

async fn dates_of_a_series_that_meet_each_other_are_refused(fixture: Fixture) {
    let mut write = daily(&fixture, &[fixture.rooms[0]], 1, 5);
    write.instances[2].range = write.instances[1].range;
    let Err(Unsaved::Taken(clashes)) = put(&fixture.company, write.clone()).await else {
        panic!("it was saved")
    };
    assert_eq!(clashes.len(), 1);
    assert_eq!((clashes[0].slot, clashes[0].holder.slot), (write.instances[2].slot, write.instances[1].slot));
    assert_eq!(clashes[0].holder.event, write.event.id);
}

on_every_engine!(a_series_is_one_change_and_replays);

/// LIVE-GAPLESS: the log's entries of a series bring a screen to what the database draws, and each edit is one entry.
async fn a_series_is_one_change_and_replays(fixture: Fixture) {
    let mut state = GridState {
        seq: Seq(0),
        day: ZoneDay {
            date: chrono::NaiveDate::from_ymd_opt(2026, 11, 18).unwrap(),
            zone: "UTC".into(),
            range: everything(),
            offset: 0,
            transitions: vec![],
        },
        rooms: vec![],
        blocks: model::grid::Blocks::default(),
    };
    let write = daily(&fixture, &fixture.rooms, 1, 100);
    let id = write.event.id;
    put(&fixture.company, write).await.unwrap();
    follow(&fixture.company, &mut state, 1).await;
    assert_eq!(state.blocks.len(), 200);

    let mut write = as_write(&fixture.company, id).await;
    write.event.title = "새 이름".into();
    write.instances.retain(|one| one.slot != hour(49).start());
    write.instances[7].range = hour(7 * 24 + 5);
    write.instances[8].title = Some("다른 회의".into());
    write.instances[8].exception = true;
    replace(&fixture.company, hour(30).start(), vec![write]).await.unwrap();
    follow(&fixture.company, &mut state, 1).await;
    assert_eq!(state.blocks.len(), 198);

    let work = fixture.company.write(NOW, move |tx| {
        Box::pin(async move {
            let room = tx.series_get(id).await?.unwrap().series.rooms[0];
            tx.series_extend(id, 1, None, &[instance(room, 24 * 150)]).await
        })
    });
    let done: Result<_, StoreError> = work.await;
    assert_eq!(done.unwrap().value.unwrap().added, 1);
    follow(&fixture.company, &mut state, 1).await;

    let mut write = as_write(&fixture.company, id).await;
    write.event.cancelled = true;
    write.instances.clear();
    replace(&fixture.company, hour(24 * 10).start(), vec![write]).await.unwrap();
    follow(&fixture.company, &mut state, 1).await;
    assert!(!state.blocks.is_empty(), "what began stays");
}

/// Applies what was logged since, which is `entries`, and compares with what is drawn.
async fn follow(company: &CompanyStore, state: &mut GridState, entries: usize) {
    let logged = company.changes_after(state.seq).await.unwrap().unwrap();
    assert_eq!(logged.len(), entries);
    for logged in logged {
        let delta = Delta { seq: logged.seq, prev: state.seq, changes: logged.changes.unwrap() };
        assert!(matches!(state.apply(&delta), model::ApplyOutcome::Applied { .. }));
    }
    let drawn = blocks(company).await.into_iter().collect();
    assert_eq!(state.blocks, drawn);
}

on_every_engine!(this_and_following_replaces_the_rest_in_one_go);

/// The old part ends and the new one begins an hour earlier, over the place of the old: no clash with itself. What began
/// stays to the letter, and what keeps its place keeps its state.
async fn this_and_following_replaces_the_rest_in_one_go(fixture: Fixture) {
    let room = fixture.rooms[0];
    let write = daily(&fixture, &[room], 2, 20);
    let id = write.event.id;
    put(&fixture.company, write.clone()).await.unwrap();
    confirm(&fixture, id).await;
    let before = fixture.company.occurrences_of_event(id).await.unwrap();

    let split = 10 * 24;
    let now = hour(5 * 24).start();
    let mut old = as_write(&fixture.company, id).await;
    old.series.horizon = None;
    old.instances.retain(|one| one.slot < hour(split).start());
    let mut new = every(&fixture, &[room], split + 1, 24, 10);
    for one in &mut new.instances {
        one.range =
            TimeRange::new(one.range.start().plus_minutes(30), one.range.end().plus_minutes(30)).unwrap();
    }
    let new_id = new.event.id;
    // First with somebody in the way of one new date: nothing happens.
    let guest = fixture.book(room, hour(split + 5 * 24 + 1)).await.unwrap();
    let refused = replace(&fixture.company, now, vec![old.clone(), new.clone()]).await;
    let Err(Unsaved::Taken(clashes)) = refused else { panic!("{refused:?}") };
    assert_eq!(clashes.iter().map(|clash| clash.holder.event).collect::<Vec<_>>(), [guest]);
    assert_eq!(fixture.company.occurrences_of_event(id).await.unwrap(), before);
    assert_eq!(fixture.company.series_get(id).await.unwrap().unwrap().series.sequence, 0);

    new.instances.retain(|one| !clashes.iter().any(|clash| clash.slot == one.slot));
    let numbers = replace(&fixture.company, now, vec![old.clone(), new.clone()]).await.unwrap();
    assert_eq!(numbers[0], old.event.number);
    let left = fixture.company.occurrences_of_event(id).await.unwrap();
    assert_eq!(left, before[..10], "confirmed as they were");
    assert_eq!(fixture.company.occurrences_of_event(new_id).await.unwrap().len(), 9);
    assert_one_booking(&blocks(&fixture.company).await);
    // Who read it before that is told.
    assert!(matches!(replace(&fixture.company, now, vec![old]).await, Err(Unsaved::Stale)));
}

async fn confirm(fixture: &Fixture, id: BookingId) {
    let work = fixture.company.write(NOW, move |tx| {
        Box::pin(async move {
            for mut row in tx.occurrences_of_event(id).await? {
                row.state = BookingState::Confirmed;
                tx.occurrence_put(&row).await?;
            }
            Ok::<_, StoreError>(())
        })
    });
    work.await.unwrap();
}

on_every_engine!(a_series_moves_over_its_own_places);

/// Every date goes to the place of the next one: the constraint must never see the two together.
async fn a_series_moves_over_its_own_places(fixture: Fixture) {
    let room = fixture.rooms[0];
    let write = every(&fixture, &[room], 1, 1, 30);
    let id = write.event.id;
    put(&fixture.company, write).await.unwrap();
    let mut write = as_write(&fixture.company, id).await;
    for one in &mut write.instances {
        one.range = one.range.moved_to(one.range.end());
    }
    let wanted: Vec<_> = write.instances.iter().map(|one| (one.slot, one.range)).collect();
    replace(&fixture.company, NOW, vec![write]).await.unwrap();
    let rows = fixture.company.occurrences_of_event(id).await.unwrap();
    assert_eq!(rows.into_iter().map(|row| (row.slot, row.range)).collect::<Vec<_>>(), wanted);
}

on_every_engine!(a_horizon_moves_and_keeps_what_meets_somebody);

async fn a_horizon_moves_and_keeps_what_meets_somebody(fixture: Fixture) {
    let room = fixture.rooms[0];
    let write = daily(&fixture, &[room], 1, 5);
    let id = write.event.id;
    put(&fixture.company, write).await.unwrap();
    let holder = fixture.book(room, hour(24 * 7 + 1)).await.unwrap();
    let due = |until: i64| {
        let (system, until) = (fixture.store.system(), hour(until).start());
        async move {
            let due = system.series_horizon_due(until, None).await.unwrap();
            for one in &due {
                assert_eq!(system.series_horizon_due(until, Some(*one)).await.unwrap(), []);
            }
            due.into_iter().map(|one| (one.company, one.event)).collect::<Vec<_>>()
        }
    };
    assert_eq!(due(24 * 5 + 1).await, []);
    assert_eq!(due(24 * 5 + 2).await, [(fixture.company.id(), id)]);

    // The last one is there already, and two of the new ones meet each other.
    let mut instances: Vec<_> = (4..10).map(|day| instance(room, 24 * day + 1)).collect();
    instances[5].range = hour(24 * 8 + 1);
    let moved = extend(&fixture.company, id, 24 * 10, instances.clone()).await.unwrap();
    assert_eq!(moved.added, 5);
    let told: Vec<_> = moved.conflicted.iter().map(|clash| (clash.slot, clash.holder.event)).collect();
    assert_eq!(told, [(hour(24 * 7 + 1).start(), holder), (hour(24 * 9 + 1).start(), id)]);
    let rows = fixture.company.occurrences_of_event(id).await.unwrap();
    assert_eq!(rows.len(), 10);
    let conflicted = rows.iter().filter(|row| row.state == BookingState::Conflicted);
    assert_eq!(conflicted.map(|row| row.slot).collect::<Vec<_>>(), [told[0].0, told[1].0]);
    assert_eq!(due(24 * 10).await, []);
    assert_one_booking(&blocks(&fixture.company).await);
    // The organiser's date is not free for anybody else.
    let wish = event(fixture.person, hour(24 * 7 + 1));
    let taken = fixture.company.book(NOW, fixture.wish_of(wish, room)).await;
    assert!(matches!(taken, Err(StoreError::RoomTaken)));

    // The same again, as after a crash whose answer was lost: the same.
    let seq = fixture.company.company().await.unwrap().seq;
    let again = extend(&fixture.company, id, 24 * 10, instances).await.unwrap();
    assert_eq!(again, Extended { added: 0, conflicted: vec![] });
    assert_eq!(fixture.company.occurrences_of_event(id).await.unwrap(), rows);
    assert_eq!(fixture.company.company().await.unwrap().seq, seq);

    // A series that was changed or cancelled since it was read is left alone.
    let mut write = as_write(&fixture.company, id).await;
    write.event.cancelled = true;
    write.instances.clear();
    replace(&fixture.company, NOW, vec![write]).await.unwrap();
    assert_eq!(extend(&fixture.company, id, 24 * 20, vec![]).await, None);
    assert_eq!(due(24 * 20).await, []);
}

on_every_engine!(what_is_beyond_the_horizon_is_found_by_room);

async fn what_is_beyond_the_horizon_is_found_by_room(fixture: Fixture) {
    let [room, other] = fixture.rooms;
    let near = daily(&fixture, &[room], 1, 5);
    let mut whole = daily(&fixture, &[room], 3, 5);
    whole.series.horizon = None;
    let elsewhere = daily(&fixture, &[other], 1, 5);
    let id = near.event.id;
    for write in [near, whole, elsewhere] {
        put(&fixture.company, write).await.unwrap();
    }
    let beyond = |until: i64| {
        fixture.company.write(NOW, move |tx| {
            Box::pin(async move {
                let found = tx.series_beyond(room, hour(until).start()).await?;
                Ok::<_, StoreError>(found.into_iter().map(|one| one.event.id).collect::<Vec<_>>())
            })
        })
    };
    assert_eq!(beyond(24 * 5 + 1).await.unwrap().value, []);
    assert_eq!(beyond(24 * 5 + 2).await.unwrap().value, [id]);
}

on_every_engine!(of_overlapping_series_at_once_one_wins_whole);

/// 64 at once, on PostgreSQL by two servers: each is there whole or not at all, and whoever is not was told by whom.
async fn of_overlapping_series_at_once_one_wins_whole(fixture: Fixture) {
    let second = if fixture.database.is_postgres() {
        Store::open(&fixture.database.url).await.unwrap()
    } else {
        fixture.store.clone()
    };
    let mut wishes = Vec::new();
    for contender in 0..64_i64 {
        let store = if contender % 2 == 0 { &fixture.store } else { &second };
        // Rooms in either order, beginning within the same three hours, daily or every other day.
        let mut rooms = fixture.rooms.to_vec();
        if contender % 3 == 0 {
            rooms.reverse();
        }
        let write = every(&fixture, &rooms, 1 + contender % 3, 24 * (1 + contender % 2), 40);
        let (company, id) = (store.company(fixture.company.id()), write.event.id);
        wishes.push(async move { (id, put(&company, write).await) });
    }
    let mut won = BTreeSet::new();
    for (id, result) in join_all(wishes).await {
        let rows = fixture.company.occurrences_of_event(id).await.unwrap();
        match result {
            Ok(_) => {
                assert_eq!(rows.len(), 80);
                won.insert(id);
            }
            Err(Unsaved::Taken(clashes)) => {
                assert!(!clashes.is_empty());
                assert_eq!(rows, []);
                assert_eq!(fixture.company.series_get(id).await.unwrap(), None);
            }
            Err(error) => panic!("neither saved nor refused: {error}"),
        }
    }
    assert_eq!(won.len(), 3, "one for each hour");
    assert_one_booking(&blocks(&fixture.company).await);
}

on_every_engine!(whatever_is_written_at_once_one_booking_holds);

/// Series and single bookings of every shape, at once, round by round; horizons move in between.
async fn whatever_is_written_at_once_one_booking_holds(fixture: Fixture) {
    let mut random = 0x9E37_79B9_u64;
    let mut next = |below: i64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(random >> 33).unwrap() % below
    };
    let mut series = Vec::new();
    for _ in 0..8 {
        let (mut puts, mut singles, mut moves) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..6 {
            let rooms = &fixture.rooms[usize::try_from(next(2)).unwrap()..];
            let (first, step, count) = (1 + next(60), 1 + next(30), 1 + next(30));
            let write = every(&fixture, rooms, first, step, count);
            series.push((write.event.id, write.series.rooms[0], first + step * count, step));
            puts.push(put(&fixture.company, write));
            singles.push(fixture.book(fixture.rooms[usize::try_from(next(2)).unwrap()], hour(next(800))));
        }
        for (id, room, from, step) in &mut series {
            let reached = *from;
            *from += *step * 5;
            let (company, id, room, step, until) = (&fixture.company, *id, *room, *step, *from);
            moves.push(async move {
                let instances = (0..5).map(|one| instance(room, reached + one * step)).collect();
                extend(company, id, until, instances).await
            });
        }
        let (puts, (singles, _)) =
            futures::future::join(join_all(puts), futures::future::join(join_all(singles), join_all(moves)))
                .await;
        assert!(puts.iter().all(|result| matches!(result, Ok(_) | Err(Unsaved::Taken(_)))), "{puts:?}");
        assert!(
            singles.iter().all(|result| matches!(result, Ok(_) | Err(StoreError::RoomTaken))),
            "{singles:?}"
        );
        assert_one_booking(&blocks(&fixture.company).await);
    }
    assert!(blocks(&fixture.company).await.iter().any(|block| block.state == BookingState::Conflicted));
}
