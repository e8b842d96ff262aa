//! One date, in every kind of series. The master is never touched, so that the series' line is always the same.

use super::super::Edit::Cancel;
use super::super::{Edit, Scope};
use super::given::{AHEAD, ALL_DAY, CANCELLED, DST, Given, MOVED, PLAIN, check, later, room, title};

fn this(name: &str, given: &Given, at: &str, wish: &Edit, told: &str) {
    check(name, given, Scope::This, at, wish, told);
}

#[test]
fn a_plain_series() {
    this(
        "time",
        &PLAIN,
        "2026-05-25T10:00",
        &later(60),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-25 11:00+09:00 60m Standup halla
        06-01 10:00+09:00 kept -> 06-01 10:00+09:00 60m Standup halla
        06-08 10:00+09:00 kept -> 06-08 10:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
    this(
        "room",
        &PLAIN,
        "2026-05-25T10:00",
        &room("jiri"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-25 10:00+09:00 60m Standup jiri
        06-01 10:00+09:00 kept -> 06-01 10:00+09:00 60m Standup halla
        06-08 10:00+09:00 kept -> 06-08 10:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
    this(
        "title",
        &PLAIN,
        "2026-05-25T10:00",
        &title("Retro"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-25 10:00+09:00 60m Retro halla
        06-01 10:00+09:00 kept -> 06-01 10:00+09:00 60m Standup halla
        06-08 10:00+09:00 kept -> 06-08 10:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
    this(
        "cancel",
        &PLAIN,
        "2026-05-25T10:00",
        &Cancel,
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 cancelled
        06-01 10:00+09:00 kept -> 06-01 10:00+09:00 60m Standup halla
        06-08 10:00+09:00 kept -> 06-08 10:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
}

/// The moved date itself is edited: it keeps its identity and, but for the time, the place it was moved to.
#[test]
fn a_moved_exception() {
    this(
        "time",
        &MOVED,
        "2026-05-25T10:00",
        &later(60),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-26 16:00+09:00 60m Standup halla
        06-01 10:00+09:00 kept -> 06-01 10:00+09:00 60m Standup halla
        06-08 10:00+09:00 kept -> 06-08 10:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
    this(
        "room",
        &MOVED,
        "2026-05-25T10:00",
        &room("jiri"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-26 15:00+09:00 60m Standup jiri
        06-01 10:00+09:00 kept -> 06-01 10:00+09:00 60m Standup halla
        06-08 10:00+09:00 kept -> 06-08 10:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
    this(
        "title",
        &MOVED,
        "2026-05-25T10:00",
        &title("Retro"),
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 changed -> 05-26 15:00+09:00 60m Retro halla
        06-01 10:00+09:00 kept -> 06-01 10:00+09:00 60m Standup halla
        06-08 10:00+09:00 kept -> 06-08 10:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
    this(
        "cancel",
        &MOVED,
        "2026-05-25T10:00",
        &Cancel,
        "
        05-04 10:00+09:00 past -> 05-04 10:00+09:00 60m Standup halla
        05-11 10:00+09:00 past -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 cancelled
        06-01 10:00+09:00 kept -> 06-01 10:00+09:00 60m Standup halla
        06-08 10:00+09:00 kept -> 06-08 10:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
}

/// The cancelled date itself: it does not come back by an edit, and cannot be cancelled twice.
#[test]
fn a_cancelled_exception() {
    let refused = "refused: the date 2026-05-25T10:00:00+09:00 is cancelled";
    this("time", &CANCELLED, "2026-05-25T10:00", &later(60), refused);
    this("room", &CANCELLED, "2026-05-25T10:00", &room("jiri"), refused);
    this("title", &CANCELLED, "2026-05-25T10:00", &title("Retro"), refused);
    this("cancel", &CANCELLED, "2026-05-25T10:00", &Cancel, refused);
}

/// The first date becomes an exception like any other; the series still begins where its rule begins.
#[test]
fn the_first_date() {
    this(
        "time",
        &AHEAD,
        "2026-05-04T10:00",
        &later(60),
        "
        05-04 10:00+09:00 changed -> 05-04 11:00+09:00 60m Standup halla
        05-11 10:00+09:00 kept -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 kept -> 05-25 10:00+09:00 60m Standup halla
        06-01 10:00+09:00 kept -> 06-01 10:00+09:00 60m Standup halla
        06-08 10:00+09:00 kept -> 06-08 10:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
    this(
        "room",
        &AHEAD,
        "2026-05-04T10:00",
        &room("jiri"),
        "
        05-04 10:00+09:00 changed -> 05-04 10:00+09:00 60m Standup jiri
        05-11 10:00+09:00 kept -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 kept -> 05-25 10:00+09:00 60m Standup halla
        06-01 10:00+09:00 kept -> 06-01 10:00+09:00 60m Standup halla
        06-08 10:00+09:00 kept -> 06-08 10:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
    this(
        "title",
        &AHEAD,
        "2026-05-04T10:00",
        &title("Retro"),
        "
        05-04 10:00+09:00 changed -> 05-04 10:00+09:00 60m Retro halla
        05-11 10:00+09:00 kept -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 kept -> 05-25 10:00+09:00 60m Standup halla
        06-01 10:00+09:00 kept -> 06-01 10:00+09:00 60m Standup halla
        06-08 10:00+09:00 kept -> 06-08 10:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
    this(
        "cancel",
        &AHEAD,
        "2026-05-04T10:00",
        &Cancel,
        "
        05-04 10:00+09:00 cancelled
        05-11 10:00+09:00 kept -> 05-11 10:00+09:00 60m Standup halla
        05-18 10:00+09:00 kept -> 05-18 10:00+09:00 60m Standup halla
        05-25 10:00+09:00 kept -> 05-25 10:00+09:00 60m Standup halla
        06-01 10:00+09:00 kept -> 06-01 10:00+09:00 60m Standup halla
        06-08 10:00+09:00 kept -> 06-08 10:00+09:00 60m Standup halla
        standup: 05-04 10:00 RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO
    ",
    );
}

#[test]
fn the_last_date() {
    this(
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
    this(
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
    this(
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
    this(
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

/// A day later.
#[test]
fn an_all_day_series() {
    this(
        "time",
        &ALL_DAY,
        "2026-05-25",
        &later(1_440),
        "
        05-04 past -> 05-04 1d Standup halla
        05-11 past -> 05-11 1d Standup halla
        05-18 kept -> 05-18 1d Standup halla
        05-25 changed -> 05-26 1d Standup halla
        06-01 kept -> 06-01 1d Standup halla
        06-08 kept -> 06-08 1d Standup halla
        standup: 05-04 RRULE:FREQ=WEEKLY;UNTIL=20260608;BYDAY=MO
    ",
    );
    this(
        "room",
        &ALL_DAY,
        "2026-05-25",
        &room("jiri"),
        "
        05-04 past -> 05-04 1d Standup halla
        05-11 past -> 05-11 1d Standup halla
        05-18 kept -> 05-18 1d Standup halla
        05-25 changed -> 05-25 1d Standup jiri
        06-01 kept -> 06-01 1d Standup halla
        06-08 kept -> 06-08 1d Standup halla
        standup: 05-04 RRULE:FREQ=WEEKLY;UNTIL=20260608;BYDAY=MO
    ",
    );
    this(
        "title",
        &ALL_DAY,
        "2026-05-25",
        &title("Retro"),
        "
        05-04 past -> 05-04 1d Standup halla
        05-11 past -> 05-11 1d Standup halla
        05-18 kept -> 05-18 1d Standup halla
        05-25 changed -> 05-25 1d Retro halla
        06-01 kept -> 06-01 1d Standup halla
        06-08 kept -> 06-08 1d Standup halla
        standup: 05-04 RRULE:FREQ=WEEKLY;UNTIL=20260608;BYDAY=MO
    ",
    );
    this(
        "cancel",
        &ALL_DAY,
        "2026-05-25",
        &Cancel,
        "
        05-04 past -> 05-04 1d Standup halla
        05-11 past -> 05-11 1d Standup halla
        05-18 kept -> 05-18 1d Standup halla
        05-25 cancelled
        06-01 kept -> 06-01 1d Standup halla
        06-08 kept -> 06-08 1d Standup halla
        standup: 05-04 RRULE:FREQ=WEEKLY;UNTIL=20260608;BYDAY=MO
    ",
    );
}

/// The date on which the clocks change. Six and a half hours earlier is 02:30, which that day skips: it is 03:30.
#[test]
fn across_a_clock_change() {
    this(
        "time",
        &DST,
        "2026-03-08T09:00",
        &later(-390),
        "
        03-01 09:00-05:00 kept -> 03-01 09:00-05:00 60m Standup halla
        03-08 09:00-04:00 changed -> 03-08 03:30-04:00 60m Standup halla
        03-15 09:00-04:00 kept -> 03-15 09:00-04:00 60m Standup halla
        03-22 09:00-04:00 kept -> 03-22 09:00-04:00 60m Standup halla
        standup: 03-01 09:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=SU
    ",
    );
    this(
        "room",
        &DST,
        "2026-03-08T09:00",
        &room("jiri"),
        "
        03-01 09:00-05:00 kept -> 03-01 09:00-05:00 60m Standup halla
        03-08 09:00-04:00 changed -> 03-08 09:00-04:00 60m Standup jiri
        03-15 09:00-04:00 kept -> 03-15 09:00-04:00 60m Standup halla
        03-22 09:00-04:00 kept -> 03-22 09:00-04:00 60m Standup halla
        standup: 03-01 09:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=SU
    ",
    );
    this(
        "title",
        &DST,
        "2026-03-08T09:00",
        &title("Retro"),
        "
        03-01 09:00-05:00 kept -> 03-01 09:00-05:00 60m Standup halla
        03-08 09:00-04:00 changed -> 03-08 09:00-04:00 60m Retro halla
        03-15 09:00-04:00 kept -> 03-15 09:00-04:00 60m Standup halla
        03-22 09:00-04:00 kept -> 03-22 09:00-04:00 60m Standup halla
        standup: 03-01 09:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=SU
    ",
    );
    this(
        "cancel",
        &DST,
        "2026-03-08T09:00",
        &Cancel,
        "
        03-01 09:00-05:00 kept -> 03-01 09:00-05:00 60m Standup halla
        03-08 09:00-04:00 cancelled
        03-15 09:00-04:00 kept -> 03-15 09:00-04:00 60m Standup halla
        03-22 09:00-04:00 kept -> 03-22 09:00-04:00 60m Standup halla
        standup: 03-01 09:00 RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=SU
    ",
    );
}
