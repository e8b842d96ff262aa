//! What Google holds, read as a person would read it, and whether Roomly shows the same.
//!
//! Nothing of `sync` is used to read it: a bug of ours must not be compared with itself.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use chrono::{NaiveDate, NaiveTime, TimeZone as _};
use http::Method;
use model::{Block, BookingState, Instant, TimeRange};
use serde_json::Value;

use crate::books::{base, key_of};
use crate::check::Blocks;
use crate::house::{House, Room};
use crate::outside::call;

/// How far ahead is compared, in minutes.
const AHEAD: i64 = 50 * 1_440;

/// One date of an event in a room, as both sides can tell it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shown {
    start: String,
    end: String,
    /// Empty for a private one.
    title: String,
    tentative: bool,
    declined: bool,
}

/// Every difference, in words; none when both sides are equal.
pub(crate) async fn differences(house: &House) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let blocks = Blocks::read(house).await?;
    let now = house.net.now();
    let Some(window) = TimeRange::new(now, now.plus_minutes(AHEAD)) else { return Ok(found) };
    for room in &house.rooms {
        let google = of_google(house, room, window)?;
        let of_room = |block: &&Block| block.key.room == room.number && block.range.overlaps(window);
        let ours: Vec<&Block> = blocks.all.iter().filter(of_room).collect();
        compare(room, &google, &ours, &mut found);
        conflicts(room, &ours, &blocks, &mut found);
        found.extend(
            ours.iter()
                .filter(|block| block.state == BookingState::Pending)
                .map(|block| format!("room {}: #{} is still pending", room.number, block.key.booking)),
        );
    }
    outbox(house, &mut found).await?;
    Ok(found)
}

fn compare(room: &Room, google: &[Shown], ours: &[&Block], found: &mut Vec<String>) {
    let mut count: BTreeMap<Shown, i64> = BTreeMap::new();
    for shown in google.iter().filter(|shown| !shown.declined) {
        *count.entry(shown.clone()).or_default() += 1;
    }
    for block in ours.iter().filter(|block| block.state != BookingState::Declined) {
        let shown = Shown {
            start: block.range.start().to_rfc3339(),
            end: block.range.end().to_rfc3339(),
            title: if block.private { String::new() } else { block.title.clone() },
            tentative: block.tentative,
            declined: false,
        };
        *count.entry(shown).or_default() -= 1;
    }
    for (shown, count) in count.into_iter().filter(|(_, count)| *count != 0) {
        let who = if count > 0 { "Roomly lacks" } else { "only Roomly has" };
        let Shown { start, end, title, tentative, .. } = shown;
        found.push(format!("room {}: {who} {title:?} {start} to {end} tentative {tentative}", room.number));
    }
}

/// What does not hold its room has somebody in its way, or had.
fn conflicts(room: &Room, ours: &[&Block], blocks: &Blocks, found: &mut Vec<String>) {
    let conflicted = ours.iter().filter(|block| block.state == BookingState::Conflicted);
    for block in conflicted {
        let in_the_way = |other: &Block| {
            other.key.room == room.number && other.state.holds_room() && other.range.overlaps(block.range)
        };
        if !blocks.all.iter().any(in_the_way) {
            found.push(format!("room {}: {block:?} is conflicted with nobody", room.number));
        }
    }
}

async fn outbox(house: &House, found: &mut Vec<String>) -> Result<()> {
    let store = house.store.company(house.company);
    let told_of: Vec<_> = house.net.lock().books.told_of().collect();
    for (id, number) in told_of {
        if let Some(row) = store.outbox_get(id).await?
            && row.state != store::OutboxState::Dead
        {
            found.push(format!(
                "#{number} still waits in the outbox ({}): {:?}",
                row.state.as_str(),
                row.last_error
            ));
        }
    }
    Ok(())
}

