//! Reading a pulled event: what it means for the room whose calendar it was found on.
//!
//! One table (decisions, 16): opaque events that the room accepted or has yet to answer block it; all-day ones block the
//! calendar's local days; tentative ones block and are flagged; transparent and declined ones do not; cancelled ones are
//! gone; working locations and birthdays are nobody's meeting. Nothing here panics or drops an event for being odd.

#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use model::{BookingId, BookingState, Instant, TimeRange};

use crate::port::{RemoteAttendee, RemoteEvent, RemoteStatus, RemoteTime, RemoteWhen, Response};
use crate::push::BOOKING_PROPERTY;

/// What a pulled event means.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// Deleted. Of a master: with all its instances.
    Gone {
        google_id: String,
    },
    /// One instance of a live series was cancelled; to be kept as long as the series.
    GoneInstance {
        google_id: String,
        series: String,
        original: RemoteWhen,
    },
    /// Not a meeting, or nothing that could be placed in time. What is held under this id stays as it is.
    Ignored,
    Series(Box<Master>),
    Event(Box<RoomEvent>),
}

/// A series as Google holds it; [`Master::event`] is its first occurrence.
#[derive(Clone, Debug, PartialEq)]
pub struct Master {
    pub event: RoomEvent,
    /// RRULE, RDATE, EXDATE, EXRULE lines as received.
    pub recurrence: Vec<String>,
    pub start: RemoteWhen,
    /// Exclusive.
    pub end: RemoteWhen,
}

/// A single event, or a changed instance of a series, in one room.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomEvent {
    pub google_id: String,
    pub ical_uid: Option<String>,
    pub etag: Option<String>,
    /// Empty where there is none, or it may not be seen.
    pub title: String,
    pub private: bool,
    pub range: TimeRange,
    pub all_day: bool,
    pub tentative: bool,
    pub organizer_email: Option<String>,
    pub organizer_name: Option<String>,
    /// It was made on the room's own calendar.
    pub organizer_is_room: bool,
    /// Everybody invited but the room.
    pub guests: Vec<RemoteAttendee>,
    /// By the room's answer: `Confirmed`, `Pending` or `Declined`.
    pub state: BookingState,
    /// Whether it keeps others out of the room.
    pub blocks: bool,
    /// The event's own zone.
    pub zone: Option<String>,
    /// From the private property, which only the copy that we wrote carries; for diagnosis.
    pub booking: Option<BookingId>,
    /// The master's id, for an instance.
    pub series: Option<String>,
    /// The instance's slot in its series.
    pub original: Option<Instant>,
    pub html_link: Option<String>,
    /// Something in it was not understood; it is shown as busy time.
    pub opaque: bool,
    pub created: Option<Instant>,
}

impl RoomEvent {
    /// "Free" in Google: it does not need the room. What the room declined needs it in vain.
    pub fn is_free(&self) -> bool {
        !self.blocks && self.state != BookingState::Declined
    }
}

