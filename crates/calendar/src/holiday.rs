//! Holidays: named days that are given from outside, working days, and what becomes of a series that meets one.
//!
//! Nothing is computed. Which days are off is law that changes within a year; names come from a calendar that is followed
//! and from the company's admin, whose word is the last.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, Weekday};
use model::TimeRange;

use crate::find::Closed;
use crate::zone::{self, Tz};

/// The named days off of a company, by date. Empty is a company that works through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays(BTreeMap<NaiveDate, String>);

/// What the admin says of one date; stronger than the calendar, and kept when the calendar is read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnDay {
    /// Off, under this name.
    Off(String),
    /// Not off, whatever the calendar says.
    Works,
}

impl Holidays {
    /// Days of the followed calendar, and the admin's own. Two of the calendar on one date are one day with both names;
    /// a day without a name is none.
    pub fn new(
        calendar: impl IntoIterator<Item = (NaiveDate, String)>,
        own: impl IntoIterator<Item = (NaiveDate, OwnDay)>,
    ) -> Self {
        let mut names: BTreeMap<NaiveDate, Vec<String>> = BTreeMap::new();
        for (date, name) in calendar {
            let (name, known) = (name.trim(), names.entry(date).or_default());
            if !name.is_empty() && !known.iter().any(|known| known == name) {
                known.push(name.to_owned());
            }
        }
        let mut days: BTreeMap<NaiveDate, String> =
            names.into_iter().map(|(date, names)| (date, names.join(" · "))).collect();
        for (date, day) in own {
            match day {
                OwnDay::Off(name) => days.insert(date, name.trim().to_owned()),
                OwnDay::Works => days.remove(&date),
            };
        }
        days.retain(|_, name| !name.is_empty());
        Self(days)
    }

    /// What the holiday on `date` is called; `None` on other days.
    pub fn name(&self, date: NaiveDate) -> Option<&str> {
        self.0.get(&date).map(String::as_str)
    }

    /// The holidays from `from` to `to`, both included, by date.
    pub fn between(&self, from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = (NaiveDate, &str)> {
        // A range that ends before it starts would panic in the map.
        (from <= to)
            .then(|| self.0.range(from..=to))
            .into_iter()
            .flatten()
            .map(|(date, name)| (*date, name.as_str()))
    }

    /// The holidays that touch `range`, as instants of `zone`: what find-a-room offers nothing in.
    pub fn closed(&self, zone: Tz, range: TimeRange) -> Vec<Closed> {
        let days = self.between(zone::date_at(zone, range.start()), zone::date_at(zone, range.end()));
        days.filter_map(|(date, name)| {
            let day = zone::day_range(zone, date).filter(|day| day.overlaps(range))?;
            Some(Closed { range: day, name: name.to_owned() })
        })
        .collect()
    }
}

/// The days on which a company works: its weekdays without its holidays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkingDays<'a> {
    weekdays: BTreeSet<u32>,
    pub holidays: &'a Holidays,
}

/// So far ahead a working day is looked for; a company that is closed for a year has none.
const SEARCH_DAYS: usize = 366;

impl<'a> WorkingDays<'a> {
    pub fn new(weekdays: impl IntoIterator<Item = Weekday>, holidays: &'a Holidays) -> Self {
        let weekdays = weekdays.into_iter().map(|day| day.num_days_from_monday()).collect();
        Self { weekdays, holidays }
    }

    /// Monday to Friday.
    pub fn usual(holidays: &'a Holidays) -> Self {
        Self::new([Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri], holidays)
    }

    pub fn contains(&self, date: NaiveDate) -> bool {
        self.weekdays.contains(&date.weekday().num_days_from_monday()) && self.holidays.name(date).is_none()
    }

    /// The first working day after `date`.
    pub fn next_after(&self, date: NaiveDate) -> Option<NaiveDate> {
        date.iter_days().skip(1).take(SEARCH_DAYS).find(|day| self.contains(*day))
    }
}

/// What a series does on a holiday.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// It does not take place.
    #[default]
    Skip,
    /// It takes place all the same.
    Keep,
    /// It takes place on the next working day, at the same time.
    NextWorkingDay,
}

/// The company's usual choice, and other ones made for single dates.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    pub usual: Choice,
    pub by_date: BTreeMap<NaiveDate, Choice>,
}

impl Choices {
    fn of(&self, date: NaiveDate) -> Choice {
        self.by_date.get(&date).copied().unwrap_or(self.usual)
    }
}

/// A date of a series that is a holiday.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    pub date: NaiveDate,
    pub name: String,
    pub outcome: Outcome,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Skipped,
    Kept,
    Moved(NaiveDate),
    /// The series takes place on that working day already (or an earlier holiday moved there): once is enough.
    JoinsOther(NaiveDate),
    /// Nothing within a year is a working day: it does not take place.
    NoWorkingDay,
}

