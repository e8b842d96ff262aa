use chrono::{NaiveDate, NaiveDateTime};
use proptest::prelude::*;

use super::*;
use crate::recurrence::NthWeekday;

const SEOUL: chrono_tz::Tz = chrono_tz::Asia::Seoul;

fn start(wall: &str) -> Start {
    Start::Zoned { wall: wall.parse().unwrap(), zone: SEOUL }
}

/// Of a series that begins on Monday, 2 March 2026, 10:00 in Seoul.
fn told(lines: &[&str]) -> Repeat {
    let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    series(&Series::read(start("2026-03-02T10:00:00"), &lines), Budget::DEFAULT)
}

fn rhythm_of(rule: &str) -> Rhythm {
    told(&[&format!("RRULE:{rule}")]).rhythm
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn different_rules_for_the_same_days_are_told_alike() {
    let weeks = |every, days: &[Weekday]| Rhythm::Weeks { every, days: days.to_vec() };
    let months = |on: &[DayOfMonth]| Rhythm::Months { every: 1, on: on.to_vec() };
    let weekday = |nth, weekday| DayOfMonth::Weekday { nth, weekday };
    let cases = [
        ("FREQ=DAILY", Rhythm::Days { every: 1 }),
        ("FREQ=WEEKLY;BYDAY=SU,SA,FR,TH,WE,TU,MO", Rhythm::Days { every: 1 }),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", weeks(1, &WORKWEEK)),
        ("FREQ=WEEKLY", weeks(1, &[Weekday::Mon])),
        ("FREQ=WEEKLY;BYDAY=FR,MO,FR", weeks(1, &[Weekday::Mon, Weekday::Fri])),
        ("FREQ=MONTHLY;BYDAY=TU", weeks(1, &[Weekday::Tue])),
        ("FREQ=YEARLY;BYDAY=TU", weeks(1, &[Weekday::Tue])),
        ("FREQ=MONTHLY", months(&[DayOfMonth::Day(2)])),
        ("FREQ=DAILY;BYMONTHDAY=15", months(&[DayOfMonth::Day(15)])),
        ("FREQ=YEARLY;BYMONTHDAY=15", months(&[DayOfMonth::Day(15)])),
        ("FREQ=MONTHLY;BYMONTHDAY=-1,15", months(&[DayOfMonth::Day(15), DayOfMonth::Day(-1)])),
        ("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", months(&[DayOfMonth::Day(-1)])),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=-1", months(&[DayOfMonth::Day(-1)])),
        ("FREQ=MONTHLY;BYDAY=2TU", months(&[weekday(2, Weekday::Tue)])),
        ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2", months(&[weekday(2, Weekday::Tue)])),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", months(&[DayOfMonth::Workday(-1)])),
        ("FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1", months(&[DayOfMonth::WeekendDay(1)])),
        ("FREQ=YEARLY", Rhythm::Years { every: 1, months: vec![3], on: vec![DayOfMonth::Day(2)] }),
        (
            "FREQ=MONTHLY;BYMONTH=7,1",
            Rhythm::Years { every: 1, months: vec![1, 7], on: vec![DayOfMonth::Day(2)] },
        ),
        (
            "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
            Rhythm::Years { every: 1, months: vec![11], on: vec![weekday(4, Weekday::Thu)] },
        ),
        ("FREQ=WEEKLY;BYDAY=MO;BYHOUR=10;BYMINUTE=0", weeks(1, &[Weekday::Mon])),
    ];
    for (rule, expected) in cases {
        assert_eq!(rhythm_of(rule), expected, "{rule}");
    }
}

