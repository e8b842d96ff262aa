//! What a pulled event changes here. Runs inside the transaction that also stores the sync token.
//!
//! Google's state is taken for everything that is not waiting in the outbox. An event that says what we hold changes
//! nothing (NO-ECHO). What overlaps by force is kept, drawn and told apart as `conflicted` (decisions 15).

mod way;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use calendar::zone::{self, Tz};
use chrono::NaiveDate;
use model::page::GuestAnswer;
use model::{BookingId, BookingNumber, BookingState, Instant, Origin, RoomId, TimeRange};
use store::{
    CopyRow, EventKind, EventRow, GuestRow, NO_SLOT, OccurrenceRow, OutboxState, RoomStored, StoreError, Tx,
    Way,
};
use sync::port::{RemoteEvent, RemoteStatus, RemoteWhen, Response};
use sync::push::is_cancelled;
use sync::reading::{Reading, RoomEvent, read};
pub(crate) use way::leaves;
use way::make_way;

use crate::horizon::wanted_by_a_series;
use crate::leave::{gone, leave_uninvited, release};
use crate::merge::{self, follow};
use crate::recurring;
use crate::series::take_over;
use crate::told::tell_of;

/// A series whose instances have to be listed, and one whose instances are being listed.
pub(crate) const UNLISTED: Instant = Instant::from_micros(0);
pub(crate) const LISTING: Instant = Instant::from_micros(1);

/// The reason of a booking of ours that yielded to one made outside.
pub(crate) const OUTSIDE_FIRST: &str = "outside_first";
pub(crate) const ROOM_DECLINED: &str = "room_declined";

/// The calendar whose events are applied.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) room: RoomStored,
    /// Google's id of the calendar.
    pub(crate) calendar: String,
    /// The calendar's own zone: it rules all-day events.
    pub(crate) zone: Tz,
    /// Entropy for new ids.
    pub(crate) seed: [u8; 32],
    /// When the first call of this run was made: what we wrote after it, Google will tell of again.
    pub(crate) begun: Instant,
    /// Something was passed over that is news perhaps: it has to be told again.
    pub(crate) hear_again: Arc<AtomicBool>,
}

impl Source {
    /// What is told here of an event cannot be judged now, and Google will not tell of it by itself again.
    pub(crate) fn hear_again(&self) {
        self.hear_again.store(true, Ordering::Relaxed);
    }

    fn day(&self, date: NaiveDate) -> Option<TimeRange> {
        if sync::sabotaged!(AllDayInUtc) {
            return zone::day_range(Tz::UTC, date);
        }
        zone::day_range(self.zone, date)
    }

    pub(crate) fn new_id(&self, google_id: &str, now: Instant) -> BookingId {
        use sha2::{Digest, Sha256};
        let digest = Sha256::new().chain_update(self.seed).chain_update(google_id).finalize();
        BookingId::new(now, std::array::from_fn(|index| digest[index]))
    }

    pub(crate) fn read(&self, event: &RemoteEvent) -> Reading {
        read(event, &self.room.email, &|date| self.day(date))
    }
}

/// Applies one pulled item. Answers the series whose instances have to be listed anew.
pub(crate) async fn apply(
    tx: &mut Tx,
    source: &Source,
    remote: &RemoteEvent,
) -> Result<Option<BookingId>, StoreError> {
    let reading = source.read(remote);
    if let Some(series) = recurring::ours(tx, &reading).await? {
        return Box::pin(recurring::take_in(tx, source, remote, reading, series)).await;
    }
    match reading {
        Reading::Ignored => Ok(None),
        Reading::Gone { google_id } => {
            gone(tx, source, &google_id).await?;
            Ok(None)
        }
        Reading::GoneInstance { google_id, series, original } => {
            match tx.event_by_google_id(&series).await?.filter(|master| master.kind == EventKind::Series) {
                Some(master) => {
                    listed_meanwhile(tx, master.clone()).await?;
                    if let Some(slot) = slot_of(source, &original) {
                        release(tx, master.id, source.room.id, Some(slot)).await?;
                    }
                    // It may have been known by itself before its series was.
                    if tx.event_by_google_id(&google_id).await?.is_some() {
                        gone(tx, source, &google_id).await?;
                    }
                }
                // The room was invited to this one alone.
                None => gone(tx, source, &google_id).await?,
            }
            Ok(None)
        }
        Reading::Series(master) => {
            // If it was a single event before, its date stands until the instances are listed.
            Ok(Some(put_event(tx, source, remote, &master.event, Some(master.recurrence)).await?))
        }
        Reading::Event(event) => {
            match &event.series {
                Some(series) => instance(tx, source, remote, &event, series).await?,
                None => {
                    single(tx, source, remote, &event).await?;
                }
            }
            Ok(None)
        }
    }
}

