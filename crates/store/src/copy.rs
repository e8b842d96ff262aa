//! Copies of events at Google, one per calendar; etags belong to a copy.

use std::collections::BTreeMap;

use model::{BookingId, Instant};
use sqlx::any::AnyRow;

use crate::db::CompanyStore;
use crate::error::StoreError;
use crate::sql::{Columns, statements};
use crate::tx::Tx;

statements! {
    PUT = "INSERT INTO copy (company_id, calendar, google_id, event_id, etag, raw, seen_at) \
           VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (company_id, calendar, google_id) DO UPDATE SET \
           event_id = excluded.event_id, etag = excluded.etag, raw = excluded.raw, seen_at = excluded.seen_at";
    GET = "SELECT * FROM copy WHERE company_id = $1 AND calendar = $2 AND google_id = $3";
    CALENDARS = "SELECT DISTINCT calendar FROM copy WHERE company_id = $1 AND event_id = $2 AND google_id = $3 \
                 ORDER BY calendar";
    OF_DATES = "SELECT * FROM copy WHERE company_id = $1 AND event_id = $2 AND google_id <> $3 ORDER BY google_id, calendar";
    DELETE = "DELETE FROM copy WHERE company_id = $1 AND calendar = $2 AND google_id = $3";
}

#[derive(Clone, Debug, PartialEq)]
pub struct CopyRow {
    pub event: BookingId,
    /// Google's calendar id.
    pub calendar: String,
    pub google_id: String,
    pub etag: Option<String>,
    /// As received.
    pub raw: serde_json::Value,
    pub seen_at: Instant,
}

fn read(row: &AnyRow) -> Result<CopyRow, StoreError> {
    Ok(CopyRow {
        event: row.parsed("event_id")?,
        calendar: row.text("calendar")?,
        google_id: row.text("google_id")?,
        etag: row.text_opt("etag")?,
        raw: row.json("raw")?,
        seen_at: row.instant("seen_at")?,
    })
}

impl CompanyStore {
    /// The Google calendars on which copies of an event itself (not of its exceptions) were seen.
    pub async fn copy_calendars(
        &self,
        event: BookingId,
        google_id: String,
    ) -> Result<Vec<String>, StoreError> {
        let query = sqlx::query(CALENDARS).bind(self.id.to_string()).bind(event.to_string()).bind(google_id);
        query.fetch_all(&self.readers).await?.iter().map(|row| row.text("calendar")).collect()
    }

    /// Those of these events that were seen on a calendar, by Google's id: one statement for all.
    pub async fn copies(
        &self,
        calendar: &str,
        google_ids: &[&str],
    ) -> Result<BTreeMap<String, CopyRow>, StoreError> {
        if google_ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let query = sqlx::query(self.readers.engine.copies())
            .bind(self.id.to_string())
            .bind(calendar.to_owned())
            .bind(serde_json::to_string(google_ids)?);
        let rows = query.fetch_all(&self.readers).await?;
        rows.iter().map(|row| read(row).map(|copy| (copy.google_id.clone(), copy))).collect()
    }

    /// The copies that belong to a series and are not its master: dates that Google told of alone.
    pub async fn copies_of_dates(&self, event: BookingId, master: &str) -> Result<Vec<CopyRow>, StoreError> {
        let query =
            sqlx::query(OF_DATES).bind(self.id.to_string()).bind(event.to_string()).bind(master.to_owned());
        query.fetch_all(&self.readers).await?.iter().map(read).collect()
    }

    pub async fn copy_get(&self, calendar: &str, google_id: &str) -> Result<Option<CopyRow>, StoreError> {
        let query =
            sqlx::query(GET).bind(self.id.to_string()).bind(calendar.to_owned()).bind(google_id.to_owned());
        query.fetch_optional(&self.readers).await?.as_ref().map(read).transpose()
    }
}

impl Tx {
    /// As [`CompanyStore::copies_of_dates`].
    pub async fn copies_of_dates(
        &mut self,
        event: BookingId,
        master: &str,
    ) -> Result<Vec<CopyRow>, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(OF_DATES).bind(company).bind(event.to_string()).bind(master.to_owned());
        query.fetch_all(self.connection()).await?.iter().map(read).collect()
    }

    /// As [`CompanyStore::copy_calendars`].
    pub async fn copy_calendars(
        &mut self,
        event: BookingId,
        google_id: String,
    ) -> Result<Vec<String>, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(CALENDARS).bind(company).bind(event.to_string()).bind(google_id);
        query.fetch_all(self.connection()).await?.iter().map(|row| row.text("calendar")).collect()
    }

    pub async fn copy_put(&mut self, copy: &CopyRow) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(PUT)
            .bind(company)
            .bind(copy.calendar.clone())
            .bind(copy.google_id.clone())
            .bind(copy.event.to_string())
            .bind(copy.etag.clone())
            .bind(copy.raw.to_string())
            .bind(copy.seen_at.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    pub async fn copy_get(&mut self, calendar: &str, google_id: &str) -> Result<Option<CopyRow>, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(GET).bind(company).bind(calendar.to_owned()).bind(google_id.to_owned());
        query.fetch_optional(self.connection()).await?.as_ref().map(read).transpose()
    }

    pub async fn copy_delete(&mut self, calendar: &str, google_id: &str) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(DELETE)
            .bind(company)
            .bind(calendar.to_owned())
            .bind(google_id.to_owned())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
