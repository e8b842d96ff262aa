//! Any text is read or refused; what is read is answered within its budget.

use calendar::recurrence::{Budget, Recurrence, Series, Start};
use chrono::NaiveDateTime;
use chrono_tz::Tz;
use proptest::prelude::*;

const BUDGET: Budget = Budget { work: 20_000, output: 300 };

/// A word that a rule is made of, or nearly.
fn word() -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec![
        "RRULE:",
        "EXRULE:",
        "RDATE:",
        "EXDATE;TZID=Europe/Berlin:",
        "EXDATE;VALUE=DATE:",
        "FREQ=DAILY",
        "FREQ=WEEKLY",
        "FREQ=MONTHLY",
        "FREQ=YEARLY",
        "FREQ=SECONDLY",
        "COUNT=",
        "UNTIL=",
        "INTERVAL=",
        "BYDAY=",
        "BYMONTH=",
        "BYMONTHDAY=",
        "BYYEARDAY=",
        "BYWEEKNO=",
        "BYHOUR=",
        "BYMINUTE=",
        "BYSECOND=",
        "BYSETPOS=",
        "WKST=",
        "MO",
        "-1SU",
        "20260302",
        "20260302T100000Z",
        "99991231T235959Z",
        ";",
        ",",
        "\r\n ",
        "\n",
        "-",
        "+",
        "=",
        ":",
        " ",
        "X-A=b",
    ]);
    prop_oneof![
        6 => names.prop_map(str::to_owned),
        3 => any::<i32>().prop_map(|number| number.to_string()),
        3 => (-60i32..400).prop_map(|number| number.to_string()),
        1 => any::<String>(),
    ]
}

fn start() -> impl Strategy<Value = Start> {
    let wall = (-62_000_000_000i64..253_000_000_000).prop_map(|secs| {
        chrono::DateTime::from_timestamp(secs, 0).map_or(NaiveDateTime::MIN, |at| at.naive_utc())
    });
    (0..4, wall).prop_map(|(kind, wall)| match kind {
        0 => Start::Date(wall.date()),
        1 => Start::Floating(wall),
        2 => Start::Zoned { wall, zone: Tz::Africa__Monrovia },
        _ => Start::Zoned { wall, zone: Tz::America__New_York },
    })
}

