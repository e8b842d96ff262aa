//! Who was told what: once, for themselves, and only if it is a fact.

use model::notice::NoticeReason;
use model::{BookingId, BookingState, CompanyId, Instant, PersonId, PersonNumber, RoomId};
use store::{CompanyStore, NO_SLOT, NoticeRow, PersonStored, StoreError};

use crate::support::{Fixture, NOW, entropy, event, furnish, hour, occurrence, on_every_engine};

/// An event of the fixture's person that does not hold the room at this hour, and one that does.
async fn met(fixture: &Fixture, index: i64) -> (BookingId, BookingId) {
    let room = fixture.rooms[0];
    let holder = fixture.book(room, hour(index)).await.unwrap();
    let met = event(fixture.person, hour(index));
    let id = met.id;
    let work = fixture.company.write(NOW, move |tx| {
        Box::pin(async move {
            tx.event_insert(&met).await?;
            tx.occurrence_put(&occurrence(id, room, hour(index), BookingState::Conflicted)).await
        })
    });
    work.await.map_err(|error: StoreError| error).unwrap();
    (id, holder)
}

pub(crate) fn notice(person: PersonId, event: BookingId, room: RoomId, index: i64) -> NoticeRow {
    NoticeRow {
        person,
        reason: NoticeReason::Overlaps,
        event,
        room,
        slot: NO_SLOT,
        range: hour(index),
        holder: None,
        wished_at: NOW,
    }
}

/// Tells at `now`.
async fn tell_at(company: &CompanyStore, now: Instant, notices: &[NoticeRow]) {
    let notices = notices.to_vec();
    let work = company.write(now, move |tx| Box::pin(async move { tx.notice_tell(&notices).await }));
    work.await.map_err(|error: StoreError| error).unwrap();
}

async fn unseen(fixture: &Fixture, person: PersonId) -> i64 {
    fixture.company.person_look(person).await.unwrap().unwrap().1
}

/// Somebody else of the same company.
async fn another(company: &CompanyStore) -> PersonId {
    let id = PersonId::new(NOW, entropy());
    let stored = PersonStored {
        id,
        number: PersonNumber(0),
        google_sub: None,
        email: "joon@hanbit.example".into(),
        name: "이준".into(),
        department: String::new(),
        admin: false,
        active: true,
    };
    let work = company.write(NOW, move |tx| Box::pin(async move { tx.person_insert(&stored, NOW).await }));
    work.await.map_err(|error: StoreError| error).unwrap();
    id
}

async fn a_fact_is_told_once_and_seen_once(fixture: Fixture) {
    let ((event, holder), person) = (met(&fixture, 0).await, fixture.person);
    let told = NoticeRow { holder: Some(holder), ..notice(person, event, fixture.rooms[0], 0) };
    tell_at(&fixture.company, NOW, &[told.clone(), told.clone()]).await;
    let list = fixture.company.notice_list(person, 9).await.unwrap();
    assert_eq!(list.len(), 1);
    let first = &list[0];
    assert_eq!((first.reason, first.event, first.range), (NoticeReason::Overlaps, event, hour(0)));
    assert_eq!((first.title.as_str(), first.room_name.as_str()), ("주간 회의", "한라"));
    assert_eq!(first.occurrence, Some((BookingState::Conflicted, hour(0))));
    assert_eq!(first.holder.as_ref().map(|one| one.event), Some(holder));
    assert_eq!((first.created_at, first.seen_at), (NOW, None));
    assert_eq!(unseen(&fixture, person).await, 1);

    let later = NOW.plus_minutes(5);
    let see = |until: Instant, at: Instant| {
        fixture.company.write(at, move |tx| Box::pin(async move { tx.notice_see(person, until).await }))
    };
    see(NOW, later).await.map_err(|error: StoreError| error).unwrap();
    // A pass that repeats itself, and another look at what was seen.
    tell_at(&fixture.company, later, std::slice::from_ref(&told)).await;
    see(later, later.plus_minutes(1)).await.map_err(|error: StoreError| error).unwrap();
    let list = fixture.company.notice_list(person, 9).await.unwrap();
    assert_eq!(
        list.iter().map(|one| (one.created_at, one.seen_at)).collect::<Vec<_>>(),
        [(NOW, Some(later))]
    );
    assert_eq!(unseen(&fixture, person).await, 0);

    // Somebody else is in the way, and the same answer to a newer wish: other facts.
    let others = [
        NoticeRow { holder: None, ..told.clone() },
        NoticeRow { wished_at: later, ..told.clone() },
        NoticeRow { reason: NoticeReason::RoomDeclined, ..told },
    ];
    for (index, other) in others.iter().enumerate() {
        let at = later.plus_minutes(i64::try_from(index).unwrap());
        tell_at(&fixture.company, at, std::slice::from_ref(other)).await;
    }
    assert_eq!(fixture.company.notice_list(person, 9).await.unwrap().len(), 4);
    assert_eq!(unseen(&fixture, person).await, 3);
    see(later, later).await.map_err(|error: StoreError| error).unwrap();
    assert_eq!(unseen(&fixture, person).await, 2, "what was told after the page was read stays new");
}
on_every_engine!(a_fact_is_told_once_and_seen_once);

