//! A house: Google on one side, Roomly on the other.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::{Days, NaiveDate};
use chrono_tz::Asia::Seoul;
use http::header::{COOKIE, ORIGIN};
use model::page::AdminPage;
use sandbox::{SeedOptions, World};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::browser::Browser;
use crate::database::Database;
use crate::google::Google;
use crate::roomly::Roomly;
use crate::screen::Screen;
use crate::wait::{now_micros, wait_until};

/// The first company: Seoul.
pub const HANBIT: &str = "hanbit.example";
/// The other company.
pub const ACME: &str = "acme.example";
/// No request at Google for so long: nothing is under way.
const QUIET: Duration = Duration::from_millis(400);

/// What a story begins with.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// `env!("CARGO_BIN_EXE_roomly")`, which only the package of the binary knows.
    pub binary: &'static str,
    /// `env!("CARGO_TARGET_TMPDIR")`.
    pub folder: &'static str,
    /// `ROOMLY_POLL_SECONDS`.
    pub poll_seconds: u32,
    /// The demo's two companies with their day, or a small world without a booking.
    pub seeded: bool,
}

pub struct House {
    pub google: Google,
    pub roomly: Roomly,
    /// With `ROOMLY_TEST_SERVERS=2` a second server on the same database, which people's screens are at: whatever a
    /// story does here, they see there.
    other: Option<Roomly>,
    /// The day that stories happen on: soon, and free in the small world.
    pub date: NaiveDate,
    /// Today in Seoul; the day that boards show.
    pub today: NaiveDate,
    /// After `roomly`: the program ends first.
    pub database: Database,
    pub folder: PathBuf,
}

impl House {
    /// Google and a Roomly that nobody founded a company on.
    pub async fn open(setup: Setup) -> Self {
        if !services::given::prefers_two_servers() {
            return Self::open_on(setup, None, &[]).await;
        }
        let redis = services::given::redis();
        let settings: Vec<_> = redis.iter().map(|url| ("REDIS_URL", url.as_str())).collect();
        let mut house = Self::open_on(setup, Database::postgres(), &settings).await;
        let mut other = house.roomly.another("web,worker");
        other.start().await;
        house.other = Some(other);
        house
    }

