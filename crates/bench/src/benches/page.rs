//! The day page against a static file of the same bytes from the same server.

use std::fs;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::Setting;
use crate::client::{Connection, load};
use crate::figures::{Spread, head, percentile, row};
use crate::house::{DOMAIN, House, Visitor, tomorrow, world};

/// The file's name on the server.
const FILE: &str = "/bench.html";

pub(crate) async fn run(setting: &Setting) -> anyhow::Result<()> {
    let house = House::open(setting, world(&[DOMAIN.to_owned()], 50, 8, tomorrow())).await;
    let mut visitor = house.found(DOMAIN).await;
    let page = Connection::open(house.addr).await.ask(visitor.get(&visitor.day_page(), None)).await;
    fs::write(house.site().join(&FILE[1..]), &page)?;
    let blocks = String::from_utf8_lossy(&page).matches("data-booking=").count();
    println!("The page has {} bytes and {blocks} blocks.\n", page.len());
    let room = visitor.rooms().await[0];
    let booking = visitor.evening(room, "처음").await.block.key.booking;
    let _changing = change_often(&house, visitor.clone(), booking);

    head(&[
        "encoding",
        "connections",
        "page, 1/s",
        "p99, ms",
        "file, 1/s",
        "page / file",
        "drawn each time / file",
    ]);
    for encoding in [None, Some("br")] {
        for connections in [1, 32] {
            measure(setting, &house, &visitor, encoding, connections).await;
        }
    }
    Ok(())
}

async fn measure(
    setting: &Setting,
    house: &House,
    visitor: &Visitor,
    encoding: Option<&'static str>,
    connections: usize,
) {
    let time = Duration::from_millis(setting.or_quick(2_000, 300));
    // The last one is an address that the server keeps nothing for.
    let paths = [FILE.to_owned(), visitor.day_page(), format!("{}&x=1", visitor.day_page())];
    let mut figures = [(); 3].map(|()| Vec::new());
    let mut slow = Vec::new();
    for _ in 0..setting.or_quick(7, 2) {
        for (index, path) in paths.iter().enumerate() {
            let (asking, path) = (visitor.clone(), path.clone());
            let load = load(house.addr, connections, time, move |_, _| asking.get(&path, encoding)).await;
            figures[index].push(load.per_second);
            if index == 1 {
                slow.push(percentile(&load.times, 0.99));
            }
        }
    }
    let [file, page, drawn] = &figures;
    row(&[
        &encoding.unwrap_or("none"),
        &connections,
        &Spread::of(page),
        &Spread::of(&slow),
        &Spread::of(file),
        &Spread::ratio(page, file),
        &Spread::ratio(drawn, file),
    ]);
}

/// One booking of the day gets another title every 100 ms, until what this returns is dropped.
fn change_often(house: &House, visitor: Visitor, booking: model::BookingNumber) -> JoinSet<()> {
    let addr = house.addr;
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut connection = Connection::open(addr).await;
        let mut tick = interval(Duration::from_millis(100));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for count in 0.. {
            tick.tick().await;
            let pairs = [("number", booking.to_string()), ("title", format!("제목 {count}"))];
            connection.ask(visitor.post("change_booking", &pairs)).await;
        }
    });
    tasks
}
