//! The control routes under `/sandbox/`: state, log, faults, settings, reset (design §7).

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::{Map, Value, json};

use super::World;
use super::faults::Fault;
use super::settings::Settings;
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
            ("GET", ["log"]) => {
                let after = query.get("after").and_then(|text| text.parse().ok()).unwrap_or(0);
                reply::json(&json!({ "entries": self.log.since(after) }))
            }
            ("GET", ["faults"]) => reply::json(&json!({ "faults": self.faults.plan })),
            ("POST", ["faults"]) => match read_faults(body) {
                Ok(faults) => {
                    faults.into_iter().for_each(|fault| self.add_fault(fault));
                    reply::json(&json!({ "faults": self.faults.plan }))
                }
                Err(message) => refuse(&message),
            },
            ("DELETE", ["faults"]) => {
                self.faults.plan.clear();
                self.oauth.next_id_token = None;
                reply::json(&json!({ "faults": [] }))
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
            ("POST", ["reset"]) => {
                self.reset(now);
                reply::json(&json!({ "version": self.version() }))
            }
            _ => reply::text(StatusCode::NOT_FOUND, "no such control route\n"),
        }
    }

    /// Back to the seed as of `now`. Settings, grants and channels stay, so a connected client goes on: its sync tokens
    /// answer 410 and its channels are told. The version goes on growing so that open pages notice.
    pub fn reset(&mut self, now: i64) {
        let version = self.counter;
        let settings = self.settings.clone();
        let (oauth, push) = (std::mem::take(&mut self.oauth), std::mem::take(&mut self.push));
        *self = match self.options.clone() {
            Some(options) => Self::seeded(now, options),
            None => Self::empty(self.seed),
        };
        self.settings = settings;
        (self.oauth, self.push) = (oauth, push);
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
                let events: Map<String, Value> =
                    home.events.iter().map(|(id, copy)| (id.clone(), self.render_owner(&home.id, copy))).collect();
                let value = json!({ "summary": home.summary, "timeZone": home.zone.name(),
                    "kind": format!("{:?}", home.kind).to_lowercase(), "company": home.company, "events": events });
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
                    .map(|user| json!({ "email": user.email, "name": user.full_name(), "admin": user.admin }))
                    .collect();
                let value = json!({ "timeZone": company.zone.name(), "rooms": rooms, "users": users });
                (company.domain.clone(), value)
            })
            .collect();
        json!({ "version": self.version(), "companies": companies, "calendars": calendars, "channels": channels,
            "settings": self.settings })
    }
}

/// One fault, a list, or `{"faults": [...]}`.
fn read_faults(body: &[u8]) -> Result<Vec<Fault>, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let list = match value {
        Value::Array(list) => list,
        Value::Object(mut map) if map.contains_key("faults") => match map.remove("faults") {
            Some(Value::Array(list)) => list,
            _ => return Err("faults must be a list".to_owned()),
        },
        one => vec![one],
    };
    list.into_iter().map(|one| serde_json::from_value(one).map_err(|error| error.to_string())).collect()
}

fn refuse(message: &str) -> Response<Bytes> {
    reply::json_status(StatusCode::BAD_REQUEST, &json!({ "error": message }))
}
