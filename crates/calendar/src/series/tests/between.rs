//! "This and following" where a series has several rules, or extra dates, and is cut between their turns.

use chrono::Weekday;

use super::super::Edit::Cancel;
use super::super::{Change, Edit, Fate, Scope, Why};
use super::given::{ALL_DAY, DST, Given, PLAIN, change, check, later, room, title};
use crate::recurrence::{Bound, Freq, NthWeekday, Rule};

const MONDAYS: &str = "RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO";
/// 6 May, 20 May, 3 June, 17 June. The weeks of 11 May and 25 May are not its turn.
const EVERY_OTHER_WEDNESDAY: &str = "RRULE:FREQ=WEEKLY;COUNT=4;INTERVAL=2;BYDAY=WE";

/// Mondays from 4 May to 8 June, and Wednesdays from 6 May to 27 May.
const TWO: Given = Given { lines: &[MONDAYS, "RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=WE"], ..PLAIN };
/// The same Mondays, and every other Wednesday.
const OTHER: Given = Given { lines: &[MONDAYS, EVERY_OTHER_WEDNESDAY], ..PLAIN };
/// The same without end.
const ENDLESS: Given =
    Given { lines: &["RRULE:FREQ=WEEKLY;BYDAY=MO", "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=WE"], ..PLAIN };

fn following(name: &str, given: &Given, at: &str, wish: &Edit, told: &str) {
    check(name, given, Scope::Following, at, wish, told);
}

fn three_tuesdays() -> Edit {
    let by_day = vec![NthWeekday::every(Weekday::Tue)];
    let rule = Rule { by_day, bound: Bound::Count(3), ..Rule::every(Freq::Weekly) };
    change(Change { rule: Some(rule), ..Change::default() })
}

