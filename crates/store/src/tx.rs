//! A write transaction in hand: the connection, whose it is, and the changes it will be known by.

use std::collections::BTreeMap;

use model::{Block, BlockKey, BookingId, Change, CompanyId, Instant, Seq};
use sqlx::{AnyConnection, Row};

use crate::error::StoreError;
use crate::sql::statements;

statements! {
    NEXT_SEQ = "UPDATE company SET seq = seq + 1 WHERE id = $1 RETURNING seq";
    LOG_CHANGE = "INSERT INTO change_log (company_id, seq, at, changes) VALUES ($1, $2, $3, $4)";
    NEXT_BOOKING = "UPDATE company SET booking_number = booking_number + 1 WHERE id = $1 RETURNING booking_number AS n";
    NEXT_ROOM = "UPDATE company SET room_number = room_number + 1 WHERE id = $1 RETURNING room_number AS n";
    NEXT_PERSON = "UPDATE company SET person_number = person_number + 1 WHERE id = $1 RETURNING person_number AS n";
}

/// The numbers that a company counts by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counter {
    Booking,
    Room,
    Person,
}

/// A write transaction of one company. Its methods are beside the tables they write.
pub struct Tx {
    connection: AnyConnection,
    company: Option<CompanyId>,
    now: Instant,
    changes: Vec<Change>,
}

impl Tx {
    pub(crate) const fn new(connection: AnyConnection) -> Self {
        Self { connection, company: None, now: Instant::from_micros(0), changes: Vec::new() }
    }

    pub(crate) fn into_connection(self) -> AnyConnection {
        self.connection
    }

    pub(crate) const fn connection(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }

    pub(crate) fn reset(&mut self, company: Option<CompanyId>, now: Instant) {
        self.company = company;
        self.now = now;
        self.changes.clear();
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

    /// Tells what became of an event's blocks since `before` was read with [`Tx::blocks_of_event`].
    pub async fn changes_since(
        &mut self,
        event: BookingId,
        before: BTreeMap<BlockKey, Block>,
    ) -> Result<(), StoreError> {
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
        Ok(())
    }

    /// Takes the next `seq`, last of all, and writes the change log; `None` where nothing is to be told.
    pub(crate) async fn log_changes(&mut self) -> Result<Option<Seq>, StoreError> {
        if self.changes.is_empty() {
            return Ok(None);
        }
        let (company, now) = (self.tenant()?, self.now);
        let changes = serde_json::to_string(&self.changes)?;
        let row = sqlx::query(NEXT_SEQ).bind(&company).fetch_one(&mut self.connection).await?;
        let seq: i64 = row.try_get("seq")?;
        sqlx::query(LOG_CHANGE)
            .bind(company)
            .bind(seq)
            .bind(now.as_micros())
            .bind(changes)
            .execute(&mut self.connection)
            .await?;
        Ok(Some(Seq(seq)))
    }

    pub(crate) async fn next_number(&mut self, counter: Counter) -> Result<i64, StoreError> {
        let sql = match counter {
            Counter::Booking => NEXT_BOOKING,
            Counter::Room => NEXT_ROOM,
            Counter::Person => NEXT_PERSON,
        };
        let company = self.tenant()?;
        let row = sqlx::query(sql).bind(company).fetch_one(&mut self.connection).await?;
        Ok(row.try_get("n")?)
    }
}
