-- Series of our own: masters that we expand, their overrides, and how far their occurrences are there. The names are
-- iCalendar's (RFC 5545): DTSTART, DURATION, SEQUENCE, RECURRENCE-ID.

-- What a master has that a single event lacks. A series that is only followed (its instances are listed from Google)
-- has no row here.
CREATE TABLE series (
    company_id TEXT COLLATE "C" NOT NULL,
    event_id TEXT COLLATE "C" NOT NULL,
    -- Raised by every change of the master or of an override: who changes says which one they saw.
    sequence BIGINT NOT NULL,
    -- A wall time in the event's zone, YYYY-MM-DDTHH:MM:SS; midnight if the event is all-day. An instant would not do:
    -- the first wall time may be one that a clock change skips.
    dtstart TEXT COLLATE "C" NOT NULL,
    -- Microseconds that pass, or days if the event is all-day.
    duration BIGINT NOT NULL,
    -- Every instance whose original start is before it has its occurrences; NULL where that is all of them.
    horizon BIGINT,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, event_id),
    FOREIGN KEY (company_id, event_id) REFERENCES event (company_id, id)
);
CREATE INDEX series_horizon ON series (horizon) WHERE horizon IS NOT NULL;

-- The rooms that a master asks for.
CREATE TABLE series_room (
    company_id TEXT COLLATE "C" NOT NULL,
    room_id TEXT COLLATE "C" NOT NULL,
    event_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (company_id, room_id, event_id),
    FOREIGN KEY (company_id, event_id) REFERENCES series (company_id, event_id),
    FOREIGN KEY (company_id, room_id) REFERENCES room (company_id, id)
);
CREATE INDEX series_room_event ON series_room (company_id, event_id);

-- Instances that differ from their series, or were cancelled. NULL is "as the series".
CREATE TABLE override (
    company_id TEXT COLLATE "C" NOT NULL,
    event_id TEXT COLLATE "C" NOT NULL,
    -- The original start; the slot of its occurrences.
    recurrence_id BIGINT NOT NULL,
    -- The series' sequence when it was last changed.
    sequence BIGINT NOT NULL,
    cancelled BIGINT NOT NULL,
    start_at BIGINT,
    end_at BIGINT,
    all_day BIGINT,
    title TEXT COLLATE "C",
    private BIGINT,
    -- JSON arrays: ids of rooms, guests as in `event`.
    rooms TEXT COLLATE "C",
    guests TEXT COLLATE "C",
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, event_id, recurrence_id),
    CHECK ((start_at IS NULL) = (end_at IS NULL) AND (start_at IS NULL OR start_at < end_at)),
    FOREIGN KEY (company_id, event_id) REFERENCES series (company_id, event_id)
);

-- Which of the dates `[[place, room, start, end]]` meet somebody, and whom first. What holds a room does not overlap, so of
-- what ends after the start only the first can be in the way; conflicted time may overlap. See 0005 for why the settings:
-- on a young database the whole company would be read instead.
CREATE FUNCTION series_clashes(owner TEXT, asked TEXT)
    RETURNS TABLE (place BIGINT, event_id TEXT, slot BIGINT, start_at BIGINT, end_at BIGINT, number BIGINT,
        organizer_name TEXT, private BIGINT)
    LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_sort = off SET enable_bitmapscan = off AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT w.place, met.event_id, met.slot, met.start_at, met.end_at, e.number, e.organizer_name, e.private
    FROM (SELECT CAST(value ->> 0 AS BIGINT) AS place, value ->> 1 AS room_id, CAST(value ->> 2 AS BIGINT) AS start_at,
                 CAST(value ->> 3 AS BIGINT) AS end_at
          FROM json_array_elements(CAST(asked AS JSON))) w
    CROSS JOIN LATERAL (
        (SELECT holder.* FROM (
            SELECT o.event_id, o.slot, o.start_at, o.end_at FROM occurrence o
            WHERE o.company_id = owner AND o.room_id = w.room_id AND o.end_at > w.start_at
              AND o.state IN ('pending', 'confirmed')
            ORDER BY o.end_at LIMIT 1) holder WHERE holder.start_at < w.end_at)
        UNION ALL
        (SELECT o.event_id, o.slot, o.start_at, o.end_at FROM occurrence o
         WHERE o.company_id = owner AND o.room_id = w.room_id AND o.end_at > w.start_at AND o.start_at < w.end_at
           AND o.state = 'conflicted'
         ORDER BY o.end_at LIMIT 1)
    ) met
    CROSS JOIN LATERAL (
        SELECT e.number, e.organizer_name, e.private FROM event e
        WHERE e.company_id = owner AND e.id = met.event_id LIMIT 1
    ) e;
END
$$;
