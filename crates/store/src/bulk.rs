//! Years of bookings at once, for benches only (feature `bulk`): the program never writes like this.

use model::Instant;

use crate::db::CompanyStore;
use crate::error::StoreError;
use crate::sql::statements;

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
