//! The same day, out of few bookings and out of many: the past must not be felt.

use std::time::Duration;

use store::Store;
use testkit::now_micros;

use crate::Setting;
use crate::client::load;
use crate::figures::{Spread, head, row};
use crate::house::{DOMAIN, House, Visitor, tomorrow, world};

const ROOMS: usize = 50;
const A_DAY: usize = 8;

pub(crate) async fn run(setting: &Setting) -> anyhow::Result<()> {
    let few = with_past(setting, 11).await?;
    let many = with_past(setting, setting.or_quick(3_749, 120)).await?;
    let time = Duration::from_millis(setting.or_quick(2_000, 300));
    // What is drawn without the page around it, and the page itself.
    head(&["what", "few, ms", "many, ms", "many / few"]);
    for (what, path) in [("data", "/fn/load_day?date="), ("page", "/rooms?date=")] {
        let (mut short, mut long) = (Vec::new(), Vec::new());
        for _ in 0..setting.or_quick(9, 2) {
            for ((house, visitor), figures) in [(&few, &mut short), (&many, &mut long)] {
                let path = format!("{path}{}", house.date);
                let visitor = visitor.clone();
                let load = load(house.addr, 1, time, move |_, _| visitor.get(&path, None)).await;
                figures.push(Spread::of(&load.times).median);
            }
        }
        row(&[&what, &Spread::of(&short), &Spread::of(&long), &Spread::ratio(&long, &short)]);
    }
    Ok(())
}

/// A house in which the day was as it is on each of the `days` before.
async fn with_past(setting: &Setting, days: i64) -> anyhow::Result<(House, Visitor)> {
    let mut house = House::open(setting, world(&[DOMAIN.to_owned()], ROOMS, A_DAY, tomorrow())).await;
    let visitor = house.found(DOMAIN).await;
    house.stop().await;
    let store = Store::open(house.database_url()).await?;
    let company = store.system().company_by_domain(DOMAIN).await?.expect("it was founded").id;
    let now = model::Instant::from_micros(now_micros());
    let bookings = store.company(company).repeat_into_the_past(days, now).await?;
    store.close().await;
    println!("{bookings} bookings over {} days.", days + 1);
    house.start().await;
    Ok((house, visitor))
}
