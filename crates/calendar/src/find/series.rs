//! A room for a series: the same room on as many dates as possible, others for the rest, and at worst dates to skip.

use model::{Instant, PersonNumber, RoomNumber, TimeRange, limits};

use super::rank::Judged;
use super::{Change, Needs, OFFERS_OF_A_KIND, Reason, Rejected, SHIFT_MINUTES, SHIFT_STEP_MINUTES};
use crate::busy::{Busy, RoomBusy, keeps_enough, shift_minutes, shifted};

/// So many dates are judged; what comes after is counted in [`Series::unjudged`].
pub const DATES: usize = 750;
/// So many rooms that are not free on all dates are proposed as the series' own.
pub const PLANS: usize = 10;
/// In so many other rooms, at most, a series may have to go.
pub const OTHER_ROOMS: usize = 3;

/// The answer for a series. Dates are named by their place in the list that was asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    /// The best first: most dates in its own room, fewest skipped, then the fittest room.
    pub plans: Vec<Plan>,
    /// If no plan has all dates in one room: the whole series a little earlier, later, shorter, or in another place.
    pub offers: Vec<SeriesOffer>,
    /// Rooms that would do, but are taken on too many dates.
    pub too_busy: Vec<TooBusy>,
    /// Rooms that would not do on any date.
    pub others: Vec<Rejected>,
    /// Dates that are past; they are left as they are.
    pub past: Vec<usize>,
    /// Dates on which the company is closed; no room was looked for.
    pub closed: Vec<(usize, String)>,
    /// Dates on which some of the guests are busy.
    pub busy_people: Vec<(usize, Vec<PersonNumber>)>,
    /// How many dates were not looked at, because there are more than [`DATES`].
    pub unjudged: usize,
}

/// "8 of 10 dates, 2 in Room D": each date is in exactly one of the three lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub room: RoomNumber,
    pub reasons: Vec<Reason>,
    pub dates: Vec<usize>,
    pub elsewhere: Vec<(RoomNumber, Vec<usize>)>,
    /// Without any room; no more than was allowed.
    pub skipped: Vec<usize>,
}

/// All dates in one room, after the same change to each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesOffer {
    pub room: RoomNumber,
    pub change: Change,
    pub reasons: Vec<Reason>,
}

/// On how many dates a room is free, and the first booking in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooBusy {
    pub room: RoomNumber,
    pub free: usize,
    pub held: TimeRange,
}

/// Rooms for the dates of a series, of which `skip_at_most` may go without one.
pub fn rooms(
    dates: &[TimeRange],
    needs: &Needs,
    skip_at_most: usize,
    rooms: &[RoomBusy<'_>],
    now: Instant,
) -> Series {
    let mut answer = Series { unjudged: dates.len().saturating_sub(DATES), ..Series::default() };
    let mut open: Vec<(usize, TimeRange)> = Vec::new();
    for (index, date) in dates.iter().copied().enumerate().take(DATES) {
        if date.start() < now.plus_minutes(-limits::PAST_SLACK_MINUTES) || date.end() <= now {
            answer.past.push(index);
        } else if let Some(closed) = needs.closed_at(date) {
            answer.closed.push((index, closed.name.clone()));
        } else {
            open.push((index, date));
            let busy = needs.busy_people(date);
            if !busy.is_empty() {
                answer.busy_people.push((index, busy));
            }
        }
    }
    let Some((_, first)) = open.first() else { return answer };
    let judged = Judged::of(needs, rooms, *first);
    let doing: Vec<Row<'_>> = judged
        .iter()
        .filter(|candidate| candidate.does())
        .map(|candidate| Row {
            candidate,
            free: open.iter().map(|(_, date)| candidate.side.busy.is_free(*date)).collect(),
        })
        .collect();

    let mut own: Vec<&Row<'_>> = doing.iter().filter(|row| row.count() > 0).collect();
    own.sort_by_key(|row| std::cmp::Reverse(row.count()));
    // Only what is left over costs anything: rooms that are free on all dates are all answered.
    let proposed = own.iter().enumerate().filter(|(at, row)| *at < PLANS || row.count() == open.len());
    let plans = proposed.map(|(_, row)| plan(row, &doing, &open, needs));
    answer.plans = plans.filter(|plan| plan.skipped.len() <= skip_at_most).collect();
    answer.plans.sort_by_key(|plan| (std::cmp::Reverse(plan.dates.len()), plan.skipped.len()));
    let planned = |row: &Row<'_>| answer.plans.iter().any(|plan| plan.room == row.candidate.number());
    answer.too_busy =
        doing.iter().filter(|row| !planned(row)).filter_map(|row| row.too_busy(&open)).collect();
    let rejected = judged.iter().filter(|candidate| !candidate.does());
    answer.others = rejected.map(Judged::rejected).collect();
    let whole = answer.plans.first().is_some_and(|plan| plan.dates.len() == open.len());
    if !whole {
        answer.offers = offers(needs, &judged, &open, now);
    }
    answer
}

/// A room that does, and on which of the open dates it is free.
struct Row<'a> {
    candidate: &'a Judged<'a>,
    free: Vec<bool>,
}