async fn what_is_told_at_once_counts_once(fixture: Fixture) {
    let ((event, _), person) = (met(&fixture, 0).await, fixture.person);
    let dates: Vec<_> = (0..30).map(|index| notice(person, event, fixture.rooms[0], index)).collect();
    tell_at(&fixture.company, NOW, &dates).await;
    assert_eq!(unseen(&fixture, person).await, 1);
    tell_at(&fixture.company, NOW.plus_secs(1), &[notice(person, event, fixture.rooms[0], 30)]).await;
    assert_eq!(unseen(&fixture, person).await, 2);
    let list = fixture.company.notice_list(person, 99).await.unwrap();
    let starts: Vec<_> = list.iter().map(|one| one.range).collect();
    let newest_first = [30].into_iter().chain(0..30).map(hour).collect::<Vec<_>>();
    assert_eq!(starts, newest_first);
    assert_eq!(fixture.company.notice_list(person, 3).await.unwrap().len(), 3);
    // More than anybody counts.
    let many: Vec<_> = (0..130).map(|index| notice(person, event, fixture.rooms[1], index)).collect();
    for (index, one) in many.into_iter().enumerate() {
        tell_at(&fixture.company, NOW.plus_secs(i64::try_from(index).unwrap() + 2), &[one]).await;
    }
    assert_eq!(unseen(&fixture, person).await, model::person::UNSEEN_MOST);
}
on_every_engine!(what_is_told_at_once_counts_once);

async fn nobody_is_told_what_did_not_happen(fixture: Fixture) {
    let ((event, _), person) = (met(&fixture, 0).await, fixture.person);
    let told = notice(person, event, fixture.rooms[0], 0);
    let undone = fixture.company.write(NOW, move |tx| {
        Box::pin(async move {
            tx.notice_tell(&[told]).await?;
            Err::<(), _>(StoreError::NotFound)
        })
    });
    assert!(undone.await.is_err());
    assert_eq!(fixture.company.notice_list(person, 9).await.unwrap(), []);
    assert_eq!(unseen(&fixture, person).await, 0);
}
on_every_engine!(nobody_is_told_what_did_not_happen);

async fn notices_are_for_one_person_of_one_company(fixture: Fixture) {
    let ((event, _), person) = (met(&fixture, 0).await, fixture.person);
    let other = another(&fixture.company).await;
    tell_at(&fixture.company, NOW, &[notice(person, event, fixture.rooms[0], 0)]).await;
    assert_eq!(fixture.company.notice_list(other, 9).await.unwrap(), []);
    assert_eq!(unseen(&fixture, other).await, 0);

    let stranger = CompanyId::new(NOW, entropy());
    let founded =
        fixture.store.company_insert(NOW, stranger, "Acme".into(), "UTC".into(), "acme.example".into());
    founded.await.unwrap();
    let acme = fixture.store.company(stranger);
    furnish(&acme).await;
    assert_eq!(acme.notice_list(person, 9).await.unwrap(), []);
    assert_eq!(acme.person_look(person).await.unwrap(), None);
    // Neither marks what is not theirs.
    for (company, who) in [(&acme, person), (&fixture.company, other)] {
        let seen = company.write(NOW, move |tx| {
            Box::pin(async move {
                tx.notice_forget(who, NOW.plus_minutes(9_000)).await?;
                tx.notice_see(who, NOW).await
            })
        });
        seen.await.map_err(|error: StoreError| error).unwrap();
    }
    assert_eq!(unseen(&fixture, person).await, 1);
}
on_every_engine!(notices_are_for_one_person_of_one_company);

async fn what_is_long_over_is_forgotten(fixture: Fixture) {
    let ((event, _), person) = (met(&fixture, 0).await, fixture.person);
    let dates = [0, 5].map(|index| notice(person, event, fixture.rooms[0], index));
    tell_at(&fixture.company, NOW, &dates).await;
    let forget = fixture
        .company
        .write(NOW, move |tx| Box::pin(async move { tx.notice_forget(person, hour(5).end()).await }));
    forget.await.map_err(|error: StoreError| error).unwrap();
    let left = fixture.company.notice_list(person, 9).await.unwrap();
    assert_eq!(left.iter().map(|one| one.range).collect::<Vec<_>>(), [hour(5)]);
}
on_every_engine!(what_is_long_over_is_forgotten);
