//! How tagged enums and flattened structs are read: as one flat struct of optional fields, then checked.
//!
//! serde's own way keeps everything as a tree first and then reads the tree, which compiles every type inside a second
//! time. That was a tenth of the browser's WebAssembly. Writing is serde's own; a test holds the two together.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, de};

use crate::block::{Block, BlockKey, Origin};
use crate::grid::GridDay;
use crate::id::{BookingNumber, PersonNumber, RoomNumber, Seq};
use crate::live::{Change, Delta, ServerFrame};
use crate::refusal::{Alternative, Refusal, TimeProblem, What, WhoMay};
use crate::room::RoomRow;
use crate::state::BookingState;
use crate::time::{Instant, TimeRange};

/// Why a flat struct is none of the variants: a field that its tag demands.
#[derive(Debug)]
pub(crate) struct Missing(&'static str);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "missing field `{}`", self.0)
    }
}

fn need<T>(value: Option<T>, field: &'static str) -> Result<T, Missing> {
    value.ok_or(Missing(field))
}

#[derive(Deserialize)]
pub(crate) struct FlatBlock {
    booking: BookingNumber,
    room: RoomNumber,
    slot: Option<Instant>,
    state: BookingState,
    range: TimeRange,
    #[serde(default)]
    title: String,
    #[serde(default)]
    private: bool,
    person: Option<PersonNumber>,
    #[serde(default)]
    by: String,
    #[serde(default)]
    origin: Origin,
    #[serde(default)]
    tentative: bool,
    #[serde(default)]
    series: bool,
    #[serde(default)]
    exception: bool,
    #[serde(default)]
    all_day: bool,
}

