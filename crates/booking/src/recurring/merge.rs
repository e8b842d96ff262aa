//! Both sides of a series whose changes wait for Google, put together (`sync::merge::series`), inside the transaction that
//! also stores the sync token or the etag.
//!
//! As for single events (`crate::merge`) what is compared is in the outbox row: its `past` is the series as it was held,
//! its `wishes` say which fields people changed, of the series or (`date:` and an original start) of one date. A master and
//! each date are merged when Google shows them, and what Google showed is what later changes are compared with.
//!
//! The later half of a split is not merged before it is there as a whole: until then its rooms are still the other's.

mod before;
mod words;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use before::held_before;
use before::{Before, held_now, taken_off, without};
use model::history::{Field, Side};
use model::{BookingId, BookingState, Instant, PersonId, RoomId};
use store::{GuestRow, OccurrenceRow, OutboxRow, OutboxState, SeriesStored, StoreError, Tx, Way, WishRow};
use sync::merge::series::{
    HeldSeries, MergedDate, MergedShared, OurSeries, Own, Shared, Wishes, merge_date, merge_shared,
};
use sync::merge::{Fields, Settled};
use sync::port::RemoteEvent;
use sync::reading::{Master, Reading, RoomEvent};
use words::{Words, carried};

use super::held::{
    Shown, held_of, is_told_by_us, of_wish_word, stored_as, value_of, value_of_date, wish_word, wished,
    wishes_of,
};
use super::leave::leave_uninvited;
use super::part::Rooms;
use super::pull::{series_there, title_of};
use super::{AFTER, DATE, KEPT, date_word, place};
use crate::apply::{Source, guests};
use crate::leave::{LOOK, invites, look};
use crate::merge::{Line, REPLACED, is_told_as_a_whole, tell_deleted, tell_lines};
use crate::push::{LEFT, UNINVITED};

/// A series for which something waits that can be compared with what Google shows.
pub(super) struct Meeting {
    row: OutboxRow,
    stored: SeriesStored,
    rooms: Rooms,
    held: HeldSeries,
    /// As [`taken_off`].
    off: BTreeSet<Instant>,
    base: HeldSeries,
    replaced: Vec<HeldSeries>,
    wishes: Wishes,
}

/// Where a merged date stands.
pub(super) struct MetDate {
    /// Its original start here; `None`: it is no date of the series any more.
    pub(super) here: Option<Instant>,
    /// Something of it, or of where its series stands, is still to be brought to Google: what the room says is not to it.
    pub(super) waits: bool,
}

impl Meeting {
    /// `None`: nothing waits, or nothing of it was ever in Google; then what waits is simply written.
    pub(super) async fn of(tx: &mut Tx, stored: &SeriesStored) -> Result<Option<Self>, StoreError> {
        let row = tx.outbox_get(stored.event.id).await?.filter(|row| row.state != OutboxState::Dead);
        let Some(row) = row else { return Ok(None) };
        let rooms = Rooms::new(&tx.room_list_all().await?);
        let off = taken_off(tx, &stored.event).await?;
        Ok(Self::with(row, stored.clone(), rooms, off))
    }

    fn with(row: OutboxRow, stored: SeriesStored, rooms: Rooms, off: BTreeSet<Instant>) -> Option<Self> {
        if row.changed.iter().any(|word| word.starts_with(AFTER)) {
            return None;
        }
        let held = held_of(&stored, &rooms)?;
        let read = |past: &serde_json::Value| serde_json::from_value(past.clone()).ok();
        let mut past = row.past.iter().map(read).collect::<Option<Vec<HeldSeries>>>()?.into_iter();
        let base = match past.next() {
            Some(base) => base,
            None if is_told_as_a_whole(&row) && !row.sent => return None,
            // A first insert whose answer was lost: it took there what is held here.
            None if is_told_as_a_whole(&row) => without_dates(held.clone()),
            // No person changed anything: what is held is what was agreed on.
            None => without(held.clone(), &off),
        };
        let wishes = wishes_of(&row, stored.event.created_at);
        let replaced = past.collect();
        Some(Self { row, stored, rooms, held, off, base, replaced, wishes })
    }

