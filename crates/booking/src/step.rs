//! The background passes by hand, each once: for whoever runs them under a time of its own (the simulator).
//!
//! [`crate::background`] runs the same passes in the same way, when they are due or poked.

use model::Instant;

use crate::background;
use crate::engine::Engine;
use crate::failure::Failure;

/// A kind of background work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// One row of the outbox.
    Push,
    /// One calendar.
    Pull,
    /// Every calendar's channels.
    Channels,
    /// Every series whose instances have to be listed.
    Series,
    /// Every series whose horizon is to be moved.
    Horizon,
    /// What nobody will ask for.
    Sweep,
    /// This server lives; what dead ones held is free.
    Heartbeat,
}

impl Step {
    pub const ALL: [Self; 7] =
        [Self::Push, Self::Pull, Self::Channels, Self::Series, Self::Horizon, Self::Sweep, Self::Heartbeat];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Pull => "pull",
            Self::Channels => "channels",
            Self::Series => "series",
            Self::Horizon => "horizon",
            Self::Sweep => "sweep",
            Self::Heartbeat => "heartbeat",
        }
    }
}

impl Engine {
    /// Takes one step. `true`: there may be more of it to do at once.
    pub async fn step(&self, step: Step) -> Result<bool, Failure> {
        match step {
            Step::Push => Ok(self.push_pass().await? > 0),
            Step::Pull => Ok(self.pull_pass().await? > 0),
            Step::Channels => background::channels(self).await.map(background::Next::wants_more),
            Step::Series => background::series(self).await.map(background::Next::wants_more),
            Step::Horizon => background::horizon(self).await.map(|()| false),
            Step::Sweep => background::sweep(self).await.map(|()| false),
            Step::Heartbeat => self.heartbeat().await.map(|()| false),
        }
    }

    /// When the next push or pull is due by itself.
    pub async fn due_at(&self) -> Result<Option<Instant>, Failure> {
        let due = [self.push_due_at().await?, self.pull_due_at().await?];
        Ok(due.into_iter().flatten().min())
    }
}
