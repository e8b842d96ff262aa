//! A booking as a whole: the same, whether it is made by itself or with others at once.

use futures::future::join_all;
use model::{BookingState, Change, CredentialId, Instant, PersonNumber, RoomId, RoomNumber, Seq, TimeRange};
use store::{
    AnswerRow, Committed, CredentialRow, CredentialState, Made, MetPerson, MetRoom, NewBooking, OwnerKind,
    StoreError,
};

use crate::support::{Fixture, NOW, entropy, event, hour, occurrence, on_every_engine, wish};

impl Fixture {
    fn wish(&self, room: RoomId, range: TimeRange) -> NewBooking {
        self.wish_of(event(self.person, range), room)
    }

    async fn wished(&self, booking: NewBooking) -> Result<Committed<Made>, StoreError> {
        self.company.book(NOW, booking).await
    }
}

on_every_engine!(what_is_answered_is_what_is_stored);

async fn what_is_answered_is_what_is_stored(fixture: Fixture) {
    for (index, private) in [(0, false), (1, true)] {
        let mut wished = event(fixture.person, hour(index));
        wished.private = private;
        wished.tentative = private;
        wished.google_id = Some(format!("g{index}"));
        let committed = fixture.wished(fixture.wish_of(wished.clone(), fixture.rooms[0])).await.unwrap();
        let block = committed.value.block;
        assert_eq!(block.organizer, (!private).then_some(PersonNumber(1)));
        assert_eq!(fixture.company.blocks_of_event(wished.id).await.unwrap(), vec![block.clone()]);
        let stored = fixture.company.event_get(wished.id).await.unwrap().unwrap();
        assert_eq!(stored, store::EventRow { number: block.key.booking, ..wished.clone() });
        let held = fixture.company.occurrences_of_event(wished.id).await.unwrap();
        assert_eq!(held, vec![occurrence(wished.id, fixture.rooms[0], hour(index), BookingState::Pending)]);
        let push = fixture.company.outbox_get(wished.id).await.unwrap().unwrap();
        assert_eq!((push.changed, push.version, push.attempts), (vec!["all".to_owned()], 1, 0));
        assert_eq!(fixture.ready(NOW).await, usize::from(private) + 1);
        let seq = committed.seq.unwrap();
        let logged = fixture.company.changes_after(Seq(seq.0 - 1)).await.unwrap().unwrap();
        assert_eq!(logged.len(), 1);
        assert_eq!(logged[0].changes, Some(vec![Change::Upsert { block, was: None }]));
    }
}

on_every_engine!(a_wish_is_told_what_it_meets);

async fn a_wish_is_told_what_it_meets(fixture: Fixture) {
    let mut wished = event(fixture.person, hour(0));
    wished.guests[0].email = "mina@hanbit.example".into();
    let met = fixture.wished(fixture.wish_of(wished, fixture.rooms[1])).await.unwrap().value.met;
    let room = MetRoom {
        id: fixture.rooms[1],
        number: RoomNumber(2),
        email: "c_1@resource.calendar.google.com".into(),
        name: "백록담".into(),
    };
    let person =
        MetPerson { number: PersonNumber(1), email: "mina@hanbit.example".into(), name: "김민아".into() };
    assert_eq!((met.room, met.person, met.grant), (room, person, None));
    assert_eq!(met.names.into_iter().collect::<Vec<_>>(), [("mina@hanbit.example".into(), "김민아".into())]);

    let grant = CredentialRow {
        id: CredentialId::new(NOW, entropy()),
        provider: "google".into(),
        owner_kind: OwnerKind::Person,
        owner_id: fixture.person.to_string(),
        state: CredentialState::Expiring,
        access: String::new(),
        refresh: None,
        expires_at: Instant::from_micros(0),
        scopes: vec![],
    };
    let given =
        fixture.company.write(NOW, move |tx| Box::pin(async move { tx.credential_put(&grant).await }));
    given.await.unwrap();
    let met = fixture.wished(fixture.wish(fixture.rooms[0], hour(1))).await.unwrap().value.met;
    assert_eq!(met.grant, Some(CredentialState::Expiring));
    assert!(met.names.is_empty(), "a stranger has no name here");
}

on_every_engine!(wishes_at_once_are_told_each_its_own_outcome);

