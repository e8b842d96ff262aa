//! Google's notifications: checked, marked, answered at once. The work comes later.

use bus::Pass;
use model::ChannelId;
use store::{ChannelSeen, ChannelState, StoreError};
use sync::pace::{self, Listed};

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
        let stored = row.as_ref().map_or("", |row| row.channel.token_hash.as_str());
        let genuine = same(&hash_token(token.unwrap_or_default()), stored);
        let Some(row) = row.filter(|_| genuine) else {
            return Ok(NoticeOutcome::Rejected);
        };
        let Some(resource) = resource.filter(|resource| !resource.is_empty() && resource.len() <= 256) else {
            return Ok(NoticeOutcome::Rejected);
        };
        if row.channel.resource_id.as_deref().is_some_and(|known| !same(known, resource)) {
            return Ok(NoticeOutcome::Rejected);
        }
        let outcome = if state == Some("sync") { NoticeOutcome::Armed } else { NoticeOutcome::Marked };
        let marks = outcome == NoticeOutcome::Marked;
        let rush = marks && self.heard_of(row.channel.calendar, self.now());
        let channel = row.channel.id;
        let mut row = Some(row);
        // It may be listed just now: then that is what the next listing keeps its distance from.
        while let Some(seen) = row {
            if self.mark_noticed(seen, resource.to_owned(), outcome, rush).await? {
                break;
            }
            row = self.store().system().channel_by_id(channel).await?;
        }
        Ok(outcome)
    }

    /// `false`: a listing of the calendar began or ended since `row` was read, and nothing was marked.
    async fn mark_noticed(
        &self,
        row: ChannelSeen,
        resource: String,
        outcome: NoticeOutcome,
        rush: bool,
    ) -> Result<bool, Failure> {
        let now = self.now();
        let ChannelSeen { channel, dirty_since, next_pull_at, listed_at, listed_before_at } = row;
        let marks = outcome == NoticeOutcome::Marked;
        let arms = channel.state == ChannelState::Arming;
        let at = pace::next(Listed { last: listed_at, before: listed_before_at }, rush, now);
        // The pull that was wanted already begins later than this, and brings what this tells of. So a rush is a write
        // for each pull, not for each notification.
        if marks && !arms && dirty_since.is_some() && pace::suffices(next_pull_at, at, now) {
            return Ok(true);
        }
        if !marks && !arms {
            return Ok(true);
        }
        let company = self.company(channel.company);
        let noted = company
            .write(now, move |tx| {
                Box::pin(async move {
                    // The first message may come before the answer to `watch` (facts §5).
                    if arms {
                        tx.channel_arm(channel.id, &resource, channel.expires_at).await?;
                    }
                    let noted = !marks || tx.calendar_noticed(channel.calendar, at, listed_at).await?;
                    Ok::<_, StoreError>(noted)
                })
            })
            .await?;
        self.poke(if marks { Pass::Pull } else { Pass::Channels });
        Ok(noted.value)
    }
}