fn ask(start: Start, lines: &[String]) {
    let _ = Recurrence::read_strict(start, lines);
    let Series::Understood(series) = Series::read(start, lines) else { return };
    let slots: Vec<_> = series.slots(BUDGET).filter_map(Result::ok).collect();
    assert!(slots.is_sorted_by(|a, b| a < b), "{lines:?}: {slots:?}");
    let _ = series.last(BUDGET);
    if let Some(slot) = slots.last() {
        assert_ne!(series.contains(*slot, BUDGET), Ok(false), "{lines:?}: {slot}");
        let _ = series.split_at(*slot, BUDGET);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn words_of_rules_in_any_order(start in start(), lines in prop::collection::vec(prop::collection::vec(word(), 0..14), 0..4)) {
        ask(start, &lines.into_iter().map(|words| words.concat()).collect::<Vec<_>>());
    }

    #[test]
    fn parts_of_one_rule(start in start(), freq in 0usize..7, words in prop::collection::vec(word(), 0..12)) {
        let freq = ["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"][freq];
        ask(start, &[format!("RRULE:FREQ={freq};{}", words.join(";"))]);
    }

    #[test]
    fn any_text_at_all(start in start(), lines in prop::collection::vec(any::<String>(), 0..3)) {
        ask(start, &lines);
    }
}

#[test]
fn worse_than_the_corpus() {
    let wall = "1990-01-01T00:00:00".parse().unwrap();
    let start = Start::Zoned { wall, zone: Tz::Asia__Seoul };
    let strict = |rule: &str| Recurrence::read_strict(start, &[format!("RRULE:{rule}")]);
    for refused in [
        "",
        ";;;",
        "FREQ",
        "FREQ=",
        "COUNT=3",
        "FREQ=DAILY;FREQ=DAILY",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=99999999999",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;UNTIL=",
        "FREQ=DAILY;UNTIL=20260230",
        "FREQ=DAILY;UNTIL=20260302T250000Z",
        "FREQ=DAILY;UNTIL=20260302T100000",
        "FREQ=DAILY;BYMONTH=0",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=DAILY;BYHOUR=24",
        "FREQ=DAILY;BYMINUTE=60",
        "FREQ=DAILY;BYSECOND=61",
        "FREQ=YEARLY;BYDAY=54MO",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=DAILY;BYDAY=XX",
        "FREQ=DAILY;BYDAY=",
        "FREQ=MONTHLY;BYSETPOS=1",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0",
        "FREQ=MONTHLY;BYWEEKNO=3",
        "FREQ=DAILY;BYEASTER=1",
        "FREQ=DAILY;WHAT=1",
        "RSCALE=CHINESE;FREQ=YEARLY",
        "FREQ=DAILY;COUNT=2;UNTIL=20260302T100000Z",
        "FREQ=MONTHLY;BYMONTHDAY=1,,2",
        "FREQ=DAILY;BYDAY=ÄÖ",
    ] {
        assert!(strict(refused).is_err(), "{refused}");
    }
    let megabyte = format!("FREQ=DAILY;BYDAY=MO{}", ",MO".repeat(350_000));
    assert!(strict(&megabyte).unwrap_err().to_string().contains("bytes"));
    let zone = ["RRULE:FREQ=DAILY;COUNT=2".to_owned(), "EXDATE;TZID=Mars/Olympus:20260302T100000".to_owned()];
    assert!(Recurrence::read(start, &zone).unwrap_err().to_string().contains("Mars/Olympus"));
    let Series::Opaque { lines, .. } = Series::read(start, &zone) else { panic!("it was understood") };
    assert_eq!(lines, zone);
}

#[test]
fn odd_but_meant() {
    let zoned = Start::Zoned { wall: "2026-03-02T10:00:00".parse().unwrap(), zone: Tz::Asia__Seoul };
    let all_day = Start::Date("2026-03-02".parse().unwrap());
    for (start, lines, dates) in [
        (zoned, vec![" RRULE : FREQ = DAILY ; COUNT = 3 ; "], "2 3 4"),
        (zoned, vec!["RRULE:FREQ=DAI\r\n LY;COUNT=2"], "2 3"),
        (zoned, vec!["RRULE:FREQ=DAILY;COUNT=2\r\nEXDATE:20260302T010000Z\r\n"], "3"),
        (zoned, vec!["RRULE:FREQ=DAILY;UNTIL=20260304T100000"], "2 3 4"),
        (zoned, vec!["RRULE:FREQ=DAILY;COUNT=2;X-WHY=because;EXTRA=1"], "2 3"),
        (zoned, vec!["DTSTART;TZID=Asia/Seoul:20260302T100000", "rrule:freq=daily;count=2"], "2 3"),
        (zoned, vec!["RRULE:FREQ=DAILY;COUNT=5", "EXRULE:FREQ=DAILY;INTERVAL=2"], "3 5"),
        (zoned, vec!["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20260303"], "2 4"),
        (zoned, vec!["RDATE;TZID=\"Asia/Seoul\":20260305T100000,20260305T100000"], "2 5"),
        (zoned, vec!["RDATE;VALUE=PERIOD:20260305T010000Z/PT1H"], "2 5"),
        (all_day, vec!["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20260303T000000Z"], "2 4"),
        (all_day, vec!["RRULE:FREQ=DAILY;UNTIL=20260304T000000Z"], "2 3 4"),
    ] {
        let lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
        let series = Recurrence::read(start, &lines).unwrap();
        let days: Vec<String> =
            series.all(BUDGET).unwrap().iter().map(|slot| slot.date().format("%-d").to_string()).collect();
        assert_eq!(days.join(" "), dates, "{lines:?}");
    }
    // What does not change the dates comes back.
    let lines = ["RRULE:FREQ=DAILY;COUNT=2;X-WHY=because".to_owned()];
    assert_eq!(Recurrence::read(zoned, &lines).unwrap().lines(), lines);
}
