//! Push: draining the outbox. The machine decides (`sync::push`); this runs its calls and stores what they meant.

pub(crate) mod answer;
mod job;
mod once;
mod rest;
mod turn;
pub(crate) mod wish;

use std::sync::Arc;

use answer::take_answer;
use bus::Pass;
use job::Job;
use model::{BookingState, CompanyId, Instant, Stuck};
use store::{CopyRow, EventRow, Lane, OutboxRow, OutboxState, StoreError, Tx, Way};
use sync::breaker::Write;
use sync::port::{RemoteEvent, RemoteOp, Secret};
use sync::push::{Attempt, CopySeen, Desired, Effect, Next, plan, settle};
use sync::{backoff, crash, event_id};
use wish::{desired, seen};

use crate::apply::Source;
use crate::breaker;
use crate::change::cancel_everywhere;
use crate::claims::Claimed;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::grants::Owner;
use crate::leave::{invites, leave_others, release};
use crate::merge;
use crate::metrics::PushOutcome;
use crate::stuck;
use crate::told::{tell_of, tell_of_gone_room};

/// A push that did not finish in this time is taken over.
const LEASE_SECS: i64 = 60;
/// Calls of one push before it has to queue again: insert, 409, get, patch, 412, get, patch, and some.
const MAX_CALLS: u32 = 12;
/// So many generations are tried at once; further ones rest in between.
const FREE_GENERATIONS: u32 = 3;
/// Before the e-mail of a room that was left, among the changed fields.
pub(crate) const LEFT: &str = "left:";
/// Among the changed fields: we may have deleted it in Google, where nobody cancelled it: it lost its room, or goes to another.
pub(crate) const TAKEN_OFF: &str = "taken_off";
/// Before the e-mail of a guest who was taken off the list, among the changed fields.
pub(crate) const UNINVITED: &str = "uninvited:";

impl Engine {
    /// Pushes one event of the lane whose turn it is, that which waits longest in it; answers how many were (0 or 1).
    /// Several workers run this side by side.
    pub async fn push_pass(&self) -> Result<usize, Failure> {
        self.hand_back().await?;
        let now = self.now();
        let due = self.lanes().in_turn(self.store().system().outbox_lanes(now).await?, now);
        let mut ready: usize = due.iter().map(|due| due.ready).sum();
        for due in due {
            let (lane, claim) = (due.lane, self.claim(LEASE_SECS));
            let left = Claimed::Push { company: lane.company, token: claim.token };
            let claimed = self
                .company(lane.company)
                .write(now, move |tx| Box::pin(async move { tx.outbox_claim(lane, claim).await }))
                .await
                .inspect_err(|_: &StoreError| self.claims().left(left.clone()))?;
            ready -= due.ready;
            if let Some(row) = claimed.value {
                let id = row.event;
                self.lanes().served(lane, now);
                if ready > 0 || due.ready > 1 {
                    self.poke(Pass::Push);
                }
                if let Err(failure) = self.push_row(row).await {
                    self.claims().left(left);
                    tracing::warn!(event.id = %id, error = %failure, "Could not push an event");
                }
                return Ok(1);
            }
        }
        Ok(0)
    }

    /// A write under the row's lease, which it also prolongs. Who was taken for dead writes nothing.
    pub(crate) async fn write_held<T, F>(
        &self,
        row: &OutboxRow,
        work: F,
    ) -> Result<store::Committed<T>, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> store::Work<'t, T, StoreError> + Clone + Send + 'static,
    {
        let (company, row, now) = (self.company(row.company), row.clone(), self.now());
        company
            .write(now, move |tx| {
                Box::pin(async move {
                    if !sync::sabotaged!(NoFencing) {
                        tx.outbox_hold(&row, now.plus_secs(LEASE_SECS)).await?;
                    }
                    work(tx).await
                })
            })
            .await
    }

