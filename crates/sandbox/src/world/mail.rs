//! What Google would have mailed (`/sandbox/outbox`): invitations, changes and cancellations as `sendUpdates` wants them,
//! and word of a room that declined (facts: google-calendar §2 and §6). Other kinds of messages join by [`Sent::channel`].

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};

use super::World;
use super::clock::stamp;
use super::event::Content;
use super::find::Found;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// Grows from zero.
    pub n: u64,
    /// When, RFC 3339.
    pub at: String,
    /// `mail`.
    pub channel: &'static str,
    /// The receiver.
    pub to: String,
    /// `invitation`, `update`, `cancellation`, `answer`, `room_declined`.
    pub kind: &'static str,
    /// The organiser's calendar.
    pub calendar: String,
    /// The event.
    pub event: String,
    /// As in the receiver's list of mails.
    pub subject: String,
}

/// Everything that was sent since the last reset.
#[derive(Debug, Clone, Default)]
pub(super) struct Outbox {
    sent: Vec<Sent>,
}

impl World {
    /// An event's content before a write, for [`World::mail_change`].
    pub(crate) fn content_of(&self, calendar: &str, event: &str) -> Option<Content> {
        match self.find(calendar, event).ok()? {
            Found::Copy(copy) => copy.is_live().then_some(copy.content),
            Found::Instance(master, _) => Some(master.content),
        }
    }

    /// After a write on the organiser's calendar: guests hear of it as `send_updates` says. Without the parameter nobody does.
    pub(crate) fn mail_change(
        &mut self,
        (calendar, event): (&str, &str),
        before: Option<&Content>,
        send_updates: Option<&str>,
        now: i64,
    ) {
        let external_only = match send_updates {
            Some("all") => false,
            Some("externalOnly") => true,
            _ => return,
        };
        let after = self.content_of(calendar, event);
        let Some(shown) = after.as_ref().or(before) else { return };
        if shown.organizer != calendar {
            let organizer = shown.organizer.clone();
            let subject = format!("Answer: {}", shown.text("summary"));
            if !external_only {
                self.mail(&organizer.clone(), ("answer", &organizer, event, subject), now);
            }
            return;
        }
        let title = shown.text("summary").to_owned();
        let people = |content: Option<&Content>| -> BTreeSet<String> {
            let attendees = content.into_iter().flat_map(|content| &content.attendees);
            let guests = attendees.filter(|guest| !guest.resource && guest.email != calendar);
            guests.map(|guest| guest.email.clone()).collect()
        };
        let (had, has) = (people(before), people(after.as_ref()));
        for guest in had.union(&has) {
            if external_only && self.calendars.contains_key(guest) {
                continue;
            }
            let (kind, word) = match (had.contains(guest), has.contains(guest)) {
                (false, _) => ("invitation", "Invitation"),
                (true, true) => ("update", "Updated invitation"),
                (true, false) => ("cancellation", "Canceled event"),
            };
            self.mail(guest, (kind, calendar, event, format!("{word}: {title}")), now);
        }
    }

    /// The organiser hears of it on a primary calendar only; nobody does on a room's or another secondary one.
    pub(super) fn mail_room_declined(&mut self, organizer: &str, event: &str, room: &str, now: i64) {
        let name = self.calendars.get(room).map_or_else(String::new, |home| home.summary.clone());
        if self.directory.users.contains_key(organizer) {
            let what = ("room_declined", organizer, event, format!("Declined: {name}"));
            self.mail(organizer, what, now);
        }
    }

    fn mail(
        &mut self,
        to: &str,
        (kind, calendar, event, subject): (&'static str, &str, &str, String),
        now: i64,
    ) {
        let n = self.outbox.sent.len() as u64;
        self.outbox.sent.push(Sent {
            n,
            at: stamp(now),
            channel: "mail",
            to: to.to_owned(),
            kind,
            calendar: calendar.to_owned(),
            event: event.to_owned(),
            subject,
        });
    }

    /// Messages from number `after` on.
    pub fn sent(&self, after: u64) -> impl Iterator<Item = &Sent> {
        self.outbox.sent.iter().filter(move |sent| sent.n >= after)
    }

    /// What `/sandbox/outbox` answers.
    pub(crate) fn outbox(&self, after: u64) -> Value {
        json!({ "messages": self.sent(after).collect::<Vec<_>>() })
    }
}
