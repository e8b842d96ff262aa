//! The pass, stepped by hand on a database of its own. Nobody calls Google.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use futures::future::BoxFuture;
use model::room::{RoomHealth, RoomRow};
use model::{Block, BookingId, BookingNumber, Origin, PersonId, PersonNumber, RoomNumber, ServerId};
use store::{
    CompanyStore, EventKind, EventRow, OverrideRow, PersonStored, RoomStored, SeriesRow, SeriesWrite, Store,
    Way,
};
use sync::port::{
    AuthFailure, Authorization, CalendarPort, Consent, DirectoryBuilding, DirectoryPort, DirectoryRoom,
    DirectoryUser, Failure as GoogleFailure, Identity, IdentityPort, Outcome, RemoteOp, Secret, Tokens,
};

use super::*;
use crate::engine::{Ports, Roles, Settings};
use crate::quota::Quota;
use crate::vault::Vault;

const DAY: i64 = 1_440;

struct Nobody;

impl CalendarPort for Nobody {
    fn call<'a>(&'a self, _: &'a Secret, _: RemoteOp) -> BoxFuture<'a, Outcome> {
        unreachable!("nobody calls Google")
    }
}

impl IdentityPort for Nobody {
    fn authorization(&self, _: Consent, _: &str, _: Option<&str>) -> Authorization {
        unreachable!("nobody calls Google")
    }
    fn exchange<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: &'a Secret,
        _: &'a Secret,
        _: Instant,
    ) -> BoxFuture<'a, Result<(Identity, Tokens), AuthFailure>> {
        unreachable!("nobody calls Google")
    }
    fn refresh<'a>(
        &'a self,
        _: &'a Secret,
        _: &'a [String],
        _: Instant,
    ) -> BoxFuture<'a, Result<Tokens, AuthFailure>> {
        unreachable!("nobody calls Google")
    }
    fn revoke<'a>(&'a self, _: &'a Secret) -> BoxFuture<'a, Result<(), AuthFailure>> {
        unreachable!("nobody calls Google")
    }
}

impl DirectoryPort for Nobody {
    fn buildings<'a>(
        &'a self,
        _: &'a Secret,
    ) -> BoxFuture<'a, Result<Vec<DirectoryBuilding>, GoogleFailure>> {
        unreachable!("nobody calls Google")
    }
    fn rooms<'a>(&'a self, _: &'a Secret) -> BoxFuture<'a, Result<Vec<DirectoryRoom>, GoogleFailure>> {
        unreachable!("nobody calls Google")
    }
    fn users<'a>(&'a self, _: &'a Secret) -> BoxFuture<'a, Result<Vec<DirectoryUser>, GoogleFailure>> {
        unreachable!("nobody calls Google")
    }
    fn user<'a>(&'a self, _: &'a Secret, _: &'a str) -> BoxFuture<'a, Result<DirectoryUser, GoogleFailure>> {
        unreachable!("nobody calls Google")
    }
}

/// A company with one room, and a clock that is moved by hand.
struct House {
    engine: Engine,
    company: CompanyStore,
    room: RoomId,
    now: Arc<AtomicI64>,
    folder: PathBuf,
    /// Whether the process dies between two series.
    dies: Arc<AtomicBool>,
}

static NEXT: AtomicU64 = AtomicU64::new(1);

fn entropy() -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes
}

fn begin() -> Instant {
    Instant::parse_rfc3339("2026-11-30T03:00:00Z").unwrap()
}

