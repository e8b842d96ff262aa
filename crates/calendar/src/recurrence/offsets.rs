//! Wall times to instants, for one zone: the policy on gaps and folds at work.
//!
//! A wall time that the zone skips moves forward by the gap; of an ambiguous one the first is taken; instants that fall
//! together count once (the caller drops them). That is RFC 5545 section 3.3.5, read for recurrences too, and what
//! [`zone::resolve`] does for one time. Here a zone's offsets are kept as a table, so that a walk asks the zone database
//! once a zone and compares two numbers a date.

use std::sync::OnceLock;

use chrono::{DateTime, Offset as _, TimeZone as _};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::slot::{FIRST_WALL, Kind, Slot, naive};
use crate::zone;

/// The table's instants: 1970-01-01 to 2100-01-01, seconds. Before and behind, the database is asked for each date.
const TABLE: std::ops::Range<i64> = 0..4_102_444_800;

/// Less than the shortest time for which a zone has kept an offset since 1970 (Brazil's north-east in October 2000 and
/// Gaza in some Ramadans to come: seven days less an hour), so that looking this often misses no change.
const STRIDE: i64 = 6 * 86_400;

/// One table a zone, made when first needed and never changed.
static TABLES: [OnceLock<Box<[Span]>>; ZONES] = [const { OnceLock::new() }; ZONES];
const ZONES: usize = TZ_VARIANTS.len();

/// A time of constant offset.
#[derive(Clone, Copy, Debug)]
struct Span {
    /// Its first instant, seconds since 1970.
    begins: i64,
    /// Its wall times `[first, end)`: those that mean an instant of this span, by the policy.
    first: i64,
    end: i64,
    /// Seconds east of UTC.
    offset: i32,
}

/// One zone's offsets, with the place where the last question was answered.
#[derive(Clone, Debug)]
pub(super) struct Offsets {
    zone: Tz,
    spans: &'static [Span],
    last: usize,
}

impl Offsets {
    pub(super) fn new(zone: Tz) -> Self {
        let spans = TABLES.get(zone as usize).map_or(&[][..], |table| table.get_or_init(|| table_of(zone)));
        Self { zone, spans, last: 0 }
    }

    /// The slot of a wall time, and whether a gap moved it.
    #[inline]
    pub(super) fn resolve(&mut self, wall: i64) -> (Slot, bool) {
        match self.spans.get(self.last) {
            Some(span) if (span.first..span.end).contains(&wall) => (slot(wall, span), false),
            _ => self.search(wall),
        }
    }

    fn search(&mut self, wall: i64) -> (Slot, bool) {
        // A walk goes forward: most often it is the next one.
        if let Some(span) = self.spans.get(self.last + 1)
            && (span.first..span.end).contains(&wall)
        {
            self.last += 1;
            return (slot(wall, span), false);
        }
        let index = self.spans.partition_point(|span| span.end <= wall);
        match (self.spans.get(index), index.checked_sub(1).and_then(|index| self.spans.get(index))) {
            (Some(span), _) if span.first <= wall => {
                self.last = index;
                (slot(wall, span), false)
            }
            // Between the walls of two spans lies a gap: the offset before it, applied to the skipped time, lands behind it.
            (Some(_), Some(before)) => (self.at(wall - i64::from(before.offset)), true),
            (None, _) | (Some(_), None) => {
                let utc = zone::resolve(self.zone, naive(wall)).map_or(wall, |at| at.as_secs());
                let slot = self.at(utc);
                (slot, slot.wall_secs() != wall)
            }
        }
    }

    /// The slot at an instant, in seconds since 1970.
    pub(super) fn at(&self, utc: i64) -> Slot {
        let offset = if TABLE.contains(&utc) {
            let index = self.spans.partition_point(|span| span.begins <= utc);
            index.checked_sub(1).and_then(|index| self.spans.get(index)).map_or(0, |span| span.offset)
        } else {
            offset_at(self.zone, utc)
        };
        Slot::new(utc + i64::from(offset), Kind::Zoned(offset))
    }

