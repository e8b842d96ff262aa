-- Many bookings by two messages: what a writer's waiting bookings need to know, and all that they write. They run as who
-- calls them, so row-level security holds inside as it does outside.
--
-- Sequential scans are off because a function's plans are kept, and those of its first calls were made for tables that
-- had nothing in them yet. For the same reason nothing is asked by EXISTS, which may be planned as one look at all rows.

-- An event is found by its key with every booking and by every foreign key to it. On a young database, without
-- statistics, an index that only begins as the key does looks as good to the planner, and is a look at all the company's
-- events: no other index begins with the company now.
DROP INDEX event_series;
CREATE INDEX event_series ON event (listed_until) WHERE kind = 'series' AND cancelled = 0;
DROP INDEX event_google;
CREATE INDEX event_google ON event (google_id, company_id);
ALTER TABLE event DROP CONSTRAINT event_company_id_number_key;
ALTER TABLE event ADD CONSTRAINT event_number UNIQUE (number, company_id);

-- Takes the companies' rows in the given order, then says of every booking what is there already.
-- Asked:  [{"company", "bookings": [{"place", "id", "room", "organizer", "from", "to"}]}]
-- Answer: [{"counters": {"seq", "booking"} or null, "bookings": [{"known", "busy", "room", "person"}]}]
--
-- Sorting is off so that what holds a room is read in the order of its ends, and not all of the room's by another index.
CREATE FUNCTION bookings_look(asked TEXT) RETURNS TEXT LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_sort = off AS $$
DECLARE
    part JSON;
    owner TEXT COLLATE "C";
    counters JSON;
    looks JSON;
    parts JSON[] := '{}';
BEGIN
    PERFORM set_config('roomly.system', '', true);
    FOR part IN SELECT value FROM json_array_elements(CAST(asked AS JSON)) LOOP
        owner := part ->> 'company';
        PERFORM set_config('roomly.company', owner, true);
        SELECT json_build_object('seq', c.seq, 'booking', c.booking_number) INTO counters
        FROM company c WHERE c.id = owner FOR UPDATE;
        -- A statement of its own: it sees what was committed while the row was waited for. What holds a room does not
        -- overlap, so the first to end after `from` is the only one that can be in the way; conflicted time may overlap.
        SELECT json_agg(json_build_object(
            'known', (SELECT 1 FROM event e WHERE e.company_id = owner AND e.id = b.id) IS NOT NULL,
            'busy', COALESCE((SELECT o.start_at FROM occurrence o WHERE o.company_id = owner AND o.room_id = b.room
                              AND o.end_at > b."from" AND o.state IN ('pending', 'confirmed')
                              ORDER BY o.end_at LIMIT 1) < b."to", false)
                    OR (SELECT 1 FROM occurrence o WHERE o.company_id = owner AND o.room_id = b.room AND o.end_at > b."from"
                        AND o.start_at < b."to" AND o.state = 'conflicted' LIMIT 1) IS NOT NULL,
            'room', (SELECT r.number FROM room r
                     WHERE r.company_id = owner AND r.id = b.room AND r.retired_at IS NULL),
            'person', (SELECT p.number FROM person p WHERE p.company_id = owner AND p.id = b.organizer)
        ) ORDER BY b.place) INTO looks
        FROM json_to_recordset(part -> 'bookings')
            AS b(place BIGINT, id TEXT, room TEXT, organizer TEXT, "from" BIGINT, "to" BIGINT);
        parts := parts || json_build_object('counters', counters, 'bookings', COALESCE(looks, '[]'));
    END LOOP;
    RETURN array_to_json(parts);
END
$$;

-- Conflicted time is rare, and asked for with every booking.
CREATE INDEX occurrence_conflicted ON occurrence (company_id, room_id, end_at) WHERE state = 'conflicted';

-- Writes the bookings of companies whose rows are held, their history, and the counters as they are then.
-- [{"company", "seq", "number", "bookings": [{columns of event, "room", "changed", "asked", "answer", "seq", "changes"}]}]
CREATE FUNCTION bookings_write(written TEXT) RETURNS BIGINT LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    part JSON;
    owner TEXT COLLATE "C";
BEGIN
    FOR part IN SELECT value FROM json_array_elements(CAST(written AS JSON)) LOOP
        owner := part ->> 'company';
        PERFORM set_config('roomly.company', owner, true);
        WITH booking AS MATERIALIZED (
            SELECT * FROM json_to_recordset(part -> 'bookings') AS b(
                id TEXT, number BIGINT, title TEXT, private BIGINT, organizer_id TEXT, organizer_email TEXT,
                organizer_name TEXT, zone TEXT, start_at BIGINT, end_at BIGINT, all_day BIGINT, tentative BIGINT,
                origin TEXT, way TEXT, way_calendar TEXT, google_id TEXT, ical_uid TEXT, generation BIGINT,
                recurrence TEXT, guests TEXT, html_link TEXT, created_at BIGINT, updated_at BIGINT,
                room TEXT, at BIGINT, changed TEXT, asked TEXT, answer TEXT, seq BIGINT, changes TEXT)
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
            INSERT INTO outbox (company_id, event_id, changed, version, state, attempts, sent, due_at, created_at)
            SELECT owner, id, changed, 1, 'waiting', 0, 0, at, at FROM booking
        ), answers AS (
            INSERT INTO api_answer (company_id, event_id, asked, answer, created_at)
            SELECT owner, id, asked, answer, at FROM booking WHERE answer IS NOT NULL
        ), log AS (
            INSERT INTO change_log (company_id, seq, at, changes) SELECT owner, seq, at, changes FROM booking
        )
        UPDATE company SET seq = CAST(part ->> 'seq' AS BIGINT), booking_number = CAST(part ->> 'number' AS BIGINT)
        WHERE id = owner;
    END LOOP;
    RETURN json_array_length(CAST(written AS JSON));
END
$$;
