//! The control routes under `/sandbox/`: state, log, faults, settings, reset (design §7).

use std::collections::BTreeSet;

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::calendar::Calendar;
use super::clock::stamp;
use super::faults::Fault;
use super::people::Fortune;
use super::settings::Settings;
use super::sync_token::{SyncToken, unpack};
use super::{Turn, World};
use crate::wire::{Query, reply};

impl World {
    /// Answers `/sandbox/...`.
    pub(crate) fn control(
        &mut self,
        method: &Method,
        path: &[&str],
        query: &Query,
        body: &[u8],
        now: i64,
    ) -> Response<Bytes> {
        match (method.as_str(), path) {
            ("GET", ["version"]) => reply::json(&json!({ "version": self.version() })),
            ("GET", ["state"]) => reply::json(&self.state()),
            ("GET", ["log"]) => reply::json(&json!({ "entries": self.log.since(after(query)) })),
            ("GET", ["faults"]) => reply::json(&json!({ "faults": self.faults.plan })),
            ("POST", ["faults"]) => match read_faults(body) {
                Ok((seed, faults)) => {
                    if let Some(seed) = seed {
                        self.faults.reseed(seed);
                    }
                    faults.into_iter().for_each(|fault| self.add_fault(fault));
                    reply::json(&json!({ "faults": self.faults.plan }))
                }
                Err(message) => refuse(&message),
            },
            ("DELETE", ["faults"]) => {
                match query.get("name") {
                    Some(name) => self.faults.plan.retain(|fault| fault.name.as_deref() != Some(name)),
                    None => self.mend(),
                }
                reply::json(&json!({ "faults": self.faults.plan }))
            }
            ("GET", ["settings"]) => reply::json(&json!(self.settings)),
            ("POST" | "PATCH", ["settings"]) => match self.merge_settings(body) {
                Ok(settings) => {
                    self.settings = settings;
                    reply::json(&json!(self.settings))
                }
                Err(message) => refuse(&message),
            },
            ("POST", ["rotate-key"]) => {
                self.oauth.key_generation += 1;
                reply::json(&json!({ "generation": self.oauth.key_generation }))
            }
            ("POST", ["expire-access-tokens"]) => {
                self.oauth.expire_access();
                reply::empty()
            }
            ("GET", ["outbox"]) => reply::json(&self.outbox(after(query))),
            ("GET", ["sync-token"]) => match query.get("token").and_then(unpack::<SyncToken>) {
                Some(token) => reply::json(&json!({ "of": token.of, "version": token.seq })),
                None => refuse("not a sync token of this sandbox"),
            },
            ("POST", ["people"]) => self.control_people(body, now),
            ("POST", ["delegations"]) => self.control_delegations(body, now),
            ("POST", ["clients"]) => self.control_clients(body),
            ("POST", ["expire-sync-tokens"]) => {
                self.expire_sync_tokens(query.get("calendar"));
                reply::empty()
            }
            ("GET", ["clock"]) => reply::json(&self.shown_clock()),
            ("POST", ["clock"]) => match read::<Turn>(body).and_then(|turn| self.turn(&turn)) {
                Ok(()) => reply::json(&self.shown_clock()),
                Err(message) => refuse(&message),
            },
            ("POST", ["reset"]) => {
                self.reset(now);
                reply::json(&json!({ "version": self.version() }))
            }
            _ => reply::text(StatusCode::NOT_FOUND, "no such control route\n"),
        }
    }

    /// Back to the seed as of `now`. Settings, grants and channels stay, so a connected client goes on: its sync tokens
    /// answer 410 and its channels are told. The version goes on growing so that open pages notice. A clock that was
    /// moved by hand is the real one again, and it is that one's time.
    pub fn reset(&mut self, now: i64) {
        let (version, outside_now) = (self.counter, self.outside_now);
        let moved = std::mem::take(&mut self.hands) != super::hands::Hands::default();
        let now = if moved { self.google_time(outside_now) } else { now };
        let settings = self.settings.clone();
        let (oauth, push) = (std::mem::take(&mut self.oauth), std::mem::take(&mut self.push));
        *self = match self.options.clone() {
            Some(options) => Self::seeded(now, options),
            None => Self::empty(self.seed),
        };
        self.settings = settings;
        (self.oauth, self.push) = (oauth, push);
        self.outside_now = outside_now;
        self.counter = self.counter.max(version) + 1;
        self.dirty.extend(self.calendars.keys().cloned().map(super::push::Resource::Events));
    }

    fn merge_settings(&self, body: &[u8]) -> Result<Settings, String> {
        let sent: Map<String, Value> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let mut whole = json!(self.settings);
        for (name, value) in sent {
            whole[name] = value;
        }
        serde_json::from_value(whole).map_err(|error| error.to_string())
    }

