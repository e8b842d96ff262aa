//! `roomly doctor`: what is still missing to serve a real Workspace, in plain words. Changes nothing anywhere.
//!
//! `setup` looks at the settings alone, `outside` asks Google, the database and the public address, `several` looks at
//! what servers share.

mod outside;
mod setup;
mod several;

use anyhow::{Result, bail};
use serde::Serialize;

use crate::config::Config;
use crate::log;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print the findings as JSON, for scripts.
    #[arg(long)]
    json: bool,
}

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Level {
    Ok,
    /// It works, with a limit that one should know.
    Note,
    /// People will run into it.
    Problem,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Finding {
    /// A stable name, for scripts.
    check: &'static str,
    level: Level,
    what: String,
    /// Why it matters; empty where all is well.
    why: String,
    /// What to do; empty where there is nothing to.
    todo: String,
}

impl Finding {
    fn ok(check: &'static str, what: impl Into<String>) -> Self {
        Self { check, level: Level::Ok, what: what.into(), why: String::new(), todo: String::new() }
    }

    fn note(check: &'static str, what: impl Into<String>, why: &str, todo: impl Into<String>) -> Self {
        Self { check, level: Level::Note, what: what.into(), why: why.to_owned(), todo: todo.into() }
    }

    fn problem(check: &'static str, what: impl Into<String>, why: &str, todo: impl Into<String>) -> Self {
        Self { check, level: Level::Problem, what: what.into(), why: why.to_owned(), todo: todo.into() }
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    ok: bool,
    findings: &'a [Finding],
}

/// `config` may be the reason why nothing else works.
pub(crate) async fn run(config: Result<Config>, args: Args) -> Result<()> {
    let findings = match config {
        Ok(config) => {
            let mut findings = setup::look(&config);
            findings.extend(outside::look(&config).await);
            findings
        }
        Err(error) => vec![Finding::problem(
            "settings",
            format!("The settings cannot be read: {error:#}."),
            "Roomly does not start with settings it does not understand.",
            "Correct it in the environment or in roomly.toml; docs/ARCHITECTURE.md has the table.",
        )],
    };
    let problems = findings.iter().filter(|finding| finding.level == Level::Problem).count();
    if args.json {
        log::say(&serde_json::to_string_pretty(&Report { ok: problems == 0, findings: &findings })?);
    } else {
        log::say(&text(&findings));
    }
    match problems {
        0 => Ok(()),
        1 => bail!("one problem; what to do stands above"),
        many => bail!("{many} problems; what to do stands above"),
    }
}

fn text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let mark = match finding.level {
            Level::Ok => "  ok     ",
            Level::Note => "  note   ",
            Level::Problem => "  PROBLEM",
        };
        text.push_str(&format!("{mark}  {}\n", indented(&finding.what)));
        if !finding.why.is_empty() {
            text.push_str(&format!("           Why:  {}\n", indented(&finding.why)));
        }
        if !finding.todo.is_empty() {
            text.push_str(&format!("           Do:   {}\n", indented(&finding.todo)));
        }
    }
    text
}

/// Further lines stand under the first.
fn indented(text: &str) -> String {
    text.replace('\n', "\n                 ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_read_by_people() {
        let findings = [
            Finding::ok("a", "All is well."),
            Finding::problem("b", "It is not.", "People wait.", "Do this,\nthen that."),
        ];
        let expected = "  ok       All is well.\n  PROBLEM  It is not.\n           Why:  People wait.\n           \
                        Do:   Do this,\n                 then that.\n";
        assert_eq!(text(&findings), expected);
    }
}
