//! The stand-in for Google, served in this process.

use std::sync::{Arc, Mutex, MutexGuard};

use http::Method;
use sandbox::{Fault, World};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::browser::{Answer, exchange};
use crate::wait::now_micros;

/// A running sandbox.
pub struct Google {
    pub root: String,
    world: Arc<Mutex<World>>,
    #[expect(dead_code, reason = "serves for as long as this lives")]
    server: JoinSet<std::io::Result<()>>,
}

/// A fault from its JSON, as one would post it to `/sandbox/faults`.
pub fn fault(plan: Value) -> Fault {
    serde_json::from_value(plan).unwrap()
}

impl Google {
    pub async fn serve(world: World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let world = Arc::new(Mutex::new(world));
        let mut server = JoinSet::new();
        server.spawn(sandbox::serve(
            listener,
            Arc::clone(&world),
            Arc::new(now_micros),
            std::future::pending(),
        ));
        Self { root, world, server }
    }

    /// The world itself: settings, faults, log, truth. Never hold it across an `await`.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub fn break_with(&self, plan: Value) {
        self.world().add_fault(fault(plan));
    }

    pub fn mend(&self) {
        self.world().faults.plan.clear();
    }

    /// What `/sandbox/state` says.
    pub fn state(&self) -> Value {
        self.world().state()
    }

    /// The number of the next entry of the log.
    pub fn mark(&self) -> u64 {
        let world = self.world();
        world.log.since(0).last().map_or(0, |entry| entry["n"].as_u64().unwrap() + 1)
    }

    /// Entries of the log from `mark` on.
    pub fn log(&self, mark: u64) -> Vec<Value> {
        self.world().log.since(mark).into_iter().cloned().collect()
    }

    /// Listings of events since `mark`: what a pull does.
    pub fn pulls(&self, mark: u64) -> Vec<Value> {
        let listing = |entry: &Value| {
            entry["method"] == "GET" && entry["path"].as_str().is_some_and(|path| path.ends_with("/events"))
        };
        self.log(mark).into_iter().filter(listing).collect()
    }

    /// Writes to events since `mark`, by whomever.
    pub fn writes(&self, mark: u64) -> Vec<Value> {
        let writes = |entry: &Value| {
            let path = entry["path"].as_str().unwrap_or_default();
            let method = entry["method"].as_str().unwrap_or_default();
            entry["kind"] == "request"
                && path.contains("/events")
                && !path.ends_with("/watch")
                && method != "GET"
        };
        self.log(mark).into_iter().filter(writes).collect()
    }

    /// A call of the API as a person.
    pub async fn call(&self, who: &str, method: Method, path: &str, body: &Value) -> Answer {
        self.try_call(who, method, path, body).await.unwrap()
    }

    /// As [`Google::call`], for when faults may take the connection away.
    pub async fn try_call(
        &self,
        who: &str,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<Answer, hyper_util::client::legacy::Error> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.root))
            .header("authorization", format!("Bearer sandbox:{who}"))
            .header("content-type", "application/json")
            .body(body.into())
            .unwrap();
        exchange(request).await
    }

    /// Inserts on the person's own calendar.
    pub async fn insert(&self, who: &str, event: &Value) -> Value {
        acted(&self.call(who, Method::POST, "/calendar/v3/calendars/primary/events", event).await)
    }

    /// Inserts on a calendar by its address: with a room's, a direct write that nobody checks.
    pub async fn insert_on(&self, who: &str, calendar: &str, event: &Value) -> Value {
        let path = format!("/calendar/v3/calendars/{}/events", encoded(calendar));
        acted(&self.call(who, Method::POST, &path, event).await)
    }

    pub async fn patch(&self, who: &str, event: &str, change: &Value) -> Value {
        let path = format!("/calendar/v3/calendars/primary/events/{event}");
        acted(&self.call(who, Method::PATCH, &path, change).await)
    }

    pub async fn delete(&self, who: &str, event: &str) {
        let path = format!("/calendar/v3/calendars/primary/events/{event}");
        acted(&self.call(who, Method::DELETE, &path, &Value::Null).await);
    }

    /// The live copies with this title on a calendar.
    pub fn titled(&self, calendar: &str, title: &str) -> Vec<Value> {
        let state = self.state();
        let Some(events) = state["calendars"][calendar]["events"].as_object() else { return Vec::new() };
        let live = |event: &&Value| event["summary"] == title && event["status"] != "cancelled";
        events.values().filter(live).cloned().collect()
    }

    pub fn room_email(&self, domain: &str, name: &str) -> String {
        self.world().room_email(domain, name).unwrap()
    }

    /// How a room answered on this copy.
    pub fn answer_of(event: &Value, email: &str) -> String {
        let attendees = event["attendees"].as_array().cloned().unwrap_or_default();
        let own = attendees.iter().find(|attendee| attendee["email"] == email);
        own.and_then(|own| own["responseStatus"].as_str()).unwrap_or("not invited").to_owned()
    }

    /// Every secret string that was handed out so far: access tokens, refresh tokens, channel tokens.
    pub fn secrets(&self) -> Vec<String> {
        let world = self.world();
        let oauth = format!("{:?}", world.oauth);
        let quoted = oauth.split('"').filter(|text| text.starts_with("ya29.") || text.starts_with("1//"));
        let mut secrets: Vec<String> = quoted.map(str::to_owned).collect();
        secrets.extend(world.push.channels.values().filter_map(|channel| channel.token.clone()));
        secrets
    }
}

/// The JSON of an answer that must be a success.
pub fn acted(answer: &Answer) -> Value {
    assert!(answer.status.is_success(), "{}: {}", answer.status, answer.text());
    serde_json::from_slice(&answer.body).unwrap_or(json!(null))
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
