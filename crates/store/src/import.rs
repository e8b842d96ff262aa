//! Events that nobody here knew, many at once: one statement a table for some hundreds of them, instead of a dozen
//! statements for each.

use std::collections::BTreeSet;

use model::{Block, BlockKey, BookingNumber, PersonNumber, RoomNumber};
use serde_json::{Map, Value, json};

use crate::backup::insert_of;
use crate::booking::appeared;
use crate::db::CompanyStore;
use crate::error::StoreError;
use crate::event::EventRow;
use crate::occurrence::{NO_SLOT, OccurrenceRow};
use crate::sql::Columns;
use crate::tx::{Counter, Tx};

/// Rows of one statement: as many as are cheap together, and few enough to be a few hundred kilobytes.
const ROWS: usize = 500;

/// A single event that is new here, its copy on the room's calendar, and how it stands in the room.
#[derive(Clone, Debug)]
pub struct Imported<'r> {
    /// Its number is given when it is written.
    pub event: EventRow,
    /// Of the copy.
    pub etag: Option<String>,
    /// The copy as received, in JSON.
    pub raw: &'r str,
    /// `None` where it does not need the room.
    pub occurrence: Option<OccurrenceRow>,
    /// The organiser's, where they are one of the company.
    pub organizer: Option<PersonNumber>,
}

impl CompanyStore {
    /// As [`Tx::google_ids_known`].
    pub async fn google_ids_known(&self, ids: &[&str]) -> Result<BTreeSet<String>, StoreError> {
        if ids.is_empty() {
            return Ok(BTreeSet::new());
        }
        let (company, ids) = (self.id.to_string(), serde_json::to_string(ids)?);
        let sql = self.readers.engine.google_ids_known();
        let rows = sqlx::query(sql).bind(company).bind(ids).fetch_all(&self.readers).await?;
        rows.iter().map(|row| row.text("google_id")).collect()
    }
}

impl Tx {
    /// Which of these events of Google are known here.
    pub async fn google_ids_known(&mut self, ids: &[&str]) -> Result<BTreeSet<String>, StoreError> {
        let (company, ids) = (self.tenant()?, serde_json::to_string(ids)?);
        let sql = self.engine().google_ids_known();
        let rows = sqlx::query(sql).bind(company).bind(ids).fetch_all(self.connection()).await?;
        rows.iter().map(|row| row.text("google_id")).collect()
    }

    /// Writes events that are new and in nobody's way, in the order given, and tells of what is drawn of them in the
    /// room of this number, whose calendar is `calendar`. The constraints have the last word: `RoomTaken` or `Duplicate`
    /// undo the whole member.
    pub async fn import(
        &mut self,
        room: RoomNumber,
        calendar: &str,
        imported: &[Imported<'_>],
    ) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now().as_micros());
        for part in imported.chunks(ROWS) {
            let (mut events, mut copies) = (Vec::with_capacity(part.len()), Vec::with_capacity(part.len()));
            let mut occurrences = Vec::with_capacity(part.len());
            for one in part {
                let number = self.next_number(Counter::Booking).await?;
                events.push(event_row(&company, number, &one.event)?);
                copies.push(copy_row(&company, now, calendar, one));
                if let Some(occurrence) = &one.occurrence {
                    occurrences.push(occurrence_row(&company, now, occurrence));
                    self.change(appeared(&block(one, occurrence, room, BookingNumber(number))));
                }
            }
            for (table, rows) in [("event", events), ("copy", copies), ("occurrence", occurrences)] {
                self.insert_rows(table, rows).await?;
            }
        }
        Ok(())
    }

    async fn insert_rows(&mut self, table: &str, rows: Vec<Value>) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let rows = serde_json::to_string(&rows)?;
        let sql = insert_of(self.engine(), table)?;
        sqlx::query(sql).bind(rows).execute(self.connection()).await?;
        Ok(())
    }
}

/// Columns by their names, as a backup has them.
fn event_row(company: &str, number: i64, event: &EventRow) -> Result<Value, StoreError> {
    let mut row = Map::new();
    let mut put = |name: &str, value: Value| drop(row.insert(name.to_owned(), value));
    put("company_id", json!(company));
    put("id", json!(event.id.to_string()));
    put("number", json!(number));
    put("kind", json!(event.kind.as_str()));
    put("title", json!(event.title));
    put("private", json!(i64::from(event.private)));
    put("organizer_id", json!(event.organizer.map(|id| id.to_string())));
    put("organizer_email", json!(event.organizer_email));
    put("organizer_name", json!(event.organizer_name));
    put("zone", json!(event.zone));
    put("start_at", json!(event.range.start().as_micros()));
    put("end_at", json!(event.range.end().as_micros()));
    put("all_day", json!(i64::from(event.all_day)));
    put("tentative", json!(i64::from(event.tentative)));
    put("origin", json!(event.origin.as_str()));
    put("way", json!(event.way.as_str()));
    put("way_calendar", json!(event.way_calendar));
    put("google_id", json!(event.google_id));
    put("ical_uid", json!(event.ical_uid));
    put("generation", json!(event.generation));
    put("recurrence", json!(serde_json::to_string(&event.recurrence)?));
    put("guests", json!(serde_json::to_string(&event.guests)?));
    put("cancelled", json!(i64::from(event.cancelled)));
    put("html_link", json!(event.html_link));
    put("listed_until", json!(event.listed_until.map(model::Instant::as_micros)));
    put("created_at", json!(event.created_at.as_micros()));
    put("updated_at", json!(event.touched_at.as_micros()));
    Ok(row.into())
}

fn copy_row(company: &str, now: i64, calendar: &str, one: &Imported<'_>) -> Value {
    json!({
        "company_id": company,
        "calendar": calendar,
        "google_id": one.event.google_id,
        "event_id": one.event.id.to_string(),
        "etag": one.etag,
        "raw": one.raw,
        "seen_at": now,
    })
}

fn occurrence_row(company: &str, now: i64, occurrence: &OccurrenceRow) -> Value {
    json!({
        "company_id": company,
        "event_id": occurrence.event.to_string(),
        "room_id": occurrence.room.to_string(),
        "slot": occurrence.slot.as_micros(),
        "start_at": occurrence.range.start().as_micros(),
        "end_at": occurrence.range.end().as_micros(),
        "state": occurrence.state.as_str(),
        "reason": occurrence.reason,
        "title": occurrence.title,
        "exception": i64::from(occurrence.exception),
        "updated_at": now,
    })
}

/// The block that `blocks_of_event` would read of it.
fn block(one: &Imported<'_>, occurrence: &OccurrenceRow, room: RoomNumber, number: BookingNumber) -> Block {
    let event = &one.event;
    let public = |text: &String| if event.private { String::new() } else { text.clone() };
    let slot = Some(occurrence.slot).filter(|slot| *slot != NO_SLOT);
    Block {
        key: BlockKey { booking: number, room, slot },
        state: occurrence.state,
        range: occurrence.range,
        title: public(occurrence.title.as_ref().unwrap_or(&event.title)),
        private: event.private,
        organizer: one.organizer.filter(|_| !event.private),
        organizer_name: public(&event.organizer_name),
        origin: event.origin,
        tentative: event.tentative,
        series: false,
        exception: occurrence.exception,
        all_day: event.all_day,
    }
}
