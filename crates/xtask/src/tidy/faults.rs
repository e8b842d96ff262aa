//! The table of `docs/SYNC.md` that says which test stands for which fault.

use std::collections::BTreeMap;

use super::Finding;
use super::source::File;

const DOCUMENT: &str = "docs/SYNC.md";
const SECTION: &str = "## Faults and their tests";

/// How many faults the catalogue has that this is about, from `F-001` on.
const FAULTS: usize = 77;
/// More than these may not go without a test.
const LEFT_OUT: usize = 5;

/// Every fault has a row with a test that exists and names it, or a line that says why it has none.
pub(super) fn check(files: &[File]) -> Vec<Finding> {
    let Some(document) = files.iter().find(|file| file.path == DOCUMENT) else {
        return vec![Finding::new(DOCUMENT, "is missing; tidy reads the table of faults from it")];
    };
    let lines = document.text.lines().enumerate().map(|(index, line)| (index + 1, line));
    let mut section = lines.skip_while(|(_, line)| *line != SECTION).peekable();
    let Some((begin, _)) = section.next() else {
        return vec![Finding::new(DOCUMENT, format!("has no section `{SECTION}`"))];
    };
    let mut findings = Vec::new();
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    let mut left_out = 0;
    for (number, line) in section.take_while(|(_, line)| !line.starts_with("## ")) {
        let at = |rule: String| Finding::new(format!("{DOCUMENT}:{number}"), rule);
        let tests: Vec<&str> = line.split('`').filter(|word| word.contains(".rs::")).collect();
        let found: Vec<Result<bool, String>> = tests.iter().map(|test| names(test, line, files)).collect();
        findings.extend(found.iter().filter_map(|one| one.clone().err()).map(at));
        let row = line.strip_prefix("| F-").is_some();
        let entry = line.strip_prefix("| ").or_else(|| line.strip_prefix("- "));
        let Some(fault) = entry.and_then(fault) else { continue };
        *told.entry(fault.to_owned()).or_default() += 1;
        left_out += usize::from(!row);
        if row && !found.contains(&Ok(true)) {
            findings.push(at(format!("no test of this row names {fault}")));
        }
    }
    let at = |rule: String| Finding::new(format!("{DOCUMENT}:{begin}"), rule);
    for number in 1..=FAULTS {
        let fault = format!("F-{number:03}");
        match told.remove(&fault).unwrap_or(0) {
            1 => {}
            0 => findings.push(at(format!("{fault} has neither a test nor a reason"))),
            count => findings.push(at(format!("{fault} stands there {count} times"))),
        }
    }
    findings.extend(told.into_keys().map(|fault| at(format!("{fault} is no fault of the catalogue"))));
    if left_out > LEFT_OUT {
        findings.push(at(format!("{left_out} faults have no test; {LEFT_OUT} are the most")));
    }
    findings
}

/// The id at the beginning of `text`, as in `F-017`.
fn fault(text: &str) -> Option<&str> {
    let id = text.get(..5).filter(|id| id.starts_with("F-"))?;
    id[2..].bytes().all(|byte| byte.is_ascii_digit()).then_some(id)
}

