//! What the loop breaker remembers: how often we wrote of late, and what was stopped.

use model::{BookingId, Instant, LoopKind};
use sqlx::any::AnyRow;

use crate::db::{CompanyStore, System};
use crate::error::StoreError;
use crate::sql::{Columns, statements};
use crate::tx::Tx;

statements! {
    GET = "SELECT since, count FROM push_guard WHERE company_id = $1 AND calendar = $2 AND event_id = $3";
    PUT = "INSERT INTO push_guard (company_id, calendar, event_id, since, count) VALUES ($1, $2, $3, $4, $5) \
           ON CONFLICT (company_id, calendar, event_id) DO UPDATE SET since = excluded.since, count = excluded.count";
    FORGET = "DELETE FROM push_guard WHERE company_id = $1 AND calendar = $2";
    SWEEP = "DELETE FROM push_guard WHERE since < $1";
    STOP = "INSERT INTO push_stop (company_id, calendar, kind, event_id, stopped_at) VALUES ($1, $2, $3, $4, $5) \
            ON CONFLICT (company_id, calendar) DO NOTHING";
    STOPPED = "SELECT * FROM push_stop WHERE company_id = $1 AND calendar = $2";
    STOPS = "SELECT * FROM push_stop WHERE company_id = $1 ORDER BY stopped_at, calendar";
    RESUME = "DELETE FROM push_stop WHERE company_id = $1 AND calendar = $2";
    GO_ON = "UPDATE outbox SET state = 'waiting', due_at = $2, attempts = 0 WHERE company_id = $1 AND state = 'blocked' \
             AND reason = 'loop_stopped'";
}

/// A calendar that nothing is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopStored {
    /// Google's id of it.
    pub calendar: String,
    pub kind: LoopKind,
    /// What was written last.
    pub event: BookingId,
    pub at: Instant,
}

fn read(row: &AnyRow) -> Result<StopStored, StoreError> {
    Ok(StopStored {
        calendar: row.text("calendar")?,
        kind: row.word("kind")?,
        event: row.parsed("event_id")?,
        at: row.instant("stopped_at")?,
    })
}

impl System {
    /// Forgets counts that began before `before`.
    pub async fn push_guard_sweep(&self, now: Instant, before: Instant) -> Result<(), StoreError> {
        let work = self.write(now, move |tx| {
            Box::pin(async move {
                sqlx::query(SWEEP).bind(before.as_micros()).execute(tx.connection()).await?;
                Ok(())
            })
        });
        work.await.map(|_| ())
    }
}

impl CompanyStore {
    /// The calendars that nothing is written to.
    pub async fn push_stops(&self) -> Result<Vec<StopStored>, StoreError> {
        let rows = sqlx::query(STOPS).bind(self.id.to_string()).fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    /// Whether writing to this calendar was stopped.
    pub async fn push_stopped(&self, calendar: &str) -> Result<Option<StopStored>, StoreError> {
        let query = sqlx::query(STOPPED).bind(self.id.to_string()).bind(calendar.to_owned());
        query.fetch_optional(&self.readers).await?.as_ref().map(read).transpose()
    }
}

/// What writes are counted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// All of a calendar.
    Calendar,
    Event(BookingId),
    /// One date of a series, by its original start.
    Date(BookingId, Instant),
}

impl Counted {
    fn key(self) -> String {
        match self {
            Self::Calendar => String::new(),
            Self::Event(event) => event.to_string(),
            Self::Date(event, slot) => format!("{event} {}", slot.as_micros()),
        }
    }
}

impl Tx {
    /// Since when was counted, and up to what.
    pub async fn push_count(
        &mut self,
        calendar: &str,
        counted: Counted,
    ) -> Result<Option<(Instant, u32)>, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(GET).bind(company).bind(calendar.to_owned()).bind(counted.key());
        let Some(row) = query.fetch_optional(self.connection()).await? else { return Ok(None) };
        Ok(Some((row.instant("since")?, u32::try_from(row.int("count")?).unwrap_or(u32::MAX))))
    }

    pub async fn push_count_put(
        &mut self,
        calendar: &str,
        counted: Counted,
        since: Instant,
        count: u32,
    ) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(PUT)
            .bind(company)
            .bind(calendar.to_owned())
            .bind(counted.key())
            .bind(since.as_micros())
            .bind(i64::from(count))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Nothing is written to this calendar any more; `event` was the last.
    pub async fn push_stop(
        &mut self,
        calendar: &str,
        kind: LoopKind,
        event: BookingId,
    ) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(STOP)
            .bind(company)
            .bind(calendar.to_owned())
            .bind(kind.as_str())
            .bind(event.to_string())
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Writing goes on; what waited for it is due, and what waits for another stop will be set aside again. `false`: it
    /// was not stopped.
    pub async fn push_resume(&mut self, calendar: &str) -> Result<bool, StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        let query = sqlx::query(RESUME).bind(company.clone()).bind(calendar.to_owned());
        if query.execute(self.connection()).await?.rows_affected() == 0 {
            return Ok(false);
        }
        let query = sqlx::query(FORGET).bind(company.clone()).bind(calendar.to_owned());
        query.execute(self.connection()).await?;
        sqlx::query(GO_ON).bind(company).bind(now.as_micros()).execute(self.connection()).await?;
        Ok(true)
    }
}
