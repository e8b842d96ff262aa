//! A new booking as a whole: what is written most, by many at once.
//!
//! By itself it is a unit of work as any other. Its being known as a whole lets a batch ask and write for all that
//! wait together where that is faster (see `bulk`); what it comes to is the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use model::{Block, BookingState, Change, CompanyId, Instant, RoomId, Seq};

use crate::answer::AnswerRow;
use crate::db::CompanyStore;
use crate::error::StoreError;
use crate::event::EventRow;
use crate::occurrence::{NO_SLOT, OccurrenceRow};
use crate::tx::Tx;
use crate::writer::{Committed, Member, Unit};

/// Makes what a program is answered, once the booking's block is known. Pure.
pub type Answering = Arc<dyn Fn(&Block) -> Result<AnswerRow, StoreError> + Send + Sync>;

/// A single event that is to hold a room, and to be taken to Google.
#[derive(Clone)]
pub struct NewBooking {
    /// A single event without a number. Its range is the occurrence's.
    pub event: EventRow,
    pub room: RoomId,
    /// Kept for repeats of the intent.
    pub answer: Option<Answering>,
}

/// What Google is to be told of a new booking.
pub(crate) const EVERYTHING: &[&str] = &["all"];

impl NewBooking {
    fn occurrence(&self) -> OccurrenceRow {
        OccurrenceRow {
            event: self.event.id,
            room: self.room,
            slot: NO_SLOT,
            range: self.event.range,
            state: BookingState::Pending,
            reason: None,
            title: None,
            exception: false,
        }
    }

    /// As few statements as there can be.
    async fn carry_out(&self, tx: &mut Tx) -> Result<Block, StoreError> {
        let id = self.event.id;
        tx.event_insert(&self.event).await?;
        tx.occurrence_book(&self.occurrence()).await?;
        tx.outbox_insert(id, EVERYTHING).await?;
        let block = tx.blocks_since(id, BTreeMap::new()).await?.into_values().next();
        let block = block.ok_or(StoreError::NotFound)?;
        if let Some(answer) = &self.answer {
            tx.answer_insert(id, &answer(&block)?).await?;
        }
        Ok(block)
    }
}

impl CompanyStore {
    /// Books, and answers after commit with the block as everybody sees it. `RoomTaken` where anything keeps the room
    /// busy, conflicted time included; `Duplicate` if the intent was carried out before; `NotFound` without a room in
    /// use. It is carried out even if the caller is dropped.
    pub async fn book(&self, now: Instant, booking: NewBooking) -> Result<Committed<Block>, StoreError> {
        let booking = Arc::new(booking);
        let own = Arc::clone(&booking);
        let (unit, answer) = Unit::new(Some(self.id), now, move |tx: &mut Tx| -> BoxFuture<'_, _> {
            Box::pin(async move { own.carry_out(tx).await })
        });
        self.writer.submit_member(Some(self.id), Box::new(BookingMember { booking, unit })).await?;
        answer.await.unwrap_or(Err(StoreError::CommitUnknown))
    }
}

/// The unit of work, and what it is about.
struct BookingMember<F> {
    booking: Arc<NewBooking>,
    unit: Unit<Block, StoreError, F>,
}

impl<F> Member for BookingMember<F>
where
    Unit<Block, StoreError, F>: Member,
    F: Send,
{
    fn company(&self) -> Option<CompanyId> {
        self.unit.company()
    }

    fn now(&self) -> Instant {
        self.unit.now()
    }

    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool> {
        self.unit.run(tx)
    }

    fn booking(&self) -> Option<&NewBooking> {
        Some(&self.booking)
    }

    fn settle(&mut self, result: Result<Block, StoreError>) {
        self.unit.settle_as(result);
    }

    fn answer(self: Box<Self>, outcome: Result<Option<Seq>, StoreError>) {
        Box::new(self.unit).answer(outcome);
    }
}

/// What the company's screens are told of a new block.
pub(crate) fn appeared(block: &Block) -> Result<String, StoreError> {
    Ok(serde_json::to_string(&[Change::Upsert { block: block.clone(), was: None }])?)
}
