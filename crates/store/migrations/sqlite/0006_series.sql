-- Series of our own: masters that we expand, their overrides, and how far their occurrences are there. The names are
-- iCalendar's (RFC 5545): DTSTART, DURATION, SEQUENCE, RECURRENCE-ID.

-- What a master has that a single event lacks. A series that is only followed (its instances are listed from Google)
-- has no row here.
CREATE TABLE series (
    company_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    -- Raised by every change of the master or of an override: who changes says which one they saw.
    sequence INTEGER NOT NULL,
    -- A wall time in the event's zone, YYYY-MM-DDTHH:MM:SS; midnight if the event is all-day. An instant would not do:
    -- the first wall time may be one that a clock change skips.
    dtstart TEXT NOT NULL,
    -- Microseconds that pass, or days if the event is all-day.
    duration INTEGER NOT NULL,
    -- Every instance whose original start is before it has its occurrences; NULL where that is all of them.
    horizon INTEGER,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, event_id),
    FOREIGN KEY (company_id, event_id) REFERENCES event (company_id, id)
) STRICT;
CREATE INDEX series_horizon ON series (horizon) WHERE horizon IS NOT NULL;

-- The rooms that a master asks for.
CREATE TABLE series_room (
    company_id TEXT NOT NULL,
    room_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    PRIMARY KEY (company_id, room_id, event_id),
    FOREIGN KEY (company_id, event_id) REFERENCES series (company_id, event_id),
    FOREIGN KEY (company_id, room_id) REFERENCES room (company_id, id)
) STRICT;
CREATE INDEX series_room_event ON series_room (company_id, event_id);

-- Instances that differ from their series, or were cancelled. NULL is "as the series".
CREATE TABLE override (
    company_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    -- The original start; the slot of its occurrences.
    recurrence_id INTEGER NOT NULL,
    -- The series' sequence when it was last changed.
    sequence INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    start_at INTEGER,
    end_at INTEGER,
    all_day INTEGER,
    title TEXT,
    private INTEGER,
    -- JSON arrays: ids of rooms, guests as in `event`.
    rooms TEXT,
    guests TEXT,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, event_id, recurrence_id),
    CHECK ((start_at IS NULL) = (end_at IS NULL) AND (start_at IS NULL OR start_at < end_at)),
    FOREIGN KEY (company_id, event_id) REFERENCES series (company_id, event_id)
) STRICT;

-- Conflicted time is rare, and asked for with every booking.
CREATE INDEX occurrence_conflicted ON occurrence (company_id, room_id, end_at) WHERE state = 'conflicted';

-- What holds a room does not overlap, so of what ends after a start only the first can be in the way: the triggers look
-- at one row, however many there are. What stays in its place is not looked at.
DROP TRIGGER occurrence_no_overlap_insert;
DROP TRIGGER occurrence_no_overlap_update;
CREATE TRIGGER occurrence_no_overlap_insert BEFORE INSERT ON occurrence
WHEN NEW.state IN ('pending', 'confirmed')
BEGIN
    SELECT RAISE(ABORT, 'occurrence_no_overlap') WHERE (
        SELECT o.start_at FROM occurrence o
        WHERE o.company_id = NEW.company_id AND o.room_id = NEW.room_id AND o.end_at > NEW.start_at
          AND o.state IN ('pending', 'confirmed')
          AND NOT (o.event_id = NEW.event_id AND o.slot = NEW.slot)
        ORDER BY o.end_at LIMIT 1
    ) < NEW.end_at;
END;
CREATE TRIGGER occurrence_no_overlap_update BEFORE UPDATE OF company_id, room_id, start_at, end_at, state ON occurrence
WHEN NEW.state IN ('pending', 'confirmed')
BEGIN
    SELECT RAISE(ABORT, 'occurrence_no_overlap') WHERE (
        SELECT o.start_at FROM occurrence o
        WHERE o.company_id = NEW.company_id AND o.room_id = NEW.room_id AND o.end_at > NEW.start_at
          AND o.state IN ('pending', 'confirmed')
          AND NOT (o.event_id = NEW.event_id AND o.slot = NEW.slot)
        ORDER BY o.end_at LIMIT 1
    ) < NEW.end_at;
END;
