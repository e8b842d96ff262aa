//! The named places where a test may kill the process.
//!
//! The machines here have no place to die in; whoever runs them calls the hook with these names, around the calls and
//! commits that they plan.

/// An outbox row is committed; its call has not been made (F-035).
pub const PUSH_BEFORE_CALL: &str = "push.before_call";
/// Google answered; nothing about it is stored (F-036).
pub const PUSH_AFTER_CALL: &str = "push.after_call";
/// A page of a listing arrived; the run is not committed (F-021).
pub const PULL_AFTER_PAGE: &str = "pull.after_page";
/// Google granted a channel; it is not stored as armed (F-011).
pub const WATCH_AFTER_CALL: &str = "watch.after_call";
/// A transaction is committed; nobody has been told.
pub const COMMIT_AFTER: &str = "commit.after";
/// The horizon of one series is moved, that of the next is not.
pub const HORIZON_BETWEEN: &str = "horizon.between";
/// One half of a split is brought to Google, the other is not.
pub const SPLIT_BETWEEN: &str = "split.between";

/// All of them, for the harness that draws one.
pub const POINTS: &[&str] = &[
    PUSH_BEFORE_CALL,
    PUSH_AFTER_CALL,
    PULL_AFTER_PAGE,
    WATCH_AFTER_CALL,
    COMMIT_AFTER,
    HORIZON_BETWEEN,
    SPLIT_BETWEEN,
];