/// An instant or, for all-day slots, the beginning of the calendar's day.
pub(crate) fn slot_of(source: &Source, when: &RemoteWhen) -> Option<Instant> {
    match when {
        RemoteWhen::At { at, .. } => Some(*at),
        RemoteWhen::Day(date) => source.day(*date).map(TimeRange::start),
    }
}

/// A single event in this room.
async fn single(
    tx: &mut Tx,
    source: &Source,
    remote: &RemoteEvent,
    event: &RoomEvent,
) -> Result<(), StoreError> {
    let known = tx.event_by_google_id(&event.google_id).await?;
    // Our own event under an id that it has left behind: its tombstone is on the way.
    if let (None, Some(own)) = (&known, event.booking)
        && tx.event_get(own).await?.is_some()
    {
        return Ok(());
    }
    let stale = match &known {
        Some(known) => is_stale(tx, known, remote).await?,
        None => false,
    };
    // Its deletion is on the way. Brought back now, it would be gone in Google with nobody to say so.
    if let Some(known) = known.as_ref().filter(|known| known.cancelled && known.way != Way::Outside)
        && is_under_way(tx, known.id).await?
    {
        source.hear_again();
        return Ok(());
    }
    if let Some(known) = &known
        && !stale
        && let Some(met) = merge::meet(tx, source, known, remote, event).await?
    {
        return follow(tx, source, remote, event, met).await;
    }
    let pending = match &known {
        Some(known) => waiting_fields(tx, known.id).await?,
        None => Vec::new(),
    };
    if let Some(known) = &known {
        // It was changed here after this run began, or was taken out and a calendar is late to tell. What says the same as we
        // do may be the answer to that change; anything else is from before it, and Google will tell of ours again.
        let before = |updated: Option<Instant>| updated.is_none_or(|updated| updated <= known.touched_at);
        let newer = known.way != Way::Outside
            && (known.touched_at >= source.begun || known.cancelled && before(remote.updated))
            && !sync::sabotaged!(OldListingWins);
        if newer && (known.cancelled || known.range != event.range) {
            if known.touched_at >= source.begun {
                source.hear_again();
            }
            return remember(tx, source, remote, known).await;
        }
        let cancelling = known.cancelled && !pending.is_empty();
        if cancelling || stale {
            return Ok(());
        }
    }
    let current = match &known {
        Some(known) => tx.occurrences_of_event(known.id).await?,
        None => Vec::new(),
    };
    let current = current.into_iter().find(|now| now.room == source.room.id && now.slot == NO_SLOT);
    // The wish that waits in the outbox concerns another time or room than what Google shows: the answer is not to it. Where
    // only the room waits, a time that differs is somebody's move in Google.
    let waits = |word: &str| pending.iter().any(|field| field == word || field == "all");
    let astray = match &current {
        Some(current) => current.range != event.range && waits("time"),
        None => waits("time") || waits("room"),
    };
    if let Some(known) = &known
        && astray
    {
        if is_under_way(tx, known.id).await? {
            source.hear_again();
        }
        return remember(tx, source, remote, known).await;
    }
    let id = put_event(tx, source, remote, event, None).await?;
    // It was a series before.
    drop_dates(tx, source, id).await?;
    if sync::sabotaged!(EchoPushed) && known.as_ref().is_some_and(|known| known.way != Way::Outside) {
        tx.outbox_put(id, &["title"]).await?;
    }
    hold(tx, source, id, event, NO_SLOT, false).await?;
    match known.filter(|known| known.way == Way::Person) {
        Some(known) if !waits("room") => leave_uninvited(tx, source, remote, known.id).await,
        _ => Ok(()),
    }
}

