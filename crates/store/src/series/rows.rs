//! Masters, their rooms, and overrides: rows in and out.

use chrono::NaiveDateTime;
use model::{BookingId, CompanyId, Instant, RoomId, TimeRange};
use sqlx::any::AnyRow;
use sqlx::{Any, Executor};

use super::{OverrideRow, SeriesRow, SeriesStored};
use crate::db::{CompanyStore, System};
use crate::error::StoreError;
use crate::sql::{Columns, statements};
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO series (company_id, event_id, sequence, dtstart, duration, horizon, updated_at) \
              VALUES ($1, $2, $3, $4, $5, $6, $7)";
    UPDATE = "UPDATE series SET sequence = $3, dtstart = $4, duration = $5, horizon = $6, updated_at = $7 \
              WHERE company_id = $1 AND event_id = $2 AND sequence = $8";
    SET_HORIZON = "UPDATE series SET horizon = $3, updated_at = $4 WHERE company_id = $1 AND event_id = $2";
    BY_EVENT = "SELECT e.*, s.sequence, s.dtstart, s.duration, s.horizon FROM series s \
                JOIN event e ON e.company_id = s.company_id AND e.id = s.event_id \
                WHERE s.company_id = $1 AND s.event_id = $2";
    ROOMS = "SELECT room_id FROM series_room WHERE company_id = $1 AND event_id = $2 ORDER BY room_id";
    ROOM_INSERT = "INSERT INTO series_room (company_id, room_id, event_id) VALUES ($1, $2, $3)";
    ROOMS_DELETE = "DELETE FROM series_room WHERE company_id = $1 AND event_id = $2";
    OVERRIDES = "SELECT * FROM override WHERE company_id = $1 AND event_id = $2 ORDER BY recurrence_id";
    OVERRIDE_INSERT = "INSERT INTO override (company_id, event_id, recurrence_id, sequence, cancelled, start_at, end_at, \
                       all_day, title, private, rooms, guests, updated_at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    OVERRIDES_DELETE = "DELETE FROM override WHERE company_id = $1 AND event_id = $2";
    DELETE = "DELETE FROM series WHERE company_id = $1 AND event_id = $2";
    DUE = "SELECT s.company_id, s.event_id, s.horizon FROM series s JOIN event e ON e.company_id = s.company_id \
           AND e.id = s.event_id WHERE s.horizon < $1 AND (s.horizon, s.event_id) > ($2, $3) AND e.cancelled = 0 \
           ORDER BY s.horizon, s.event_id LIMIT 32";
    BEYOND = "SELECT s.event_id FROM series_room r JOIN series s ON s.company_id = r.company_id \
              AND s.event_id = r.event_id JOIN event e ON e.company_id = s.company_id AND e.id = s.event_id \
              WHERE r.company_id = $1 AND r.room_id = $2 AND s.horizon < $3 AND e.cancelled = 0 ORDER BY s.event_id";
}

/// How wall times are written down: the local form of RFC 3339, to the second.
const WALL: &str = "%Y-%m-%dT%H:%M:%S";

fn wall(row: &AnyRow) -> Result<NaiveDateTime, StoreError> {
    let damaged = |_| StoreError::Damaged("series dtstart".into());
    NaiveDateTime::parse_from_str(&row.text("dtstart")?, WALL).map_err(damaged)
}

