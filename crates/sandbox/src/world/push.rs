//! Push channels: watch, stop, and the notifications that leave (facts: google-calendar §5).

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::World;
use super::access::Actor;
use super::clock::{SECOND, utc};
use super::faults::Named;
use crate::wire::ApiError;
use crate::wire::query::encode;

/// What can be watched (facts: google-calendar §5): events and access rules of a calendar, list and settings of a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// The events of a calendar.
    Events(String),
    /// The access rules of a calendar.
    Acl(String),
    /// A person's list of calendars.
    CalendarList(String),
    /// A person's settings.
    Settings(String),
}

impl Resource {
    /// The calendar or the person.
    pub fn of(&self) -> &str {
        match self {
            Self::Events(id) | Self::Acl(id) | Self::CalendarList(id) | Self::Settings(id) => id,
        }
    }

    pub(super) fn of_mut(&mut self) -> &mut String {
        match self {
            Self::Events(id) | Self::Acl(id) | Self::CalendarList(id) | Self::Settings(id) => id,
        }
    }

    /// Its address.
    fn uri(&self) -> String {
        let path = match self {
            Self::Events(id) => format!("calendars/{}/events", encode(id)),
            Self::Acl(id) => format!("calendars/{}/acl", encode(id)),
            Self::CalendarList(_) => "users/me/calendarList".to_owned(),
            Self::Settings(_) => "users/me/settings".to_owned(),
        };
        format!("https://www.googleapis.com/calendar/v3/{path}?alt=json")
    }

    /// Google's id for it: opaque, stable.
    fn id(&self) -> String {
        let seed = match self {
            Self::Events(id) => id.clone(),
            Self::Acl(id) => format!("acl:{id}"),
            Self::CalendarList(id) => format!("list:{id}"),
            Self::Settings(id) => format!("settings:{id}"),
        };
        URL_SAFE_NO_PAD.encode(&Sha256::digest(seed.as_bytes())[..20])
    }
}

/// A live channel: one person, one resource.
#[derive(Debug, Clone)]
pub struct Channel {
    /// The watcher's id for it.
    pub id: String,
    /// What is watched.
    pub resource: Resource,
    /// Who watches.
    pub user: String,
    /// With which OAuth client.
    pub client: String,
    /// Where notifications go.
    pub address: String,
    /// Echoed with each.
    pub token: Option<String>,
    /// The end, in microseconds.
    pub expires: i64,
    /// Google's id of the watched resource.
    pub resource_id: String,
    /// The resource's address.
    pub resource_uri: String,
    number: u64,
    /// Stopped, but still heard for a while.
    stopped: bool,
}

/// A notification on its way: `POST`, empty body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Where to.
    pub url: String,
    /// `X-Goog-...` and the rest, in order.
    pub headers: Vec<(&'static str, String)>,
    /// The channel.
    pub channel: String,
    /// The calendar (or person) whose resource changed.
    pub calendar: String,
    /// How often it was tried before.
    pub attempt: u32,
    /// Whether a fault had its chance.
    struck: bool,
}

impl Notification {
    /// As a request; none when the address or a header cannot be sent.
    pub fn request(&self) -> Option<http::Request<Bytes>> {
        let mut builder = http::Request::post(&self.url);
        for (name, value) in &self.headers {
            builder = builder.header(*name, value);
        }
        builder.body(Bytes::new()).ok()
    }

