//! What all parts of one shown day share: its data, who looks, and what is being done.

use chrono::NaiveDate;
use leptos::prelude::*;
use model::page::GridPage;
use model::person::Viewer;
use model::room::RoomRow;
use model::{ApiError, Block, BlockKey, BookingNumber, Instant, RoomNumber, TimeRange, ZoneDay};
use text::Lang;
use uuid::Uuid;

use super::drag::Bounds;
use super::layout::{self, Placed, Span, earliest, in_the_way};
use super::optimistic::{Me, Pending, overlay};
use super::words;
use crate::live::{Follow, LiveTarget, follow};

/// The shared bundle; `Copy`, made once a day that is shown.
#[derive(Clone, Copy)]
pub struct Grid {
    pub follow: Follow,
    pub lang: Lang,
    pub shown: Span,
    pub today: NaiveDate,
    day: StoredValue<ZoneDay>,
    viewer: StoredValue<Viewer>,
    me: RwSignal<Option<Me>>,
    pub pending: RwSignal<Vec<Pending>>,
    pub preview: RwSignal<Option<Preview>>,
    pub popup: RwSignal<Option<Popup>>,
    pub cursor: RwSignal<Option<Cursor>>,
    pub toast: RwSignal<Option<Toast>>,
    /// What the polite live region says.
    pub said: RwSignal<String>,
}

/// What is drawn under the pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    pub kind: PreviewKind,
    pub room: RoomNumber,
    pub span: Span,
    /// In pixels of the scrolled content.
    pub top: f64,
    pub height: f64,
    /// Why letting go here would do nothing.
    pub problem: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreviewKind {
    Hover,
    Select,
    Change(BlockKey),
}

/// The cell of the keyboard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cursor {
    pub room: RoomNumber,
    pub span: Span,
    pub top: f64,
    pub height: f64,
}

/// A rectangle of the window: left, top, right, bottom.
pub type Anchor = (f64, f64, f64, f64);

/// The one box that floats.
#[derive(Clone, Debug, PartialEq)]
pub enum Popup {
    Create(Box<Order>),
    Card { key: BlockKey, anchor: Anchor, ask_cancel: bool },
}

/// A booking as it is being filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Kept while the same order is tried again, so that a lost answer cannot book twice.
    pub intent: Uuid,
    pub room: RoomNumber,
    pub range: TimeRange,
    pub title: String,
    pub guests: Vec<(String, String)>,
    pub private: bool,
    pub anchor: Anchor,
    /// Why the last try failed.
    pub error: Option<ApiError>,
}

/// A short message at the bottom, perhaps with a way back.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    pub text: String,
    pub bad: bool,
    pub undo: Option<Undo>,
    /// Tells one toast from the next of the same words.
    pub id: Uuid,
}

/// Where a changed booking stood before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undo {
    pub number: BookingNumber,
    pub now_in: RoomNumber,
    pub back_to: RoomNumber,
    pub range: TimeRange,
}

impl Grid {
    /// Follows the page's day. The viewer is applied after hydration.
    pub fn new(page: GridPage, lang: Lang) -> Self {
        let GridPage { grid, viewer } = page;
        let me = RwSignal::new(None);
        let known = Me::from(&viewer);
        Effect::new(move |_| me.set(Some(known)));
        Self {
            lang,
            shown: layout::shown(&grid),
            today: grid.today,
            day: StoredValue::new(grid.day.clone()),
            viewer: StoredValue::new(viewer),
            me,
            pending: RwSignal::new(vec![]),
            preview: RwSignal::new(None),
            popup: RwSignal::new(None),
            cursor: RwSignal::new(None),
            toast: RwSignal::new(None),
            said: RwSignal::new(String::new()),
            follow: follow(LiveTarget::Company, grid),
        }
    }

    pub fn day<T>(self, read: impl FnOnce(&ZoneDay) -> T) -> T {
        self.day.with_value(read)
    }

    pub fn date(self) -> NaiveDate {
        self.day(|day| day.date)
    }