impl House {
    async fn open() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("roomly-horizon-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let store = Store::open(&format!("sqlite://{}/roomly.db?mode=rwc", folder.display())).await.unwrap();
        let id = CompanyId::new(begin(), entropy());
        let domain = "hanbit.example".to_owned();
        store.company_insert(begin(), id, "한빛".into(), "Asia/Seoul".into(), domain).await.unwrap();
        let (company, room) = (store.company(id), RoomId::new(begin(), entropy()));
        let work = company.write(begin(), move |tx: &mut Tx| {
            Box::pin(async move {
                let row = RoomRow {
                    number: RoomNumber(0),
                    name: "한라".into(),
                    building: "본관".into(),
                    floor: "3".into(),
                    capacity: 6,
                    features: Vec::new(),
                    health: RoomHealth::New,
                };
                let email = "c_1@resource.calendar.google.com".to_owned();
                let room = RoomStored { id: room, resource_id: "1".into(), email, row, retired_at: None };
                tx.room_insert(&room).await.map(|_| ())
            })
        });
        work.await.map_err(|error: StoreError| error).unwrap();
        let now = Arc::new(AtomicI64::new(begin().as_micros()));
        let (clock, dies) = (Arc::clone(&now), Arc::new(AtomicBool::new(false)));
        let last = Arc::clone(&dies);
        let nobody = Arc::new(Nobody);
        let engine = Engine::new(
            store,
            Ports { calendar: nobody.clone(), identity: nobody.clone(), directory: nobody },
            Vault::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap(),
            Settings {
                public_url: "http://127.0.0.1:3000".into(),
                hooks_url: None,
                poll_secs: 300,
                environment: "demo".into(),
                roles: Roles::default(),
                quota: Quota::default(),
            },
            Arc::new(move || Instant::from_micros(clock.load(Ordering::Relaxed))),
            Arc::new(|bytes| bytes.fill(7)),
            Arc::new(move |name| {
                let dies = name == sync::crash::HORIZON_BETWEEN && last.load(Ordering::Relaxed);
                assert!(!dies, "the process dies here");
            }),
            ServerId::new(begin(), entropy()),
            None,
        );
        Self { engine, company, room, now, folder, dies }
    }

    fn days_later(&self, days: i64) {
        self.now.fetch_add(days * DAY * 60_000_000, Ordering::Relaxed);
    }

    async fn pass(&self) -> Horizons {
        self.engine.horizon_pass().await.unwrap().unwrap()
    }

    /// A pass that dies after one series, and the next start.
    async fn pass_that_dies(&self) {
        self.dies.store(true, Ordering::Relaxed);
        let engine = self.engine.clone();
        #[expect(clippy::disallowed_methods, reason = "what dies here is this task")]
        let died = tokio::spawn(async move { engine.horizon_pass().await.map(|_| ()) }).await;
        assert!(died.is_err(), "one more series was brought on");
        // The next start, of a server that is alone, takes leases back.
        self.dies.store(false, Ordering::Relaxed);
        self.engine.recover(true).await.unwrap();
    }

    /// A series in the room at ten in Seoul, with what the horizon has of it.
    async fn series(&self, rule: &str) -> BookingId {
        let start = Instant::parse_rfc3339("2026-12-01T01:00:00Z").unwrap();
        let mut write = SeriesWrite {
            event: event(TimeRange::new(start, start.plus_minutes(60)).unwrap(), EventKind::Series),
            series: SeriesRow {
                event: BookingId::new(begin(), entropy()),
                sequence: 0,
                dtstart: chrono::NaiveDate::from_ymd_opt(2026, 12, 1).unwrap().and_hms_opt(10, 0, 0).unwrap(),
                duration: 3_600_000_000,
                rooms: vec![self.room],
                horizon: Some(start),
            },
            overrides: vec![OverrideRow {
                recurrence_id: start.plus_minutes(2 * DAY),
                sequence: 0,
                cancelled: true,
                range: None,
                all_day: None,
                title: None,
                private: None,
                rooms: None,
                guests: None,
            }],
            instances: Vec::new(),
        };
        write.event.recurrence = vec![rule.to_owned()];
        write.event.id = write.series.event;
        let id = write.event.id;
        let work = self
            .company
            .write(begin(), move |tx: &mut Tx| Box::pin(async move { tx.series_put(&write).await }));
        work.await.unwrap();
        id
    }