/// The dates of a series that are holidays, by date, and what becomes of each. `dates` are those of the company's
/// calendar, in any order; all other dates stay as they are.
pub fn meet(dates: &[NaiveDate], days: &WorkingDays<'_>, choices: &Choices) -> Vec<Met> {
    let dates: BTreeSet<NaiveDate> = dates.iter().copied().collect();
    let mut met = Vec::new();
    let mut arrived: BTreeSet<NaiveDate> = BTreeSet::new();
    for date in &dates {
        let Some(name) = days.holidays.name(*date) else { continue };
        let outcome = match choices.of(*date) {
            Choice::Skip => Outcome::Skipped,
            Choice::Keep => Outcome::Kept,
            Choice::NextWorkingDay => match days.next_after(*date) {
                None => Outcome::NoWorkingDay,
                Some(next) if dates.contains(&next) || !arrived.insert(next) => Outcome::JoinsOther(next),
                Some(next) => Outcome::Moved(next),
            },
        };
        met.push(Met { date: *date, name: name.to_owned(), outcome });
    }
    met
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Instant;
    use proptest::prelude::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// South Korea's days off in 2027 around those that fall on a weekend, as published; data, not arithmetic.
    const YEAR_2027: [(&str, &str); 20] = [
        ("2027-01-01", "신정"),
        ("2027-02-06", "설날 연휴"),
        ("2027-02-07", "설날"),
        ("2027-02-08", "설날 연휴"),
        ("2027-02-09", "설날 대체휴일"),
        ("2027-03-01", "삼일절"),
        ("2027-05-05", "어린이날"),
        ("2027-05-13", "부처님오신날"),
        ("2027-06-06", "현충일"),
        ("2027-07-17", "제헌절"),
        ("2027-07-19", "제헌절 대체휴일"),
        ("2027-08-15", "광복절"),
        ("2027-08-16", "광복절 대체휴일"),
        ("2027-10-03", "개천절"),
        ("2027-10-04", "개천절 대체휴일"),
        ("2027-10-09", "한글날"),
        ("2027-10-11", "한글날 대체휴일"),
        ("2027-12-25", "성탄절"),
        ("2027-12-27", "성탄절 대체휴일"),
        ("2027-12-27", " 성탄절 대체휴일"),
    ];

    fn korea(own: &[(&str, OwnDay)]) -> Holidays {
        let calendar = YEAR_2027.iter().map(|(day, name)| (date(day), (*name).to_owned()));
        Holidays::new(calendar, own.iter().map(|(day, own)| (date(day), own.clone())))
    }

    fn weekly(first: &str, count: usize) -> Vec<NaiveDate> {
        date(first).iter_weeks().take(count).collect()
    }

    fn told(met: &[Met]) -> Vec<(String, &str, Outcome)> {
        met.iter().map(|met| (met.date.to_string(), met.name.as_str(), met.outcome)).collect()
    }

    #[test]
    fn days_off_in_2027_are_known_by_name() {
        let days = korea(&[]);
        for (day, name) in [
            ("2027-02-09", "설날 대체휴일"),
            ("2027-07-19", "제헌절 대체휴일"),
            ("2027-10-04", "개천절 대체휴일"),
            ("2027-10-11", "한글날 대체휴일"),
            ("2027-12-27", "성탄절 대체휴일"),
        ] {
            assert_eq!(days.name(date(day)), Some(name));
            assert!(!WorkingDays::usual(&days).contains(date(day)));
        }
        assert_eq!(days.name(date("2027-02-10")), None);
        assert_eq!(days.between(date("2027-02-01"), date("2027-02-28")).count(), 4);
        assert_eq!(days.between(date("2027-02-28"), date("2027-02-01")).count(), 0);
    }

    #[test]
    fn the_admin_has_the_last_word() {
        let days = korea(&[
            ("2027-04-01", OwnDay::Off("창립기념일".into())),
            ("2027-07-19", OwnDay::Works),
            ("2027-05-05", OwnDay::Off("어린이날 (가족 행사)".into())),
            ("2027-05-06", OwnDay::Off("  ".into())),
        ]);
        assert_eq!(days.name(date("2027-04-01")), Some("창립기념일"));
        assert_eq!(days.name(date("2027-07-19")), None);
        assert_eq!(days.name(date("2027-05-05")), Some("어린이날 (가족 행사)"));
        assert_eq!(days.name(date("2027-05-06")), None);
        let both = Holidays::new(
            [(date("2025-05-05"), "어린이날".to_owned()), (date("2025-05-05"), "부처님오신날".to_owned())],
            [],
        );
        assert_eq!(both.name(date("2025-05-05")), Some("어린이날 · 부처님오신날"));
    }

    #[test]
    fn a_series_is_told_which_of_its_dates_are_holidays() {
        let holidays = korea(&[]);
        let days = WorkingDays::usual(&holidays);
        let mondays = weekly("2027-02-01", 40);
        let skip = meet(&mondays, &days, &Choices::default());
        assert_eq!(
            told(&skip),
            [
                ("2027-02-08".to_owned(), "설날 연휴", Outcome::Skipped),
                ("2027-03-01".to_owned(), "삼일절", Outcome::Skipped),
                ("2027-07-19".to_owned(), "제헌절 대체휴일", Outcome::Skipped),
                ("2027-08-16".to_owned(), "광복절 대체휴일", Outcome::Skipped),
                ("2027-10-04".to_owned(), "개천절 대체휴일", Outcome::Skipped),
                ("2027-10-11".to_owned(), "한글날 대체휴일", Outcome::Skipped),
            ]
        );
        let choices = Choices {
            usual: Choice::NextWorkingDay,
            by_date: BTreeMap::from([(date("2027-03-01"), Choice::Keep)]),
        };
        let moved = meet(&mondays, &days, &choices);
        // The day after 설날 연휴 is off, too: Wednesday it is.
        assert_eq!(moved[0].outcome, Outcome::Moved(date("2027-02-10")));
        assert_eq!(moved[1].outcome, Outcome::Kept);
        assert_eq!(moved[2].outcome, Outcome::Moved(date("2027-07-20")));
        assert_eq!(moved[4].outcome, Outcome::Moved(date("2027-10-05")));
    }

    #[test]
    fn two_dates_do_not_meet_on_the_same_working_day() {
        let holidays = korea(&[]);
        let days = WorkingDays::usual(&holidays);
        let choices = Choices { usual: Choice::NextWorkingDay, ..Choices::default() };
        let twice = [date("2027-02-09"), date("2027-02-08")];
        assert_eq!(
            meet(&twice, &days, &choices).iter().map(|met| met.outcome).collect::<Vec<_>>(),
            [Outcome::Moved(date("2027-02-10")), Outcome::JoinsOther(date("2027-02-10"))]
        );
        let daily: Vec<NaiveDate> = date("2027-10-04").iter_days().take(3).collect();
        assert_eq!(meet(&daily, &days, &choices)[0].outcome, Outcome::JoinsOther(date("2027-10-05")));
    }

    #[test]
    fn working_days_are_the_companys() {
        let holidays = korea(&[]);
        let six = WorkingDays::new(
            [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat],
            &holidays,
        );
        assert_eq!(six.next_after(date("2027-12-24")), Some(date("2027-12-28")), "성탄절 is a Saturday");
        assert_eq!(six.next_after(date("2027-12-17")), Some(date("2027-12-18")));
        assert_eq!(WorkingDays::usual(&holidays).next_after(date("2027-12-17")), Some(date("2027-12-20")));
        let never = WorkingDays::new([], &holidays);
        assert_eq!(never.next_after(date("2027-12-17")), None);
        let choices = Choices { usual: Choice::NextWorkingDay, ..Choices::default() };
        assert_eq!(meet(&[date("2027-01-01")], &never, &choices)[0].outcome, Outcome::NoWorkingDay);
        assert_eq!(WorkingDays::usual(&holidays).next_after(NaiveDate::MAX), None);
    }

    #[test]
    fn a_holiday_is_a_day_of_the_companys_zone() {
        let at = |text: &str| Instant::parse_rfc3339(text).unwrap();
        let range = |from: &str, to: &str| TimeRange::new(at(from), at(to)).unwrap();
        let closed = |range| korea(&[]).closed(zone::DEFAULT_ZONE, range);
        // Sunday evening in UTC is Monday in Seoul.
        let found = closed(range("2027-10-03T22:00:00Z", "2027-10-03T23:00:00Z"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].name, "개천절 대체휴일");
        assert_eq!(found[0].range, range("2027-10-03T15:00:00Z", "2027-10-04T15:00:00Z"));
        assert_eq!(closed(range("2027-10-04T14:00:00Z", "2027-10-04T15:00:00Z")).len(), 1);
        assert_eq!(closed(range("2027-10-04T15:00:00Z", "2027-10-04T16:00:00Z")), []);
    }

    proptest! {
        #[test]
        fn a_moved_date_lands_on_a_free_working_day_after_it(
            offsets in prop::collection::btree_set(0u64..400, 1..60),
            choice in prop::sample::select(vec![Choice::Skip, Choice::Keep, Choice::NextWorkingDay]),
        ) {
            let holidays = korea(&[]);
            let days = WorkingDays::usual(&holidays);
            let dates: Vec<NaiveDate> = offsets.iter().map(|days| date("2027-01-01") + chrono::Days::new(*days)).collect();
            let met = meet(&dates, &days, &Choices { usual: choice, ..Choices::default() });
            let mut targets: Vec<NaiveDate> = Vec::new();
            for one in &met {
                prop_assert_eq!(holidays.name(one.date), Some(one.name.as_str()));
                prop_assert_eq!(matches!(one.outcome, Outcome::Skipped), choice == Choice::Skip);
                if let Outcome::Moved(to) = one.outcome {
                    prop_assert!(to > one.date && days.contains(to) && !dates.contains(&to));
                    targets.push(to);
                }
            }
            let all = targets.len();
            targets.dedup();
            prop_assert_eq!(all, targets.len());
            prop_assert_eq!(met.len(), dates.iter().filter(|day| holidays.name(**day).is_some()).count());
        }
    }
}
