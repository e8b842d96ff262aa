//! From zones to instants and back.
//!
//! Which zone decides what is said by [`crate::which_zone`].

use chrono::{Duration, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone, Utc};
use chrono_tz::GapInfo;
pub use chrono_tz::Tz;
use model::{Instant, TimeRange, ZoneDay};

/// Where a company begins whose Workspace names no zone that we know.
pub const DEFAULT_ZONE: Tz = chrono_tz::Asia::Seoul;

/// By IANA name; `None` for what is none.
pub fn parse(name: &str) -> Option<Tz> {
    name.trim().parse().ok()
}

/// By IANA name, else the default.
pub fn parse_or_default(name: &str) -> Tz {
    parse(name).unwrap_or(DEFAULT_ZONE)
}

/// The civil date at `at` in `zone`.
pub fn date_at(zone: Tz, at: Instant) -> NaiveDate {
    at.to_chrono().map_or(NaiveDate::MIN, |utc| utc.with_timezone(&zone).date_naive())
}

/// The instant of a wall time: one that a gap skips moves forward by the gap, of an ambiguous one the first is taken
/// (decisions 22).
pub fn resolve(zone: Tz, wall: NaiveDateTime) -> Option<Instant> {
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(Instant::from_chrono(&at)),
        LocalResult::None => {
            // The offset before the gap, applied to the skipped time, lands behind the gap by as much.
            let (_, before) = GapInfo::new(&wall, &zone)?.begin?;
            let utc =
                wall.checked_sub_signed(Duration::seconds(i64::from(before.fix().local_minus_utc())))?;
            Some(Instant::from_chrono(&Utc.from_utc_datetime(&utc)))
        }
    }
}

/// Whether the wall in `zone` ever shows `wall`.
pub fn exists(zone: Tz, wall: NaiveDateTime) -> bool {
    !matches!(zone.from_local_datetime(&wall), LocalResult::None)
}

/// The civil day as instants: from its first instant to the next day's (23 to 25 hours).
pub fn day_range(zone: Tz, date: NaiveDate) -> Option<TimeRange> {
    let start = resolve(zone, date.and_time(NaiveTime::MIN))?;
    let end = resolve(zone, date.succ_opt()?.and_time(NaiveTime::MIN))?;
    TimeRange::new(start, end)
}

/// The civil day as the browser needs it.
pub fn zone_day(zone: Tz, date: NaiveDate) -> Option<ZoneDay> {
    let range = day_range(zone, date)?;
    let offset = offset_at(zone, range.start())?;
    Some(ZoneDay {
        date,
        zone: zone.name().to_owned(),
        range,
        offset,
        transitions: transitions(zone, range, offset),
    })
}

/// Seconds east of UTC in `zone` at `at`; `None` outside the years that chrono has.
pub fn offset_at(zone: Tz, at: Instant) -> Option<i32> {
    Some(zone.offset_from_utc_datetime(&at.to_chrono()?.naive_utc()).fix().local_minus_utc())
}

