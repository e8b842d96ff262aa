//! Book, change, cancel: drawn at once, then asked, then taken over or taken back.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{ApiError, Block, BlockKey, ErrorCode, RoomNumber, TimeRange};

use super::grid::{Grid, Order, Popup, Undo, Way, fresh_id};
use super::hands;
use super::optimistic::{Act, Fixed, Pending, may_change, new_block};
use super::words;
use crate::api::bookings::{book, cancel_booking, change_booking};

/// How long a refused block shakes before it goes back.
const SHAKE: Duration = Duration::from_millis(420);

impl Grid {
    /// Books `order`; on a refusal the form comes back with the reason and other ways.
    pub fn book(self, order: Order) {
        if let Some(reason) = self.refuses_saving() {
            self.refuse(reason);
            return;
        }
        let viewer = self.viewer();
        let block = new_block(order.room, order.range, &order.title, order.private, &viewer);
        self.popup.set(None);
        self.push(Pending { id: order.intent, act: Act::Book(Box::new(block)), refused: false });
        let (start, end) = self.day(|day| (day.rfc3339(order.range.start()), day.rfc3339(order.range.end())));
        let guests = order.guests.iter().map(|(_, email)| email.as_str()).collect::<Vec<_>>().join(",");
        let private = order.private.then(|| "on".to_owned());
        spawn_local(async move {
            let date = Some(self.date().to_string());
            let asked =
                book(order.intent, order.room, date, start, end, order.title.clone(), guests, private).await;
            match asked {
                Ok(booked) => {
                    let key = booked.block.key;
                    self.keep_own(&booked.block);
                    self.follow.adopt(Some(booked.block), None, booked.seq);
                    self.forget(order.intent);
                    let words = if booked.as_room { "grid.booked_as_room" } else { "grid.booked" };
                    let room = self.room_name(order.room);
                    let way = (booked.as_room && !self.viewer().calendar_granted).then_some(Way::Connect);
                    self.show(text::tr_with(self.lang, words, &[("room", &room)]), way, key.room);
                    hands::focus_block(key);
                }
                Err(error) => {
                    self.take_back(order.intent);
                    self.say(text::error(self.lang, &error.0));
                    // The same intent is tried again only where the answer is unknown; a refusal is an answer.
                    let unknown = matches!(error.code(), ErrorCode::Unavailable | ErrorCode::Internal);
                    let intent = if unknown { order.intent } else { fresh_id() };
                    let again = Order { intent, error: Some(error.0), ..order };
                    self.popup.try_set(Some(Popup::Create(Box::new(again))));
                }
            }
        });
    }

    /// Moves or resizes `block`. `undoing` says that this is the way back of another change.
    pub fn change(self, block: Block, room: RoomNumber, range: TimeRange, undoing: bool) {
        if block.key.room == room && block.range == range {
            return;
        }
        if let Some(reason) = self.refuses_saving() {
            self.refuse(reason);
            return;
        }
        let from = block.key;
        let before = block.range;
        let mut to = block;
        to.key.room = room;
        to.range = range;
        to.state = model::BookingState::Pending;
        let id = fresh_id();
        self.push(Pending { id, act: Act::Change { from, to: Box::new(to) }, refused: false });
        let (start, end) = self.day(|day| (day.rfc3339(range.start()), day.rfc3339(range.end())));
        spawn_local(async move {
            let asked =
                change_booking(from.booking, Some(from.room), Some(room), None, Some(start), Some(end), None)
                    .await;
            match asked {
                Ok(booked) => {
                    let key = booked.block.key;
                    let range = booked.block.range;
                    let time = self.day(|day| text::date::span(day, range));
                    let stretched =
                        key.room == from.room && range.length_minutes() != before.length_minutes();
                    self.keep_own(&booked.block);
                    self.follow.adopt(Some(booked.block), Some(from), booked.seq);
                    self.forget(id);
                    if undoing {
                        self.show(text::tr(self.lang, "grid.undone"), None, key.room);
                    } else {
                        let name = self.room_name(key.room);
                        let words = if stretched { "grid.stretched" } else { "grid.moved" };
                        let words = text::tr_with(self.lang, words, &[("room", &name), ("time", &time)]);
                        let undo =
                            Undo { number: key.booking, now_in: key.room, back_to: from.room, range: before };
                        self.show(words, Some(Way::Back(undo)), key.room);
                    }
                    hands::focus_block(key);
                }
                Err(error) => {
                    self.take_back(id);
                    self.refuse(self.why_not(&error.0));
                    hands::focus_block(from);
                }
            }
        });
    }

    /// Puts a changed booking back.
    pub fn undo(self, undo: Undo) {
        self.toast.set(None);
        let block = self
            .follow
            .with_state(|state| {
                let mut all = state.blocks.values();
                all.find(|block| block.key.booking == undo.number && block.key.room == undo.now_in).cloned()
            })
            .flatten();
        if let Some(block) = block {
            self.change(block, undo.back_to, undo.range, true);
        }
    }

    /// Cancels the booking of `key`.
    pub fn cancel(self, key: BlockKey) {
        if let Some(reason) = self.refuses_saving() {
            self.refuse(reason);
            return;
        }
        let title = self.follow.block(key).map(|block| words::title(self.lang, &block)).unwrap_or_default();
        self.popup.set(None);
        let id = fresh_id();
        self.push(Pending { id, act: Act::Cancel(key), refused: false });
        spawn_local(async move {
            match cancel_booking(key.booking).await {
                Ok(cancelled) => {
                    self.follow.adopt(None, Some(key), cancelled.seq);
                    self.forget(id);
                    self.show(
                        text::tr_with(self.lang, "grid.cancelled", &[("title", &title)]),
                        None,
                        key.room,
                    );
                    hands::focus_grid();
                }
                Err(error) => {
                    self.take_back(id);
                    self.refuse(self.why_not(&error.0));
                    hands::focus_block(key);
                }
            }
        });
    }

    /// Why a block cannot be dragged, in words.
    pub fn fixed_reason(self, block: &Block) -> Option<String> {
        let key = match may_change(block, self.me_untracked()).err()? {
            Fixed::NotYours => "grid.not_yours",
            Fixed::InGoogle => "grid.series_in_google",
            Fixed::Over => return None,
        };
        Some(text::tr(self.lang, key).into_owned())
    }

    /// A failure as a sentence, with the day's own wall times.
    pub fn why_not(self, error: &ApiError) -> String {
        match &error.refusal {
            Some(refusal) => self.day(|day| text::refusal(self.lang, refusal, Some(day))),
            None => text::error(self.lang, error),
        }
    }

    fn push(self, pending: Pending) {
        self.pending.update(|all| all.push(pending));
    }

    fn forget(self, id: uuid::Uuid) {
        self.pending.try_update(|all| all.retain(|pending| pending.id != id));
    }

    /// Shows the refusal on the block for a moment, then forgets the command.
    fn take_back(self, id: uuid::Uuid) {
        self.pending.try_update(|all| {
            for pending in all.iter_mut().filter(|pending| pending.id == id) {
                pending.refused = true;
            }
        });
        set_timeout(move || self.forget(id), SHAKE);
    }
}
