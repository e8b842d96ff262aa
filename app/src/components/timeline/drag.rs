//! From pointer movements to a proposal: a state machine without a browser.
//!
//! Rules: a press becomes a drag after [`THRESHOLD`] pixels (a touch: after it was held, see `hands`); an empty place is
//! selected, a block's body is moved, its ends are resized; nothing goes into the past or out of the day; the room
//! changes only when the pointer is half a row away.

use model::limits::{DEFAULT_MINUTES, SNAP_MINUTES};
use model::{BlockKey, RoomNumber};

use super::layout::{RowBox, Span, aimed_row, snap_down, snap_near, snap_up};

/// Pixels a mouse may tremble before a press is a drag.
pub const THRESHOLD: f64 = 4.0;

/// What was under the pointer when it went down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grab {
    /// Free time of a row.
    Empty,
    /// A block that the viewer may move, and which part of it.
    Block { key: BlockKey, span: Span, part: Part },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Start,
    Body,
    End,
}

/// Where the pointer is: pixels of the scrolled content, and the minute that stands there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    pub x: f64,
    pub y: f64,
    pub minute: f64,
}

/// The bounds of what may be proposed, in elapsed minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// See [`super::layout::earliest`]; the day's length on past days.
    pub earliest: i64,
    pub day: i64,
}

/// What letting go would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// `None`: a new booking.
    pub key: Option<BlockKey>,
    pub room: RoomNumber,
    pub span: Span,
}

/// A pointer that is down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drag {
    grab: Grab,
    room: RoomNumber,
    from: Spot,
    dragging: bool,
}

impl Drag {
    pub const fn press(grab: Grab, room: RoomNumber, from: Spot) -> Self {
        Self { grab, room, from, dragging: false }
    }

    pub const fn is_dragging(&self) -> bool {
        self.dragging
    }

    pub const fn grab(&self) -> Grab {
        self.grab
    }

    /// Makes the press a drag at once: a touch that was held.
    pub const fn hold(&mut self) {
        self.dragging = true;
    }

    /// The pointer moved to `to`. `None` while it is still a press, or where nothing may be proposed.
    pub fn moved(&mut self, to: Spot, rows: &[RowBox], bounds: Bounds) -> Option<Proposal> {
        let far = (to.x - self.from.x).abs().max((to.y - self.from.y).abs()) >= THRESHOLD;
        self.dragging |= far;
        if !self.dragging {
            return None;
        }
        match self.grab {
            Grab::Empty => {
                let span = selection(self.from.minute, to.minute, bounds)?;
                Some(Proposal { key: None, room: self.room, span })
            }
            Grab::Block { key, span, part: Part::Body } => {
                let shift = whole(to.minute - self.from.minute);
                let from = clamp(snap_near(span.from + shift), bounds.earliest, bounds.day - span.width())?;
                let room = aimed_row(rows, self.room, self.from.y, to.y).map_or(self.room, |row| row.room);
                Some(Proposal { key: Some(key), room, span: Span { from, to: from + span.width() } })
            }
            Grab::Block { key, span, part: Part::Start } => {
                let from = clamp(snap_near(whole(to.minute)), bounds.earliest, span.to - SNAP_MINUTES)?;
                Some(Proposal { key: Some(key), room: self.room, span: Span { from, to: span.to } })
            }
            Grab::Block { key, span, part: Part::End } => {
                let first = (span.from + SNAP_MINUTES).max(bounds.earliest);
                let end = clamp(snap_near(whole(to.minute)), first, bounds.day)?;
                Some(Proposal { key: Some(key), room: self.room, span: Span { from: span.from, to: end } })
            }
        }
    }
}

/// What a plain click on free time means.
pub fn click(minute: f64, bounds: Bounds) -> Option<Span> {
    let from = snap_down(whole(minute));
    let from = if from + SNAP_MINUTES > bounds.earliest { from.max(bounds.earliest) } else { return None };
    let to = (from + DEFAULT_MINUTES).min(bounds.day);
    (to - from >= SNAP_MINUTES).then_some(Span { from, to })
}

/// The slot under the pointer, for the "+ 14:00" ghost.
pub fn hover(minute: f64, bounds: Bounds) -> Option<Span> {
    let from = snap_down(whole(minute));
    let to = (from + DEFAULT_MINUTES).min(bounds.day);
    (from >= bounds.earliest && to - from >= SNAP_MINUTES).then_some(Span { from, to })
}

/// From where the pointer went down to where it is, in either direction.
fn selection(from: f64, to: f64, bounds: Bounds) -> Option<Span> {
    let (low, high) = if from <= to { (from, to) } else { (to, from) };
    let low = clamp(snap_down(whole(low)), bounds.earliest, bounds.day - SNAP_MINUTES)?;
    let high = snap_up(whole(high.ceil())).clamp(low + SNAP_MINUTES, bounds.day);
    Some(Span { from: low, to: high })
}

