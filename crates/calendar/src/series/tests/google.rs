//! The way to Google and back.

use serde_json::{Value, json};

use super::super::Edit::Cancel;
use super::super::shape::{self, Event, Unshaped, Unwritable};
use super::super::steps::{Call, steps};
use super::super::{Edit, Part, Plan, Scope, cancel_dates};
use super::given::{AHEAD, ALL_DAY, CANCELLED, DST, Exception, Given, MOVED, PLAIN, later, room, title};
use crate::recurrence::{Length, Recurrence, Start};
use crate::zone;

/// One line a call: what is called, whether guests are told, and what is sent.
fn calls(given: &Given, plan: &Plan) -> Vec<String> {
    let line = |verb: &str, notify: bool, event: &Event| {
        let time = |time: &Option<shape::EventTime>| match time {
            Some(shape::EventTime { date: Some(date), .. }) => format!(" {date}"),
            Some(shape::EventTime { date_time: Some(text), .. }) => format!(" {text}"),
            _ => String::new(),
        };
        let rooms: Vec<&str> =
            event.attendees.iter().filter(|one| one.resource).map(|one| one.email.as_str()).collect();
        let told = if notify { "" } else { " quietly" };
        let status = if event.status == shape::Status::Cancelled { " cancelled" } else { "" };
        format!(
            "{verb}{told} {}{}{status}{} {} {}",
            event.id.as_ref().or(event.recurring_event_id.as_ref()).unwrap(),
            time(&event.original_start_time),
            time(&event.start).replace(' ', " at "),
            rooms.join(","),
            event.recurrence.join(" ")
        )
        .trim_end()
        .to_owned()
    };
    let call = |step: &super::super::steps::Step| match &step.call {
        Call::Insert(event) => line("insert", step.notify, event),
        Call::Patch(event) => line("patch", step.notify, event),
        Call::Instance(event) => line("instance", step.notify, event),
        Call::Delete { id } => format!("delete {id}"),
    };
    steps(&given.part(), plan).unwrap().iter().map(call).collect()
}

fn check(given: &Given, scope: Scope, at: &str, wish: &Edit, expected: &[&str]) {
    let plan = given.plan(scope, at, wish).unwrap();
    let calls = calls(given, &plan);
    assert_eq!(calls, expected, "{calls:#?}");
}

#[test]
fn one_date_is_one_call_about_the_instance() {
    let at = "2026-05-25T10:00";
    check(
        &PLAIN,
        Scope::This,
        at,
        &later(60),
        &["instance standup 2026-05-25T10:00:00+09:00 at 2026-05-25T11:00:00+09:00 halla"],
    );
    check(&PLAIN, Scope::This, at, &Cancel, &["instance standup 2026-05-25T10:00:00+09:00 cancelled"]);
    check(
        &ALL_DAY,
        Scope::This,
        "2026-05-25",
        &room("jiri"),
        &["instance standup 2026-05-25 at 2026-05-25 jiri"],
    );
}

#[test]
fn a_split_gives_the_room_away_before_it_asks_for_it_again() {
    check(
        &MOVED,
        Scope::Following,
        "2026-05-18T10:00",
        &later(60),
        &[
            "insert quietly standup2 at 2026-05-18T11:00:00  RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO",
            "instance quietly standup2 2026-05-25T11:00:00+09:00 at 2026-05-26T15:00:00+09:00",
            "patch quietly standup at 2026-05-04T10:00:00 halla RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO",
            "instance quietly standup 2026-05-25T10:00:00+09:00 cancelled",
            "patch standup2 at 2026-05-18T11:00:00 halla RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO",
            "instance quietly standup2 2026-05-25T11:00:00+09:00 at 2026-05-26T15:00:00+09:00 halla",
        ],
    );
}

