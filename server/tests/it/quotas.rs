//! Google's quota of an account is kept before Google has to keep it (F-045): never more calls in a while than it allows,
//! and all that was booked arrives.

use std::time::Duration;

use model::{BookingState, Instant};
use testkit::{House, Wish, wait_until_within};

use crate::support::{MINA, SEOYEON, alone};

/// Calls a minute of one account; half of them may come at once.
const QUOTA: i64 = 120;
const MEETINGS: usize = 50;

/// When the company's grant was used since `mark`, by Google's clock.
fn used(house: &House, mark: u64) -> Vec<Instant> {
    let entries = house.google.log(mark).into_iter();
    let calls = entries.filter(|entry| {
        let path = entry["path"].as_str().unwrap_or_default();
        entry["actor"] == MINA && path.starts_with("/calendar/v3/")
    });
    calls.filter_map(|entry| Instant::parse_rfc3339(entry["at"].as_str()?)).collect()
}

/// F-045.
#[tokio::test]
async fn an_account_makes_no_more_calls_than_google_allows() {
    let quota = QUOTA.to_string();
    let house = alone(&[("ROOMLY_GOOGLE_ACCOUNT_RATE", &quota)]).await;
    let mark = house.google.mark();
    let mut mina = house.found(MINA).await;
    // Without a grant of hers what she books is written with the company's, by the account of its founder.
    let mut seoyeon = house.signed_in(SEOYEON, "identity").await;
    let room = seoyeon.room(house.date, "한라").await;
    let mut titles = Vec::new();
    for number in 0..MEETINGS {
        let at = |minutes: usize| house.at(&format!("{:02}:{:02}", 9 + minutes / 60, minutes % 60));
        let title = format!("짧게 {number}");
        seoyeon.booked(&Wish::new(room, &at(number * 10), &at(number * 10 + 10), &title)).await;
        titles.push(title);
    }
    wait_until_within(Duration::from_secs(90), "all meetings to be in Google", async || {
        let grid = mina.day(house.date).await.grid;
        let confirmed = |title: &String| {
            grid.blocks.iter().any(|block| block.title == *title && block.state == BookingState::Confirmed)
        };
        titles.iter().all(confirmed).then_some(())
    })
    .await;
    let calls = used(&house, mark);
    assert!(calls.len() > 60, "the quota was never met: {} calls", calls.len());
    for (index, first) in calls.iter().enumerate() {
        for (more, last) in calls.iter().enumerate().skip(index) {
            // Half at once, and the other half over a minute; calls arrive a little later than they are counted.
            let allowed = QUOTA / 2 + (last.since(*first) * QUOTA / 2 / 60_000_000) + 2;
            let made = i64::try_from(more - index + 1).unwrap();
            assert!(made <= allowed, "{made} calls from {first:?} to {last:?}, where {allowed} are allowed");
        }
    }
}
