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
    GRANTS = "SELECT owner_kind, state FROM credential WHERE company_id = $1";
    REASONS = "SELECT reason AS state, COUNT(*) AS n FROM outbox WHERE reason IS NOT NULL GROUP BY reason";
    STOPS = "SELECT COUNT(*) AS n FROM push_stop";
    SILENT = "SELECT COUNT(*) AS n FROM calendar WHERE silent_at IS NOT NULL";
    ARMED = "SELECT MIN(created_at) AS oldest, MIN(expires_at) AS ends FROM channel WHERE state = 'armed'";
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
    /// People's grants by state.
    pub person_grants: BTreeMap<String, u64>,
    /// Rows of the outbox that were not brought to Google when they were last tried, by why.
    pub reasons: BTreeMap<String, u64>,
    /// Calendars that nothing is written to, because it looked like a loop.
    pub stops: u64,
    /// Calendars whose channel was replaced, with nothing heard since.
    pub silent: u64,
    /// Since when the oldest armed channel is there, and when the next one ends.
    pub channel_oldest: Option<Instant>,
    pub channel_ends: Option<Instant>,
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
        backlog.reasons = self.by_state(REASONS).await?;
        backlog.stops = count(sqlx::query(STOPS).fetch_one(&self.readers).await?.int("n")?);
        backlog.silent = count(sqlx::query(SILENT).fetch_one(&self.readers).await?.int("n")?);
        let armed = sqlx::query(ARMED).fetch_one(&self.readers).await?;
        backlog.channel_oldest = armed.instant_opt("oldest")?;
        backlog.channel_ends = armed.instant_opt("ends")?;
        // Credentials are seen by their company alone.
        for company in self.company_list().await? {
            let readers = self.readers.of(Tenant::Company(company.id));
            let rows = sqlx::query(GRANTS).bind(company.id.to_string()).fetch_all(&readers).await?;
            for row in rows {
                let company = row.text("owner_kind")? == crate::OwnerKind::Company.as_str();
                let grants = if company { &mut backlog.grants } else { &mut backlog.person_grants };
                *grants.entry(row.text("state")?).or_default() += 1;
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
