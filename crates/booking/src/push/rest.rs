//! What waits: for a moment, for as long as Google asked, or for a person.

use model::{Instant, Stuck};
use store::{OutboxRow, OutboxState, StoreError};
use sync::backoff;

use super::Job;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::grants::{Owner, is_still_away};
use crate::metrics::PushOutcome;

impl Engine {
    pub(super) async fn retry(
        &self,
        row: &OutboxRow,
        at: Instant,
        why: Stuck,
        reason: &str,
    ) -> Result<(), Failure> {
        let (id, version, reason) = (row.event, row.version, reason.to_owned());
        self.write_held(row, move |tx| {
            Box::pin(async move { tx.outbox_retry(id, version, at, Some(why), &reason).await })
        })
        .await
        .map_err(|error: StoreError| error)?;
        Ok(())
    }

    /// Google is out of reach for a moment.
    pub(super) async fn retry_later(&self, row: &OutboxRow, reason: &str) -> Result<(), Failure> {
        let at = self.now().plus_micros(backoff::after(row.attempts, self.entropy(), None));
        self.retry(row, at, Stuck::NoAnswer, reason).await
    }

    pub(super) async fn park(&self, job: &Job, why: Stuck) -> Result<(), Failure> {
        self.metrics().push(PushOutcome::Blocked);
        tracing::warn!(event.id = %job.row.event, reason = why.as_str(), "A push waits for a person");
        let (id, version) = (job.row.event, job.row.version);
        self.write_held(&job.row, move |tx| {
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
    pub(super) async fn park_without_grant(&self, job: &Job, owner: Owner) -> Result<(), Failure> {
        let seen = self.grant_row(job.row.company, owner).await?;
        let given = "a grant was given";
        let why = match self.access_token(job.row.company, owner).await {
            Err(Failure::NoGrant(why)) => why,
            Ok(_) => return self.retry(&job.row, self.now(), Stuck::NoAnswer, given).await,
            Err(Failure::Google(reason)) => return self.retry_later(&job.row, &reason).await,
            Err(failure) => return Err(failure),
        };
        self.metrics().push(PushOutcome::Blocked);
        tracing::warn!(event.id = %job.row.event, reason = why.as_str(), "A push waits for a person");
        let (row, now) = (job.row.clone(), self.now());
        self.write_held(&job.row, move |tx| {
            Box::pin(async move {
                if is_still_away(tx, row.company, owner, seen.as_ref()).await? {
                    tx.outbox_park(row.event, row.version, OutboxState::Blocked, why, why.as_str()).await?;
                } else {
                    tx.outbox_retry(row.event, row.version, now, Some(Stuck::NoAnswer), given).await?;
                }
                Ok(())
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        Ok(())
    }
}
