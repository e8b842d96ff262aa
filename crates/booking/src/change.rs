//! Move, resize, rename and cancel bookings, change their guests and their privacy.

use bus::Pass;
use calendar::{policy, zone};
use model::page::{Booked, Cancelled};
use model::refusal::{TimeProblem, What, WhoMay};
use model::{ApiError, BookingNumber, BookingState, ErrorCode, Origin, PersonId, Refusal, TimeRange};
use store::{EventKind, EventRow, GuestRow, OccurrenceRow, RoomStored, StoreError, Way};

use crate::apply::promote_conflicted;
use crate::book::{booked, free_or_taken};
use crate::command::ChangeCommand;
use crate::cx::Cx;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::grid::own_block;
use crate::merge::held;
use crate::push::{LEFT, UNINVITED};
use crate::record::{BookingRecord, IfMatch, version};

impl Engine {
    /// Changes what the command names; the rest stays.
    pub async fn change(&self, cx: &Cx, command: ChangeCommand) -> Result<Booked, ApiError> {
        Ok(self.change_or_refuse(cx, command, None).await?)
    }

    /// As [`Engine::change`], for programs: only if the booking is a version that `if_match` names.
    pub async fn change_if(
        &self,
        cx: &Cx,
        command: ChangeCommand,
        if_match: Option<IfMatch>,
    ) -> Result<BookingRecord, ApiError> {
        let booked = self.change_or_refuse(cx, command, if_match).await?;
        let key = booked.block.key;
        Ok(self.record(cx, key.booking, Some(key.room), key.slot).await?)
    }

    async fn change_or_refuse(
        &self,
        cx: &Cx,
        command: ChangeCommand,
        if_match: Option<IfMatch>,
    ) -> Result<Booked, Failure> {
        let store = self.company(cx.company);
        let tz = cx.zone;
        let (event, occurrence) = self.changeable(cx, command.number, command.room).await?;
        let opens = command.guests.is_some() || command.private.is_some();
        if opens {
            may_open(cx, &event)?;
        }
        let title = command.title.as_deref().map(policy::check_title).transpose()?;
        let guests = command.guests.as_deref().map(policy::check_guests).transpose()?;
        let guests = match guests {
            Some(guests) => Some(self.named_guests(cx, &event, guests).await?),
            None => None,
        };
        let new_range = match (&command.start, &command.end) {
            (None, None) => occurrence.range,
            (Some(start), Some(end)) => policy::parse_range(tz, command.date.as_deref(), start, end)?,
            _ => {
                return Err(
                    Refusal::InvalidField { field: "time".into(), limit: "start and end".into() }.into()
                );
            }
        };
        policy::check_changed_time(occurrence.range, new_range, cx.now)?;
        let room = match command.to_room {
            Some(number) => store.room_by_number(number).await?,
            None => store.room_get(occurrence.room).await?,
        };
        let room = room.ok_or(Refusal::NotFound { what: What::Room })?;
        let wish = Wish { title, range: new_range, room: room.clone(), guests, private: command.private };
        let (id, old, editor) = (event.id, occurrence.clone(), cx.clone());
        let conditional = if_match.is_some();
        let written = store
            .write(cx.now, move |tx| {
                Box::pin(async move {
                    // Read again inside: the page may be older than the database.
                    let event = tx.event_get(id).await?.ok_or(Refusal::NotFound { what: What::Booking })?;
                    may_change(&editor, &event)?;
                    if opens {
                        may_open(&editor, &event)?;
                    }
                    let current = tx.occurrences_of_event(id).await?;
                    let current =
                        current.into_iter().find(|now| now.room == old.room && now.slot == old.slot);
                    let current = current.filter(|now| now.range == old.range && now.state.is_drawn());
                    let current = current.filter(|_| !event.cancelled).ok_or(Refusal::Stale)?;
                    check_version(if_match.as_ref(), &event, &current)?;
                    write_change(tx, event, current, wish, editor.person).await
                })
            })
            .await;
        self.crash_point(sync::crash::COMMIT_AFTER);
        match written {
            Ok(committed) => {
                self.poke(Pass::Push);
                let block = store
                    .blocks_of_event(id)
                    .await?
                    .into_iter()
                    .find(|block| block.key.room == room.row.number);
                let seq = match committed.seq {
                    Some(seq) => seq,
                    None => store.company().await?.seq,
                };
                let mut block = block.ok_or(Refusal::Stale)?;
                if event.organizer == Some(cx.person) {
                    let event = store.event_get(id).await?.unwrap_or(event.clone());
                    block = own_block(block, &event, cx);
                }
                Ok(booked(tz, block, seq, event.way == Way::Room))
            }
            Err(Failure::Store(StoreError::RoomTaken)) => {
                Err(self.taken(cx.company, &room, new_range, Some(id), cx.now).await?.into())
            }
            Err(Failure::Refused(Refusal::Stale)) if conditional => Err(ErrorCode::PreconditionFailed.into()),
            Err(failure) => Err(failure),
        }
    }

