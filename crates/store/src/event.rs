//! Events: single ones and the masters of series.

use model::page::GuestAnswer;
use model::{BookingId, BookingNumber, Instant, Origin, PersonId, TimeRange};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use crate::db::{CompanyStore, System};
use crate::error::StoreError;
use crate::sql::{Columns, statements};
use crate::tx::{Counter, Tx};

statements! {
    INSERT = "INSERT INTO event (company_id, id, number, kind, title, private, organizer_id, organizer_email, \
              organizer_name, zone, start_at, end_at, all_day, tentative, origin, way, way_calendar, google_id, ical_uid, \
              generation, recurrence, guests, cancelled, html_link, listed_until, created_at, updated_at) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, \
              $22, $23, $24, $25, $26, $27)";
    UPDATE = "UPDATE event SET kind = $3, title = $4, private = $5, organizer_id = $6, organizer_email = $7, \
              organizer_name = $8, zone = $9, start_at = $10, end_at = $11, all_day = $12, tentative = $13, way = $14, \
              way_calendar = $15, google_id = $16, ical_uid = $17, generation = $18, recurrence = $19, guests = $20, \
              cancelled = $21, html_link = $22, listed_until = $23, updated_at = $24 WHERE company_id = $1 AND id = $2";
    BY_ID = "SELECT * FROM event WHERE company_id = $1 AND id = $2";
    BY_NUMBER = "SELECT * FROM event WHERE company_id = $1 AND number = $2";
    BY_GOOGLE_ID = "SELECT * FROM event WHERE company_id = $1 AND google_id = $2";
    SERIES_TO_LIST = "SELECT company_id, id FROM event WHERE kind = 'series' AND cancelled = 0 AND listed_until < $1 \
                      ORDER BY listed_until LIMIT 32";
}

/// Single events here are also instances that were made from nothing; exceptions live in their series' occurrences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    Single,
    Series,
}

impl EventKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Series => "series",
        }
    }
}

impl TryFrom<&str> for EventKind {
    type Error = ();
    fn try_from(word: &str) -> Result<Self, ()> {
        [Self::Single, Self::Series].into_iter().find(|kind| kind.as_str() == word).ok_or(())
    }
}

/// Who writes the event at Google, and so who may change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// We, as the organiser, on the organiser's calendar.
    Person,
    /// We, with the company's grant, on the room's calendar.
    Room,
    /// Somebody outside; we only follow.
    Outside,
}

impl Way {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Room => "room",
            Self::Outside => "outside",
        }
    }
}

impl TryFrom<&str> for Way {
    type Error = ();
    fn try_from(word: &str) -> Result<Self, ()> {
        [Self::Person, Self::Room, Self::Outside].into_iter().find(|way| way.as_str() == word).ok_or(())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestRow {
    pub email: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub answer: GuestAnswer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    pub id: BookingId,
    /// 0 for a row that is to be inserted.
    pub number: BookingNumber,
    pub kind: EventKind,
    pub title: String,
    pub private: bool,
    pub organizer: Option<PersonId>,
    pub organizer_email: String,
    pub organizer_name: String,
    /// IANA name of the event's own zone.
    pub zone: String,
    pub range: TimeRange,
    pub all_day: bool,
    pub tentative: bool,
    pub origin: Origin,
    pub way: Way,
    /// The Google calendar that is written to; empty for `Way::Outside`.
    pub way_calendar: String,
    pub google_id: Option<String>,
    pub ical_uid: Option<String>,
    pub generation: u32,
    /// Google's `recurrence` lines, verbatim.
    pub recurrence: Vec<String>,
    pub guests: Vec<GuestRow>,
    pub cancelled: bool,
    pub html_link: Option<String>,
    pub listed_until: Option<Instant>,
    pub created_at: Instant,
    /// When a person changed it here, or our deletion of it was done: what Google said before that is old.
    pub touched_at: Instant,
}

pub(crate) fn read(row: &AnyRow) -> Result<EventRow, StoreError> {
    let damaged = |what: &str| StoreError::Damaged(format!("event {what}"));
    Ok(EventRow {
        id: row.parsed("id")?,
        number: BookingNumber(row.int("number")?),
        kind: row.word("kind").map_err(|_| damaged("kind"))?,
        title: row.text("title")?,
        private: row.flag("private")?,
        organizer: row.parsed_opt("organizer_id")?,
        organizer_email: row.text("organizer_email")?,
        organizer_name: row.text("organizer_name")?,
        zone: row.text("zone")?,
        range: TimeRange::new(row.instant("start_at")?, row.instant("end_at")?)
            .ok_or_else(|| damaged("range"))?,
        all_day: row.flag("all_day")?,
        tentative: row.flag("tentative")?,
        origin: row.word("origin")?,
        way: row.word("way").map_err(|_| damaged("way"))?,
        way_calendar: row.text("way_calendar")?,
        google_id: row.text_opt("google_id")?,
        ical_uid: row.text_opt("ical_uid")?,
        generation: u32::try_from(row.int("generation")?).unwrap_or(0),
        recurrence: row.json("recurrence")?,
        guests: row.json("guests")?,
        cancelled: row.flag("cancelled")?,
        html_link: row.text_opt("html_link")?,
        listed_until: row.instant_opt("listed_until")?,
        created_at: row.instant("created_at")?,
        touched_at: row.instant("updated_at")?,
    })
}

impl System {
    /// Series whose instances are listed only to before `horizon`.
    pub async fn series_to_list(
        &self,
        horizon: Instant,
    ) -> Result<Vec<(model::CompanyId, BookingId)>, StoreError> {
        let rows = sqlx::query(SERIES_TO_LIST).bind(horizon.as_micros()).fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok((row.parsed("company_id")?, row.parsed("id")?))).collect()
    }
}

impl CompanyStore {
    pub async fn event_get(&self, id: BookingId) -> Result<Option<EventRow>, StoreError> {
        let query = sqlx::query(BY_ID).bind(self.id.to_string()).bind(id.to_string());
        query.fetch_optional(&self.readers).await?.as_ref().map(read).transpose()
    }

