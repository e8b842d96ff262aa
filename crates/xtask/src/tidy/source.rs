//! What sources must and may not contain.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::Finding;
use crate::shell;

/// Folders with sources of ours, and the endings that are read.
const FOLDERS: [&str; 7] = ["app", "crates", "docs", "end2end", "frontend", "server", "style"];
const ENDINGS: [&str; 5] = ["md", "rs", "scss", "ts", "yml"];
const SKIPPED: [&str; 4] = ["node_modules", "playwright-report", "target", "test-results"];

/// The rules spell what they look for.
const RULES: &str = "crates/xtask/src/tidy/";

/// Server functions that are open to everyone who has the link: the token in it is their proof.
const OPEN_DOORS: [&str; 1] = ["load_board"];

const LONGEST: usize = 600;

/// A source file: its path from the root, with `/`, and its text.
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

impl File {
    fn is(&self, ending: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, own)| own == ending)
    }

    fn finding(&self, line: usize, rule: impl Into<String>) -> Finding {
        Finding::new(format!("{}:{line}", self.path), rule)
    }

    /// Code lines with their numbers from 1; lines that are only a comment are left out.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Where this Rust file's own tests begin; a file of tests is one from its first line.
    fn tests_begin(&self) -> usize {
        if self.path.contains("/tests/") || self.path.starts_with("end2end/") {
            return 1;
        }
        let begin = self.text.lines().position(|line| line.trim() == "#[cfg(test)]");
        begin.map_or(usize::MAX, |index| index + 1)
    }
}

/// Every source file of ours, in order.
pub(super) fn files() -> Result<Vec<File>> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        walk(&shell::root().join(folder), folder, &mut files)?;
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn walk(folder: &Path, name: &str, files: &mut Vec<File>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let own = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{name}/{own}");
        if entry.file_type()?.is_dir() {
            if !SKIPPED.contains(&own.as_str()) {
                walk(&entry.path(), &path, files)?;
            }
        } else if ENDINGS.iter().any(|ending| own.ends_with(&format!(".{ending}"))) {
            let text = fs::read_to_string(entry.path()).with_context(|| path.clone())?;
            files.push(File { path, text });
        }
    }
    Ok(())
}

/// Every rule about a single file.
pub(super) fn check(file: &File) -> Vec<Finding> {
    if file.path.starts_with(RULES) {
        return length(file);
    }
    let rules: [fn(&File) -> Vec<Finding>; 8] =
        [opening, length, unfinished, words, sleeps, environment, reasons, doors];
    rules.iter().flat_map(|rule| rule(file)).collect()
}

/// A module that others enter by says first what it is for.
fn opening(file: &File) -> Vec<Finding> {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    if !["lib.rs", "main.rs", "mod.rs"].contains(&name) || file.text.starts_with("//!") {
        return Vec::new();
    }
    vec![file.finding(1, "must begin with `//!` and say what the module is for")]
}

fn length(file: &File) -> Vec<Finding> {
    let lines = file.text.lines().count();
    if lines <= LONGEST || file.is("md") || file.is("yml") {
        return Vec::new();
    }
    vec![file.finding(
        lines,
        format!("{lines} lines; split it, {LONGEST} is the most that is read in one sitting"),
    )]
}

fn unfinished(file: &File) -> Vec<Finding> {
    const MARKS: [&str; 6] = ["TODO", "FIXME", "XXX", "todo!", "unimplemented!", "dbg!"];
    let marked = |line: &str| MARKS.into_iter().find(|mark| contains_word(line, mark));
    let lines = file.text.lines().enumerate();
    let findings = lines.filter_map(|(index, line)| Some((index + 1, marked(line)?)));
    findings
        .map(|(line, mark)| file.finding(line, format!("`{mark}`: finish it, or open an issue")))
        .collect()
}

/// Words that have no good use anywhere: the store's write helper opens its transactions itself.
struct Banned {
    word: &'static str,
    why: &'static str,
}

const BANNED: [Banned; 5] = [
    Banned { word: "inner_html", why: "it does not hydrate, and it is how scripts get in" },
    Banned { word: "AssertSqlSafe", why: "SQL is a constant with `$n`" },
    Banned { word: ".begin()", why: "a transaction that writes goes through the store's write helper" },
    Banned { word: ".begin_with(", why: "a transaction that writes goes through the store's write helper" },
    Banned { word: "#[ignore", why: "a test that does not run proves nothing" },
];

fn words(file: &File) -> Vec<Finding> {
    if !file.is("rs") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in file.code() {
        for banned in &BANNED {
            if line.contains(banned.word) {
                findings.push(file.finding(number, format!("`{}`: {}", banned.word, banned.why)));
            }
        }
    }
    findings
}