/// What stands in the room, by the admin's look at its calendar.
fn of_google(house: &House, room: &Room, window: TimeRange) -> Result<Vec<Shown>> {
    let mut shown = Vec::new();
    let mut page = String::new();
    loop {
        let target = format!(
            "/calendars/{}/events?singleEvents=true&maxResults=2500&timeMin={}&timeMax={}{page}",
            room.email.replace('@', "%40"),
            window.start().to_rfc3339(),
            window.end().to_rfc3339(),
        );
        let now = house.net.now().as_micros();
        let admin = &house.people[0].email;
        let (status, listed) = {
            let mut state = house.net.lock();
            call(&mut state.world, admin, &Method::GET, &target, &Value::Null, now)
        };
        if status != 200 {
            bail!("the truth cannot be read: {status} {listed}");
        }
        let zone: chrono_tz::Tz =
            listed["timeZone"].as_str().unwrap_or("UTC").parse().unwrap_or(chrono_tz::UTC);
        let items = listed["items"].as_array().into_iter().flatten();
        shown.extend(items.filter_map(|item| show(item, room, zone)).filter(|one| overlaps(one, window)));
        match listed["nextPageToken"].as_str() {
            Some(next) => page = format!("&pageToken={next}"),
            None => return Ok(shown),
        }
    }
}

fn overlaps(shown: &Shown, window: TimeRange) -> bool {
    let range = Instant::parse_rfc3339(&shown.start)
        .zip(Instant::parse_rfc3339(&shown.end))
        .and_then(|(start, end)| TimeRange::new(start, end));
    range.is_some_and(|range| range.overlaps(window))
}

/// What a person sees of an item; `None` where it takes no time of the room.
fn show(item: &Value, room: &Room, zone: chrono_tz::Tz) -> Option<Shown> {
    if matches!(item["eventType"].as_str(), Some("workingLocation" | "birthday")) {
        return None;
    }
    let at = |when: &Value| {
        if let Some(text) = when["dateTime"].as_str() {
            return Instant::parse_rfc3339(text);
        }
        let day = NaiveDate::parse_from_str(when["date"].as_str()?, "%Y-%m-%d").ok()?;
        let midnight = zone.from_local_datetime(&day.and_time(NaiveTime::MIN)).earliest()?;
        Some(Instant::from_chrono(&midnight))
    };
    let (start, end) = (at(&item["start"])?, at(&item["end"])?);
    let attendees = item["attendees"].as_array().map_or(&[][..], Vec::as_slice);
    let answer = attendees.iter().find(|one| one["email"] == room.email.as_str());
    let answer = answer.and_then(|one| one["responseStatus"].as_str()).unwrap_or("accepted");
    let declined = answer == "declined";
    if !declined && (item["transparency"] == "transparent" || start == end) {
        return None;
    }
    let private = matches!(item["visibility"].as_str(), Some("private" | "confidential"));
    Some(Shown {
        start: start.to_rfc3339(),
        end: end.to_rfc3339(),
        title: if private { String::new() } else { item["summary"].as_str().unwrap_or_default().to_owned() },
        tentative: item["status"] == "tentative",
        declined,
    })
}

/// What people did in Google and what must have become of it: nobody's guest is gone, nothing deleted came back, nothing
/// is there twice.
pub(crate) fn wishes(house: &House) -> Vec<String> {
    let state = house.net.lock();
    let mut found = Vec::new();
    let mut live: BTreeMap<String, Vec<(&str, &str, bool)>> = BTreeMap::new();
    for (calendar, home) in &state.world.calendars {
        for (id, copy) in &home.events {
            if copy.is_main(calendar) && copy.is_live() && copy.content.series.is_none() {
                let room = house.rooms.iter().any(|room| room.email == *calendar);
                live.entry(state.books.key(base(id))).or_default().push((calendar, id, room));
            }
        }
    }
    for (event, guest) in &state.books.invited {
        let copies = live.get(&state.books.key(event)).map_or(&[][..], Vec::as_slice);
        for (calendar, id, _) in copies.iter().filter(|(_, id, _)| id == event) {
            let copy = state.world.calendars.get(*calendar).and_then(|home| home.events.get(*id));
            if copy.is_some_and(|copy| copy.content.attendee(guest).is_none()) {
                found.push(format!("{guest} was invited to {event} in Google and is no guest any more"));
            }
        }
    }
    let known: BTreeSet<String> = state.books.told_of().map(|(id, _)| key_of(id)).collect();
    for (key, copies) in &live {
        if known.contains(key) && copies.len() > 1 {
            found.push(format!("one booking is in Google twice: {copies:?}"));
        }
        let as_room = copies.iter().any(|(_, _, room)| *room);
        let deleted = state.books.deleted.iter().any(|event| state.books.key(event) == *key);
        if known.contains(key) && deleted && !as_room {
            found.push(format!("{key} was deleted in Google and is back"));
        }
    }
    found
}
