//! What the documents promise to list.

use super::Finding;
use super::source::File;

const CODES: &str = "crates/model/src/error.rs";
const API: &str = "docs/API.md";
const CRASH_POINTS: &str = "crates/sync/src/crash.rs";

/// Every error code that leaves the program is in the list that people outside read; every place where a test may kill
/// the process is named in one of the documents.
pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let text_of = |path: &str| files.iter().find(|file| file.path == path).map(|file| file.text.as_str());
    let missing = |path: &str| Finding::new(path, "is missing; tidy reads a list from it");
    let mut findings = Vec::new();
    match (text_of(CODES), text_of(API)) {
        (Some(codes), Some(api)) => {
            findings.extend(unlisted(codes.lines().filter_map(error_code), api, CODES))
        }
        (None, _) => findings.push(missing(CODES)),
        (_, None) => findings.push(missing(API)),
    }
    let documents = files.iter().filter(|file| file.path.starts_with("docs/"));
    let documents: String = documents.map(|file| file.text.as_str()).collect();
    match text_of(CRASH_POINTS) {
        Some(points) => {
            findings.extend(unlisted(points.lines().filter_map(crash_point), &documents, CRASH_POINTS));
        }
        None => findings.push(missing(CRASH_POINTS)),
    }
    findings
}

fn unlisted<'a>(words: impl Iterator<Item = &'a str>, document: &str, source: &str) -> Vec<Finding> {
    let missing = words.filter(|word| !document.contains(&format!("`{word}`")));
    missing.map(|word| Finding::new("docs", format!("`{word}` of {source} is not listed"))).collect()
}

/// The word of a line such as `RoomTaken = "room_taken", 409;`.
fn error_code(line: &str) -> Option<&str> {
    let (name, rest) = line.trim().split_once(" = \"")?;
    let (word, status) = rest.split_once("\", ")?;
    let is_status = status.strip_suffix(';').is_some_and(|status| status.parse::<u16>().is_ok());
    (is_status && name.chars().all(char::is_alphanumeric)).then_some(word)
}

/// The word of a line such as `pub const COMMIT_AFTER: &str = "commit.after";`.
fn crash_point(line: &str) -> Option<&str> {
    line.trim().strip_prefix("pub const ")?.split_once(": &str = \"")?.1.strip_suffix("\";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed() {
        let list =
            "codes! {\n    /// Held.\n    RoomTaken = \"room_taken\", 409;\n    Stale = \"stale\", 409;\n}\n";
        let words = || list.lines().filter_map(error_code);
        assert!(unlisted(words(), "| `room_taken` | 409 |\n| `stale` | 409 |\n", CODES).is_empty());
        let missing = unlisted(words(), "| `room_taken` | and stale without ticks |\n", CODES);
        assert_eq!(missing.len(), 1);
        assert!(missing[0].rule.starts_with("`stale`"));
    }

    #[test]
    fn every_crash_point_is_listed() {
        let list = "/// Told nobody.\npub const COMMIT_AFTER: &str = \"commit.after\";\npub const POINTS: &[&str] = &[];\n";
        let words: Vec<_> = list.lines().filter_map(crash_point).collect();
        assert_eq!(words, ["commit.after"]);
        assert_eq!(unlisted(words.into_iter(), "", CRASH_POINTS).len(), 1);
    }

    #[test]
    fn a_list_that_moved_is_noticed() {
        let places: Vec<_> = check(&[]).into_iter().map(|finding| finding.place).collect();
        assert_eq!(places, [CODES, CRASH_POINTS]);
    }

    #[test]
    fn the_real_lists_are_read() {
        let codes = include_str!("../../../model/src/error.rs");
        assert!(codes.lines().filter_map(error_code).count() > 10);
        let points = include_str!("../../../sync/src/crash.rs");
        assert!(points.lines().filter_map(crash_point).count() >= 5);
    }
}
