//! Book a room.
//!
//! One transaction: event, occurrence (the database decides), outbox row, change with the company's next `seq`. The
//! answer is given after commit; Google follows by the outbox (`push`).

use std::sync::Arc;

use bus::Pass;
use calendar::alternatives::alternatives;
use calendar::busy::RoomBusy;
use calendar::{policy, zone};
use model::page::{BookForm, Booked};
use model::refusal::What;
use model::{
    Alternative, ApiError, Block, BookingId, BookingNumber, CompanyId, ErrorCode, Instant, Origin, Refusal,
    RoomNumber, Seq, TimeRange, limits,
};
use sha2::{Digest as _, Sha256};
use store::{
    AnswerRow, Committed, EventKind, EventRow, GuestRow, Lane, Made, Met, NewBooking, OccurrenceRow,
    RoomStored, StoreError, Tx, Way, Wish,
};
use uuid::Uuid;

use crate::command::BookCommand;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::grants::{PROVIDER, is_usable};
use crate::grid::own_block;
use crate::horizon::wanted_by_a_series;
use crate::record::{BookingRecord, fresh_record};

/// What a person wants to book, understood.
struct BookWish {
    cx: Cx,
    id: BookingId,
    range: TimeRange,
    title: String,
    private: bool,
    /// E-mail addresses.
    guests: Vec<String>,
    /// A hash of what a program asked.
    asked: Option<String>,
    /// The service account acts for people who gave no grant.
    delegated: bool,
}

impl Wish for BookWish {
    /// As the person where they gave a grant or the service account acts for them, else as the room.
    fn event(&self, met: &Met) -> EventRow {
        let as_person = is_usable(met.grant) || self.delegated;
        let guests = self.guests.iter().filter(|email| **email != met.person.email);
        let named = |email: &String| GuestRow {
            email: email.clone(),
            name: met.names.get(email).cloned().unwrap_or_default(),
            answer: Default::default(),
        };
        EventRow {
            id: self.id,
            number: BookingNumber(0),
            kind: EventKind::Single,
            title: self.title.clone(),
            private: self.private,
            organizer: Some(self.cx.person),
            organizer_email: met.person.email.clone(),
            organizer_name: met.person.name.clone(),
            zone: self.cx.zone.name().to_owned(),
            range: self.range,
            all_day: false,
            tentative: false,
            origin: Origin::Roomly,
            way: if as_person { Way::Person } else { Way::Room },
            way_calendar: if as_person { met.person.email.clone() } else { met.room.email.clone() },
            google_id: Some(sync::event_id::event_id(self.id, 0)),
            ical_uid: None,
            generation: 0,
            recurrence: Vec::new(),
            guests: guests.map(named).collect(),
            cancelled: false,
            html_link: None,
            listed_until: None,
            created_at: self.cx.now,
            touched_at: self.cx.now,
        }
    }

    fn answer(&self, made: &Made) -> Result<Option<AnswerRow>, StoreError> {
        let Some(asked) = self.asked.clone() else { return Ok(None) };
        let answer = serde_json::to_string(&fresh_record(&self.cx, made))?;
        Ok(Some(AnswerRow { asked, answer }))
    }
}

impl Engine {
    /// Books, or answers what the same intent was answered before.
    pub async fn book(&self, cx: &Cx, command: BookCommand) -> Result<Booked, ApiError> {
        let (booked, _) = self.book_or_refuse(cx, command, None).await?;
        Ok(booked)
    }

    /// As [`Engine::book`], for programs: `asked` is a hash of what was asked. A repeat of the intent is told exactly
    /// what the first was told; with another `asked` it is `idempotency_key_reused`.
    pub async fn book_once(
        &self,
        cx: &Cx,
        command: BookCommand,
        asked: String,
    ) -> Result<BookingRecord, ApiError> {
        let (_, record) = self.book_or_refuse(cx, command, Some(asked)).await?;
        Ok(record)
    }

    /// The intent that an `Idempotency-Key` stands for: itself where it is a `UUIDv7`, else one made from the person and
    /// the key, always the same. Without a key, a new one.
    pub fn intent_of_key(&self, cx: &Cx, key: Option<&str>) -> Uuid {
        let Some(key) = key else { return model::id::new_v7(cx.now, self.random()) };
        if let Some(intent) = Uuid::parse_str(key).ok().filter(|id| id.get_version_num() == 7) {
            return intent;
        }
        let digest = Sha256::new()
            .chain_update(b"roomly idempotency key\0")
            .chain_update(cx.person.0)
            .chain_update(key)
            .finalize();
        let (mut millis, mut entropy) = ([0; 8], [0; 10]);
        millis[2..].copy_from_slice(&digest[..6]);
        entropy.copy_from_slice(&digest[6..16]);
        uuid::Builder::from_unix_timestamp_millis(u64::from_be_bytes(millis), &entropy).into_uuid()
    }

