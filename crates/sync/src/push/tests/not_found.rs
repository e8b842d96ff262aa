//! What is not there: deleted, out of reach, or denied although it is.

use super::*;

#[test]
fn a_404_is_a_cancellation_only_where_the_calendar_answers() {
    let copy = seen(PERSON, &json!({ "id": "x", "etag": "\"1\"", "summary": "a" }));
    let desired = wanted();
    let at = |calls: u32, op: &RemoteOp, outcome| settle(&desired, Some(&copy), op, outcome, attempt(calls));
    let ask = |op: &RemoteOp, outcome| at(0, op, outcome);
    let Next::Call(patch) = plan(&desired, Some(&copy), true) else { panic!() };
    let not_found = || Outcome::Failed(Failure::NotFound);
    let Effect::Fetch(get) = ask(&patch, not_found()) else { panic!() };
    assert!(matches!(get, RemoteOp::EventGet { .. }));
    let Effect::Fetch(list) = ask(&get, not_found()) else { panic!() };
    assert!(matches!(list, RemoteOp::EventsList { .. }));
    let page = |events| Outcome::Page(crate::port::Page { events, ..crate::port::Page::default() });
    let waits = |effect| matches!(effect, Effect::Retry { .. });
    assert!(waits(ask(&list, page(Vec::new()))), "it may have been a lie");
    assert_eq!(at(5, &list, page(Vec::new())), Effect::RemoteCancelled);
    let listed = crate::testing::event(&json!({ "id": "x", "summary": "a" }));
    assert!(waits(at(5, &list, page(vec![listed]))), "the calendar shows it");
    assert_eq!(ask(&list, not_found()), Effect::Blocked { reason: "notFound".into() });
    let delete = RemoteOp::EventDelete {
        calendar: PERSON.into(),
        event: "x".into(),
        if_match: None,
        notify: Notify::None,
    };
    let cancelled = Desired { cancelled: true, ..wanted() };
    let ask = |op: &RemoteOp, outcome| settle(&cancelled, Some(&copy), op, outcome, attempt(5));
    assert_eq!(ask(&delete, Outcome::Failed(Failure::Deleted)), Effect::Removed);
    assert_eq!(ask(&delete, not_found()), Effect::Fetch(get.clone()));
    assert_eq!(ask(&get, not_found()), Effect::Fetch(list.clone()));
    assert_eq!(ask(&list, Outcome::Page(crate::port::Page::default())), Effect::Removed);
    assert_eq!(ask(&list, not_found()), Effect::Blocked { reason: "notFound".into() });
}

#[test]
fn a_404_to_our_deletion_does_not_leave_the_event_behind() {
    let mut google = FakeCalendars::default();
    let mut row = Row::new(wanted());
    row.finish(&mut google);
    row.desired.cancelled = true;
    let mut lies = 1;
    let end = row.run(|op| match op {
        RemoteOp::EventDelete { .. } if lies > 0 => {
            lies -= 1;
            Outcome::Failed(Failure::NotFound)
        }
        _ => google.call(op),
    });
    assert_eq!((end, google.live().len()), (End::Removed, 0));
}

#[test]
fn an_insert_that_was_deleted_before_its_answer_came_is_not_made_again() {
    let mut google = FakeCalendars::default();
    let mut row = Row::new(wanted());
    row.run(|op| {
        google.call(op);
        Outcome::Failed(Failure::Unknown { detail: "timed out".into() })
    });
    google.edit(PERSON, &event_id(booking(), 0), |raw| raw["status"] = json!("cancelled"));
    assert_eq!(row.finish(&mut google), End::RemoteCancelled);
    assert!(google.live().is_empty());
}

/// F-038: a tombstone that still tells what it was was somebody else's; of a bare one nobody knows.
#[test]
fn a_tombstone_of_somebody_elses_cancels_nothing_of_ours() {
    let id = event_id(booking(), 0);
    let at = |clock: &str| json!({ "dateTime": format!("2026-11-23T{clock}:00Z") });
    let bare = json!({ "id": id, "status": "cancelled" });
    let told = json!({ "id": id, "status": "cancelled", "start": at("09:00"), "end": at("10:00") });
    for (tombstone, end, generation) in [(told, End::Done, 1), (bare, End::RemoteCancelled, 0)] {
        let mut google = FakeCalendars::default();
        google.put(PERSON, tombstone);
        let mut row = Row::new(wanted());
        assert_eq!((row.finish(&mut google), row.desired.generation), (end, generation));
    }
}
