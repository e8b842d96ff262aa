//! For benches only (feature `bulk`): years of bookings at once, and bookings without all that makes them ours.

mod import;
mod series;

use model::Instant;
use sqlx::{AnyConnection, Connection, Executor};

use crate::db::CompanyStore;
use crate::dialect::Engine;
use crate::error::StoreError;
use crate::sql::statements;

pub use import::BareImport;
pub use series::Bare;

/// All of them, for the test that prepares each.
#[cfg(test)]
pub(crate) fn all_statements() -> Vec<(&'static str, &'static str)> {
    [STATEMENTS, series::STATEMENTS].concat()
}

statements! {
    // Ids stay readable as UUIDs: decimal digits are hexadecimal ones too.
    REPEAT_EVENTS = "WITH RECURSIVE days (n) AS (SELECT CAST($2 AS BIGINT) UNION ALL SELECT n - 1 FROM days WHERE n > 1) \
        INSERT INTO event (company_id, id, number, kind, title, private, organizer_id, organizer_email, \
        organizer_name, zone, start_at, end_at, all_day, tentative, origin, way, way_calendar, google_id, ical_uid, \
        generation, recurrence, guests, cancelled, html_link, listed_until, created_at, updated_at) \
        SELECT company_id, CAST(10000000 + n AS TEXT) || '-0000-7000-8000-' || CAST(100000000000 + number AS TEXT), \
        number + n * 1000000, kind, title, private, organizer_id, organizer_email, organizer_name, zone, \
        start_at - n * 86400000000, end_at - n * 86400000000, all_day, tentative, origin, way, way_calendar, NULL, \
        NULL, generation, recurrence, guests, cancelled, html_link, listed_until, created_at, updated_at \
        FROM event CROSS JOIN days WHERE company_id = $1 AND number < 1000000";
    // Oldest first: what is checked against each row is then what comes soon after it.
    REPEAT_OCCURRENCES = "WITH RECURSIVE days (n) AS (SELECT CAST($2 AS BIGINT) UNION ALL SELECT n - 1 FROM days WHERE n > 1) \
        INSERT INTO occurrence (company_id, event_id, room_id, slot, start_at, end_at, state, reason, title, exception, \
        updated_at) \
        SELECT o.company_id, CAST(10000000 + n AS TEXT) || '-0000-7000-8000-' || CAST(100000000000 + e.number AS TEXT), \
        o.room_id, o.slot, o.start_at - n * 86400000000, o.end_at - n * 86400000000, o.state, o.reason, o.title, \
        o.exception, o.updated_at FROM occurrence o \
        JOIN event e ON e.company_id = o.company_id AND e.id = o.event_id \
        CROSS JOIN days WHERE o.company_id = $1 AND e.number < 1000000 ORDER BY n DESC, o.start_at";
    COUNT = "SELECT COUNT(*) AS n FROM occurrence WHERE company_id = $1";
}

impl CompanyStore {
    /// Everything that is booked was also so on each of the `days` before. How many occurrences there are then.
    pub async fn repeat_into_the_past(&self, days: i64, now: Instant) -> Result<i64, StoreError> {
        let work = self.write(now, move |tx| {
            Box::pin(async move {
                let company = tx.tenant()?;
                for sql in [REPEAT_EVENTS, REPEAT_OCCURRENCES] {
                    sqlx::query(sql).bind(company.clone()).bind(days).execute(tx.connection()).await?;
                }
                Ok::<_, StoreError>(())
            })
        });
        work.await?;
        let count = sqlx::query_scalar(COUNT).bind(self.id.to_string()).fetch_one(&self.readers).await?;
        Ok(count)
    }
}

// Not in the list of statements: their table is the reference's own.
const BARE_TABLE: &str = "CREATE TABLE IF NOT EXISTS bare (room INTEGER NOT NULL, start_at INTEGER NOT NULL, \
    end_at INTEGER NOT NULL, title TEXT NOT NULL) STRICT; \
    CREATE INDEX IF NOT EXISTS bare_room ON bare (room, end_at)";
const BARE_TAKEN: &str = "SELECT 1 FROM bare WHERE room = $1 AND end_at > $2 AND start_at < $3 LIMIT 1";
const BARE_INSERT: &str = "INSERT INTO bare (room, start_at, end_at, title) VALUES ($1, $2, $3, $4)";

/// The least that a durable booking without conflict costs on SQLite: `BEGIN IMMEDIATE`, a look for an overlap, an
/// insert, a commit, on one connection with the program's own settings. One database, `count` bookings from the
/// `from`-th on; they follow each other in fifty rooms.
pub async fn bare_bookings(url: &str, from: i64, count: i64) -> Result<(), StoreError> {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await?;
    Engine::Sqlite.prepare(&mut connection).await?;
    sqlx::raw_sql(BARE_TABLE).execute(&mut connection).await?;
    for number in from..from + count {
        let (room, start) = (number % 50, number / 50 * 300);
        connection.execute(Engine::Sqlite.begin_write()).await?;
        let taken = sqlx::query(BARE_TAKEN).bind(room).bind(start).bind(start + 300);
        if taken.fetch_optional(&mut connection).await?.is_none() {
            let insert = sqlx::query(BARE_INSERT).bind(room).bind(start).bind(start + 300).bind("주간 회의");
            insert.execute(&mut connection).await?;
        }
        connection.execute("COMMIT").await?;
    }
    connection.close().await?;
    Ok(())
}
