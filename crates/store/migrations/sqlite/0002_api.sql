-- The REST API: tokens of people, and what their programs were answered.

CREATE TABLE api_token (
    id TEXT NOT NULL PRIMARY KEY,
    -- Only the hash of the secret is kept.
    hash TEXT NOT NULL UNIQUE,
    company_id TEXT NOT NULL REFERENCES company (id),
    person_id TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX api_token_person ON api_token (company_id, person_id);

-- What a create by Idempotency-Key was asked and answered; written in the booking's own transaction.
CREATE TABLE api_answer (
    company_id TEXT NOT NULL REFERENCES company (id),
    -- The intent, which is the booking's id.
    event_id TEXT NOT NULL,
    -- A hash of the request: the same key with another one is refused.
    asked TEXT NOT NULL,
    answer TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (company_id, event_id)
) STRICT;
CREATE INDEX api_answer_age ON api_answer (created_at);
