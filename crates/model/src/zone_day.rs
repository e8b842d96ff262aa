//! A civil day of one zone as data: enough to draw and label it without zone tables.
//!
//! The server knows the IANA database, the browser does not. With every day go its bounds and the UTC offsets in force,
//! so both sides print the same wall times, also on days of 23 or 25 hours.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};
use serde::{Deserialize, Serialize};

use crate::time::{Instant, TimeRange};

/// One civil day in one zone: `[start, end)` and the offsets in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneDay {
    #[serde(with = "crate::civil")]
    pub date: NaiveDate,
    /// IANA name, for showing and for asking the server; never interpreted here.
    pub zone: String,
    pub range: TimeRange,
    /// Seconds east of UTC at the day's start.
    pub offset: i32,
    /// Offset changes inside the day: from this instant on, this many seconds east of UTC. Ascending, mostly empty.
    pub transitions: Vec<(Instant, i32)>,
}

impl ZoneDay {
    /// Seconds east of UTC at `at`. Outside the day the nearest offset is used, so a block that begins on the day
    /// before is still labelled sensibly.
    pub fn offset_at(&self, at: Instant) -> i32 {
        self.transitions.iter().rev().find(|(from, _)| *from <= at).map_or(self.offset, |(_, offset)| *offset)
    }

    /// The wall time at `at`.
    pub fn wall_time(&self, at: Instant) -> NaiveTime {
        let local = at.as_secs() + i64::from(self.offset_at(at));
        let secs = u32::try_from(local.rem_euclid(86_400)).unwrap_or(0);
        NaiveTime::from_num_seconds_from_midnight_opt(secs, 0).unwrap_or(NaiveTime::MIN)
    }

    /// `14:30`.
    pub fn hh_mm(&self, at: Instant) -> String {
        let time = self.wall_time(at);
        format!("{:02}:{:02}", time.hour(), time.minute())
    }

    /// The civil date at `at` in this zone, by the offsets of this day.
    pub fn date_at(&self, at: Instant) -> NaiveDate {
        let local = at.as_secs() + i64::from(self.offset_at(at));
        let days = local.div_euclid(86_400);
        i32::try_from(days)
            .ok()
            .and_then(|days| NaiveDate::from_num_days_from_ce_opt(days.saturating_add(719_163)))
            .unwrap_or(self.date)
    }

