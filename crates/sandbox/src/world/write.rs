//! Writes to events: insert, patch, update, delete, on the organiser's copy or on a guest's
//! (facts: google-calendar §2).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::access::{Actor, Role};
use super::clock::When;
use super::edit::{self, Mode};
use super::event::{Content, EventCopy, Response, Status};
use super::find::{Found, exception_of};
use super::recurrence::Slot;
use super::{Task, World};
use crate::wire::ApiError;

impl World {
    /// Google: `events.insert`; 409 `duplicate` also against a deleted id (facts: google-calendar §2, `id`).
    pub fn act_insert(
        &mut self,
        actor: &Actor,
        calendar: &str,
        body: &Value,
        now: i64,
    ) -> Result<(String, String), ApiError> {
        let (calendar, _) = self.open(actor, calendar, Role::WriterWithoutPrivateAccess)?;
        let zone = self.zone(&calendar);
        let id = match body["id"].as_str() {
            Some(id) => {
                edit::check_id(id)?;
                id.to_owned()
            }
            None => self.random_id(26),
        };
        if self.copy(&calendar, &id).is_some() {
            return Err(ApiError::duplicate());
        }
        let uid = body["iCalUID"].as_str().map_or_else(|| format!("{id}@google.com"), str::to_owned);
        let mut copy = blank(&calendar, actor, &id, &uid, now);
        copy.detached = body["privateCopy"] == true;
        edit::set_type(&mut copy, body)?;
        put_new(&mut copy, body, zone)?;
        self.save_main(&calendar, copy, now, "insert");
        Ok((calendar, id))
    }

    /// Google: `events.patch` and `events.update`, with `If-Match`.
    pub(crate) fn act_edit(
        &mut self,
        actor: &Actor,
        target: (&str, &str),
        body: &Value,
        mode: Mode,
        if_match: Option<&str>,
        now: i64,
    ) -> Result<(String, String), ApiError> {
        let (calendar, _) = self.open(actor, target.0, Role::WriterWithoutPrivateAccess)?;
        let id = target.1;
        let found = self.find(&calendar, id)?;
        self.check_etag(&found, if_match)?;
        let copy = match found {
            Found::Copy(copy) => copy,
            Found::Instance(master, slot) => exception_of(&master, slot, now),
        };
        let map = body.as_object().ok_or_else(|| ApiError::new(400, "badRequest", "Bad Request"))?;
        let revives = matches!(map.get("status").and_then(Value::as_str), Some("confirmed" | "tentative"))
            || mode == Mode::Put;
        let editable = copy.is_live() || (revives && copy.is_main(&calendar));
        if !editable {
            return Err(ApiError::deleted());
        }
        if copy.is_main(&calendar) {
            self.edit_main(&calendar, copy, body, mode, now)?;
        } else {
            self.edit_guest(&calendar, copy, body, mode, now)?;
        }
        Ok((calendar, id.to_owned()))
    }

    /// Google: `events.delete`; on a guest's calendar it declines and takes the copy off.
    pub(crate) fn act_delete(
        &mut self,
        actor: &Actor,
        target: (&str, &str),
        if_match: Option<&str>,
        now: i64,
    ) -> Result<(), ApiError> {
        let (calendar, _) = self.open(actor, target.0, Role::WriterWithoutPrivateAccess)?;
        let found = self.find(&calendar, target.1)?;
        let mut copy = match &found {
            Found::Copy(copy) => copy.clone(),
            Found::Instance(master, slot) => exception_of(master, slot.clone(), now),
        };
        if !copy.is_live() {
            return Err(ApiError::deleted());
        }
        self.check_etag(&found, if_match)?;
        if copy.is_main(&calendar) {
            copy.content.status = Status::Cancelled;
            copy.content.sequence += 1;
            self.save_main(&calendar, copy, now, "delete");
        } else {
            let (organizer, id) = (copy.content.organizer.clone(), copy.id.clone());
            if self.copy(&organizer, &id).is_none() {
                self.store_exception_on_main(&organizer, &copy, now);
            }
            copy.removed = true;
            self.store(&calendar, copy, now, "delete own copy");
            self.respond(&organizer, &id, &calendar, Response::Declined, None, now);
        }
        Ok(())
    }

    fn check_etag(&self, found: &Found, if_match: Option<&str>) -> Result<(), ApiError> {
        match if_match {
            None | Some("*") => Ok(()),
            Some(sent) if sent == self.etag(found.etag()) => Ok(()),
            Some(_) => Err(ApiError::precondition()),
        }
    }