/// Reads one series by its three statements. What changes in between shows by its sequence when it is written.
async fn load<C>(
    connection: &mut C,
    company: String,
    event: BookingId,
) -> Result<Option<SeriesStored>, StoreError>
where
    for<'c> &'c mut C: Executor<'c, Database = Any>,
{
    let query = sqlx::query(BY_EVENT).bind(company.clone()).bind(event.to_string());
    let Some(row) = query.fetch_optional(&mut *connection).await? else { return Ok(None) };
    let query = sqlx::query(ROOMS).bind(company.clone()).bind(event.to_string());
    let rooms = query.fetch_all(&mut *connection).await?;
    let query = sqlx::query(OVERRIDES).bind(company).bind(event.to_string());
    let overrides = query.fetch_all(&mut *connection).await?;
    let series = SeriesRow {
        event,
        sequence: row.int("sequence")?,
        dtstart: wall(&row)?,
        duration: row.int("duration")?,
        rooms: rooms.iter().map(|room| room.parsed("room_id")).collect::<Result<_, _>>()?,
        horizon: row.instant_opt("horizon")?,
    };
    let overrides = overrides.iter().map(read_override).collect::<Result<_, _>>()?;
    Ok(Some(SeriesStored { event: crate::event::read(&row)?, series, overrides }))
}

fn read_override(row: &AnyRow) -> Result<OverrideRow, StoreError> {
    let range = match (row.instant_opt("start_at")?, row.instant_opt("end_at")?) {
        (Some(start), Some(end)) => {
            Some(TimeRange::new(start, end).ok_or_else(|| StoreError::Damaged("override range".into()))?)
        }
        _ => None,
    };
    Ok(OverrideRow {
        recurrence_id: row.instant("recurrence_id")?,
        sequence: row.int("sequence")?,
        cancelled: row.flag("cancelled")?,
        range,
        all_day: flag_opt(row, "all_day")?,
        title: row.text_opt("title")?,
        private: flag_opt(row, "private")?,
        rooms: row.text_opt("rooms")?.map(|rooms| serde_json::from_str(&rooms)).transpose()?,
        guests: row.text_opt("guests")?.map(|guests| serde_json::from_str(&guests)).transpose()?,
    })
}

fn flag_opt(row: &AnyRow, column: &str) -> Result<Option<bool>, StoreError> {
    Ok(row.int_opt(column)?.map(|flag| flag != 0))
}

/// A series whose occurrences do not reach far enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueSeries {
    pub company: CompanyId,
    pub event: BookingId,
    pub horizon: Instant,
}

impl System {
    /// Series whose horizon is before `until`, the furthest behind first: at most 32 after `after`. One that cannot be
    /// brought on stays, and is in nobody's way.
    pub async fn series_horizon_due(
        &self,
        until: Instant,
        after: Option<DueSeries>,
    ) -> Result<Vec<DueSeries>, StoreError> {
        let (horizon, event) = match after {
            Some(after) => (after.horizon.as_micros(), after.event.to_string()),
            None => (i64::MIN, String::new()),
        };
        let query = sqlx::query(DUE).bind(until.as_micros()).bind(horizon).bind(event);
        let rows = query.fetch_all(&self.readers).await?;
        let due = |row: &AnyRow| {
            Ok(DueSeries {
                company: row.parsed("company_id")?,
                event: row.parsed("event_id")?,
                horizon: row.instant("horizon")?,
            })
        };
        rows.iter().map(due).collect()
    }
}

impl CompanyStore {
    /// A series of our own with its overrides; `None` where `event` is none.
    pub async fn series_get(&self, event: BookingId) -> Result<Option<SeriesStored>, StoreError> {
        load(&mut *self.readers.begin_reading().await?, self.id.to_string(), event).await
    }
}

impl Tx {
    /// As [`CompanyStore::series_get`].
    pub async fn series_get(&mut self, event: BookingId) -> Result<Option<SeriesStored>, StoreError> {
        let company = self.tenant()?;
        load(self.connection(), company, event).await
    }

