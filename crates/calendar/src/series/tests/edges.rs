//! What the tables have no cell for.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::super::Edit::Cancel;
use super::super::{
    Change, Edit, Exceptions, Fate, Move, Override, Own, Part, Refused, Request, Retime, Scope, Why,
    cancel_dates, edit,
};
use super::given::{
    AHEAD, ALL_DAY, CANCELLED, DST, Exception, Given, MOVED, PLAIN, change, check, later, room, text, title,
    to,
};
use crate::recurrence::{Bound, Freq, Length, NthWeekday, Rule, Start};

pub(super) fn rule(rule: Rule) -> Edit {
    change(Change { rule: Some(rule), ..Change::default() })
}

fn weekly_on(days: &[chrono::Weekday], bound: Bound) -> Rule {
    let by_day = days.iter().map(|day| NthWeekday::every(*day)).collect();
    Rule { by_day, bound, ..Rule::every(Freq::Weekly) }
}

/// Who drags the moved date means that date, and by how much the others move.
#[test]
fn an_edit_of_several_dates_made_at_the_moved_one() {
    check(
        "by an hour",
        &MOVED,
        Scope::Following,
        "2026-05-25T10:00",
        &later(60),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-26 16:00+09:00 60m Standup halla
        06-01 10:00+09:00 changed -> 06-01 11:00+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-08 11:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;BYDAY=MO
        standup2: 05-25 11:00 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO
    ",
    );
    let noon_on_tuesday = to(MOVED.at("2026-05-26T12:00"));
    check(
        "to a time",
        &MOVED,
        Scope::Following,
        "2026-05-25T10:00",
        &noon_on_tuesday,
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-26 12:00+09:00 60m Standup halla
        06-01 10:00+09:00 changed -> 06-02 12:00+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-09 12:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;BYDAY=MO
        standup2: 05-26 12:00 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=TU
    ",
    );
}