    pub fn is_today(self) -> bool {
        self.date() == self.today
    }

    pub fn viewer(self) -> Viewer {
        self.viewer.get_value()
    }

    /// Who looks; `None` until hydrated.
    pub fn me(self) -> Option<Me> {
        self.me.try_get().flatten()
    }

    /// The same without subscribing, for what a person's hand does.
    pub fn me_untracked(self) -> Option<Me> {
        self.me.try_get_untracked().flatten()
    }

    /// The commands on their way that concern a row; so that one of them redraws its rows and no others.
    pub fn pending_of(self, room: RoomNumber) -> Vec<Pending> {
        self.pending.with(|all| all.iter().filter(|pending| pending.concerns(room)).cloned().collect())
    }

    /// The blocks of a row with their places, pending commands included.
    pub fn placed(self, room: RoomNumber, blocks: Vec<Block>, pending: &[Pending]) -> Vec<Placed> {
        let drawn = overlay(room, blocks, pending, self.me());
        self.day(|day| layout::place(drawn, day))
    }

    /// The room's row, as the server last said.
    pub fn room(self, number: RoomNumber) -> Option<RoomRow> {
        self.follow
            .with_state(|state| state.rooms.iter().find(|room| room.number == number).cloned())
            .flatten()
    }

    pub fn room_name(self, number: RoomNumber) -> String {
        self.room(number).map(|room| room.name).unwrap_or_default()
    }

    /// What may still be booked, in elapsed minutes.
    pub fn bounds(self) -> Bounds {
        let now = crate::live::now().or_else(|| self.follow.now().try_get_untracked().flatten());
        self.day(|day| Bounds {
            earliest: now.map_or(0, |now| earliest(day, now)),
            day: day.length_minutes(),
        })
    }

    /// Why `span` cannot be booked in `room`, in a few words.
    pub fn problem(self, room: RoomNumber, span: Span, moved: Option<BlockKey>) -> Option<String> {
        let range = self.day(|day| span.range(day))?;
        let blocks = self.follow.blocks_of(room);
        let block = in_the_way(&blocks, range, moved)?;
        let who = words::title(self.lang, block);
        let until = self.day(|day| day.hh_mm(block.range.end()));
        Some(text::tr_with(self.lang, "grid.taken_by", &[("who", &who), ("time", &until)]))
    }

    /// Why nothing can be saved right now.
    pub fn refuses_saving(self) -> Option<String> {
        match self.follow.status().try_get_untracked()? {
            crate::live::LiveStatus::Stale { since } => {
                let time = self.day(|day| text::date::moment(self.lang, day, since));
                Some(text::tr_with(self.lang, "grid.stale", &[("time", &time)]))
            }
            _ => None,
        }
    }

    /// A fresh order for `span` in `room`.
    pub fn order(self, room: RoomNumber, span: Span, anchor: Anchor) -> Option<Order> {
        let range = self.day(|day| span.range(day))?;
        Some(Order {
            intent: fresh_id(),
            room,
            range,
            title: String::new(),
            guests: vec![],
            private: false,
            anchor,
            error: None,
        })
    }

    /// Says something politely; the same words twice are said twice.
    pub fn say(self, words: impl Into<String>) {
        let words = words.into();
        self.said.try_update(|said| {
            // A live region is silent when its text does not change.
            *said = if *said == words { format!("{words}\u{a0}") } else { words };
        });
    }

    /// Shows and says a message.
    pub fn show(self, text: impl Into<String>, bad: bool, undo: Option<Undo>) {
        let text = text.into();
        self.say(text.clone());
        self.toast.try_set(Some(Toast { text, bad, undo, id: fresh_id() }));
    }

    /// The moment that a view draws: the clock, or the rendering's before there is one.
    pub fn now(self) -> Instant {
        self.follow.now_or_rendered()
    }
}

/// A fresh intent. Only ever made in the browser, on what a person does.
pub fn fresh_id() -> Uuid {
    model::id::new_v7(crate::live::now().unwrap_or_default(), crate::live::entropy())
}