/// Tests wait for what they expect; a fixed wait is too short on a busy machine and too long on every other.
fn sleeps(file: &File) -> Vec<Finding> {
    let waits: &[&str] = if file.is("rs") {
        &["sleep(", "sleep_until("]
    } else if file.is("ts") {
        &["waitForTimeout", "setTimeout(", "networkidle"]
    } else {
        return Vec::new();
    };
    let begin = file.tests_begin();
    let fixed = |line: &str| waits.iter().find(|wait| line.contains(**wait));
    let lines = file.code().filter(|(number, _)| *number >= begin);
    let findings = lines.filter_map(|(number, line)| Some((number, fixed(line)?)));
    findings
        .map(|(number, wait)| file.finding(number, format!("`{wait}` in a test: wait for an event")))
        .collect()
}

fn environment(file: &File) -> Vec<Finding> {
    let may = file.path.starts_with("server/src/config")
        || file.path == "crates/services/src/given.rs"
        || file.path.starts_with("crates/xtask/")
        || file.path.ends_with("/build.rs");
    if may || !file.is("rs") {
        return Vec::new();
    }
    let lines = file.code().filter(|(_, line)| line.contains("env::var"));
    lines
        .map(|(number, _)| file.finding(number, "reads the environment: only `server::config` does"))
        .collect()
}

/// `allow` and `expect` attributes say why.
fn reasons(file: &File) -> Vec<Finding> {
    if !file.is("rs") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (number, line) in file.code() {
        let attribute = ["allow(", "expect("].into_iter().find_map(|word| {
            let at = line.find(word)?;
            let before = line[..at].trim_start();
            (before.starts_with("#[") || before.starts_with("#![")).then_some(at)
        });
        let Some(at) = attribute else { continue };
        let start = file.text.lines().take(number - 1).map(|line| line.len() + 1).sum::<usize>() + at;
        let whole = file.text[start..].split_once(")]").map_or("", |(whole, _)| whole);
        if !whole.contains("reason") {
            findings.push(file.finding(number, "switches a lint off without `reason = \"...\"`"));
        }
    }
    findings
}

/// Server functions are a public interface: each asks first who is calling.
fn doors(file: &File) -> Vec<Finding> {
    if !file.is("rs") || !file.path.starts_with("app/") {
        return Vec::new();
    }
    let starts: Vec<usize> =
        file.code().filter(|(_, line)| line.contains("#[server")).map(|(line, _)| line).collect();
    let lines: Vec<&str> = file.text.lines().collect();
    let mut findings = Vec::new();
    for (index, start) in starts.iter().enumerate() {
        // `#[server]` also marks arguments; a function is one that follows before the next mark.
        let end = starts.get(index + 1).map_or(lines.len(), |next| next - 1);
        let door = &lines[start - 1..end];
        let name = door.iter().find_map(|line| name_of_function(line));
        // A macro that makes functions names none.
        let Some(name) = name.filter(|name| !name.starts_with('$')) else { continue };
        let arguments_too = lines[start - 1..].join("\n");
        let body = arguments_too.split("\n}\n").next().unwrap_or_default();
        if !body.contains("cx::current()") && !OPEN_DOORS.contains(&name) {
            findings.push(
                file.finding(*start, format!("server function `{name}` does not begin with `cx::current()`")),
            );
        }
    }
    findings
}

fn name_of_function(line: &str) -> Option<&str> {
    line.split_once("fn ")?.1.split(['(', '<']).next()
}

/// Every part of the style sheet is loaded: a forgotten one looks like a bug of the page.
pub(super) fn check_styles(files: &[File]) -> Vec<Finding> {
    let mut loads = String::new();
    for sheet in ["style/main.scss", "style/pages.scss"] {
        let Some(sheet) = files.iter().find(|file| file.path == sheet) else {
            return vec![Finding::new(sheet, "is missing")];
        };
        loads.push_str(&sheet.text);
    }
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("style/") && file.is("scss")) {
        let Some((folder, name)) = file.path["style/".len()..].rsplit_once('/') else { continue };
        let address = format!("{folder}/{}", name.trim_start_matches('_').trim_end_matches(".scss"));
        if !loads.contains(&format!("\"{address}\"")) {
            findings.push(file.finding(1, format!("neither main.scss nor pages.scss loads \"{address}\"")));
        }
    }
    findings
}

