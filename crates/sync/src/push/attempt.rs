//! How often something was tried, and how long it rests for that.

use model::Instant;

use crate::backoff;

/// One call of a push, among those that were made about the same row.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// Tries of the row before this one that failed, since somebody last wished for something. Neither calls that succeeded
    /// nor waiting for others count: a series takes many calls, and rests no longer for it.
    pub failed: u32,
    /// Calls before this one about the row as it was wished for, reads included, and at least as many as `failed`.
    pub calls: u32,
    /// Spreads delays.
    pub entropy: u64,
    pub now: Instant,
}

impl Attempt {
    /// When it is tried again.
    pub fn again_at(self) -> Instant {
        self.now.plus_micros(backoff::after(self.failed, self.entropy, None))
    }
}
