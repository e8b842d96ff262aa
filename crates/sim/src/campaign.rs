//! Many seeds: run side by side, some of them twice, and what they came to together.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use serde_json::{Value, json};

use crate::markers::MARKERS;
use crate::run::{Options, Outcome, run};

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Campaign {
    pub from: u64,
    pub seeds: u64,
    /// Threads.
    pub jobs: usize,
    pub options: Options,
    /// Every so many-th seed runs twice, and its hashes are compared; 0: none.
    pub twice: u64,
    /// Ends with the first seed that breaks something.
    pub stop: bool,
}

/// What they came to.
#[derive(Debug, Default)]
pub struct Report {
    pub seeds: u64,
    pub steps: u64,
    pub calls: u64,
    pub bookings: u64,
    pub repeated: u64,
    /// Seeds whose second run told another story.
    pub unsteady: Vec<u64>,
    /// In how many seeds each marker was hit.
    pub markers: BTreeMap<&'static str, u64>,
    /// Seeds that broke something, with what.
    pub failures: BTreeMap<u64, Vec<String>>,
    /// The most rounds that it took until both sides were equal.
    pub rounds: usize,
    pub took: Duration,
}

impl Report {
    fn add(&mut self, outcome: Outcome) {
        self.seeds += 1;
        self.steps += outcome.steps as u64;
        self.calls += outcome.calls;
        self.bookings += outcome.bookings as u64;
        self.rounds = self.rounds.max(outcome.rounds.unwrap_or(0));
        for marker in outcome.markers {
            *self.markers.entry(marker).or_default() += 1;
        }
        if !outcome.violations.is_empty() {
            self.failures.insert(outcome.seed, outcome.violations);
        }
    }

    /// Markers that were hit in fewer seeds than asked for.
    pub fn rare(&self, least: u64) -> Vec<&'static str> {
        let hits = |marker: &str| self.markers.get(marker).copied().unwrap_or(0);
        MARKERS.iter().copied().filter(|marker| hits(marker) < least).collect()
    }

    /// The verdict, as one line of JSON.
    pub fn verdict(&self, from: u64, least: u64) -> Value {
        let rare = self.rare(least);
        let ok = self.failures.is_empty() && self.unsteady.is_empty() && rare.is_empty();
        json!({
            "ok": ok, "from": from, "seeds": self.seeds, "steps": self.steps, "calls": self.calls,
            "bookings": self.bookings, "repeated": self.repeated, "unsteady": self.unsteady,
            "markers": MARKERS.len(), "rare": rare, "failed": self.failures.keys().collect::<Vec<_>>(),
            "rounds": self.rounds, "seconds": self.took.as_secs(),
        })
    }
}

/// Runs all of them. `tell` hears of each seed as it ends.
pub fn campaign(campaign: Campaign, tell: &(dyn Fn(&Outcome) + Sync)) -> Result<Report> {
    let begun = Instant::now();
    let next = AtomicU64::new(campaign.from);
    let end = campaign.from + campaign.seeds;
    let report = Mutex::new(Report::default());
    let failed: Mutex<Option<anyhow::Error>> = Mutex::new(None);
    std::thread::scope(|threads| {
        for _ in 0..campaign.jobs.max(1) {
            threads.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    match one(campaign, seed) {
                        Ok((outcome, again)) => {
                            tell(&outcome);
                            let stop = campaign.stop && !outcome.violations.is_empty();
                            let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
                            if let Some(again) = again {
                                report.repeated += 1;
                                if again != outcome.trace {
                                    report.unsteady.push(seed);
                                }
                            }
                            report.add(outcome);
                            if stop {
                                next.store(end, Ordering::Relaxed);
                            }
                        }
                        Err(error) => {
                            next.store(end, Ordering::Relaxed);
                            let error = error.context(format!("seed {seed}"));
                            *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                        }
                    }
                }
            });
        }
    });
    if let Some(error) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let mut report = report.into_inner().map_err(|_| anyhow!("a thread died"))?;
    report.took = begun.elapsed();
    Ok(report)
}

/// One seed; the hash of its second run, where it has one.
fn one(campaign: Campaign, seed: u64) -> Result<(Outcome, Option<String>)> {
    let outcome = run(seed, campaign.options)?;
    let twice = campaign.twice > 0 && seed.is_multiple_of(campaign.twice);
    let again = if twice { Some(run(seed, campaign.options)?.trace) } else { None };
    Ok((outcome, again))
}
