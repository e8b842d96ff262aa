//! Generated rooms and bookings of any number, for load and for long tests.

use chrono::{Days, NaiveTime};
use serde_json::json;

use super::hanbit::{DOMAIN, MOUNTAINS, PEOPLE, TITLES};
use crate::world::World;
use crate::world::clock::{HOUR, MINUTE, civil, instant, stamp};

/// Bookings of half an hour that fit between 07:00 and 22:00.
const PER_DAY: usize = 30;

pub(super) fn rooms(world: &mut World, count: usize) {
    for i in 0..count {
        let mountain = MOUNTAINS[i % MOUNTAINS.len()];
        let round = i / MOUNTAINS.len();
        let name = if round == 0 { mountain.to_owned() } else { format!("{mountain} {}", round + 1) };
        let floor = (2 + i % 8).to_string();
        let building = if i % 2 == 0 { "main" } else { "annex" };
        let seats = 2 + u32::try_from(i * 7 % 29).unwrap_or(0);
        world.add_room(DOMAIN, &name, Some(building), Some(&floor), seats, &["TV"]);
    }
}

/// Spread over the day without overlap; what does not fit today goes to the next days.
pub(super) fn bookings(world: &mut World, per_room: usize, now: i64) {
    let zone = chrono_tz::Asia::Seoul;
    let today = civil(now, zone).date();
    let rooms: Vec<String> = world.directory.rooms(DOMAIN).iter().map(|room| room.email.clone()).collect();
    for (r, room) in rooms.iter().enumerate() {
        for b in 0..per_room {
            let day = today + Days::new((b / PER_DAY) as u64);
            let slots = per_room.min(PER_DAY);
            let slot = (b % PER_DAY) * PER_DAY / slots.max(1);
            let seven = instant(day.and_time(NaiveTime::MIN), zone) + 7 * HOUR;
            let start = seven + i64::try_from(slot).unwrap_or(0) * 30 * MINUTE;
            let person = format!("{}@{DOMAIN}", PEOPLE[(r + b * 7) % PEOPLE.len()].0);
            let body = json!({
                "summary": TITLES[(r * 3 + b) % TITLES.len()],
                "start": { "dateTime": stamp(start), "timeZone": zone.name() },
                "end": { "dateTime": stamp(start + 30 * MINUTE), "timeZone": zone.name() },
                "attendees": [{ "email": room, "resource": true }],
            });
            world.seed_event(&person, "primary", &body, now);
        }
    }
}
