//! What travels on `/live`: JSON text frames tagged by `type`, version 2 (docs/API.md).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::block::{Block, BlockKey};
use crate::grid::GridDay;
use crate::id::Seq;
use crate::room::RoomRow;
use crate::time::TimeRange;

/// The version of the frames; a browser with another one is told to reload.
pub const PROTOCOL: u32 = 2;

/// What a screen shows: one civil day of the company's zone, or one floor of it for a lobby board.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct View {
    #[serde(with = "crate::civil")]
    pub date: NaiveDate,
}

/// From the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// Follow a view. With `after`, the deltas after that `seq` are sent instead of a snapshot, if they are still there.
    Subscribe {
        v: u32,
        view: View,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<Seq>,
    },
    /// The answer to a `ping`.
    Pong,
}

impl ClientFrame {
    /// Its JSON. The browser writes no other, so it needs no serde for it.
    pub fn to_json(&self) -> String {
        match self {
            Self::Subscribe { v, view, after } => {
                let after = after.map(|seq| format!(r#","after":{seq}"#)).unwrap_or_default();
                let date = view.date;
                format!(r#"{{"type":"subscribe","v":{v},"view":{{"date":"{date}"}}{after}}}"#)
            }
            Self::Pong => r#"{"type":"pong"}"#.to_owned(),
        }
    }
}

/// From the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The whole view as of `day.seq`. Replaces whatever the screen shows.
    Snapshot {
        v: u32,
        day: Box<GridDay>,
    },
    Delta(Delta),
    /// Fetch the page's data anew, then subscribe again: the gap cannot be filled with deltas.
    Resync,
    /// Sent every 20 s; also says how far the server is, so that a lost last delta is noticed.
    Ping {
        seq: Seq,
    },
    /// Changes made through another server arrive late for now (`slow`), or as usual again. Nothing is lost either way.
    Pace {
        slow: bool,
    },
}

/// Changes of one commit that concern one view. Apply it if `prev <= have < seq`; see `GridState::apply`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    pub seq: Seq,
    /// The last `seq` that concerned this view before this one.
    pub prev: Seq,
    pub changes: Vec<Change>,
}

/// One change of what everybody may see. Stored in the change log as it is sent. Fields that are not known are skipped;
/// whatever else another version wrote must be an error here, which makes the reader resync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Change {
    /// The block is gone from the grid (cancelled, released, moved away).
    Remove {
        #[serde(flatten)]
        key: BlockKey,
        was: TimeRange,
    },
    /// A room appeared or its name, place or health changed.
    Room { room: RoomRow },
    /// A room was retired.
    RoomGone { number: crate::id::RoomNumber },
    /// The block is now this; `was` is where it stood before, so that views that lose it are told. By far the most
    /// changes are of this kind, so it goes without `op`.
    #[serde(untagged)]
    Upsert {
        block: Block,
        #[serde(skip_serializing_if = "Option::is_none")]
        was: Option<TimeRange>,
    },
}

impl Change {
    /// Whether a view of `range` must be told.
    pub fn concerns(&self, range: TimeRange) -> bool {
        match self {
            Self::Upsert { block, was } => {
                block.range.overlaps(range) || was.is_some_and(|was| was.overlaps(range))
            }
            Self::Remove { was, .. } => was.overlaps(range),
            Self::Room { .. } | Self::RoomGone { .. } => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Origin;
    use crate::id::{BookingNumber, PersonNumber, RoomNumber};
    use crate::state::BookingState;
    use crate::time::Instant;

    #[test]
    fn frames_are_tagged_by_type() {
        let frame = ClientFrame::Subscribe {
            v: PROTOCOL,
            view: View { date: NaiveDate::from_ymd_opt(2026, 11, 21).unwrap() },
            after: Some(Seq(7)),
        };
        assert_eq!(frame.to_json(), r#"{"type":"subscribe","v":2,"view":{"date":"2026-11-21"},"after":7}"#);
        assert_eq!(serde_json::to_string(&ServerFrame::Resync).unwrap(), r#"{"type":"resync"}"#);
    }

    #[test]
    fn what_the_browser_writes_is_what_serde_writes_and_reads() {
        let view = View { date: NaiveDate::from_ymd_opt(2026, 1, 2).unwrap() };
        let subscribe = |after| ClientFrame::Subscribe { v: PROTOCOL, view: view.clone(), after };
        for frame in [subscribe(None), subscribe(Some(Seq(i64::MAX))), ClientFrame::Pong] {
            let json = frame.to_json();
            assert_eq!(json, serde_json::to_string(&frame).unwrap());
            assert_eq!(serde_json::from_str::<ClientFrame>(&json).unwrap(), frame);
        }
    }

    /// Sent to every screen of a company: 200 bytes, the four of the WebSocket's frame included.
    #[test]
    fn a_new_booking_fits_into_200_bytes() {
        let start = Instant::from_secs(1_795_741_200);
        let block = Block {
            key: BlockKey { booking: BookingNumber(12_345), room: RoomNumber(21), slot: None },
            state: BookingState::Pending,
            range: TimeRange::new(start, start.plus_minutes(30)).unwrap(),
            title: "주간 회의".into(),
            private: false,
            organizer: Some(PersonNumber(15)),
            organizer_name: "김민아".into(),
            origin: Origin::Roomly,
            tentative: false,
            series: false,
            exception: false,
            all_day: false,
        };
        let changes = vec![Change::Upsert { block, was: None }];
        let frame = ServerFrame::Delta(Delta { seq: Seq(54_321), prev: Seq(54_320), changes });
        let json = serde_json::to_string(&frame).unwrap();
        assert!(json.len() + 4 <= 200, "{} bytes: {json}", json.len() + 4);
    }
}