/// An instance that differs from its series, or one to which alone the room was invited.
async fn instance(
    tx: &mut Tx,
    source: &Source,
    remote: &RemoteEvent,
    event: &RoomEvent,
    series: &str,
) -> Result<(), StoreError> {
    match tx.event_by_google_id(series).await? {
        Some(master) if master.kind == EventKind::Series => {
            keep_copy(tx, source, remote, master.id).await?;
            listed_meanwhile(tx, master.clone()).await?;
            let slot = event.original.unwrap_or(event.range.start());
            take_over(tx, &event.google_id, master.id, source.room.id, Some(slot)).await?;
            hold(tx, source, master.id, event, slot, true).await
        }
        _ if sync::sabotaged!(OrphanDropped) => Ok(()),
        _ => single(tx, source, remote, event).await,
    }
}

/// Whether our own copy was written after this one was: a pull that began before our push says nothing new.
pub(crate) async fn is_stale(
    tx: &mut Tx,
    known: &EventRow,
    remote: &RemoteEvent,
) -> Result<bool, StoreError> {
    if known.way == Way::Outside || sync::sabotaged!(OldListingWins) {
        return Ok(false);
    }
    let Some(copy) = tx.copy_get(&known.way_calendar, &remote.id).await? else { return Ok(false) };
    let written = copy.raw.get("updated").and_then(|at| at.as_str()).and_then(Instant::parse_rfc3339);
    // A date that went with its rule was not updated for that.
    let ended = is_cancelled(&copy.raw) && remote.status != RemoteStatus::Cancelled;
    Ok(
        matches!((written, remote.updated), (Some(written), Some(seen)) if seen < written || ended && seen == written),
    )
}

/// What the room said to a time that is not wanted now: it may be wanted again before Google hears of any change. The
/// copy that we write to stays as our last write left it.
async fn remember(
    tx: &mut Tx,
    source: &Source,
    remote: &RemoteEvent,
    known: &EventRow,
) -> Result<(), StoreError> {
    if known.way_calendar == source.calendar {
        return Ok(());
    }
    keep_copy(tx, source, remote, known.id).await
}

pub(crate) async fn keep_copy(
    tx: &mut Tx,
    source: &Source,
    remote: &RemoteEvent,
    event: BookingId,
) -> Result<(), StoreError> {
    let copy = CopyRow {
        event,
        calendar: source.calendar.clone(),
        google_id: remote.id.clone(),
        etag: remote.etag.clone(),
        raw: remote.raw.json(),
        seen_at: tx.now(),
    };
    tx.copy_put(&copy).await
}

/// Inserts or brings up to date the event itself; `recurrence` makes it a series.
pub(crate) async fn put_event(
    tx: &mut Tx,
    source: &Source,
    remote: &RemoteEvent,
    event: &RoomEvent,
    recurrence: Option<Vec<String>>,
) -> Result<BookingId, StoreError> {
    let now = tx.now();
    let known = tx.event_by_google_id(&event.google_id).await?;
    let pending = match &known {
        Some(known) => waiting_fields(tx, known.id).await?,
        None => Vec::new(),
    };
    let waits = |field: &str| pending.iter().any(|waiting| waiting == field || waiting == "all");
    let email = event.organizer_email.clone().unwrap_or_default().to_lowercase();
    let organizer = tx.person_by_email(&email).await?;
    let mut row = match known.clone() {
        Some(known) => known,
        None => EventRow {
            id: source.new_id(&event.google_id, now),
            number: BookingNumber(0),
            kind: EventKind::Single,
            title: String::new(),
            private: false,
            organizer: None,
            organizer_email: String::new(),
            organizer_name: String::new(),
            zone: source.zone.name().to_owned(),
            range: event.range,
            all_day: false,
            tentative: false,
            origin: Origin::Google,
            way: Way::Outside,
            way_calendar: String::new(),
            google_id: Some(event.google_id.clone()),
            ical_uid: None,
            generation: 0,
            recurrence: Vec::new(),
            guests: Vec::new(),
            cancelled: false,
            html_link: None,
            listed_until: None,
            created_at: event.created.unwrap_or(now),
            touched_at: event.created.unwrap_or(now),
        },
    };
    if !waits("title") {
        row.title = clamp_title(&event.title);
    }
    if !waits("time") {
        row.range = event.range;
        row.all_day = event.all_day;
    }
    if !waits("private") {
        row.private = event.private;
    }
    row.tentative = event.tentative;
    row.cancelled = false;
    row.ical_uid = event.ical_uid.clone().or(row.ical_uid);
    row.html_link = event.html_link.clone().or(row.html_link);
    if let Some(zone) = &event.zone {
        row.zone.clone_from(zone);
    }
    // Whom an event of ours belongs to was decided here; as the room, Google names the room.
    if row.way == Way::Outside {
        row.organizer = organizer.as_ref().map(|person| person.id);
        row.organizer_name = match (organizer, &event.organizer_name) {
            (Some(person), _) => person.name,
            (None, Some(name)) => name.clone(),
            (None, None) if event.organizer_is_room => source.room.row.name.clone(),
            (None, None) => email.clone(),
        };
        row.organizer_email = email;
    }
    if !waits("guests") && (!event.guests.is_empty() || row.way == Way::Outside) {
        row.guests = guests(tx, event, &row.organizer_email).await?;
    }
    if let Some(recurrence) = recurrence {
        row.kind = EventKind::Series;
        row.recurrence = recurrence;
        row.listed_until = Some(UNLISTED);
    } else if row.kind == EventKind::Series {
        row.kind = EventKind::Single;
        row.recurrence = Vec::new();
    }
    let before = tx.blocks_of_event(row.id).await?;
    match known {
        None => drop(tx.event_insert(&row).await?),
        Some(known) if known != row => tx.event_update(&row).await?,
        Some(_) => {}
    }
    keep_copy(tx, source, remote, row.id).await?;
    tx.changes_since(row.id, before).await?;
    Ok(row.id)
}

