-- What a three-way merge needs of a change that waits for Google: what was held here before it (a JSON array; the first is
-- what both sides last agreed on, the others are wishes that newer ones replaced), and when each field was wished for and
-- by whom (a JSON object).
ALTER TABLE outbox ADD COLUMN past TEXT COLLATE "C" NOT NULL DEFAULT '[]';
ALTER TABLE outbox ADD COLUMN wishes TEXT COLLATE "C" NOT NULL DEFAULT '{}';

-- What became of fields that were changed here and in Google at the same time.
CREATE TABLE history (
    company_id TEXT COLLATE "C" NOT NULL,
    event_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    -- The words of `model::history`.
    field TEXT COLLATE "C" NOT NULL,
    winner TEXT COLLATE "C" NOT NULL,
    -- Who had made the wish here, where that is known.
    person_id TEXT COLLATE "C",
    -- JSON.
    kept TEXT COLLATE "C" NOT NULL,
    lost TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (company_id, event_id, at, field),
    FOREIGN KEY (company_id, event_id) REFERENCES event (company_id, id)
);
