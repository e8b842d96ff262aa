//! Push against a calendar in memory: whatever is lost on the way, one event results and nobody's edit is trampled.

use model::{BookingId, Instant, TimeRange};
use serde_json::{Value, json};

use super::*;
use crate::event_id::event_id;
use crate::port::{Failure, Outcome};
use crate::testing::{FakeCalendars, at, event};

mod not_found;
mod storms;

const PERSON: &str = "mina@hanbit.example";
const ROOM: &str = "halla@resource.calendar.google.com";
const OTHER_ROOM: &str = "jiri@resource.calendar.google.com";

fn booking() -> BookingId {
    BookingId(uuid::Uuid::from_u128(0x0190_1234_5678_7abc_8def_0123_4567_89ab))
}

fn range(start: &str, minutes: i64) -> TimeRange {
    TimeRange::new(at(start), at(start).plus_minutes(minutes)).unwrap()
}

fn wanted() -> Desired {
    Desired {
        booking: booking(),
        generation: 0,
        title: "주간 회의".into(),
        private: false,
        range: range("2026-11-23T14:00:00+09:00", 30),
        zone: "Asia/Seoul".into(),
        way: Way::AsPerson { calendar: PERSON.into(), room_email: ROOM.into() },
        guests: vec!["jun@hanbit.example".into()],
        uninvited: vec![],
        left_room: None,
        taken_off: false,
        changed: Fields::ALL,
        cancelled: false,
    }
}

fn as_room(desired: Desired) -> Desired {
    Desired {
        way: Way::AsRoom {
            calendar: ROOM.into(),
            organizer_name: "김민아".into(),
            organizer_email: "mina@hanbit.example".into(),
        },
        ..desired
    }
}

fn seen(calendar: &str, raw: &Value) -> CopySeen {
    let event = event(raw);
    CopySeen {
        calendar: calendar.to_owned(),
        google_id: event.id,
        etag: event.etag,
        raw: event.raw.json(),
        fresh: true,
    }
}

/// How a row ended.
#[derive(Debug, PartialEq)]
enum End {
    Done,
    Removed,
    RemoteCancelled,
    Rest(Effect),
}

/// After so many calls.
fn attempt(calls: u32) -> Attempt {
    Attempt { failed: calls, calls, entropy: u64::from(calls), now: Instant::from_secs(0) }
}

/// What the outbox keeps of a row; the loop is the one that `booking` runs.
struct Row {
    desired: Desired,
    copy: Option<CopySeen>,
    sent: bool,
    attempt: u32,
}

impl Row {
    fn new(desired: Desired) -> Self {
        Self { desired, copy: None, sent: false, attempt: 0 }
    }

    /// `call` may lie.
    fn run(&mut self, mut call: impl FnMut(&RemoteOp) -> Outcome) -> End {
        if let Some(copy) = &mut self.copy {
            copy.fresh = false;
        }
        let mut next = plan(&self.desired, self.copy.as_ref(), self.sent);
        for _ in 0..60 {
            let Next::Call(op) = next else { return End::Done };
            self.sent |= matches!(op, RemoteOp::EventInsert { .. });
            let outcome = call(&op);
            let effect = settle(&self.desired, self.copy.as_ref(), &op, outcome, attempt(self.attempt));
            self.attempt += 1;
            next = match effect {
                Effect::Store { event, done } => {
                    let calendar = match &op {
                        RemoteOp::EventInsert { calendar, .. }
                        | RemoteOp::EventPatch { calendar, .. }
                        | RemoteOp::EventGet { calendar, .. } => calendar.clone(),
                        other => panic!("stored after {other:?}"),
                    };
                    self.copy = Some(seen(&calendar, &event.raw.json()));
                    if done {
                        self.desired.changed = Fields::NONE;
                    }
                    plan(&self.desired, self.copy.as_ref(), self.sent)
                }
                Effect::Fetch(op) => Next::Call(op),
                Effect::NextGeneration => {
                    self.copy = None;
                    self.sent = false;
                    self.desired.generation += 1;
                    self.desired.changed = Fields::ALL;
                    plan(&self.desired, None, false)
                }
                Effect::Stale { .. } => {
                    self.copy.as_mut().unwrap().etag = None;
                    return End::Rest(effect);
                }
                Effect::Removed => return End::Removed,
                Effect::RemoteCancelled => return End::RemoteCancelled,
                other => return End::Rest(other),
            };
        }
        panic!("goes round and round")
    }

