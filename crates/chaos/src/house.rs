//! Everything that a run needs, started: Google, wires, databases, servers, and people who are signed in.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context as _, Result};
use chrono::{Days, NaiveDate};
use chrono_tz::Asia::Seoul;
use model::page::AdminPage;
use sandbox::World;
use services::{Postgres, PostgresBin, PostgresOptions, Redis, given};
use testkit::{Browser, Database, Google, HANBIT, Program, Roomly, now_micros, wait_until};
use tokio::sync::Mutex;

use crate::check::agree::Rooms;
use crate::plan::{Kind, Plan, Wire};
use crate::proxy::Proxy;
use crate::servers::Servers;

/// The administrator.
pub(crate) const ADMIN: &str = "mina@hanbit.example";
/// People who book, and whether their bookings stand in calendars of their own.
const PEOPLE: [(&str, &str); 6] = [
    ("mina", "company"),
    ("joon", "calendar"),
    ("seoyeon", "calendar"),
    ("hana", "calendar"),
    ("doyun", "identity"),
    ("jiwoo", "identity"),
];
/// People who know Google alone.
pub(crate) const OUTSIDERS: [&str; 2] = ["yuna@hanbit.example", "taeho@hanbit.example"];
const ROOMS: [&str; 5] = ["한라", "백록담", "설악", "지리", "금강"];
/// So many seconds between periodic passes, the fewest there can be.
const POLL_SECONDS: u32 = 5;

/// Started once a process; every run has a database of its own in it.
pub(crate) struct Machines {
    pub postgres: Postgres,
    pub redis: Redis,
}

impl Machines {
    pub(crate) fn start() -> Result<Self> {
        let bin =
            given::postgres_bin().and_then(|folder| PostgresBin::at(&folder)).or_else(PostgresBin::find);
        let bin = bin.context("PostgreSQL is not installed")?;
        let options = PostgresOptions { durable: true, ..PostgresOptions::default() };
        Ok(Self { postgres: Postgres::start(&bin, &options)?, redis: Redis::start()? })
    }
}

/// Somebody who books.
pub(crate) struct Person {
    pub name: &'static str,
    pub program: Program,
}

pub(crate) struct House {
    // Before the databases: the programs end first.
    pub servers: Servers,
    pub google: Google,
    pub to_google: Proxy,
    pub to_postgres: Option<Proxy>,
    pub to_redis: Option<Proxy>,
    pub people: Vec<Person>,
    pub admin: Browser,
    pub rooms: Rooms,
    /// The first of the days that are booked.
    pub first: NaiveDate,
    #[expect(dead_code, reason = "dropped with the house, before its PostgreSQL")]
    database: Database,
    pub machines: Mutex<Option<Machines>>,
}

impl House {
    /// Starts all of it in `folder`.
    pub(crate) async fn open(
        plan: &Plan,
        binary: &Path,
        folder: &Path,
        machines: Option<Machines>,
    ) -> Result<Self> {
        let google = Google::serve(world(plan.seed)).await;
        let to_google = Proxy::to(google.root.trim_start_matches("http://").parse()?).await?;
        let google_root = format!("http://{}", to_google.addr());
        let (mut to_postgres, mut to_redis) = (None, None);
        let (database, url) = match &machines {
            Some(Machines { postgres, redis }) => {
                redis.flush()?;
                let database = Database::on(&postgres.url());
                let proxy = Proxy::to(local(postgres.port())).await?;
                let url =
                    database.url.replace(&local(postgres.port()).to_string(), &proxy.addr().to_string());
                to_postgres = Some(proxy);
                to_redis = Some(Proxy::to(local(redis.port())).await?);
                (database, url)
            }
            None => {
                let database = Database::file(folder);
                let url = database.url.clone();
                (database, url)
            }
        };
        let mut first = Roomly::new(binary, folder, &url, &google_root, POLL_SECONDS);
        // One program may ask as often as it can.
        first.set("ROOMLY_API_TOKEN_RATE", "0");
        first.set("ROOMLY_API_COMPANY_RATE", "0");
        if let Some(redis) = &to_redis {
            first.set("REDIS_URL", &format!("redis://{}", redis.addr()));
        }
        first.start().await;
        let mut programs = vec![first];
        for _ in 1..plan.servers {
            let mut other = programs[0].another("web,worker");
            other.start().await;
            programs.push(other);
        }
        let root = programs[0].root.clone();
        let (admin, people) = founded(&root, &google_root).await?;
        let rooms = rooms(&google, &people[0].program).await?;
        let first = sandbox::world::clock::civil(now_micros(), Seoul).date() + Days::new(2);
        Ok(Self {
            servers: Servers::new(programs),
            google,
            to_google,
            to_postgres,
            to_redis,
            people,
            admin,
            rooms,
            first,
            database,
            machines: Mutex::new(machines),
        })
    }

