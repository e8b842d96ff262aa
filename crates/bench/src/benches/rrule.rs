//! A recurring event's dates against the crate `rrule`, python-dateutil and npm's rrule, each on the same case.
//!
//! Rules are read before the clock runs, on every side. The other languages' libraries run in processes of their own and
//! time themselves, so that no start of an interpreter is counted; who has not installed one is told so.

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Instant as Stopwatch;

use calendar::recurrence::{Budget, Recurrence, Start};
use calendar::zone;
use chrono::NaiveDateTime;
use model::{Instant, TimeRange};
use rrule::RRuleSet;

use crate::Setting;
use crate::figures::{Spread, head, row};

const DATEUTIL: &str = include_str!("rrule/dateutil.py");
const NPM: &str = include_str!("rrule/npm.js");

/// One series, as everybody is given it.
struct Case {
    what: &'static str,
    dtstart: &'static str,
    zone: &'static str,
    rule: &'static str,
    /// Only what starts in `[from, to)`, wall times; all of it where they are empty.
    window: [&'static str; 2],
}

const WEEK: [&str; 2] = ["2026-11-23T00:00:00", "2026-11-30T00:00:00"];
const WEEKS: [Case; 4] = [
    case(
        "a week of a weekly series, Seoul, begun 2010",
        "2010-03-02T10:00:00",
        "Asia/Seoul",
        "FREQ=WEEKLY",
        WEEK,
    ),
    case(
        "a week of a weekly series, New York, begun 2000",
        "2000-03-07T10:00:00",
        "America/New_York",
        "FREQ=WEEKLY",
        WEEK,
    ),
    case(
        "a week of a daily series, Seoul, begun 2010",
        "2010-03-02T10:00:00",
        "Asia/Seoul",
        "FREQ=DAILY",
        WEEK,
    ),
    case(
        "a week of a daily series, New York, begun 2000",
        "2000-03-07T10:00:00",
        "America/New_York",
        "FREQ=DAILY",
        WEEK,
    ),
];
/// The same series twice: begun long ago, begun a year ago.
const AGES: [[Case; 2]; 3] = [
    [
        case("weekly", "2000-03-07T10:00:00", "America/New_York", "FREQ=WEEKLY", WEEK),
        case("", "2025-11-25T10:00:00", "America/New_York", "FREQ=WEEKLY", WEEK),
    ],
    [
        case("daily", "2000-03-07T10:00:00", "America/New_York", "FREQ=DAILY", WEEK),
        case("", "2025-11-25T10:00:00", "America/New_York", "FREQ=DAILY", WEEK),
    ],
    [
        case("daily, counted", "2000-03-07T10:00:00", "America/New_York", "FREQ=DAILY;COUNT=20000", WEEK),
        case("", "2025-11-25T10:00:00", "America/New_York", "FREQ=DAILY;COUNT=20000", WEEK),
    ],
];
const WALKS: [Case; 2] = [
    case(
        "five years of MO,WE,FR, Seoul",
        "2021-01-04T10:00:00",
        "Asia/Seoul",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR;UNTIL=20251231T145959Z",
        ["", ""],
    ),
    case(
        "20 years of the last Friday, New York",
        "2006-01-27T10:00:00",
        "America/New_York",
        "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20251231T235959Z",
        ["", ""],
    ),
];
const RARE: [Case; 3] = [
    case(
        "20 years of Mondays of week 20",
        "2006-05-15T10:00:00",
        "America/New_York",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;UNTIL=20251231T235959Z",
        ["", ""],
    ),
    case(
        "20 years of the 100th and the last day",
        "2006-04-10T10:00:00",
        "America/New_York",
        "FREQ=YEARLY;BYYEARDAY=100,-1;UNTIL=20251231T235959Z",
        ["", ""],
    ),
    case(
        "a year of every hour on Mondays",
        "2025-01-06T00:00:00",
        "Asia/Seoul",
        "FREQ=HOURLY;BYDAY=MO;UNTIL=20251231T145959Z",
        ["", ""],
    ),
];

const fn case(
    what: &'static str,
    dtstart: &'static str,
    zone: &'static str,
    rule: &'static str,
    window: [&'static str; 2],
) -> Case {
    Case { what, dtstart, zone, rule, window }
}

pub(crate) fn run(setting: &Setting) -> anyhow::Result<()> {
    let rounds = setting.or_quick(15, 3);
    head(&["what", "ours, µs", "crate rrule, µs", "crate / ours"]);
    for case in &WEEKS {
        against_crate(case, rounds);
    }
    println!();
    head(&["a week of a series in New York", "begun 2000, µs", "begun 2025, µs", "2000 / 2025"]);
    for [old, young] in &AGES {
        let (old_ours, young_ours) = (Ours::of(old), Ours::of(young));
        let (mut olds, mut youngs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            olds.push(micros(|| old_ours.dates()));
            youngs.push(micros(|| young_ours.dates()));
        }
        row(&[&old.what, &Spread::of(&olds), &Spread::of(&youngs), &Spread::ratio(&olds, &youngs)]);
    }
    println!();
    head(&["what", "ours, µs", "crate rrule, µs", "crate / ours"]);
    for case in &WALKS {
        against_crate(case, rounds);
    }
    println!();
    head(&["what", "against", "ours, µs", "theirs, µs", "theirs / ours"]);
    for case in &WALKS {
        against_script(case, "python-dateutil", "python3", DATEUTIL, setting, rounds);
        against_script(case, "npm rrule", "node", NPM, setting, rounds);
    }
    println!();
    head(&["beyond the arithmetic, or hardly", "ours, µs", "crate rrule, µs", "crate / ours"]);
    for case in &RARE {
        against_crate(case, rounds);
    }
    Ok(())
}

fn against_crate(case: &Case, rounds: usize) {
    let (ours, theirs) = (Ours::of(case), Theirs::of(case));
    assert_eq!(ours.dates(), theirs.dates(), "{}", case.what);
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        our_times.push(micros(|| ours.dates()));
        their_times.push(micros(|| theirs.dates()));
    }
    row(&[
        &case.what,
        &Spread::of(&our_times),
        &Spread::of(&their_times),
        &Spread::ratio(&their_times, &our_times),
    ]);
}

/// A library of another language, in turns with ours.
fn against_script(case: &Case, name: &str, program: &str, script: &str, setting: &Setting, rounds: usize) {
    let ours = Ours::of(case);
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    // Each process warms up by itself before it times.
    for _ in 0..setting.or_quick(rounds.min(5), 1) {
        our_times.push(micros(|| ours.dates()));
        match ask(program, script, case, &setting.folder) {
            Some((dates, micros)) => {
                assert_eq!(dates, ours.dates(), "{}: {name}", case.what);
                their_times.push(micros);
            }
            None => {
                row(&[&case.what, &name, &"", &"not installed", &"skipped"]);
                return;
            }
        }
    }
    row(&[
        &case.what,
        &name,
        &Spread::of(&our_times),
        &Spread::of(&their_times),
        &Spread::ratio(&their_times, &our_times),
    ]);
}

/// The number of dates and the microseconds that one expansion takes, by the script's own clock.
fn ask(program: &str, script: &str, case: &Case, folder: &Path) -> Option<(usize, f64)> {
    let flag = if program == "node" { "-e" } else { "-c" };
    let output = Command::new(program)
        .current_dir(folder)
        .env("NODE_PATH", folder.join("node_modules"))
        .args([flag, script, case.dtstart, case.zone, case.rule])
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    let said = String::from_utf8(output.stdout).ok()?;
    let (dates, micros) = said.trim().split_once(' ')?;
    Some((dates.parse().ok()?, micros.parse().ok()?))
}

/// Microseconds of one call, over as many as take some milliseconds.
fn micros(mut call: impl FnMut() -> usize) -> f64 {
    let warm = Stopwatch::now();
    black_box(call());
    let once = warm.elapsed().as_secs_f64().max(1e-8);
    let times = ((4e-3 / once) as u32).clamp(1, 20_000);
    let begun = Stopwatch::now();
    for _ in 0..times {
        black_box(call());
    }
    begun.elapsed().as_secs_f64() * 1e6 / f64::from(times)
}

struct Ours {
    series: Recurrence,
    range: Option<TimeRange>,
    zone: zone::Tz,
}

impl Ours {
    fn of(case: &Case) -> Self {
        let zone = zone::parse(case.zone).unwrap();
        let start = Start::Zoned { wall: case.dtstart.parse().unwrap(), zone };
        let series = Recurrence::read(start, &[format!("RRULE:{}", case.rule)]).unwrap();
        let range = case.range().and_then(|[from, to]| TimeRange::new(from, to));
        Self { series, range, zone }
    }