    /// Cancels; a repeat is answered like the first time.
    pub async fn cancel(&self, cx: &Cx, number: BookingNumber) -> Result<Cancelled, ApiError> {
        Ok(self.cancel_or_refuse(cx, number, None).await?)
    }

    /// As [`Engine::cancel`], for programs: only if the booking is a version that `if_match` names.
    pub async fn cancel_if(
        &self,
        cx: &Cx,
        number: BookingNumber,
        if_match: Option<IfMatch>,
    ) -> Result<Cancelled, ApiError> {
        Ok(self.cancel_or_refuse(cx, number, if_match).await?)
    }

    async fn cancel_or_refuse(
        &self,
        cx: &Cx,
        number: BookingNumber,
        if_match: Option<IfMatch>,
    ) -> Result<Cancelled, Failure> {
        let store = self.company(cx.company);
        let tz = cx.zone;
        let event = store.event_by_number(number).await?.ok_or(Refusal::NotFound { what: What::Booking })?;
        may_change(cx, &event)?;
        let date = zone::date_at(tz, event.range.start());
        if event.cancelled {
            return Ok(Cancelled { number, seq: store.company().await?.seq, date });
        }
        if event.range.end() <= cx.now {
            return Err(Refusal::InvalidTime { problem: TimeProblem::InThePast }.into());
        }
        let (id, person) = (event.id, cx.person);
        let committed = store
            .write(cx.now, move |tx| {
                Box::pin(async move {
                    let mut event = tx.event_get(id).await?.ok_or(StoreError::NotFound)?;
                    let before = tx.blocks_of_event(id).await?;
                    let occurrences = tx.occurrences_of_event(id).await?;
                    if let Some(current) = occurrences.iter().find(|current| current.state.is_drawn()) {
                        check_version(if_match.as_ref(), &event, current)?;
                    }
                    let standing = occurrences.iter().find(|current| current.state.is_drawn());
                    let was = held_before(tx, &event, standing).await?;
                    event.touched_at = tx.now();
                    cancel_everywhere(tx, event).await?;
                    tx.outbox_wish(id, &["cancel"], was, person).await?;
                    tx.changes_since(id, before).await?;
                    Ok::<_, Failure>(())
                })
            })
            .await?;
        self.poke(Pass::Push);
        let seq = match committed.seq {
            Some(seq) => seq,
            None => store.company().await?.seq,
        };
        Ok(Cancelled { number, seq, date })
    }

    /// Who is to be on the list, the organiser not among them; people of the company by their names.
    async fn named_guests(
        &self,
        cx: &Cx,
        event: &EventRow,
        emails: Vec<String>,
    ) -> Result<Vec<GuestRow>, Failure> {
        let store = self.company(cx.company);
        let mut guests = Vec::with_capacity(emails.len());
        for email in emails.into_iter().filter(|email| *email != event.organizer_email) {
            let known = event.guests.iter().any(|guest| guest.email == email);
            let person = if known { None } else { store.person_by_email(&email).await? };
            let name = person.map(|person| person.name).unwrap_or_default();
            guests.push(GuestRow { email, name, answer: Default::default() });
        }
        Ok(guests)
    }

    /// The booking and its occurrence, if this person may change it here and now.
    async fn changeable(
        &self,
        cx: &Cx,
        number: BookingNumber,
        room: Option<model::RoomNumber>,
    ) -> Result<(EventRow, OccurrenceRow), Failure> {
        let store = self.company(cx.company);
        let event = store.event_by_number(number).await?.ok_or(Refusal::NotFound { what: What::Booking })?;
        may_change(cx, &event)?;
        let room = match room {
            Some(number) => {
                let room = store.room_by_number(number).await?;
                Some(room.ok_or(Refusal::NotFound { what: What::Room })?.id)
            }
            None => None,
        };
        let occurrences = store.occurrences_of_event(event.id).await?;
        let occurrence = occurrences
            .into_iter()
            .filter(|occurrence| occurrence.state.is_drawn())
            .find(|occurrence| room.is_none_or(|room| occurrence.room == room));
        // It stood in that room when the page was drawn, and does not any more.
        let occurrence = occurrence.ok_or(Refusal::Stale)?;
        if occurrence.range.end() <= cx.now {
            return Err(Refusal::InvalidTime { problem: TimeProblem::InThePast }.into());
        }
        Ok((event, occurrence))
    }
}

/// Organisers and admins, what is written here, single events (decisions 18).
fn may_change(cx: &Cx, event: &EventRow) -> Result<(), Failure> {
    if event.organizer != Some(cx.person) && !cx.admin {
        return Err(Refusal::NotAllowed { who_may: WhoMay::OrganizerOrAdmin }.into());
    }
    if event.kind == EventKind::Series || event.way == Way::Outside || event.origin != Origin::Roomly {
        return Err(Refusal::ChangeInGoogle.into());
    }
    Ok(())
}

