//! Google's clock, and the hands that move it (`/sandbox/clock`): quotas, tokens, channels and days can be waited for
//! without waiting.

use serde::Deserialize;
use serde_json::{Value, json};

use super::World;
use super::clock::{SECOND, parse_instant, stamp};

/// What time it is at Google, by the clock outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hands {
    /// It runs, so many microseconds ahead.
    Running { ahead: i64 },
    /// It stands at this instant.
    Frozen { at: i64 },
}

impl Default for Hands {
    fn default() -> Self {
        Self::Running { ahead: 0 }
    }
}

/// What is done to the clock, in this order.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Turn {
    /// It stands still at this instant (RFC 3339).
    freeze: Option<String>,
    /// It goes forward, standing or running.
    advance_seconds: Option<u32>,
    /// It runs on from where it stands.
    run: Option<bool>,
}

impl World {
    /// Google's clock may differ from its clients', by hand or by `clock_skew_ms`.
    pub(super) fn google_time(&self, now: i64) -> i64 {
        match self.hands {
            Hands::Running { ahead } => now + ahead + self.settings.clock_skew_ms * 1_000,
            Hands::Frozen { at } => at,
        }
    }

    /// When the clock outside shows what is this instant here. `None`: never, while it stands still before it.
    pub(super) fn outside(&self, at: i64) -> Option<i64> {
        match self.hands {
            Hands::Running { ahead } => Some(at - ahead - self.settings.clock_skew_ms * 1_000),
            Hands::Frozen { at: stands } => (at <= stands).then_some(self.outside_now),
        }
    }

    /// Turns the hands, and lets happen what is due by then.
    pub(crate) fn turn(&mut self, turn: &Turn) -> Result<(), String> {
        let Turn { freeze, advance_seconds, run } = turn;
        if freeze.is_none() && advance_seconds.is_none() && *run != Some(true) {
            return Err("say freeze, advance_seconds or run".to_owned());
        }
        if freeze.is_some() && *run == Some(true) {
            return Err("it cannot stand and run".to_owned());
        }
        if let Some(text) = freeze {
            let at = parse_instant(text).ok_or_else(|| format!("freeze must be RFC 3339: {text}"))?;
            self.hands = Hands::Frozen { at };
        }
        if let Some(seconds) = advance_seconds {
            match &mut self.hands {
                Hands::Running { ahead: hand } | Hands::Frozen { at: hand } => {
                    *hand += i64::from(*seconds) * SECOND;
                }
            }
        }
        if let (Some(true), Hands::Frozen { at }) = (run, self.hands) {
            let skew = self.settings.clock_skew_ms * 1_000;
            self.hands = Hands::Running { ahead: at - self.outside_now - skew };
        }
        self.wake(self.google_time(self.outside_now));
        self.next();
        Ok(())
    }

    /// What time it is here, and whether it passes.
    pub(crate) fn shown_clock(&self) -> Value {
        let frozen = matches!(self.hands, Hands::Frozen { .. });
        json!({ "now": stamp(self.google_time(self.outside_now)), "frozen": frozen })
    }
}
