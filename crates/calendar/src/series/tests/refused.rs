//! What is not done, and why; and what ends before it takes too long.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use model::Instant;
use proptest::prelude::*;

use super::super::Edit::Cancel;
use super::super::steps::steps;
use super::super::{
    Change, Edit, Move, Override, Own, Refused, Request, Retime, Scope, cancel_dates, edit, shape,
};
use super::edges::{date, rule};
use super::given::{AHEAD, ALL_DAY, Given, PLAIN, change, later, title, to};
use crate::recurrence::{Budget, Freq, Length, Recurrence, Rule, Start};

#[test]
fn what_cannot_be_done_is_refused_with_its_reason() {
    let refused = |given: &Given, scope, at: &str, wish: &Edit| given.plan(scope, at, wish).unwrap_err();
    let (at, all) = ("2026-05-25T10:00", Scope::All);
    assert_eq!(
        refused(&PLAIN, all, "2026-05-26T10:00", &Cancel),
        Refused::NoSuchDate(PLAIN.slot("2026-05-26T10:00"))
    );
    assert_eq!(refused(&PLAIN, Scope::This, "2026-05-11T10:00", &title("Retro")), Refused::Past);
    assert_eq!(refused(&PLAIN, Scope::This, "2026-05-11T10:00", &Cancel), Refused::Past);
    let over = Given { now: "2026-07-01T00:00", ..PLAIN };
    assert_eq!(refused(&over, all, at, &title("Retro")), Refused::Past);
    assert_eq!(refused(&over, Scope::Following, at, &Cancel), Refused::Past);
    // 18 May would be on 11 May, which is past.
    let week_earlier = later(-7 * 1_440);
    assert_eq!(refused(&PLAIN, all, at, &week_earlier), Refused::IntoThePast(PLAIN.slot("2026-05-18T10:00")));
    let fortnight_earlier = later(-14 * 1_440);
    assert_eq!(refused(&PLAIN, Scope::This, at, &fortnight_earlier), Refused::IntoThePast(PLAIN.slot(at)));
    assert_eq!(refused(&PLAIN, all, at, &later(400 * 1_440)), Refused::TooFar(366));
    let daily = Rule::every(Freq::Daily);
    assert_eq!(refused(&PLAIN, Scope::This, at, &rule(daily.clone())), Refused::RuleOfOneDate);
    assert_eq!(refused(&ALL_DAY, all, "2026-05-25", &later(60)), Refused::OtherKind);
    assert_eq!(refused(&ALL_DAY, Scope::This, "2026-05-25", &later(60)), Refused::OtherKind);
    assert_eq!(refused(&PLAIN, all, at, &to(Start::Date(date("2026-05-25")))), Refused::OtherKind);
    let lasting = |length| {
        change(Change { time: Some(Retime { start: None, length: Some(length) }), ..Change::default() })
    };
    assert_eq!(refused(&PLAIN, all, at, &lasting(Length::Days(1))), Refused::OtherKind);
    assert_eq!(refused(&PLAIN, Scope::This, at, &lasting(Length::Days(1))), Refused::OtherKind);
    assert_eq!(refused(&PLAIN, all, at, &lasting(Length::Elapsed(0))), Refused::Length);
    let never = Rule { by_month: vec![2], by_month_day: vec![30], ..Rule::every(Freq::Yearly) };
    assert_eq!(refused(&PLAIN, all, at, &rule(never)), Refused::NoDates);
    let odd = Rule { interval: 0, ..daily };
    assert!(matches!(refused(&PLAIN, all, at, &rule(odd)), Refused::Unreadable(_)));
}