    fn ours(&self) -> OurSeries<'_> {
        let Self { held, base, replaced, wishes, .. } = self;
        OurSeries { held, base, replaced, wishes }
    }

    /// Whether a person's wish waits that is more than a cancellation.
    pub(super) fn is_wished(&self) -> bool {
        self.row.wishes.keys().any(|word| !word.ends_with(Field::Cancel.as_str()))
            && !self.wishes.shared.contains_key(&Field::Cancel)
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.row.state == OutboxState::Waiting
    }

    /// Whether what waits of this date is for the push to say, whoever wished for it. `slot` as Google knows it.
    pub(super) fn is_for_the_push(&self, slot: Instant) -> bool {
        let here = self.here(slot);
        let waits = |slot| self.row.changed.contains(&date_word(slot));
        self.wishes.shared.contains_key(&Field::Cancel) || waits(slot) || here.is_none_or(waits)
    }

    /// Whether something of this date waits that no person wished for: it is not merged but written. `slot` as Google knows it.
    pub(super) fn says_alone(&self, slot: Instant) -> bool {
        self.here(slot).is_some_and(|here| is_told_by_us(&self.row, &self.wishes, here))
    }

    /// Whether a date has the same original start here, and was cancelled neither when both sides last agreed nor since.
    pub(super) fn stays(&self, slot: Instant) -> bool {
        let mut known = self.replaced.iter().chain([&self.base, &self.held]);
        self.here(slot) == Some(slot) && !known.any(|held| held.own(slot).cancelled)
    }

    /// The original start here of a date that Google knows by `slot`.
    fn here(&self, slot: Instant) -> Option<Instant> {
        self.base.shared.times.carried(&self.held.shared.times, slot)
    }

    /// Takes in Google's master. `None`: it cannot be expanded here, and waits for the push.
    pub(super) async fn master(
        self,
        tx: &mut Tx,
        source: &Source,
        remote: &RemoteEvent,
        read: &Master,
    ) -> Result<Option<MergedShared>, StoreError> {
        let event = &self.stored.event;
        let came = guests(tx, &read.event, &event.organizer_email).await?;
        let shown = Shown { remote, way: event.way, rooms: &self.rooms, came: &came };
        let Some(mut theirs) = shown.shared(read, &self.base.shared) else { return Ok(None) };
        if self.is_invited(source) {
            theirs.rooms.insert(source.room.email.clone());
        }
        let merged = merge_shared(self.ours(), &theirs, remote.updated);
        let next = next_date(tx, event.id, tx.now()).await?;
        let value = |shared: &Shared, field| value_of(shared, field, &self.rooms);
        let line = |settled: &Settled| {
            let field = settled.field;
            let (ours, theirs) = (value(&self.held.shared, field), value(&theirs, field));
            Line { settled: *settled, by: self.by(field.as_str()), ours, theirs }
        };
        tell_lines(tx, event, None, next.as_ref(), merged.settled.iter().map(line).collect()).await?;
        for slot in &merged.lost {
            self.tell_of_gone(tx, *slot).await?;
        }
        let words = self.words_of_master(&merged, &theirs);
        self.settle(tx, source, (&merged.held, &merged.base), !merged.cancelled, words, &came).await?;
        Ok(Some(merged))
    }

    /// Whether somebody invited the room on whose calendar the series is to one that stands on another room's calendar.
    fn is_invited(&self, source: &Source) -> bool {
        let left = format!("{LEFT}{}", source.room.email);
        self.stored.event.way == Way::Room
            && source.calendar == source.room.email
            && !self.wishes.shared.contains_key(&Field::Room)
            && !self.row.changed.contains(&left)
    }

    /// Takes in a date that Google shows, or (`event` is `None`) does not have any more. `slot` as Google knows it.
    pub(super) async fn date(
        self,
        tx: &mut Tx,
        source: &Source,
        shown: Option<(&RemoteEvent, &RoomEvent)>,
        slot: Instant,
    ) -> Result<MetDate, StoreError> {
        let organizer = self.stored.event.organizer_email.clone();
        let (theirs, updated, came) = match shown {
            Some((remote, event)) => {
                let came = guests(tx, event, &organizer).await?;
                let copy = Shown { remote, way: self.stored.event.way, rooms: &self.rooms, came: &came };
                let there = series_there(tx, source, &self.stored.event).await?.map(|copy| Shared {
                    title: title_of(&copy),
                    rooms: self.rooms.all().filter(|room| invites(&copy.raw, room)).cloned().collect(),
                    ..self.base.shared.clone()
                });
                let mut known = vec![&self.base.shared, &self.held.shared];
                known.extend(&there);
                known.extend(self.replaced.iter().map(|held| &held.shared));
                (copy.own(event, slot, &known, &self.base.own(slot)), remote.updated, came)
            }
            None => (Own::cancelled(), None, Vec::new()),
        };
        let merged = merge_date(self.ours(), slot, &theirs, updated);
        self.tell_of_date(tx, slot, &theirs, &merged).await?;
        let words = self.words_of_date(&merged, slot);
        let moved = |word: &String| matches!(word.as_str(), "time" | "room" | "all" | "cancel");
        let waits = merged.says || merged.cancelled || words.changed.iter().any(moved);
        let met = MetDate { here: merged.here, waits };
        let revives = merged.of_series.is_some_and(|settled| settled.winner == Side::Google);
        let (google_id, way_calendar) =
            (self.stored.event.google_id.clone(), self.stored.event.way_calendar.clone());
        self.settle(tx, source, (&merged.held, &merged.base), revives, words, &came).await?;
        if revives && let Some(copy) = tx.copy_get(&way_calendar, &google_id.unwrap_or_default()).await? {
            // All of it is on as Google has it, of which the master tells by itself no more.
            look(tx, copy).await?;
        }
        Ok(met)
    }

    /// Stores what came of a merge: the series, where its dates stand, and what still waits.
    async fn settle(
        self,
        tx: &mut Tx,
        source: &Source,
        (held, base): (&HeldSeries, &HeldSeries),
        is_on: bool,
        words: Words,
        came: &[GuestRow],
    ) -> Result<(), StoreError> {
        let mut next =
            stored_as(&self.stored, held, &self.rooms, came).unwrap_or_else(|| self.stored.clone());
        next.event.cancelled &= !is_on;
        if !next.event.cancelled {
            let waits = |word: &String| matches!(word.as_str(), "time" | "room" | "all");
            let is_there = !words.changed.iter().any(waits);
            place::put(tx, source, &self.stored, &next, is_there).await?;
        }
        let mut past = vec![base];
        past.extend(&self.replaced[..self.replaced.len().min(REPLACED)]);
        // A push of what was held until now may be under way.
        if *held != self.held {
            past.push(&self.held);
        }
        past.dedup();
        let past = past.into_iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
        let Words { changed, wishes } = words;
        let row = OutboxRow { past, changed, wishes, ..self.row };
        tx.outbox_merged(&row).await?;
        if row.changed.is_empty() && row.state == OutboxState::Blocked {
            // Nothing waits any more for the grant to come back.
            tx.outbox_done(row.event, row.version).await?;
        }
        Ok(())
    }

    fn by(&self, word: &str) -> Option<PersonId> {
        self.row.wishes.get(word).map(|wish| wish.by)
    }

    /// Who wished for something of this date.
    fn people_of(&self, slot: Instant) -> BTreeSet<PersonId> {
        let of_date = format!("{}:", date_word(slot));
        self.row
            .wishes
            .iter()
            .filter(|(word, _)| word.starts_with(&of_date))
            .map(|(_, wish)| wish.by)
            .collect()
    }

    /// A date is gone in Google, and with it what was wished for of it.
    async fn tell_of_gone(&self, tx: &mut Tx, slot: Instant) -> Result<(), StoreError> {
        let event = &self.stored.event;
        let (was, people) = (standing(tx, event.id, slot).await?, self.people_of(slot));
        tell_deleted(tx, event, Some(slot), was.as_ref(), people.first().copied(), &people).await
    }

    /// A date that does not stand anywhere, where it would: it was cancelled here.
    fn wanted_at(&self, slot: Instant, own: &Own) -> Option<OccurrenceRow> {
        Some(OccurrenceRow {
            event: self.stored.event.id,
            room: *self.stored.series.rooms.first()?,
            slot,
            range: own.range.or_else(|| self.held.shared.times.regular(slot))?,
            state: BookingState::Cancelled,
            reason: None,
            title: None,
            exception: true,
        })
    }

    async fn tell_of_date(
        &self,
        tx: &mut Tx,
        slot: Instant,
        theirs: &Own,
        merged: &MergedDate,
    ) -> Result<(), StoreError> {
        let event = &self.stored.event;
        if let Some(settled) = merged.of_series {
            let next = next_date(tx, event.id, tx.now()).await?;
            let by = self.by(Field::Cancel.as_str());
            let line = Line { settled, by, ours: Default::default(), theirs: Default::default() };
            tell_lines(tx, event, None, next.as_ref(), vec![line]).await?;
        }
        let here = merged.here.unwrap_or(slot);
        if merged.deleted {
            self.tell_of_gone(tx, here).await?;
        }
        let mine = self.held.own(here);
        let was = match standing(tx, event.id, here).await? {
            Some(was) => Some(was),
            None => self.wanted_at(here, &mine),
        };
        let line = |settled: &Settled| {
            let field = settled.field;
            Line {
                settled: *settled,
                by: self.by(&wish_word(here, field)),
                ours: value_of_date(&mine, here, &self.held.shared, field, &self.rooms),
                theirs: value_of_date(theirs, slot, &self.base.shared, field, &self.rooms),
            }
        };
        let lines = merged.settled.iter().map(line).collect();
        tell_lines(tx, event, Some(here), was.as_ref(), lines).await
    }

    /// What waits once the master was merged.
    fn words_of_master(&self, merged: &MergedShared, theirs: &Shared) -> Words {
        let mut words = Words { changed: self.row.changed.clone(), wishes: self.row.wishes.clone() };
        if merged.cancelled {
            return words;
        }
        let has = |field: Field| merged.push.contains(&field);
        let is_of_times = |field: Field| matches!(field, Field::Time | Field::Rule);
        let times = has(Field::Time) || has(Field::Rule);
        let pushed = |field: Field| if is_of_times(field) { times } else { has(field) };
        // As the room: dates that lost it are still to be taken off its calendar.
        let room = Field::Room.as_str();
        let asks_for_rooms = self.stored.event.way == Way::Room
            && words.changed.iter().any(|word| word == room)
            && !words.wishes.contains_key(room);
        let date = |slot: &Instant| date_word(*slot);
        let lost: BTreeSet<String> = merged.lost.iter().chain(&merged.dropped).map(date).collect();
        words.changed.retain(|word| !lost.contains(word));
        for (from, to) in &merged.moved {
            let old = date_word(*from);
            words.changed.retain(|word| *word != old);
            words.changed.push(date_word(*to));
        }
        let dates = words.changed.iter().any(|word| word.starts_with(DATE));
        // Google has the times, however it spells them: what the dates had for themselves it may have taken back with them.
        let ours = &self.held.shared;
        let is_ours = theirs.agrees(ours, Field::Time) && theirs.agrees(ours, Field::Rule);
        let keeps = is_ours && !pushed(Field::Time) && !merged.held.dates.is_empty();
        if keeps && words.changed.iter().any(|word| word == Field::Time.as_str()) {
            words.changed.push(KEPT.to_owned());
        }
        words.changed.retain(|word| match word.as_str() {
            "all" | "cancel" => false,
            word if word.starts_with(LEFT) => dates || pushed(Field::Room),
            word if word.starts_with(UNINVITED) => dates || pushed(Field::Guests),
            word => Field::try_from(word).map_or(true, pushed),
        });
        if asks_for_rooms {
            words.changed.push(Field::Room.as_str().to_owned());
        }
        let word = |field: &Field| if is_of_times(*field) { Field::Time } else { *field };
        words.changed.extend(merged.push.iter().map(word).map(|field| field.as_str().to_owned()));
        if pushed(Field::Room) {
            // Somebody else's move in Google that ours replaces.
            let left = theirs.rooms.difference(&merged.held.shared.rooms);
            words.changed.extend(left.map(|room| format!("{LEFT}{room}")));
        }
        words.wishes = std::mem::take(&mut words.wishes)
            .into_iter()
            .filter_map(|(word, wish)| match Field::try_from(word.as_str()) {
                Ok(field) => pushed(field).then_some((word, wish)),
                Err(_) => carried(&word, merged).map(|word| (word, wish)),
            })
            .collect();
        words.sorted()
    }

    /// What waits once a date was merged.
    fn words_of_date(&self, merged: &MergedDate, slot: Instant) -> Words {
        let mut words = Words { changed: self.row.changed.clone(), wishes: self.row.wishes.clone() };
        if merged.of_series.is_some_and(|settled| settled.winner == Side::Google) {
            words.changed.retain(|word| word != Field::Cancel.as_str());
            words.wishes.remove(Field::Cancel.as_str());
        }
        let Some(here) = merged.here else { return words };
        let word = date_word(here);
        words.changed.retain(|held| *held != word);
        if merged.says {
            words.changed.push(word.clone());
            if here != slot {
                // Whether Google drops it there with the change of the master is not documented.
                words.changed.push(date_word(slot));
            }
        }
        let of_date = format!("{word}:");
        words.wishes.retain(|held, _| match held.strip_prefix(&of_date) {
            Some(field) => Field::try_from(field).is_ok_and(|field| merged.push.contains(&field)),
            None => true,
        });
        words.sorted()
    }
}

