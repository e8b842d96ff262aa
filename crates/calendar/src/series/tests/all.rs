//! Every date that has not begun, in every kind of series. One that runs is split at now.

use super::super::Edit::Cancel;
use super::super::{Edit, Scope};
use super::given::{AHEAD, ALL_DAY, CANCELLED, DST, Given, MOVED, PLAIN, check, later, room, title};

fn all(name: &str, given: &Given, at: &str, wish: &Edit, told: &str) {
    check(name, given, Scope::All, at, wish, told);
}

/// Made at the fourth date, it reaches the third, which has not begun either, and not the two that are past.
#[test]
fn a_plain_series() {
    all(
        "time",
        &PLAIN,
        "2026-05-25T10:00",
        &later(60),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 11:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-25 11:00+09:00 60m Standup halla
        06-01 10:00+09:00 changed -> 06-01 11:00+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-08 11:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
        standup2: 05-18 11:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO
    ",
    );
    all(
        "room",
        &PLAIN,
        "2026-05-25T10:00",
        &room("jiri"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 10:00+09:00 60m Standup jiri
        05-25 10:00+09:00 changed -> 05-25 10:00+09:00 60m Standup jiri
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Standup jiri
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Standup jiri
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
        standup2: 05-18 10:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO
    ",
    );
    all(
        "title",
        &PLAIN,
        "2026-05-25T10:00",
        &title("Retro"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 10:00+09:00 60m Retro halla
        05-25 10:00+09:00 changed -> 05-25 10:00+09:00 60m Retro halla
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Retro halla
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Retro halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
        standup2: 05-18 10:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO
    ",
    );
    all(
        "cancel",
        &PLAIN,
        "2026-05-25T10:00",
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

/// Made at the date after the moved one.
/// F-066.
#[test]
fn a_moved_exception() {
    all(
        "time",
        &MOVED,
        "2026-06-01T10:00",
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
    all(
        "room",
        &MOVED,
        "2026-06-01T10:00",
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
    all(
        "title",
        &MOVED,
        "2026-06-01T10:00",
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
    all(
        "cancel",
        &MOVED,
        "2026-06-01T10:00",
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

/// Made at the date after the cancelled one.
#[test]
fn a_cancelled_exception() {
    all(
        "time",
        &CANCELLED,
        "2026-06-01T10:00",
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
    all(
        "room",
        &CANCELLED,
        "2026-06-01T10:00",
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
    all(
        "title",
        &CANCELLED,
        "2026-06-01T10:00",
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
    all(
        "cancel",
        &CANCELLED,
        "2026-06-01T10:00",
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

/// Nothing is past: the series itself changes, and ends when it is cancelled.
#[test]
fn the_first_date() {
    all(
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
    all(
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
    all(
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
    all(
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

/// All means all, also from the last date.
#[test]
fn the_last_date() {
    all(
        "time",
        &PLAIN,
        "2026-06-08T10:00",
        &later(60),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 11:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-25 11:00+09:00 60m Standup halla
        06-01 10:00+09:00 changed -> 06-01 11:00+09:00 60m Standup halla
        06-08 10:00+09:00 changed -> 06-08 11:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
        standup2: 05-18 11:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO
    ",
    );
    all(
        "room",
        &PLAIN,
        "2026-06-08T10:00",
        &room("jiri"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 10:00+09:00 60m Standup jiri
        05-25 10:00+09:00 changed -> 05-25 10:00+09:00 60m Standup jiri
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Standup jiri
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Standup jiri
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
        standup2: 05-18 10:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO
    ",
    );
    all(
        "title",
        &PLAIN,
        "2026-06-08T10:00",
        &title("Retro"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 changed -> 05-18 10:00+09:00 60m Retro halla
        05-25 10:00+09:00 changed -> 05-25 10:00+09:00 60m Retro halla
        06-01 10:00+09:00 changed -> 06-01 10:00+09:00 60m Retro halla
        06-08 10:00+09:00 changed -> 06-08 10:00+09:00 60m Retro halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;UNTIL=20260518T005959Z;BYDAY=MO
        standup2: 05-18 10:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=MO
    ",
    );
    all(
        "cancel",
        &PLAIN,
        "2026-06-08T10:00",
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

/// A day later.
#[test]
fn an_all_day_series() {
    all(
        "time",
        &ALL_DAY,
        "2026-05-25",
        &later(1_440),
        "
        05-04 past -> 05-04 1d Standup halla
        05-11 past -> 05-11 1d Standup halla
        05-18 changed -> 05-19 1d Standup halla
        05-25 changed -> 05-26 1d Standup halla
        06-01 changed -> 06-02 1d Standup halla
        06-08 changed -> 06-09 1d Standup halla
        standup: 05-04 RRULE:FREQ=WEEKLY;UNTIL=20260517;BYDAY=MO
        standup2: 05-19 RRULE:FREQ=WEEKLY;UNTIL=20260609;BYDAY=TU
    ",
    );
    all(
        "room",
        &ALL_DAY,
        "2026-05-25",
        &room("jiri"),
        "
        05-04 past -> 05-04 1d Standup halla
        05-11 past -> 05-11 1d Standup halla
        05-18 changed -> 05-18 1d Standup jiri
        05-25 changed -> 05-25 1d Standup jiri
        06-01 changed -> 06-01 1d Standup jiri
        06-08 changed -> 06-08 1d Standup jiri
        standup: 05-04 RRULE:FREQ=WEEKLY;UNTIL=20260517;BYDAY=MO
        standup2: 05-18 RRULE:FREQ=WEEKLY;UNTIL=20260608;BYDAY=MO
    ",
    );
    all(
        "title",
        &ALL_DAY,
        "2026-05-25",
        &title("Retro"),
        "
        05-04 past -> 05-04 1d Standup halla
        05-11 past -> 05-11 1d Standup halla
        05-18 changed -> 05-18 1d Retro halla
        05-25 changed -> 05-25 1d Retro halla
        06-01 changed -> 06-01 1d Retro halla
        06-08 changed -> 06-08 1d Retro halla
        standup: 05-04 RRULE:FREQ=WEEKLY;UNTIL=20260517;BYDAY=MO
        standup2: 05-18 RRULE:FREQ=WEEKLY;UNTIL=20260608;BYDAY=MO
    ",
    );
    all(
        "cancel",
        &ALL_DAY,
        "2026-05-25",
        &Cancel,
        "
        05-04 past -> 05-04 1d Standup halla
        05-11 past -> 05-11 1d Standup halla
        05-18 cancelled
        05-25 cancelled
        06-01 cancelled
        06-08 cancelled
        standup: 05-04 RRULE:FREQ=WEEKLY;UNTIL=20260517;BYDAY=MO
    ",
    );
}

/// Nothing is past: in place. 02:30 on the wall in winter time, skipped on the second date (03:30), in summer time then.
/// F-057.
#[test]
fn across_a_clock_change() {
    all(
        "time",
        &DST,
        "2026-03-15T09:00",
        &later(-390),
        "
        03-01 09:00-05:00 changed -> 03-01 02:30-05:00 60m Standup halla
        03-08 09:00-04:00 changed -> 03-08 03:30-04:00 60m Standup halla
        03-15 09:00-04:00 changed -> 03-15 02:30-04:00 60m Standup halla
        03-22 09:00-04:00 changed -> 03-22 02:30-04:00 60m Standup halla
        standup: 03-01 02:30 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=SU
    ",
    );
    all(
        "room",
        &DST,
        "2026-03-15T09:00",
        &room("jiri"),
        "
        03-01 09:00-05:00 changed -> 03-01 09:00-05:00 60m Standup jiri
        03-08 09:00-04:00 changed -> 03-08 09:00-04:00 60m Standup jiri
        03-15 09:00-04:00 changed -> 03-15 09:00-04:00 60m Standup jiri
        03-22 09:00-04:00 changed -> 03-22 09:00-04:00 60m Standup jiri
        standup: 03-01 09:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=SU
    ",
    );
    all(
        "title",
        &DST,
        "2026-03-15T09:00",
        &title("Retro"),
        "
        03-01 09:00-05:00 changed -> 03-01 09:00-05:00 60m Retro halla
        03-08 09:00-04:00 changed -> 03-08 09:00-04:00 60m Retro halla
        03-15 09:00-04:00 changed -> 03-15 09:00-04:00 60m Retro halla
        03-22 09:00-04:00 changed -> 03-22 09:00-04:00 60m Retro halla
        standup: 03-01 09:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=SU
    ",
    );
    all(
        "cancel",
        &DST,
        "2026-03-15T09:00",
        &Cancel,
        "
        03-01 09:00-05:00 cancelled
        03-08 09:00-04:00 cancelled
        03-15 09:00-04:00 cancelled
        03-22 09:00-04:00 cancelled
    ",
    );
}
