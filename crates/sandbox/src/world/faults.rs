//! What shall go wrong: a plan of faults (`/sandbox/faults`). Each line says which requests or notifications it is about,
//! when, how often and how likely, and what happens to them.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::World;
use super::id_token::IdTokenFault;
use super::push::Notification;
use crate::wire::ApiError;

/// Which requests or notifications; every part that is given must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Matcher {
    /// The HTTP method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Contained in the decoded path, `*` for anything; for notifications, in their address or calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Contained in the query, as it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// The address of the person who asks, or who watches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// That person's domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// The calendar in the path, `primary` resolved; for notifications, the one that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// The channel of a notification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Action {
    /// An error instead of the work.
    Status {
        /// The HTTP status.
        status: u16,
        /// Google's reason; the usual one when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// With this `Retry-After`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_s: Option<u64>,
    },
    /// The others.
    Named(Named),
}

/// Actions with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Named {
    /// The work is done, then 503.
    CommitThenFail,
    /// The work is done, then the connection closes without an answer.
    CommitThenDrop,
    /// The connection closes without work and without an answer.
    DropConnection,
    /// The work is done, the answer ends in its middle.
    TornBody,
    /// The answer comes in small pieces, with so much time between them.
    SlowDripMs(u64),
    /// The work is done at once, the answer comes so much later.
    DelayMs(u64),
    /// The work is done, the answer is 200 with a page of HTML.
    HtmlPage,
    /// The work is done, the answer is padded by so many bytes.
    HugeBody(usize),
    /// The work is done twice, as by an impatient proxy; the second answer is given.
    ExecuteTwice,
    /// An insert whose id is taken makes a second event under another id.
    MissCollision,
    /// After the work somebody edits the same event's description.
    BounceEdit,
    /// A listing says that there is nothing, and that this is all.
    LieEmpty,
    /// A listing gives a page without items; the items come with the next.
    EmptyPage,
    /// A listing's next page is the same page again.
    LoopPage,
    /// Optional arrays of events are left out.
    AbsentArrays,
    /// Optional arrays of events are there and empty.
    EmptyArrays,
    /// Optional arrays of events are `null`.
    NullArrays,
    /// Fields have the wrong JSON type.
    WrongTypes,
    /// Events have fields and an event type that nobody knows yet.
    UnknownFields,
    /// A watch is granted with an end so far from now, also in the past.
    WatchExpirationMs(i64),
    /// A listing with a sync token answers 410.
    ExpireSyncTokens,
    /// The access token counts as expired: 401.
    ExpireAccessToken,
    /// The next id token is wrong in this way.
    IdToken(IdTokenFault),
    /// A notification is lost.
    DropNotification,
    /// A notification leaves so many times more.
    DuplicateNotification(u32),
    /// A notification leaves so much later.
    DelayNotificationMs(i64),
    /// A notification leaves after the next one.
    ReorderNotification,
    /// A notification carries another channel token.
    WrongToken,
    /// A notification carries no channel token.
    NoToken,
    /// A notification says that the resource is gone.
    NotExists,
}

impl Named {
    fn is_about_notifications(&self) -> bool {
        matches!(
            self,
            Self::DropNotification
                | Self::DuplicateNotification(_)
                | Self::DelayNotificationMs(_)
                | Self::ReorderNotification
                | Self::WrongToken
                | Self::NoToken
                | Self::NotExists
        )
    }
}

/// One line of the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// To find it in the log, and to take it off alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which.
    #[serde(default)]
    pub matcher: Matcher,
    /// What.
    pub action: Action,
    /// So many that fit are let through first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<u32>,
    /// How often still; for ever when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// How likely; always when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Begins so long after it was posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_ms: Option<i64>,
    /// Ends so long after it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_ms: Option<i64>,
    /// When it was posted, in microseconds; of one that came before the world's first instant, its first chance.
    #[serde(skip)]
    pub posted: i64,
}

impl Fault {
    fn runs(&self, now: i64) -> bool {
        let begin = self.posted.saturating_add(self.after_ms.unwrap_or(0).saturating_mul(1_000));
        let end = self.for_ms.map(|long| begin.saturating_add(long.saturating_mul(1_000)));
        self.count != Some(0) && now >= begin && end.is_none_or(|end| now < end)
    }
}

/// The plan.
#[derive(Debug, Clone)]
pub struct Faults {
    /// In order; the first that matches strikes.
    pub plan: Vec<Fault>,
    rng: ChaCha8Rng,
}

impl Faults {
    /// An empty plan; `seed` decides what probabilities give, apart from every other draw of the world.
    pub fn new(seed: u64) -> Self {
        Self { plan: Vec::new(), rng: ChaCha8Rng::seed_from_u64(seed ^ 0x6661_756c_7473) }
    }

    /// Begins the draws anew.
    pub fn reseed(&mut self, seed: u64) {
        self.rng = Self::new(seed).rng;
    }
}

/// A request as the plan sees it.
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) user: Option<&'a str>,
    pub(crate) calendar: Option<&'a str>,
    pub(crate) now: i64,
}

