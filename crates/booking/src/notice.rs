//! Google's notifications: checked, marked, answered at once. The work comes later.

use bus::Pass;
use model::ChannelId;
use store::{ChannelRow, ChannelState, StoreError};

use crate::engine::Engine;
use crate::failure::Failure;
use crate::vault::{hash_token, same};

/// What a notification was worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeOutcome {
    /// The calendar will be pulled.
    Marked,
    /// The first message of a channel: it works.
    Armed,
    /// Unknown channel, wrong token or wrong resource: the three are not told apart outside.
    Rejected,
}

impl Engine {
    /// One `POST` to the webhook, by its `X-Goog-*` headers. Nothing in it is trusted before the channel's token,
    /// compared in constant time, and its resource id fit.
    pub async fn notice(
        &self,
        channel: Option<&str>,
        token: Option<&str>,
        resource: Option<&str>,
        state: Option<&str>,
    ) -> Result<NoticeOutcome, model::ApiError> {
        let outcome = self.notice_or_fail(channel, token, resource, state).await;
        self.metrics().noticed(outcome.as_ref().ok().copied());
        Ok(outcome?)
    }

    async fn notice_or_fail(
        &self,
        channel: Option<&str>,
        token: Option<&str>,
        resource: Option<&str>,
        state: Option<&str>,
    ) -> Result<NoticeOutcome, Failure> {
        let id: Option<ChannelId> = channel.filter(|id| id.len() <= 64).and_then(|id| id.parse().ok());
        let row = match id {
            Some(id) => self.store().system().channel_by_id(id).await?,
            None => None,
        };
        // Without a row the same comparison is made, so that the time tells nothing.
        let stored = row.as_ref().map_or("", |row| row.token_hash.as_str());
        let genuine = same(&hash_token(token.unwrap_or_default()), stored);
        let Some(row) = row.filter(|_| genuine) else {
            return Ok(NoticeOutcome::Rejected);
        };
        let Some(resource) = resource.filter(|resource| !resource.is_empty() && resource.len() <= 256) else {
            return Ok(NoticeOutcome::Rejected);
        };
        if row.resource_id.as_deref().is_some_and(|known| !same(known, resource)) {
            return Ok(NoticeOutcome::Rejected);
        }
        let outcome = if state == Some("sync") { NoticeOutcome::Armed } else { NoticeOutcome::Marked };
        self.mark_noticed(row, resource.to_owned(), outcome).await?;
        Ok(outcome)
    }

    async fn mark_noticed(
        &self,
        row: ChannelRow,
        resource: String,
        outcome: NoticeOutcome,
    ) -> Result<(), Failure> {
        let now = self.now();
        let company = self.company(row.company);
        company
            .write(now, move |tx| {
                Box::pin(async move {
                    // The first message may come before the answer to `watch` (facts §5).
                    if row.state == ChannelState::Arming {
                        tx.channel_arm(row.id, &resource, row.expires_at).await?;
                    }
                    if outcome == NoticeOutcome::Marked {
                        tx.calendar_noticed(row.calendar, now).await?;
                    }
                    Ok::<_, StoreError>(())
                })
            })
            .await?;
        if outcome == NoticeOutcome::Marked {
            self.poke(Pass::Pull);
        } else {
            self.poke(Pass::Channels);
        }
        Ok(())
    }
}
