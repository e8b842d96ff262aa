//! What may be booked: bounds on times, titles and guests. One set of rules for every door.

use chrono::{Datelike, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use model::refusal::TimeProblem;
use model::{Instant, Refusal, TimeRange, limits};

use crate::zone;

/// Understands `start` and `end`: RFC 3339 each, or `HH:MM` on `date` in `zone`. An end at or before the start on the
/// same wall (`23:30`-`00:30`) is not silently the next day: it is refused.
pub fn parse_range(zone: Tz, date: Option<&str>, start: &str, end: &str) -> Result<TimeRange, Refusal> {
    let start = parse_time(zone, date, start)?;
    let end = parse_time(zone, date, end)?;
    TimeRange::new(start, end).ok_or(Refusal::InvalidTime { problem: TimeProblem::EndsBeforeItStarts })
}

fn parse_time(zone: Tz, date: Option<&str>, text: &str) -> Result<Instant, Refusal> {
    let unreadable = || Refusal::InvalidTime { problem: TimeProblem::Unreadable };
    let text = text.trim();
    if text.len() > 40 {
        return Err(unreadable());
    }
    if let Some(at) = Instant::parse_rfc3339(text) {
        return Ok(at);
    }
    let date = parse_date(date.ok_or_else(unreadable)?)?;
    if text == "24:00" {
        return zone::day_range(zone, date).map(TimeRange::end).ok_or_else(unreadable);
    }
    let time = NaiveTime::parse_from_str(text, "%H:%M")
        .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S"))
        .map_err(|_| unreadable())?;
    let wall = date.and_time(time);
    if !zone::exists(zone, wall) {
        return Err(unreadable());
    }
    zone::resolve(zone, wall).ok_or_else(unreadable)
}

/// `YYYY-MM-DD`, of the years that calendars have.
pub fn parse_date(text: &str) -> Result<NaiveDate, Refusal> {
    let invalid = || Refusal::InvalidField { field: "date".into(), limit: "YYYY-MM-DD".into() };
    if text.len() != 10 {
        return Err(invalid());
    }
    let date: NaiveDate = text.parse().map_err(|_| invalid())?;
    if (1970..=2200).contains(&date.year()) { Ok(date) } else { Err(invalid()) }
}

/// Whether a person may book `range` now: length, not past (the running slot may still be taken), not too far ahead.
pub fn check_new_time(range: TimeRange, now: Instant) -> Result<(), Refusal> {
    let problem = if range.length_minutes() > limits::BOOKING_MINUTES {
        TimeProblem::TooLong
    } else if range.length_minutes() < limits::BOOKING_MIN_MINUTES {
        TimeProblem::TooShort
    } else if range.start() < now.plus_minutes(-limits::PAST_SLACK_MINUTES) || range.end() <= now {
        TimeProblem::InThePast
    } else if range.start() > now.plus_minutes(limits::DAYS_AHEAD * 1_440) {
        TimeProblem::TooFarAhead
    } else {
        return Ok(());
    };
    Err(Refusal::InvalidTime { problem })
}

/// Whether a booking that stands at `old` may become `new`. A meeting that runs may be lengthened or shortened: its
/// start is past and stays as it is.
pub fn check_changed_time(old: TimeRange, new: TimeRange, now: Instant) -> Result<(), Refusal> {
    if old == new {
        return Ok(());
    }
    if old.end() <= now {
        return Err(Refusal::InvalidTime { problem: TimeProblem::InThePast });
    }
    if new.start() == old.start() && old.start() < now {
        let problem = if new.end() <= now {
            TimeProblem::InThePast
        } else if new.length_minutes() > limits::BOOKING_MINUTES {
            TimeProblem::TooLong
        } else {
            return Ok(());
        };
        return Err(Refusal::InvalidTime { problem });
    }
    check_new_time(new, now)
}

/// A title as it is kept: trimmed, within bounds, without control characters.
pub fn check_title(title: &str) -> Result<String, Refusal> {
    let title = title.trim();
    let too_long = title.chars().count() > limits::TITLE_CHARS;
    if too_long || title.chars().any(char::is_control) {
        let limit = format!("{} characters, one line", limits::TITLE_CHARS);
        return Err(Refusal::InvalidField { field: "title".into(), limit });
    }
    Ok(title.to_owned())
}

/// Guests as typed: e-mail addresses separated by commas, semicolons or white space; lower case, each once.
pub fn check_guests(text: &str) -> Result<Vec<String>, Refusal> {
    let invalid = |limit: String| Refusal::InvalidField { field: "guests".into(), limit };
    let mut guests: Vec<String> = Vec::new();
    for word in text.split([',', ';']).flat_map(str::split_whitespace) {
        let address = word.to_lowercase();
        if !is_email(&address) {
            return Err(invalid("e-mail addresses, separated by commas".into()));
        }
        if guests.len() >= limits::GUESTS {
            return Err(invalid(format!("{} people", limits::GUESTS)));
        }
        if !guests.contains(&address) {
            guests.push(address);
        }
    }
    Ok(guests)
}

/// Plausible, not proven: one `@`, no spaces or brackets, a dot in the domain.
fn is_email(address: &str) -> bool {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"".contains(c);
    match address.split_once('@') {
        Some((local, domain)) => {
            address.len() <= limits::EMAIL_BYTES
                && !local.is_empty()
                && local.chars().all(plain)
                && domain.contains('.')
                && domain.split('.').all(|label| !label.is_empty())
                && domain.chars().all(|c| plain(c) && c != '@')
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: &str = "2026-11-21T05:07:00Z";

    fn at(text: &str) -> Instant {
        Instant::parse_rfc3339(text).unwrap()
    }

    fn problem(result: Result<impl std::fmt::Debug, Refusal>) -> TimeProblem {
        match result.unwrap_err() {
            Refusal::InvalidTime { problem } => problem,
            other => panic!("{other:?}"),
        }
    }

    fn seoul(start: &str, end: &str) -> Result<TimeRange, Refusal> {
        parse_range(zone::DEFAULT_ZONE, Some("2026-11-21"), start, end)
    }

    #[test]
    fn forms_speak_wall_time_and_drags_speak_instants() {
        let wall = seoul("14:30", "15:00").unwrap();
        let exact = seoul("2026-11-21T14:30:00+09:00", "2026-11-21T06:00:00Z").unwrap();
        assert_eq!(wall, exact);
        assert_eq!(seoul("23:00", "24:00").unwrap().length_minutes(), 60);
    }

    /// F-055: half past one comes twice when clocks go back.
    #[test]
    fn an_hour_that_comes_twice_is_two_hours() {
        let read = |date, from, to| parse_range(chrono_tz::America::New_York, date, from, to).unwrap();
        let first = read(None, "2026-11-01T01:30:00-04:00", "2026-11-01T01:45:00-04:00");
        let second = read(None, "2026-11-01T01:30:00-05:00", "2026-11-01T01:45:00-05:00");
        assert!(!first.overlaps(second) && first.start().plus_minutes(60) == second.start());
        assert_eq!(read(Some("2026-11-01"), "01:30", "01:45"), first, "without an offset it is the first");
    }

    /// F-054.
    #[test]
    fn impossible_times_are_named() {
        assert_eq!(problem(seoul("15:00", "14:00")), TimeProblem::EndsBeforeItStarts);
        assert_eq!(problem(seoul("15:00", "15:00")), TimeProblem::EndsBeforeItStarts);
        assert_eq!(problem(seoul("25:00", "26:00")), TimeProblem::Unreadable);
        assert_eq!(problem(seoul("", "26:00")), TimeProblem::Unreadable);
        let gap = parse_range(chrono_tz::America::New_York, Some("2026-03-08"), "02:30", "03:30");
        assert_eq!(problem(gap), TimeProblem::Unreadable);
        assert!(matches!(
            parse_range(zone::DEFAULT_ZONE, Some("2026-13-45"), "10:00", "11:00"),
            Err(Refusal::InvalidField { field, .. }) if field == "date"
        ));
        for year in ["0001-01-01", "9999-12-31", "1969-12-31"] {
            assert!(parse_date(year).is_err());
        }
    }

    #[test]
    fn new_bookings_are_bounded() {
        let now = at(NOW);
        let range = |from: i64, minutes: i64| {
            TimeRange::new(now.plus_minutes(from), now.plus_minutes(from + minutes)).unwrap()
        };
        assert_eq!(check_new_time(range(30, 30), now), Ok(()));
        assert_eq!(check_new_time(range(-7, 30), now), Ok(()), "the running slot");
        assert_eq!(check_new_time(range(0, 24 * 60), now), Ok(()));
        assert_eq!(problem(check_new_time(range(0, 24 * 60 + 1), now)), TimeProblem::TooLong);
        assert_eq!(problem(check_new_time(range(0, 4), now)), TimeProblem::TooShort);
        assert_eq!(problem(check_new_time(range(-60, 90), now)), TimeProblem::InThePast);
        assert_eq!(problem(check_new_time(range(-10, 10), now)), TimeProblem::InThePast);
        assert_eq!(problem(check_new_time(range(181 * 1_440, 30), now)), TimeProblem::TooFarAhead);
    }

    #[test]
    fn a_running_meeting_can_be_lengthened_but_not_moved_into_the_past() {
        let now = at(NOW);
        let range =
            |from: i64, to: i64| TimeRange::new(now.plus_minutes(from), now.plus_minutes(to)).unwrap();
        assert_eq!(check_changed_time(range(-30, 30), range(-30, 60), now), Ok(()));
        assert_eq!(problem(check_changed_time(range(-30, 30), range(-60, 30), now)), TimeProblem::InThePast);
        assert_eq!(problem(check_changed_time(range(-30, 30), range(-30, 0), now)), TimeProblem::InThePast);
        assert_eq!(problem(check_changed_time(range(-60, -30), range(30, 60), now)), TimeProblem::InThePast);
    }

    #[test]
    fn guests_are_addresses() {
        assert_eq!(
            check_guests("Mina@hanbit.example, joon@hanbit.example;\nmina@hanbit.example").unwrap(),
            ["mina@hanbit.example", "joon@hanbit.example"]
        );
        assert_eq!(check_guests("  ").unwrap(), Vec::<String>::new());
        for bad in ["mina", "a@b", "<a@b.c>", "a@b..c", "@b.c", "a@@b.c"] {
            assert!(check_guests(bad).is_err(), "{bad}");
        }
        let many: String = (0..10_000).map(|i| format!("p{i}@hanbit.example,")).collect();
        assert!(check_guests(&many).is_err());
    }

    #[test]
    fn titles_are_one_line() {
        assert_eq!(check_title("  주간 회의 ").unwrap(), "주간 회의");
        assert!(check_title("a\r\nATTENDEE:x").is_err());
        assert!(check_title("nul\0").is_err());
        assert!(check_title(&"가".repeat(301)).is_err());
        assert!(check_title(&"가".repeat(300)).is_ok());
    }

    proptest! {
        #[test]
        fn no_input_panics(date in ".{0,12}", start in ".{0,30}", end in ".{0,30}", guests in ".{0,80}") {
            let _ = parse_range(zone::DEFAULT_ZONE, Some(&date), &start, &end);
            let _ = check_guests(&guests);
            let _ = check_title(&guests);
        }
    }
}
