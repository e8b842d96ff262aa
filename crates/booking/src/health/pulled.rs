//! What a finished pull says about the calendar's health, in the transaction that applies it.

use model::Instant;
use model::room::RoomHealth;
use store::{CalendarRow, ChannelRow, ChannelState, StoreError, Tx};
use sync::silence::{self, Pulled};

/// What differed between a listing and what was held here.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Differed {
    events: i64,
    /// When the first of them was changed, as Google says.
    since: Option<Instant>,
}

impl Differed {
    /// Counts an event if more was told since the transaction had told `before` changes.
    pub(crate) fn count(&mut self, tx: &Tx, before: usize, updated: Option<Instant>) {
        self.count_many(i64::from(tx.told() > before), updated);
    }

    /// Counts so many events, of which the first was changed at `updated`.
    pub(crate) fn count_many(&mut self, events: i64, updated: Option<Instant>) {
        if events > 0 {
            self.events += events;
            self.since = match (self.since, updated) {
                (Some(since), Some(updated)) => Some(since.min(updated)),
                (since, updated) => since.or(updated),
            };
        }
    }
}

/// How the room follows Google now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Followed {
    pub(crate) health: RoomHealth,
    /// The calendar's channel is to be replaced.
    pub(crate) replaced: bool,
}

/// `calendar` as it was before this pull; `unsure`: missing events that Google said nothing clear about.
pub(crate) async fn after_pull(
    tx: &mut Tx,
    calendar: &CalendarRow,
    channels: &[ChannelRow],
    full: bool,
    differed: &Differed,
    unsure: i64,
) -> Result<Followed, StoreError> {
    let now = tx.now();
    if calendar.failures > 0 {
        tx.outbox_in_reach().await?;
    }
    // What the first pass brings is no drift, and nobody waited for it.
    if full && calendar.last_pull_at.is_some() {
        tx.calendar_full_pass(calendar.id, differed.events + unsure, differed.events).await?;
    }
    // Notifications that came meanwhile count, too.
    let heard_at = tx.calendar_get(calendar.id).await?.and_then(|current| current.last_notice_at);
    let heard_at = heard_at.filter(|at| calendar.last_pull_at.is_none_or(|last| *at >= last));
    if let Some(at) = differed.since.or(heard_at).filter(|_| !full && differed.events > 0) {
        tx.heard(at.min(now));
    }
    let mut armed = channels.iter().filter(|channel| channel.state == ChannelState::Armed);
    let pulled = Pulled {
        listened: calendar.last_pull_at.is_some_and(|last| armed.clone().any(|one| one.created_at < last)),
        heard: heard_at.is_some(),
        found: differed.events > 0,
    };
    let (unheard, replaced) = silence::after(calendar.unheard, pulled);
    if replaced {
        tracing::warn!(calendar.id = %calendar.id, "No notifications come for a calendar; its channel is replaced");
        tx.channel_give_up(calendar.id).await?;
    }
    if replaced || unheard != calendar.unheard {
        tx.calendar_unheard(calendar.id, unheard, replaced.then_some(now)).await?;
    }
    let silent = replaced || (calendar.silent_at.is_some() && !pulled.heard);
    let live = armed.next().is_some() && !silent;
    Ok(Followed { health: if live { RoomHealth::Live } else { RoomHealth::PollOnly }, replaced })
}