/// The second Monday of a month is not always the day before the second Tuesday; nor is there a 29th in every month.
#[test]
fn a_rule_that_does_not_move_asks_for_another() {
    let moved = |line: &'static str, minutes: i64| {
        let lines: &'static [&'static str] = Box::leak(Box::new([line]));
        Given { lines, start: "2026-05-11T10:00", ..AHEAD }.plan(
            Scope::All,
            "2026-05-11T10:00",
            &later(minutes),
        )
    };
    let day = 1_440;
    for (line, minutes) in [
        ("RRULE:FREQ=MONTHLY;COUNT=3;BYDAY=2MO", day),
        ("RRULE:FREQ=MONTHLY;COUNT=3;BYMONTHDAY=11,25", 5 * day),
        ("RRULE:FREQ=MONTHLY;COUNT=3", 20 * day),
        ("RRULE:FREQ=MONTHLY;COUNT=3", -11 * day),
        ("RRULE:FREQ=YEARLY;COUNT=3;BYMONTH=5;BYDAY=2MO", day),
        ("RRULE:FREQ=DAILY;COUNT=3;BYMONTH=5", day),
        ("RRULE:FREQ=WEEKLY;COUNT=3;BYMONTH=5", day),
        ("RRULE:FREQ=DAILY;COUNT=3;BYHOUR=10", 60),
    ] {
        assert_eq!(moved(line, minutes).unwrap_err(), Refused::RuleDoesNotMove, "{line}");
    }
    for (line, minutes, expected) in [
        ("RRULE:FREQ=MONTHLY;COUNT=3;BYDAY=2MO", 60, "RRULE:FREQ=MONTHLY;COUNT=3;BYDAY=2MO"),
        ("RRULE:FREQ=MONTHLY;COUNT=3;BYMONTHDAY=11,25", day, "RRULE:FREQ=MONTHLY;COUNT=3;BYMONTHDAY=12,26"),
        ("RRULE:FREQ=MONTHLY;COUNT=3", -day, "RRULE:FREQ=MONTHLY;COUNT=3"),
        ("RRULE:FREQ=YEARLY;COUNT=3", 17 * day, "RRULE:FREQ=YEARLY;COUNT=3"),
        ("RRULE:FREQ=DAILY;COUNT=3;BYDAY=MO,FR", day, "RRULE:FREQ=DAILY;COUNT=3;BYDAY=TU,SA"),
        ("RRULE:FREQ=DAILY;COUNT=3;INTERVAL=4", 400, "RRULE:FREQ=DAILY;COUNT=3;INTERVAL=4"),
    ] {
        let lines = moved(line, minutes).unwrap().old.unwrap().master.recurrence.lines();
        assert_eq!(lines, [expected]);
    }
}

/// Bounded work: what cannot be told in time is refused, nothing hangs.
#[test]
fn budgets_end_what_would_not_end() {
    let part = PLAIN.part();
    let slot = PLAIN.slot("2026-05-25T10:00");
    let too_many = (0..2_001)
        .map(|day| {
            let wall = slot.wall() + TimeDelta::days(day);
            (PLAIN.at("2026-05-25T10:00").at_wall(wall).slot(), Override::Cancelled)
        })
        .collect();
    let request = Request { edit: &Cancel, scope: Scope::All, at: slot, now: PLAIN.now(), new_id: "" };
    assert_eq!(edit(&part.master, &too_many, &request).unwrap_err(), Refused::TooManyExceptions(2_000));

    let every_second =
        Given { start: "1990-01-01T00:00", lines: &["RRULE:FREQ=SECONDLY"], exceptions: &[], ..PLAIN };
    let refused = every_second.plan(Scope::Following, "2026-05-25T10:00", &Cancel).unwrap_err();
    assert!(matches!(refused, Refused::TooManyDates(_)), "{refused}");

    let decades = Given { start: "1990-01-01T10:00", lines: &["RRULE:FREQ=DAILY;COUNT=30000"], ..PLAIN };
    let plan = decades.plan(Scope::Following, "2026-05-25T10:00", &title("Retro")).unwrap();
    assert_eq!(plan.dates.len(), 366 + 548);
}

/// Rules that take dates away cannot be written: what does not touch the lines is possible.
#[test]
fn a_series_with_an_excluding_rule_is_edited_date_by_date() {
    let mut part = PLAIN.part();
    let lines = ["RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO".into(), "EXRULE:FREQ=MONTHLY;BYDAY=-1MO".into()];
    part.master.recurrence = Recurrence::read(PLAIN.at(PLAIN.start), &lines).unwrap();
    let ask = |scope, now: &Given, wish: &Edit| {
        let at = PLAIN.slot("2026-05-18T10:00");
        let request = Request { edit: wish, scope, at, now: now.now(), new_id: "standup2" };
        edit(&part.master, &part.overrides, &request)
    };
    assert!(ask(Scope::This, &PLAIN, &later(60)).is_ok());
    assert!(ask(Scope::All, &AHEAD, &title("Retro")).is_ok());
    assert_eq!(ask(Scope::All, &AHEAD, &later(60)).unwrap_err(), Refused::ExcludingRule);
    assert_eq!(ask(Scope::Following, &AHEAD, &title("Retro")).unwrap_err(), Refused::ExcludingRule);
    assert_eq!(ask(Scope::Following, &AHEAD, &Cancel).unwrap_err(), Refused::ExcludingRule);
    assert!(ask(Scope::All, &AHEAD, &Cancel).unwrap().old.is_none());
}

/// Two thousand exceptions of a daily series: told and written without asking for each by a walk from the beginning.
#[test]
fn many_exceptions_are_one_walk() {
    let mut part = Given { start: "2010-01-01T10:00", lines: &["RRULE:FREQ=DAILY"], ..PLAIN }.part();
    let slots = part.master.recurrence.slots(Budget::DEFAULT).skip(6_200).take(2_000);
    let own = Own { title: Some("Demo".into()), ..Own::default() };
    part.overrides = slots.map(|slot| (slot.unwrap(), Override::Changed(own.clone()))).collect();
    let at = *part.overrides.keys().next().unwrap();
    let now = at.at().unwrap();
    let wish = later(60);
    let request = Request { edit: &wish, scope: Scope::All, at, now, new_id: "standup2" };
    let plan = edit(&part.master, &part.overrides, &request).unwrap();
    assert_eq!(plan.new.as_ref().unwrap().overrides.len(), 2_000);
    // Said without rooms, with rooms, and cancelled in the old series; and three for the masters.
    assert_eq!(steps(&part, &plan).unwrap().len(), 3 * 2_000 + 3);
}

