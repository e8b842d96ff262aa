//! People in Google Calendar: they know nothing of Roomly, and everything they do is right.

use http::Method;
use model::Instant;
use sandbox::World;
use serde_json::{Value, json};

use crate::books::base;
use crate::draw::Draw;
use crate::house::House;
use crate::people::{length, slot};

pub(crate) struct Outside {
    draw: Draw,
    count: u32,
}

#[derive(Clone, Copy)]
struct Span {
    start: Instant,
    end: Instant,
}

/// An event that lives, by its main copy.
#[derive(Clone)]
struct Live {
    calendar: String,
    id: String,
    series: bool,
}

/// A call of Google's interface as a person. Answers status and body.
pub(crate) fn call(
    world: &mut World,
    who: &str,
    method: &Method,
    path: &str,
    body: &Value,
    now: i64,
) -> (u16, Value) {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let request = http::Request::builder()
        .method(method)
        .uri(format!("https://www.googleapis.com/calendar/v3{path}"))
        .header("authorization", format!("Bearer sandbox:{who}"))
        .header("content-type", "application/json")
        .body(text.into());
    let Ok(request) = request else { return (0, Value::Null) };
    let answer = world.handle(request, now);
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap_or(Value::Null))
}

fn path(calendar: &str, event: &str) -> String {
    format!("/calendars/{}/events/{event}", calendar.replace('@', "%40"))
}

impl Outside {
    pub(crate) fn new(seed: u64) -> Self {
        Self { draw: Draw::new(seed, "outside"), count: 0 }
    }

    /// Somebody does something.
    pub(crate) fn act(&mut self, house: &House) {
        let live = self.live(house);
        let series = if house.plan.series { 2 } else { 0 };
        let odd = if house.plan.odd { 2 } else { 0 };
        let choices = [
            (8, 0),
            (odd, 1),
            (2, 2),
            (series, 3),
            (4, 4),
            (3, 5),
            (2, 6),
            (2, 7),
            (4, 8),
            (odd, 9),
            (1, 10),
            (series, 11),
            (series, 12),
            (series / 2, 13),
            (1, 14),
        ];
        let choice = self.draw.weighted(&choices).unwrap_or(0);
        let single: Vec<Live> = live.iter().filter(|one| !one.series).cloned().collect();
        let masters: Vec<Live> = live.iter().filter(|one| one.series).cloned().collect();
        let of = if (11..=13).contains(&choice) { &masters } else { &live };
        let any = self.draw.pick(of).cloned();
        let one = self.draw.pick(&single).cloned();
        match (choice, any, one) {
            (1, ..) => self.insert_odd(house),
            (2, ..) => self.write_into_room(house),
            (3, ..) => self.insert_series(house),
            (4, Some(event), _) => self.retitle(house, &event),
            (5, _, Some(event)) => self.move_it(house, &event),
            (6, Some(event), _) => self.invite(house, &event),
            (7, Some(event), _) => self.change_room(house, &event),
            (8, Some(event), _) => self.delete(house, &event),
            (9, Some(event), _) => self.set_free(house, &event),
            (10, Some(event), _) => self.room_declines(house, &event),
            (11, Some(event), _) => self.except(house, &event),
            (12, Some(event), _) => self.cancel_one(house, &event),
            (13, Some(event), _) => self.split(house, &event),
            (14, _, Some(event)) => self.answer(house, &event),
            _ => self.insert(house),
        }
    }

    /// Main copies that live and are not over.
    fn live(&self, house: &House) -> Vec<Live> {
        let state = house.net.lock();
        let now = house.net.now().as_micros();
        let mut live = Vec::new();
        for (calendar, home) in &state.world.calendars {
            for (id, copy) in &home.events {
                let over = copy.content.end.at(home.zone) <= now && !copy.is_master();
                if copy.is_main(calendar) && copy.is_live() && !over && copy.content.series.is_none() {
                    live.push(Live { calendar: calendar.clone(), id: id.clone(), series: copy.is_master() });
                }
            }
        }
        live
    }

    /// Whoever may change what stands on the calendar: its person, or the admin.
    fn owner(house: &House, calendar: &str) -> String {
        let own = house.people.iter().find(|person| person.email == calendar);
        own.map_or_else(|| house.people[0].email.clone(), |person| person.email.clone())
    }

    fn act_on(
        &self,
        house: &House,
        method: &Method,
        calendar: &str,
        event: &str,
        body: &Value,
    ) -> (u16, Value) {
        let who = Self::owner(house, calendar);
        let now = house.net.now().as_micros();
        let mut state = house.net.lock();
        let told = call(&mut state.world, &who, method, &path(calendar, event), body, now);
        state.trace.line(&format!("  google {who} {method} {calendar} {event} {body} -> {}", told.0));
        told
    }

    fn post(&self, house: &House, who: &str, calendar: &str, body: &Value, marker: &'static str) -> Value {
        let now = house.net.now().as_micros();
        let mut state = house.net.lock();
        let target = format!("/calendars/{}/events", calendar.replace('@', "%40"));
        let (status, made) = call(&mut state.world, who, &Method::POST, &target, body, now);
        state.trace.line(&format!("  google {who} inserts on {calendar} {body} -> {status} {}", made["id"]));
        if status == 200 {
            state.markers.hit(marker);
        }
        made
    }

