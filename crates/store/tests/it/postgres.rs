//! What only PostgreSQL can do to us: the second wall between companies, lost connections, other servers.

use futures::future::join_all;
use model::{Instant, RoomId};
use sqlx::{AnyConnection, Row};
use store::{Store, StoreError};

use crate::database::{Database, execute};
use crate::notice::notice;
use crate::series::{put, with_override};
use crate::support::{Fixture, NOW, claim_until, hour};

async fn house() -> Option<Fixture> {
    Some(Fixture::on(Database::postgres().await?).await)
}

/// Every table that has a company's rows; sign-ins under way have no company yet.
const TABLES: [&str; 11] = [
    "company",
    "company_domain",
    "event",
    "notice",
    "occurrence",
    "outbox",
    "override",
    "person",
    "room",
    "series",
    "series_room",
];

async fn seen(connection: &mut AnyConnection, table: &str) -> i64 {
    let sql = sqlx::QueryBuilder::<sqlx::Any>::new(format!("SELECT COUNT(*) AS n FROM {table}")).into_sql();
    sqlx::query(sql).fetch_one(connection).await.unwrap().try_get("n").unwrap()
}

/// A booking, of which its organiser was told something.
async fn told(fixture: &Fixture) {
    let event = fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    let told = notice(fixture.person, event, fixture.rooms[0], 0);
    let work = fixture.company.write(NOW, move |tx| Box::pin(async move { tx.notice_tell(&[told]).await }));
    work.await.map_err(|error: StoreError| error).unwrap();
}

async fn begin_as(connection: &mut AnyConnection, company: &str) {
    let begin = format!("ROLLBACK; BEGIN; SET LOCAL roomly.company = '{company}'");
    execute(connection, &begin).await.unwrap();
}

/// A query that forgot its WHERE: nothing without a company, nothing with another's, and nothing by the tables' owner.
#[tokio::test]
async fn the_wall_stands_where_a_query_forgets_its_company() {
    let Some(fixture) = house().await else { return };
    told(&fixture).await;
    put(&fixture.company, with_override(&fixture)).await.unwrap();
    let (own, other) = (fixture.company.id().to_string(), uuid::Uuid::nil().to_string());
    let mut connection = fixture.database.connect().await;
    for role in ["RESET ROLE", "SET ROLE roomly_app"] {
        execute(&mut connection, role).await.unwrap();
        for table in TABLES {
            assert_eq!(seen(&mut connection, table).await, 0, "{role}: {table} without a company");
            begin_as(&mut connection, &other).await;
            assert_eq!(seen(&mut connection, table).await, 0, "{role}: {table} as another");
            begin_as(&mut connection, &own).await;
            assert_ne!(seen(&mut connection, table).await, 0, "{role}: {table} as its own");
            execute(&mut connection, "ROLLBACK").await.unwrap();
        }
    }
    // Writing is no way around it.
    begin_as(&mut connection, &other).await;
    let written = execute(&mut connection, "UPDATE event SET title = 'mine'").await;
    assert!(written.is_ok(), "it finds no row");
    let stolen = format!("INSERT INTO company_domain (domain, company_id) VALUES ('evil.example', '{own}')");
    let refused = execute(&mut connection, &stolen).await.unwrap_err();
    assert!(refused.to_string().contains("row-level security"), "{refused}");
}

/// What has no company yet sees its closed list and nothing else.
#[tokio::test]
async fn the_system_sees_a_closed_list() {
    let Some(fixture) = house().await else { return };
    told(&fixture).await;
    let mut connection = fixture.database.connect().await;
    execute(&mut connection, "SET ROLE roomly_app; BEGIN; SET LOCAL roomly.system = 'on'").await.unwrap();
    for (table, rows) in [
        ("company", 1),
        ("outbox", 1),
        ("room", 2),
        ("occurrence", 0),
        ("notice", 0),
        ("credential", 0),
        ("copy", 0),
    ] {
        assert_eq!(seen(&mut connection, table).await, rows, "{table}");
    }
    execute(&mut connection, "UPDATE room SET name = 'mine'").await.unwrap();
    execute(&mut connection, "SET LOCAL roomly.system = ''").await.unwrap();
    begin_as(&mut connection, &fixture.company.id().to_string()).await;
    let name = sqlx::query("SELECT MIN(name) AS name FROM room").fetch_one(&mut connection).await.unwrap();
    assert_ne!(name.try_get::<String, _>("name").unwrap(), "mine", "the list is for reading there");
}

