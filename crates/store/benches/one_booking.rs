//! Bookings a second on PostgreSQL, beside a bare table with the same exclusion constraint at 32 connections.
//!
//! `cargo bench -p store` with `ROOMLY_TEST_POSTGRES` set. Both sides are on the same server, take turns, and commit
//! durably if the server does.
#![expect(clippy::unwrap_used, reason = "what fails here has no figure to show")]

#[path = "../tests/it/database.rs"]
#[allow(dead_code, reason = "the integration tests use the rest")]
mod database;
#[path = "../tests/it/support.rs"]
#[allow(dead_code, unused_imports, unused_macros, reason = "the integration tests use the rest")]
mod support;

use std::time::{Duration, Instant};

use futures::future::join_all;
use model::{CompanyId, PersonId, RoomNumber};
use store::CompanyStore;

use crate::database::{Database, execute};
use crate::support::{Fixture, NOW, entropy, event, hour, wish};

const CALLERS: i64 = 32;
const SECONDS: Duration = Duration::from_secs(4);
const ROUNDS: usize = 3;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.unwrap().block_on(measure());
}

#[expect(clippy::print_stdout, reason = "what a bench prints is its result")]
async fn measure() {
    let Some(database) = Database::postgres().await else { return };
    let fixture = Fixture::on(database).await;
    for companies in [1, 16] {
        let (mut bare, mut ours) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            bare.push(bare_constraint(&fixture.database, companies).await);
            ours.push(bookings(&fixture, companies, round).await);
        }
        bare.sort_by(f64::total_cmp);
        ours.sort_by(f64::total_cmp);
        let (bare, ours) = (bare[ROUNDS / 2], ours[ROUNDS / 2]);
        println!("{companies} companies: bare {bare:.0}/s, booking {ours:.0}/s, {:.2} of it", ours / bare);
    }
}

/// 32 connections that insert into one table, each its own commit.
async fn bare_constraint(database: &Database, rooms: i64) -> f64 {
    let mut connection = database.connect().await;
    execute(
        &mut connection,
        "DROP TABLE IF EXISTS bare; CREATE TABLE bare (room_id TEXT COLLATE \"C\" NOT NULL, start_at BIGINT NOT NULL, \
         end_at BIGINT NOT NULL, state TEXT NOT NULL, EXCLUDE USING gist (room_id WITH =, \
         int8range(start_at, end_at, '[)') WITH &&) WHERE (state IN ('pending', 'confirmed')))",
    )
    .await
    .unwrap();
    let connections = join_all((0..CALLERS).map(|_| database.connect())).await;
    let begun = Instant::now();
    let callers = connections.into_iter().zip(0..).map(|(mut connection, caller): (_, i64)| async move {
        let room = uuid::Uuid::from_u128(u128::from((caller % rooms).unsigned_abs())).to_string();
        let mut done = 0;
        while begun.elapsed() < SECONDS {
            let slot = hour(done * CALLERS + caller);
            let inserted = sqlx::query("INSERT INTO bare VALUES ($1, $2, $3, 'pending')")
                .bind(room.clone())
                .bind(slot.start().as_micros())
                .bind(slot.end().as_micros())
                .execute(&mut connection)
                .await;
            inserted.unwrap();
            done += 1;
        }
        done
    });
    per_second(join_all(callers).await, begun)
}

/// 32 callers of the store, with all that a booking is.
async fn bookings(fixture: &Fixture, companies: i64, round: usize) -> f64 {
    let handles = join_all((0..companies).map(|index| company(fixture, index, round))).await;
    let begun = Instant::now();
    let callers = (0..CALLERS).map(|caller| {
        let index = usize::try_from(caller % companies).unwrap_or(0);
        let (company, person) = handles[index].clone();
        async move {
            let mut done = 0;
            while begun.elapsed() < SECONDS {
                book(&company, person, done * CALLERS + caller).await;
                done += 1;
            }
            done
        }
    });
    per_second(join_all(callers).await, begun)
}

fn per_second(done: Vec<i64>, begun: Instant) -> f64 {
    let done = i32::try_from(done.into_iter().sum::<i64>()).unwrap_or(i32::MAX);
    f64::from(done) / begun.elapsed().as_secs_f64()
}

async fn company(fixture: &Fixture, index: i64, round: usize) -> (CompanyStore, PersonId) {
    let id = CompanyId::new(NOW, entropy());
    let domain = format!("bench-{round}-{index}-{id}.example");
    let founded = fixture.store.company_insert(NOW, id, "Bench".into(), "Asia/Seoul".into(), domain).await;
    founded.unwrap();
    let company = fixture.store.company(id);
    let (person, _) = crate::support::furnish(&company).await;
    (company, person)
}

async fn book(company: &CompanyStore, person: PersonId, slot: i64) {
    let booking = wish(event(person, hour(slot)), RoomNumber(1), |_| Ok(None));
    company.book(NOW, booking).await.unwrap();
}
