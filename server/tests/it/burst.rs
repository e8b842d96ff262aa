//! Twelve hours of silence, then ten thousand notifications at once (F-002, F-004, F-005): each is answered, none of the
//! forged is worked for, and a calendar is listed twice in ten seconds at most. How long bookings take meanwhile is
//! measured by the bench `storm`.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use model::{BookingState, Instant};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use testkit::{HANBIT, House, Wish, wait_until_within};

use crate::support::{JOON, MINA, SEOYEON, alone};
use crate::webhook::{Notice, genuine};

/// Rooms that change in Google, and one of which only forged notifications tell.
const ROOMS: [&str; 3] = ["한라", "백록담", "설악"];
const FORGED_ABOUT: &str = "지리";
/// Each goes out twice.
const GENUINE: usize = 4_500;
const FORGED: usize = 1_000;
const CALLERS: usize = 16;
/// So many believed notifications in ten seconds are a rush (`sync::pace`); on a slow machine they take their time.
const A_RUSH: usize = 40;
/// It lasts for ten seconds after them; the last ones may take a second to come.
const RUSH_LASTS: i64 = 9;
const HOURS: usize = 12;

/// What time it is at Google, after the silence.
fn there() -> Instant {
    Instant::from_micros(testkit::now_micros()).plus_minutes(60 * i64::try_from(HOURS).unwrap())
}

/// An hour passes at Google, in which a meeting is made in one of the rooms.
async fn an_hour(house: &House, hour: usize) -> String {
    let turn = json!({ "advance_seconds": 3_600 });
    testkit::acted(&house.google.call(MINA, Method::POST, "/sandbox/clock", &turn).await);
    let title = format!("Still {hour}");
    let room = house.google.room_email(HANBIT, ROOMS[hour % ROOMS.len()]);
    let (from, to) = (format!("{:02}:00", 8 + hour), format!("{:02}:30", 8 + hour));
    house.google.insert(SEOYEON, &house.event(&title, &from, &to, &room)).await;
    title
}

/// What is sent, in any order, with whether it is genuine.
fn burst(house: &House) -> Vec<(Notice, bool)> {
    let good = ROOMS.map(|room| genuine(house, &house.google.room_email(HANBIT, room)));
    let about = genuine(house, &house.google.room_email(HANBIT, FORGED_ABOUT));
    let mut dice = StdRng::seed_from_u64(12);
    let mut all = Vec::with_capacity(2 * GENUINE + FORGED);
    for number in 0..GENUINE {
        all.extend([(good[number % good.len()].clone(), true), (good[number % good.len()].clone(), true)]);
    }
    for number in 0..FORGED {
        let mut forged = about.clone();
        match number % 4 {
            0 => forged.token = good[0].token.clone(),
            1 => forged.token = String::new(),
            2 => forged.resource = good[0].resource.clone(),
            _ => {
                forged.channel = format!("018f0000-0000-7000-8000-{:012x}", dice.random_range(0..1_u64 << 40))
            }
        }
        all.push((forged, false));
    }
    all.shuffle(&mut dice);
    all
}

/// Sends all of them over a few connections; answers the statuses of the genuine and of the forged, and from when to when it
/// must be plain that this is a rush.
async fn post(root: &str, all: Vec<(Notice, bool)>) -> ([BTreeMap<StatusCode, usize>; 2], [Instant; 2]) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let mut posts = futures::stream::iter(all)
        .map(|(notice, good)| {
            let request = Request::post(format!("{root}/api/calendar/webhook"))
                .header("x-goog-channel-id", notice.channel)
                .header("x-goog-channel-token", notice.token)
                .header("x-goog-resource-id", notice.resource)
                .header("x-goog-resource-state", "exists")
                .body(Full::default());
            let answer = client.request(request.unwrap());
            async move { (good, answer.await.unwrap().status()) }
        })
        .buffer_unordered(CALLERS);
    let mut statuses = [BTreeMap::new(), BTreeMap::new()];
    let (mut believed, mut plain) = (0, None);
    while let Some((good, status)) = posts.next().await {
        *statuses[usize::from(!good)].entry(status).or_insert(0) += 1;
        believed += usize::from(good);
        if believed == A_RUSH {
            plain = plain.or(Some(there()));
        }
    }
    (statuses, [plain.unwrap(), there().plus_secs(RUSH_LASTS)])
}

