//! Occurrences: what holds rooms, and the blocks that are drawn from them.

use std::collections::BTreeMap;

use model::{
    Block, BlockKey, BookingId, BookingNumber, BookingState, Instant, PersonNumber, RoomId, RoomNumber,
    TimeRange,
};
use sqlx::any::AnyRow;

use crate::db::CompanyStore;
use crate::error::StoreError;
use crate::sql::{Columns, statements};
use crate::tx::Tx;

/// The slot of single events; instances have their original start.
pub const NO_SLOT: Instant = Instant::from_micros(0);

statements! {
    PUT = "INSERT INTO occurrence (company_id, event_id, room_id, slot, start_at, end_at, state, reason, title, exception, \
           updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
           ON CONFLICT (company_id, event_id, room_id, slot) DO UPDATE SET start_at = excluded.start_at, \
           end_at = excluded.end_at, state = excluded.state, reason = excluded.reason, title = excluded.title, \
           exception = excluded.exception, updated_at = excluded.updated_at";
    // What holds a room does not overlap, so of what ends after the start only the first can be in the way: one look,
    // however much there is. Conflicted time may overlap; it is rare and has an index of its own.
    BOOK = "INSERT INTO occurrence (company_id, event_id, room_id, slot, start_at, end_at, state, reason, title, exception, \
            updated_at) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 WHERE NOT COALESCE(( \
            SELECT o.start_at FROM occurrence o WHERE o.company_id = $1 AND o.room_id = $3 AND o.end_at > $5 \
            AND o.state IN ('pending', 'confirmed') ORDER BY o.end_at LIMIT 1) < $6, 1 = 0) \
            AND NOT EXISTS (SELECT 1 FROM occurrence o WHERE o.company_id = $1 AND o.room_id = $3 AND o.end_at > $5 \
            AND o.start_at < $6 AND o.state = 'conflicted')";
    DELETE = "DELETE FROM occurrence WHERE company_id = $1 AND event_id = $2 AND room_id = $3 AND slot = $4";
    OF_EVENT = "SELECT * FROM occurrence WHERE company_id = $1 AND event_id = $2 ORDER BY room_id, slot";
    // In two halves as `BLOCKS_IN`: what is at most a day long ends at most a day after it began; the few that are longer
    // have an index of their own. SQLite takes these indexes only if it is not tempted by another order (the rows are
    // sorted here) or by the room's index for the second half (`|| ''`): it would read all that is earlier, or later.
    BLOCKING = "SELECT * FROM occurrence WHERE company_id = $1 AND room_id = $2 AND end_at > $3 \
                AND end_at < $4 + 86400000000 AND start_at < $4 AND end_at - start_at <= 86400000000 \
                AND state IN ('pending', 'confirmed', 'conflicted') \
                UNION ALL \
                SELECT * FROM occurrence WHERE company_id = $1 AND room_id || '' = $2 AND end_at > $3 AND start_at < $4 \
                AND end_at - start_at > 86400000000 AND state IN ('pending', 'confirmed', 'conflicted')";
    CONFLICTED = "SELECT * FROM occurrence WHERE company_id = $1 AND room_id = $2 AND end_at > $3 \
                  AND state = 'conflicted' ORDER BY updated_at, start_at, event_id, slot";
    PENDING = "SELECT * FROM occurrence WHERE company_id = $1 AND room_id = $2 AND end_at > $3 \
               AND state = 'pending' ORDER BY start_at, event_id, slot";
    FUTURE_OF_ROOM = "SELECT o.*, e.google_id AS google_id FROM occurrence o \
                      JOIN event e ON e.company_id = o.company_id AND e.id = o.event_id \
                      WHERE o.company_id = $1 AND o.room_id = $2 AND o.end_at > $3 AND e.kind = $4 \
                      AND o.state IN ('pending', 'confirmed', 'conflicted', 'declined') ORDER BY o.event_id";
    // The two halves are read by an index each (`occurrence_time`, `occurrence_long`): an index on one end of a range
    // alone finds everything before or after it.
    BLOCKS_IN = "SELECT o.slot, o.start_at, o.end_at, o.state, o.exception, \
                 COALESCE(o.title, e.title) AS title, e.number, e.kind, e.private, e.organizer_name, e.origin, \
                 e.tentative, e.all_day, r.number AS room_number, p.number AS person_number \
                 FROM ( \
                     SELECT * FROM occurrence WHERE company_id = $1 AND start_at > $2 - 86400000000 AND start_at < $3 \
                     AND end_at > $2 AND end_at - start_at <= 86400000000 \
                     UNION ALL \
                     SELECT * FROM occurrence WHERE company_id = $1 AND end_at > $2 AND start_at < $3 \
                     AND end_at - start_at > 86400000000 \
                 ) o JOIN event e ON e.company_id = o.company_id AND e.id = o.event_id \
                 JOIN room r ON r.company_id = o.company_id AND r.id = o.room_id \
                 LEFT JOIN person p ON p.company_id = e.company_id AND p.id = e.organizer_id \
                 WHERE r.retired_at IS NULL AND o.state IN ('pending', 'confirmed', 'declined', 'conflicted') \
                 ORDER BY e.number, r.number, o.slot";
    BLOCKS_OF_EVENT = "SELECT o.slot, o.start_at, o.end_at, o.state, o.exception, \
                 COALESCE(o.title, e.title) AS title, e.number, e.kind, e.private, e.organizer_name, e.origin, \
                 e.tentative, e.all_day, r.number AS room_number, p.number AS person_number \
                 FROM occurrence o JOIN event e ON e.company_id = o.company_id AND e.id = o.event_id \
                 JOIN room r ON r.company_id = o.company_id AND r.id = o.room_id \
                 LEFT JOIN person p ON p.company_id = e.company_id AND p.id = e.organizer_id \
                 WHERE o.company_id = $1 AND o.event_id = $2 AND r.retired_at IS NULL \
                 AND o.state IN ('pending', 'confirmed', 'declined', 'conflicted')";
    BLOCKS_PAGE = "SELECT o.slot, o.start_at, o.end_at, o.state, o.exception, \
                 COALESCE(o.title, e.title) AS title, e.number, e.kind, e.private, e.organizer_name, e.origin, \
                 e.tentative, e.all_day, r.number AS room_number, p.number AS person_number \
                 FROM occurrence o JOIN event e ON e.company_id = o.company_id AND e.id = o.event_id \
                 JOIN room r ON r.company_id = o.company_id AND r.id = o.room_id \
                 LEFT JOIN person p ON p.company_id = e.company_id AND p.id = e.organizer_id \
                 WHERE o.company_id = $1 AND o.end_at > $2 AND o.start_at < $3 AND r.retired_at IS NULL \
                 AND o.state IN ('pending', 'confirmed', 'declined', 'conflicted') \
                 AND ($4 = 0 OR r.number = $4) \
                 AND (o.start_at, e.number, r.number, o.slot) > ($5, $6, $7, $8) \
                 ORDER BY o.start_at, e.number, r.number, o.slot LIMIT $9";
}

