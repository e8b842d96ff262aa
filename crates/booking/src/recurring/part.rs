//! A stored series as the decisions know it, and back.

use std::collections::{BTreeMap, BTreeSet};

use calendar::horizon::{self, Known, Problem, Step};
use calendar::recurrence::{Budget, Length, Recurrence, Slot, Start, Unreadable};
use calendar::series::{Details, Master, Override, Overrides, Own, Part};
use calendar::zone::{self, Tz};
use model::{BookingState, Instant, RoomId, TimeRange};
use store::{EventRow, GuestRow, Instance, OverrideRow, RoomStored, SeriesRow, SeriesStored, SeriesWrite};

/// The rooms of a company by what they are called at Google and here.
#[derive(Clone, Debug, Default)]
pub(super) struct Rooms {
    emails: BTreeMap<RoomId, String>,
    ids: BTreeMap<String, RoomId>,
    names: BTreeMap<String, String>,
}

impl Rooms {
    pub(super) fn new(rooms: &[RoomStored]) -> Self {
        let emails = rooms.iter().map(|room| (room.id, room.email.clone())).collect();
        let ids = rooms.iter().map(|room| (room.email.clone(), room.id)).collect();
        let names = rooms.iter().map(|room| (room.email.clone(), room.row.name.clone())).collect();
        Self { emails, ids, names }
    }

    pub(super) fn emails<'r>(&self, rooms: impl IntoIterator<Item = &'r RoomId>) -> BTreeSet<String> {
        rooms.into_iter().filter_map(|room| self.emails.get(room).cloned()).collect()
    }

    pub(super) fn ids<'r>(&self, emails: impl IntoIterator<Item = &'r String>) -> Vec<RoomId> {
        emails.into_iter().filter_map(|email| self.ids.get(email).copied()).collect()
    }

    /// The e-mails of all of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &String> {
        self.ids.keys()
    }

    /// The e-mail under which a room is known here, however it is spelt.
    pub(super) fn known(&self, email: &str) -> Option<String> {
        self.ids.keys().find(|known| known.eq_ignore_ascii_case(email)).cloned()
    }

    /// What rooms are called, for people.
    pub(super) fn names<'r>(&self, emails: impl IntoIterator<Item = &'r String>) -> String {
        let name = |email: &'r String| self.names.get(email).unwrap_or(email).as_str();
        emails.into_iter().map(name).collect::<Vec<_>>().join(", ")
    }
}

/// A stored series with its exceptions. A room that is in use no more is not among its rooms.
pub(super) fn part_of(stored: &SeriesStored, rooms: &Rooms) -> Result<Part, Unreadable> {
    let (event, row) = (&stored.event, &stored.series);
    let zone: Tz = zone::parse_or_default(&event.zone);
    let (start, length) = if event.all_day {
        (Start::Date(row.dtstart.date()), Length::Days(u32::try_from(row.duration).unwrap_or(1)))
    } else {
        (Start::Zoned { wall: row.dtstart, zone }, Length::Elapsed(row.duration))
    };
    let people = |guests: &[GuestRow]| guests.iter().map(|guest| guest.email.clone()).collect();
    let master = Master {
        id: event.google_id.clone().unwrap_or_default(),
        calendar_zone: zone,
        recurrence: Recurrence::read(start, &event.recurrence)?,
        length,
        details: Details {
            title: event.title.clone(),
            people: people(&event.guests),
            rooms: rooms.emails(&row.rooms),
        },
    };
    let exception = |one: &OverrideRow| {
        let slot = slot_at(&master, one.recurrence_id);
        if one.cancelled {
            return (slot, Override::Cancelled);
        }
        let start = one.range.map(|range| Slot::starting_at(range.start(), zone));
        let length = one.range.map(|range| Length::Elapsed(range.length_micros()));
        let own = Own {
            start: start.filter(|start| *start != slot),
            length: length.filter(|length| *length != master.length),
            title: one.title.clone(),
            people: one.guests.as_deref().map(people),
            rooms: one.rooms.as_ref().map(|own| rooms.emails(own)),
        };
        (slot, Override::Changed(own))
    };
    let overrides: Overrides = stored.overrides.iter().map(exception).collect();
    Ok(Part { master, overrides })
}

/// The slot of a date by its original start.
pub(super) fn slot_at(master: &Master, at: Instant) -> Slot {
    slot_of(&master.recurrence, master.zone(), at)
}

/// The original start that `at` is, as a rule has it in its zone.
pub(crate) fn slot_of(recurrence: &Recurrence, zone: Tz, at: Instant) -> Slot {
    match recurrence.start() {
        Start::Date(_) => Start::Date(zone::date_at(zone, at)).slot(),
        _ => Slot::starting_at(at, zone),
    }
}

/// When the first date by the rule alone is.
pub(super) fn first_range(master: &Master) -> Option<TimeRange> {
    let (slot, zone) = (master.recurrence.start().slot(), master.zone());
    TimeRange::new(slot.instant(zone), master.recurrence.end(slot, master.length, zone))
}

