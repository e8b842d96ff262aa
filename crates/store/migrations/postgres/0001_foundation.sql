-- The foundation. Instants are microseconds since 1970 UTC; ids and enums are text; flags are 0/1.
-- Every table of a company leads its keys with company_id. Texts compare as bytes, as SQLite compares them. Who may see
-- which row is in security.sql, which runs after every step.

CREATE TABLE company (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    zone TEXT COLLATE "C" NOT NULL,
    -- Counters: the next values are these plus one, taken inside the write transaction.
    seq BIGINT NOT NULL DEFAULT 0,
    booking_number BIGINT NOT NULL DEFAULT 1000,
    room_number BIGINT NOT NULL DEFAULT 0,
    person_number BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);

CREATE TABLE company_domain (
    domain TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    company_id TEXT COLLATE "C" NOT NULL REFERENCES company (id)
);

CREATE TABLE person (
    company_id TEXT COLLATE "C" NOT NULL REFERENCES company (id),
    id TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    -- Google's user key (`sub`, and the Directory's `id`); e-mail addresses change.
    google_sub TEXT COLLATE "C",
    email TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    department TEXT COLLATE "C" NOT NULL,
    admin BIGINT NOT NULL,
    active BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, number),
    UNIQUE (company_id, email)
);
CREATE UNIQUE INDEX person_sub ON person (company_id, google_sub) WHERE google_sub IS NOT NULL;

CREATE TABLE room (
    company_id TEXT COLLATE "C" NOT NULL REFERENCES company (id),
    id TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    resource_id TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    building TEXT COLLATE "C" NOT NULL,
    floor TEXT COLLATE "C" NOT NULL,
    capacity BIGINT NOT NULL,
    features TEXT COLLATE "C" NOT NULL,
    health TEXT COLLATE "C" NOT NULL,
    -- Retired rooms keep their past; they are never deleted.
    retired_at BIGINT,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, number),
    UNIQUE (company_id, resource_id)
);
CREATE INDEX room_email ON room (company_id, email);

-- How a room's Google calendar is followed.
CREATE TABLE calendar (
    company_id TEXT COLLATE "C" NOT NULL REFERENCES company (id),
    id TEXT COLLATE "C" NOT NULL,
    room_id TEXT COLLATE "C" NOT NULL,
    google_id TEXT COLLATE "C" NOT NULL,
    zone TEXT COLLATE "C",
    sync_token TEXT COLLATE "C",
    -- Something may have changed since the last pull began; NULL is clean.
    dirty_since BIGINT,
    next_pull_at BIGINT NOT NULL,
    -- Somebody pulls it until then.
    pulling_until BIGINT,
    last_pull_at BIGINT,
    last_notice_at BIGINT,
    failures BIGINT NOT NULL DEFAULT 0,
    last_error TEXT COLLATE "C",
    -- Not before this is `watch` tried again, where the calendar can only be polled.
    watch_after BIGINT,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, room_id)
);
CREATE INDEX calendar_due ON calendar (next_pull_at);

CREATE TABLE channel (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    company_id TEXT COLLATE "C" NOT NULL REFERENCES company (id),
    calendar_id TEXT COLLATE "C" NOT NULL,
    token_hash TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    resource_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE INDEX channel_calendar ON channel (company_id, calendar_id);

CREATE TABLE event (
    company_id TEXT COLLATE "C" NOT NULL REFERENCES company (id),
    -- The intent: made by the page, or from the Google id of what was made outside.
    id TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    private BIGINT NOT NULL,
    organizer_id TEXT COLLATE "C",
    organizer_email TEXT COLLATE "C" NOT NULL,
    organizer_name TEXT COLLATE "C" NOT NULL,
    zone TEXT COLLATE "C" NOT NULL,
    start_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    all_day BIGINT NOT NULL,
    tentative BIGINT NOT NULL,
    origin TEXT COLLATE "C" NOT NULL,
    -- `person`, `room` (we write it, as whom) or `outside` (we only follow it).
    way TEXT COLLATE "C" NOT NULL,
    -- The Google calendar that we write to.
    way_calendar TEXT COLLATE "C" NOT NULL,
    google_id TEXT COLLATE "C",
    ical_uid TEXT COLLATE "C",
    generation BIGINT NOT NULL,
    recurrence TEXT COLLATE "C" NOT NULL,
    guests TEXT COLLATE "C" NOT NULL,
    cancelled BIGINT NOT NULL,
    html_link TEXT COLLATE "C",
    -- For series: instances are listed until here.
    listed_until BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, number)
);
CREATE INDEX event_google ON event (company_id, google_id);
CREATE INDEX event_series ON event (company_id, kind, listed_until);

