//! Every table with its columns, in an order in which what is referred to comes first. A test compares the list with
//! the schema, so that a new column is not forgotten.

use crate::dialect::Engine;

/// A table as it is written to a backup and read from one.
pub(super) struct Table {
    pub(super) name: &'static str,
    #[cfg(test)]
    pub(super) columns: &'static [&'static str],
    /// Whether its rows belong to a company.
    pub(super) owned: bool,
    /// The rows of the company `$1`.
    pub(super) select: &'static str,
    /// Rows from a JSON array of objects, `$1`.
    pub(super) insert_sqlite: &'static str,
    pub(super) insert_postgres: &'static str,
}

impl Table {
    pub(super) const fn insert(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.insert_sqlite,
            Engine::Postgres => self.insert_postgres,
        }
    }
}

macro_rules! tables {
    ($($table:ident owned $owned:literal where $where:literal by $order:literal: $first:ident $(, $column:ident)*;)+) => {
        pub(super) const TABLES: &[Table] = &[$(Table {
            name: stringify!($table),
            #[cfg(test)]
            columns: &[stringify!($first) $(, stringify!($column))*],
            owned: $owned,
            select: concat!(
                "SELECT ", stringify!($first) $(, ", ", stringify!($column))*,
                " FROM ", stringify!($table), " WHERE ", $where, " ORDER BY ", $order
            ),
            insert_sqlite: concat!(
                "INSERT INTO ", stringify!($table), " (", stringify!($first) $(, ", ", stringify!($column))*,
                ") SELECT json_extract(value, '$.", stringify!($first), "')"
                $(, ", json_extract(value, '$.", stringify!($column), "')")*, " FROM json_each($1)"
            ),
            insert_postgres: concat!(
                "INSERT INTO ", stringify!($table), " (", stringify!($first) $(, ", ", stringify!($column))*,
                ") SELECT ", stringify!($first) $(, ", ", stringify!($column))*,
                " FROM json_populate_recordset(NULL::", stringify!($table), ", CAST(CAST($1 AS TEXT) AS JSON))"
            ),
        },)+];
    };
}

tables! {
    company owned true where "id = $1" by "id":
        id, name, zone, seq, booking_number, room_number, person_number, created_at;
    company_domain owned true where "company_id = $1" by "domain":
        domain, company_id;
    person owned true where "company_id = $1" by "company_id, id":
        company_id, id, number, google_sub, email, name, department, admin, active, updated_at;
    room owned true where "company_id = $1" by "company_id, id":
        company_id, id, number, resource_id, email, name, building, floor, capacity, features,
        health, retired_at;
    calendar owned true where "company_id = $1" by "company_id, id":
        company_id, id, room_id, google_id, zone, sync_token, dirty_since, next_pull_at,
        pulling_until, last_pull_at, last_notice_at, failures, last_error, watch_after, pulling_by,
        pulling_token, full_at, drift_found, drift_repaired, believed, unheard, silent_at,
        listed_at, listed_before_at;
    channel owned true where "company_id = $1" by "id":
        id, company_id, calendar_id, token_hash, state, resource_id, created_at, expires_at;
    event owned true where "company_id = $1" by "company_id, id":
        company_id, id, number, kind, title, private, organizer_id, organizer_email, organizer_name,
        zone, start_at, end_at, all_day, tentative, origin, way, way_calendar, google_id, ical_uid,
        generation, recurrence, guests, cancelled, html_link, listed_until, created_at, updated_at;
    series owned true where "company_id = $1" by "company_id, event_id":
        company_id, event_id, sequence, dtstart, duration, horizon, updated_at;
    series_room owned true where "company_id = $1" by "company_id, room_id, event_id":
        company_id, room_id, event_id;
    override owned true where "company_id = $1" by "company_id, event_id, recurrence_id":
        company_id, event_id, recurrence_id, sequence, cancelled, start_at, end_at, all_day,
        title, private, rooms, guests, updated_at;
    occurrence owned true where "company_id = $1" by "company_id, event_id, room_id, slot":
        company_id, event_id, room_id, slot, start_at, end_at, state, reason, title, exception,
        updated_at;
    notice owned true where "company_id = $1" by "company_id, person_id, created_at, event_id, room_id, slot, start_at":
        company_id, person_id, what, event_id, room_id, slot, start_at, end_at, holder_id, wished_at,
        created_at, seen_at;
    copy owned true where "company_id = $1" by "company_id, calendar, google_id":
        company_id, calendar, google_id, event_id, etag, raw, seen_at;
    outbox owned true where "company_id = $1" by "company_id, event_id":
        company_id, event_id, changed, version, state, attempts, sent, due_at, lease_until,
        last_error, created_at, lease_owner, lease_token, lane, reason, past, wishes, waits;
    history owned true where "company_id = $1" by "company_id, event_id, at, field":
        company_id, event_id, at, field, winner, person_id, kept, lost;
    push_guard owned true where "company_id = $1" by "company_id, calendar, event_id":
        company_id, calendar, event_id, since, count;
    push_stop owned true where "company_id = $1" by "company_id, calendar":
        company_id, calendar, kind, event_id, stopped_at;
    change_log owned true where "company_id = $1" by "company_id, seq":
        company_id, seq, at, changes, heard_at;
    session owned true where "company_id = $1" by "id":
        id, hash, company_id, person_id, created_at, last_seen_at, expires_at, revoked_at;
    credential owned true where "company_id = $1" by "company_id, id":
        company_id, id, provider, owner_kind, owner_id, state, access, refresh, expires_at, scopes,
        extra, updated_at;
    display owned true where "company_id = $1" by "company_id, id":
        company_id, id, token_hash, name, building, floor, show_titles, created_at, revoked_at,
        last_seen_at;
    server owned false where "$1 = $1" by "id":
        id, roles, started_at, seen_at;
    lease owned false where "$1 = $1" by "name":
        name, owner, fence, until_at;
    api_token owned true where "company_id = $1" by "id":
        id, hash, company_id, person_id, name, created_at, last_used_at, revoked_at;
    api_answer owned true where "company_id = $1" by "company_id, event_id":
        company_id, event_id, asked, answer, created_at;
    sign_in owned false where "$1 = $1" by "state_hash":
        state_hash, browser_hash, sealed, consent, next, created_at;
}
