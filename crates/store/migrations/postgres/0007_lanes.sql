-- The outbox in lanes: whose grant brings an event to Google. The company's, or with the organiser's id behind it theirs.
ALTER TABLE outbox ADD COLUMN lane TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE outbox SET lane = COALESCE((SELECT e.company_id || ' ' || e.organizer_id FROM event e
    WHERE e.company_id = outbox.company_id AND e.id = outbox.event_id AND e.way = 'person'), company_id);
DROP INDEX outbox_due;
CREATE INDEX outbox_lane ON outbox (lane, due_at) WHERE state = 'waiting';

-- Each lane in which something waits: when the first of its head can be claimed, and how many of them can be now. From
-- lane to lane by the index, however many rows a lane has. A planner without statistics would read them all.
CREATE FUNCTION outbox_lanes(moment BIGINT) RETURNS TABLE (waiting TEXT, first BIGINT, ready BIGINT)
    LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
BEGIN
    RETURN QUERY WITH RECURSIVE lanes (lane) AS (
        SELECT (SELECT o.lane FROM outbox o WHERE o.state = 'waiting' ORDER BY o.lane LIMIT 1)
        UNION ALL
        SELECT (SELECT o.lane FROM outbox o WHERE o.state = 'waiting' AND o.lane > l.lane ORDER BY o.lane LIMIT 1)
        FROM lanes l WHERE l.lane IS NOT NULL
    )
    SELECT l.lane,
        (SELECT MIN(CASE WHEN h.lease_until IS NULL OR h.lease_until < h.due_at THEN h.due_at ELSE h.lease_until END)
         FROM (SELECT o.due_at, o.lease_until FROM outbox o WHERE o.state = 'waiting' AND o.lane = l.lane
               ORDER BY o.due_at LIMIT 64) h),
        (SELECT COUNT(*) FROM (SELECT o.due_at, o.lease_until FROM outbox o WHERE o.state = 'waiting'
               AND o.lane = l.lane ORDER BY o.due_at LIMIT 64) h
         WHERE h.due_at <= moment AND (h.lease_until IS NULL OR h.lease_until <= moment))
    FROM lanes l WHERE l.lane IS NOT NULL;
END
$$;

-- The exclusion constraint compares rooms as what they are: keys of a fixed length are half the work of texts.
ALTER TABLE occurrence DROP CONSTRAINT occurrence_no_overlap;
ALTER TABLE occurrence ADD CONSTRAINT occurrence_no_overlap
    EXCLUDE USING gist (CAST(room_id AS UUID) WITH =, int8range(start_at, end_at, '[)') WITH &&)
    WHERE (state IN ('pending', 'confirmed'));
-- An answer is written with its event and goes before it: what the event belongs to need not be asked again.
ALTER TABLE api_answer DROP CONSTRAINT api_answer_company_id_fkey;

-- As in 0005, and answers everything that a booking is made of: its room, its organiser and whether they gave a grant,
-- its guests of the house. Of both functions the first argument is small and says which companies, the second has a line
-- for each of them: JSON is read from its beginning each time that something of it is asked for.
--
-- Companies: ["id", ...]
-- Asked:     [{"place", "id", "room": its number, "person", "provider", "guests", "from", "to"}, ...]
-- Answer:    [{"counters": {"seq", "booking"} or null, "bookings": [{"place", "known", "busy", "room": {"id", "email",
--             "name"} or null, "person": {"number", "email", "name"} or null, "grant": its state or null,
--             "names": {email: name} or null}]}]
DROP FUNCTION bookings_look(TEXT);
CREATE FUNCTION bookings_look(companies TEXT, asked TEXT) RETURNS TEXT LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_sort = off AS $$
DECLARE
    owner TEXT COLLATE "C";
    line BIGINT;
    asks TEXT[] := string_to_array(asked, E'\n');
    counters JSON;
    looks JSON;
    parts JSON[] := '{}';
