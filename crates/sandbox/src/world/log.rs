//! The ordered log of every request and mutation (`/sandbox/log`). No tokens, no codes, no secrets.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::clock::stamp;
use crate::wire::Query;

const KEPT: usize = 20_000;
const SECRET: [&str; 10] = [
    "access_token",
    "assertion",
    "client_secret",
    "code",
    "code_verifier",
    "id_token",
    "refresh_token",
    "state",
    "syncToken",
    "token",
];

/// The last entries, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Log {
    next: u64,
    /// Who is served right now: whose doing a mutation is.
    pub(crate) acting: Option<String>,
    entries: VecDeque<Value>,
}

impl Log {
    /// Adds an entry; `what` must be an object.
    pub fn push(&mut self, now: i64, kind: &str, mut what: Value) {
        what["n"] = json!(self.next);
        what["at"] = json!(stamp(now));
        what["kind"] = json!(kind);
        if kind == "mutation" {
            what["by"] = json!(self.acting.as_deref().unwrap_or("google"));
        }
        self.next += 1;
        self.entries.push_back(what);
        if self.entries.len() > KEPT {
            self.entries.pop_front();
        }
    }

    /// Entries from number `after` on.
    pub fn since(&self, after: u64) -> Vec<&Value> {
        self.entries.iter().filter(|entry| entry["n"].as_u64() >= Some(after)).collect()
    }

    /// Forgets everything but the count.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

/// A query string fit for the log.
pub fn redact(query: &str) -> String {
    let query = Query::parse(query.as_bytes());
    let shown = query.pairs().iter().map(|(key, value)| {
        let value = if SECRET.contains(&key.as_str()) { "..." } else { value.as_str() };
        format!("{key}={value}")
    });
    shown.collect::<Vec<_>>().join("&")
}