    pub async fn event_by_number(&self, number: BookingNumber) -> Result<Option<EventRow>, StoreError> {
        let query = sqlx::query(BY_NUMBER).bind(self.id.to_string()).bind(number.0);
        query.fetch_optional(&self.readers).await?.as_ref().map(read).transpose()
    }

    /// As [`Tx::event_by_google_id`].
    pub async fn event_by_google_id(&self, google_id: &str) -> Result<Option<EventRow>, StoreError> {
        let query = sqlx::query(BY_GOOGLE_ID).bind(self.id.to_string()).bind(google_id.to_owned());
        query.fetch_optional(&self.readers).await?.as_ref().map(read).transpose()
    }
}

impl Tx {
    pub async fn event_get(&mut self, id: BookingId) -> Result<Option<EventRow>, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(BY_ID).bind(company).bind(id.to_string());
        query.fetch_optional(self.connection()).await?.as_ref().map(read).transpose()
    }

    pub async fn event_by_number(&mut self, number: BookingNumber) -> Result<Option<EventRow>, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(BY_NUMBER).bind(company).bind(number.0);
        query.fetch_optional(self.connection()).await?.as_ref().map(read).transpose()
    }

    /// By Google's event id, which all Google-hosted copies share.
    pub async fn event_by_google_id(&mut self, google_id: &str) -> Result<Option<EventRow>, StoreError> {
        let company = self.tenant()?;
        let query = sqlx::query(BY_GOOGLE_ID).bind(company).bind(google_id.to_owned());
        query.fetch_optional(self.connection()).await?.as_ref().map(read).transpose()
    }

    /// Inserts with the next number, which it answers. `Duplicate` if the intent was carried out before.
    pub async fn event_insert(&mut self, event: &EventRow) -> Result<BookingNumber, StoreError> {
        let number = self.next_number(Counter::Booking).await?;
        let company = self.tenant()?;
        sqlx::query(INSERT)
            .bind(company)
            .bind(event.id.to_string())
            .bind(number)
            .bind(event.kind.as_str())
            .bind(event.title.clone())
            .bind(i64::from(event.private))
            .bind(event.organizer.map(|id| id.to_string()))
            .bind(event.organizer_email.clone())
            .bind(event.organizer_name.clone())
            .bind(event.zone.clone())
            .bind(event.range.start().as_micros())
            .bind(event.range.end().as_micros())
            .bind(i64::from(event.all_day))
            .bind(i64::from(event.tentative))
            .bind(event.origin.as_str())
            .bind(event.way.as_str())
            .bind(event.way_calendar.clone())
            .bind(event.google_id.clone())
            .bind(event.ical_uid.clone())
            .bind(i64::from(event.generation))
            .bind(serde_json::to_string(&event.recurrence)?)
            .bind(serde_json::to_string(&event.guests)?)
            .bind(i64::from(event.cancelled))
            .bind(event.html_link.clone())
            .bind(event.listed_until.map(Instant::as_micros))
            .bind(event.created_at.as_micros())
            .bind(event.touched_at.as_micros())
            .execute(self.connection())
            .await?;
        Ok(BookingNumber(number))
    }

    pub async fn event_update(&mut self, event: &EventRow) -> Result<(), StoreError> {
        let company = self.tenant()?;
        sqlx::query(UPDATE)
            .bind(company)
            .bind(event.id.to_string())
            .bind(event.kind.as_str())
            .bind(event.title.clone())
            .bind(i64::from(event.private))
            .bind(event.organizer.map(|id| id.to_string()))
            .bind(event.organizer_email.clone())
            .bind(event.organizer_name.clone())
            .bind(event.zone.clone())
            .bind(event.range.start().as_micros())
            .bind(event.range.end().as_micros())
            .bind(i64::from(event.all_day))
            .bind(i64::from(event.tentative))
            .bind(event.way.as_str())
            .bind(event.way_calendar.clone())
            .bind(event.google_id.clone())
            .bind(event.ical_uid.clone())
            .bind(i64::from(event.generation))
            .bind(serde_json::to_string(&event.recurrence)?)
            .bind(serde_json::to_string(&event.guests)?)
            .bind(i64::from(event.cancelled))
            .bind(event.html_link.clone())
            .bind(event.listed_until.map(Instant::as_micros))
            .bind(event.touched_at.as_micros())
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
