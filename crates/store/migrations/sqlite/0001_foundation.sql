-- The foundation. Instants are microseconds since 1970 UTC; ids and enums are text; flags are 0/1.
-- Every table of a company leads its keys with company_id.

CREATE TABLE company (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    zone TEXT NOT NULL,
    -- Counters: the next values are these plus one, taken inside the write transaction.
    seq INTEGER NOT NULL DEFAULT 0,
    booking_number INTEGER NOT NULL DEFAULT 1000,
    room_number INTEGER NOT NULL DEFAULT 0,
    person_number INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE company_domain (
    domain TEXT NOT NULL PRIMARY KEY,
    company_id TEXT NOT NULL REFERENCES company (id)
) STRICT;

CREATE TABLE person (
    company_id TEXT NOT NULL REFERENCES company (id),
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    -- Google's user key (`sub`, and the Directory's `id`); e-mail addresses change.
    google_sub TEXT,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    department TEXT NOT NULL,
    admin INTEGER NOT NULL,
    active INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, number),
    UNIQUE (company_id, email)
) STRICT;
CREATE UNIQUE INDEX person_sub ON person (company_id, google_sub) WHERE google_sub IS NOT NULL;

CREATE TABLE room (
    company_id TEXT NOT NULL REFERENCES company (id),
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    resource_id TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    building TEXT NOT NULL,
    floor TEXT NOT NULL,
    capacity INTEGER NOT NULL,
    features TEXT NOT NULL,
    health TEXT NOT NULL,
    -- Retired rooms keep their past; they are never deleted.
    retired_at INTEGER,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, number),
    UNIQUE (company_id, resource_id)
) STRICT;
CREATE INDEX room_email ON room (company_id, email);

-- How a room's Google calendar is followed.
CREATE TABLE calendar (
    company_id TEXT NOT NULL REFERENCES company (id),
    id TEXT NOT NULL,
    room_id TEXT NOT NULL,
    google_id TEXT NOT NULL,
    zone TEXT,
    sync_token TEXT,
    -- Something may have changed since the last pull began; NULL is clean.
    dirty_since INTEGER,
    next_pull_at INTEGER NOT NULL,
    -- Somebody pulls it until then.
    pulling_until INTEGER,
    last_pull_at INTEGER,
    last_notice_at INTEGER,
    failures INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    -- Not before this is `watch` tried again, where the calendar can only be polled.
    watch_after INTEGER,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, room_id)
) STRICT;
CREATE INDEX calendar_due ON calendar (next_pull_at);

CREATE TABLE channel (
    id TEXT NOT NULL PRIMARY KEY,
    company_id TEXT NOT NULL REFERENCES company (id),
    calendar_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    resource_id TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;
CREATE INDEX channel_calendar ON channel (company_id, calendar_id);

CREATE TABLE event (
    company_id TEXT NOT NULL REFERENCES company (id),
    -- The intent: made by the page, or from the Google id of what was made outside.
    id TEXT NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    private INTEGER NOT NULL,
    organizer_id TEXT,
    organizer_email TEXT NOT NULL,
    organizer_name TEXT NOT NULL,
    zone TEXT NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL,
    all_day INTEGER NOT NULL,
    tentative INTEGER NOT NULL,
    origin TEXT NOT NULL,
    -- `person`, `room` (we write it, as whom) or `outside` (we only follow it).
    way TEXT NOT NULL,
    -- The Google calendar that we write to.
    way_calendar TEXT NOT NULL,
    google_id TEXT,
    ical_uid TEXT,
    generation INTEGER NOT NULL,
    recurrence TEXT NOT NULL,
    guests TEXT NOT NULL,
    cancelled INTEGER NOT NULL,
    html_link TEXT,
    -- For series: instances are listed until here.
    listed_until INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, number)
) STRICT;
CREATE INDEX event_google ON event (company_id, google_id);
CREATE INDEX event_series ON event (company_id, kind, listed_until);

