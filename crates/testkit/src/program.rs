//! Somebody's program: the REST API with a token.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};
use serde_json::{Value, json};

use crate::browser::{Answer, exchange};

/// A caller of `/api/v1`.
#[derive(Clone, Debug)]
pub struct Program {
    /// Roomly's address.
    pub root: String,
    pub token: String,
}

impl Program {
    pub fn new(root: &str, token: &str) -> Self {
        Self { root: root.to_owned(), token: token.to_owned() }
    }

    /// A request with the token and these headers more; `path` begins after `/api/v1`.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.try_send(method, path, headers, body).await.unwrap()
    }

    /// As [`Program::send`], for when the server may be gone. Dropped before its end, it hangs up.
    pub async fn try_send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, hyper_util::client::legacy::Error> {
        let mut request = Request::builder().method(method).uri(format!("{}/api/v1{path}", self.root));
        if !self.token.is_empty() {
            request = request.header(AUTHORIZATION, format!("Bearer {}", self.token));
        }
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        exchange(request.body(body.to_owned().into()).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    /// A create, with an `Idempotency-Key` if it is not empty.
    pub async fn create(&self, key: &str, wish: &Value) -> Answer {
        let headers = [("idempotency-key", key)];
        let headers = if key.is_empty() { &headers[..0] } else { &headers[..] };
        self.send(Method::POST, "/bookings", headers, &wish.to_string()).await
    }

    pub async fn change(&self, number: i64, change: &Value) -> Answer {
        self.send(Method::PATCH, &format!("/bookings/{number}"), &[], &change.to_string()).await
    }

    pub async fn cancel(&self, number: i64) -> Answer {
        self.send(Method::DELETE, &format!("/bookings/{number}"), &[], "").await
    }

    /// The number of the room with this name.
    pub async fn room(&self, name: &str) -> i64 {
        let rooms = self.get("/rooms").await.json();
        let room = rooms["rooms"].as_array().unwrap().iter().find(|room| room["name"] == name);
        room.unwrap_or_else(|| panic!("no room {name} in {rooms}"))["number"].as_i64().unwrap()
    }
}

/// What `POST /bookings` is sent.
pub fn wish(room: i64, start: &str, end: &str, title: &str) -> Value {
    json!({ "room": room, "start": start, "end": end, "title": title })
}