/// Google bounds titles far above ours; what is too long is cut for the grid, the copy keeps all of it.
pub(crate) fn clamp_title(title: &str) -> String {
    let printable = title.chars().filter(|c| !c.is_control());
    printable.take(model::limits::TITLE_CHARS).collect()
}

pub(crate) async fn guests(
    tx: &mut Tx,
    event: &RoomEvent,
    organizer: &str,
) -> Result<Vec<GuestRow>, StoreError> {
    let mut guests = Vec::new();
    let people =
        event.guests.iter().filter(|guest| !guest.resource && !guest.email.eq_ignore_ascii_case(organizer));
    for guest in people.take(model::limits::GUESTS) {
        let email = guest.email.to_lowercase();
        let name = match tx.person_by_email(&email).await? {
            Some(person) => person.name,
            None => guest.name.clone().unwrap_or_default(),
        };
        guests.push(GuestRow { email, name, answer: answer_of(guest.response) });
    }
    Ok(guests)
}

pub(crate) const fn answer_of(response: Response) -> GuestAnswer {
    match response {
        Response::NeedsAction => GuestAnswer::NeedsAction,
        Response::Declined => GuestAnswer::Declined,
        Response::Tentative => GuestAnswer::Tentative,
        Response::Accepted => GuestAnswer::Accepted,
    }
}

/// Puts an event into its room as Google says it stands there.
pub(crate) async fn hold(
    tx: &mut Tx,
    source: &Source,
    id: BookingId,
    event: &RoomEvent,
    slot: Instant,
    exception: bool,
) -> Result<(), StoreError> {
    let before = tx.blocks_of_event(id).await?;
    let current = tx.occurrences_of_event(id).await?;
    let current = current.into_iter().find(|now| now.room == source.room.id && now.slot == slot);
    if let Some(current) = &current
        && current.range == event.range
        && leaves(tx, current).await?
    {
        return Ok(());
    }
    let declined = event.state == BookingState::Declined;
    if event.is_free() {
        if current.is_some() {
            tx.occurrence_delete(id, source.room.id, slot).await?;
            tx.changes_since(id, before).await?;
            promote_conflicted(tx, source.room.id).await?;
        }
        return Ok(());
    }
    let mut wanted = OccurrenceRow {
        event: id,
        room: source.room.id,
        slot,
        range: event.range,
        state: event.state,
        reason: declined.then(|| ROOM_DECLINED.to_owned()),
        title: if exception { own_title(tx, id, event).await? } else { None },
        exception,
    };
    let mut holder = None;
    if wanted.state.holds_room() {
        holder = make_way(tx, &wanted).await?;
        if holder.is_none() {
            holder = wanted_by_a_series(tx, wanted.room, wanted.range).await?;
        }
        if holder.is_some() {
            wanted.state = BookingState::Conflicted;
            wanted.reason = Some("overlaps".to_owned());
        }
    }
    let is_news = match wanted.state {
        // Before the room has answered it may still get it, or be declined. The same fact is told once.
        BookingState::Conflicted => event.state == BookingState::Confirmed,
        state => current.as_ref().is_none_or(|was| was.state != state),
    };
    if is_news {
        tell_of(tx, &wanted, holder).await?;
    }
    let unchanged = current.as_ref() == Some(&wanted);
    if unchanged {
        return Ok(());
    }
    tx.occurrence_put(&wanted).await?;
    tx.changes_since(id, before).await?;
    let freed = current.is_some_and(|was| {
        was.state.holds_room() && (was.range != wanted.range || !wanted.state.holds_room())
    });
    if freed {
        promote_conflicted(tx, source.room.id).await?;
    }
    Ok(())
}