    /// No wall before it lands at `utc` or later.
    pub(super) fn earliest_wall(&self, utc: i64) -> i64 {
        // The longest gap was a day (Samoa, 2011): its walls were resolved with the offset before it.
        let offset = |utc: i64| self.at(utc).wall_secs() - utc;
        let floor = utc.max(FIRST_WALL);
        floor + offset(floor).min(offset(floor - 90_000))
    }
}

fn slot(wall: i64, span: &Span) -> Slot {
    Slot::new(wall, Kind::Zoned(span.offset))
}

fn offset_at(zone: Tz, utc: i64) -> i32 {
    DateTime::from_timestamp(utc, 0)
        .map_or(0, |at| zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc())
}

fn table_of(zone: Tz) -> Box<[Span]> {
    let mut changes = vec![(TABLE.start, offset_at(zone, TABLE.start))];
    let mut at = TABLE.start;
    let mut offset = offset_at(zone, at);
    while at < TABLE.end {
        let next = (at + STRIDE).min(TABLE.end);
        let there = offset_at(zone, next);
        if there != offset {
            changes.push((change_between(zone, at, next, offset), there));
            offset = there;
        }
        at = next;
    }
    let spans = changes.iter().enumerate().map(|(index, &(begins, offset))| {
        let before = index.checked_sub(1).map_or(offset, |index| changes[index].1);
        let ends = changes.get(index + 1).map_or(TABLE.end, |change| change.0);
        Span {
            begins,
            // Behind a fold the ambiguous walls belong to the span before.
            first: begins + i64::from(offset.max(before)),
            end: ends + i64::from(offset),
            offset,
        }
    });
    spans.collect()
}

/// The first instant in `(low, high]` whose offset is not `offset`.
fn change_between(zone: Tz, mut low: i64, mut high: i64, offset: i32) -> i64 {
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if offset_at(zone, middle) == offset {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By the one function for one time.
    fn slowly(zone: Tz, wall: i64) -> Option<Slot> {
        let utc = zone::resolve(zone, naive(wall))?.as_secs();
        let offset = offset_at(zone, utc);
        Some(Slot::new(utc + i64::from(offset), Kind::Zoned(offset)))
    }

    #[test]
    fn every_change_of_every_zone_is_met() {
        for zone in TZ_VARIANTS {
            let mut offsets = Offsets::new(zone);
            for span in offsets.spans {
                for wall in [span.first - 1, span.first, span.end - 1, span.end] {
                    for wall in [wall, wall - 1_801, wall + 1_801] {
                        assert_eq!(
                            Some(offsets.resolve(wall).0),
                            slowly(zone, wall),
                            "{zone} {}",
                            naive(wall)
                        );
                    }
                }
            }
        }
    }

    /// F-058.
    #[test]
    fn a_skipped_day_moves_by_a_day() {
        let mut apia = Offsets::new(chrono_tz::Pacific::Apia);
        let wall = |text: &str| crate::recurrence::slot::wall_secs(text.parse().unwrap());
        let (slot, shifted) = apia.resolve(wall("2011-12-30T09:00:00"));
        assert!(shifted);
        assert_eq!(slot.to_string(), "2011-12-31T09:00:00+14:00");
        assert!(apia.earliest_wall(slot.key()) <= wall("2011-12-30T09:00:00"));
    }

    proptest! {
        #[test]
        fn the_table_and_the_database_agree(
            zone in prop::sample::select(&TZ_VARIANTS[..]),
            wall in -2_000_000_000i64..5_000_000_000,
        ) {
            let mut offsets = Offsets::new(zone);
            let (slot, shifted) = offsets.resolve(wall);
            prop_assert_eq!(Some(slot), slowly(zone, wall));
            prop_assert_eq!(shifted, slot.wall_secs() != wall);
            prop_assert!(offsets.earliest_wall(slot.key()) <= wall);
        }
    }
}
