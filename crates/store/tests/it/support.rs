//! A fresh database with one company, two rooms and a person, on either engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use model::page::GuestAnswer;
use model::room::{RoomHealth, RoomRow};
use model::{
    BookingId, BookingNumber, BookingState, CompanyId, Instant, Origin, PersonId, PersonNumber, RoomId,
    RoomNumber, ServerId, TimeRange,
};
use store::{
    AnswerRow, Claim, CompanyStore, EventKind, EventRow, GuestRow, Lane, Made, Met, NO_SLOT, NewBooking,
    OccurrenceRow, PersonStored, RoomStored, Store, StoreError, Way, Wish,
};

use crate::database::Database;

/// Tells a test twice: on SQLite and, where the run was given one, on PostgreSQL.
macro_rules! on_every_engine {
    ($name:ident) => {
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let database = crate::database::Database::sqlite();
                super::$name(crate::support::Fixture::on(database).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(database) = crate::database::Database::postgres().await {
                    super::$name(crate::support::Fixture::on(database).await).await;
                }
            }
        }
    };
}
pub(crate) use on_every_engine;

pub(crate) const NOW: Instant = Instant::from_secs(1_795_000_000);

/// Unique, repeatable entropy: tests need ids that differ, not ids that surprise.
pub(crate) fn entropy() -> [u8; 10] {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes
}

pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) company: CompanyStore,
    pub(crate) person: PersonId,
    pub(crate) rooms: [RoomId; 2],
    pub(crate) database: Database,
}

impl Fixture {
    pub(crate) async fn on(database: Database) -> Self {
        let id = CompanyId::new(NOW, entropy());
        let store = Store::open(&database.url).await.unwrap();
        store
            .company_insert(NOW, id, "한빛".into(), "Asia/Seoul".into(), "hanbit.example".into())
            .await
            .unwrap();
        let company = store.company(id);
        let (person, rooms) = furnish(&company).await;
        Self { store, company, person, rooms, database }
    }

    /// One attempt to book `room` for `range`, as the booking core does it.
    pub(crate) async fn book(&self, room: RoomId, range: TimeRange) -> Result<BookingId, StoreError> {
        self.book_by(&self.company, room, range).await
    }

    /// As [`Fixture::book`], by another server's handle.
    pub(crate) async fn book_by(
        &self,
        company: &CompanyStore,
        room: RoomId,
        range: TimeRange,
    ) -> Result<BookingId, StoreError> {
        let event = event(self.person, range);
        let id = event.id;
        company
            .write(NOW, move |tx| {
                Box::pin(async move {
                    tx.event_insert(&event).await?;
                    tx.occurrence_put(&occurrence(id, room, range, BookingState::Pending)).await?;
                    tx.outbox_insert(id, &["all"]).await?;
                    tx.changes_since(id, Default::default()).await?;
                    Ok::<_, StoreError>(id)
                })
            })
            .await
            .map(|committed| committed.value)
    }

    /// The lane of what is written with the company's grant.
    pub(crate) fn lane(&self) -> Lane {
        Lane { company: self.company.id(), person: None }
    }

    /// How many rows can be claimed, of all companies.
    pub(crate) async fn ready(&self, now: Instant) -> usize {
        let lanes = self.store.system().outbox_lanes(now).await.unwrap();
        lanes.iter().map(|lane| lane.ready).sum()
    }

    /// A wish for this event, in one of the two rooms.
    pub(crate) fn wish_of(&self, event: EventRow, room: RoomId) -> NewBooking {
        let number = self.rooms.iter().position(|known| *known == room).unwrap();
        wish(event, RoomNumber(i64::try_from(number + 1).unwrap()), |_| Ok(None))
    }
}

/// What is wished is known beforehand.
struct Known<A> {
    event: EventRow,
    answer: A,
}

