//! Series in the store, on both databases: what saving one costs beside its bare rows, and whether a conflict check
//! feels how much a company has.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use model::room::{RoomHealth, RoomRow};
use model::{
    BookingId, BookingNumber, BookingState, CompanyId, Origin, PersonId, PersonNumber, RoomId, RoomNumber,
    TimeRange,
};
use services::{Postgres, PostgresBin, PostgresOptions};
use store::{
    AnswerRow, Bare, CompanyStore, EventKind, EventRow, Instance, Made, Met, NewBooking, PersonStored,
    RoomStored, SeriesRow, SeriesWrite, Store, StoreError, Unsaved, Way, Wish,
};

use crate::Setting;
use crate::figures::{Spread, head, millis, row};

const ROOMS: usize = 50;
const DATES: i64 = 500;
const NOW: model::Instant = model::Instant::from_secs(1_795_000_000);

/// A wish whose event was made beforehand, and that nobody repeats.
struct Known(EventRow);

impl Wish for Known {
    fn event(&self, _: &Met) -> EventRow {
        self.0.clone()
    }

    fn answer(&self, _: &Made) -> Result<Option<AnswerRow>, StoreError> {
        Ok(None)
    }
}

/// A company that is full from before now on.
struct House {
    store: Store,
    company: CompanyStore,
    person: PersonId,
    rooms: Vec<RoomId>,
    bare: Bare,
    /// Ids so far.
    made: u64,
}

pub(crate) async fn run(setting: &Setting) -> Result<()> {
    let bin = PostgresBin::find().context("PostgreSQL is not installed")?;
    let postgres = Postgres::start(&bin, &PostgresOptions { durable: true, settings: Vec::new() })?;
    saving(setting, &postgres).await?;
    println!();
    checking(setting, &postgres).await
}

