//! `roomly rrule`, as a process: every row of the recurrence corpus through standard input, and a question at a time.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

use serde_json::Value;

fn rrule(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roomly"));
    command.arg("rrule").args(args).env_clear().stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

fn rows(file: &str) -> Vec<Value> {
    let path = format!("{}/../crates/calendar/tests/corpus/{file}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The answers by id, whatever else the rows say.
fn answers(rows: &[Value]) -> BTreeMap<String, Value> {
    let mut child = rrule(&["--stdin"]).spawn().unwrap();
    let mut questions = child.stdin.take().unwrap();
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    let asking = std::thread::spawn(move || questions.write_all(text.as_bytes()).unwrap());
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    asking.join().unwrap();
    assert!(child.wait().unwrap().success());
    let answers: BTreeMap<String, Value> = said
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|answer| (answer["id"].as_str().unwrap().to_owned(), answer))
        .collect();
    assert_eq!(answers.len(), rows.len());
    answers
}

fn of<'a>(answers: &'a BTreeMap<String, Value>, row: &Value) -> &'a Value {
    &answers[row["id"].as_str().unwrap()]
}

#[test]
fn the_corpus_is_answered() {
    for (file, expected) in [("visible", "expected"), ("visible-quirks", "expected")] {
        let rows = rows(file);
        let answers = answers(&rows);
        for row in &rows {
            assert_eq!(of(&answers, row)["expected"], row[expected], "{}", row["id"]);
        }
    }
    let policy = rows("dst-policy");
    let answered = answers(&policy);
    for row in &policy {
        let expected = if row["expected_shift"].is_array() { "expected_shift" } else { "expected" };
        assert_eq!(of(&answered, row)["expected"], row[expected], "{}", row["id"]);
    }
    let invalid = rows("visible-invalid");
    let answered = answers(&invalid);
    for row in &invalid {
        assert!(of(&answered, row)["error"].is_string(), "{}", row["id"]);
    }
}

#[test]
fn splits_are_answered() {
    let rows = rows("visible-splits");
    let answers = answers(&rows);
    for row in &rows {
        let answer = of(&answers, row);
        assert_eq!(answer["expected_before"], row["expected_before"], "{}", row["id"]);
        let expected = row["expected_after"].as_array().unwrap();
        let found = answer["expected_after"].as_array().unwrap();
        // Of a series without end the row lists only the first ones.
        let compared = if row["after_truncated"] == true { expected.len() } else { found.len() };
        assert_eq!(&found[..compared], expected, "{}", row["id"]);
    }
}

#[test]
fn each_answer_comes_before_the_next_question() {
    let mut child = rrule(&["--stdin"]).spawn().unwrap();
    let mut questions = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for (question, expected) in [
        (
            r#"{"id":1,"dtstart":"2026-03-02","allday":true,"recurrence":["RRULE:FREQ=DAILY;COUNT=1"]}"#,
            "2026-03-02",
        ),
        ("nonsense", "error"),
        (
            r#"{"id":2,"dtstart":"2026-03-03","allday":true,"recurrence":["RRULE:FREQ=DAILY;COUNT=1"]}"#,
            "2026-03-03",
        ),
    ] {
        writeln!(questions, "{question}").unwrap();
        let answer = answers.next().unwrap().unwrap();
        assert!(answer.contains(expected), "{answer}");
    }
    drop(questions);
    assert!(child.wait().unwrap().success());
}

#[test]
fn people_get_one_date_a_line() {
    let args = ["--dtstart", "2026-03-02T10:00", "--tz", "Asia/Seoul", "--rule", "FREQ=WEEKLY;BYDAY=MO,WE"];
    let between = ["--between", "2026-03-04", "2026-03-10"];
    let output = rrule(&[&args[..], &between[..]].concat()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said, "2026-03-04T10:00:00+09:00\n2026-03-09T10:00:00+09:00\n");
    let endless = rrule(&args).stderr(Stdio::piped()).output().unwrap();
    assert!(!endless.status.success());
    assert!(String::from_utf8_lossy(&endless.stderr).contains("--between"));
}
