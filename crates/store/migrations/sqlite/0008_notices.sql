-- What people are told: one row a fact and person, written with the fact. Who is told and what it says is decided in
-- `booking` and `text`; where it is said is up to who reads it.
CREATE TABLE notice (
    company_id TEXT NOT NULL,
    -- Who is told.
    person_id TEXT NOT NULL,
    -- The reason that the occurrence carries.
    what TEXT NOT NULL,
    -- The date it is about, as it was then.
    event_id TEXT NOT NULL,
    room_id TEXT NOT NULL,
    slot INTEGER NOT NULL,
    start_at INTEGER NOT NULL,
    end_at INTEGER NOT NULL,
    -- The event that has the room; empty where none is known.
    holder_id TEXT NOT NULL,
    -- When somebody last wished for the event's time: the same answer to a newer wish is another fact.
    wished_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER,
    -- The same fact is told once.
    PRIMARY KEY (company_id, person_id, event_id, room_id, slot, start_at, what, holder_id, wished_at),
    CHECK (start_at < end_at),
    FOREIGN KEY (company_id, person_id) REFERENCES person (company_id, id),
    FOREIGN KEY (company_id, event_id) REFERENCES event (company_id, id),
    FOREIGN KEY (company_id, room_id) REFERENCES room (company_id, id)
) STRICT;
CREATE INDEX notice_newest ON notice (company_id, person_id, created_at);
CREATE INDEX notice_unseen ON notice (company_id, person_id, created_at) WHERE seen_at IS NULL;
