//! Series in short, edits by name, and plans as text.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use chrono_tz::Tz;
use model::Instant;

use super::super::{
    Change, Date, Details, Edit, Fate, Instance, Master, Move, Override, Own, Part, Plan, Request, Retime,
    Scope, Why, edit,
};
use crate::recurrence::{Length, Recurrence, Slot, Start};
use crate::zone;

/// A series: "Standup" in the room `halla`, an hour or a day long.
pub(super) struct Given {
    /// `2026-05-04` or `2026-05-04T10:00`.
    pub(super) start: &'static str,
    pub(super) zone: &'static str,
    pub(super) lines: &'static [&'static str],
    pub(super) exceptions: &'static [(&'static str, Exception)],
    /// On the wall of `zone`.
    pub(super) now: &'static str,
}

pub(super) enum Exception {
    Cancelled,
    Moved(&'static str),
    Retitled(&'static str),
}

/// Mondays from 4 May to 8 June, two of them past.
pub(super) const PLAIN: Given = Given {
    start: "2026-05-04T10:00",
    zone: "Asia/Seoul",
    lines: &["RRULE:FREQ=WEEKLY;COUNT=6;BYDAY=MO"],
    exceptions: &[],
    now: "2026-05-12T12:00",
};
/// The fourth one is a day and five hours later.
pub(super) const MOVED: Given =
    Given { exceptions: &[("2026-05-25T10:00", Exception::Moved("2026-05-26T15:00"))], ..PLAIN };
/// The fourth one does not take place.
pub(super) const CANCELLED: Given =
    Given { exceptions: &[("2026-05-25T10:00", Exception::Cancelled)], ..PLAIN };
/// None is past.
pub(super) const AHEAD: Given = Given { now: "2026-05-01T00:00", ..PLAIN };
/// The same Mondays, without a time.
pub(super) const ALL_DAY: Given =
    Given { start: "2026-05-04", lines: &["RRULE:FREQ=WEEKLY;UNTIL=20260608;BYDAY=MO"], ..PLAIN };
/// Four Sundays in New York; on the second the clocks go from 02:00 to 03:00.
pub(super) const DST: Given = Given {
    start: "2026-03-01T09:00",
    zone: "America/New_York",
    lines: &["RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=SU"],
    exceptions: &[],
    now: "2026-02-27T00:00",
};

pub(super) fn later(minutes: i64) -> Edit {
    let start = Some(Move::By(TimeDelta::minutes(minutes)));
    change(Change { time: Some(Retime { start, length: None }), ..Change::default() })
}

pub(super) fn to(start: Start) -> Edit {
    change(Change { time: Some(Retime { start: Some(Move::To(start)), length: None }), ..Change::default() })
}

pub(super) fn room(room: &str) -> Edit {
    change(Change { rooms: Some(BTreeSet::from([room.to_owned()])), ..Change::default() })
}

pub(super) fn title(title: &str) -> Edit {
    change(Change { title: Some(title.to_owned()), ..Change::default() })
}

pub(super) fn change(change: Change) -> Edit {
    Edit::Change(Box::new(change))
}

impl Given {
    pub(super) fn part(&self) -> Part {
        let zone = self.tz();
        let start = self.at(self.start);
        let length = if start.is_date() { Length::Days(1) } else { Length::Elapsed(3_600_000_000) };
        let lines: Vec<String> = self.lines.iter().map(|line| (*line).to_owned()).collect();
        let master = Master {
            id: "standup".into(),
            calendar_zone: zone,
            recurrence: Recurrence::read_strict(start, &lines).unwrap(),
            length,
            details: Details {
                title: "Standup".into(),
                people: BTreeSet::from(["kim@hanbit.example".into()]),
                rooms: BTreeSet::from(["halla".into()]),
            },
        };
        let overrides = self.exceptions.iter().map(|(slot, exception)| {
            let own = match exception {
                Exception::Cancelled => return (self.slot(slot), Override::Cancelled),
                Exception::Moved(to) => Own { start: Some(self.slot(to)), ..Own::default() },
                Exception::Retitled(title) => Own { title: Some((*title).into()), ..Own::default() },
            };
            (self.slot(slot), Override::Changed(own))
        });
        Part { overrides: overrides.collect(), master }
    }

    fn tz(&self) -> Tz {
        zone::parse(self.zone).unwrap()
    }

    /// A date or wall time of the series.
    pub(super) fn at(&self, text: &str) -> Start {
        match text.parse::<NaiveDate>() {
            Ok(date) => Start::Date(date),
            Err(_) => Start::Zoned { wall: wall(text), zone: self.tz() },
        }
    }

    pub(super) fn slot(&self, text: &str) -> Slot {
        self.at(text).slot()
    }

    pub(super) fn now(&self) -> Instant {
        zone::resolve(self.tz(), wall(self.now)).unwrap()
    }

    pub(super) fn plan(&self, scope: Scope, at: &str, wish: &Edit) -> Result<Plan, super::super::Refused> {
        let Part { master, overrides } = self.part();
        let at = self.slot(at);
        edit(&master, &overrides, &Request { edit: wish, scope, at, now: self.now(), new_id: "standup2" })
    }
}

fn wall(text: &str) -> NaiveDateTime {
    format!("{text}:00").parse().unwrap()
}

/// One cell of a table: what the edit at `at` makes of the series. `told` has a line for every date (what it was, what
/// happens, what it is), and then one for every series that there is afterwards: its id, its start and its lines.
pub(super) fn check(name: &str, given: &Given, scope: Scope, at: &str, wish: &Edit, told: &str) {
    let plan = match given.plan(scope, at, wish) {
        Ok(plan) => text(&plan),
        Err(refused) => format!("refused: {refused}\n"),
    };
    let expected: String =
        told.lines().map(str::trim).filter(|line| !line.is_empty()).fold(String::new(), |mut text, line| {
            text.push_str(line);
            text.push('\n');
            text
        });
    assert_eq!(plan, expected, "{name}\nexpected\n{expected}\nbut it is\n{plan}");
}

/// All days are in 2026.
pub(super) fn text(plan: &Plan) -> String {
    let mut text = String::new();
    for Date { slot, fate, after, .. } in &plan.dates {
        let fate = match fate {
            Fate::Past => "past",
            Fate::Kept => "kept",
            Fate::Changed => "changed",
            Fate::ExceptionKept => "exception kept",
            Fate::Added => "added",
            Fate::Dropped(Why::Cancelled) => "cancelled",
            Fate::Dropped(Why::NotInRule) => "not in the rule",
            Fate::StaysCancelled => "stays cancelled",
        };
        writeln!(text, "{} {fate}{}", short(*slot), after.as_ref().map_or(String::new(), instance)).unwrap();
    }
    for part in [&plan.old, &plan.new].into_iter().flatten() {
        let start = part.master.recurrence.start();
        let start =
            if start.is_date() { start.wall().format("%m-%d") } else { start.wall().format("%m-%d %H:%M") };
        let lines = part.master.recurrence.lines().join(" ");
        writeln!(text, "{}: {start} {lines}", part.master.id).unwrap();
    }
    text
}

fn instance(instance: &Instance) -> String {
    let Instance { start, length, details, .. } = instance;
    let length = match length {
        Length::Elapsed(micros) => format!("{}m", micros / 60_000_000),
        Length::Days(days) => format!("{days}d"),
    };
    let rooms: Vec<&str> = details.rooms.iter().map(String::as_str).collect();
    format!(" -> {} {length} {} {}", short(*start), details.title, rooms.join(","))
}

fn short(slot: Slot) -> String {
    let text = slot.to_string();
    let text = text.trim_start_matches("2026-").replacen('T', " ", 1);
    // Whole minutes all of them.
    match text.split_once(":00+").or_else(|| text.split_once(":00-")) {
        Some((clock, offset)) if clock.len() > 8 => {
            let sign = text.chars().nth(clock.len() + 3).unwrap();
            format!("{clock}{sign}{offset}")
        }
        _ => text,
    }
}
