//! Instants and ranges. Civil time (what a clock on the wall says) never shares a type with an instant.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::tree::{Read, Tree};

/// Microseconds since 1970-01-01T00:00:00Z, without leap seconds. The unit of every stored instant.
///
/// In JSON it is whole seconds, or `[seconds, microseconds]` where it has a fraction: nearly every instant that is sent
/// is a meeting's, and they are sent to every screen.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// The seconds that JSON may hold: the years 0 to 9999, as RFC 3339 can write them. What is beyond was written in another
/// unit.
const SECONDS: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_800;

impl Instant {
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    pub const fn as_micros(self) -> i64 {
        self.0
    }

    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    pub const fn plus_secs(self, secs: i64) -> Self {
        self.plus_micros(secs.saturating_mul(1_000_000))
    }

    pub const fn plus_minutes(self, minutes: i64) -> Self {
        self.plus_secs(minutes.saturating_mul(60))
    }

    /// Microseconds from `earlier` to `self`; negative if `earlier` is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// As chrono's type; `None` outside chrono's years (about ±262,000).
    pub fn to_chrono(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_micros(self.0)
    }

    pub fn from_chrono<Z: chrono::TimeZone>(at: &DateTime<Z>) -> Self {
        Self(at.timestamp_micros())
    }

    /// Parses RFC 3339 (`2026-11-21T14:00:00+09:00`). The offset is mandatory; precision below a microsecond is cut.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|at| Self::from_chrono(&at))
    }

    /// RFC 3339 in UTC with `Z`; seconds, or microseconds where there are any.
    pub fn to_rfc3339(self) -> String {
        match self.to_chrono() {
            Some(at) => at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            None => format!("{}us", self.0),
        }
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.rem_euclid(1_000_000) {
            0 => serializer.serialize_i64(self.as_secs()),
            micros => (self.as_secs(), micros).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Instant;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("seconds since 1970, or seconds and microseconds")
            }
            fn visit_i64<E: de::Error>(self, secs: i64) -> Result<Instant, E> {
                let known = SECONDS.contains(&secs).then(|| Instant::from_secs(secs));
                known.ok_or_else(|| E::custom("an instant outside of the years 0 to 9999"))
            }
            fn visit_u64<E: de::Error>(self, secs: u64) -> Result<Instant, E> {
                self.visit_i64(i64::try_from(secs).unwrap_or(i64::MAX))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Instant, A::Error> {
                let mut next = |at| parts.next_element()?.ok_or_else(|| de::Error::invalid_length(at, &self));
                let (secs, micros): (i64, i64) = (next(0)?, next(1)?);
                if !(0..1_000_000).contains(&micros) {
                    return Err(de::Error::custom("microseconds of a second"));
                }
                self.visit_i64(secs).map(|at| at.plus_micros(micros))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl Read for Instant {
    fn read(tree: &Tree) -> Option<Self> {
        let (secs, micros) = match tree {
            Tree::Int(secs) => (*secs, 0),
            parts => Read::read(parts)?,
        };
        let known = SECONDS.contains(&secs) && (0..1_000_000).contains(&micros);
        known.then(|| Self::from_secs(secs).plus_micros(micros))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

/// A half-open range of instants `[start, end)` that is never empty: meetings that touch do not overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(Instant, Instant)", into = "(Instant, Instant)")]
pub struct TimeRange {
    start: Instant,
    end: Instant,
}

impl TimeRange {
    /// `None` unless `start < end`.
    pub fn new(start: Instant, end: Instant) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    pub const fn start(self) -> Instant {
        self.start
    }

    pub const fn end(self) -> Instant {
        self.end
    }

    /// Microseconds; always positive.
    pub const fn length_micros(self) -> i64 {
        self.end.since(self.start)
    }

    pub const fn length_minutes(self) -> i64 {
        self.length_micros() / 60_000_000
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    pub fn contains(self, at: Instant) -> bool {
        self.start <= at && at < self.end
    }

    /// The same length, beginning at `start`.
    pub fn moved_to(self, start: Instant) -> Self {
        Self { start, end: start.plus_micros(self.length_micros()) }
    }

    /// The part inside `other`, if there is any.
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end))
    }
}

impl TryFrom<(Instant, Instant)> for TimeRange {
    type Error = &'static str;
    fn try_from((start, end): (Instant, Instant)) -> Result<Self, Self::Error> {
        Self::new(start, end).ok_or("a time range must end after it starts")
    }
}

impl From<TimeRange> for (Instant, Instant) {
    fn from(range: TimeRange) -> Self {
        (range.start, range.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn range(start: i64, length: i64) -> TimeRange {
        TimeRange::new(Instant::from_secs(start), Instant::from_secs(start + length)).unwrap()
    }

    #[test]
    fn an_empty_range_cannot_be_made() {
        let at = Instant::from_secs(5);
        assert_eq!(TimeRange::new(at, at), None);
        assert!(serde_json::from_str::<TimeRange>("[5,5]").is_err());
    }

    #[test]
    fn instants_are_seconds_in_json() {
        let written = |micros| serde_json::to_string(&Instant::from_micros(micros)).unwrap();
        assert_eq!(written(1_795_741_200_000_000), "1795741200");
        assert_eq!(written(1_795_741_200_000_001), "[1795741200,1]");
        assert_eq!(written(-1), "[-1,999999]");
        // Microseconds, as versions before this one wrote them, are no time at all.
        for wrong in
            ["1795741200000000", "-99999999999999", "[1,1000000]", "[1,-1]", "[1]", "[1,2,3]", "1.5", "\"1\""]
        {
            assert!(serde_json::from_str::<Instant>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rfc3339_demands_an_offset() {
        assert_eq!(Instant::parse_rfc3339("2026-11-21T14:00:00"), None);
        assert_eq!(
            Instant::parse_rfc3339("2026-11-21T14:00:00+09:00").unwrap().to_rfc3339(),
            "2026-11-21T05:00:00Z"
        );
    }

    proptest! {
        #[test]
        fn touching_ranges_do_not_overlap(start in -1_000_000i64..1_000_000, a in 1i64..10_000, b in 1i64..10_000) {
            prop_assert!(!range(start, a).overlaps(range(start + a, b)));
            prop_assert!(range(start, a).overlaps(range(start + a - 1, b)));
        }

        #[test]
        fn overlap_is_a_shared_instant(s1 in 0i64..100, l1 in 1i64..50, s2 in 0i64..100, l2 in 1i64..50) {
            let (a, b) = (range(s1, l1), range(s2, l2));
            let shared = (0..200).any(|s| a.contains(Instant::from_secs(s)) && b.contains(Instant::from_secs(s)));
            prop_assert_eq!(a.overlaps(b), shared);
            prop_assert_eq!(a.overlaps(b), a.intersection(b).is_some());
        }

        #[test]
        fn json_round_trips(start in any::<i32>(), length in 1i32..i32::MAX, micros in 0i64..1_000_000) {
            let at = Instant::from_secs(start.into()).plus_micros(micros);
            prop_assert_eq!(serde_json::from_str::<Instant>(&serde_json::to_string(&at).unwrap()).unwrap(), at);
            let r = range(start.into(), length.into());
            prop_assert_eq!(serde_json::from_str::<TimeRange>(&serde_json::to_string(&r).unwrap()).unwrap(), r);
        }
    }
}