/// A value between bounds that may exclude each other.
fn clamp(value: i64, low: i64, high: i64) -> Option<i64> {
    (low <= high).then(|| value.clamp(low, high))
}

#[allow(clippy::cast_possible_truncation, reason = "minutes of a day")]
const fn whole(minutes: f64) -> i64 {
    minutes.floor() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::BookingNumber;

    const FREE: Bounds = Bounds { earliest: 0, day: 1_440 };

    fn rows() -> Vec<RowBox> {
        (1..=3).map(|n| RowBox { room: RoomNumber(n), top: 48.0 * (n - 1) as f64, height: 48.0 }).collect()
    }

    /// 96 px an hour, the first row's middle.
    fn spot(minute: f64, y: f64) -> Spot {
        Spot { x: minute * 1.6, y, minute }
    }

    fn key() -> BlockKey {
        BlockKey { booking: BookingNumber(7), room: RoomNumber(1), slot: None }
    }

    fn drag(part: Option<Part>, from: f64, to: f64, y: f64, bounds: Bounds) -> Option<(i64, i64, i64)> {
        let grab = match part {
            None => Grab::Empty,
            Some(part) => Grab::Block { key: key(), span: Span { from: 600, to: 660 }, part },
        };
        let mut drag = Drag::press(grab, RoomNumber(1), spot(from, 24.0));
        drag.moved(spot(to, y), &rows(), bounds).map(|p| (p.room.0, p.span.from, p.span.to))
    }

    #[test]
    fn a_trembling_press_is_no_drag() {
        assert_eq!(drag(None, 600.0, 602.0, 24.0, FREE), None);
        assert_eq!(drag(None, 600.0, 603.0, 24.0, FREE), Some((1, 600, 615)));
    }

    #[test]
    fn a_selection_snaps_outwards_both_ways_and_keeps_its_row() {
        assert_eq!(drag(None, 607.0, 652.0, 90.0, FREE), Some((1, 600, 660)));
        assert_eq!(drag(None, 652.0, 607.0, 24.0, FREE), Some((1, 600, 660)));
        assert_eq!(drag(None, 1_430.0, 1_900.0, 24.0, FREE), Some((1, 1_425, 1_440)));
    }

    #[test]
    fn nothing_goes_into_the_past() {
        let bounds = Bounds { earliest: 630, day: 1_440 };
        assert_eq!(drag(None, 600.0, 700.0, 24.0, bounds), Some((1, 630, 705)));
        assert_eq!(drag(Some(Part::Body), 610.0, 400.0, 24.0, bounds), Some((1, 630, 690)));
        assert_eq!(drag(Some(Part::End), 660.0, 500.0, 24.0, bounds), Some((1, 600, 630)));
        assert_eq!(drag(None, 600.0, 700.0, 24.0, Bounds { earliest: 1_440, day: 1_440 }), None);
        assert_eq!(click(500.0, bounds), None);
        assert_eq!(click(634.0, bounds), Some(Span { from: 630, to: 660 }));
        assert_eq!(hover(629.0, bounds), None);
    }

    #[test]
    fn a_block_moves_by_the_pointers_way_and_changes_rooms_after_half_a_row() {
        assert_eq!(drag(Some(Part::Body), 610.0, 640.0, 30.0, FREE), Some((1, 630, 690)));
        assert_eq!(drag(Some(Part::Body), 610.0, 611.0, 60.0, FREE), Some((2, 600, 660)));
        assert_eq!(drag(Some(Part::Body), 610.0, 5_000.0, 24.0, FREE), Some((1, 1_380, 1_440)));
    }

    #[test]
    fn ends_keep_a_quarter_between_them() {
        assert_eq!(drag(Some(Part::Start), 600.0, 900.0, 24.0, FREE), Some((1, 645, 660)));
        assert_eq!(drag(Some(Part::End), 660.0, 100.0, 24.0, FREE), Some((1, 600, 615)));
        assert_eq!(drag(Some(Part::End), 660.0, 682.0, 24.0, FREE), Some((1, 600, 675)));
    }

    #[test]
    fn a_held_touch_proposes_before_it_moves() {
        let mut drag = Drag::press(Grab::Empty, RoomNumber(1), spot(604.0, 24.0));
        drag.hold();
        let proposal = drag.moved(spot(604.0, 24.0), &rows(), FREE).map(|p| p.span);
        assert_eq!(proposal, Some(Span { from: 600, to: 615 }));
    }
}