/// The date of a series that a notice about all of it names: the next one.
async fn next_date(tx: &mut Tx, id: BookingId, now: Instant) -> Result<Option<OccurrenceRow>, StoreError> {
    let dates = tx.occurrences_of_event(id).await?;
    Ok(dates.into_iter().filter(|one| one.range.end() > now).min_by_key(|one| (one.range, one.room)))
}

/// Where a date of a series stands, if it does.
async fn standing(tx: &mut Tx, id: BookingId, slot: Instant) -> Result<Option<OccurrenceRow>, StoreError> {
    let dates = tx.occurrences_of_event(id).await?;
    let of_date = dates.into_iter().filter(|one| one.slot == slot);
    Ok(of_date.min_by_key(|one| (!one.state.is_drawn(), one.room)))
}

/// What a person changed waits for Google. `before`: as the series was held; `splits`: another one takes over.
pub(super) async fn wish(
    tx: &mut Tx,
    id: BookingId,
    words: &[&str],
    before: Option<Before>,
    splits: bool,
    by: PersonId,
) -> Result<(), StoreError> {
    let after = held_now(tx, id).await?;
    let Some((before, after)) = before.zip(after) else { return tx.outbox_put(id, words).await };
    let Before { held: before, agreed: was } = before;
    if let Some(mut row) = tx.outbox_get(id).await?.filter(|row| row.state != OutboxState::Dead) {
        if row.past.is_empty() && is_told_as_a_whole(&row) {
            // Behind the first insert, the dates may have been told as well.
            if row.sent {
                row.past.push(serde_json::to_value(without_dates(was.clone()))?);
            }
        } else if row.past.is_empty() {
            // What waits no person wished for: until now it is as it was agreed on.
            row.past.push(serde_json::to_value(&was)?);
        }
        row.wishes = wishes_moved(row.wishes, &before, &after);
        tx.outbox_merged(&row).await?;
    }
    let mut wished = wished(&before, &after, splits);
    wished
        .extend(words.iter().filter(|word| **word == Field::Cancel.as_str()).map(|word| (*word).to_owned()));
    let wished: Vec<&str> = wished.iter().map(String::as_str).collect();
    tx.outbox_wish_for(id, words, &wished, serde_json::to_value(was)?, by).await
}