    /// The same on a given database and with further settings.
    pub async fn open_on(setup: Setup, database: Option<Database>, settings: &[(&str, &str)]) -> Self {
        static HOUSES: AtomicU32 = AtomicU32::new(0);
        let number = HOUSES.fetch_add(1, Ordering::Relaxed);
        let folder = Path::new(setup.folder).join(format!("story-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut world =
            if setup.seeded { World::seeded(now_micros(), SeedOptions::default()) } else { small_world() };
        // Long enough that a pending booking is seen, short enough that a story is.
        world.settings.room_answer_delay_ms = 150;
        let google = Google::serve(world).await;
        let database = database.unwrap_or_else(|| Database::fresh(&folder));
        let binary = Path::new(setup.binary);
        let mut roomly = Roomly::new(binary, &folder, &database.url, &google.root, setup.poll_seconds);
        for (name, value) in settings {
            roomly.set(name, value);
        }
        roomly.start().await;
        let today = sandbox::world::clock::civil(now_micros(), Seoul).date();
        Self { google, roomly, other: None, date: today + Days::new(2), today, database, folder }
    }

    /// A browser that nobody signed in with.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.roomly.root, &self.google.root)
    }

    /// A browser in which this person signed in.
    pub async fn signed_in(&self, email: &str, consent: &str) -> Browser {
        let mut browser = self.browser();
        let answer = browser.sign_in(email, consent).await;
        assert!(answer.status.is_redirection(), "{email}: {} {}", answer.status, answer.text());
        assert!(browser.is_signed_in(), "{email} has no session");
        browser
    }

    /// Founds the admin's company through the whole flow, and waits until every room is followed.
    pub async fn found(&self, admin: &str) -> Browser {
        let mut browser = self.signed_in(admin, "company").await;
        wait_until("every room to be followed", async || {
            let page: AdminPage = browser.load("load_admin", &[]).await.read();
            let followed =
                |room: &model::page::SyncRow| room.last_pull.is_some() && room.channel_expires.is_some();
            (!page.rooms.is_empty() && page.rooms.iter().all(followed)).then_some(())
        })
        .await;
        self.quiet().await;
        browser
    }

    /// Waits until Google hears nothing from Roomly for a moment, and nothing is on its way to it.
    pub async fn quiet(&self) {
        let mut seen = (self.google.mark(), Instant::now());
        wait_until("quiet", async || {
            let mark = self.google.mark();
            if mark != seen.0 || self.google.world().next_due().is_some() {
                seen = (mark, Instant::now());
            }
            (seen.1.elapsed() >= QUIET).then_some(())
        })
        .await;
    }

    /// `HH:MM` on the story's day in Seoul, as RFC 3339.
    pub fn at(&self, clock: &str) -> String {
        self.on(self.date, clock)
    }

    /// `HH:MM` in Seoul on a day.
    pub fn on(&self, date: NaiveDate, clock: &str) -> String {
        format!("{date}T{clock}:00+09:00")
    }

    /// An event for Google's API on the story's day.
    pub fn event(&self, title: &str, from: &str, to: &str, room: &str) -> Value {
        json!({
            "summary": title,
            "start": { "dateTime": self.at(from), "timeZone": "Asia/Seoul" },
            "end": { "dateTime": self.at(to), "timeZone": "Asia/Seoul" },
            "attendees": [{ "email": room, "resource": true }],
        })
    }

    /// A screen of the signed-in browser that follows a day; at the other server, where there is one.
    pub async fn screen(&self, browser: &Browser, date: NaiveDate) -> Screen {
        let Some(other) = &self.other else { return self.screen_here(browser, date).await };
        self.screen_here(&browser.at(&other.root), date).await
    }

    /// A screen at the browser's own server.
    pub async fn screen_here(&self, browser: &Browser, date: NaiveDate) -> Screen {
        let cookies = browser.cookie_header();
        let headers = [(ORIGIN.as_str(), browser.root.as_str()), (COOKIE.as_str(), cookies.as_str())];
        let mut screen = Screen::open(&browser.root, "/live", &headers, date).await.unwrap();
        screen.subscribe().await;
        screen
    }

    /// A lobby board's screen; at the other server, where there is one.
    pub async fn board(&self, token: &str, date: NaiveDate) -> Screen {
        self.board_at(&self.other.as_ref().unwrap_or(&self.roomly).root, token, date).await
    }

    /// A lobby board's screen at the server with this address.
    pub async fn board_at(&self, root: &str, token: &str, date: NaiveDate) -> Screen {
        let headers = [(ORIGIN.as_str(), root)];
        let path = format!("/display/{token}/live");
        let mut screen = Screen::open(root, &path, &headers, date).await.unwrap();
        screen.subscribe().await;
        screen
    }

    /// What every server wrote to standard error.
    pub fn log(&self) -> String {
        let other = self.other.as_ref().map(Roomly::log).unwrap_or_default();
        self.roomly.log() + &other
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let from = log.char_indices().rev().nth(4_000).map_or(0, |(index, _)| index);
            #[expect(clippy::print_stderr, reason = "what a failing story is understood by")]
            {
                eprintln!("--- roomly's last words ---\n{}", &log[from..]);
            }
        }
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// Two companies, five people, a few rooms, no bookings.
fn small_world() -> World {
    let mut world = World::empty(7);
    world.add_company(HANBIT, Seoul);
    for (local, given, family, admin) in
        [("mina", "민아", "김", true), ("joon", "준", "이", false), ("seoyeon", "서연", "박", false)]
    {
        world.add_user(&format!("{local}@{HANBIT}"), given, family, admin);
    }
    world.add_building(HANBIT, "main", "본관", &["2", "3"]);
    for (name, floor, seats) in [("한라", "2", 12), ("백록담", "2", 30), ("설악", "3", 8), ("지리", "3", 10)]
    {
        world.add_room(HANBIT, name, Some("main"), Some(floor), seats, &[]);
    }
    world.add_company(ACME, chrono_tz::America::New_York);
    world.add_user(&format!("ada@{ACME}"), "Ada", "Park", true);
    world.add_building(ACME, "hq", "Headquarters", &["1"]);
    world.add_room(ACME, "Hudson", Some("hq"), Some("1"), 12, &[]);
    world.add_user("personal@gmail.com", "Pat", "Personal", false);
    world
}