/// Where the databases are, by the size of what is in them.
fn urls(setting: &Setting, postgres: &Postgres, size: i64) -> Result<[(&'static str, String); 2]> {
    let file = setting.folder.join(format!("series-{}-{size}.db", std::process::id()));
    let name = format!("series{size}");
    super::create::psql(postgres, &postgres.url(), &format!("CREATE DATABASE {name}"))?;
    let full = postgres.url().replace("/postgres", &format!("/{name}"));
    Ok([("SQLite", format!("sqlite://{}?mode=rwc", file.display())), ("PostgreSQL", full)])
}

async fn saving(setting: &Setting, postgres: &Postgres) -> Result<()> {
    let size = setting.or_quick(100_000, 2_000);
    head(&["database", "500 dates saved, ms", "500 bare rows, ms", "saved / bare"]);
    for (database, url) in urls(setting, postgres, size + 1)? {
        let mut house = House::open(&url, size).await?;
        let (mut ours, mut bare) = (Vec::new(), Vec::new());
        for round in 0..setting.or_quick(25, 3) {
            let room = house.rooms[round % ROOMS];
            for saved in [round % 2 == 0, round % 2 != 0] {
                // Every four hours, in the gaps; ten minutes later in each further turn of the rooms.
                let at = 35 + i64::from(saved) * 10;
                let ranges: Vec<_> = (0..DATES).map(|date| house.range(date * 240 + at, 10)).collect();
                if saved {
                    let write = house.series(room, &ranges);
                    let begun = Instant::now();
                    let work = house
                        .company
                        .write(NOW, move |tx| Box::pin(async move { tx.series_put(&write).await }));
                    work.await.map_err(|unsaved: Unsaved| anyhow::anyhow!(unsaved))?;
                    ours.push(millis(begun.elapsed()));
                } else {
                    let event = house.owner().await?;
                    let begun = Instant::now();
                    house.bare.insert(event, room, &ranges).await?;
                    bare.push(millis(begun.elapsed()));
                }
            }
        }
        row(&[&database, &Spread::of(&ours), &Spread::of(&bare), &Spread::ratio(&ours, &bare)]);
        house.close(&url).await;
    }
    Ok(())
}

async fn checking(setting: &Setting, postgres: &Postgres) -> Result<()> {
    let sizes = setting.or_quick([1_000, 100_000, 1_000_000], [1_000, 3_000, 10_000]);
    let checks = setting.or_quick(100, 20);
    let mut houses: [Vec<(i64, House, String)>; 2] = Default::default();
    for size in sizes {
        let [(_, lite), (_, full)] = urls(setting, postgres, size)?;
        let opened = tokio::try_join!(House::open(&lite, size), House::open(&full, size))?;
        houses[0].push((size, opened.0, lite));
        houses[1].push((size, opened.1, full));
    }
    head(&["database", "what", "occurrences", "ms", "/ the first"]);
    for (database, houses) in ["SQLite", "PostgreSQL"].into_iter().zip(&mut houses) {
        for what in [What::Look, What::Refused, What::Booked] {
            let mut figures: Vec<Vec<f64>> = houses.iter().map(|_| Vec::new()).collect();
            for round in 0..setting.or_quick(7, 2) {
                for ((_, house, _), figures) in houses.iter_mut().zip(&mut figures) {
                    let begun = Instant::now();
                    for check in 0..checks {
                        house.check(what, round * checks + check).await?;
                    }
                    figures.push(millis(begun.elapsed()) / f64::from(u32::try_from(checks)?));
                }
            }
            for ((size, _, _), some) in houses.iter().zip(&figures) {
                row(&[&database, &what.name(), size, &Spread::of(some), &Spread::ratio(some, &figures[0])]);
            }
        }
        for (_, house, url) in std::mem::take(houses) {
            house.close(&url).await;
        }
    }
    Ok(())
}

/// A conflict check, by itself and in what it is for.
#[derive(Clone, Copy)]
enum What {
    /// Asked: what keeps the room busy?
    Look,
    /// A booking that is refused: nothing reaches the disk.
    Refused,
    /// A booking that is made.
    Booked,
}

impl What {
    const fn name(self) -> &'static str {
        match self {
            Self::Look => "a look",
            Self::Refused => "a booking, refused",
            Self::Booked => "a booking, durable",
        }
    }
}

impl House {
    async fn open(url: &str, size: i64) -> Result<Self> {
        let store = Store::open(url).await?;
        let id = CompanyId::new(NOW, [1; 10]);
        store.company_insert(NOW, id, "한빛".into(), "Asia/Seoul".into(), "hanbit.example".into()).await?;
        let company = store.company(id);
        let (person, rooms) = furnish(&company).await?;
        let hours = size / i64::try_from(ROOMS)?;
        let from = NOW.plus_minutes(-30 * hours);
        let mut bare = Bare::connect(url, id).await?;
        bare.fill(size, i64::try_from(ROOMS)?, from).await?;
        Ok(Self { store, company, person, rooms, bare, made: 0 })
    }

    async fn close(self, url: &str) {
        self.store.close().await;
        if let Some(file) = url.strip_prefix("sqlite://").and_then(|file| file.strip_suffix("?mode=rwc")) {
            for file in [file.to_owned(), format!("{file}-wal"), format!("{file}-shm")] {
                let _ = std::fs::remove_file(file);
            }
        }
    }

    fn range(&self, minutes: i64, length: i64) -> TimeRange {
        let start = NOW.plus_minutes(minutes);
        TimeRange::new(start, start.plus_minutes(length)).unwrap()
    }

    fn id(&mut self) -> [u8; 10] {
        self.made += 1;
        let mut entropy = [2; 10];
        entropy[2..].copy_from_slice(&self.made.to_be_bytes());
        entropy
    }

