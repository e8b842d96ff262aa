//! Bookings by the REST API, against the least that each database needs to keep one booking from overlapping another:
//! on PostgreSQL an insert under an exclusion constraint, from pgbench; on SQLite a transaction with a look and an
//! insert. Both sides reach the disk before they answer.
//!
//! Google refuses everything for the time of the bench, as its quotas would at such a pace: what is measured is the
//! promise, not the stand-in.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http_body_util::Full;
use serde_json::json;
use services::{Postgres, PostgresBin, PostgresOptions};

use crate::Setting;
use crate::client::{Connection, load};
use crate::figures::{Spread, head, row};
use crate::house::{House, Visitor, tomorrow, world};

const ROOMS: usize = 50;
/// Five minutes each, from midnight on; the last would end on the next day.
const A_DAY: usize = 287;

/// The bare constraint: what pgbench runs.
const TABLE: &str = "CREATE EXTENSION IF NOT EXISTS btree_gist; CREATE TABLE bare (room int NOT NULL, \
    during int8range NOT NULL, title text NOT NULL, EXCLUDE USING gist (room WITH =, during WITH &&))";
const SCRIPT: &str = "\\set room random(1, 50)\n\\set slot random(1, 1000000000)\n\
    INSERT INTO bare VALUES (:room, int8range(CAST(:slot AS bigint) * 300, CAST(:slot AS bigint) * 300 + 300), \
    '주간 회의') ON CONFLICT DO NOTHING;\n";

/// Somebody's program.
#[derive(Clone)]
struct Caller {
    visitor: Visitor,
    token: String,
    rooms: Vec<i64>,
    /// Bookings so far, all connections together.
    made: Arc<AtomicUsize>,
}

impl Caller {
    async fn new(house: &House, domain: &str) -> Self {
        let mut visitor = house.found(domain).await;
        let rooms = visitor.rooms().await.into_iter().map(|room| room.0).collect();
        Self { visitor, token: house.token(domain).await, rooms, made: Arc::default() }
    }

    /// A booking of the next free five minutes.
    fn next(&self) -> Request<Full<Bytes>> {
        self.create(self.made.fetch_add(1, Ordering::Relaxed))
    }

    fn create(&self, number: usize) -> Request<Full<Bytes>> {
        let (room, slot) = (self.rooms[number % self.rooms.len()], number / self.rooms.len());
        let (day, minutes) = (1 + slot / A_DAY, slot % A_DAY * 5);
        let body = json!({
            "room": room,
            "start": self.visitor.at(day as u64, minutes),
            "end": self.visitor.at(day as u64, minutes + 5),
            "title": "주간 회의",
        });
        Request::post("/api/v1/bookings")
            .header("host", self.visitor.host())
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(body.to_string()))
            .unwrap()
    }
}

/// A Roomly under load and the callers of its companies.
struct Side {
    house: House,
    callers: Vec<Caller>,
}

impl Side {
    async fn open(setting: &Setting, companies: usize, database: Option<String>) -> Self {
        let domains: Vec<String> = (0..companies).map(|number| format!("company{number}.example")).collect();
        let rooms = if companies == 1 { ROOMS } else { 10 };
        let house = House::open_on(setting, world(&domains, rooms, 0, tomorrow()), database).await;
        let mut callers = Vec::with_capacity(companies);
        for domain in &domains {
            callers.push(Caller::new(&house, domain).await);
        }
        house.google.break_with(json!({ "matcher": { "path": "/events" }, "action": { "status": 403 } }));
        Self { house, callers }
    }

    /// Bookings a second.
    async fn round(&self, connections: usize, time: Duration) -> f64 {
        let callers = self.callers.clone();
        let create = move |connection: usize, _| callers[connection % callers.len()].next();
        load(self.house.addr, connections, time, create).await.per_second
    }
}

