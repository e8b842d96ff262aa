//! The pure world: everything that Google knows, and what it does when asked or when time passes.
//!
//! No IO, no clock, no async, no iteration over hash maps; randomness is seeded. The same requests at the same times
//! give the same bytes.

pub mod access;
pub mod acl;
mod authorize;
pub mod calendar;
mod calendar_api;
pub(crate) mod calendar_list;
mod certificate;
pub mod clock;
pub(crate) mod colors;
mod conference;
mod control;
mod copy;
pub mod directory;
mod directory_api;
mod directory_query;
mod directory_write;
mod edit;
pub mod event;
pub mod faults;
mod find;
mod following;
mod free_busy;
mod guest;
mod hands;
pub mod id_token;
mod import;
mod keys;
pub(crate) mod lies;
mod list;
pub mod log;
pub mod mail;
mod move_event;
pub mod oauth;
mod oauth_api;
mod odd;
pub mod people;
pub mod push;
mod quick_add;
pub mod quota;
pub mod recurrence;
pub(crate) mod render;
mod room;
mod rows;
pub mod service_account;
pub mod settings;
mod small_list;
mod sync_token;
mod user_settings;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::{Request, Response};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use self::calendar::Calendar;
use self::calendar_list::Entry;
use self::directory::Directory;
pub(crate) use self::edit::Mode;
use self::event::EventCopy;
use self::faults::Faults;
use self::hands::Hands;
pub(crate) use self::hands::Turn;
pub(crate) use self::list::instance;
use self::log::Log;
use self::mail::Outbox;
use self::oauth::OAuth;
use self::push::{Notification, Push, Resource};
use self::quota::Quota;
use self::settings::Settings;
use crate::seed::SeedOptions;

/// What is to be done later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task {
    /// Bring the copies of an event up to its main copy.
    Copies { calendar: String, event: String },
    /// A room answers.
    Room { room: String, event: String, sequence: i64 },
    /// A new room's calendar opens.
    RoomCalendar { room: String },
    /// A conference is made.
    Conference { calendar: String, event: String, request: String },
}

/// Everything that the stand-in knows.
#[derive(Debug, Clone)]
pub struct World {
    pub(crate) seed: u64,
    pub(crate) options: Option<SeedOptions>,
    pub(crate) birth: i64,
    rng: ChaCha8Rng,
    counter: u64,
    agenda: BTreeMap<(i64, u64), Task>,
    dirty: BTreeSet<Resource>,
    /// The last instant that was seen.
    seen: i64,
    /// The same by the clock outside.
    outside_now: i64,
    hands: Hands,
    /// Calendars of deleted people, until they come back.
    parked: BTreeMap<String, Calendar>,
    quota: Quota,
    outbox: Outbox,
    /// What can be tuned.
    pub settings: Settings,
    /// Calendars of people and rooms, by id.
    pub calendars: BTreeMap<String, Calendar>,
    /// What people changed in their lists of calendars, by person and calendar.
    pub(crate) lists: BTreeMap<String, BTreeMap<String, Entry>>,
    /// What people set, by person and setting.
    pub(crate) user_settings: BTreeMap<String, BTreeMap<String, (String, u64)>>,
    /// Groups' members, by the group's address.
    pub groups: BTreeMap<String, BTreeSet<String>>,
    /// Companies, people, buildings, rooms.
    pub directory: Directory,
    /// Clients, codes, tokens, grants.
    pub oauth: OAuth,
    /// Channels and what waits to be sent.
    pub push: Push,
    /// What was asked and what changed.
    pub log: Log,
    /// What shall go wrong.
    pub faults: Faults,
}

impl World {
    /// A world without companies; fill it with the builders of [`crate::seed`].
    pub fn empty(seed: u64) -> Self {
        Self {
            seed,
            options: None,
            birth: 0,
            rng: ChaCha8Rng::seed_from_u64(seed),
            counter: 0,
            agenda: BTreeMap::new(),
            dirty: BTreeSet::new(),
            seen: 0,
            outside_now: 0,
            hands: Hands::default(),
            parked: BTreeMap::new(),
            quota: Quota::default(),
            outbox: Outbox::default(),
            settings: Settings::default(),
            calendars: BTreeMap::new(),
            lists: BTreeMap::new(),
            user_settings: BTreeMap::new(),
            groups: BTreeMap::new(),
            directory: Directory::default(),
            oauth: OAuth::default(),
            push: Push::default(),
            log: Log::default(),
            faults: Faults::new(seed),
        }
    }

