//! The bounds of everything a person or program may send. One table, used by forms, server functions and pull.

/// Longest title, in Unicode scalar values.
pub const TITLE_CHARS: usize = 300;
/// Most guests of one booking.
pub const GUESTS: usize = 200;
/// Longest name of an API token, in Unicode scalar values.
pub const TOKEN_NAME_CHARS: usize = 80;
/// Most API tokens of one person that are not revoked.
pub const TOKENS: usize = 50;
/// Longest e-mail address, in bytes (RFC 5321 §4.5.3.1.3).
pub const EMAIL_BYTES: usize = 254;
/// Longest booking made here; outside events are kept as they are.
pub const BOOKING_MINUTES: i64 = 24 * 60;
/// Shortest booking made here.
pub const BOOKING_MIN_MINUTES: i64 = 5;
/// How far ahead a booking may begin.
pub const DAYS_AHEAD: i64 = 180;
/// How far into the past a booking may reach when it is made: the slot that is running.
pub const PAST_SLACK_MINUTES: i64 = 15;
/// Largest request body, in bytes.
pub const BODY_BYTES: usize = 512 * 1024;
/// Largest frame a browser may send on `/live`, in bytes.
pub const FRAME_BYTES: usize = 4 * 1024;
/// Times are kept to the minute on the grid and snapped to this by default.
pub const SNAP_MINUTES: i64 = 15;
/// Length of a booking made by a click.
pub const DEFAULT_MINUTES: i64 = 30;
/// Hours the grid opens with, in minutes after midnight; the rest of the day can be scrolled to.
pub const SHOWN_FROM_MINUTES: i64 = 7 * 60;
pub const SHOWN_TO_MINUTES: i64 = 22 * 60;
