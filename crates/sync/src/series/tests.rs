//! A series against a calendar in memory: wherever a push dies, Google ends with the dates that are wanted, each once.

use std::collections::{BTreeMap, BTreeSet};

use calendar::recurrence::{Budget, Length, Recurrence, Start};
use calendar::series::steps::{Call, steps};
use calendar::series::{
    Change, Details, Edit, Master, Move, Override, Overrides, Own, Plan, Request, Retime, Scope, edit,
};
use calendar::zone::Tz;
use chrono::{NaiveDate, TimeDelta};
use model::Instant;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::port::{Failure, Outcome};
use crate::push;
use crate::testing::{FakeCalendars, at, event};

const MINA: &str = "mina@hanbit.example";
const ROOM: &str = "halla@resource.calendar.google.com";
const ZONE: Tz = calendar::zone::DEFAULT_ZONE;
const FIRST: push::Attempt = push::Attempt { failed: 0, calls: 0, entropy: 7, now: Instant::from_micros(0) };

fn booking(number: u128) -> BookingId {
    BookingId(uuid::Uuid::from_u128(0x0190_1234_5678_7abc_8def_0123_4567_0000 + number))
}

/// Google's calendar with series: instances that nobody touched, and exceptions that go with their slot.
#[derive(Default)]
struct Google {
    calendars: FakeCalendars,
    calls: usize,
}

fn rule_of(master: &Value) -> Option<Recurrence> {
    let start = Start::Zoned { wall: Slot::starting_at(clock(&master["start"]), ZONE).wall(), zone: ZONE };
    let lines: Vec<String> = serde_json::from_value(master["recurrence"].clone()).ok()?;
    Recurrence::read_strict(start, &lines).ok()
}

fn clock(time: &Value) -> Instant {
    at(time["dateTime"].as_str().unwrap())
}

/// Google says wall times with their offset.
fn with_offsets(mut body: Value) -> Value {
    for name in ["start", "end"] {
        if let Some(text) = body[name]["dateTime"].as_str().filter(|text| text.len() == 19) {
            body[name]["dateTime"] = json!(format!("{text}+09:00"));
        }
    }
    body.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    body
}

fn slot_of(id: &str) -> Option<Slot> {
    let at = chrono::NaiveDateTime::parse_from_str(id.split_once('_')?.1, "%Y%m%dT%H%M%SZ").ok()?;
    Some(Slot::starting_at(Instant::from_chrono(&at.and_utc()), ZONE))
}

impl Google {
    fn master_of(&self, id: &str) -> Option<Value> {
        let series = id.split_once('_')?.0;
        let master = self.calendars.events.get(&(MINA.to_owned(), series.to_owned()))?;
        (master["status"] != "cancelled").then(|| master.clone())
    }

    fn instance(&self, id: &str) -> Option<Value> {
        let (master, slot) = (self.master_of(id)?, slot_of(id)?);
        if !rule_of(&master)?.contains(slot, Budget::DEFAULT).unwrap() {
            return None;
        }
        let mut raw = master.clone();
        raw.as_object_mut().unwrap().remove("recurrence");
        let length = clock(&master["end"]).since(clock(&master["start"]));
        let start = slot.instant(ZONE);
        raw["id"] = json!(id);
        raw["recurringEventId"] = master["id"].clone();
        raw["originalStartTime"] = json!({ "dateTime": start.to_rfc3339() });
        raw["start"] = json!({ "dateTime": start.to_rfc3339() });
        raw["end"] = json!({ "dateTime": start.plus_micros(length).to_rfc3339() });
        Some(raw)
    }

    fn call(&mut self, op: &RemoteOp) -> Outcome {
        self.calls += 1;
        let key = |id: &String| (MINA.to_owned(), id.clone());
        match op {
            RemoteOp::EventGet { event: id, .. } | RemoteOp::EventPatch { event: id, .. }
                if id.contains('_') && !self.calendars.events.contains_key(&key(id)) =>
            {
                let Some(raw) = self.instance(id) else { return Outcome::Failed(Failure::NotFound) };
                let RemoteOp::EventPatch { if_match, .. } = op else {
                    return Outcome::Event(Box::new(event(&raw)));
                };
                if if_match.as_deref() != raw["etag"].as_str() {
                    return Outcome::Failed(Failure::PreconditionFailed);
                }
                self.calendars.events.insert(key(id), raw);
            }
            _ => {}
        }
        // A cancelled date may be brought back, unlike a deleted event.
        if let RemoteOp::EventPatch { event: id, .. } = op
            && id.contains('_')
            && self.calendars.events[&key(id)]["status"] == "cancelled"
        {
            let held = self.calendars.events.get_mut(&key(id)).unwrap();
            held.as_object_mut().unwrap().remove("status");
        }
        let mut sent = op.clone();
        if let RemoteOp::EventInsert { body, .. } | RemoteOp::EventPatch { patch: body, .. } = &mut sent {
            *body = with_offsets(body.take());
        }
        let outcome = self.calendars.call(&sent);
        if let RemoteOp::EventPatch { event: id, patch, .. } = op
            && matches!(outcome, Outcome::Event(_))
            && !id.contains('_')
        {
            self.carry(id, patch);
        }
        self.nobody_meets_in_a_room();
        outcome
    }

