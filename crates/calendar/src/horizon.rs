//! The rolling horizon: how far ahead the dates of a series are written down, and what is to be added now.
//!
//! `(series, now)` in, what to add out: whoever runs it writes the dates and the new horizon together, so a run that was
//! cut off is begun again and comes to the same. Exceptions are no business of the horizon; each is written down as soon
//! as it is made, wherever it is.

use std::collections::BTreeSet;

use chrono_tz::Tz;
use model::{Instant, TimeRange};
use thiserror::Error;

use crate::recurrence::{Budget, Exhausted, Last, Length, Recurrence, Start, Unreadable};

/// How far ahead dates are written down: 18 months.
pub const DAYS: i64 = 548;
/// Up to here nothing is asked of rules even if nobody moved a horizon for months: what is written down is all there is.
pub const SURE_DAYS: i64 = 274;
const DAY_MICROS: i64 = 86_400_000_000;

/// What decides about a series.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    pub start: Start,
    /// The lines of its master.
    pub recurrence: &'a [String],
    pub length: Length,
    /// In which days of an all-day series fall.
    pub zone: Tz,
    /// Original starts that an exception stands for.
    pub excepted: &'a BTreeSet<Instant>,
    /// The dates that begin before it are written down; `None`: all are.
    pub horizon: Option<Instant>,
}

/// A date to be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    /// The original start.
    pub slot: Instant,
    pub range: TimeRange,
}

/// What to do about a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Nothing,
    /// Write `dates` down and move the horizon; `None`: they were the last.
    Extend {
        dates: Vec<Date>,
        horizon: Option<Instant>,
    },
}

/// Why nothing can be said about a series. It is the same tomorrow; somebody has to look.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error(transparent)]
    Exhausted(#[from] Exhausted),
}

/// Where every horizon should be at `now`: 18 months ahead, by whole days in UTC, so that each is moved once a day.
pub const fn target(now: Instant) -> Instant {
    let day = now.as_micros().div_euclid(DAY_MICROS);
    Instant::from_micros((day + 1 + DAYS) * DAY_MICROS)
}

/// What is to be added to a series at `now`.
pub fn step(known: &Known<'_>, now: Instant) -> Result<Step, Problem> {
    let target = target(now);
    let Some(from) = known.horizon.filter(|horizon| *horizon < target) else { return Ok(Step::Nothing) };
    let recurrence = Recurrence::read(known.start, known.recurrence)?;
    let mut until = target;
    // A rule with more dates than one answer takes is brought on in several steps, each half as long.
    let dates = loop {
        let Some(window) = TimeRange::new(from, until) else { return Ok(Step::Nothing) };
        match dates(known, &recurrence, window) {
            Err(Exhausted::Output(_)) if window.length_micros() > DAY_MICROS => {
                until = from.plus_micros(window.length_micros() / 2);
            }
            dates => break dates?,
        }
    };
    let over = match recurrence.last(Budget::DEFAULT) {
        Ok(Last::At(last)) => last.instant(known.zone) < until,
        Ok(Last::Never) => true,
        // So many that it is not known yet: the horizon goes on until it is.
        Ok(Last::Endless) | Err(_) => false,
    };
    Ok(Step::Extend { dates, horizon: (!over).then_some(until) })
}

/// The first date beyond the horizon that wants `range`: what is put there would meet it.
pub fn meets(known: &Known<'_>, range: TimeRange) -> Result<Option<Date>, Problem> {
    let Some(horizon) = known.horizon else { return Ok(None) };
    let recurrence = Recurrence::read(known.start, known.recurrence)?;
    let slots = recurrence.overlapping(range, known.length, known.zone, Budget::DEFAULT)?;
    let mut slots = slots.into_iter().filter(|slot| {
        let at = slot.instant(known.zone);
        at >= horizon && !known.excepted.contains(&at)
    });
    Ok(slots.find_map(|slot| {
        let at = slot.instant(known.zone);
        let range = TimeRange::new(at, recurrence.end(slot, known.length, known.zone))?;
        Some(Date { slot: at, range })
    }))
}

