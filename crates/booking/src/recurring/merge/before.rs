//! A series as it is held, and as Google has it, before a person changes it.

use std::collections::BTreeSet;

use model::{BookingId, BookingState, Instant};
use store::{EventRow, StoreError, Tx, Way};
use sync::merge::series::{HeldSeries, Own};

use crate::recurring::held::held_of;
use crate::recurring::part::Rooms;

/// A series before a person changes it, to be compared with later.
pub(in crate::recurring) struct Before {
    pub(super) held: HeldSeries,
    /// As Google has it.
    pub(super) agreed: HeldSeries,
}

pub(in crate::recurring) async fn held_before(
    tx: &mut Tx,
    id: BookingId,
) -> Result<Option<Before>, StoreError> {
    let (held, event) = (held_now(tx, id).await?, tx.event_get(id).await?);
    let Some((held, event)) = held.zip(event) else { return Ok(None) };
    let agreed = without(held.clone(), &taken_off(tx, &event).await?);
    Ok(Some(Before { held, agreed }))
}

pub(super) async fn held_now(tx: &mut Tx, id: BookingId) -> Result<Option<HeldSeries>, StoreError> {
    let Some(stored) = tx.series_get(id).await? else { return Ok(None) };
    let rooms = Rooms::new(&tx.room_list_all().await?);
    Ok(held_of(&stored, &rooms))
}

/// Dates that are drawn here and cancelled in Google: as the room, they were taken off the room's calendar where somebody
/// else has it. Nobody cancelled them.
pub(super) async fn taken_off(tx: &mut Tx, event: &EventRow) -> Result<BTreeSet<Instant>, StoreError> {
    if event.way != Way::Room {
        return Ok(BTreeSet::new());
    }
    let dates = tx.occurrences_of_event(event.id).await?;
    Ok(dates.iter().filter(|one| one.state == BookingState::Declined).map(|one| one.slot).collect())
}

/// A series as Google has it, without these dates.
pub(super) fn without(mut held: HeldSeries, off: &BTreeSet<Instant>) -> HeldSeries {
    held.dates.extend(off.iter().map(|slot| (*slot, Own::cancelled())));
    held
}
