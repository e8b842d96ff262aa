//! The buttons of the health page. Each does one thing that is safe to do twice.

use bus::Pass;
use model::health::SyncDone;
use model::refusal::{TimeProblem, What};
use model::{ApiError, BookingNumber, BookingState, Refusal, RoomNumber};
use store::{EventRow, OutboxState, StoreError, Tx};

use crate::book::free_or_taken;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::failure::Failure;

impl Engine {
    /// A pass over everything of this room, soon. It removes nothing that Google does not call gone
    /// (NO-ABSENCE-DELETE) and tells guests nothing. `believe`: also where much is missing Google is asked for each of
    /// them, instead of nothing being done.
    pub async fn sync_repair(&self, cx: &Cx, room: RoomNumber, believe: bool) -> Result<SyncDone, ApiError> {
        cx.require_admin()?;
        Ok(self.repair(cx, room, believe).await?)
    }

    async fn repair(&self, cx: &Cx, number: RoomNumber, believe: bool) -> Result<SyncDone, Failure> {
        let store = self.company(cx.company);
        let missing = || Failure::from(Refusal::NotFound { what: What::Room });
        let room = store.room_by_number(number).await?.ok_or_else(missing)?;
        let calendar = store.calendar_of_room(room.id).await?.ok_or_else(missing)?;
        store
            .write(cx.now, move |tx| {
                Box::pin(async move {
                    tx.calendar_forget_token(calendar.id).await?;
                    if believe {
                        tx.calendar_believe(calendar.id).await?;
                    }
                    tx.calendar_mark_dirty(calendar.id, tx.now()).await?;
                    // A calendar that could not be watched is tried again, too.
                    tx.calendar_set_watch_after(calendar.id, None).await
                })
            })
            .await
            .map_err(|error: StoreError| error)?;
        self.poke(Pass::Pull);
        self.poke(Pass::Channels);
        tracing::info!(calendar.id = %calendar.id, person.id = %cx.person, "Asked for a pass over everything");
        Ok(SyncDone::Repairing { room: room.row.name })
    }

    /// Tries to bring a booking to Google once more, at once. One that was declined because Google refused it asks for
    /// its room again.
    pub async fn dead_letter_retry(&self, cx: &Cx, booking: BookingNumber) -> Result<SyncDone, ApiError> {
        cx.require_admin()?;
        Ok(self.retry_letter(cx, booking).await?)
    }

    async fn retry_letter(&self, cx: &Cx, number: BookingNumber) -> Result<SyncDone, Failure> {
        let store = self.company(cx.company);
        let event = self.booking_of(cx, number).await?;
        let id = event.id;
        let done = store
            .write(cx.now, move |tx| Box::pin(async move { again(tx, &event).await }))
            .await
            .map(|_| SyncDone::Retrying { booking: number });
        match done {
            Err(Failure::Store(StoreError::RoomTaken)) => {
                let occurrence = store.occurrences_of_event(id).await?.into_iter().next();
                let occurrence = occurrence.ok_or(Refusal::Stale)?;
                let room = store.room_get(occurrence.room).await?.ok_or(Refusal::Stale)?;
                Err(self.taken(cx.company, &room, occurrence.range, Some(id), cx.now).await?.into())
            }
            done => {
                self.poke(Pass::Push);
                done
            }
        }
    }

    /// Puts a booking aside that Google will never take. It stays as it is; it is only not listed any more.
    pub async fn dead_letter_dismiss(&self, cx: &Cx, booking: BookingNumber) -> Result<SyncDone, ApiError> {
        cx.require_admin()?;
        Ok(self.dismiss(cx, booking).await?)
    }

    async fn dismiss(&self, cx: &Cx, number: BookingNumber) -> Result<SyncDone, Failure> {
        let event = self.booking_of(cx, number).await?.id;
        let dismissed = self
            .company(cx.company)
            .write(cx.now, move |tx| Box::pin(async move { tx.outbox_dismiss(event).await }))
            .await
            .map_err(|error: StoreError| error)?;
        if dismissed.value { Ok(SyncDone::Dismissed { booking: number }) } else { Err(Refusal::Stale.into()) }
    }

    /// Lets writing to a calendar go on that was stopped because it looked like a loop.
    pub async fn sync_resume(&self, cx: &Cx, calendar: &str) -> Result<SyncDone, ApiError> {
        cx.require_admin()?;
        Ok(self.resume(cx, calendar).await?)
    }

    async fn resume(&self, cx: &Cx, calendar: &str) -> Result<SyncDone, Failure> {
        let wanted = calendar.to_owned();
        let resumed = self
            .company(cx.company)
            .write(cx.now, move |tx| Box::pin(async move { tx.push_resume(&wanted).await }))
            .await
            .map_err(|error: StoreError| error)?;
        if !resumed.value {
            return Err(Refusal::Stale.into());
        }
        tracing::info!(company.id = %cx.company, person.id = %cx.person, "Writing to a calendar goes on");
        self.poke(Pass::Push);
        let rooms = self.company(cx.company).room_list().await?;
        Ok(SyncDone::Resumed { name: self.name_of(cx, &rooms, calendar).await? })
    }

    async fn booking_of(&self, cx: &Cx, number: BookingNumber) -> Result<EventRow, Failure> {
        let event = self.company(cx.company).event_by_number(number).await?;
        event.ok_or_else(|| Refusal::NotFound { what: What::Booking }.into())
    }
}

async fn again(tx: &mut Tx, event: &EventRow) -> Result<(), Failure> {
    let row = tx.outbox_get(event.id).await?.ok_or(Refusal::Stale)?;
    if row.state == OutboxState::Dead {
        if event.range.end() <= tx.now() {
            return Err(Refusal::InvalidTime { problem: TimeProblem::InThePast }.into());
        }
        let before = tx.blocks_of_event(event.id).await?;
        let mut asks = false;
        for mut occurrence in tx.occurrences_of_event(event.id).await? {
            if occurrence.state == BookingState::Declined {
                occurrence.state = BookingState::Pending;
                occurrence.reason = None;
                free_or_taken(tx, &occurrence).await?;
                tx.occurrence_put(&occurrence).await?;
                asks = true;
            }
        }
        // Google's state of what stood there was taken back: there is nothing left to ask for.
        if !asks {
            return Err(Refusal::Stale.into());
        }
        tx.changes_since(event.id, before).await?;
    }
    tx.outbox_again(event.id).await?;
    Ok(())
}
