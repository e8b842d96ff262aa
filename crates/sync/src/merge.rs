//! Three-way merge: what becomes of an event that was changed here and in Google before either heard of the other.
//!
//! Field by field, against what both last agreed on. What only one side changed is that side's; where both changed the
//! same field, the later wish of a person wins, by the servers' clocks (F-040, F-041), and whose wish was lost is told.
//! Guests are a set: who came and who went on either side, and nobody else (F-042). Time is one field: half of somebody's
//! move is nobody's wish. What is not held here (a description) is not written from here either, so that Google's stays.
//! Of a series ([`series`]) what its dates share and what single dates have for themselves are merged each in this way.
//!
//! A cancellation here is a wish like others: who changed the event in Google later wants it to be. A deletion in Google
//! is not merged at all: nothing is left there to be changed, its guests have been told, and it wins ([`crate::push`]).

pub mod series;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use model::history::{Field, Side};
use model::{Instant, TimeRange};
use serde::{Deserialize, Serialize};

/// What can be merged field by field: an event, and of a series what its dates share and what one has for itself.
pub trait Fields: Clone {
    /// Those of which one side's wins as a whole. Guests are a set beside them.
    const WHOLE: &'static [Field];

    /// Whether both hold the same in `field`. What has no such field agrees with everything.
    fn agrees(&self, other: &Self, field: Field) -> bool;

    /// Takes what `other` holds in `field`.
    fn take(&mut self, other: &Self, field: Field);

    fn guests(&self) -> &BTreeSet<String>;

    fn guests_mut(&mut self) -> &mut BTreeSet<String>;
}

/// Those in which two may differ.
fn edits<H: Fields>() -> impl Iterator<Item = Field> {
    H::WHOLE.iter().copied().chain([Field::Guests])
}

/// An event as far as it is merged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub title: String,
    pub range: TimeRange,
    pub all_day: bool,
    /// The e-mail of its room; `None`: in no room.
    pub room: Option<String>,
    pub private: bool,
    /// E-mail addresses, in lower case; the organiser and rooms not among them.
    pub guests: BTreeSet<String>,
}

impl Fields for Held {
    const WHOLE: &'static [Field] = &[Field::Title, Field::Time, Field::Room, Field::Private];

    fn agrees(&self, other: &Self, field: Field) -> bool {
        match field {
            Field::Title => self.title == other.title,
            Field::Time => (self.range, self.all_day) == (other.range, other.all_day),
            Field::Room => self.room == other.room,
            Field::Private => self.private == other.private,
            Field::Guests => self.guests == other.guests,
            Field::Rule | Field::Cancel => true,
        }
    }

    fn take(&mut self, other: &Self, field: Field) {
        match field {
            Field::Title => other.title.clone_into(&mut self.title),
            Field::Time => (self.range, self.all_day) = (other.range, other.all_day),
            Field::Room => other.room.clone_into(&mut self.room),
            Field::Private => self.private = other.private,
            Field::Guests => other.guests.clone_into(&mut self.guests),
            Field::Rule | Field::Cancel => {}
        }
    }

    fn guests(&self) -> &BTreeSet<String> {
        &self.guests
    }

    fn guests_mut(&mut self) -> &mut BTreeSet<String> {
        &mut self.guests
    }
}

/// Our side.
#[derive(Debug)]
pub struct Ours<'a, H = Held> {
    pub held: &'a H,
    /// What both sides last agreed on.
    pub base: &'a H,
    /// Wishes that newer ones replaced before Google is known to hold any: a push may have carried each of them, so that
    /// Google showing one is our own echo and nobody's change.
    pub replaced: &'a [H],
    /// When a person last changed a field here that Google has not taken. What is not among them was not changed here.
    pub wishes: &'a BTreeMap<Field, Instant>,
}

impl<H> Clone for Ours<'_, H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H> Copy for Ours<'_, H> {}

/// Google's side.
#[derive(Debug)]
pub struct Theirs<'a, H = Held> {
    pub held: &'a H,
    /// Google's `updated`: no change of a person is later. It may have been earlier, where a guest or the room answered
    /// since; Google does not say when a field was changed.
    pub updated: Option<Instant>,
}

impl<H> Clone for Theirs<'_, H> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<H> Copy for Theirs<'_, H> {}

/// A field that both sides changed, and whose wish it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    pub field: Field,
    pub winner: Side,
}

/// What it comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged<H = Held> {
    pub held: H,
    /// It stays cancelled.
    pub cancelled: bool,
    /// Where Google does not hold that yet.
    pub push: BTreeSet<Field>,
    /// To be told: the other side's wish was lost.
    pub settled: Vec<Settled>,
}

/// Merges what is held here with what Google shows.
pub fn merge<H: Fields>(ours: Ours<'_, H>, theirs: Theirs<'_, H>) -> Merged<H> {
    let mut settled = Vec::new();
    if let Some(at) = ours.wishes.get(&Field::Cancel) {
        let edited = edits::<H>().any(|field| changed_there(ours, theirs, field));
        let winner = later(*at, theirs.updated);
        if edited {
            settled.push(Settled { field: Field::Cancel, winner });
        }
        if !edited || winner == Side::Roomly {
            let push = BTreeSet::from([Field::Cancel]);
            return Merged { held: ours.held.clone(), cancelled: true, push, settled };
        }
    }
    let mut held = theirs.held.clone();
    for field in H::WHOLE.iter().copied() {
        let Some(at) = ours.wishes.get(&field).filter(|_| !ours.held.agrees(theirs.held, field)) else {
            continue;
        };
        let winner = if !changed_there(ours, theirs, field) {
            Side::Roomly
        } else if ours.held.agrees(ours.base, field) {
            // Changed here and back again.
            Side::Google
        } else {
            let winner = later(*at, theirs.updated);
            settled.push(Settled { field, winner });
            winner
        };
        if winner == Side::Roomly {
            held.take(ours.held, field);
        }
    }
    if ours.wishes.contains_key(&Field::Guests) {
        let before = || ours.replaced.iter().chain([ours.base]).map(H::guests);
        let (here, merged) = (ours.held.guests(), held.guests_mut());
        for gone in before().flatten().filter(|guest| !here.contains(*guest)) {
            merged.remove(gone);
        }
        let came = |guest: &&String| before().any(|guests| !guests.contains(*guest));
        merged.extend(here.iter().filter(came).cloned());
    }
    let push = edits::<H>().filter(|field| !held.agrees(theirs.held, *field)).collect();
    Merged { held, cancelled: false, push, settled }
}

/// Whether somebody changed the field in Google: it is neither what both agreed on nor a wish of ours.
fn changed_there<H: Fields>(ours: Ours<'_, H>, theirs: Theirs<'_, H>, field: Field) -> bool {
    let mut known = ours.replaced.iter().chain([ours.base, ours.held]);
    !known.any(|held| held.agrees(theirs.held, field))
}

/// Whose wish is the later one. Without a time of Google's it is ours, which a person has just made.
fn later(ours: Instant, theirs: Option<Instant>) -> Side {
    if theirs.is_some_and(|theirs| theirs > ours) { Side::Google } else { Side::Roomly }
}
