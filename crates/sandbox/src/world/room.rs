//! Rooms answer by themselves: free means accepted, taken means declined; a changed time asks again
//! (facts: google-calendar §6).

use chrono_tz::Tz;

use super::World;
use super::access::Role;
use super::calendar::Kind;
use super::clock::DAY;
use super::event::{Content, EventCopy, Response, Status};
use super::find::exception_of;
use super::recurrence::{self, Place};

/// How far ahead a series is checked, and how many of its instances.
const HORIZON: i64 = 2 * 366 * DAY;
const INSTANCES: usize = 750;

impl World {
    pub(crate) fn zone(&self, calendar: &str) -> Tz {
        self.calendars.get(calendar).map_or(chrono_tz::UTC, |home| home.zone)
    }

    /// Where a calendar's series are expanded.
    pub(crate) fn place(&self, calendar: &str) -> Place {
        Place {
            zone: self.zone(calendar),
            skip_gaps: self.settings.skip_gaps,
            start_counts: self.settings.start_counts,
            opaque_ids: self.settings.opaque_instance_ids,
        }
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
        if !self.may_book(room, &copy.content) {
            self.respond(&organizer, event, room, Response::Declined, None, now);
            return;
        }
        if !copy.is_master() {
            let zone = self.zone(room);
            let series = copy.content.series.as_deref().unwrap_or(event);
            let (start, end) = (copy.content.start.at(zone), copy.content.end.at(zone));
            let taken = copy.content.is_opaque() && self.is_taken(room, start, end, series);
            if taken && self.replace(room, event, &organizer, (start, end), now) {
                return;
            }
            let response = if taken { Response::Declined } else { Response::Accepted };
            self.respond(&organizer, event, room, response, None, now);
            if taken {
                self.mail_room_declined(&organizer, event, room, now);
            }
            return;
        }
        self.answer_series(room, &copy, &organizer, now);
    }

    /// A room that is not shared with details, or with times and booking allowed, always declines
    /// (facts: google-calendar §6). Of a secondary calendar's event its creator counts.
    fn may_book(&self, room: &str, content: &Content) -> bool {
        let known = self.directory.users.contains_key(&content.organizer);
        let person = if known { &content.organizer } else { &content.creator };
        let least = if self.settings.free_busy_books { Role::FreeBusyReader } else { Role::Reader };
        self.role(person, room) >= least
    }

    /// Puts a similar free room in the place of one that is taken (`replace_rooms`): of the same building, not smaller,
    /// with the same equipment, and of these the smallest.
    fn replace(
        &mut self,
        room: &str,
        event: &str,
        organizer: &str,
        (start, end): (i64, i64),
        now: i64,
    ) -> bool {
        let Some(mut main) = self.copy(organizer, event).cloned().filter(|_| self.settings.replace_rooms)
        else {
            return false;
        };
        let company = self.calendars.get(room).and_then(|home| home.company.as_ref());
        let Some(company) = company.and_then(|domain| self.directory.companies.get(domain)) else {
            return false;
        };
        let Some(old) = company.rooms.get(room) else { return false };
        let fits = company.rooms.values().filter(|other| {
            other.email != room
                && other.building == old.building
                && other.capacity >= old.capacity
                && old.features.iter().all(|feature| other.features.contains(feature))
                && self.calendars.get(&other.email).is_some_and(|home| home.auto_accept)
                && main.content.attendee(&other.email).is_none()
                && !self.is_taken(&other.email, start, end, event)
        });
        let Some(new) =
            fits.min_by_key(|other| (other.capacity, other.order)).map(|other| other.email.clone())
        else {
            return false;
        };
        for attendee in main.content.attendees.iter_mut().filter(|attendee| attendee.email == room) {
            attendee.email.clone_from(&new);
            attendee.response = Response::NeedsAction;
        }
        self.save_main(organizer, main, now, "a similar room");
        true
    }

    /// Gives the rooms back when all guests but one have declined (`release_rooms`).
    pub(super) fn release_rooms(&mut self, organizer: &str, event: &str, now: i64) {
        let Some(mut main) = self.copy(organizer, event).cloned() else { return };
        let guests: Vec<_> = main.content.attendees.iter().filter(|attendee| !attendee.resource).collect();
        let left = guests.iter().filter(|guest| guest.response != Response::Declined).count();
        if guests.len() > 1 && left <= 1 && guests.len() < main.content.attendees.len() {
            main.content.attendees.retain(|attendee| !attendee.resource);
            self.save_main(organizer, main, now, "rooms released");
        }
    }

    /// A series: declined as a whole when too many instances are taken (`series_rule`), else those alone are.
    fn answer_series(&mut self, room: &str, copy: &EventCopy, organizer: &str, now: i64) {
        let zone = self.zone(room);
        let from = copy.content.start.at(zone);
        let until = from.max(now) + HORIZON;
        let slots = recurrence::expand(&copy.content, self.place(room), from, until, INSTANCES);
        let count = slots.len();
        let taken: Vec<_> = slots
            .into_iter()
            .filter(|slot| self.is_taken(room, slot.start.at(zone), slot.end.at(zone), &copy.id))
            .collect();
        if self.settings.series_rule.declines(taken.len(), count) {
            self.respond(organizer, &copy.id, room, Response::Declined, None, now);
            self.mail_room_declined(organizer, &copy.id, room, now);
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
            recurrence::expand(&copy.content, self.place(room), start, end, usize::MAX).iter().any(|slot| {
                let touched = format!("{}_{}", copy.id, slot.suffix);
                !home.events.contains_key(&touched)
            })
        })
    }
}

pub(super) fn overlaps(content: &Content, zone: Tz, from: i64, to: i64) -> bool {
    content.end.at(zone) > from && content.start.at(zone) < to
}
