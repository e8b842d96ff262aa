//! What a row asks for of a series, as it stands now: the job of a push.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use calendar::recurrence::{Budget, Slot};
use calendar::series::{Master, Override, Part};
use model::history::Field;
use model::{BookingId, BookingState, CompanyId, Instant, Stuck, TimeRange};
use store::{CopyRow, EventKind, EventRow, OccurrenceRow, OutboxRow, OutboxState, SeriesStored, Way};
use sync::event_id;
use sync::merge::series::HeldSeries;
use sync::port::{RemoteEvent, RemoteStatus};
use sync::push::{CopySeen, held_range};
use sync::series::{Host, Wanted};

use super::answers::original_of;
use super::held::{dates_wished, of_wish_word};
use super::part::{Rooms, part_of, slot_at};
use super::{AFTER, BEFORE, KEPT, READY, dates, ids, suffixes};
use crate::apply::{ROOM_DECLINED, Source};
use crate::engine::Engine;
use crate::failure::Failure;
use crate::leave::invites;
use crate::push::wish::fields_of;
use crate::push::{LEFT, TAKEN_OFF, UNINVITED};

/// How soon a half of a split looks at first whether the other half is done; it is woken when it is.
const SPLIT_SECS: i64 = 2;

/// A push under way.
pub(super) struct Job {
    pub(super) row: OutboxRow,
    pub(super) event: EventRow,
    pub(super) wanted: Wanted,
    pub(super) sent_before: bool,
    pub(super) said: BTreeSet<Slot>,
    /// The date that was read last.
    pub(super) date: Option<(Slot, CopySeen)>,
    /// A date that was read, and is merged once its series was read after it.
    pub(super) asked: Option<Asked>,
    /// Whether the copy of the master was answered in this push.
    pub(super) fresh: bool,
    /// Dates with something that people wished for, which is merged with what Google shows before it is written, unless Google has
    /// taken back what they had (`was_taken_back`).
    pub(super) wished: BTreeSet<Slot>,
    /// Dates that keep what they have for themselves although the series is moved, should Google have taken it from them.
    pub(super) kept: BTreeSet<Slot>,
    /// Whether Google may have taken from dates what they have for themselves, as the series got other times.
    pub(super) may_lack: bool,
    /// Dates that Google does not know and for which the series was read again.
    pub(super) looked: BTreeSet<Slot>,
    /// Whether something was written in this push, to which rooms will answer.
    pub(super) wrote: bool,
}

/// A date as it was read.
pub(super) struct Asked {
    pub(super) slot: Slot,
    pub(super) event: Box<RemoteEvent>,
    /// The etag that the series had before.
    pub(super) series: Option<String>,
}

impl Job {
    pub(super) fn words(&self) -> &[String] {
        &self.row.changed
    }

    /// Whether Google shows a date as its series is.
    pub(super) fn is_plain(&self, slot: Slot, event: &RemoteEvent) -> bool {
        let master = &self.wanted.part.master;
        let regular = master.recurrence.end(slot, master.length, master.zone());
        let range = TimeRange::new(slot.instant(master.zone()), regular);
        let raw = event.raw.json();
        event.status != RemoteStatus::Cancelled
            && held_range(&raw) == range
            && raw["summary"].as_str().unwrap_or_default() == master.details.title
    }

    /// Whether Google shows a date in the rooms of its series, and perhaps in more.
    fn has_its_rooms(&self, event: &RemoteEvent) -> bool {
        let raw = event.raw.json();
        let as_room = matches!(self.wanted.host, Host::Room { .. });
        as_room || self.wanted.part.master.details.rooms.iter().all(|room| invites(&raw, room))
    }

    /// Whether Google has taken from a date what it had for itself, as far as can be seen: it is as its series now, which got other
    /// times. That is nobody's change of the date.
    pub(super) fn was_taken_back(&self, slot: Slot, event: &RemoteEvent) -> bool {
        self.may_lack && self.is_plain(slot, event) && self.has_its_rooms(event)
    }

    /// Whether the rule as it is wanted has this date, whatever becomes of it: then Google knows it.
    pub(super) fn has_by_rule(&self, slot: Slot) -> bool {
        self.wanted.part.master.recurrence.contains(slot, Budget::DEFAULT).unwrap_or(false)
    }

    /// Whether it goes to, or stands on, the calendar of a room that it is not in any more.
    pub(super) fn is_astray(&self) -> bool {
        matches!(self.wanted.host, Host::Room { .. }) && !self.wanted.is_in(&self.event.way_calendar)
    }
}

impl Engine {
    /// The series of ours that a row is about, if it is about one.
    pub(crate) async fn series_of(&self, row: &OutboxRow) -> Result<Option<SeriesStored>, Failure> {
        let store = self.company(row.company);
        match store.event_get(row.event).await? {
            Some(event) if event.kind == EventKind::Series && event.way != Way::Outside => {
                Ok(store.series_get(row.event).await?)
            }
            _ => Ok(None),
        }
    }

