//! A world with one small company, and a client for it.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use sandbox::wire::reply::Fate;
use sandbox::world::settings::NoItems;
use sandbox::{Notification, World};
use serde_json::{Value, json};

use crate::schema;

/// 2026-11-23T00:00:00Z, a Monday, 09:00 in Seoul.
pub(crate) const MONDAY: i64 = 1_795_392_000_000_000;
pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const HOUR: i64 = 3_600 * SECOND;
pub(crate) const MINA: &str = "mina@hanbit.example";
pub(crate) const JOON: &str = "joon@hanbit.example";

pub(crate) struct Client {
    pub(crate) world: World,
    pub(crate) now: i64,
    pub(crate) room: String,
    pub(crate) other_room: String,
    truthful: bool,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) json: Value,
    pub(crate) text: String,
    pub(crate) response: Response<Bytes>,
}

impl Answer {
    pub(crate) fn reason(&self) -> &str {
        self.json["error"]["errors"][0]["reason"].as_str().unwrap_or("")
    }

    pub(crate) fn ok(self) -> Value {
        assert!(self.status.is_success(), "{}: {}", self.status, self.text);
        self.json
    }

    pub(crate) fn location(&self) -> url::Url {
        self.response.headers()["location"].to_str().unwrap().parse().unwrap()
    }
}

impl Client {
    pub(crate) fn new() -> Self {
        let mut world = World::empty(7);
        world.add_company("hanbit.example", chrono_tz::Asia::Seoul);
        world.add_user(MINA, "민아", "김", true);
        world.add_user(JOON, "준", "이", false);
        world.add_user("personal@gmail.com", "Pat", "Personal", false);
        world.add_building("hanbit.example", "main", "본관", &["2", "3"]);
        let room = world.add_room("hanbit.example", "한라", Some("main"), Some("2"), 8, &["TV"]);
        let other_room = world.add_room("hanbit.example", "설악", Some("main"), Some("3"), 4, &[]);
        Self { world, now: MONDAY, room, other_room, truthful: true }
    }

    /// One request. The answer is held against Google's schemas, unless a fault or a setting makes it lie.
    pub(crate) fn send(&mut self, request: Request<Bytes>) -> Answer {
        let (method, uri) = (request.method().clone(), request.uri().to_string());
        let response = self.world.handle(request, self.now);
        let text = String::from_utf8(response.body().to_vec()).unwrap();
        let settings = &self.world.settings;
        let truthful = self.truthful && !settings.future_values && settings.no_items != NoItems::Null;
        if truthful && response.extensions().get::<Fate>() != Some(&Fate::Drop) {
            schema::check(&method, &uri, response.status(), &text);
        }
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer { status: response.status(), json, text, response }
    }

    /// With a fault in place that makes answers differ from Google's schemas.
    pub(crate) fn lied_to<T>(&mut self, fault: Value, ask: impl FnOnce(&mut Self) -> T) -> T {
        self.post(MINA, "/sandbox/faults", fault).ok();
        self.truthful = false;
        let answer = ask(self);
        self.truthful = true;
        self.world.mend();
        answer
    }

    pub(crate) fn call(&mut self, who: &str, method: &str, path: &str, body: Value) -> Answer {
        self.call_if(who, method, path, body, None)
    }

    pub(crate) fn call_if(
        &mut self,
        who: &str,
        method: &str,
        path: &str,
        body: Value,
        etag: Option<&str>,
    ) -> Answer {
        let bytes = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let mut request = Request::builder().method(method).uri(path);
        let token = if who.contains('@') { format!("sandbox:{who}") } else { who.to_owned() };
        request = request.header("authorization", format!("Bearer {token}"));
        if let Some(etag) = etag {
            request = request.header("if-match", etag);
        }
        self.send(request.body(bytes).unwrap())
    }

    pub(crate) fn get(&mut self, who: &str, path: &str) -> Answer {
        self.call(who, "GET", path, Value::Null)
    }

    pub(crate) fn post(&mut self, who: &str, path: &str, body: Value) -> Answer {
        self.call(who, "POST", path, body)
    }

    /// Lets the world go on for so many seconds; what left meanwhile.
    pub(crate) fn pass(&mut self, seconds: i64) -> Vec<Notification> {
        self.now += seconds * SECOND;
        self.world.tick(self.now)
    }

    /// An hour on Monday, from `hour` in Seoul, in the small company's first room.
    pub(crate) fn booking(&self, id: &str, title: &str, hour: i64, rooms: &[&str]) -> Value {
        let attendees: Vec<Value> =
            rooms.iter().map(|room| json!({ "email": room, "resource": true })).collect();
        json!({ "id": id, "summary": title, "start": at(hour), "end": at(hour + 1), "attendees": attendees })
    }

    pub(crate) fn insert(&mut self, who: &str, body: Value) -> Value {
        self.post(who, "/calendar/v3/calendars/primary/events", body).ok()
    }

    pub(crate) fn event(&mut self, who: &str, calendar: &str, id: &str) -> Value {
        self.get(who, &format!("/calendar/v3/calendars/{}/events/{id}", calendar.replace('@', "%40"))).ok()
    }

    pub(crate) fn list(&mut self, who: &str, calendar: &str, query: &str) -> Answer {
        self.get(who, &format!("/calendar/v3/calendars/{calendar}/events?{query}"))
    }
}

/// Monday, `hour` o'clock in Seoul.
pub(crate) fn at(hour: i64) -> Value {
    json!({ "dateTime": format!("2026-11-23T{hour:02}:00:00+09:00"), "timeZone": "Asia/Seoul" })
}

pub(crate) fn answer_of<'a>(event: &'a Value, email: &str) -> &'a str {
    let list = event["attendees"].as_array().unwrap();
    let one = list.iter().find(|attendee| attendee["email"] == email).unwrap();
    one["responseStatus"].as_str().unwrap()
}

pub(crate) fn ids(list: &Value) -> Vec<String> {
    list["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}
