//! Google was silent for long, and now tells everything at once: how long bookings take meanwhile, and the pages of
//! another company.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::neighbours::{ROOMS, Worker};
use crate::Setting;
use crate::client::Connection;
use crate::figures::{Spread, head, percentile, row};
use crate::house::{DOMAIN, House, admin_of, tomorrow, world};

const OTHER: &str = "other.example";
/// Ten thousand in a minute, from so many connections of Google's.
const SENDERS: u64 = 4;
const EACH_EVERY: Duration = Duration::from_micros(6_000 * SENDERS);
/// Of so many notifications one is forged.
const FORGED: usize = 10;

/// The headers of a genuine notification.
#[derive(Clone)]
struct Notice {
    channel: String,
    token: String,
    resource: String,
}

fn genuine(house: &House) -> Vec<Notice> {
    let world = house.google.world();
    let of_us = world.push.channels.values().filter(|channel| channel.user == admin_of(DOMAIN));
    of_us
        .map(|channel| Notice {
            channel: channel.id.clone(),
            token: channel.token.clone().unwrap_or_default(),
            resource: channel.resource_id.clone(),
        })
        .collect()
}

impl Notice {
    fn request(&self, forged: bool) -> Request<Full<Bytes>> {
        Request::post("/api/calendar/webhook")
            .header("host", "roomly")
            .header("x-goog-channel-id", &self.channel)
            .header("x-goog-channel-token", if forged { "forged" } else { &self.token })
            .header("x-goog-resource-id", &self.resource)
            .header("x-goog-resource-state", "exists")
            .body(Full::default())
            .unwrap()
    }
}

/// One of Google's connections: each notification goes out twice. How many were sent, and how long the slowest of a
/// hundred took.
async fn send(addr: std::net::SocketAddr, notices: Vec<Notice>, sender: usize, until: Instant) -> Vec<f64> {
    let mut connection = Connection::open(addr).await;
    let mut tick = interval(EACH_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut times = Vec::new();
    for count in 0.. {
        tick.tick().await;
        if Instant::now() >= until {
            break;
        }
        let forged = count % FORGED == FORGED - 1;
        let notice = &notices[(sender + count / 2) % notices.len()];
        let begun = Instant::now();
        let (status, _) = connection.try_ask(notice.request(forged)).await;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
        assert_eq!(status.as_u16(), if forged { 404 } else { 200 });
    }
    times
}

/// Meetings are made in Google, of which nobody is told.
async fn silence(house: &House, round: usize) {
    house.google.break_with(json!({ "action": "drop_notification" }));
    let admin = admin_of(DOMAIN);
    let rooms: Vec<String> =
        (1..=ROOMS).map(|room| house.google.room_email(DOMAIN, &format!("회의실 {room}"))).collect();
    for number in 0..100 {
        let minutes = (number / ROOMS) * 45;
        let day = house.date + chrono::Days::new(300 + round as u64);
        let at = |minutes: usize| json!({ "dateTime": format!("{day}T{:02}:{:02}:00+09:00", minutes / 60, minutes % 60) });
        let event = json!({ "summary": "밤새", "start": at(minutes), "end": at(minutes + 30),
            "attendees": [{ "email": rooms[number % ROOMS], "resource": true }] });
        house.google.insert(&admin, &event).await;
    }
    house.google.mend();
}

pub(crate) async fn run(setting: &Setting) -> anyhow::Result<()> {
    let domains = [DOMAIN.to_owned(), OTHER.to_owned()];
    let house = House::open(setting, world(&domains, ROOMS, 8, tomorrow())).await;
    let mut ours = Worker::new(&house, DOMAIN).await;
    let mut other = Worker::new(&house, OTHER).await;
    let notices = genuine(&house);
    let time = Duration::from_secs(setting.or_quick(15, 2));
    let pace = Duration::from_millis(20);
    let mut figures = [(); 8].map(|()| Vec::new());
    let (mut posted, mut answers) = (0, Vec::new());
    for round in 0..setting.or_quick(5, 1) {
        silence(&house, round).await;
        for storm in [false, true] {
            let until = Instant::now() + time;
            let mut senders = JoinSet::new();
            for sender in 0..if storm { SENDERS as usize } else { 0 } {
                senders.spawn(send(house.addr, notices.clone(), sender * 7, until));
            }
            let work = (
                ours.work(house.addr, pace, Duration::ZERO, until),
                other.work(house.addr, pace, pace / 2, until),
            );
            let ((back, own), (back_too, others)) = tokio::join!(work.0, work.1);
            (ours, other) = (back, back_too);
            for times in senders.join_all().await {
                posted += times.len();
                answers.extend(times);
            }
            let place = usize::from(storm);
            figures[place].push(percentile(&own.book, 0.5));
            figures[2 + place].push(percentile(&own.book, 0.99));
            figures[4 + place].push(percentile(&others.page, 0.5));
            figures[6 + place].push(percentile(&others.page, 0.99));
        }
    }
    head(&["what", "quiet, ms", "in the storm, ms", "storm / quiet"]);
    let names =
        ["booking, median", "booking, p99", "another company's page, median", "another company's page, p99"];
    for (what, pair) in names.into_iter().zip(figures.chunks(2)) {
        row(&[&what, &Spread::of(&pair[0]), &Spread::of(&pair[1]), &Spread::ratio(&pair[1], &pair[0])]);
    }
    println!(
        "\n{posted} notifications, each twice and one in ten forged; the answer took {:.2} ms, 99 % at most {:.2} ms.",
        percentile(&answers, 0.5),
        percentile(&answers, 0.99)
    );
    Ok(())
}
