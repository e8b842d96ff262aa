//! A write transaction in hand: the connection, whose it is, and the changes it will be known by.

use std::collections::BTreeMap;

use model::{Block, BlockKey, BookingId, Change, CompanyId, Instant, Seq};

use crate::dialect::Engine;
use crate::error::StoreError;
use crate::link::Link;
use crate::sql::{Columns, statements};

statements! {
    PUT_COUNTERS = "UPDATE company SET seq = $2, booking_number = $3, room_number = $4, person_number = $5 WHERE id = $1";
}

/// The numbers that a company counts by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counter {
    Booking,
    Room,
    Person,
}

/// A company's counters, held by the transaction: nobody else counts until it ends, so that each number and the order of
/// `seq` are that of the commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counters {
    seq: i64,
    booking: i64,
    room: i64,
    person: i64,
}

/// A write transaction of one company. Its methods are beside the tables they write.
pub struct Tx {
    engine: Engine,
    link: Link,
    company: Option<CompanyId>,
    now: Instant,
    changes: Vec<Change>,
    /// When the member's changes were made or heard of in Google, if they are from there.
    heard: Option<Instant>,
    /// As they will be; `None` until somebody counts.
    counters: Option<Counters>,
    /// As they were read.
    counted: Option<Counters>,
    /// `(seq, at, changes, heard)` of the members so far, written together at the end.
    log: Vec<(i64, i64, String, Option<i64>)>,
}

/// What a member that fails is undone to, beside its savepoint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    counters: Option<Counters>,
    logged: usize,
}

impl Tx {
    pub(crate) const fn new(engine: Engine, link: Link) -> Self {
        Self {
            engine,
            link,
            company: None,
            now: Instant::from_micros(0),
            changes: Vec::new(),
            heard: None,
            counters: None,
            counted: None,
            log: Vec::new(),
        }
    }

    pub(crate) fn into_link(self) -> Link {
        self.link
    }

    pub(crate) const fn connection(&mut self) -> &mut Link {
        &mut self.link
    }

    pub(crate) const fn engine(&self) -> Engine {
        self.engine
    }

    /// A transaction, or another company's part of it, begins.
    pub(crate) fn begin_company(&mut self, company: Option<CompanyId>) {
        self.company = company;
        self.counters = None;
        self.log.clear();
        self.changes.clear();
    }

    /// The next member begins.
    pub(crate) fn begin_member(&mut self, now: Instant) -> Mark {
        self.now = now;
        self.changes.clear();
        self.heard = None;
        Mark { counters: self.counters, logged: self.log.len() }
    }

    /// The member failed; its savepoint is the caller's to undo.
    pub(crate) fn undo(&mut self, mark: Mark) {
        self.counters = mark.counters;
        self.log.truncate(mark.logged);
    }

    /// The company's id as text. Fails closed where a system write reaches for a company's tables.
    pub(crate) fn tenant(&self) -> Result<String, StoreError> {
        self.company
            .map(|id| id.to_string())
            .ok_or_else(|| StoreError::Damaged("a write without a company".into()))
    }

    /// When the caller says it is.
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Tells everybody who looks; sent after the commit, in `seq` order.
    pub fn change(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// How many changes this member has told of.
    pub const fn told(&self) -> usize {
        self.changes.len()
    }

    /// The member's changes were made or heard of in Google at this time; how long they take to screens is measured from
    /// it.
    pub const fn heard(&mut self, at: Instant) {
        self.heard = Some(at);
    }

    /// Tells what became of an event's blocks since `before` was read with [`Tx::blocks_of_event`].
    pub async fn changes_since(
        &mut self,
        event: BookingId,
        before: BTreeMap<BlockKey, Block>,
    ) -> Result<(), StoreError> {
        self.blocks_since(event, before).await.map(|_| ())
    }

    /// As [`Tx::changes_since`], and answers what the blocks are now.
    pub async fn blocks_since(
        &mut self,
        event: BookingId,
        before: BTreeMap<BlockKey, Block>,
    ) -> Result<BTreeMap<BlockKey, Block>, StoreError> {
        let after = self.blocks_of_event(event).await?;
        for (key, block) in &after {
            let was = before.get(key);
            if was != Some(block) {
                self.change(Change::Upsert { block: block.clone(), was: was.map(|was| was.range) });
            }
        }
        for (key, was) in before {
            if !after.contains_key(&key) {
                self.change(Change::Remove { key, was: was.range });
            }
        }
        Ok(after)
    }

    /// Gives the member's changes the next `seq`; `None` where nothing is to be told.
    pub(crate) async fn log_changes(&mut self) -> Result<Option<Seq>, StoreError> {
        if self.changes.is_empty() {
            return Ok(None);
        }
        let changes = serde_json::to_string(&self.changes)?;
        let counters = self.counters().await?;
        counters.seq += 1;
        let seq = counters.seq;
        self.log.push((seq, self.now.as_micros(), changes, self.heard.map(Instant::as_micros)));
        Ok(Some(Seq(seq)))
    }

    /// The company's part of the transaction ends: its counters and its changes are written.
    pub(crate) async fn end_company(&mut self) -> Result<(), StoreError> {
        let Some(counters) = self.counters.take().filter(|counters| Some(*counters) != self.counted) else {
            return Ok(());
        };
        let company = self.tenant()?;
        sqlx::query(PUT_COUNTERS)
            .bind(company.clone())
            .bind(counters.seq)
            .bind(counters.booking)
            .bind(counters.room)
            .bind(counters.person)
            .execute(&mut self.link)
            .await?;
        if !self.log.is_empty() {
            let log = serde_json::to_string(&std::mem::take(&mut self.log))?;
            sqlx::query(self.engine.log_changes()).bind(company).bind(log).execute(&mut self.link).await?;
        }
        Ok(())
    }

    pub(crate) async fn next_number(&mut self, counter: Counter) -> Result<i64, StoreError> {
        let counters = self.counters().await?;
        let number = match counter {
            Counter::Booking => &mut counters.booking,
            Counter::Room => &mut counters.room,
            Counter::Person => &mut counters.person,
        };
        *number += 1;
        Ok(*number)
    }

    /// Reads and holds the counters, once in a transaction.
    async fn counters(&mut self) -> Result<&mut Counters, StoreError> {
        let held = match self.counters {
            Some(held) => held,
            None => {
                let query = sqlx::query(self.engine.hold_counters()).bind(self.tenant()?);
                let row = query.fetch_one(&mut self.link).await?;
                let read = Counters {
                    seq: row.int("seq")?,
                    booking: row.int("booking_number")?,
                    room: row.int("room_number")?,
                    person: row.int("person_number")?,
                };
                self.counted = Some(read);
                read
            }
        };
        Ok(self.counters.insert(held))
    }

    /// Holds the company from the start, so that members of several servers cannot wait for each other in a circle.
    pub(crate) async fn hold_company(&mut self) -> Result<(), StoreError> {
        match self.counters().await {
            // Another company's handle than any that exists: its work will find nothing.
            Err(StoreError::NotFound) => Ok(()),
            held => held.map(|_| ()),
        }
    }
}