/// What the first insert brings: what all dates share, and nothing that one has for itself.
fn without_dates(held: HeldSeries) -> HeldSeries {
    HeldSeries { dates: BTreeMap::new(), ..held }
}

/// What was wished for of single dates goes with them where the whole series is moved.
fn wishes_moved(
    wishes: BTreeMap<String, WishRow>,
    before: &HeldSeries,
    after: &HeldSeries,
) -> BTreeMap<String, WishRow> {
    if before.shared.times == after.shared.times {
        return wishes;
    }
    let moved = |(word, wish): (String, WishRow)| {
        let word = match of_wish_word(&word) {
            Some((slot, field)) => wish_word(before.moved(after, slot)?, field),
            None => word,
        };
        Some((word, wish))
    };
    wishes.into_iter().filter_map(moved).collect()
}

/// As a pull takes it, for what a push asked for alone: the master, and a date that was read while it was like that.
pub(super) async fn asked(
    tx: &mut Tx,
    source: &Source,
    id: BookingId,
    remote: &RemoteEvent,
    date: Option<&RemoteEvent>,
) -> Result<(), StoreError> {
    let Some(stored) = tx.series_get(id).await? else { return Ok(()) };
    let Some(meeting) = Meeting::of(tx, &stored).await? else { return Ok(()) };
    let looks = meeting.row.changed.iter().any(|word| word == LOOK);
    let Reading::Series(read) = source.read(remote) else { return Ok(()) };
    let met = meeting.master(tx, source, remote, &read).await?;
    if looks {
        leave_uninvited(tx, id, remote).await?;
    }
    let (Some(_), Some(date)) = (met, date) else { return Ok(()) };
    let Reading::Event(event) = source.read(date) else { return Ok(()) };
    let Some(stored) = tx.series_get(id).await? else { return Ok(()) };
    let Some(meeting) = Meeting::of(tx, &stored).await? else { return Ok(()) };
    let slot = event.original.unwrap_or(event.range.start());
    if event.series.is_none() || meeting.says_alone(slot) {
        return Ok(());
    }
    meeting.date(tx, source, Some((date, &event)), slot).await.map(drop)
}

