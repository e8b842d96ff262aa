//! The loop breaker: how often we may write before it looks like a loop that nobody foresaw (F-031, F-032).
//!
//! A write that comes back is no change, so nothing here should ever go round. Should it do so all the same (a third
//! system that answers every change with one of its own, a bug), it stops by itself: nothing more is written to that
//! calendar until a person has looked. What waits meanwhile is kept.

use model::{Instant, LoopKind};

use crate::port::RemoteOp;

/// Events that we make on one calendar in [`CREATE_SECS`] at most. A room has 96 quarters of an hour a day; people do not
/// book more than that in a minute.
pub const CREATES: u32 = 120;
const CREATE_SECS: i64 = 60;
/// Times that we write one event again in [`REWRITE_SECS`] at most. Somebody who drags a block to and fro is below it.
pub const REWRITES: u32 = 30;
const REWRITE_SECS: i64 = 600;

/// A write that is counted. Deletions end something and cannot go round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// Counted for its calendar.
    Create,
    /// Counted for its event.
    Rewrite,
}

impl Write {
    /// What a call is, if it counts.
    pub const fn of(op: &RemoteOp) -> Option<Self> {
        match op {
            RemoteOp::EventInsert { .. } => Some(Self::Create),
            RemoteOp::EventPatch { .. } => Some(Self::Rewrite),
            _ => None,
        }
    }

    const fn window_secs(self) -> i64 {
        match self {
            Self::Create => CREATE_SECS,
            Self::Rewrite => REWRITE_SECS,
        }
    }

    const fn most(self) -> u32 {
        match self {
            Self::Create => CREATES,
            Self::Rewrite => REWRITES,
        }
    }

    const fn kind(self) -> LoopKind {
        match self {
            Self::Create => LoopKind::TooManyCreates,
            Self::Rewrite => LoopKind::SameEventAgain,
        }
    }
}

/// Writes since the first of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    pub since: Instant,
    pub count: u32,
}

/// Counts one write more, and says whether that is a loop.
pub fn count(write: Write, known: Option<Count>, now: Instant) -> (Count, Option<LoopKind>) {
    let window = write.window_secs() * 1_000_000;
    let count = match known {
        // A clock that was set back begins anew, too.
        Some(known) if (0..window).contains(&now.since(known.since)) => {
            Count { count: known.count.saturating_add(1), ..known }
        }
        _ => Count { since: now, count: 1 },
    };
    (count, (count.count > write.most()).then_some(write.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_secs(1_795_000_000);

    /// Writes every `pause_ms` until it is called a loop, `most` times at most; answers how many were made.
    fn run(write: Write, pause_ms: i64, most: u32) -> (u32, Option<LoopKind>) {
        let (mut known, mut now) = (None, NOW);
        for made in 1..=most {
            let (next, verdict) = count(write, known, now);
            if verdict.is_some() {
                return (made, verdict);
            }
            known = Some(next);
            now = now.plus_micros(pause_ms * 1_000);
        }
        (most, None)
    }

    #[test]
    fn f_031_a_loop_of_creates_is_stopped_and_a_busy_day_is_not() {
        assert_eq!(run(Write::Create, 10, 10_000), (CREATES + 1, Some(LoopKind::TooManyCreates)));
        assert_eq!(run(Write::Create, 490, 10_000), (CREATES + 1, Some(LoopKind::TooManyCreates)));
        assert_eq!(run(Write::Create, 510, 10_000), (10_000, None), "two a second, for an hour and a half");
    }

    #[test]
    fn f_032_an_event_that_is_answered_by_a_third_system_for_ever_is_stopped() {
        assert_eq!(run(Write::Rewrite, 1_000, 10_000), (REWRITES + 1, Some(LoopKind::SameEventAgain)));
        assert_eq!(run(Write::Rewrite, 15_000, 10_000), (REWRITES + 1, Some(LoopKind::SameEventAgain)));
        assert_eq!(run(Write::Rewrite, 25_000, 10_000), (10_000, None));
    }

    #[test]
    fn a_clock_that_was_set_back_begins_anew() {
        let known = Count { since: NOW.plus_secs(5), count: CREATES };
        assert_eq!(count(Write::Create, Some(known), NOW), (Count { since: NOW, count: 1 }, None));
    }
}