/// What the lines of a master bring from now on: dates without an exception, and how far they reach.
pub(super) fn dates(
    part: &Part,
    lines: &[String],
    now: Instant,
) -> Result<(Vec<horizon::Date>, Option<Instant>), Problem> {
    let zone = part.master.zone();
    let excepted: BTreeSet<Instant> = part.overrides.keys().map(|slot| slot.instant(zone)).collect();
    let known = Known {
        start: part.master.recurrence.start(),
        recurrence: lines,
        length: part.master.length,
        zone,
        excepted: &excepted,
        // What is at most a day long and still on began at most a day ago.
        horizon: Some(now.plus_minutes(-1_440)),
    };
    Ok(match horizon::step(&known, now)? {
        Step::Extend { dates, horizon } => (dates, horizon),
        Step::Nothing => (Vec::new(), None),
    })
}

/// A series as it shall be stored. `event` has the details of `part` already, `sequence` is the one that was read.
pub(super) fn write_of(
    part: &Part,
    event: EventRow,
    sequence: i64,
    rooms: &Rooms,
    now: Instant,
) -> Result<SeriesWrite, Problem> {
    let part = &without_regular(part);
    let zone = part.master.zone();
    let (dates, horizon) = dates(part, &event.recurrence, now)?;
    let of_series = rooms.ids(&part.master.details.rooms);
    let regular =
        |date: &horizon::Date| Wanted { slot: date.slot, range: date.range, title: None, exception: false };
    let mut instances: Vec<Instance> = dates
        .iter()
        .map(regular)
        .flat_map(|wanted| of_series.iter().map(move |room| wanted.in_room(*room)))
        .collect();
    let mut overrides = Vec::with_capacity(part.overrides.len());
    for (slot, exception) in &part.overrides {
        let at = slot.instant(zone);
        let instance = part.master.instance(&part.overrides, *slot);
        let (Override::Changed(own), Some(instance)) = (exception, instance) else {
            overrides.push(OverrideRow { cancelled: true, ..as_the_series(at, sequence) });
            continue;
        };
        let range = instance.range(zone);
        if let Some(range) = range {
            let wanted = Wanted { slot: at, range, title: own.title.clone(), exception: true };
            let there = rooms.ids(&instance.details.rooms);
            instances.extend(there.iter().map(|room| wanted.in_room(*room)));
        }
        overrides.push(OverrideRow {
            range: range.filter(|_| own.start.is_some() || own.length.is_some()),
            title: own.title.clone(),
            rooms: own.rooms.as_ref().map(|own| rooms.ids(own)),
            guests: own.people.as_ref().map(|people| guests(people, &event.guests)),
            ..as_the_series(at, sequence)
        });
    }
    let duration = match part.master.length {
        Length::Elapsed(micros) => micros,
        Length::Days(days) => i64::from(days),
    };
    let series = SeriesRow {
        event: event.id,
        sequence,
        dtstart: part.master.recurrence.start().wall(),
        duration,
        rooms: of_series,
        horizon,
    };
    Ok(SeriesWrite { event, series, overrides, instances })
}

/// A date that was moved by itself to where its series was moved later has no time of its own any more: it has another original
/// start, at which Google knows of none, and never tells of it alone.
fn without_regular(part: &Part) -> Part {
    let Part { master, mut overrides } = part.clone();
    overrides.retain(|slot, exception| {
        let Override::Changed(own) = exception else { return true };
        if own.start.take_if(|start| start == slot).is_none() {
            return true;
        }
        own.length.take_if(|length| *length == master.length);
        !own.is_empty() || !master.recurrence.contains(*slot, Budget::DEFAULT).unwrap_or(false)
    });
    Part { master, overrides }
}

/// People by their addresses; who is known keeps name and answer.
pub(super) fn guests(people: &BTreeSet<String>, known: &[GuestRow]) -> Vec<GuestRow> {
    let guest = |email: &String| {
        let held = known.iter().find(|guest| guest.email == *email).cloned();
        held.unwrap_or_else(|| GuestRow {
            email: email.clone(),
            name: String::new(),
            answer: Default::default(),
        })
    };
    people.iter().map(guest).collect()
}

pub(super) const fn as_the_series(recurrence_id: Instant, sequence: i64) -> OverrideRow {
    OverrideRow {
        recurrence_id,
        sequence,
        cancelled: false,
        range: None,
        all_day: None,
        title: None,
        private: None,
        rooms: None,
        guests: None,
    }
}

struct Wanted {
    slot: Instant,
    range: TimeRange,
    title: Option<String>,
    exception: bool,
}

impl Wanted {
    fn in_room(&self, room: RoomId) -> Instance {
        Instance {
            room,
            slot: self.slot,
            range: self.range,
            state: BookingState::Pending,
            title: self.title.clone(),
            exception: self.exception,
        }
    }
}
