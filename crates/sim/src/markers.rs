//! Markers: rare states that were reached. A campaign that never got there proves nothing about them.

use std::collections::BTreeMap;

/// How often each was hit in one seed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Markers(BTreeMap<&'static str, u32>);

impl Markers {
    pub(crate) fn hit(&mut self, marker: &'static str) {
        *self.0.entry(marker).or_default() += 1;
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }
}
