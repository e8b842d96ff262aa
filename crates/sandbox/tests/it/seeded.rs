use bytes::Bytes;
use http::Request;
use sandbox::{SeedOptions, World};
use serde_json::Value;

use crate::support::MONDAY;

fn get(world: &mut World, path: &str) -> Value {
    let request = Request::get(path).body(Bytes::new()).unwrap();
    serde_json::from_slice(world.handle(request, MONDAY).body()).unwrap()
}

#[test]
fn the_demo_is_deterministic_and_alive() {
    let mut world = World::seeded(MONDAY, SeedOptions::default());
    let state = get(&mut world, "/sandbox/state");
    let again = get(&mut World::seeded(MONDAY, SeedOptions::default()), "/sandbox/state");
    assert_eq!(state, again);
    let hanbit = &state["companies"]["hanbit.example"];
    assert_eq!(hanbit["rooms"].as_array().unwrap().len(), 24);
    assert_eq!(hanbit["users"].as_array().unwrap().len(), 30);
    assert_eq!(state["companies"]["acme.example"]["rooms"].as_array().unwrap().len(), 5);
    let mut answers = std::collections::BTreeMap::new();
    for (calendar, home) in state["calendars"].as_object().unwrap() {
        for event in home["events"].as_object().unwrap().values() {
            for attendee in event["attendees"].as_array().into_iter().flatten() {
                if attendee["resource"] == true && attendee["email"] == calendar.as_str() {
                    let title = event["summary"].as_str().unwrap().to_owned();
                    answers
                        .entry(attendee["responseStatus"].as_str().unwrap().to_owned())
                        .or_insert_with(Vec::new)
                        .push(title);
                }
            }
        }
    }
    assert_eq!(answers["declined"], ["신제품 브레인스토밍"]);
    assert!(answers["accepted"].len() >= 30);
    assert!(!answers.contains_key("needsAction"));
}

#[test]
fn any_size() {
    let options = SeedOptions { rooms: Some(40), bookings_per_room: Some(35), ..SeedOptions::default() };
    let mut world = World::seeded(MONDAY, options);
    let state = get(&mut world, "/sandbox/state");
    let rooms = state["companies"]["hanbit.example"]["rooms"].as_array().unwrap();
    assert_eq!(rooms.len(), 40);
    for room in rooms {
        let events = state["calendars"][room["email"].as_str().unwrap()]["events"].as_object().unwrap();
        assert_eq!(events.len(), 35);
        assert!(events.values().all(|event| event["attendees"][0]["responseStatus"] == "accepted"));
    }
}
