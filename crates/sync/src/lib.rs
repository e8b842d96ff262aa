//! The sync machines, without IO: push, pull, channels, and what a pulled event means here.
//!
//! `(state, input, now)` in, effects out. No clock, no randomness, no async runtime, no HTTP, no iteration over hash
//! maps: the same code runs in production and, seeded, in the simulator. Google's words stop in `google`; [`port`] is
//! the language the two share. Start reading at [`push`], [`series`] and [`pull`].

/// Whether a known bug, or one of several, is switched on (`sabotage`, which has them all). Without the feature nothing of it is compiled.
#[cfg(feature = "sabotage")]
#[macro_export]
macro_rules! sabotaged {
    ($bug:ident $(, $other:ident)*) => {
        $crate::sabotage::is_on($crate::sabotage::Bug::$bug)
            $(|| $crate::sabotage::is_on($crate::sabotage::Bug::$other))*
    };
}

#[cfg(not(feature = "sabotage"))]
#[macro_export]
macro_rules! sabotaged {
    ($($bug:ident),+) => {
        false
    };
}

pub mod absence;
pub mod backoff;
pub mod breaker;
pub mod channel;
pub mod crash;
pub mod doubt;
pub mod event_id;
pub mod merge;
mod mix;
pub mod pace;
pub mod port;
pub mod pull;
pub mod push;
pub mod reading;
pub mod rfc3339;
#[cfg(feature = "sabotage")]
pub mod sabotage;
pub mod series;
pub mod silence;
#[cfg(test)]
mod testing;
