//! One question and its answer, in the corpus' notation.

use calendar::recurrence::{Bound, Budget, Exhausted, Recurrence, Slot, Start};
use calendar::zone;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What one question may cost: some tens of milliseconds, some megabytes.
pub(super) const BUDGET: Budget = Budget { work: 2_000_000, output: 100_000 };

/// How many dates of a series without end are told when the question names no `limit`.
const TOLD_OF_ENDLESS: usize = 1_000;

/// A series: `recurrence` says all about its dates, whatever else the row has.
#[derive(Deserialize)]
struct Series {
    dtstart: String,
    #[serde(default)]
    tzid: Option<String>,
    /// By the form of `dtstart` where it is not given.
    #[serde(default)]
    allday: Option<bool>,
    recurrence: Vec<String>,
    #[serde(default)]
    window_start: Option<String>,
    #[serde(default)]
    window_end: Option<String>,
    #[serde(default)]
    limit: Option<usize>,
}

#[derive(Deserialize)]
struct Splitting {
    series: Series,
    split_at: String,
    #[serde(default)]
    limit: Option<usize>,
}

/// What is written back, one line.
#[derive(Serialize)]
pub(super) struct Answer {
    id: Value,
    #[serde(flatten)]
    said: Said,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Said {
    Dates { expected: Vec<String> },
    Halves { expected_before: Vec<String>, expected_after: Vec<String> },
    Refused { error: String },
}

pub(super) fn refusal(id: Option<Value>, error: String) -> Answer {
    Answer { id: id.unwrap_or(Value::Null), said: Said::Refused { error } }
}

/// Answers one line.
pub(super) fn answer(line: &[u8]) -> Answer {
    let question: Value = match serde_json::from_slice(line) {
        Ok(question) => question,
        Err(error) => return refusal(None, format!("not JSON: {error}")),
    };
    let id = question.get("id").cloned();
    let said = if question.get("series").is_some() && question.get("split_at").is_some() {
        split(question)
    } else {
        expand(question)
    };
    match said {
        Ok(said) => Answer { id: id.unwrap_or(Value::Null), said },
        Err(error) => refusal(id, error),
    }
}

fn expand(question: Value) -> Result<Said, String> {
    let row: Series = serde_json::from_value(question).map_err(|error| error.to_string())?;
    let start = start(&row.dtstart, row.tzid.as_deref(), row.allday)?;
    let series = Recurrence::read_strict(start, &row.recurrence).map_err(|error| error.to_string())?;
    let from = row.window_start.as_deref().map(|text| edge(text, start)).transpose()?;
    let to = row.window_end.as_deref().map(|text| edge(text, start)).transpose()?;
    if to.is_none() && row.limit.is_none() && is_endless(&series) {
        return Err("the series has no end: a window_end or a limit is needed".to_owned());
    }
    let slots = series.slots_between(from, to, BUDGET);
    Ok(Said::Dates { expected: told(slots, row.limit.unwrap_or(usize::MAX))? })
}

fn split(question: Value) -> Result<Said, String> {
    let row: Splitting = serde_json::from_value(question).map_err(|error| error.to_string())?;
    let start = start(&row.series.dtstart, row.series.tzid.as_deref(), row.series.allday)?;
    let series = Recurrence::read_strict(start, &row.series.recurrence).map_err(|error| error.to_string())?;
    let split = series.split_at(slot(&row.split_at, start)?, BUDGET).map_err(|error| error.to_string())?;
    let limit = match row.limit.or(row.series.limit) {
        Some(limit) => limit,
        None if is_endless(&split.after) => TOLD_OF_ENDLESS,
        None => usize::MAX,
    };
    let expected_before = match &split.before {
        Some(before) => told(before.slots(BUDGET), usize::MAX)?,
        None => Vec::new(),
    };
    Ok(Said::Halves { expected_before, expected_after: told(split.after.slots(BUDGET), limit)? })
}

fn told(slots: impl Iterator<Item = Result<Slot, Exhausted>>, limit: usize) -> Result<Vec<String>, String> {
    slots
        .take(limit)
        .map(|slot| slot.map(|slot| slot.to_string()).map_err(|error| error.to_string()))
        .collect()
}

pub(super) fn is_endless(series: &Recurrence) -> bool {
    series.rules().iter().any(|rule| rule.bound == Bound::Endless)
}

/// Where a series begins. `all_day` as the question says it, else by the form of `dtstart`.
pub(super) fn start(dtstart: &str, tzid: Option<&str>, all_day: Option<bool>) -> Result<Start, String> {
    let moment = moment(dtstart).ok_or_else(|| format!("dtstart is not a date or a wall time: {dtstart}"))?;
    let zone = tzid.map(|name| zone::parse(name).ok_or_else(|| format!("the zone {name} is unknown")));
    let zone = zone.transpose()?;
    if all_day.unwrap_or(matches!(moment, Moment::Date(_))) {
        return Ok(Start::Date(moment.wall(None).date()));
    }
    let wall = moment.wall(zone);
    Ok(zone.map_or(Start::Floating(wall), |zone| Start::Zoned { wall, zone }))
}

/// An edge of a window as a wall time of the series.
pub(super) fn edge(text: &str, start: Start) -> Result<NaiveDateTime, String> {
    let moment = moment(text).ok_or_else(|| format!("not a date or a time: {text}"))?;
    Ok(moment.wall(start.zone()))
}

/// The date of a series that is meant by its start, with or without an offset.
fn slot(text: &str, start: Start) -> Result<Slot, String> {
    let moment = moment(text).ok_or_else(|| format!("split_at is not a date or a time: {text}"))?;
    match (moment, start.zone()) {
        (Moment::At(at), Some(zone)) => Ok(Slot::starting_at(model::Instant::from_chrono(&at), zone)),
        (moment, zone) => Ok(start.at_wall(moment.wall(zone)).slot()),
    }
}

/// A written time.
enum Moment {
    Date(NaiveDate),
    Wall(NaiveDateTime),
    At(DateTime<chrono::FixedOffset>),
}

impl Moment {
    /// As a wall time in `zone`, or its own digits.
    fn wall(&self, zone: Option<zone::Tz>) -> NaiveDateTime {
        match (self, zone) {
            (Self::Date(date), _) => date.and_time(NaiveTime::MIN),
            (Self::Wall(wall), _) => *wall,
            (Self::At(at), Some(zone)) => at.with_timezone(&zone).naive_local(),
            (Self::At(at), None) => at.naive_local(),
        }
    }
}

/// `2026-03-02`, `2026-03-02T10:00`, `2026-03-02T10:00:00`, or with an offset.
fn moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    if let Ok(date) = text.parse() {
        return Some(Moment::Date(date));
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(Moment::At(at));
    }
    ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(Moment::Wall)
}