/// Offset changes inside `range`, found by halving quarter hours in which the offset differs (every transition of the
/// database's modern era falls on a whole minute).
fn transitions(zone: Tz, range: TimeRange, mut offset: i32) -> Vec<(Instant, i32)> {
    let mut found = Vec::new();
    let mut from = range.start();
    while from < range.end() {
        let to = from.plus_minutes(15).min(range.end());
        let next = offset_at(zone, to).unwrap_or(offset);
        if next != offset {
            let (mut low, mut high) = (from.as_secs(), to.as_secs());
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if offset_at(zone, Instant::from_secs(middle)) == Some(offset) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            if Instant::from_secs(high) < range.end() {
                found.push((Instant::from_secs(high), next));
            }
            offset = next;
        }
        from = to;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn wall(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn days_have_23_24_and_25_hours() {
        let new_york = parse("America/New_York").unwrap();
        for (day, hours, transitions) in [("2026-03-08", 23, 1), ("2026-11-01", 25, 1), ("2026-11-02", 24, 0)]
        {
            let day = zone_day(new_york, date(day)).unwrap();
            assert_eq!(day.length_minutes(), hours * 60);
            assert_eq!(day.transitions.len(), transitions);
        }
        let spring = zone_day(new_york, date("2026-03-08")).unwrap();
        assert_eq!(spring.hh_mm(spring.transitions[0].0), "03:00");
        assert_eq!(zone_day(DEFAULT_ZONE, date("2026-11-21")).unwrap().offset, 9 * 3600);
    }

    #[test]
    fn a_day_may_begin_in_a_gap() {
        // Beirut springs forward at midnight.
        let beirut = parse("Asia/Beirut").unwrap();
        let day = zone_day(beirut, date("2026-03-29")).unwrap();
        assert_eq!(day.length_minutes(), 23 * 60);
        assert_eq!(day.hh_mm(day.range.start()), "01:00");
    }

    #[test]
    fn gaps_move_forward_and_folds_take_the_first() {
        let new_york = parse("America/New_York").unwrap();
        let gap = resolve(new_york, wall("2026-03-08T02:30:00")).unwrap();
        assert_eq!(gap.to_rfc3339(), "2026-03-08T07:30:00Z");
        assert!(!exists(new_york, wall("2026-03-08T02:30:00")));
        let fold = resolve(new_york, wall("2026-11-01T01:30:00")).unwrap();
        assert_eq!(fold.to_rfc3339(), "2026-11-01T05:30:00Z");
        let seoul = resolve(DEFAULT_ZONE, wall("2026-11-21T14:00:00")).unwrap();
        assert_eq!(seoul.to_rfc3339(), "2026-11-21T05:00:00Z");
    }

    proptest! {
        /// Positions are elapsed time: a day is as wide as it is long, whatever its clocks do meanwhile.
        /// F-056.
        #[test]
        fn positions_are_elapsed_time_on_days_of_any_length(
            zone in prop::sample::select(&chrono_tz::TZ_VARIANTS[..]),
            offset_days in 0i64..3_650,
            from in -120i64..1_560,
            minutes in 1i64..300,
        ) {
            let Some(day) = zone_day(zone, date("2020-01-01") + Duration::days(offset_days)) else { return Ok(()) };
            let start = day.range.start().plus_minutes(from);
            let range = TimeRange::new(start, start.plus_minutes(minutes)).unwrap();
            let length = day.length_minutes();
            let expected = (from.max(0), (from + minutes).min(length));
            prop_assert_eq!(day.elapsed_span(range), (expected.0 < expected.1).then_some(expected));
            if let Some((left, right)) = day.shares(range) {
                prop_assert!((0.0..=1.0).contains(&left) && left < right && right <= 1.0);
                let width = (expected.1 - expected.0) as f64 / length as f64;
                prop_assert!((right - left - width).abs() < 1e-9);
            }
            prop_assert_eq!(day.shares(day.range), Some((0.0, 1.0)));
        }

        /// The browser's arithmetic and the zone database agree, for forty zones over ten years.
        #[test]
        fn a_day_as_data_tells_the_same_time(
            zone in prop::sample::select(&chrono_tz::TZ_VARIANTS[..]),
            offset_days in 0i64..3_650,
            minute in 0i64..1_440,
        ) {
            let day = date("2020-01-01") + Duration::days(offset_days);
            // A few zones have skipped whole days; those have no range.
            let Some(day) = zone_day(zone, day) else { return Ok(()) };
            let at = day.range.start().plus_minutes(minute);
            prop_assume!(day.range.contains(at));
            let expected = at.to_chrono().unwrap().with_timezone(&zone).format("%H:%M").to_string();
            prop_assert_eq!(day.hh_mm(at), expected);
            prop_assert_eq!(day.date_at(at), date_at(zone, at));
        }
    }
}
