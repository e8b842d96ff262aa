//! Acme (`acme.example`): five rooms in New York.

use chrono::NaiveTime;
use serde_json::json;

use crate::world::World;
use crate::world::clock::{MINUTE, civil, instant, stamp};

const DOMAIN: &str = "acme.example";

pub(super) fn fill(world: &mut World, now: i64) {
    let zone = chrono_tz::America::New_York;
    world.add_company(DOMAIN, zone);
    if let Some(company) = world.directory.companies.get_mut(DOMAIN) {
        company.name = "Acme".to_owned();
    }
    world.add_user("ada@acme.example", "Ada", "Park", true);
    world.add_user("bob@acme.example", "Bob", "Stone", false);
    world.add_building(DOMAIN, "hq", "Headquarters", &["1", "2"]);
    let rooms =
        [("Hudson", "1", 12), ("Bryant", "1", 4), ("Astor", "2", 8), ("Canal", "2", 6), ("Delancey", "2", 2)];
    for (name, floor, seats) in rooms {
        world.add_room(DOMAIN, name, Some("hq"), Some(floor), seats, if seats > 5 { &["TV"] } else { &[] });
    }
    let today = civil(now, zone).date();
    let plan = [
        ("Hudson", 9, 30, 60, "ada@acme.example", "Weekly planning"),
        ("Bryant", 11, 0, 30, "bob@acme.example", "1:1 Ada and Bob"),
        ("Astor", 14, 0, 90, "bob@acme.example", "Roadmap review"),
    ];
    for (room, hour, minute, length, person, title) in plan {
        let Some(room) = world.room_email(DOMAIN, room) else { continue };
        let start =
            instant(today.and_time(NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or_default()), zone);
        let body = json!({
            "summary": title,
            "start": { "dateTime": stamp(start), "timeZone": zone.name() },
            "end": { "dateTime": stamp(start + length * MINUTE), "timeZone": zone.name() },
            "attendees": [{ "email": person, "responseStatus": "accepted" }, { "email": room, "resource": true }],
        });
        world.seed_event(person, "primary", &body, now);
    }
}
