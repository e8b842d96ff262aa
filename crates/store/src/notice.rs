//! What people are told, written in the transaction that makes it a fact.

use model::notice::NoticeReason;
use model::{BookingId, BookingNumber, BookingState, Instant, PersonId, RoomId, RoomNumber, TimeRange};
use sqlx::any::AnyRow;

use crate::db::CompanyStore;
use crate::error::StoreError;
use crate::event::{EventKind, GuestRow};
use crate::sql::{Columns, statements};
use crate::tx::Tx;

statements! {
    // What the words need stands beside it, as it is now: names, titles and privacy may have changed since.
    OF_PERSON = "SELECT n.what, n.event_id, n.room_id, n.slot, n.start_at, n.end_at, n.created_at, n.seen_at, \
                 e.number, e.kind, e.private, e.all_day, e.organizer_id, e.guests, COALESCE(o.title, e.title) AS title, \
                 o.state, o.start_at AS now_start, o.end_at AS now_end, r.number AS room_number, r.name AS room_name, \
                 h.id AS holder_id, h.number AS holder_number, h.title AS holder_title, h.private AS holder_private, \
                 h.organizer_id AS holder_organizer, h.organizer_name AS holder_name, h.guests AS holder_guests \
                 FROM notice n JOIN event e ON e.company_id = n.company_id AND e.id = n.event_id \
                 JOIN room r ON r.company_id = n.company_id AND r.id = n.room_id \
                 LEFT JOIN occurrence o ON o.company_id = n.company_id AND o.event_id = n.event_id \
                 AND o.room_id = n.room_id AND o.slot = n.slot \
                 LEFT JOIN event h ON h.company_id = n.company_id AND h.id = n.holder_id \
                 WHERE n.company_id = $1 AND n.person_id = $2 \
                 ORDER BY n.created_at DESC, n.event_id, n.room_id, n.what, n.start_at, n.slot LIMIT $3";
    SEE = "UPDATE notice SET seen_at = $4 WHERE company_id = $1 AND person_id = $2 AND created_at <= $3 \
           AND seen_at IS NULL";
    FORGET = "DELETE FROM notice WHERE company_id = $1 AND person_id = $2 AND end_at < $3";
}

/// A fact that one person is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRow {
    pub person: PersonId,
    pub reason: NoticeReason,
    pub event: BookingId,
    pub room: RoomId,
    /// [`NO_SLOT`](crate::NO_SLOT) for single events.
    pub slot: Instant,
    /// When the date was to be.
    pub range: TimeRange,
    /// Who has the room, where that is known.
    pub holder: Option<BookingId>,
    /// When somebody last wished for this time ([`EventRow::touched_at`](crate::EventRow)): the same answer to a newer wish
    /// is another fact.
    pub wished_at: Instant,
}

/// A notice as it is read, with what is now known of what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeStored {
    pub reason: NoticeReason,
    pub event: BookingId,
    pub number: BookingNumber,
    pub kind: EventKind,
    pub title: String,
    pub private: bool,
    pub all_day: bool,
    pub organizer: Option<PersonId>,
    pub guests: Vec<GuestRow>,
    pub room: RoomId,
    pub room_number: RoomNumber,
    pub room_name: String,
    pub slot: Instant,
    /// When the date was to be.
    pub range: TimeRange,
    /// How it stands, if it is still there.
    pub occurrence: Option<(BookingState, TimeRange)>,
    pub holder: Option<HolderStored>,
    pub created_at: Instant,
    pub seen_at: Option<Instant>,
}

/// The event that has the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderStored {
    pub event: BookingId,
    pub number: BookingNumber,
    pub title: String,
    pub private: bool,
    pub organizer: Option<PersonId>,
    pub organizer_name: String,
    pub guests: Vec<GuestRow>,
}

fn range(row: &AnyRow, start: &str, end: &str) -> Result<TimeRange, StoreError> {
    TimeRange::new(row.instant(start)?, row.instant(end)?)
        .ok_or_else(|| StoreError::Damaged("notice range".into()))
}

fn read(row: &AnyRow) -> Result<NoticeStored, StoreError> {
    let occurrence = match row.text_opt("state")? {
        Some(_) => Some((row.word("state")?, range(row, "now_start", "now_end")?)),
        None => None,
    };
    let holder = match row.parsed_opt("holder_id")? {
        Some(event) => Some(HolderStored {
            event,
            number: BookingNumber(row.int("holder_number")?),
            title: row.text("holder_title")?,
            private: row.flag("holder_private")?,
            organizer: row.parsed_opt("holder_organizer")?,
            organizer_name: row.text("holder_name")?,
            guests: row.json("holder_guests")?,
        }),
        None => None,
    };
    Ok(NoticeStored {
        reason: row.word("what")?,
        event: row.parsed("event_id")?,
        number: BookingNumber(row.int("number")?),
        kind: row.word("kind")?,
        title: row.text("title")?,
        private: row.flag("private")?,
        all_day: row.flag("all_day")?,
        organizer: row.parsed_opt("organizer_id")?,
        guests: row.json("guests")?,
        room: row.parsed("room_id")?,
        room_number: RoomNumber(row.int("room_number")?),
        room_name: row.text("room_name")?,
        slot: row.instant("slot")?,
        range: range(row, "start_at", "end_at")?,
        occurrence,
        holder,
        created_at: row.instant("created_at")?,
        seen_at: row.instant_opt("seen_at")?,
    })
}

impl CompanyStore {
    /// A person's notices, newest first, those that were told together side by side and by start; at most `limit`.
    pub async fn notice_list(&self, person: PersonId, limit: i64) -> Result<Vec<NoticeStored>, StoreError> {
        let query = sqlx::query(OF_PERSON).bind(self.id.to_string()).bind(person.to_string()).bind(limit);
        query.fetch_all(&self.readers).await?.iter().map(read).collect()
    }
}

impl Tx {
    /// Tells people, each fact once: one that was told before stays as it is, seen or not.
    pub async fn notice_tell(&mut self, notices: &[NoticeRow]) -> Result<(), StoreError> {
        if notices.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = notices
            .iter()
            .map(|one| {
                let holder = one.holder.map(|holder| holder.to_string()).unwrap_or_default();
                let (start, end) = (one.range.start().as_micros(), one.range.end().as_micros());
                let (slot, wished) = (one.slot.as_micros(), one.wished_at.as_micros());
                (one.person, one.reason.as_str(), one.event, one.room, slot, start, end, holder, wished)
            })
            .collect();
        let (company, now, statement) = (self.tenant()?, self.now(), self.engine().tell());
        sqlx::query(statement)
            .bind(company)
            .bind(serde_json::to_string(&rows)?)
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Marks what was told to a person up to `until` as seen.
    pub async fn notice_see(&mut self, person: PersonId, until: Instant) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(SEE)
            .bind(company)
            .bind(person.to_string())
            .bind(until.as_micros())
            .bind(now.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Forgets what a person was told of dates that were over before `before`.
    pub async fn notice_forget(&mut self, person: PersonId, before: Instant) -> Result<(), StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(FORGET).bind(company).bind(person.to_string()).bind(before.as_micros());
        query.execute(self.connection()).await?;
        Ok(())
    }
}