    /// RFC 3339 with the zone's offset: `2026-11-21T14:00:00+09:00`.
    pub fn rfc3339(&self, at: Instant) -> String {
        let offset = self.offset_at(at);
        let (date, time) = (self.date_at(at), self.wall_time(at));
        let sign = if offset < 0 { '-' } else { '+' };
        let minutes = offset.abs() / 60;
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{sign}{:02}:{:02}",
            date.year(),
            date.month(),
            date.day(),
            time.hour(),
            time.minute(),
            time.second(),
            minutes / 60,
            minutes % 60
        )
    }

    /// The first instant of this day at which the wall shows `minutes` after midnight; a time that a gap skips is the
    /// instant the gap ends. `None` where the minute is outside `0..=1440`.
    pub fn at_minutes(&self, minutes: i64) -> Option<Instant> {
        if !(0..=1_440).contains(&minutes) {
            return None;
        }
        if minutes == 1_440 {
            return Some(self.range.end());
        }
        let mut from = self.range.start();
        let mut offset = self.offset;
        let mut wall = 0_i64;
        for (at, next) in self.transitions.iter().copied().chain([(self.range.end(), self.offset)]) {
            let stretch = at.since(from) / 60_000_000;
            if minutes < wall + stretch {
                return Some(from.plus_minutes((minutes - wall).max(0)));
            }
            wall += stretch + i64::from(next - offset) / 60;
            from = at;
            offset = next;
        }
        Some(from)
    }

    /// Minutes of elapsed time from the day's start to `at`; what positions on the grid are made of.
    pub fn elapsed_minutes(&self, at: Instant) -> i64 {
        at.since(self.range.start()).div_euclid(60_000_000)
    }

    /// Where `range` lies in this day: half-open whole minutes of elapsed time from the day's start, at least one so that
    /// it can be seen. `None` where it lies outside.
    pub fn elapsed_span(&self, range: TimeRange) -> Option<(i64, i64)> {
        let inside = range.intersection(self.range)?;
        let from = self.elapsed_minutes(inside.start());
        let to = self.elapsed_minutes(inside.end().plus_micros(59_999_999));
        Some((from, to.max(from + 1)))
    }

    /// The same as shares of the day's own length, 0 to 1: of 23 hours, 24 or 25.
    pub fn shares(&self, range: TimeRange) -> Option<(f64, f64)> {
        let inside = range.intersection(self.range)?;
        let share =
            |at: Instant| at.since(self.range.start()) as f64 / self.range.length_micros().max(1) as f64;
        Some((share(inside.start()), share(inside.end())))
    }

    /// 1,440, or 1,380 and 1,500 where the clocks change.
    pub fn length_minutes(&self) -> i64 {
        self.range.length_minutes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seoul() -> ZoneDay {
        let start = Instant::parse_rfc3339("2026-11-21T00:00:00+09:00").unwrap();
        ZoneDay {
            date: NaiveDate::from_ymd_opt(2026, 11, 21).unwrap(),
            zone: "Asia/Seoul".into(),
            range: TimeRange::new(start, start.plus_minutes(1_440)).unwrap(),
            offset: 9 * 3600,
            transitions: vec![],
        }
    }

    /// New York, 2026-03-08: 02:00 becomes 03:00, 23 hours long.
    fn new_york_spring() -> ZoneDay {
        let start = Instant::parse_rfc3339("2026-03-08T00:00:00-05:00").unwrap();
        ZoneDay {
            date: NaiveDate::from_ymd_opt(2026, 3, 8).unwrap(),
            zone: "America/New_York".into(),
            range: TimeRange::new(start, start.plus_minutes(23 * 60)).unwrap(),
            offset: -5 * 3600,
            transitions: vec![(start.plus_minutes(120), -4 * 3600)],
        }
    }

    #[test]
    fn wall_times_follow_the_zone() {
        let day = seoul();
        let at = Instant::parse_rfc3339("2026-11-21T05:30:00Z").unwrap();
        assert_eq!(day.hh_mm(at), "14:30");
        assert_eq!(day.rfc3339(at), "2026-11-21T14:30:00+09:00");
        assert_eq!(day.at_minutes(14 * 60 + 30), Some(at));
        assert_eq!(day.date_at(day.range.end()), NaiveDate::from_ymd_opt(2026, 11, 22).unwrap());
    }

    #[test]
    fn a_short_day_skips_the_gap() {
        let day = new_york_spring();
        assert_eq!(day.length_minutes(), 1_380);
        let three = day.at_minutes(180).unwrap();
        assert_eq!(day.hh_mm(three), "03:00");
        assert_eq!(day.elapsed_minutes(three), 120);
        assert_eq!(day.at_minutes(150), Some(three), "02:30 does not exist; the gap ends at 03:00");
        let one_to_four = TimeRange::new(day.at_minutes(60).unwrap(), day.at_minutes(240).unwrap()).unwrap();
        assert_eq!(day.elapsed_span(one_to_four), Some((60, 180)), "two hours, whatever the wall says");
        assert_eq!(day.shares(one_to_four), Some((1.0 / 23.0, 3.0 / 23.0)));
        let before = TimeRange::new(day.range.start().plus_minutes(-60), day.range.start()).unwrap();
        assert_eq!((day.elapsed_span(before), day.shares(before)), (None, None));
        assert_eq!(day.hh_mm(day.at_minutes(18 * 60).unwrap()), "18:00");
        assert_eq!(day.rfc3339(three), "2026-03-08T03:00:00-04:00");
    }

    #[test]
    fn a_long_day_takes_the_first_of_two() {
        let start = Instant::parse_rfc3339("2026-11-01T00:00:00-04:00").unwrap();
        let day = ZoneDay {
            date: NaiveDate::from_ymd_opt(2026, 11, 1).unwrap(),
            zone: "America/New_York".into(),
            range: TimeRange::new(start, start.plus_minutes(25 * 60)).unwrap(),
            offset: -4 * 3600,
            transitions: vec![(start.plus_minutes(120), -5 * 3600)],
        };
        assert_eq!(day.at_minutes(90), Some(start.plus_minutes(90)));
        assert_eq!(day.hh_mm(start.plus_minutes(150)), "01:30");
        assert_eq!(day.hh_mm(day.at_minutes(18 * 60).unwrap()), "18:00");
    }
}
