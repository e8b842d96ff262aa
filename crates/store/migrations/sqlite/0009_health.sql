-- Why a booking waits or is dead: one of the words of `model::Stuck`. What Google said stays in `last_error`.
ALTER TABLE outbox ADD COLUMN reason TEXT;
UPDATE outbox SET reason = CASE state WHEN 'dead' THEN 'refused_by_google' ELSE 'no_grant' END WHERE state <> 'waiting';

-- The last pass over everything, and what differed.
ALTER TABLE calendar ADD COLUMN full_at INTEGER;
ALTER TABLE calendar ADD COLUMN drift_found INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calendar ADD COLUMN drift_repaired INTEGER NOT NULL DEFAULT 0;
-- A person said that Google is right although a listing lacks much: the next pass asks for each of what is missing.
ALTER TABLE calendar ADD COLUMN believed INTEGER NOT NULL DEFAULT 0;
-- Pulls in a row that found changes of which no notification told, although a channel was armed.
ALTER TABLE calendar ADD COLUMN unheard INTEGER NOT NULL DEFAULT 0;
-- Since when nothing was heard by the channel that replaced a silent one.
ALTER TABLE calendar ADD COLUMN silent_at INTEGER;

-- When the change was made or heard of in Google, for changes from there.
ALTER TABLE change_log ADD COLUMN heard_at INTEGER;

-- How often we wrote of late: to a calendar (event_id is empty) and to one event.
CREATE TABLE push_guard (
    company_id TEXT NOT NULL,
    calendar TEXT NOT NULL,
    event_id TEXT NOT NULL,
    since INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (company_id, calendar, event_id)
) STRICT;
CREATE INDEX push_guard_age ON push_guard (since);

-- Calendars that nothing is written to, because it looked like a loop.
CREATE TABLE push_stop (
    company_id TEXT NOT NULL,
    calendar TEXT NOT NULL,
    kind TEXT NOT NULL,
    event_id TEXT NOT NULL,
    stopped_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, calendar)
) STRICT;
