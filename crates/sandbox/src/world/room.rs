//! Rooms answer by themselves: free means accepted, taken means declined; a changed time asks again
//! (facts: google-calendar §6).

use chrono_tz::Tz;

use super::calendar::Kind;
use super::clock::DAY;
use super::event::{Content, EventCopy, Response, Status};
use super::find::exception_of;
use super::{World, recurrence};

/// How far ahead a series is checked, and how many of its instances.
const HORIZON: i64 = 2 * 366 * DAY;
const INSTANCES: usize = 750;
/// "Not unavailable more than 8 times".
const MOST_CONFLICTS: usize = 8;

impl World {
    pub(crate) fn zone(&self, calendar: &str) -> Tz {
        self.calendars.get(calendar).map_or(chrono_tz::UTC, |home| home.zone)
    }

    fn is_room(&self, email: &str) -> bool {
        self.calendars.get(email).is_some_and(|home| home.kind == Kind::Room)
    }

    /// Decides the answers of rooms in an edited main copy and says which are to be asked. A room's answer is its own:
    /// what a client sends for it is ignored.
    pub(super) fn settle_rooms(&self, before: Option<&EventCopy>, copy: &mut EventCopy) -> Vec<String> {
        let old = before.map(|copy| &copy.content);
        let again = match old {
            None => true,
            Some(old) => old.status == Status::Cancelled || !old.same_times(&copy.content),
        };
        let mut asked = Vec::new();
        for attendee in &mut copy.content.attendees {
            let Some(room) = self.calendars.get(&attendee.email).filter(|home| home.kind == Kind::Room)
            else {
                continue;
            };
            attendee.resource = true;
            attendee.display_name = Some(room.summary.clone());
            if attendee.email == copy.content.organizer {
                attendee.response = Response::Accepted;
                continue;
            }
            let had = old.and_then(|old| old.attendee(&attendee.email)).map(|old| old.response);
            attendee.response = match had {
                Some(response) if !again => response,
                _ => Response::NeedsAction,
            };
            if (again || had.is_none()) && room.auto_accept {
                asked.push(attendee.email.clone());
            }
        }
        if copy.content.status == Status::Cancelled { Vec::new() } else { asked }
    }

    /// The room's own answer.
    pub(super) fn answer_room(&mut self, room: &str, event: &str, sequence: i64, now: i64) {
        let Some(copy) = self.copy(room, event).cloned() else { return };
        let waits = copy.is_live()
            && copy.content.sequence >= sequence
            && copy.response(room) == Response::NeedsAction
            && self.is_room(room);
        if !waits {
            return;
        }
        let organizer = copy.content.organizer.clone();
        if !copy.is_master() {
            let zone = self.zone(room);
            let series = copy.content.series.as_deref().unwrap_or(event);
            let (start, end) = (copy.content.start.at(zone), copy.content.end.at(zone));
            let taken = copy.content.is_opaque() && self.is_taken(room, start, end, series);
            let response = if taken { Response::Declined } else { Response::Accepted };
            self.respond(&organizer, event, room, response, None, now);
            return;
        }
        self.answer_series(room, &copy, &organizer, now);
    }

    /// A series: at least half of the instances free and not more than eight taken, else all is declined.
    fn answer_series(&mut self, room: &str, copy: &EventCopy, organizer: &str, now: i64) {
        let zone = self.zone(room);
        let from = copy.content.start.at(zone);
        let until = from.max(now) + HORIZON;
        let slots = recurrence::expand(&copy.content, zone, from, until, INSTANCES);
        let count = slots.len();
        let taken: Vec<_> = slots
            .into_iter()
            .filter(|slot| self.is_taken(room, slot.start.at(zone), slot.end.at(zone), &copy.id))
            .collect();
        if taken.len() * 2 > count || taken.len() > MOST_CONFLICTS {
            self.respond(organizer, &copy.id, room, Response::Declined, None, now);
            return;
        }
        self.respond(organizer, &copy.id, room, Response::Accepted, None, now);
        let Some(main) = self.copy(organizer, &copy.id).cloned() else { return };
        for slot in taken {
            let mut exception = exception_of(&main, slot, now);
            if self.copy(organizer, &exception.id).is_some() {
                continue;
            }
            for attendee in exception.content.attendees.iter_mut().filter(|a| a.email == room) {
                attendee.response = Response::Declined;
            }
            let id = exception.id.clone();
            self.store(organizer, exception, now, "room declines an instance");
            self.send_copies(organizer, &id, now);
        }
    }

    /// Whether something else holds the room in `[start, end)`; `series` is the asker.
    fn is_taken(&self, room: &str, start: i64, end: i64, series: &str) -> bool {
        let Some(home) = self.calendars.get(room) else { return false };
        home.events.values().any(|copy| {
            let own = copy.id == series || copy.content.series.as_deref() == Some(series);
            if own
                || !copy.is_live()
                || !copy.content.is_opaque()
                || copy.response(room) != Response::Accepted
            {
                return false;
            }
            if !copy.is_master() {
                return overlaps(&copy.content, home.zone, start, end);
            }
            recurrence::expand(&copy.content, home.zone, start, end, usize::MAX).iter().any(|slot| {
                let touched = format!("{}_{}", copy.id, slot.start.suffix());
                !home.events.contains_key(&touched)
            })
        })
    }
}

pub(super) fn overlaps(content: &Content, zone: Tz, from: i64, to: i64) -> bool {
    content.end.at(zone) > from && content.start.at(zone) < to
}
