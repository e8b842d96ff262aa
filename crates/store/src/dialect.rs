//! What differs between engines, apart from migrations.

mod series;

use std::num::NonZero;
use std::thread;

use sqlx::{Any, AnyConnection, Executor, QueryBuilder, Row, SqlStr};

use crate::error::{Fault, StoreError};
use crate::tenant::Tenant;

/// The engine behind a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// How many bookings are made by two statements; see `bulk`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bookings {
    pub(crate) look: &'static str,
    pub(crate) write: &'static str,
}

/// The role that PostgreSQL's connections work as: it owns nothing and no row is its own, so row-level security holds.
pub(crate) const ROLE: &str = "roomly_app";

/// Where the company's counters are read, and held until the transaction ends.
const HOLD_COUNTERS_SQLITE: &str =
    "SELECT seq, booking_number, room_number, person_number FROM company WHERE id = $1";
const HOLD_COUNTERS_POSTGRES: &str =
    "SELECT seq, booking_number, room_number, person_number FROM company WHERE id = $1 FOR UPDATE";
const LOG_CHANGES_SQLITE: &str = "INSERT INTO change_log (company_id, seq, at, changes, heard_at) \
    SELECT $1, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), json_extract(value, '$[3]') \
    FROM json_each($2)";
const LOG_CHANGES_POSTGRES: &str = "INSERT INTO change_log (company_id, seq, at, changes, heard_at) \
    SELECT $1, CAST(entry ->> 0 AS BIGINT), CAST(entry ->> 1 AS BIGINT), entry ->> 2, CAST(entry ->> 3 AS BIGINT) \
    FROM json_array_elements(CAST(CAST($2 AS TEXT) AS JSON)) AS entry";
/// Migration 0007 has both functions and says what they take and answer.
const LOOK_BOOKINGS_POSTGRES: &str = "SELECT bookings_look($1, $2) AS looked";
const WRITE_BOOKINGS_POSTGRES: &str = "SELECT bookings_write($1, $2)";
/// As PostgreSQL's functions of these names (migration 0007), in one message each.
const LOOK_BOOKINGS_SQLITE: &str = include_str!("sqlite/bookings_look.sql");
const WRITE_BOOKINGS_SQLITE: &str = include_str!("sqlite/bookings_write.sql");
const TOKENS_SQLITE: &str = "SELECT t.hash, t.id, t.company_id, t.person_id, t.name, t.last_used_at, p.number, p.admin, \
    c.zone FROM json_each($1) asked CROSS JOIN api_token t ON t.hash = asked.value \
    JOIN person p ON p.company_id = t.company_id AND p.id = t.person_id JOIN company c ON c.id = t.company_id \
    WHERE t.revoked_at IS NULL AND p.active = 1";
const TOKENS_POSTGRES: &str = "SELECT t.hash, t.id, t.company_id, t.person_id, t.name, t.last_used_at, p.number, p.admin, \
    c.zone FROM json_array_elements_text(CAST(CAST($1 AS TEXT) AS JSON)) AS asked (hash) JOIN api_token t ON t.hash = asked.hash \
    JOIN person p ON p.company_id = t.company_id AND p.id = t.person_id JOIN company c ON c.id = t.company_id \
    WHERE t.revoked_at IS NULL AND p.active = 1";
/// `CROSS JOIN`: SQLite looks up what was asked, one by one. Else it goes through all that the company has for each of them.
const COPIES_SQLITE: &str = "SELECT c.* FROM json_each($3) asked CROSS JOIN copy c ON c.company_id = $1 AND c.calendar = $2 \
    AND c.google_id = asked.value";
const COPIES_POSTGRES: &str = "SELECT c.* FROM json_array_elements_text(CAST(CAST($3 AS TEXT) AS JSON)) AS asked (id) \
    JOIN copy c ON c.company_id = $1 AND c.calendar = $2 AND c.google_id = asked.id";