impl<A> Wish for Known<A>
where
    A: Fn(&Made) -> Result<Option<AnswerRow>, StoreError> + Send + Sync,
{
    fn event(&self, _: &Met) -> EventRow {
        self.event.clone()
    }

    fn answer(&self, made: &Made) -> Result<Option<AnswerRow>, StoreError> {
        (self.answer)(made)
    }
}

/// A wish for this event, which has an organiser.
pub(crate) fn wish(
    event: EventRow,
    room: RoomNumber,
    answer: impl Fn(&Made) -> Result<Option<AnswerRow>, StoreError> + Send + Sync + 'static,
) -> NewBooking {
    let (id, range, person) = (event.id, event.range, event.organizer.unwrap());
    let guests = event.guests.iter().map(|guest| guest.email.clone()).collect();
    NewBooking {
        id,
        room,
        range,
        person,
        provider: "google",
        guests,
        wish: Arc::new(Known { event, answer }),
    }
}

/// A person and two rooms.
pub(crate) async fn furnish(company: &CompanyStore) -> (PersonId, [RoomId; 2]) {
    let person = PersonId::new(NOW, entropy());
    let rooms = [RoomId::new(NOW, entropy()), RoomId::new(NOW, entropy())];
    company
        .write(NOW, move |tx| {
            Box::pin(async move {
                let stored = PersonStored {
                    id: person,
                    number: PersonNumber(0),
                    google_sub: Some("1".into()),
                    email: "mina@hanbit.example".into(),
                    name: "김민아".into(),
                    department: String::new(),
                    admin: true,
                    active: true,
                };
                tx.person_insert(&stored, NOW).await?;
                for (index, id) in rooms.into_iter().enumerate() {
                    tx.room_insert(&room(id, index)).await?;
                }
                Ok::<_, StoreError>(())
            })
        })
        .await
        .unwrap();
    (person, rooms)
}

/// A claim of a server that nobody else is.
pub(crate) fn claim_until(until: Instant) -> Claim {
    let server = ServerId::new(NOW, entropy());
    Claim { server, token: i64::from_be_bytes(server.0.as_bytes()[8..].try_into().unwrap()), until }
}

pub(crate) fn hour(index: i64) -> TimeRange {
    let start = NOW.plus_minutes(60 * index);
    TimeRange::new(start, start.plus_minutes(60)).unwrap()
}

fn room(id: RoomId, index: usize) -> RoomStored {
    RoomStored {
        id,
        resource_id: format!("room-{index}"),
        email: format!("c_{index}@resource.calendar.google.com"),
        row: RoomRow {
            number: RoomNumber(0),
            name: ["한라", "백록담"][index].into(),
            building: "본관".into(),
            floor: "3".into(),
            capacity: 6,
            features: vec!["TV".into()],
            health: RoomHealth::New,
        },
        retired_at: None,
    }
}

pub(crate) fn event(person: PersonId, range: TimeRange) -> EventRow {
    EventRow {
        id: BookingId::new(NOW, entropy()),
        number: BookingNumber(0),
        kind: EventKind::Single,
        title: "주간 회의".into(),
        private: false,
        organizer: Some(person),
        organizer_email: "mina@hanbit.example".into(),
        organizer_name: "김민아".into(),
        zone: "Asia/Seoul".into(),
        range,
        all_day: false,
        tentative: false,
        origin: Origin::Roomly,
        way: Way::Room,
        way_calendar: "c_0@resource.calendar.google.com".into(),
        google_id: None,
        ical_uid: None,
        generation: 0,
        recurrence: vec![],
        guests: vec![GuestRow {
            email: "joon@hanbit.example".into(),
            name: "이준".into(),
            answer: GuestAnswer::Accepted,
        }],
        cancelled: false,
        html_link: None,
        listed_until: None,
        created_at: NOW,
        touched_at: NOW,
    }
}

pub(crate) fn occurrence(
    event: BookingId,
    room: RoomId,
    range: TimeRange,
    state: BookingState,
) -> OccurrenceRow {
    OccurrenceRow { event, room, slot: NO_SLOT, range, state, reason: None, title: None, exception: false }
}