/// Whether `file::test` says, in its name or above it, which fault of `line` it is about. An error: there is no such test.
fn names(test: &str, line: &str, files: &[File]) -> Result<bool, String> {
    let missing = || format!("there is no test `{test}`");
    let (path, name) = test.split_once("::").ok_or_else(missing)?;
    let file = files.iter().find(|file| file.path == path).ok_or_else(missing)?;
    let lines: Vec<&str> = file.text.lines().map(str::trim_start).collect();
    let is_it = |line: &&str| {
        let line = line.strip_prefix("async ").unwrap_or(line);
        let rest = line.strip_prefix("fn ").and_then(|rest| rest.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with('('))
    };
    let at = lines.iter().position(is_it).ok_or_else(missing)?;
    let above = lines[..at].iter().rev().take_while(|line| line.starts_with("///") || line.starts_with('#'));
    let above: Vec<&str> = above.copied().collect();
    let marked = above.iter().any(|line| line.starts_with("#[test") || line.starts_with("#[tokio::test"));
    if !marked && !file.text.contains(&format!("on_every_engine!({name})")) {
        return Err(missing());
    }
    let fault = line.strip_prefix("| ").and_then(fault).unwrap_or_default();
    let word = fault.to_lowercase().replace('-', "_");
    Ok(!fault.is_empty() && (name.contains(&word) || above.iter().any(|line| line.contains(fault))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TESTS: &str = "on_every_engine!(both);\n/// F-002 and F-003.\nasync fn both(fixture: Fixture) {}\n\
        fn helper() {}\n/// F-004.\nfn other() {}\nproptest! {\n    /// F-005: drawn.\n    #[test]\n    fn drawn(n in 0..9) {}\n}\n\
        #[tokio::test(flavor = \"multi_thread\")]\nasync fn f_001_it_holds() {}\n";

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    /// What is found where the section has these lines and all other faults are told of.
    fn found(lines: &[&str]) -> Vec<String> {
        let told = |fault: &String| lines.iter().any(|line| line.get(2..7) == Some(fault.as_str()));
        let others = (1..=FAULTS).map(|number| format!("F-{number:03}")).filter(|fault| !told(fault));
        // One test for all of them, which names them all.
        let (rows, names): (Vec<_>, Vec<_>) = others
            .map(|fault| (format!("| {fault} | x | `a/rest.rs::rest` |"), format!("/// {fault}")))
            .unzip();
        let rest = format!("{}\n#[test]\nfn rest() {{}}\n", names.join("\n"));
        let text = format!(
            "# Sync\n\n{SECTION}\n\n{}\n{}\n\n## Next\n\n- F-099\n",
            lines.join("\n"),
            rows.join("\n")
        );
        let files = [file(DOCUMENT, &text), file("a/it.rs", TESTS), file("a/rest.rs", &rest)];
        check(&files).into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn every_fault_has_a_test_that_exists_and_names_it() {
        let good = [
            "| F-001 | a | `a/it.rs::f_001_it_holds`, also `a/it.rs::both` |",
            "| F-002 | b | `a/it.rs::both` |",
            "| F-005 | c | `a/it.rs::drawn` |",
            "- F-006: nobody can have it.",
        ];
        assert_eq!(found(&good), Vec::<String>::new());
        for (row, rule) in [
            ("| F-001 | a | `a/it.rs::gone` |", "there is no test `a/it.rs::gone`"),
            ("| F-001 | a | `a/other.rs::both` |", "there is no test `a/other.rs::both`"),
            ("| F-004 | a | `a/it.rs::other` |", "there is no test `a/it.rs::other`"),
            ("| F-001 | a | `a/it.rs::f_001` |", "there is no test `a/it.rs::f_001`"),
            ("| F-001 | a | `a/it.rs::both` |", "no test of this row names F-001"),
            ("| F-001 | a | the simulator |", "no test of this row names F-001"),
            ("| F-078 | a | `a/it.rs::both` |", "F-078 is no fault of the catalogue"),
            ("`a/it.rs::gone` is one, too.", "there is no test `a/it.rs::gone`"),
        ] {
            let found = found(&[row]);
            assert!(found.iter().any(|one| one == rule), "{row}: {found:?}");
        }
        let twice = found(&["| F-002 | b | `a/it.rs::both` |", "- F-002: why not."]);
        assert_eq!(twice, ["F-002 stands there 2 times"]);
    }

    #[test]
    fn few_may_be_left_out_and_none_forgotten() {
        let few: Vec<String> = (1..=6).map(|number| format!("- F-{number:03}: it is hard.")).collect();
        let lines: Vec<&str> = few.iter().map(String::as_str).collect();
        assert_eq!(found(&lines[..5]), Vec::<String>::new());
        assert_eq!(found(&lines), ["6 faults have no test; 5 are the most"]);
        let bare = [file(DOCUMENT, &format!("{SECTION}\n"))];
        assert_eq!(check(&bare).len(), FAULTS);
        assert_eq!(check(&[file(DOCUMENT, "# Sync\n")]).len(), 1);
        assert_eq!(check(&[]).len(), 1);
    }
}
