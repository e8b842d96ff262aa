//! The books: what people were promised, who touched what in Google, and what the servers did there for it.

use std::collections::{BTreeMap, BTreeSet};

use model::{BookingId, BookingNumber, RoomNumber, TimeRange};
use sandbox::world::mail::Sent;
use sync::event_id::event_id;

use crate::call::Asked;
use crate::markers::Markers;
use crate::plan::{Fault, Kind};

/// How many writes one wish of a person may cost: a change of room is a deletion and an insert; and one to spare.
const WRITES_A_WISH: u32 = 3;
/// The same of a series: two halves of a split, and the dates that have something for themselves.
const WRITES_A_SERIES: u32 = 14;
/// How many more an answer that was lost, or an edit in Google, may cost.
const WRITES_A_MISHAP: u32 = 2;

/// What was promised of one booking.
#[derive(Clone, Debug)]
pub(crate) struct Promise {
    pub(crate) id: BookingId,
    pub(crate) number: BookingNumber,
    pub(crate) person: usize,
    pub(crate) title: String,
    pub(crate) private: bool,
    /// Somebody was invited with it.
    pub(crate) guests: bool,
    pub(crate) room: RoomNumber,
    pub(crate) range: TimeRange,
    /// A person cancelled it, here.
    pub(crate) cancelled: bool,
}

/// What was promised of one series: its dates, as they stood when somebody was last answered.
#[derive(Clone, Debug)]
pub(crate) struct Repeated {
    pub(crate) id: BookingId,
    pub(crate) number: BookingNumber,
    pub(crate) person: usize,
    /// Somebody was invited with it.
    pub(crate) guests: bool,
    /// None once it is cancelled.
    pub(crate) dates: Vec<Date>,
}

#[derive(Clone, Debug)]
pub(crate) struct Date {
    pub(crate) room: RoomNumber,
    pub(crate) range: TimeRange,
    pub(crate) title: String,
}

#[derive(Default)]
pub(crate) struct Books {
    /// By the first part of their ids at Google, which all generations share.
    pub(crate) promises: BTreeMap<String, Promise>,
    /// The same of series.
    pub(crate) series: BTreeMap<String, Repeated>,
    /// Intents that were sent, acknowledged or not.
    pub(crate) intents: BTreeSet<String>,
    /// Events that somebody edited in Google, by the id without its instance.
    pub(crate) touched: BTreeSet<String>,
    /// Of these, the ones that were deleted there and not brought back.
    pub(crate) deleted: BTreeSet<String>,
    /// Guests that people added in Google: event, address.
    pub(crate) invited: BTreeSet<(String, String)>,
    allowed: BTreeMap<String, u32>,
    written: BTreeMap<String, u32>,
    mailed: BTreeMap<(String, String), u32>,
    /// Until when a server was asked to leave a grant alone, and since when.
    rests: BTreeMap<(usize, String), (i64, i64)>,
    /// Nobody does anything: no write is due any more.
    pub(crate) quiet: bool,
    /// A delta was lied about; only a full pass can find what it hid.
    pub(crate) hidden: bool,
    /// Calls so far.
    pub(crate) calls: u64,
    pub(crate) violations: Vec<String>,
}

/// What came of a call.
pub(crate) struct Told<'a> {
    pub(crate) server: usize,
    pub(crate) fault: Option<Fault>,
    /// 0 without an answer.
    pub(crate) status: u16,
    pub(crate) mails: &'a [Sent],
    pub(crate) asked_at: i64,
}

/// What all ids of a booking at Google begin with.
pub(crate) fn key_of(id: BookingId) -> String {
    event_id(id, 0)
}

/// The event without its instance.
pub(crate) fn base(event: &str) -> &str {
    event.split('_').next().unwrap_or(event)
}

impl Books {
    /// A person wants something of this booking.
    pub(crate) fn wish(&mut self, key: &str) {
        self.intents.insert(key.to_owned());
        *self.allowed.entry(key.to_owned()).or_default() += WRITES_A_WISH;
    }

    /// A person wants something of this series.
    pub(crate) fn wish_series(&mut self, key: &str) {
        self.intents.insert(key.to_owned());
        *self.allowed.entry(key.to_owned()).or_default() += WRITES_A_SERIES;
    }

    /// Every booking of ours that somebody was told of, with its number.
    pub(crate) fn told_of(&self) -> impl Iterator<Item = (BookingId, BookingNumber)> {
        let single = self.promises.values().map(|one| (one.id, one.number));
        single.chain(self.series.values().map(|one| (one.id, one.number)))
    }

    /// What was promised, for whoever reads the story.
    pub(crate) fn promised(&self, key: &str) -> String {
        let single = self.promises.get(key).map(|one| format!("{one:?}"));
        single.or_else(|| self.series.get(key).map(|one| format!("{one:?}"))).unwrap_or_default()
    }

    /// Somebody edited an event in Google.
    pub(crate) fn touch(&mut self, event: &str) {
        let event = base(event).to_owned();
        let key = self.key(&event);
        *self.allowed.entry(key).or_default() += WRITES_A_MISHAP;
        self.touched.insert(event);
    }

    /// Of an event of ours, what its ids begin with; else the id.
    pub(crate) fn key(&self, event: &str) -> String {
        let start = event.get(..26).unwrap_or(event);
        if self.intents.contains(start) { start.to_owned() } else { event.to_owned() }
    }

