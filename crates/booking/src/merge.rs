//! Both sides of an event whose changes wait for Google, put together (`sync::merge`), inside the transaction that also
//! stores the sync token or the etag.
//!
//! What is compared is in the outbox row: what was held before the first change that waits, and what people wished for
//! since. Merged, Google's state is what later changes of it are compared with.

use std::collections::{BTreeMap, BTreeSet};

use model::history::{Field, HistoryValue, Side};
use model::notice::NoticeReason;
use model::{BookingId, BookingState, Instant, PersonId, RoomId, TimeRange};
use store::{
    EventRow, GuestRow, HistoryRow, NO_SLOT, OccurrenceRow, OutboxRow, OutboxState, RoomStored, StoreError,
    Tx, Way, WishRow,
};
use sync::merge::{Fields as _, Held, Merged, Ours, Settled, Theirs, merge};
use sync::port::RemoteEvent;
use sync::reading::{Reading, RoomEvent};

use crate::apply::{
    Source, clamp_title, drop_dates, guests, hold, leaves, promote_conflicted, put_event, waiting_fields,
};
use crate::leave::release;
use crate::push::{LEFT, TAKEN_OFF, UNINVITED};
use crate::told::{Fact, tell_of, tell_too};

/// So many replaced wishes stay known: no more of them are under way to Google.
pub(crate) const REPLACED: usize = 6;

/// What came of it, beyond what is stored: where the booking is to stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Met {
    /// It stays cancelled.
    pub(crate) cancelled: bool,
    /// Where it stood here.
    pub(crate) was: Option<OccurrenceRow>,
    /// The room that it is to stand in, by its e-mail.
    pub(crate) room: Option<String>,
    pub(crate) range: TimeRange,
    /// Whether that is another place than before.
    pub(crate) moves: bool,
}

/// Whether it was never in Google, as far as is known.
pub(crate) fn is_told_as_a_whole(row: &OutboxRow) -> bool {
    row.changed.iter().any(|word| word == "all")
}

/// What is held here of an event, in a room.
pub(crate) fn held(event: &EventRow, range: TimeRange, room: Option<String>) -> Held {
    Held {
        title: event.title.clone(),
        range,
        all_day: event.all_day,
        room: room.map(|room| room.to_lowercase()),
        private: event.private,
        guests: event.guests.iter().map(|guest| guest.email.to_lowercase()).collect(),
    }
}

/// Whether it waits to be cancelled, by a person. What only left its rooms does not, and stands on in Google.
pub(crate) fn is_cancellation(row: &OutboxRow) -> bool {
    row.changed.iter().any(|word| word == Field::Cancel.as_str())
}

/// Whether a person's wish that is more than a cancellation waits, and can be merged with what Google shows.
pub(crate) fn is_wished(row: &OutboxRow) -> bool {
    row.state != OutboxState::Dead && !row.past.is_empty() && !is_cancellation(row)
}

