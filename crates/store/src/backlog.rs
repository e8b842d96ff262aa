//! How much waits, over all companies: what an operator's graphs show. Numbers only, nobody's name.

use std::collections::BTreeMap;

use model::Instant;
use prometheus_client::metrics::histogram::Histogram;

use crate::db::{Store, System};
use crate::error::StoreError;
use crate::sql::{Columns, statements};
use crate::tenant::Tenant;

statements! {
    OUTBOX = "SELECT state, COUNT(*) AS n, MIN(created_at) AS oldest FROM outbox GROUP BY state";
    CALENDARS = "SELECT COUNT(*) AS n, MIN(COALESCE(dirty_since, next_pull_at)) AS oldest FROM calendar \
                 WHERE dirty_since IS NOT NULL OR next_pull_at <= $1";
    CHANNELS = "SELECT state, COUNT(*) AS n FROM channel GROUP BY state";
    ROOMS = "SELECT health AS state, COUNT(*) AS n FROM room WHERE retired_at IS NULL GROUP BY health";
    GRANTS = "SELECT state FROM credential WHERE company_id = $1 AND owner_kind = 'company'";
}

/// What waits and how it stands, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Rows of the outbox by state: `waiting`, `blocked`, `dead`.
    pub outbox: BTreeMap<String, u64>,
    /// Since when the oldest row waits that can be pushed.
    pub outbox_oldest: Option<Instant>,
    /// Calendars that are to be pulled now.
    pub calendars_due: u64,
    /// Since when the longest of them waits.
    pub calendar_oldest: Option<Instant>,
    /// Notification channels by state: `arming`, `armed`, `stopping`.
    pub channels: BTreeMap<String, u64>,
    /// Rooms in use by how they follow Google.
    pub rooms: BTreeMap<String, u64>,
    /// Companies' grants by state.
    pub grants: BTreeMap<String, u64>,
}

/// The connections for reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    pub open: u32,
    pub idle: usize,
}

impl System {
    /// A few counts. They read whole tables by index; meant for a question every few seconds, not for each request.
    pub async fn backlog(&self, now: Instant) -> Result<Backlog, StoreError> {
        let mut backlog = Backlog::default();
        for row in sqlx::query(OUTBOX).fetch_all(&self.readers).await? {
            let state = row.text("state")?;
            if state == crate::OutboxState::Waiting.as_str() {
                backlog.outbox_oldest = row.instant_opt("oldest")?;
            }
            backlog.outbox.insert(state, count(row.int("n")?));
        }
        let due = sqlx::query(CALENDARS).bind(now.as_micros()).fetch_one(&self.readers).await?;
        backlog.calendars_due = count(due.int("n")?);
        backlog.calendar_oldest = due.instant_opt("oldest")?;
        backlog.channels = self.by_state(CHANNELS).await?;
        backlog.rooms = self.by_state(ROOMS).await?;
        // Credentials are seen by their company alone.
        for company in self.company_list().await? {
            let readers = self.readers.of(Tenant::Company(company.id));
            let rows = sqlx::query(GRANTS).bind(company.id.to_string()).fetch_all(&readers).await?;
            for row in rows {
                *backlog.grants.entry(row.text("state")?).or_default() += 1;
            }
        }
        Ok(backlog)
    }

    async fn by_state(&self, statement: &'static str) -> Result<BTreeMap<String, u64>, StoreError> {
        let rows = sqlx::query(statement).fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok((row.text("state")?, count(row.int("n")?)))).collect()
    }
}

impl Store {
    /// How the connections for reading are used.
    pub fn connections(&self) -> Connections {
        let (open, idle) = self.readers.connections();
        Connections { open, idle }
    }

    /// Members of each write transaction so far.
    pub fn batches(&self) -> Histogram {
        self.writer.batches()
    }

    /// Writes that wait for the writer.
    pub fn writes_waiting(&self) -> usize {
        self.writer.waiting()
    }
}

fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}