    /// Again and again, as the outbox does, until it rests no more.
    fn finish(&mut self, google: &mut FakeCalendars) -> End {
        for _ in 0..8 {
            match self.run(|op| google.call(op)) {
                End::Rest(Effect::Retry { .. } | Effect::Stale { .. }) => {}
                end => return end,
            }
        }
        panic!("never ends")
    }
}

fn patch_of(next: Next) -> Value {
    match next {
        Next::Call(RemoteOp::EventPatch { patch, if_match: Some(_), .. }) => patch,
        other => panic!("no patch: {other:?}"),
    }
}

#[test]
fn an_insert_as_the_person_names_the_room_first() {
    let mut desired = wanted();
    desired.private = true;
    let Next::Call(RemoteOp::EventInsert { calendar, body, notify }) = plan(&desired, None, false) else {
        panic!()
    };
    assert_eq!(calendar, PERSON);
    assert_eq!(notify, Notify::All);
    assert_eq!(
        body,
        json!({
            "id": event_id(booking(), 0),
            "summary": "주간 회의",
            "start": { "dateTime": "2026-11-23T05:00:00Z", "timeZone": "Asia/Seoul" },
            "end": { "dateTime": "2026-11-23T05:30:00Z", "timeZone": "Asia/Seoul" },
            "visibility": "private",
            "attendees": [{ "email": ROOM, "resource": true }, { "email": "jun@hanbit.example" }],
            "extendedProperties": { "private": { "roomly_booking_id": booking().to_string() } },
        })
    );
}

#[test]
fn an_insert_as_the_room_invites_whoever_booked() {
    let Next::Call(RemoteOp::EventInsert { calendar, body, notify }) = plan(&as_room(wanted()), None, false)
    else {
        panic!()
    };
    assert_eq!((calendar.as_str(), notify), (ROOM, Notify::All));
    assert_eq!(body["description"], "예약: 김민아");
    assert_eq!(
        body["attendees"],
        json!([
            { "email": "mina@hanbit.example", "responseStatus": "accepted" },
            { "email": "jun@hanbit.example" },
        ])
    );
    assert_eq!(body.get("visibility"), None);
}

#[test]
fn without_guests_nobody_is_told() {
    let desired = Desired { guests: vec![], ..wanted() };
    assert!(matches!(
        plan(&desired, None, false),
        Next::Call(RemoteOp::EventInsert { notify: Notify::None, .. })
    ));
}

#[test]
fn equal_instants_in_other_clothes_are_equal() {
    let raw = json!({
        "id": "x", "etag": "\"1\"", "summary": "주간 회의", "visibility": "default",
        "start": { "dateTime": "2026-11-23T00:00:00-05:00", "timeZone": "America/New_York" },
        "end": { "dateTime": "2026-11-23T05:30:00.000Z" },
        "attendees": [{ "email": "JUN@hanbit.example" }, { "email": ROOM, "responseStatus": "accepted" }],
    });
    assert_eq!(plan(&wanted(), Some(&seen(PERSON, &raw)), true), Next::Done);
}

#[test]
fn only_what_was_changed_here_is_written() {
    let raw = json!({
        "id": "x", "etag": "\"1\"", "summary": "누가 고친 제목", "visibility": "private", "location": "어딘가",
        "start": { "dateTime": "2026-11-23T15:00:00+09:00" }, "end": { "dateTime": "2026-11-23T15:30:00+09:00" },
        "attendees": [],
    });
    let mut desired = wanted();
    desired.changed = Fields { time: true, ..Fields::NONE };
    assert_eq!(
        patch_of(plan(&desired, Some(&seen(PERSON, &raw)), true)),
        json!({
            "start": { "dateTime": "2026-11-23T05:00:00Z", "timeZone": "Asia/Seoul" },
            "end": { "dateTime": "2026-11-23T05:30:00Z", "timeZone": "Asia/Seoul" },
        })
    );
    // Longer by a quarter of an hour: the start is not mentioned.
    desired.range = range("2026-11-23T15:00:00+09:00", 45);
    assert_eq!(
        patch_of(plan(&desired, Some(&seen(PERSON, &raw)), true)),
        json!({ "end": { "dateTime": "2026-11-23T06:45:00Z", "timeZone": "Asia/Seoul" } })
    );
    desired.changed = Fields::NONE;
    assert_eq!(plan(&desired, Some(&seen(PERSON, &raw)), true), Next::Done);
}

