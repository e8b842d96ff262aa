//! Push of a series of ours: one recurring event at Google, with its exceptions.
//!
//! As [`crate::push`], with which it shares the master's half: whoever runs it makes the call that [`plan`] names, lets
//! [`settle`] say what came back, stores that, and plans again. Nothing but three things is remembered between calls, so
//! that a run may die anywhere and be begun again:
//!
//! - the copy of the master, as for a single event;
//! - which dates are still to be said ([`Wanted::dates`]). Each is read before it is written, so that saying one again
//!   costs a read and no write;
//! - for a split, whether the old series still has its rooms ([`Wanted::hold_back`]).
//!
//! A split is two events with an order between them (decisions 14): the new one is inserted without rooms, its exceptions
//! are said; the old one ends, which frees the rooms; the new one gets them. In the other order Google's room would
//! decline all of the new series, because the old one still holds it.

mod body;
mod settle;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use calendar::recurrence::Slot;
use calendar::series::Part;
use calendar::series::shape::Unwritable;
use model::{BookingId, TimeRange};
use serde_json::{Value, json};

use crate::event_id::event_id;
use crate::port::{Notify, RemoteOp};
use crate::push::{CopySeen, Desired, Fields, Way, attendees};

pub use settle::{Effect, settle};

/// What Google should hold for one series.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub booking: BookingId,
    pub generation: u32,
    /// The series as it shall be; its rooms and people are e-mail addresses.
    pub part: Part,
    /// Its first date.
    pub range: TimeRange,
    pub private: bool,
    pub host: Host,
    /// What was changed of the master and is still to be written; [`Fields::ALL`] until the first push.
    pub changed: Fields,
    /// What this push changes of the master, written or not: its exceptions take it, and one that Google dropped on the
    /// way, because its slot changed, is said again.
    pub renews: Fields,
    /// Guests who were taken off the list here.
    pub uninvited: Vec<String>,
    /// Rooms that were left.
    pub left_rooms: Vec<String>,
    /// Dates that have something for themselves, or had, and are still to be said.
    pub dates: BTreeSet<Slot>,
    /// Dates whose own title somebody changed: where they have none any more, that of the series is said.
    pub retitled: BTreeSet<Slot>,
    /// Google's ids of dates, as far as it has told them.
    pub ids: BTreeMap<Slot, String>,
    /// The series that this one takes over from still has the rooms.
    pub hold_back: bool,
    /// Guests are told by another event.
    pub quiet: bool,
    /// As [`Desired::taken_off`].
    pub taken_off: bool,
    /// Dates that were cancelled in Google before what is wanted now was wished for: that they are is nobody's cancellation.
    pub dates_off: BTreeSet<Slot>,
    /// Not wanted any more.
    pub cancelled: bool,
}

impl Wanted {
    /// Whether this is the calendar of one of its rooms.
    pub fn is_in(&self, calendar: &str) -> bool {
        self.part.master.details.rooms.contains(calendar)
    }
}

/// As whom it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// On the organiser's calendar, the rooms as guests.
    Person { calendar: String },
    /// On the room's own calendar; the person who booked is a guest.
    Room { calendar: String, organizer_name: String, organizer_email: String },
}

impl Host {
    pub fn calendar(&self) -> &str {
        match self {
            Self::Person { calendar } | Self::Room { calendar, .. } => calendar,
        }
    }
}

/// What a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    Master,
    Date(Slot),
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    Call(RemoteOp, About),
    /// Google holds this date as it is wanted.
    Said(Slot),
    /// All but the rooms is there: once the old series has ended, plan again.
    Waits,
    /// Google holds what is wanted.
    Done,
}

/// The id of the instance with this original start, for one that Google has not told of yet.
pub fn instance_id(master: &str, slot: Slot) -> String {
    let at = slot.at().and_then(model::Instant::to_chrono);
    match at {
        Some(at) => format!("{master}_{}", at.format("%Y%m%dT%H%M%SZ")),
        None => format!("{master}_{}", slot.date().format("%Y%m%d")),
    }
}

