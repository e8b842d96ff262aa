//! A browser just clever enough: cookies, forms, and the click on Google's page.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use model::page::{Booked, GridPage};
use model::{Block, BookingNumber, RoomNumber};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use crate::program::Program;
use crate::wait::now_micros;

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}: {}", self.status, self.text()))
    }

    /// The stable code of an error, of a page (`data-error`) or of JSON.
    pub fn code(&self) -> String {
        if let Some((_, rest)) = self.text().split_once("data-error=\"") {
            return rest.split('"').next().unwrap().to_owned();
        }
        let json = serde_json::from_slice::<Value>(&self.body).unwrap_or_default();
        json["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Panics unless it is a success; reads it.
    pub fn read<T: DeserializeOwned>(&self) -> T {
        assert!(self.status.is_success(), "{}: {}", self.status, self.text());
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// One request, one connection, one answer.
pub(crate) async fn exchange(
    request: Request<Full<Bytes>>,
) -> Result<Answer, hyper_util::client::legacy::Error> {
    let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http::<Full<Bytes>>();
    let (parts, body) = client.request(request).await?.into_parts();
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        // Cut off in the middle: what a killed server leaves.
        Err(_) => Bytes::new(),
    };
    Ok(Answer { status: parts.status, headers: parts.headers, body })
}

/// What is asked for in `POST /fn/book`.
#[derive(Clone, Debug)]
pub struct Wish {
    pub intent: Uuid,
    pub room: RoomNumber,
    pub start: String,
    pub end: String,
    pub title: String,
    pub guests: String,
    pub private: bool,
}

impl Wish {
    pub fn new(room: RoomNumber, start: &str, end: &str, title: &str) -> Self {
        let (start, end, title) = (start.to_owned(), end.to_owned(), title.to_owned());
        Self { intent: intent(), room, start, end, title, guests: String::new(), private: false }
    }

    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![
            ("intent", self.intent.to_string()),
            ("room", self.room.to_string()),
            ("start", self.start.clone()),
            ("end", self.end.clone()),
            ("title", self.title.clone()),
            ("guests", self.guests.clone()),
        ];
        if self.private {
            pairs.push(("private", "on".to_owned()));
        }
        pairs
    }
}

/// A fresh intent: a `UUIDv7` of now.
fn intent() -> Uuid {
    model::id::new_v7(model::Instant::from_micros(now_micros()), rand::random())
}

/// Somebody's browser. A clone is another window with the same cookies at that moment.
#[derive(Clone, Debug)]
pub struct Browser {
    /// Roomly's address.
    pub root: String,
    google: String,
    pub cookies: BTreeMap<String, String>,
    /// `Accept-Language`.
    pub language: &'static str,
}

impl Browser {
    pub fn new(root: &str, google: &str) -> Self {
        let (root, google) = (root.to_owned(), google.to_owned());
        Self { root, google, cookies: BTreeMap::new(), language: "en" }
    }

    /// The same person at another server.
    #[must_use]
    pub fn at(&self, root: &str) -> Self {
        Self { root: root.to_owned(), ..self.clone() }
    }

    pub fn cookie_header(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub fn is_signed_in(&self) -> bool {
        self.cookies.contains_key("roomly")
    }

    /// A request with this browser's cookies and these headers more.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Answer {
        self.try_send(method, path, headers, body).await.unwrap()
    }

    /// As [`Browser::send`], for when the server may be gone.
    pub async fn try_send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Answer, hyper_util::client::legacy::Error> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.root));
        request = request.header(ACCEPT_LANGUAGE, self.language);
        if !self.cookies.is_empty() {
            request = request.header(COOKIE, self.cookie_header());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = exchange(request.body(body.into()).unwrap()).await?;
        for cookie in answer.headers.get_all(SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        Ok(answer)
    }

    fn keep(&mut self, cookie: &str) {
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        if value.is_empty() {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    /// A page.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[(ACCEPT.as_str(), "text/html")], String::new()).await
    }

    /// A load: a server function by `GET`.
    pub async fn load(&mut self, name: &str, pairs: &[(&str, String)]) -> Answer {
        self.try_load(name, pairs).await.unwrap()
    }

    /// As [`Browser::load`], for when the server may be gone.
    pub async fn try_load(
        &mut self,
        name: &str,
        pairs: &[(&str, String)],
    ) -> Result<Answer, hyper_util::client::legacy::Error> {
        let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
        let headers = [(ACCEPT.as_str(), "application/json")];
        self.try_send(Method::GET, &format!("/fn/{name}?{query}"), &headers, String::new()).await
    }

    /// A write: a server function by `POST`, as the hydrated page sends it.
    pub async fn post(&mut self, name: &str, pairs: &[(&str, String)]) -> Answer {
        self.try_post(name, pairs).await.unwrap()
    }

    pub async fn try_post(
        &mut self,
        name: &str,
        pairs: &[(&str, String)],
    ) -> Result<Answer, hyper_util::client::legacy::Error> {
        let body = Serializer::new(String::new()).extend_pairs(pairs).finish();
        let origin = self.root.clone();
        let headers = [
            (ACCEPT.as_str(), "application/json"),
            (CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded"),
            (ORIGIN.as_str(), origin.as_str()),
        ];
        self.try_send(Method::POST, &format!("/fn/{name}"), &headers, body).await
    }

    /// Goes to Google and clicks on the person; the address that Google sends the browser back to.
    pub async fn click(&mut self, email: &str, consent: &str) -> String {
        self.click_granting(email, consent, &[]).await
    }

    /// As [`Browser::click`], with all but these scopes unticked; none is all of them.
    pub async fn click_granting(&mut self, email: &str, consent: &str, scopes: &[&str]) -> String {
        let begun = self.get(&format!("/auth/google?consent={consent}")).await;
        assert!(begun.status.is_redirection(), "{}: {}", begun.status, begun.text());
        let mut click = Url::parse(begun.header(LOCATION.as_str())).unwrap();
        assert!(click.as_str().starts_with(&self.google), "{click}");
        click.set_path("/o/oauth2/v2/auth/choose");
        click.query_pairs_mut().append_pair("as", email);
        if !scopes.is_empty() {
            click.query_pairs_mut().append_pair("choose", "1");
            click.query_pairs_mut().extend_pairs(scopes.iter().map(|scope| ("grant", scope)));
        }
        let answer = exchange(Request::get(click.as_str()).body(Full::default()).unwrap()).await.unwrap();
        let back = answer.header(LOCATION.as_str());
        let path = back.strip_prefix(&self.root);
        path.unwrap_or_else(|| panic!("{}: {} {back}", answer.status, answer.text())).to_owned()
    }

    /// The whole sign-in; the last answer.
    pub async fn sign_in(&mut self, email: &str, consent: &str) -> Answer {
        let back = self.click(email, consent).await;
        self.get(&back).await
    }

    pub async fn book(&mut self, wish: &Wish) -> Answer {
        self.post("book", &wish.pairs()).await
    }

    pub async fn booked(&mut self, wish: &Wish) -> Booked {
        self.book(wish).await.read()
    }

    /// A program of this person, with a token made on the account page.
    pub async fn program(&mut self) -> Program {
        let created = self.post("create_token", &[("name", "a story".to_owned())]).await;
        let created: model::page::TokenCreated = created.read();
        Program::new(&self.root, &created.token)
    }

    pub async fn change(&mut self, number: BookingNumber, pairs: &[(&str, String)]) -> Answer {
        let mut all = vec![("number", number.to_string())];
        all.extend(pairs.iter().cloned());
        self.post("change_booking", &all).await
    }

    pub async fn cancel(&mut self, number: BookingNumber) -> Answer {
        self.post("cancel_booking", &[("number", number.to_string())]).await
    }

    /// The grid of a day.
    pub async fn day(&mut self, date: chrono::NaiveDate) -> GridPage {
        self.load("load_day", &[("date", date.to_string())]).await.read()
    }

    /// The blocks of a day with this title.
    pub async fn blocks(&mut self, date: chrono::NaiveDate, title: &str) -> Vec<Block> {
        self.day(date).await.grid.blocks.into_iter().filter(|block| block.title == title).collect()
    }

    /// A room's number by its name.
    pub async fn room(&mut self, date: chrono::NaiveDate, name: &str) -> RoomNumber {
        let rooms = self.day(date).await.grid.rooms;
        rooms.iter().find(|room| room.name == name).unwrap_or_else(|| panic!("no room {name}")).number
    }
}
