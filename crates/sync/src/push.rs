//! Push: bringing one booking to Google. Reads what is wanted and what Google last said; says the next call.
//!
//! The loop of whoever runs it: [`plan`] a call, make it, [`settle`] what came back, store the effect, plan again until
//! [`Next::Done`] or an effect that ends or rests it. Both are pure, so the loop may die anywhere and be begun again:
//!
//! - An insert carries an id derived from the booking ([`crate::event_id`]); repeated, it answers 409, and what is
//!   there is read and adopted (F-036, F-037).
//! - Everything after that is a *difference* against the last seen JSON, with `If-Match`; a 412 reads the copy anew and
//!   plans the difference again. [`Desired::changed`] names what is wished here: those fields are written, all others
//!   stay as Google has them. Whoever runs the loop merges each copy that was read ([`crate::merge`]) and asks again with
//!   what is wished then (F-040 to F-042).
//! - A deletion in Google is a person's cancellation and wins over changes (F-043).

mod attempt;
mod diff;
mod second;
mod settle;
#[cfg(test)]
mod tests;

use model::{BookingId, TimeRange};
use serde_json::{Value, json};

use crate::event_id::event_id;
use crate::port::{Notify, RemoteEvent, RemoteOp};

pub use attempt::Attempt;
pub use diff::held_range;
pub(crate) use diff::{BOOKED_BY, attendees};
pub use second::second;
pub use settle::settle;

/// The private extended property that carries our booking id on the copy we wrote; for diagnosis and adoption only.
pub const BOOKING_PROPERTY: &str = "roomly_booking_id";

/// What Google should hold for one booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    pub booking: BookingId,
    pub generation: u32,
    pub title: String,
    pub private: bool,
    pub range: TimeRange,
    /// IANA zone of the event.
    pub zone: String,
    pub way: Way,
    /// E-mail addresses of the guests, the organiser and rooms not among them. Whom somebody invited in Google stays,
    /// unless they are among `uninvited`.
    pub guests: Vec<String>,
    /// E-mail addresses of those who were taken off the list here. Read with `changed.guests` only; who is among
    /// `guests` as well was invited again.
    pub uninvited: Vec<String>,
    /// The e-mail of the room that a change of room leaves; `None` takes every resource for it. Read with
    /// `changed.room` only.
    pub left_room: Option<String>,
    /// What was changed here since the last push that succeeded; [`Fields::ALL`] until the first one has. An insert
    /// writes everything.
    pub changed: Fields,
    /// We may have deleted it from its calendar ourselves, which was no cancellation: it had lost its room, or was to go to
    /// another one. That it is gone is nobody's cancellation either.
    pub taken_off: bool,
    /// Not wanted any more.
    pub cancelled: bool,
}

/// As whom it is written, which decides who may change it later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// On the organiser's calendar, the room as a resource attendee.
    AsPerson { calendar: String, room_email: String },
    /// On the room's own calendar, with the company's grant; the description names the person who booked, and they are
    /// a guest, so that it is in their calendar too.
    AsRoom { calendar: String, organizer_name: String, organizer_email: String },
}

impl Way {
    /// The calendar it belongs on.
    pub fn calendar(&self) -> &str {
        match self {
            Self::AsPerson { calendar, .. } | Self::AsRoom { calendar, .. } => calendar,
        }
    }
}

/// Fields that were changed here and are to be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    pub title: bool,
    pub time: bool,
    pub room: bool,
    pub guests: bool,
    pub private: bool,
}

impl Fields {
    pub const NONE: Self = Self { title: false, time: false, room: false, guests: false, private: false };
    pub const ALL: Self = Self { title: true, time: true, room: true, guests: true, private: true };

    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }

    /// Changes that queue up before a push add to each other.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            title: self.title || other.title,
            time: self.time || other.time,
            room: self.room || other.room,
            guests: self.guests || other.guests,
            private: self.private || other.private,
        }
    }
}

/// The copy that we write, as Google last showed it.
#[derive(Clone, Debug, PartialEq)]
pub struct CopySeen {
    /// The calendar this copy was written to, in the words of the call that wrote it.
    pub calendar: String,
    pub google_id: String,
    /// `None`: not known any more ([`Effect::Stale`]); it is read before anything is written.
    pub etag: Option<String>,
    pub raw: Value,
    /// It was answered in this push, not before: lists are only written on top of one that was just read.
    pub fresh: bool,
}

/// What to do next for a booking that needs pushing.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    Call(RemoteOp),
    /// Google already holds what is wanted (or, for a cancelled one that never got there, nothing).
    Done,
}