pub(crate) async fn run(setting: &Setting) -> Result<()> {
    let bin = PostgresBin::find().context("PostgreSQL is not installed")?;
    let durable = PostgresOptions { durable: true, settings: Vec::new() };
    let postgres = Postgres::start(&bin, &durable)?;
    let time = Duration::from_millis(setting.or_quick(4_000, 500));
    head(&["database", "companies", "connections", "Roomly, 1/s", "bare, 1/s", "Roomly / bare"]);
    for companies in [1, 16] {
        let lite = Side::open(setting, companies, None).await;
        let url = postgres.url().replace("/postgres", &format!("/roomly{companies}"));
        psql(&postgres, &postgres.url(), &format!("CREATE DATABASE roomly{companies}"))?;
        let full = Side::open(setting, companies, Some(url)).await;
        let mut bare = Bare::new(setting, &postgres, companies)?;
        for connections in [16, 32] {
            let mut figures = [(); 4].map(|()| Vec::new());
            for _ in 0..setting.or_quick(5, 1) {
                figures[0].push(lite.round(connections, time).await);
                figures[1].push(bare.sqlite(time).await?);
                figures[2].push(full.round(connections, time).await);
                figures[3].push(bare.postgres(&postgres, connections, time)?);
            }
            for (database, pair) in [("SQLite", &figures[..2]), ("PostgreSQL", &figures[2..])] {
                let (ours, bare) = (Spread::of(&pair[0]), Spread::of(&pair[1]));
                row(&[&database, &companies, &connections, &ours, &bare, &Spread::ratio(&pair[0], &pair[1])]);
            }
        }
        for side in [&lite, &full] {
            let again = side.callers[0].create(0);
            let (status, _) = Connection::open(side.house.addr).await.try_ask(again).await;
            ensure!(status == http::StatusCode::CONFLICT, "conflicts were not checked: {status}");
        }
    }
    Ok(())
}

pub(super) fn psql(postgres: &Postgres, url: &str, sql: &str) -> Result<()> {
    let psql = postgres.bin().program("psql");
    let output = Command::new(psql).args([url, "-Xqc", sql]).output().context("psql")?;
    ensure!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// The references.
struct Bare {
    sqlite: String,
    made: i64,
    database: String,
    script: std::path::PathBuf,
}

impl Bare {
    fn new(setting: &Setting, postgres: &Postgres, companies: usize) -> Result<Self> {
        let file = setting.folder.join(format!("bare-{}-{companies}.db", std::process::id()));
        let script = setting.folder.join(format!("bare-{}.sql", std::process::id()));
        std::fs::write(&script, SCRIPT)?;
        psql(postgres, &postgres.url(), &format!("CREATE DATABASE bare{companies}"))?;
        let database = postgres.url().replace("/postgres", &format!("/bare{companies}"));
        psql(postgres, &database, TABLE)?;
        Ok(Self { sqlite: format!("sqlite://{}?mode=rwc", file.display()), made: 0, database, script })
    }

    /// One writer is the fastest that SQLite can be: more would wait for each other.
    async fn sqlite(&mut self, time: Duration) -> Result<f64> {
        const STEP: i64 = 100;
        let (begun, before) = (Instant::now(), self.made);
        while begun.elapsed() < time {
            store::bare_bookings(&self.sqlite, self.made, STEP).await?;
            self.made += STEP;
        }
        let made = u32::try_from(self.made - before)?;
        Ok(f64::from(made) / begun.elapsed().as_secs_f64())
    }

    fn postgres(&self, postgres: &Postgres, connections: usize, time: Duration) -> Result<f64> {
        let output = Command::new(postgres.bin().program("pgbench"))
            .args(["-n", "-M", "prepared", "-j", "2", "-c", &connections.to_string()])
            .args(["-T", &time.as_secs().max(1).to_string(), "-f"])
            .arg(&self.script)
            .arg(&self.database)
            .output()
            .context("pgbench")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let rate = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.with_context(|| format!("pgbench: {text}{}", String::from_utf8_lossy(&output.stderr)))
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let file = self.sqlite.trim_start_matches("sqlite://").trim_end_matches("?mode=rwc").to_owned();
        for file in [file.clone(), format!("{file}-wal"), format!("{file}-shm")] {
            let _ = std::fs::remove_file(file);
        }
        let _ = std::fs::remove_file(&self.script);
    }
}
