-- Only PostgreSQL writes many bookings by one message: SQLite is in this process and has no way to save.
SELECT 1;