/// Where a page of blocks ended: the key of its last block, in the order of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PagePlace {
    pub start: Instant,
    pub booking: BookingNumber,
    pub room: RoomNumber,
    /// [`NO_SLOT`] for single events.
    pub slot: Instant,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OccurrenceRow {
    pub event: BookingId,
    pub room: RoomId,
    /// [`NO_SLOT`] for single events.
    pub slot: Instant,
    pub range: TimeRange,
    pub state: BookingState,
    /// Why it does not hold the room, for people; a code of `text`.
    pub reason: Option<String>,
    /// Differs from its series.
    pub title: Option<String>,
    pub exception: bool,
}

fn read(row: &AnyRow) -> Result<OccurrenceRow, StoreError> {
    Ok(OccurrenceRow {
        event: row.parsed("event_id")?,
        room: row.parsed("room_id")?,
        slot: row.instant("slot")?,
        range: range(row)?,
        state: row.word("state")?,
        reason: row.text_opt("reason")?,
        title: row.text_opt("title")?,
        exception: row.flag("exception")?,
    })
}

/// By start.
fn in_order(rows: &[AnyRow]) -> Result<Vec<OccurrenceRow>, StoreError> {
    let mut read: Vec<OccurrenceRow> = rows.iter().map(read).collect::<Result<_, _>>()?;
    read.sort_by_key(|row| (row.range.start(), row.event, row.slot));
    Ok(read)
}