/// From lane to lane by the index, and of each only its head: so many more than there are workers that what they hold
/// does not hide the rest.
const LANES_SQLITE: &str = "WITH RECURSIVE lanes (lane) AS ( \
    SELECT (SELECT o.lane FROM outbox o WHERE o.state = 'waiting' ORDER BY o.lane LIMIT 1) UNION ALL \
    SELECT (SELECT o.lane FROM outbox o WHERE o.state = 'waiting' AND o.lane > l.lane ORDER BY o.lane LIMIT 1) \
    FROM lanes l WHERE l.lane IS NOT NULL) \
    SELECT l.lane, \
    (SELECT MIN(CASE WHEN h.lease_until IS NULL OR h.lease_until < h.due_at THEN h.due_at ELSE h.lease_until END) \
     FROM (SELECT o.due_at, o.lease_until FROM outbox o WHERE o.state = 'waiting' AND o.lane = l.lane \
     ORDER BY o.due_at LIMIT 64) h) AS at, \
    (SELECT COUNT(*) FROM (SELECT o.due_at, o.lease_until FROM outbox o WHERE o.state = 'waiting' \
     AND o.lane = l.lane ORDER BY o.due_at LIMIT 64) h \
     WHERE h.due_at <= $1 AND (h.lease_until IS NULL OR h.lease_until <= $1)) AS ready \
    FROM lanes l WHERE l.lane IS NOT NULL";
/// The same, as a function: migration 0007 says why.
const LANES_POSTGRES: &str = "SELECT waiting AS lane, first AS at, ready FROM outbox_lanes($1)";
const TELL_SQLITE: &str = "INSERT INTO notice (company_id, person_id, what, event_id, room_id, slot, start_at, end_at, \
    holder_id, wished_at, created_at) SELECT $1, json_extract(value, '$[0]'), json_extract(value, '$[1]'), \
    json_extract(value, '$[2]'), json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]'), \
    json_extract(value, '$[6]'), json_extract(value, '$[7]'), json_extract(value, '$[8]'), $3 FROM json_each($2) \
    WHERE 1 = 1 ON CONFLICT DO NOTHING";
const TELL_POSTGRES: &str = "INSERT INTO notice (company_id, person_id, what, event_id, room_id, slot, start_at, end_at, \
    holder_id, wished_at, created_at) SELECT $1, fact ->> 0, fact ->> 1, fact ->> 2, fact ->> 3, CAST(fact ->> 4 AS BIGINT), \
    CAST(fact ->> 5 AS BIGINT), CAST(fact ->> 6 AS BIGINT), fact ->> 7, CAST(fact ->> 8 AS BIGINT), CAST($3 AS BIGINT) \
    FROM json_array_elements(CAST(CAST($2 AS TEXT) AS JSON)) AS told (fact) ON CONFLICT DO NOTHING";
const GOOGLE_IDS_SQLITE: &str = "SELECT e.google_id FROM json_each($2) asked \
    CROSS JOIN event e ON e.company_id = $1 AND e.google_id = asked.value";
const GOOGLE_IDS_POSTGRES: &str = "SELECT e.google_id FROM json_array_elements_text(CAST(CAST($2 AS TEXT) AS JSON)) \
    AS asked (id) JOIN event e ON e.company_id = $1 AND e.google_id = asked.id";
/// SQLite is in this process and has its clock.
const CLOCK_POSTGRES: &str = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) AS at";
const ROLE_POSTGRES: &str = "SELECT CASE WHEN rolsuper OR rolbypassrls THEN 1::bigint ELSE 0::bigint END AS unbounded \
    FROM pg_roles WHERE rolname = current_user";

impl Engine {
    /// By the URL's scheme.
    pub(crate) fn of(url: &str) -> Option<Self> {
        match url.split_once(':')?.0 {
            "sqlite" => Some(Self::Sqlite),
            "postgres" | "postgresql" => Some(Self::Postgres),
            _ => None,
        }
    }

    /// Whether several servers may use one database. A SQLite file has one.
    pub(crate) const fn is_shared(self) -> bool {
        matches!(self, Self::Postgres)
    }

