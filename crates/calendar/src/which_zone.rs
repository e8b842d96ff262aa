//! Which zone decides what, and why: the one place where the zones of event, calendar, room, person and company meet.
//!
//! The table in `docs/ARCHITECTURE.md` ("Which zone decides what") is this one; a test holds them equal.

use std::fmt;

use model::TimeRange;

use crate::zone::{self, Tz};

/// What a zone is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// When the dates of a series happen.
    Series,
    /// Which instants of a room an all-day event takes.
    AllDay,
    /// What instant a time is that came with neither offset nor zone.
    WithoutZone,
    /// The day and the hours of grid and forms, and what "today" is.
    Grid,
    /// The clock of a lobby board or a door panel.
    Board,
    /// What one person looks at for themselves. The room's clock stands beside it where it differs ([`shown`]).
    Personal,
    /// The clock that a message speaks in.
    Message,
    /// Which instants a holiday or a working day is.
    WorkingDay,
}

/// Whose zone it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    Event,
    /// The Google calendar on which the event was read.
    Calendar,
    /// The room's calendar (decisions 19: the Directory knows no zone of a room).
    Room,
    /// Of whoever looks (their browser's) or is written to (their setting).
    Person,
    Company,
    /// UTC: the event names a zone that nobody knows. Its series is opaque and drawn from Google's instances.
    Nobody,
}

/// The zones that meet, as IANA names; `None` where there is none.
#[derive(Clone, Copy, Debug)]
pub struct Zones<'a> {
    pub event: Option<&'a str>,
    pub calendar: Option<&'a str>,
    pub room: Option<&'a str>,
    pub person: Option<&'a str>,
    pub company: Tz,
}

/// The zone that decides, and why it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Governing {
    pub zone: Tz,
    pub why: Why,
}

/// Why a zone decides: what was asked, whose it is, and who came before but had none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    pub question: Question,
    pub whose: Whose,
    pub passed_over: Vec<(Whose, Lack)>,
}

/// Why somebody's zone could not decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// There is none.
    Missing,
    /// A name that the zone database does not have.
    Unknown,
}

impl Question {
    pub const ALL: [Self; 8] = [
        Self::Series,
        Self::AllDay,
        Self::WithoutZone,
        Self::Grid,
        Self::Board,
        Self::Personal,
        Self::Message,
        Self::WorkingDay,
    ];

    /// Whose zone is asked first, whose next. The company always has one.
    pub const fn order(self) -> &'static [Whose] {
        use Whose::{Calendar, Company, Event, Person, Room};
        match self {
            Self::Series => &[Event, Calendar, Company],
            Self::AllDay => &[Room, Calendar, Company],
            Self::WithoutZone => &[Calendar, Room, Company],
            Self::Grid | Self::WorkingDay => &[Company],
            Self::Board => &[Room, Company],
            Self::Personal | Self::Message => &[Person, Company],
        }
    }

    /// What is asked, as the table says it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Series => "when a series happens",
            Self::AllDay => "which instants an all-day event takes in a room",
            Self::WithoutZone => "what instant a time is that came with neither offset nor zone",
            Self::Grid => "the day and the hours of grid, search and form; \"today\"",
            Self::Board => "the clock of a lobby board or a door panel",
            Self::Personal => {
                "what a person looks at for themselves, with the room's beside it where it differs"
            }
            Self::Message => "the clock of a message",
            Self::WorkingDay => "which instants a holiday or a working day is",
        }
    }

    /// Why it is so, as the table says it.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Series => "a series belongs to the wall that it was made for",
            Self::AllDay => "a day in a room is the day outside its window; Google's rule, too",
            Self::WithoutZone => "Google's rule",
            Self::Grid => "everybody looks at one timeline",
            Self::Board => "it hangs beside the room's own clock",
            Self::Personal => "they live by their own clock and walk into a room with another",
            Self::Message => "it is read by one person",
            Self::WorkingDay => "the company has one calendar of days off",
        }
    }
}

impl<'a> Zones<'a> {
    /// Only the company's is known.
    pub const fn of(company: Tz) -> Self {
        Self { event: None, calendar: None, room: None, person: None, company }
    }

    const fn name(&self, whose: Whose) -> Option<&'a str> {
        match whose {
            Whose::Event => self.event,
            Whose::Calendar => self.calendar,
            Whose::Room => self.room,
            Whose::Person => self.person,
            Whose::Company | Whose::Nobody => None,
        }
    }
}

