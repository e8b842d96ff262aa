//! What is written together is what would have been written one by one.

use std::path::PathBuf;
use std::sync::Arc;

use calendar::zone::Tz;
use model::room::{RoomHealth, RoomRow};
use model::{BlockKey, CompanyId, Instant, PersonId, PersonNumber, RoomId, RoomNumber};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use store::{CompanyStore, PersonStored, RoomStored, Store};
use sync::port::{Raw, RemoteAttendee, RemotePerson, RemoteStatus, RemoteTime, RemoteWhen, Response};

use super::*;
use crate::apply::apply;

const ROOM: &str = "c_1@resource.calendar.google.com";
const MINA: &str = "mina@hanbit.example";

fn now() -> Instant {
    Instant::parse_rfc3339("2026-11-30T03:00:00Z").unwrap()
}

fn source() -> Source {
    let row = RoomRow {
        number: RoomNumber(1),
        name: "한라".into(),
        building: "본관".into(),
        floor: "3".into(),
        capacity: 6,
        features: Vec::new(),
        health: RoomHealth::New,
    };
    let room = RoomStored {
        id: RoomId::new(now(), [1; 10]),
        resource_id: "1".into(),
        email: ROOM.into(),
        row,
        retired_at: None,
    };
    Source {
        room,
        calendar: ROOM.into(),
        zone: Tz::Asia__Seoul,
        seed: [3; 32],
        begun: now(),
        hear_again: Arc::default(),
    }
}

/// A company with one room and one person.
struct House {
    store: Store,
    company: CompanyStore,
    folder: PathBuf,
}