    /// What only this engine is asked.
    #[cfg(test)]
    pub(crate) const fn statements(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Sqlite => &[
                ("HOLD_COUNTERS", HOLD_COUNTERS_SQLITE),
                ("LOG_CHANGES", LOG_CHANGES_SQLITE),
                ("LOOK_BOOKINGS", LOOK_BOOKINGS_SQLITE),
                ("WRITE_BOOKINGS", WRITE_BOOKINGS_SQLITE),
                ("LANES", LANES_SQLITE),
                ("TOKENS", TOKENS_SQLITE),
                ("COPIES", COPIES_SQLITE),
                ("TELL", TELL_SQLITE),
                ("GOOGLE_IDS", GOOGLE_IDS_SQLITE),
            ],
            Self::Postgres => &[
                ("HOLD_COUNTERS", HOLD_COUNTERS_POSTGRES),
                ("LOG_CHANGES", LOG_CHANGES_POSTGRES),
                ("LOOK_BOOKINGS", LOOK_BOOKINGS_POSTGRES),
                ("WRITE_BOOKINGS", WRITE_BOOKINGS_POSTGRES),
                ("LANES", LANES_POSTGRES),
                ("TOKENS", TOKENS_POSTGRES),
                ("COPIES", COPIES_POSTGRES),
                ("TELL", TELL_POSTGRES),
                ("GOOGLE_IDS", GOOGLE_IDS_POSTGRES),
                ("CLOCK", CLOCK_POSTGRES),
                ("ROLE", ROLE_POSTGRES),
            ],
        }
    }

    /// `$1` the company, `$2` a JSON array of Google's ids; those of them that are known.
    pub(crate) const fn google_ids_known(self) -> &'static str {
        match self {
            Self::Sqlite => GOOGLE_IDS_SQLITE,
            Self::Postgres => GOOGLE_IDS_POSTGRES,
        }
    }

    /// Writers side by side. SQLite has one at a time by its nature; on PostgreSQL every company has one of these, so
    /// that companies do not wait for each other.
    pub(crate) fn writers(self) -> usize {
        match self {
            Self::Sqlite => 1,
            // While one waits for the disk, another has the cores; more than there are cores share batches worse.
            Self::Postgres => thread::available_parallelism().map_or(2, NonZero::get).clamp(2, 6),
        }
    }

    /// Connections for reading.
    pub(crate) const fn readers(self) -> u32 {
        match self {
            Self::Sqlite => 8,
            Self::Postgres => 10,
        }
    }

    /// What a write transaction begins with. SQLite's default `BEGIN` fails at the first write after a read when
    /// another writer was there meanwhile (reliability M2). READ COMMITTED is enough on PostgreSQL: what must hold is a
    /// constraint.
    pub(crate) const fn begin_write(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    /// One moment of everything, for as long as it takes.
    pub(crate) const fn begin_backup(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN",
            Self::Postgres => {
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; \
                 SET LOCAL idle_in_transaction_session_timeout = 0"
            }
        }
    }

    /// All or nothing, for as long as it takes.
    pub(crate) const fn begin_restore(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => {
                "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
            }
        }
    }

    /// Opens a read transaction and says whose it is, in one message; `None` where reads need no transaction.
    ///
    /// It is also the proof that the connection lives, which sqlx's ping would ask for beforehand; and it ends what a
    /// caller who vanished may have left open (reliability M1).
    pub(crate) fn begin_read(self, tenant: Tenant) -> Option<SqlStr> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(text(&["ROLLBACK; BEGIN READ ONLY; ", &settings(tenant)])),
        }
    }

    /// Says whose the following work in the transaction is; `None` where the database does not know companies.
    pub(crate) fn enter(self, tenant: Tenant) -> Option<SqlStr> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(text(&[&settings(tenant)])),
        }
    }

    pub(crate) const fn hold_counters(self) -> &'static str {
        match self {
            Self::Sqlite => HOLD_COUNTERS_SQLITE,
            Self::Postgres => HOLD_COUNTERS_POSTGRES,
        }
    }

    /// `$1` the company, `$2` a JSON array of `[seq, at, changes]`.
    pub(crate) const fn log_changes(self) -> &'static str {
        match self {
            Self::Sqlite => LOG_CHANGES_SQLITE,
            Self::Postgres => LOG_CHANGES_POSTGRES,
        }
    }

    /// What a batch's bookings ask, and what they write, together. Migration 0007 says what `$1` and `$2` hold.
    pub(crate) const fn bookings(self) -> Bookings {
        match self {
            Self::Sqlite => Bookings { look: LOOK_BOOKINGS_SQLITE, write: WRITE_BOOKINGS_SQLITE },
            Self::Postgres => Bookings { look: LOOK_BOOKINGS_POSTGRES, write: WRITE_BOOKINGS_POSTGRES },
        }
    }

    /// The outbox's lanes in which something waits; `$1` is now.
    pub(crate) const fn lanes(self) -> &'static str {
        match self {
            Self::Sqlite => LANES_SQLITE,
            Self::Postgres => LANES_POSTGRES,
        }
    }

    /// The owners of live tokens; `$1` is a JSON array of their hashes.
    pub(crate) const fn tokens(self) -> &'static str {
        match self {
            Self::Sqlite => TOKENS_SQLITE,
            Self::Postgres => TOKENS_POSTGRES,
        }
    }

    /// Copies on one calendar; `$1` the company, `$2` the calendar, `$3` a JSON array of Google's ids.
    pub(crate) const fn copies(self) -> &'static str {
        match self {
            Self::Sqlite => COPIES_SQLITE,
            Self::Postgres => COPIES_POSTGRES,
        }
    }

    /// What people are told; `$1` the company, `$2` a JSON array of `[person, what, event, room, slot, start, end, holder,
    /// wished]`, `$3` now. A fact that was told before is passed over.
    pub(crate) const fn tell(self) -> &'static str {
        match self {
            Self::Sqlite => TELL_SQLITE,
            Self::Postgres => TELL_POSTGRES,
        }
    }

    /// Settings of every new connection. Durability is complete: an acknowledged booking survives power loss.
    pub(crate) async fn prepare(self, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite => {
                connection
                    .execute(
                        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000; \
                         PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864",
                    )
                    .await?;
            }
            // `client_min_messages`: the ROLLBACK of `begin_read` outside a transaction is no news. No parallel workers:
            // what is read is little, whatever the planner thinks, and starting them takes 30 ms. No compiled plans either: a
            // statement that takes three milliseconds is compiled for three hundred, in every connection and time.
            Self::Postgres => {
                connection
                    .execute(
                        "SET ROLE roomly_app; SET application_name = 'roomly'; SET TIME ZONE 'UTC'; \
                         SET client_min_messages = 'error'; SET synchronous_commit = 'on'; \
                         SET statement_timeout = '15s'; SET lock_timeout = '2s'; SET jit = off; \
                         SET max_parallel_workers_per_gather = 0; \
                         SET idle_in_transaction_session_timeout = '15s'",
                    )
                    .await?;
            }
        }
        Ok(())
    }

    /// Refuses a connection that row-level security does not bind.
    pub(crate) async fn check_role(self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        if self == Self::Postgres {
            let row = sqlx::query(ROLE_POSTGRES).fetch_one(connection).await?;
            if row.try_get::<i64, _>("unbounded")? != 0 {
                return Err(StoreError::UnboundedRole);
            }
        }
        Ok(())
    }

    /// The database's own clock, in microseconds since 1970; `None` where it is this machine's.
    pub(crate) async fn clock(self, connection: &mut AnyConnection) -> Result<Option<i64>, StoreError> {
        match self {
            Self::Sqlite => Ok(None),
            Self::Postgres => {
                Ok(Some(sqlx::query(CLOCK_POSTGRES).fetch_one(connection).await?.try_get("at")?))
            }
        }
    }
}

