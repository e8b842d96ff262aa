//! A date and what follows it, in every kind of series.

use super::super::Edit::Cancel;
use super::super::{Edit, Scope};
use super::given::{AHEAD, ALL_DAY, CANCELLED, DST, Given, MOVED, PLAIN, check, later, room, title};

fn following(name: &str, given: &Given, at: &str, wish: &Edit, told: &str) {
    check(name, given, Scope::Following, at, wish, told);
}

/// The old series ends a second before the date (10:00 in Seoul is 01:00 in UTC); the new one has what is left of COUNT.
#[test]
fn a_plain_series() {
    following(
        "time",
        &PLAIN,
        "2026-05-25T10:00",
        &later(60),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-25 11:00+09:00 60m Standup halla
        06-01 10:00+09:00 changed -> 06-01 11:00+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-08 11:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;BYDAY=MO
        standup2: 05-25 11:00 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO
    ",
    );
    following(
        "room",
        &PLAIN,
        "2026-05-25T10:00",
        &room("jiri"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-25 10:00+09:00 60m Standup jiri
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Standup jiri
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Standup jiri
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;BYDAY=MO
        standup2: 05-25 10:00 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO
    ",
    );
    following(
        "title",
        &PLAIN,
        "2026-05-25T10:00",
        &title("Retro"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-25 10:00+09:00 60m Retro halla
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Retro halla
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Retro halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;BYDAY=MO
        standup2: 05-25 10:00 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO
    ",
    );
    following(
        "cancel",
        &PLAIN,
        "2026-05-25T10:00",
        &Cancel,
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 cancelled
        06-01 10:00+09:00 cancelled
        06-08 10:00+09:00 cancelled
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260525T005959Z;BYDAY=MO
    ",
    );
}

/// The edit is made at the date before the moved one. Its time stays, everything else it takes.
#[test]
fn a_moved_exception() {
    following(
        "time",
        &MOVED,
        "2026-05-18T10:00",
        &later(60),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 11:00+09:00 60m Standup halla
        05-25 10:00+09:00 exception kept -> 05-26 15:00+09:00 60m Standup halla
        06-01 10:00+09:00 changed -> 06-01 11:00+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-08 11:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
        standup2: 05-18 11:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO
    ",
    );
    following(
        "room",
        &MOVED,
        "2026-05-18T10:00",
        &room("jiri"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 10:00+09:00 60m Standup jiri
        05-25 10:00+09:00 changed -> 05-26 15:00+09:00 60m Standup jiri
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Standup jiri
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Standup jiri
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
        standup2: 05-18 10:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO
    ",
    );
    following(
        "title",
        &MOVED,
        "2026-05-18T10:00",
        &title("Retro"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 10:00+09:00 60m Retro halla
        05-25 10:00+09:00 changed -> 05-26 15:00+09:00 60m Retro halla
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Retro halla
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Retro halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
        standup2: 05-18 10:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO
    ",
    );
    following(
        "cancel",
        &MOVED,
        "2026-05-18T10:00",
        &Cancel,
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 cancelled
        05-25 10:00+09:00 cancelled
        06-01 10:00+09:00 cancelled
        06-08 10:00+09:00 cancelled
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
    ",
    );
}

/// The edit is made at the date before the cancelled one, which the new series excludes in its own time.
#[test]
fn a_cancelled_exception() {
    following(
        "time",
        &CANCELLED,
        "2026-05-18T10:00",
        &later(60),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 11:00+09:00 60m Standup halla
        05-25 10:00+09:00 stays cancelled
        06-01 10:00+09:00 changed -> 06-01 11:00+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-08 11:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
        standup2: 05-18 11:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO EXDATE;TZID=Asia/Seoul:20260525T110000
    ",
    );
    following(
        "room",
        &CANCELLED,
        "2026-05-18T10:00",
        &room("jiri"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 10:00+09:00 60m Standup jiri
        05-25 10:00+09:00 stays cancelled
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Standup jiri
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Standup jiri
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
        standup2: 05-18 10:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO EXDATE;TZID=Asia/Seoul:20260525T100000
    ",
    );
    following(
        "title",
        &CANCELLED,
        "2026-05-18T10:00",
        &title("Retro"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 10:00+09:00 60m Retro halla
        05-25 10:00+09:00 stays cancelled
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Retro halla
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Retro halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
        standup2: 05-18 10:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO EXDATE;TZID=Asia/Seoul:20260525T100000
    ",
    );
    following(
        "cancel",
        &CANCELLED,
        "2026-05-18T10:00",
        &Cancel,
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 cancelled
        05-25 10:00+09:00 stays cancelled
        06-01 10:00+09:00 cancelled
        06-08 10:00+09:00 cancelled
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
    ",
    );
}

/// Nothing is before the first date: the series itself changes, and ends when it is cancelled.
#[test]
fn the_first_date() {
    following(
        "time",
        &AHEAD,
        "2026-05-04T10:00",
        &later(60),
        "
        05-04 10:00+09:00 changed -> 05-04 11:00+09:00 60m Standup halla
        05-11 10:00+09:00 changed -> 05-11 11:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 11:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-25 11:00+09:00 60m Standup halla
        06-01 10:00+09:00 changed -> 06-01 11:00+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-08 11:00+09:00 60m Standup halla
        standup: 05-04 11:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
    following(
        "room",
        &AHEAD,
        "2026-05-04T10:00",
        &room("jiri"),
        "
        05-04 10:00+09:00 changed -> 05-04 10:00+09:00 60m Standup jiri
        05-11 10:00+09:00 changed -> 05-11 10:00+09:00 60m Standup jiri
        05-18 10:00+09:00 changed -> 05-18 10:00+09:00 60m Standup jiri
        05-25 10:00+09:00 changed -> 05-25 10:00+09:00 60m Standup jiri
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Standup jiri
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Standup jiri
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
    following(
        "title",
        &AHEAD,
        "2026-05-04T10:00",
        &title("Retro"),
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
    following(
        "cancel",
        &AHEAD,
        "2026-05-04T10:00",
        &Cancel,
        "
        05-04 10:00+09:00 cancelled
        05-11 10:00+09:00 cancelled
        05-18 10:00+09:00 cancelled
        05-25 10:00+09:00 cancelled
        06-01 10:00+09:00 cancelled
        06-08 10:00+09:00 cancelled
    ",
    );
}

/// Nothing follows the last date: it becomes an exception, where a split would make a series of one.
#[test]
fn the_last_date() {
    following(
        "time",
        &PLAIN,
        "2026-06-08T10:00",
        &later(60),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 kept -> 05-25 10:00+09:00 60m Standup halla
        06-01 10:00+09:00 kept -> 06-01 10:00+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-08 11:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
    following(
        "room",
        &PLAIN,
        "2026-06-08T10:00",
        &room("jiri"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 kept -> 05-25 10:00+09:00 60m Standup halla
        06-01 10:00+09:00 kept -> 06-01 10:00+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Standup jiri
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
    following(
        "title",
        &PLAIN,
        "2026-06-08T10:00",
        &title("Retro"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 kept -> 05-25 10:00+09:00 60m Standup halla
        06-01 10:00+09:00 kept -> 06-01 10:00+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Retro halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
    following(
        "cancel",
        &PLAIN,
        "2026-06-08T10:00",
        &Cancel,
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 kept -> 05-25 10:00+09:00 60m Standup halla
        06-01 10:00+09:00 kept -> 06-01 10:00+09:00 60m Standup halla
        06-08 10:00+09:00 cancelled
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
}

/// A day later: what was on Mondays is on Tuesdays, and ends a day later.
#[test]
fn an_all_day_series() {
    following(
        "time",
        &ALL_DAY,
        "2026-05-25",
        &later(1_440),
        "
        05-04 past -> 05-04 1d Standup halla
        05-11 past -> 05-11 1d Standup halla
        05-18 kept -> 05-18 1d Standup halla
        05-25 changed -> 05-26 1d Standup halla
        06-01 changed -> 06-02 1d Standup halla
        06-08 changed -> 06-09 1d Standup halla
        standup: 05-04 RRULE:FREQ=WEEKLY;UNTIL=20260524;BYDAY=MO
        standup2: 05-26 RRULE:FREQ=WEEKLY;UNTIL=20260609;BYDAY=TU
    ",
    );
    following(
        "room",
        &ALL_DAY,
        "2026-05-25",
        &room("jiri"),
        "
        05-04 past -> 05-04 1d Standup halla
        05-11 past -> 05-11 1d Standup halla
        05-18 kept -> 05-18 1d Standup halla
        05-25 changed -> 05-25 1d Standup jiri
        06-01 changed -> 06-01 1d Standup jiri
        06-08 changed -> 06-08 1d Standup jiri
        standup: 05-04 RRULE:FREQ=WEEKLY;UNTIL=20260524;BYDAY=MO
        standup2: 05-25 RRULE:FREQ=WEEKLY;UNTIL=20260608;BYDAY=MO
    ",
    );
    following(
        "title",
        &ALL_DAY,
        "2026-05-25",
        &title("Retro"),
        "
        05-04 past -> 05-04 1d Standup halla
        05-11 past -> 05-11 1d Standup halla
        05-18 kept -> 05-18 1d Standup halla
        05-25 changed -> 05-25 1d Retro halla
        06-01 changed -> 06-01 1d Retro halla
        06-08 changed -> 06-08 1d Retro halla
        standup: 05-04 RRULE:FREQ=WEEKLY;UNTIL=20260524;BYDAY=MO
        standup2: 05-25 RRULE:FREQ=WEEKLY;UNTIL=20260608;BYDAY=MO
    ",
    );
    following(
        "cancel",
        &ALL_DAY,
        "2026-05-25",
        &Cancel,
        "
        05-04 past -> 05-04 1d Standup halla
        05-11 past -> 05-11 1d Standup halla
        05-18 kept -> 05-18 1d Standup halla
        05-25 cancelled
        06-01 cancelled
        06-08 cancelled
        standup: 05-04 RRULE:FREQ=WEEKLY;UNTIL=20260524;BYDAY=MO
    ",
    );
}

/// From the date on which the clocks change: 02:30 on the wall, which that day skips (03:30), and then 02:30 in summer
/// time. 09:00 in summer time is 13:00 in UTC.
#[test]
fn across_a_clock_change() {
    following(
        "time",
        &DST,
        "2026-03-08T09:00",
        &later(-390),
        "
        03-01 09:00-05:00 kept -> 03-01 09:00-05:00 60m Standup halla
        03-08 09:00-04:00 changed -> 03-08 03:30-04:00 60m Standup halla
        03-15 09:00-04:00 changed -> 03-15 02:30-04:00 60m Standup halla
        03-22 09:00-04:00 changed -> 03-22 02:30-04:00 60m Standup halla
        standup: 03-01 09:00 RRULE:FREQ=WEEKLY;UNTIL=20260308T125959Z;BYDAY=SU
        standup2: 03-08 02:30 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=SU
    ",
    );
    following(
        "room",
        &DST,
        "2026-03-08T09:00",
        &room("jiri"),
        "
        03-01 09:00-05:00 kept -> 03-01 09:00-05:00 60m Standup halla
        03-08 09:00-04:00 changed -> 03-08 09:00-04:00 60m Standup jiri
        03-15 09:00-04:00 changed -> 03-15 09:00-04:00 60m Standup jiri
        03-22 09:00-04:00 changed -> 03-22 09:00-04:00 60m Standup jiri
        standup: 03-01 09:00 RRULE:FREQ=WEEKLY;UNTIL=20260308T125959Z;BYDAY=SU
        standup2: 03-08 09:00 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=SU
    ",
    );
    following(
        "title",
        &DST,
        "2026-03-08T09:00",
        &title("Retro"),
        "
        03-01 09:00-05:00 kept -> 03-01 09:00-05:00 60m Standup halla
        03-08 09:00-04:00 changed -> 03-08 09:00-04:00 60m Retro halla
        03-15 09:00-04:00 changed -> 03-15 09:00-04:00 60m Retro halla
        03-22 09:00-04:00 changed -> 03-22 09:00-04:00 60m Retro halla
        standup: 03-01 09:00 RRULE:FREQ=WEEKLY;UNTIL=20260308T125959Z;BYDAY=SU
        standup2: 03-08 09:00 RRULE:FREQ=WEEKLY;COUNT=3;BYDAY=SU
    ",
    );
    following(
        "cancel",
        &DST,
        "2026-03-08T09:00",
        &Cancel,
        "
        03-01 09:00-05:00 kept -> 03-01 09:00-05:00 60m Standup halla
        03-08 09:00-04:00 cancelled
        03-15 09:00-04:00 cancelled
        03-22 09:00-04:00 cancelled
        standup: 03-01 09:00 RRULE:FREQ=WEEKLY;UNTIL=20260308T125959Z;BYDAY=SU
    ",
    );
}
