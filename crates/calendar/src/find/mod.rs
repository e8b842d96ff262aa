//! Find a room: a wish and what is known of rooms and people in, rooms with their reasons out.
//!
//! Nothing is hidden: a room that does not do is answered too, with what speaks against it. If no room does, or somebody
//! is busy at the time, other ways follow ([`Offer`]). The same input gives the same answer, in whatever order the rooms
//! come, and the work is bounded by rooms × dates. [`room`] is for one meeting, [`series::rooms`] for a series.

mod offers;
mod rank;
pub mod series;

#[cfg(test)]
mod tests;

use model::{Instant, PersonNumber, Refusal, RoomNumber, TimeRange};

use crate::busy::{Busy, Nearness, RoomBusy};
use crate::policy;

/// How far a meeting may be shifted, in minutes, and in what steps.
pub const SHIFT_MINUTES: i64 = 20;
pub const SHIFT_STEP_MINUTES: i64 = 5;
/// At most so many offers of a kind.
pub const OFFERS_OF_A_KIND: usize = 2;

/// What the room must be and have, and who should be free.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// People who come. 0 asks for nothing.
    pub people: i32,
    /// Names of features as the Directory has them; case and outer spaces do not count.
    pub equipment: Vec<String>,
    /// Where the room must be.
    pub place: Place,
    /// A room that others should be near to, as the one that was asked for first.
    pub near: Option<RoomNumber>,
    /// Those who should be free, with what keeps them busy.
    pub guests: Vec<GuestBusy>,
    /// Times at which nothing is offered, as public holidays.
    pub closed: Vec<Closed>,
}

/// A building, and a floor within it; what is `None` may be anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub building: Option<String>,
    pub floor: Option<String>,
}

/// A person's busy time.
#[derive(Clone, Debug)]
pub struct GuestBusy {
    pub person: PersonNumber,
    pub busy: Busy,
}

/// A time at which the company is closed, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    pub range: TimeRange,
    pub name: String,
}

/// The answer to one wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Rooms that do and are free, the best first.
    pub rooms: Vec<Suggestion>,
    /// All other rooms with what speaks against each, in the same order of fitness.
    pub others: Vec<Rejected>,
    /// Other ways, if no room does or somebody is busy.
    pub offers: Vec<Offer>,
    /// Who is busy at the wished time, by number.
    pub busy_people: Vec<PersonNumber>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    pub room: RoomNumber,
    pub reasons: Vec<Reason>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub room: RoomNumber,
    /// Never empty; what cannot be helped (size, equipment) before what can (time).
    pub obstacles: Vec<Obstacle>,
}

/// What speaks for a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It has this many seats, which is enough.
    Fits { seats: i32 },
    /// The Directory does not say how many it seats.
    SeatsUnknown,
    /// Where it is, seen from [`Needs::near`].
    Near(Nearness),
    /// It has all that was asked for.
    Has { equipment: Vec<String> },
    /// Nothing follows until then; `None` if nothing more is known to follow.
    FreeUntil { next: Option<Instant> },
}

/// What speaks against a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    TooSmall {
        seats: i32,
    },
    Lacks {
        equipment: Vec<String>,
    },
    /// Not in the wished place.
    Elsewhere,
    /// Access to its calendar is lost: what is known may be wrong, and nothing can be written.
    NotFollowed,
    Closed {
        name: String,
    },
    /// The first booking in the way, and when the room is free again.
    Taken {
        held: TimeRange,
        free_from: Instant,
    },
}

/// Another way to meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub room: RoomNumber,
    pub range: TimeRange,
    pub change: Change,
    pub reasons: Vec<Reason>,
    /// Who is busy then; never more people than at the wished time.
    pub busy_people: Vec<PersonNumber>,
}

/// How an offer differs from the wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// So many minutes later; earlier where negative. At most [`SHIFT_MINUTES`].
    Shifted { minutes: i64 },
    /// So many minutes less, begun later or ended earlier; at least three quarters remain.
    Shortened { minutes: i64 },
    /// The wished time on another floor or in another building.
    OtherPlace,
}

/// Rooms for `wish`. Refused where the time itself cannot be booked (`policy::check_new_time`).
pub fn room(wish: TimeRange, needs: &Needs, rooms: &[RoomBusy<'_>], now: Instant) -> Result<Found, Refusal> {
    policy::check_new_time(wish, now)?;
    let judged = rank::Judged::of(needs, rooms, wish);
    let mut found = Found {
        rooms: Vec::new(),
        others: Vec::new(),
        offers: Vec::new(),
        busy_people: needs.busy_people(wish),
    };
    for candidate in &judged {
        let mut obstacles = candidate.obstacles.clone();
        obstacles.extend(needs.in_the_way(candidate, wish));
        if obstacles.is_empty() {
            found
                .rooms
                .push(Suggestion { room: candidate.number(), reasons: candidate.reasons(needs, wish) });
        } else {
            found.others.push(Rejected { room: candidate.number(), obstacles });
        }
    }
    if found.rooms.is_empty() || !found.busy_people.is_empty() {
        found.offers = offers::offers(wish, needs, &judged, &found, now);
    }
    Ok(found)
}

impl Needs {
    /// Who of the guests is busy during `range`, by number, each once.
    fn busy_people(&self, range: TimeRange) -> Vec<PersonNumber> {
        let mut people: Vec<PersonNumber> =
            self.guests.iter().filter(|guest| !guest.busy.is_free(range)).map(|guest| guest.person).collect();
        people.sort_unstable();
        people.dedup();
        people
    }

    /// What keeps `candidate` from being used at `range`.
    fn in_the_way(&self, candidate: &rank::Judged<'_>, range: TimeRange) -> Option<Obstacle> {
        if let Some(closed) = self.closed_at(range) {
            return Some(Obstacle::Closed { name: closed.name.clone() });
        }
        let busy = &candidate.side.busy;
        let held = busy.first_in(range)?;
        Some(Obstacle::Taken { held, free_from: busy.free_from(held.start()) })
    }

    fn closed_at(&self, range: TimeRange) -> Option<&Closed> {
        self.closed.iter().filter(|closed| closed.range.overlaps(range)).min_by_key(|closed| closed.range)
    }

    fn is_free(&self, candidate: &rank::Judged<'_>, range: TimeRange) -> bool {
        candidate.side.busy.is_free(range) && self.closed_at(range).is_none()
    }
}
