//! Bringing a series to Google: runs what `sync::series` plans, and stores what came of it.

use std::collections::BTreeSet;
use std::slice;

use bus::Pass;
use calendar::recurrence::Slot;
use calendar::series::Override;
use model::{BookingId, BookingState, RoomId, Stuck};
use store::{CopyRow, Lane, OccurrenceRow, OutboxRow, SeriesStored, StoreError, Tx, Way};
use sync::breaker::Write;
use sync::port::{RemoteEvent, RemoteOp};
use sync::push::{CopySeen, Effect as MasterEffect, Fields, held_range};
use sync::series::{About, Effect, Next, plan, settle};
use sync::{crash, event_id};

use super::held::dates_wished;
use super::job::{Asked, Job};
use super::place::answer_by_copies;
use super::pull::cancel_date;
use super::{AFTER, BEFORE, READY, date_word, ids, merge};
use crate::apply::OUTSIDE_FIRST;
use crate::breaker;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::grants::Owner;
use crate::push::answer::take_answer;
use crate::push::wish::seen;
use crate::stuck;

/// Calls of one push beside those for its dates; then it queues again.
const MAX_CALLS: u32 = 16;
/// So often a date is asked for that the rule has and Google does not find, before that is believed.
const DOUBTS: u32 = 5;
/// Dates that one push says before others have their turn.
pub(super) const MAX_DATES: usize = 40;

impl Engine {
    /// Brings a series of ours to Google, as far as it can be brought now.
    pub(crate) async fn push_series(&self, row: OutboxRow, stored: SeriesStored) -> Result<(), Failure> {
        match self.series_job(row, stored).await? {
            Some(job) => self.bring_series(job).await,
            None => Ok(()),
        }
    }

