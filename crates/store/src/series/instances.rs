//! Occurrences of series, many at a time, and the blocks that are drawn from them.

use std::collections::{BTreeMap, BTreeSet};

use model::{Block, BlockKey, BookingId, Change, Instant, PersonNumber, RoomId, RoomNumber, TimeRange};

use crate::error::StoreError;
use crate::event::EventRow;
use crate::occurrence::OccurrenceRow;
use crate::sql::{Columns, statements};
use crate::tx::Tx;

statements! {
    ROOM = "SELECT number FROM room WHERE company_id = $1 AND id = $2 AND retired_at IS NULL";
    PERSON = "SELECT number FROM person WHERE company_id = $1 AND id = $2";
    PIN_TITLE = "UPDATE occurrence SET title = $3 WHERE company_id = $1 AND event_id = $2 AND start_at <= $4 \
                 AND title IS NULL";
}

/// Rows of one statement.
const CHUNK: usize = 1_000;

/// What blocks of an event are drawn with, beside its occurrences: as `blocks_of_event` reads it.
pub(super) struct Drawn {
    pub(super) event: EventRow,
    person: Option<PersonNumber>,
    /// Those in use.
    rooms: BTreeMap<RoomId, RoomNumber>,
}

impl Drawn {
    pub(super) fn knows(&self, room: RoomId) -> bool {
        self.rooms.contains_key(&room)
    }

    pub(super) fn blocks<'o>(
        &self,
        occurrences: impl IntoIterator<Item = &'o OccurrenceRow>,
    ) -> BTreeMap<BlockKey, Block> {
        occurrences.into_iter().filter_map(|one| self.block(one)).map(|block| (block.key, block)).collect()
    }

    fn block(&self, occurrence: &OccurrenceRow) -> Option<Block> {
        let event = &self.event;
        let room = *self.rooms.get(&occurrence.room)?;
        let public = |text: &String| if event.private { String::new() } else { text.clone() };
        let block = Block {
            key: BlockKey { booking: event.number, room, slot: Some(occurrence.slot) },
            state: occurrence.state,
            range: occurrence.range,
            title: public(occurrence.title.as_ref().unwrap_or(&event.title)),
            private: event.private,
            organizer: self.person.filter(|_| !event.private),
            organizer_name: public(&event.organizer_name),
            origin: event.origin,
            tentative: event.tentative,
            series: true,
            exception: occurrence.exception,
            all_day: event.all_day,
        };
        Some(block).filter(|block| block.state.is_drawn())
    }
}

impl Tx {
    /// `rooms`: those of the occurrences that will be drawn.
    pub(super) async fn drawn(
        &mut self,
        event: EventRow,
        rooms: &BTreeSet<RoomId>,
    ) -> Result<Drawn, StoreError> {
        let company = self.tenant()?;
        let mut numbers = BTreeMap::new();
        for room in rooms {
            let query = sqlx::query(ROOM).bind(company.clone()).bind(room.to_string());
            if let Some(row) = query.fetch_optional(self.connection()).await? {
                numbers.insert(*room, RoomNumber(row.int("number")?));
            }
        }
        let person = match event.organizer {
            Some(person) => {
                let query = sqlx::query(PERSON).bind(company).bind(person.to_string());
                query.fetch_optional(self.connection()).await?.map(|row| row.int("number")).transpose()?
            }
            None => None,
        };
        Ok(Drawn { event, person: person.map(PersonNumber), rooms: numbers })
    }

    /// Inserts rows that are not there. By room and start, so that who writes several never waits in a circle
    /// (reliability M3).
    pub(super) async fn occurrences_insert(&mut self, rows: &mut [OccurrenceRow]) -> Result<(), StoreError> {
        rows.sort_by_key(|row| (row.room, row.range.start(), row.slot));
        let (company, now, statement) = (self.tenant()?, self.now(), self.engine().series().insert);
        for some in rows.chunks(CHUNK) {
            let written: Vec<_> = some
                .iter()
                .map(|row| {
                    let exception = i64::from(row.exception);
                    let (slot, start, end) = micros(row.slot, row.range);
                    (
                        row.event,
                        row.room,
                        slot,
                        start,
                        end,
                        row.state.as_str(),
                        &row.reason,
                        &row.title,
                        exception,
                    )
                })
                .collect();
            sqlx::query(statement)
                .bind(company.clone())
                .bind(serde_json::to_string(&written)?)
                .bind(now.as_micros())
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }

    /// Deletes occurrences of `event`.
    pub(super) async fn occurrences_delete(
        &mut self,
        event: BookingId,
        rows: &[OccurrenceRow],
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let keys: Vec<_> = rows.iter().map(|row| (row.room, row.slot.as_micros())).collect();
        let statement = self.engine().series().delete;
        self.occurrences_write(statement, event, serde_json::to_string(&keys)?).await
    }

    /// Gives occurrences of `event` the titles of `rows`; nothing else of them changes.
    pub(super) async fn occurrences_rename(
        &mut self,
        event: BookingId,
        rows: &[OccurrenceRow],
    ) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let titles: Vec<_> = rows
            .iter()
            .map(|row| (row.room, row.slot.as_micros(), &row.title, i64::from(row.exception)))
            .collect();
        let statement = self.engine().series().rename;
        self.occurrences_write(statement, event, serde_json::to_string(&titles)?).await
    }

    async fn occurrences_write(
        &mut self,
        statement: &'static str,
        event: BookingId,
        rows: String,
    ) -> Result<(), StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(statement).bind(company).bind(event.to_string()).bind(rows);
        query.execute(self.connection()).await?;
        Ok(())
    }

    /// What began keeps the title under which it began.
    pub(super) async fn occurrences_pin_title(
        &mut self,
        event: BookingId,
        title: &str,
    ) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(PIN_TITLE)
            .bind(company)
            .bind(event.to_string())
            .bind(title.to_owned())
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Tells what became of blocks.
    pub(super) fn changes_between(
        &mut self,
        before: &BTreeMap<BlockKey, Block>,
        after: BTreeMap<BlockKey, Block>,
    ) {
        for (key, was) in before {
            if !after.contains_key(key) {
                self.change(Change::Remove { key: *key, was: was.range });
            }
        }
        for (key, block) in after {
            let was = before.get(&key);
            if was != Some(&block) {
                let was: Option<TimeRange> = was.map(|was| was.range);
                self.change(Change::Upsert { block, was });
            }
        }
    }
}

/// As the columns have them; `model` writes instants in a way of its own.
const fn micros(slot: Instant, range: TimeRange) -> (i64, i64, i64) {
    (slot.as_micros(), range.start().as_micros(), range.end().as_micros())
}

/// Whether an occurrence began, and so is no longer to be changed.
pub(super) fn began(occurrence: &OccurrenceRow, now: Instant) -> bool {
    occurrence.range.start() <= now
}