    fn set_header(&mut self, name: &'static str, value: Option<&str>) {
        self.headers.retain(|(key, _)| *key != name);
        self.headers.extend(value.map(|value| (name, value.to_owned())));
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What became of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Answered with this status.
    Status(u16),
    /// No answer in time, or no connection.
    Unreachable,
}

/// Channels and the outbox.
#[derive(Debug, Clone, Default)]
pub struct Push {
    /// By id.
    pub channels: BTreeMap<String, Channel>,
    /// What the next watch is granted, from now, if a fault says so.
    pub(crate) grant_for_ms: Option<i64>,
    used: BTreeSet<String>,
    /// Held back until the next one of their channel has left.
    held: Vec<Notification>,
    outbox: BTreeMap<(i64, u64), Notification>,
}

impl Push {
    pub(super) fn next_due(&self) -> Option<i64> {
        self.outbox.keys().next().map(|(at, _)| *at)
    }
}

impl World {
    /// Google: `events.watch` and its sisters. The address must be https, except on a loopback host (decisions 4).
    pub(crate) fn watch(
        &mut self,
        actor: &Actor,
        resource: Resource,
        body: &Value,
        now: i64,
    ) -> Result<Value, ApiError> {
        let id = body["id"].as_str().filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| ApiError::required("Missing channel id."))?;
        let good = id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_+/=".contains(&b));
        if !good {
            return Err(ApiError::new(
                400,
                "channelIdInvalid",
                "Channel id must match [A-Za-z0-9\\-_\\+/=]+.",
            ));
        }
        if !matches!(body["type"].as_str(), Some("web_hook" | "webhook")) {
            return Err(ApiError::new(400, "channelUnknown", "Unknown channel type."));
        }
        let address = body["address"].as_str().ok_or_else(|| ApiError::required("Missing address."))?;
        check_address(address)?;
        let token = body["token"].as_str().map(str::to_owned);
        if token.as_ref().is_some_and(|token| token.len() > 256) {
            return Err(ApiError::invalid("Channel token is too long."));
        }
        if self.push.used.contains(id) {
            return Err(ApiError::new(400, "channelIdNotUnique", &format!("Channel id {id} not unique")));
        }
        let channel = Channel {
            id: id.to_owned(),
            user: actor.email.clone(),
            client: actor.client.clone(),
            address: address.to_owned(),
            token,
            expires: self.expiry(body, now)?,
            resource_id: resource.id(),
            resource_uri: resource.uri(),
            resource,
            number: 0,
            stopped: false,
        };
        let millis = channel.expires / 1_000;
        let expiration =
            if self.settings.numeric_expiration { json!(millis) } else { json!(millis.to_string()) };
        let mut answer = json!({
            "kind": "api#channel",
            "id": id,
            "resourceId": channel.resource_id,
            "resourceUri": channel.resource_uri,
            "expiration": expiration,
        });
        if let Some(token) = &channel.token {
            answer["token"] = json!(token);
        }
        self.push.used.insert(id.to_owned());
        self.push.channels.insert(id.to_owned(), channel);
        self.enqueue(id, "sync", now);
        Ok(answer)
    }

    /// Google: `channels.stop`; needs id and resourceId and the same person and client. What a service account watches, any
    /// person of the same client may stop.
    pub(crate) fn stop(&mut self, actor: &Actor, body: &Value, now: i64) -> Result<(), ApiError> {
        let id = body["id"].as_str().ok_or_else(|| ApiError::required("Missing channel id."))?;
        let resource =
            body["resourceId"].as_str().ok_or_else(|| ApiError::required("Missing resourceId."))?;
        let own = self.push.channels.get(id).is_some_and(|channel| {
            channel.resource_id == resource
                && channel.client == actor.client
                && (channel.user == actor.email || actor.via.is_some())
                && !channel.stopped
        });
        if !own {
            return Err(ApiError::new(404, "notFound", &format!("Channel '{id}' not found for project")));
        }
        let late = self.settings.notify_after_stop_ms * 1_000;
        if let Some(channel) = self.push.channels.get_mut(id).filter(|_| late > 0) {
            channel.stopped = true;
            channel.expires = channel.expires.min(now + late);
            return Ok(());
        }
        self.push.channels.remove(id);
        self.push.outbox.retain(|_, notification| notification.channel != id);
        Ok(())
    }

    /// The stricter of what is asked and what is allowed; seven days when nothing is asked.
    fn expiry(&self, body: &Value, now: i64) -> Result<i64, ApiError> {
        if let Some(millis) = self.push.grant_for_ms {
            return Ok(now + millis * 1_000);
        }
        let number = |value: &Value| match value {
            Value::Null => Ok(None),
            Value::Number(n) => Ok(n.as_i64()),
            Value::String(text) => {
                text.parse().map(Some).map_err(|_| ApiError::invalid("Invalid expiration."))
            }
            _ => Err(ApiError::invalid("Invalid expiration.")),
        };
        let ttl = number(&body["params"]["ttl"])?.map(|ttl| now.saturating_add(ttl.saturating_mul(SECOND)));
        let asked = number(&body["expiration"])?.map(|millis| millis.saturating_mul(1_000));
        let default = if ttl.is_none() && asked.is_none() { Some(now + 604_800 * SECOND) } else { None };
        let longest = Some(now + self.settings.push_ttl_max_s * SECOND);
        let end = [ttl, asked, default, longest].into_iter().flatten().min().unwrap_or(now);
        if end <= now {
            return Err(ApiError::invalid("Channel expiration is in the past."));
        }
        Ok(end - end.rem_euclid(1_000_000))
    }

    /// One `exists` for every live channel on a resource. With `notify_coalesce`, none where one still waits.
    pub(super) fn notify(&mut self, resource: &Resource, now: i64) {
        self.push.channels.retain(|_, channel| channel.expires > now);
        let on: Vec<String> = self
            .push
            .channels
            .values()
            .filter(|channel| channel.resource == *resource)
            .map(|channel| channel.id.clone())
            .collect();
        for id in on {
            let waits = |held: &Notification| {
                held.channel == id
                    && held.attempt == 0
                    && held.header("X-Goog-Resource-State") == Some("exists")
            };
            if !(self.settings.notify_coalesce && self.push.outbox.values().any(waits)) {
                self.enqueue(&id, "exists", now + self.settings.notify_delay_ms * 1_000);
            }
        }
    }

