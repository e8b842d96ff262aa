//! Stories of one fault each, told by hand: the house of the simulator without chance. What is asked, when its answer comes
//! and where a server dies is decided by the story; time passes as long as it takes. Each ends as a seed does: both
//! sides become equal and stay so, and nothing that must hold was broken on the way.

mod channels;
mod listings;
mod outages;
mod pushes;

use booking::{BookCommand, ChangeCommand, Cx, Engine, NoticeOutcome, SeriesCommand, Step};
use http::Method;
use model::{Block, BookingId, BookingNumber, CalendarId, Instant, TimeRange};
use sandbox::world::settings::Settings;
use sandbox::{Fault as Line, Notification};
use serde_json::{Value, json};
use store::CalendarRow;
use sync::event_id::event_id;

use crate::books::{Promise, Repeated, key_of};
use crate::call::Asked;
use crate::check::{Blocks, Checks};
use crate::house::{Came, Deed, Driven, House};
use crate::outside;
use crate::plan::{Plan, Post};
use crate::post::Office;
use crate::settle::{one_round, settle};

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;

/// Who lives in the house: the admin, somebody who connected a calendar, and somebody who did not.
const MINA: usize = 0;
const JOON: usize = 1;
const SEOYEON: usize = 2;

struct Scene {
    house: House,
    office: Office,
    checks: Checks,
    booked: u8,
}

impl Scene {
    /// A founded house with two rooms in which everything is quiet.
    async fn open(servers: usize) -> Self {
        Self::open_where(servers, |_| {}).await
    }

    async fn open_where(servers: usize, set: impl FnOnce(&mut Settings)) -> Self {
        let mut plan = Plan::of(1, true);
        plan.servers = servers;
        (plan.rooms, plan.people, plan.connected) = (2, 3, vec![true, true, false]);
        (plan.new_york, plan.hooks, plan.post, plan.poll_secs) = (false, true, Post::Good, 5 * MINUTE);
        plan.google = Settings::default();
        set(&mut plan.google);
        let house = House::build(1, plan).await.unwrap();
        house.net.lock().trace.lines = Some(Vec::new());
        let mut scene = Self { house, office: Office::new(1), checks: Checks::default(), booked: 0 };
        scene.rounds(2).await;
        scene
    }

    fn now(&self) -> Instant {
        self.house.net.now()
    }

    /// So many minutes from now, on a whole minute.
    fn in_minutes(&self, minutes: i64) -> Instant {
        let minute = 60_000_000;
        Instant::from_micros(self.now().as_micros().div_euclid(minute) * minute).plus_minutes(minutes)
    }

    fn pass(&self, secs: i64) {
        self.house.net.pass(secs * 1_000_000);
    }

    fn engine(&self, server: usize) -> Engine {
        self.house.servers[server].engine.clone().unwrap()
    }

    fn cx(&self, person: usize) -> Cx {
        Cx { now: self.now(), ..self.house.people[person].cx.clone() }
    }

    fn email(&self, person: usize) -> String {
        self.house.people[person].email.clone()
    }

    fn room(&self, index: usize) -> String {
        self.house.rooms[index].email.clone()
    }

    /// Everything that is due at every server, and what Google tells of it.
    async fn rounds(&mut self, count: usize) {
        for _ in 0..count {
            one_round(&mut self.house, &mut self.office).await.unwrap();
            self.checks.look(&self.house).await.unwrap();
        }
    }

    /// Begins a pass; nothing of it happens before it is driven.
    fn begin(&mut self, server: usize, step: Step) -> u64 {
        let engine = self.engine(server);
        let doing = async move { Came::Step(engine.step(step).await.map_err(|failure| failure.to_string())) };
        self.house.begin(server, Deed::Step(step), doing)
    }

    /// One pass from its beginning to its end. `None`: its server died.
    async fn step(&mut self, server: usize, step: Step) -> Option<Result<bool, String>> {
        let operation = self.begin(server, step);
        self.finish(operation).await
    }

