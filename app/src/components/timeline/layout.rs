//! Where things stand on the grid: pure geometry over elapsed minutes, the same on server and in the browser.
//!
//! Positions are minutes since the day's start, so days of 23 and 25 hours need no special case; CSS multiplies them by
//! the width of a minute. Wall times are only ever asked of [`ZoneDay`].

use model::limits::{PAST_SLACK_MINUTES, SNAP_MINUTES};
use model::order::ordered;
use model::{Block, BlockKey, BookingNumber, BookingState, GridDay, Instant, RoomNumber, TimeRange, ZoneDay};
use uuid::Uuid;

/// Half-open minutes of elapsed time within the shown day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: i64,
    pub to: i64,
}

impl Span {
    pub const fn width(self) -> i64 {
        self.to - self.from
    }

    /// As instants of `day`; `None` where it is empty.
    pub fn range(self, day: &ZoneDay) -> Option<TimeRange> {
        let start = day.range.start();
        TimeRange::new(start.plus_minutes(self.from), start.plus_minutes(self.to))
    }

    /// The part of `range` inside `day`, in whole minutes; at least one, so that it can be seen.
    pub fn of(range: TimeRange, day: &ZoneDay) -> Option<Self> {
        let (from, to) = day.elapsed_span(range)?;
        Some(Self { from, to })
    }
}

/// A block with its place in its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub block: Block,
    pub span: Span,
    /// Of `lanes` stacked blocks, counted from the top.
    pub lane: usize,
    pub lanes: usize,
    /// An optimistic one: not answered yet.
    pub draft: Option<Draft>,
}

/// That a block is drawn before the server has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The intent of a new booking; `None` for a known one that is being changed.
    pub intent: Option<Uuid>,
    /// Refused: it shakes and goes back.
    pub refused: bool,
}

/// What a block is within its row, whatever becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlacedId {
    Known(BookingNumber, Option<Instant>),
    New(Uuid),
}

impl Placed {
    pub fn id(&self) -> PlacedId {
        match self.draft.and_then(|draft| draft.intent) {
            Some(intent) => PlacedId::New(intent),
            None => PlacedId::Known(self.block.key.booking, self.block.key.slot),
        }
    }
}

/// Lays out one row: blocks that overlap share its height, everything else has all of it.
pub fn place(blocks: Vec<(Block, Option<Draft>)>, day: &ZoneDay) -> Vec<Placed> {
    let blocks = ordered(blocks, |(block, _)| (block.range, block.key));
    let mut placed: Vec<Placed> = vec![];
    let mut cluster_from = 0;
    let mut cluster_end = i64::MIN;
    let mut lane_ends: Vec<i64> = vec![];
    for (block, draft) in blocks {
        let Some(span) = Span::of(block.range, day) else { continue };
        if span.from >= cluster_end {
            close_cluster(&mut placed, cluster_from, lane_ends.len());
            cluster_from = placed.len();
            lane_ends.clear();
        }
        cluster_end = cluster_end.max(span.to);
        let lane = match lane_ends.iter().position(|end| *end <= span.from) {
            Some(lane) => lane,
            None => {
                lane_ends.push(span.to);
                lane_ends.len() - 1
            }
        };
        if let Some(end) = lane_ends.get_mut(lane) {
            *end = span.to;
        }
        placed.push(Placed { block, span, lane, lanes: 1, draft });
    }
    close_cluster(&mut placed, cluster_from, lane_ends.len());
    placed
}

fn close_cluster(placed: &mut [Placed], from: usize, lanes: usize) {
    for item in placed.iter_mut().skip(from) {
        item.lanes = lanes.max(1);
    }
}

/// The full hours of the day's wall clock: where each stands and what it is called.
pub fn hours(day: &ZoneDay) -> Vec<(i64, String)> {
    (0..day.length_minutes())
        .step_by(60)
        .map(|minute| (minute, day.hh_mm(day.range.start().plus_minutes(minute))))
        .collect()
}

/// Whether the label of an hour, `minutes` after now, would be under the clock chip at `width` pixels an hour.
pub const fn covered(minutes: i64, width: i64) -> bool {
    let pixels = minutes * width / 60;
    -66 < pixels && pixels < 20
}

