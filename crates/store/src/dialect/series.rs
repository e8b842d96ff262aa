//! Statements about many occurrences at a time: their rows are a JSON array of arrays, which the engines unpack each in
//! its own way.

use super::Engine;

/// The same for both engines, in their words: how an array becomes rows of `(c0, c1, ...)`.
pub(crate) struct Series {
    /// `$1` company, `$2` `[place, room, start, end]`: what of it meets somebody, by place and start of who is met.
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

// What holds a room does not overlap. So what is met ends inside of what is wanted, or is the first to end after it; each
// is a look into an index, however much there is in the room. Conflicted time may overlap and is rare. CROSS JOIN keeps
// SQLite to the written order; PostgreSQL takes it for what it is.
macro_rules! clashes {
    ($wanted:literal) => {
        concat!(
            "WITH wanted (place, room_id, start_at, end_at) AS MATERIALIZED (", $wanted, "), met AS ( \
             SELECT w.place, o.event_id, o.slot, o.start_at, o.end_at FROM wanted w CROSS JOIN occurrence o \
             WHERE o.company_id = $1 AND o.room_id = w.room_id AND o.end_at > w.start_at AND o.end_at <= w.end_at \
             AND o.state IN ('pending', 'confirmed') \
             UNION ALL \
             SELECT w.place, o.event_id, o.slot, o.start_at, o.end_at FROM wanted w CROSS JOIN occurrence o \
             WHERE o.company_id = $1 AND o.room_id = w.room_id AND o.end_at = ( \
                 SELECT n.end_at FROM occurrence n WHERE n.company_id = $1 AND n.room_id = w.room_id \
                 AND n.end_at > w.end_at AND n.state IN ('pending', 'confirmed') ORDER BY n.end_at LIMIT 1) \
             AND o.start_at < w.end_at AND o.state IN ('pending', 'confirmed') \
             UNION ALL \
             SELECT w.place, o.event_id, o.slot, o.start_at, o.end_at FROM wanted w CROSS JOIN occurrence o \
             WHERE o.company_id = $1 AND o.room_id = w.room_id AND o.end_at > w.start_at AND o.start_at < w.end_at \
             AND o.state = 'conflicted' \
             ) SELECT m.place, m.event_id, m.slot, m.start_at, m.end_at, e.number, e.organizer_name, e.private \
             FROM met m CROSS JOIN event e WHERE e.company_id = $1 AND e.id = m.event_id \
             ORDER BY m.place, m.start_at"
        )
    };
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
    clashes: clashes!(
        "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), \
         json_extract(value, '$[3]') FROM json_each($2)"
    ),
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
    clashes: clashes!(
        "SELECT CAST(value ->> 0 AS BIGINT), value ->> 1, CAST(value ->> 2 AS BIGINT), CAST(value ->> 3 AS BIGINT) \
         FROM json_array_elements(CAST(CAST($2 AS TEXT) AS JSON))"
    ),
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