/// Merges what waits with what Google shows of an event of ours. `None`: nothing waits, or what Google held before is not
/// known; then what waits is simply written.
pub(crate) async fn meet(
    tx: &mut Tx,
    source: &Source,
    known: &EventRow,
    remote: &RemoteEvent,
    event: &RoomEvent,
) -> Result<Option<Met>, StoreError> {
    let row = tx.outbox_get(known.id).await?.filter(|row| row.state != OutboxState::Dead);
    let Some(row) = row.filter(|_| known.way != Way::Outside) else { return Ok(None) };
    let past = known_past(&row)?;
    let was = standing(tx, known, past.first().and_then(|base| base.room.as_deref())).await?;
    let (was, room) = was.unzip();
    // It yields to somebody outside: that no person wished for, and it is not merged but written.
    if let Some(was) = &was
        && leaves(tx, was).await?
    {
        return Ok(None);
    }
    let ours = held(known, was.as_ref().map_or(known.range, |was| was.range), room);
    let (mut base, replaced) = match past.split_first() {
        Some((base, replaced)) => (base.clone(), replaced.to_vec()),
        // A first insert whose answer was lost: it took there what is held here.
        None if row.sent && is_told_as_a_whole(&row) => (ours.clone(), Vec::new()),
        None => return Ok(None),
    };
    // As the room, it is where it was sent last, wherever it was before and is wanted by now.
    if known.way == Way::Room && known.way_calendar.eq_ignore_ascii_case(&source.calendar) {
        base.room = Some(known.way_calendar.to_lowercase());
    }
    let came = guests(tx, event, &known.organizer_email).await?;
    let theirs = shown(source, known, remote, event, &base, &came);
    let wishes = wishes(&row, known);
    let merged = merge(
        Ours { held: &ours, base: &base, replaced: &replaced, wishes: &wishes },
        Theirs { held: &theirs, updated: remote.updated },
    );
    tell_of_it(tx, known, was.as_ref(), &row, (&ours, &theirs), &merged).await?;
    let mut event = known.clone();
    if !merged.cancelled {
        event.cancelled = false;
        event.guests = named(&merged.held.guests, &known.guests, &came);
    }
    if event != *known {
        tx.event_update(&event).await?;
    }
    let row = waiting(row, &ours, &theirs, &replaced, &merged)?;
    tx.outbox_merged(&row).await?;
    if row.changed.is_empty() && row.state == OutboxState::Blocked {
        // Nothing waits any more for the grant to come back.
        tx.outbox_done(row.event, row.version).await?;
    }
    let held = merged.held;
    let stood = was.as_ref().is_some_and(|was| was.state.is_drawn());
    let moves = !stood || !held.agrees(&ours, Field::Time) || !held.agrees(&ours, Field::Room);
    Ok(Some(Met { cancelled: merged.cancelled, was, room: held.room, range: held.range, moves }))
}

/// As a pull takes it, for an event of ours that a push asked for alone.
pub(crate) async fn asked(
    tx: &mut Tx,
    source: &Source,
    known: &EventRow,
    remote: &RemoteEvent,
) -> Result<(), StoreError> {
    let Reading::Event(event) = source.read(remote) else { return Ok(()) };
    match meet(tx, source, known, remote, &event).await? {
        Some(met) => follow(tx, source, remote, &event, met).await,
        None => Ok(()),
    }
}

/// Takes what Google shows of an event whose changes wait, once both sides were merged: it is put where the merge says.
pub(crate) async fn follow(
    tx: &mut Tx,
    source: &Source,
    remote: &RemoteEvent,
    event: &RoomEvent,
    met: Met,
) -> Result<(), StoreError> {
    if met.cancelled {
        return Ok(());
    }
    let id = put_event(tx, source, remote, event, None).await?;
    drop_dates(tx, source, id).await?;
    let waits = waiting_fields(tx, id).await?.iter().any(|field| matches!(field.as_str(), "time" | "room"));
    let rooms = tx.room_list_all().await?;
    let is_target =
        |room: &RoomStored| met.room.as_ref().is_some_and(|email| room.email.eq_ignore_ascii_case(email));
    let target = rooms.into_iter().find(|room| is_target(room) && room.retired_at.is_none());
    let left =
        met.was.as_ref().map(|was| was.room).filter(|left| target.as_ref().is_none_or(|to| to.id != *left));
    if met.moves
        && let Some(left) = left
    {
        match &target {
            Some(_) => leave(tx, id, left).await?,
            // Its room is none of ours any more.
            None => return release(tx, id, left, None).await,
        }
    }
    match target {
        // It goes to where it is wished here, at the time that both sides make of it; Google has not heard of it yet.
        Some(room) if waits && met.moves => {
            let here = Source { room, ..source.clone() };
            let place =
                RoomEvent { range: met.range, state: BookingState::Pending, blocks: true, ..event.clone() };
            hold(tx, &here, id, &place, NO_SLOT, false).await?;
            tell_of_clash(tx, id, here.room.id).await?;
        }
        Some(room) if !waits && room.id != source.room.id && left.is_some() => {
            let here = Source { room, ..source.clone() };
            if let Reading::Event(event) = here.read(remote) {
                hold(tx, &here, id, &event, NO_SLOT, false).await?;
            }
        }
        _ => {}
    }
    // What was read elsewhere says nothing of a room that is not invited yet.
    let invited = remote.attendees.iter().flatten();
    let there = source.calendar.eq_ignore_ascii_case(&source.room.email)
        || invited.into_iter().any(|one| one.email.eq_ignore_ascii_case(&source.room.email));
    let current = tx.occurrences_of_event(id).await?;
    let current = current.into_iter().find(|now| now.room == source.room.id && now.slot == NO_SLOT);
    let as_shown = current.as_ref().is_some_and(|current| current.range == event.range)
        || sync::sabotaged!(OldAnswerTaken);
    if there && (as_shown || (!waits && left.is_none_or(|left| left != source.room.id))) {
        hold(tx, source, id, event, NO_SLOT, false).await?;
    }
    Ok(())
}

