//! One run of a seed, from the first start to the verdict.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use testkit::{Page, Screen};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::check::feed::Feed;
use crate::check::{agree, kept, mail};
use crate::clients::Client;
use crate::house::{House, Machines, OUTSIDERS};
use crate::journal::Journal;
use crate::ledger::{Ledger, first_word};
use crate::outsiders::Outsider;
use crate::plan::Plan;
use crate::stage::Stage;
use crate::verdict::Verdict;
use crate::{nemesis, settle};

/// People go on until so many bookings were acknowledged, and no longer than this after the last fault.
const ENOUGH: usize = 215;
const LONGEST: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(50);
/// So many lines of a kind are told.
const TOLD: usize = 12;

/// Runs the plan in `folder`, which is kept if something is wrong; gives the machines back for the next run.
pub(crate) async fn run(
    plan: Plan,
    binary: &Path,
    folder: &Path,
    machines: Option<Machines>,
) -> Result<(Verdict, Option<Machines>)> {
    let begun = Instant::now();
    let journal = Journal::create(&folder.join("journal.jsonl"))?;
    journal.note(&json!({ "plan": plan }));
    let house = House::open(&plan, binary, folder, machines).await?;
    let ledger = Mutex::new(Ledger::default());
    let stage = Arc::new(Stage { house, journal, ledger, stop: CancellationToken::new() });
    let mut feed = Feed::after(seq(&stage).await);
    let closing = CancellationToken::new();
    let open = open_pages(&stage, &closing).await?;

    let supervised = Arc::clone(&stage);
    let mut supervisor = JoinSet::new();
    supervisor.spawn(async move { supervised.house.servers.supervise(&supervised.journal).await });
    let faults = storm(&stage, &plan).await?;
    // Who supervises may stand in the way of nobody who looks.
    supervisor.shutdown().await;

    let mut violations = settle::agree(&stage).await;
    violations.extend(settle::quiet(&stage, &mut feed).await);
    violations.extend(settle::pages(&stage, &open).await);
    closing.cancel();
    for (_, page) in open {
        if let Err(error) = page.ended().await {
            violations.push(format!("an open page saw what none may see: {error}"));
        }
    }
    violations.extend(aftermath(&stage, &feed).await);
    let servers = &stage.house.servers;
    let verdict = Verdict {
        operations: stage.journal.begun(),
        acknowledged: stage.ledger().acknowledged(),
        faults: faults + struck(&stage),
        kills: servers.kills.load(Ordering::Relaxed),
        crashes: servers.crashes.load(Ordering::Relaxed),
        violations,
        ..Verdict::broken(&plan, String::new())
    };
    let verdict = Verdict { seconds: begun.elapsed().as_secs(), ..verdict }.judged();
    stage.journal.note(&json!({ "verdict": verdict }));
    stage.journal.flush();
    if !verdict.is_good() {
        keep(&stage, folder)?;
    }
    let machines = stage.house.machines.lock().await.take();
    Ok((verdict, machines))
}

/// People act while things go wrong; then everything is made whole, and every open question is asked again. Answers how
/// many faults there were.
async fn storm(stage: &Arc<Stage>, plan: &Plan) -> Result<usize> {
    let (mut clients, mut outsiders, mut lanes) = (JoinSet::new(), JoinSet::new(), JoinSet::new());
    for index in 0..stage.house.people.len() {
        clients.spawn(Client::new(stage, index, plan.seed).work());
    }
    for index in 0..OUTSIDERS.len() {
        outsiders.spawn(Outsider::new(stage, index, plan.seed).work());
    }
    lanes.spawn(nemesis::run(Arc::clone(stage), "parts", plan.parts.clone()));
    lanes.spawn(nemesis::run(Arc::clone(stage), "wires", plan.wires.clone()));
    let mut faults = 0;
    while let Some(lane) = lanes.join_next().await {
        faults += lane??;
    }
    let end = Instant::now() + LONGEST;
    while stage.ledger().acknowledged() < ENOUGH && Instant::now() < end {
        sleep(LOOK).await;
    }
    stage.stop.cancel();
    while let Some(outsider) = outsiders.join_next().await {
        outsider?;
    }
    let worked = clients.join_all().await;
    nemesis::heal(stage).await;
    for (mut client, open) in worked {
        for wanted in open {
            client.insist(wanted).await;
        }
    }
    Ok(faults)
}

/// What only the whole story shows.
async fn aftermath(stage: &Stage, feed: &Feed) -> Vec<String> {
    let log = stage.house.servers.log().await;
    let secrets = stage.house.google.secrets();
    let mut found = stage.house.servers.wrong();
    let ledger = stage.ledger();
    let mut add = |lines: Vec<String>| found.extend(lines.into_iter().take(TOLD));
    add(ledger.wrong.clone());
    add(feed.wrong.clone());
    add(feed.lacks(&ledger));
    add(kept::broken(&ledger, feed));
    add(kept::invented(&|title| title.starts_with("r-") || title.starts_with("g-"), feed));
    add(mail::too_many(stage.house.google.world().sent(0), &ledger));
    add(agree::doubled(&stage.house.google.state()));
    add(log
        .lines()
        .filter(|line| line.contains("panicked at"))
        .map(|line| format!("a panic: {line}"))
        .collect());
    if secrets.iter().any(|secret| log.contains(secret.as_str())) {
        add(vec!["a secret is in a log".to_owned()]);
    }
    found
}

/// Lines of the plan of Google's faults that struck.
fn struck(stage: &Stage) -> usize {
    let log = stage.house.google.log(0);
    let names =
        log.iter().filter(|entry| entry["kind"] == "fault").filter_map(|entry| entry["name"].as_str());
    names.collect::<BTreeSet<_>>().len()
}

/// Where the change feed stands.
async fn seq(stage: &Stage) -> i64 {
    stage.house.people[0].program.get("/changes").await.json()["seq"].as_i64().unwrap_or_default()
}

/// Two pages at every server, on the first two days.
async fn open_pages(stage: &Stage, closing: &CancellationToken) -> Result<Vec<(i64, Page)>> {
    let mut pages = Vec::new();
    for root in &stage.house.servers.roots {
        for day in 0..2 {
            let browser = stage.house.admin.at(root);
            let cookies = browser.cookie_header();
            let headers = [("origin", root.as_str()), ("cookie", cookies.as_str())];
            let date = stage.house.first + chrono::Duration::days(day);
            let screen = Screen::open(root, "/live", &headers, date).await;
            let mut screen = screen.map_err(|status| anyhow::anyhow!("a socket is refused: {status}"))?;
            screen.subscribe().await;
            pages.push((day, Page::keep(screen, &browser, closing.clone())));
        }
    }
    Ok(pages)
}

/// What is needed to understand a failure, beside the servers' logs.
fn keep(stage: &Stage, folder: &Path) -> Result<()> {
    let google = json!({ "state": stage.house.google.state(), "log": stage.house.google.log(0) });
    std::fs::write(folder.join("google.json"), google.to_string())?;
    let ledger = stage.ledger();
    let titles: Vec<_> =
        ledger.titles.iter().map(|(number, title)| json!([number, first_word(title)])).collect();
    std::fs::write(
        folder.join("bookings.json"),
        json!({ "titles": titles, "touched": ledger.touched }).to_string(),
    )?;
    Ok(())
}
