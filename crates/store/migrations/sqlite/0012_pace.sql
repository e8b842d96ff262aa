-- The last two listings of a calendar, each by its end and the one under way by its beginning: in a rush of notifications
-- there are two in ten seconds, whichever server makes them.
ALTER TABLE calendar ADD COLUMN listed_at INTEGER;
ALTER TABLE calendar ADD COLUMN listed_before_at INTEGER;
