//! The real program, and a stand-in for Google in this process.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use bytes::Bytes;
use chrono::{Days, NaiveDate};
use chrono_tz::Asia::Seoul;
use http::header::{ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, ORIGIN};
use http::{Method, Request};
use http_body_util::Full;
use model::RoomNumber;
use model::page::AdminPage;
use sandbox::World;
use sandbox::world::access::Actor;
use serde_json::json;
use testkit::{Browser, Google, Wish, now_micros, wait_until, wait_until_within};
use tokio::process::{Child, Command};

use crate::Setting;

/// The first company.
pub(crate) const DOMAIN: &str = "a.example";

/// A folder of this run, removed on drop.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Roomly, Google and the day that is looked at.
pub(crate) struct House {
    pub(crate) google: Google,
    pub(crate) root: String,
    pub(crate) addr: SocketAddr,
    pub(crate) date: NaiveDate,
    roomly: PathBuf,
    database: String,
    folder: Folder,
    child: Option<Child>,
}

/// One company: the administrator's address and rooms.
pub(crate) fn admin_of(domain: &str) -> String {
    format!("admin@{domain}")
}

/// Companies with so many rooms, and so many bookings in each room of the first one on `date`, spread over the day.
pub(crate) fn world(domains: &[String], rooms: usize, bookings: usize, date: NaiveDate) -> World {
    let mut world = World::empty(7);
    world.settings.room_answer_delay_ms = 0;
    let now = now_micros();
    for domain in domains {
        world.add_company(domain, Seoul);
        world.add_user(&admin_of(domain), "민아", "김", true);
        world.add_building(domain, "main", "본관", &["1", "2", "3", "4", "5"]);
        for room in 0..rooms {
            let floor = (1 + room % 5).to_string();
            world.add_room(domain, &format!("회의실 {}", room + 1), Some("main"), Some(&floor), 8, &["TV"]);
        }
    }
    for (index, room) in world
        .directory
        .rooms(&domains[0])
        .into_iter()
        .map(|room| room.email.clone())
        .enumerate()
        .collect::<Vec<_>>()
    {
        for booking in 0..bookings {
            // From 08:00, ninety minutes apart: the evening stays free.
            let minutes = 480 + booking * 90;
            let time = |minutes: usize| format!("{date}T{:02}:{:02}:00+09:00", minutes / 60, minutes % 60);
            let body = json!({
                "summary": format!("주간 회의 {}-{booking}", index + 1),
                "start": { "dateTime": time(minutes), "timeZone": "Asia/Seoul" },
                "end": { "dateTime": time(minutes + 60), "timeZone": "Asia/Seoul" },
                "attendees": [{ "email": room, "resource": true }],
            });
            world.act_insert(&Actor::person(&admin_of(&domains[0])), "primary", &body, now).unwrap();
        }
        world.tick(now);
    }
    world
}

/// Tomorrow in Seoul: nothing on it is over.
pub(crate) fn tomorrow() -> NaiveDate {
    sandbox::world::clock::civil(now_micros(), Seoul).date() + Days::new(1)
}

impl House {
    /// Serves `world`, and a Roomly that knows nothing yet.
    pub(crate) async fn open(setting: &Setting, world: World) -> Self {
        Self::open_on(setting, world, None).await
    }

    /// On this database; on an SQLite of its own without.
    pub(crate) async fn open_on(setting: &Setting, world: World, database: Option<String>) -> Self {
        let google = Google::serve(world).await;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        drop(listener);
        let folder = setting.folder.join(format!("bench-{}-{}", std::process::id(), addr.port()));
        copy(&setting.site, &folder.join("site"));
        let roomly = setting.roomly.clone();
        let root = format!("http://{addr}");
        let database = database.unwrap_or_else(|| format!("sqlite://{}", folder.join("roomly.db").display()));
        let (date, folder) = (tomorrow(), Folder(folder));
        let mut house = Self { google, root, addr, date, roomly, database, folder, child: None };
        house.start().await;
        house
    }

