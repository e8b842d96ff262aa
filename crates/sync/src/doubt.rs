//! Lists that an event came without: a question, like an event that a listing lacks ([`crate::absence`]).
//!
//! Google leaves empty lists out, so that an event without guests and one whose guests were left out by mistake look the
//! same (F-019). Taken at its word, the second would be accepted by every room that declined it, and a series without its
//! rule would lose all dates but one. Who has seen the list before asks for the event alone, and keeps what only a person
//! in the room's place could have taken away.

use serde_json::Value;

use crate::port::{Raw, RemoteAttendee, RemoteEvent, RemoteStatus, Response};
use crate::push::attendees;

/// Whether `event` lacks a list that `last` had, the item as this calendar last showed it: guests, or the rule by which
/// it repeats. Then it is asked for by [`crate::absence::question`] before it is believed.
pub fn lacks_a_list(event: &RemoteEvent, last: &Value) -> bool {
    event.status != RemoteStatus::Cancelled
        && (event.recurrence.is_empty() && had_a_rule(last) || lacks_guests(event, last))
}

/// Whether `event`, which the calendar of the room at `room_email` shows for the first time, lacks what brought it there: somebody
/// else made it, and nobody is invited, the room neither. Then it is asked for as well: the room may have declined it.
pub fn lacks_its_room(event: &RemoteEvent, room_email: &str) -> bool {
    let somebody_elses =
        event.organizer.as_ref().is_some_and(|person| !person.email.eq_ignore_ascii_case(room_email));
    event.status != RemoteStatus::Cancelled
        && somebody_elses
        && !event.attendees_omitted
        && event.attendees.as_ref().is_none_or(Vec::is_empty)
}

/// Puts the guests of `last` back where `event` has none although it was asked for alone: with nobody invited, the room
/// neither, it would not be in the room's calendar. An event of the room's own may lose all its guests.
pub fn keep_guests(event: &mut RemoteEvent, last: &Value, room_email: &str) {
    let own = event.organizer.as_ref().is_some_and(|person| person.email.eq_ignore_ascii_case(room_email));
    if own || event.status == RemoteStatus::Cancelled || !lacks_guests(event, last) {
        return;
    }
    event.attendees = Some(attendees(last).iter().filter_map(guest).collect());
    // The next answer is compared with this one.
    let mut raw = event.raw.json();
    raw["attendees"] = last["attendees"].clone();
    event.raw = Raw::of(&raw);
}

fn lacks_guests(event: &RemoteEvent, last: &Value) -> bool {
    event.attendees.as_ref().is_none_or(Vec::is_empty) && !attendees(last).is_empty()
}

fn had_a_rule(last: &Value) -> bool {
    last["recurrence"].as_array().is_some_and(|lines| !lines.is_empty())
}

/// Discovery: `EventAttendee`.
fn guest(raw: &Value) -> Option<RemoteAttendee> {
    Some(RemoteAttendee {
        email: raw["email"].as_str()?.to_owned(),
        name: raw["displayName"].as_str().map(str::to_owned),
        resource: raw["resource"] == true,
        is_self: raw["self"] == true,
        response: Response::of_word(raw["responseStatus"].as_str()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing;

    const ROOM: &str = "halla@resource.calendar.google.com";

    fn last() -> Value {
        json!({
            "recurrence": ["RRULE:FREQ=DAILY"],
            "attendees": [
                { "email": "joon@hanbit.example", "displayName": "박준", "responseStatus": "accepted" },
                { "email": ROOM, "resource": true, "self": true, "responseStatus": "declined" },
            ],
        })
    }

    #[test]
    fn what_was_there_is_missed_and_nothing_else() {
        let mut event = testing::event(&json!({ "id": "e1" }));
        event.attendees = None;
        assert!(lacks_a_list(&event, &last()));
        assert!(!lacks_a_list(&event, &json!({ "recurrence": [], "attendees": null })));
        event.attendees = Some(vec![guest(&last()["attendees"][1]).unwrap()]);
        assert!(lacks_a_list(&event, &last()), "the rule is missing");
        event.recurrence = vec!["RRULE:FREQ=DAILY".to_owned()];
        assert!(!lacks_a_list(&event, &last()));
        event.attendees = Some(Vec::new());
        assert!(lacks_a_list(&event, &last()), "the guests are missing");
        event.status = RemoteStatus::Cancelled;
        assert!(!lacks_a_list(&event, &last()), "tombstones have no lists");
    }

    #[test]
    fn nobody_elses_event_comes_to_a_room_without_an_invitation() {
        let from = |email: &str| {
            let mut event = testing::event(&json!({ "id": "e1" }));
            event.organizer =
                Some(crate::port::RemotePerson { email: email.to_owned(), name: None, is_self: false });
            event.attendees = Some(Vec::new());
            event
        };
        let mut event = from("joon@hanbit.example");
        assert!(lacks_its_room(&event, ROOM));
        assert!(!lacks_its_room(&from(&ROOM.to_uppercase()), ROOM), "it is the room's own");
        event.attendees_omitted = true;
        assert!(!lacks_its_room(&event, ROOM), "Google says that they are left out");
        event.attendees_omitted = false;
        event.attendees = Some(vec![guest(&last()["attendees"][1]).unwrap()]);
        assert!(!lacks_its_room(&event, ROOM));
        event.attendees = None;
        event.status = RemoteStatus::Cancelled;
        assert!(!lacks_its_room(&event, ROOM), "tombstones have no lists");
    }

    #[test]
    fn a_room_that_declined_stays_declined() {
        let mut event = testing::event(&json!({ "id": "e1" }));
        event.attendees = None;
        keep_guests(&mut event, &last(), ROOM);
        let guests = event.attendees.clone().unwrap();
        assert_eq!(guests.len(), 2);
        assert_eq!(
            (guests[1].response, guests[1].resource, guests[1].is_self),
            (Response::Declined, true, true)
        );
        assert_eq!(guests[0].name.as_deref(), Some("박준"));
        assert!(!lacks_a_list(&event, &json!({ "attendees": event.raw.json()["attendees"] })));
    }

    #[test]
    fn an_event_of_the_rooms_own_may_lose_its_guests() {
        let mut event = testing::event(&json!({ "id": "e1" }));
        event.attendees = None;
        event.organizer =
            Some(crate::port::RemotePerson { email: ROOM.to_uppercase(), name: None, is_self: true });
        keep_guests(&mut event, &last(), ROOM);
        assert_eq!(event.attendees, None);
    }
}
