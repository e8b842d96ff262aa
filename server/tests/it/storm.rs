//! Everything at once: faults on every wire, people on both sides, and a kill in the middle. When the weather clears,
//! Roomly and Google say the same (CONVERGE).

use std::collections::BTreeSet;
use std::time::Duration;

use model::{BookingNumber, BookingState, Instant, RoomNumber};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use testkit::{Browser, HANBIT, House, Wish, wait_until_within};

use crate::support::{JOON, MINA, SEOYEON, polling};

const ROOMS: [&str; 4] = ["한라", "백록담", "설악", "지리"];
const STEPS: u32 = 60;
const CLEARING: Duration = Duration::from_secs(120);

/// A room's time with its title.
type Held = (String, Instant, Instant, String);

/// What Google's rooms hold on the story's day.
fn held_there(house: &House) -> BTreeSet<Held> {
    let state = house.google.state();
    let at = |value: &Value| value["dateTime"].as_str().and_then(Instant::parse_rfc3339);
    let mut held = BTreeSet::new();
    for room in ROOMS {
        let email = house.google.room_email(HANBIT, room);
        let Some(events) = state["calendars"][&email]["events"].as_object() else { continue };
        for event in events.values().filter(|event| event["status"] != "cancelled") {
            let answer = testkit::Google::answer_of(event, &email);
            if answer == "accepted" || event["organizer"]["email"] == email.as_str() {
                let title = event["summary"].as_str().unwrap_or_default().to_owned();
                held.insert((
                    room.to_owned(),
                    at(&event["start"]).unwrap(),
                    at(&event["end"]).unwrap(),
                    title,
                ));
            }
        }
    }
    held
}

/// What Roomly draws as held; `None` while anything is undecided.
async fn held_here(house: &House, mina: &mut Browser) -> Option<BTreeSet<Held>> {
    let grid = mina.day(house.date).await.grid;
    let name =
        |number: RoomNumber| grid.rooms.iter().find(|room| room.number == number).unwrap().name.clone();
    let mut held = BTreeSet::new();
    for block in &grid.blocks {
        match block.state {
            BookingState::Pending => return None,
            BookingState::Confirmed | BookingState::Conflicted => {
                let range = block.range;
                held.insert((name(block.key.room), range.start(), range.end(), block.title.clone()));
            }
            _ => {}
        }
    }
    Some(held)
}

/// The rooms that two confirmed blocks hold at the same time; there must be none, ever (ONE-BOOKING).
fn assert_one_booking(grid: &model::GridDay) {
    let holding: Vec<_> = grid.blocks.iter().filter(|block| block.state.holds_room()).collect();
    for (index, one) in holding.iter().enumerate() {
        for other in &holding[index + 1..] {
            let twice = one.key.room == other.key.room && one.range.overlaps(other.range);
            assert!(!twice, "{one:?} and {other:?}");
        }
    }
}

struct Storm {
    house: House,
    dice: StdRng,
    /// Bookings made here, with who made them.
    ours: Vec<(usize, BookingNumber)>,
    /// Events made there.
    theirs: Vec<String>,
}

impl Storm {
    fn slot(&mut self) -> (String, String) {
        let (hour, half) = (self.dice.random_range(8..20), self.dice.random_bool(0.5));
        let start = format!("{hour:02}:{}", if half { "30" } else { "00" });
        let end = format!("{:02}:{}", hour + 1, if half { "30" } else { "00" });
        (self.house.at(&start), self.house.at(&end))
    }