/// Takes an event out of a room for another one.
async fn leave(tx: &mut Tx, id: BookingId, room: RoomId) -> Result<(), StoreError> {
    let before = tx.blocks_of_event(id).await?;
    tx.occurrence_delete(id, room, NO_SLOT).await?;
    tx.changes_since(id, before).await?;
    promote_conflicted(tx, room).await
}

/// Where both changes together overlap somebody, the people concerned are told at once: the room may have nobody to say no.
async fn tell_of_clash(tx: &mut Tx, id: BookingId, room: RoomId) -> Result<(), StoreError> {
    let placed = tx.occurrences_of_event(id).await?;
    match placed.into_iter().find(|one| one.room == room && one.state == BookingState::Conflicted) {
        Some(clash) => tell_of(tx, &clash, None).await,
        None => Ok(()),
    }
}

/// It was deleted in Google, and with it what still waited: people who wished for that are told. Before the event is
/// cancelled here.
pub(crate) async fn deleted(tx: &mut Tx, event: &EventRow) -> Result<(), StoreError> {
    let Some(row) = tx.outbox_get(event.id).await?.filter(is_wished) else { return Ok(()) };
    let was = standing(tx, event, None).await?.map(|(was, _)| was);
    let person = row.wishes.values().max_by_key(|wish| wish.at).map(|wish| wish.by);
    let people: BTreeSet<PersonId> = row.wishes.values().map(|wish| wish.by).collect();
    tell_deleted(tx, event, None, was.as_ref(), person, &people).await
}

/// Keeps that something was deleted in Google whose change waited here, and tells those whose wish it was. `date`: it was
/// this date of a series.
pub(crate) async fn tell_deleted(
    tx: &mut Tx,
    event: &EventRow,
    date: Option<Instant>,
    was: Option<&OccurrenceRow>,
    person: Option<PersonId>,
    people: &BTreeSet<PersonId>,
) -> Result<(), StoreError> {
    let (kept, lost) = (HistoryValue::of_text("deleted"), HistoryValue::of_text("changed"));
    let (field, winner) = (Field::Cancel, Side::Google);
    tx.history_put(&HistoryRow { event: event.id, date, field, winner, person, kept, lost }).await?;
    match was {
        Some(was) => tell_too(tx, event, people, &fact(NoticeReason::DeletedInGoogle, was)).await,
        None => Ok(()),
    }
}

/// The occurrence that changes of a single event are about, and its room's e-mail: that in the room `base`, else what was
/// changed here.
async fn standing(
    tx: &mut Tx,
    event: &EventRow,
    base: Option<&str>,
) -> Result<Option<(OccurrenceRow, String)>, StoreError> {
    let mut standing = Vec::new();
    for occurrence in tx.occurrences_of_event(event.id).await? {
        if occurrence.slot == NO_SLOT
            && let Some(room) = tx.room_get(occurrence.room).await?
        {
            standing.push((occurrence, room.email));
        }
    }
    standing.sort_by_key(|(one, room)| {
        let elsewhere = base.is_none_or(|base| !room.eq_ignore_ascii_case(base));
        (elsewhere, one.state != BookingState::Pending, !one.state.is_drawn())
    });
    Ok(standing.into_iter().next())
}