#[test]
fn clearing_and_leaving_all_day() {
    let raw = json!({
        "id": "x", "etag": "\"1\"", "summary": "a", "visibility": "confidential",
        "start": { "date": "2026-11-23" }, "end": { "date": "2026-11-24" },
    });
    let desired = Desired {
        title: String::new(),
        guests: vec![],
        changed: Fields { title: true, time: true, private: true, ..Fields::NONE },
        ..wanted()
    };
    assert_eq!(
        patch_of(plan(&desired, Some(&seen(PERSON, &raw)), true)),
        json!({
            "summary": null,
            "start": { "dateTime": "2026-11-23T05:00:00Z", "timeZone": "Asia/Seoul", "date": null },
            "end": { "dateTime": "2026-11-23T05:30:00Z", "timeZone": "Asia/Seoul", "date": null },
            "visibility": "default",
        })
    );
}

#[test]
fn another_room_is_a_fresh_attendee_and_the_others_stay_verbatim() {
    let guest =
        json!({ "email": "jun@hanbit.example", "responseStatus": "accepted", "comment": "늦어요", "x": [1] });
    let added = json!({ "email": "guest@elsewhere.example", "optional": true, "additionalGuests": 2 });
    let equipment = json!({ "email": "beamer@resource.calendar.google.com", "resource": true });
    let old = json!({ "email": OTHER_ROOM, "resource": true, "responseStatus": "accepted" });
    let raw = json!({ "id": "x", "etag": "\"1\"", "attendees": [old, guest, added, equipment] });
    let mut desired = wanted();
    desired.changed = Fields { room: true, ..Fields::NONE };
    desired.left_room = Some(OTHER_ROOM.into());
    assert_eq!(
        patch_of(plan(&desired, Some(&seen(PERSON, &raw)), true)),
        json!({ "attendees": [{ "email": ROOM, "resource": true }, guest, added, equipment] })
    );
    // Not knowing which one is left, all rooms are.
    desired.left_room = None;
    assert_eq!(
        patch_of(plan(&desired, Some(&seen(PERSON, &raw)), true)),
        json!({ "attendees": [{ "email": ROOM, "resource": true }, guest, added] })
    );
}

#[test]
fn a_partial_attendee_list_is_never_written_back() {
    let raw =
        json!({ "id": "x", "etag": "\"1\"", "attendeesOmitted": true, "attendees": [{ "email": PERSON }] });
    assert!(matches!(
        plan(&wanted(), Some(&seen(PERSON, &raw)), true),
        Next::Call(RemoteOp::EventGet { .. })
    ));
}

#[test]
fn guests_come_and_go_and_the_others_stay_verbatim() {
    let room = json!({ "email": ROOM, "resource": true, "responseStatus": "accepted" });
    let stays = json!({ "email": "jun@hanbit.example", "responseStatus": "tentative", "comment": "늦어요" });
    let goes = json!({ "email": "Sora@hanbit.example", "responseStatus": "accepted" });
    let invited_in_google = json!({ "email": "gast@elsewhere.example", "optional": true });
    let raw = json!({ "id": "x", "etag": "\"1\"", "attendees": [room, stays, goes, invited_in_google] });
    let mut desired = wanted();
    desired.guests.push("neu@hanbit.example".into());
    // A room is no guest, however it is named.
    desired.uninvited = vec!["sora@hanbit.example".into(), ROOM.into(), "niemand@hanbit.example".into()];
    desired.changed = Fields { guests: true, ..Fields::NONE };
    let copy = seen(PERSON, &raw);
    let next = plan(&desired, Some(&copy), true);
    let Next::Call(RemoteOp::EventPatch { notify, .. }) = &next else { panic!("{next:?}") };
    assert_eq!(*notify, Notify::All, "who is uninvited hears of it");
    assert_eq!(
        patch_of(next),
        json!({ "attendees": [room, stays, invited_in_google, { "email": "neu@hanbit.example" }] })
    );
    // A list that was kept since an earlier push is read first.
    let kept = CopySeen { fresh: false, ..copy };
    assert_eq!(plan(&desired, Some(&kept), true), Next::Call(read_copy(&kept)));
    // Taken off and invited again before anything was sent: nothing to do.
    let raw = json!({ "id": "x", "etag": "\"1\"", "attendees": [room, goes] });
    desired.guests = vec!["sora@hanbit.example".into()];
    assert_eq!(plan(&desired, Some(&seen(PERSON, &raw)), true), Next::Done);
}