    fn someone(&mut self, house: &House) -> String {
        house.people[self.draw.below(house.people.len())].email.clone()
    }

    fn room(&mut self, house: &House) -> String {
        house.rooms[self.draw.below(house.rooms.len())].email.clone()
    }

    fn range(&mut self, house: &House) -> Span {
        let start = slot(&mut self.draw, house.net.now());
        Span { start, end: start.plus_minutes(length(&mut self.draw)) }
    }

    fn zone(house: &House) -> &'static str {
        if house.plan.new_york { "America/New_York" } else { "Asia/Seoul" }
    }

    fn body(&mut self, house: &House, range: Span, room: Option<&str>) -> Value {
        self.count += 1;
        let zone = Self::zone(house);
        let mut attendees: Vec<Value> = Vec::new();
        attendees.extend(room.map(|room| json!({ "email": room, "resource": true })));
        if self.draw.chance(0.3) {
            attendees.push(json!({ "email": self.someone(house) }));
        }
        json!({
            "summary": format!("g{}", self.count),
            "start": { "dateTime": range.start.to_rfc3339(), "timeZone": zone },
            "end": { "dateTime": range.end.to_rfc3339(), "timeZone": zone },
            "attendees": attendees,
        })
    }

    fn insert(&mut self, house: &House) {
        let (who, room, range) = (self.someone(house), self.room(house), self.range(house));
        let body = self.body(house, range, Some(&room));
        self.post(house, &who, &who, &body, "google.insert");
    }

    fn insert_odd(&mut self, house: &House) {
        let (who, room, range) = (self.someone(house), self.room(house), self.range(house));
        let mut body = self.body(house, range, Some(&room));
        match self.draw.below(5) {
            0 => {
                let day = range.start.to_rfc3339();
                let day = day.get(..10).unwrap_or_default().to_owned();
                let next = range.start.plus_minutes(1_440).to_rfc3339();
                body["start"] = json!({ "date": day });
                body["end"] = json!({ "date": next.get(..10).unwrap_or_default() });
            }
            1 => body["transparency"] = json!("transparent"),
            2 => body["visibility"] = json!("private"),
            3 => body["status"] = json!("tentative"),
            _ => {
                body["end"] = body["start"].clone();
            }
        }
        self.post(house, &who, &who, &body, "google.insert_odd");
    }

    /// On the room's own calendar, where nobody checks whether it is taken.
    fn write_into_room(&mut self, house: &House) {
        let (room, range) = (self.room(house), self.range(house));
        let body = self.body(house, range, None);
        let admin = house.people[0].email.clone();
        self.post(house, &admin, &room, &body, "google.insert_into_room");
    }

    fn insert_series(&mut self, house: &House) {
        let (who, room, range) = (self.someone(house), self.room(house), self.range(house));
        let mut body = self.body(house, range, Some(&room));
        let rule =
            ["RRULE:FREQ=DAILY;COUNT=4", "RRULE:FREQ=WEEKLY;COUNT=3", "RRULE:FREQ=DAILY;INTERVAL=2;COUNT=5"]
                [self.draw.below(3)];
        body["recurrence"] = json!([rule]);
        self.post(house, &who, &who, &body, "google.insert_series");
    }

    fn edit(&mut self, house: &House, event: &Live, patch: &Value, marker: &'static str) -> bool {
        let (status, _) = self.act_on(house, &Method::PATCH, &event.calendar, &event.id, patch);
        if status == 200 {
            let mut state = house.net.lock();
            state.books.touch(&event.id);
            state.markers.hit(marker);
        }
        status == 200
    }

    fn retitle(&mut self, house: &House, event: &Live) {
        self.count += 1;
        let patch = json!({ "summary": format!("t{}", self.count) });
        self.edit(house, event, &patch, "google.retitle");
    }

    fn move_it(&mut self, house: &House, event: &Live) {
        let (range, zone) = (self.range(house), Self::zone(house));
        let patch = json!({
            "start": { "dateTime": range.start.to_rfc3339(), "timeZone": zone, "date": null },
            "end": { "dateTime": range.end.to_rfc3339(), "timeZone": zone, "date": null },
        });
        self.edit(house, event, &patch, "google.move");
    }

    fn attendees(&self, house: &House, event: &Live) -> Option<Vec<Value>> {
        let (status, held) = self.act_on(house, &Method::GET, &event.calendar, &event.id, &Value::Null);
        (status == 200).then(|| held["attendees"].as_array().cloned().unwrap_or_default())
    }

    fn invite(&mut self, house: &House, event: &Live) {
        let Some(mut list) = self.attendees(house, event) else { return };
        let guest = self.someone(house);
        if guest == event.calendar || list.iter().any(|one| one["email"] == json!(guest)) {
            return;
        }
        list.push(json!({ "email": guest }));
        if self.edit(house, event, &json!({ "attendees": list }), "google.invite") {
            house.net.lock().books.invited.insert((event.id.clone(), guest));
        }
    }

    /// Another room, or none.
    fn change_room(&mut self, house: &House, event: &Live) {
        let Some(mut list) = self.attendees(house, event) else { return };
        let room = self.room(house);
        list.retain(|one| one["resource"] != json!(true));
        if self.draw.chance(0.7) {
            list.push(json!({ "email": room, "resource": true }));
        }
        self.edit(house, event, &json!({ "attendees": list }), "google.change_room");
    }

    fn delete(&mut self, house: &House, event: &Live) {
        let (status, _) = self.act_on(house, &Method::DELETE, &event.calendar, &event.id, &Value::Null);
        if status == 204 {
            let mut state = house.net.lock();
            state.books.touch(&event.id);
            state.books.deleted.insert(event.id.clone());
            state.markers.hit("google.delete");
        }
    }

    fn set_free(&mut self, house: &House, event: &Live) {
        let word = if self.draw.chance(0.5) { "transparent" } else { "opaque" };
        self.edit(house, event, &json!({ "transparency": word }), "google.set_free");
    }

    /// A person who looks after the room says no.
    fn room_declines(&mut self, house: &House, event: &Live) {
        let Some(mut list) = self.attendees(house, event) else { return };
        let room = list.iter_mut().find(|one| one["resource"] == json!(true));
        let Some(room) = room else { return };
        room["responseStatus"] = json!("declined");
        let Some(email) = room["email"].as_str().map(str::to_owned) else { return };
        // On the organiser's own calendar a list is taken as a whole.
        let said = if email == event.calendar { json!(list) } else { json!([room]) };
        let (patch, room) = (json!({ "attendees": said }), email);
        let (status, _) = self.act_on(house, &Method::PATCH, &room, &event.id, &patch);
        if status == 200 {
            let mut state = house.net.lock();
            state.books.touch(&event.id);
            state.markers.hit("google.room_declines");
        }
    }

    /// A guest answers.
    fn answer(&mut self, house: &House, event: &Live) {
        let guest = self.someone(house);
        let word = ["accepted", "declined", "tentative"][self.draw.below(3)];
        let patch = json!({ "attendees": [{ "email": guest, "responseStatus": word }] });
        if guest != event.calendar {
            let (status, _) = self.act_on(house, &Method::PATCH, &guest, &event.id, &patch);
            if status == 200 {
                house.net.lock().books.touch(&event.id);
            }
        }
    }

    /// One date of a series that is still to come.
    fn instance(&mut self, house: &House, event: &Live) -> Option<Value> {
        let target = format!("{}/instances", event.id);
        let (status, listed) = self.act_on(house, &Method::GET, &event.calendar, &target, &Value::Null);
        let now = house.net.now();
        let ahead = |one: &&Value| {
            let start = one["start"]["dateTime"].as_str().and_then(Instant::parse_rfc3339);
            start.is_some_and(|start| start > now)
        };
        let items: Vec<Value> =
            listed["items"].as_array().into_iter().flatten().filter(ahead).cloned().collect();
        if status == 200 { self.draw.pick(&items).cloned() } else { None }
    }

    fn except(&mut self, house: &House, event: &Live) {
        let Some(instance) = self.instance(house, event) else { return };
        let Some(id) = instance["id"].as_str() else { return };
        let one = Live { id: id.to_owned(), ..event.clone() };
        if house.plan.elsewhere && self.draw.chance(0.5) {
            self.change_room(house, &one);
            house.net.mark("google.one_elsewhere");
        } else if self.draw.chance(0.6) {
            self.move_it(house, &one);
        } else {
            self.retitle(house, &one);
        }
        house.net.mark("google.exception");
    }

    fn cancel_one(&mut self, house: &House, event: &Live) {
        let Some(instance) = self.instance(house, event) else { return };
        let Some(id) = instance["id"].as_str() else { return };
        let (status, _) = self.act_on(house, &Method::DELETE, &event.calendar, id, &Value::Null);
        if status == 204 {
            let mut state = house.net.lock();
            state.books.touch(base(id));
            state.markers.hit("google.cancel_one");
        }
    }

    /// "This and following": Google's page ends the old series and makes a new one.
    fn split(&mut self, house: &House, event: &Live) {
        let Some(instance) = self.instance(house, event) else { return };
        let Some(cut) = instance["start"]["dateTime"].as_str().and_then(Instant::parse_rfc3339) else {
            return;
        };
        let Some(chrono) = cut.plus_secs(-1).to_chrono() else { return };
        let until = chrono.format("%Y%m%dT%H%M%SZ");
        let rule = json!([format!("RRULE:FREQ=DAILY;UNTIL={until}")]);
        if !self.edit(house, event, &json!({ "recurrence": rule }), "google.split") {
            return;
        }
        let room = self.room(house);
        let range = Span { start: cut, end: cut.plus_minutes(30) };
        let mut body = self.body(house, range, Some(&room));
        body["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=2"]);
        let who = Self::owner(house, &event.calendar);
        let calendar = event.calendar.clone();
        self.post(house, &who, &calendar, &body, "google.insert_series");
    }
}
