//! What a push wishes of Google, of the row that waits and of what is stored here.

use model::BookingState;
use store::{CopyRow, Way};
use sync::push::{CopySeen, Desired, Fields, Way as PushWay};

use super::{Job, LEFT, TAKEN_OFF, UNINVITED};

pub(crate) fn seen(copy: CopyRow, fresh: bool) -> CopySeen {
    CopySeen { calendar: copy.calendar, google_id: copy.google_id, etag: copy.etag, raw: copy.raw, fresh }
}

pub(crate) fn fields_of(changed: &[String]) -> Fields {
    let has = |word: &str| changed.iter().any(|field| field == word || field == "all");
    Fields {
        title: has("title"),
        time: has("time"),
        room: has("room"),
        guests: has("guests"),
        private: has("private"),
    }
}

/// What Google shall hold. A booking that does not hold its room is not wanted on the room's own calendar, where
/// nobody would decline it.
///
/// A first insert whose outcome is unknown is settled where it was sent, before the event moves to another room: else
/// one could be left behind.
pub(super) fn desired(job: &Job, copy: Option<&CopySeen>) -> Desired {
    let event = &job.event;
    let unsettled = copy.is_none() && job.sent_before;
    let lost = job.occurrence.state == BookingState::Declined && event.way == Way::Room;
    let way = match event.way {
        Way::Person => {
            PushWay::AsPerson { calendar: event.way_calendar.clone(), room_email: job.room.email.clone() }
        }
        Way::Room | Way::Outside => PushWay::AsRoom {
            calendar: if unsettled { event.way_calendar.clone() } else { job.room.email.clone() },
            organizer_name: event.organizer_name.clone(),
            organizer_email: event.organizer_email.clone(),
        },
    };
    Desired {
        booking: event.id,
        generation: event.generation,
        title: event.title.clone(),
        private: event.private,
        range: job.occurrence.range,
        zone: event.zone.clone(),
        way,
        guests: event.guests.iter().map(|guest| guest.email.clone()).collect(),
        uninvited: uninvited(&job.row.changed),
        taken_off: job.row.changed.iter().any(|word| word == TAKEN_OFF),
        left_room: copy.and_then(|copy| left_room(&job.row.changed, copy)),
        changed: job.fields,
        cancelled: event.cancelled || lost,
    }
}

fn uninvited(changed: &[String]) -> Vec<String> {
    changed.iter().filter_map(|field| field.strip_prefix(UNINVITED)).map(str::to_owned).collect()
}

/// The room that the copy still names and the booking has left.
fn left_room(changed: &[String], copy: &CopySeen) -> Option<String> {
    let attendees = copy.raw.get("attendees").and_then(|list| list.as_array())?;
    let invited = |email: &str| {
        attendees.iter().any(|one| one["email"].as_str().is_some_and(|held| held.eq_ignore_ascii_case(email)))
    };
    changed
        .iter()
        .filter_map(|field| field.strip_prefix(LEFT))
        .find(|email| invited(email))
        .map(str::to_owned)
}
