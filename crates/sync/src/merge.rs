//! Three-way merge: what becomes of an event that was changed here and in Google before either heard of the other.
//!
//! Field by field, against what both last agreed on. What only one side changed is that side's; where both changed the
//! same field, the later wish of a person wins, by the servers' clocks (F-040, F-041), and whose wish was lost is told.
//! Guests are a set: who came and who went on either side, and nobody else (F-042). Time is one field: half of somebody's
//! move is nobody's wish. What is not held here (a description, the rule of a series) is not written from here either, so
//! that Google's stays.
//!
//! A cancellation here is a wish like others: who changed the event in Google later wants it to be. A deletion in Google
//! is not merged at all: nothing is left there to be changed, its guests have been told, and it wins ([`crate::push`]).

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use model::history::{Field, Side};
use model::{Instant, TimeRange};
use serde::{Deserialize, Serialize};

/// Those in which events differ.
const EDITS: [Field; 5] = [Field::Title, Field::Time, Field::Room, Field::Private, Field::Guests];
/// Those of which one side's wins as a whole.
const WHOLE: [Field; 4] = [Field::Title, Field::Time, Field::Room, Field::Private];

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

impl Held {
    /// Whether both hold the same in `field`.
    pub fn agrees(&self, other: &Self, field: Field) -> bool {
        match field {
            Field::Title => self.title == other.title,
            Field::Time => (self.range, self.all_day) == (other.range, other.all_day),
            Field::Room => self.room == other.room,
            Field::Private => self.private == other.private,
            Field::Guests => self.guests == other.guests,
            Field::Cancel => true,
        }
    }

    fn take(&mut self, other: &Self, field: Field) {
        match field {
            Field::Title => other.title.clone_into(&mut self.title),
            Field::Time => (self.range, self.all_day) = (other.range, other.all_day),
            Field::Room => other.room.clone_into(&mut self.room),
            Field::Private => self.private = other.private,
            Field::Guests => other.guests.clone_into(&mut self.guests),
            Field::Cancel => {}
        }
    }
}

/// Our side.
#[derive(Clone, Copy, Debug)]
pub struct Ours<'a> {
    pub held: &'a Held,
    /// What both sides last agreed on.
    pub base: &'a Held,
    /// Wishes that newer ones replaced before Google is known to hold any: a push may have carried each of them, so that
    /// Google showing one is our own echo and nobody's change.
    pub replaced: &'a [Held],
    /// When a person last changed a field here that Google has not taken. What is not among them was not changed here.
    pub wishes: &'a BTreeMap<Field, Instant>,
}

/// Google's side.
#[derive(Clone, Copy, Debug)]
pub struct Theirs<'a> {
    pub held: &'a Held,
    /// Google's `updated`: no change of a person is later. It may have been earlier, where a guest or the room answered
    /// since; Google does not say when a field was changed.
    pub updated: Option<Instant>,
}

/// A field that both sides changed, and whose wish it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    pub field: Field,
    pub winner: Side,
}

/// What it comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    pub held: Held,
    /// It stays cancelled.
    pub cancelled: bool,
    /// Where Google does not hold that yet.
    pub push: BTreeSet<Field>,
    /// To be told: the other side's wish was lost.
    pub settled: Vec<Settled>,
}

/// Merges what is held here with what Google shows.
pub fn merge(ours: Ours<'_>, theirs: Theirs<'_>) -> Merged {
    let mut settled = Vec::new();
    if let Some(at) = ours.wishes.get(&Field::Cancel) {
        let edited = EDITS.into_iter().any(|field| changed_there(ours, theirs, field));
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
    for field in WHOLE {
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
        let before = || ours.replaced.iter().chain([ours.base]).map(|held| &held.guests);
        for gone in before().flatten().filter(|guest| !ours.held.guests.contains(*guest)) {
            held.guests.remove(gone);
        }
        let came = |guest: &&String| before().any(|guests| !guests.contains(*guest));
        held.guests.extend(ours.held.guests.iter().filter(came).cloned());
    }
    let push = EDITS.into_iter().filter(|field| !held.agrees(theirs.held, *field)).collect();
    Merged { held, cancelled: false, push, settled }
}

/// Whether somebody changed the field in Google: it is neither what both agreed on nor a wish of ours.
fn changed_there(ours: Ours<'_>, theirs: Theirs<'_>, field: Field) -> bool {
    let mut known = ours.replaced.iter().chain([ours.base, ours.held]);
    !known.any(|held| held.agrees(theirs.held, field))
}

/// Whose wish is the later one. Without a time of Google's it is ours, which a person has just made.
fn later(ours: Instant, theirs: Option<Instant>) -> Side {
    if theirs.is_some_and(|theirs| theirs > ours) { Side::Google } else { Side::Roomly }
}