/// Reads `event` for the room at `room_email`. `day` gives a civil day's range in the calendar's own zone.
pub fn read(event: &RemoteEvent, room_email: &str, day: &dyn Fn(NaiveDate) -> Option<TimeRange>) -> Reading {
    if event.status == RemoteStatus::Cancelled {
        if crate::sabotaged!(TombstoneIgnored) {
            return Reading::Ignored;
        }
        return gone(event);
    }
    if matches!(event.event_type.as_deref(), Some("workingLocation" | "birthday")) {
        return Reading::Ignored;
    }
    // A live event without a time is not a deleted one: what was known of it stays.
    let Some(when) = &event.when else { return Reading::Ignored };
    let Some(placed) = place(when, day) else { return Reading::Ignored };
    let room = |one: &&RemoteAttendee| one.email.eq_ignore_ascii_case(room_email);
    let attendees = event.attendees.as_deref().unwrap_or_default();
    let state = match attendees.iter().find(room).map(|one| one.response) {
        // Directly on the room's calendar, or its guests may not be seen: it stands there.
        None | Some(Response::Accepted) => BookingState::Confirmed,
        Some(Response::NeedsAction | Response::Tentative) => BookingState::Pending,
        Some(Response::Declined) => BookingState::Declined,
    };
    let organizer = event.organizer.as_ref();
    let read = RoomEvent {
        google_id: event.id.clone(),
        ical_uid: event.ical_uid.clone(),
        etag: event.etag.clone(),
        title: event.title.clone().unwrap_or_default(),
        private: event.private,
        range: placed.range,
        all_day: matches!(when.start, RemoteWhen::Day(_)),
        tentative: event.status == RemoteStatus::Tentative,
        organizer_email: organizer.map(|person| person.email.clone()),
        organizer_name: organizer.and_then(|person| person.name.clone()),
        organizer_is_room: organizer.is_some_and(|person| person.email.eq_ignore_ascii_case(room_email)),
        guests: attendees.iter().filter(|one| !room(one)).cloned().collect(),
        state,
        blocks: state.holds_room() && !event.transparent && !placed.instantaneous,
        zone: match &when.start {
            RemoteWhen::At { zone, .. } => zone.clone(),
            RemoteWhen::Day(_) => None,
        },
        booking: event.private_props.get(BOOKING_PROPERTY).and_then(|id| id.parse().ok()),
        series: event.recurring_event_id.clone(),
        original: event.original_start.as_ref().and_then(|original| match original {
            RemoteWhen::At { at, .. } => Some(*at),
            RemoteWhen::Day(date) => day(*date).or_else(|| utc_day(*date)).map(TimeRange::start),
        }),
        html_link: event.html_link.clone(),
        opaque: event.opaque || placed.odd,
        created: event.created,
    };
    if event.recurrence.is_empty() {
        Reading::Event(Box::new(read))
    } else {
        Reading::Series(Box::new(Master {
            event: read,
            recurrence: event.recurrence.clone(),
            start: when.start.clone(),
            end: when.end.clone(),
        }))
    }
}

fn gone(event: &RemoteEvent) -> Reading {
    match (&event.recurring_event_id, &event.original_start) {
        (Some(series), Some(original)) => Reading::GoneInstance {
            google_id: event.id.clone(),
            series: series.clone(),
            original: original.clone(),
        },
        _ => Reading::Gone { google_id: event.id.clone() },
    }
}

/// Where an event stands in time.
struct Placed {
    range: TimeRange,
    /// It had to be guessed.
    odd: bool,
    /// It begins and ends at one instant (Google allows that); drawn as a minute, keeps nobody out.
    instantaneous: bool,
}

fn place(when: &RemoteTime, day: &dyn Fn(NaiveDate) -> Option<TimeRange>) -> Option<Placed> {
    let mut odd = false;
    // A zone whose day cannot be told (or a date beyond it) is placed by UTC rather than nowhere.
    let mut local = |date: NaiveDate| {
        day(date).or_else(|| {
            odd = true;
            utc_day(date)
        })
    };
    let (start, end) = match (&when.start, &when.end) {
        (RemoteWhen::At { at: start, .. }, RemoteWhen::At { at: end, .. }) => (*start, *end),
        (RemoteWhen::Day(first), RemoteWhen::Day(after)) => {
            // The end is exclusive; an end that is not after the start counts as one day.
            let last = after.pred_opt().filter(|last| last >= first).unwrap_or(*first);
            (local(*first)?.start(), local(last)?.end())
        }
        (RemoteWhen::At { at, .. }, RemoteWhen::Day(after)) => {
            let end = local(*after)?.start();
            odd = true;
            (*at, end)
        }
        (RemoteWhen::Day(first), RemoteWhen::At { at, .. }) => {
            let start = local(*first)?.start();
            odd = true;
            (start, *at)
        }
    };
    Some(match TimeRange::new(start, end) {
        Some(range) => Placed { range, odd, instantaneous: false },
        None => Placed {
            range: TimeRange::new(start, start.plus_minutes(1))?,
            odd: odd || end < start,
            instantaneous: true,
        },
    })
}

fn utc_day(date: NaiveDate) -> Option<TimeRange> {
    let start = Instant::from_chrono(&date.and_hms_opt(0, 0, 0)?.and_utc());
    TimeRange::new(start, start.plus_minutes(1_440))
}