/// The title that a date has for itself. One that is called as its series is goes by that name when the series is renamed, too.
async fn own_title(tx: &mut Tx, series: BookingId, event: &RoomEvent) -> Result<Option<String>, StoreError> {
    // A private instance of a public series has no title for anybody.
    let title = if event.private { String::new() } else { clamp_title(&event.title) };
    let series = tx.event_get(series).await?;
    Ok(Some(title).filter(|title| series.is_none_or(|series| series.title != *title)))
}

/// Whether a push of it is being made: it may have been done already, so that what is told now may be newer than that.
pub(crate) async fn is_under_way(tx: &mut Tx, id: BookingId) -> Result<bool, StoreError> {
    Ok(tx.outbox_get(id).await?.is_some_and(|row| row.token.is_some()))
}

/// The fields that wait to be pushed. What Google refused for good waits for nothing.
pub(crate) async fn waiting_fields(tx: &mut Tx, id: BookingId) -> Result<Vec<String>, StoreError> {
    let row = tx.outbox_get(id).await?.filter(|row| row.state != OutboxState::Dead);
    Ok(row.map(|row| row.changed).unwrap_or_default())
}

/// While a series is being listed, one of its instances changed: list it again.
async fn listed_meanwhile(tx: &mut Tx, mut master: EventRow) -> Result<(), StoreError> {
    if master.listed_until == Some(LISTING) {
        master.listed_until = Some(UNLISTED);
        tx.event_update(&master).await?;
    }
    Ok(())
}

/// Removes from this room the dates that an event had while it was a series.
pub(crate) async fn drop_dates(tx: &mut Tx, source: &Source, id: BookingId) -> Result<(), StoreError> {
    let before = tx.blocks_of_event(id).await?;
    let mut dropped = false;
    for occurrence in tx.occurrences_of_event(id).await? {
        if occurrence.room == source.room.id && occurrence.slot != NO_SLOT {
            tx.occurrence_delete(id, source.room.id, occurrence.slot).await?;
            dropped = true;
        }
    }
    if dropped {
        tx.changes_since(id, before).await?;
        promote_conflicted(tx, source.room.id).await?;
    }
    Ok(())
}

/// The room became free somewhere: conflicted events that now fit hold it again, the longest waiting first.
pub(crate) async fn promote_conflicted(tx: &mut Tx, room: RoomId) -> Result<(), StoreError> {
    let now = tx.now();
    if sync::sabotaged!(NeverPromoted) {
        return Ok(());
    }
    for mut waiting in tx.occurrences_conflicted(room, now).await? {
        let held = tx.occurrences_blocking(room, waiting.range).await?;
        let taken = held.iter().any(|held| {
            held.state.holds_room() && !(held.event == waiting.event && held.slot == waiting.slot)
        });
        if taken || wanted_by_a_series(tx, room, waiting.range).await?.is_some() {
            continue;
        }
        let before = tx.blocks_of_event(waiting.event).await?;
        waiting.state = BookingState::Confirmed;
        waiting.reason = None;
        tx.occurrence_put(&waiting).await?;
        tx.changes_since(waiting.event, before).await?;
    }
    Ok(())
}