/// Whether the word stands alone: `dbg!` is not in `mydbg!`, `XXX` not in `XXXL`.
fn contains_word(line: &str, word: &str) -> bool {
    let part = |char: char| char.is_alphanumeric() || char == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back().is_some_and(part);
        let after = line[at + word.len()..].chars().next().is_some_and(part);
        !before && (word.ends_with('!') || !after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    fn places(rule: fn(&File) -> Vec<Finding>, path: &str, text: &str) -> Vec<String> {
        rule(&file(path, text)).into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn modules_say_what_they_are_for() {
        assert_eq!(places(opening, "app/src/lib.rs", "pub mod api;\n"), ["app/src/lib.rs:1"]);
        assert!(places(opening, "app/src/lib.rs", "//! The app.\n").is_empty());
        assert!(places(opening, "app/src/grid.rs", "pub mod api;\n").is_empty());
    }

    #[test]
    fn files_end_somewhere() {
        assert_eq!(places(length, "app/src/a.rs", &"x\n".repeat(601)).len(), 1);
        assert!(places(length, "app/src/a.rs", &"x\n".repeat(600)).is_empty());
        assert!(places(length, "docs/API.md", &"x\n".repeat(601)).is_empty());
    }

    #[test]
    fn nothing_is_left_for_later() {
        assert_eq!(places(unfinished, "a.rs", "x\n// TODO: more\n"), ["a.rs:2"]);
        assert_eq!(places(unfinished, "a.rs", "let x = dbg!(x);\n todo!()\n"), ["a.rs:1", "a.rs:2"]);
        assert!(places(unfinished, "a.rs", "let todos = mydbg!(x); // XXXL\n").is_empty());
    }

    #[test]
    fn some_words_have_no_good_use() {
        assert_eq!(places(words, "app/src/a.rs", "<div inner_html=x/>\n").len(), 1);
        assert_eq!(places(words, "crates/booking/src/a.rs", "let t = pool.begin().await?;\n").len(), 1);
        assert_eq!(places(words, "crates/store/src/room.rs", "let t = pool.begin().await?;\n").len(), 1);
        assert_eq!(places(words, "crates/store/src/a.rs", "query(AssertSqlSafe(sql))\n").len(), 1);
        assert_eq!(places(words, "server/tests/it/a.rs", "#[ignore = \"slow\"]\n").len(), 1);
        assert!(places(words, "app/src/a.rs", "// never inner_html\n").is_empty());
    }

    #[test]
    fn tests_do_not_sleep() {
        assert_eq!(places(sleeps, "server/tests/it/a.rs", "tokio::time::sleep(x).await;\n").len(), 1);
        let own = "fn back_off() { sleep(x) }\n#[cfg(test)]\nmod tests { fn a() { thread::sleep(x) } }\n";
        assert_eq!(places(sleeps, "crates/booking/src/a.rs", own), ["crates/booking/src/a.rs:3"]);
        assert_eq!(places(sleeps, "end2end/tests/a.spec.ts", "await page.waitForTimeout(50);\n").len(), 1);
    }

    #[test]
    fn the_environment_is_read_in_one_place() {
        assert_eq!(places(environment, "crates/booking/src/a.rs", "std::env::var(\"HOME\")\n").len(), 1);
        assert_eq!(places(environment, "server/src/main.rs", "env::var_os(\"HOME\")\n").len(), 1);
        assert!(places(environment, "server/src/config.rs", "std::env::var(\"HOME\")\n").is_empty());
        assert!(places(environment, "server/src/main.rs", "env!(\"CARGO_PKG_VERSION\")\n").is_empty());
    }

    #[test]
    fn lints_are_switched_off_with_a_reason() {
        assert_eq!(places(reasons, "a.rs", "x\n#[allow(dead_code)]\n"), ["a.rs:2"]);
        assert_eq!(places(reasons, "a.rs", "#![expect(dead_code)]\n"), ["a.rs:1"]);
        assert!(places(reasons, "a.rs", "#[allow(\n    dead_code,\n    reason = \"x\"\n)]\n").is_empty());
        assert!(places(reasons, "a.rs", "value.expect(\"there\");\n").is_empty());
        assert!(places(reasons, "a.rs", "#[cfg_attr(test, allow(dead_code, reason = \"x\"))]\n").is_empty());
    }

    #[test]
    fn doors_ask_who_is_there() {
        let open = "#[server(endpoint = \"a\")]\npub async fn a() -> R {\n    engine.a().await\n}\n";
        let shut = "#[server(endpoint = \"b\")]\npub async fn b(\n    #[server(default)] x: u8,\n) -> R {\n    let (engine, cx) = super::cx::current().await?;\n}\n";
        assert_eq!(places(doors, "app/src/api/x.rs", &format!("{shut}{open}")), ["app/src/api/x.rs:7"]);
        let inside = |text: &str| format!("door! {{\n    {}\n}}\n", text.trim_end().replace('\n', "\n    "));
        let both = format!("{}{}", inside(open), inside(shut));
        assert_eq!(
            places(doors, "app/src/api/x.rs", &both),
            ["app/src/api/x.rs:2"],
            "also where a macro is around it"
        );
        assert!(
            places(doors, "app/src/api/door.rs", "#[server]\npub async fn $function() {}\nfn written() {}\n")
                .is_empty()
        );
        assert!(
            places(doors, "app/src/api/x.rs", &format!("{open}{shut}").replace("fn a(", "fn load_board("))
                .is_empty()
        );
    }

    #[test]
    fn every_part_of_the_style_sheet_is_loaded() {
        let main = file("style/main.scss", "@include meta.load-css(\"components/popover\");\n");
        let pages = file("style/pages.scss", "@include meta.load-css(\"components/table\");\n");
        let loaded = ["popover", "table"].map(|name| file(&format!("style/components/_{name}.scss"), ""));
        let forgotten = file("style/components/_timeline.scss", "");
        let [popover, table] = loaded;
        let findings = check_styles(&[main, pages, popover, table, forgotten]);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].place, "style/components/_timeline.scss:1");
        assert_eq!(check_styles(&[]).len(), 1);
    }
}
