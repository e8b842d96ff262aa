//! Everything that may befall a push, drawn at random: one event results, and nobody's edit is trampled.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// What may befall one call.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Fine,
    /// Executed, and the answer is lost.
    AnswerLost,
    NeverArrives,
    Limited,
    TokenRefused,
}

/// What somebody does in Google meanwhile.
#[derive(Clone, Copy, Debug)]
enum Edit {
    Nothing,
    Location,
    InvitesSomebody,
    Retitles,
}

proptest! {
    /// Storms of lost answers and concurrent edits: one live event, our changed fields as wanted, others as Google has them.
    #[test]
    fn one_event_results_and_nobodys_edit_is_lost(
        fates in prop::collection::vec(
            prop::sample::select(vec![Fate::Fine, Fate::AnswerLost, Fate::NeverArrives, Fate::Limited, Fate::TokenRefused]),
            0..12,
        ),
        edits in prop::collection::vec(
            prop::sample::select(vec![Edit::Nothing, Edit::Location, Edit::InvitesSomebody, Edit::Retitles]),
            0..12,
        ),
        moved in any::<bool>(),
        retitled in any::<bool>(),
        new_room in any::<bool>(),
        cancelled in any::<bool>(),
        others in any::<bool>(),
        hidden in any::<bool>(),
        person in any::<bool>(),
    ) {
        let mut google = FakeCalendars::default();
        let mut row = Row::new(if person { wanted() } else { as_room(wanted()) });
        prop_assert_eq!(row.finish(&mut google), End::Done);

        if moved {
            row.desired.range = range("2026-11-24T10:00:00+09:00", 60);
        }
        if retitled {
            row.desired.title = "다시 정한 제목".into();
        }
        let room = if new_room { OTHER_ROOM } else { ROOM };
        row.desired.way = if person {
            Way::AsPerson { calendar: PERSON.into(), room_email: room.into() }
        } else {
            Way::AsRoom { calendar: room.into(), organizer_name: "김민아".into(), organizer_email: "mina@hanbit.example".into() }
        };
        if others {
            row.desired.uninvited = std::mem::replace(&mut row.desired.guests, vec!["neu@hanbit.example".into()]);
        }
        row.desired.private = hidden;
        let changed = Fields { title: retitled, time: moved, room: new_room, guests: others, private: hidden };
        row.desired.changed = changed;
        row.desired.cancelled = cancelled;

        let (mut invited, mut relocated) = (false, false);
        let mut fates = fates.into_iter();
        let mut edits = edits.into_iter();
        let mut end = None;
        for _ in 0..40 {
            let step = row.run(|op| {
                let home = if person { PERSON } else { ROOM };
                let id = event_id(booking(), 0);
                let there = google.live().iter().any(|raw| raw["id"] == id.as_str());
                if there {
                    match edits.next().unwrap_or(Edit::Nothing) {
                        Edit::Nothing => {}
                        Edit::Location => { relocated = true; google.edit(home, &id, |raw| raw["location"] = json!("옥상")); }
                        Edit::InvitesSomebody => {
                            invited = true;
                            google.edit(home, &id, |raw| {
                                let mut list = raw["attendees"].as_array().cloned().unwrap_or_default();
                                list.push(json!({ "email": "late@hanbit.example", "optional": true }));
                                raw["attendees"] = json!(list);
                            });
                        }
                        Edit::Retitles => google.edit(home, &id, |raw| raw["summary"] = json!("구글에서 고침")),
                    }
                }
                match fates.next().unwrap_or(Fate::Fine) {
                    Fate::Fine => google.call(op),
                    Fate::AnswerLost => {
                        google.call(op);
                        Outcome::Failed(Failure::Unknown { detail: "lost".into() })
                    }
                    Fate::NeverArrives => Outcome::Failed(Failure::Unknown { detail: "down".into() }),
                    Fate::Limited => Outcome::Failed(Failure::RateLimited { retry_after_secs: None }),
                    Fate::TokenRefused => Outcome::Failed(Failure::Unauthorized),
                }
            });
            match step {
                End::Rest(
                    Effect::Retry { .. } | Effect::Limited { .. } | Effect::Stale { .. } | Effect::RefreshToken,
                ) => {}
                other => { end = Some(other); break; }
            }
        }
        let live: Vec<Value> = google.live().into_iter().cloned().collect();
        if cancelled {
            prop_assert!(matches!(end, Some(End::Removed | End::Done)), "{:?}", end);
            prop_assert!(live.is_empty());
            return Ok(());
        }
        prop_assert_eq!(end, Some(End::Done));
        prop_assert_eq!(live.len(), 1);
        let held = &live[0];
        if moved {
            prop_assert_eq!(diff::held_range(held), Some(row.desired.range));
        }
        if new_room && person {
            let rooms: Vec<_> = diff::attendees(held).iter().filter(|one| diff::is_resource(one)).collect();
            let fresh = json!({ "email": OTHER_ROOM, "resource": true });
            prop_assert_eq!(rooms, vec![&fresh]);
        }
        // Moving to another room's calendar makes a new event; else everything of others stays.
        if person || !new_room {
            prop_assert_eq!(relocated, held["location"] == "옥상");
            prop_assert_eq!(invited, diff::attendees(held).iter().any(|one| one["email"] == "late@hanbit.example" && one["optional"] == true));
        }
        let attends = |email: &str| diff::attendees(held).iter().any(|one| one["email"] == email);
        prop_assert_eq!((attends("neu@hanbit.example"), attends("jun@hanbit.example")), (others, !others));
        prop_assert_eq!(hidden, held["visibility"] == "private");
        if retitled {
            prop_assert_eq!(&held["summary"], &json!(row.desired.title));
        }
        // Idempotence: what was changed is there, and nothing is left to do about it.
        row.desired.changed = changed;
        let copy = row.copy.clone().map(|copy| CopySeen { fresh: true, ..copy });
        prop_assert_eq!(plan(&row.desired, copy.as_ref(), true), Next::Done);
    }

    /// Storing what an insert answered leaves nothing to plan, whatever is wanted.
    #[test]
    fn storing_then_planning_is_done(
        title in "\\PC{0,30}",
        private in any::<bool>(),
        start in -10_000_000_000i64..10_000_000_000,
        minutes in 1i64..2_000,
        guests in prop::collection::vec("[a-zA-Z]{1,8}@[a-z]{1,8}\\.example", 0..5),
        person in any::<bool>(),
    ) {
        let start = Instant::from_secs(start);
        let desired = Desired {
            title,
            private,
            range: TimeRange::new(start, start.plus_minutes(minutes)).unwrap(),
            guests,
            ..wanted()
        };
        let desired = if person { desired } else { as_room(desired) };
        let mut google = FakeCalendars::default();
        let Next::Call(op) = plan(&desired, None, false) else { panic!() };
        let effect = settle(&desired, None, &op, google.call(&op), attempt(0));
        let Effect::Store { event, done: true } = effect else { panic!("{effect:?}") };
        let copy = seen(desired.way.calendar(), &event.raw.json());
        prop_assert_eq!(plan(&desired, Some(&copy), true), Next::Done);
    }
}
