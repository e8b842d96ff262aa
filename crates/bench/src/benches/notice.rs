//! From Google's notification to the last screen, against the least that has to happen: one listing at Google and the
//! bytes to the same number of sockets.

use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};
use testkit::acted;

use crate::Setting;
use crate::figures::{Spread, head, millis, percentile, row};
use crate::house::{DOMAIN, House, admin_of, tomorrow, world};
use crate::sockets::{Reference, Screens};

const SCREENS: usize = 100;
const ROOMS: usize = 10;
/// Between two rounds: a calm in which nothing waits for the pace of pulls.
const CALM: Duration = Duration::from_millis(800);

pub(crate) async fn run(setting: &Setting) -> anyhow::Result<()> {
    let house = House::open(setting, world(&[DOMAIN.to_owned()], ROOMS, 8, tomorrow())).await;
    let visitor = house.found(DOMAIN).await;
    let screens = Screens::open(&house, &visitor, |_| house.date, SCREENS).await;
    let mut reference = Reference::start(SCREENS).await;
    let admin = admin_of(DOMAIN);
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..setting.or_quick(60, 5) {
        let room = house.google.room_email(DOMAIN, &format!("회의실 {}", 1 + round % ROOMS));
        let listing = format!(
            "/calendar/v3/calendars/{}/events?maxResults=2500&singleEvents=false",
            room.replace('@', "%40")
        );
        // Twenty-minute meetings from 20:00 on would run out: each is taken away again.
        let title = format!("notice-{round:04}");
        let event = json!({
            "summary": title,
            "start": { "dateTime": visitor.at(0, 20 * 60), "timeZone": "Asia/Seoul" },
            "end": { "dateTime": visitor.at(0, 20 * 60 + 30), "timeZone": "Asia/Seoul" },
            "attendees": [{ "email": room, "resource": true }],
        });
        let mut made = Value::Null;
        let told =
            screens.told(&title, SCREENS, async { made = house.google.insert(&admin, &event).await }).await;
        ours.push(told.last);
        let begun = Instant::now();
        acted(&house.google.call(&admin, Method::GET, &listing, &Value::Null).await);
        let listed = millis(begun.elapsed());
        bare.push(listed + reference.tell(&told.frame).await);
        house.google.delete(&admin, made["id"].as_str().unwrap_or_default()).await;
        tokio::time::sleep(CALM).await;
    }
    head(&["screens", "Roomly, ms", "p95, ms", "p99, ms", "bare, ms", "Roomly / bare"]);
    let [p95, p99] = [0.95, 0.99].map(|share| percentile(&ours, share));
    row(&[
        &SCREENS,
        &Spread::of(&ours),
        &format!("{p95:.1}"),
        &format!("{p99:.1}"),
        &Spread::of(&bare),
        &Spread::ratio(&ours, &bare),
    ]);
    Ok(())
}
