//! The details of one booking, as far as the viewer may see them.

use calendar::zone;
use model::history::{HistoryLine, HistoryValue};
use model::page::BookingDetails;
use model::refusal::What;
use model::{ApiError, BookingId, BookingNumber, Instant, Refusal, RoomNumber};
use store::{EventKind, HistoryStored, NO_SLOT, Way};

use crate::cx::Cx;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::record::{guest, version};

/// So many lines of a booking's history are shown, the newest.
const HISTORY: i64 = 50;

impl Engine {
    /// `room` and `slot` (original start, microseconds) name the block where the booking has several.
    pub async fn booking_details(
        &self,
        cx: &Cx,
        number: BookingNumber,
        room: Option<RoomNumber>,
        slot: Option<i64>,
    ) -> Result<BookingDetails, ApiError> {
        let viewer = self.viewer(cx).await?;
        let (details, _) = self.details(cx, viewer, number, room, slot.map(Instant::from_micros)).await?;
        Ok(details)
    }

    /// The details, and the version that a change may name.
    pub(crate) async fn details(
        &self,
        cx: &Cx,
        viewer: model::person::Viewer,
        number: BookingNumber,
        room: Option<RoomNumber>,
        slot: Option<Instant>,
    ) -> Result<(BookingDetails, String), Failure> {
        let gone = || Failure::from(Refusal::NotFound { what: What::Booking });
        let store = self.company(cx.company);
        let event = store.event_by_number(number).await?.ok_or_else(gone)?;
        let blocks = store.blocks_of_event(event.id).await?;
        let named = |block: &&model::Block| {
            room.is_none_or(|room| block.key.room == room) && (slot.is_none() || block.key.slot == slot)
        };
        // Without a name: the instance that is next, else the last one.
        let next =
            blocks.iter().filter(named).filter(|block| block.range.end() > cx.now).min_by_key(|b| b.range);
        let mut block =
            next.or_else(|| blocks.iter().filter(named).max_by_key(|b| b.range)).cloned().ok_or_else(gone)?;
        let room = store.room_by_number(block.key.room).await?.ok_or_else(gone)?;
        let invited = event.guests.iter().any(|guest| guest.email == viewer.email);
        let insider = invited || event.organizer == Some(cx.person);
        if event.private && insider {
            block.title = event.title.clone();
            block.organizer_name = event.organizer_name.clone();
        }
        let may_see = !event.private || insider;
        let slot = block.key.slot.unwrap_or(NO_SLOT);
        let reason = store
            .occurrences_of_event(event.id)
            .await?
            .into_iter()
            .find(|occurrence| occurrence.room == room.id && occurrence.slot == slot)
            .and_then(|occurrence| occurrence.reason);
        let tz = cx.zone;
        let day = zone::zone_day(tz, zone::date_at(tz, block.range.start())).ok_or_else(gone)?;
        let own = insider || cx.admin;
        let history = if may_see { self.history(cx, event.id).await? } else { Vec::new() };
        let in_google = event.kind == EventKind::Series || event.way == Way::Outside;
        let version = version(&event, room.id, block.range);
        let guests = event.guests.into_iter().map(guest);
        let details = BookingDetails {
            viewer,
            can_change: !in_google
                && (event.organizer == Some(cx.person) || cx.admin)
                && event.range.end() > cx.now
                && !event.cancelled,
            change_in_google: in_google && own,
            guests: if may_see { guests.collect() } else { Vec::new() },
            google_link: event.html_link.filter(|_| may_see),
            as_room: event.way == Way::Room,
            history,
            block,
            room: room.row,
            day,
            reason,
        };
        Ok((details, version))
    }

    /// What was changed here and in Google at the same time, newest first.
    async fn history(&self, cx: &Cx, event: BookingId) -> Result<Vec<HistoryLine>, Failure> {
        let rows = self.company(cx.company).history_of(event, HISTORY).await?;
        let day = |value: &HistoryValue| {
            let start = value.range?.start();
            zone::zone_day(cx.zone, zone::date_at(cx.zone, start))
        };
        let date = |slot: Instant| zone::zone_day(cx.zone, zone::date_at(cx.zone, slot));
        let line = |row: HistoryStored| HistoryLine {
            days: [&row.kept, &row.lost].into_iter().filter_map(day).collect(),
            at: row.at,
            date: row.date.and_then(date),
            field: row.field,
            winner: row.winner,
            by: row.by,
            kept: row.kept,
            lost: row.lost,
        };
        Ok(rows.into_iter().map(line).collect())
    }
}
