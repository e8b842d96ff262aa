//! Roomly = Google, room by room: what holds a room there is what holds it here.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::feed::Block;
use crate::ledger::{Place, first_word};

/// Title and place.
type Event = (String, Place);

/// The rooms: their numbers in Roomly by their addresses at Google.
pub(crate) type Rooms = BTreeMap<String, i64>;

/// What the truth of the sandbox says of the rooms.
fn at_google(state: &Value, rooms: &Rooms) -> BTreeSet<Event> {
    let of_room = |(email, number): (&String, &i64)| -> Vec<Event> {
        let events = state["calendars"][email.as_str()]["events"].as_object();
        let held = events.into_iter().flat_map(|events| events.values()).filter(|event| holds(event, email));
        held.filter_map(|event| read(event, *number)).collect()
    };
    rooms.iter().flat_map(of_room).collect()
}

/// Whether a copy on the room's calendar has the room: it stands there itself, or the room accepted. One that the room
/// has not answered counts as neither: it is waited for.
fn holds(event: &Value, email: &str) -> bool {
    if event["status"] == "cancelled" {
        return false;
    }
    let own = event["organizer"]["email"] == email;
    let attendees = event["attendees"].as_array().into_iter().flatten();
    let answer = attendees.filter(|one| one["email"] == email).find_map(|one| one["responseStatus"].as_str());
    match answer {
        Some(answer) => matches!(answer, "accepted" | "tentative"),
        None => own,
    }
}

fn read(event: &Value, room: i64) -> Option<Event> {
    let seconds = |name: &str| {
        let text = event[name]["dateTime"].as_str()?;
        Some(chrono::DateTime::parse_from_rfc3339(text).ok()?.timestamp())
    };
    let title = event["summary"].as_str().unwrap_or_default().to_owned();
    Some((title, Place { room, start: seconds("start")?, end: seconds("end")? }))
}

/// What Roomly lists.
fn in_roomly(blocks: &[Block]) -> BTreeSet<Event> {
    let there =
        blocks.iter().filter(|block| matches!(block.state.as_str(), "pending" | "confirmed" | "conflicted"));
    there.map(|block| (block.title.clone(), block.place)).collect()
}

/// What differs, and what is still under way.
pub(crate) fn differences(state: &Value, rooms: &Rooms, blocks: &[Block]) -> Vec<String> {
    let (google, roomly) = (at_google(state, rooms), in_roomly(blocks));
    let mut found: Vec<String> =
        google.difference(&roomly).map(|event| format!("only at Google: {event:?}")).collect();
    found.extend(roomly.difference(&google).map(|event| format!("only in Roomly: {event:?}")));
    let waiting = blocks.iter().filter(|block| block.state == "pending");
    found.extend(waiting.map(|block| format!("pending: {} {:?}", block.title, block.place)));
    found
}

/// Events of Roomly's that are on one calendar twice: a title's first word is given once. What somebody makes in Google
/// has no id of its own, and is made twice where a call is done twice.
pub(crate) fn doubled(state: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (calendar, home) in state["calendars"].as_object().into_iter().flatten() {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for event in home["events"].as_object().into_iter().flat_map(|events| events.values()) {
            let title = first_word(event["summary"].as_str().unwrap_or_default());
            if event["status"] != "cancelled" && title.starts_with("r-") {
                *seen.entry(title).or_default() += 1;
            }
        }
        let twice = seen.into_iter().filter(|(_, count)| *count > 1);
        found.extend(twice.map(|(title, count)| format!("{count} times on {calendar}: {title}")));
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ROOM: &str = "halla@resource.example";

    fn event(title: &str, hour: u32, answer: &str) -> Value {
        json!({ "status": "confirmed", "summary": title, "organizer": { "email": "joon@hanbit.example" },
            "attendees": [{ "email": ROOM, "resource": true, "responseStatus": answer }],
            "start": { "dateTime": format!("2026-12-01T{hour:02}:00:00+09:00") },
            "end": { "dateTime": format!("2026-12-01T{:02}:00:00+09:00", hour + 1) } })
    }

    fn state(events: &[Value]) -> Value {
        let events: serde_json::Map<String, Value> = (0..)
            .zip(events)
            .map(|(index, event): (u32, &Value)| (index.to_string(), event.clone()))
            .collect();
        json!({ "calendars": { ROOM: { "events": events } } })
    }

    fn block(title: &str, hour: i64, state: &str) -> Block {
        // Midnight of the day in Seoul.
        let start = 1_796_050_800 + hour * 3_600;
        let place = Place { room: 4, start, end: start + 3_600 };
        Block { place, state: state.to_owned(), title: title.to_owned(), origin: "roomly".to_owned() }
    }

    fn rooms() -> Rooms {
        Rooms::from([(ROOM.to_owned(), 4)])
    }

    #[test]
    fn the_same_on_both_sides_is_no_difference() {
        let mut own = event("g-2", 11, "");
        own["organizer"]["email"] = json!(ROOM);
        own["attendees"] = json!([]);
        let mut gone = event("r-9", 15, "accepted");
        gone["status"] = json!("cancelled");
        let google = state(&[event("r-1", 9, "accepted"), own, event("r-3", 13, "declined"), gone]);
        let roomly =
            [block("r-1", 9, "confirmed"), block("g-2", 11, "conflicted"), block("r-3", 13, "declined")];
        assert_eq!(differences(&google, &rooms(), &roomly), Vec::<String>::new());
    }

    #[test]
    fn every_difference_is_told() {
        let google = state(&[
            event("r-1", 9, "accepted"),
            event("r-2", 10, "accepted"),
            event("r-4", 12, "needsAction"),
        ]);
        let roomly =
            [block("r-1", 10, "confirmed"), block("r-3", 11, "confirmed"), block("r-4", 12, "pending")];
        let found = differences(&google, &rooms(), &roomly);
        let count = |word: &str| found.iter().filter(|line| line.starts_with(word)).count();
        assert_eq!(
            (count("only at Google"), count("only in Roomly"), count("pending")),
            (2, 3, 1),
            "{found:#?}"
        );
    }

    #[test]
    fn a_title_is_on_a_calendar_once() {
        let google = state(&[
            event("r-1", 9, "accepted"),
            event("r-1 v2", 10, "accepted"),
            event("r-2", 11, "accepted"),
        ]);
        assert_eq!(doubled(&google).len(), 1);
    }
}
