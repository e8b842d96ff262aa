//! What waits: for a moment, for as long as Google asked, or for a person. Single events and series wait alike.

use std::collections::BTreeSet;

use model::{BookingId, Instant, RoomId, Stuck};
use store::{EventRow, OutboxRow, OutboxState, StoreError, Tx};
use sync::push::Attempt;

use crate::engine::Engine;
use crate::failure::Failure;
use crate::grants::{Owner, is_still_away};
use crate::metrics::PushOutcome;

/// How long a calendar that is out of reach is left alone.
const BLOCKED_SECS: i64 = 600;

impl Engine {
    /// A call about a row, before which `calls` were made in this push.
    pub(crate) fn attempt(&self, row: &OutboxRow, calls: u32) -> Attempt {
        let failed = row.attempts.saturating_sub(1);
        Attempt { failed, calls: row.attempts + calls, entropy: self.entropy(), now: self.now() }
    }

    /// Nothing failed: something else comes first.
    pub(crate) async fn wait(&self, row: &OutboxRow, at: Instant, what: &str) -> Result<(), Failure> {
        let (id, version, what) = (row.event, row.version, what.to_owned());
        self.write_held(row, move |tx| Box::pin(async move { tx.outbox_wait(id, version, at, &what).await }))
            .await
            .map_err(|error: StoreError| error)?;
        Ok(())
    }

    /// It failed.
    pub(crate) async fn rest(
        &self,
        row: &OutboxRow,
        at: Instant,
        why: Stuck,
        reason: &str,
    ) -> Result<(), Failure> {
        let (id, version, reason) = (row.event, row.version, reason.to_owned());
        self.write_held(row, move |tx| {
            Box::pin(async move { tx.outbox_retry(id, version, at, why, &reason).await })
        })
        .await
        .map_err(|error: StoreError| error)?;
        Ok(())
    }

    /// Google is out of reach for a moment.
    pub(crate) async fn rest_later(&self, row: &OutboxRow, reason: &str) -> Result<(), Failure> {
        self.rest(row, self.attempt(row, 0).again_at(), Stuck::NoAnswer, reason).await
    }

    /// The calendar cannot be reached; sharing may come back without anybody telling us. If the rooms left the Directory while
    /// Google was asked, that is why, and the next try, which gives it up, is due at once.
    pub(crate) async fn out_of_reach(&self, row: &OutboxRow, reason: &str) -> Result<(), Failure> {
        let (id, version, reason) = (row.event, row.version, reason.to_owned());
        self.write_held(row, move |tx| {
            Box::pin(async move {
                let gone = is_without_rooms(tx, id).await?;
                let at = tx.now().plus_secs(if gone { 0 } else { BLOCKED_SECS });
                tx.outbox_retry(id, version, at, Stuck::OutOfReach, &reason).await
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        Ok(())
    }

    /// The copy changed under us too often: it is read before anything is written.
    pub(crate) async fn stale(
        &self,
        row: &OutboxRow,
        event: &EventRow,
        google_id: &str,
        at: Instant,
    ) -> Result<(), Failure> {
        let store = self.company(row.company);
        if let Some(mut copy) = store.copy_get(&event.way_calendar, google_id).await? {
            copy.etag = None;
            self.write_held(row, move |tx| Box::pin(async move { tx.copy_put(&copy).await }))
                .await
                .map_err(|error: StoreError| error)?;
        }
        self.rest(row, at, Stuck::KeepsChanging, "the copy keeps changing").await
    }

    pub(crate) async fn park(&self, row: &OutboxRow, why: Stuck) -> Result<(), Failure> {
        self.waits_for_a_person(row, why);
        let (id, version) = (row.event, row.version);
        self.write_held(row, move |tx| {
            Box::pin(
                async move { tx.outbox_park(id, version, OutboxState::Blocked, why, why.as_str()).await },
            )
        })
        .await
        .map_err(|error: StoreError| error)?;
        Ok(())
    }

    /// There is no grant: the row waits for one. It is tried again at once if one was given since we looked, for nothing
    /// else would wake it.
    pub(crate) async fn park_without_grant(&self, row: &OutboxRow, owner: Owner) -> Result<(), Failure> {
        let seen = self.grant_row(row.company, owner).await?;
        let given = "a grant was given";
        let why = match self.access_token(row.company, owner).await {
            Err(Failure::NoGrant(why)) => why,
            Ok(_) => return self.rest(row, self.now(), Stuck::NoAnswer, given).await,
            Err(Failure::Google(reason)) => return self.rest_later(row, &reason).await,
            Err(failure) => return Err(failure),
        };
        self.waits_for_a_person(row, why);
        let (held, now) = (row.clone(), self.now());
        self.write_held(row, move |tx| {
            Box::pin(async move {
                if is_still_away(tx, held.company, owner, seen.as_ref()).await? {
                    tx.outbox_park(held.event, held.version, OutboxState::Blocked, why, why.as_str()).await?;
                } else {
                    tx.outbox_retry(held.event, held.version, now, Stuck::NoAnswer, given).await?;
                }
                Ok(())
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        Ok(())
    }

    fn waits_for_a_person(&self, row: &OutboxRow, why: Stuck) {
        self.metrics().push(PushOutcome::Blocked);
        tracing::warn!(event.id = %row.event, reason = why.as_str(), "A push waits for a person");
    }
}

/// Whether an event is still wanted, and every room in which it stands has left the Directory.
async fn is_without_rooms(tx: &mut Tx, id: BookingId) -> Result<bool, StoreError> {
    if tx.event_get(id).await?.is_none_or(|event| event.cancelled) {
        return Ok(false);
    }
    let occurrences = tx.occurrences_of_event(id).await?;
    let rooms: BTreeSet<RoomId> = occurrences.iter().map(|one| one.room).collect();
    for room in &rooms {
        if tx.room_get(*room).await?.is_none_or(|room| room.retired_at.is_none()) {
            return Ok(false);
        }
    }
    Ok(!rooms.is_empty())
}