#[test]
fn an_exception_keeps_its_title_unless_told_otherwise() {
    let retitled = Given {
        exceptions: &[
            ("2026-05-25T10:00", Exception::Retitled("Demo")),
            ("2026-06-01T10:00", Exception::Moved("2026-06-02T09:00")),
        ],
        ..AHEAD
    };
    check(
        "keep",
        &retitled,
        Scope::All,
        "2026-05-04T10:00",
        &title("Retro"),
        "
        05-04 10:00+09:00 changed -> 05-04 10:00+09:00 60m Retro halla
        05-11 10:00+09:00 changed -> 05-11 10:00+09:00 60m Retro halla
        05-18 10:00+09:00 changed -> 05-18 10:00+09:00 60m Retro halla
        05-25 10:00+09:00 exception kept -> 05-25 10:00+09:00 60m Demo halla
        06-01 10:00+09:00 changed -> 06-02 09:00+09:00 60m Retro halla
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Retro halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
    let reset =
        change(Change { title: Some("Retro".into()), exceptions: Exceptions::Reset, ..Change::default() });
    check(
        "reset",
        &retitled,
        Scope::All,
        "2026-05-04T10:00",
        &reset,
        "
        05-04 10:00+09:00 changed -> 05-04 10:00+09:00 60m Retro halla
        05-11 10:00+09:00 changed -> 05-11 10:00+09:00 60m Retro halla
        05-18 10:00+09:00 changed -> 05-18 10:00+09:00 60m Retro halla
        05-25 10:00+09:00 changed -> 05-25 10:00+09:00 60m Retro halla
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Retro halla
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Retro halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
}

/// The date of 25 May was brought forward and took place on 7 May.
#[test]
fn a_date_moved_into_the_past_took_place() {
    let early = Given { exceptions: &[("2026-05-25T10:00", Exception::Moved("2026-05-07T10:00"))], ..PLAIN };
    check(
        "time",
        &early,
        Scope::All,
        "2026-05-18T10:00",
        &later(60),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 past -> 05-07 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 11:00+09:00 60m Standup halla
        06-01 10:00+09:00 changed -> 06-01 11:00+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-08 11:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
        standup2: 05-18 11:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO
    ",
    );
    check(
        "title",
        &early,
        Scope::All,
        "2026-05-18T10:00",
        &title("Retro"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 past -> 05-07 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 10:00+09:00 60m Retro halla
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Retro halla
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Retro halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
        standup2: 05-18 10:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO
    ",
    );
    // The series must still have it: it ends behind it, without what was to come before it.
    check("cancel", &early, Scope::All, "2026-05-18T10:00", &Cancel, "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 past -> 05-07 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 cancelled
        06-01 10:00+09:00 cancelled
        06-08 10:00+09:00 cancelled
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260601T005959Z;BYDAY=MO EXDATE;TZID=Asia/Seoul:20260518T100000
    ");
}

/// The date of 11 May was put off and is still to come.
#[test]
fn a_past_date_moved_into_the_future_is_one_of_all() {
    let late = Given { exceptions: &[("2026-05-11T10:00", Exception::Moved("2026-05-20T15:00"))], ..PLAIN };
    check(
        "all",
        &late,
        Scope::All,
        "2026-05-18T10:00",
        &title("Retro"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 10:00+09:00 60m Retro halla
        05-11 10:00+09:00 changed -> 05-20 15:00+09:00 60m Retro halla
        05-25 10:00+09:00 changed -> 05-25 10:00+09:00 60m Retro halla
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Retro halla
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Retro halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
        standup2: 05-18 10:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO
    ",
    );
    check(
        "following, from a later one",
        &late,
        Scope::Following,
        "2026-05-18T10:00",
        &title("Retro"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 10:00+09:00 60m Retro halla
        05-11 10:00+09:00 kept -> 05-20 15:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-25 10:00+09:00 60m Retro halla
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Retro halla
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Retro halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
        standup2: 05-18 10:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO
    ",
    );
    check(
        "following, from itself",
        &late,
        Scope::Following,
        "2026-05-11T10:00",
        &later(60),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 11:00+09:00 60m Standup halla
        05-11 10:00+09:00 changed -> 05-20 16:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-25 11:00+09:00 60m Standup halla
        06-01 10:00+09:00 changed -> 06-01 11:00+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-08 11:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
        standup2: 05-18 11:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO
    ",
    );
    check(
        "cancel",
        &late,
        Scope::All,
        "2026-05-18T10:00",
        &Cancel,
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 cancelled
        05-11 10:00+09:00 cancelled
        05-25 10:00+09:00 cancelled
        06-01 10:00+09:00 cancelled
        06-08 10:00+09:00 cancelled
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
    ",
    );
}

#[test]
fn a_new_rule_adds_and_drops_dates() {
    use chrono::Weekday::{Thu, Tue};
    let tuesdays_and_thursdays = rule(weekly_on(&[Tue, Thu], Bound::Count(4)));
    check(
        "other days",
        &MOVED,
        Scope::Following,
        "2026-05-25T10:00",
        &tuesdays_and_thursdays,
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-26 10:00+09:00 added -> 05-26 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 not in the rule
        05-28 10:00+09:00 added -> 05-28 10:00+09:00 60m Standup halla
        06-01 10:00+09:00 not in the rule
        06-02 10:00+09:00 added -> 06-02 10:00+09:00 60m Standup halla
        06-04 10:00+09:00 added -> 06-04 10:00+09:00 60m Standup halla
        06-08 10:00+09:00 not in the rule
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;BYDAY=MO
        standup2: 05-26 10:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=TU,TH
    ",
    );
    // An exception that the new rule has, too, keeps what it is; a cancelled date stays away.
    let busy = Given {
        exceptions: &[
            ("2026-06-01T10:00", Exception::Moved("2026-06-02T15:00")),
            ("2026-06-08T10:00", Exception::Cancelled),
        ],
        ..AHEAD
    };
    let every_other_monday =
        rule(Rule { interval: 1, ..weekly_on(&[chrono::Weekday::Mon], Bound::Count(7)) });
    check(
        "longer",
        &busy,
        Scope::All,
        "2026-05-04T10:00",
        &every_other_monday,
        "
        05-04 10:00+09:00 kept -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 kept -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 kept -> 05-25 10:00+09:00 60m Standup halla
        06-01 10:00+09:00 kept -> 06-02 15:00+09:00 60m Standup halla
        06-08 10:00+09:00 stays cancelled
        06-15 10:00+09:00 added -> 06-15 10:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=7;BYDAY=MO EXDATE;TZID=Asia/Seoul:20260608T100000
    ",
    );
}

/// Half an hour before midnight of the day before: Mondays become Sundays, and the last day moves with them. The last
/// instant that Google's own `UNTIL` allows is 23:59:59 on the wall, in Seoul 14:59:59 in UTC.
#[test]
fn a_time_that_crosses_midnight_moves_the_days() {
    let until = Given { lines: &["RRULE:FREQ=WEEKLY;UNTIL=20260608T145959Z;BYDAY=MO"], ..AHEAD };
    check(
        "earlier",
        &until,
        Scope::All,
        "2026-05-04T10:00",
        &later(-630),
        "
        05-04 10:00+09:00 changed -> 05-03 23:30+09:00 60m Standup halla
        05-11 10:00+09:00 changed -> 05-10 23:30+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-17 23:30+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-24 23:30+09:00 60m Standup halla
        06-01 10:00+09:00 changed -> 05-31 23:30+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-07 23:30+09:00 60m Standup halla
        standup: 05-03 23:30 RRULE:FREQ=WEEKLY;UNTIL=20260607T145959Z;BYDAY=SU
    ",
    );
}

/// Every second week's Saturday and Sunday, a day later: the Sunday of one week and the Monday of the next. Only with
/// weeks that begin a day later, too, they stay together.
#[test]
fn every_second_week_moves_with_its_week() {
    let weekends = Given {
        start: "2026-05-02T10:00",
        lines: &["RRULE:FREQ=WEEKLY;COUNT=4;INTERVAL=2;BYDAY=SA,SU"],
        ..AHEAD
    };
    check(
        "a day later",
        &weekends,
        Scope::All,
        "2026-05-02T10:00",
        &later(1_440),
        "
        05-02 10:00+09:00 changed -> 05-03 10:00+09:00 60m Standup halla
        05-03 10:00+09:00 changed -> 05-04 10:00+09:00 60m Standup halla
        05-16 10:00+09:00 changed -> 05-17 10:00+09:00 60m Standup halla
        05-17 10:00+09:00 changed -> 05-18 10:00+09:00 60m Standup halla
        standup: 05-03 10:00 RRULE:FREQ=WEEKLY;COUNT=4;INTERVAL=2;WKST=TU;BYDAY=SU,MO
    ",
    );
}

/// A series that moves to New York keeps its wall time there, over the change of clocks.
#[test]
fn a_series_may_move_into_another_zone() {
    let given = Given { start: "2026-03-01T22:00", zone: "Asia/Seoul", ..DST };
    let new_york = to(DST.at("2026-03-01T09:00"));
    check(
        "to New York",
        &given,
        Scope::All,
        "2026-03-01T22:00",
        &new_york,
        "
        03-01 22:00+09:00 changed -> 03-01 09:00-05:00 60m Standup halla
        03-08 22:00+09:00 changed -> 03-08 09:00-04:00 60m Standup halla
        03-15 22:00+09:00 changed -> 03-15 09:00-04:00 60m Standup halla
        03-22 22:00+09:00 changed -> 03-22 09:00-04:00 60m Standup halla
        standup: 03-01 09:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=SU
    ",
    );
}

/// Extra dates and excluded ones go to the half where they are, moved as the rule is.
#[test]
fn extra_and_excluded_dates_go_to_the_right_half() {
    let given = Given {
        lines: &[
            "RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO",
            "RDATE;TZID=Asia/Seoul:20260514T160000,20260528T160000",
            "EXDATE;TZID=Asia/Seoul:20260511T100000,20260601T100000",
        ],
        now: AHEAD.now,
        ..PLAIN
    };
    check("following", &given, Scope::Following, "2026-05-25T10:00", &later(60), "
        05-04 10:00+09:00 kept -> 05-04 10:00+09:00 60m Standup halla
        05-14 16:00+09:00 kept -> 05-14 16:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-25 11:00+09:00 60m Standup halla
        05-28 16:00+09:00 changed -> 05-28 17:00+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-08 11:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;BYDAY=MO RDATE;TZID=Asia/Seoul:20260514T160000 EXDATE;TZID=Asia/Seoul:20260511T100000
        standup2: 05-25 11:00 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO RDATE;TZID=Asia/Seoul:20260528T170000 EXDATE;TZID=Asia/Seoul:20260601T110000
    ");
}

#[test]
fn a_date_that_is_ordinary_again_is_no_exception() {
    let plan = MOVED.plan(Scope::This, "2026-05-25T10:00", &to(MOVED.at("2026-05-25T10:00"))).unwrap();
    assert!(plan.old.unwrap().overrides.is_empty());
    // What else it has for itself stays.
    let mut part = MOVED.part();
    let slot = MOVED.slot("2026-05-25T10:00");
    let own = Own {
        start: Some(MOVED.slot("2026-05-26T15:00")),
        title: Some("Demo".into()),
        rooms: Some(BTreeSet::from(["halla".into()])),
        ..Own::default()
    };
    part.overrides.insert(slot, Override::Changed(own));
    let wish = to(MOVED.at("2026-05-25T10:00"));
    let request = Request { edit: &wish, scope: Scope::This, at: slot, now: MOVED.now(), new_id: "" };
    let plan = edit(&part.master, &part.overrides, &request).unwrap();
    let own =
        Own { title: Some("Demo".into()), rooms: Some(BTreeSet::from(["halla".into()])), ..Own::default() };
    assert_eq!(plan.old.unwrap().overrides[&slot], Override::Changed(own));
}

#[test]
fn a_new_length_is_taken_by_all_that_have_none_of_their_own() {
    let half_an_hour = change(Change {
        time: Some(Retime { start: None, length: Some(Length::Elapsed(1_800_000_000)) }),
        ..Change::default()
    });
    let given = Given { now: "2026-05-30T00:00", ..MOVED };
    check(
        "length",
        &Given { now: AHEAD.now, ..MOVED },
        Scope::All,
        "2026-05-04T10:00",
        &half_an_hour,
        "
        05-04 10:00+09:00 changed -> 05-04 10:00+09:00 30m Standup halla
        05-11 10:00+09:00 changed -> 05-11 10:00+09:00 30m Standup halla
        05-18 10:00+09:00 changed -> 05-18 10:00+09:00 30m Standup halla
        05-25 10:00+09:00 changed -> 05-26 15:00+09:00 30m Standup halla
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 30m Standup halla
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 30m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
    check(
        "two are left",
        &given,
        Scope::Following,
        "2026-06-01T10:00",
        &half_an_hour,
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 past -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 past -> 05-26 15:00+09:00 60m Standup halla
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 30m Standup halla
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 30m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260601T005959Z;BYDAY=MO
        standup2: 06-01 10:00 RRULE:FREQ=WEEKLY;COUNT=2;BYDAY=MO
    ",
    );
}

/// It is 10:30 on 11 May.
#[test]
fn a_running_meeting_is_changed_by_itself_alone() {
    let running = Given { now: "2026-05-11T10:30", ..PLAIN };
    let at = "2026-05-11T10:00";
    let lasting = |minutes: i64| {
        let time = Retime { start: None, length: Some(Length::Elapsed(minutes * 60_000_000)) };
        change(Change { time: Some(time), ..Change::default() })
    };
    let plan = running.plan(Scope::This, at, &lasting(45)).unwrap();
    assert_eq!(plan.dates[1].fate, Fate::Changed);
    assert_eq!(
        running.plan(Scope::This, at, &lasting(30)).unwrap_err(),
        Refused::IntoThePast(running.slot(at))
    );
    assert_eq!(
        running.plan(Scope::This, at, &later(60)).unwrap_err(),
        Refused::IntoThePast(running.slot(at))
    );
    assert_eq!(running.plan(Scope::This, at, &Cancel).unwrap_err(), Refused::Past);
    let plan = running.plan(Scope::All, at, &room("jiri")).unwrap();
    let fates: Vec<Fate> = plan.dates.iter().map(|date| date.fate).collect();
    assert_eq!(fates[..3], [Fate::Past, Fate::Past, Fate::Changed]);
}

#[test]
fn days_off_reach_every_date_that_is_on_them() {
    let off = |given: &Given, from: &str, to: &str| {
        let part = given.part();
        text(&cancel_dates(&part.master, &part.overrides, date(from), date(to), given.now()).unwrap())
    };
    // The moved date is on 26 May; 1 June begins behind the end.
    assert_eq!(
        off(&MOVED, "2026-05-01", "2026-06-01"),
        "05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla\n\
         05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla\n\
         05-18 10:00+09:00 cancelled\n\
         05-25 10:00+09:00 cancelled\n\
         06-01 10:00+09:00 kept -> 06-01 10:00+09:00 60m Standup halla\n\
         06-08 10:00+09:00 kept -> 06-08 10:00+09:00 60m Standup halla\n\
         standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO\n"
    );
    // 25 May is its identity only: it is not there any more.
    assert!(off(&MOVED, "2026-05-25", "2026-05-26").contains("05-25 10:00+09:00 kept -> 05-26 15:00+09:00"));
    assert!(off(&CANCELLED, "2026-05-25", "2026-05-26").contains("05-25 10:00+09:00 stays cancelled"));
    // Nothing is left.
    let nothing = off(&ALL_DAY, "2026-01-01", "2027-01-01");
    assert!(nothing.contains("06-08 cancelled") && nothing.contains("standup:"), "two are past");
    let nothing = off(&AHEAD, "2026-01-01", "2027-01-01");
    assert!(!nothing.contains("standup:"), "{nothing}");
    assert!(!off(&AHEAD, "2026-06-01", "2026-05-01").contains("cancelled"), "no day is in that range");
}

pub(super) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn an_endless_series_is_told_around_now() {
    let endless = Given { start: "2010-05-03T10:00", lines: &["RRULE:FREQ=WEEKLY;BYDAY=MO"], ..MOVED };
    let plan = endless.plan(Scope::All, "2026-05-18T10:00", &later(60)).unwrap();
    assert!(!plan.whole);
    // 366 days back and 548 ahead of Tuesday 12 May, noon: 53 Mondays are past, 78 are to come.
    let count = |fate| plan.dates.iter().filter(|date| date.fate == fate).count();
    assert_eq!((count(Fate::Past), count(Fate::Changed), count(Fate::ExceptionKept)), (53, 77, 1));
    assert_eq!(plan.dates.len(), 131);
    let new = plan.new.unwrap();
    assert_eq!(new.master.recurrence.lines(), ["RRULE:FREQ=WEEKLY;BYDAY=MO"]);
    // An exception outside is told, too, and so is one that becomes an ordinary date there.
    let far = Given { exceptions: &[("2030-05-06T10:00", Exception::Retitled("Party"))], ..endless };
    let reset = Change { title: Some("Retro".into()), exceptions: Exceptions::Reset, ..Change::default() };
    let plan = far.plan(Scope::All, "2026-05-18T10:00", &change(reset)).unwrap();
    let last = plan.dates.last().unwrap();
    assert_eq!((last.fate, last.after.as_ref().unwrap().details.title.as_str()), (Fate::Changed, "Retro"));
}

/// An exception whose start no rule has any more, because the rule was changed elsewhere, is a date all the same.
#[test]
fn an_exception_outside_its_rule_is_a_date() {
    let mut part = PLAIN.part();
    let stray = PLAIN.slot("2026-05-27T10:00");
    let own = Own { title: Some("Demo".into()), ..Own::default() };
    part.overrides.insert(stray, Override::Changed(own));
    let ask = |part: &Part, scope, at: &str, wish: &Edit| {
        let request = Request { edit: wish, scope, at: PLAIN.slot(at), now: PLAIN.now(), new_id: "standup2" };
        edit(&part.master, &part.overrides, &request).map(|plan| text(&plan))
    };
    // Google takes an exception only of a date that the lines have, so that the new series has it by name.
    let told = ask(&part, Scope::Following, "2026-05-25T10:00", &later(60)).unwrap();
    assert!(told.contains("05-27 10:00+09:00 changed -> 05-27 11:00+09:00 60m Demo halla"), "{told}");
    assert!(
        told.contains(
            "standup2: 05-25 11:00 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO RDATE;TZID=Asia/Seoul:20260527T110000"
        ),
        "{told}"
    );
    let told = ask(&part, Scope::This, "2026-05-27T10:00", &title("Standup")).unwrap();
    assert!(told.contains("05-27 10:00+09:00 changed -> 05-27 10:00+09:00 60m Standup halla"), "{told}");
    let told = ask(&part, Scope::This, "2026-05-27T10:00", &Cancel).unwrap();
    assert!(told.contains("05-27 10:00+09:00 cancelled"), "{told}");
}

/// A single date may become an all-day one, if it says how many days it lasts.
#[test]
fn one_date_may_be_of_another_kind() {
    let wish = |length| {
        let time = Retime { start: Some(Move::To(Start::Date(date("2026-05-26")))), length };
        change(Change { time: Some(time), ..Change::default() })
    };
    let at = "2026-05-25T10:00";
    assert_eq!(PLAIN.plan(Scope::This, at, &wish(None)).unwrap_err(), Refused::OtherKind);
    let plan = PLAIN.plan(Scope::This, at, &wish(Some(Length::Days(2)))).unwrap();
    assert!(text(&plan).contains("05-25 10:00+09:00 changed -> 05-26 2d Standup halla"));
    // As an exception it keeps both when the series moves, and when the edit is made at it.
    let part = plan.old.unwrap();
    for at in ["2026-05-18T10:00", at] {
        let wish = later(1_440);
        let request =
            Request { edit: &wish, scope: Scope::All, at: PLAIN.slot(at), now: PLAIN.now(), new_id: "x" };
        let told = text(&edit(&part.master, &part.overrides, &request).unwrap());
        let expected =
            if at == "2026-05-18T10:00" { "exception kept -> 05-26 2d" } else { "changed -> 05-27 2d" };
        assert!(told.contains(expected), "{told}");
    }
    assert_eq!(plan.dates.iter().filter(|date| date.fate == Fate::Dropped(Why::Cancelled)).count(), 0);
}

/// A form that is sent as it was opened splits nothing; at an exception it says something, though.
#[test]
fn what_the_series_says_already_changes_nothing() {
    let same = change(Change {
        time: Some(Retime { start: Some(Move::To(PLAIN.at("2026-05-25T10:00"))), length: None }),
        title: Some("Standup".into()),
        ..Change::default()
    });
    for scope in [Scope::Following, Scope::All] {
        let plan = PLAIN.plan(scope, "2026-05-25T10:00", &same).unwrap();
        assert!(plan.new.is_none());
        assert!(plan.dates.iter().all(|date| matches!(date.fate, Fate::Past | Fate::Kept)));
        let plan = MOVED.plan(scope, "2026-05-25T10:00", &same).unwrap();
        assert!(text(&plan).contains("05-25 10:00+09:00 changed -> 05-25 10:00+09:00 60m Standup halla"));
    }
}