/// The dates that begin in `window`, each once.
fn dates(known: &Known<'_>, recurrence: &Recurrence, window: TimeRange) -> Result<Vec<Date>, Exhausted> {
    let slots = recurrence.starting(window, known.zone, Budget::DEFAULT)?;
    let date = |slot| {
        let at = crate::recurrence::Slot::instant(slot, known.zone);
        let range = TimeRange::new(at, recurrence.end(slot, known.length, known.zone))?;
        Some(Date { slot: at, range }).filter(|date| !known.excepted.contains(&date.slot))
    };
    Ok(slots.into_iter().filter_map(date).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use proptest::prelude::*;

    const SEOUL: Tz = chrono_tz::Asia::Seoul;
    const HOUR: Length = Length::Elapsed(3_600_000_000);

    fn start(day: u32) -> Start {
        let wall = NaiveDate::from_ymd_opt(2026, 11, day).unwrap().and_hms_opt(9, 0, 0).unwrap();
        Start::Zoned { wall, zone: SEOUL }
    }

    fn at(text: &str) -> Instant {
        Instant::parse_rfc3339(text).unwrap()
    }

    struct Series {
        rule: Vec<String>,
        excepted: BTreeSet<Instant>,
        horizon: Option<Instant>,
        dates: Vec<Date>,
    }

    impl Series {
        fn new(rule: &str, horizon: &str) -> Self {
            let horizon = Some(at(horizon));
            Self { rule: vec![rule.to_owned()], excepted: BTreeSet::new(), horizon, dates: Vec::new() }
        }

        fn known(&self) -> Known<'_> {
            Known {
                start: start(2),
                recurrence: &self.rule,
                length: HOUR,
                zone: SEOUL,
                excepted: &self.excepted,
                horizon: self.horizon,
            }
        }

        /// One step, written down.
        fn run(&mut self, now: Instant) -> bool {
            match step(&self.known(), now).unwrap() {
                Step::Nothing => false,
                Step::Extend { dates, horizon } => {
                    self.dates.extend(dates);
                    self.horizon = horizon;
                    true
                }
            }
        }
    }

    #[test]
    fn a_horizon_moves_once_a_day() {
        let now = at("2026-11-30T10:00:00Z");
        let mut series = Series::new("RRULE:FREQ=DAILY", "2028-06-01T00:00:00Z");
        assert_eq!(target(now), at("2028-06-01T00:00:00Z"));
        assert!(!series.run(now));
        assert!(!series.run(at("2026-11-30T23:59:59Z")));
        assert!(series.run(at("2026-12-01T00:00:00Z")));
        assert_eq!(series.dates.len(), 1);
        assert_eq!(series.dates[0].slot, at("2028-06-01T00:00:00Z"), "nine in Seoul");
        assert!(!series.run(at("2026-12-01T12:00:00Z")));
    }

    #[test]
    fn the_last_date_ends_it() {
        let now = at("2026-11-30T10:00:00Z");
        for rule in ["RRULE:FREQ=DAILY;COUNT=3", "RRULE:FREQ=DAILY;UNTIL=20261104T235959Z"] {
            let mut series = Series::new(rule, "2026-11-03T00:00:00Z");
            assert!(series.run(now));
            assert_eq!((series.dates.len(), series.horizon), (2, None), "{rule}");
            assert!(!series.run(now));
        }
        let mut long = Series::new("RRULE:FREQ=WEEKLY;COUNT=500", "2026-11-02T00:00:00Z");
        assert!(long.run(now));
        assert_eq!(long.horizon, Some(target(now)));
    }

    #[test]
    fn exceptions_stand_for_themselves() {
        let mut series = Series::new("RRULE:FREQ=DAILY;COUNT=3", "2026-11-02T00:00:00Z");
        series.excepted.insert(at("2026-11-03T00:00:00Z"));
        assert!(series.run(at("2026-11-01T00:00:00Z")));
        let slots: Vec<_> = series.dates.iter().map(|date| date.slot).collect();
        assert_eq!(slots, [at("2026-11-02T00:00:00Z"), at("2026-11-04T00:00:00Z")]);
    }

    #[test]
    fn what_cannot_be_read_or_counted_is_said() {
        let now = at("2026-11-30T10:00:00Z");
        let known = Series::new("RRULE:FREQ=SOMETIMES", "2026-11-02T00:00:00Z");
        assert!(matches!(step(&known.known(), now), Err(Problem::Unreadable(_))));
        // Every quarter of an hour for 18 months is more than an answer takes: in steps it gets there.
        let mut often = Series::new("RRULE:FREQ=MINUTELY;INTERVAL=15", "2026-11-30T00:00:00Z");
        let mut steps = 0;
        while often.run(now) {
            steps += 1;
            assert!(steps < 100);
        }
        assert_eq!(often.horizon, Some(target(now)));
        assert_eq!(often.dates.len(), 549 * 96);
    }

    #[test]
    fn a_wish_beyond_the_horizon_meets_the_rule() {
        let mut series = Series::new("RRULE:FREQ=WEEKLY;BYDAY=MO", "2028-05-30T00:00:00Z");
        let range = |from: &str, to: &str| TimeRange::new(at(from), at(to)).unwrap();
        // 2028-06-05 is a Monday.
        let met =
            meets(&series.known(), range("2028-06-05T00:30:00Z", "2028-06-05T03:00:00Z")).unwrap().unwrap();
        assert_eq!(met.range, range("2028-06-05T00:00:00Z", "2028-06-05T01:00:00Z"));
        let free = range("2028-06-05T01:00:00Z", "2028-06-11T23:00:00Z");
        assert_eq!(meets(&series.known(), free).unwrap(), None);
        // Before the horizon the occurrences say it.
        let near = range("2028-05-29T00:00:00Z", "2028-05-29T01:00:00Z");
        assert_eq!(meets(&series.known(), near).unwrap(), None);
        series.excepted.insert(met.slot);
        assert_eq!(meets(&series.known(), met.range).unwrap(), None);
        series.horizon = None;
        assert_eq!(
            meets(&series.known(), range("2028-06-12T00:00:00Z", "2028-06-12T01:00:00Z")).unwrap(),
            None
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// However the days are spread over which it runs, the same dates are written down, each once.
        #[test]
        fn whenever_it_runs_the_dates_are_the_same(
            rule in prop::sample::select(vec![
                "RRULE:FREQ=DAILY;INTERVAL=3", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR", "RRULE:FREQ=MONTHLY;BYDAY=-1FR",
                "RRULE:FREQ=WEEKLY;COUNT=90", "RRULE:FREQ=DAILY;UNTIL=20280801T000000Z",
            ]),
            mut days in prop::collection::btree_set(0i64..200, 1..12),
        ) {
            let begin = at("2026-11-02T03:00:00Z");
            let mut often = Series::new(rule, "2026-11-02T00:00:00Z");
            days.insert(200);
            for day in &days {
                let now = begin.plus_minutes(day * 1_440);
                often.run(now);
                prop_assert!(!often.run(now));
            }
            let mut once = Series::new(rule, "2026-11-02T00:00:00Z");
            once.run(begin.plus_minutes(200 * 1_440));
            prop_assert_eq!(&often.dates, &once.dates);
            prop_assert_eq!(often.horizon, once.horizon);
        }
    }
}
