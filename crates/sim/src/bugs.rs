//! The test of the test: known bugs, switched on one by one, and how many seeds it takes to find each.

use anyhow::Result;
use sync::sabotage::{Bug, switch};

use crate::campaign::{Campaign, campaign};

/// What became of one bug.
#[derive(Clone, Debug)]
pub struct Hunt {
    pub bug: &'static str,
    /// How many seeds it took; `None`: it was not found.
    pub seeds: Option<u64>,
    /// What gave it away.
    pub violation: Option<String>,
}

/// The names of all.
pub fn names() -> impl Iterator<Item = &'static str> {
    Bug::ALL.iter().map(|bug| bug.as_str())
}

/// Runs seeds with the bug until one breaks something. `None`: there is no bug of that name.
pub fn hunt(name: &str, mut plan: Campaign) -> Result<Option<Hunt>> {
    let Some(bug) = Bug::ALL.iter().find(|bug| bug.as_str() == name) else { return Ok(None) };
    plan.stop = true;
    plan.twice = 0;
    switch(*bug);
    let report = campaign(plan, &|_| {});
    switch(Bug::Nothing);
    let first = report?.failures.into_iter().next();
    Ok(Some(Hunt {
        bug: bug.as_str(),
        seeds: first.as_ref().map(|(seed, _)| seed - plan.from + 1),
        violation: first.and_then(|(_, violations)| violations.into_iter().next()),
    }))
}