    /// Exceptions go when the rule has their slot no more; they take the rooms that their series gets.
    fn carry(&mut self, series: &str, patch: &Value) {
        let master = self.calendars.events[&(MINA.to_owned(), series.to_owned())].clone();
        let Some(rule) = rule_of(&master) else { return };
        let ids: Vec<String> = self.calendars.events.keys().map(|(_, id)| id.clone()).collect();
        for id in ids.iter().filter(|id| id.split_once('_').is_some_and(|(of, _)| of == series)) {
            let kept = rule.contains(slot_of(id).unwrap(), Budget::DEFAULT).unwrap();
            self.calendars.edit(MINA, id, |raw| {
                if !kept {
                    raw["status"] = json!("cancelled");
                } else if !patch["attendees"].is_null() {
                    raw["attendees"] = patch["attendees"].clone();
                }
            });
        }
    }

    /// What is on, as `(start, end, title, rooms)`.
    fn dates(&self) -> Vec<(Instant, Instant, String, Vec<String>)> {
        let mut dates = Vec::new();
        let tell = |raw: &Value| {
            let rooms = push::attendees(raw).iter().filter(|one| one["resource"] == true);
            let rooms: Vec<String> = rooms.map(|one| one["email"].as_str().unwrap().to_owned()).collect();
            let title = raw["summary"].as_str().unwrap_or_default().to_owned();
            (clock(&raw["start"]), clock(&raw["end"]), title, rooms)
        };
        for ((_, id), raw) in &self.calendars.events {
            if raw["status"] == "cancelled" {
                continue;
            }
            if id.contains('_') {
                if self.master_of(id).is_some() {
                    dates.push(tell(raw));
                }
                continue;
            }
            for slot in rule_of(raw).unwrap().all(Budget::DEFAULT).unwrap() {
                let instance = instance_id(id, slot);
                if !self.calendars.events.contains_key(&(MINA.to_owned(), instance.clone())) {
                    dates.push(tell(&self.instance(&instance).unwrap()));
                }
            }
        }
        dates.sort();
        dates
    }

    /// Else Google's room would decline one of the two.
    fn nobody_meets_in_a_room(&self) {
        let held: Vec<_> = self.dates().into_iter().filter(|date| !date.3.is_empty()).collect();
        for pair in held.windows(2) {
            assert!(pair[0].1 <= pair[1].0, "two in the room at once: {pair:#?}");
        }
    }
}

/// One series and what is stored of its push.
#[derive(Clone)]
struct Half {
    wanted: Wanted,
    copy: Option<CopySeen>,
    sent: bool,
    ready: bool,
    done: bool,
}

impl Half {
    fn new(number: u128, part: Part, changed: Fields) -> Self {
        let first = part.master.recurrence.start().slot().instant(ZONE);
        let wanted = Wanted {
            booking: booking(number),
            generation: 0,
            range: TimeRange::new(first, first.plus_minutes(60)).unwrap(),
            dates: BTreeSet::new(),
            retitled: BTreeSet::new(),
            ids: BTreeMap::new(),
            private: false,
            host: Host::Person { calendar: MINA.into() },
            renews: changed,
            changed,
            uninvited: vec![],
            left_rooms: vec![],
            hold_back: false,
            taken_off: false,
            dates_off: BTreeSet::new(),
            quiet: false,
            cancelled: false,
            part,
        };
        Self { wanted, copy: None, sent: false, ready: false, done: false }
    }

