//! One company's page and booking, alone and while ninety-nine others are busy on the same server.

use std::time::{Duration, Instant};

use model::RoomNumber;
use testkit::Wish;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval_at};

use crate::Setting;
use crate::client::Connection;
use crate::figures::{Spread, head, percentile, row};
use crate::house::{House, Visitor, tomorrow, world};

pub(super) const ROOMS: usize = 5;
/// Half-hours from 08:00 to 20:00.
const SLOTS: usize = 24;

/// Somebody at work: pages and bookings at a fixed pace.
pub(super) struct Worker {
    visitor: Visitor,
    rooms: Vec<RoomNumber>,
    /// Bookings made so far: each takes the next free half-hour.
    booked: usize,
}

/// How long each request took, in milliseconds.
#[derive(Default)]
pub(super) struct Times {
    pub(super) page: Vec<f64>,
    pub(super) book: Vec<f64>,
}

impl Worker {
    pub(super) async fn new(house: &House, domain: &str) -> Self {
        let mut visitor = house.found(domain).await;
        let rooms = visitor.rooms().await;
        Self { visitor, rooms, booked: 0 }
    }

    /// A booking on one of the days after the one that is looked at.
    fn wish(&mut self) -> Wish {
        let slot = self.booked / self.rooms.len();
        let room = self.rooms[self.booked % self.rooms.len()];
        self.booked += 1;
        let (day, minutes) = (1 + slot / SLOTS, 480 + slot % SLOTS * 30);
        let (start, end) = (self.visitor.at(day as u64, minutes), self.visitor.at(day as u64, minutes + 30));
        Wish::new(room, &start, &end, "회의")
    }

    /// A page every `pace`, and every tenth time a booking.
    pub(super) async fn work(
        mut self,
        house_addr: std::net::SocketAddr,
        pace: Duration,
        late: Duration,
        until: Instant,
    ) -> (Self, Times) {
        let mut connection = Connection::open(house_addr).await;
        let mut tick = interval_at(tokio::time::Instant::now() + late, pace);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut times = Times::default();
        for count in 1.. {
            tick.tick().await;
            if Instant::now() >= until {
                break;
            }
            let page = self.visitor.get(&self.visitor.day_page(), Some("br"));
            times.page.push(timed(&mut connection, page).await);
            if count % 4 == 0 {
                let pairs = self.wish().pairs();
                let book = self.visitor.post("book", &pairs);
                times.book.push(timed(&mut connection, book).await);
            }
        }
        (self, times)
    }
}

async fn timed(
    connection: &mut Connection,
    request: http::Request<http_body_util::Full<bytes::Bytes>>,
) -> f64 {
    let begun = Instant::now();
    connection.ask(request).await;
    begun.elapsed().as_secs_f64() * 1e3
}

pub(crate) async fn run(setting: &Setting) -> anyhow::Result<()> {
    let companies = setting.or_quick(100, 5);
    let domains: Vec<String> = (0..companies).map(|number| format!("company{number}.example")).collect();
    let house = House::open(setting, world(&domains, ROOMS, 8, tomorrow())).await;
    let mut ours = Worker::new(&house, &domains[0]).await;
    let mut others = Vec::new();
    for domain in &domains[1..] {
        others.push(Worker::new(&house, domain).await);
    }
    let time = Duration::from_secs(setting.or_quick(10, 2));
    let mut p99 = [(); 4].map(|()| Vec::new());
    for _ in 0..setting.or_quick(5, 1) {
        for busy in [false, true] {
            let until = Instant::now() + time;
            let mut tasks = JoinSet::new();
            if busy {
                for (number, other) in others.drain(..).enumerate() {
                    let late = Duration::from_millis(number as u64 * 10);
                    tasks.spawn(other.work(house.addr, Duration::from_secs(1), late, until));
                }
            }
            let (back, times) = ours.work(house.addr, Duration::from_millis(20), Duration::ZERO, until).await;
            ours = back;
            if busy {
                others = tasks.join_all().await.into_iter().map(|(worker, _)| worker).collect();
            }
            p99[usize::from(busy)].push(percentile(&times.page, 0.99));
            p99[2 + usize::from(busy)].push(percentile(&times.book, 0.99));
        }
    }
    head(&["p99 of", "alone, ms", "with neighbours, ms", "with / alone"]);
    for (what, pair) in [("page", &p99[..2]), ("booking", &p99[2..])] {
        row(&[&what, &Spread::of(&pair[0]), &Spread::of(&pair[1]), &Spread::ratio(&pair[1], &pair[0])]);
    }
    println!("\n{} neighbours, each a page a second and a booking every four seconds.", companies - 1);
    Ok(())
}