    /// Somebody of the company.
    async fn person(&self, name: &str, admin: bool) -> PersonId {
        let id = PersonId::new(begin(), entropy());
        let stored = PersonStored {
            id,
            number: PersonNumber(0),
            google_sub: None,
            email: format!("{name}@hanbit.example"),
            name: name.to_owned(),
            department: String::new(),
            admin,
            active: true,
        };
        let work = self.company.write(begin(), move |tx: &mut Tx| {
            Box::pin(async move { tx.person_insert(&stored, begin()).await })
        });
        work.await.map_err(|error: StoreError| error).unwrap();
        id
    }

    /// Makes a person the organiser of an event, as which the event knows them.
    async fn organised_by(&self, id: BookingId, person: Option<PersonId>) {
        let work = self.company.write(begin(), move |tx: &mut Tx| {
            Box::pin(async move {
                let mut event = tx.event_get(id).await?.ok_or(StoreError::NotFound)?;
                event.organizer = person;
                tx.event_update(&event).await
            })
        });
        work.await.map_err(|error: StoreError| error).unwrap();
    }

    /// The dates that a person was told of, with who is there, newest first.
    async fn told(&self, person: PersonId) -> Vec<(TimeRange, Option<BookingId>)> {
        let told = self.company.notice_list(person, 99).await.unwrap();
        told.into_iter().map(|one| (one.range, one.holder.map(|holder| holder.event))).collect()
    }

    async fn rows(&self, series: BookingId) -> Vec<OccurrenceRow> {
        self.company.occurrences_of_event(series).await.unwrap()
    }

    async fn single(&self, at: Instant, state: BookingState) -> BookingId {
        let range = TimeRange::new(at, at.plus_minutes(60)).unwrap();
        let (event, room) = (event(range, EventKind::Single), self.room);
        let id = event.id;
        let work = self.company.write(begin(), move |tx: &mut Tx| {
            Box::pin(async move {
                tx.event_insert(&event).await?;
                let row = OccurrenceRow {
                    event: event.id,
                    room,
                    slot: store::NO_SLOT,
                    range,
                    state,
                    reason: None,
                    title: None,
                    exception: false,
                };
                tx.occurrence_put(&row).await
            })
        });
        work.await.map_err(|error: StoreError| error).unwrap();
        id
    }
}

