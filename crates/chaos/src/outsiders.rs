//! People who know Google alone: they take rooms there, and have their hands on what Roomly made.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use rand::Rng as _;
use rand::seq::{IndexedRandom as _, IteratorRandom as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::house::{ADMIN, OUTSIDERS};
use crate::ledger::{Place, first_word};
use crate::plan::stream;
use crate::stage::{Stage, rfc3339};

/// Whose calendars they change what Roomly made in.
const OWNERS: [&str; 3] = ["joon@hanbit.example", "seoyeon@hanbit.example", "hana@hanbit.example"];
const EVENTS: &str = "/calendar/v3/calendars/primary/events";
const PATIENCE: Duration = Duration::from_secs(4);

/// Somebody at work in Google.
pub(crate) struct Outsider {
    stage: Arc<Stage>,
    email: &'static str,
    rng: ChaCha8Rng,
    mine: Vec<String>,
    asked: usize,
}

impl Outsider {
    pub(crate) fn new(stage: &Arc<Stage>, index: usize, seed: u64) -> Self {
        let email = OUTSIDERS[index];
        Self { stage: Arc::clone(stage), email, rng: stream(seed, email), mine: Vec::new(), asked: 0 }
    }

    pub(crate) async fn work(mut self) {
        while !self.stage.stop.is_cancelled() {
            sleep(Duration::from_millis(self.rng.random_range(100..500))).await;
            match self.rng.random_range(0..100) {
                0..45 => self.invite_a_room().await,
                45..52 => self.write_to_a_room().await,
                52..68 => self.change_own().await,
                68..78 => self.delete_own().await,
                _ => self.touch().await,
            }
        }
    }

    fn event(&mut self, invited: bool) -> (Value, String) {
        let place = self.stage.place(&mut self.rng);
        self.stage.ledger().outside.insert(place);
        self.asked += 1;
        let name = self.email.split('@').next().unwrap_or_default();
        let mut event = times(place);
        event["summary"] = json!(format!("g-{name}-{}", self.asked));
        let rooms = &self.stage.house.rooms;
        let email = rooms.iter().find(|(_, number)| **number == place.room).map(|(email, _)| email.clone());
        let email = email.unwrap_or_default();
        if invited {
            event["attendees"] = json!([{ "email": email, "resource": true }]);
        }
        (event, email)
    }

    async fn invite_a_room(&mut self) {
        let (event, _) = self.event(true);
        if let Some(made) = self.call(self.email, Method::POST, EVENTS, &event).await
            && let Some(id) = made["id"].as_str()
        {
            self.mine.push(id.to_owned());
        }
    }

    /// Nobody asks the room: what is written to its calendar stands there, whoever has it.
    async fn write_to_a_room(&mut self) {
        let (event, room) = self.event(false);
        self.call(ADMIN, Method::POST, &format!("/calendar/v3/calendars/{room}/events"), &event).await;
    }

    async fn change_own(&mut self) {
        let Some(id) = self.mine.choose(&mut self.rng).cloned() else { return };
        let change = self.other_times();
        self.call(self.email, Method::PATCH, &format!("{EVENTS}/{id}"), &change).await;
    }

    async fn delete_own(&mut self) {
        let Some(index) = (0..self.mine.len()).choose(&mut self.rng) else { return };
        let id = self.mine.swap_remove(index);
        self.call(self.email, Method::DELETE, &format!("{EVENTS}/{id}"), &Value::Null).await;
    }

    /// Changes what Roomly made, in its organiser's calendar.
    async fn touch(&mut self) {
        let Some(owner) = OWNERS.choose(&mut self.rng) else { return };
        let Some(list) =
            self.call(owner, Method::GET, &format!("{EVENTS}?maxResults=250"), &Value::Null).await
        else {
            return;
        };
        let ours = list["items"].as_array().into_iter().flatten();
        let ours =
            ours.filter(|event| event["summary"].as_str().is_some_and(|title| title.starts_with("r-")));
        let Some(event) = ours.choose(&mut self.rng) else { return };
        let (Some(id), Some(title)) = (event["id"].as_str(), event["summary"].as_str()) else { return };
        self.stage.ledger().touched.insert(first_word(title).to_owned());
        let path = format!("{EVENTS}/{id}");
        match self.rng.random_range(0..4) {
            0 => {
                self.call(owner, Method::DELETE, &path, &Value::Null).await;
            }
            1 => {
                let title = format!("{} g{}", first_word(title), self.rng.random_range(2..1_000));
                self.call(owner, Method::PATCH, &path, &json!({ "summary": title })).await;
            }
            _ => {
                let change = self.other_times();
                self.call(owner, Method::PATCH, &path, &change).await;
            }
        }
    }

    /// Another time for an event whose room is Google's business.
    fn other_times(&mut self) -> Value {
        let place = self.stage.place(&mut self.rng);
        let rooms = self.stage.house.rooms.values();
        self.stage.ledger().outside.extend(rooms.map(|room| Place { room: *room, ..place }));
        times(place)
    }

    /// `None` where it was refused, struck by a fault, or not answered.
    async fn call(&mut self, who: &str, method: Method, path: &str, body: &Value) -> Option<Value> {
        let what = json!({ "google": method.as_str(), "path": path, "as": who, "body": body });
        let op = self.stage.journal.begin(self.email, &what);
        let call = self.stage.house.google.try_call(who, method, path, body);
        let answer = timeout(PATIENCE, call).await.ok().and_then(Result::ok);
        let status = answer.as_ref().map(|answer| answer.status.as_u16());
        self.stage.journal.end(op, &json!({ "status": status }));
        let answer = answer.filter(|answer| answer.status.is_success())?;
        Some(serde_json::from_slice(&answer.body).unwrap_or_default())
    }
}

fn times(place: Place) -> Value {
    let at = |seconds| json!({ "dateTime": rfc3339(seconds), "timeZone": "Asia/Seoul" });
    json!({ "start": at(place.start), "end": at(place.end) })
}
