//! Copies: every Google-hosted attendee has one, with an etag and private properties of its own
//! (facts: google-calendar §6; decisions 3, 39).

use std::collections::BTreeSet;

use serde_json::Map;

use super::event::{Attendee, Content, EventCopy, Response, Status};
use super::find::exception_of;
use super::{Task, World, recurrence};

impl World {
    /// Brings the copies up now, or after the configured delay.
    pub(super) fn send_copies(&mut self, calendar: &str, event: &str, now: i64) {
        if self.settings.copy_delay_ms == 0 {
            self.apply_copies(calendar, event, now);
        } else {
            let task = Task::Copies { calendar: calendar.to_owned(), event: event.to_owned() };
            self.schedule(now + self.settings.copy_delay_ms * 1_000, task);
        }
    }

    /// Makes every copy say what the main copy says.
    pub(super) fn apply_copies(&mut self, calendar: &str, event: &str, now: i64) {
        let Some(main) = self.copy(calendar, event).cloned() else { return };
        if main.detached {
            return;
        }
        let guests = main.content.attendees.iter().map(|attendee| attendee.email.clone());
        let mut homes: BTreeSet<String> =
            guests.filter(|email| email != calendar && self.calendars.contains_key(email)).collect();
        homes.extend(main.copies.iter().cloned());
        if let Some(master) = main.content.series.as_deref().and_then(|id| self.copy(calendar, id)) {
            homes.extend(master.copies.iter().cloned());
        }
        for home in &homes {
            self.apply_copy(&main, home, now);
        }
        if let Some(main) = self.calendars.get_mut(calendar).and_then(|home| home.events.get_mut(event)) {
            main.copies = homes;
        }
    }

    /// One copy, at once.
    pub(super) fn refresh_copy(&mut self, organizer: &str, event: &str, home: &str, now: i64) {
        if let Some(main) = self.copy(organizer, event).cloned() {
            self.apply_copy(&main, home, now);
        }
    }

    fn apply_copy(&mut self, main: &EventCopy, home: &str, now: i64) {
        let invited = main.content.attendee(home);
        let old = self.copy(home, &main.id);
        if old.is_some_and(|old| old.detached) {
            return;
        }
        let knows_series = main
            .content
            .series
            .as_deref()
            .is_some_and(|series| self.copy(home, series).is_some_and(EventCopy::is_live));
        if old.is_none() && !knows_series && (invited.is_none() || main.content.status == Status::Cancelled) {
            return;
        }
        let taken_off = old.is_some_and(|old| old.removed)
            && invited.is_some_and(|attendee| attendee.response == Response::Declined);
        let copy = EventCopy {
            id: main.id.clone(),
            content: main.content.clone(),
            private: old.map_or_else(Map::new, |old| old.private.clone()),
            own: old.map_or_else(Map::new, |old| old.own.clone()),
            etag: 0,
            changed: 0,
            at: now,
            past: Vec::new(),
            detached: false,
            removed: invited.is_none() || taken_off,
            dropped: false,
            copies: BTreeSet::new(),
        };
        self.store(home, copy, now, "copy");
    }

    /// Sets one attendee's answer on the main copy and brings it to all copies.
    pub(super) fn respond(
        &mut self,
        organizer: &str,
        event: &str,
        email: &str,
        response: Response,
        comment: Option<String>,
        now: i64,
    ) {
        let Some(mut main) = self.copy(organizer, event).cloned() else { return };
        let Some(attendee) = main.content.attendees.iter_mut().find(|a| a.email == email) else { return };
        let before = attendee.response;
        if before == response && (comment.is_none() || comment == attendee.comment) {
            return;
        }
        attendee.response = response;
        if comment.is_some() {
            attendee.comment = comment;
        }
        main.content.updated = now;
        let series = main.is_master();
        self.store(organizer, main, now, "answer");
        self.send_copies(organizer, event, now);
        if series {
            self.carry_answer(organizer, event, email, (before, response), now);
        }
        if self.settings.release_rooms && response == Response::Declined {
            self.release_rooms(organizer, event, now);
        }
    }

    /// Exceptions that still had the series' answer take the new one.
    fn carry_answer(
        &mut self,
        organizer: &str,
        series: &str,
        email: &str,
        (before, after): (Response, Response),
        now: i64,
    ) {
        for mut copy in self.exceptions(organizer, series) {
            let Some(attendee) = copy.content.attendees.iter_mut().find(|a| a.email == email) else {
                continue;
            };
            if copy.content.status != Status::Cancelled && attendee.response == before && before != after {
                attendee.response = after;
                let id = copy.id.clone();
                self.store(organizer, copy, now, "answer");
                self.send_copies(organizer, &id, now);
            }
        }
    }

