//! For the bench of series: a company with as many occurrences as one likes, and rows without all that makes them ours.

use model::{BookingId, BookingState, CompanyId, Instant, RoomId, TimeRange};
use sqlx::any::AnyConnectOptions;
use sqlx::{AnyConnection, ConnectOptions, Executor};

use crate::dialect::Engine;
use crate::error::StoreError;
use crate::sql::statements;
use crate::tenant::Tenant;

statements! {
    // Ids stay readable as UUIDs: decimal digits are hexadecimal ones too.
    FILL_EVENTS = "WITH RECURSIVE counted (n) AS (SELECT CAST($2 AS BIGINT) UNION ALL \
        SELECT n + 1 FROM counted WHERE n < CAST($3 AS BIGINT)) \
        INSERT INTO event (company_id, id, number, kind, title, private, organizer_id, organizer_email, \
        organizer_name, zone, start_at, end_at, all_day, tentative, origin, way, way_calendar, google_id, ical_uid, \
        generation, recurrence, guests, cancelled, html_link, listed_until, created_at, updated_at) \
        SELECT $1, CAST(10000000 + n AS TEXT) || '-0000-7000-8000-000000000000', 1000000 + n, 'single', '주간 회의', 0, \
        NULL, 'mina@hanbit.example', '김민아', 'Asia/Seoul', 0, 1, 0, 0, 'google', 'outside', '', NULL, NULL, 0, '[]', \
        '[]', 0, NULL, NULL, 0, 0 FROM counted";
    // Half an hour every hour in each room.
    FILL_OCCURRENCES = "WITH RECURSIVE counted (n) AS (SELECT CAST($2 AS BIGINT) UNION ALL \
        SELECT n + 1 FROM counted WHERE n < CAST($3 AS BIGINT)) \
        INSERT INTO occurrence (company_id, event_id, room_id, slot, start_at, end_at, state, exception, updated_at) \
        SELECT $1, CAST(10000000 + n AS TEXT) || '-0000-7000-8000-000000000000', r.id, 0, \
        $5 + n / $4 * 3600000000, $5 + n / $4 * 3600000000 + 1800000000, 'confirmed', 0, 0 \
        FROM counted JOIN room r ON r.company_id = $1 AND r.number = 1 + n - n / $4 * $4";
}

/// Rows of one statement.
const CHUNK: i64 = 20_000;

/// A connection of its own, with the program's settings, in the hands of one company.
pub struct Bare {
    engine: Engine,
    company: CompanyId,
    connection: AnyConnection,
}

impl Bare {
    pub async fn connect(url: &str, company: CompanyId) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let engine = Engine::of(url).ok_or(StoreError::NotFound)?;
        let mut connection = url.parse::<AnyConnectOptions>()?.connect().await?;
        engine.prepare(&mut connection).await?;
        if engine == Engine::Postgres {
            connection.execute("SET statement_timeout = 0").await?;
        }
        Ok(Self { engine, company, connection })
    }

    async fn open(&mut self) -> Result<(), StoreError> {
        self.connection.execute(self.engine.begin_write()).await?;
        if let Some(text) = self.engine.enter(Tenant::Company(self.company)) {
            self.connection.execute(text).await?;
        }
        Ok(())
    }

    /// `count` single events, spread over the company's `rooms`, half an hour every hour from `from` on.
    pub async fn fill(&mut self, count: i64, rooms: i64, from: Instant) -> Result<(), StoreError> {
        let company = self.company.to_string();
        for first in (0..count).step_by(20_000) {
            let last = (first + CHUNK).min(count) - 1;
            self.open().await?;
            let query = sqlx::query(FILL_EVENTS).bind(company.clone()).bind(first).bind(last);
            query.execute(&mut self.connection).await?;
            let query = sqlx::query(FILL_OCCURRENCES).bind(company.clone()).bind(first).bind(last);
            query.bind(rooms).bind(from.as_micros()).execute(&mut self.connection).await?;
            self.connection.execute("COMMIT").await?;
        }
        Ok(())
    }

    /// Occurrences of an event in one transaction, by the same multi-row statement that a series is written with, and
    /// nothing else.
    pub async fn insert(
        &mut self,
        event: BookingId,
        room: RoomId,
        ranges: &[TimeRange],
    ) -> Result<(), StoreError> {
        let state = BookingState::Pending;
        let none = None::<String>;
        let rows: Vec<_> = ranges
            .iter()
            .map(|range| {
                let (start, end) = (range.start().as_micros(), range.end().as_micros());
                (event, room, start, start, end, state.as_str(), &none, &none, 0)
            })
            .collect();
        self.open().await?;
        sqlx::query(self.engine.series().insert)
            .bind(self.company.to_string())
            .bind(serde_json::to_string(&rows)?)
            .bind(0_i64)
            .execute(&mut self.connection)
            .await?;
        self.connection.execute("COMMIT").await?;
        Ok(())
    }
}