#[test]
fn in_place_is_one_call_for_the_master_and_one_for_each_exception() {
    let ahead = Given { now: AHEAD.now, ..MOVED };
    check(
        &ahead,
        Scope::All,
        "2026-05-04T10:00",
        &title("Retro"),
        &[
            "patch standup at 2026-05-04T10:00:00 halla RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO",
            "instance quietly standup 2026-05-25T10:00:00+09:00 at 2026-05-26T15:00:00+09:00 halla",
        ],
    );
    // With another time the exception is known by another start; what was known by the old one goes.
    check(
        &ahead,
        Scope::All,
        "2026-05-04T10:00",
        &later(60),
        &[
            "patch standup at 2026-05-04T11:00:00 halla RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO",
            "instance quietly standup 2026-05-25T10:00:00+09:00 cancelled",
            "instance quietly standup 2026-05-25T11:00:00+09:00 at 2026-05-26T15:00:00+09:00 halla",
        ],
    );
    check(&ahead, Scope::All, "2026-05-04T10:00", &Cancel, &["delete standup"]);
}

/// Moved by a week, the series has an ordinary date where a cancelled one was: it must be brought back there, and only
/// there.
#[test]
fn a_cancelled_start_that_becomes_an_ordinary_date_is_said_to_be_one() {
    let ahead = Given { now: AHEAD.now, ..CANCELLED };
    check(
        &ahead,
        Scope::All,
        "2026-05-04T10:00",
        &later(7 * 1_440),
        &[
            "patch standup at 2026-05-11T10:00:00 halla RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO \
             EXDATE;TZID=Asia/Seoul:20260601T100000",
            "instance quietly standup 2026-05-25T10:00:00+09:00 at 2026-05-25T10:00:00+09:00 halla",
        ],
    );
}

#[test]
fn days_off_are_one_call() {
    let part = PLAIN.part();
    let days = |from: &str, to: &str| {
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        calls(&PLAIN, &cancel_dates(&part.master, &part.overrides, from, to, PLAIN.now()).unwrap())
    };
    assert_eq!(
        days("2026-05-01", "2026-06-02"),
        ["patch standup at 2026-05-04T10:00:00 halla RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO \
          EXDATE;TZID=Asia/Seoul:20260518T100000,20260525T100000,20260601T100000"]
    );
    assert_eq!(days("2026-06-01", "2026-06-02"), ["instance standup 2026-06-01T10:00:00+09:00 cancelled"]);
    assert_eq!(days("2026-06-02", "2026-06-08"), Vec::<String>::new());
}

#[test]
fn events_look_as_google_documents_them() {
    let events = |given: &Given| serde_json::to_value(shape::write(&given.part()).unwrap()).unwrap();
    let attendees = json!([{"email": "kim@hanbit.example"}, {"email": "halla", "resource": true}]);
    let seoul = |at: &str| json!({"dateTime": at, "timeZone": "Asia/Seoul"});
    assert_eq!(
        events(&MOVED),
        json!([
            {
                "id": "standup", "status": "confirmed", "summary": "Standup", "attendees": attendees,
                "start": seoul("2026-05-04T10:00:00"), "end": seoul("2026-05-04T11:00:00+09:00"),
                "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO"],
            },
            {
                "status": "confirmed", "summary": "Standup", "attendees": attendees,
                "recurringEventId": "standup", "originalStartTime": seoul("2026-05-25T10:00:00+09:00"),
                "start": seoul("2026-05-26T15:00:00+09:00"), "end": seoul("2026-05-26T16:00:00+09:00"),
            },
        ])
    );
    assert_eq!(
        events(&CANCELLED)[1],
        json!({
            "status": "cancelled", "recurringEventId": "standup",
            "originalStartTime": seoul("2026-05-25T10:00:00+09:00"),
        })
    );
    let all_day = events(&Given { exceptions: &[("2026-05-25", Exception::Moved("2026-05-27"))], ..ALL_DAY });
    assert_eq!(all_day[0]["start"], json!({"date": "2026-05-04"}));
    assert_eq!(all_day[0]["end"], json!({"date": "2026-05-05"}), "the end is exclusive");
    assert_eq!(all_day[1]["originalStartTime"], json!({"date": "2026-05-25"}));
    assert_eq!(all_day[1]["end"], json!({"date": "2026-05-28"}));
}

