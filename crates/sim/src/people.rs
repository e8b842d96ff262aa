//! People at Roomly's screens: what they ask for, and what they were promised.

mod series;

use booking::{BookCommand, ChangeCommand, Cx};
use model::refusal::Refusal;
use model::{ApiError, BookingId, Instant, RoomNumber, TimeRange};

use crate::books::{Promise, key_of};
use crate::check::Blocks;
use crate::draw::Draw;
use crate::house::{Came, Deed, Driven, House};

/// The last bookings that were asked for, for those who click twice.
const REMEMBERED: usize = 6;

pub(crate) struct People {
    draw: Draw,
    count: u32,
    asked: Vec<Asked>,
}

#[derive(Clone)]
struct Asked {
    person: usize,
    command: BookCommand,
    range: TimeRange,
}

/// A half hour between now and a day and a half from now: few enough that people meet.
pub(crate) fn slot(draw: &mut Draw, now: Instant) -> Instant {
    let half = 1_800_000_000;
    let next = now.as_micros().div_euclid(half) + 1;
    let ahead = [draw.between(0, 8), draw.between(0, 70)][draw.below(2)];
    Instant::from_micros((next + ahead) * half)
}

pub(crate) fn length(draw: &mut Draw) -> i64 {
    [30, 30, 60, 60, 90][draw.below(5)]
}

impl People {
    pub(crate) fn new(seed: u64) -> Self {
        Self { draw: Draw::new(seed, "people"), count: 0, asked: Vec::new() }
    }

    /// Somebody does something at one of the servers.
    pub(crate) async fn act(&mut self, house: &mut House) {
        let Some(server) = self.draw.pick(&house.awake()).copied() else { return };
        let live: Vec<String> = {
            let state = house.net.lock();
            let now = house.net.now();
            let mut live: Vec<&Promise> = state.books.promises.values().collect();
            live.retain(|one| !one.cancelled && one.range.end() > now);
            live.iter().map(|one| key_of(one.id)).collect()
        };
        let repeat = if house.plan.own_series { 8 } else { 0 };
        let choice = [(10, 0), (3, 1), (4, 2), (3, 3), (3, 4), (repeat, 5)];
        let choice = self.draw.weighted(&choice).unwrap_or(0);
        let chosen = self.draw.pick(&live).cloned();
        match (choice, chosen) {
            (1, _) if !self.asked.is_empty() => self.again(house, server).await,
            (2, Some(key)) => self.move_it(house, server, &key).await,
            (3, Some(key)) => self.rename(house, server, &key).await,
            (4, Some(key)) => self.cancel(house, server, &key).await,
            (5, _) => self.repeat(house, server).await,
            _ => self.book(house, server).await,
        }
    }

    async fn book(&mut self, house: &mut House, server: usize) {
        self.count += 1;
        let now = house.net.now();
        let person = self.draw.below(house.people.len());
        let room = house.rooms[self.draw.below(house.rooms.len())].number;
        let start = slot(&mut self.draw, now);
        let Some(range) = TimeRange::new(start, start.plus_minutes(length(&mut self.draw))) else { return };
        let guest = self.draw.below(house.people.len());
        let guests = if self.draw.chance(0.3) { house.people[guest].email.clone() } else { String::new() };
        let command = BookCommand {
            intent: model::id::new_v7(now, self.draw.bytes()),
            room,
            date: None,
            start: range.start().to_rfc3339(),
            end: range.end().to_rfc3339(),
            title: format!("b{}", self.count),
            guests,
            private: self.draw.chance(0.1),
        };
        let asked = Asked { person, command, range };
        self.asked.push(asked.clone());
        if self.asked.len() > REMEMBERED {
            self.asked.remove(0);
        }
        self.ask(house, server, asked, false).await;
    }

    /// The same click once more: it is the same booking.
    async fn again(&mut self, house: &mut House, server: usize) {
        let Some(asked) = self.draw.pick(&self.asked).cloned() else { return };
        self.ask(house, server, asked, true).await;
    }

