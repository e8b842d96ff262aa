-- What a three-way merge needs of a change that waits for Google: what was held here before it (a JSON array; the first is
-- what both sides last agreed on, the others are wishes that newer ones replaced), and when each field was wished for and
-- by whom (a JSON object).
ALTER TABLE outbox ADD COLUMN past TEXT NOT NULL DEFAULT '[]';
ALTER TABLE outbox ADD COLUMN wishes TEXT NOT NULL DEFAULT '{}';

-- What became of fields that were changed here and in Google at the same time.
CREATE TABLE history (
    company_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    -- The words of `model::history`.
    field TEXT NOT NULL,
    winner TEXT NOT NULL,
    -- Who had made the wish here, where that is known.
    person_id TEXT,
    -- JSON.
    kept TEXT NOT NULL,
    lost TEXT NOT NULL,
    PRIMARY KEY (company_id, event_id, at, field),
    FOREIGN KEY (company_id, event_id) REFERENCES event (company_id, id)
) STRICT;