/// Google holds what was pushed of the master: it is what later changes are compared with, although other things of the
/// series still wait. What was wished for meanwhile is another version, and stays as it is.
pub(super) async fn agreed(
    tx: &mut Tx,
    id: BookingId,
    version: i64,
    said: Option<Instant>,
) -> Result<(), StoreError> {
    let Some(stored) = tx.series_get(id).await? else { return Ok(()) };
    let Some(meeting) = Meeting::of(tx, &stored).await? else { return Ok(()) };
    let Meeting { mut row, held, off, mut base, replaced, .. } = meeting;
    if row.version != version {
        return Ok(());
    }
    match said {
        Some(slot) => {
            base.put(slot, if off.contains(&slot) { Own::cancelled() } else { held.own(slot) });
            let of_date = format!("{}:", date_word(slot));
            row.wishes.retain(|word, _| !word.starts_with(&of_date));
        }
        None => {
            let times = &held.shared.times;
            if base.shared.times != *times {
                base.dates.retain(|slot, _| times.has(*slot));
            }
            base.shared = held.shared;
        }
    }
    let past = [base].into_iter().chain(replaced);
    row.past = past.map(serde_json::to_value).collect::<Result<_, _>>()?;
    tx.outbox_merged(&row).await
}

/// The series was deleted in Google, and with it what still waited: people who wished for that are told. Before it ends here.
pub(super) async fn deleted(tx: &mut Tx, stored: &SeriesStored) -> Result<(), StoreError> {
    let Some(meeting) = Meeting::of(tx, stored).await?.filter(Meeting::is_wished) else { return Ok(()) };
    let next = next_date(tx, stored.event.id, tx.now()).await?;
    let wishes = &meeting.row.wishes;
    let person = wishes.values().max_by_key(|wish| wish.at).map(|wish| wish.by);
    let people = wishes.values().map(|wish| wish.by).collect();
    tell_deleted(tx, &stored.event, None, next.as_ref(), person, &people).await
}

