-- The outbox in lanes: whose grant brings an event to Google. The company's, or with the organiser's id behind it theirs.
ALTER TABLE outbox ADD COLUMN lane TEXT NOT NULL DEFAULT '';
UPDATE outbox SET lane = COALESCE((SELECT e.company_id || ' ' || e.organizer_id FROM event e
    WHERE e.company_id = outbox.company_id AND e.id = outbox.event_id AND e.way = 'person'), company_id);
DROP INDEX outbox_due;
CREATE INDEX outbox_lane ON outbox (lane, due_at) WHERE state = 'waiting';