impl From<FlatBlock> for Block {
    fn from(flat: FlatBlock) -> Self {
        Self {
            key: BlockKey { booking: flat.booking, room: flat.room, slot: flat.slot },
            state: flat.state,
            range: flat.range,
            title: flat.title,
            private: flat.private,
            organizer: flat.person,
            organizer_name: flat.by,
            origin: flat.origin,
            tentative: flat.tentative,
            series: flat.series,
            exception: flat.exception,
            all_day: flat.all_day,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum FrameType {
    Snapshot,
    Delta,
    Resync,
    Ping,
    Pace,
}

#[derive(Deserialize)]
pub(crate) struct FlatFrame {
    r#type: FrameType,
    v: Option<u32>,
    day: Option<Box<GridDay>>,
    seq: Option<Seq>,
    prev: Option<Seq>,
    changes: Option<Vec<Change>>,
    slow: Option<bool>,
}

impl TryFrom<FlatFrame> for ServerFrame {
    type Error = Missing;
    fn try_from(flat: FlatFrame) -> Result<Self, Missing> {
        Ok(match flat.r#type {
            FrameType::Snapshot => Self::Snapshot { v: need(flat.v, "v")?, day: need(flat.day, "day")? },
            FrameType::Delta => Self::Delta(Delta {
                seq: need(flat.seq, "seq")?,
                prev: need(flat.prev, "prev")?,
                changes: need(flat.changes, "changes")?,
            }),
            FrameType::Resync => Self::Resync,
            FrameType::Ping => Self::Ping { seq: need(flat.seq, "seq")? },
            FrameType::Pace => Self::Pace { slow: need(flat.slow, "slow")? },
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Op {
    /// Never written.
    #[default]
    Upsert,
    Remove,
    Room,
    RoomGone,
}

#[derive(Deserialize)]
pub(crate) struct FlatChange {
    #[serde(default)]
    op: Op,
    block: Option<Block>,
    was: Option<TimeRange>,
    booking: Option<BookingNumber>,
    room: Option<RoomField>,
    slot: Option<Instant>,
    number: Option<RoomNumber>,
}

/// `room` is a room's row in one operation and the number of a block's room in another.
enum RoomField {
    Row(RoomRow),
    Number(RoomNumber),
}

impl<'de> Deserialize<'de> for RoomField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = RoomField;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a room or its number")
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<RoomField, E> {
                let number = i64::try_from(number).map_err(E::custom)?;
                Ok(RoomField::Number(RoomNumber(number)))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RoomField, A::Error> {
                RoomRow::deserialize(MapAccessDeserializer::new(map)).map(RoomField::Row)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl TryFrom<FlatChange> for Change {
    type Error = Missing;
    fn try_from(flat: FlatChange) -> Result<Self, Missing> {
        Ok(match (flat.op, flat.room) {
            (Op::Upsert, _) => Self::Upsert { block: need(flat.block, "block")?, was: flat.was },
            (Op::Remove, Some(RoomField::Number(room))) => Self::Remove {
                key: BlockKey { booking: need(flat.booking, "booking")?, room, slot: flat.slot },
                was: need(flat.was, "was")?,
            },
            (Op::Room, Some(RoomField::Row(room))) => Self::Room { room },
            (Op::Remove | Op::Room, _) => return Err(Missing("room")),
            (Op::RoomGone, _) => Self::RoomGone { number: need(flat.number, "number")? },
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Why {
    RoomTaken,
    InvalidTime,
    NotAllowed,
    NotFound,
    InvalidField,
    Stale,
    ChangeInGoogle,
}

#[derive(Deserialize)]
pub(crate) struct FlatRefusal {
    why: Why,
    room_name: Option<String>,
    held: Option<TimeRange>,
    by: Option<String>,
    alternatives: Option<Vec<Alternative>>,
    problem: Option<TimeProblem>,
    who_may: Option<WhoMay>,
    what: Option<What>,
    field: Option<String>,
    limit: Option<String>,
}

impl TryFrom<FlatRefusal> for Refusal {
    type Error = Missing;
    fn try_from(flat: FlatRefusal) -> Result<Self, Missing> {
        Ok(match flat.why {
            Why::RoomTaken => Self::RoomTaken {
                room_name: need(flat.room_name, "room_name")?,
                held: need(flat.held, "held")?,
                by: flat.by,
                alternatives: need(flat.alternatives, "alternatives")?,
            },
            Why::InvalidTime => Self::InvalidTime { problem: need(flat.problem, "problem")? },
            Why::NotAllowed => Self::NotAllowed { who_may: need(flat.who_may, "who_may")? },
            Why::NotFound => Self::NotFound { what: need(flat.what, "what")? },
            Why::InvalidField => {
                Self::InvalidField { field: need(flat.field, "field")?, limit: need(flat.limit, "limit")? }
            }
            Why::Stale => Self::Stale,
            Why::ChangeInGoogle => Self::ChangeInGoogle,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use super::*;
    use crate::refusal::AlternativeKind;
    use crate::room::RoomHealth;
    use crate::zone_day::ZoneDay;

    fn range() -> TimeRange {
        TimeRange::new(Instant::from_secs(0), Instant::from_secs(1_800)).unwrap()
    }

    fn key(slot: Option<Instant>) -> BlockKey {
        BlockKey { booking: BookingNumber(7), room: RoomNumber(21), slot }
    }

    /// Every field set, or every one that may be absent left out.
    fn block(full: bool) -> Block {
        let text = |text: &str| if full { text.to_owned() } else { String::new() };
        Block {
            key: key(full.then(|| Instant::from_secs(-5))),
            state: BookingState::Confirmed,
            range: range(),
            title: text("주간 회의"),
            private: full,
            organizer: full.then_some(PersonNumber(3)),
            organizer_name: text("Mina"),
            origin: if full { Origin::Google } else { Origin::Roomly },
            tentative: full,
            series: full,
            exception: full,
            all_day: full,
        }
    }

    fn room() -> RoomRow {
        RoomRow {
            number: RoomNumber(21),
            name: "한라".into(),
            building: "본관".into(),
            floor: "3".into(),
            capacity: 8,
            features: vec!["TV".into()],
            health: RoomHealth::Live,
        }
    }

    fn survives<T: Serialize + DeserializeOwned + PartialEq + fmt::Debug>(
        values: impl IntoIterator<Item = T>,
    ) {
        for value in values {
            let json = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<T>(&json).unwrap(), value, "{json}");
        }
    }

    fn changes() -> Vec<Change> {
        vec![
            Change::Upsert { block: block(true), was: Some(range()) },
            Change::Upsert { block: block(false), was: None },
            Change::Remove { key: key(Some(Instant::from_secs(9))), was: range() },
            Change::Remove { key: key(None), was: range() },
            Change::Room { room: room() },
            Change::RoomGone { number: RoomNumber(21) },
        ]
    }

    #[test]
    fn what_is_written_is_read_as_it_was() {
        let date = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
        let day = GridDay {
            seq: Seq(4),
            day: ZoneDay { date, zone: "UTC".into(), range: range(), offset: 0, transitions: vec![] },
            rooms: vec![room()],
            blocks: vec![block(true), block(false)],
            rendered_at: Instant::from_secs(1),
            today: date,
            shown_from: 0,
            shown_to: 1_440,
        };
        let alternative = Alternative {
            room: RoomNumber(22),
            room_name: "백록".into(),
            range: range(),
            kind: AlternativeKind::Later,
        };
        survives([
            ServerFrame::Snapshot { v: 2, day: Box::new(day) },
            ServerFrame::Delta(Delta { seq: Seq(9), prev: Seq(8), changes: changes() }),
            ServerFrame::Resync,
            ServerFrame::Ping { seq: Seq(5) },
            ServerFrame::Pace { slow: true },
        ]);
        survives([
            Refusal::RoomTaken {
                room_name: "한라".into(),
                held: range(),
                by: None,
                alternatives: vec![alternative],
            },
            Refusal::InvalidTime { problem: TimeProblem::TooLong },
            Refusal::NotAllowed { who_may: WhoMay::Admin },
            Refusal::NotFound { what: What::Room },
            Refusal::InvalidField { field: "title".into(), limit: "200".into() },
            Refusal::Stale,
            Refusal::ChangeInGoogle,
        ]);
    }

    #[test]
    fn fields_that_came_later_are_skipped_and_unknown_tags_are_errors() {
        let gone = serde_json::from_str::<Change>(r#"{"op":"room_gone","number":2,"since":{"a":[1]}}"#);
        assert_eq!(gone.unwrap(), Change::RoomGone { number: RoomNumber(2) });
        for wrong in [
            r#"{"op":"paint","number":2}"#,
            r#"{"op":"room_gone"}"#,
            r#"{"op":"room","room":2}"#,
            r#"{"op":"remove","booking":1,"was":[0,1]}"#,
            r#"{"number":2}"#,
            // As the first version wrote them.
            r#"{"op":"remove","booking":1,"room":2,"was":[1795741200000000,1795743000000000]}"#,
        ] {
            assert!(serde_json::from_str::<Change>(wrong).is_err(), "{wrong}");
        }
        assert!(serde_json::from_str::<ServerFrame>(r#"{"type":"ping"}"#).is_err());
    }
}
