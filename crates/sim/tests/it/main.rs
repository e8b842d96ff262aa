//! A few seeds in every run of the tests; `cargo xtask sim` runs as many as one likes.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use sim::campaign::{Campaign, campaign};
use sim::{Options, run};

/// Seeds that broke something once, with the steps they need, and what it was.
const REGRESSIONS: &str = include_str!("../regressions.txt");

fn broken(from: u64, seeds: u64, options: Options) -> Vec<String> {
    let plan = Campaign { from, seeds, jobs: 2, options, twice: 0, stop: false };
    let report = campaign(plan, &|_| {}).unwrap();
    assert_eq!(report.seeds, seeds);
    let failures = report.failures.into_iter();
    failures.map(|(seed, violations)| format!("seed {seed}: {}", violations.join("; "))).collect()
}

#[test]
fn where_nothing_goes_wrong_both_sides_become_equal() {
    let options = Options { steps: 200, calm: true, tell: false };
    assert_eq!(broken(1, 6, options), Vec::<String>::new());
}

#[test]
fn whatever_goes_wrong_nothing_is_lost_and_both_sides_become_equal() {
    assert_eq!(broken(1, 24, Options::default()), Vec::<String>::new());
}

#[test]
fn one_seed_tells_one_story() {
    for seed in [3, 17] {
        let options = Options { steps: 150, ..Options::default() };
        let (one, again) = (run(seed, options).unwrap(), run(seed, options).unwrap());
        assert_eq!(one.trace, again.trace, "seed {seed}");
        assert!(one.calls > 50 && one.bookings > 3, "seed {seed} tells of nothing");
    }
    let story = |seed| run(seed, Options { steps: 20, ..Options::default() }).unwrap().trace;
    assert_ne!(story(3), story(17));
}

#[test]
fn what_broke_once_holds() {
    for line in REGRESSIONS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let seed = words.next().and_then(|word| word.parse().ok()).unwrap();
        let steps = words.next().and_then(|word| word.parse().ok()).unwrap();
        let outcome = run(seed, Options { steps, ..Options::default() }).unwrap();
        assert_eq!(outcome.violations, Vec::<String>::new(), "{line}");
    }
}
