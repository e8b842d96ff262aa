//! Channels: when to watch, when to renew, when to stop.
//!
//! A channel is a hint that saves polling; nothing depends on it. Its row is written *before* `events.watch` is called,
//! as `Arming` with our id and token (F-011). It is armed by the answer or by the `sync` message, whichever comes first;
//! the older channel of a calendar is stopped only after a newer one is armed, so there is no gap. Google renews nothing
//! and lists nothing: what is forgotten here can never be stopped, only expire.

#[cfg(test)]
mod tests;

use model::Instant;

use crate::backoff;
use crate::mix::mix_text;
use crate::port::{ChannelGrant, Failure, Outcome};

/// The life to ask for (seconds); Google's default and, in practice, longest.
pub const TTL_SECS: i64 = 604_800;
/// How long an armed channel is believed in where Google gave no expiration.
const ASSUMED_LIFE_SECS: i64 = TTL_SECS;
/// How long a channel may be arming without any answer.
const ARMING_SECS: i64 = 120;
/// A granted life shorter than this is an error rather than a schedule (F-013).
const SHORTEST_LIFE_SECS: i64 = 60;
/// And one longer than this is not believed.
const LONGEST_LIFE_SECS: i64 = 30 * 86_400;
/// How often a calendar that cannot be watched is tried again (F-014).
const POLL_ONLY_SECS: i64 = 86_400;
/// How soon a stop that did not succeed is due again.
const STOP_AGAIN_SECS: i64 = 60;

/// A channel's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelSeen {
    /// Ours.
    pub id: String,
    pub state: ChannelState,
    /// Google's; known once armed.
    pub resource_id: Option<String>,
    pub created: Instant,
    /// As granted.
    pub expires: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelState {
    /// The row exists; the call may not have been made or answered.
    Arming,
    /// Google answered, or sent its `sync` message.
    Armed,
    /// To be stopped; its messages still count.
    Stopping,
}

/// What to do about a calendar's channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelAction {
    /// Write a row with a new id, then call `events.watch`, then [`settle`].
    Open,
    /// Mark it stopping, call `channels.stop`; on success or 404 the row goes.
    Stop { id: String, resource_id: String },
    /// Drop the row: it expired, or nothing is known by which it could be stopped.
    Forget { id: String },
}

/// What the answer to `events.watch` (or `channels.stop`) means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelEffect {
    Armed {
        resource_id: String,
        expires: Instant,
    },
    /// Stopped, or Google knows it no more: drop the row.
    Stopped,
    /// Drop the row and open none before this instant.
    Rest {
        until: Instant,
        reason: String,
    },
    /// This calendar cannot be watched: drop the row, poll, and try again at this instant.
    PollOnly {
        until: Instant,
        reason: String,
    },
    RefreshToken,
}

/// What is due now. `hooks`: there is an address that Google can reach. `rest`: no new channel before this instant
/// (from [`ChannelEffect::Rest`] and [`ChannelEffect::PollOnly`]).
pub fn plan(
    channels: &[ChannelSeen],
    hooks: bool,
    rest: Option<Instant>,
    now: Instant,
) -> Vec<ChannelAction> {
    let mut actions = Vec::new();
    let newest = newest_armed(channels, now);
    let mut arming = false;
    for channel in channels {
        let id = || channel.id.clone();
        if is_over(channel, now) {
            actions.push(ChannelAction::Forget { id: id() });
            continue;
        }
        let keep = hooks
            && match channel.state {
                ChannelState::Arming => true,
                ChannelState::Armed => newest.is_some_and(|newest| newest.id == channel.id),
                ChannelState::Stopping => false,
            };
        arming |= keep && channel.state == ChannelState::Arming;
        if !keep {
            actions.push(match &channel.resource_id {
                Some(resource_id) => ChannelAction::Stop { id: id(), resource_id: resource_id.clone() },
                None => ChannelAction::Forget { id: id() },
            });
        }
    }
    let resting = rest.is_some_and(|until| now < until);
    let wanted = newest.is_none_or(|newest| renew_at(newest) <= now);
    if hooks && wanted && !arming && !resting {
        actions.push(ChannelAction::Open);
    }
    actions
}