    pub(crate) async fn push_due_at(&self) -> Result<Option<Instant>, Failure> {
        let lanes = self.store().system().outbox_lanes(self.now()).await?;
        let when =
            |due: store::LaneDue| self.lanes().rests_until(due.lane).map_or(due.at, |rest| rest.max(due.at));
        Ok(lanes.into_iter().map(when).min())
    }

    async fn push_row(&self, row: OutboxRow) -> Result<(), Failure> {
        if let Some(series) = self.series_of(&row).await? {
            return Box::pin(self.push_series(row, series)).await;
        }
        match self.job_of(row.clone()).await? {
            Some(job) => self.push_event(job).await,
            None => self.done(&row).await,
        }
    }

    async fn push_event(&self, mut job: Job) -> Result<(), Failure> {
        let lane = Lane::of(job.row.company, &job.event);
        let store = self.company(job.row.company);
        let gone = job.room.retired_at.is_some();
        if gone && !job.event.cancelled {
            self.metrics().push(PushOutcome::GaveUp);
            return self.give_up(&job, Stuck::RoomGone, "the room is not in the Directory").await;
        }
        let target = if job.event.way == Way::Room { &job.room.email } else { &job.event.way_calendar };
        if store.push_stopped(target).await?.is_some() {
            return self.park(&job.row, Stuck::LoopStopped).await;
        }
        let owner = Owner::of(&job.event);
        let mut token = match self.access_token(job.row.company, owner).await {
            Ok(token) => token,
            Err(Failure::NoGrant(_)) => return self.park_without_grant(&job.row, owner).await,
            Err(Failure::Google(reason)) => return self.rest_later(&job.row, &reason).await,
            Err(failure) => return Err(failure),
        };
        if self.waits_for_its_place(&job).await? {
            return self.take_turn_later(&job.row).await;
        }
        let (mut refreshed, mut fresh) = (false, false);
        for call in 0..MAX_CALLS {
            let google_id = event_id::event_id(job.event.id, job.event.generation);
            let copy = store.copy_get(&job.event.way_calendar, &google_id).await?;
            let copy = copy.map(|copy| seen(copy, fresh));
            let desired = desired(&job, copy.as_ref());
            let Next::Call(op) = plan(&desired, copy.as_ref(), job.sent_before) else {
                return self.agreed(&job, copy).await;
            };
            job.sent_before = true;
            if matches!(op, RemoteOp::EventInsert { .. }) {
                self.goes_to(job.row.company, &mut job.event, desired.way.calendar()).await?;
            }
            if matches!(op, RemoteOp::EventDelete { .. }) && !job.event.cancelled {
                self.takes_off(&mut job.row).await?;
            }
            let attempt = self.attempt(&job.row, call);
            let write = Write::of(&op);
            let effect = self.call_and_settle(lane, &desired, copy.as_ref(), op, attempt, &token).await;
            self.metrics().pushed(&effect);
            if !matches!(effect, Effect::Limited { .. } | Effect::Retry { .. } | Effect::RefreshToken) {
                self.lanes().answered(lane);
            }
            match effect {
                Effect::Store { event, done } => {
                    // Settled where it was sent, it still has to go to where it belongs.
                    let stands = copy.map_or_else(|| desired.way.calendar().to_owned(), |copy| copy.calendar);
                    let astray = job.event.way == Way::Room && stands != job.room.email;
                    job.fields.room |= astray;
                    let wrote = write.filter(|_| done);
                    let read = !done;
                    let done = done && !astray;
                    let source = if read {
                        Some(Source {
                            room: job.room.clone(),
                            calendar: stands.clone(),
                            zone: self.zone_of(job.row.company).await?,
                            seed: self.random(),
                            begun: self.now(),
                            hear_again: Arc::default(),
                        })
                    } else {
                        None
                    };
                    self.store_copy(&mut job, &stands, *event, done, wrote, source).await?;
                    if done {
                        return Ok(());
                    }
                    if read {
                        // Both sides were merged: what is wished now may be something else.
                        let row = self.company(job.row.company).outbox_get(job.row.event).await?;
                        let Some(row) = row else { return Ok(()) };
                        let Some(now) = self.job_of(row).await? else { return self.done(&job.row).await };
                        job = Job { sent_before: job.sent_before, ..now };
                        job.fields.room |= astray;
                    }
                    fresh = true;
                }
                Effect::Removed => return self.removed(&job, &google_id).await,
                Effect::NextGeneration
                    if copy.is_none() && self.is_shown(job.row.company, &job.event, &google_id).await? =>
                {
                    return self.rest_later(&job.row, "not to be seen").await;
                }
                Effect::NextGeneration => return self.next_generation(&mut job, &google_id).await,
                Effect::RemoteCancelled => return self.cancelled_outside(&job).await,
                Effect::Stale { at } => return self.stale(&job.row, &job.event, &google_id, at).await,
                Effect::Limited { retry_after_secs } => {
                    let hint = retry_after_secs.filter(|_| !sync::sabotaged!(RetryAfterIgnored));
                    let until = self.lanes().limited(lane, self.now(), self.entropy(), hint);
                    tracing::info!(company.id = %lane.company, "Google limits a grant, which rests");
                    return self.rest(&job.row, until, Stuck::Limited, "rate limited").await;
                }
                Effect::Retry { at, reason } => {
                    return self.rest(&job.row, at, Stuck::NoAnswer, &reason).await;
                }
                Effect::RefreshToken if !refreshed => {
                    refreshed = true;
                    token = match self.fresh_token(job.row.company, owner, &token).await {
                        Ok(token) => token,
                        Err(Failure::NoGrant(_)) => return self.park_without_grant(&job.row, owner).await,
                        Err(Failure::Google(reason)) => return self.rest_later(&job.row, &reason).await,
                        Err(failure) => return Err(failure),
                    };
                }
                Effect::RefreshToken => return self.rest_later(&job.row, "unauthorized").await,
                Effect::Blocked { .. } if gone => return self.done(&job.row).await,
                Effect::Blocked { reason } if stuck::lacks_scope(&reason) => {
                    self.grant_lacks(job.row.company, owner).await?;
                    return self.park(&job.row, Stuck::Insufficient).await;
                }
                Effect::Blocked { reason } => return self.out_of_reach(&job.row, &reason).await,
                Effect::GiveUp { reason } => {
                    return self.give_up(&job, stuck::refused_for(&reason), &reason).await;
                }
                Effect::Fetch(_) => return Err(Failure::Broken("a fetch that was not followed")),
            }
        }
        let again = self.now().plus_secs(30);
        self.rest(&job.row, again, Stuck::KeepsChanging, "too many calls").await
    }

