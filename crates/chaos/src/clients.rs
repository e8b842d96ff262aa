//! People who book, move, rename and cancel over the REST API, at any server, all the time; some hang up.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use rand::Rng as _;
use rand::seq::IndexedRandom as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use testkit::{Answer, Program};
use tokio::time::{sleep, timeout};

use crate::ledger::{Place, Wish, Write};
use crate::plan::stream;
use crate::stage::{Stage, rfc3339};

/// How long somebody waits for an answer.
const PATIENCE: Duration = Duration::from_secs(4);
/// How often the same wish is sent again at once.
const REPEATS: usize = 4;
/// Somebody who has made so many stops making more: a calendar to which more is written in a minute looks like a loop.
const MOST: usize = 90;

/// What came of a request.
enum Heard {
    Answer(Answer),
    /// Nobody knows whether it was done.
    Nothing(String),
}

/// A wish to book that was not answered so far.
pub(crate) struct Wanted {
    key: String,
    body: String,
    title: String,
    place: Place,
    began: u64,
}

/// A booking that somebody was told of.
#[derive(Clone)]
struct Known {
    number: i64,
    room: i64,
    title: String,
}

/// Somebody at work.
pub(crate) struct Client {
    stage: Arc<Stage>,
    name: &'static str,
    token: String,
    rng: ChaCha8Rng,
    /// The administrator works on everybody's bookings.
    admin: bool,
    known: Vec<Known>,
    made: usize,
    asked: usize,
}

impl Client {
    pub(crate) fn new(stage: &Arc<Stage>, index: usize, seed: u64) -> Self {
        let person = &stage.house.people[index];
        let rng = stream(seed, person.name);
        let (name, token) = (person.name, person.program.token.clone());
        Self {
            stage: Arc::clone(stage),
            name,
            token,
            rng,
            admin: index == 0,
            known: Vec::new(),
            made: 0,
            asked: 0,
        }
    }

    /// Works until everybody stops; answers what was never answered.
    pub(crate) async fn work(mut self) -> (Self, Vec<Wanted>) {
        let mut open = Vec::new();
        while !self.stage.stop.is_cancelled() {
            sleep(Duration::from_millis(self.rng.random_range(10..90))).await;
            match self.rng.random_range(0..100) {
                0..55 if self.made < MOST => {
                    let wanted = self.wish();
                    open.extend(self.book(wanted, REPEATS).await);
                }
                0..70 => self.move_one().await,
                70..77 => self.rename_one().await,
                77..90 => self.cancel_one().await,
                _ => self.read().await,
            }
        }
        (self, open)
    }

    /// After everything is whole again: the same wish once more is answered for good.
    pub(crate) async fn insist(&mut self, wanted: Wanted) {
        if let Some(wanted) = self.book(wanted, 20).await {
            self.stage.wrong(format!("no answer though all is well: {}", wanted.title));
        }
    }

    fn wish(&mut self) -> Wanted {
        let place = self.stage.place(&mut self.rng);
        self.asked += 1;
        let title = format!("r-{}-{}", self.name, self.asked);
        let guests = if self.rng.random_bool(0.15) { &["guest@example.org"][..] } else { &[] };
        let body = json!({ "room": place.room, "start": rfc3339(place.start), "end": rfc3339(place.end), "title": title,
            "guests": guests });
        let key = format!("{title}-key");
        Wanted { key, body: body.to_string(), title, place, began: 0 }
    }

    async fn book(&mut self, mut wanted: Wanted, repeats: usize) -> Option<Wanted> {
        for _ in 0..repeats {
            let what = json!({ "book": wanted.title, "place": wanted.place });
            let op = self.stage.journal.begin(self.name, &what);
            if wanted.began == 0 {
                wanted.began = op.began;
            }
            let headers = [("idempotency-key", wanted.key.as_str())];
            let heard = self.ask(Method::POST, "/bookings", &headers, &wanted.body).await;
            let told = self.told(&heard);
            let at = self.stage.journal.end(op, &told);
            match heard {
                Heard::Answer(answer) if answer.status == StatusCode::CREATED => {
                    self.booked(&wanted, &answer.json(), at);
                    return None;
                }
                Heard::Answer(answer) if answer.status.is_client_error() => {
                    if answer.code() != "room_taken" {
                        self.stage.wrong(format!("{} was refused: {told}", wanted.title));
                    }
                    return None;
                }
                _ => sleep(Duration::from_millis(self.rng.random_range(20..250))).await,
            }
        }
        Some(wanted)
    }

    fn booked(&mut self, wanted: &Wanted, answer: &Value, at: u64) {
        let number = answer["number"].as_i64().unwrap_or_default();
        // The first answer byte for byte, or how it stands by now.
        if answer["title"].as_str().is_none_or(|title| !title.starts_with(&wanted.title)) {
            self.stage.wrong(format!("asked for {} and told of {answer}", wanted.title));
        }
        self.made += 1;
        self.known.push(Known { number, room: wanted.place.room, title: wanted.title.clone() });
        let mut ledger = self.stage.ledger();
        if let Some(other) = ledger.titles.insert(number, wanted.title.clone()) {
            ledger.wrong.push(format!("booking {number} is {} and {other}", wanted.title));
        }
        let wishes = [Wish::At(wanted.place), Wish::Titled(wanted.title.clone())];
        ledger.writes.extend(wishes.map(|wish| Write {
            booking: number,
            began: wanted.began,
            acknowledged: Some(at),
            wish,
        }));
    }

