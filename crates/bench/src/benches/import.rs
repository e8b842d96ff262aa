//! A company's first pull, against the least that has to happen: serving its listings, and writing its rows by the same
//! statements in the same transactions. And what one changed event costs afterwards.

use std::time::{Duration, Instant};

use chrono::Days;
use http::{Method, Request};
use http_body_util::Full;
use sandbox::World;
use sandbox::world::access::Actor;
use serde_json::{Value, json};
use store::{BareImport, Store};
use testkit::{acted, now_micros};

use crate::Setting;
use crate::client::Connection;
use crate::figures::{Spread, head, millis, percentile, row, short};
use crate::house::{DOMAIN, House, Visitor, admin_of, tomorrow, world};
use crate::sockets::Screens;

const ROOMS: usize = 50;
/// The most that Google lists at once.
const A_PAGE: usize = 2_500;
const A_DAY: usize = 8;
/// Between two changes: a calm in which nothing waits.
const CALM: Duration = Duration::from_millis(350);

/// The world, and an event of each room on the day that is looked at, the first in their order.
struct Full50 {
    world: World,
    emails: Vec<String>,
    ids: Vec<String>,
}

/// So many events in each room, eight a day, half before the day that is looked at and half from it on.
fn full(events: usize) -> Full50 {
    let date = tomorrow();
    let mut world = world(&[DOMAIN.to_owned()], ROOMS, 0, date);
    let now = now_micros();
    let first = date - Days::new((events / A_DAY / 2) as u64);
    let emails: Vec<String> =
        (1..=ROOMS).map(|room| world.room_email(DOMAIN, &format!("회의실 {room}")).unwrap()).collect();
    let mut ids = Vec::with_capacity(ROOMS);
    for (index, email) in emails.iter().enumerate() {
        for event in 0..events {
            let day = first + Days::new((event / A_DAY) as u64);
            let minutes = 480 + event % A_DAY * 90;
            let time = |minutes: usize| format!("{day}T{:02}:{:02}:00+09:00", minutes / 60, minutes % 60);
            let body = json!({
                "summary": format!("주간 회의 {}-{event}", index + 1),
                "start": { "dateTime": time(minutes), "timeZone": "Asia/Seoul" },
                "end": { "dateTime": time(minutes + 60), "timeZone": "Asia/Seoul" },
                "attendees": [{ "email": email, "resource": true }],
            });
            let made = world.act_insert(&Actor::person(&admin_of(DOMAIN)), "primary", &body, now).unwrap();
            if day == date && event % A_DAY == 0 {
                ids.push(made.1);
            }
        }
        world.tick(now);
    }
    Full50 { world, emails, ids }
}

/// How long it takes to be served all listings, one after the other on one connection.
async fn served(house: &House, emails: &[String]) -> f64 {
    let addr = house.google.root.trim_start_matches("http://").parse().unwrap();
    let mut connection = Connection::open(addr).await;
    let begun = Instant::now();
    for email in emails {
        let path = format!(
            "/calendar/v3/calendars/{}/events?maxResults={A_PAGE}&singleEvents=false&showDeleted=true",
            email.replace('@', "%40")
        );
        let request = Request::get(path)
            .header("host", "google")
            .header("authorization", format!("Bearer sandbox:{}", admin_of(DOMAIN)))
            .body(Full::default());
        connection.ask(request.unwrap()).await;
    }
    millis(begun.elapsed())
}

/// Listings of everything since `mark`, and all requests.
fn asked(house: &House, mark: u64) -> (usize, usize) {
    let whole = |entry: &&Value| !entry["query"].as_str().unwrap_or_default().contains("syncToken");
    let requests = house.google.log(mark).iter().filter(|entry| entry["kind"] == "request").count();
    (house.google.pulls(mark).iter().filter(whole).count(), requests)
}