    async fn bring_series(&self, mut job: Job) -> Result<(), Failure> {
        let (company, lane) = (job.row.company, Lane::of(job.row.company, &job.event));
        let store = self.company(company);
        if store.push_stopped(job.wanted.host.calendar()).await?.is_some() {
            return self.park(&job.row, Stuck::LoopStopped).await;
        }
        let owner = Owner::of(&job.event);
        let mut token = match self.access_token(company, owner).await {
            Ok(token) => token,
            Err(Failure::NoGrant(_)) => return self.park_without_grant(&job.row, owner).await,
            Err(Failure::Google(reason)) => return self.rest_later(&job.row, &reason).await,
            Err(failure) => return Err(failure),
        };
        // While its rooms are the other half's nothing is asked of them.
        let goes = job.wanted.changed.time || job.wanted.changed.room || !job.wanted.dates.is_empty();
        if goes
            && !job.wanted.cancelled
            && !job.wanted.hold_back
            && self.waits_for_its_places(&job.row).await?
        {
            return self.take_turn_later(&job.row).await;
        }
        let google_id = event_id::event_id(job.event.id, job.event.generation);
        let (mut refreshed, mut calls, mut next_call) = (false, 0, None);
        let mut at_once = false;
        while calls < MAX_CALLS && job.said.len() < MAX_DATES {
            let copy = store.copy_get(&job.event.way_calendar, &google_id).await?;
            let copy = copy.map(|copy| seen(copy, job.fresh));
            let date = job.date.as_ref().map(|(slot, copy)| (*slot, copy));
            let planned = match next_call.take() {
                Some((op, about)) => Ok(Next::Call(op, about)),
                None => plan(&job.wanted, copy.as_ref(), date, &job.said, job.sent_before),
            };
            if !at_once && job.date.is_none() && matches!(planned, Ok(Next::Call(_, About::Date(_)))) {
                at_once = true;
                self.say_at_once(&mut job, lane, &token, copy.as_ref()).await?;
                continue;
            }
            let (op, about) = match planned {
                Ok(Next::Call(op, about)) => (op, about),
                Ok(Next::Said(slot)) => {
                    self.said(&mut job, slot, None).await?;
                    continue;
                }
                Ok(Next::Waits) => return self.waits_for_rooms(&job).await,
                Ok(Next::Done) => return self.series_done(&job).await,
                Err(unwritable) => {
                    let why = unwritable.to_string();
                    return self.give_series_up(&job.row, &job.event, Stuck::Refused, &why).await;
                }
            };
            job.sent_before = true;
            // A date takes a read and a write; they are bounded by the dates.
            calls += u32::from(about == About::Master && job.asked.is_none());
            let write = Write::of(&op).filter(|_| about == About::Master);
            if matches!(op, RemoteOp::EventInsert { .. }) {
                let calendar = job.wanted.host.calendar().to_owned();
                self.goes_to(company, &mut job.event, &calendar).await?;
            }
            if matches!(op, RemoteOp::EventDelete { .. }) && !job.wanted.cancelled {
                self.takes_off(&mut job.row).await?;
            }
            // Others may have learned meanwhile that the grant is to rest.
            if let Some(at) = self.lanes().rests_from(lane, self.now()) {
                return self.rest(&job.row, at, Stuck::Limited, "the grant rests").await;
            }
            self.crash_point(crash::PUSH_BEFORE_CALL);
            let outcome = self.tell(lane, &token, &op).await;
            self.crash_point(crash::PUSH_AFTER_CALL);
            let attempt = self.attempt(&job.row, calls);
            let effect = settle(&job.wanted, about, copy.as_ref(), &op, outcome, attempt);
            if let Effect::Series(effect) = &effect {
                self.metrics().pushed(effect);
            }
            let effect = match effect {
                Effect::Date { slot, event, written: true } => {
                    self.lanes().answered(lane);
                    self.said(&mut job, slot, Some(*event)).await?;
                    continue;
                }
                // A date shows what its series has: so that it is not taken for its own, the series is looked at after it. And
                // one that is not there may have gone with a series that was moved.
                Effect::Date { slot, event, written: false }
                    if job.wished.contains(&slot) && !job.was_taken_back(slot, &event) =>
                {
                    let series = copy.as_ref().and_then(|copy| copy.etag.clone());
                    job.asked = Some(Asked { slot, event, series });
                    next_call = copy.map(|copy| (read_of(&copy), About::Master));
                    continue;
                }
                Effect::DateCancelled(slot) if job.wished.contains(&slot) && !job.fresh => {
                    next_call = copy.map(|copy| (read_of(&copy), About::Master));
                    continue;
                }
                // Perhaps by a rule that somebody gave the series since it was read; a 404 may also be a lie.
                Effect::DateUnknown(slot) | Effect::DateAbsent(slot)
                    if job.has_by_rule(slot) && job.looked.insert(slot) =>
                {
                    next_call = copy.map(|copy| (read_of(&copy), About::Master));
                    continue;
                }
                // Somebody else's change of it is for the pull.
                Effect::Date { slot, event, written: false }
                    if job.kept.contains(&slot) && !job.is_plain(slot, &event) =>
                {
                    job.date = Some((slot, seen_date(job.event.way_calendar.clone(), &event)));
                    self.said(&mut job, slot, None).await?;
                    continue;
                }
                Effect::Date { slot, event, written: false } => {
                    let calendar = job.event.way_calendar.clone();
                    job.date = Some((slot, seen_date(calendar, &event)));
                    continue;
                }
                Effect::DateCancelled(slot) => {
                    self.date_cancelled(&mut job, slot).await?;
                    continue;
                }
                Effect::DateUnknown(slot) | Effect::DateAbsent(slot)
                    if job.has_by_rule(slot) && job.row.attempts < DOUBTS =>
                {
                    return self.rest_later(&job.row, "a date is not to be seen").await;
                }
                Effect::DateUnknown(slot) => {
                    tracing::warn!(event.id = %job.event.id, "Google has no such date of a series");
                    self.said(&mut job, slot, None).await?;
                    continue;
                }
                Effect::DateAbsent(slot) => {
                    self.said(&mut job, slot, None).await?;
                    continue;
                }
                Effect::ReadAgain(slot) => {
                    calls += 1;
                    job.date = None;
                    let at = slot.instant(job.wanted.part.master.zone());
                    if dates_wished(&job.row).any(|wished| wished == at) {
                        job.wished.insert(slot);
                    }
                    continue;
                }
                Effect::Series(effect) => effect,
            };
            if !matches!(
                effect,
                MasterEffect::Limited { .. } | MasterEffect::Retry { .. } | MasterEffect::RefreshToken
            ) {
                self.lanes().answered(lane);
            }
            match effect {
                MasterEffect::Store { event, done } => {
                    // What the date showed may have been its series' as that was in between: it is read again.
                    if job.asked.take_if(|asked| asked.series != event.etag).is_some() {
                        calls += 1;
                    }
                    let stands =
                        copy.map_or_else(|| job.wanted.host.calendar().to_owned(), |copy| copy.calendar);
                    self.store_master(&mut job, stands, *event, write.filter(|_| done), done).await?;
                    job.fresh = true;
                    job.wrote |= done;
                    if done && job.is_astray() {
                        // Settled where it was sent, it still has to go to where it belongs.
                        match self.series_job_again(job).await? {
                            Some(now) => job = now,
                            None => return Ok(()),
                        }
                    } else if done {
                        let rooms_wait = job.wanted.hold_back;
                        job.wanted.changed = Fields { room: rooms_wait, ..Fields::NONE };
                    } else {
                        // Both sides were merged: what is wished now may be something else.
                        let date = job.asked.take();
                        match self.series_job_again(job).await? {
                            Some(now) => job = now,
                            None => return Ok(()),
                        }
                        if let Some(Asked { slot, event, .. }) = date {
                            job.date = Some((slot, seen_date(job.event.way_calendar.clone(), &event)));
                            job.wished.remove(&slot);
                        }
                    }
                }
                MasterEffect::Removed => return self.series_removed(&job, &google_id).await,
                MasterEffect::NextGeneration
                    if copy.is_none() && self.is_shown(company, &job.event, &google_id).await? =>
                {
                    return self.rest_later(&job.row, "not to be seen").await;
                }
                MasterEffect::NextGeneration => return self.next_series_generation(&job, &google_id).await,
                MasterEffect::RemoteCancelled => return self.series_cancelled_outside(&job).await,
                MasterEffect::Fetch(op) => next_call = Some((op, about)),
                MasterEffect::Stale { at } => return self.stale(&job.row, &job.event, &google_id, at).await,
                MasterEffect::Limited { retry_after_secs } => {
                    let until = self.lanes().limited(lane, self.now(), self.entropy(), retry_after_secs);
                    tracing::info!(company.id = %lane.company, "Google limits a grant, which rests");
                    return self.rest(&job.row, until, Stuck::Limited, "rate limited").await;
                }
                MasterEffect::Retry { at, reason } => {
                    return self.rest(&job.row, at, Stuck::NoAnswer, &reason).await;
                }
                MasterEffect::RefreshToken if !refreshed => {
                    refreshed = true;
                    token = match self.fresh_token(company, owner, &token).await {
                        Ok(token) => token,
                        Err(Failure::NoGrant(_)) => return self.park_without_grant(&job.row, owner).await,
                        Err(Failure::Google(reason)) => return self.rest_later(&job.row, &reason).await,
                        Err(failure) => return Err(failure),
                    };
                }
                MasterEffect::RefreshToken => return self.rest_later(&job.row, "unauthorized").await,
                MasterEffect::Blocked { reason } if stuck::lacks_scope(&reason) => {
                    self.grant_lacks(company, owner).await?;
                    return self.park(&job.row, Stuck::Insufficient).await;
                }
                MasterEffect::Blocked { reason } => return self.out_of_reach(&job.row, &reason).await,
                MasterEffect::GiveUp { reason } => {
                    let why = stuck::refused_for(&reason);
                    return self.give_series_up(&job.row, &job.event, why, &reason).await;
                }
            }
        }
        // Others have their turn; what was said is not said again.
        self.poke(Pass::Push);
        if calls < MAX_CALLS {
            return self.wait(&job.row, self.now(), "goes on").await;
        }
        self.rest(&job.row, self.now().plus_secs(30), Stuck::KeepsChanging, "too many calls").await
    }

