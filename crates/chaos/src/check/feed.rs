//! ONE-BOOKING at every moment: the change feed is played from its beginning, and after no commit do two bookings hold
//! one room at one time.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::ledger::{Ledger, Place, Wish};

/// What names a block: the booking, its room, and which date of a series.
type Key = (i64, i64, String);

/// A block as the feed tells it.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub place: Place,
    pub state: String,
    pub title: String,
    pub origin: String,
}

impl Block {
    /// `None` where it is not one.
    pub(crate) fn read(booking: &Value) -> Option<(Key, Self)> {
        let seconds = |name: &str| {
            let text = booking[name].as_str()?;
            Some(chrono::DateTime::parse_from_rfc3339(text).ok()?.timestamp())
        };
        let (number, room) = (booking["number"].as_i64()?, booking["room"].as_i64()?);
        let text = |name: &str| booking[name].as_str().unwrap_or_default().to_owned();
        let place = Place { room, start: seconds("start")?, end: seconds("end")? };
        let block = Self { place, state: text("state"), title: text("title"), origin: text("origin") };
        Some(((number, room, text("slot")), block))
    }

    pub(crate) fn holds(&self) -> bool {
        matches!(self.state.as_str(), "pending" | "confirmed")
    }
}

/// The feed, played.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    blocks: BTreeMap<Key, Block>,
    /// Every place that a booking ever had.
    pub places: BTreeSet<(i64, Place)>,
    /// Places in which somebody outside ever stood.
    pub outside: BTreeSet<Place>,
    /// The last commit.
    pub seq: i64,
    /// How many changes of bookings there were.
    pub told: usize,
    /// The last of them: the block before it, and the change.
    pub last: Option<(Option<Block>, Value)>,
    pub wrong: Vec<String>,
}

impl Feed {
    /// One that is read from here on.
    pub(crate) fn after(seq: i64) -> Self {
        Self { seq, ..Self::default() }
    }

    /// Takes a page of `GET /changes`.
    pub(crate) fn take(&mut self, page: &Value) {
        for commit in page["commits"].as_array().into_iter().flatten() {
            let seq = commit["seq"].as_i64().unwrap_or_default();
            if seq <= self.seq {
                self.wrong.push(format!("the feed goes from {} to {seq}", self.seq));
            }
            self.seq = seq;
            let changes = commit["changes"].as_array();
            let rooms: BTreeSet<i64> =
                changes.into_iter().flatten().filter_map(|change| self.change(change)).collect();
            for room in rooms {
                self.look(room, seq);
            }
        }
    }

    /// Answers in which room something may overlap now.
    fn change(&mut self, change: &Value) -> Option<i64> {
        let op = change["op"].as_str()?;
        if op.starts_with("booking") {
            self.told += 1;
            let key = Block::read(&change["booking"]).map(|(key, _)| key);
            let before = key.and_then(|key| self.blocks.get(&key).cloned());
            self.last = Some((before, change.clone()));
        }
        match op {
            "booking" => {
                let Some((key, block)) = Block::read(&change["booking"]) else {
                    self.wrong.push(format!("a change that cannot be read: {change}"));
                    return None;
                };
                self.places.insert((key.0, block.place));
                if block.origin == "google" {
                    self.outside.insert(block.place);
                }
                let room = key.1;
                self.blocks.insert(key, block);
                Some(room)
            }
            "booking_gone" => {
                let key = (
                    change["number"].as_i64()?,
                    change["room"].as_i64()?,
                    change["slot"].as_str().unwrap_or_default().to_owned(),
                );
                self.blocks.remove(&key);
                None
            }
            _ => None,
        }
    }

    fn look(&mut self, room: i64, seq: i64) {
        let mut held: Vec<(&Key, &Block)> =
            self.blocks.iter().filter(|(key, block)| key.1 == room && block.holds()).collect();
        held.sort_by_key(|(_, block)| block.place.start);
        let twice = held.windows(2).find(|two| two[0].1.place.overlaps(&two[1].1.place));
        if let Some(two) = twice {
            self.wrong
                .push(format!("after commit {seq} a room is booked twice: {:?} and {:?}", two[0], two[1]));
        }
    }

    /// What is booked in the end.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (i64, &Block)> {
        self.blocks.iter().map(|(key, block)| (key.0, block))
    }

    /// What people were told and the feed never said.
    pub(crate) fn lacks(&self, ledger: &Ledger) -> Vec<String> {
        let told = ledger.writes.iter().filter(|write| write.acknowledged.is_some());
        let lost = told.filter_map(|write| match write.wish {
            Wish::At(place) if !self.places.contains(&(write.booking, place)) => Some((write.booking, place)),
            _ => None,
        });
        lost.map(|(booking, place)| {
            format!("acknowledged and never committed: booking {booking} at {place:?}")
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ledger::Write;

    fn booked(number: i64, start: &str, end: &str, state: &str) -> Value {
        json!({ "op": "booking", "booking": { "number": number, "room": 3, "state": state, "title": "r",
            "origin": "roomly", "start": format!("2026-12-01T{start}:00Z"), "end": format!("2026-12-01T{end}:00Z") } })
    }

    fn played(commits: &[Value]) -> Feed {
        let mut feed = Feed::default();
        let commits: Vec<Value> =
            (1..).zip(commits).map(|(seq, changes)| json!({ "seq": seq, "changes": changes })).collect();
        feed.take(&json!({ "commits": commits }));
        feed
    }

    #[test]
    fn an_overlap_is_seen_though_it_ends_later() {
        let feed = played(&[
            json!([booked(1, "09:00", "10:00", "confirmed")]),
            json!([booked(2, "09:30", "10:30", "pending")]),
            json!([{ "op": "booking_gone", "number": 2, "room": 3 }]),
        ]);
        assert_eq!(feed.wrong.len(), 1, "{:?}", feed.wrong);
        assert!(feed.wrong[0].starts_with("after commit 2 "));
    }

    #[test]
    fn neighbours_and_those_who_do_not_hold_the_room_are_no_overlap() {
        let feed = played(&[
            json!([booked(1, "09:00", "10:00", "confirmed")]),
            json!([booked(2, "10:00", "10:30", "pending")]),
            json!([booked(3, "09:15", "10:15", "declined"), booked(4, "09:15", "10:15", "conflicted")]),
            // Two change places in one commit.
            json!([booked(1, "10:00", "10:30", "pending"), booked(2, "09:00", "10:00", "pending")]),
        ]);
        assert!(feed.wrong.is_empty(), "{:?}", feed.wrong);
    }

    #[test]
    fn what_was_told_and_not_committed_is_missed() {
        let feed = played(&[json!([booked(1, "09:00", "10:00", "pending")])]);
        let (_, block) = Block::read(&booked(1, "09:00", "10:00", "pending")["booking"]).unwrap();
        let write =
            |booking, acknowledged| Write { booking, began: 1, acknowledged, wish: Wish::At(block.place) };
        let told = Ledger {
            writes: vec![write(1, Some(2)), write(2, Some(2)), write(3, None)],
            ..Ledger::default()
        };
        let lacks = feed.lacks(&told);
        assert_eq!(lacks.len(), 1, "{lacks:?}");
        assert!(lacks[0].contains("booking 2"));
    }
}