/// A room is not the series' any more: what waits is compared with a series without it.
pub(super) async fn left(tx: &mut Tx, id: BookingId, room: RoomId) -> Result<(), StoreError> {
    let row = tx.outbox_get(id).await?.filter(|row| row.state != OutboxState::Dead && !row.past.is_empty());
    let (Some(mut row), Some(room)) = (row, tx.room_get(room).await?) else { return Ok(()) };
    let without = |past: &serde_json::Value| {
        let mut held: HeldSeries = serde_json::from_value(past.clone())?;
        held.shared.rooms.remove(&room.email);
        held.dates.values_mut().filter_map(|own| own.rooms.as_mut()).for_each(|rooms| {
            rooms.remove(&room.email);
        });
        serde_json::to_value(held)
    };
    row.past = row.past.iter().map(without).collect::<Result<_, _>>()?;
    tx.outbox_merged(&row).await
}

/// A date was cancelled in Google, and with it what was wished for of it: people who did are told. Before it is cancelled
/// here.
pub(super) async fn date_deleted(tx: &mut Tx, id: BookingId, slot: Instant) -> Result<(), StoreError> {
    let Some(stored) = tx.series_get(id).await? else { return Ok(()) };
    let Some(meeting) = Meeting::of(tx, &stored).await? else { return Ok(()) };
    let is_wished = meeting.wishes.dates.contains_key(&slot) && !meeting.held.own(slot).cancelled;
    if is_wished { meeting.tell_of_gone(tx, slot).await } else { Ok(()) }
}

/// Whether the room's answer to what Google shows is the answer to what is held here.
pub(super) fn stands_as_shown(merged: &MergedShared) -> bool {
    let moved = [Field::Time, Field::Rule, Field::Room];
    !merged.cancelled && moved.iter().all(|field| !merged.push.contains(field))
}

/// As the room, a series is written to the room's own calendar: what is gone there is deleted.
pub(super) fn is_definite(stored: &SeriesStored) -> bool {
    stored.event.way == Way::Room
}