    async fn finish(&mut self, operation: u64) -> Option<Result<bool, String>> {
        match self.house.finish(operation).await {
            Some(Came::Step(came)) => Some(came),
            _ => None,
        }
    }

    /// Passes of this kind until there is nothing left to do.
    async fn all(&mut self, server: usize, step: Step) {
        for _ in 0..100 {
            if self.step(server, step).await.unwrap().unwrap() {
                continue;
            }
            return;
        }
        panic!("{step:?} has no end");
    }

    /// Begins a pass and goes on with it until it is about to make a call that fits; answers the pass and the call.
    async fn until_asked(&mut self, server: usize, step: Step, fits: impl Fn(&Asked) -> bool) -> (u64, u64) {
        let operation = self.begin(server, step);
        let call = self.goes_on(operation, fits).await;
        (operation, call)
    }

    /// Goes on with a pass until it is about to make a call that fits.
    async fn goes_on(&mut self, operation: u64, fits: impl Fn(&Asked) -> bool) -> u64 {
        for _ in 0..100 {
            assert!(matches!(self.house.drive(operation).await, Driven::Parked), "it never asked that");
            let waiting = self.waiting(operation);
            if let Some((call, _)) = waiting.iter().find(|(_, asked)| fits(asked)) {
                return *call;
            }
            self.house.answer(operation);
        }
        panic!("it never asked that");
    }

    /// What a pass waits for and Google has not heard of.
    fn waiting(&self, operation: u64) -> Vec<(u64, Asked)> {
        let state = self.house.net.lock();
        let own = state.calls.iter().filter(|(_, call)| call.operation == operation);
        own.filter_map(|(number, call)| Some((*number, Asked::of(&call.request.as_ref()?.0)))).collect()
    }

    /// What Google shall do wrong from now on, as one would post it to `/sandbox/faults`.
    fn break_with(&self, plan: Value) {
        let line: Line = serde_json::from_value(plan).unwrap();
        self.house.net.lock().world.add_fault(line);
    }

    fn mend(&self) {
        self.house.net.lock().world.mend();
    }

    /// The next server that comes to this place dies there.
    fn dies_at(&self, place: &'static str) {
        self.house.net.lock().dies_at = Some(place);
    }

    /// How many lines the story has so far.
    fn mark(&self) -> usize {
        self.house.net.lock().trace.lines.as_ref().unwrap().len()
    }

    /// Calls that servers made at Google since then, as the story tells them, with these words in them.
    fn calls(&self, since: usize, words: &[&str]) -> Vec<String> {
        let state = self.house.net.lock();
        let lines = state.trace.lines.as_ref().unwrap()[since..].iter();
        let call = |line: &&String| line.starts_with("  s") && words.iter().all(|word| line.contains(word));
        lines.filter(call).cloned().collect()
    }

    /// Somebody asks Google for something. Answers status and body.
    fn google(&self, person: usize, method: &Method, path: &str, body: &Value) -> (u16, Value) {
        let (who, now) = (self.email(person), self.now().as_micros());
        outside::call(&mut self.house.net.lock().world, &who, method, path, body, now)
    }

    fn event(&self, title: &str, start: Instant, minutes: i64, room: Option<usize>) -> Value {
        let at = |at: Instant| json!({ "dateTime": at.to_rfc3339(), "timeZone": "Asia/Seoul" });
        let room = room.map(|room| json!({ "email": self.room(room), "resource": true }));
        json!({
            "summary": title,
            "start": at(start),
            "end": at(start.plus_minutes(minutes)),
            "attendees": Vec::from_iter(room),
        })
    }

    /// Somebody inserts an event with a room on their own calendar; answers its id.
    fn inserts(&self, person: usize, event: &Value) -> String {
        let path = format!("/calendars/{}/events", self.email(person));
        let (status, made) = self.google(person, &Method::POST, &path, event);
        assert_eq!(status, 200, "{made}");
        made["id"].as_str().unwrap().to_owned()
    }