pub(crate) async fn run(setting: &Setting) -> anyhow::Result<()> {
    let events: usize = setting.or_quick(2_000, 64);
    let fewest = ROOMS * events.div_ceil(A_PAGE);
    let (mut ours, mut serving, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    let (mut listings, mut requests, mut memory, mut rows) = (0, 0, 0.0_f64, 0);
    let rounds = setting.or_quick(3, 1);
    for round in 0..rounds {
        let full = full(events);
        let mut house = House::open(setting, full.world).await;
        serving.push(served(&house, &full.emails).await);
        let mark = house.google.mark();
        let begun = Instant::now();
        let visitor = house.found(DOMAIN).await;
        ours.push(millis(begun.elapsed()));
        (listings, requests) = asked(&house, mark);
        memory = memory.max(house.peak_memory());
        if round + 1 == rounds {
            steady(setting, &house, visitor, &full.ids, &full.emails).await;
        }
        house.stop().await;
        let store = Store::open(house.database_url()).await?;
        let company = store.system().company_by_domain(DOMAIN).await?.expect("it was founded").id;
        store.close().await;
        let copy = setting.folder.join(format!("bare-{}-{round}.db", std::process::id()));
        let url = format!("sqlite://{}?mode=rwc", copy.display());
        let mut rewritten = BareImport::of(house.database_url(), &url, company).await?;
        rows = rewritten.rows();
        let begun = Instant::now();
        rewritten.run().await?;
        bare.push(millis(begun.elapsed()));
        for ending in ["", "-wal", "-shm"] {
            std::fs::remove_file(format!("{}{ending}", copy.display())).ok();
        }
    }
    let least: Vec<f64> = serving.iter().zip(&bare).map(|(serving, bare)| serving + bare).collect();
    println!();
    head(&["rooms", "events each", "first pull, ms", "serving, ms", "bare rows, ms", "first pull / both"]);
    row(&[
        &ROOMS,
        &events,
        &Spread::of(&ours),
        &Spread::of(&serving),
        &Spread::of(&bare),
        &Spread::ratio(&ours, &least),
    ]);
    println!(
        "\n{rows} rows. {listings} listings, the fewest are {fewest}; {requests} requests of every kind. At most {} MB.",
        short(memory / 1e6)
    );
    Ok(())
}

/// One event changes at a time: what is asked of Google for it, and how long it takes to a screen.
async fn steady(setting: &Setting, house: &House, mut visitor: Visitor, ids: &[String], emails: &[String]) {
    let screens = Screens::open(house, &visitor, |_| house.date, 1).await;
    let admin = admin_of(DOMAIN);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mark = house.google.mark();
    let before = visitor.browser.day(house.date).await.grid.seq;
    let rounds = setting.or_quick(200, 5);
    let (mut told, mut bare) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let place = round % ROOMS;
        let title = format!("steady-{round:04}");
        // On the room's own copy nobody answers to it: it is one change.
        let change = json!({ "summary": title });
        let path = format!("/calendar/v3/calendars/primary/events/{}", ids[place]);
        let change = async { drop(acted(&house.google.call(&admin, Method::PATCH, &path, &change).await)) };
        told.push(screens.told(&title, 1, change).await.last);
        let listing =
            format!("/calendar/v3/calendars/{}/events?maxResults=1", emails[place].replace('@', "%40"));
        let begun = Instant::now();
        acted(&house.google.call(&admin, Method::GET, &listing, &Value::Null).await);
        bare.push(millis(begun.elapsed()));
        tokio::time::sleep(CALM).await;
    }
    let lists = house
        .google
        .pulls(mark)
        .iter()
        .filter(|entry| entry["query"].as_str().unwrap_or_default().contains("syncToken"))
        .count();
    let after = visitor.browser.day(house.date).await.grid.seq;
    println!();
    head(&[
        "changed events",
        "listings",
        "transactions that told",
        "to the frame, p50, ms",
        "p99, ms",
        "a call, p50, ms",
    ]);
    row(&[
        &rounds,
        &lists,
        &(after.0 - before.0),
        &short(percentile(&told, 0.5)),
        &short(percentile(&told, 0.99)),
        &short(percentile(&bare, 0.5)),
    ]);
}