    async fn book_or_refuse(
        &self,
        cx: &Cx,
        command: BookCommand,
        asked: Option<String>,
    ) -> Result<(Booked, BookingRecord), Failure> {
        let store = self.company(cx.company);
        let range = policy::parse_range(cx.zone, command.date.as_deref(), &command.start, &command.end)?;
        let title = policy::check_title(&command.title)?;
        let guests = policy::check_guests(&command.guests)?;
        if command.intent.get_version_num() != 7 {
            return Err(Refusal::InvalidField { field: "intent".into(), limit: "a UUIDv7".into() }.into());
        }
        let intent = if sync::sabotaged!(IntentForgotten) {
            model::id::new_v7(cx.now, self.random())
        } else {
            command.intent
        };
        let id = BookingId(intent);
        if let Err(refusal) = policy::check_new_time(range, cx.now) {
            // What was booked in time is answered as it was then.
            if let Some(known) = store.event_get(id).await? {
                return self.repeated(cx, known, asked.as_deref()).await;
            }
            self.room_of(cx, command.room).await?;
            return Err(refusal.into());
        }
        let wish = Arc::new(BookWish {
            cx: cx.clone(),
            id,
            range,
            title,
            private: command.private,
            guests: guests.clone(),
            asked: asked.clone(),
            delegated: self.is_delegated(cx.company),
        });
        let (room, person) = (command.room, cx.person);
        let booking = NewBooking { id, room, range, person, provider: PROVIDER, guests, wish };
        let written = store.book(cx.now, booking).await;
        self.crash_point(sync::crash::COMMIT_AFTER);
        match written {
            Ok(Committed { value: made, seq }) => {
                let lane = Lane::of(cx.company, &made.event);
                // What rests is looked for when it has rested.
                if self.lanes().rests_until(lane).is_none_or(|until| until <= self.now()) {
                    self.poke(Pass::Push);
                }
                let record = fresh_record(cx, &made);
                let as_room = made.event.way == Way::Room;
                Ok((booked(cx.zone, record.block.clone(), seq.unwrap_or_default(), as_room), record))
            }
            Err(StoreError::RoomTaken) => {
                let room = self.room_of(cx, room).await?;
                Err(self.taken(cx.company, &room, range, None, cx.now).await?.into())
            }
            // It was carried out before, or just now by the same intent, or a commit's answer was lost: the intent
            // itself tells.
            Err(StoreError::Duplicate | StoreError::CommitUnknown) => match store.event_get(id).await? {
                Some(known) => self.repeated(cx, known, asked.as_deref()).await,
                None => Err(StoreError::CommitUnknown.into()),
            },
            Err(StoreError::NotFound) => Err(Refusal::NotFound { what: What::Room }.into()),
            Err(error) => Err(error.into()),
        }
    }

    async fn room_of(&self, cx: &Cx, number: RoomNumber) -> Result<RoomStored, Failure> {
        let room = self.company(cx.company).room_by_number(number).await?;
        room.ok_or_else(|| Refusal::NotFound { what: What::Room }.into())
    }

    /// The answer to an intent that was carried out before. Another person's intent is not theirs to ask about.
    pub(crate) async fn repeated(
        &self,
        cx: &Cx,
        known: EventRow,
        asked: Option<&str>,
    ) -> Result<(Booked, BookingRecord), Failure> {
        if known.organizer != Some(cx.person) || known.origin != Origin::Roomly {
            return Err(ErrorCode::NotAllowed.into());
        }
        let store = self.company(cx.company);
        let seq = store.company().await?.seq;
        let (tz, as_room) = (cx.zone, known.way == Way::Room);
        if let Some(asked) = asked
            && let Some(first) = store.answer_get(known.id).await?
        {
            if first.asked != asked {
                return Err(ErrorCode::IdempotencyKeyReused.into());
            }
            // Unreadable only where another version wrote it: then how it stands is the next best answer.
            if let Ok(record) = serde_json::from_str::<BookingRecord>(&first.answer) {
                return Ok((booked(tz, record.block.clone(), seq, as_room), record));
            }
        }
        let block = store.blocks_of_event(known.id).await?.into_iter().next();
        let block = own_block(block.ok_or(Refusal::Stale)?, &known, cx);
        let record = self.record(cx, known.number, Some(block.key.room), block.key.slot).await?;
        Ok((booked(tz, block, seq, as_room), record))
    }