#[test]
fn as_the_room_guests_are_added_and_words_are_left_alone() {
    let raw = json!({
        "id": "x", "etag": "\"1\"", "description": "예약: 김민아\n안건: 예산",
        "attendees": [{ "email": "a@b.example", "responseStatus": "declined" }],
    });
    let mut desired = as_room(wanted());
    desired.changed = Fields { guests: true, ..Fields::NONE };
    assert_eq!(
        patch_of(plan(&desired, Some(&seen(ROOM, &raw)), true)),
        json!({ "attendees": [
            { "email": "a@b.example", "responseStatus": "declined" },
            { "email": "jun@hanbit.example" },
        ] })
    );
}

#[test]
fn as_the_room_another_room_is_another_event() {
    let mut google = FakeCalendars::default();
    let mut row = Row::new(as_room(wanted()));
    assert_eq!(row.finish(&mut google), End::Done);
    row.desired.way = Way::AsRoom {
        calendar: OTHER_ROOM.into(),
        organizer_name: "김민아".into(),
        organizer_email: "mina@hanbit.example".into(),
    };
    row.desired.changed = Fields { room: true, ..Fields::NONE };
    assert_eq!(row.finish(&mut google), End::Done);
    assert_eq!(row.desired.generation, 1);
    let live: Vec<_> = google.live().into_iter().cloned().collect();
    assert_eq!(live.len(), 1);
    assert_eq!(live[0]["organizer"]["email"], OTHER_ROOM);
}

#[test]
fn a_lost_answer_is_found_again_by_its_id() {
    let mut google = FakeCalendars::default();
    let mut row = Row::new(wanted());
    let lost = row.run(|op| {
        google.call(op);
        Outcome::Failed(Failure::Unknown { detail: "timed out".into() })
    });
    assert!(matches!(lost, End::Rest(Effect::Retry { .. })));
    assert_eq!(row.finish(&mut google), End::Done);
    assert_eq!((google.live().len(), row.desired.generation), (1, 0));
    assert!(row.copy.is_some());
}

#[test]
fn a_cancellation_looks_for_what_may_have_been_made() {
    let mut google = FakeCalendars::default();
    let mut row = Row::new(wanted());
    row.run(|op| {
        google.call(op);
        Outcome::Failed(Failure::Unknown { detail: "timed out".into() })
    });
    row.desired.cancelled = true;
    assert_eq!(row.finish(&mut google), End::Removed);
    assert!(google.live().is_empty());

    let mut never_sent = Row::new(Desired { cancelled: true, ..wanted() });
    assert_eq!(never_sent.run(|op| panic!("{op:?}")), End::Done);

    let mut never_arrived = Row::new(Desired { cancelled: true, ..wanted() });
    never_arrived.sent = true;
    assert_eq!(never_arrived.finish(&mut FakeCalendars::default()), End::Removed);
}

#[test]
fn somebody_elses_event_on_our_id_is_left_alone() {
    let id = event_id(booking(), 0);
    for foreign in [
        json!({ "id": id, "summary": "남의 것" }),
        json!({ "id": id, "extendedProperties": { "private": { "roomly_booking_id": "another" } } }),
        json!({
            "id": id, "iCalUID": format!("{id}@google.com"), "organizer": { "email": PERSON, "self": true },
            "start": { "dateTime": "2026-11-23T09:00:00Z" }, "end": { "dateTime": "2026-11-23T10:00:00Z" },
        }),
    ] {
        let mut google = FakeCalendars::default();
        google.put(PERSON, foreign.clone());
        let mut row = Row::new(wanted());
        assert_eq!(row.finish(&mut google), End::Done);
        assert_eq!(row.desired.generation, 1);
        let mut kept = google.events[&(PERSON.to_owned(), id.clone())].clone();
        kept.as_object_mut().unwrap().remove("etag");
        assert_eq!(kept, foreign);

        let mut cancelled = Row::new(Desired { cancelled: true, ..wanted() });
        cancelled.sent = true;
        assert_eq!(cancelled.finish(&mut google), End::Removed);
        assert_eq!(google.live().len(), 2);
    }
}

#[test]
fn our_event_without_its_mark_is_still_ours() {
    let mut google = FakeCalendars::default();
    google.call(&match plan(&wanted(), None, false) {
        Next::Call(op) => op,
        Next::Done => panic!(),
    });
    google.edit(PERSON, &event_id(booking(), 0), |raw| raw["extendedProperties"] = Value::Null);
    let mut row = Row::new(wanted());
    assert_eq!(row.finish(&mut google), End::Done);
    assert_eq!((google.events.len(), row.desired.generation), (1, 0));
}

