//! What a run came to.

use serde::Serialize;

use crate::plan::{Kind, Plan};

/// A run counts with at least so much of each.
const BOOKINGS: usize = 200;
const FAULTS: usize = 10;
const KILLS: usize = 2;

/// One run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Verdict {
    pub seed: u64,
    pub db: Kind,
    pub servers: usize,
    /// Requests of people, in Roomly and in Google.
    pub operations: u64,
    /// Bookings whose making was acknowledged.
    pub acknowledged: usize,
    /// What went wrong on purpose.
    pub faults: usize,
    /// Processes killed, by us or at a named place.
    pub kills: usize,
    /// Of these, the latter.
    pub crashes: usize,
    pub seconds: u64,
    pub violations: Vec<String>,
    /// Whether enough was done and enough went wrong.
    pub counts: bool,
}

impl Verdict {
    /// Of a run that did not come to its end.
    pub(crate) fn broken(plan: &Plan, why: String) -> Self {
        Self {
            seed: plan.seed,
            db: plan.db,
            servers: plan.servers,
            operations: 0,
            acknowledged: 0,
            faults: 0,
            kills: 0,
            crashes: 0,
            seconds: 0,
            violations: vec![why],
            counts: false,
        }
    }

    /// Says whether it counts.
    #[must_use]
    pub(crate) fn judged(mut self) -> Self {
        self.counts = self.acknowledged >= BOOKINGS && self.faults >= FAULTS && self.kills >= KILLS;
        self
    }

    pub(crate) fn is_good(&self) -> bool {
        self.violations.is_empty()
    }
}

/// Several runs.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Totals {
    pub runs: usize,
    /// Runs with enough in them.
    pub counting: usize,
    pub operations: u64,
    pub acknowledged: usize,
    pub faults: usize,
    pub kills: usize,
    pub crashes: usize,
    /// Seeds with violations.
    pub failed: Vec<u64>,
}

impl Totals {
    pub(crate) fn add(&mut self, verdict: &Verdict) {
        self.runs += 1;
        self.counting += usize::from(verdict.counts);
        self.operations += verdict.operations;
        self.acknowledged += verdict.acknowledged;
        self.faults += verdict.faults;
        self.kills += verdict.kills;
        self.crashes += verdict.crashes;
        if !verdict.is_good() {
            self.failed.push(verdict.seed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_counts_with_enough_of_everything() {
        let plan = Plan::draw(1, Kind::Sqlite, 1);
        let with = |acknowledged, faults, kills| Verdict {
            acknowledged,
            faults,
            kills,
            ..Verdict::broken(&plan, String::new())
        };
        assert!(with(200, 10, 2).judged().counts);
        for few in [with(199, 10, 2), with(200, 9, 2), with(200, 10, 1)] {
            assert!(!few.judged().counts);
        }
    }

    #[test]
    fn totals_name_the_seeds_that_failed() {
        let plan = Plan::draw(9, Kind::Sqlite, 1);
        let mut totals = Totals::default();
        totals.add(&Verdict { violations: Vec::new(), faults: 3, ..Verdict::broken(&plan, String::new()) });
        totals.add(&Verdict { faults: 4, ..Verdict::broken(&plan, "lost".to_owned()) });
        assert_eq!((totals.runs, totals.faults, totals.failed), (2, 7, vec![9]));
    }
}