    /// The refusal for a taken room: who has it, and what else would fit. `own` is the booking that is being moved.
    pub(crate) async fn taken(
        &self,
        company: CompanyId,
        room: &RoomStored,
        wish: TimeRange,
        own: Option<BookingId>,
        now: Instant,
    ) -> Result<Refusal, Failure> {
        let store = self.company(company);
        let holder =
            store.occurrences_blocking(room.id, wish).await?.into_iter().find(|held| Some(held.event) != own);
        let (held, by) = match holder {
            Some(held) => {
                let event = store.event_get(held.event).await?;
                let public = event.filter(|event| !event.private).map(|event| event.organizer_name);
                (held.range, public.filter(|name| !name.is_empty()))
            }
            None => (wish, None),
        };
        let alternatives = self.alternatives_for(company, room.row.number, wish, own, now).await?;
        Ok(Refusal::RoomTaken { room_name: room.row.name.clone(), held, by, alternatives })
    }

    async fn alternatives_for(
        &self,
        company: CompanyId,
        room: RoomNumber,
        wish: TimeRange,
        own: Option<BookingId>,
        now: Instant,
    ) -> Result<Vec<Alternative>, Failure> {
        let store = self.company(company);
        let around =
            TimeRange::new(wish.start().plus_minutes(-120), wish.end().plus_minutes(120)).unwrap_or(wish);
        let rooms = store.room_list().await?;
        let mut busy = Vec::with_capacity(rooms.len());
        for room in &rooms {
            let held = store.occurrences_blocking(room.id, around).await?;
            let held =
                held.into_iter().filter(|held| Some(held.event) != own).map(|held| held.range).collect();
            busy.push(RoomBusy { room: &room.row, busy: held });
        }
        Ok(alternatives(room, wish, &busy, now))
    }

    /// What the form of `/rooms/book` is filled with: the next free half hour, or the one asked for.
    pub async fn book_form(
        &self,
        cx: &Cx,
        room: RoomNumber,
        date: Option<&str>,
        start: Option<&str>,
    ) -> Result<BookForm, ApiError> {
        let viewer = self.viewer(cx).await?;
        let date = date.filter(|text| !text.is_empty()).map(policy::parse_date).transpose()?;
        Ok(self.book_form_of(cx, viewer, room, date, start.filter(|text| !text.is_empty())).await?)
    }

    async fn book_form_of(
        &self,
        cx: &Cx,
        viewer: model::person::Viewer,
        room: RoomNumber,
        date: Option<chrono::NaiveDate>,
        start: Option<&str>,
    ) -> Result<BookForm, Failure> {
        let store = self.company(cx.company);
        let (room, tz) = (self.room_of(cx, room).await?, cx.zone);
        let today = zone::date_at(tz, cx.now);
        let date = date.unwrap_or(today);
        let day = zone::zone_day(tz, date).ok_or(Refusal::NotFound { what: What::Room })?;
        let proposed = match start {
            Some(start) => policy::parse_range(tz, Some(&date.to_string()), start, "24:00")?.start(),
            None if date == today => next_snap(&day, cx.now),
            None => day.at_minutes(9 * 60).unwrap_or(day.range.start()),
        };
        let length = limits::DEFAULT_MINUTES * 60_000_000;
        let mut range = TimeRange::new(proposed, proposed.plus_micros(length)).unwrap_or(day.range);
        if start.is_none() {
            for held in store.occurrences_blocking(room.id, day.range).await? {
                if held.range.overlaps(range) {
                    range = range.moved_to(held.range.end());
                }
            }
        }
        let intent = model::id::new_v7(cx.now, self.random());
        Ok(BookForm { viewer, room: room.row, day, range, intent, typed: None })
    }
}

/// The quarter hour that `now` is in, unless most of it is over: then the next.
fn next_snap(day: &model::ZoneDay, now: Instant) -> Instant {
    let minutes = day.elapsed_minutes(now);
    let snap = limits::SNAP_MINUTES;
    day.range.start().plus_minutes((minutes + snap / 2).div_euclid(snap) * snap).max(day.range.start())
}

/// `RoomTaken` where anything keeps the room busy, conflicted time included: the constraint alone would let a booking
/// slip under two outside events that overlap by force (decisions 15).
pub(crate) async fn free_or_taken(tx: &mut Tx, occurrence: &OccurrenceRow) -> Result<(), StoreError> {
    let held = tx.occurrences_blocking(occurrence.room, occurrence.range).await?;
    let taken = held.iter().any(|held| held.event != occurrence.event)
        || wanted_by_a_series(tx, occurrence.room, occurrence.range).await?.is_some();
    if taken { Err(StoreError::RoomTaken) } else { Ok(()) }
}

pub(crate) fn booked(tz: zone::Tz, block: Block, seq: Seq, as_room: bool) -> Booked {
    let date = zone::date_at(tz, block.range.start());
    Booked { block, seq, date, as_room }
}