/// What both sides last agreed on, and the wishes that were replaced since.
fn known_past(row: &OutboxRow) -> Result<Vec<Held>, StoreError> {
    row.past.iter().map(|past| Ok(serde_json::from_value(past.clone())?)).collect()
}

/// Google's side, in our words. What a copy does not say has not changed.
fn shown(
    source: &Source,
    known: &EventRow,
    remote: &RemoteEvent,
    event: &RoomEvent,
    base: &Held,
    came: &[GuestRow],
) -> Held {
    // An empty list may be one that was left out (`sync::doubt`).
    let partial = remote.attendees_omitted || remote.attendees.as_ref().is_none_or(Vec::is_empty);
    let invited = || remote.attendees.iter().flatten();
    let stays =
        base.room.as_ref().is_none_or(|room| invited().any(|one| one.email.eq_ignore_ascii_case(room)));
    let room = if known.way == Way::Room || stays || partial {
        base.room.clone()
    } else {
        let other = invited().find(|one| one.resource).map(|one| one.email.to_lowercase());
        // What is in this room's calendar is in a room.
        let here = source.calendar.eq_ignore_ascii_case(&source.room.email);
        other.or_else(|| base.room.clone().filter(|_| here))
    };
    let guests = if came.is_empty() || partial {
        base.guests.clone()
    } else {
        came.iter().map(|guest| guest.email.clone()).collect()
    };
    Held {
        title: clamp_title(&event.title),
        range: event.range,
        all_day: event.all_day,
        room,
        private: event.private,
        guests,
    }
}

/// When people wished for what waits. What waits without a person's wish is the system's, and stays; the first insert is
/// as old as the booking.
fn wishes(row: &OutboxRow, known: &EventRow) -> BTreeMap<Field, Instant> {
    let all = is_told_as_a_whole(row);
    let at = |field: Field| match row.wishes.get(field.as_str()) {
        Some(wish) => Some(wish.at),
        None if row.changed.iter().any(|word| word == field.as_str()) => Some(Instant::from_micros(i64::MAX)),
        None => (all && field != Field::Cancel).then_some(known.created_at),
    };
    Field::ALL.into_iter().filter_map(|field| Some((field, at(field)?))).collect()
}

/// The row as it waits after the merge.
fn waiting(
    mut row: OutboxRow,
    ours: &Held,
    theirs: &Held,
    replaced: &[Held],
    merged: &Merged,
) -> Result<OutboxRow, StoreError> {
    // A push of what was held until now may be under way.
    let mut past = vec![theirs];
    past.extend(&replaced[..replaced.len().min(REPLACED)]);
    if !merged.cancelled && merged.held != *ours {
        past.push(ours);
    }
    past.dedup();
    row.past = past.into_iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
    if merged.cancelled {
        return Ok(row);
    }
    let pushed = |field: Field| merged.push.contains(&field);
    row.changed.retain(|word| {
        let about = match word.as_str() {
            TAKEN_OFF => return true,
            word if word.starts_with(LEFT) => Some(Field::Room),
            word if word.starts_with(UNINVITED) => Some(Field::Guests),
            word => Field::try_from(word).ok(),
        };
        about.is_some_and(pushed)
    });
    row.changed.extend(merged.push.iter().map(|field| field.as_str().to_owned()));
    // Somebody else's move in Google that ours replaces.
    if pushed(Field::Room)
        && let Some(room) = &theirs.room
    {
        row.changed.push(format!("{LEFT}{room}"));
    }
    row.changed.sort();
    row.changed.dedup();
    row.wishes.retain(|word, _| Field::try_from(word.as_str()).is_ok_and(pushed));
    Ok(row)
}

