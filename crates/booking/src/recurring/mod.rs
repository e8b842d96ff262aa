//! Series of our own: making and changing them, bringing them to Google, and taking in what was changed of them there.
//!
//! `calendar::series` decides what an edit makes of a series, `sync::series` what Google is to hold of it; here both are
//! read from the store and written to it. Series that only come from Google are in `crate::series`.
//!
//! What is still to be brought to Google stands in the series' outbox row as words, in the transaction of the change:
//! fields of the master as for a single event, and
//!
//! - [`DATE`] with an original start: this date has something for itself, or had;
//! - [`AFTER`] with a series' id: this one takes over from it, and gets its rooms when that one has ended;
//! - [`BEFORE`] with a series' id: that one takes over, and is to be there before this one ends;
//! - [`READY`]: all but the rooms of a series that takes over is there;
//! - [`KEPT`]: Google may have taken from dates what they have for themselves, when the series got other times.
//!
//! So a split is resumed from the two rows, wherever it was interrupted.

mod answers;
mod at_once;
mod book;
mod edit;
mod ends;
mod held;
mod job;
mod leave;
mod merge;
mod part;
mod place;
mod pull;
mod push;

pub use book::SeriesCommand;
pub use edit::{At, SeriesChange};
pub(crate) use part::slot_of;
pub(crate) use pull::{ours, take_in};

use model::{BookingId, Instant};

const DATE: &str = "date:";
const AFTER: &str = "after:";
const BEFORE: &str = "before:";
const READY: &str = "ready";
const KEPT: &str = "kept";

fn date_word(slot: Instant) -> String {
    format!("{DATE}{}", slot.as_micros())
}

pub(crate) fn dates(words: &[String]) -> impl Iterator<Item = Instant> {
    let micros = |word: &String| word.strip_prefix(DATE)?.parse().ok();
    words.iter().filter_map(micros).map(Instant::from_micros)
}

fn ids(words: &[String], prefix: &'static str) -> impl Iterator<Item = BookingId> {
    words.iter().filter_map(move |word| word.strip_prefix(prefix)?.parse().ok())
}

/// The series that a series was cut off from, or that takes over from it.
pub(crate) fn other_halves(words: &[String]) -> impl Iterator<Item = BookingId> {
    ids(words, AFTER).chain(ids(words, BEFORE))
}

fn suffixes(words: &[String], prefix: &str) -> Vec<String> {
    words.iter().filter_map(|word| word.strip_prefix(prefix)).map(str::to_owned).collect()
}
