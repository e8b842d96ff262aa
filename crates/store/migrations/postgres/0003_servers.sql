-- Several servers on one database: who lives, and who works on what.

CREATE TABLE server (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    roles TEXT COLLATE "C" NOT NULL,
    started_at BIGINT NOT NULL,
    -- A server that was not seen for a while is dead: its leases are taken back.
    seen_at BIGINT NOT NULL
);

-- Work that one server at a time does. A taker raises the fence; who holds an older one writes nothing any more.
CREATE TABLE lease (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    owner TEXT COLLATE "C" NOT NULL,
    fence BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);

-- The token is new with every claim: what a claim writes is written only while the token is the row's own.
ALTER TABLE outbox ADD COLUMN lease_owner TEXT COLLATE "C";
ALTER TABLE outbox ADD COLUMN lease_token BIGINT;
ALTER TABLE calendar ADD COLUMN pulling_by TEXT COLLATE "C";
ALTER TABLE calendar ADD COLUMN pulling_token BIGINT;
