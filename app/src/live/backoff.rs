//! How long to wait before the next attempt: doubling, with jitter, capped.

/// First wait, in milliseconds.
const FIRST: u32 = 500;
/// Longest wait, in milliseconds.
const CAP: u32 = 30_000;

/// The wait before attempt `attempt` (0 is the first repeat). `random` in `0..=255` spreads a company's browsers over
/// half of the wait, so that a restarted server is not met by all of them at once.
pub(super) fn wait_millis(attempt: u32, random: u8) -> u32 {
    let full = FIRST.saturating_mul(1 << attempt.min(16)).min(CAP);
    let half = full / 2;
    half + half * u32::from(random) / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_below_the_cap() {
        assert_eq!(wait_millis(0, 255), 500);
        assert_eq!(wait_millis(0, 0), 250);
        assert_eq!(wait_millis(3, 255), 4_000);
        for attempt in 0..200 {
            for random in [0, 128, 255] {
                let wait = wait_millis(attempt, random);
                assert!((250..=CAP).contains(&wait), "{attempt} {random} {wait}");
                assert!(wait <= wait_millis(attempt + 1, random));
            }
        }
    }
}