    async fn ask(&mut self, house: &mut House, server: usize, asked: Asked, again: bool) {
        let id = BookingId(asked.command.intent);
        let key = key_of(id);
        house.net.lock().books.wish(&key);
        house.line(&format!(
            "s{server} p{} books {} room {} {}{}",
            asked.person,
            asked.command.title,
            asked.command.room,
            asked.command.start,
            if again { " again" } else { "" }
        ));
        let Some((engine, cx)) = at(house, server, asked.person) else { return };
        let command = asked.command.clone();
        let doing = async move { Came::Booked(engine.book(&cx, command).await) };
        match run(house, server, doing).await {
            Some(Came::Booked(Ok(booked))) => {
                house.line(&format!("   booked #{}", booked.block.key.booking));
                let known = house.net.lock().books.promises.get(&key).map(|one| one.number);
                match known {
                    Some(known) if known == booked.block.key.booking => house.net.mark("book.again"),
                    Some(known) => {
                        let number = booked.block.key.booking;
                        house.net.lock().books.broken(format!("one intent, two bookings: {known} {number}"));
                    }
                    None => promised(house, &asked, &key, booked.block.key.booking),
                }
            }
            Some(Came::Booked(Err(error))) if is_unknown(&error) => self.look(house, &asked, &key).await,
            Some(Came::Booked(Err(error))) => {
                house.line(&format!("   refused {}", error.code));
                refused(house, &asked, &error).await;
            }
            _ => self.look(house, &asked, &key).await,
        }
    }

    /// Nobody was told: whether it was booked is what the database says.
    async fn look(&mut self, house: &House, asked: &Asked, key: &str) {
        let store = house.store.company(house.company);
        let event = store.event_get(BookingId(asked.command.intent)).await;
        if let Ok(Some(event)) = event {
            house.net.mark("book.found_by_intent");
            let known = house.net.lock().books.promises.contains_key(key);
            if !known {
                promised(house, asked, key, event.number);
            }
        }
    }

    async fn move_it(&mut self, house: &mut House, server: usize, key: &str) {
        let Some(promise) = house.net.lock().books.promises.get(key).cloned() else { return };
        let now = house.net.now();
        let other = house.rooms[self.draw.below(house.rooms.len())].number;
        let to_room = Some(other).filter(|_| self.draw.chance(0.5));
        let start = if self.draw.chance(0.7) { slot(&mut self.draw, now) } else { promise.range.start() };
        let range =
            TimeRange::new(start, start.plus_minutes(length(&mut self.draw))).unwrap_or(promise.range);
        let command = ChangeCommand {
            number: promise.number,
            room: None,
            to_room,
            date: None,
            start: Some(range.start().to_rfc3339()),
            end: Some(range.end().to_rfc3339()),
            title: None,
            guests: None,
            private: None,
        };
        house.line(&format!(
            "s{server} moves #{} to {to_room:?} {}",
            promise.number,
            range.start().to_rfc3339()
        ));
        let wanted = Promise { room: to_room.unwrap_or(promise.room), range, ..promise.clone() };
        self.change(house, server, command, &promise, wanted).await;
    }

    async fn rename(&mut self, house: &mut House, server: usize, key: &str) {
        let Some(promise) = house.net.lock().books.promises.get(key).cloned() else { return };
        self.count += 1;
        let title = format!("r{}", self.count);
        let command = ChangeCommand {
            number: promise.number,
            room: None,
            to_room: None,
            date: None,
            start: None,
            end: None,
            title: Some(title.clone()),
            guests: None,
            private: None,
        };
        house.line(&format!("s{server} renames #{} to {title}", promise.number));
        let wanted = Promise { title, ..promise.clone() };
        self.change(house, server, command, &promise, wanted).await;
    }

    async fn change(
        &mut self,
        house: &mut House,
        server: usize,
        command: ChangeCommand,
        promise: &Promise,
        wanted: Promise,
    ) {
        let key = key_of(promise.id);
        house.net.lock().books.wish(&key);
        let Some((engine, cx)) = at(house, server, promise.person) else { return };
        let doing = async move { Came::Booked(engine.change(&cx, command).await) };
        match run(house, server, doing).await {
            Some(Came::Booked(Ok(_))) => {
                house.net.mark("change.done");
                if wanted.room != promise.room {
                    house.net.mark("change.room");
                }
                house.net.lock().books.promises.insert(key, wanted);
            }
            Some(Came::Booked(Err(error))) if !is_unknown(&error) => {
                house.line(&format!("   refused {}", error.code));
                house.net.mark("change.refused");
            }
            _ => adopt(house, &key).await,
        }
    }