/// Half of them by other statements: both kinds share batches, and neither slips past the other.
async fn wishes_at_once_are_told_each_its_own_outcome(fixture: Fixture) {
    let (mut won, mut seqs) = (0, vec![]);
    for round in 0..30 {
        let whole = (0..20).map(|_| fixture.wished(fixture.wish(fixture.rooms[0], hour(round))));
        let pieces = (0..20).map(|_| fixture.book(fixture.rooms[0], hour(round)));
        let (whole, pieces) = futures::join!(join_all(whole), join_all(pieces));
        for result in &whole {
            match result {
                Ok(committed) => seqs.push(committed.seq.unwrap()),
                Err(error) => assert!(matches!(error, StoreError::RoomTaken), "{error}"),
            }
        }
        let by_pieces = pieces.iter().filter(|result| result.is_ok()).count();
        assert_eq!(whole.iter().filter(|result| result.is_ok()).count() + by_pieces, 1, "round {round}");
        won += 1;
    }
    let logged = fixture.company.changes_after(Seq(0)).await.unwrap().unwrap();
    let told: Vec<Seq> = logged.iter().map(|change| change.seq).collect();
    assert_eq!(told.len(), won);
    assert!(told.is_sorted_by(|one, next| one.0 + 1 == next.0), "{told:?}");
    assert!(seqs.iter().all(|seq| told.contains(seq)), "{seqs:?} of {told:?}");
}

on_every_engine!(a_room_that_nobody_uses_is_not_booked);

async fn a_room_that_nobody_uses_is_not_booked(fixture: Fixture) {
    let mut retired = fixture
        .company
        .room_list()
        .await
        .unwrap()
        .into_iter()
        .find(|room| room.id == fixture.rooms[1])
        .unwrap();
    retired.retired_at = Some(NOW);
    let retire =
        fixture.company.write(NOW, move |tx| Box::pin(async move { tx.room_update(&retired).await }));
    retire.await.unwrap();
    let (good, refused) = futures::join!(
        fixture.wished(fixture.wish(fixture.rooms[0], hour(0))),
        fixture.wished(fixture.wish(fixture.rooms[1], hour(0))),
    );
    assert!(matches!(refused, Err(StoreError::NotFound)));
    let number = good.unwrap().value.block.key.booking.0;
    let next = fixture.wished(fixture.wish(fixture.rooms[0], hour(1))).await.unwrap();
    assert_eq!(next.value.block.key.booking.0, number + 1, "a refused booking takes no number");
}

on_every_engine!(conflicted_time_is_taken_and_an_intent_is_done_once);

async fn conflicted_time_is_taken_and_an_intent_is_done_once(fixture: Fixture) {
    let (outside, room) = (event(fixture.person, hour(0)), fixture.rooms[0]);
    let conflicted = fixture.company.write(NOW, move |tx| {
        Box::pin(async move {
            tx.event_insert(&outside).await?;
            tx.occurrence_put(&occurrence(outside.id, room, hour(0), BookingState::Conflicted)).await
        })
    });
    conflicted.await.unwrap();
    let over = fixture.wished(fixture.wish(room, hour(0))).await;
    assert!(matches!(over, Err(StoreError::RoomTaken)));

    let wish = fixture.wish(room, hour(1));
    let twice = join_all([fixture.wished(wish.clone()), fixture.wished(wish.clone())]).await;
    assert_eq!(twice.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(twice.iter().filter(|result| matches!(result, Err(StoreError::Duplicate))).count(), 1);
    assert!(matches!(fixture.wished(wish).await, Err(StoreError::Duplicate)));
    let nobodys = fixture.store.company(model::CompanyId::new(NOW, entropy()));
    let nowhere = nobodys.book(NOW, fixture.wish(room, hour(5))).await;
    assert!(matches!(nowhere, Err(StoreError::NotFound)));
}

on_every_engine!(an_answer_is_kept_and_a_panic_in_it_is_its_own);

async fn an_answer_is_kept_and_a_panic_in_it_is_its_own(fixture: Fixture) {
    let (first, second) = (event(fixture.person, hour(0)), event(fixture.person, hour(1)));
    let (id, never) = (first.id, second.id);
    let answered = wish(first, RoomNumber(1), |made: &Made| {
        Ok(Some(AnswerRow { asked: "a".into(), answer: made.block.key.booking.0.to_string() }))
    });
    let panicking = wish(second, RoomNumber(1), |_: &Made| panic!("on purpose"));
    let (good, bad) = futures::join!(fixture.wished(answered), fixture.wished(panicking));
    assert!(matches!(bad, Err(StoreError::Panicked)));
    assert!(fixture.company.event_get(never).await.unwrap().is_none());
    let kept = fixture.company.answer_get(id).await.unwrap().unwrap();
    assert_eq!(kept.answer, good.unwrap().value.block.key.booking.0.to_string());
}

/// PostgreSQL's text has no NUL: the message that carries everybody's bookings is refused, and each is tried alone.
#[tokio::test]
async fn a_value_that_the_database_refuses_is_refused_alone() {
    let Some(database) = crate::database::Database::postgres().await else { return };
    let fixture = Fixture::on(database).await;
    let mut odd = event(fixture.person, hour(9));
    odd.title = "nul\0".into();
    let odd = fixture.wish_of(odd, fixture.rooms[0]);
    let good = join_all((0..5).map(|index| fixture.wished(fixture.wish(fixture.rooms[0], hour(index)))));
    let (odd, good) = futures::join!(fixture.wished(odd), good);
    assert!(matches!(odd, Err(StoreError::Sql(_))));
    for result in good {
        result.unwrap();
    }
}
