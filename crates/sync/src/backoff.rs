//! When to try again: truncated exponential delays, spread by entropy that the caller hands in.

use crate::mix::mix;

/// The first delay, before jitter (milliseconds).
const FIRST_MS: i64 = 1_000;
/// The longest delay before jitter: with a quarter on top it is ten minutes.
const CAP_MS: i64 = 480_000;
/// The longest delay that a `Retry-After` is believed for (seconds). Google documents none for Calendar; an answer that
/// says "in a week" would silence a calendar for good.
const HINT_CAP_SECS: i64 = 3_600;

/// How long to wait after failure number `attempt` (0 is the first), in microseconds.
///
/// 1 s, 2 s, 4 s, ... never above ten minutes, each ±25 % by `entropy`, so that what failed together does not come back
/// together (Google's quota guide asks for it). `hint_secs` is a `Retry-After`: never earlier than it says, at most an
/// hour.
pub fn after(attempt: u32, entropy: u64, hint_secs: Option<i64>) -> i64 {
    let base_ms = FIRST_MS.checked_shl(attempt.min(20)).map_or(CAP_MS, |ms| ms.min(CAP_MS));
    // 0..=500 thousandths.
    let spread = i64::try_from(mix(entropy) % 501).unwrap_or(250);
    let own = base_ms * (750 + spread);
    let hint = hint_secs.unwrap_or(0).clamp(0, HINT_CAP_SECS) * 1_000;
    own.max(hint * (1_000 + spread / 2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_grows_and_stops_growing() {
        let centre = |attempt| (0..200).map(|entropy| after(attempt, entropy, None)).sum::<i64>() / 200;
        assert!((900_000..1_100_000).contains(&centre(0)));
        assert!((3_600_000..4_400_000).contains(&centre(2)));
        assert_eq!(centre(30), centre(u32::MAX));
    }

    proptest! {
        #[test]
        fn never_negative_never_above_ten_minutes(attempt in any::<u32>(), entropy in any::<u64>()) {
            let delay = after(attempt, entropy, None);
            prop_assert!((750_000..=600_000_000).contains(&delay));
        }

        #[test]
        fn a_hint_is_honoured_within_reason(attempt in 0u32..12, entropy in any::<u64>(), hint in any::<i64>()) {
            let delay = after(attempt, entropy, Some(hint));
            prop_assert!(delay >= hint.clamp(0, 3_600) * 1_000_000);
            prop_assert!(delay <= 4_500_000_000);
        }
    }
}