    /// In the middle of what there is: as much before as after it.
    async fn check(&mut self, what: What, number: usize) -> Result<()> {
        let room = self.rooms[number % ROOMS];
        let hour = i64::try_from(number / ROOMS)? * 60;
        // The smallest company is filled for ten hours.
        let filled = hour % 480;
        match what {
            What::Look => {
                let free = self.range(filled + 30, 30);
                assert!(self.company.occurrences_blocking(room, free).await?.len() <= 2);
            }
            What::Refused | What::Booked => {
                let taken = matches!(what, What::Refused);
                let range = self.range(if taken { filled + 10 } else { hour + 35 }, 10);
                let event = self.event(range, EventKind::Single);
                let booking = NewBooking {
                    id: event.id,
                    // Numbers are given in the order of `furnish`, from 1.
                    room: RoomNumber(i64::try_from(number % ROOMS)? + 1),
                    range,
                    person: self.person,
                    provider: "google",
                    guests: Vec::new(),
                    wish: Arc::new(Known(event)),
                };
                let done = self.company.book(NOW, booking).await;
                match done {
                    Ok(_) if !taken => {}
                    Err(StoreError::RoomTaken) if taken => {}
                    other => anyhow::bail!("a booking came to {other:?}"),
                }
            }
        }
        Ok(())
    }

    fn series(&mut self, room: RoomId, ranges: &[TimeRange]) -> SeriesWrite {
        let event = self.event(ranges[0], EventKind::Series);
        let instance = |range: &TimeRange| Instance {
            room,
            slot: range.start(),
            range: *range,
            state: BookingState::Pending,
            title: None,
            exception: false,
        };
        SeriesWrite {
            series: SeriesRow {
                event: event.id,
                sequence: 0,
                dtstart: chrono::DateTime::from_timestamp_micros(ranges[0].start().as_micros())
                    .unwrap()
                    .naive_utc(),
                duration: ranges[0].length_micros(),
                rooms: vec![room],
                horizon: None,
            },
            event,
            overrides: Vec::new(),
            instances: ranges.iter().map(instance).collect(),
        }
    }

    /// An event that bare rows may belong to.
    async fn owner(&mut self) -> Result<BookingId> {
        let event = self.event(self.range(0, 10), EventKind::Series);
        let id = event.id;
        let work = self
            .company
            .write(NOW, move |tx| Box::pin(async move { tx.event_insert(&event).await.map(|_| ()) }));
        work.await.map_err(|error: StoreError| error)?;
        Ok(id)
    }

    fn event(&mut self, range: TimeRange, kind: EventKind) -> EventRow {
        EventRow {
            id: BookingId::new(NOW, self.id()),
            number: BookingNumber(0),
            kind,
            title: "주간 회의".into(),
            private: false,
            organizer: Some(self.person),
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
            created_at: NOW,
            touched_at: NOW,
        }
    }
}

async fn furnish(company: &CompanyStore) -> Result<(PersonId, Vec<RoomId>)> {
    let person = PersonId::new(NOW, [3; 10]);
    let rooms: Vec<RoomId> =
        (0..ROOMS).map(|room| RoomId::new(NOW, [u8::try_from(room).unwrap_or(0); 10])).collect();
    let made = rooms.clone();
    let work = company.write(NOW, move |tx| {
        Box::pin(async move {
            let stored = PersonStored {
                id: person,
                number: PersonNumber(0),
                google_sub: None,
                email: "mina@hanbit.example".into(),
                name: "김민아".into(),
                department: String::new(),
                admin: true,
                active: true,
            };
            tx.person_insert(&stored, NOW).await?;
            for (index, id) in made.into_iter().enumerate() {
                let row = RoomRow {
                    number: RoomNumber(0),
                    name: format!("회의실 {index}"),
                    building: "본관".into(),
                    floor: "3".into(),
                    capacity: 6,
                    features: Vec::new(),
                    health: RoomHealth::New,
                };
                let email = format!("c_{index}@resource.calendar.google.com");
                let room =
                    RoomStored { id, resource_id: format!("room-{index}"), email, row, retired_at: None };
                tx.room_insert(&room).await?;
            }
            Ok::<_, StoreError>(())
        })
    });
    work.await?;
    Ok((person, rooms))
}
