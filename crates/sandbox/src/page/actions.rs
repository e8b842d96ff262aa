//! What the forms do: the same functions of the world that the API calls, as the person who is acted as.

use bytes::Bytes;
use chrono::NaiveTime;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::day::Shown;
use crate::wire::query::encode;
use crate::wire::{ApiError, Query, reply};
use crate::world::access::Actor;
use crate::world::clock::{DAY, instant, stamp};
use crate::world::{Mode, World};

/// Does one action and goes back to the day.
pub(super) fn act(world: &mut World, action: &str, form: &Query, now: i64) -> Response<Bytes> {
    let shown = Shown::read(world, form, now);
    let calendar = form.get("calendar").unwrap_or("primary");
    let event = form.get("event").unwrap_or_default();
    let actor = actor_for(world, &shown, calendar);
    let target = (calendar, event);
    let done = match action {
        "create" => create(world, &shown, form, now),
        "update" => update(world, &shown, &actor, target, form, now),
        "following" => following(world, &shown, &actor, target, form, now),
        "setting" => {
            let (name, value) = (form.get("name").unwrap_or_default(), form.get("value").unwrap_or_default());
            world.set_setting(&shown.user, name, value)
        }
        "delete" => world.act_delete(&actor, target, None, now),
        "accept" => answer(world, &actor, target, "accepted", now),
        "decline" => answer(world, &actor, target, "declined", now),
        "tentative" => answer(world, &actor, target, "tentative", now),
        "move" => {
            let to = form.get("to").unwrap_or_default();
            world.act_move(&actor, target, to, now).map(drop)
        }
        _ => Err(ApiError::not_found()),
    };
    let who = json!({ "path": format!("/ui/{action}"), "actor": actor.email, "as": shown.user,
        "refused": done.as_ref().err().map(|error| error.reason.clone()) });
    world.log.push(now, "page", who);
    let error = done.err().map_or_else(String::new, |error| format!("&error={}", encode(&error.message)));
    reply::redirect(StatusCode::SEE_OTHER, &format!("{}{error}", shown.href()))
}

/// On a room's calendar one acts as its manager, the company's admin.
fn actor_for(world: &World, shown: &Shown, calendar: &str) -> Actor {
    let company = world.directory.company_of(&shown.user);
    let of_company = company.is_some_and(|company| company.rooms.contains_key(calendar));
    let domain = company.map(|company| company.domain.as_str());
    let admin = world.directory.users.values().find(|user| user.admin && user.domain.as_deref() == domain);
    match admin {
        Some(admin) if of_company => Actor::person(&admin.email),
        _ => Actor::person(&shown.user),
    }
}

/// `HH:MM` of the shown day in the company's zone; an end that is not after the start is on the next day.
fn times(shown: &Shown, form: &Query) -> Result<(Value, Value), ApiError> {
    let read = |name: &str| {
        let text = form.get(name).unwrap_or_default();
        let time =
            NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| ApiError::parameter(name, "Not a time."))?;
        Ok(instant(shown.date.and_time(time), shown.zone))
    };
    let (start, mut end) = (read("start")?, read("end")?);
    if end <= start {
        end += DAY;
    }
    let json = |at: i64| json!({ "dateTime": stamp(at), "timeZone": shown.zone.name() });
    Ok((json(start), json(end)))
}

fn create(world: &mut World, shown: &Shown, form: &Query, now: i64) -> Result<(), ApiError> {
    let (start, end) = times(shown, form)?;
    let mut body = json!({ "summary": form.get("title").unwrap_or_default(), "start": start, "end": end });
    if let Some(visibility) = form.get("visibility") {
        body["visibility"] = json!(visibility);
    }
    if let Some(frequency) = form.get("repeat") {
        body["recurrence"] = json!([format!("RRULE:FREQ={frequency}")]);
    }
    let guests =
        form.get("guests").unwrap_or_default().split([',', ' ', ';']).filter(|guest| !guest.is_empty());
    let mut attendees: Vec<Value> = guests.map(|guest| json!({ "email": guest })).collect();
    let room = form.get("room");
    if let (Some(room), Some("direct")) = (room, form.get("how")) {
        body["attendees"] = json!(attendees);
        let actor = actor_for(world, shown, room);
        return world.act_insert(&actor, room, &body, now).map(drop);
    }
    if let Some(room) = room {
        attendees.push(json!({ "email": room, "resource": true }));
    }
    if !attendees.is_empty() {
        attendees.insert(0, json!({ "email": shown.user, "responseStatus": "accepted" }));
    }
    body["attendees"] = json!(attendees);
    world.act_insert(&Actor::person(&shown.user), "primary", &body, now).map(drop)
}

fn update(
    world: &mut World,
    shown: &Shown,
    actor: &Actor,
    target: (&str, &str),
    form: &Query,
    now: i64,
) -> Result<(), ApiError> {
    let (start, end) = times(shown, form)?;
    let mut body = json!({ "start": start, "end": end });
    if let Some(title) = form.get("title") {
        body["summary"] = json!(title);
    }
    let calendar = if target.0 == "primary" { shown.user.as_str() } else { target.0 };
    let held = world.event(calendar, target.1).ok_or_else(ApiError::not_found)?;
    let old = held.content.attendees.iter().find(|attendee| attendee.resource).map(|room| room.email.clone());
    let wanted = form.get("room").map(str::to_owned);
    if held.content.organizer == calendar && old != wanted && wanted.as_deref() != Some(calendar) {
        let shown = world.render_owner(calendar, &held);
        let list = shown["attendees"].as_array().cloned().unwrap_or_default();
        let mut list: Vec<Value> = list.into_iter().filter(|attendee| attendee["resource"] != true).collect();
        list.extend(wanted.map(|room| json!({ "email": room, "resource": true })));
        body["attendees"] = json!(list);
    }
    world.act_edit(actor, target, &body, Mode::Patch, None, now).map(drop)
}

/// The open instance and all after it get the form's title and times of day.
fn following(
    world: &mut World,
    shown: &Shown,
    actor: &Actor,
    target: (&str, &str),
    form: &Query,
    now: i64,
) -> Result<(), ApiError> {
    let (start, end) = times(shown, form)?;
    let mut body = json!({ "start": start, "end": end });
    if let Some(title) = form.get("title") {
        body["summary"] = json!(title);
    }
    world.act_following(actor, target, &body, now).map(drop)
}

fn answer(
    world: &mut World,
    actor: &Actor,
    target: (&str, &str),
    word: &str,
    now: i64,
) -> Result<(), ApiError> {
    let calendar = if target.0 == "primary" { actor.email.as_str() } else { target.0 };
    world.answer(calendar, target.1, word, now)
}