    /// A job, as `booking` runs it; `false` where it died.
    fn run(&mut self, google: &mut Google, dies_at: Option<usize>) -> bool {
        let mut wanted = self.wanted.clone();
        let (mut date, mut said, mut fresh) = (None, BTreeSet::new(), false);
        for _ in 0..200 {
            let copy = self.copy.clone().map(|copy| CopySeen { fresh, ..copy });
            let read = date.as_ref().map(|(slot, copy)| (*slot, copy));
            let (op, about) = match plan(&wanted, copy.as_ref(), read, &said, self.sent).unwrap() {
                Next::Call(op, about) => (op, about),
                Next::Said(slot) => {
                    self.say(slot, &wanted, &mut said);
                    continue;
                }
                Next::Waits => {
                    self.ready = true;
                    return true;
                }
                Next::Done => {
                    self.done = true;
                    return true;
                }
            };
            self.sent = true;
            let outcome = google.call(&op);
            if dies_at == Some(google.calls) {
                return false;
            }
            match settle(&wanted, about, copy.as_ref(), &op, outcome, FIRST) {
                Effect::Series(push::Effect::Store { event, done }) => {
                    self.copy = Some(seen(&event.raw.json()));
                    fresh = true;
                    if done {
                        wanted.changed = Fields { room: wanted.hold_back, ..Fields::NONE };
                    }
                }
                Effect::Series(push::Effect::Removed) => {
                    self.done = true;
                    return true;
                }
                Effect::Series(push::Effect::Fetch(op)) => {
                    let outcome = google.call(&op);
                    if dies_at == Some(google.calls) {
                        return false;
                    }
                    match settle(&wanted, about, copy.as_ref(), &op, outcome, FIRST) {
                        Effect::Series(push::Effect::Store { event, .. }) => {
                            self.copy = Some(seen(&event.raw.json()))
                        }
                        other => panic!("{other:?}"),
                    }
                    fresh = true;
                }
                Effect::Date { slot, written: true, .. } => self.say(slot, &wanted, &mut said),
                Effect::Date { slot, event, written: false } => date = Some((slot, seen(&event.raw.json()))),
                Effect::DateAbsent(slot) => self.say(slot, &wanted, &mut said),
                Effect::ReadAgain(_) => date = None,
                other => panic!("{other:?} of {op:?}"),
            }
        }
        panic!("it does not end");
    }

    fn say(&mut self, slot: Slot, wanted: &Wanted, said: &mut BTreeSet<Slot>) {
        said.insert(slot);
        let live = wanted.part.overrides.get(&slot).is_some_and(|one| !one.is_cancelled());
        if !(wanted.hold_back && live) {
            self.wanted.dates.remove(&slot);
        }
    }
}

fn seen(raw: &Value) -> CopySeen {
    let event = event(raw);
    CopySeen {
        calendar: MINA.into(),
        google_id: event.id,
        etag: event.etag,
        raw: event.raw.json(),
        fresh: true,
    }
}

/// Both halves of a split (or one series), in turns that begin with `first`; the run dies once, after `dies_at` calls.
fn bring(google: &mut Google, halves: &mut [Half], first: usize, dies_at: Option<usize>) {
    for turn in first..first + 40 {
        if halves.iter().all(|half| half.done) {
            return;
        }
        let at = turn % halves.len();
        if halves[at].done {
            continue;
        }
        // As the rows of the outbox say: the old one waits until the new one is there, the new one for its rooms.
        let is_split = halves.len() == 2;
        if is_split && at == 0 && !halves[1].ready && !halves[1].done {
            continue;
        }
        halves[at].wanted.hold_back = is_split && at == 1 && !halves[0].done;
        halves[at].run(google, dies_at);
    }
    panic!("it does not end");
}

fn wanted_dates(parts: &[&Part]) -> Vec<(Instant, Instant, String, Vec<String>)> {
    let all = TimeRange::new(at("2026-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z")).unwrap();
    let of = |part: &&Part| part.master.overlapping(&part.overrides, all, Budget::DEFAULT).unwrap();
    let mut dates: Vec<_> = parts
        .iter()
        .flat_map(of)
        .map(|one| {
            let range = one.range(ZONE).unwrap();
            (range.start(), range.end(), one.details.title, one.details.rooms.into_iter().collect())
        })
        .collect();
    dates.sort();
    dates
}

fn weekly(number: u128, count: u32) -> Part {
    let wall = NaiveDate::from_ymd_opt(2026, 12, 7).unwrap().and_hms_opt(10, 0, 0).unwrap();
    let start = Start::Zoned { wall, zone: ZONE };
    let lines = [format!("RRULE:FREQ=WEEKLY;COUNT={count}")];
    Part {
        master: Master {
            id: event_id(booking(number), 0),
            calendar_zone: ZONE,
            recurrence: Recurrence::read_strict(start, &lines).unwrap(),
            length: Length::Elapsed(3_600_000_000),
            details: Details {
                title: "주간 회의".into(),
                people: ["jun@hanbit.example".to_owned()].into(),
                rooms: [ROOM.to_owned()].into(),
            },
        },
        overrides: Overrides::new(),
    }
}

