//! Pull: following room calendars. One idempotent pass over what is due; pokes only make it run sooner.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bus::Pass;
use calendar::which_zone::{Question, Zones, governing};
use model::room::RoomHealth;
use model::{BookingId, CalendarId, Change, CompanyId, Instant, RoomId};
use store::{CalendarRow, ChannelRow, Claim, CompanyStore, OutboxState, RoomStored, StoreError, Tx};
use sync::absence::{self, Absence};
use sync::pace::{self, Listed};
use sync::port::{RemoteEvent, RemoteStatus, Secret};
use sync::pull::{Pull, PullFailure, PullStep, Pulled, full_is_due};
use sync::{backoff, crash};

use crate::apply::{Source, apply};
use crate::claims::Claimed;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::grants::Owner;
use crate::health::{Differed, Followed, after_pull};
use crate::import::import;
use crate::leave::{ARRIVAL_SECS, gone, look_at_unanswered};

/// A pull of which nothing was heard for this time counts as lost.
const LOST_SECS: i64 = 120;
/// How soon a full pass is repeated whose questions were not all answered.
const UNSURE_SECS: i64 = 15;
/// Failures that count for the rest after a limit: half a minute. Google counts calls by the minute, so that a longer rest wins
/// nothing, and the room's picture would be old long after the limit has ended.
const LIMITED_MOST: u32 = 5;
/// How soon a pull is repeated that passed something over.
const AGAIN_MICROS: i64 = 700_000;
/// After so many failures in a row people are told that the room's picture may be old.
pub(crate) const DEGRADED_AFTER: i64 = 3;

/// A pull under way.
#[derive(Clone, Copy)]
struct Run {
    company: CompanyId,
    calendar: CalendarId,
    claim: Claim,
    /// Another server may have heard of a rush.
    rush: bool,
}

impl Engine {
    /// Pulls the calendar that waits longest; answers how many were (0 or 1). Several workers run this side by side, so
    /// that a slow calendar holds up nobody else's.
    pub async fn pull_pass(&self) -> Result<usize, Failure> {
        self.hand_back().await?;
        let mut due = self.store().system().calendar_due(self.now(), pace::APART).await?;
        let count = due.len();
        self.spread(&mut due);
        for next in due {
            let begun = self.now();
            let claim = self.claim(LOST_SECS);
            let left = Claimed::Pull { company: next.company, token: claim.token };
            let claimed = self
                .company(next.company)
                .write(begun, move |tx| {
                    Box::pin(async move { tx.calendar_pull_begun(next.calendar, claim).await })
                })
                .await
                .inspect_err(|_: &StoreError| self.claims().left(left.clone()))?;
            if claimed.value {
                if count > 1 {
                    self.poke(Pass::Pull);
                }
                let run = Run { company: next.company, calendar: next.calendar, claim, rush: next.waited };
                self.pull_calendar(run, begun).await.inspect_err(|_| self.claims().left(left))?;
                return Ok(1);
            }
        }
        Ok(0)
    }

    async fn pull_calendar(&self, mut due: Run, begun: Instant) -> Result<(), Failure> {
        let store = self.company(due.company);
        let Some(calendar) = store.calendar_get(due.calendar).await? else { return Ok(()) };
        let Some(room) = store.room_get(calendar.room).await? else { return Ok(()) };
        let outcome = match self.access_token(due.company, Owner::Company).await {
            Ok(token) => self.run_pull(&mut due, &calendar, token).await?,
            Err(Failure::NoGrant(_)) => Err(PullFailure::NoGrant),
            Err(Failure::Google(reason)) => Err(PullFailure::Retry { reason }),
            Err(failure) => return Err(failure),
        };
        match outcome {
            Ok((pulled, token)) => {
                let applied = self.pulled(due, calendar.clone(), room.clone(), pulled, token, begun).await;
                let Err(failure) = applied else { return Ok(()) };
                // Something in it cannot be stored: people see that the room does not follow.
                tracing::error!(calendar.id = %due.calendar, error = &failure as &dyn std::error::Error, "Could not apply a pull");
                let failure = PullFailure::Malformed { reason: "could not be applied".to_owned() };
                self.pull_failed(due, &calendar, &room, &failure).await
            }
            Err(failure) => self.pull_failed(due, &calendar, &room, &failure).await,
        }
    }