    async fn move_one(&mut self) {
        let Some(known) = self.pick() else { return };
        let mut place = self.stage.place(&mut self.rng);
        if self.rng.random_bool(0.5) {
            place.room = known.room;
        }
        let body = json!({ "room": place.room, "start": rfc3339(place.start), "end": rfc3339(place.end) });
        if self.change(&known, Method::PATCH, &body.to_string(), Wish::At(place)).await
            && let Some(mine) = self.known.iter_mut().find(|mine| mine.number == known.number)
        {
            mine.room = place.room;
        }
    }

    async fn rename_one(&mut self) {
        let Some(known) = self.pick() else { return };
        let title = format!("{} v{}", known.title, self.rng.random_range(2..1_000));
        let body = json!({ "title": title }).to_string();
        self.change(&known, Method::PATCH, &body, Wish::Titled(title)).await;
    }

    async fn cancel_one(&mut self) {
        let Some(known) = self.pick() else { return };
        self.change(&known, Method::DELETE, "", Wish::Cancelled).await;
        self.known.retain(|mine| mine.number != known.number);
    }

    fn pick(&mut self) -> Option<Known> {
        if self.admin && self.rng.random_bool(0.5) {
            let ledger = self.stage.ledger();
            let all: Vec<(&i64, &String)> = ledger.titles.iter().collect();
            let (number, title) = all.choose(&mut self.rng)?;
            return Some(Known {
                number: **number,
                room: self.stage.place(&mut self.rng).room,
                title: (*title).clone(),
            });
        }
        self.known.choose(&mut self.rng).cloned()
    }

    /// One try; answers whether it was acknowledged.
    async fn change(&mut self, known: &Known, method: Method, body: &str, wish: Wish) -> bool {
        let what = json!({ "change": known.number, "wish": wish });
        let op = self.stage.journal.begin(self.name, &what);
        let heard = self.ask(method, &format!("/bookings/{}", known.number), &[], body).await;
        let told = self.told(&heard);
        let at = self.stage.journal.end(op, &told);
        let acknowledged = match &heard {
            Heard::Answer(answer) if answer.status.is_success() => Some(at),
            Heard::Answer(answer) if answer.status.is_client_error() => {
                let usual = ["room_taken", "not_found", "stale", "change_in_google"];
                if !usual.contains(&answer.code().as_str()) {
                    self.stage.wrong(format!("{} was refused: {told}", known.title));
                }
                return false;
            }
            _ => None,
        };
        let write = Write { booking: known.number, began: op.began, acknowledged, wish };
        self.stage.ledger().writes.push(write);
        acknowledged.is_some()
    }

    /// A picture of a room: nobody may see it booked twice.
    async fn read(&mut self) {
        let place = self.stage.place(&mut self.rng);
        let (from, to) = (rfc3339(place.start), rfc3339(place.start + 7_200));
        let op = self.stage.journal.begin(self.name, &json!({ "read": place.room }));
        let path = format!("/bookings?room={}&from={from}&to={to}&limit=200", place.room);
        let heard = self.ask(Method::GET, &path, &[], "").await;
        let told = self.told(&heard);
        self.stage.journal.end(op, &told);
        let Heard::Answer(answer) = heard else { return };
        if answer.status != StatusCode::OK {
            return;
        }
        let page = answer.json();
        let listed = page["bookings"].as_array().into_iter().flatten();
        let mut held: Vec<Place> = listed
            .filter_map(crate::check::feed::Block::read)
            .filter(|(_, block)| block.holds())
            .map(|(_, block)| block.place)
            .collect();
        held.sort_by_key(|place| place.start);
        if held.windows(2).any(|two| two[0].overlaps(&two[1])) {
            self.stage.wrong(format!("a listing shows a room booked twice: {page}"));
        }
    }

    async fn ask(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Heard {
        let program = Program::new(&self.stage.root(&mut self.rng), &self.token);
        let hangs_up = !self.stage.stop.is_cancelled() && self.rng.random_bool(0.1);
        let patience = if hangs_up { Duration::from_millis(self.rng.random_range(0..40)) } else { PATIENCE };
        match timeout(patience, program.try_send(method, path, headers, body)).await {
            Err(_) if hangs_up => Heard::Nothing("hung up".to_owned()),
            Err(_) => Heard::Nothing("ran out of patience".to_owned()),
            Ok(Err(error)) => Heard::Nothing(error.to_string()),
            // A success whose body was cut off is one that nobody was told of.
            Ok(Ok(answer)) if answer.status.is_success() && is_cut(&answer) => {
                Heard::Nothing("cut off".to_owned())
            }
            Ok(Ok(answer)) => Heard::Answer(answer),
        }
    }

    /// For the journal. Nobody is to see an error that has no name.
    fn told(&self, heard: &Heard) -> Value {
        match heard {
            Heard::Nothing(why) => json!({ "unknown": why }),
            Heard::Answer(answer) => {
                let status = answer.status.as_u16();
                if status == 500 {
                    self.stage.wrong(format!("500: {}", String::from_utf8_lossy(&answer.body)));
                }
                json!({ "status": status, "code": if answer.status.is_success() { String::new() } else { answer.code() } })
            }
        }
    }
}

fn is_cut(answer: &Answer) -> bool {
    answer.status != StatusCode::NO_CONTENT && serde_json::from_slice::<Value>(&answer.body).is_err()
}
