//! Notification channels: one per room calendar, renewed before their end, stopped when replaced.

use bus::Pass;
use model::{CalendarId, ChannelId, CompanyId};
use store::{CalendarRow, ChannelRow, ChannelState, StoreError};
use sync::channel::{
    ChannelAction, ChannelEffect, ChannelSeen, ChannelState as SeenState, TTL_SECS, plan, settle,
};
use sync::crash;
use sync::port::{Outcome, RemoteOp};

use crate::engine::Engine;
use crate::failure::Failure;
use crate::grants::Owner;
use crate::servers::Lease;
use crate::vault::{hash_token, token_text};

impl Engine {
    /// Looks after every calendar's channels, as the one server that does; answers how many actions were taken.
    pub(crate) async fn channels_pass(&self, lease: &mut Lease) -> Result<usize, Failure> {
        let mut taken = 0;
        for company in self.store().system().company_list().await? {
            for calendar in self.company(company.id).calendar_list().await? {
                lease.keep().await?;
                match self.look_after(company.id, &calendar, lease).await {
                    Ok(actions) => taken += actions,
                    Err(failure @ Failure::Store(StoreError::LeaseLost)) => return Err(failure),
                    // Without a grant nothing can be watched; the pull tells people.
                    Err(Failure::Google(_) | Failure::NoGrant(_)) => break,
                    Err(failure) => {
                        tracing::warn!(calendar.id = %calendar.id, error = %failure, "Could not look after channels");
                    }
                }
            }
        }
        Ok(taken)
    }

    async fn look_after(
        &self,
        company: CompanyId,
        calendar: &CalendarRow,
        lease: &Lease,
    ) -> Result<usize, Failure> {
        let rows = self.company(company).channel_of_calendar(calendar.id).await?;
        let channels: Vec<ChannelSeen> = rows.iter().map(seen).collect();
        let hooks = self.settings().hooks_url.is_some();
        let actions = plan(&channels, hooks, calendar.watch_after, self.now());
        let count = actions.len();
        for action in actions {
            match action {
                ChannelAction::Open => self.open_channel(company, calendar, lease).await?,
                ChannelAction::Stop { id, resource_id } => {
                    self.stop_channel(company, &id, resource_id).await?
                }
                ChannelAction::Forget { id } => self.forget_channel(company, &id).await?,
            }
        }
        Ok(count)
    }

    /// The row is written before the call: channels cannot be listed, so one without a row could never be stopped.
    async fn open_channel(
        &self,
        company: CompanyId,
        calendar: &CalendarRow,
        lease: &Lease,
    ) -> Result<(), Failure> {
        let Some(hooks) = self.settings().hooks_url.as_deref() else { return Ok(()) };
        let access = self.access_token(company, Owner::Company).await?;
        let now = self.now();
        let token = token_text(self.random());
        let (id, calendar_id, hash) = (ChannelId::new(now, self.random()), calendar.id, hash_token(&token));
        let (store, (name, fence, until)) = (self.company(company), lease.proof());
        store
            .write(now, move |tx| {
                Box::pin(async move {
                    tx.lease_hold(&name, fence, until).await?;
                    tx.channel_insert(id, calendar_id, &hash, now).await
                })
            })
            .await
            .map_err(|error: StoreError| error)?;
        let op = RemoteOp::Watch {
            calendar: calendar.google_id.clone(),
            channel_id: id.to_string(),
            address: format!("{hooks}/api/calendar/webhook"),
            token,
            ttl_secs: TTL_SECS,
        };
        let outcome = self.ask(company, &access, op).await;
        self.crash_point(crash::WATCH_AFTER_CALL);
        // After a rest another failure rests longer.
        let failures = if calendar.watch_after.is_some() { 4 } else { 0 };
        let effect = settle(&outcome, failures, self.entropy(), self.now());
        self.settle_watch(company, calendar_id, id, effect).await
    }

    async fn settle_watch(
        &self,
        company: CompanyId,
        calendar: CalendarId,
        id: ChannelId,
        effect: ChannelEffect,
    ) -> Result<(), Failure> {
        let now = self.now();
        let refused = effect == ChannelEffect::RefreshToken;
        self.company(company)
            .write(now, move |tx| {
                Box::pin(async move {
                    match effect {
                        ChannelEffect::Armed { resource_id, expires } => {
                            tx.channel_arm(id, &resource_id, Some(expires)).await?;
                            // What changed before the channel was there is read now (facts §5: list after a watch).
                            tx.calendar_mark_dirty(calendar, now).await?;
                            tx.calendar_set_watch_after(calendar, None).await
                        }
                        ChannelEffect::Rest { until, .. } | ChannelEffect::PollOnly { until, .. } => {
                            tx.channel_delete(id).await?;
                            tx.calendar_set_watch_after(calendar, Some(until)).await
                        }
                        ChannelEffect::RefreshToken | ChannelEffect::Stopped => tx.channel_delete(id).await,
                    }
                })
            })
            .await
            .map_err(|error: StoreError| error)?;
        if refused {
            let token = self.access_token(company, Owner::Company).await?;
            self.fresh_token(company, Owner::Company, &token).await?;
        }
        self.poke(Pass::Pull);
        Ok(())
    }

    async fn stop_channel(&self, company: CompanyId, id: &str, resource_id: String) -> Result<(), Failure> {
        let channel: ChannelId = id.parse().map_err(|_| Failure::Broken("a channel id that is none"))?;
        let access = self.access_token(company, Owner::Company).await?;
        let store = self.company(company);
        store
            .write(self.now(), move |tx| {
                Box::pin(async move { tx.channel_set_state(channel, ChannelState::Stopping).await })
            })
            .await
            .map_err(|error: StoreError| error)?;
        let op = RemoteOp::ChannelStop { channel_id: id.to_owned(), resource_id };
        let outcome = self.ask(company, &access, op).await;
        let gone = matches!(outcome, Outcome::Failed(sync::port::Failure::NotFound));
        if gone || settle(&outcome, 0, self.entropy(), self.now()) == ChannelEffect::Stopped {
            self.forget_channel(company, id).await?;
        }
        Ok(())
    }

    async fn forget_channel(&self, company: CompanyId, id: &str) -> Result<(), Failure> {
        let id: ChannelId = id.parse().map_err(|_| Failure::Broken("a channel id that is none"))?;
        self.company(company)
            .write(self.now(), move |tx| Box::pin(async move { tx.channel_delete(id).await }))
            .await
            .map_err(|error: StoreError| error)?;
        Ok(())
    }
}

fn seen(row: &ChannelRow) -> ChannelSeen {
    ChannelSeen {
        id: row.id.to_string(),
        state: match row.state {
            ChannelState::Arming => SeenState::Arming,
            ChannelState::Armed => SeenState::Armed,
            ChannelState::Stopping => SeenState::Stopping,
        },
        resource_id: row.resource_id.clone(),
        created: row.created_at,
        expires: row.expires_at,
    }
}