/// What a call's outcome means.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Keep this as the copy. `done`: the push succeeded, clear [`Desired::changed`]; otherwise plan again.
    Store { event: Box<RemoteEvent>, done: bool },
    /// Google holds nothing any more, as wanted.
    Removed,
    /// Make this call and settle it like any other (409: is it ours? 412: what changed? 404: is the calendar there?).
    Fetch(RemoteOp),
    /// The id belongs to something else, or the event has to move to another calendar: drop the copy, set
    /// [`Desired::changed`] to all, plan again with the next generation.
    NextGeneration,
    /// The event was deleted in Google: that is a cancellation by a person, and it wins.
    RemoteCancelled,
    /// Try again not before this instant.
    Retry { at: model::Instant, reason: String },
    /// Google limits the grant (quota), not this event: nothing of the grant is called for a while. `retry_after_secs`
    /// is what Google asked for, if it did.
    Limited { retry_after_secs: Option<i64> },
    /// The copy changed under us too often: forget its etag and try again not before this instant.
    Stale { at: model::Instant },
    /// The access token is refused: refresh it once, then try again; twice is a revoked grant.
    RefreshToken,
    /// The grant does not suffice or the calendar is out of reach: the queue waits, a person is told.
    Blocked { reason: String },
    /// Google will never take this: the booking is declined, with the reason.
    GiveUp { reason: String },
}

/// The next call for a booking.
///
/// `sent_before`: an insert of this generation was ever begun, so that an event may exist although no copy is known.
pub fn plan(desired: &Desired, copy: Option<&CopySeen>, sent_before: bool) -> Next {
    match copy {
        None if desired.cancelled && !sent_before => Next::Done,
        None if desired.cancelled => Next::Call(read_own(desired)),
        None => Next::Call(insert(desired)),
        Some(copy) if desired.cancelled && is_cancelled(&copy.raw) => Next::Done,
        // Never a write without If-Match; and what a cancelled copy means is for `settle` to say.
        Some(copy) if copy.etag.is_none() || is_cancelled(&copy.raw) => Next::Call(read_copy(copy)),
        Some(copy) if desired.cancelled || leaves_calendar(desired, copy) => {
            Next::Call(RemoteOp::EventDelete {
                calendar: copy.calendar.clone(),
                event: copy.google_id.clone(),
                if_match: copy.etag.clone(),
                notify: notify(desired, &copy.raw),
            })
        }
        // Whether it is still there is not known.
        Some(copy) if desired.taken_off && !copy.fresh => Next::Call(read_copy(copy)),
        Some(copy) => change(desired, copy),
    }
}

/// As the room, another room is another calendar: delete there, insert here under the next generation's id.
fn leaves_calendar(desired: &Desired, copy: &CopySeen) -> bool {
    matches!(&desired.way, Way::AsRoom { calendar, .. } if desired.changed.room && *calendar != copy.calendar)
}

fn change(desired: &Desired, copy: &CopySeen) -> Next {
    let partial = copy.raw["attendeesOmitted"] == json!(true);
    let old = desired.changed.guests && !copy.fresh;
    if old || (partial && (desired.changed.room || desired.changed.guests)) {
        // A list that is partial, or was kept since an earlier push, must not be written back whole; a get has all of it.
        return Next::Call(read_copy(copy));
    }
    let patch = diff::patch(desired, &copy.raw);
    if patch.is_empty() && !copy.fresh && !desired.changed.is_empty() {
        // What we last saw is what is wanted; but somebody may have changed it there since, before the wish.
        return Next::Call(read_copy(copy));
    }
    if patch.is_empty() {
        return Next::Done;
    }
    Next::Call(RemoteOp::EventPatch {
        calendar: copy.calendar.clone(),
        event: copy.google_id.clone(),
        if_match: copy.etag.clone().filter(|_| !crate::sabotaged!(NoIfMatch)),
        patch: Value::Object(patch),
        notify: notify(desired, &copy.raw),
    })
}

fn insert(desired: &Desired) -> RemoteOp {
    RemoteOp::EventInsert {
        calendar: desired.way.calendar().to_owned(),
        body: diff::body(desired),
        notify: notify(desired, &Value::Null),
    }
}

/// The event that an insert of ours would have made.
fn read_own(desired: &Desired) -> RemoteOp {
    RemoteOp::EventGet {
        calendar: desired.way.calendar().to_owned(),
        event: event_id(desired.booking, desired.generation),
    }
}

fn read_copy(copy: &CopySeen) -> RemoteOp {
    RemoteOp::EventGet { calendar: copy.calendar.clone(), event: copy.google_id.clone() }
}

/// Whether Google showed it as cancelled.
pub fn is_cancelled(raw: &Value) -> bool {
    raw["status"] == json!("cancelled")
}

/// Guests hear of it when a person invited them. As the room, the person who booked is a guest and knows.
fn notify(desired: &Desired, raw: &Value) -> Notify {
    if crate::sabotaged!(AlwaysNotify) {
        return Notify::All;
    }
    let invited = attendees(raw).iter().any(|one| !diff::is_resource(one) && one["self"] != json!(true));
    match &desired.way {
        Way::AsPerson { .. } if invited || !desired.guests.is_empty() => Notify::All,
        Way::AsRoom { .. } if !desired.guests.is_empty() => Notify::All,
        _ => Notify::None,
    }
}
