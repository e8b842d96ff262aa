-- A day is read by when things start: what is on it began less than a day before it ends, but for the few that are
-- longer, which have an index of their own. Without it, a day was looked for among everything that ever was.
CREATE INDEX occurrence_long ON occurrence (company_id, end_at) WHERE end_at - start_at > 86400000000;
