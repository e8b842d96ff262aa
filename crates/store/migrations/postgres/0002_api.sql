-- The REST API: tokens of people, and what their programs were answered.

CREATE TABLE api_token (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- Only the hash of the secret is kept.
    hash TEXT COLLATE "C" NOT NULL UNIQUE,
    company_id TEXT COLLATE "C" NOT NULL REFERENCES company (id),
    person_id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX api_token_person ON api_token (company_id, person_id);

-- What a create by Idempotency-Key was asked and answered; written in the booking's own transaction.
CREATE TABLE api_answer (
    company_id TEXT COLLATE "C" NOT NULL REFERENCES company (id),
    -- The intent, which is the booking's id.
    event_id TEXT COLLATE "C" NOT NULL,
    -- A hash of the request: the same key with another one is refused.
    asked TEXT COLLATE "C" NOT NULL,
    answer TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (company_id, event_id)
);
CREATE INDEX api_answer_age ON api_answer (created_at);
