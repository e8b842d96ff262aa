//! Nothing acknowledged is lost, and nothing acknowledged is undone: how each booking ends is how a person, or somebody
//! outside, wanted it.

use super::feed::{Block, Feed};
use crate::ledger::{Ledger, Place, Wish};

/// Compares what people were told with what is there; a room's no counts where somebody outside had it.
pub(crate) fn broken(ledger: &Ledger, feed: &Feed) -> Vec<String> {
    let mut found = Vec::new();
    for (number, title) in &ledger.titles {
        if ledger.is_touched(*number) {
            continue;
        }
        let block = feed.blocks().find(|(of, _)| of == number).map(|(_, block)| block);
        let places = ledger.places(*number);
        let as_wished = match block {
            None => places.contains(&&Wish::Cancelled),
            Some(block) => places.contains(&&Wish::At(block.place)),
        };
        if !as_wished {
            found.push(format!("{title} ({number}) is {block:?}, and was told to be {places:?}"));
            continue;
        }
        let Some(block) = block else { continue };
        if !block.holds() && !is_lost_to_somebody(&block.place, ledger, feed) {
            found.push(format!("{title} ({number}) lost its room to nobody: {block:?}"));
        }
        let titles = ledger.possible_titles(*number);
        if !titles.contains(&&Wish::Titled(block.title.clone())) {
            found.push(format!(
                "{title} ({number}) is called {:?}, and was told to be {titles:?}",
                block.title
            ));
        }
    }
    found
}

/// Somebody outside was there, as the feed tells or as they know themselves: Roomly need not have seen what was gone soon.
fn is_lost_to_somebody(place: &Place, ledger: &Ledger, feed: &Feed) -> bool {
    feed.outside.iter().chain(&ledger.outside).any(|other| other.overlaps(place))
}

/// Bookings that nobody made.
pub(crate) fn invented(made: &dyn Fn(&str) -> bool, feed: &Feed) -> Vec<String> {
    let unknown = feed.blocks().filter(|(_, block): &(i64, &Block)| !made(&block.title));
    unknown.map(|(number, block)| format!("nobody made booking {number}: {block:?}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::ledger::Write;

    const NINE: Place = Place { room: 3, start: 1_796_115_600, end: 1_796_119_200 };

    fn feed(changes: serde_json::Value) -> Feed {
        let mut feed = Feed::default();
        feed.take(&json!({ "commits": [{ "seq": 1, "changes": changes }] }));
        feed
    }

    fn booked(number: i64, state: &str, origin: &str) -> serde_json::Value {
        json!({ "op": "booking", "booking": { "number": number, "room": 3, "state": state, "title": "r-1", "origin": origin,
            "start": "2026-12-01T09:00:00Z", "end": "2026-12-01T10:00:00Z" } })
    }

    fn told(more: &[(u64, Option<u64>, Wish)]) -> Ledger {
        let first = [(1, Some(2), Wish::At(NINE)), (1, Some(2), Wish::Titled("r-1".to_owned()))];
        let writes = first.iter().chain(more).map(|(began, acknowledged, wish)| Write {
            booking: 7,
            began: *began,
            acknowledged: *acknowledged,
            wish: wish.clone(),
        });
        let titles = BTreeMap::from([(7, "r-1".to_owned())]);
        Ledger { writes: writes.collect(), titles, ..Ledger::default() }
    }

    #[test]
    fn what_is_as_it_was_told_is_kept() {
        assert_eq!(
            broken(&told(&[]), &feed(json!([booked(7, "confirmed", "roomly")]))),
            Vec::<String>::new()
        );
        let cancelled = told(&[(3, None, Wish::Cancelled)]);
        assert_eq!(broken(&cancelled, &feed(json!([]))), Vec::<String>::new());
    }

    #[test]
    fn a_booking_that_is_gone_and_one_that_came_back_are_broken() {
        assert_eq!(broken(&told(&[]), &feed(json!([]))).len(), 1);
        let cancelled = told(&[(3, Some(4), Wish::Cancelled)]);
        assert_eq!(broken(&cancelled, &feed(json!([booked(7, "confirmed", "roomly")]))).len(), 1);
    }

    #[test]
    fn a_room_says_no_only_where_somebody_had_it() {
        let declined = booked(7, "declined", "roomly");
        assert_eq!(broken(&told(&[]), &feed(json!([declined]))).len(), 1);
        let outside = booked(8, "confirmed", "google");
        assert_eq!(broken(&told(&[]), &feed(json!([declined, outside]))), Vec::<String>::new());
    }

    #[test]
    fn what_somebody_outside_touched_is_theirs() {
        let mut told = told(&[]);
        told.touched.insert("r-1".to_owned());
        assert_eq!(broken(&told, &feed(json!([]))), Vec::<String>::new());
    }

    #[test]
    fn another_title_is_broken() {
        let renamed = told(&[(3, Some(4), Wish::Titled("r-1 v2".to_owned()))]);
        assert_eq!(broken(&renamed, &feed(json!([booked(7, "confirmed", "roomly")]))).len(), 1);
        assert_eq!(
            invented(&|title| title == "r-1", &feed(json!([booked(7, "confirmed", "roomly")]))).len(),
            0
        );
        assert_eq!(invented(&|_| false, &feed(json!([booked(7, "confirmed", "roomly")]))).len(), 1);
    }
}
