//! Events that nobody here knew, many at once: a first pull, or what comes after a long silence.
//!
//! Only what [`apply`](crate::apply) would simply write is taken here, by a few statements for all of it: single events
//! that are unknown, not ours, and in nobody's way. Everything else is left to it, as is all of it where the
//! database does not agree.

use std::collections::{BTreeMap, BTreeSet};

use model::{BookingNumber, BookingState, Origin, TimeRange};
use store::{
    EventKind, EventRow, GuestRow, Imported, NO_SLOT, OccurrenceRow, PersonStored, StoreError, Tx, Way,
};
use sync::port::RemoteEvent;
use sync::reading::{Reading, RoomEvent};

use crate::apply::{ROOM_DECLINED, Source, answer_of, clamp_title};
use crate::horizon::is_expanded;

/// Fewer are applied one by one.
const FEW: usize = 20;

/// The company's people by their addresses.
type People = BTreeMap<String, PersonStored>;

/// Writes what is new and simple among `events`, in their order; answers the others.
pub(crate) async fn import<'e>(
    tx: &mut Tx,
    source: &Source,
    events: Vec<&'e RemoteEvent>,
) -> Result<Vec<&'e RemoteEvent>, StoreError> {
    if events.len() < FEW {
        return Ok(events);
    }
    let read: Vec<(&RemoteEvent, Reading)> =
        events.into_iter().map(|event| (event, source.read(event))).collect();
    let mut simple = simple(&read);
    let ids: Vec<&str> = simple.iter().map(|index| read[*index].0.id.as_str()).collect();
    let known = tx.google_ids_known(&ids).await?;
    simple.retain(|index| !known.contains(&read[*index].0.id));
    keep_unhindered(tx, source, &read, &mut simple).await?;
    if simple.len() < FEW {
        return Ok(read.into_iter().map(|(event, _)| event).collect());
    }
    let people: People =
        tx.person_list().await?.into_iter().map(|person| (person.email.clone(), person)).collect();
    let imported: Vec<Imported<'_>> = simple
        .iter()
        .filter_map(|index| match &read[*index] {
            (remote, Reading::Event(event)) => Some(imported(tx, source, remote, event, &people)),
            _ => None,
        })
        .collect();
    tx.import(source.room.row.number, &source.calendar, &imported).await?;
    let rest = read.into_iter().enumerate().filter(|(index, _)| !simple.contains(index));
    Ok(rest.map(|(_, (event, _))| event).collect())
}

/// Places of single events that are not ours and come once.
fn simple(read: &[(&RemoteEvent, Reading)]) -> BTreeSet<usize> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for (event, _) in read {
        *times.entry(event.id.as_str()).or_default() += 1;
    }
    let simple = |reading: &Reading| matches!(reading, Reading::Event(event) if event.series.is_none() && event.booking.is_none());
    let places = read
        .iter()
        .enumerate()
        .filter(|(_, (event, reading))| simple(reading) && times[event.id.as_str()] == 1);
    places.map(|(index, _)| index).collect()
}

/// Leaves out what is in the way of another one, of what stands in the room already, or of a series beyond its horizon:
/// who keeps the room there is decided one by one.
async fn keep_unhindered(
    tx: &mut Tx,
    source: &Source,
    read: &[(&RemoteEvent, Reading)],
    simple: &mut BTreeSet<usize>,
) -> Result<(), StoreError> {
    let holding = |index: usize| match &read[index].1 {
        Reading::Event(event) if event.blocks => Some(event.range),
        _ => None,
    };
    let mut ranges: Vec<(TimeRange, usize)> =
        (0..read.len()).filter_map(|index| Some((holding(index)?, index))).collect();
    let hindered = overlapping(&mut ranges);
    simple.retain(|index| !hindered.contains(index));
    let held: Vec<TimeRange> = simple.iter().filter_map(|index| holding(*index)).collect();
    let (Some(from), Some(to)) =
        (held.iter().map(|one| one.start()).min(), held.iter().map(|one| one.end()).max())
    else {
        return Ok(());
    };
    let Some(whole) = TimeRange::new(from, to) else { return Ok(()) };
    let standing = tx.occurrences_blocking(source.room.id, whole).await?;
    let now = tx.now();
    let beyond = !is_expanded(now, whole) && !tx.series_beyond(source.room.id, to).await?.is_empty();
    simple.retain(|index| {
        holding(*index).is_none_or(|range| {
            let free = standing.iter().all(|one| !one.range.overlaps(range));
            free && (!beyond || is_expanded(now, range))
        })
    });
    Ok(())
}

