//! From a commit to the last of thousands of screens, against the same bytes written straight to sockets; the same
//! with a hundred views of which one is concerned; what a screen that just stands there costs.

use std::time::Duration;

use chrono::Days;
use model::BookingNumber;

use crate::Setting;
use crate::client::Connection;
use crate::figures::{Spread, head, row};
use crate::house::{DOMAIN, House, Visitor, tomorrow, world};
use crate::sockets::{Reference, Screens};

/// Views of the split bench.
const VIEWS: u64 = 100;

pub(crate) async fn run(setting: &Setting) -> anyhow::Result<()> {
    let sizes: &[usize] = if setting.quick { &[100, 200] } else { &[1_000, 5_000] };
    head(&[
        "screens",
        "Roomly, ms",
        "bare writes, ms",
        "Roomly / bare",
        "1 view of 100, ms",
        "one view / all",
    ]);
    for size in sizes {
        measure(setting, *size).await;
    }
    memory(setting, sizes[sizes.len() - 1]).await;
    Ok(())
}

/// A company with few bookings: the snapshot is not what is measured.
async fn house(setting: &Setting) -> (House, Visitor) {
    let house = House::open(setting, world(&[DOMAIN.to_owned()], 4, 1, tomorrow())).await;
    let visitor = house.found(DOMAIN).await;
    (house, visitor)
}

/// Renames the booking; every screen hears of it.
pub(crate) async fn rename(
    connection: &mut Connection,
    visitor: &Visitor,
    booking: BookingNumber,
    title: &str,
) {
    let pairs = [("number", booking.to_string()), ("title", title.to_owned())];
    connection.ask(visitor.post("change_booking", &pairs)).await;
}

async fn measure(setting: &Setting, size: usize) {
    let (house, mut visitor) = house(setting).await;
    let room = visitor.rooms().await[0];
    let booking = visitor.evening(room, "처음").await.block.key.booking;
    let mut connection = Connection::open(house.addr).await;

    let all = Screens::open(&house, &visitor, |_| house.date, size).await;
    let mut reference = Reference::start(size).await;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..setting.or_quick(30, 3) {
        let title = format!("round-{round:04}");
        let told = all.told(&title, size, rename(&mut connection, &visitor, booking, &title)).await;
        ours.push(told.last);
        bare.push(reference.tell(&told.frame).await);
    }
    drop(all);

    let dates = |index: usize| house.date + Days::new(index as u64 % VIEWS);
    let split = Screens::open(&house, &visitor, dates, size).await;
    let concerned = size.div_ceil(usize::try_from(VIEWS).unwrap_or(1));
    let mut few = Vec::new();
    for round in 0..ours.len() {
        let title = format!("split-{round:04}");
        few.push(
            split.told(&title, concerned, rename(&mut connection, &visitor, booking, &title)).await.last,
        );
    }
    let (one, every) = (Spread::of(&few), Spread::of(&ours));
    row(&[
        &size,
        &every,
        &Spread::of(&bare),
        &Spread::ratio(&ours, &bare),
        &one,
        &Spread::ratio(&few, &ours),
    ]);
}

async fn memory(setting: &Setting, size: usize) {
    let (house, visitor) = house(setting).await;
    let idle = house.memory();
    let screens = Screens::open(&house, &visitor, |_| house.date, size).await;
    // What opening them needed has been given back by then, or never is.
    tokio::time::sleep(Duration::from_secs(setting.or_quick(5, 1))).await;
    let full = house.memory();
    drop(screens);
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let each = (full - idle) / size as f64;
    println!();
    head(&["memory", "figure"]);
    row(&[&"the server, idle, MB", &format!("{:.1}", idle / 1e6)]);
    row(&[&format!("a socket, of {size}, kB"), &format!("{:.2}", each / 1e3)]);
}
