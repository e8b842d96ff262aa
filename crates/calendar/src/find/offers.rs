//! What could be done instead: a little earlier or later, a little shorter, on another floor.

use model::{Instant, TimeRange};

use super::rank::Judged;
use super::{Change, Found, Needs, OFFERS_OF_A_KIND, Offer, SHIFT_MINUTES, SHIFT_STEP_MINUTES};
use crate::busy::{keeps_enough, shift_minutes, shifted};
use crate::policy;

/// Shifted ones first, then shorter ones, then those in another place; at most [`OFFERS_OF_A_KIND`] of each, the
/// fittest rooms first. No offer makes more people busy than the wish does. If rooms were free at the wished time and
/// only people are not, the offers are shifts at which fewer are busy.
pub(super) fn offers(
    wish: TimeRange,
    needs: &Needs,
    judged: &[Judged<'_>],
    found: &Found,
    now: Instant,
) -> Vec<Offer> {
    let no_room = found.rooms.is_empty();
    let most = if no_room { found.busy_people.len() } else { found.busy_people.len().saturating_sub(1) };
    let mut offers = moved(wish, needs, judged, most, now);
    if no_room {
        offers.extend(shortened(wish, needs, judged, now));
        let elsewhere = judged.iter().filter(|candidate| candidate.does_elsewhere());
        let free = elsewhere.filter(|candidate| needs.is_free(candidate, wish));
        let there = free.map(|candidate| offer(candidate, needs, wish, Change::OtherPlace));
        offers.extend(there.take(OFFERS_OF_A_KIND));
    }
    offers
}

/// The fewest busy people first, then the nearest shift, then the fittest room; a room once.
fn moved(wish: TimeRange, needs: &Needs, judged: &[Judged<'_>], most: usize, now: Instant) -> Vec<Offer> {
    let mut times: Vec<(usize, i64, TimeRange)> = shift_minutes(SHIFT_STEP_MINUTES, SHIFT_MINUTES)
        .map(|minutes| (minutes, shifted(wish, minutes)))
        .filter(|(_, range)| policy::check_new_time(*range, now).is_ok())
        .map(|(minutes, range)| (needs.busy_people(range).len(), minutes, range))
        .filter(|(busy, ..)| *busy <= most)
        .collect();
    times.sort_by_key(|(busy, ..)| *busy);
    let mut offers: Vec<Offer> = Vec::new();
    for (_, minutes, range) in times {
        for candidate in judged.iter().filter(|candidate| candidate.does()) {
            if offers.len() == OFFERS_OF_A_KIND {
                return offers;
            }
            let known = offers.iter().any(|offer| offer.room == candidate.number());
            if !known && needs.is_free(candidate, range) {
                offers.push(offer(candidate, needs, range, Change::Shifted { minutes }));
            }
        }
    }
    offers
}

/// What is left of the wish where a booking reaches into it; the longest first.
fn shortened(wish: TimeRange, needs: &Needs, judged: &[Judged<'_>], now: Instant) -> Vec<Offer> {
    let mut left: Vec<(&Judged<'_>, TimeRange)> = judged
        .iter()
        .filter(|candidate| candidate.does())
        .filter_map(|candidate| Some((candidate, candidate.side.busy.longest_gap(wish)?)))
        .filter(|(candidate, range)| {
            *range != wish
                && keeps_enough(*range, wish)
                && needs.is_free(candidate, *range)
                && policy::check_new_time(*range, now).is_ok()
        })
        .collect();
    left.sort_by_key(|(_, range)| std::cmp::Reverse(range.length_micros()));
    let shorter = |(candidate, range): (&Judged<'_>, TimeRange)| {
        // Rounded up: half a minute less is said to be a minute.
        let minutes = (wish.length_micros() - range.length_micros() + 59_999_999) / 60_000_000;
        offer(candidate, needs, range, Change::Shortened { minutes })
    };
    left.into_iter().take(OFFERS_OF_A_KIND).map(shorter).collect()
}

fn offer(candidate: &Judged<'_>, needs: &Needs, range: TimeRange, change: Change) -> Offer {
    Offer {
        room: candidate.number(),
        range,
        change,
        reasons: candidate.reasons(needs, range),
        busy_people: needs.busy_people(range),
    }
}