/// `*` stands for anything; the rest must occur in this order.
fn contains(text: &str, pattern: &str) -> bool {
    let mut rest = text;
    pattern.split('*').all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}

fn domain(user: &str) -> Option<&str> {
    user.split_once('@').map(|(_, domain)| domain)
}

fn same(wanted: Option<&String>, found: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| found.is_some_and(|found| found.eq_ignore_ascii_case(wanted)))
}

impl World {
    /// Adds a fault as of the last instant that the world saw. One about id tokens is for the next token that is made.
    pub fn add_fault(&mut self, mut fault: Fault) {
        if let Action::Named(Named::IdToken(kind)) = fault.action {
            self.oauth.next_id_token = Some(kind);
        } else {
            fault.posted = self.seen;
            self.faults.plan.push(fault);
        }
    }

    fn strike(&mut self, now: i64, fits: impl Fn(&Fault) -> bool) -> Option<(Option<String>, Action)> {
        let Faults { plan, rng } = &mut self.faults;
        for fault in plan {
            if fault.posted == 0 {
                fault.posted = now;
            }
            if !fault.runs(now) || !fits(fault) {
                continue;
            }
            if let Some(skip) = fault.skip.as_mut().filter(|skip| **skip > 0) {
                *skip -= 1;
                continue;
            }
            if fault.probability.is_some_and(|chance| !rng.random_bool(chance.clamp(0.0, 1.0))) {
                continue;
            }
            if let Some(count) = &mut fault.count {
                *count -= 1;
            }
            return Some((fault.name.clone(), fault.action.clone()));
        }
        None
    }

    /// The fault that strikes a request, if any.
    pub(crate) fn fault_for(&mut self, asked: &Asked<'_>) -> Option<Action> {
        let syncs = asked.query.split('&').any(|pair| pair.starts_with("syncToken="));
        let (name, action) = self.strike(asked.now, |fault| {
            let about_requests = match &fault.action {
                Action::Named(Named::ExpireSyncTokens) => syncs,
                Action::Named(named) => !named.is_about_notifications(),
                Action::Status { .. } => true,
            };
            let matcher = &fault.matcher;
            about_requests
                && matcher.channel.is_none()
                && same(matcher.method.as_ref(), Some(asked.method))
                && matcher.path.as_ref().is_none_or(|part| contains(asked.path, part))
                && matcher.query.as_ref().is_none_or(|part| contains(asked.query, part))
                && same(matcher.user.as_ref(), asked.user)
                && same(matcher.company.as_ref(), asked.user.and_then(domain))
                && same(matcher.calendar.as_ref(), asked.calendar)
        })?;
        self.log.push(asked.now, "fault", json!({ "name": name, "action": action, "path": asked.path }));
        Some(action)
    }

    /// The fault that strikes a notification, if any.
    pub(super) fn fault_for_notification(&mut self, notification: &Notification, now: i64) -> Option<Named> {
        let watcher = self.push.channels.get(&notification.channel).map(|channel| channel.user.clone());
        let watcher = watcher.as_deref();
        let (name, action) = self.strike(now, |fault| {
            let Action::Named(named) = &fault.action else { return false };
            let matcher = &fault.matcher;
            let path = matcher.path.as_ref().is_none_or(|part| {
                contains(&notification.url, part) || contains(&notification.calendar, part)
            });
            named.is_about_notifications()
                && path
                && same(matcher.user.as_ref(), watcher)
                && same(matcher.company.as_ref(), watcher.and_then(domain))
                && same(matcher.calendar.as_ref(), Some(&notification.calendar))
                && same(matcher.channel.as_ref(), Some(&notification.channel))
        })?;
        let what = json!({ "name": name, "action": action, "channel": notification.channel });
        self.log.push(now, "fault", what);
        if let Action::Named(named) = action { Some(named) } else { None }
    }
}

/// The error of a status fault, with the usual reason.
pub(crate) fn error(status: u16, reason: Option<&str>) -> ApiError {
    let usual = match status {
        401 => "authError",
        403 => "rateLimitExceeded",
        404 => "notFound",
        409 => "duplicate",
        410 => "fullSyncRequired",
        412 => "conditionNotMet",
        429 => "rateLimitExceeded",
        500..=599 => "backendError",
        _ => "badRequest",
    };
    let reason = reason.unwrap_or(usual);
    let mut error = match reason {
        "authError" => ApiError::auth(),
        "fullSyncRequired" => ApiError::full_sync(),
        _ => ApiError::new(status, reason, "An injected fault."),
    };
    error.status = status;
    if reason.ends_with("LimitExceeded") || reason == "quotaExceeded" {
        error.domain = "usageLimits";
    }
    error
}

#[cfg(test)]
mod tests {
    use super::contains;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(contains("/calendar/v3/calendars/a@b/events/x", "/calendars/*/events"));
        assert!(contains("/calendar/v3/freeBusy", "freeBusy"));
        assert!(!contains("/calendar/v3/events/calendars", "/calendars/*/events"));
    }
}
