//! Instants, civil times and Google's `EventDateTime`. Time is an argument everywhere: microseconds since 1970.

use chrono::{DateTime, Duration, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::wire::ApiError;

/// One second.
pub const SECOND: i64 = 1_000_000;
/// One minute.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour.
pub const HOUR: i64 = 60 * MINUTE;
/// One day.
pub const DAY: i64 = 24 * HOUR;

/// The instant as chrono has it.
pub fn utc(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

/// `2026-03-02T01:00:00.000Z`.
pub fn stamp(micros: i64) -> String {
    utc(micros).format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Civil time in a zone.
pub fn civil(micros: i64, zone: Tz) -> NaiveDateTime {
    utc(micros).with_timezone(&zone).naive_local()
}

/// The instant of a civil time: a time in a gap moves forward by the gap, an ambiguous one is the first
/// (RFC 5545 §3.3.5).
pub fn instant(civil: NaiveDateTime, zone: Tz) -> i64 {
    match zone.from_local_datetime(&civil) {
        LocalResult::Single(t) | LocalResult::Ambiguous(t, _) => t.timestamp_micros(),
        LocalResult::None => {
            let before = civil - Duration::hours(26);
            let shift = zone
                .from_local_datetime(&before)
                .earliest()
                .map_or(0, |t| before.and_utc().timestamp_micros() - t.timestamp_micros());
            civil.and_utc().timestamp_micros() - shift
        }
    }
}

/// Midnight of a day in a zone.
pub fn midnight(day: NaiveDate, zone: Tz) -> i64 {
    instant(day.and_time(NaiveTime::MIN), zone)
}

/// RFC 3339 with a mandatory offset; `+0900` is taken too (facts: google-calendar §2).
pub fn parse_instant(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .ok()
        .map(|t| t.timestamp_micros())
}

/// Google's `EventDateTime`: a day, or an instant with its zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// `date`.
    Day(NaiveDate),
    /// `dateTime` and `timeZone`.
    At(i64, Option<Tz>),
}

impl When {
    /// Reads the JSON; a local `dateTime` takes its `timeZone`, else the calendar's (facts: google-calendar §2, `start`).
    pub fn parse(value: &Value, name: &str, calendar_zone: Tz) -> Result<Self, ApiError> {
        let date = value["date"].as_str();
        let date_time = value["dateTime"].as_str();
        let zone =
            match value["timeZone"].as_str() {
                None => None,
                Some(text) => Some(text.parse::<Tz>().map_err(|_| {
                    ApiError::invalid(&format!("Invalid time zone definition for {name} time."))
                })?),
            };
        let bad = || ApiError::invalid(&format!("Invalid {name} time."));
        match (date, date_time) {
            (Some(date), None) => {
                NaiveDate::parse_from_str(date, "%Y-%m-%d").map(Self::Day).map_err(|_| bad())
            }
            (None, Some(text)) => {
                if let Some(at) = parse_instant(text) {
                    return Ok(Self::At(at, zone));
                }
                let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map_err(|_| bad())?;
                Ok(Self::At(instant(local, zone.unwrap_or(calendar_zone)), zone))
            }
            (None, None) => Err(ApiError::required(&format!("Missing {name} time."))),
            (Some(_), Some(_)) => Err(bad()),
        }
    }

    /// The instant; a day starts at midnight of the calendar's zone.
    pub fn at(&self, calendar_zone: Tz) -> i64 {
        match self {
            Self::Day(day) => midnight(*day, calendar_zone),
            Self::At(at, _) => *at,
        }
    }

    /// As the API shows it: rendered in `shown`, with the event's own zone beside it.
    pub fn render(&self, shown: Tz, calendar_zone: Tz) -> Value {
        match self {
            Self::Day(day) => json!({ "date": day.format("%Y-%m-%d").to_string() }),
            Self::At(at, zone) => {
                let text = utc(*at).with_timezone(&shown).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
                json!({ "dateTime": text, "timeZone": zone.unwrap_or(calendar_zone).name() })
            }
        }
    }

    /// The suffix of an instance id (facts: google-calendar §3).
    pub fn suffix(&self) -> String {
        match self {
            Self::Day(day) => day.format("%Y%m%d").to_string(),
            Self::At(at, _) => utc(*at).format("%Y%m%dT%H%M%SZ").to_string(),
        }
    }

    /// Whether both are days, or both instants.
    pub fn same_kind(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Day(_), Self::Day(_)) | (Self::At(..), Self::At(..)))
    }
}
