//! Every row of `tests/corpus` through the public door.

use calendar::recurrence::{Budget, Recurrence, Slot, Start, Unreadable};
use calendar::zone;
use chrono::NaiveDateTime;
use model::Instant;
use serde_json::Value;

/// The rows of one file, comparing all and telling of every one that fails.
fn rows(name: &str, check: impl Fn(&Value) -> Result<(), String>) {
    let path = format!("{}/tests/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let mut failures = Vec::new();
    let mut count = 0;
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        count += 1;
        if let Err(why) = check(&row) {
            failures.push(format!("{}: {why}\n  {}", row["id"], row["recurrence"]));
        }
    }
    assert!(count > 0);
    assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn wall(text: &str) -> NaiveDateTime {
    text.parse().or_else(|_| format!("{text}T00:00:00").parse()).unwrap()
}

fn start(row: &Value) -> Start {
    let wall = wall(row["dtstart"].as_str().unwrap());
    match row["tzid"].as_str() {
        _ if row["allday"] == true => Start::Date(wall.date()),
        None => Start::Floating(wall),
        Some(name) => Start::Zoned { wall, zone: zone::parse(name).unwrap() },
    }
}

fn strict(row: &Value) -> Result<Recurrence, Unreadable> {
    Recurrence::read_strict(start(row), &strings(&row["recurrence"]))
}

fn shown(slots: &[Slot]) -> Vec<String> {
    slots.iter().map(ToString::to_string).collect()
}

fn same(found: &[String], expected: &[String]) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("found    {found:?}\n  expected {expected:?}")) }
}

/// A bound of the window, as a wall time of the series.
fn edge(row: &Value, name: &str) -> Option<NaiveDateTime> {
    let text = row[name].as_str()?;
    match (Instant::parse_rfc3339(text), start(row).zone()) {
        (Some(at), Some(zone)) => Some(at.to_chrono().unwrap().with_timezone(&zone).naive_local()),
        _ => Some(wall(text)),
    }
}

#[test]
fn every_series_expands_to_its_dates() {
    rows("visible.jsonl", |row| {
        let series = strict(row).map_err(|error| error.to_string())?;
        let slots = match edge(row, "window_end") {
            Some(to) => {
                let from = edge(row, "window_start").unwrap_or(series.start().wall());
                series.between(from, to, Budget::DEFAULT)
            }
            None => series.all(Budget::DEFAULT),
        };
        same(&shown(&slots.map_err(|error| error.to_string())?), &strings(&row["expected"]))
    });
}

/// F-053.
#[test]
fn odd_lines_are_read_as_they_are_meant() {
    rows("visible-quirks.jsonl", |row| {
        let slots = strict(row).map_err(|error| error.to_string())?.all(Budget::DEFAULT);
        same(&shown(&slots.map_err(|error| error.to_string())?), &strings(&row["expected"]))
    });
}

#[test]
fn invalid_rows_are_refused() {
    rows("visible-invalid.jsonl", |row| match strict(row) {
        Err(_) => Ok(()),
        Ok(_) => Err(format!("was read, though {}", row["reason"])),
    });
}

#[test]
fn gaps_shift_and_folds_take_the_first() {
    rows("dst-policy.jsonl", |row| {
        let expected = if row["expected_shift"].is_array() { "expected_shift" } else { "expected" };
        let slots = strict(row).map_err(|error| error.to_string())?.all(Budget::DEFAULT);
        same(&shown(&slots.map_err(|error| error.to_string())?), &strings(&row[expected]))
    });
}

#[test]
fn a_split_series_has_the_same_dates() {
    rows("visible-splits.jsonl", |row| {
        let series = strict(&row["series"]).map_err(|error| error.to_string())?;
        let text = row["split_at"].as_str().unwrap();
        let at = match (Instant::parse_rfc3339(text), series.start().zone()) {
            (Some(at), Some(zone)) => {
                series.start().at_wall(at.to_chrono().unwrap().with_timezone(&zone).naive_local())
            }
            _ => series.start().at_wall(wall(text)),
        };
        let split = series.split_at(at.slot(), Budget::DEFAULT).map_err(|error| error.to_string())?;
        let before = split.before.map_or(Ok(Vec::new()), |before| before.all(Budget::DEFAULT));
        same(&shown(&before.map_err(|error| error.to_string())?), &strings(&row["expected_before"]))?;
        let expected = strings(&row["expected_after"]);
        let limit = if row["after_truncated"] == true { expected.len() } else { usize::MAX };
        let after: Result<Vec<Slot>, _> = split.after.slots(Budget::DEFAULT).take(limit).collect();
        same(&shown(&after.map_err(|error| error.to_string())?), &expected)
    });
}