-- Materialised instants per room: what conflicts and the grid read.
CREATE TABLE occurrence (
    company_id TEXT COLLATE "C" NOT NULL,
    event_id TEXT COLLATE "C" NOT NULL,
    room_id TEXT COLLATE "C" NOT NULL,
    -- The original start of an instance of a series; 0 for single events.
    slot BIGINT NOT NULL,
    start_at BIGINT NOT NULL,
    end_at BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C",
    -- An instance that differs from its series; NULL is "as the event".
    title TEXT COLLATE "C",
    exception BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, event_id, room_id, slot),
    CHECK (start_at < end_at),
    FOREIGN KEY (company_id, event_id) REFERENCES event (company_id, id),
    FOREIGN KEY (company_id, room_id) REFERENCES room (company_id, id)
);
CREATE INDEX occurrence_time ON occurrence (company_id, start_at);
CREATE INDEX occurrence_room_time ON occurrence (company_id, room_id, end_at);

-- ONE-BOOKING. SQLite has triggers that refuse with the same name. Room ids are unique across companies.
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE occurrence ADD CONSTRAINT occurrence_no_overlap
    EXCLUDE USING gist (room_id WITH =, int8range(start_at, end_at, '[)') WITH &&)
    WHERE (state IN ('pending', 'confirmed'));

-- One row per copy of an event at Google.
CREATE TABLE copy (
    company_id TEXT COLLATE "C" NOT NULL,
    calendar TEXT COLLATE "C" NOT NULL,
    google_id TEXT COLLATE "C" NOT NULL,
    event_id TEXT COLLATE "C" NOT NULL,
    etag TEXT COLLATE "C",
    raw TEXT COLLATE "C" NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, calendar, google_id)
);
CREATE INDEX copy_event ON copy (company_id, event_id);

-- What Google still has to take: at most one row per event, brought up to date by every further change.
CREATE TABLE outbox (
    company_id TEXT COLLATE "C" NOT NULL,
    event_id TEXT COLLATE "C" NOT NULL,
    -- Names of the fields changed since the last successful push (JSON array).
    changed TEXT COLLATE "C" NOT NULL,
    -- Raised by every change: a push that finishes removes the row only if nothing came in between.
    version BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    attempts BIGINT NOT NULL,
    -- Whether a call may have reached Google.
    sent BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    lease_until BIGINT,
    last_error TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, event_id)
);
CREATE INDEX outbox_due ON outbox (state, due_at);

-- The public projection's history: what `/live` sends and repairs gaps from.
CREATE TABLE change_log (
    company_id TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    changes TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (company_id, seq)
);

CREATE TABLE session (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    hash TEXT COLLATE "C" NOT NULL UNIQUE,
    company_id TEXT COLLATE "C" NOT NULL REFERENCES company (id),
    person_id TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX session_person ON session (company_id, person_id);

-- Sign-ins under way: single use, ten minutes.
CREATE TABLE sign_in (
    state_hash TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    browser_hash TEXT COLLATE "C" NOT NULL,
    sealed TEXT COLLATE "C" NOT NULL,
    consent TEXT COLLATE "C" NOT NULL,
    next TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

-- Every provider's and owner's credentials.
CREATE TABLE credential (
    company_id TEXT COLLATE "C" NOT NULL REFERENCES company (id),
    id TEXT COLLATE "C" NOT NULL,
    provider TEXT COLLATE "C" NOT NULL,
    owner_kind TEXT COLLATE "C" NOT NULL,
    owner_id TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    access TEXT COLLATE "C" NOT NULL,
    refresh TEXT COLLATE "C",
    expires_at BIGINT NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    extra TEXT COLLATE "C" NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, id),
    UNIQUE (company_id, provider, owner_kind, owner_id)
);

CREATE TABLE display (
    company_id TEXT COLLATE "C" NOT NULL REFERENCES company (id),
    id TEXT COLLATE "C" NOT NULL,
    token_hash TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    building TEXT COLLATE "C",
    floor TEXT COLLATE "C",
    show_titles BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    last_seen_at BIGINT,
    PRIMARY KEY (company_id, id)
);