/// `SET` takes no parameters. The only text that is put in is a company's id: hexadecimal digits and dashes by its type.
fn settings(tenant: Tenant) -> String {
    match tenant {
        Tenant::Company(id) => {
            format!("SET LOCAL roomly.company = '{}'; SET LOCAL roomly.system = ''", id.0.as_hyphenated())
        }
        Tenant::System => "SET LOCAL roomly.company = ''; SET LOCAL roomly.system = 'on'".to_owned(),
    }
}

fn text(parts: &[&str]) -> SqlStr {
    QueryBuilder::<Any>::new(parts.concat()).into_sql()
}

impl Fault {
    pub(crate) fn of(error: &sqlx::Error) -> Option<Self> {
        match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Tls(_) => Some(Self::Lost),
            sqlx::Error::Database(db) => match db.code().as_deref() {
                Some("40001" | "40P01" | "55P03") => Some(Self::Busy),
                // The server ends the connection, or is starting or stopping.
                Some("57P01" | "57P02" | "57P03" | "57P05" | "25P03") => Some(Self::Lost),
                Some(code) if code.starts_with("08") => Some(Self::Lost),
                _ => None,
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Store;
    use crate::sql::Columns as _;

    /// Whatever is asked for many at once is looked up one by one.
    #[tokio::test]
    async fn nothing_is_searched_through() {
        let store = Store::open("sqlite:file:plans?mode=memory&cache=shared").await.unwrap();
        for sql in [COPIES_SQLITE, GOOGLE_IDS_SQLITE, TOKENS_SQLITE] {
            let explain: &'static str = format!("EXPLAIN QUERY PLAN {sql}").leak();
            let rows = sqlx::query(explain).bind("a").bind("[]").bind("[]").fetch_all(&store.readers).await;
            let plan: Vec<String> = rows.unwrap().iter().map(|row| row.text("detail").unwrap()).collect();
            let scans: Vec<&String> = plan.iter().filter(|step| step.starts_with("SCAN")).collect();
            assert_eq!(scans.len(), 1, "{plan:?}");
            assert!(scans[0].starts_with("SCAN asked"), "{plan:?}");
            assert!(plan.iter().all(|step| !step.ends_with("(company_id=?)")), "{plan:?}");
        }
    }
}