    async fn cancel(&mut self, house: &mut House, server: usize, key: &str) {
        let Some(promise) = house.net.lock().books.promises.get(key).cloned() else { return };
        house.net.lock().books.wish(key);
        house.line(&format!("s{server} cancels #{}", promise.number));
        let Some((engine, cx)) = at(house, server, promise.person) else { return };
        let number = promise.number;
        let doing = async move { Came::Cancelled(engine.cancel(&cx, number).await) };
        match run(house, server, doing).await {
            Some(Came::Cancelled(Ok(_))) => {
                house.net.mark("cancel.done");
                let mut state = house.net.lock();
                if let Some(promise) = state.books.promises.get_mut(key) {
                    promise.cancelled = true;
                }
            }
            Some(Came::Cancelled(Err(error))) if !is_unknown(&error) => {
                house.line(&format!("   refused {}", error.code));
            }
            _ => adopt(house, key).await,
        }
    }
}

/// What people do is done at once: nobody at a screen waits for Google.
async fn run(house: &mut House, server: usize, doing: impl Future<Output = Came> + 'static) -> Option<Came> {
    let operation = house.begin(server, Deed::Human, doing);
    match house.drive(operation).await {
        Driven::Done(_, came) => Some(came),
        Driven::Died => None,
        Driven::Parked => {
            house.net.lock().books.broken("a person waits for Google".to_owned());
            None
        }
    }
}

fn at(house: &House, server: usize, person: usize) -> Option<(booking::Engine, Cx)> {
    let engine = house.servers[server].engine.clone()?;
    let cx = Cx { now: house.net.now(), ..house.people[person].cx.clone() };
    Some((engine, cx))
}

fn is_unknown(error: &ApiError) -> bool {
    error.code == model::ErrorCode::Unavailable || error.code == model::ErrorCode::Internal
}

fn promised(house: &House, asked: &Asked, key: &str, number: model::BookingNumber) {
    let promise = Promise {
        id: BookingId(asked.command.intent),
        number,
        person: asked.person,
        title: asked.command.title.clone(),
        private: asked.command.private,
        guests: !asked.command.guests.is_empty(),
        room: asked.command.room,
        range: asked.range,
        cancelled: false,
    };
    house.net.mark("book.done");
    house.net.lock().books.promises.insert(key.to_owned(), promise);
}

/// A refusal for a taken room must have a reason that everybody sees.
async fn refused(house: &House, asked: &Asked, error: &ApiError) {
    if !matches!(error.refusal.as_deref(), Some(Refusal::RoomTaken { .. })) {
        return;
    }
    house.net.mark("book.room_taken");
    let Ok(blocks) = Blocks::read(house).await else { return };
    if !blocks.keep_busy(asked.command.room, asked.range) {
        let what =
            format!("refused for a taken room that is free: {} {}", asked.command.room, asked.command.start);
        house.net.lock().books.broken(what);
    }
}

/// After an answer that was lost: what the database says was promised from now on.
async fn adopt(house: &House, key: &str) {
    house.net.mark("change.unknown");
    let Some(mut promise) = house.net.lock().books.promises.get(key).cloned() else { return };
    let store = house.store.company(house.company);
    let Ok(Some(event)) = store.event_get(promise.id).await else { return };
    let Ok(occurrences) = store.occurrences_of_event(promise.id).await else { return };
    promise.title = event.title;
    promise.cancelled = event.cancelled;
    if let Some(held) = occurrences.iter().find(|one| one.state.is_drawn()) {
        promise.range = held.range;
        promise.room = number_of(house, held.room).unwrap_or(promise.room);
    }
    house.net.lock().books.promises.insert(key.to_owned(), promise);
}

fn number_of(house: &House, room: model::RoomId) -> Option<RoomNumber> {
    house.rooms.iter().find(|one| one.id == room).map(|one| one.number)
}