impl Drop for House {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

fn event(range: TimeRange, kind: EventKind) -> EventRow {
    EventRow {
        id: BookingId::new(begin(), entropy()),
        number: BookingNumber(0),
        kind,
        title: "주간 회의".into(),
        private: false,
        organizer: None,
        organizer_email: "mina@hanbit.example".into(),
        organizer_name: "김민아".into(),
        zone: "Asia/Seoul".into(),
        range,
        all_day: false,
        tentative: false,
        origin: Origin::Roomly,
        way: Way::Room,
        way_calendar: String::new(),
        google_id: None,
        ical_uid: None,
        generation: 0,
        recurrence: Vec::new(),
        guests: Vec::new(),
        cancelled: false,
        html_link: None,
        listed_until: None,
        created_at: begin(),
        touched_at: begin(),
    }
}

#[tokio::test]
async fn a_horizon_is_moved_once_a_day_and_told() {
    let house = House::open().await;
    let id = house.series("RRULE:FREQ=DAILY").await;
    let target = horizon::target(begin());
    // Somebody from outside is there on the eleventh date, and on the first after the horizon.
    let first = Instant::parse_rfc3339("2026-12-01T01:00:00Z").unwrap();
    let met = house.single(first.plus_minutes(10 * DAY), BookingState::Confirmed).await;
    let later = house.single(target.plus_minutes(60), BookingState::Confirmed).await;

    let done = house.pass().await;
    let dates = usize::try_from(target.since(begin()) / 86_400_000_000).unwrap();
    assert_eq!((done.extended, done.added, done.failed), (1, dates - 1, 0), "one of them was cancelled");
    assert_eq!(done.met.iter().map(|(_, clash)| clash.holder.event).collect::<Vec<_>>(), [met]);
    let rows = house.rows(id).await;
    assert_eq!(rows[10 - 1].state, BookingState::Conflicted);
    assert!(rows.iter().all(|row| row.slot != first.plus_minutes(2 * DAY)));
    let seq = house.company.company().await.unwrap().seq;
    assert_eq!(house.pass().await, Horizons::default());
    assert_eq!(house.company.company().await.unwrap().seq, seq, "nothing is told twice");

    // What the room said of the last date it says of the next one.
    let mut last = rows.last().unwrap().clone();
    last.state = BookingState::Confirmed;
    let work = house
        .company
        .write(begin(), move |tx: &mut Tx| Box::pin(async move { tx.occurrence_put(&last).await }));
    work.await.map_err(|error: StoreError| error).unwrap();
    house.days_later(2);
    let done = house.pass().await;
    assert_eq!((done.extended, done.added), (1, 2));
    assert_eq!(done.met.iter().map(|(_, clash)| clash.holder.event).collect::<Vec<_>>(), [later]);
    let states: Vec<_> = house.rows(id).await.iter().rev().take(2).map(|row| row.state).collect();
    assert_eq!(states, [BookingState::Confirmed, BookingState::Conflicted]);
    let drawn = house.company.blocks_of_event(id).await.unwrap();
    assert!(drawn.iter().any(|block: &Block| block.state == BookingState::Conflicted));
}

#[tokio::test]
async fn a_pass_that_dies_between_two_series_comes_to_the_same() {
    let (house, other) = (House::open().await, House::open().await);
    let rules =
        ["RRULE:FREQ=WEEKLY", "RRULE:FREQ=DAILY;COUNT=40;INTERVAL=3", "RRULE:FREQ=MONTHLY;BYDAY=-1FR"];
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for rule in rules {
        ours.push(house.series(rule).await);
        theirs.push(other.series(rule).await);
    }
    other.pass().await;
    for _ in rules {
        house.pass_that_dies().await;
    }
    assert_eq!(house.pass().await, Horizons::default());
    for (own, their) in ours.iter().zip(&theirs) {
        let times = |rows: Vec<OccurrenceRow>| {
            rows.into_iter().map(|row| (row.slot, row.range, row.state)).collect::<Vec<_>>()
        };
        let (own, their) = (times(house.rows(*own).await), times(other.rows(*their).await));
        assert!(!own.is_empty());
        assert_eq!(own, their);
    }
}

#[tokio::test]
async fn a_series_that_cannot_be_read_is_in_nobodys_way() {
    let house = House::open().await;
    let odd = house.series("RRULE:FREQ=SOMETIMES").await;
    let good = house.series("RRULE:FREQ=WEEKLY;COUNT=3").await;
    let done = house.pass().await;
    assert_eq!((done.extended, done.failed), (1, 1));
    assert_eq!(house.rows(odd).await, []);
    assert_eq!(house.rows(good).await.len(), 3);
    assert_eq!(house.company.series_get(good).await.unwrap().unwrap().series.horizon, None);
    assert_eq!(house.pass().await, Horizons { failed: 1, ..Horizons::default() });
}

#[tokio::test]
async fn who_comes_beyond_the_horizon_is_held_against_the_rule() {
    let house = House::open().await;
    let series = house.series("RRULE:FREQ=DAILY").await;
    house.pass().await;
    let at = horizon::target(begin()).plus_minutes(20 * DAY + 60);
    let room = house.room;
    let asks = |from: Instant| {
        let range = TimeRange::new(from, from.plus_minutes(30)).unwrap();
        house.company.write(begin(), move |tx: &mut Tx| {
            Box::pin(async move { wanted_by_a_series(tx, room, range).await })
        })
    };
    assert_eq!(asks(at).await.unwrap().value, Some(series), "ten in Seoul");
    assert_eq!(asks(at.plus_minutes(60)).await.unwrap().value, None);
    assert_eq!(asks(at.plus_minutes(-30 * DAY)).await.unwrap().value, None, "its date is written down");
}

#[tokio::test]
async fn the_organiser_is_told_of_dates_that_meet_somebody_once() {
    let house = House::open().await;
    let (mina, boss) = (house.person("mina", false).await, house.person("boss", true).await);
    let id = house.series("RRULE:FREQ=DAILY").await;
    house.organised_by(id, Some(mina)).await;
    let first = Instant::parse_rfc3339("2026-12-01T01:00:00Z").unwrap();
    let (third, tenth) = (first.plus_minutes(3 * DAY), first.plus_minutes(10 * DAY));
    let hour = |at: Instant| TimeRange::new(at, at.plus_minutes(60)).unwrap();
    let (early, late) = (
        house.single(third, BookingState::Confirmed).await,
        house.single(tenth, BookingState::Confirmed).await,
    );
    house.pass().await;
    assert_eq!(house.told(mina).await, [(hour(third), Some(early)), (hour(tenth), Some(late))]);
    assert_eq!(house.told(boss).await, [], "it has an organiser who can be told");
    assert_eq!(house.company.person_look(mina).await.unwrap().unwrap().1, 1, "one piece of news");

    // However often the pass runs, and after the next start.
    house.pass().await;
    house.engine.recover(true).await.unwrap();
    house.days_later(1);
    assert_eq!(house.pass().await.extended, 1);
    assert_eq!(house.told(mina).await.len(), 2);

    // The next one meets somebody on the day that comes.
    let next = horizon::target(begin()).plus_minutes(2 * DAY + 60);
    let there = house.single(next, BookingState::Confirmed).await;
    house.days_later(3);
    house.pass().await;
    assert_eq!(house.told(mina).await.first(), Some(&(hour(next), Some(there))));
    assert_eq!(house.told(mina).await.len(), 3);
}

#[tokio::test]
async fn admins_are_told_where_nobody_else_can_be() {
    let house = House::open().await;
    let (mina, boss) = (house.person("mina", false).await, house.person("boss", true).await);
    let id = house.series("RRULE:FREQ=DAILY;COUNT=20").await;
    let first = Instant::parse_rfc3339("2026-12-01T01:00:00Z").unwrap();
    house.single(first.plus_minutes(3 * DAY), BookingState::Confirmed).await;
    house.pass().await;
    assert_eq!(house.told(mina).await, []);
    let told: Vec<_> = house.company.notice_list(boss, 9).await.unwrap();
    assert_eq!(
        told.iter().map(|one| one.event).collect::<Vec<_>>(),
        [id],
        "its organiser is not of the company"
    );
}

#[tokio::test]
async fn a_pass_that_dies_tells_nobody_twice() {
    let house = House::open().await;
    let mina = house.person("mina", false).await;
    let rules = ["RRULE:FREQ=DAILY;COUNT=30", "RRULE:FREQ=DAILY;COUNT=20;INTERVAL=2"];
    for rule in rules {
        let id = house.series(rule).await;
        house.organised_by(id, Some(mina)).await;
    }
    // The second series meets the first one on each of its dates.
    for _ in rules {
        house.pass_that_dies().await;
    }
    assert_eq!(house.pass().await, Horizons::default());
    let conflicted = house.company.notice_list(mina, 99).await.unwrap();
    let mut dates: Vec<_> = conflicted.iter().map(|one| (one.event, one.slot)).collect();
    let all = dates.len();
    dates.sort();
    dates.dedup();
    assert_eq!(dates.len(), all, "each date is told once");
    assert!(all >= 10, "{all}");
    assert!(
        conflicted.iter().all(|one| one.occurrence.map(|(state, _)| state) == Some(BookingState::Conflicted))
    );
}