    /// Somebody changes an event on their own calendar.
    fn edits(&self, person: usize, id: &str, change: &Value) {
        let path = format!("/calendars/{}/events/{id}", self.email(person));
        let (status, told) = self.google(person, &Method::PATCH, &path, change);
        assert_eq!(status, 200, "{told}");
        self.house.net.lock().books.touch(id);
    }

    fn deletes(&self, person: usize, id: &str) {
        let path = format!("/calendars/{}/events/{id}", self.email(person));
        let (status, told) = self.google(person, &Method::DELETE, &path, &Value::Null);
        assert_eq!(status, 204, "{told}");
        let mut state = self.house.net.lock();
        state.books.touch(id);
        state.books.deleted.insert(id.to_owned());
    }

    /// Live events with this title on a calendar of Google's.
    fn titled(&self, calendar: &str, title: &str) -> Vec<Value> {
        let state = self.house.net.lock().world.state();
        let Some(events) = state["calendars"][calendar]["events"].as_object() else { return Vec::new() };
        let live = |event: &&Value| event["summary"] == title && event["status"] != "cancelled";
        events.values().filter(live).cloned().collect()
    }

    /// An intent that nobody had before.
    fn intent(&mut self) -> BookingId {
        self.booked += 1;
        BookingId(model::id::new_v7(self.now(), [self.booked; 10]))
    }

    /// Somebody books at a server and is promised the room.
    async fn books(
        &mut self,
        server: usize,
        person: usize,
        room: usize,
        start: Instant,
        title: &str,
    ) -> BookingId {
        let id = self.intent();
        self.books_as(id, server, person, room, start, title).await;
        id
    }

    async fn books_as(
        &mut self,
        id: BookingId,
        server: usize,
        person: usize,
        room: usize,
        start: Instant,
        title: &str,
    ) -> BookingNumber {
        let range = TimeRange::new(start, start.plus_minutes(30)).unwrap();
        let room = self.house.rooms[room].number;
        let command = BookCommand {
            intent: id.0,
            room,
            date: None,
            start: range.start().to_rfc3339(),
            end: range.end().to_rfc3339(),
            title: title.to_owned(),
            guests: String::new(),
            private: false,
        };
        self.house.net.lock().books.wish(&key_of(id));
        let booked = self.engine(server).book(&self.cx(person), command).await.unwrap();
        let number = booked.block.key.booking;
        let (title, guests, private) = (title.to_owned(), false, false);
        let promise = Promise { id, number, person, title, private, guests, room, range, cancelled: false };
        self.house.net.lock().books.promises.insert(key_of(id), promise);
        number
    }

    /// Somebody books half an hour of each of these dates; answers the number. None of them is promised.
    async fn repeats(
        &mut self,
        (server, person): (usize, usize),
        room: usize,
        start: Instant,
        rule: &str,
        title: &str,
    ) -> (BookingId, BookingNumber) {
        let id = self.intent();
        let command = SeriesCommand {
            intent: id.0,
            room: self.house.rooms[room].number,
            start: start.to_rfc3339(),
            end: start.plus_minutes(30).to_rfc3339(),
            title: title.to_owned(),
            guests: String::new(),
            private: false,
            recurrence: vec![rule.to_owned()],
        };
        self.house.net.lock().books.wish_series(&key_of(id));
        let booked = self.engine(server).book_series(&self.cx(person), command, "sim".to_owned()).await;
        let number = booked.unwrap().block.key.booking;
        let series = Repeated { id, number, person, guests: false, dates: Vec::new() };
        self.house.net.lock().books.series.insert(key_of(id), series);
        (id, number)
    }

    fn promise(&self, id: BookingId) -> Promise {
        self.house.net.lock().books.promises[&key_of(id)].clone()
    }