    fn enqueue(&mut self, id: &str, state: &str, at: i64) {
        let step = 1 + self.random_below(5);
        let n = self.next();
        let Some(channel) = self.push.channels.get_mut(id) else { return };
        channel.number += if channel.number == 0 { 1 } else { step };
        let expires = utc(channel.expires).format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut headers = vec![
            ("Content-Type", "application/json; utf-8".to_owned()),
            ("Content-Length", "0".to_owned()),
            (
                "User-Agent",
                "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)".to_owned(),
            ),
            ("X-Goog-Channel-ID", channel.id.clone()),
            ("X-Goog-Channel-Expiration", expires),
            ("X-Goog-Message-Number", channel.number.to_string()),
            ("X-Goog-Resource-ID", channel.resource_id.clone()),
            ("X-Goog-Resource-State", state.to_owned()),
            ("X-Goog-Resource-URI", channel.resource_uri.clone()),
        ];
        if let Some(token) = &channel.token {
            headers.push(("X-Goog-Channel-Token", token.clone()));
        }
        let notification = Notification {
            url: channel.address.clone(),
            headers,
            channel: channel.id.clone(),
            calendar: channel.resource.of().to_owned(),
            attempt: 0,
            struck: false,
        };
        self.push.outbox.insert((at, n), notification);
    }

    /// What is due, unless the switch or a fault holds it.
    pub(super) fn take_notifications(&mut self, now: i64) -> Vec<Notification> {
        let mut due = Vec::new();
        while self.settings.push_enabled && self.push.next_due().is_some_and(|at| at <= now) {
            let Some((_, mut notification)) = self.push.outbox.pop_first() else { break };
            let live = self.push.channels.get(&notification.channel).is_some_and(|c| c.expires > now);
            let fault = if live && !notification.struck {
                self.fault_for_notification(&notification, now)
            } else {
                None
            };
            notification.struck = true;
            let (mut dropped, mut copies) = (false, 1);
            match fault {
                Some(Named::DropNotification) => dropped = true,
                Some(Named::DuplicateNotification(more)) => copies += more,
                Some(Named::DelayNotificationMs(wait)) => {
                    let n = self.next();
                    self.push.outbox.insert((now + wait * 1_000, n), notification);
                    continue;
                }
                Some(Named::ReorderNotification) => {
                    self.push.held.push(notification);
                    continue;
                }
                Some(Named::WrongToken) => {
                    notification.set_header("X-Goog-Channel-Token", Some("not-the-token"));
                }
                Some(Named::NoToken) => notification.set_header("X-Goog-Channel-Token", None),
                Some(Named::NotExists) => {
                    notification.set_header("X-Goog-Resource-State", Some("not_exists"));
                }
                _ => {}
            }
            let what = json!({ "channel": notification.channel, "calendar": notification.calendar,
                "number": notification.header("X-Goog-Message-Number"),
                "state": notification.header("X-Goog-Resource-State"),
                "attempt": notification.attempt, "dropped": dropped || !live });
            self.log.push(now, "notification", what);
            if live && !dropped {
                let channel = notification.channel.clone();
                due.extend((0..copies).map(|_| notification.clone()));
                due.extend(self.push.held.extract_if(.., |held| held.channel == channel));
            }
        }
        due
    }

    /// The receiver's answer: 500, 502, 503, 504 and no answer are tried again with exponential backoff, everything else
    /// is final (facts: google-calendar §5).
    pub fn notified(&mut self, mut notification: Notification, delivery: Delivery, now: i64) {
        let now = self.google_time(now);
        let again = match delivery {
            Delivery::Status(status) => matches!(status, 500 | 502 | 503 | 504),
            Delivery::Unreachable => true,
        };
        let status = if let Delivery::Status(status) = delivery { Some(status) } else { None };
        let what = json!({ "channel": notification.channel, "status": status,
            "number": notification.header("X-Goog-Message-Number"), "attempt": notification.attempt });
        self.log.push(now, "delivery", what);
        if again && notification.attempt < self.settings.push_retries {
            let wait = SECOND << notification.attempt.min(6);
            notification.attempt += 1;
            let n = self.next();
            self.push.outbox.insert((now + wait, n), notification);
        }
    }
}

fn check_address(address: &str) -> Result<(), ApiError> {
    let url = url::Url::parse(address).map_err(|_| ApiError::invalid("Invalid webhook address."))?;
    let loopback = is_loopback(&url);
    if url.scheme() == "https" || (url.scheme() == "http" && loopback) {
        return Ok(());
    }
    let message = format!("WebHook callback must be HTTPS: {address}");
    Err(ApiError::new(400, "push.webhookUrlNotHttps", &message))
}

/// `localhost`, 127.0.0.0/8, `::1`.
pub(crate) fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