    /// The wire to one of Roomly's partners, where the run has it.
    pub(crate) fn wire(&self, wire: Wire) -> Option<&Proxy> {
        match wire {
            Wire::Google => Some(&self.to_google),
            Wire::Postgres => self.to_postgres.as_ref(),
            Wire::Redis => self.to_redis.as_ref(),
        }
    }
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// A folder for a run, empty.
pub(crate) fn folder(parent: &Path, db: Kind, seed: u64) -> Result<std::path::PathBuf> {
    let word = if db == Kind::Sqlite { "sqlite" } else { "postgres" };
    let folder = parent.join(format!("{word}-{seed}"));
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(&folder)?,
    }
    Ok(folder)
}

/// One company, its people and its rooms, no bookings.
fn world(seed: u64) -> World {
    let mut world = World::empty(seed);
    world.settings.room_answer_delay_ms = 100;
    world.add_company(HANBIT, Seoul);
    let outsiders = OUTSIDERS.iter().map(|email| email.split('@').next().unwrap_or_default());
    for (index, name) in PEOPLE.iter().map(|(name, _)| *name).chain(outsiders).enumerate() {
        world.add_user(&format!("{name}@{HANBIT}"), name, "김", index == 0);
    }
    world.add_building(HANBIT, "main", "본관", &["2"]);
    for name in ROOMS {
        world.add_room(HANBIT, name, Some("main"), Some("2"), 8, &[]);
    }
    world
}

/// The administrator connects the company, the others sign in, and all of them make tokens.
async fn founded(root: &str, google: &str) -> Result<(Browser, Vec<Person>)> {
    let mut people = Vec::new();
    let mut admin = None;
    for (name, consent) in PEOPLE {
        let mut browser = Browser::new(root, google);
        browser.sign_in(&format!("{name}@{HANBIT}"), consent).await;
        anyhow::ensure!(browser.is_signed_in(), "{name} cannot sign in");
        people.push(Person { name, program: browser.program().await });
        admin.get_or_insert(browser);
    }
    let mut admin = admin.context("nobody signed in")?;
    wait_until("every room to be followed", async || {
        let page: AdminPage = admin.load("load_admin", &[]).await.read();
        let followed =
            |room: &model::page::SyncRow| room.last_pull.is_some() && room.channel_expires.is_some();
        (page.rooms.len() == ROOMS.len() && page.rooms.iter().all(followed)).then_some(())
    })
    .await;
    Ok((admin, people))
}

async fn rooms(google: &Google, program: &Program) -> Result<Rooms> {
    let listed = program.get("/rooms").await.json();
    let number = |name: &str| {
        let rooms = listed["rooms"].as_array()?;
        rooms.iter().find(|room| room["name"] == name)?["number"].as_i64()
    };
    let pairs = ROOMS.iter().map(|name| {
        let number = number(name).with_context(|| format!("Roomly does not list {name}"))?;
        Ok((google.room_email(HANBIT, name), number))
    });
    pairs.collect()
}