    /// The truth: every copy on every calendar as its owner sees it, channels without their tokens.
    pub fn state(&self) -> Value {
        let calendars: Map<String, Value> = self
            .calendars
            .iter()
            .map(|(id, home)| {
                let events: Map<String, Value> = home
                    .events
                    .iter()
                    .map(|(id, copy)| (id.clone(), self.render_owner(&home.id, copy)))
                    .collect();
                let value = json!({ "summary": home.summary, "timeZone": home.zone.name(),
                    "kind": format!("{:?}", home.kind).to_lowercase(), "company": home.company,
                    "roles": roles(home), "events": events });
                (id.clone(), value)
            })
            .collect();
        let channels: Vec<Value> = self
            .push
            .channels
            .values()
            .map(|channel| {
                json!({ "id": channel.id, "calendar": channel.resource.of(), "user": channel.user,
                    "address": channel.address, "expiration": channel.expires / 1_000 })
            })
            .collect();
        let companies: Map<String, Value> = self
            .directory
            .companies
            .values()
            .map(|company| {
                let rooms = self.directory.rooms(&company.domain);
                let rooms: Vec<Value> =
                    rooms.iter().map(|room| json!({ "name": room.name, "email": room.email })).collect();
                let users = self.directory.users.values();
                let users = users.filter(|user| user.domain.as_ref() == Some(&company.domain));
                let users: Vec<Value> = users
                    .map(|user| {
                        json!({ "email": user.email, "name": user.full_name(), "admin": user.admin,
                        "suspended": user.suspended })
                    })
                    .collect();
                let value = json!({ "timeZone": company.zone.name(), "rooms": rooms, "users": users });
                (company.domain.clone(), value)
            })
            .collect();
        json!({ "version": self.version(), "companies": companies, "calendars": calendars, "channels": channels,
            "clock": self.shown_clock(), "grants": self.grants(), "delegations": self.delegations(), "faults": self.faults.plan,
            "settings": self.settings })
    }

    /// Who granted what to which client; how many refresh tokens live. No token is shown.
    fn grants(&self) -> Vec<Value> {
        let grants = self.oauth.grants.iter();
        let shown = grants.map(|((user, client), scopes)| {
            let refresh = self.oauth.refresh.values();
            let mine = refresh.filter(|held| held.user == *user && held.client == *client).count();
            json!({ "user": user, "client": client, "scopes": scopes, "refreshTokens": mine })
        });
        shown.collect()
    }

    fn delegations(&self) -> Vec<Value> {
        let all = self.oauth.delegations.iter();
        let shown = all.map(|((domain, client), held)| {
            json!({ "domain": domain, "client": client, "scopes": held.scopes, "from": stamp(held.from) })
        });
        shown.collect()
    }
}

/// One fault, a list, or `{"seed": n, "faults": [...]}`.
fn read_faults(body: &[u8]) -> Result<(Option<u64>, Vec<Fault>), String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let (seed, list) = match value {
        Value::Array(list) => (None, list),
        Value::Object(mut map) if map.contains_key("faults") || map.contains_key("seed") => {
            let list = match map.remove("faults") {
                Some(Value::Array(list)) => list,
                None => Vec::new(),
                Some(_) => return Err("faults must be a list".to_owned()),
            };
            (map.remove("seed").and_then(|seed| seed.as_u64()), list)
        }
        one => (None, vec![one]),
    };
    let faults = list.into_iter().map(serde_json::from_value).collect::<Result<_, _>>();
    Ok((seed, faults.map_err(|error| error.to_string())?))
}

fn after(query: &Query) -> u64 {
    query.get("after").and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonSent {
    email: String,
    r#do: Fortune,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DelegationSent {
    domain: String,
    client: String,
    scopes: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientSent {
    client: String,
    secret: Option<String>,
    #[serde(default)]
    redirect_uris: Vec<String>,
    #[serde(default)]
    deleted: bool,
    /// A domain; no longer internal if it is empty.
    internal_to: Option<String>,
}

fn read<T: for<'a> Deserialize<'a>>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

impl World {
    /// Takes every fault off.
    pub fn mend(&mut self) {
        self.faults.plan.clear();
        self.oauth.next_id_token = None;
    }

    fn control_people(&mut self, body: &[u8], now: i64) -> Response<Bytes> {
        match read::<PersonSent>(body) {
            Ok(sent) if self.befall(&sent.email, sent.r#do, now) => {
                self.log.push(
                    now,
                    "person",
                    json!({ "email": sent.email, "what": format!("{:?}", sent.r#do) }),
                );
                reply::empty()
            }
            Ok(_) => refuse("there is no such person"),
            Err(message) => refuse(&message),
        }
    }

    fn control_delegations(&mut self, body: &[u8], now: i64) -> Response<Bytes> {
        match read::<DelegationSent>(body) {
            Ok(sent) => {
                self.delegate(&sent.domain, &sent.client, sent.scopes, now);
                reply::empty()
            }
            Err(message) => refuse(&message),
        }
    }

    fn control_clients(&mut self, body: &[u8]) -> Response<Bytes> {
        match read::<ClientSent>(body) {
            Ok(sent) => {
                if let Some(secret) = sent.secret {
                    self.oauth.clients.insert(sent.client.clone(), secret);
                }
                self.oauth.redirect_uris.extend(sent.redirect_uris);
                match sent.internal_to {
                    Some(domain) if domain.is_empty() => {
                        self.oauth.internal_clients.remove(&sent.client);
                    }
                    Some(domain) => {
                        self.oauth.internal_clients.insert(sent.client.clone(), domain);
                    }
                    None => {}
                }
                if sent.deleted {
                    self.oauth.deleted_clients.insert(sent.client);
                } else {
                    self.oauth.deleted_clients.remove(&sent.client);
                }
                reply::empty()
            }
            Err(message) => refuse(&message),
        }
    }
}

fn roles(home: &Calendar) -> Value {
    let rules = home.rules.values().filter(|rule| !rule.deleted);
    rules.map(|rule| (rule.id(), json!(rule.role.word()))).collect::<Map<_, _>>().into()
}

fn refuse(message: &str) -> Response<Bytes> {
    reply::json_status(StatusCode::BAD_REQUEST, &json!({ "error": message }))
}