/// The places of ranges that overlap another one.
fn overlapping(ranges: &mut [(TimeRange, usize)]) -> BTreeSet<usize> {
    ranges.sort_by_key(|(range, index)| (range.start(), *index));
    let mut found = BTreeSet::new();
    // Of all before, the one that ends last: any other one that reaches so far was found when it met this one.
    let mut last: Option<(TimeRange, usize)> = None;
    for (range, index) in ranges.iter().copied() {
        match last {
            Some((before, other)) if before.end() > range.start() => {
                found.extend([index, other]);
                if range.end() > before.end() {
                    last = Some((range, index));
                }
            }
            _ => last = Some((range, index)),
        }
    }
    found
}

fn imported<'r>(
    tx: &Tx,
    source: &Source,
    remote: &'r RemoteEvent,
    event: &RoomEvent,
    people: &People,
) -> Imported<'r> {
    let row = event_row(tx, source, event, people);
    let declined = event.state == BookingState::Declined;
    let occurrence = (event.blocks || declined).then(|| OccurrenceRow {
        event: row.id,
        room: source.room.id,
        slot: NO_SLOT,
        range: event.range,
        state: event.state,
        reason: declined.then(|| ROOM_DECLINED.to_owned()),
        title: None,
        exception: false,
    });
    let organizer = people.get(&row.organizer_email).map(|person| person.number);
    Imported { event: row, etag: remote.etag.clone(), raw: remote.raw.text(), occurrence, organizer }
}

fn event_row(tx: &Tx, source: &Source, event: &RoomEvent, people: &People) -> EventRow {
    let now = tx.now();
    let email = event.organizer_email.clone().unwrap_or_default().to_lowercase();
    let organizer = people.get(&email);
    let organizer_name = match (organizer, &event.organizer_name) {
        (Some(person), _) => person.name.clone(),
        (None, Some(name)) => name.clone(),
        (None, None) if event.organizer_is_room => source.room.row.name.clone(),
        (None, None) => email.clone(),
    };
    EventRow {
        id: source.new_id(&event.google_id, now),
        number: BookingNumber(0),
        kind: EventKind::Single,
        title: clamp_title(&event.title),
        private: event.private,
        organizer: organizer.map(|person| person.id),
        organizer_name,
        zone: event.zone.clone().unwrap_or_else(|| source.zone.name().to_owned()),
        range: event.range,
        all_day: event.all_day,
        tentative: event.tentative,
        origin: Origin::Google,
        way: Way::Outside,
        way_calendar: String::new(),
        google_id: Some(event.google_id.clone()),
        ical_uid: event.ical_uid.clone(),
        generation: 0,
        recurrence: Vec::new(),
        guests: guests(event, &email, people),
        cancelled: false,
        html_link: event.html_link.clone(),
        listed_until: None,
        created_at: event.created.unwrap_or(now),
        touched_at: event.created.unwrap_or(now),
        organizer_email: email,
    }
}

fn guests(event: &RoomEvent, organizer: &str, people: &People) -> Vec<GuestRow> {
    let invited =
        event.guests.iter().filter(|guest| !guest.resource && !guest.email.eq_ignore_ascii_case(organizer));
    let row = |guest: &sync::port::RemoteAttendee| {
        let email = guest.email.to_lowercase();
        let name = people.get(&email).map(|person| person.name.clone());
        let name = name.or_else(|| guest.name.clone()).unwrap_or_default();
        GuestRow { email, name, answer: answer_of(guest.response) }
    };
    invited.take(model::limits::GUESTS).map(row).collect()
}

#[cfg(test)]
mod tests;