fn any_start() -> impl Strategy<Value = Start> {
    let wall = prop::sample::select(vec![
        NaiveDateTime::MIN,
        NaiveDateTime::MAX,
        PLAIN.at(PLAIN.start).wall(),
        "9999-12-31T23:59:59".parse().unwrap(),
        "0001-01-01T00:00:00".parse().unwrap(),
    ]);
    (wall, 0u8..3).prop_map(|(wall, kind)| match kind {
        0 => Start::Date(wall.date()),
        1 => Start::Floating(wall),
        _ => Start::Zoned { wall, zone: chrono_tz::Pacific::Apia },
    })
}

proptest! {
    /// Whatever is asked, an answer comes.
    #[test]
    fn nothing_that_is_asked_panics(
        start in any_start(),
        to in any_start(),
        by in prop_oneof![any::<i64>(), -1_000_000i64..1_000_000],
        is_by in any::<bool>(),
        micros in any::<i64>(),
        days in any::<u32>(),
        now in any::<i64>(),
        scope in prop::sample::select(vec![Scope::This, Scope::Following, Scope::All]),
        cancel in any::<bool>(),
    ) {
        let lines = ["RRULE:FREQ=WEEKLY;COUNT=5".to_owned()];
        let Ok(recurrence) = Recurrence::read(start, &lines) else { return Ok(()) };
        let mut part = PLAIN.part();
        part.master.recurrence = recurrence;
        part.master.length = if start.is_date() { Length::Days(days) } else { Length::Elapsed(micros) };
        let at = start.slot();
        let own = Own { start: Some(to.slot()), length: Some(Length::Days(days)), ..Own::default() };
        part.overrides.insert(at, Override::Changed(own));
        let length = if micros % 2 == 0 { Length::Elapsed(micros) } else { Length::Days(days) };
        let milliseconds = TimeDelta::try_milliseconds(by).unwrap_or(TimeDelta::MAX);
        let wanted = if is_by { Move::By(milliseconds) } else { Move::To(to) };
        let time = Retime { start: Some(wanted), length: (days % 2 == 0).then_some(length) };
        let wish = if cancel { Cancel } else { change(Change { time: Some(time), ..Change::default() }) };
        let now = Instant::from_micros(now);
        let request = Request { edit: &wish, scope, at, now, new_id: "new" };
        if let Ok(plan) = edit(&part.master, &part.overrides, &request) {
            let _ = steps(&part, &plan);
        }
        let _ = cancel_dates(&part.master, &part.overrides, start.wall().date(), to.wall().date(), now);
        if let Ok(events) = shape::write(&part) {
            let _ = shape::read(&events, chrono_tz::Asia::Seoul);
        }
    }

    #[test]
    fn no_event_panics(times in prop::collection::vec((event_text(), event_text(), 0u8..5), 3)) {
        let time = |(text, zone, kind): &(String, String, u8)| match kind {
            0 => shape::EventTime { date: Some(NaiveDate::MAX), ..shape::EventTime::default() },
            1 => shape::EventTime { date: Some(NaiveDate::MIN), ..shape::EventTime::default() },
            2 => shape::EventTime { date_time: Some(text.clone()), ..shape::EventTime::default() },
            3 => shape::EventTime {
                date_time: Some(text.clone()),
                time_zone: Some("Pacific/Apia".into()),
                date: None,
            },
            _ => shape::EventTime {
                date: Some(NaiveDate::MAX),
                date_time: Some(text.clone()),
                time_zone: Some(zone.clone()),
            },
        };
        let event = shape::Event {
            id: Some("standup".into()),
            start: Some(time(&times[0])),
            end: Some(time(&times[1])),
            recurrence: vec!["RRULE:FREQ=DAILY;COUNT=3".into(), times[2].0.clone()],
            ..shape::Event::default()
        };
        let exception = shape::Event {
            recurring_event_id: Some("standup".into()),
            original_start_time: Some(time(&times[2])),
            recurrence: vec![],
            ..event.clone()
        };
        let _ = shape::read(std::slice::from_ref(&event), chrono_tz::Pacific::Apia);
        let plain = shape::Event { recurrence: vec!["RRULE:FREQ=DAILY;COUNT=3".into()], ..event.clone() };
        let _ = shape::read(&[plain, exception], chrono_tz::Pacific::Apia);
    }
}

/// Like a time, more or less.
fn event_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](Z|[+-][0-2][0-9]:00)?",
        "[+-]?[0-9]{1,6}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}",
        "(Asia/Seoul|Mars/Olympus|Pacific/Apia)",
        ".{0,20}",
    ]
}