    /// Whoever booked moves it, and gives it another title.
    async fn moves(&mut self, server: usize, id: BookingId, start: Instant, title: &str) {
        let mut promise = self.promise(id);
        promise.range = TimeRange::new(start, start.plus_minutes(30)).unwrap();
        title.clone_into(&mut promise.title);
        let command = ChangeCommand {
            number: promise.number,
            room: None,
            to_room: None,
            date: None,
            start: Some(promise.range.start().to_rfc3339()),
            end: Some(promise.range.end().to_rfc3339()),
            title: Some(promise.title.clone()),
            guests: None,
            private: None,
        };
        self.house.net.lock().books.wish(&key_of(id));
        self.engine(server).change(&self.cx(promise.person), command).await.unwrap();
        self.house.net.lock().books.promises.insert(key_of(id), promise);
    }

    /// Whoever booked takes it to another room.
    async fn takes(&mut self, server: usize, id: BookingId, room: usize) {
        let mut promise = self.promise(id);
        promise.room = self.house.rooms[room].number;
        let command = ChangeCommand {
            number: promise.number,
            room: None,
            to_room: Some(promise.room),
            date: None,
            start: None,
            end: None,
            title: None,
            guests: None,
            private: None,
        };
        self.house.net.lock().books.wish(&key_of(id));
        self.engine(server).change(&self.cx(promise.person), command).await.unwrap();
        self.house.net.lock().books.promises.insert(key_of(id), promise);
    }

    async fn cancels(&mut self, server: usize, id: BookingId) {
        let mut promise = self.promise(id);
        self.house.net.lock().books.wish(&key_of(id));
        self.engine(server).cancel(&self.cx(promise.person), promise.number).await.unwrap();
        promise.cancelled = true;
        self.house.net.lock().books.promises.insert(key_of(id), promise);
    }

    /// What everybody sees under this title.
    async fn shown(&self, title: &str) -> Vec<Block> {
        let blocks = Blocks::read(&self.house).await.unwrap();
        blocks.all.into_iter().filter(|block| block.title == title).collect()
    }

    /// What Roomly knows of a room's calendar.
    async fn calendar(&self, room: usize) -> CalendarRow {
        let store = self.house.store.company(self.house.company);
        let all = store.calendar_list().await.unwrap();
        all.into_iter().find(|row| row.google_id == self.room(room)).unwrap()
    }

    async fn calendar_id(&self, room: usize) -> CalendarId {
        self.calendar(room).await.id
    }

    /// Time passes in Google's world; what it has to say now.
    fn news(&self) -> Vec<Notification> {
        self.house.net.lock().world.tick(self.now().as_micros())
    }

    /// A server hears a notification.
    async fn hears(&self, server: usize, notification: &Notification) -> NoticeOutcome {
        let header = |name: &str| notification.header(name);
        let (channel, resource) = (header("X-Goog-Channel-ID"), header("X-Goog-Resource-ID"));
        let (token, state) = (header("X-Goog-Channel-Token"), header("X-Goog-Resource-State"));
        self.engine(server).notice(channel, token, resource, state).await.unwrap()
    }

    /// Everything heals, both sides become equal and stay so, and nothing was broken.
    async fn ends_well(mut self) {
        self.mend();
        let settled = settle(&mut self.house, &mut self.office, &mut self.checks).await.unwrap();
        let (broken, lines) = {
            let mut state = self.house.net.lock();
            (std::mem::take(&mut state.books.violations), state.trace.lines.take().unwrap_or_default())
        };
        assert_eq!(broken, Vec::<String>::new(), "{}", lines.join("\n"));
        assert!(settled.rounds.is_some());
        self.house.operations.clear();
        self.house.store.close().await;
    }
}

/// Google's id of a booking's event.
fn id_of(id: BookingId) -> String {
    event_id(id, 0)
}
