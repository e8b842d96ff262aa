//! How a push of a series ends where Google does not hold what is wanted: gone, given up, or left for later.

use std::collections::BTreeSet;

use bus::Pass;
use model::{BookingId, BookingState, Stuck};
use store::{EventRow, OutboxRow, OutboxState, StoreError};
use sync::{backoff, event_id};

use super::job::Job;
use super::pull::end_series;
use super::{BEFORE, date_word, ids, merge};
use crate::engine::Engine;
use crate::failure::Failure;
use crate::metrics::PushOutcome;
use crate::push::TAKEN_OFF;
use crate::stuck;
use crate::told::tell_of;

impl Engine {
    pub(super) async fn series_removed(&self, job: &Job, google_id: &str) -> Result<(), Failure> {
        let (row, calendar) = (job.row.clone(), job.event.way_calendar.clone());
        let google_id = google_id.to_owned();
        let others: Vec<BookingId> = ids(job.words(), BEFORE).collect();
        self.write_held(&job.row, move |tx| {
            Box::pin(async move {
                tx.copy_delete(&calendar, &google_id).await?;
                if let Some(mut event) = tx.event_get(row.event).await? {
                    event.touched_at = tx.now();
                    tx.event_update(&event).await?;
                }
                for other in others {
                    tx.outbox_wake(other).await?;
                }
                tx.outbox_done(row.event, row.version).await
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        self.poke(Pass::Push);
        Ok(())
    }

    /// The id is taken, or the series goes to another room's calendar: everything of it again under the next id.
    pub(super) async fn next_series_generation(&self, job: &Job, google_id: &str) -> Result<(), Failure> {
        let (id, old_calendar, google_id) =
            (job.row.event, job.event.way_calendar.clone(), google_id.to_owned());
        let calendar = job.wanted.host.calendar().to_owned();
        let generation = job.event.generation + 1;
        let zone = job.wanted.part.master.zone();
        let mut words = vec!["all".to_owned()];
        words.extend(job.wanted.part.overrides.keys().map(|slot| date_word(slot.instant(zone))));
        let now = self.now();
        let rest = if generation < 3 { 0 } else { backoff::after(generation, self.entropy(), None) };
        self.write_held(&job.row, move |tx| {
            Box::pin(async move {
                tx.copy_delete(&old_calendar, &google_id).await?;
                if let Some(mut event) = tx.event_get(id).await? {
                    event.generation = generation;
                    event.google_id = Some(event_id::event_id(id, generation));
                    event.way_calendar = calendar;
                    tx.event_update(&event).await?;
                }
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                tx.outbox_put(id, &words).await?;
                let mut row = tx.outbox_get(id).await?.ok_or(StoreError::NotFound)?;
                // There is nothing in Google that it could be compared with.
                row.past = Vec::new();
                row.changed.retain(|word| word != TAKEN_OFF);
                tx.outbox_merged(&row).await?;
                tx.outbox_wait(id, row.version, now.plus_micros(rest), "next generation").await
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        self.poke(Pass::Push);
        Ok(())
    }

    /// Somebody deleted the series in Google: that is a cancellation, and it wins.
    pub(super) async fn series_cancelled_outside(&self, job: &Job) -> Result<(), Failure> {
        let (id, version) = (job.row.event, job.row.version);
        let others: Vec<BookingId> = ids(job.words(), BEFORE).collect();
        self.write_held(&job.row, move |tx| {
            Box::pin(async move {
                if let Some(stored) = tx.series_get(id).await? {
                    merge::deleted(tx, &stored).await?;
                }
                end_series(tx, id).await?;
                for other in others {
                    tx.outbox_wake(other).await?;
                }
                tx.outbox_done(id, version).await
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        self.poke(Pass::Push);
        Ok(())
    }

    /// Google will never take it. What it does not hold yet is declined, with the reason; else a full pass brings back
    /// what Google has.
    pub(super) async fn give_series_up(
        &self,
        row: &OutboxRow,
        event: &EventRow,
        why: Stuck,
        reason: &str,
    ) -> Result<(), Failure> {
        self.metrics().push(PushOutcome::GaveUp);
        let google_id = event_id::event_id(event.id, event.generation);
        let held = self.company(row.company).copy_get(&event.way_calendar, &google_id).await?.is_some();
        let (id, version, reason) = (row.event, row.version, reason.to_owned());
        self.write_held(row, move |tx| {
            Box::pin(async move {
                if !tx.outbox_park(id, version, OutboxState::Dead, why, &reason).await? {
                    return Ok(());
                }
                let before = tx.blocks_of_event(id).await?;
                let occurrences = tx.occurrences_of_event(id).await?;
                let rooms: BTreeSet<_> = occurrences.iter().map(|one| one.room).collect();
                if held {
                    for room in rooms {
                        if let Some(calendar) = tx.calendar_of_room(room).await? {
                            tx.calendar_forget_token(calendar.id).await?;
                            tx.calendar_mark_dirty(calendar.id, tx.now()).await?;
                        }
                    }
                    return Ok(());
                }
                let now = tx.now();
                for mut occurrence in occurrences {
                    if occurrence.state.holds_room() && occurrence.range.end() > now {
                        occurrence.state = BookingState::Declined;
                        occurrence.reason = Some(stuck::declined_for(why).to_owned());
                        tx.occurrence_put(&occurrence).await?;
                        tell_of(tx, &occurrence, None).await?;
                    }
                }
                for room in rooms {
                    crate::apply::promote_conflicted(tx, room).await?;
                }
                tx.changes_since(id, before).await
            })
        })
        .await
        .map_err(|error: StoreError| error)?;
        self.poke(Pass::Pull);
        Ok(())
    }
}