impl House {
    async fn open(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("roomly-import-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let store = Store::open(&format!("sqlite://{}/roomly.db?mode=rwc", folder.display())).await.unwrap();
        let id = CompanyId::new(now(), [2; 10]);
        let domain = "hanbit.example".to_owned();
        store.company_insert(now(), id, "한빛".into(), "Asia/Seoul".into(), domain).await.unwrap();
        let company = store.company(id);
        let mina = PersonStored {
            id: PersonId::new(now(), [4; 10]),
            number: PersonNumber(0),
            google_sub: None,
            email: MINA.into(),
            name: "김민아".into(),
            department: String::new(),
            admin: true,
            active: true,
        };
        let work = company.write(now(), move |tx: &mut Tx| {
            Box::pin(async move {
                tx.person_insert(&mina, now()).await?;
                tx.room_insert(&source().room).await.map(|_| ())
            })
        });
        work.await.map_err(|error: StoreError| error).unwrap();
        Self { store, company, folder }
    }

    /// Applies all, together or one by one; answers how many were written together.
    async fn applied(&self, events: Vec<RemoteEvent>, together: bool) -> usize {
        let count = events.len();
        let work = self.company.write(now(), move |tx: &mut Tx| {
            Box::pin(async move {
                let mut rest: Vec<&RemoteEvent> = events.iter().collect();
                if together {
                    rest = import(tx, &source(), rest).await?;
                }
                for event in &rest {
                    apply(tx, &source(), event).await?;
                }
                Ok::<_, StoreError>(rest.len())
            })
        });
        count - work.await.unwrap().value
    }

    /// All that is drawn and all that is known, but for the order in which it got its numbers.
    async fn picture(&self, events: &[RemoteEvent]) -> Vec<String> {
        let whole = TimeRange::new(now().plus_secs(-86_400 * 30), now().plus_secs(86_400 * 400)).unwrap();
        let mut picture = Vec::new();
        for mut block in self.company.blocks_in(whole).await.unwrap() {
            block.key = BlockKey { booking: BookingNumber(0), ..block.key };
            picture.push(format!("{block:?}"));
        }
        for event in events {
            let Some(copy) = self.company.copy_get(ROOM, &event.id).await.unwrap() else { continue };
            let mut row = self.company.event_get(copy.event).await.unwrap().unwrap();
            row.number = BookingNumber(0);
            let occurrences = self.company.occurrences_of_event(copy.event).await.unwrap();
            picture.push(format!("{row:?} {copy:?} {occurrences:?}"));
        }
        picture.sort();
        picture
    }

    async fn close(self) {
        self.store.close().await;
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

fn drawn(number: usize, dice: &mut StdRng, crowded: bool) -> RemoteEvent {
    let quarters = if crowded { 400 } else { 20_000 };
    let start = now().plus_minutes(dice.random_range(-quarters..quarters) * 15);
    let end = start.plus_minutes([0, 15, 30, 60, 1_500][dice.random_range(0..5)]);
    let zone = || Some("Asia/Seoul".to_owned()).filter(|_| !number.is_multiple_of(3));
    let when = if dice.random_ratio(1, 20) {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 12, dice.random_range(1..28)).unwrap();
        RemoteTime { start: RemoteWhen::Day(day), end: RemoteWhen::Day(day.succ_opt().unwrap()) }
    } else {
        RemoteTime {
            start: RemoteWhen::At { at: start, zone: zone() },
            end: RemoteWhen::At { at: end, zone: zone() },
        }
    };
    let answers = [Response::Accepted, Response::Accepted, Response::NeedsAction, Response::Declined];
    let invited = |email: &str, response| RemoteAttendee {
        email: email.to_owned(),
        name: Some("Gast".to_owned()),
        resource: email == ROOM,
        is_self: email == ROOM,
        response,
    };
    let organizer = [MINA, ROOM, "Jemand@Anderswo.example"][dice.random_range(0..3)].to_owned();
    RemoteEvent {
        id: format!("event{number:05}"),
        etag: Some(format!("\"{number}\"")),
        ical_uid: Some(format!("event{number}@google.com")),
        status: if dice.random_ratio(1, 25) { RemoteStatus::Cancelled } else { RemoteStatus::Confirmed },
        title: Some(format!("회의 {number}")).filter(|_| !number.is_multiple_of(17)),
        when: Some(when),
        recurrence: if dice.random_ratio(1, 40) {
            vec!["RRULE:FREQ=DAILY;COUNT=3".into()]
        } else {
            Vec::new()
        },
        recurring_event_id: None,
        original_start: None,
        transparent: dice.random_ratio(1, 15),
        private: dice.random_ratio(1, 10),
        organizer: Some(RemotePerson { email: organizer, name: None, is_self: false }),
        attendees: dice.random_ratio(3, 4).then(|| {
            vec![
                invited(ROOM, answers[dice.random_range(0..4)]),
                invited(MINA, Response::Tentative),
                invited("Gast@Anderswo.example", Response::Accepted),
            ]
        }),
        event_type: dice.random_ratio(1, 30).then(|| "workingLocation".to_owned()),
        private_props: BTreeMap::new(),
        html_link: Some("https://calendar.example/x".into()),
        updated: Some(now()),
        created: Some(now().plus_secs(-i64::try_from(number).unwrap())),
        attendees_omitted: false,
        raw: Raw::of(&json!({ "id": format!("event{number:05}"), "summary": "회의 \"'\\ 🙂" })),
        opaque: false,
    }
}

#[tokio::test]
async fn together_and_one_by_one_are_the_same() {
    for (seed, crowded) in [(1, false), (2, false), (3, true), (4, true)] {
        let mut dice = StdRng::seed_from_u64(seed);
        let mut events: Vec<RemoteEvent> = (0..300).map(|number| drawn(number, &mut dice, crowded)).collect();
        // As a pull does.
        events.sort_by_key(|event| event.created);
        let (one, other) = (House::open(&format!("a{seed}")).await, House::open(&format!("b{seed}")).await);
        // Something is known before.
        let (known, all) = (events[..30].to_vec(), events.clone());
        assert_eq!(one.applied(known.clone(), false).await + other.applied(known, false).await, 0);
        let together = one.applied(all.clone(), true).await;
        assert_eq!(other.applied(all, false).await, 0);
        assert!(crowded || together > 150, "{together} of 300 were written together");
        assert_eq!(one.picture(&events).await, other.picture(&events).await, "seed {seed}");
        one.close().await;
        other.close().await;
    }
}

#[test]
fn every_range_that_meets_another_is_found() {
    let mut dice = StdRng::seed_from_u64(9);
    for _ in 0..500 {
        let range = |dice: &mut StdRng| {
            let start = now().plus_minutes(dice.random_range(0..200));
            TimeRange::new(start, start.plus_minutes(dice.random_range(1..40))).unwrap()
        };
        let mut ranges: Vec<(TimeRange, usize)> = (0..12).map(|index| (range(&mut dice), index)).collect();
        let meets = |(one, index): &(TimeRange, usize)| {
            ranges.iter().any(|(other, place)| place != index && one.overlaps(*other))
        };
        let expected: BTreeSet<usize> = ranges.iter().filter(|one| meets(one)).map(|one| one.1).collect();
        assert_eq!(overlapping(&mut ranges), expected);
    }
}