    /// Keeps where the first insert goes before it is made: it may have moved since it was booked, and if the answer is
    /// lost, that is where to look for it.
    pub(crate) async fn goes_to(
        &self,
        company: CompanyId,
        event: &mut EventRow,
        calendar: &str,
    ) -> Result<(), Failure> {
        if event.way_calendar == calendar {
            return Ok(());
        }
        calendar.clone_into(&mut event.way_calendar);
        let (id, calendar) = (event.id, calendar.to_owned());
        self.company(company)
            .write(self.now(), move |tx| {
                Box::pin(async move {
                    let Some(mut event) = tx.event_get(id).await? else { return Ok(()) };
                    event.way_calendar = calendar;
                    tx.event_update(&event).await
                })
            })
            .await
            .map_err(|error: StoreError| error)?;
        Ok(())
    }

    /// Keeps that it is about to be deleted in Google without anybody's wish: the answer may be lost, and before it is asked for
    /// again it may be wanted again.
    pub(crate) async fn takes_off(&self, row: &mut OutboxRow) -> Result<(), Failure> {
        if row.changed.iter().any(|word| word == TAKEN_OFF) {
            return Ok(());
        }
        row.changed.push(TAKEN_OFF.to_owned());
        let id = row.event;
        self.write_held(row, move |tx| {
            Box::pin(async move {
                let Some(mut row) = tx.outbox_get(id).await? else { return Ok(()) };
                row.changed.push(TAKEN_OFF.to_owned());
                row.changed.sort();
                row.changed.dedup();
                tx.outbox_merged(&row).await
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        Ok(())
    }

    /// Makes a call and the ones that its outcome asks for.
    async fn call_and_settle(
        &self,
        lane: Lane,
        desired: &Desired,
        copy: Option<&CopySeen>,
        mut op: RemoteOp,
        attempt: Attempt,
        token: &Secret,
    ) -> Effect {
        let mut calls = 0;
        loop {
            // Others may have learned meanwhile that the grant is to rest.
            if let Some(at) = self.lanes().rests_from(lane, self.now()) {
                return Effect::Retry { at, reason: "the grant rests".to_owned() };
            }
            self.crash_point(crash::PUSH_BEFORE_CALL);
            let outcome = self.tell(lane, token, &op).await;
            self.crash_point(crash::PUSH_AFTER_CALL);
            let attempt = Attempt { calls: attempt.calls + calls, now: self.now(), ..attempt };
            calls += 1;
            match settle(desired, copy, &op, outcome, attempt) {
                Effect::Fetch(next) if calls < MAX_CALLS => op = next,
                Effect::Fetch(_) => {
                    let at = self.now().plus_secs(30);
                    return Effect::Retry { at, reason: "too many reads".to_owned() };
                }
                effect => return effect,
            }
        }
    }

    async fn store_copy(
        &self,
        job: &mut Job,
        calendar: &str,
        remote: RemoteEvent,
        done: bool,
        wrote: Option<Write>,
        read: Option<Source>,
    ) -> Result<(), Failure> {
        calendar.clone_into(&mut job.event.way_calendar);
        job.event.google_id = Some(remote.id.clone());
        let now = self.now();
        let mut etag = remote.etag.clone();
        if sync::sabotaged!(StaleEtag)
            && let Some(known) =
                self.company(job.row.company).copy_get(&job.event.way_calendar, &remote.id).await?
        {
            etag = known.etag;
        }
        let copy = CopyRow {
            event: job.event.id,
            calendar: job.event.way_calendar.clone(),
            google_id: remote.id.clone(),
            etag,
            raw: remote.raw.json(),
            seen_at: now,
        };
        let (row, pushed, range) = (job.row.clone(), job.event.clone(), job.occurrence.range);
        let (link, uid) = (remote.html_link.clone(), remote.ical_uid.clone());
        self.write_held(&job.row, move |tx| {
            Box::pin(async move {
                tx.copy_put(&copy).await?;
                if let Some(write) = wrote {
                    breaker::wrote(tx, &copy.calendar, row.event, write).await?;
                }
                let before = tx.blocks_of_event(row.event).await?;
                if let Some(mut event) = tx.event_get(row.event).await? {
                    event.way_calendar = pushed.way_calendar;
                    event.google_id = pushed.google_id;
                    event.generation = pushed.generation;
                    event.html_link = link.or(event.html_link);
                    event.ical_uid = uid.or(event.ical_uid);
                    tx.event_update(&event).await?;
                }
                if done {
                    take_answer(tx, &row, pushed.way, range, &[copy.raw]).await?;
                    let newest = tx.outbox_get(row.event).await?.filter(|_| sync::sabotaged!(NewerWishLost));
                    tx.outbox_done(row.event, newest.map_or(row.version, |newest| newest.version)).await?;
                }
                tx.changes_since(row.event, before).await?;
                if let Some(source) = read
                    && let Some(known) = tx.event_get(row.event).await?
                {
                    merge::asked(tx, &source, &known, &remote).await?;
                }
                Ok(())
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        Ok(())
    }

    /// Google holds what is wanted, and nothing was written that it would answer to: what it said before counts. The
    /// room's own copy knows most.
    async fn agreed(&self, job: &Job, copy: Option<CopySeen>) -> Result<(), Failure> {
        let google_id = event_id::event_id(job.event.id, job.event.generation);
        let (row, way, range) = (job.row.clone(), job.event.way, job.occurrence.range);
        let (calendar, room) = (job.room.email.clone(), job.room.id);
        // It was just read, and somebody took the room out.
        let uninvited = way == Way::Person
            && copy.as_ref().is_some_and(|copy| copy.fresh && !invites(&copy.raw, &calendar));
        self.write_held(&job.row, move |tx| {
            Box::pin(async move {
                if uninvited {
                    tx.outbox_done(row.event, row.version).await?;
                    return release(tx, row.event, room, None).await;
                }
                let before = tx.blocks_of_event(row.event).await?;
                let of_room = tx.copy_get(&calendar, &google_id).await?.map(|copy| copy.raw);
                let copies: Vec<_> = of_room.into_iter().chain(copy.map(|copy| copy.raw)).collect();
                take_answer(tx, &row, way, range, &copies).await?;
                tx.outbox_done(row.event, row.version).await?;
                tx.changes_since(row.event, before).await
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        Ok(())
    }

    /// Whether a room's calendar shows the event under this id: then it is there, whatever a single answer says.
    pub(crate) async fn is_shown(
        &self,
        company: CompanyId,
        event: &EventRow,
        google_id: &str,
    ) -> Result<bool, Failure> {
        Ok(!self.company(company).copy_calendars(event.id, google_id.to_owned()).await?.is_empty())
    }

    /// The id is taken by something else, or the event has to go to another calendar: the next generation, from nothing.
    /// The row is handed back and read anew: what was changed here meanwhile must not be taken for pushed.
    async fn next_generation(&self, job: &mut Job, google_id: &str) -> Result<(), Failure> {
        let old_calendar = job.event.way_calendar.clone();
        // Nothing of the new generation was sent anywhere, so it goes straight to where the event belongs.
        job.sent_before = false;
        job.event.generation += 1;
        job.event.google_id = Some(event_id::event_id(job.event.id, job.event.generation));
        job.event.way_calendar = desired(job, None).way.calendar().to_owned();
        let (event, google_id) = (job.event.clone(), google_id.to_owned());
        let (now, room, version) = (self.now(), job.room.id, job.row.version);
        // Ids that are all taken are no reason to ask without rest.
        let tried = event.generation.saturating_sub(FREE_GENERATIONS);
        let rest = if tried == 0 { 0 } else { backoff::after(tried, self.entropy(), None) };
        self.write_held(&job.row, move |tx| {
            Box::pin(async move {
                tx.copy_delete(&old_calendar, &google_id).await?;
                if let Some(mut current) = tx.event_get(event.id).await? {
                    current.generation = event.generation;
                    current.google_id = event.google_id;
                    current.way_calendar = event.way_calendar;
                    tx.event_update(&current).await?;
                }
                // Rooms that somebody invited in Google went with it; where a newer wish waits, it says which rooms.
                if tx.outbox_get(event.id).await?.is_some_and(|now| now.version == version) {
                    leave_others(tx, event.id, room).await?;
                }
                tx.outbox_put(event.id, &["all"]).await?;
                let mut row = tx.outbox_get(event.id).await?.ok_or(StoreError::NotFound)?;
                // There is nothing in Google that it could be compared with.
                row.past = Vec::new();
                row.changed.retain(|word| word != TAKEN_OFF);
                tx.outbox_merged(&row).await?;
                tx.outbox_wait(event.id, row.version, now.plus_micros(rest), "next generation").await
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        self.poke(Pass::Push);
        Ok(())
    }

    /// Somebody deleted it in Google: that is a cancellation, and it wins.
    async fn cancelled_outside(&self, job: &Job) -> Result<(), Failure> {
        let (id, version) = (job.row.event, job.row.version);
        self.write_held(&job.row, move |tx| {
            Box::pin(async move {
                let before = tx.blocks_of_event(id).await?;
                if let Some(event) = tx.event_get(id).await? {
                    merge::deleted(tx, &event).await?;
                    cancel_everywhere(tx, event).await?;
                }
                tx.outbox_done(id, version).await?;
                tx.changes_since(id, before).await
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        Ok(())
    }

    async fn removed(&self, job: &Job, google_id: &str) -> Result<(), Failure> {
        let (row, calendar, google_id) =
            (job.row.clone(), job.event.way_calendar.clone(), google_id.to_owned());
        let room = job.room.id;
        self.write_held(&job.row, move |tx| {
            Box::pin(async move {
                tx.copy_delete(&calendar, &google_id).await?;
                let is_off = tx.event_get(row.event).await?.is_some_and(|event| !event.cancelled);
                let is_newest = tx.outbox_get(row.event).await?.is_some_and(|now| now.version == row.version);
                if is_off && is_newest {
                    // Rooms that somebody invited to it in Google went with it. A newer wish says which rooms it goes to.
                    leave_others(tx, row.event, room).await?;
                }
                if let Some(mut event) = tx.event_get(row.event).await? {
                    event.touched_at = tx.now();
                    if !event.cancelled {
                        // It lost its room and may come back. An id stays taken after deletion.
                        event.generation += 1;
                        event.google_id = Some(event_id::event_id(event.id, event.generation));
                    }
                    tx.event_update(&event).await?;
                }
                tx.outbox_done(row.event, row.version).await
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        Ok(())
    }

    /// Google will never take it: people see a declined booking, with the reason; nobody's queue is blocked.
    async fn give_up(&self, job: &Job, why: Stuck, reason: &str) -> Result<(), Failure> {
        let google_id = event_id::event_id(job.event.id, job.event.generation);
        let copy = self.company(job.row.company).copy_get(&job.event.way_calendar, &google_id).await?;
        let (held, room) = (copy.is_some(), job.room.id);
        let (id, version, reason) = (job.row.event, job.row.version, reason.to_owned());
        self.write_held(&job.row, move |tx| {
            Box::pin(async move {
                let before = tx.blocks_of_event(id).await?;
                // Somebody changed it meanwhile: their newer wish has not been tried.
                if !tx.outbox_park(id, version, OutboxState::Dead, why, &reason).await? {
                    return Ok(());
                }
                // Google still holds the event as it was: a full pass brings its time and title back.
                if held {
                    if why == Stuck::RoomGone {
                        tell_of_gone_room(tx, id).await?;
                    }
                    if let Some(calendar) = tx.calendar_of_room(room).await? {
                        tx.calendar_forget_token(calendar.id).await?;
                        tx.calendar_mark_dirty(calendar.id, tx.now()).await?;
                    }
                    return Ok(());
                }
                for mut occurrence in tx.occurrences_of_event(id).await? {
                    if occurrence.state.holds_room() {
                        occurrence.state = BookingState::Declined;
                        occurrence.reason = Some(stuck::declined_for(why).to_owned());
                        tx.occurrence_put(&occurrence).await?;
                        tell_of(tx, &occurrence, None).await?;
                        crate::apply::promote_conflicted(tx, occurrence.room).await?;
                    }
                }
                tx.changes_since(id, before).await
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        self.poke(Pass::Pull);
        Ok(())
    }

    async fn done(&self, row: &OutboxRow) -> Result<(), Failure> {
        let (id, version) = (row.event, row.version);
        self.write_held(row, move |tx| Box::pin(async move { tx.outbox_done(id, version).await }))
            .await
            .map_err(|error: StoreError| error)?;
        Ok(())
    }
}