    fn edit_main(
        &mut self,
        calendar: &str,
        mut copy: EventCopy,
        body: &Value,
        mode: Mode,
        now: i64,
    ) -> Result<(), ApiError> {
        let zone = self.zone(calendar);
        edit::apply(&mut copy, body, mode, zone)?;
        copy.removed = false;
        self.keep_private(calendar, &mut copy, now);
        self.save_main(calendar, copy, now, if mode == Mode::Put { "update" } else { "patch" });
        Ok(())
    }

    /// One instance made more private makes the whole series so; the reverse is ignored (facts: google-calendar §2,
    /// `visibility`).
    fn keep_private(&mut self, calendar: &str, copy: &mut EventCopy, now: i64) {
        let Some(series) = copy.content.series.clone() else { return };
        let Some(mut master) = self.copy(calendar, &series).cloned() else { return };
        if master.content.is_private() && !copy.content.is_private() {
            let visibility = master.content.fields["visibility"].clone();
            copy.content.fields.insert("visibility".to_owned(), visibility);
        } else if copy.content.is_private() && !master.content.is_private() {
            let visibility = copy.content.fields["visibility"].clone();
            master.content.fields.insert("visibility".to_owned(), visibility);
            self.save_main(calendar, master, now, "one instance became private");
        }
    }

    /// Stores an edited main copy: sequence, rooms asked (again), copies brought up, exceptions kept in line.
    pub(crate) fn save_main(&mut self, calendar: &str, mut copy: EventCopy, now: i64, why: &str) {
        let before = self.copy(calendar, &copy.id).cloned();
        let base = before.clone().or_else(|| {
            let series = copy.content.series.as_deref()?;
            let master = self.copy(calendar, series)?.clone();
            let start = copy.content.original_start.clone()?;
            let zone = self.zone(calendar);
            let length = master.content.end.at(zone) - master.content.start.at(zone);
            let end = match (&start, &copy.content.end) {
                (When::At(at, _), When::At(_, zone)) => When::At(at + length, *zone),
                _ => copy.content.end.clone(),
            };
            let suffix = self.place(calendar).suffix(&start);
            Some(exception_of(&master, Slot { start, end, suffix }, now))
        });
        let asked = if copy.detached { Vec::new() } else { self.settle_rooms(base.as_ref(), &mut copy) };
        if let Some(old) = &base {
            if !old.content.same_times(&copy.content) && copy.content.sequence <= old.content.sequence {
                copy.content.sequence = old.content.sequence + 1;
            }
            if old.content != copy.content {
                copy.content.updated = now;
            }
        }
        let (id, sequence) = (copy.id.clone(), copy.content.sequence);
        let master = copy.is_master() || before.as_ref().is_some_and(EventCopy::is_master);
        let after = copy.content.clone();
        self.store(calendar, copy, now, why);
        if let (true, Some(before)) = (master, &before) {
            self.carry_to_exceptions(calendar, &id, &before.content, &after, now);
        }
        self.send_copies(calendar, &id, now);
        if let (true, Some(before)) = (master, before) {
            self.send_cancelled_dates(calendar, &id, &before.content, &after, now);
        }
        self.order_conference(calendar, base.as_ref(), (&id, &after), now);
        let at = now + (self.settings.copy_delay_ms + self.settings.room_answer_delay_ms) * 1_000;
        for room in asked {
            self.schedule(at, Task::Room { room, event: id.clone(), sequence });
        }
    }
}

/// An event without anything, which a body is then put into.
pub(super) fn blank(calendar: &str, actor: &Actor, id: &str, uid: &str, now: i64) -> EventCopy {
    EventCopy {
        content: Content {
            organizer: calendar.to_owned(),
            creator: actor.email.clone(),
            ical_uid: uid.to_owned(),
            status: Status::Confirmed,
            start: When::At(0, None),
            end: When::At(0, None),
            recurrence: Vec::new(),
            series: None,
            original_start: None,
            attendees: Vec::new(),
            shared: Map::new(),
            fields: Map::from_iter([("eventType".to_owned(), "default".into())]),
            sequence: 0,
            created: now,
            updated: now,
        },
        id: id.to_owned(),
        private: Map::new(),
        own: Map::new(),
        etag: 0,
        changed: 0,
        at: now,
        past: Vec::new(),
        detached: false,
        removed: false,
        dropped: false,
        copies: BTreeSet::new(),
    }
}

fn put_new(copy: &mut EventCopy, body: &Value, zone: chrono_tz::Tz) -> Result<(), ApiError> {
    edit::apply(copy, body, Mode::Put, zone)?;
    if copy.content.status == Status::Cancelled {
        return Err(ApiError::invalid("Invalid value for status."));
    }
    Ok(())
}