/// Two companies whose handles share the connections never see each other, whoever read last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_carry_nothing_from_one_company_to_the_next() {
    let Some(fixture) = house().await else { return };
    let stranger = model::CompanyId::new(NOW, crate::support::entropy());
    let other = fixture.store.company(stranger);
    let reads = (0..200).map(|index| {
        let (company, other) = (fixture.company.clone(), other.clone());
        async move {
            if index % 2 == 0 {
                assert_eq!(company.room_list().await.unwrap().len(), 2);
            } else {
                assert!(other.room_list().await.unwrap().is_empty());
            }
        }
    });
    join_all(reads).await;
}

/// Every connection is cut while people book: what was acknowledged is there, what is unknown is answered by its
/// intent, and nothing stays broken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_comes_back_when_its_connections_are_cut() {
    let Some(fixture) = house().await else { return };
    let mut surgeon = fixture.database.connect().await;
    let mut acknowledged = Vec::new();
    for round in 0..6 {
        let cut = async {
            execute(
                &mut surgeon,
                "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .await
            .unwrap();
        };
        let bookings = join_all((0..8).map(|index| fixture.book(fixture.rooms[0], hour(round * 8 + index))));
        let (answers, ()) = futures::future::join(bookings, cut).await;
        for answer in answers {
            match answer {
                Ok(id) => acknowledged.push(id),
                Err(StoreError::CommitUnknown) => {}
                Err(error) => panic!("neither done nor unknown: {error}"),
            }
        }
    }
    assert!(acknowledged.len() >= 24, "{} of 48", acknowledged.len());
    for id in acknowledged {
        assert!(fixture.company.event_get(id).await.unwrap().is_some(), "an acknowledged booking is missing");
    }
    fixture.book(fixture.rooms[1], hour(0)).await.unwrap();
}

/// Raises an error with this SQLSTATE for the first writes of an event; sequences are not rolled back.
async fn stumble(fixture: &Fixture, code: &str, times: i32) {
    let mut connection = fixture.database.connect().await;
    let sql = format!(
        "CREATE SEQUENCE stumbles; GRANT USAGE ON SEQUENCE stumbles TO roomly_app; \
         CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             IF nextval('stumbles') <= {times} THEN RAISE EXCEPTION 'stumbled' USING ERRCODE = '{code}'; END IF; \
             RETURN NEW; END $$; \
         CREATE TRIGGER stumble BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION stumble()"
    );
    execute(&mut connection, &sql).await.unwrap();
}

/// F-077.
#[tokio::test]
async fn a_deadlock_and_a_serialisation_failure_are_tried_again() {
    for code in ["40P01", "40001", "55P03"] {
        let Some(fixture) = house().await else { return };
        stumble(&fixture, code, 3).await;
        let id = fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
        assert_eq!(
            fixture.company.event_get(id).await.unwrap().unwrap().number.0,
            1_001,
            "{code}: counted once"
        );
    }
}

#[tokio::test]
async fn trying_again_has_an_end() {
    let Some(fixture) = house().await else { return };
    stumble(&fixture, "40P01", i32::MAX).await;
    let given_up = fixture.book(fixture.rooms[0], hour(0)).await;
    assert!(matches!(given_up, Err(StoreError::Unavailable)), "{given_up:?}");
    assert!(matches!(fixture.company.room_list().await, Ok(rooms) if rooms.len() == 2));
}

/// The connection dies while the commit is carried out: nobody knows, and nobody is told that it is done.
#[tokio::test]
async fn a_commit_without_an_answer_is_unknown() {
    let Some(fixture) = house().await else { return };
    let mut connection = fixture.database.connect().await;
    execute(
        &mut connection,
        "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN \
             PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$; \
         CREATE CONSTRAINT TRIGGER die AFTER INSERT ON event DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW EXECUTE FUNCTION die()",
    )
    .await
    .unwrap();
    let unknown = fixture.book(fixture.rooms[0], hour(0)).await;
    assert!(matches!(unknown, Err(StoreError::CommitUnknown)), "{unknown:?}");
    execute(&mut connection, "DROP TRIGGER die ON event").await.unwrap();
    fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
}