/// When [`plan`] may next have something to do; `None`: not before something happens.
pub fn next_due(
    channels: &[ChannelSeen],
    hooks: bool,
    rest: Option<Instant>,
    now: Instant,
) -> Option<Instant> {
    // What is due now needs no looking ahead, but for stops, which may have failed a moment ago.
    let newest = newest_armed(channels, now);
    let arming = channels.iter().any(|one| one.state == ChannelState::Arming && !is_over(one, now));
    let open = (hooks && !arming).then(|| newest.map_or(now, renew_at).max(rest.unwrap_or(now)).max(now));
    let each = channels.iter().map(|channel| {
        let superseded = newest.is_some_and(|newest| newest.id != channel.id);
        match channel.state {
            ChannelState::Stopping => over_at(channel).min(now.plus_secs(STOP_AGAIN_SECS)),
            ChannelState::Armed if superseded || !hooks => now,
            ChannelState::Arming if !hooks => now,
            ChannelState::Arming | ChannelState::Armed => over_at(channel),
        }
    });
    each.chain(open).min()
}

/// What the answer means. `failures`: how many calls in a row came to nothing before this one.
pub fn settle(outcome: &Outcome, failures: u32, entropy: u64, now: Instant) -> ChannelEffect {
    let rest = |reason: &str, hint_secs| ChannelEffect::Rest {
        until: now.plus_micros(backoff::after(failures.saturating_add(3), entropy, hint_secs)),
        reason: reason.to_owned(),
    };
    let poll_only = |reason: &str| ChannelEffect::PollOnly {
        // Up to an hour later, so that calendars do not ask in step.
        until: now.plus_secs(POLL_ONLY_SECS + i64::try_from(entropy % 3_600).unwrap_or(0)),
        reason: reason.to_owned(),
    };
    match outcome {
        Outcome::Channel(grant) => match granted_until(grant, now) {
            Some(expires) => ChannelEffect::Armed { resource_id: grant.resource_id.clone(), expires },
            None => rest("expired when granted", None),
        },
        Outcome::Stopped | Outcome::Deleted => ChannelEffect::Stopped,
        Outcome::Failed(failure) => match failure {
            Failure::PushUnsupported { reason } | Failure::Forbidden { reason } => poll_only(reason),
            // No access (the pull finds out), or, for a stop, an unknown channel: either way there is none.
            Failure::NotFound => poll_only("notFound"),
            Failure::Rejected { status, reason } => poll_only(&format!("{status} {reason}")),
            Failure::RateLimited { retry_after_secs } => rest("rate limited", *retry_after_secs),
            Failure::Unauthorized => ChannelEffect::RefreshToken,
            Failure::Unknown { detail } | Failure::Malformed { detail } => rest(detail, None),
            Failure::Deleted
            | Failure::FullSyncRequired
            | Failure::Duplicate
            | Failure::PreconditionFailed => rest("unexpected answer", None),
        },
        _ => rest("unexpected answer", None),
    }
}

/// The life that is really granted is read back, never assumed; `None` where it is none at all.
fn granted_until(grant: &ChannelGrant, now: Instant) -> Option<Instant> {
    let expires = grant.expires.unwrap_or_else(|| now.plus_secs(ASSUMED_LIFE_SECS));
    (expires >= now.plus_secs(SHORTEST_LIFE_SECS)).then(|| expires.min(now.plus_secs(LONGEST_LIFE_SECS)))
}

fn newest_armed(channels: &[ChannelSeen], now: Instant) -> Option<&ChannelSeen> {
    channels
        .iter()
        .filter(|one| one.state == ChannelState::Armed && !is_over(one, now))
        .max_by_key(|one| (one.created, &one.id))
}

fn expires(channel: &ChannelSeen) -> Instant {
    channel.expires.unwrap_or_else(|| channel.created.plus_secs(ASSUMED_LIFE_SECS))
}

/// When its row serves nothing any more.
fn over_at(channel: &ChannelSeen) -> Instant {
    match channel.state {
        ChannelState::Arming => channel.created.plus_secs(ARMING_SECS),
        ChannelState::Armed | ChannelState::Stopping => expires(channel),
    }
}

fn is_over(channel: &ChannelSeen, now: Instant) -> bool {
    over_at(channel) <= now
}

/// At 50 to 70 % of its life, each channel at its own point, the same one whenever it is asked.
fn renew_at(channel: &ChannelSeen) -> Instant {
    let life = expires(channel).since(channel.created).max(0);
    let percent = 50 + i64::try_from(mix_text(&channel.id) % 21).unwrap_or(10);
    channel.created.plus_micros(life / 100 * percent)
}