    /// The outer error: another worker has taken the calendar over, or the database is away.
    async fn run_pull(
        &self,
        due: &mut Run,
        calendar: &CalendarRow,
        mut token: Secret,
    ) -> Result<Result<(Pulled, Secret), PullFailure>, Failure> {
        let full = full_is_due(&calendar.google_id, calendar.full_at.or(calendar.last_pull_at), self.now());
        let token_of_last = calendar.sync_token.clone().filter(|_| !full);
        let mut run = Pull::new(calendar.google_id.clone(), token_of_last);
        let mut op = run.next();
        let mut refreshed = false;
        loop {
            let outcome = self.ask(due.company, &token, op).await;
            self.crash_point(crash::PULL_AFTER_PAGE);
            match run.absorb(outcome) {
                PullStep::Call(next) => {
                    op = next;
                    self.keep_hold(due).await?;
                }
                PullStep::Finished(pulled) => return Ok(Ok((pulled, token))),
                PullStep::Failed(PullFailure::RefreshToken) if !refreshed => {
                    refreshed = true;
                    let fresh = self.fresh_token(due.company, Owner::Company, &token).await;
                    token = match fresh {
                        Ok(token) => token,
                        Err(Failure::NoGrant(_)) => return Ok(Err(PullFailure::NoGrant)),
                        Err(other) => return Ok(Err(PullFailure::Retry { reason: other.to_string() })),
                    };
                    op = run.next();
                }
                PullStep::Failed(failure) => return Ok(Err(failure)),
            }
        }
    }

    /// Between pages: a listing that takes long is not lost. Prolongs the claim when half of it is over.
    async fn keep_hold(&self, due: &mut Run) -> Result<(), Failure> {
        let now = self.now();
        if !is_half_over(due.claim, now) {
            return Ok(());
        }
        let claim = Claim { until: now.plus_secs(LOST_SECS), ..due.claim };
        let (company, calendar) = (self.company(due.company), due.calendar);
        company
            .write(now, move |tx| Box::pin(async move { tx.calendar_pull_hold(calendar, claim).await }))
            .await
            .map_err(|error: StoreError| error)?;
        due.claim = claim;
        Ok(())
    }

    /// Applies a complete listing: events, the room's health and the token in one transaction (F-024).
    async fn pulled(
        &self,
        due: Run,
        calendar: CalendarRow,
        room: RoomStored,
        mut pulled: Pulled,
        token: Secret,
        begun: Instant,
    ) -> Result<(), Failure> {
        let store = self.company(due.company);
        let company_zone = self.zone_of(due.company).await?;
        let missing = if pulled.full || sync::sabotaged!(DeltaIsAll) {
            self.missing(due, &calendar, &room, &pulled, begun).await?
        } else {
            Missing::default()
        };
        if missing.quarantine && !sync::sabotaged!(AbsenceIsProof) {
            return self.pull_failed(due, &calendar, &room, &PullFailure::TooMuchMissing).await;
        }
        let mut gone_ids = Vec::new();
        let doubts = self.settle_doubts(due.company, &calendar, &mut pulled.events, &token).await?;
        let mut unsure = i64::from(doubts);
        let (given_up, asked): (Vec<String>, Vec<String>) =
            missing.ids.into_iter().partition(|_| sync::sabotaged!(AbsenceIsProof, DeltaIsAll));
        gone_ids.extend(given_up);
        let listing = (calendar.google_id.as_str(), pulled.sync_token.as_str());
        let asked = self.ask_for_absent(due.company, &token, listing, asked).await;
        gone_ids.extend(asked.gone);
        unsure += asked.unsure;
        pulled.events.extend(asked.alive);
        let room_zone = pulled.zone.as_deref().or(calendar.zone.as_deref());
        let zones = Zones { room: room_zone, ..Zones::of(company_zone) };
        let channels = store.channel_of_calendar(calendar.id).await?;
        let source = Source {
            calendar: calendar.google_id.clone(),
            zone: governing(Question::AllDay, &zones).zone,
            room,
            seed: self.random(),
            begun,
            hear_again: Arc::default(),
        };
        let now = self.now();
        // A question without an answer is asked again by another full pass; deltas would never mention it.
        let next = if unsure > 0 { now.plus_secs(UNSURE_SECS) } else { now.plus_micros(self.poll_delay()) };
        let (count, id) = (pulled.events.len(), calendar.id);
        let again = self.again_at(&calendar, due.rush, now);
        if sync::sabotaged!(TokenBeforeEvents) {
            let (token, zone, full) = (pulled.sync_token.clone(), pulled.zone.clone(), pulled.full);
            let stored = store.write(now, move |tx| {
                Box::pin(async move { tx.calendar_pull_done(id, &token, zone.as_deref(), next, full).await })
            });
            stored.await.map_err(|error: StoreError| error)?;
        }
        let listing = Listing {
            claim: due.claim,
            calendar,
            channels,
            source,
            pulled: pulled.into(),
            gone: gone_ids.into(),
            unsure,
            next,
            again,
            singly: false,
        };
        let apply = |listing: Listing| {
            store.write(now, move |tx| Box::pin(async move { apply_listing(tx, listing).await }))
        };
        let committed = match apply(listing.clone()).await {
            // What was taken for simple is not: the database knows something that was not looked at.
            Err(StoreError::RoomTaken | StoreError::Duplicate) if count > 1 => {
                listing.source.hear_again.store(false, Ordering::Relaxed);
                tracing::warn!(calendar.id = %id, events = count, "Events are applied one by one");
                apply(Listing { singly: true, ..listing }).await?
            }
            applied => applied?,
        };
        self.crash_point(crash::COMMIT_AFTER);
        self.metrics().pulled();
        if count > 0 {
            tracing::debug!(calendar.id = %id, events = count, "Pulled a calendar");
        }
        let (series, replaced) = committed.value;
        if series {
            self.poke(Pass::Series);
        }
        if replaced {
            self.poke(Pass::Channels);
        }
        // What yielded to somebody outside waits in the outbox.
        self.poke(Pass::Push);
        Ok(())
    }

