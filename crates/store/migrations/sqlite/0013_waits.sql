-- How often a row waited for others since somebody last wished for something: no failure, so that it is not counted among the
-- attempts, by which a row rests.
ALTER TABLE outbox ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;