BEGIN
    PERFORM set_config('roomly.system', '', true);
    FOR owner, line IN
        SELECT value, ordinality FROM json_array_elements_text(CAST(companies AS JSON)) WITH ORDINALITY
    LOOP
        PERFORM set_config('roomly.company', owner, true);
        SELECT json_build_object('seq', c.seq, 'booking', c.booking_number) INTO counters
        FROM company c WHERE c.id = owner FOR UPDATE;
        -- A statement of its own: it sees what was committed while the row was waited for. What holds a room does not
        -- overlap, so the first to end after `from` is the only one that can be in the way; conflicted time may overlap.
        SELECT json_agg(json_build_object(
            'place', b.place,
            'known', (SELECT 1 FROM event e WHERE e.company_id = owner AND e.id = b.id) IS NOT NULL,
            'busy', COALESCE((SELECT o.start_at FROM occurrence o WHERE o.company_id = owner AND o.room_id = r.id
                              AND o.end_at > b."from" AND o.state IN ('pending', 'confirmed')
                              ORDER BY o.end_at LIMIT 1) < b."to", false)
                    OR (SELECT 1 FROM occurrence o WHERE o.company_id = owner AND o.room_id = r.id AND o.end_at > b."from"
                        AND o.start_at < b."to" AND o.state = 'conflicted' LIMIT 1) IS NOT NULL,
            'room', r.found,
            'person', (SELECT json_build_object('number', p.number, 'email', p.email, 'name', p.name)
                       FROM person p WHERE p.company_id = owner AND p.id = b.person),
            'grant', (SELECT c.state FROM credential c WHERE c.company_id = owner AND c.provider = b.provider
                      AND c.owner_kind = 'person' AND c.owner_id = b.person),
            'names', CASE WHEN json_array_length(b.guests) > 0 THEN
                (SELECT json_object_agg(p.email, p.name) FROM json_array_elements_text(b.guests) AS g(email)
                 JOIN person p ON p.company_id = owner AND p.email = g.email) END
        )) INTO looks
        FROM json_to_recordset(CAST(asks[line] AS JSON))
            AS b(place BIGINT, id TEXT, room BIGINT, person TEXT, provider TEXT, guests JSON, "from" BIGINT, "to" BIGINT)
        LEFT JOIN LATERAL (
            SELECT r.id, json_build_object('id', r.id, 'email', r.email, 'name', r.name) AS found
            FROM room r WHERE r.company_id = owner AND r.number = b.room AND r.retired_at IS NULL LIMIT 1
        ) r ON true;
        parts := parts || json_build_object('counters', counters, 'bookings', COALESCE(looks, '[]'));
    END LOOP;
    RETURN array_to_json(parts);
END
$$;

-- Writes the bookings of companies whose rows are held, their history, and the counters as they are then.
-- Companies: [{"company", "seq", "number"}, ...]
-- Written:   [{columns of event, "room", "at", "lane", "changed", "asked", "answer", "seq", "changes"}, ...]
DROP FUNCTION bookings_write(TEXT);
CREATE FUNCTION bookings_write(companies TEXT, written TEXT) RETURNS VOID LANGUAGE plpgsql
    SET enable_seqscan = off AS $$
DECLARE
    owner TEXT COLLATE "C";
    last_seq BIGINT;
    last_number BIGINT;
    line BIGINT;
    lines TEXT[] := string_to_array(written, E'\n');
BEGIN
    FOR owner, last_seq, last_number, line IN
        SELECT value ->> 'company', value ->> 'seq', value ->> 'number', ordinality
        FROM json_array_elements(CAST(companies AS JSON)) WITH ORDINALITY
    LOOP
        PERFORM set_config('roomly.company', owner, true);
        WITH booking AS MATERIALIZED (
            SELECT * FROM json_to_recordset(CAST(lines[line] AS JSON)) AS b(
                id TEXT, number BIGINT, title TEXT, private BIGINT, organizer_id TEXT, organizer_email TEXT,
                organizer_name TEXT, zone TEXT, start_at BIGINT, end_at BIGINT, all_day BIGINT, tentative BIGINT,
                origin TEXT, way TEXT, way_calendar TEXT, google_id TEXT, ical_uid TEXT, generation BIGINT,
                recurrence TEXT, guests TEXT, html_link TEXT, created_at BIGINT, updated_at BIGINT,
                room TEXT, at BIGINT, lane TEXT, changed TEXT, asked TEXT, answer TEXT, seq BIGINT, changes TEXT)
        ), events AS (
            INSERT INTO event (company_id, id, number, kind, title, private, organizer_id, organizer_email,
                organizer_name, zone, start_at, end_at, all_day, tentative, origin, way, way_calendar, google_id,
                ical_uid, generation, recurrence, guests, cancelled, html_link, listed_until, created_at, updated_at)
            SELECT owner, id, number, 'single', title, private, organizer_id, organizer_email, organizer_name, zone,
                start_at, end_at, all_day, tentative, origin, way, way_calendar, google_id, ical_uid, generation,
                recurrence, guests, 0, html_link, NULL, created_at, updated_at
            FROM booking
        ), occurrences AS (
            INSERT INTO occurrence (company_id, event_id, room_id, slot, start_at, end_at, state, exception, updated_at)
            SELECT owner, id, room, 0, start_at, end_at, 'pending', 0, at FROM booking
        ), pushes AS (
            INSERT INTO outbox (company_id, event_id, lane, changed, version, state, attempts, sent, due_at, created_at)
            SELECT owner, id, lane, changed, 1, 'waiting', 0, 0, at, at FROM booking
        ), answers AS (
            INSERT INTO api_answer (company_id, event_id, asked, answer, created_at)
            SELECT owner, id, asked, answer, at FROM booking WHERE answer IS NOT NULL
        ), log AS (
            INSERT INTO change_log (company_id, seq, at, changes) SELECT owner, seq, at, changes FROM booking
        )
        UPDATE company SET seq = last_seq, booking_number = last_number WHERE id = owner;
    END LOOP;
END
$$;
