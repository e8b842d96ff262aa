//! Book a series: every date of it, or nothing.

use bus::Pass;
use calendar::policy;
use calendar::recurrence::{Budget, Recurrence, Slot, Start};
use calendar::series::{Details, Master, Part};
use model::refusal::What;
use model::{ApiError, BookingId, BookingNumber, Origin, Refusal, RoomNumber, TimeRange};
use store::{
    AnswerRow, Clash, Committed, EventKind, EventRow, GuestRow, Lane, OwnerKind, StoreError, Unsaved, Way,
};
use uuid::Uuid;

use super::part::{Rooms, write_of};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::grants::{PROVIDER, is_usable};
use crate::grid::own_block;
use crate::record::{BookingRecord, guest, version};

/// Book a room again and again. `start` and `end` are the first date's, in RFC 3339.
#[derive(Clone, Debug)]
pub struct SeriesCommand {
    /// As in [`crate::BookCommand`]: it becomes the series' id.
    pub intent: Uuid,
    pub room: RoomNumber,
    pub start: String,
    pub end: String,
    pub title: String,
    /// E-mail addresses, separated by commas, semicolons or white space.
    pub guests: String,
    pub private: bool,
    /// Lines of RRULE, RDATE and EXDATE. Wall times are the company's.
    pub recurrence: Vec<String>,
}

/// Why a series was not written, as it leaves the transaction.
#[derive(Debug)]
pub(super) enum NotSaved {
    Taken(Vec<Clash>),
    Failed(Failure),
}

impl From<StoreError> for NotSaved {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Failure> for NotSaved {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Unsaved> for NotSaved {
    fn from(unsaved: Unsaved) -> Self {
        match unsaved {
            Unsaved::Taken(clashes) => Self::Taken(clashes),
            Unsaved::Stale => Self::Failed(Refusal::Stale.into()),
            Unsaved::Store(error) => Self::Failed(error.into()),
        }
    }
}

pub(super) fn bad_rule(why: impl ToString) -> Failure {
    Refusal::InvalidField { field: "recurrence".into(), limit: why.to_string() }.into()
}

/// The lines of a person's wish: what Google would take, at most daily, and with the start among its dates.
pub(super) fn understood(start: Start, lines: &[String]) -> Result<Recurrence, Failure> {
    let recurrence = Recurrence::read_strict(start, lines).map_err(bad_rule)?;
    if recurrence.rules().is_empty() {
        return Err(bad_rule("at least one RRULE"));
    }
    if !recurrence.ex_rules().is_empty() {
        return Err(bad_rule("rules that take dates away are not written"));
    }
    if recurrence.is_sub_daily() {
        return Err(bad_rule("at most daily"));
    }
    if !recurrence.contains(start.slot(), Budget::DEFAULT).map_err(bad_rule)? {
        return Err(bad_rule("the start is one of its dates"));
    }
    Ok(recurrence)
}

impl Engine {
    /// Books a series, or answers what the same intent was answered before; `asked` as in [`Engine::book_once`]. Refused
    /// is the whole where one date is: the answer names the first that is taken.
    pub async fn book_series(
        &self,
        cx: &Cx,
        command: SeriesCommand,
        asked: String,
    ) -> Result<BookingRecord, ApiError> {
        Ok(self.book_series_or_refuse(cx, command, asked).await?)
    }