/// The zone that decides `question`.
///
/// A name that is no zone is passed over like a missing one, except the event's own: guessing another zone would put its
/// dates where nobody wanted them, so it is [`Whose::Nobody`]'s.
pub fn governing(question: Question, zones: &Zones<'_>) -> Governing {
    let mut passed_over = Vec::new();
    for whose in question.order().iter().copied().filter(|whose| *whose != Whose::Company) {
        match zones.name(whose).map(zone::parse) {
            Some(Some(zone)) => return Governing { zone, why: Why { question, whose, passed_over } },
            Some(None) => passed_over.push((whose, Lack::Unknown)),
            None => passed_over.push((whose, Lack::Missing)),
        }
        if passed_over.last() == Some(&(Whose::Event, Lack::Unknown)) {
            return Governing { zone: Tz::UTC, why: Why { question, whose: Whose::Nobody, passed_over } };
        }
    }
    Governing { zone: zones.company, why: Why { question, whose: Whose::Company, passed_over } }
}

/// In which clock a person sees `range`, and the room's beside it if its wall shows other times at either end: by what
/// clocks show, not by name, so that Seoul stands alone in Tokyo.
pub fn shown(zones: &Zones<'_>, range: TimeRange) -> (Governing, Option<Tz>) {
    let own = governing(Question::Personal, zones);
    let room = governing(Question::Board, zones).zone;
    let differs = [range.start(), range.end()]
        .into_iter()
        .any(|at| zone::offset_at(own.zone, at) != zone::offset_at(room, at));
    (own, differs.then_some(room))
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Event => "the event's",
            Self::Calendar => "the Google calendar's",
            Self::Room => "the room's",
            Self::Person => "the person's",
            Self::Company => "the company's",
            Self::Nobody => "UTC",
        })
    }
}