fn slots(part: &Part) -> Vec<Slot> {
    part.master.recurrence.all(Budget::DEFAULT).unwrap()
}

/// The words that `booking` writes for a plan: which dates of which half are to be said.
fn tell_dates(before: &Part, plan: &Plan, halves: &mut [Half]) {
    for step in steps(before, plan).unwrap() {
        let Call::Instance(event) = step.call else { continue };
        let slot =
            Slot::starting_at(at(event.original_start_time.unwrap().date_time.as_deref().unwrap()), ZONE);
        let id = event.recurring_event_id.unwrap();
        let half = halves.iter_mut().find(|half| half.wanted.part.master.id == id).unwrap();
        half.wanted.dates.insert(slot);
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Regular,
    Cancelled,
    Later,
    Named,
}

fn exceptions(part: &mut Part, kinds: &[Kind]) {
    for (slot, kind) in slots(part).into_iter().zip(kinds) {
        let own = match kind {
            Kind::Regular => continue,
            Kind::Cancelled => {
                part.overrides.insert(slot, Override::Cancelled);
                continue;
            }
            Kind::Later => Own {
                start: Some(Slot::starting_at(slot.instant(ZONE).plus_minutes(180), ZONE)),
                ..Own::default()
            },
            Kind::Named => Own { title: Some("다른 이름".into()), ..Own::default() },
        };
        part.overrides.insert(slot, Override::Changed(own));
    }
}

/// A series that is at Google already, with its exceptions.
fn settled(part: &Part) -> (Google, Half) {
    let mut google = Google::default();
    let mut half = Half::new(1, part.clone(), Fields::ALL);
    half.wanted.dates = part.overrides.keys().copied().collect();
    let mut halves = [half];
    bring(&mut google, &mut halves, 0, None);
    assert_eq!(google.dates(), wanted_dates(&[part]));
    let [half] = halves;
    (google, Half { done: false, ..half })
}

/// The edit, brought to Google; how many calls it took.
fn edited(
    part: &Part,
    wish: &Edit,
    scope: Scope,
    cut: usize,
    first: usize,
    dies_after: Option<usize>,
) -> Option<usize> {
    let (mut google, old_half) = settled(part);
    let begun = google.calls;
    let new_id = event_id(booking(2), 0);
    let request =
        Request { edit: wish, scope, at: slots(part)[cut], now: at("2026-12-01T00:00:00Z"), new_id: &new_id };
    let plan = edit(&part.master, &part.overrides, &request).ok()?;
    let old = plan.old.clone()?;
    let (was, is) = (&part.master, &old.master);
    let changed = Fields {
        title: was.details.title != is.details.title,
        time: was.recurrence.lines() != is.recurrence.lines()
            || was.recurrence.start() != is.recurrence.start(),
        ..Fields::NONE
    };
    let copy = old_half.copy;
    let mut halves = vec![Half { copy, sent: true, ..Half::new(1, old.clone(), changed) }];
    if let Some(new) = &plan.new {
        halves.push(Half::new(2, new.clone(), Fields::ALL));
        halves[0].wanted.quiet = true;
    }
    tell_dates(part, &plan, &mut halves);
    bring(&mut google, &mut halves, first, dies_after.map(|calls| begun + calls));
    let parts: Vec<&Part> = [Some(&old), plan.new.as_ref()].into_iter().flatten().collect();
    assert_eq!(google.dates(), wanted_dates(&parts), "{scope:?} at {cut}, died after {dies_after:?}");
    let masters = google.calendars.live().into_iter().filter(|raw| !raw["recurrence"].is_null()).count();
    assert_eq!(masters, parts.len(), "no series is left over or doubled");
    Some(google.calls - begun)
}

fn later(minutes: i64) -> Edit {
    let start = Some(Move::By(TimeDelta::minutes(minutes)));
    let time = Some(Retime { start, length: None });
    Edit::Change(Box::new(Change { time, ..Change::default() }))
}

fn named() -> Edit {
    Edit::Change(Box::new(Change { title: Some("새 이름".into()), ..Change::default() }))
}

#[test]
fn a_new_series_is_one_event() {
    let mut google = Google::default();
    let mut halves = [Half::new(1, weekly(1, 5), Fields::ALL)];
    bring(&mut google, &mut halves, 0, None);
    assert_eq!(google.calls, 1, "one insert, and nothing is read");
    let raw = google.calendars.live()[0];
    assert_eq!(raw["recurrence"], json!(["RRULE:FREQ=WEEKLY;COUNT=5"]));
    assert_eq!(raw["start"], json!({ "dateTime": "2026-12-07T10:00:00+09:00", "timeZone": "Asia/Seoul" }));
    assert_eq!(raw["attendees"][0], json!({ "email": ROOM, "resource": true }));
    // The same again asks for nothing.
    halves[0].done = false;
    bring(&mut google, &mut halves, 0, None);
    assert_eq!(google.calls, 2, "its lists are read, nothing is written");
}

#[test]
fn an_insert_whose_answer_was_lost_is_adopted() {
    let mut google = Google::default();
    let mut halves = [Half::new(1, weekly(1, 5), Fields::ALL)];
    bring(&mut google, &mut halves, 0, Some(1));
    assert_eq!(google.calendars.live().len(), 1);
    assert_eq!(google.dates(), wanted_dates(&[&weekly(1, 5)]));
}

/// Every place at which each kind of edit can die, one after the other.
#[test]
fn a_push_may_die_after_any_call() {
    let mut part = weekly(1, 6);
    exceptions(
        &mut part,
        &[Kind::Regular, Kind::Later, Kind::Regular, Kind::Cancelled, Kind::Later, Kind::Named],
    );
    let mut deaths = 0;
    for (wish, scope) in [
        (later(60), Scope::This),
        (later(60), Scope::Following),
        (later(60), Scope::All),
        (named(), Scope::Following),
        (named(), Scope::All),
        (Edit::Cancel, Scope::This),
        (Edit::Cancel, Scope::Following),
    ] {
        for first in [0, 1] {
            let calls = edited(&part, &wish, scope, 2, first, None).unwrap();
            for dies_after in 1..=calls {
                edited(&part, &wish, scope, 2, first, Some(dies_after));
                deaths += 1;
            }
        }
    }
    assert!(deaths > 60, "{deaths}");
}

/// The order that decisions 14 asks for, in the calls themselves.
#[test]
fn a_split_gives_the_rooms_last() {
    let part = weekly(1, 4);
    let (mut google, old_half) = settled(&part);
    let new_id = event_id(booking(2), 0);
    let wish = named();
    let request = Request {
        edit: &wish,
        scope: Scope::Following,
        at: slots(&part)[2],
        now: at("2026-12-01T00:00:00Z"),
        new_id: &new_id,
    };
    let plan = edit(&part.master, &part.overrides, &request).unwrap();
    let time = Fields { time: true, ..Fields::NONE };
    let old = Half { copy: old_half.copy, sent: true, ..Half::new(1, plan.old.clone().unwrap(), time) };
    let mut halves = [old, Half::new(2, plan.new.clone().unwrap(), Fields::ALL)];
    let rooms = |google: &Google, id: &str| {
        let raw = &google.calendars.events[&(MINA.to_owned(), id.to_owned())];
        push::attendees(raw).iter().filter(|one| one["resource"] == true).count()
    };
    halves[1].wanted.hold_back = true;
    halves[1].run(&mut google, None);
    assert!(halves[1].ready && !halves[1].done);
    assert_eq!(rooms(&google, &new_id), 0, "the old one still has the room");
    halves[0].run(&mut google, None);
    halves[1].wanted.hold_back = false;
    halves[1].run(&mut google, None);
    assert_eq!(rooms(&google, &new_id), 1);
    let ended = &google.calendars.events[&(MINA.to_owned(), event_id(booking(1), 0))]["recurrence"];
    assert_eq!(*ended, json!(["RRULE:FREQ=WEEKLY;UNTIL=20261221T005959Z"]));
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![4 => Just(Kind::Regular), 1 => Just(Kind::Cancelled), 1 => Just(Kind::Later), 1 => Just(Kind::Named)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// No ghosts, no doubles, wherever it dies.
    #[test]
    fn any_edit_of_any_series_arrives(
        kinds in prop::collection::vec(kind(), 3..9),
        cut in any::<prop::sample::Index>(),
        scope in prop_oneof![Just(Scope::This), Just(Scope::Following), Just(Scope::All)],
        wish in prop_oneof![Just(later(45)), Just(later(1_440)), Just(later(-30)), Just(named()), Just(Edit::Cancel)],
        first in 0_usize..2,
        dies_after in 1_usize..40,
    ) {
        let mut part = weekly(1, u32::try_from(kinds.len()).unwrap());
        exceptions(&mut part, &kinds);
        edited(&part, &wish, scope, cut.index(kinds.len()), first, Some(dies_after));
    }
}