/// Google renders times in the zone of the calendar or of the question, so that only the instant counts.
#[test]
fn times_are_read_in_whatever_zone_they_are_rendered() {
    let mut events: Vec<Value> =
        serde_json::from_value(serde_json::to_value(shape::write(&MOVED.part()).unwrap()).unwrap()).unwrap();
    events[0]["start"]["dateTime"] = json!("2026-05-04T01:00:00Z");
    events[1]["originalStartTime"] = json!({"dateTime": "2026-05-24T21:00:00-04:00"});
    events[1]["start"] = json!({"dateTime": "2026-05-26T02:00:00", "timeZone": "America/New_York"});
    events.reverse();
    let events: Vec<Event> = serde_json::from_value(json!(events)).unwrap();
    let read = shape::read(&events, zone::parse("America/New_York").unwrap()).unwrap();
    let expected = MOVED.part();
    assert_eq!(read.master.recurrence.start(), expected.master.recurrence.start());
    assert_eq!(read.overrides, expected.overrides);
}

#[test]
fn what_is_no_series_is_told_apart() {
    let written = || shape::write(&MOVED.part()).unwrap();
    let read = |events: &[Event]| shape::read(events, zone::DEFAULT_ZONE).map(|_| ()).unwrap_err();
    assert_eq!(read(&[]), Unshaped::NoMaster);
    assert_eq!(read(&written()[1..]), Unshaped::NoMaster);
    let change = |which: usize, change: &dyn Fn(&mut Event)| {
        let mut events = written();
        change(&mut events[which]);
        read(&events)
    };
    assert_eq!(change(1, &|event| event.original_start_time = None), Unshaped::Stray);
    assert_eq!(change(1, &|event| event.recurring_event_id = Some("other".into())), Unshaped::Stray);
    assert_eq!(
        change(0, &|event| event.end = event.start.clone().map(|_| shape::EventTime::default())),
        Unshaped::Kind
    );
    assert!(matches!(
        change(0, &|event| event.recurrence = vec!["RRULE:FREQ=DAILY;INTERVAL=0".into()]),
        Unshaped::Recurrence(_)
    ));
    let backwards = change(1, &|event| event.end = event.original_start_time.clone());
    assert_eq!(backwards, Unshaped::Length);
    let nowhere = change(0, &|event| event.start.as_mut().unwrap().time_zone = Some("Mars/Olympus".into()));
    assert_eq!(nowhere, Unshaped::Time("Mars/Olympus".into()));
}

#[test]
fn what_google_cannot_have_is_not_written() {
    let mut part = PLAIN.part();
    let wall = part.master.recurrence.start().wall();
    part.master.recurrence =
        Recurrence::read(Start::Floating(wall), &["RRULE:FREQ=DAILY;COUNT=3".into()]).unwrap();
    assert_eq!(shape::write(&part), Err(Unwritable::Floating));
    let lines = ["RRULE:FREQ=DAILY;COUNT=3".into(), "EXRULE:FREQ=WEEKLY".into()];
    part.master.recurrence = Recurrence::read(PLAIN.at(PLAIN.start), &lines).unwrap();
    assert_eq!(shape::write(&part), Err(Unwritable::ExcludingRule));
}

/// 02:30 on the day that skips it: the master keeps the wall time that is meant, and lasts an hour all the same.
#[test]
fn a_start_in_a_gap_survives() {
    let given = Given { start: "2026-03-08T02:30", ..DST };
    let part = given.part();
    let events = shape::write(&part).unwrap();
    assert_eq!(events[0].end.as_ref().unwrap().date_time.as_deref(), Some("2026-03-08T04:30:00-04:00"));
    let Part { master, .. } = shape::read(&events, zone::DEFAULT_ZONE).unwrap();
    assert_eq!(master.recurrence.start(), part.master.recurrence.start());
    assert_eq!(master.length, Length::Elapsed(3_600_000_000));
}