    fn dates(&self) -> usize {
        let dates = match self.range {
            Some(range) => self.series.starting(range, self.zone, Budget::DEFAULT),
            None => self.series.all(Budget::DEFAULT),
        };
        black_box(dates.unwrap()).len()
    }
}

struct Theirs {
    set: RRuleSet,
    windowed: bool,
}

impl Theirs {
    fn of(case: &Case) -> Self {
        let start = case.dtstart.replace(['-', ':'], "");
        let text = format!("DTSTART;TZID={}:{start}\nRRULE:{}", case.zone, case.rule);
        let mut set: RRuleSet = text.parse().unwrap();
        let range = case.range();
        let windowed = range.is_some();
        if let Some([from, to]) = range {
            let utc = |at: Instant| at.to_chrono().unwrap().with_timezone(&rrule::Tz::UTC);
            // Its edges are inclusive.
            set = set.after(utc(from)).before(utc(to.plus_secs(-1)));
        }
        Self { set, windowed }
    }

    fn dates(&self) -> usize {
        let dates =
            if self.windowed { self.set.clone().all(1_000).dates } else { self.set.into_iter().collect() };
        black_box(dates).len()
    }
}

impl Case {
    fn range(&self) -> Option<[Instant; 2]> {
        let zone = zone::parse(self.zone).unwrap();
        let edge = |text: &str| {
            let wall: NaiveDateTime = text.parse().ok()?;
            zone::resolve(zone, wall)
        };
        let [from, to] = self.window;
        Some([edge(from)?, edge(to)?])
    }
}