/// The elapsed minutes of the shown hours.
pub fn shown(grid: &GridDay) -> Span {
    let at = |minutes, or| grid.day.at_minutes(minutes).map_or(or, |at| grid.day.elapsed_minutes(at));
    Span { from: at(grid.shown_from, 0), to: at(grid.shown_to, grid.day.length_minutes()) }
}

/// How a room stands at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomStatus {
    /// Free, until the next booking of the day if there is one.
    Free {
        until: Option<Instant>,
    },
    /// Free, and the next booking begins within [`SOON_MINUTES`].
    Soon {
        at: Instant,
    },
    Busy {
        until: Instant,
    },
}

/// What "starts soon" means, in minutes.
pub const SOON_MINUTES: i64 = 10;

impl RoomStatus {
    /// The word in `data-status`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free { .. } => "free",
            Self::Soon { .. } => "soon",
            Self::Busy { .. } => "busy",
        }
    }

    pub const fn is_free(self) -> bool {
        matches!(self, Self::Free { .. } | Self::Soon { .. })
    }
}

/// Whether a block keeps others out: held ones, and outside events that overlap by force.
pub const fn blocks_room(state: BookingState) -> bool {
    state.holds_room() || matches!(state, BookingState::Conflicted)
}

/// The status at `now`; back-to-back bookings count as one.
pub fn status_at(blocks: &[Block], now: Instant) -> RoomStatus {
    let holding = blocks.iter().filter(|block| blocks_room(block.state)).map(|block| block.range);
    let holding: Vec<TimeRange> = ordered(holding, |range| *range);
    if let Some(first) = holding.iter().find(|range| range.contains(now)) {
        let until = holding.iter().fold(first.end(), |end, range| {
            if range.start() <= end && range.end() > end { range.end() } else { end }
        });
        return RoomStatus::Busy { until };
    }
    match holding.iter().map(|range| range.start()).find(|start| *start > now) {
        Some(at) if at.since(now) <= SOON_MINUTES * 60_000_000 => RoomStatus::Soon { at },
        until => RoomStatus::Free { until },
    }
}

/// The first block in the way of `range`, other than the one that is moved.
pub fn in_the_way(blocks: &[Block], range: TimeRange, moved: Option<BlockKey>) -> Option<&Block> {
    let same =
        |key: BlockKey| moved.is_some_and(|moved| (moved.booking, moved.slot) == (key.booking, key.slot));
    blocks
        .iter()
        .filter(|block| blocks_room(block.state) && !same(block.key) && block.range.overlaps(range))
        .min_by_key(|block| block.range)
}

/// The earliest minute that may still be booked: the slot that is running.
pub fn earliest(day: &ZoneDay, now: Instant) -> i64 {
    let elapsed = day.elapsed_minutes(now).clamp(0, day.length_minutes());
    let snapped = snap_down(elapsed);
    if elapsed - snapped < PAST_SLACK_MINUTES { snapped } else { snapped + SNAP_MINUTES }
}

pub const fn snap_down(minute: i64) -> i64 {
    minute.div_euclid(SNAP_MINUTES) * SNAP_MINUTES
}

pub const fn snap_up(minute: i64) -> i64 {
    -snap_down(-minute)
}

pub const fn snap_near(minute: i64) -> i64 {
    snap_down(minute + SNAP_MINUTES / 2)
}

/// Pixels as a style says them, to a tenth. (The standard library prints floats by much code, and nobody else here does.)
pub fn px(pixels: f64) -> String {
    let tenths = (pixels * 10.0 + 0.5).floor() as i64;
    let sign = if tenths < 0 { "-" } else { "" };
    format!("{sign}{}.{}px", tenths.abs() / 10, tenths.abs() % 10)
}

/// A row as it stands in the scrolled content.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowBox {
    pub room: RoomNumber,
    pub top: f64,
    pub height: f64,
}

impl RowBox {
    fn middle(self) -> f64 {
        self.top + self.height / 2.0
    }
}

/// The row under `y`; above the first and below the last it is these, between two (a group's head) the nearer.
pub fn row_at(rows: &[RowBox], y: f64) -> Option<RowBox> {
    let near = |row: &RowBox| (y - row.middle()).abs();
    rows.iter().copied().min_by(|a, b| near(a).total_cmp(&near(b)))
}

/// The row a drag aims at: its own, until the pointer is half a row away from it.
pub fn aimed_row(rows: &[RowBox], own: RoomNumber, grabbed_y: f64, y: f64) -> Option<RowBox> {
    let home = rows.iter().copied().find(|row| row.room == own);
    match home {
        Some(home) if (y - grabbed_y).abs() < home.height / 2.0 => Some(home),
        _ => row_at(rows, y),
    }
}

