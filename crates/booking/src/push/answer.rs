//! What Google's copies say of the room, for what is still pending as it was pushed.

use model::{BookingState, TimeRange};
use serde_json::Value;
use store::{OutboxRow, StoreError, Tx, Way};

use crate::apply::ROOM_DECLINED;
use crate::told::tell_of;

/// What is still pending as it was pushed gets the room's answer, from the first copy of that time that has one.
pub(crate) async fn take_answer(
    tx: &mut Tx,
    row: &OutboxRow,
    way: Way,
    range: TimeRange,
    copies: &[Value],
) -> Result<(), StoreError> {
    for mut occurrence in tx.occurrences_of_event(row.event).await? {
        if occurrence.range != range || occurrence.state != BookingState::Pending {
            continue;
        }
        let Some(room) = tx.room_get(occurrence.room).await? else { continue };
        let mut same_time = copies.iter().filter(|raw| sync::push::held_range(raw) == Some(range));
        let Some((state, reason)) = same_time.find_map(|raw| room_answer(way, raw, &room.email)) else {
            continue;
        };
        occurrence.state = state;
        occurrence.reason = reason.map(str::to_owned);
        tx.occurrence_put(&occurrence).await?;
        if !state.holds_room() {
            tell_of(tx, &occurrence, None).await?;
            crate::apply::promote_conflicted(tx, occurrence.room).await?;
        }
    }
    Ok(())
}

/// What a copy says of the room: on its own calendar it has it; as a guest it may have answered already.
pub(crate) fn room_answer(
    way: Way,
    raw: &Value,
    email: &str,
) -> Option<(BookingState, Option<&'static str>)> {
    if way == Way::Room {
        return Some((BookingState::Confirmed, None));
    }
    let attendees = raw["attendees"].as_array()?;
    let is_room = |one: &&Value| one["email"].as_str().is_some_and(|held| held.eq_ignore_ascii_case(email));
    match attendees.iter().find(is_room)?["responseStatus"].as_str()? {
        "accepted" => Some((BookingState::Confirmed, None)),
        "declined" => Some((BookingState::Declined, Some(ROOM_DECLINED))),
        _ => None,
    }
}