fn range(row: &AnyRow) -> Result<TimeRange, StoreError> {
    TimeRange::new(row.instant("start_at")?, row.instant("end_at")?)
        .ok_or_else(|| StoreError::Damaged("occurrence range".into()))
}

/// The public projection: nothing of a private event but its time.
fn read_block(row: &AnyRow) -> Result<Block, StoreError> {
    let slot = row.instant("slot")?;
    let private = row.flag("private")?;
    let state: BookingState = row.word("state")?;
    let public = |text: String| if private { String::new() } else { text };
    Ok(Block {
        key: BlockKey {
            booking: BookingNumber(row.int("number")?),
            room: RoomNumber(row.int("room_number")?),
            slot: (slot != NO_SLOT).then_some(slot),
        },
        state,
        range: range(row)?,
        title: public(row.text("title")?),
        private,
        organizer: row.int_opt("person_number")?.map(PersonNumber).filter(|_| !private),
        organizer_name: public(row.text("organizer_name")?),
        origin: row.word("origin")?,
        tentative: row.flag("tentative")?,
        series: row.text("kind")? == "series",
        exception: row.flag("exception")?,
        all_day: row.flag("all_day")?,
    })
}

impl CompanyStore {
    /// What the grid draws inside `window`.
    pub async fn blocks_in(&self, window: TimeRange) -> Result<Vec<Block>, StoreError> {
        let rows = sqlx::query(BLOCKS_IN)
            .bind(self.id.to_string())
            .bind(window.start().as_micros())
            .bind(window.end().as_micros())
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_block).collect()
    }

    /// As [`CompanyStore::blocks_in`], in pages: at most `limit` blocks after `after`, by start, then by key; those of
    /// one room if `room` is given.
    pub async fn blocks_page(
        &self,
        window: TimeRange,
        room: Option<RoomNumber>,
        after: Option<PagePlace>,
        limit: i64,
    ) -> Result<Vec<Block>, StoreError> {
        let after = after.unwrap_or(PagePlace {
            start: Instant::from_micros(i64::MIN),
            booking: BookingNumber(0),
            room: RoomNumber(0),
            slot: NO_SLOT,
        });
        let rows = sqlx::query(BLOCKS_PAGE)
            .bind(self.id.to_string())
            .bind(window.start().as_micros())
            .bind(window.end().as_micros())
            .bind(room.map_or(0, |room| room.0))
            .bind(after.start.as_micros())
            .bind(after.booking.0)
            .bind(after.room.0)
            .bind(after.slot.as_micros())
            .bind(limit)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(read_block).collect()
    }

    pub async fn blocks_of_event(&self, event: BookingId) -> Result<Vec<Block>, StoreError> {
        let query = sqlx::query(BLOCKS_OF_EVENT).bind(self.id.to_string()).bind(event.to_string());
        query.fetch_all(&self.readers).await?.iter().map(read_block).collect()
    }

    pub async fn occurrences_of_event(&self, event: BookingId) -> Result<Vec<OccurrenceRow>, StoreError> {
        let query = sqlx::query(OF_EVENT).bind(self.id.to_string()).bind(event.to_string());
        query.fetch_all(&self.readers).await?.iter().map(read).collect()
    }

    /// What keeps `room` busy inside `window`: pending, confirmed and conflicted, by start.
    pub async fn occurrences_blocking(
        &self,
        room: RoomId,
        window: TimeRange,
    ) -> Result<Vec<OccurrenceRow>, StoreError> {
        let rows = sqlx::query(BLOCKING)
            .bind(self.id.to_string())
            .bind(room.to_string())
            .bind(window.start().as_micros())
            .bind(window.end().as_micros())
            .fetch_all(&self.readers)
            .await?;
        in_order(&rows)
    }

    /// Google ids of what is known in `room` from `from` on, by kind of event; what a full pass is compared with.
    pub async fn google_ids_of_room(
        &self,
        room: RoomId,
        from: Instant,
        series: bool,
    ) -> Result<Vec<(BookingId, String)>, StoreError> {
        let rows = sqlx::query(FUTURE_OF_ROOM)
            .bind(self.id.to_string())
            .bind(room.to_string())
            .bind(from.as_micros())
            .bind(if series { "series" } else { "single" })
            .fetch_all(&self.readers)
            .await?;
        let mut ids = Vec::with_capacity(rows.len());
        for row in &rows {
            if let Some(google_id) = row.text_opt("google_id")? {
                ids.push((row.parsed("event_id")?, google_id));
            }
        }
        ids.dedup();
        Ok(ids)
    }
}