/// Between a floating box, its anchor and the window's edges.
pub const MARGIN: f64 = 8.0;

/// Less room than this is none: then a box lies over its anchor.
const LEAST: f64 = 260.0;

/// Where a floating box goes, in pixels of the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Float {
    pub left: f64,
    /// The upper edge, or the lower one of a box that hangs above its anchor: its height is only a guess.
    pub edge: f64,
    pub above: bool,
    /// How high it may become.
    pub most: f64,
}

/// Below the anchor, above it where there is no room, where there is more in case of neither; never outside the window.
pub fn float(anchor: (f64, f64, f64, f64), size: (f64, f64), window: (f64, f64)) -> Float {
    let (left, top, _right, bottom) = anchor;
    let (width, height) = size;
    let left = left.min(window.0 - width - MARGIN).max(MARGIN);
    let (above, below) = (top - 2.0 * MARGIN, window.1 - bottom - 2.0 * MARGIN);
    if height <= below || (height > above && below >= above.max(LEAST)) {
        Float { left, edge: bottom + MARGIN, above: false, most: below }
    } else if height <= above || above >= LEAST {
        Float { left, edge: top - MARGIN, above: true, most: above }
    } else {
        let edge = (window.1 - height - MARGIN).max(MARGIN);
        Float { left, edge, above: false, most: window.1 - 2.0 * MARGIN }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Origin;

    pub(crate) fn day() -> ZoneDay {
        let start = Instant::parse_rfc3339("2026-11-21T00:00:00+09:00").unwrap();
        ZoneDay {
            date: chrono::NaiveDate::from_ymd_opt(2026, 11, 21).unwrap(),
            zone: "Asia/Seoul".into(),
            range: TimeRange::new(start, start.plus_minutes(1_440)).unwrap(),
            offset: 9 * 3600,
            transitions: vec![],
        }
    }

    fn block(number: i64, from: i64, to: i64) -> Block {
        Block {
            key: BlockKey { booking: BookingNumber(number), room: RoomNumber(1), slot: None },
            state: BookingState::Confirmed,
            range: Span { from, to }.range(&day()).unwrap(),
            title: String::new(),
            private: false,
            organizer: None,
            organizer_name: String::new(),
            origin: Origin::Roomly,
            tentative: false,
            series: false,
            exception: false,
            all_day: false,
        }
    }

    fn lanes(spans: &[(i64, i64)]) -> Vec<(usize, usize)> {
        let blocks = spans.iter().zip(1..).map(|((from, to), number)| (block(number, *from, *to), None));
        place(blocks.collect(), &day()).iter().map(|placed| (placed.lane, placed.lanes)).collect()
    }

    fn at(minute: i64) -> Instant {
        day().range.start().plus_minutes(minute)
    }

    #[test]
    fn pixels_are_written_to_a_tenth() {
        let written = [0.0, 8.0, 12.34, 12.36, 0.96, -0.34, -100.06].map(px);
        assert_eq!(written, ["0.0px", "8.0px", "12.3px", "12.4px", "1.0px", "-0.3px", "-100.1px"]);
    }

    #[test]
    fn overlapping_blocks_share_the_row_and_touching_ones_do_not() {
        assert_eq!(lanes(&[(60, 120), (120, 180)]), [(0, 1), (0, 1)]);
        assert_eq!(lanes(&[(60, 120), (90, 180), (180, 240)]), [(0, 2), (1, 2), (0, 1)]);
        assert_eq!(lanes(&[(0, 300), (0, 60), (60, 120), (100, 160)]), [(0, 3), (1, 3), (0, 3), (2, 3)]);
    }

    #[test]
    fn blocks_are_cut_at_the_days_edges() {
        let day = day();
        let range = TimeRange::new(day.range.start().plus_minutes(-60), at(30)).unwrap();
        assert_eq!(Span::of(range, &day), Some(Span { from: 0, to: 30 }));
        let tomorrow = TimeRange::new(at(1_440), at(1_500)).unwrap();
        assert_eq!(Span::of(tomorrow, &day), None);
        let seconds = TimeRange::new(at(10), at(10).plus_secs(5)).unwrap();
        assert_eq!(Span::of(seconds, &day), Some(Span { from: 10, to: 11 }));
    }

    #[test]
    fn a_short_day_has_23_hours_and_no_skipped_label() {
        let start = Instant::parse_rfc3339("2026-03-08T00:00:00-05:00").unwrap();
        let day = ZoneDay {
            date: chrono::NaiveDate::from_ymd_opt(2026, 3, 8).unwrap(),
            zone: "America/New_York".into(),
            range: TimeRange::new(start, start.plus_minutes(23 * 60)).unwrap(),
            offset: -5 * 3600,
            transitions: vec![(start.plus_minutes(120), -4 * 3600)],
        };
        let hours = hours(&day);
        assert_eq!(hours.len(), 23);
        assert_eq!(hours[2], (120, "03:00".to_owned()));
    }

    #[test]
    fn the_hour_beside_now_gives_way() {
        assert!(covered(8, 96) && covered(-12, 96) && covered(0, 48));
        assert!(!covered(-52, 96) && !covered(15, 96) && !covered(52, 96));
    }

    #[test]
    fn status_joins_back_to_back_bookings_and_ignores_declined_ones() {
        let mut blocks = vec![block(1, 60, 90), block(2, 90, 120), block(3, 200, 230)];
        assert_eq!(status_at(&blocks, at(70)), RoomStatus::Busy { until: at(120) });
        assert_eq!(status_at(&blocks, at(120)), RoomStatus::Free { until: Some(at(200)) });
        assert_eq!(status_at(&blocks, at(195)), RoomStatus::Soon { at: at(200) });
        assert_eq!(status_at(&blocks, at(230)), RoomStatus::Free { until: None });
        blocks[0].state = BookingState::Declined;
        assert_eq!(status_at(&blocks, at(70)), RoomStatus::Free { until: Some(at(90)) });
    }

    #[test]
    fn a_block_is_never_in_its_own_way() {
        let blocks = [block(1, 60, 120), block(2, 180, 240)];
        let range = |from, to| Span { from, to }.range(&day()).unwrap();
        assert_eq!(in_the_way(&blocks, range(90, 150), Some(blocks[0].key)), None);
        assert_eq!(in_the_way(&blocks, range(90, 150), None).map(|b| b.key), Some(blocks[0].key));
        assert_eq!(in_the_way(&blocks, range(120, 180), None), None, "touching is not overlapping");
    }

    #[test]
    fn snapping_and_the_running_slot() {
        assert_eq!(
            (snap_down(14), snap_down(15), snap_up(16), snap_near(8), snap_near(7)),
            (0, 15, 30, 15, 0)
        );
        assert_eq!(earliest(&day(), at(607)), 600, "the running quarter may be booked");
        assert_eq!(earliest(&day(), at(-60)), 0);
        assert_eq!(earliest(&day(), at(3_000)), 1_440);
    }

    #[test]
    fn a_drag_stays_in_its_row_for_half_a_row() {
        let rows: Vec<RowBox> = [(1, 0.0), (2, 48.0), (3, 132.0)]
            .map(|(room, top)| RowBox { room: RoomNumber(room), top, height: 48.0 })
            .to_vec();
        let aim = |y| aimed_row(&rows, RoomNumber(1), 40.0, y).map(|row| row.room.0);
        assert_eq!(aim(60.0), Some(1), "20 px below the grab is still the own row");
        assert_eq!(aim(66.0), Some(2));
        assert_eq!(aim(130.0), Some(3), "a group's head belongs to the nearer row");
        assert_eq!(aim(9_000.0), Some(3));
    }

    #[test]
    fn a_popover_stays_in_the_window() {
        let window = (1_000.0, 800.0);
        let at = |anchor, height| {
            let float = float(anchor, (320.0, height), window);
            (float.left, float.edge, float.above, float.most)
        };
        assert_eq!(at((100.0, 100.0, 200.0, 148.0), 400.0), (100.0, 156.0, false, 636.0));
        assert_eq!(at((900.0, 700.0, 950.0, 748.0), 400.0), (672.0, 692.0, true, 684.0));
        assert_eq!(at((900.0, 500.0, 950.0, 548.0), 900.0), (672.0, 492.0, true, 484.0), "the roomier side");
        assert_eq!(at((0.0, 200.0, 10.0, 760.0), 400.0), (8.0, 392.0, false, 784.0), "over the anchor");
    }
}