/// Admins see private bookings as busy (decisions 18): what would show one to others, and a list that they cannot see, is
/// for its organiser alone to change.
fn may_open(cx: &Cx, event: &EventRow) -> Result<(), Failure> {
    if event.private && event.organizer != Some(cx.person) {
        return Err(Refusal::NotAllowed { who_may: WhoMay::Organizer }.into());
    }
    Ok(())
}

/// Cancels an event in all its rooms, and lets in who waited for them. The caller tells of it.
pub(crate) async fn cancel_everywhere(tx: &mut store::Tx, mut event: EventRow) -> Result<(), StoreError> {
    event.cancelled = true;
    tx.event_update(&event).await?;
    for mut occurrence in tx.occurrences_of_event(event.id).await? {
        occurrence.state = BookingState::Cancelled;
        tx.occurrence_put(&occurrence).await?;
        promote_conflicted(tx, occurrence.room).await?;
    }
    Ok(())
}

/// Inside the transaction: nothing comes between the look and the change.
fn check_version(
    if_match: Option<&IfMatch>,
    event: &EventRow,
    current: &OccurrenceRow,
) -> Result<(), Failure> {
    match if_match {
        Some(versions) if !versions.accepts(&version(event, current.room, current.range)) => {
            Err(ErrorCode::PreconditionFailed.into())
        }
        _ => Ok(()),
    }
}

#[derive(Clone)]
struct Wish {
    title: Option<String>,
    range: TimeRange,
    room: RoomStored,
    /// The whole list.
    guests: Option<Vec<GuestRow>>,
    private: Option<bool>,
}

/// The list as it is wanted; who is on it already keeps their name and answer. What goes to Google is who came and who
/// went, so that whom somebody invites there meanwhile stays.
fn invite(event: &mut EventRow, wanted: Vec<GuestRow>, fields: &mut Vec<String>) {
    let held = std::mem::take(&mut event.guests);
    let gone = held.iter().filter(|guest| wanted.iter().all(|one| one.email != guest.email));
    let gone: Vec<String> = gone.map(|guest| format!("{UNINVITED}{}", guest.email)).collect();
    let known = |one: GuestRow| held.iter().find(|guest| guest.email == one.email).cloned().unwrap_or(one);
    event.guests = wanted.into_iter().map(known).collect();
    if !gone.is_empty() || event.guests.len() > held.len() {
        fields.push("guests".to_owned());
        fields.extend(gone);
    } else {
        event.guests = held;
    }
}

/// What Google is compared with, if it changed as well.
async fn held_before(
    tx: &mut store::Tx,
    event: &EventRow,
    standing: Option<&OccurrenceRow>,
) -> Result<serde_json::Value, StoreError> {
    let room = match standing {
        Some(standing) => tx.room_get(standing.room).await?.map(|room| room.email),
        None => None,
    };
    let held = held(event, standing.map_or(event.range, |standing| standing.range), room);
    Ok(serde_json::to_value(held)?)
}

async fn write_change(
    tx: &mut store::Tx,
    mut event: EventRow,
    current: OccurrenceRow,
    wish: Wish,
    by: PersonId,
) -> Result<(), Failure> {
    let mut fields: Vec<String> = Vec::new();
    let was = held_before(tx, &event, Some(&current)).await?;
    let before = tx.blocks_of_event(event.id).await?;
    if let Some(title) = wish.title.filter(|title| *title != event.title) {
        event.title = title;
        fields.push("title".to_owned());
    }
    if let Some(wanted) = wish.guests {
        invite(&mut event, wanted, &mut fields);
    }
    if let Some(private) = wish.private.filter(|private| *private != event.private) {
        event.private = private;
        fields.push("private".to_owned());
    }
    let moved = current.range != wish.range;
    let other_room = current.room != wish.room.id;
    if moved {
        event.range = wish.range;
        fields.push("time".to_owned());
    }
    if other_room {
        fields.push("room".to_owned());
        if let Some(left) = tx.room_get(current.room).await? {
            fields.push(format!("{LEFT}{}", left.email));
        }
    }
    if fields.is_empty() {
        return Ok(());
    }
    event.touched_at = tx.now();
    let mut next = current.clone();
    if moved || other_room {
        next.room = wish.room.id;
        next.range = wish.range;
        next.reason = None;
        // Google releases the room and asks it again; where we write to the room itself, too, until it is written.
        next.state = BookingState::Pending;
        free_or_taken(tx, &next).await?;
    }
    tx.event_update(&event).await?;
    if other_room {
        tx.occurrence_delete(event.id, current.room, current.slot).await?;
    }
    tx.occurrence_put(&next).await?;
    if moved || other_room {
        promote_conflicted(tx, current.room).await?;
    }
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    tx.outbox_wish(event.id, &fields, was, by).await?;
    tx.changes_since(event.id, before).await?;
    Ok(())
}