    /// Somebody does something, on either side. Refusals are fine; failures of the server are not.
    async fn step(&mut self, number: u32, people: &mut [Browser; 2], rooms: &[RoomNumber; 4]) {
        let room = self.dice.random_range(0..4);
        let (start, end) = self.slot();
        let title = format!("Sturm {number}");
        let who = self.dice.random_range(0..2);
        match self.dice.random_range(0..10) {
            0..4 => {
                let answer = people[who].book(&Wish::new(rooms[room], &start, &end, &title)).await;
                assert!(!answer.status.is_server_error(), "{}", answer.text());
                if answer.status == 200 {
                    self.ours.push((who, answer.read::<model::page::Booked>().block.key.booking));
                }
            }
            4..6 if !self.ours.is_empty() => {
                let (who, booking) = self.ours[self.dice.random_range(0..self.ours.len())];
                let pairs =
                    [("start", start), ("end", end), ("to_room", rooms[room].to_string()), ("title", title)];
                let answer = people[who].change(booking, &pairs).await;
                assert!(!answer.status.is_server_error(), "{}", answer.text());
            }
            6 if !self.ours.is_empty() => {
                let (who, booking) = self.ours.swap_remove(self.dice.random_range(0..self.ours.len()));
                let answer = people[who].cancel(booking).await;
                assert!(!answer.status.is_server_error(), "{}", answer.text());
            }
            // People in Google meet the same weather; what they cannot do, they do not do.
            7 if !self.theirs.is_empty() => {
                let id = self.theirs[self.dice.random_range(0..self.theirs.len())].clone();
                let zone = |at: &str| json!({ "dateTime": at, "timeZone": "Asia/Seoul" });
                let change = json!({ "summary": title, "start": zone(&start), "end": zone(&end) });
                let path = format!("/calendar/v3/calendars/primary/events/{id}");
                self.house.google.call(MINA, http::Method::PATCH, &path, &change).await;
            }
            8 if !self.theirs.is_empty() => {
                let id = self.theirs.swap_remove(self.dice.random_range(0..self.theirs.len()));
                let path = format!("/calendar/v3/calendars/primary/events/{id}");
                self.house.google.call(MINA, http::Method::DELETE, &path, &Value::Null).await;
            }
            _ => {
                let email = self.house.google.room_email(HANBIT, ROOMS[room]);
                let zone = |at: &str| json!({ "dateTime": at, "timeZone": "Asia/Seoul" });
                let event = json!({ "summary": title, "start": zone(&start), "end": zone(&end),
                    "attendees": [{ "email": email, "resource": true }] });
                let path = "/calendar/v3/calendars/primary/events";
                let answer = self.house.google.call(MINA, http::Method::POST, path, &event).await;
                if answer.status.is_success() {
                    self.theirs.push(answer.json()["id"].as_str().unwrap().to_owned());
                }
            }
        }
    }
}

async fn storm(seed: u64) {
    let house = polling(5).await;
    let mut mina = house.found(MINA).await;
    let mut people = [house.signed_in(JOON, "calendar").await, house.signed_in(SEOYEON, "identity").await];
    let mut rooms = [RoomNumber(0); 4];
    for (number, name) in rooms.iter_mut().zip(ROOMS) {
        *number = mina.room(house.date, name).await;
    }
    for (action, path, probability) in [
        (json!({ "status": 503 }), "/events", 0.15),
        (json!({ "status": 429 }), "/events", 0.05),
        (json!("commit_then_fail"), "/events", 0.15),
        (json!("expire_sync_tokens"), "", 0.1),
        (json!("expire_access_token"), "/events", 0.05),
        (json!({ "delay_ms": 100 }), "/events", 0.2),
        (json!("drop_notification"), "", 0.3),
    ] {
        house
            .google
            .break_with(json!({ "matcher": { "path": path }, "action": action, "probability": probability }));
    }
    let mut storm = Storm { house, dice: StdRng::seed_from_u64(seed), ours: Vec::new(), theirs: Vec::new() };
    for number in 0..STEPS {
        storm.step(number, &mut people, &rooms).await;
        if number % 25 == 24 {
            storm.house.roomly.kill_9().await;
            storm.house.roomly.start().await;
        }
        if number % 5 == 4 {
            assert_one_booking(&mina.day(storm.house.date).await.grid);
        }
    }
    storm.house.google.mend();
    let mut last = None;
    let house = &storm.house;
    wait_until_within(CLEARING, &format!("both sides to agree (seed {seed})"), async || {
        let here = held_here(house, &mut mina).await;
        let admin = mina.load("load_admin", &[]).await.json();
        let there = held_there(house);
        let agreed = here.as_ref() == Some(&there) && admin["outbox_waiting"] == 0;
        let picture = (here, there, admin["outbox_waiting"].clone());
        if last.as_ref() != Some(&picture) {
            println!(
                "seed {seed}: {} here, {} there, {} waiting",
                picture.0.as_ref().map_or(0, BTreeSet::len),
                picture.1.len(),
                picture.2
            );
            if let Some(here) = &picture.0 {
                println!("  only here: {:?}\n  only there: {:?}", here - &picture.1, &picture.1 - here);
            }
        }
        last = Some(picture);
        agreed.then_some(())
    })
    .await;
    assert_one_booking(&mina.day(storm.house.date).await.grid);
    // And it stays so.
    storm.house.quiet().await;
    let mark = storm.house.google.mark();
    assert_eq!(held_here(&storm.house, &mut mina).await, Some(held_there(&storm.house)));
    storm.house.quiet().await;
    assert_eq!(storm.house.google.writes(mark), Vec::<Value>::new(), "nothing is left to say");
}

#[tokio::test]
async fn both_sides_agree_when_it_clears() {
    storm(1).await;
}

#[tokio::test]
async fn and_another_day() {
    storm(2).await;
}
