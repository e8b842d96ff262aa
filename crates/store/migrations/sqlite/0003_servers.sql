-- Several servers on one database: who lives, and who works on what.

CREATE TABLE server (
    id TEXT NOT NULL PRIMARY KEY,
    roles TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    -- A server that was not seen for a while is dead: its leases are taken back.
    seen_at INTEGER NOT NULL
) STRICT;

-- Work that one server at a time does. A taker raises the fence; who holds an older one writes nothing any more.
CREATE TABLE lease (
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    fence INTEGER NOT NULL,
    until_at INTEGER NOT NULL
) STRICT;

-- The token is new with every claim: what a claim writes is written only while the token is the row's own.
ALTER TABLE outbox ADD COLUMN lease_owner TEXT;
ALTER TABLE outbox ADD COLUMN lease_token INTEGER;
ALTER TABLE calendar ADD COLUMN pulling_by TEXT;
ALTER TABLE calendar ADD COLUMN pulling_token INTEGER;
