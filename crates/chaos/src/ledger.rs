//! What people were told: every write they tried, when, and how it ended.
//!
//! An answer that never came says nothing: the write may have been done, or be done yet. So the end of a booking may be
//! that of any write that was not surely followed by another one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// Where a booking stands; seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Place {
    pub room: i64,
    pub start: i64,
    pub end: i64,
}

impl Place {
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.room == other.room && self.start < other.end && other.start < self.end
    }
}

/// What a write asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Wish {
    At(Place),
    Cancelled,
    Titled(String),
}

impl Wish {
    const fn is_title(&self) -> bool {
        matches!(self, Self::Titled(_))
    }
}

/// A write that was done, or may have been.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub booking: i64,
    pub began: u64,
    /// When it was acknowledged; `None`: nobody knows.
    pub acknowledged: Option<u64>,
    pub wish: Wish,
}

/// All that people know.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub writes: Vec<Write>,
    /// The title that each acknowledged booking was made with.
    pub titles: BTreeMap<i64, String>,
    /// Where somebody outside tried to be.
    pub outside: BTreeSet<Place>,
    /// First words of titles that somebody outside had his hands on.
    pub touched: BTreeSet<String>,
    /// What no client may see.
    pub wrong: Vec<String>,
}

impl Ledger {
    /// Bookings whose making was acknowledged.
    pub(crate) fn acknowledged(&self) -> usize {
        self.titles.len()
    }

    /// Whether somebody outside changed it.
    pub(crate) fn is_touched(&self, booking: i64) -> bool {
        self.titles.get(&booking).is_some_and(|title| self.touched.contains(first_word(title)))
    }

    /// How many writes of people a booking saw, whatever became of them; `None` of one whose making nobody was told of.
    pub(crate) fn intents(&self, title: &str) -> Option<usize> {
        let numbers: BTreeSet<i64> = self
            .titles
            .iter()
            .filter(|(_, made)| first_word(made) == title)
            .map(|(number, _)| *number)
            .collect();
        let count = self.writes.iter().filter(|write| numbers.contains(&write.booking)).count();
        (!numbers.is_empty()).then_some(count)
    }

    /// What a booking's place may be in the end.
    pub(crate) fn places(&self, booking: i64) -> Vec<&Wish> {
        self.last_of(booking, false)
    }

    /// What its title may be in the end.
    pub(crate) fn possible_titles(&self, booking: i64) -> Vec<&Wish> {
        self.last_of(booking, true)
    }

    fn last_of(&self, booking: i64, title: bool) -> Vec<&Wish> {
        let mine = || {
            self.writes.iter().filter(move |write| write.booking == booking && write.wish.is_title() == title)
        };
        let last_begun = mine().filter(|write| write.acknowledged.is_some()).map(|write| write.began).max();
        let over = |write: &&Write| match (write.acknowledged, last_begun) {
            (Some(at), Some(begun)) => at < begun,
            _ => false,
        };
        mine().filter(|write| !over(write)).map(|write| &write.wish).collect()
    }
}

/// What a title keeps through every change.
pub(crate) fn first_word(title: &str) -> &str {
    title.split(' ').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: i64) -> Wish {
        Wish::At(Place { room: 1, start, end: start + 900 })
    }

    fn ledger(writes: &[(u64, Option<u64>, Wish)]) -> Ledger {
        let writes = writes.iter().map(|(began, acknowledged, wish)| Write {
            booking: 7,
            began: *began,
            acknowledged: *acknowledged,
            wish: wish.clone(),
        });
        Ledger { writes: writes.collect(), ..Ledger::default() }
    }

    #[test]
    fn an_acknowledged_write_is_the_end_of_those_before_it() {
        let told = ledger(&[(1, Some(2), at(0)), (3, Some(4), at(900))]);
        assert_eq!(told.places(7), [&at(900)]);
        assert_eq!(
            ledger(&[(1, Some(2), at(0)), (3, Some(4), Wish::Cancelled)]).places(7),
            [&Wish::Cancelled]
        );
    }

    #[test]
    fn writes_at_the_same_time_may_come_in_any_order() {
        let told = ledger(&[(1, Some(5), at(0)), (3, Some(4), at(900))]);
        assert_eq!(told.places(7), [&at(0), &at(900)]);
    }

    #[test]
    fn an_unknown_write_may_be_done_at_any_later_time() {
        let told = ledger(&[(1, Some(2), at(0)), (3, None, at(900)), (5, Some(6), at(1_800))]);
        assert_eq!(told.places(7), [&at(900), &at(1_800)]);
    }

    #[test]
    fn titles_are_a_matter_of_their_own() {
        let told =
            ledger(&[(1, Some(2), at(0)), (1, Some(2), Wish::Titled("a".into())), (3, Some(4), at(900))]);
        assert_eq!(told.possible_titles(7), [&Wish::Titled("a".into())]);
    }
}
