//! Who keeps a room where two events overlap by force.

use model::{BookingId, BookingState};
use store::{OccurrenceRow, StoreError, Tx, Way};

use super::{OUTSIDE_FIRST, waiting_fields};
use crate::told::tell_of;

/// Who holds the room where `wanted` would overlap, and keeps it: the one that the room accepted first stays, ours that
/// Google has not agreed to yields to an accepted one.
pub(super) async fn make_way(tx: &mut Tx, wanted: &OccurrenceRow) -> Result<Option<BookingId>, StoreError> {
    let mut yielding = Vec::new();
    for holder in tx.occurrences_blocking(wanted.room, wanted.range).await? {
        let itself = holder.event == wanted.event && holder.slot == wanted.slot;
        if itself || !holder.state.holds_room() {
            continue;
        }
        // Instances of one series that overlap each other: the first holds.
        if holder.event == wanted.event {
            return Ok(Some(holder.event));
        }
        let event = tx.event_get(holder.event).await?;
        let ours = event.is_some_and(|event| event.way != Way::Outside);
        if sync::sabotaged!(NoYield) {
            continue;
        }
        if ours && holder.state == BookingState::Pending && wanted.state == BookingState::Confirmed {
            yielding.push(holder);
        } else {
            return Ok(Some(holder.event));
        }
    }
    for holder in yielding {
        yield_to_outside(tx, holder, wanted.event).await?;
    }
    Ok(None)
}

/// Ours was not agreed yet, and somebody outside has the room.
async fn yield_to_outside(
    tx: &mut Tx,
    mut holder: OccurrenceRow,
    winner: BookingId,
) -> Result<(), StoreError> {
    let before = tx.blocks_of_event(holder.event).await?;
    holder.state = BookingState::Declined;
    holder.reason = Some(OUTSIDE_FIRST.to_owned());
    tx.occurrence_put(&holder).await?;
    // Written straight to the room's calendar nobody would decline it: the push takes it out.
    tx.outbox_put(holder.event, &["room"]).await?;
    tell_of(tx, &holder, Some(winner)).await?;
    tx.changes_since(holder.event, before).await
}

/// Whether it yielded to somebody outside, and waits for the push that takes it off the room's calendar. That it still
/// stands there is no news, and must not hide from its person what became of it.
pub(crate) async fn leaves(tx: &mut Tx, current: &OccurrenceRow) -> Result<bool, StoreError> {
    if current.reason.as_deref() != Some(OUTSIDE_FIRST) {
        return Ok(false);
    }
    let as_room = tx.event_get(current.event).await?.is_some_and(|event| event.way == Way::Room);
    Ok(as_room && !waiting_fields(tx, current.event).await?.is_empty())
}