    /// When a pull is repeated that passed something over; not before its turn, in a rush of notifications.
    fn again_at(&self, calendar: &CalendarRow, rush: bool, now: Instant) -> Instant {
        let listed = Listed { last: Some(now), before: calendar.listed_before_at };
        pace::next(listed, rush || self.is_rush(calendar.id, now), now).max(now.plus_micros(AGAIN_MICROS))
    }

    /// What a complete listing lacks. Absence is a question, never an answer (NO-ABSENCE-DELETE).
    async fn missing(
        &self,
        due: Run,
        calendar: &CalendarRow,
        room: &RoomStored,
        pulled: &Pulled,
        begun: Instant,
    ) -> Result<Missing, Failure> {
        let store = self.company(due.company);
        let of_series = pulled.events.iter().filter_map(|event| event.recurring_event_id.as_deref());
        let listed: BTreeSet<&str> =
            pulled.events.iter().map(|event| event.id.as_str()).chain(of_series).collect();
        let now = self.now();
        let mut known = store.google_ids_of_room(room.id, now, false).await?;
        known.extend(store.google_ids_of_room(room.id, now, true).await?);
        let mut ids = Vec::new();
        let unlisted: Vec<&(BookingId, String)> =
            known.iter().filter(|(_, google_id)| !listed.contains(google_id.as_str())).collect();
        let asked: Vec<&str> = unlisted.iter().map(|(_, google_id)| google_id.as_str()).collect();
        let seen = store.copies(&calendar.google_id, &asked).await?;
        for (event, google_id) in unlisted {
            // Seen since the listing began, it may be newer than that. Never seen on this calendar, it may still be on its way;
            // after a while it is not, and was taken out again before we looked.
            let last = seen.get(google_id);
            let expected = last.is_some_and(|copy| copy.seen_at < begun)
                || last.is_none()
                    && self.is_settled(&store, *event, google_id).await?
                    && !has_single_dates(&store, *event, room.id).await?;
            if expected && store.outbox_get(*event).await?.is_none_or(|row| row.state == OutboxState::Dead) {
                ids.push(google_id.clone());
            }
        }
        // Whom a person believes is still asked about each of them.
        let quarantine =
            !calendar.believed && absence::verdict(known.len(), ids.len()) == Absence::Quarantine;
        Ok(Missing { ids, quarantine })
    }

