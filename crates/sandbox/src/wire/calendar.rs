//! Calendar v3: from a method's name to what the world does, and what all its answers have in common: partial answers,
//! indentation, `ETag` and 304.

use http::{StatusCode, header};
use serde_json::Value;

use super::fields::Fields;
use super::methods::Method;
use super::reply::{self, Answer};
use super::router::Call;
use super::{ApiError, Query};
use crate::world::access::{Actor, Role};
use crate::world::push::Resource;
use crate::world::render::Reader;
use crate::world::{Mode, World};

/// Nothing means 204.
type Outcome = Result<Option<Value>, ApiError>;

/// One call: who asks, and what.
struct Ask<'a> {
    call: &'a Call,
    actor: &'a Actor,
}

/// Answers a request under `/calendar/v3/`.
pub(super) fn answer(world: &mut World, call: &Call, actor: &Actor, path: &[&str]) -> Answer {
    let (method, ids) = Method::find(call.method.as_str(), path).ok_or_else(ApiError::not_found)?;
    actor.demand(&method.scopes())?;
    if let (["calendars", ..], Some(id)) = (path, ids.first()) {
        world.demand_reach(actor, &method.scopes(), id)?;
    }
    if world.settings.strict_parameters {
        method.check_query(&call.query)?;
    }
    if call.query.get("alt").is_some_and(|alt| alt != "json") {
        return Err(ApiError::parameter("alt", "Invalid value for alt: only json is supported."));
    }
    let fields = call.query.get("fields").map(Fields::parse).transpose()?;
    let pretty = call.query.flag("prettyPrint")? != Some(false);
    let ask = Ask { call, actor };
    let found = match method.id.split_once('.') {
        Some(("events", name)) => events(world, &ask, name, &ids),
        Some(("calendars", name)) => calendars(world, &ask, name, &ids),
        Some(("acl", name)) => acl(world, &ask, name, &ids),
        Some(("calendarList", name)) => calendar_list(world, &ask, name, &ids),
        _ => others(world, &ask, method.id, &ids),
    }?;
    let Some(value) = found else { return Ok(reply::empty()) };
    let held = ask.call.header(header::IF_NONE_MATCH);
    if call.method == http::Method::GET && held.is_some() && held == value["etag"].as_str() {
        let mut response = reply::empty();
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    Ok(reply::partial(value, fields.as_ref(), pretty))
}

fn events(world: &mut World, ask: &Ask<'_>, name: &str, ids: &[&str]) -> Outcome {
    let (call, actor, now) = (ask.call, ask.actor, ask.call.now);
    let if_match = call.header(header::IF_MATCH);
    check_updates(&call.query)?;
    let written = match (name, ids) {
        ("list", [id]) => {
            let (id, role) = world.open(actor, id, Role::FreeBusyReader)?;
            let reader = Reader { calendar: &id, role: actor.sees(role), person: &actor.email };
            return world.events_list(reader, &call.query, now).map(Some);
        }
        ("instances", [id, event]) => {
            let (id, role) = world.open(actor, id, Role::FreeBusyReader)?;
            let reader = Reader { calendar: &id, role: actor.sees(role), person: &actor.email };
            return world.events_instances(reader, event, &call.query, now).map(Some);
        }
        ("watch", [id]) => {
            let (id, _) = world.open(actor, id, Role::FreeBusyReader)?;
            return world.watch(actor, Resource::Events(id), &call.json()?, now).map(Some);
        }
        ("get", [id, event]) => {
            let (id, _) = world.open(actor, id, Role::FreeBusyReader)?;
            (id, (*event).to_owned())
        }
        ("delete", [id, event]) => {
            return world.act_delete(actor, (id, event), if_match, now).map(|()| None);
        }
        ("insert", [id]) => world.act_insert(actor, id, &supported(call, None)?, now)?,
        ("import", [id]) => world.act_import(actor, id, &supported(call, None)?, now)?,
        ("quickAdd", [id]) => world.act_quick_add(actor, id, &call.query, now)?,
        ("move", [id, event]) => {
            let to = call.query.get("destination");
            let to = to.ok_or_else(|| ApiError::required("Missing destination calendar."))?;
            world.act_move(actor, (id, event), to, now)?
        }
        ("patch", [id, event]) => {
            world.act_edit(actor, (id, event), &supported(call, None)?, Mode::Patch, if_match, now)?
        }
        ("update", [id, event]) => {
            let (calendar, _) = world.open(actor, id, Role::FreeBusyReader)?;
            let held = world.event(&calendar, event).map(|copy| world.render_owner(&calendar, &copy));
            let body = supported(call, held.as_ref())?;
            world.act_edit(actor, (id, event), &body, Mode::Put, if_match, now)?
        }
        _ => return Err(ApiError::not_found()),
    };
    let (calendar, event) = written;
    let role = actor.sees(world.role(&actor.email, &calendar));
    let reader = Reader { calendar: &calendar, role, person: &actor.email };
    let view = world.view(reader, &call.query)?;
    let found = world.find_at(&calendar, &event, now)?;
    Ok(Some(world.render_found(&found, &view)))
}

/// `sendUpdates=all|externalOnly|none`; no mail is sent, so it changes nothing.
fn check_updates(query: &Query) -> Result<(), ApiError> {
    query.flag("sendNotifications")?;
    match query.get("sendUpdates") {
        None | Some("all" | "externalOnly" | "none") => Ok(()),
        Some(_) => Err(ApiError::parameter("sendUpdates", "Invalid value for sendUpdates.")),
    }
}

/// The body of a write, without what the client says it does not know: conference data count only with
/// `conferenceDataVersion=1`, attachments with `supportsAttachments=true`, labels with `eventLabelVersion=1` (and then
/// no colours). A PUT keeps these as they are `held` (discovery: `events.update`).
fn supported(call: &Call, held: Option<&Value>) -> Result<Value, ApiError> {
    let mut body = call.json()?;
    let version = |name: &str| match call.query.get(name) {
        None | Some("0") => Ok(false),
        Some("1") => Ok(true),
        Some(_) => Err(ApiError::parameter(name, &format!("Invalid value for {name}."))),
    };
    let labels = version("eventLabelVersion")?;
    let known = [
        ("conferenceData", version("conferenceDataVersion")?),
        ("attachments", call.query.flag("supportsAttachments")? == Some(true)),
        ("eventLabelId", labels),
        ("colorId", !labels),
    ];
    if let Some(map) = body.as_object_mut() {
        for (name, known) in known {
            if known {
                continue;
            }
            match held.and_then(|held| held.get(name)) {
                Some(value) => map.insert(name.to_owned(), value.clone()),
                None => map.remove(name),
            };
        }
    }
    Ok(body)
}

fn calendars(world: &mut World, ask: &Ask<'_>, name: &str, ids: &[&str]) -> Outcome {
    let (call, actor, now) = (ask.call, ask.actor, ask.call.now);
    let if_match = call.header(header::IF_MATCH);
    match (name, ids) {
        ("get", [id]) => {
            let (id, _) = world.open(actor, id, Role::FreeBusyReader)?;
            world.calendar_get(&id).map(Some)
        }
        ("insert", []) => world.calendar_insert(actor, &call.json()?, now).map(Some),
        ("patch", [id]) => {
            world.calendar_edit(actor, id, &call.json()?, Mode::Patch, if_match, now).map(Some)
        }
        ("update", [id]) => world.calendar_edit(actor, id, &call.json()?, Mode::Put, if_match, now).map(Some),
        ("delete", [id]) => world.calendar_delete(actor, id, now).map(|()| None),
        ("clear", [id]) => world.calendar_clear(actor, id, now).map(|()| None),
        ("transferOwnership", [id]) => world.calendar_transfer(actor, id, &call.query, now).map(|()| None),
        _ => Err(ApiError::not_found()),
    }
}

fn acl(world: &mut World, ask: &Ask<'_>, name: &str, ids: &[&str]) -> Outcome {
    let (call, actor, now) = (ask.call, ask.actor, ask.call.now);
    let if_match = call.header(header::IF_MATCH);
    call.query.flag("sendNotifications")?;
    let least = if matches!(name, "list" | "get" | "watch") { Role::Writer } else { Role::Owner };
    let (id, rest) = ids.split_first().ok_or_else(ApiError::not_found)?;
    let (id, _) = world.open(actor, id, least)?;
    match (name, rest) {
        ("list", []) => world.acl_list(&id, &call.query, now).map(Some),
        ("watch", []) => world.watch(actor, Resource::Acl(id), &call.json()?, now).map(Some),
        ("get", [rule]) => world.acl_get(&id, rule).map(Some),
        ("insert", []) => world.acl_insert(actor, &id, &call.json()?).map(Some),
        ("patch" | "update", [rule]) => world.acl_edit(actor, (&id, rule), &call.json()?, if_match).map(Some),
        ("delete", [rule]) => world.acl_delete(actor, (&id, rule), if_match).map(|()| None),
        _ => Err(ApiError::not_found()),
    }
}

fn calendar_list(world: &mut World, ask: &Ask<'_>, name: &str, ids: &[&str]) -> Outcome {
    let (call, actor, now) = (ask.call, ask.actor, ask.call.now);
    let if_match = call.header(header::IF_MATCH);
    let rgb = call.query.flag("colorRgbFormat")? == Some(true);
    match (name, ids) {
        ("list", []) => world.calendar_list(actor, &call.query, now).map(Some),
        ("watch", []) => {
            let resource = Resource::CalendarList(actor.email.clone());
            world.watch(actor, resource, &call.json()?, now).map(Some)
        }
        ("get", [id]) => world.calendar_list_get(actor, id).map(Some),
        ("insert", []) => world.calendar_list_insert(actor, &call.json()?, rgb).map(Some),
        ("patch", [id]) => {
            world.calendar_list_edit(actor, id, &call.json()?, (Mode::Patch, rgb), if_match).map(Some)
        }
        ("update", [id]) => {
            world.calendar_list_edit(actor, id, &call.json()?, (Mode::Put, rgb), if_match).map(Some)
        }
        ("delete", [id]) => world.calendar_list_delete(actor, id).map(|()| None),
        _ => Err(ApiError::not_found()),
    }
}

fn others(world: &mut World, ask: &Ask<'_>, id: &str, ids: &[&str]) -> Outcome {
    let (call, actor, now) = (ask.call, ask.actor, ask.call.now);
    match (id, ids) {
        ("settings.list", []) => world.user_settings(actor, &call.query, now).map(Some),
        ("settings.get", [setting]) => world.user_setting(actor, setting).map(Some),
        ("settings.watch", []) => {
            let resource = Resource::Settings(actor.email.clone());
            world.watch(actor, resource, &call.json()?, now).map(Some)
        }
        ("colors.get", []) => Ok(Some(crate::world::colors::palette())),
        ("freebusy.query", []) => world.free_busy(actor, &call.json()?).map(Some),
        ("channels.stop", []) => world.stop(actor, &call.json()?, ask.call.now).map(|()| None),
        _ => Err(ApiError::not_found()),
    }
}
