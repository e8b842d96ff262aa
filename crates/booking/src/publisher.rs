//! The one publisher: tells the screens of this server what was committed, here or anywhere.
//!
//! It hears of its own commits by the store, of other servers' by the bus, and of what nobody told it by asking the
//! database how far each company's change log is. Whatever it hears, it reads the log: the log is the truth.

use std::collections::BTreeSet;
use std::time::Duration;

use bus::{Health, Note};
use model::CompanyId;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::background::poked;
use crate::engine::Engine;

/// How often the database is asked where notes of other servers arrive: for those that were lost on the way.
const ASK_ANNOUNCED: Duration = Duration::from_secs(2);
/// How often it is asked where they do not.
const ASK: Duration = Duration::from_millis(300);
/// How soon a company is tried again whose changes could not be published.
const AGAIN: Duration = Duration::from_secs(1);

/// Runs until it is dropped.
pub(crate) async fn run(engine: Engine, mut notes: mpsc::Receiver<Note>) {
    let shared = engine.store().is_shared();
    let mut health = engine.bus().map(bus::Bus::health);
    let mut commits = engine.store().commits();
    // Companies whose last publishing failed: their screens must not wait for the next commit.
    let mut owed: BTreeSet<CompanyId> = BTreeSet::new();
    let mut ask_at = Instant::now();
    let mut again_at = Instant::now();
    loop {
        let mut changed: BTreeSet<CompanyId> = BTreeSet::new();
        let mut missed = false;
        let (again, ask) = (sleep_until(again_at), sleep_until(ask_at));
        tokio::select! {
            commit = commits.recv() => match commit {
                Ok(company) => {
                    changed.insert(company);
                    // What was committed meanwhile is told of together.
                    while let Ok(company) = commits.try_recv() {
                        changed.insert(company);
                    }
                    announce(&engine, &changed);
                }
                Err(RecvError::Lagged(_)) => missed = true,
                Err(RecvError::Closed) => return,
            },
            Some(note) = notes.recv() => match note {
                Note::Changed(company) => {
                    engine.heard().send(company).ok();
                    changed.insert(company);
                }
                note @ Note::Poke(_) => poked(&engine, note),
            },
            () = ask, if shared => missed = true,
            Some(()) = turned(&mut health) => missed = true,
            () = again, if !owed.is_empty() => changed.append(&mut owed),
        }
        if missed {
            ask_at = Instant::now() + pause(&engine);
            changed.append(&mut behind(&engine).await);
        }
        for company in changed {
            if let Err(failure) = engine.publish(company).await {
                tracing::error!(error = %failure, "Could not publish changes");
                owed.insert(company);
                again_at = Instant::now() + AGAIN;
            }
        }
    }
}

fn announce(engine: &Engine, changed: &BTreeSet<CompanyId>) {
    let Some(bus) = engine.bus() else { return };
    for company in changed {
        bus.tell(Note::Changed(*company));
    }
}

/// Resolves when the bus goes or stands still since now; screens are told.
async fn turned(health: &mut Option<tokio::sync::watch::Receiver<Health>>) -> Option<()> {
    health.as_mut()?.changed().await.ok()
}

fn pause(engine: &Engine) -> Duration {
    let health = engine.bus().map(|bus| *bus.health().borrow());
    // Without a bus nothing is slower than it should be.
    engine.hub().set_slow(health == Some(Health::Down));
    if health == Some(Health::Up) { ASK_ANNOUNCED } else { ASK }
}

/// The watched companies whose change log is further than what was published.
async fn behind(engine: &Engine) -> BTreeSet<CompanyId> {
    let watched = engine.hub().watched();
    if watched.is_empty() {
        return BTreeSet::new();
    }
    match engine.store().system().company_seqs().await {
        Ok(seqs) => {
            let further = |(company, seq)| {
                watched.get(&company).is_some_and(|published| *published < seq).then_some(company)
            };
            seqs.into_iter().filter_map(further).collect()
        }
        Err(error) => {
            tracing::warn!(error = %error, "Could not ask how far the change logs are");
            BTreeSet::new()
        }
    }
}
