//! What a row asks for of a single event, as it stands now.

use model::{BookingState, CompanyId, RoomId};
use store::{EventRow, NO_SLOT, OccurrenceRow, OutboxRow, RoomStored, Way};
use sync::push::Fields;

use super::wish::fields_of;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::merge::is_cancellation;

/// A push under way.
pub(super) struct Job {
    pub(super) row: OutboxRow,
    pub(super) event: EventRow,
    /// Where it shall stand.
    pub(super) room: RoomStored,
    pub(super) occurrence: OccurrenceRow,
    pub(super) fields: Fields,
    pub(super) sent_before: bool,
}

impl Engine {
    /// What a row asks for, as it stands now. `None`: nothing that could be brought to Google.
    pub(super) async fn job_of(&self, row: OutboxRow) -> Result<Option<Job>, Failure> {
        let store = self.company(row.company);
        let id = row.event;
        let Some(event) = store.event_get(id).await?.filter(|event| event.way != Way::Outside) else {
            return Ok(None);
        };
        // An event may stand in several rooms, where somebody added one in Google; what waits is what was changed here.
        let mut occurrences = store.occurrences_of_event(id).await?;
        occurrences.sort_by_key(|occurrence| {
            (occurrence.state != BookingState::Pending, !occurrence.state.is_drawn())
        });
        let (occurrence, room) = match occurrences.into_iter().next() {
            Some(occurrence) => {
                let Some(room) = store.room_get(occurrence.room).await? else { return Ok(None) };
                (occurrence, room)
            }
            // Set to free in Google it stands nowhere; cancelled by a person, it still has to go there.
            None if is_cancellation(&row) => match self.any_room(row.company, &event).await? {
                Some(room) => (nowhere(&event, room.id), room),
                None => return Ok(None),
            },
            None => return Ok(None),
        };
        let fields = fields_of(&row.changed);
        let sent_before = row.sent;
        Ok(Some(Job { row, event, room, occurrence, fields, sent_before }))
    }

    /// A room to delete a booking by that stands in none: the one on whose calendar it is; of a person's calendar, whichever.
    async fn any_room(&self, company: CompanyId, event: &EventRow) -> Result<Option<RoomStored>, Failure> {
        let rooms = self.company(company).room_list().await?;
        Ok(rooms.into_iter().find(|room| event.way == Way::Person || room.email == event.way_calendar))
    }
}

/// The place of a cancelled booking that has none.
const fn nowhere(event: &EventRow, room: RoomId) -> OccurrenceRow {
    OccurrenceRow {
        event: event.id,
        room,
        slot: NO_SLOT,
        range: event.range,
        state: BookingState::Cancelled,
        reason: None,
        title: None,
        exception: false,
    }
}
