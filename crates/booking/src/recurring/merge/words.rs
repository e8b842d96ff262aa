//! The words of an outbox row, as a merge leaves them.

use std::collections::BTreeMap;

use model::Instant;
use store::WishRow;
use sync::merge::series::MergedShared;

use crate::recurring::date_word;

/// The word of a date's wish after the master was merged.
pub(super) fn carried(word: &str, merged: &MergedShared) -> Option<String> {
    let of = |slot: &Instant| format!("{}:", date_word(*slot));
    if merged.lost.iter().any(|slot| word.starts_with(&of(slot))) {
        return None;
    }
    let moved =
        |(from, to): (&Instant, &Instant)| Some(format!("{}{}", of(to), word.strip_prefix(&of(from))?));
    Some(merged.moved.iter().find_map(moved).unwrap_or_else(|| word.to_owned()))
}

/// What a row says of what waits.
pub(super) struct Words {
    pub(super) changed: Vec<String>,
    pub(super) wishes: BTreeMap<String, WishRow>,
}

impl Words {
    pub(super) fn sorted(mut self) -> Self {
        self.changed.sort();
        self.changed.dedup();
        self
    }
}