    /// What a row asks for, as it stands now. `None`: it waits for something, or was given up.
    pub(super) async fn series_job(
        &self,
        row: OutboxRow,
        stored: SeriesStored,
    ) -> Result<Option<Job>, Failure> {
        let store = self.company(row.company);
        let rooms = store.room_list().await?;
        let part = part_of(&stored, &Rooms::new(&rooms));
        let Ok(part) = part else {
            self.give_series_up(&row, &stored.event, Stuck::Refused, "an unreadable series").await?;
            return Ok(None);
        };
        let ours = !stored.series.rooms.is_empty() && part.master.details.rooms.is_empty();
        if ours && !stored.event.cancelled {
            self.give_series_up(&row, &stored.event, Stuck::RoomGone, "no room is in use").await?;
            return Ok(None);
        }
        for successor in ids(&row.changed, BEFORE) {
            if !stored.event.cancelled && !self.is_ready(&row, successor).await? {
                let at = self.looks_again(&row);
                self.wait(&row, at, "waits for the series that takes over").await?;
                return Ok(None);
            }
        }
        let mut hold_back = false;
        for predecessor in ids(&row.changed, AFTER) {
            let other = store.outbox_get(predecessor).await?;
            hold_back |= other.is_some_and(|other| other.state != OutboxState::Dead);
        }
        if hold_back && !stored.event.cancelled && row.changed.iter().any(|word| word == READY) {
            let at = self.looks_again(&row);
            self.wait(&row, at, "waits for its rooms").await?;
            return Ok(None);
        }
        let occurrences = store.occurrences_of_event(row.event).await?;
        let google_id = event_id::event_id(stored.event.id, stored.event.generation);
        let is_there = store.copy_get(&stored.event.way_calendar, &google_id).await?.is_some();
        let mut wanted = wanted(&row, &stored, part, hold_back, &occurrences);
        if let Host::Room { calendar, .. } = &mut wanted.host {
            if is_there {
                // As the room, another room is another calendar.
                wanted.changed.room |= *calendar != stored.event.way_calendar;
            } else if row.sent {
                // Whether it is where it was sent is not known.
                calendar.clone_from(&stored.event.way_calendar);
            }
        }
        let may_lack = wanted.changed.time || row.changed.iter().any(|word| word == KEPT);
        let kept = if may_lack { self.kept_by_dates(&wanted) } else { BTreeSet::new() };
        wanted.dates.extend(&kept);
        if !wanted.dates.is_empty() {
            wanted.ids = self.ids_of_dates(row.company, &stored.event, &wanted.part.master).await?;
        }
        let wished = dates_wished(&row).map(|at| slot_at(&wanted.part.master, at)).collect();
        let (event, sent_before) = (stored.event, row.sent);
        Ok(Some(Job {
            row,
            event,
            wanted,
            sent_before,
            said: BTreeSet::new(),
            date: None,
            asked: None,
            fresh: false,
            wished,
            kept,
            may_lack,
            looked: BTreeSet::new(),
            wrote: false,
        }))
    }

    /// Dates to come that have something for themselves and of which nothing was changed: whether Google keeps it where the
    /// series gets other times is not documented.
    fn kept_by_dates(&self, wanted: &Wanted) -> BTreeSet<Slot> {
        let (now, zone) = (self.now(), wanted.part.master.zone());
        let ahead = wanted.part.overrides.keys().filter(|slot| slot.instant(zone) > now);
        ahead.filter(|slot| !wanted.dates.contains(slot)).copied().collect()
    }

    /// What Google calls the dates that it told of alone, whichever calendar showed them.
    async fn ids_of_dates(
        &self,
        company: CompanyId,
        event: &EventRow,
        master: &Master,
    ) -> Result<BTreeMap<Slot, String>, Failure> {
        let google_id = event_id::event_id(event.id, event.generation);
        let copies = self.company(company).copies_of_dates(event.id, &google_id).await?;
        let told = |copy: CopyRow| {
            let original = original_of(&copy.raw)?;
            let of_series = copy.raw["recurringEventId"] == google_id.as_str();
            of_series.then(|| (slot_at(master, original), copy.google_id))
        };
        Ok(copies.into_iter().filter_map(told).collect())
    }

    /// The job as it stands once both sides were merged. `None`: nothing of it is left to do now.
    pub(super) async fn series_job_again(&self, job: Job) -> Result<Option<Job>, Failure> {
        let row = self.company(job.row.company).outbox_get(job.row.event).await?;
        let Some(row) = row.filter(|row| row.token == job.row.token) else { return Ok(None) };
        let Some(stored) = self.series_of(&row).await? else { return Ok(None) };
        let now = self.series_job(row, stored).await?;
        Ok(now.map(|now| Job {
            sent_before: job.sent_before,
            // What was said before somebody wished for something else may be what they wished for.
            said: if now.row.version == job.row.version { job.said } else { BTreeSet::new() },
            date: job.date,
            fresh: job.fresh,
            looked: job.looked,
            wrote: job.wrote,
            ..now
        }))
    }

