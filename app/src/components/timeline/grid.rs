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
use super::hands;
use super::layout::{self, Placed, Span, earliest, in_the_way};
use super::optimistic::{Me, Pending, overlay};
use super::row::{Line, lines};
use super::words;
use super::zoom::Zoom;
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
    /// The viewer's own private bookings as only they may see them; empty until hydrated.
    own: RwSignal<Vec<Block>>,
    pub pending: RwSignal<Vec<Pending>>,
    pub preview: RwSignal<Option<Preview>>,
    pub popup: RwSignal<Option<Popup>>,
    pub cursor: RwSignal<Option<Cursor>>,
    pub toast: RwSignal<Option<Toast>>,
    /// The block that a mouse rests on.
    pub hint: RwSignal<Option<Hint>>,
    /// The groups whose rooms are not shown, by [`super::row::Line`]'s ids; known after hydration only.
    pub folded: RwSignal<Vec<String>>,
    /// The chosen scale; `None` is the style sheet's.
    pub zoom: RwSignal<Option<Zoom>>,
    /// On which side the line of now is out of sight.
    pub now_away: RwSignal<Option<Side>>,
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

/// A block to be explained, and where it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hint {
    pub key: BlockKey,
    pub anchor: Anchor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
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
    pub way: Option<Way>,
    /// At the top of the window, where the bottom is what the person looks at.
    pub high: bool,
    /// Tells one toast from the next of the same words.
    pub id: Uuid,
}

/// What a message offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Back(Undo),
    /// To let Roomly write to the person's own calendar: asked when somebody books without having said yes.
    Connect,
}

/// The server's page where a person lets Roomly write to the own calendar.
pub const CONNECT: &str = "/auth/google?consent=calendar&next=/rooms";

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
        let GridPage { grid, viewer, own_private } = page;
        let me = RwSignal::new(None);
        let own = RwSignal::new(vec![]);
        let known = Me::from(&viewer);
        Effect::new(move |_| {
            me.set(Some(known));
            own.set(own_private.clone());
        });
        Self {
            lang,
            shown: layout::shown(&grid),
            today: grid.today,
            day: StoredValue::new(grid.day.clone()),
            viewer: StoredValue::new(viewer),
            me,
            own,
            pending: RwSignal::new(vec![]),
            preview: RwSignal::new(None),
            popup: RwSignal::new(None),
            cursor: RwSignal::new(None),
            toast: RwSignal::new(None),
            hint: RwSignal::new(None),
            folded: RwSignal::new(vec![]),
            zoom: RwSignal::new(None),
            now_away: RwSignal::new(None),
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
        let blocks = blocks.into_iter().map(|block| self.as_own(block)).collect();
        let drawn = overlay(room, blocks, pending, self.me());
        self.day(|day| layout::place(drawn, day))
    }

    /// A private block of the viewer's with what everybody else is not shown; any other as it is.
    fn as_own(self, block: Block) -> Block {
        let own = block.private.then(|| {
            self.own.with(|own| own.iter().find(|own| own.key.booking == block.key.booking).cloned())
        });
        let own = own.flatten();
        match own {
            Some(Block { title, organizer, organizer_name, .. }) => {
                Block { title, organizer, organizer_name, ..block }
            }
            None => block,
        }
    }

    /// Remembers the viewer's own view of a private booking, which deltas do not carry.
    pub fn keep_own(self, block: &Block) {
        if block.private && block.organizer == Some(self.viewer().number) {
            self.own.update(|own| {
                own.retain(|known| known.key.booking != block.key.booking);
                own.push(block.clone());
            });
        }
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

    /// Shows and says why something cannot be, or could not.
    pub fn refuse(self, text: impl Into<String>) {
        self.message(text.into(), true, None, None);
    }

    /// Shows and says what was done, and what can be done about it; `about` is the room to keep in sight.
    pub fn show(self, text: impl Into<String>, way: Option<Way>, about: RoomNumber) {
        self.message(text.into(), false, way, Some(about));
    }

    fn message(self, text: String, bad: bool, way: Option<Way>, about: Option<RoomNumber>) {
        self.say(text.clone());
        let high = self.popup.with_untracked(Option::is_some) || about.is_some_and(hands::is_low);
        self.toast.try_set(Some(Toast { text, bad, way, high, id: fresh_id() }));
    }

    /// The rooms whose rows are drawn, in their order.
    pub fn open_rooms(self) -> Vec<RoomNumber> {
        let folded = self.folded.get_untracked();
        let rooms = self.follow.rooms();
        rooms.with_untracked(|rooms| {
            let open = |line| match line {
                Line::Room(room) => Some(room.number),
                Line::Head { .. } => None,
            };
            lines(self.lang, rooms, &folded).into_iter().filter_map(open).collect()
        })
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