    /// A date is as it should be: one word less.
    pub(super) async fn said(
        &self,
        job: &mut Job,
        slot: Slot,
        written: Option<RemoteEvent>,
    ) -> Result<(), Failure> {
        job.said.insert(slot);
        let read = job.date.take().filter(|(read, _)| *read == slot);
        let seen_at = self.now();
        let wrote = written.is_some();
        job.wrote |= wrote;
        let (event, calendar) = (job.event.id, job.event.way_calendar.clone());
        let copy = match (written, read) {
            (Some(remote), _) => Some(CopyRow {
                event,
                calendar,
                google_id: remote.id,
                etag: remote.etag,
                raw: remote.raw.json(),
                seen_at,
            }),
            (None, Some((_, copy))) => Some(CopyRow {
                event,
                calendar,
                google_id: copy.google_id,
                etag: copy.etag,
                raw: copy.raw,
                seen_at,
            }),
            (None, None) => None,
        };
        let part = &job.wanted.part;
        // It is said once more when it may have its rooms.
        let again = job.wanted.hold_back && part.overrides.get(&slot).is_some_and(|one| !one.is_cancelled());
        let at = slot.instant(part.master.zone());
        if !again {
            let word = date_word(at);
            job.row.changed.retain(|held| *held != word);
        }
        let (id, version, left) = (job.row.event, job.row.version, job.row.changed.clone());
        let (row, way, holds_back) = (job.row.clone(), job.event.way, job.wanted.hold_back);
        self.write_held(&job.row, move |tx| {
            Box::pin(async move {
                if let Some(copy) = &copy {
                    tx.copy_put(copy).await?;
                    if wrote {
                        breaker::wrote_date(tx, &copy.calendar, id, at).await?;
                    } else if !holds_back && let Some(range) = held_range(&copy.raw) {
                        // Its room is asked nothing, and will not answer again: what it said counts.
                        let before = tx.blocks_of_event(id).await?;
                        take_answer(tx, &row, way, range, slice::from_ref(&copy.raw)).await?;
                        tx.changes_since(id, before).await?;
                    }
                }
                tx.outbox_said(id, version, &left).await?;
                if again { Ok(()) } else { merge::agreed(tx, id, version, Some(at)).await }
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        Ok(())
    }

    /// A person cancelled the date in Google.
    async fn date_cancelled(&self, job: &mut Job, slot: Slot) -> Result<(), Failure> {
        let at = slot.instant(job.wanted.part.master.zone());
        job.wanted.part.overrides.insert(slot, Override::Cancelled);
        let id = job.row.event;
        self.write_held(&job.row, move |tx| {
            Box::pin(async move {
                merge::date_deleted(tx, id, at).await?;
                cancel_date(tx, id, at).await
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        self.said(job, slot, None).await
    }

    async fn store_master(
        &self,
        job: &mut Job,
        calendar: String,
        remote: RemoteEvent,
        wrote: Option<Write>,
        done: bool,
    ) -> Result<(), Failure> {
        job.event.way_calendar.clone_from(&calendar);
        job.event.google_id = Some(remote.id.clone());
        let source = if done { None } else { self.source_of_push(job).await? };
        let date = job.asked.as_ref().filter(|_| !done).map(|asked| (*asked.event).clone());
        let copy = CopyRow {
            event: job.event.id,
            calendar,
            google_id: remote.id.clone(),
            etag: remote.etag.clone(),
            raw: remote.raw.json(),
            seen_at: self.now(),
        };
        let (id, pushed) = (job.row.event, job.event.clone());
        let (link, uid, version) = (remote.html_link.clone(), remote.ical_uid.clone(), job.row.version);
        self.write_held(&job.row, move |tx| {
            Box::pin(async move {
                tx.copy_put(&copy).await?;
                if let Some(write) = wrote {
                    breaker::wrote(tx, &copy.calendar, id, write).await?;
                }
                let Some(mut event) = tx.event_get(id).await? else { return Ok(()) };
                event.way_calendar = pushed.way_calendar;
                event.google_id = pushed.google_id;
                event.html_link = link.or(event.html_link);
                event.ical_uid = uid.or(event.ical_uid);
                tx.event_update(&event).await?;
                match source {
                    Some(source) => merge::asked(tx, &source, id, &remote, date.as_ref()).await,
                    None if done => merge::agreed(tx, id, version, None).await,
                    None => Ok(()),
                }
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        Ok(())
    }

    /// Everything but the rooms is there: the series that still has them may end.
    async fn waits_for_rooms(&self, job: &Job) -> Result<(), Failure> {
        let mut words = job.row.changed.clone();
        if !words.iter().any(|word| word == READY) {
            words.push(READY.to_owned());
        }
        let (id, version, at) = (job.row.event, job.row.version, self.looks_again(&job.row));
        let others: Vec<BookingId> = ids(job.words(), AFTER).collect();
        self.write_held(&job.row, move |tx| {
            Box::pin(async move {
                tx.outbox_said(id, version, &words).await?;
                for other in others {
                    tx.outbox_wake(other).await?;
                }
                tx.outbox_wait(id, version, at, "waits for its rooms").await
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        self.crash_point(crash::SPLIT_BETWEEN);
        self.poke(Pass::Push);
        Ok(())
    }

    /// Google holds the series as it is wanted. Where nothing was written that the rooms would answer to, what they said before
    /// counts: it was passed over perhaps while other things were wished for.
    async fn series_done(&self, job: &Job) -> Result<(), Failure> {
        let (row, way, wrote) = (job.row.clone(), job.event.way, job.wrote);
        let others: Vec<BookingId> = ids(job.words(), BEFORE).collect();
        self.write_held(&job.row, move |tx| {
            Box::pin(async move {
                let current = tx.outbox_get(row.event).await?;
                let is_newest = current.is_some_and(|current| current.version == row.version);
                // On its own calendar the room has it.
                if way == Way::Room && is_newest {
                    let before = tx.blocks_of_event(row.event).await?;
                    for mut occurrence in tx.occurrences_of_event(row.event).await? {
                        if occurrence.state == BookingState::Pending {
                            occurrence.state = BookingState::Confirmed;
                            tx.occurrence_put(&occurrence).await?;
                        }
                    }
                    tx.changes_since(row.event, before).await?;
                }
                if way == Way::Person {
                    if is_newest
                        && !wrote
                        && let Some(event) = tx.event_get(row.event).await?
                    {
                        let rooms = tx.room_list_all().await?;
                        let id = event.google_id.clone().unwrap_or_default();
                        let own = tx.copy_get(&event.way_calendar, &id).await?;
                        let rule = own.as_ref().map(|own| &own.raw["recurrence"]);
                        answer_by_copies(tx, &event, &rooms, true, rule).await?;
                    }
                    hear_again(tx, row.event).await?;
                }
                for other in others {
                    tx.outbox_wake(other).await?;
                }
                tx.outbox_done(row.event, row.version).await
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        if ids(job.words(), BEFORE).next().is_some() {
            self.crash_point(crash::SPLIT_BETWEEN);
        }
        self.poke(Pass::Push);
        Ok(())
    }
}

/// Rooms in which dates yielded to somebody outside: what the room said of them while this waited was not taken, and may be yes
/// after all. It is not said again but in a full pass.
async fn hear_again(tx: &mut Tx, id: BookingId) -> Result<(), StoreError> {
    let yielded = |one: &OccurrenceRow| {
        one.state == BookingState::Declined && one.reason.as_deref() == Some(OUTSIDE_FIRST)
    };
    let now = tx.now();
    let ahead = tx.occurrences_of_event(id).await?.into_iter().filter(|one| one.range.end() > now);
    let rooms: BTreeSet<RoomId> = ahead.filter(yielded).map(|one| one.room).collect();
    for room in rooms {
        if let Some(calendar) = tx.calendar_of_room(room).await? {
            tx.calendar_forget_token(calendar.id).await?;
            tx.calendar_mark_dirty(calendar.id, now).await?;
        }
    }
    Ok(())
}

fn read_of(copy: &CopySeen) -> RemoteOp {
    RemoteOp::EventGet { calendar: copy.calendar.clone(), event: copy.google_id.clone() }
}

pub(super) fn seen_date(calendar: String, event: &RemoteEvent) -> CopySeen {
    let (google_id, etag, raw) = (event.id.clone(), event.etag.clone(), event.raw.json());
    CopySeen { calendar, google_id, etag, raw, fresh: true }
}