/// Each rule goes on with what is left of its own COUNT.
#[test]
fn every_rule_goes_on_from_a_date_of_one_of_them() {
    following("the other one's", &TWO, "2026-05-20T10:00", &later(60), "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-06 10:00+09:00 past -> 05-06 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-13 10:00+09:00 kept -> 05-13 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-20 10:00+09:00 changed -> 05-20 11:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-25 11:00+09:00 60m Standup halla
        05-27 10:00+09:00 changed -> 05-27 11:00+09:00 60m Standup halla
        06-01 10:00+09:00 changed -> 06-01 11:00+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-08 11:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260520T005959Z;BYDAY=MO RRULE:FREQ=WEEKLY;UNTIL=20260520T005959Z;BYDAY=WE
        standup2: 05-20 11:00 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO RRULE:FREQ=WEEKLY;COUNT=2;BYDAY=WE
    ");
    // The Wednesdays are over by then: they stay as they are written, and are not in what follows.
    following("one is over", &TWO, "2026-06-01T10:00", &room("jiri"), "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-06 10:00+09:00 past -> 05-06 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-13 10:00+09:00 kept -> 05-13 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-20 10:00+09:00 kept -> 05-20 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 kept -> 05-25 10:00+09:00 60m Standup halla
        05-27 10:00+09:00 kept -> 05-27 10:00+09:00 60m Standup halla
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Standup jiri
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Standup jiri
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260601T005959Z;BYDAY=MO RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=WE
        standup2: 06-01 10:00 RRULE:FREQ=WEEKLY;COUNT=2;BYDAY=MO
    ");
}

/// Every other week goes on from a week that is its turn, whichever rule has the date.
#[test]
fn every_other_week_goes_on_from_its_own_weeks() {
    following("the Monday before its date", &OTHER, "2026-05-18T10:00", &later(60), "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-06 10:00+09:00 past -> 05-06 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 11:00+09:00 60m Standup halla
        05-20 10:00+09:00 changed -> 05-20 11:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-25 11:00+09:00 60m Standup halla
        06-01 10:00+09:00 changed -> 06-01 11:00+09:00 60m Standup halla
        06-03 10:00+09:00 changed -> 06-03 11:00+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-08 11:00+09:00 60m Standup halla
        06-17 10:00+09:00 changed -> 06-17 11:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;INTERVAL=2;BYDAY=WE
        standup2: 05-18 11:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO RRULE:FREQ=WEEKLY;COUNT=3;INTERVAL=2;BYDAY=WE
    ");
    following("its own date", &OTHER, "2026-05-20T10:00", &title("Retro"), "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-06 10:00+09:00 past -> 05-06 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-20 10:00+09:00 changed -> 05-20 10:00+09:00 60m Retro halla
        05-25 10:00+09:00 changed -> 05-25 10:00+09:00 60m Retro halla
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Retro halla
        06-03 10:00+09:00 changed -> 06-03 10:00+09:00 60m Retro halla
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Retro halla
        06-17 10:00+09:00 changed -> 06-17 10:00+09:00 60m Retro halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260520T005959Z;BYDAY=MO RRULE:FREQ=WEEKLY;UNTIL=20260520T005959Z;INTERVAL=2;BYDAY=WE
        standup2: 05-20 10:00 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO RRULE:FREQ=WEEKLY;COUNT=3;INTERVAL=2;BYDAY=WE
    ");
}

/// A rule that begins in a week which is not its turn would have other weeks: what is left of it goes on as extra dates.
#[test]
fn a_rule_that_is_out_of_step_leaves_its_dates() {
    let told = "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-06 10:00+09:00 past -> 05-06 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-20 10:00+09:00 kept -> 05-20 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-25 11:00+09:00 60m Standup halla
        06-01 10:00+09:00 changed -> 06-01 11:00+09:00 60m Standup halla
        06-03 10:00+09:00 changed -> 06-03 11:00+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-08 11:00+09:00 60m Standup halla
        06-17 10:00+09:00 changed -> 06-17 11:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;BYDAY=MO RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;INTERVAL=2;BYDAY=WE
        standup2: 05-25 11:00 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO RDATE;TZID=Asia/Seoul:20260603T110000,20260617T110000
    ";
    following("counted", &OTHER, "2026-05-25T10:00", &later(60), told);
    let until =
        Given { lines: &[MONDAYS, "RRULE:FREQ=WEEKLY;UNTIL=20260617T145959Z;INTERVAL=2;BYDAY=WE"], ..PLAIN };
    following("until a day", &until, "2026-05-25T10:00", &later(60), told);
    let all_day = Given { lines: OTHER.lines, ..ALL_DAY };
    following("all-day", &all_day, "2026-05-25", &room("jiri"), "
        05-04 past -> 05-04 1d Standup halla
        05-06 past -> 05-06 1d Standup halla
        05-11 past -> 05-11 1d Standup halla
        05-18 kept -> 05-18 1d Standup halla
        05-20 kept -> 05-20 1d Standup halla
        05-25 changed -> 05-25 1d Standup jiri
        06-01 changed -> 06-01 1d Standup jiri
        06-03 changed -> 06-03 1d Standup jiri
        06-08 changed -> 06-08 1d Standup jiri
        06-17 changed -> 06-17 1d Standup jiri
        standup: 05-04 RRULE:FREQ=WEEKLY;UNTIL=20260524;BYDAY=MO RRULE:FREQ=WEEKLY;UNTIL=20260524;INTERVAL=2;BYDAY=WE
        standup2: 05-25 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO RDATE;VALUE=DATE:20260603,20260617
    ");
}

/// The series begins on the Sunday of a week that is the Wednesdays' turn; theirs are 11 and 25 March and 8 April. The clocks
/// go forward on 8 March, in the week between.
#[test]
fn over_a_change_of_clocks() {
    let given = Given {
        lines: &["RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=SU", "RRULE:FREQ=WEEKLY;COUNT=3;INTERVAL=2;BYDAY=WE"],
        ..DST
    };
    following("out of step", &given, "2026-03-08T09:00", &title("Retro"), "
        03-01 09:00-05:00 kept -> 03-01 09:00-05:00 60m Standup halla
        03-08 09:00-04:00 changed -> 03-08 09:00-04:00 60m Retro halla
        03-11 09:00-04:00 changed -> 03-11 09:00-04:00 60m Retro halla
        03-15 09:00-04:00 changed -> 03-15 09:00-04:00 60m Retro halla
        03-22 09:00-04:00 changed -> 03-22 09:00-04:00 60m Retro halla
        03-25 09:00-04:00 changed -> 03-25 09:00-04:00 60m Retro halla
        04-08 09:00-04:00 changed -> 04-08 09:00-04:00 60m Retro halla
        standup: 03-01 09:00 RRULE:FREQ=WEEKLY;UNTIL=20260308T125959Z;BYDAY=SU RRULE:FREQ=WEEKLY;UNTIL=20260308T125959Z;INTERVAL=2;BYDAY=WE
        standup2: 03-08 09:00 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=SU RDATE;TZID=America/New_York:20260311T090000,20260325T090000,20260408T090000
    ");
    following("in step", &given, "2026-03-15T09:00", &title("Retro"), "
        03-01 09:00-05:00 kept -> 03-01 09:00-05:00 60m Standup halla
        03-08 09:00-04:00 kept -> 03-08 09:00-04:00 60m Standup halla
        03-11 09:00-04:00 kept -> 03-11 09:00-04:00 60m Standup halla
        03-15 09:00-04:00 changed -> 03-15 09:00-04:00 60m Retro halla
        03-22 09:00-04:00 changed -> 03-22 09:00-04:00 60m Retro halla
        03-25 09:00-04:00 changed -> 03-25 09:00-04:00 60m Retro halla
        04-08 09:00-04:00 changed -> 04-08 09:00-04:00 60m Retro halla
        standup: 03-01 09:00 RRULE:FREQ=WEEKLY;UNTIL=20260315T125959Z;BYDAY=SU RRULE:FREQ=WEEKLY;UNTIL=20260315T125959Z;INTERVAL=2;BYDAY=WE
        standup2: 03-15 09:00 RRULE:FREQ=WEEKLY;COUNT=2;BYDAY=SU RRULE:FREQ=WEEKLY;COUNT=2;INTERVAL=2;BYDAY=WE
    ");
}

/// Without end there is nothing to write down: that is refused, but only where the rule would have to go on.
#[test]
fn an_endless_rule_that_is_out_of_step() {
    let at = "2026-05-25T10:00";
    let refused = "refused: the series cannot be continued from there: a rule of the series cannot be continued from \
                   2026-05-25T10:00:00+09:00";
    following("a room", &ENDLESS, at, &room("jiri"), refused);

    let old = [
        "RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;BYDAY=MO",
        "RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;INTERVAL=2;BYDAY=WE",
    ];
    let cut = ENDLESS.slot(at);
    for (wish, new) in [(Cancel, None), (three_tuesdays(), Some("RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=TU"))] {
        let plan = ENDLESS.plan(Scope::Following, at, &wish).unwrap();
        assert_eq!(plan.old.unwrap().master.recurrence.lines(), old);
        assert_eq!(plan.new.map(|part| part.master.recurrence.lines().join(" ")).as_deref(), new);
        for date in plan.dates {
            let gone = matches!(date.fate, Fate::Dropped(Why::Cancelled | Why::NotInRule));
            let comes = date.fate == Fate::Added;
            assert_eq!(date.slot >= cut, gone || comes, "{date:?}");
        }
    }
}

/// What the old rules would have had later is not among the dates of a new one.
#[test]
fn a_new_rule_has_no_dates_of_a_rule_that_is_out_of_step() {
    let plan = OTHER.plan(Scope::Following, "2026-05-25T10:00", &three_tuesdays()).unwrap();
    let lines = |part: Option<super::super::Part>| part.unwrap().master.recurrence.lines().join(" ");
    assert_eq!(lines(plan.new), "RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=TU");
    assert_eq!(
        lines(plan.old),
        "RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;BYDAY=MO RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;INTERVAL=2;BYDAY=WE"
    );
    let mut after: Vec<_> =
        plan.dates.iter().filter_map(|date| Some((date.fate, date.after.as_ref()?.start))).collect();
    after.retain(|(fate, _)| *fate == Fate::Added);
    let tuesdays = ["2026-05-26T10:00", "2026-06-02T10:00", "2026-06-09T10:00"];
    assert_eq!(after, tuesdays.map(|day| (Fate::Added, OTHER.slot(day))));
}

#[test]
fn cancelled_from_between_two_turns() {
    following("cancel", &OTHER, "2026-05-25T10:00", &Cancel, "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-06 10:00+09:00 past -> 05-06 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-20 10:00+09:00 kept -> 05-20 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 cancelled
        06-01 10:00+09:00 cancelled
        06-03 10:00+09:00 cancelled
        06-08 10:00+09:00 cancelled
        06-17 10:00+09:00 cancelled
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;BYDAY=MO RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;INTERVAL=2;BYDAY=WE
    ");
}

/// The extra date of 22 May is no place to cut: it is an exception, and the cut is at the Monday behind it, which is not the
/// Wednesdays' turn. The other one goes with the rest, among what the Wednesdays leave.
#[test]
fn made_at_an_extra_date_between_the_rules() {
    let given = Given {
        lines: &[MONDAYS, EVERY_OTHER_WEDNESDAY, "RDATE;TZID=Asia/Seoul:20260522T160000,20260605T160000"],
        ..PLAIN
    };
    following("title", &given, "2026-05-22T16:00", &title("Retro"), "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-06 10:00+09:00 past -> 05-06 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-20 10:00+09:00 kept -> 05-20 10:00+09:00 60m Standup halla
        05-22 16:00+09:00 changed -> 05-22 16:00+09:00 60m Retro halla
        05-25 10:00+09:00 changed -> 05-25 10:00+09:00 60m Retro halla
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Retro halla
        06-03 10:00+09:00 changed -> 06-03 10:00+09:00 60m Retro halla
        06-05 16:00+09:00 changed -> 06-05 16:00+09:00 60m Retro halla
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Retro halla
        06-17 10:00+09:00 changed -> 06-17 10:00+09:00 60m Retro halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;BYDAY=MO RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;INTERVAL=2;BYDAY=WE RDATE;TZID=Asia/Seoul:20260522T160000
        standup2: 05-25 10:00 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO RDATE;TZID=Asia/Seoul:20260603T100000,20260605T160000,20260617T100000
    ");
}

/// Only extra dates: there is nothing that could go on, so that each becomes an exception.
#[test]
fn a_series_of_extra_dates_is_not_cut() {
    let given =
        Given { lines: &["RDATE;TZID=Asia/Seoul:20260507T100000,20260521T100000,20260604T150000"], ..PLAIN };
    following(
        "title",
        &given,
        "2026-05-21T10:00",
        &title("Retro"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-07 10:00+09:00 past -> 05-07 10:00+09:00 60m Standup halla
        05-21 10:00+09:00 changed -> 05-21 10:00+09:00 60m Retro halla
        06-04 15:00+09:00 changed -> 06-04 15:00+09:00 60m Retro halla
        standup: 05-04 10:00 RDATE;TZID=Asia/Seoul:20260507T100000,20260521T100000,20260604T150000
    ",
    );
}

/// What the old start said of a rule without saying it (the 4th of a month, ten o'clock) is written out where the new start
/// says something else.
#[test]
fn what_the_start_implied_is_written_out() {
    let fourths = Given { lines: &[MONDAYS, "RRULE:FREQ=MONTHLY;COUNT=3"], ..PLAIN };
    // 4 May is a Monday and the 4th: it counts for both rules, and is one date.
    following("the day of the month", &fourths, "2026-05-25T10:00", &title("Retro"), "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-25 10:00+09:00 60m Retro halla
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Retro halla
        06-04 10:00+09:00 changed -> 06-04 10:00+09:00 60m Retro halla
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Retro halla
        07-04 10:00+09:00 changed -> 07-04 10:00+09:00 60m Retro halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;BYDAY=MO RRULE:FREQ=MONTHLY;UNTIL=20260525T005959Z
        standup2: 05-25 10:00 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO RRULE:FREQ=MONTHLY;COUNT=2;BYMONTHDAY=4
    ");
    let twice = Given { lines: &[MONDAYS, "RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO;BYHOUR=14"], ..PLAIN };
    following("the hour", &twice, "2026-05-18T14:00", &title("Retro"), "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-04 14:00+09:00 past -> 05-04 14:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-11 14:00+09:00 past -> 05-11 14:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-18 14:00+09:00 changed -> 05-18 14:00+09:00 60m Retro halla
        05-25 10:00+09:00 changed -> 05-25 10:00+09:00 60m Retro halla
        05-25 14:00+09:00 changed -> 05-25 14:00+09:00 60m Retro halla
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Retro halla
        06-01 14:00+09:00 changed -> 06-01 14:00+09:00 60m Retro halla
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Retro halla
        06-08 14:00+09:00 changed -> 06-08 14:00+09:00 60m Retro halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T045959Z;BYDAY=MO RRULE:FREQ=WEEKLY;UNTIL=20260518T045959Z;BYDAY=MO;BYHOUR=14
        standup2: 05-18 14:00 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO;BYHOUR=10;BYMINUTE=0;BYSECOND=0 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO;BYHOUR=14
    ");
}

/// 25 May is a Monday and the 25th: one date, that each of the rules counts.
#[test]
fn cut_where_two_rules_meet() {
    let given = Given { lines: &[MONDAYS, "RRULE:FREQ=MONTHLY;COUNT=3;BYMONTHDAY=25"], ..PLAIN };
    following("time", &given, "2026-05-25T10:00", &later(60), "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-25 11:00+09:00 60m Standup halla
        06-01 10:00+09:00 changed -> 06-01 11:00+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-08 11:00+09:00 60m Standup halla
        06-25 10:00+09:00 changed -> 06-25 11:00+09:00 60m Standup halla
        07-25 10:00+09:00 changed -> 07-25 11:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;BYDAY=MO RRULE:FREQ=MONTHLY;UNTIL=20260525T005959Z;BYMONTHDAY=25
        standup2: 05-25 11:00 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO RRULE:FREQ=MONTHLY;COUNT=3;BYMONTHDAY=25
    ");
}
