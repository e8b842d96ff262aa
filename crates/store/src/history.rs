//! What became of fields that were changed here and in Google at the same time, written with the merge.

use model::history::{Field, HistoryValue, Side};
use model::{BookingId, Instant, PersonId};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use crate::db::CompanyStore;
use crate::error::StoreError;
use crate::sql::{Columns, statements};
use crate::tx::Tx;

statements! {
    PUT = "INSERT INTO history (company_id, event_id, at, field, winner, person_id, kept, lost) \
           VALUES ($1, $2, COALESCE((SELECT MAX(at) + 1 FROM history WHERE company_id = $1 AND event_id = $2 \
           AND field = $4 AND at >= $3), $3), $4, $5, $6, $7, $8)";
    OF_EVENT = "SELECT h.at, h.field, h.winner, h.kept, h.lost, COALESCE(p.name, '') AS name FROM history h \
                LEFT JOIN person p ON p.company_id = h.company_id AND p.id = h.person_id \
                WHERE h.company_id = $1 AND h.event_id = $2 ORDER BY h.at DESC, h.field LIMIT $3";
}

/// The column `kept`.
#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    value: HistoryValue,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<Instant>,
}

/// A field that both sides had changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    pub event: BookingId,
    /// The original start of the date of a series that it is about; `None`: the event itself.
    pub date: Option<Instant>,
    pub field: Field,
    pub winner: Side,
    /// Who had made the wish here, where that is known.
    pub person: Option<PersonId>,
    pub kept: HistoryValue,
    pub lost: HistoryValue,
}

/// As it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryStored {
    pub at: Instant,
    pub date: Option<Instant>,
    pub field: Field,
    pub winner: Side,
    /// The name of who had made the wish here; empty where that is not known.
    pub by: String,
    pub kept: HistoryValue,
    pub lost: HistoryValue,
}

fn read(row: &AnyRow) -> Result<HistoryStored, StoreError> {
    let Kept { value: kept, date } = row.json("kept")?;
    Ok(HistoryStored {
        at: row.instant("at")?,
        date,
        field: row.word("field")?,
        winner: row.word("winner")?,
        by: row.text("name")?,
        kept,
        lost: row.json("lost")?,
    })
}

impl CompanyStore {
    /// The newest lines of an event's history, at most `limit`.
    pub async fn history_of(&self, event: BookingId, limit: i64) -> Result<Vec<HistoryStored>, StoreError> {
        let query = sqlx::query(OF_EVENT).bind(self.id.to_string()).bind(event.to_string()).bind(limit);
        query.fetch_all(&self.readers).await?.iter().map(read).collect()
    }
}

impl Tx {
    /// Keeps what a merge decided, as of now. What is decided of a field at one moment, of several dates of a series, is told
    /// apart by microseconds.
    pub async fn history_put(&mut self, line: &HistoryRow) -> Result<(), StoreError> {
        let (company, now) = (self.tenant()?, self.now());
        sqlx::query(PUT)
            .bind(company)
            .bind(line.event.to_string())
            .bind(now.as_micros())
            .bind(line.field.as_str())
            .bind(line.winner.as_str())
            .bind(line.person.map(|person| person.to_string()))
            .bind(serde_json::to_string(&Kept { value: line.kept.clone(), date: line.date })?)
            .bind(serde_json::to_string(&line.lost)?)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
