//! `cargo xtask tidy`: the rules of `docs/ARCHITECTURE.md` that no compiler knows, proved rather than trusted.
//!
//! Every rule is a function from what it looks at to [`Finding`]s, and has a test that shows it failing.

mod docs;
mod faults;
mod graph;
mod source;

use std::fmt;

use anyhow::{Result, bail};

/// One place that breaks one rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// A file with its line, or a package.
    place: String,
    /// What is there and why it may not be.
    rule: String,
}

impl Finding {
    fn new(place: impl Into<String>, rule: impl Into<String>) -> Self {
        Self { place: place.into(), rule: rule.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.rule)
    }
}

/// Checks everything before it fails, so that one run shows all there is to do.
pub(crate) fn run() -> Result<()> {
    let mut findings = graph::check()?;
    let files = source::files()?;
    findings.extend(files.iter().flat_map(source::check));
    findings.extend(source::check_styles(&files));
    findings.extend(docs::check(&files));
    findings.extend(faults::check(&files));
    findings.sort();
    for finding in &findings {
        eprintln!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("tidy found 1 thing"),
        count => bail!("tidy found {count} things"),
    }
}
