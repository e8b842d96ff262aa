//! After everything is whole again: Roomly comes to agree with Google, and then leaves it in peace.

use std::time::Duration;

use http::Method;
use model::health::SyncPage;
use model::page::AdminPage;
use serde_json::Value;
use testkit::{Browser, Page};
use tokio::time::{Instant, sleep};

use crate::check::agree;
use crate::check::feed::{Block, Feed};
use crate::stage::{DAYS, Stage, rfc3339};

/// Within this the two agree: a dead server's work is taken over after 15 s, and what failed is tried again after
/// seconds.
const BOUND: Duration = Duration::from_secs(90);
/// Within this every room was looked through once more.
const QUIET_BOUND: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(300);
/// So many lines of what differs are told.
const TOLD: usize = 12;

/// Asks until `ask` has nothing to object to; what it objected to last, where that takes too long.
async fn until(bound: Duration, mut ask: impl AsyncFnMut() -> Vec<String>) -> Vec<String> {
    let end = Instant::now() + bound;
    loop {
        let objections = ask().await;
        if objections.is_empty() || Instant::now() > end {
            return objections;
        }
        sleep(LOOK).await;
    }
}

/// Waits until nothing is under way and both sides are equal; else says what differs.
pub(crate) async fn agree(stage: &Stage) -> Vec<String> {
    let mut admin = stage.house.admin.clone();
    let left = until(BOUND, async || {
        let page = load::<AdminPage>(&mut admin, "load_admin").await;
        let Some(page) = page else { return vec!["the health of the rooms is not told".to_owned()] };
        let mut objections = Vec::new();
        if page.outbox_waiting > 0 {
            objections.push(format!("{} writes wait for Google", page.outbox_waiting));
        }
        let Some(blocks) = blocks(stage).await else { return vec!["bookings are not listed".to_owned()] };
        objections.extend(agree::differences(&stage.house.google.state(), &stage.house.rooms, &blocks));
        objections
    })
    .await;
    left.into_iter().take(TOLD).map(|line| format!("not settled within {BOUND:?}: {line}")).collect()
}

/// Has every room looked through as a whole once more, and sees that nothing comes of it: no write, no mail, no change.
pub(crate) async fn quiet(stage: &Stage, feed: &mut Feed) -> Vec<String> {
    let house = &stage.house;
    let mut admin = house.admin.clone();
    follow(stage, feed).await;
    let (mark, mails, blocks) = (house.google.mark(), mails(stage), feed.told);
    let Some(before) = load::<SyncPage>(&mut admin, "load_sync").await else {
        return vec!["the health page does not answer".to_owned()];
    };
    for number in house.rooms.values() {
        let repair = admin.try_post("sync_repair", &[("room", number.to_string())]).await;
        if !repair.is_ok_and(|answer| answer.status.is_success()) {
            return vec![format!("room {number} cannot be repaired")];
        }
    }
    let mut drift = Vec::new();
    let mut found = until(QUIET_BOUND, async || {
        let Some(page) = load::<SyncPage>(&mut admin, "load_sync").await else {
            return vec!["the health page does not answer".to_owned()];
        };
        let passes = page.rooms.iter().filter(|room| !room.repairing).filter_map(|room| room.full_pass);
        let passes: Vec<_> = passes.filter(|pass| pass.at > before.now).collect();
        drift = passes
            .iter()
            .filter(|pass| pass.found > 0)
            .map(|pass| format!("a full pass found drift: {pass:?}"))
            .collect();
        if passes.len() < house.rooms.len() {
            return vec![format!("{} of {} rooms were looked through", passes.len(), house.rooms.len())];
        }
        Vec::new()
    })
    .await;
    found.append(&mut drift);
    follow(stage, feed).await;
    let writes = house.google.writes(mark);
    found.extend(writes.iter().take(TOLD).map(|write| format!("a write with nobody about: {write}")));
    if feed.told != blocks {
        let changes = feed.told - blocks;
        found.push(format!("{changes} changes with nobody about, the last of them {:?}", feed.last));
    }
    let more = self::mails(stage) - mails;
    if more > 0 {
        found.push(format!("{more} mails with nobody about"));
    }
    found
}

fn mails(stage: &Stage) -> usize {
    stage.house.google.world().sent(0).count()
}

/// Every open page shows what a fresh one shows.
pub(crate) async fn pages(stage: &Stage, pages: &[(i64, Page)]) -> Vec<String> {
    let mut admin = stage.house.admin.clone();
    let mut found = Vec::new();
    for (day, page) in pages {
        let date = stage.house.first + chrono::Duration::days(*day);
        let left = until(QUIET_BOUND, async || {
            let pairs = [("date", date.to_string())];
            let answer = admin.load("load_day", &pairs).await;
            if !answer.status.is_success() {
                return vec!["no fresh page".to_owned()];
            }
            let fresh = model::GridState::from(answer.read::<model::page::GridPage>().grid);
            let drawn = page.drawn();
            if drawn.blocks == fresh.blocks && drawn.rooms == fresh.rooms {
                return Vec::new();
            }
            vec![format!("an open page of {date} differs from a fresh one")]
        })
        .await;
        found.extend(left);
    }
    found
}

/// Reads the change feed to its end.
pub(crate) async fn follow(stage: &Stage, feed: &mut Feed) {
    let program = &stage.house.people[0].program;
    loop {
        let path = format!("/changes?after={}", feed.seq);
        let Ok(answer) = program.try_send(Method::GET, &path, &[], "").await else { return };
        if !answer.status.is_success() {
            feed.wrong.push(format!("the feed cannot be read: {} {}", answer.status, answer.code()));
            return;
        }
        let page = answer.json();
        feed.take(&page);
        if page["more"] != true {
            return;
        }
    }
}

async fn load<T: serde::de::DeserializeOwned>(browser: &mut Browser, name: &str) -> Option<T> {
    let answer = browser.try_load(name, &[]).await.ok()?;
    answer.status.is_success().then(|| answer.read())
}

/// All that Roomly lists on the run's days.
async fn blocks(stage: &Stage) -> Option<Vec<Block>> {
    const DAY: i64 = 86_400;
    let program = &stage.house.people[0].program;
    let (from, to) = (rfc3339(stage.midnight() - DAY), rfc3339(stage.midnight() + (DAYS + 1) * DAY));
    let mut blocks = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/bookings?from={from}&to={to}&limit=200{cursor}");
        let answer = program.try_send(Method::GET, &path, &[], "").await.ok()?;
        let page: Value = if answer.status.is_success() { answer.json() } else { return None };
        blocks.extend(page["bookings"].as_array()?.iter().filter_map(Block::read).map(|(_, block)| block));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Some(blocks),
        }
    }
}