#[test]
fn what_no_sentence_fits_is_shown_as_it_is() {
    for rule in [
        "FREQ=HOURLY",
        "FREQ=DAILY;BYHOUR=9,15",
        "FREQ=DAILY;INTERVAL=2;BYDAY=MO",
        "FREQ=WEEKLY;BYMONTH=1;BYDAY=MO",
        "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
        "FREQ=MONTHLY;BYDAY=TU,TH;BYSETPOS=1",
        "FREQ=MONTHLY;INTERVAL=2;BYMONTH=1,3",
        "FREQ=MONTHLY;BYMONTHDAY=-9",
        "FREQ=YEARLY;BYDAY=20MO",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "FREQ=YEARLY;BYYEARDAY=100",
        "FREQ=YEARLY;BYMONTH=1,7;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    ] {
        assert!(
            matches!(rhythm_of(rule), Rhythm::Custom(shown) if shown.starts_with("RRULE:FREQ=")),
            "{rule}"
        );
    }
    let two = told(&["RRULE:FREQ=DAILY;COUNT=3", "EXRULE:FREQ=WEEKLY"]);
    assert_eq!(two.rhythm, Rhythm::Custom("RRULE:FREQ=DAILY;COUNT=3 EXRULE:FREQ=WEEKLY".into()));
    let opaque = told(&["RRULE:FREQ=SOMETIMES"]);
    assert_eq!(opaque.rhythm, Rhythm::Custom("RRULE:FREQ=SOMETIMES".into()));
    assert_eq!(opaque.ends, Ends::Unknown);
}

#[test]
fn the_last_date_is_the_one_that_occurs() {
    let ends = |lines: &[&str]| told(lines).ends;
    // A Tuesday: the last Wednesday before it is the 25th.
    assert_eq!(ends(&["RRULE:FREQ=WEEKLY;BYDAY=WE;UNTIL=20260331T145959Z"]), Ends::On(day("2026-03-25")));
    // 00:59 UTC of the 30th is 09:59 in Seoul, a minute before that day's date.
    assert_eq!(ends(&["RRULE:FREQ=WEEKLY;UNTIL=20260330T005959Z"]), Ends::On(day("2026-03-23")));
    assert_eq!(ends(&["RRULE:FREQ=WEEKLY;UNTIL=20260330T010000Z"]), Ends::On(day("2026-03-30")));
    assert_eq!(
        ends(&["RRULE:FREQ=WEEKLY;UNTIL=20260330T010000Z", "EXDATE;TZID=Asia/Seoul:20260330T100000"]),
        Ends::On(day("2026-03-23"))
    );
    assert_eq!(ends(&["RRULE:FREQ=WEEKLY;COUNT=10"]), Ends::After(10));
    assert_eq!(ends(&["RRULE:FREQ=WEEKLY"]), Ends::Never);
    assert_eq!(ends(&["RRULE:FREQ=WEEKLY;UNTIL=20260101T000000Z"]), Ends::NoDates);
    let thrifty = Budget::DEFAULT.with_work(5);
    let long = Recurrence::read(
        start("2026-03-02T10:00:00"),
        &["RRULE:FREQ=DAILY;UNTIL=20270101T000000Z".to_owned()],
    );
    assert_eq!(recurrence_of(&long.unwrap(), thrifty).ends, Ends::Unknown);
}

#[test]
fn only_dates_that_change_something_are_counted() {
    let repeat = told(&[
        "RRULE:FREQ=WEEKLY;COUNT=4",
        // The second week; a Tuesday that is no date; one that is added below.
        "EXDATE;TZID=Asia/Seoul:20260309T100000,20260310T100000,20260312T100000",
        // The third week is there already; a Wednesday; one that is excluded.
        "RDATE;TZID=Asia/Seoul:20260316T100000,20260311T100000,20260312T100000",
    ]);
    assert_eq!((repeat.added, repeat.excluded), (1, 1));
    let chosen = told(&["RDATE;TZID=Asia/Seoul:20260304T100000,20260306T100000"]);
    assert_eq!((chosen.rhythm, chosen.ends), (Rhythm::Chosen(3), Ends::On(day("2026-03-06"))));
    assert_eq!(told(&[]).rhythm, Rhythm::Chosen(1));
}

