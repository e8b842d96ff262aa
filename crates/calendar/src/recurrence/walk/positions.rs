//! `BYSETPOS`: which of a period's dates count.

/// Positions from 1, or from -1 for the last.
#[derive(Clone, Debug, Default)]
pub(super) struct Positions(Vec<i64>);

impl Positions {
    pub(super) fn new(positions: &[i16]) -> Self {
        let mut positions: Vec<i64> = positions.iter().copied().map(i64::from).collect();
        positions.sort_unstable();
        positions.dedup();
        Self(positions)
    }

    /// Whether every date counts.
    pub(super) fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// The indices from 0 among `length` dates, sorted, each once.
    pub(super) fn indices(&self, length: usize, indices: &mut Vec<usize>) {
        indices.clear();
        let length = length as i64;
        let index = |position: &i64| if *position > 0 { position - 1 } else { length + position };
        indices.extend(
            self.0.iter().map(index).filter(|index| (0..length).contains(index)).map(|index| index as usize),
        );
        indices.sort_unstable();
        indices.dedup();
    }

    /// Whether a period of at most `at_most` dates can have one that counts.
    pub(super) fn is_possible(&self, at_most: u64) -> bool {
        self.is_all() || self.0.iter().any(|position| position.unsigned_abs() <= at_most)
    }

    /// How many count in every period, given that each has at least `at_least` dates.
    pub(super) fn in_every_period(&self, at_least: u64) -> Option<u64> {
        let one_end =
            self.0.iter().all(|position| *position > 0) || self.0.iter().all(|position| *position < 0);
        let there = self.0.iter().all(|position| position.unsigned_abs() <= at_least);
        (one_end && there).then_some(self.0.len() as u64)
    }
}
