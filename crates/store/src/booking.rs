//! A new booking as a whole: what is written most, by many at once.
//!
//! What it is made of is looked up in the transaction that writes it, for all that wait together by one statement, and
//! all of them are written by another (see `bulk`). What the database refuses together is carried out here, one by one;
//! what it comes to is the same.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures::future::BoxFuture;
use model::{
    Block, BlockKey, BookingId, BookingNumber, BookingState, Change, CompanyId, Instant, PersonId,
    PersonNumber, RoomId, RoomNumber, Seq, TimeRange,
};

use crate::answer::AnswerRow;
use crate::bulk;
use crate::credential::CredentialState;
use crate::db::CompanyStore;
use crate::error::StoreError;
use crate::event::EventRow;
use crate::occurrence::{NO_SLOT, OccurrenceRow};
use crate::tx::Tx;
use crate::writer::{Committed, Member, Unit};

/// What a booking is made of, as it stands when it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    pub room: MetRoom,
    pub person: MetPerson,
    /// How the person's own grant stands, if they gave one.
    pub grant: Option<CredentialState>,
    /// Names of the guests who are the company's, by address.
    pub names: BTreeMap<String, String>,
}

/// The room, which is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetRoom {
    pub id: RoomId,
    pub number: RoomNumber,
    pub email: String,
    pub name: String,
}

/// The organiser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetPerson {
    pub number: PersonNumber,
    pub email: String,
    pub name: String,
}

/// What somebody wants, beyond the time of a room. Both are pure, and may be asked again when a batch runs again.
pub trait Wish: Send + Sync {
    /// The event: single, without a number, with the id, the organiser and the range of its [`NewBooking`].
    fn event(&self, met: &Met) -> EventRow;
    /// What repeats of the intent are to be told, if anything.
    fn answer(&self, made: &Made) -> Result<Option<AnswerRow>, StoreError>;
}

/// A single event that is to hold a room, and to be taken to Google.
#[derive(Clone)]
pub struct NewBooking {
    /// The intent.
    pub id: BookingId,
    pub room: RoomNumber,
    pub range: TimeRange,
    /// The organiser, and whose grant at which provider is asked for.
    pub person: PersonId,
    pub provider: &'static str,
    /// The addresses of guests.
    pub guests: Vec<String>,
    pub wish: Arc<dyn Wish>,
}

/// A booking that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// As it was wished: its number is in the block.
    pub event: EventRow,
    pub met: Met,
    /// As everybody sees it.
    pub block: Block,
}

/// What Google is to be told of a new booking.
pub(crate) const EVERYTHING: &[&str] = &["all"];

impl NewBooking {
    /// The event and, once it has a number, the rest. A panic in the wish must not take the writer, and everybody's
    /// bookings, with it.
    pub(crate) fn event(&self, met: &Met) -> Result<EventRow, StoreError> {
        catch_unwind(AssertUnwindSafe(|| self.wish.event(met))).map_err(|_| StoreError::Panicked)
    }

    pub(crate) fn answer(&self, made: &Made) -> Result<Option<AnswerRow>, StoreError> {
        catch_unwind(AssertUnwindSafe(|| self.wish.answer(made))).unwrap_or(Err(StoreError::Panicked))
    }

    /// By itself, under the savepoint of its unit of work.
    async fn carry_out(&self, tx: &mut Tx) -> Result<Made, StoreError> {
        let met = bulk::meet(tx, self).await?;
        let event = self.event(&met)?;
        let number = tx.event_insert(&event).await?;
        let occurrence = OccurrenceRow {
            event: self.id,
            room: met.room.id,
            slot: NO_SLOT,
            range: self.range,
            state: BookingState::Pending,
            reason: None,
            title: None,
            exception: false,
        };
        tx.occurrence_book(&occurrence).await?;
        tx.outbox_insert(self.id, EVERYTHING).await?;
        let made = Made { block: block(&event, &met, number), event, met };
        if let Some(answer) = self.answer(&made)? {
            tx.answer_insert(self.id, &answer).await?;
        }
        tx.change(appeared(&made.block));
        Ok(made)
    }
}

impl CompanyStore {
    /// Books, and answers after commit. `RoomTaken` where anything keeps the room busy, conflicted time included;
    /// `Duplicate` if the intent was carried out before; `NotFound` without a room in use of that number. It is
    /// carried out even if the caller is dropped.
    pub async fn book(&self, now: Instant, booking: NewBooking) -> Result<Committed<Made>, StoreError> {
        let booking = Arc::new(booking);
        let own = Arc::clone(&booking);
        let (unit, answer) = Unit::new(Some(self.id), now, move |tx: &mut Tx| -> BoxFuture<'_, _> {
            Box::pin(async move { own.carry_out(tx).await })
        });
        let write = async {
            self.writer.submit_member(Some(self.id), Box::new(BookingMember { booking, unit })).await?;
            answer.await.unwrap_or(Err(StoreError::CommitUnknown))
        };
        self.writer.tell(write).await
    }
}

/// The unit of work, and what it is about.
struct BookingMember<F> {
    booking: Arc<NewBooking>,
    unit: Unit<Made, StoreError, F>,
}

impl<F> Member for BookingMember<F>
where
    Unit<Made, StoreError, F>: Member,
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

    fn settle(&mut self, result: Result<Made, StoreError>) {
        self.unit.settle_as(result);
    }

    fn answer(self: Box<Self>, outcome: Result<Option<Seq>, StoreError>) {
        Box::new(self.unit).answer(outcome);
    }
}

/// The block that `blocks_of_event` would read of it.
pub(crate) fn block(event: &EventRow, met: &Met, number: BookingNumber) -> Block {
    let public = |text: &String| if event.private { String::new() } else { text.clone() };
    Block {
        key: BlockKey { booking: number, room: met.room.number, slot: None },
        state: BookingState::Pending,
        range: event.range,
        title: public(&event.title),
        private: event.private,
        organizer: (!event.private).then_some(met.person.number),
        organizer_name: public(&event.organizer_name),
        origin: event.origin,
        tentative: event.tentative,
        series: false,
        exception: false,
        all_day: event.all_day,
    }
}

/// What the company's screens are told of a new block.
pub(crate) fn appeared(block: &Block) -> Change {
    Change::Upsert { block: block.clone(), was: None }
}
