//! `events.move`: another calendar becomes the organiser (discovery: `events.move`).

use super::World;
use super::access::{Actor, Role};
use super::event::{EventCopy, Response};
use super::find::Found;
use crate::wire::ApiError;

impl World {
    /// A series moves with its exceptions. The old calendar keeps a guest's copy if it is invited, else a tombstone with
    /// nothing but its id (discovery: `Event.status`).
    pub(crate) fn act_move(
        &mut self,
        actor: &Actor,
        target: (&str, &str),
        to: &str,
        now: i64,
    ) -> Result<(String, String), ApiError> {
        let (from, _) = self.open(actor, target.0, Role::WriterWithoutPrivateAccess)?;
        let (to, _) = self.open(actor, to, Role::WriterWithoutPrivateAccess)?;
        let id = target.1;
        let Found::Copy(copy) = self.find(&from, id)? else {
            return Err(ApiError::invalid("An instance cannot be moved to another calendar."));
        };
        if copy.content.series.is_some() {
            return Err(ApiError::invalid("An instance cannot be moved to another calendar."));
        }
        if !copy.is_live() {
            return Err(ApiError::deleted());
        }
        if copy.content.organizer != from {
            return Err(ApiError::not_organizer());
        }
        if copy.content.text("eventType") != "default" {
            return Err(ApiError::invalid("Only events of the type default can be moved."));
        }
        if from == to {
            return Ok((to, id.to_owned()));
        }
        if self.copy(&to, id).is_some_and(|held| held.content.organizer != from) {
            return Err(ApiError::duplicate());
        }
        let exceptions = self.exceptions(&from, id);
        for one in std::iter::once(copy).chain(exceptions) {
            self.move_one(one, &from, &to, now);
        }
        Ok((to, id.to_owned()))
    }

    fn move_one(&mut self, mut copy: EventCopy, from: &str, to: &str, now: i64) {
        to.clone_into(&mut copy.content.organizer);
        copy.content.sequence += 1;
        copy.content.updated = now;
        copy.copies.remove(to);
        copy.copies.insert(from.to_owned());
        for attendee in copy.content.attendees.iter_mut().filter(|attendee| attendee.email == to) {
            attendee.response = Response::Accepted;
        }
        let id = copy.id.clone();
        self.store(to, copy, now, "move");
        self.refresh_copy(to, &id, from, now);
        self.send_copies(to, &id, now);
    }
}