    /// What Google shows to a push, for the pull's eyes: as the calendar that the series is written to shows it.
    pub(super) async fn source_of_push(&self, job: &Job) -> Result<Option<Source>, Failure> {
        let rooms = self.company(job.row.company).room_list().await?;
        let part = &job.wanted.part;
        // Of some series single dates alone are in a room.
        let of_dates = part.overrides.values().filter_map(|one| match one {
            Override::Changed(own) => own.rooms.as_ref()?.first(),
            Override::Cancelled => None,
        });
        let first = part.master.details.rooms.iter().chain(of_dates).next();
        let Some(room) = rooms.into_iter().find(|room| Some(&room.email) == first) else { return Ok(None) };
        Ok(Some(Source {
            room,
            calendar: job.event.way_calendar.clone(),
            zone: self.zone_of(job.row.company).await?,
            seed: self.random(),
            begun: self.now(),
            hear_again: Arc::default(),
        }))
    }

    /// When a half of a split looks whether the other half is done, should nobody wake it.
    pub(super) fn looks_again(&self, row: &OutboxRow) -> Instant {
        self.now().plus_secs(SPLIT_SECS << row.waits.min(5))
    }

    /// Whether the series that takes over is there but for its rooms, or never will be.
    async fn is_ready(&self, row: &OutboxRow, successor: BookingId) -> Result<bool, Failure> {
        let other = self.company(row.company).outbox_get(successor).await?;
        Ok(other.is_none_or(|other| {
            other.state == OutboxState::Dead
                || other.changed.iter().any(|word| word == READY || word == "cancel")
        }))
    }
}

/// The room on whose calendar a series stands: where it is, while it is in that room.
fn host_of<'a>(part: &'a Part, is_at: &'a String) -> &'a String {
    let rooms = &part.master.details.rooms;
    if rooms.contains(is_at) { is_at } else { rooms.first().unwrap_or(is_at) }
}

/// What Google shall hold, by the newest wish.
fn wanted(
    row: &OutboxRow,
    stored: &SeriesStored,
    mut part: Part,
    hold_back: bool,
    occurrences: &[OccurrenceRow],
) -> Wanted {
    let event = &stored.event;
    let has = |word: &str| row.changed.iter().any(|held| held == word);
    let mut slots: BTreeSet<Slot> = dates(&row.changed).map(|at| slot_at(&part.master, at)).collect();
    if event.way == Way::Room {
        // Written straight to the room's calendar nobody would decline what does not hold the room.
        for lost in occurrences.iter().filter(|one| one.state == BookingState::Declined) {
            let slot = slot_at(&part.master, lost.slot);
            let is_said = slots.contains(&slot) && lost.reason.as_deref() != Some(ROOM_DECLINED);
            if has("room") || is_said {
                part.overrides.insert(slot, Override::Cancelled);
                slots.insert(slot);
            }
        }
    }
    let agreed = row.past.first().and_then(|past| serde_json::from_value::<HeldSeries>(past.clone()).ok());
    let agreed = agreed.map(|agreed| agreed.dates).unwrap_or_default();
    let cancelled = agreed.into_iter().filter(|(_, own)| own.cancelled);
    let dates_off = cancelled.map(|(at, _)| slot_at(&part.master, at)).collect();
    let titles = row.wishes.keys().filter_map(|word| of_wish_word(word));
    let titles = titles.filter(|(_, field)| *field == Field::Title);
    let retitled = titles.map(|(at, _)| slot_at(&part.master, at)).collect();
    let host = match event.way {
        Way::Person => Host::Person { calendar: event.way_calendar.clone() },
        Way::Room | Way::Outside => Host::Room {
            calendar: host_of(&part, &event.way_calendar).clone(),
            organizer_name: event.organizer_name.clone(),
            organizer_email: event.organizer_email.clone(),
        },
    };
    Wanted {
        booking: event.id,
        generation: event.generation,
        range: event.range,
        part,
        private: event.private,
        host,
        changed: fields_of(&row.changed),
        renews: fields_of(&row.changed),
        uninvited: suffixes(&row.changed, UNINVITED),
        left_rooms: suffixes(&row.changed, LEFT),
        dates: slots,
        retitled,
        ids: BTreeMap::new(),
        hold_back: hold_back && event.way == Way::Person,
        taken_off: has(TAKEN_OFF),
        dates_off,
        quiet: ids(&row.changed, BEFORE).next().is_some(),
        cancelled: event.cancelled,
    }
}