/// When each calendar was listed, with success, since `mark`.
fn listed(house: &House, mark: u64) -> BTreeMap<String, Vec<Instant>> {
    let mut times: BTreeMap<String, Vec<Instant>> = BTreeMap::new();
    for entry in house.google.pulls(mark).into_iter().filter(|entry| entry["status"] == 200) {
        let at = entry["at"].as_str().and_then(Instant::parse_rfc3339).unwrap();
        times.entry(entry["path"].as_str().unwrap().to_owned()).or_default().push(at);
    }
    times
}

/// F-002, F-004, F-005.
#[tokio::test]
async fn ten_thousand_notifications_after_a_silence() {
    // A rush is known to the server that hears of it.
    let house = alone(&[]).await;
    let mut mina = house.found(MINA).await;
    let mut people = [house.signed_in(JOON, "calendar").await, house.signed_in(SEOYEON, "identity").await];
    let rooms = [mina.room(house.date, ROOMS[0]).await, mina.room(house.date, ROOMS[1]).await];
    house.quiet().await;
    let silent = house.google.mark();
    house.google.break_with(json!({ "action": "drop_notification" }));
    let mut titles = Vec::new();
    for hour in 0..HOURS {
        titles.push(an_hour(&house, hour).await);
    }
    house.quiet().await;
    assert_eq!(house.google.pulls(silent), Vec::<Value>::new(), "nobody told us");
    house.google.mend();

    let mark = house.google.mark();
    let all = burst(&house);
    let booking = async {
        for number in 0..20 {
            let title = format!("Daneben {number}");
            let (start, end) = (20 + number / 10, number % 10 * 5);
            let (start, end) = (format!("{start}:{end:02}"), format!("{start}:{:02}", end + 5));
            let wish = Wish::new(rooms[number % 2], &house.at(&start), &house.at(&end), &title);
            people[number / 10].booked(&wish).await;
            titles.push(title);
        }
    };
    let (([good, forged], [plain, over]), ()) = futures::join!(post(&house.roomly.root, all), booking);
    assert_eq!(good, BTreeMap::from([(StatusCode::OK, 2 * GENUINE)]));
    assert_eq!(forged, BTreeMap::from([(StatusCode::NOT_FOUND, FORGED)]));

    wait_until_within(Duration::from_secs(90), "everything to be seen", async || {
        let grid = mina.day(house.date).await.grid;
        let confirmed = |title: &String| {
            let mut blocks = grid.blocks.iter().filter(|block| block.title == *title);
            blocks.any(|block| block.state == BookingState::Confirmed)
        };
        titles.iter().all(confirmed).then_some(())
    })
    .await;
    let times = listed(&house, mark);
    let about = house.google.room_email(HANBIT, FORGED_ABOUT);
    assert!(times.keys().all(|path| !path.contains(&about)), "worked for what was forged: {times:?}");
    assert_eq!(times.len(), ROOMS.len());
    for (calendar, times) in &times {
        assert!(times[0] < over && plain < times[times.len() - 1], "{calendar}: {times:?} by another clock");
        let times: Vec<Instant> = times.iter().copied().filter(|at| (plain..over).contains(at)).collect();
        for three in times.windows(3) {
            let between = three[2].since(three[0]);
            assert!(between >= 10_000_000, "{calendar} was listed three times in {between} µs");
        }
    }
    // Each booking is one event there, and nothing of what came was written again (NO-ECHO). Tokens ended in the silence.
    let written = house.google.writes(mark).into_iter().filter(|entry| entry["status"] != 401);
    let methods: Vec<String> = written.map(|entry| entry["method"].to_string()).collect();
    assert_eq!(methods, vec!["\"POST\""; 20]);
}
