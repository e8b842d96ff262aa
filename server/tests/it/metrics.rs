//! `/metrics`: the figures are there, they are right, and they name nobody.

use std::collections::BTreeMap;

use model::BookingState;
use testkit::{Browser, HANBIT, House, Wish, free_address};

use crate::support::{JOON, MINA, alone, small};

/// Samples by name and labels.
type Samples = BTreeMap<String, f64>;

/// A house whose figures can be read, and a browser that reads them.
async fn watched() -> (House, Browser) {
    let addr = free_address().to_string();
    let house = alone(&[("ROOMLY_METRICS_ADDR", &addr)]).await;
    (house, Browser::new(&format!("http://{addr}"), ""))
}

async fn samples(watcher: &mut Browser) -> Samples {
    let answer = watcher.get("/metrics").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(answer.text().ends_with("# EOF\n"), "{}", answer.text());
    let lines = answer.text().lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect()
}

fn value(samples: &Samples, name: &str) -> f64 {
    *samples.get(name).unwrap_or_else(|| panic!("no {name} among {:#?}", samples.keys()))
}

#[tokio::test]
async fn a_booking_is_seen_in_the_figures() {
    let (house, mut watcher) = watched().await;
    let mina = house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    let before = samples(&mut watcher).await;
    assert!(value(&before, "roomly_notifications_total{outcome=\"armed\"}") >= 4.0);
    assert_eq!(value(&before, "roomly_channels{state=\"armed\"}"), 4.0);
    assert_eq!(value(&before, "roomly_rooms{state=\"live\"}"), 4.0);
    assert_eq!(value(&before, "roomly_company_grants{state=\"active\"}"), 1.0);
    assert_eq!(value(&before, "roomly_sockets"), 0.0);
    assert_eq!(value(&before, "roomly_database_up"), 1.0);

    let mut screen = house.screen(&mina, house.date).await;
    let room = joon.room(house.date, "한라").await;
    joon.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "비밀제목")).await;
    screen
        .until("the room's yes", |grid| {
            grid.blocks.values().any(|block| block.state == BookingState::Confirmed)
        })
        .await;
    house.quiet().await;
    joon.get("/rooms/nowhere/at/all").await;
    joon.get("/login?next=/secret").await;

    let after = samples(&mut watcher).await;
    let more = |name: &str| value(&after, name) - before.get(name).copied().unwrap_or_default();
    assert_eq!(more("roomly_push_calls_total{outcome=\"done\"}"), 1.0);
    assert!(more("roomly_pulls_total{outcome=\"done\"}") >= 1.0);
    assert!(more("roomly_notifications_total{outcome=\"marked\"}") >= 1.0);
    assert_eq!(more("roomly_http_requests_total{method=\"POST\",route=\"/fn/book\",status=\"200\"}"), 1.0);
    assert_eq!(more("roomly_http_requests_total{method=\"GET\",route=\"/login\",status=\"200\"}"), 1.0);
    assert!(more("roomly_http_requests_total{method=\"GET\",route=\"other\",status=\"404\"}") >= 1.0);
    assert_eq!(more("roomly_http_request_seconds_count{method=\"POST\",route=\"/fn/book\"}"), 1.0);
    assert!(more("roomly_write_batch_members_count") >= 2.0);
    assert_eq!(value(&after, "roomly_sockets"), 1.0);
    assert_eq!(value(&after, "roomly_outbox_events{state=\"waiting\"}"), 0.0);
    assert_eq!(value(&after, "roomly_outbox_oldest_seconds"), 0.0);
    assert!(value(&after, "roomly_read_connections{state=\"idle\"}") >= 1.0);
    assert!(value(&after, "process_resident_memory_bytes") > 1_000_000.0);
    assert!(value(&after, "process_open_fds") > 5.0);
    assert!(after.keys().any(|name| name.starts_with("roomly_build_info{version=")));

    // Every label is on the list, and no value names anybody.
    for name in after.keys() {
        let labels = name.split_once('{').map_or("", |(_, labels)| labels.trim_end_matches('}'));
        for label in labels.split("\",").filter(|label| !label.is_empty()) {
            let (key, value) = label.split_once("=\"").unwrap();
            assert!(
                ["le", "method", "outcome", "reason", "route", "state", "status", "version"].contains(&key),
                "{name}"
            );
            let named =
                [HANBIT, "@", "비밀제목", "secret", "nowhere"].iter().any(|word| value.contains(word));
            let is_id = value.len() >= 32 && value.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
            assert!(!named && !is_id, "{name}");
        }
    }
}

#[tokio::test]
async fn what_waits_is_counted_with_its_age() {
    let (house, mut watcher) = watched().await;
    house.found(MINA).await;
    let mut joon = house.signed_in(JOON, "calendar").await;
    house.google.break_with(serde_json::json!({ "matcher": { "method": "POST", "path": format!("{JOON}/events") }, "action": { "status": 503 } }));
    let room = joon.room(house.date, "한라").await;
    joon.booked(&Wish::new(room, &house.at("10:00"), &house.at("11:00"), "wartet")).await;
    let waiting = testkit::wait_until("a retry", async || {
        let now = samples(&mut watcher).await;
        (now.get("roomly_push_calls_total{outcome=\"retry\"}").copied().unwrap_or_default() >= 1.0)
            .then_some(now)
    })
    .await;
    assert_eq!(value(&waiting, "roomly_outbox_events{state=\"waiting\"}"), 1.0);
    assert!(value(&waiting, "roomly_outbox_oldest_seconds") > 0.0);
}

#[tokio::test]
async fn figures_are_not_on_the_public_port() {
    let house = small().await;
    let mut browser = house.browser();
    let page = browser.get("/metrics").await;
    assert_eq!(page.status, 404);
    assert!(page.header("content-type").starts_with("text/html"), "{}", page.text());
}
