//! Statements about many occurrences at a time: their rows are a JSON array of arrays, which the engines unpack each in
//! its own way.

use super::Engine;

/// What is asked and written of series.
//
// For `clashes`: what holds a room does not overlap, so of what ends after the start only the first can be in the way.
// Conflicted time may overlap and is rare. Each is one look into an index, however much there is in the room. Migration
// 0006 has PostgreSQL's half.
pub(crate) struct Series {
    /// `$1` company, `$2` `[place, room, start, end]`: what of it meets somebody, and whom first.
    pub(crate) clashes: &'static str,
    /// `$1` company, `$2` `[event, room, slot, start, end, state, reason, title, exception]`, `$3` now.
    pub(crate) insert: &'static str,
    /// `$1` company, `$2` event, `$3` `[room, slot]`.
    pub(crate) delete: &'static str,
    /// `$1` company, `$2` event, `$3` `[room, slot, title, exception]`.
    pub(crate) rename: &'static str,
}

impl Engine {
    pub(crate) const fn series(self) -> &'static Series {
        match self {
            Self::Sqlite => &SQLITE,
            Self::Postgres => &POSTGRES,
        }
    }
}

impl Series {
    #[cfg(test)]
    pub(crate) const fn statements(&self) -> [(&'static str, &'static str); 4] {
        [("CLASHES", self.clashes), ("INSERT", self.insert), ("DELETE", self.delete), ("RENAME", self.rename)]
    }
}

macro_rules! insert {
    ($rows:literal) => {
        concat!(
            "INSERT INTO occurrence (company_id, event_id, room_id, slot, start_at, end_at, state, reason, title, \
             exception, updated_at) SELECT $1, c0, c1, c2, c3, c4, c5, c6, c7, c8, CAST($3 AS BIGINT) FROM ", $rows
        )
    };
}

macro_rules! delete {
    ($rows:literal) => {
        concat!(
            "DELETE FROM occurrence WHERE company_id = $1 AND event_id = $2 AND (room_id, slot) IN (SELECT c0, c1 FROM ",
            $rows, ")"
        )
    };
}

macro_rules! rename {
    ($rows:literal) => {
        concat!(
            "UPDATE occurrence SET title = c2, exception = c3 FROM ",
            $rows,
            " WHERE company_id = $1 AND event_id = $2 AND room_id = c0 AND slot = c1"
        )
    };
}

const SQLITE: Series = Series {
    clashes: "WITH wanted (place, room_id, start_at, end_at) AS MATERIALIZED ( \
        SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), \
        json_extract(value, '$[3]') FROM json_each($2)), met (place, met) AS ( \
        SELECT w.place, COALESCE((SELECT o.rowid FROM occurrence o WHERE o.rowid = ( \
            SELECT n.rowid FROM occurrence n WHERE n.company_id = $1 AND n.room_id = w.room_id \
            AND n.end_at > w.start_at AND n.state IN ('pending', 'confirmed') ORDER BY n.end_at LIMIT 1) \
            AND o.start_at < w.end_at), \
        (SELECT n.rowid FROM occurrence n WHERE n.company_id = $1 AND n.room_id = w.room_id \
            AND n.end_at > w.start_at AND n.start_at < w.end_at AND n.state = 'conflicted' LIMIT 1)) FROM wanted w) \
        SELECT m.place, o.event_id, o.slot, o.start_at, o.end_at, e.number, e.organizer_name, e.private FROM met m \
        CROSS JOIN occurrence o CROSS JOIN event e WHERE o.rowid = m.met AND e.company_id = $1 AND e.id = o.event_id",
    insert: insert!(
        "(SELECT json_extract(value, '$[0]') AS c0, json_extract(value, '$[1]') AS c1, \
         json_extract(value, '$[2]') AS c2, json_extract(value, '$[3]') AS c3, json_extract(value, '$[4]') AS c4, \
         json_extract(value, '$[5]') AS c5, json_extract(value, '$[6]') AS c6, json_extract(value, '$[7]') AS c7, \
         json_extract(value, '$[8]') AS c8 FROM json_each($2))"
    ),
    delete: delete!(
        "(SELECT json_extract(value, '$[0]') AS c0, json_extract(value, '$[1]') AS c1 FROM json_each($3))"
    ),
    rename: rename!(
        "(SELECT json_extract(value, '$[0]') AS c0, json_extract(value, '$[1]') AS c1, \
         json_extract(value, '$[2]') AS c2, json_extract(value, '$[3]') AS c3 FROM json_each($3))"
    ),
};

const POSTGRES: Series = Series {
    clashes: "SELECT place, event_id, slot, start_at, end_at, number, organizer_name, private \
        FROM series_clashes($1, $2)",
    insert: insert!(
        "(SELECT value ->> 0 AS c0, value ->> 1 AS c1, CAST(value ->> 2 AS BIGINT) AS c2, \
         CAST(value ->> 3 AS BIGINT) AS c3, CAST(value ->> 4 AS BIGINT) AS c4, value ->> 5 AS c5, value ->> 6 AS c6, \
         value ->> 7 AS c7, CAST(value ->> 8 AS BIGINT) AS c8 \
         FROM json_array_elements(CAST(CAST($2 AS TEXT) AS JSON))) rows"
    ),
    delete: delete!(
        "(SELECT value ->> 0 AS c0, CAST(value ->> 1 AS BIGINT) AS c1 \
         FROM json_array_elements(CAST(CAST($3 AS TEXT) AS JSON))) rows"
    ),
    rename: rename!(
        "(SELECT value ->> 0 AS c0, CAST(value ->> 1 AS BIGINT) AS c1, value ->> 2 AS c2, \
         CAST(value ->> 3 AS BIGINT) AS c3 FROM json_array_elements(CAST(CAST($3 AS TEXT) AS JSON))) rows"
    ),
};