    /// The series of `room` whose occurrences end before `until`, although their rules may go on: what is put there must
    /// be held against them as well.
    pub async fn series_beyond(
        &mut self,
        room: RoomId,
        until: Instant,
    ) -> Result<Vec<SeriesStored>, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(BEYOND).bind(company).bind(room.to_string()).bind(until.as_micros());
        let rows = query.fetch_all(self.connection()).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            found.extend(self.series_get(row.parsed("event_id")?).await?);
        }
        Ok(found)
    }

    /// Writes down how Google has a series: its master's times, its rooms and its overrides, but no occurrence. `false`
    /// where it is not the one that was read.
    pub async fn series_set(
        &mut self,
        series: &SeriesRow,
        overrides: &[OverrideRow],
    ) -> Result<bool, StoreError> {
        let raised = SeriesRow { sequence: series.sequence + 1, ..series.clone() };
        if !self.series_update(&raised, series.sequence).await? {
            return Ok(false);
        }
        self.overrides_put(series.event, overrides).await?;
        Ok(true)
    }

    /// A series becomes one that is only followed: what we expanded of it is Google's from now on.
    pub async fn series_forget(&mut self, event: BookingId) -> Result<(), StoreError> {
        let (company, id) = (self.tenant()?, event.to_string());
        for statement in [OVERRIDES_DELETE, ROOMS_DELETE, DELETE] {
            let query = sqlx::query(statement).bind(company.clone()).bind(id.clone());
            query.execute(self.connection()).await?;
        }
        Ok(())
    }

    pub(super) async fn series_insert(&mut self, series: &SeriesRow) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(INSERT)
            .bind(company)
            .bind(series.event.to_string())
            .bind(series.sequence)
            .bind(series.dtstart.format(WALL).to_string())
            .bind(series.duration)
            .bind(series.horizon.map(Instant::as_micros))
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        self.series_put_rooms(series).await
    }

    /// `false` where the stored sequence is not `was`.
    pub(super) async fn series_update(&mut self, series: &SeriesRow, was: i64) -> Result<bool, StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        let updated = sqlx::query(UPDATE)
            .bind(company)
            .bind(series.event.to_string())
            .bind(series.sequence)
            .bind(series.dtstart.format(WALL).to_string())
            .bind(series.duration)
            .bind(series.horizon.map(Instant::as_micros))
            .bind(now.as_micros())
            .bind(was)
            .execute(self.connection())
            .await?;
        if updated.rows_affected() == 0 {
            return Ok(false);
        }
        self.series_put_rooms(series).await?;
        Ok(true)
    }

    async fn series_put_rooms(&mut self, series: &SeriesRow) -> Result<(), StoreError> {
        let (company, id) = (self.tenant()?, series.event.to_string());
        sqlx::query(ROOMS_DELETE).bind(company.clone()).bind(id.clone()).execute(self.connection()).await?;
        for room in &series.rooms {
            let query =
                sqlx::query(ROOM_INSERT).bind(company.clone()).bind(room.to_string()).bind(id.clone());
            query.execute(self.connection()).await?;
        }
        Ok(())
    }

    pub(super) async fn series_set_horizon(
        &mut self,
        event: BookingId,
        horizon: Option<Instant>,
    ) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(SET_HORIZON)
            .bind(company)
            .bind(event.to_string())
            .bind(horizon.map(Instant::as_micros))
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Puts `overrides` in place of all that the series has.
    pub(super) async fn overrides_put(
        &mut self,
        event: BookingId,
        overrides: &[OverrideRow],
    ) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        let query = sqlx::query(OVERRIDES_DELETE).bind(company.clone()).bind(event.to_string());
        query.execute(self.connection()).await?;
        for one in overrides {
            sqlx::query(OVERRIDE_INSERT)
                .bind(company.clone())
                .bind(event.to_string())
                .bind(one.recurrence_id.as_micros())
                .bind(one.sequence)
                .bind(i64::from(one.cancelled))
                .bind(one.range.map(|range| range.start().as_micros()))
                .bind(one.range.map(|range| range.end().as_micros()))
                .bind(one.all_day.map(i64::from))
                .bind(one.title.clone())
                .bind(one.private.map(i64::from))
                .bind(one.rooms.as_ref().map(serde_json::to_string).transpose()?)
                .bind(one.guests.as_ref().map(serde_json::to_string).transpose()?)
                .bind(now.as_micros())
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }
}
