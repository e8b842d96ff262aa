//! Waiting for what is expected, with a deadline.

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};

/// How long anything may take on a busy machine. Only what never happens costs this much.
pub const DEADLINE: Duration = Duration::from_secs(20);
const EVERY: Duration = Duration::from_millis(20);

/// Microseconds since 1970: the sandbox's clock, and what stories compare times with.
pub fn now_micros() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the stories' one clock; the program has its own")]
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_micros()).unwrap()
}

/// Asks until there is an answer; panics with `what` when there is none within [`DEADLINE`].
pub async fn wait_until<T>(what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
    wait_until_within(DEADLINE, what, ask).await
}

/// As [`wait_until`], with another deadline.
pub async fn wait_until_within<T>(
    deadline: Duration,
    what: &str,
    mut ask: impl AsyncFnMut() -> Option<T>,
) -> T {
    let end = Instant::now() + deadline;
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < end, "waited {deadline:?} in vain for: {what}");
    }
}
