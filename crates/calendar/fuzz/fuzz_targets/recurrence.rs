//! Any lines, start and window through every question that can be asked of a series.
//!
//! The input is text: the start's kind and minute since 1970 on the first line, a window on the second, then the series'
//! lines. What is read must come back the same from its own lines, in order and within the budget.
#![no_main]

use calendar::recurrence::{Budget, Length, Recurrence, Series, Start};
use calendar::zone;
use chrono::{DateTime, NaiveDateTime};
use libfuzzer_sys::fuzz_target;
use model::{Instant, TimeRange};

const ZONES: [&str; 6] = [
    "Asia/Seoul",
    "America/New_York",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Europe/London",
];

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let mut parts = text.split('\n');
    let (Some(start), Some(window)) = (parts.next(), parts.next()) else {
        return;
    };
    let lines: Vec<String> = parts.map(str::to_owned).collect();
    let Some(start) = read_start(start) else {
        return;
    };
    let _ = Recurrence::read_strict(start, &lines);
    if let Series::Understood(series) = Series::read(start, &lines) {
        ask(&series, window);
    }
});

/// A letter for the kind, digits for the minute.
fn read_start(text: &str) -> Option<Start> {
    let mut letters = text.chars();
    let kind = letters.next()?;
    let wall = minute(letters.as_str())?;
    Some(match kind {
        'd' => Start::Date(wall.date()),
        'f' => Start::Floating(wall),
        kind => {
            let name = ZONES[kind as usize % ZONES.len()];
            Start::Zoned { wall, zone: zone::parse(name)? }
        }
    })
}

fn minute(text: &str) -> Option<NaiveDateTime> {
    DateTime::from_timestamp(text.trim().parse::<i64>().ok()?.checked_mul(60)?, 0).map(|at| at.naive_utc())
}

fn ask(series: &Recurrence, window: &str) {
    let budget = Budget { work: 20_000, output: 500 };
    let slots: Vec<_> = series.slots(budget).filter_map(Result::ok).collect();
    assert!(slots.is_sorted_by(|a, b| a < b), "{series:?}: {slots:?}");

    let again = Recurrence::read(series.start(), &series.lines()).expect("its own lines are read");
    if series.ex_rules().is_empty() {
        let back: Vec<_> = again.slots(budget).filter_map(Result::ok).collect();
        assert_eq!(slots, back, "{:?}", series.lines());
    }

    let _ = series.last(budget);
    if let Some(slot) = slots.get(slots.len() / 2) {
        assert_ne!(series.contains(*slot, budget), Ok(false));
        let _ = series.split_at(*slot, budget);
    }
    let mut edges = window.split(' ').filter_map(minute);
    if let (Some(from), Some(to)) = (edges.next(), edges.next()) {
        let _ = series.between(from, to, budget);
        let zone = zone::DEFAULT_ZONE;
        let range = TimeRange::new(
            Instant::from_secs(from.and_utc().timestamp()),
            Instant::from_secs(to.and_utc().timestamp()),
        );
        if let Some(range) = range {
            let _ = series.starting(range, zone, budget);
            let _ = series.overlapping(range, Length::Elapsed(5_400_000_000), zone, budget);
            let _ = series.overlapping(range, Length::Days(2), zone, budget);
        }
    }
}