-- Materialised instants per room: what conflicts and the grid read.
CREATE TABLE occurrence (
    company_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    room_id TEXT NOT NULL,
    -- The original start of an instance of a series; 0 for single events.
    slot INTEGER NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    -- An instance that differs from its series; NULL is "as the event".
    title TEXT,
    exception INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, event_id, room_id, slot),
    CHECK (start_at < end_at),
    FOREIGN KEY (company_id, event_id) REFERENCES event (company_id, id),
    FOREIGN KEY (company_id, room_id) REFERENCES room (company_id, id)
) STRICT;
CREATE INDEX occurrence_time ON occurrence (company_id, start_at);
CREATE INDEX occurrence_room_time ON occurrence (company_id, room_id, end_at);

-- ONE-BOOKING. PostgreSQL has an exclusion constraint of the same name.
CREATE TRIGGER occurrence_no_overlap_insert BEFORE INSERT ON occurrence
WHEN NEW.state IN ('pending', 'confirmed')
BEGIN
    SELECT RAISE(ABORT, 'occurrence_no_overlap') WHERE EXISTS (
        SELECT 1 FROM occurrence o
        WHERE o.company_id = NEW.company_id AND o.room_id = NEW.room_id
          AND o.end_at > NEW.start_at AND o.start_at < NEW.end_at
          AND o.state IN ('pending', 'confirmed')
          AND NOT (o.event_id = NEW.event_id AND o.slot = NEW.slot)
    );
END;
CREATE TRIGGER occurrence_no_overlap_update BEFORE UPDATE ON occurrence
WHEN NEW.state IN ('pending', 'confirmed')
BEGIN
    SELECT RAISE(ABORT, 'occurrence_no_overlap') WHERE EXISTS (
        SELECT 1 FROM occurrence o
        WHERE o.company_id = NEW.company_id AND o.room_id = NEW.room_id
          AND o.end_at > NEW.start_at AND o.start_at < NEW.end_at
          AND o.state IN ('pending', 'confirmed')
          AND NOT (o.event_id = NEW.event_id AND o.slot = NEW.slot)
    );
END;

-- One row per copy of an event at Google.
CREATE TABLE copy (
    company_id TEXT NOT NULL,
    calendar TEXT NOT NULL,
    google_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    etag TEXT,
    raw TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, calendar, google_id)
) STRICT;
CREATE INDEX copy_event ON copy (company_id, event_id);

-- What Google still has to take: at most one row per event, brought up to date by every further change.
CREATE TABLE outbox (
    company_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    -- Names of the fields changed since the last successful push (JSON array).
    changed TEXT NOT NULL,
    -- Raised by every change: a push that finishes removes the row only if nothing came in between.
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    -- Whether a call may have reached Google.
    sent INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    lease_until INTEGER,
    last_error TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, event_id)
) STRICT;
CREATE INDEX outbox_due ON outbox (state, due_at);

-- The public projection's history: what `/live` sends and repairs gaps from.
CREATE TABLE change_log (
    company_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    changes TEXT NOT NULL,
    PRIMARY KEY (company_id, seq)
) STRICT;

CREATE TABLE session (
    id TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    company_id TEXT NOT NULL REFERENCES company (id),
    person_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE INDEX session_person ON session (company_id, person_id);

-- Sign-ins under way: single use, ten minutes.
CREATE TABLE sign_in (
    state_hash TEXT NOT NULL PRIMARY KEY,
    browser_hash TEXT NOT NULL,
    sealed TEXT NOT NULL,
    consent TEXT NOT NULL,
    next TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- Every provider's and owner's credentials.
CREATE TABLE credential (
    company_id TEXT NOT NULL REFERENCES company (id),
    id TEXT NOT NULL,
    provider TEXT NOT NULL,
    owner_kind TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    state TEXT NOT NULL,
    access TEXT NOT NULL,
    refresh TEXT,
    expires_at INTEGER NOT NULL,
    scopes TEXT NOT NULL,
    extra TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, provider, owner_kind, owner_id)
) STRICT;

CREATE TABLE display (
    company_id TEXT NOT NULL REFERENCES company (id),
    id TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    building TEXT,
    floor TEXT,
    show_titles INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    last_seen_at INTEGER,
    PRIMARY KEY (company_id, id)
) STRICT;
