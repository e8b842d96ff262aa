//! What shall go wrong: a plan of faults, each with a matcher, a count and a probability (`/sandbox/faults`).

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::World;
use super::id_token::IdTokenFault;
use super::push::Notification;
use crate::wire::ApiError;

/// Which requests or notifications.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Matcher {
    /// The HTTP method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Contained in the decoded path; for notifications, in their address or calendar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
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
    /// A notification is lost.
    DropNotification,
    /// A listing with a sync token answers 410.
    ExpireSyncTokens,
    /// The access token counts as expired: 401.
    ExpireAccessToken,
    /// The next id token is wrong in this way.
    IdToken(IdTokenFault),
    /// The work is done at once, the answer comes so much later.
    DelayMs(u64),
}

/// One line of the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which.
    #[serde(default)]
    pub matcher: Matcher,
    /// What.
    pub action: Action,
    /// How often still; for ever when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// How likely; always when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
}

/// The plan.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// In order; the first that matches strikes.
    pub plan: Vec<Fault>,
}

impl World {
    /// Adds a fault. One about id tokens is for the next token that is made.
    pub fn add_fault(&mut self, fault: Fault) {
        if let Action::Named(Named::IdToken(kind)) = fault.action {
            self.oauth.next_id_token = Some(kind);
        } else {
            self.faults.plan.push(fault);
        }
    }

    fn strike(&mut self, fits: impl Fn(&Fault) -> bool) -> Option<Action> {
        for i in 0..self.faults.plan.len() {
            let fault = self.faults.plan[i].clone();
            if fault.count == Some(0) || !fits(&fault) {
                continue;
            }
            if let Some(probability) = fault.probability
                && !self.chance(probability)
            {
                continue;
            }
            if let Some(count) = &mut self.faults.plan[i].count {
                *count -= 1;
            }
            return Some(fault.action);
        }
        None
    }

    /// The fault that strikes a request, if any.
    pub(crate) fn fault_for(&mut self, method: &str, path: &str, syncs: bool, now: i64) -> Option<Action> {
        let action = self.strike(|fault| {
            let about_requests = match fault.action {
                Action::Named(Named::DropNotification) => false,
                Action::Named(Named::ExpireSyncTokens) => syncs,
                _ => true,
            };
            let method_fits = fault.matcher.method.as_ref().is_none_or(|m| m.eq_ignore_ascii_case(method));
            let path_fits = fault.matcher.path.as_ref().is_none_or(|part| path.contains(part.as_str()));
            about_requests && method_fits && path_fits
        })?;
        self.log.push(now, "fault", json!({ "action": action, "path": path }));
        Some(action)
    }

    pub(super) fn drops(&mut self, notification: &Notification) -> bool {
        let action = self.strike(|fault| {
            matches!(fault.action, Action::Named(Named::DropNotification))
                && fault.matcher.path.as_ref().is_none_or(|part| {
                    notification.url.contains(part.as_str()) || notification.calendar.contains(part.as_str())
                })
        });
        action.is_some()
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