    pub(crate) fn is_touched(&self, key: &str) -> bool {
        self.touched.range(key.to_owned()..).next().is_some_and(|event| event.starts_with(key))
    }

    pub(crate) fn broken(&mut self, what: String) {
        self.violations.push(what);
    }

    /// A server that died forgets what it was asked to leave alone.
    pub(crate) fn died(&mut self, server: usize) {
        self.rests.retain(|(of, _), _| *of != server);
    }

    pub(crate) fn called(&mut self, asked: &Asked, told: &Told<'_>, markers: &mut Markers) {
        self.calls += 1;
        mark(asked, told, markers);
        if matches!(told.fault, Some(Fault::LieEmpty | Fault::AbsentArrays | Fault::EmptyArrays))
            || matches!(told.fault, Some(Fault::NullArrays | Fault::WrongTypes | Fault::UnknownFields))
        {
            self.hidden |= matches!(asked.kind, Kind::List | Kind::Instances);
        }
        if asked.writes() {
            self.wrote(asked, told);
        }
        for mail in told.mails.iter().filter(|mail| mail.kind != "room_declined") {
            self.mailed(mail);
        }
    }

    /// A server was asked to leave a grant alone for `secs` (`Retry-After`), and knows it.
    pub(crate) fn rests(&mut self, server: usize, token: String, secs: i64, now: i64) {
        self.rests.insert((server, token), (now + secs.min(3_600) * 1_000_000, now));
    }

    fn wrote(&mut self, asked: &Asked, told: &Told<'_>) {
        let key = self.key(base(&asked.event));
        let what = || format!("{:?} {} on {}", asked.kind, asked.event, asked.calendar);
        if !self.intents.contains(&key) {
            self.broken(format!("wrote to an event that is none of ours: {}", what()));
        }
        if self.quiet {
            self.broken(format!("NO-ECHO: a write in a quiet time: {} {}", what(), asked.body));
        }
        if let Some((until, since)) = self.rests.get(&(told.server, asked.token.clone()))
            && told.asked_at > *since
            && told.asked_at < *until
        {
            self.broken(format!("Retry-After was not waited for: {}", what()));
        }
        if (200..300).contains(&told.status) {
            *self.written.entry(key.clone()).or_default() += 1;
        }
        if told.fault.is_some() || !(200..300).contains(&told.status) {
            *self.allowed.entry(key.clone()).or_default() += WRITES_A_MISHAP;
        }
        let (written, allowed) = (self.written.get(&key), self.allowed.get(&key));
        if written > allowed {
            self.broken(format!("NO-ECHO: {written:?} writes where {allowed:?} were called for: {}", what()));
        }
    }

    fn mailed(&mut self, mail: &Sent) {
        let key = self.key(base(&mail.event));
        if self.quiet {
            self.broken(format!("QUIET-REPAIR: a mail in a quiet time: {} of {}", mail.kind, mail.event));
        }
        let single = self.promises.get(&key).map(|promise| promise.guests);
        let invites = single.or(self.series.get(&key).map(|series| series.guests)).unwrap_or(true);
        if !invites && !self.is_touched(&key) {
            self.broken(format!(
                "QUIET-REPAIR: a mail of a booking without guests: {} to {}",
                mail.kind, mail.to
            ));
        }
        let count = self.mailed.entry((key.clone(), mail.to.clone())).or_default();
        *count += 1;
        if Some(&*count) > self.allowed.get(&key) {
            let count = *count;
            self.broken(format!("QUIET-REPAIR: {count} mails to one guest of {}", mail.event));
        }
    }
}

fn mark(asked: &Asked, told: &Told<'_>, markers: &mut Markers) {
    let marker = match (asked.kind, told.status) {
        (Kind::Insert, 200) => "insert.done",
        (Kind::Insert, 409) => "insert.taken",
        (Kind::Insert, 0) => "insert.unknown",
        (Kind::Patch, 200) => "patch.done",
        (Kind::Patch, 412) => "patch.changed_meanwhile",
        (Kind::Patch, 404 | 410) => "patch.gone",
        (Kind::Patch, 0) => "patch.unknown",
        (Kind::Delete, 204) => "delete.done",
        (Kind::Delete, 410) => "delete.gone",
        (Kind::Delete, 404) => "delete.not_found",
        (Kind::Delete, 412) => "delete.changed_meanwhile",
        (Kind::Delete, 0) => "delete.unknown",
        (Kind::Get, 200) => "get.done",
        (Kind::Get, 404) => "get.not_found",
        (Kind::List, 200) if asked.with_page_token && asked.with_sync_token => "list.delta_next_page",
        (Kind::List, 200) if asked.with_page_token => "list.full_next_page",
        (Kind::List, 200) if asked.with_sync_token => "list.delta",
        (Kind::List, 200) => "list.full",
        (Kind::List, 410) if asked.with_page_token => "list.token_void_on_next_page",
        (Kind::List, 410) => "list.token_void",
        (Kind::List, 403 | 404) => "list.no_access",
        (Kind::Instances, 200) => "instances.done",
        (Kind::Batch, 200) => "batch.done",
        (Kind::Watch, 200) => "watch.done",
        (Kind::Stop, 204) => "stop.done",
        (Kind::Stop, 404) => "stop.unknown_channel",
        (Kind::Token, 200) => "token.refreshed",
        (Kind::Token, 400) => "token.revoked",
        (_, 401) => "call.unauthorized",
        _ => return,
    };
    markers.hit(marker);
}