/// The next call for a series.
///
/// `master` is the copy that is written; `date` the one that was read in this push, with its slot; `said` the dates that
/// are as they should be; `sent_before` as in [`crate::push::plan`].
pub fn plan(
    wanted: &Wanted,
    master: Option<&CopySeen>,
    date: Option<(Slot, &CopySeen)>,
    said: &BTreeSet<Slot>,
    sent_before: bool,
) -> Result<Next, Unwritable> {
    let read = |copy: &CopySeen| RemoteOp::EventGet {
        calendar: copy.calendar.clone(),
        event: copy.google_id.clone(),
    };
    let about_master = |op| Ok(Next::Call(op, About::Master));
    let master = match master {
        None if wanted.cancelled && !sent_before => return Ok(Next::Done),
        None if wanted.cancelled => {
            let event = event_id(wanted.booking, wanted.generation);
            return about_master(RemoteOp::EventGet { calendar: wanted.host.calendar().to_owned(), event });
        }
        None => {
            return about_master(RemoteOp::EventInsert {
                calendar: wanted.host.calendar().to_owned(),
                body: body::master(wanted)?,
                notify: tell(wanted, !wanted.hold_back, &Value::Null),
            });
        }
        Some(copy) => copy,
    };
    let is_gone = master.raw["status"] == json!("cancelled");
    if wanted.cancelled && is_gone {
        return Ok(Next::Done);
    }
    if master.etag.is_none() || is_gone {
        return about_master(read(master));
    }
    let leaves = matches!(&wanted.host, Host::Room { calendar, .. } if wanted.changed.room && *calendar != master.calendar);
    if wanted.cancelled || leaves {
        return about_master(RemoteOp::EventDelete {
            calendar: master.calendar.clone(),
            event: master.google_id.clone(),
            if_match: master.etag.clone(),
            notify: tell(wanted, true, &master.raw),
        });
    }
    let writes_lists = wanted.changed.guests || (wanted.changed.room && !wanted.hold_back);
    if (writes_lists || wanted.taken_off) && !master.fresh {
        return about_master(read(master));
    }
    let patch = body::master_patch(wanted, &master.raw)?;
    if !patch.is_empty() {
        return about_master(RemoteOp::EventPatch {
            calendar: master.calendar.clone(),
            event: master.google_id.clone(),
            if_match: master.etag.clone(),
            patch: Value::Object(patch),
            notify: tell(wanted, !wanted.hold_back, &master.raw),
        });
    }
    let Some(slot) = wanted.dates.iter().copied().find(|slot| !said.contains(slot)) else {
        return Ok(if wanted.hold_back { Next::Waits } else { Next::Done });
    };
    let told = wanted.ids.get(&slot).cloned();
    let event = told.unwrap_or_else(|| instance_id(&master.google_id, slot));
    let (calendar, about) = (master.calendar.clone(), About::Date(slot));
    let Some((_, copy)) = date.filter(|(read, _)| *read == slot) else {
        return Ok(Next::Call(RemoteOp::EventGet { calendar, event }, about));
    };
    let patch = body::date_patch(wanted, slot, &copy.raw)?;
    if patch.is_empty() {
        return Ok(Next::Said(slot));
    }
    // With a change of the whole series its guests were told of that.
    let alone = wanted.renews.is_empty();
    Ok(Next::Call(
        RemoteOp::EventPatch {
            calendar,
            event,
            if_match: copy.etag.clone(),
            patch: Value::Object(patch),
            notify: tell(wanted, alone && !wanted.hold_back, &copy.raw),
        },
        about,
    ))
}

/// Whether the date takes place; `None` where nothing of the kind is wanted.
fn is_wanted(part: &Part, slot: Slot) -> Result<bool, Unwritable> {
    Ok(match part.overrides.get(&slot) {
        Some(exception) => !exception.is_cancelled(),
        None => part.master.recurrence.contains(slot, calendar::recurrence::Budget::DEFAULT)?,
    })
}

/// Whether the date has lost all rooms.
fn is_in_no_room(part: &Part, slot: Slot) -> bool {
    part.master.instance(&part.overrides, slot).is_some_and(|instance| instance.details.rooms.is_empty())
}

/// Guests hear of it when a person invited them.
fn tell(wanted: &Wanted, loud: bool, raw: &Value) -> Notify {
    let others = |one: &Value| one["resource"] != json!(true) && one["self"] != json!(true);
    let invited = match &wanted.host {
        Host::Person { .. } => {
            attendees(raw).iter().any(others) || !wanted.part.master.details.people.is_empty()
        }
        Host::Room { .. } => !wanted.part.master.details.people.is_empty(),
    };
    if loud && !wanted.quiet && invited { Notify::All } else { Notify::None }
}

/// The master as the push of a single event knows it: what its outcomes mean is the same.
fn as_single(wanted: &Wanted) -> Desired {
    Desired {
        booking: wanted.booking,
        generation: wanted.generation,
        title: wanted.part.master.details.title.clone(),
        private: wanted.private,
        range: wanted.range,
        zone: wanted.part.master.zone().name().to_owned(),
        way: match &wanted.host {
            Host::Person { calendar } => {
                Way::AsPerson { calendar: calendar.clone(), room_email: String::new() }
            }
            Host::Room { calendar, organizer_name, organizer_email } => Way::AsRoom {
                calendar: calendar.clone(),
                organizer_name: organizer_name.clone(),
                organizer_email: organizer_email.clone(),
            },
        },
        guests: Vec::new(),
        uninvited: Vec::new(),
        left_room: None,
        taken_off: wanted.taken_off,
        changed: wanted.changed,
        cancelled: wanted.cancelled,
    }
}