impl Tx {
    /// Inserts or replaces. `RoomTaken` where another occurrence holds the room.
    pub async fn occurrence_put(&mut self, occurrence: &OccurrenceRow) -> Result<(), StoreError> {
        self.occurrence_write(PUT, occurrence).await.map(|_| ())
    }

    /// Inserts a new one. `RoomTaken` where anything keeps the room busy, conflicted time included.
    pub async fn occurrence_book(&mut self, occurrence: &OccurrenceRow) -> Result<(), StoreError> {
        match self.occurrence_write(BOOK, occurrence).await? {
            0 => Err(StoreError::RoomTaken),
            _ => Ok(()),
        }
    }

    async fn occurrence_write(
        &mut self,
        sql: &'static str,
        occurrence: &OccurrenceRow,
    ) -> Result<u64, StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        let written = sqlx::query(sql)
            .bind(company)
            .bind(occurrence.event.to_string())
            .bind(occurrence.room.to_string())
            .bind(occurrence.slot.as_micros())
            .bind(occurrence.range.start().as_micros())
            .bind(occurrence.range.end().as_micros())
            .bind(occurrence.state.as_str())
            .bind(occurrence.reason.clone())
            .bind(occurrence.title.clone())
            .bind(i64::from(occurrence.exception))
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(written.rows_affected())
    }

    pub async fn occurrence_delete(
        &mut self,
        event: BookingId,
        room: RoomId,
        slot: Instant,
    ) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(DELETE)
            .bind(company)
            .bind(event.to_string())
            .bind(room.to_string())
            .bind(slot.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    pub async fn occurrences_of_event(&mut self, event: BookingId) -> Result<Vec<OccurrenceRow>, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(OF_EVENT).bind(company).bind(event.to_string());
        query.fetch_all(self.connection()).await?.iter().map(read).collect()
    }

    pub async fn occurrences_blocking(
        &mut self,
        room: RoomId,
        window: TimeRange,
    ) -> Result<Vec<OccurrenceRow>, StoreError> {
        let company = self.tenant()?;
        let rows = sqlx::query(BLOCKING)
            .bind(company)
            .bind(room.to_string())
            .bind(window.start().as_micros())
            .bind(window.end().as_micros())
            .fetch_all(self.connection())
            .await?;
        in_order(&rows)
    }

    /// Conflicted occurrences of a room that are not over; candidates for promotion, the longest waiting first.
    pub async fn occurrences_conflicted(
        &mut self,
        room: RoomId,
        from: Instant,
    ) -> Result<Vec<OccurrenceRow>, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(CONFLICTED).bind(company).bind(room.to_string()).bind(from.as_micros());
        query.fetch_all(self.connection()).await?.iter().map(read).collect()
    }

    /// Occurrences of a room that are not over and that the room has not answered.
    pub async fn occurrences_pending(
        &mut self,
        room: RoomId,
        from: Instant,
    ) -> Result<Vec<OccurrenceRow>, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(PENDING).bind(company).bind(room.to_string()).bind(from.as_micros());
        query.fetch_all(self.connection()).await?.iter().map(read).collect()
    }

    /// An event's drawn blocks; see [`Tx::changes_since`].
    pub async fn blocks_of_event(
        &mut self,
        event: BookingId,
    ) -> Result<BTreeMap<BlockKey, Block>, StoreError> {
        let company = self.tenant()?;
        let rows = sqlx::query(BLOCKS_OF_EVENT)
            .bind(company)
            .bind(event.to_string())
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(|row| read_block(row).map(|block| (block.key, block))).collect()
    }
}