impl Row<'_> {
    fn count(&self) -> usize {
        self.free.iter().filter(|free| **free).count()
    }

    fn is_free(&self, position: usize) -> bool {
        self.free.get(position).copied().unwrap_or(false)
    }

    fn too_busy(&self, open: &[(usize, TimeRange)]) -> Option<TooBusy> {
        let busy = &self.candidate.side.busy;
        let held = open.iter().find_map(|(_, date)| busy.first_in(*date))?;
        Some(TooBusy { room: self.candidate.number(), free: self.count(), held })
    }
}

/// `row` as the series' own room; what it cannot take goes to the room that can take most of it, and so on.
fn plan(row: &Row<'_>, doing: &[Row<'_>], open: &[(usize, TimeRange)], needs: &Needs) -> Plan {
    let number = |position: &usize| open.get(*position).map_or(0, |(index, _)| *index);
    let (taken, mut left): (Vec<usize>, Vec<usize>) =
        (0..open.len()).partition(|position| row.is_free(*position));
    let mut elsewhere: Vec<(RoomNumber, Vec<usize>)> = Vec::new();
    while !left.is_empty() && elsewhere.len() < OTHER_ROOMS {
        let can = |other: &Row<'_>| left.iter().filter(|position| other.is_free(**position)).count();
        // Of equals the fittest: `max_by_key` keeps the last, so it is asked from behind.
        let Some(best) = doing.iter().rev().max_by_key(|other| can(other)).filter(|other| can(other) > 0)
        else {
            break;
        };
        let (there, rest): (Vec<usize>, Vec<usize>) =
            left.iter().partition(|position| best.is_free(**position));
        elsewhere.push((best.candidate.number(), there.iter().map(number).collect()));
        left = rest;
    }
    Plan {
        room: row.candidate.number(),
        reasons: row.candidate.standing_reasons(needs),
        dates: taken.iter().map(number).collect(),
        elsewhere,
        skipped: left.iter().map(number).collect(),
    }
}

/// What would put the whole series into one room. No change makes more people busy, over all dates, than there are.
fn offers(
    needs: &Needs,
    judged: &[Judged<'_>],
    open: &[(usize, TimeRange)],
    now: Instant,
) -> Vec<SeriesOffer> {
    let busy_people = |change: &dyn Fn(TimeRange) -> TimeRange| -> usize {
        open.iter().map(|(_, date)| needs.busy_people(change(*date)).len()).sum()
    };
    let most = busy_people(&|date| date);
    let is_future = |date: TimeRange| date.start() >= now.plus_minutes(-limits::PAST_SLACK_MINUTES);
    let whole = |candidate: &Judged<'_>, change: &dyn Fn(TimeRange) -> TimeRange| {
        open.iter().all(|(_, date)| is_future(change(*date)) && needs.is_free(candidate, change(*date)))
    };
    let offer = |candidate: &Judged<'_>, change| SeriesOffer {
        room: candidate.number(),
        change,
        reasons: candidate.standing_reasons(needs),
    };
    let mut offers: Vec<SeriesOffer> = Vec::new();
    for minutes in shift_minutes(SHIFT_STEP_MINUTES, SHIFT_MINUTES) {
        let moved = |date: TimeRange| shifted(date, minutes);
        if offers.len() == OFFERS_OF_A_KIND || busy_people(&moved) > most {
            continue;
        }
        for candidate in judged.iter().filter(|candidate| candidate.does()) {
            let known = offers.iter().any(|offer| offer.room == candidate.number());
            if offers.len() < OFFERS_OF_A_KIND && !known && whole(candidate, &moved) {
                offers.push(offer(candidate, Change::Shifted { minutes }));
            }
        }
    }
    let shorter = judged.iter().filter(|candidate| candidate.does()).filter_map(|candidate| {
        let cut = shorter(&candidate.side.busy, open)?;
        let shortened =
            |date: TimeRange| TimeRange::new(date.start(), date.end().plus_minutes(-cut)).unwrap_or(date);
        whole(candidate, &shortened).then(|| offer(candidate, Change::Shortened { minutes: cut }))
    });
    offers.extend(shorter.take(OFFERS_OF_A_KIND));
    let elsewhere = judged.iter().filter(|candidate| candidate.does_elsewhere());
    let there = elsewhere.filter(|candidate| whole(candidate, &|date| date));
    offers.extend(there.take(OFFERS_OF_A_KIND).map(|candidate| offer(candidate, Change::OtherPlace)));
    offers
}

/// By how many minutes every date must end earlier so that nothing is in the way; `None` if that is nothing or leaves
/// less than three quarters of a date.
fn shorter(busy: &Busy, open: &[(usize, TimeRange)]) -> Option<i64> {
    let mut cut = 0;
    for (_, date) in open {
        let Some(held) = busy.first_in(*date) else { continue };
        let over = date.end().since(held.start());
        cut = cut.max((over + 59_999_999).div_euclid(60_000_000));
    }
    let stands = |date: TimeRange| {
        TimeRange::new(date.start(), date.end().plus_minutes(-cut)).is_some_and(|left| {
            keeps_enough(left, date) && left.length_minutes() >= limits::BOOKING_MIN_MINUTES
        })
    };
    (cut > 0 && open.iter().all(|(_, date)| stands(*date))).then_some(cut)
}