    async fn book_series_or_refuse(
        &self,
        cx: &Cx,
        command: SeriesCommand,
        asked: String,
    ) -> Result<BookingRecord, Failure> {
        let store = self.company(cx.company);
        let range = policy::parse_range(cx.zone, None, &command.start, &command.end)?;
        let title = policy::check_title(&command.title)?;
        let guests = policy::check_guests(&command.guests)?;
        if command.intent.get_version_num() != 7 {
            return Err(Refusal::InvalidField { field: "intent".into(), limit: "a UUIDv7".into() }.into());
        }
        let start = Start::Zoned { wall: Slot::starting_at(range.start(), cx.zone).wall(), zone: cx.zone };
        let recurrence = understood(start, &command.recurrence)?;
        let id = BookingId(command.intent);
        if let Err(refusal) = policy::check_new_time(range, cx.now) {
            // What was booked in time is answered as it was then.
            if let Some(known) = store.event_get(id).await? {
                return Ok(self.repeated(cx, known, Some(&asked)).await?.1);
            }
            return Err(refusal.into());
        }
        let room = store.room_by_number(command.room).await?.filter(|room| room.retired_at.is_none());
        let room = room.ok_or(Refusal::NotFound { what: What::Room })?;
        let person =
            store.person_get(cx.person).await?.ok_or(Failure::Broken("a caller without a person"))?;
        let grant = store.credential_get(PROVIDER, OwnerKind::Person, &cx.person.to_string()).await?;
        let as_person = is_usable(grant.map(|grant| grant.state)) || self.is_delegated(cx.company);
        let mut named = Vec::with_capacity(guests.len());
        for email in guests.into_iter().filter(|email| *email != person.email) {
            let known = store.person_by_email(&email).await?;
            let name = known.map(|person| person.name).unwrap_or_default();
            named.push(GuestRow { email, name, answer: Default::default() });
        }
        let google_id = sync::event_id::event_id(id, 0);
        let event = EventRow {
            id,
            number: BookingNumber(0),
            kind: EventKind::Series,
            title: title.clone(),
            private: command.private,
            organizer: Some(cx.person),
            organizer_email: person.email.clone(),
            organizer_name: person.name,
            zone: cx.zone.name().to_owned(),
            range,
            all_day: false,
            tentative: false,
            origin: Origin::Roomly,
            way: if as_person { Way::Person } else { Way::Room },
            way_calendar: if as_person { person.email } else { room.email.clone() },
            google_id: Some(google_id.clone()),
            ical_uid: None,
            generation: 0,
            recurrence: recurrence.lines(),
            guests: named,
            cancelled: false,
            html_link: None,
            listed_until: None,
            created_at: cx.now,
            touched_at: cx.now,
        };
        let length = calendar::recurrence::Length::Elapsed(range.length_micros());
        let details = Details {
            title,
            people: event.guests.iter().map(|guest| guest.email.clone()).collect(),
            rooms: [room.email.clone()].into(),
        };
        let master = Master { id: google_id, calendar_zone: cx.zone, recurrence, length, details };
        let part = Part { master, overrides: Default::default() };
        let rooms = Rooms::new(std::slice::from_ref(&room));
        let write = write_of(&part, event, 0, &rooms, cx.now).map_err(bad_rule)?;
        let (asker, seen, hash) = (cx.clone(), room.clone(), asked.clone());
        let written = store
            .write(cx.now, move |tx| {
                Box::pin(async move {
                    if tx.event_get(id).await?.is_some() {
                        return Err(StoreError::Duplicate.into());
                    }
                    let mut event = write.event.clone();
                    event.number = tx.series_put(&write).await?;
                    tx.outbox_insert(id, &["all"]).await?;
                    let blocks = tx.blocks_of_event(id).await?;
                    let first = blocks.into_values().min_by_key(|block| block.range);
                    let block = first.ok_or(StoreError::NotFound)?;
                    let record = BookingRecord {
                        version: version(&event, seen.id, block.range),
                        block: own_block(block, &event, &asker),
                        room_name: seen.row.name.clone(),
                        zone: asker.zone.name().to_owned(),
                        guests: event.guests.iter().cloned().map(guest).collect(),
                        can_change: true,
                        change_in_google: false,
                        as_room: event.way == Way::Room,
                        reason: None,
                        google_link: None,
                        history: Vec::new(),
                    };
                    let answer = serde_json::to_string(&record).map_err(StoreError::from)?;
                    tx.answer_insert(id, &AnswerRow { asked: hash, answer }).await?;
                    Ok::<_, NotSaved>((record, Lane::of(asker.company, &event)))
                })
            })
            .await;
        self.crash_point(sync::crash::COMMIT_AFTER);
        match written {
            Ok(Committed { value: (record, lane), .. }) => {
                if self.lanes().rests_until(lane).is_none_or(|until| until <= self.now()) {
                    self.poke(Pass::Push);
                }
                Ok(record)
            }
            Err(NotSaved::Taken(clashes)) => Err(self.dates_taken(cx, &clashes, None).await?),
            Err(NotSaved::Failed(Failure::Store(StoreError::RoomTaken))) => {
                Err(self.taken(cx.company, &room, range, None, cx.now).await?.into())
            }
            Err(NotSaved::Failed(Failure::Store(StoreError::Duplicate | StoreError::CommitUnknown))) => {
                match store.event_get(id).await? {
                    Some(known) => Ok(self.repeated(cx, known, Some(&asked)).await?.1),
                    None => Err(StoreError::CommitUnknown.into()),
                }
            }
            Err(NotSaved::Failed(failure)) => Err(failure),
        }
    }

    /// The refusal for dates that are taken: who has the first of them. `own` is the series that is being changed.
    pub(super) async fn dates_taken(
        &self,
        cx: &Cx,
        clashes: &[Clash],
        own: Option<BookingId>,
    ) -> Result<Failure, Failure> {
        let first = clashes.iter().min_by_key(|clash| (clash.wanted, clash.room));
        let Some(first) = first else { return Ok(Refusal::Stale.into()) };
        let room = self.company(cx.company).room_get(first.room).await?;
        let room = room.ok_or(Refusal::NotFound { what: What::Room })?;
        let refusal = self.taken(cx.company, &room, first.wanted, own, cx.now).await?;
        // Dates of one series that meet each other have no holder outside it.
        let held: TimeRange = first.holder.range;
        Ok(match refusal {
            Refusal::RoomTaken { room_name, alternatives, .. } => {
                Refusal::RoomTaken { room_name, held, by: first.holder.by.clone(), alternatives }.into()
            }
            other => other.into(),
        })
    }
}