    pub(crate) async fn start(&mut self) {
        let log = fs::File::options().create(true).append(true).open(self.folder.0.join("log")).unwrap();
        let mut command = self.command();
        command
            .args(["serve", "--addr", &self.addr.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true);
        self.child = Some(command.spawn().unwrap());
        let mut browser = self.browser();
        wait_until("roomly to be ready", async || {
            let answer = browser.try_send(Method::GET, "/readyz", &[], String::new()).await;
            answer.is_ok_and(|answer| answer.status == 200).then_some(())
        })
        .await;
    }

    /// `roomly` with the settings of this house.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.roomly);
        command
            .env_clear()
            .env("DATABASE_URL", &self.database)
            .env("GOOGLE_API_ROOT", &self.google.root)
            .env("GOOGLE_OAUTH_ROOT", &self.google.root)
            .env("GOOGLE_CLIENT_ID", sandbox::world::oauth::DEMO_CLIENT)
            .env("GOOGLE_CLIENT_SECRET", sandbox::world::oauth::DEMO_SECRET)
            .env("ROOMLY_HOOKS_URL", &self.root)
            .env("ROOMLY_PUBLIC_URL", &self.root)
            .env("ROOMLY_LOG", "warn")
            .env("ROOMLY_SECRET_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
            .env("ROOMLY_SITE", self.site())
            // One program may ask as often as it can.
            .env("ROOMLY_API_TOKEN_RATE", "0")
            .env("ROOMLY_GOOGLE_PROJECT_RATE", "0")
            .env("ROOMLY_GOOGLE_ACCOUNT_RATE", "0")
            .env("ROOMLY_API_COMPANY_RATE", "0")
            .current_dir(&self.folder.0);
        command
    }

    /// A token of the company's administrator for the REST API.
    pub(crate) async fn token(&self, domain: &str) -> String {
        let output =
            self.command().args(["token", "--person", &admin_of(domain), "--domain", domain]).output();
        let output = output.await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().next().unwrap().to_owned()
    }

    /// SIGTERM, and the end.
    pub(crate) async fn stop(&mut self) {
        let mut child = self.child.take().unwrap();
        let id = child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
        child.wait().await.unwrap();
    }

    pub(crate) fn database_url(&self) -> &str {
        &self.database
    }

    /// A copy of the built site, which a bench may add to.
    pub(crate) fn site(&self) -> PathBuf {
        self.folder.0.join("site")
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.root, &self.google.root)
    }

    /// Founds the company and waits until every room was read.
    pub(crate) async fn found(&self, domain: &str) -> Visitor {
        let mut browser = self.browser();
        let answer = browser.sign_in(&admin_of(domain), "company").await;
        assert!(answer.status.is_redirection() && browser.is_signed_in(), "{}", answer.text());
        wait_until_within(std::time::Duration::from_secs(120), "every room to be read", async || {
            let page: AdminPage = browser.load("load_admin", &[]).await.read();
            (!page.rooms.is_empty() && page.rooms.iter().all(|room| room.last_pull.is_some())).then_some(())
        })
        .await;
        Visitor { cookies: browser.cookie_header(), browser, root: self.root.clone(), date: self.date }
    }

    /// Resident memory of the program, in bytes. Linux knows.
    pub(crate) fn memory(&self) -> f64 {
        self.status("VmRSS:")
    }

    /// The most that it ever was.
    pub(crate) fn peak_memory(&self) -> f64 {
        self.status("VmHWM:")
    }

    fn status(&self, name: &str) -> f64 {
        let id = self.child.as_ref().unwrap().id().unwrap();
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().trim_end_matches(" kB").trim().parse::<f64>().unwrap() * 1024.0
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A signed-in person, and the requests they send.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) browser: Browser,
    pub(crate) cookies: String,
    root: String,
    date: NaiveDate,
}

impl Visitor {
    /// A page or a file, as a browser asks for it; `encoding` is what it may be compressed with.
    pub(crate) fn get(&self, path: &str, encoding: Option<&str>) -> Request<Full<Bytes>> {
        let accept = if path.starts_with("/fn/") { "application/json" } else { "text/html" };
        let mut request = Request::get(path)
            .header("host", self.host())
            .header(ACCEPT, accept)
            .header(ACCEPT_LANGUAGE, "ko")
            .header(COOKIE, &self.cookies);
        if let Some(encoding) = encoding {
            request = request.header(ACCEPT_ENCODING, encoding);
        }
        request.body(Full::default()).unwrap()
    }

    pub(crate) fn host(&self) -> &str {
        self.root.trim_start_matches("http://")
    }

    pub(crate) fn day_page(&self) -> String {
        format!("/rooms?date={}", self.date)
    }

    /// A call of a server function, as the hydrated page sends it.
    pub(crate) fn post(&self, name: &str, pairs: &[(&str, String)]) -> Request<Full<Bytes>> {
        let mut body = String::new();
        for (key, value) in pairs {
            let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            body.push_str(&format!("{}{key}={value}", if body.is_empty() { "" } else { "&" }));
        }
        Request::post(format!("/fn/{name}"))
            .header("host", self.host())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(COOKIE, &self.cookies)
            .header(ORIGIN, &self.root)
            .body(Full::from(body))
            .unwrap()
    }

    /// `HH:MM` so many minutes after midnight, so many days after the day of the house.
    pub(crate) fn at(&self, days: u64, minutes: usize) -> String {
        let date = self.date + Days::new(days);
        format!("{date}T{:02}:{:02}:00+09:00", minutes / 60, minutes % 60)
    }

    /// A booking in the evening of the day, which the seed leaves free.
    pub(crate) async fn evening(&mut self, room: RoomNumber, title: &str) -> model::page::Booked {
        let wish = Wish::new(room, &self.at(0, 21 * 60), &self.at(0, 21 * 60 + 30), title);
        self.browser.booked(&wish).await
    }

    pub(crate) async fn rooms(&mut self) -> Vec<RoomNumber> {
        let date = self.date;
        self.browser.day(date).await.grid.rooms.iter().map(|room| room.number).collect()
    }
}