/// `the company's (the person's is missing): it is read by one person`.
impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.whose)?;
        for (index, (whose, lack)) in self.passed_over.iter().enumerate() {
            let lack = match lack {
                Lack::Missing => "missing",
                Lack::Unknown => "no known zone",
            };
            write!(f, "{}{whose} is {lack}", if index == 0 { " (" } else { ", " })?;
        }
        let close = if self.passed_over.is_empty() { "" } else { ")" };
        write!(f, "{close}: {}", self.question.reason())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Instant;

    const COMPANY: Tz = chrono_tz::Asia::Seoul;

    /// Every question, and whose zone decides it in each of the columns' cases. A letter is whose: e(vent), g(oogle
    /// calendar), r(oom), p(erson), c(ompany), u (UTC, nobody's).
    ///
    /// The cases count what is missing in binary, `event calendar room person` with the event as the highest bit: column 0
    /// has all four, column 15 none.
    #[rustfmt::skip]
    const CELLS: [(Question, &str); 8] = [
        (Question::Series,      "eeeeeeeeggggcccc"),
        (Question::AllDay,      "rrggrrccrrggrrcc"),
        (Question::WithoutZone, "ggggrrccggggrrcc"),
        (Question::Grid,        "cccccccccccccccc"),
        (Question::Board,       "rrccrrccrrccrrcc"),
        (Question::Personal,    "pcpcpcpcpcpcpcpc"),
        (Question::Message,     "pcpcpcpcpcpcpcpc"),
        (Question::WorkingDay,  "cccccccccccccccc"),
    ];

    /// The same where the names are there, but no zone has them: `Mars/Olympus`.
    #[rustfmt::skip]
    const UNKNOWN: [(Question, &str); 8] = [
        (Question::Series,      "eeeeeeeeuuuuuuuu"),
        (Question::AllDay,      "rrggrrccrrggrrcc"),
        (Question::WithoutZone, "ggggrrccggggrrcc"),
        (Question::Grid,        "cccccccccccccccc"),
        (Question::Board,       "rrccrrccrrccrrcc"),
        (Question::Personal,    "pcpcpcpcpcpcpcpc"),
        (Question::Message,     "pcpcpcpcpcpcpcpc"),
        (Question::WorkingDay,  "cccccccccccccccc"),
    ];

    fn zones<'a>(lacking: usize, lack: Option<&'a str>) -> Zones<'a> {
        let name = |bit: usize, name: &'a str| if lacking & bit == 0 { Some(name) } else { lack };
        Zones {
            event: name(8, "Europe/Berlin"),
            calendar: name(4, "America/New_York"),
            room: name(2, "Asia/Tokyo"),
            person: name(1, "Australia/Lord_Howe"),
            company: COMPANY,
        }
    }

    fn check(cells: [(Question, &str); 8], lack: Option<&str>, lacking_is: Lack) {
        for (question, expected) in cells {
            assert_eq!(expected.len(), 16, "{question:?}");
            for (lacking, letter) in expected.chars().enumerate() {
                let decided = governing(question, &zones(lacking, lack));
                let (name, whose) = match letter {
                    'e' => ("Europe/Berlin", Whose::Event),
                    'g' => ("America/New_York", Whose::Calendar),
                    'r' => ("Asia/Tokyo", Whose::Room),
                    'p' => ("Australia/Lord_Howe", Whose::Person),
                    'u' => ("UTC", Whose::Nobody),
                    _ => ("Asia/Seoul", Whose::Company),
                };
                assert_eq!(
                    (decided.zone.name(), decided.why.whose),
                    (name, whose),
                    "{question:?} {lacking:04b}"
                );
                assert!(decided.why.passed_over.iter().all(|(_, lack)| *lack == lacking_is));
            }
        }
    }

    /// F-062.
    #[test]
    fn every_question_in_every_case() {
        assert_eq!(CELLS.map(|(question, _)| question), Question::ALL);
        check(CELLS, None, Lack::Missing);
        check(UNKNOWN, Some("Mars/Olympus"), Lack::Unknown);
    }

    #[test]
    fn it_can_say_why() {
        let why = |question, zones: &Zones<'_>| governing(question, zones).why.to_string();
        let bare = Zones::of(COMPANY);
        assert_eq!(
            why(Question::Message, &bare),
            "the company's (the person's is missing): it is read by one person"
        );
        assert_eq!(why(Question::Grid, &bare), "the company's: everybody looks at one timeline");
        let mars = Zones { event: Some("Mars/Olympus"), ..bare };
        assert_eq!(
            why(Question::Series, &mars),
            "UTC (the event's is no known zone): a series belongs to the wall that it was made for"
        );
        let odd = Zones { room: Some("Mars/Olympus"), ..bare };
        assert_eq!(
            governing(Question::AllDay, &odd).why.passed_over,
            [(Whose::Room, Lack::Unknown), (Whose::Calendar, Lack::Missing)]
        );
    }

    #[test]
    fn the_rooms_clock_stands_beside_the_persons_where_they_differ() {
        let beside = |person, room, at: &str| {
            let at = Instant::parse_rfc3339(at).unwrap();
            let range = TimeRange::new(at, at.plus_minutes(60)).unwrap();
            let zones = Zones { person: Some(person), room: Some(room), ..Zones::of(COMPANY) };
            shown(&zones, range).1.map(Tz::name)
        };
        assert_eq!(beside("Asia/Seoul", "Asia/Seoul", "2026-11-21T05:00:00Z"), None);
        assert_eq!(
            beside("Asia/Seoul", "Asia/Tokyo", "2026-11-21T05:00:00Z"),
            None,
            "the same on every clock"
        );
        assert_eq!(beside("America/New_York", "Asia/Seoul", "2026-11-21T05:00:00Z"), Some("Asia/Seoul"));
        // London and Lisbon show the same; London and Reykjavik only in winter, also where summer begins meanwhile.
        assert_eq!(beside("Europe/London", "Europe/Lisbon", "2026-07-01T12:00:00Z"), None);
        assert_eq!(
            beside("Europe/London", "Atlantic/Reykjavik", "2026-03-29T00:00:00Z"),
            Some("Atlantic/Reykjavik")
        );
        assert_eq!(beside("Europe/London", "Atlantic/Reykjavik", "2026-03-28T00:00:00Z"), None);
    }

    #[test]
    fn the_document_shows_the_same_table() {
        let document = include_str!("../../../docs/ARCHITECTURE.md");
        let section = document.split("## Which zone decides what").nth(1).unwrap();
        let section = section.split("\n## ").next().unwrap();
        let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| ")).skip(2).collect();
        let expected: Vec<String> = Question::ALL
            .iter()
            .map(|question| {
                let order: Vec<String> = question.order().iter().map(ToString::to_string).collect();
                format!("| {} | {} | {} |", question.words(), order.join(", else "), question.reason())
            })
            .collect();
        assert_eq!(rows, expected);
    }
}
