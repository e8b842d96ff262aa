//! How much one question about a series may cost.

use thiserror::Error;

/// What a question may use up. Both halves are counts, so that the same question ends in the same way on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Steps: a day, week, month, year or clock tick looked at, or a date found. A step is some ten nanoseconds.
    pub work: u64,
    /// Slots in the answer.
    pub output: usize,
}

impl Budget {
    /// Enough for what people make, some milliseconds at most: decades of a daily series.
    pub const DEFAULT: Self = Self { work: 500_000, output: 20_000 };

    pub const fn with_output(self, output: usize) -> Self {
        Self { output, ..self }
    }

    pub const fn with_work(self, work: u64) -> Self {
        Self { work, ..self }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The budget that ended before the answer was complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Exhausted {
    #[error("the work budget of {0} steps ended before the answer was complete")]
    Work(u64),
    #[error("the output budget of {0} dates ended before the answer was complete")]
    Output(usize),
}

/// The work left of a budget.
#[derive(Clone, Debug)]
pub(super) struct Meter {
    left: u64,
    limit: u64,
}

impl Meter {
    pub(super) fn new(budget: Budget) -> Self {
        Self { left: budget.work, limit: budget.work }
    }

    /// The steps left.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// Takes `steps` away, or says that they are not there.
    pub(super) fn spend(&mut self, steps: u64) -> Result<(), Exhausted> {
        match self.left.checked_sub(steps) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.left = 0;
                Err(Exhausted::Work(self.limit))
            }
        }
    }
}