/// Two servers on one database: one booking a slot, every `seq` once, in the order of the commits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_share_a_database() {
    let Some(fixture) = house().await else { return };
    let second = Store::open(&fixture.database.url).await.unwrap();
    let company = second.company(fixture.company.id());
    let (room, mut won) = (fixture.rooms[0], 0);
    for round in 0..20 {
        let here = (0..5).map(|_| fixture.book(room, hour(round)));
        let there = (0..5).map(|_| fixture.book_by(&company, room, hour(round)));
        let (here, there) = futures::future::join(join_all(here), join_all(there)).await;
        for answer in here.into_iter().chain(there) {
            match answer {
                Ok(_) => won += 1,
                Err(StoreError::RoomTaken) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert_eq!(won, 20);
    let logged = fixture.company.changes_after(model::Seq(0)).await.unwrap().unwrap();
    assert_eq!(logged.iter().map(|logged| logged.seq.0).collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
    second.close().await;
}

async fn due(store: &Store, at: Instant) -> usize {
    store.system().outbox_lanes(at).await.unwrap().iter().map(|lane| lane.ready).sum()
}

/// A lease belongs to a server that lives; a dead one's is taken back by the first that finds itself alone.
#[tokio::test]
async fn a_server_takes_back_only_what_a_dead_one_held() {
    let Some(fixture) = house().await else { return };
    let room: RoomId = fixture.rooms[0];
    fixture.book(room, hour(0)).await.unwrap();
    let lane = fixture.lane();
    let claim = |company: store::CompanyStore| async move {
        let claimed = company
            .write(NOW, move |tx| {
                Box::pin(async move { tx.outbox_claim(lane, claim_until(NOW.plus_secs(60))).await })
            })
            .await;
        claimed.map(|claimed: store::Committed<Option<store::OutboxRow>>| claimed.value.is_some())
    };
    assert!(claim(fixture.company.clone()).await.unwrap_or_else(|error: StoreError| panic!("{error}")));
    let second = Store::open(&fixture.database.url).await.unwrap();
    assert_eq!(due(&second, NOW).await, 0, "the first server lives");
    let twice = claim(second.company(fixture.company.id())).await;
    assert!(!twice.unwrap_or_else(|error: StoreError| panic!("{error}")), "one push at a time");
    second.close().await;
    fixture.store.close().await;
    let third = Store::open(&fixture.database.url).await.unwrap();
    assert_eq!(due(&third, NOW).await, 1, "nobody else lives");
    third.close().await;
}

/// PostgreSQL was restarted: the lock that says "I live" is back with a server's next write only. Who starts before that
/// finds itself alone, meets the other one's work, and leaves it alone.
#[tokio::test]
async fn a_server_starts_beside_one_that_seems_dead() {
    let Some(fixture) = house().await else { return };
    fixture.book(fixture.rooms[0], hour(0)).await.unwrap();
    let lane = fixture.lane();
    let claimed = fixture.company.write(NOW, move |tx| {
        Box::pin(async move { tx.outbox_claim(lane, claim_until(NOW.plus_secs(60))).await })
    });
    let claimed: Result<_, StoreError> = claimed.await;
    assert!(claimed.unwrap().value.is_some());
    fixture.store.close().await;
    let mut other = fixture.database.connect().await;
    begin_as(&mut other, &fixture.company.id().to_string()).await;
    execute(&mut other, "SELECT 1 FROM outbox FOR UPDATE").await.unwrap();
    let starting = Store::open(&fixture.database.url).await.unwrap();
    execute(&mut other, "ROLLBACK").await.unwrap();
    assert_eq!(due(&starting, NOW).await, 0, "the claim is left to whom it belongs");
    starting.close().await;
}

/// An empty database and five servers that start at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_start_at_once_migrate_once() {
    let Some(database) = Database::empty_postgres().await else { return };
    let stores = join_all((0..5).map(|_| Store::open(&database.url))).await;
    for store in stores {
        store.unwrap().close().await;
    }
}

/// A superuser's login is stepped down from; see also `a_role_without_bounds_is_refused`.
#[tokio::test]
async fn a_superuser_works_as_the_bounded_role() {
    let Some(fixture) = house().await else { return };
    let store = Store::open(&crate::database::as_superuser(&fixture.database.url)).await.unwrap();
    assert_eq!(store.company(fixture.company.id()).room_list().await.unwrap().len(), 2);
    let stranger = store.company(model::CompanyId::new(NOW, crate::support::entropy()));
    assert!(stranger.room_list().await.unwrap().is_empty());
    store.close().await;
}

#[tokio::test]
async fn the_databases_clock_is_near_ours() {
    let Some(fixture) = house().await else { return };
    let theirs = fixture.store.clock().await.unwrap().unwrap();
    assert!(theirs > Instant::from_secs(1_700_000_000).as_micros());
}