    /// Answers one request. Due tasks are done first, so the answer is that of the instant `now` (microseconds).
    pub fn handle(&mut self, request: Request<Bytes>, now: i64) -> Response<Bytes> {
        self.outside_now = now;
        let now = self.google_time(now);
        self.wake(now);
        let response = crate::wire::router::handle(self, request, now);
        self.run_due(now);
        response
    }

    /// Lets time pass: rooms answer, copies arrive; gives back the notifications that leave now.
    pub fn tick(&mut self, now: i64) -> Vec<Notification> {
        self.outside_now = now;
        let now = self.google_time(now);
        self.wake(now);
        self.take_notifications(now)
    }

    /// When [`World::tick`] has something to do next.
    pub fn next_due(&self) -> Option<i64> {
        let agenda = self.agenda.keys().next().map(|(at, _)| *at);
        let push = if self.settings.push_enabled { self.push.next_due() } else { None };
        [agenda, push].into_iter().flatten().min().and_then(|at| self.outside(at))
    }

    /// Grows with every change: what the page polls.
    pub fn version(&self) -> u64 {
        self.counter
    }

    pub(crate) fn wake(&mut self, now: i64) {
        if self.birth == 0 {
            self.birth = now;
        }
        self.seen = now;
        self.run_due(now);
    }

    pub(crate) fn run_due(&mut self, now: i64) {
        while let Some((&key, _)) = self.agenda.first_key_value() {
            if key.0 > now {
                break;
            }
            match self.agenda.remove(&key) {
                Some(Task::Copies { calendar, event }) => self.apply_copies(&calendar, &event, key.0),
                Some(Task::Room { room, event, sequence }) => {
                    self.answer_room(&room, &event, sequence, key.0);
                }
                Some(Task::RoomCalendar { room }) => self.open_room_calendar(&room),
                Some(Task::Conference { calendar, event, request }) => {
                    self.make_conference(&calendar, &event, &request, key.0);
                }
                None => {}
            }
        }
        let dirty = std::mem::take(&mut self.dirty);
        for resource in dirty {
            self.notify(&resource, now);
        }
    }

    /// Has the watchers of a resource told.
    pub(crate) fn touch(&mut self, resource: Resource) {
        self.dirty.insert(resource);
    }

    pub(crate) fn schedule(&mut self, at: i64, task: Task) {
        let n = self.next();
        self.agenda.insert((at, n), task);
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    pub(crate) fn counter(&self) -> u64 {
        self.counter
    }

    pub(crate) fn random_id(&mut self, length: usize) -> String {
        const ALPHABET: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
        (0..length).map(|_| char::from(ALPHABET[self.rng.random_range(0..32)])).collect()
    }

    pub(crate) fn random_below(&mut self, below: u64) -> u64 {
        self.rng.random_range(0..below.max(1))
    }

    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.rng.random_bool(probability.clamp(0.0, 1.0))
    }

    pub(crate) fn copy(&self, calendar: &str, event: &str) -> Option<&EventCopy> {
        self.calendars.get(calendar)?.events.get(event)
    }

    /// Stores a copy; a real change gets a new etag, enters deltas and notifies the calendar's channels.
    pub(crate) fn store(&mut self, calendar: &str, mut copy: EventCopy, now: i64, why: &str) {
        let before = self.copy(calendar, &copy.id);
        let same = before.is_some_and(|old| {
            old.content == copy.content
                && old.private == copy.private
                && old.own == copy.own
                && old.removed == copy.removed
                && old.detached == copy.detached
        });
        if same {
            return;
        }
        let recurs = |copy: &EventCopy| copy.is_master() && copy.content.series.is_none();
        let past = before.map_or_else(Vec::new, |old| {
            let mut past = old.past.clone();
            let lost = (recurs(old) || recurs(&copy)) && !old.content.same_times(&copy.content);
            past.extend(lost.then(|| (self.counter + 1, old.content.clone())));
            past
        });
        copy.past = past;
        let change = match before {
            None => "created",
            Some(_) if !copy.is_live() => "cancelled",
            Some(_) => "changed",
        };
        let n = self.next();
        copy.etag = n;
        copy.changed = n;
        copy.at = now;
        self.log.push(
            now,
            "mutation",
            json!({ "calendar": calendar, "event": copy.id, "change": change, "why": why,
                    "status": copy.status().word(), "response": copy.response(calendar).word() }),
        );
        if let Some(home) = self.calendars.get_mut(calendar) {
            home.updated = now;
            home.changed = n;
            home.events.insert(copy.id.clone(), copy);
            self.dirty.insert(Resource::Events(calendar.to_owned()));
        }
    }
}