/// The plainest rule that says the same.
fn as_rule(rhythm: &Rhythm, week_start: Option<Weekday>) -> Option<Rule> {
    let mut rule = Rule { week_start, ..Rule::every(Freq::Daily) };
    let on = match rhythm {
        Rhythm::Days { every } => {
            rule.interval = *every;
            return Some(rule);
        }
        Rhythm::Weeks { every, days } => {
            (rule.freq, rule.interval) = (Freq::Weekly, *every);
            rule.by_day = days.iter().map(|day| NthWeekday::every(*day)).collect();
            return Some(rule);
        }
        Rhythm::Months { every, on } => {
            (rule.freq, rule.interval) = (Freq::Monthly, *every);
            on
        }
        Rhythm::Years { every, months, on } => {
            // Every month by itself: what a sentence says of several.
            rule.freq = if *every == 1 { Freq::Monthly } else { Freq::Yearly };
            (rule.interval, rule.by_month) = (*every, months.clone());
            on
        }
        Rhythm::Chosen(_) | Rhythm::Custom(_) => return None,
    };
    for day in on {
        let set = match day {
            DayOfMonth::Day(number) => {
                rule.by_month_day.push(*number);
                continue;
            }
            DayOfMonth::Weekday { nth, weekday } => {
                rule.by_day.push(NthWeekday::nth(*nth, *weekday));
                continue;
            }
            DayOfMonth::Workday(number) => (&WORKWEEK[..], number),
            DayOfMonth::WeekendDay(number) => (&WEEKEND[..], number),
        };
        rule.by_day = set.0.iter().map(|day| NthWeekday::every(*day)).collect();
        rule.by_set_pos.push(i16::from(*set.1));
    }
    Some(rule)
}

fn weekday() -> impl Strategy<Value = Weekday> {
    prop::sample::select(&WEEK[..])
}

fn by_day() -> impl Strategy<Value = Vec<NthWeekday>> {
    let numbered = (prop::sample::select(vec![1i8, 2, 3, 4, 5, -1, -2]), weekday());
    prop_oneof![
        2 => Just(vec![]),
        2 => prop::collection::vec(weekday().prop_map(NthWeekday::every), 1..4),
        1 => Just(WORKWEEK.map(NthWeekday::every).to_vec()),
        1 => Just(WEEKEND.map(NthWeekday::every).to_vec()),
        2 => prop::collection::vec(numbered.prop_map(|(nth, day)| NthWeekday::nth(nth, day)), 1..3),
    ]
}

prop_compose! {
    fn rule()(
        freq in prop::sample::select(vec![Freq::Daily, Freq::Weekly, Freq::Monthly, Freq::Yearly]),
        interval in prop_oneof![3 => Just(1u32), 1 => 2u32..4],
        by_month in prop_oneof![3 => Just(vec![]), 1 => prop::collection::vec(1u8..=12, 1..3)],
        by_month_day in prop_oneof![
            4 => Just(vec![]),
            1 => prop::collection::vec(prop::sample::select(vec![1i8, 13, 15, 28, 29, 30, 31, -1, -2]), 1..3),
            1 => Just(vec![28, 29, 30, 31]),
        ],
        by_day in by_day(),
        by_set_pos in prop_oneof![3 => Just(vec![]), 1 => prop::collection::vec(prop::sample::select(vec![1i16, 2, -1]), 1..3)],
        week_start in prop::option::of(weekday()),
    ) -> Rule {
        Rule { interval, by_month, by_month_day, by_day, by_set_pos, week_start, ..Rule::every(freq) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_description_read_as_a_rule_gives_the_rules_own_dates(rule in rule(), days in 0u64..1_500) {
        let wall = NaiveDateTime::new(day("2024-01-01") + chrono::Days::new(days), "10:00:00".parse().unwrap());
        let start = Start::Zoned { wall, zone: SEOUL };
        let Ok(recurrence) = Recurrence::new(start, vec![rule.clone()]) else { return Ok(()) };
        let told = recurrence_of(&recurrence, Budget::DEFAULT);
        let Some(plain) = as_rule(&told.rhythm, rule.week_start) else { return Ok(()) };
        let plain = Recurrence::new(start, vec![plain]).unwrap();
        let (from, to) = (wall, wall + chrono::Days::new(4 * 366));
        let dates = |recurrence: &Recurrence| recurrence.between(from, to, Budget::DEFAULT);
        prop_assert_eq!(dates(&recurrence), dates(&plain), "{:?}", told.rhythm);
    }
}