    pub(super) fn exceptions(&self, calendar: &str, series: &str) -> Vec<EventCopy> {
        self.calendars
            .get(calendar)
            .map(|home| home.exceptions(series).cloned().collect())
            .unwrap_or_default()
    }

    /// After a change of a series: a deleted one silences its exceptions (one tombstone, the master's, without
    /// `tombstone_exceptions`); exceptions take what they had not changed themselves, and go when the rule no longer has
    /// their slot, unless `slotless_exceptions_stay` (facts: google-calendar §3, all undocumented).
    pub(super) fn carry_to_exceptions(
        &mut self,
        calendar: &str,
        series: &str,
        before: &Content,
        after: &Content,
        now: i64,
    ) {
        let place = self.place(calendar);
        let resets = self.settings.reset_exceptions && !before.same_times(after);
        for mut copy in self.exceptions(calendar, series) {
            let id = copy.id.clone();
            if after.status == Status::Cancelled && self.settings.tombstone_exceptions {
                copy.content.status = Status::Cancelled;
                self.store(calendar, copy, now, "series deleted");
                self.send_copies(calendar, &id, now);
                continue;
            }
            if after.status == Status::Cancelled {
                self.silence(calendar, (series, &id), now);
                continue;
            }
            if copy.content.status == Status::Cancelled && !resets && !copy.dropped {
                continue;
            }
            let original = copy.content.original_start.as_ref();
            let suffix = original.map(|start| place.suffix(start)).unwrap_or_default();
            match (recurrence::find(after, place, &suffix), self.copy(calendar, series)) {
                (None, _) if self.settings.slotless_exceptions_stay => {}
                (None, _) if copy.content.status == Status::Cancelled => continue,
                (None, _) => {
                    copy.content.status = Status::Cancelled;
                    copy.dropped = true;
                }
                (Some(slot), Some(master)) if resets || copy.dropped => {
                    copy.content = exception_of(master, slot, now).content;
                    copy.dropped = false;
                }
                (Some(_), _) => {}
            }
            inherit(&mut copy.content, before, after);
            self.store(calendar, copy, now, "series");
            self.send_copies(calendar, &id, now);
        }
    }

    /// Whoever is invited to a series now does not get the dates that were cancelled before.
    pub(super) fn send_cancelled_dates(
        &mut self,
        calendar: &str,
        series: &str,
        before: &Content,
        after: &Content,
        now: i64,
    ) {
        let is_new = |attendee: &Attendee| before.attendee(&attendee.email).is_none();
        if !after.attendees.iter().any(is_new) {
            return;
        }
        for copy in self.exceptions(calendar, series) {
            if copy.content.status == Status::Cancelled && !copy.dropped {
                self.send_copies(calendar, &copy.id, now);
            }
        }
    }

    /// Calendars that have the series hear of its end; one that has this date alone hears of the date's.
    fn silence(&mut self, calendar: &str, (series, event): (&str, &str), now: i64) {
        let copies = self.copy(calendar, event).map(|copy| copy.copies.clone()).unwrap_or_default();
        for home in copies.iter().map(String::as_str).chain([calendar]) {
            let knows_series = self.copy(home, series).is_some_and(EventCopy::is_live) || home == calendar;
            let Some(mut copy) = self.copy(home, event).cloned() else { continue };
            let was_shown = copy.is_live();
            copy.content.status = Status::Cancelled;
            if was_shown && !knows_series {
                self.store(home, copy, now, "series deleted");
            } else if let Some(home) = self.calendars.get_mut(home) {
                home.events.insert(copy.id.clone(), copy);
            }
        }
    }
}

fn inherit(exception: &mut Content, before: &Content, after: &Content) {
    let names: BTreeSet<&String> = before.fields.keys().chain(after.fields.keys()).collect();
    for name in names {
        if exception.fields.get(name) == before.fields.get(name) {
            match after.fields.get(name) {
                Some(value) => exception.fields.insert(name.clone(), value.clone()),
                None => exception.fields.remove(name),
            };
        }
    }
    let left = |email: &str| before.attendee(email).is_some() && after.attendee(email).is_none();
    exception.attendees.retain(|attendee| !left(&attendee.email));
    for attendee in &after.attendees {
        if before.attendee(&attendee.email).is_none() && exception.attendee(&attendee.email).is_none() {
            exception.attendees.push(attendee.clone());
        }
    }
}