#[test]
fn deleted_in_google_is_cancelled_by_a_person() {
    let mut google = FakeCalendars::default();
    let mut row = Row::new(wanted());
    row.finish(&mut google);
    google.edit(PERSON, &event_id(booking(), 0), |raw| raw["status"] = json!("cancelled"));
    row.desired.title = "새 제목".into();
    row.desired.changed = Fields { title: true, ..Fields::NONE };
    assert_eq!(row.finish(&mut google), End::RemoteCancelled);

    row.desired.cancelled = true;
    assert_eq!(row.finish(&mut google), End::Removed);
}

#[test]
fn a_booking_that_moves_is_not_cancelled_by_its_own_deletion() {
    let mut google = FakeCalendars::default();
    let mut row = Row::new(as_room(wanted()));
    row.finish(&mut google);
    row.desired.way = Way::AsRoom {
        calendar: OTHER_ROOM.into(),
        organizer_name: "김민아".into(),
        organizer_email: "mina@hanbit.example".into(),
    };
    row.desired.changed = Fields { room: true, ..Fields::NONE };
    let mut lies = 1;
    let end = row.run(|op| match op {
        // It is carried out, and the answer says that nothing was there.
        RemoteOp::EventDelete { .. } if lies > 0 => {
            lies -= 1;
            google.call(op);
            Outcome::Failed(Failure::NotFound)
        }
        _ => google.call(op),
    });
    assert_eq!((end, google.live().len(), row.desired.generation), (End::Done, 1, 1));
}

#[test]
fn every_failure_has_its_meaning() {
    let copy = seen(PERSON, &json!({ "id": "x", "etag": "\"1\"", "summary": "a" }));
    let desired = wanted();
    let Next::Call(patch) = plan(&desired, Some(&copy), true) else { panic!() };
    let now = Instant::from_secs(1_000);
    let first = Attempt { failed: 0, calls: 0, entropy: 7, now };
    let ask = |failure| settle(&desired, Some(&copy), &patch, Outcome::Failed(failure), first);
    assert_eq!(ask(Failure::Unauthorized), Effect::RefreshToken);
    assert!(matches!(ask(Failure::Forbidden { reason: "forbidden".into() }), Effect::Blocked { .. }));
    assert!(matches!(
        ask(Failure::Forbidden { reason: "forbiddenForNonOrganizer".into() }),
        Effect::GiveUp { .. }
    ));
    assert_eq!(
        ask(Failure::Rejected { status: 400, reason: "invalid".into() }),
        Effect::GiveUp { reason: "400 invalid".into() }
    );
    assert_eq!(ask(Failure::Deleted), Effect::RemoteCancelled);
    for failure in [Failure::Unknown { detail: "x".into() }, Failure::Malformed { detail: "x".into() }] {
        assert!(matches!(ask(failure), Effect::Retry { at, .. } if at > now && at < now.plus_secs(2)));
    }
    assert_eq!(
        ask(Failure::RateLimited { retry_after_secs: Some(90) }),
        Effect::Limited { retry_after_secs: Some(90) }
    );
}

#[test]
fn chasing_a_copy_that_keeps_changing_ends_in_a_rest() {
    let mut google = FakeCalendars::default();
    let mut row = Row::new(wanted());
    row.finish(&mut google);
    row.desired.title = "새 제목".into();
    row.desired.changed = Fields { title: true, ..Fields::NONE };
    row.attempt = 0;
    let id = event_id(booking(), 0);
    let mut calls = 0;
    let end = row.run(|op| {
        calls += 1;
        if matches!(op, RemoteOp::EventPatch { .. }) {
            google.edit(PERSON, &id, |raw| raw["location"] = json!(calls));
        }
        google.call(op)
    });
    assert!(matches!(end, End::Rest(Effect::Stale { .. })), "{end:?}");
    assert!(calls <= 11, "{calls}");
    // It calms down: the copy is read before it is written.
    assert_eq!(row.finish(&mut google), End::Done);
    assert_eq!(google.live()[0]["summary"], "새 제목");
}

#[test]
fn googles_own_version_of_what_was_written_ends_the_push() {
    let mut row = Row::new(wanted());
    let mut google = FakeCalendars::default();
    let id = event_id(booking(), 0);
    let end = row.run(|op| {
        google.call(op);
        google.edit(PERSON, &id, |raw| raw["start"]["dateTime"] = json!("2026-11-23T05:01:00Z"));
        google.call(&RemoteOp::EventGet { calendar: PERSON.into(), event: id.clone() })
    });
    assert_eq!(end, End::Done);
    assert_eq!(row.attempt, 1);
}