    /// Whether our copy of an event has stood for so long that every calendar knows of it.
    async fn is_settled(
        &self,
        store: &CompanyStore,
        event: BookingId,
        google_id: &str,
    ) -> Result<bool, Failure> {
        let Some(event) = store.event_get(event).await? else { return Ok(false) };
        let copy = store.copy_get(&event.way_calendar, google_id).await?;
        Ok(copy.is_some_and(|copy| copy.seen_at.plus_secs(ARRIVAL_SECS) < self.now()))
    }

    async fn pull_failed(
        &self,
        due: Run,
        calendar: &CalendarRow,
        room: &RoomStored,
        failure: &PullFailure,
    ) -> Result<(), Failure> {
        let health = match failure {
            failure if failure.needs_a_person() => Some(RoomHealth::Quarantined),
            _ if calendar.failures + 1 >= DEGRADED_AFTER => Some(RoomHealth::Degraded),
            _ => None,
        };
        let now = self.now();
        let failures = u32::try_from(calendar.failures).unwrap_or(u32::MAX);
        let is_limit = matches!(failure, PullFailure::RateLimited { .. });
        let attempt = if is_limit { failures.min(LIMITED_MOST) } else { failures };
        let next = now.plus_micros(backoff::after(attempt, self.entropy(), failure.hint_secs()));
        self.metrics().pull_failed(failure);
        tracing::warn!(calendar.id = %calendar.id, reason = failure.word(), "A pull failed");
        #[cfg(feature = "sabotage")]
        if sync::sabotaged!(DeleteOn404) && matches!(failure, PullFailure::AccessLost { .. }) {
            self.empty(due, calendar, room).await?;
        }
        let (id, room, error) = (calendar.id, room.clone(), failure.word());
        self.company(due.company)
            .write(now, move |tx| {
                Box::pin(async move {
                    tx.calendar_pull_hold(id, due.claim).await?;
                    tx.calendar_pull_failed(id, error, next).await?;
                    match health {
                        Some(health) => set_health(tx, &room, health).await,
                        None => Ok(()),
                    }
                })
            })
            .await
            .map_err(|error: StoreError| error)?;
        Ok(())
    }

    /// For a known bug: everything that was ever seen on the calendar goes.
    #[cfg(feature = "sabotage")]
    async fn empty(&self, due: Run, calendar: &CalendarRow, room: &RoomStored) -> Result<(), Failure> {
        let store = self.company(due.company);
        let known = store.google_ids_of_room(room.id, self.now(), false).await?;
        let source = Source {
            calendar: calendar.google_id.clone(),
            zone: calendar::zone::DEFAULT_ZONE,
            room: room.clone(),
            seed: self.random(),
            begun: self.now(),
            hear_again: Arc::default(),
        };
        let work = store.write(self.now(), move |tx| {
            Box::pin(async move {
                for (_, google_id) in known {
                    gone(tx, &source, &google_id).await?;
                }
                Ok::<_, StoreError>(())
            })
        });
        work.await?;
        Ok(())
    }

    /// The periodic pass, ±25 %: no two calendars stay in step.
    fn poll_delay(&self) -> i64 {
        let spread = i64::try_from(self.entropy() % 501).unwrap_or(250);
        self.settings().poll_secs * (750 + spread) * 1_000
    }

    /// When a pull is due by itself.
    pub(crate) async fn pull_due_at(&self) -> Result<Option<Instant>, Failure> {
        Ok(self.store().system().calendar_next_due().await?)
    }
}

fn is_half_over(claim: Claim, now: Instant) -> bool {
    claim.until.since(now) < LOST_SECS * 500_000
}

#[derive(Default)]
struct Missing {
    ids: Vec<String>,
    quarantine: bool,
}

/// A complete listing, and what is to be written of it.
#[derive(Clone)]
struct Listing {
    claim: Claim,
    /// As it was before.
    calendar: CalendarRow,
    channels: Vec<ChannelRow>,
    source: Source,
    pulled: Arc<Pulled>,
    /// Missing from it, and confirmed to be gone.
    gone: Arc<[String]>,
    unsure: i64,
    /// When the calendar is pulled again by itself, and when if something was passed over.
    next: Instant,
    again: Instant,
    /// Each event by itself, also where many could be written together.
    singly: bool,
}

