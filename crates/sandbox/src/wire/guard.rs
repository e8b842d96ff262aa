//! What stands around every call: the plan of faults, quotas, the log, and the mails that a write sends.

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Value, json};

use super::ApiError;
use super::reply::{self, Fate, HoldBack};
use super::router::{Call, route};
use crate::world::World;
use crate::world::access::Actor;
use crate::world::faults::{self, Action, Asked, Named};
use crate::world::lies::Listing;
use crate::world::log::redact;
use crate::world::quota::Cost;

/// A call with what the path says about it.
struct Seen<'a> {
    call: &'a Call,
    segments: &'a [&'a str],
    path: String,
    actor: Option<Actor>,
    /// The calendar in the path, `primary` resolved.
    calendar: Option<String>,
}

impl<'a> Seen<'a> {
    fn new(world: &World, call: &'a Call, segments: &'a [&'a str]) -> Self {
        let actor = world.authenticate(&call.headers, call.now).ok();
        let calendar = match (segments, &actor) {
            (["calendar", "v3", "calendars", "primary", ..], Some(actor)) => Some(actor.email.clone()),
            (["calendar", "v3", "calendars", id, ..], _) => Some(id.to_ascii_lowercase()),
            _ => None,
        };
        Self { call, segments, path: format!("/{}", segments.join("/")), actor, calendar }
    }

    fn is_directory(&self) -> bool {
        self.segments.first() == Some(&"admin")
    }

    fn is_oauth(&self) -> bool {
        matches!(self.segments, ["token" | "revoke" | "tokeninfo"])
    }

    /// Whether this is a write to events, and the event if the path names one.
    fn write(&self) -> Option<(&str, Option<&str>)> {
        let (["calendar", "v3", "calendars", _, "events", rest @ ..], Some(calendar)) =
            (self.segments, &self.calendar)
        else {
            return None;
        };
        let event = match (self.call.method.as_str(), rest) {
            ("POST", [] | ["import" | "quickAdd"]) => None,
            ("POST", [event, "move"]) | ("PUT" | "PATCH" | "DELETE", [event]) => Some(*event),
            _ => return None,
        };
        Some((calendar, event))
    }

    fn cost(&self, actor: &'a Actor) -> Cost<'_> {
        let write = self.write();
        let other = self.call.method != Method::GET
            && !matches!(self.segments.last(), Some(&"watch" | &"stop" | &"freeBusy"));
        Cost {
            actor,
            quota_user: self.call.query.get("quotaUser"),
            calendar: self.calendar.as_deref(),
            writes: write.is_some() || other,
            creates: write.is_some_and(|(_, event)| event.is_none()),
            units: if self.call.method == Method::PATCH { 3 } else { 1 },
            now: self.call.now,
        }
    }

    fn fail(&self, error: &ApiError) -> Response<Bytes> {
        if self.is_oauth() { oauth_error(error) } else { error.response(self.is_directory()) }
    }
}

/// Answers a call of Google's interfaces.
pub(crate) fn answer(world: &mut World, call: &Call, segments: &[&str]) -> Response<Bytes> {
    let seen = Seen::new(world, call, segments);
    world.log.acting = seen.actor.as_ref().map(|actor| actor.email.clone());
    let response = with_faults(world, &seen);
    let what = json!({ "method": call.method.as_str(), "path": seen.path, "query": redact(&call.raw_query),
        "actor": seen.actor.as_ref().map(|actor| &actor.email), "status": response.status().as_u16(),
        "ifMatch": call.header(header::IF_MATCH) });
    world.log.push(call.now, "request", what);
    world.log.acting = None;
    response
}

fn with_faults(world: &mut World, seen: &Seen<'_>) -> Response<Bytes> {
    let call = seen.call;
    let asked = Asked {
        method: call.method.as_str(),
        path: &seen.path,
        query: &call.raw_query,
        user: seen.actor.as_ref().map(|actor| actor.email.as_str()),
        calendar: seen.calendar.as_deref(),
        now: call.now,
    };
    let named = match world.fault_for(&asked) {
        Some(Action::Status { status, reason, retry_after_s }) => {
            let mut failed = seen.fail(&faults::error(status, reason.as_deref()));
            retry_after(&mut failed, retry_after_s);
            return failed;
        }
        Some(Action::Named(named)) => named,
        None => return worked(world, seen, call),
    };
    match named {
        Named::ExpireAccessToken => seen.fail(&ApiError::auth()),
        Named::ExpireSyncTokens => seen.fail(&ApiError::full_sync()),
        Named::DropConnection => with_fate(reply::empty(), Fate::Drop),
        Named::CommitThenFail => {
            worked(world, seen, call);
            seen.fail(&faults::error(503, None))
        }
        Named::CommitThenDrop => with_fate(worked(world, seen, call), Fate::Drop),
        Named::TornBody => with_fate(worked(world, seen, call), Fate::Torn),
        Named::SlowDripMs(wait) => with_fate(worked(world, seen, call), Fate::Drip(wait)),
        Named::DelayMs(delay) => {
            let mut response = worked(world, seen, call);
            response.extensions_mut().insert(HoldBack(delay));
            response
        }
        Named::HtmlPage => {
            worked(world, seen, call);
            reply::html(StatusCode::OK, "<!doctype html><title>Sorry...</title><p>We're sorry.".to_owned())
        }
        Named::HugeBody(bytes) => worked(world, seen, call).map(|body| {
            let padding = std::iter::repeat_n(b' ', bytes);
            body.into_iter().chain(padding).collect()
        }),
        Named::ExecuteTwice => {
            worked(world, seen, call);
            worked(world, seen, call)
        }
        Named::MissCollision => {
            let under_another_id = without_taken_id(world, seen);
            worked(world, seen, under_another_id.as_ref().unwrap_or(call))
        }
        Named::BounceEdit => {
            let response = worked(world, seen, call);
            if let Some((calendar, event)) = written(seen, &response) {
                world.bounce(&calendar, &event, call.now);
            }
            response
        }
        Named::WatchExpirationMs(millis) => {
            world.push.grant_for_ms = Some(millis);
            let response = worked(world, seen, call);
            world.push.grant_for_ms = None;
            response
        }
        lie => {
            let response = worked(world, seen, call);
            world.lie(&lie, &listing(seen), response)
        }
    }
}

/// The call itself: charged, done, and told to whom it concerns.
fn worked(world: &mut World, seen: &Seen<'_>, call: &Call) -> Response<Bytes> {
    let api = matches!(seen.segments.first(), Some(&"calendar" | &"admin"));
    if let Some(actor) = seen.actor.as_ref().filter(|_| api)
        && let Err(error) = world.charge(&seen.cost(actor))
    {
        let mut refused = seen.fail(&error);
        retry_after(&mut refused, world.settings.quota_retry_after_s);
        return refused;
    }
    if let Err(error) = may_invite(seen) {
        return seen.fail(&error);
    }
    let before = seen.write().and_then(|(calendar, event)| world.content_of(calendar, event?));
    let response = route(world, call, seen.segments).unwrap_or_else(|error| seen.fail(&error));
    if let Some((calendar, event)) = written(seen, &response) {
        let send_updates = call.query.get("sendUpdates");
        world.mail_change((&calendar, &event), before.as_ref(), send_updates, call.now);
    }
    response
}

/// A service account that acts for nobody may not invite (facts: google-calendar §2, `attendees`).
fn may_invite(seen: &Seen<'_>) -> Result<(), ApiError> {
    let itself = seen.actor.as_ref().is_some_and(|actor| actor.via.as_ref() == Some(&actor.email));
    let invites = || {
        let body = seen.call.json().unwrap_or_default();
        body["attendees"].as_array().is_some_and(|list| !list.is_empty())
    };
    if itself && seen.write().is_some() && invites() {
        let message = "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority.";
        return Err(ApiError::new(403, "forbiddenForServiceAccounts", message).calendar());
    }
    Ok(())
}

/// The calendar and the event of a write that was done.
fn written(seen: &Seen<'_>, response: &Response<Bytes>) -> Option<(String, String)> {
    let (calendar, event) = seen.write().filter(|_| response.status().is_success())?;
    let calendar = seen.call.query.get("destination").unwrap_or(calendar).to_owned();
    let made = || {
        let body: Value = serde_json::from_slice(response.body()).ok()?;
        Some(body["id"].as_str()?.to_owned())
    };
    Some((calendar, event.map(str::to_owned).or_else(made)?))
}

/// An insert whose id is taken, without that id: Google cannot promise to notice (discovery: `Event.id`).
fn without_taken_id(world: &World, seen: &Seen<'_>) -> Option<Call> {
    let (calendar, None) = seen.write()? else { return None };
    let mut body = seen.call.json().ok()?;
    world.find(calendar, body["id"].as_str()?).ok()?;
    body.as_object_mut()?.remove("id");
    Some(Call { body: Bytes::from(body.to_string()), ..seen.call.clone() })
}

fn listing<'a>(seen: &Seen<'a>) -> Listing<'a> {
    let of_person = |kind: &str| seen.actor.as_ref().map(|actor| format!("{kind}:{}", actor.email));
    let of = match (seen.segments.last(), &seen.calendar) {
        (Some(&"calendarList"), _) => of_person("list"),
        (Some(&"settings"), _) => of_person("settings"),
        (Some(&"acl"), Some(calendar)) => Some(format!("acl:{calendar}")),
        (_, calendar) => calendar.clone(),
    };
    Listing { of, query: &seen.call.query, now: seen.call.now }
}

fn with_fate(mut response: Response<Bytes>, fate: Fate) -> Response<Bytes> {
    response.extensions_mut().insert(fate);
    response
}

fn retry_after(response: &mut Response<Bytes>, seconds: Option<u64>) {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// A fault at the token endpoint: `reason` is OAuth's `error`.
fn oauth_error(error: &ApiError) -> Response<Bytes> {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    reply::json_status(status, &json!({ "error": error.reason, "error_description": error.message }))
}