/// Who is a guest now, by the name and answer that Google has, else ours.
fn named(guests: &BTreeSet<String>, ours: &[GuestRow], theirs: &[GuestRow]) -> Vec<GuestRow> {
    let known = |guest: &&GuestRow| guests.contains(&guest.email.to_lowercase());
    let mut rows: Vec<GuestRow> = ours.iter().filter(known).cloned().collect();
    for there in theirs.iter().filter(known) {
        match rows.iter_mut().find(|row| row.email.eq_ignore_ascii_case(&there.email)) {
            Some(row) => row.answer = there.answer,
            None => rows.push(there.clone()),
        }
    }
    rows
}

/// Keeps in the history whose wish was lost, and tells those whose it was.
async fn tell_of_it(
    tx: &mut Tx,
    event: &EventRow,
    was: Option<&OccurrenceRow>,
    row: &OutboxRow,
    (ours, theirs): (&Held, &Held),
    merged: &Merged,
) -> Result<(), StoreError> {
    let mut lines = Vec::with_capacity(merged.settled.len());
    for settled in &merged.settled {
        let field = settled.field;
        let by = row.wishes.get(field.as_str()).map(|wish: &WishRow| wish.by);
        let (ours, theirs) = (value(tx, ours, field).await?, value(tx, theirs, field).await?);
        lines.push(Line { settled: *settled, by, ours, theirs });
    }
    tell_lines(tx, event, None, was, lines).await
}

/// A field of which one side's wish was lost.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) settled: Settled,
    /// Whose wish ours was, where that is known.
    pub(crate) by: Option<PersonId>,
    /// What it held on either side. Of a cancellation it is said here.
    pub(crate) ours: HistoryValue,
    pub(crate) theirs: HistoryValue,
}

/// Keeps in the history whose wish was lost, and tells those whose it was. `date`: of this date of a series.
pub(crate) async fn tell_lines(
    tx: &mut Tx,
    event: &EventRow,
    date: Option<Instant>,
    was: Option<&OccurrenceRow>,
    lines: Vec<Line>,
) -> Result<(), StoreError> {
    let mut losers: BTreeMap<NoticeReason, BTreeSet<PersonId>> = BTreeMap::new();
    for Line { settled: Settled { field, winner }, by: person, ours, theirs } in lines {
        let (cancelled, changed) = (HistoryValue::of_text("cancelled"), HistoryValue::of_text("changed"));
        let (kept, lost) = match (field, winner) {
            (Field::Cancel, Side::Roomly) => (cancelled, changed),
            (Field::Cancel, Side::Google) => (changed, cancelled),
            (_, Side::Roomly) => (ours, theirs),
            (_, Side::Google) => (theirs, ours),
        };
        tx.history_put(&HistoryRow { event: event.id, date, field, winner, person, kept, lost }).await?;
        if winner == Side::Google {
            let reason = match field {
                Field::Cancel => NoticeReason::KeptInGoogle,
                _ => NoticeReason::ChangedInGoogle,
            };
            losers.entry(reason).or_default().extend(person);
        }
    }
    for (reason, people) in losers {
        if let Some(was) = was {
            tell_too(tx, event, &people, &fact(reason, was)).await?;
        }
    }
    Ok(())
}

const fn fact(reason: NoticeReason, was: &OccurrenceRow) -> Fact {
    Fact { reason, room: was.room, slot: was.slot, range: was.range, holder: None }
}

/// What a field holds, for people: rooms by their names.
async fn value(tx: &mut Tx, held: &Held, field: Field) -> Result<HistoryValue, StoreError> {
    Ok(match field {
        Field::Time => HistoryValue::of_time(held.range),
        Field::Title => HistoryValue::of_text(held.title.as_str()),
        Field::Private => HistoryValue::of_text(if held.private { "private" } else { "public" }),
        Field::Room => {
            let email = held.room.clone().unwrap_or_default();
            let rooms = tx.room_list_all().await?;
            let name = rooms.into_iter().find(|room| room.email.eq_ignore_ascii_case(&email));
            HistoryValue::of_text(name.map_or(email, |room| room.row.name))
        }
        Field::Guests => HistoryValue::of_text(held.guests.iter().cloned().collect::<Vec<_>>().join(", ")),
        Field::Rule | Field::Cancel => HistoryValue::default(),
    })
}