/// Whether only single dates of a series of ours are in this room: its calendar never shows the series itself.
async fn has_single_dates(store: &CompanyStore, event: BookingId, room: RoomId) -> Result<bool, Failure> {
    let series = store.series_get(event).await?;
    Ok(series.is_some_and(|series| !series.series.rooms.contains(&room)))
}

/// Answers whether a series has to be listed, and whether the calendar's channel is to be replaced.
async fn apply_listing(tx: &mut Tx, listing: Listing) -> Result<(bool, bool), StoreError> {
    let Listing { claim, calendar, channels, source, pulled, gone: missing, unsure, next, again, singly } =
        listing;
    let (id, full) = (calendar.id, pulled.full);
    if !(sync::sabotaged!(NoFencing, TokenBeforeEvents)) {
        tx.calendar_pull_hold(id, claim).await?;
    }
    let mut differed = Differed::default();
    let series = apply_all(tx, &source, &pulled.events, singly, &mut differed).await?;
    look_at_unanswered(tx, &source).await?;
    for google_id in missing.iter() {
        let told = tx.told();
        gone(tx, &source, google_id).await?;
        differed.count(tx, told, None);
    }
    let Followed { health, replaced } = after_pull(tx, &calendar, &channels, full, &differed, unsure).await?;
    // What was passed over is told again by the same token, soon.
    let missed = source.hear_again.load(Ordering::Relaxed);
    let (kept, next) = match &calendar.sync_token {
        Some(before) if missed && !full => (before, next.min(again)),
        _ => (&pulled.sync_token, next),
    };
    tx.calendar_pull_done(id, kept, pulled.zone.as_deref(), next, full).await?;
    if unsure > 0 || (missed && full) {
        tx.calendar_forget_token(id).await?;
    }
    set_health(tx, &source.room, health).await?;
    Ok((series, replaced))
}

/// Answers whether a series has to be listed.
async fn apply_all(
    tx: &mut Tx,
    source: &Source,
    events: &[RemoteEvent],
    singly: bool,
    differed: &mut Differed,
) -> Result<bool, StoreError> {
    let mut series: Option<BookingId> = None;
    // Of events that overlap by force the older one holds the room. A master comes before its exceptions. One that is gone comes
    // after those that are gone as well, of which nothing would be heard later, and before those that the room still has.
    let mut events: Vec<&RemoteEvent> = events.iter().collect();
    let is_gone = |event: &RemoteEvent| event.status == RemoteStatus::Cancelled;
    let excepted: BTreeSet<&str> =
        events.iter().filter_map(|event| event.recurring_event_id.as_deref()).collect();
    let masters = events.iter().filter(|event| excepted.contains(event.id.as_str()) && is_gone(event));
    let gone: BTreeSet<&str> = masters.map(|event| event.id.as_str()).collect();
    let turn = |event: &RemoteEvent| match event.recurring_event_id.as_deref() {
        None if gone.contains(event.id.as_str()) => 2,
        None => 0,
        Some(series) if gone.contains(series) && !is_gone(event) => 3,
        Some(_) => 1,
    };
    events.sort_by_key(|event| (turn(event), event.created));
    if !singly {
        let (told, updated) = (tx.told(), events.iter().filter_map(|event| event.updated).min());
        events = import(tx, source, events).await?;
        differed.count_many(i64::try_from(tx.told() - told).unwrap_or(i64::MAX), updated);
    }
    for event in events {
        let told = tx.told();
        series = apply(tx, source, event).await?.or(series);
        differed.count(tx, told, event.updated);
    }
    Ok(series.is_some())
}

pub(crate) async fn set_health(tx: &mut Tx, room: &RoomStored, health: RoomHealth) -> Result<(), StoreError> {
    if tx.room_set_health(room.id, health).await? && room.retired_at.is_none() {
        tx.change(Change::Room { room: model::room::RoomRow { health, ..room.row.clone() } });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use model::ServerId;

    use super::*;

    #[test]
    fn a_claim_is_prolonged_in_its_second_half() {
        let begun = Instant::from_secs(1_000);
        let claim =
            Claim { server: ServerId::new(begun, [1; 10]), token: 1, until: begun.plus_secs(LOST_SECS) };
        for (after, over) in [(0, false), (60, false), (61, true), (119, true), (500, true)] {
            assert_eq!(is_half_over(claim, begun.plus_secs(after)), over, "{after}");
        }
    }
}
